"""What does not look like the rest: detectors, and how surely."""
