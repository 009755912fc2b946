"""How far the sum of differences from the mean has come from its least and its largest value (Page 1954; Hinkley 1971).

Gama et al. 2014 (ACM Comput Surv 46:44) with the forgetting factor and the two sides that River has.
"""

from __future__ import annotations

import numpy as np
from numba import njit

MISSING, COUNT, MEAN, UP, DOWN, LEAST, MOST, ALARMS = range(8)


@njit(cache=True, nogil=True)
def _moved(numbers, delta, forget, x):
    """Give mean, both sums and their extremes with x."""
    mean = numbers[MEAN] + (x - numbers[MEAN]) / (numbers[COUNT] + 1.0)
    off = x - mean
    up = forget * numbers[UP] + off - delta
    down = forget * numbers[DOWN] + off + delta
    if numbers[COUNT] == 0.0:
        return mean, up, down, up, down
    return mean, up, down, min(numbers[LEAST], up), max(numbers[MOST], down)


@njit(cache=True, nogil=True)
def compared(numbers, delta, threshold, forget, after, x):
    """Give the larger distance with x, and the mean before it; the first values are not said to be above the threshold."""
    if x != x:
        return np.nan, np.nan
    _, up, down, least, most = _moved(numbers, delta, forget, x)
    score = max(up - least, most - down)
    if numbers[COUNT] + 1.0 < after:
        score = min(score, threshold)
    return score, (numbers[MEAN] if numbers[COUNT] > 0.0 else x)


@njit(cache=True, nogil=True)
def learned(numbers, delta, threshold, forget, after, x):
    """Take a value in; above the threshold, begin anew."""
    if x != x:
        numbers[MISSING] += 1.0
        return
    if compared(numbers, delta, threshold, forget, after, x)[0] > threshold:
        numbers[COUNT:ALARMS] = 0.0
        numbers[ALARMS] += 1.0
        return
    mean, up, down, least, most = _moved(numbers, delta, forget, x)
    numbers[COUNT] += 1.0
    numbers[MEAN], numbers[UP], numbers[DOWN], numbers[LEAST], numbers[MOST] = mean, up, down, least, most


@njit(cache=True, nogil=True)
def run(numbers, delta, threshold, forget, after, values, score, expected):
    """Compare each value, then take it in."""
    for t in range(len(values)):
        score[t], expected[t] = compared(numbers, delta, threshold, forget, after, values[t])
        learned(numbers, delta, threshold, forget, after, values[t])
