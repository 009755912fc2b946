"""How many values in a row are the same."""

from __future__ import annotations

import numpy as np
from numba import njit

MISSING, COUNT, FIRST, LENGTH = range(4)


@njit(cache=True, nogil=True)
def compared(numbers, within, x):
    """Give the length of the run that ends with x, and the value before it."""
    if x != x:
        return np.nan, np.nan
    if numbers[COUNT] == 0.0:
        return 1.0, np.nan
    return (numbers[LENGTH] + 1.0 if abs(x - numbers[FIRST]) <= within else 1.0), numbers[FIRST]


@njit(cache=True, nogil=True)
def learned(numbers, within, x):
    """Take a value in; those of a run are compared with its first, so that what creeps is no run."""
    if x != x:
        numbers[MISSING] += 1.0
        return
    if numbers[COUNT] > 0.0 and abs(x - numbers[FIRST]) <= within:
        numbers[LENGTH] += 1.0
    else:
        numbers[FIRST], numbers[LENGTH] = x, 1.0
    numbers[COUNT] += 1.0


@njit(cache=True, nogil=True)
def run(numbers, within, values, score, expected):
    """Compare each value, then take it in."""
    for t in range(len(values)):
        score[t], expected[t] = compared(numbers, within, values[t])
        learned(numbers, within, values[t])
