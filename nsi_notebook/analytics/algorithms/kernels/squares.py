"""A value from those before it: autoregression by recursive least squares (Plackett 1950, Biometrika 37:149)."""

from __future__ import annotations

import numpy as np
from numba import njit

MISSING, COUNT, FOLLOWING, SHIFT, SCALE, ERRORS, SQUARES = range(7)
LEAST = 10  # errors that tell their standard deviation
ROUNDING = 1e-9  # of the spread of the values: an error below it is none


@njit(cache=True, nogil=True)
def _predicted(lags, coefficients):
    """Give the prediction, in standard units: the constant is the last coefficient."""
    total = coefficients[-1]
    for i in range(len(lags)):
        total += coefficients[i] * lags[i]
    return total


@njit(cache=True, nogil=True)
def compared(numbers, warm, lags, coefficients, inverse, x):
    """Give the error of the prediction in standard deviations of those before, and the prediction."""
    if x != x or numbers[FOLLOWING] < len(lags) or numbers[ERRORS] < LEAST:
        return np.nan, np.nan
    predicted = _predicted(lags, coefficients)
    spread = max(np.sqrt(numbers[SQUARES] / numbers[ERRORS]), ROUNDING)
    error = abs((x - numbers[SHIFT]) / numbers[SCALE] - predicted)
    return error / spread, numbers[SHIFT] + numbers[SCALE] * predicted


@njit(cache=True, nogil=True)
def _begin(numbers, warm, x):
    """Take a value among the first ones, which tell shift and scale."""
    warm[int(numbers[COUNT]) % len(warm)] = x
    numbers[COUNT] += 1.0
    if numbers[COUNT] < len(warm):
        return
    mean = 0.0
    for value in warm:
        mean += (value - warm[0]) / len(warm)
    mean += warm[0]
    squares = 0.0
    for value in warm:
        squares += (value - mean) * (value - mean)
    numbers[SHIFT], numbers[SCALE] = mean, np.sqrt(squares / len(warm))


@njit(cache=True, nogil=True)
def _update(numbers, lags, coefficients, inverse, z):
    """Fit the coefficients to one value more."""
    p = len(lags)
    error = z - _predicted(lags, coefficients)
    if numbers[COUNT] > 2 * (p + 1):  # the first errors are those of coefficients that nothing tells
        numbers[ERRORS] += 1.0
        numbers[SQUARES] += error * error
    gain = np.empty(p + 1)
    total = 1.0
    for i in range(p + 1):
        here = inverse[i, p]
        for j in range(p):
            here += inverse[i, j] * lags[j]
        gain[i] = here
        total += here * (lags[i] if i < p else 1.0)
    for i in range(p + 1):
        coefficients[i] += gain[i] / total * error
        for j in range(i + 1):
            inverse[i, j] -= gain[i] * gain[j] / total
            inverse[j, i] = inverse[i, j]


@njit(cache=True, nogil=True)
def learned(numbers, warm, lags, coefficients, inverse, x):
    """Take a value in; after a missing one, predict again when enough follow one another."""
    if x != x:
        numbers[MISSING] += 1.0
        numbers[FOLLOWING] = 0.0
        return
    if numbers[SCALE] == 0.0:
        _begin(numbers, warm, x)
        if numbers[SCALE] > 0.0:
            numbers[COUNT] = 0.0
        return
    z = (x - numbers[SHIFT]) / numbers[SCALE]
    if numbers[FOLLOWING] >= len(lags):
        numbers[COUNT] += 1.0
        _update(numbers, lags, coefficients, inverse, z)
    for i in range(len(lags) - 1, 0, -1):
        lags[i] = lags[i - 1]
    lags[0] = z
    numbers[FOLLOWING] += 1.0


@njit(cache=True, nogil=True)
def run(numbers, warm, lags, coefficients, inverse, values, score, expected):
    """Compare each value, then take it in."""
    for t in range(len(values)):
        score[t], expected[t] = compared(numbers, warm, lags, coefficients, inverse, values[t])
        learned(numbers, warm, lags, coefficients, inverse, values[t])
