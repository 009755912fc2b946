"""Images in, negative space measured: reading, segmenting, measures, synthetic images."""
