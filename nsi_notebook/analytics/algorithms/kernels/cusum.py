"""Sums of what is above and below the mean, in standard deviations, less a slack (Page 1954, Biometrika 41:100).

Self-starting (Hawkins 1987, The Statistician 36:299): each value is compared with the mean and deviation of those before it, and
divided by what both of them vary, so that there is no time in which a reference is learned. After an alarm the mean begins anew,
and the deviation is kept, as a sum of squares about the mean of each segment and its degrees of freedom.
"""

from __future__ import annotations

import numpy as np
from numba import njit

MISSING, COUNT, MEAN, SQUARES, FREE, UP, DOWN, ALARMS = range(8)
LEAST = 10  # degrees of freedom that tell a standard deviation


@njit(cache=True, nogil=True)
def _sums(numbers, slack, memory, x):
    """Give both sums with x; NaN while nothing is known of the deviation."""
    n = numbers[COUNT]
    if x != x or numbers[FREE] < LEAST:
        return np.nan, np.nan
    if n == 0.0:
        return 0.0, 0.0
    off = x - numbers[MEAN]
    z = 0.0
    if off != 0.0:
        scale = np.sqrt(numbers[SQUARES] / numbers[FREE] * ((n + 1.0) / n) * memory)
        z = off / scale if scale > 0.0 else (np.inf if off > 0.0 else -np.inf)
    return max(0.0, numbers[UP] + z - slack), max(0.0, numbers[DOWN] - z - slack)


@njit(cache=True, nogil=True)
def compared(numbers, slack, threshold, memory, x):
    """Give the larger sum with x, and the mean before it."""
    up, down = _sums(numbers, slack, memory, x)
    if up != up:
        return np.nan, np.nan
    return max(up, down), (numbers[MEAN] if numbers[COUNT] > 0.0 else x)


@njit(cache=True, nogil=True)
def learned(numbers, slack, threshold, memory, x):
    """Take a value in; above the threshold, begin with another mean."""
    if x != x:
        numbers[MISSING] += 1.0
        return
    up, down = _sums(numbers, slack, memory, x)
    if up == up:
        if max(up, down) > threshold:
            numbers[COUNT] = numbers[MEAN] = numbers[UP] = numbers[DOWN] = 0.0
            numbers[ALARMS] += 1.0
            return
        numbers[UP], numbers[DOWN] = up, down
    if numbers[COUNT] > 0.0:
        numbers[FREE] += 1.0
    numbers[COUNT] += 1.0
    off = x - numbers[MEAN]
    numbers[MEAN] = x if numbers[COUNT] == 1.0 else numbers[MEAN] + off / numbers[COUNT]
    numbers[SQUARES] += off * (x - numbers[MEAN])


@njit(cache=True, nogil=True)
def run(numbers, slack, threshold, memory, values, score, expected):
    """Compare each value, then take it in."""
    for t in range(len(values)):
        score[t], expected[t] = compared(numbers, slack, threshold, memory, values[t])
        learned(numbers, slack, threshold, memory, values[t])
