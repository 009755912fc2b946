"""The weighted mean of the last values against the mean of all, in its standard deviations (Roberts 1959, Technometrics 1:239).

Weights w fall by 1 - weight from value to value; the variance of the weighted mean is that of a value times the sum of w^2 over
the square of the sum of w, which is exact from the first value on. Mean and variance of all values before are Welford's.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .windows import ratio

MISSING, COUNT, MEAN, SQUARES, SUM, WEIGHTS, WEIGHTS_SQUARED = range(7)
LEAST = 10  # values that tell a standard deviation


@njit(cache=True, nogil=True)
def compared(numbers, weight, x):
    """Give how far the weighted mean would be from the mean with x, and the mean."""
    n = numbers[COUNT]
    if x != x or n < LEAST:
        return np.nan, np.nan
    left = 1.0 - weight
    weights = left * numbers[WEIGHTS] + weight
    squared = left * left * numbers[WEIGHTS_SQUARED] + weight * weight
    level = (left * numbers[SUM] + weight * (x - numbers[MEAN])) / weights
    scale = np.sqrt(numbers[SQUARES] / (n - 1.0)) * np.sqrt(squared) / weights
    return ratio(abs(level), scale), numbers[MEAN]


@njit(cache=True, nogil=True)
def learned(numbers, weight, x):
    """Take a value in."""
    if x != x:
        numbers[MISSING] += 1.0
        return
    numbers[COUNT] += 1.0
    off = x - numbers[MEAN]
    step = off / numbers[COUNT]
    numbers[MEAN] += step
    numbers[SQUARES] += off * (x - numbers[MEAN])
    left = 1.0 - weight
    # the sum is of differences from the mean, which has moved by a step
    numbers[SUM] = left * (numbers[SUM] - step * numbers[WEIGHTS]) + weight * (x - numbers[MEAN])
    numbers[WEIGHTS] = left * numbers[WEIGHTS] + weight
    numbers[WEIGHTS_SQUARED] = left * left * numbers[WEIGHTS_SQUARED] + weight * weight


@njit(cache=True, nogil=True)
def run(numbers, weight, values, score, expected):
    """Compare each value, then take it in."""
    for t in range(len(values)):
        score[t], expected[t] = compared(numbers, weight, values[t])
        learned(numbers, weight, values[t])
