"""Li's threshold."""

from __future__ import annotations

import numpy as np

from .histogram import Histogram


def threshold(histogram: Histogram, phase: str) -> float:
    """Position of minimum cross-entropy, by iteration from the mean (Li & Tam 1998, Pattern Recognit Lett 18:771).

    Values count from the lowest one. Where a bin holds several values they count as its middle, so the mean of a class is off
    by half a bin at most.

    >>> round(threshold(Histogram(np.array([5, 1, 0, 0, 2, 7]), first=0), "dark"), 3)
    1.374
    """
    weight = np.cumsum(histogram.counts)
    moment = np.cumsum(histogram.counts * np.arange(len(weight)))
    # half a grey level, as ImageJ and scikit-image have it; bins of floats are no levels
    tolerance = 0.5 if histogram.exact else 1e-3
    following, current = float(moment[-1] / weight[-1]), -1.0
    while abs(following - current) > tolerance:
        current = following
        last = int(current)
        below = moment[last] / weight[last]
        above = (moment[-1] - moment[last]) / (weight[-1] - weight[last])
        if below == 0:
            break
        following = float((below - above) / (np.log(below) - np.log(above)))
    return following
