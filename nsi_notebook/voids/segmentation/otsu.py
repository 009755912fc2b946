"""Otsu's threshold."""

from __future__ import annotations

import numpy as np

from .histogram import Histogram


def threshold(histogram: Histogram, phase: str) -> float:
    """Position that maximises the variance between two classes.

    Otsu 1979, IEEE Trans SMC 9:62. It is the upper end of the lower class: the integer itself, or the middle of the bin.

    >>> threshold(Histogram(np.array([5, 1, 0, 0, 2, 7]), first=0), "dark")
    1.0
    """
    counts = histogram.counts.astype(float)
    moments = counts * np.arange(len(counts))
    below, above = np.cumsum(counts), np.cumsum(counts[::-1])[::-1]
    mean_below, mean_above = np.cumsum(moments) / below, np.cumsum(moments[::-1])[::-1] / above
    between = below[:-1] * above[1:] * (mean_below[:-1] - mean_above[1:]) ** 2
    return float(np.argmax(between))
