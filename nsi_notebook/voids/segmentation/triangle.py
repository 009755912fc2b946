"""Threshold by the triangle rule."""

from __future__ import annotations

import numpy as np

from .histogram import Histogram


def threshold(histogram: Histogram, phase: str) -> float:
    """Position farthest below the line from the peak to the end of the longer tail.

    Zack, Rogers & Latt 1977, J Histochem Cytochem 25:741. Where no count is below the line it is the end of the tail, which
    may leave all pixels on one side.

    >>> threshold(Histogram(np.array([1, 9, 3, 2, 1, 1, 1]), first=0), "dark")
    2.0
    """
    counts = histogram.counts.astype(float)
    last = len(counts) - 1
    peak = int(np.argmax(counts))
    flip = peak < last - peak
    if flip:
        counts, peak = counts[::-1], last - peak
    height = counts[peak]
    norm = np.sqrt(height**2 + peak**2)
    level = int(np.argmax(height / norm * np.arange(peak) - peak / norm * counts[:peak]))
    return float(last - level if flip else level)
