"""Simple exponential smoothing, its first level and its weight chosen by least squares.

The level l[t] = l[t-1] + a (y[t] - l[t-1]) is linear in the first one, so that for each weight a the best first level has a
closed form; the weight is found by a grid and golden sections.
"""

from __future__ import annotations

import numpy as np
from numba import njit

GOLDEN = 0.6180339887498949


@njit(cache=True, nogil=True)
def _squares(values, weight):
    """Give the sum of squared errors of one step at the best first level, and that level."""
    level, decay = 0.0, 1.0
    own, both, power = 0.0, 0.0, 0.0
    for value in values:
        error = value - level
        own += error * error
        both += error * decay
        power += decay * decay
        level += weight * error
        decay *= 1.0 - weight
    return own - both * both / power, both / power


@njit(cache=True, nogil=True)
def smooth(values, low, high):
    """Give the weight within bounds, the errors of one step, and the last level."""
    least, best = np.inf, low
    steps = 16
    for i in range(steps + 1):
        weight = low + (high - low) * i / steps
        squares, _ = _squares(values, weight)
        if squares < least:
            least, best = squares, weight
    width = (high - low) / steps
    a, b = max(low, best - width), min(high, best + width)
    c, d = b - GOLDEN * (b - a), a + GOLDEN * (b - a)
    at_c, at_d = _squares(values, c)[0], _squares(values, d)[0]
    for _ in range(40):
        if at_c < at_d:
            b, d, at_d = d, c, at_c
            c = b - GOLDEN * (b - a)
            at_c = _squares(values, c)[0]
        else:
            a, c, at_c = c, d, at_d
            d = a + GOLDEN * (b - a)
            at_d = _squares(values, d)[0]
    weight = 0.5 * (a + b)
    if _squares(values, best)[0] <= _squares(values, weight)[0]:
        weight = best
    _, level = _squares(values, weight)
    errors = np.empty(len(values))
    for i, value in enumerate(values):
        errors[i] = value - level
        level += weight * errors[i]
    return weight, errors, level
