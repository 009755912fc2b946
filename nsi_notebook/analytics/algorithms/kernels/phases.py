"""What a season leaves: values less the median of those at the same phase, and the window of what is left."""

from __future__ import annotations

import numpy as np
from numba import njit

from .windows import deviation, middle, pushed, ratio

MISSING, COUNT, NEXT, PHASE = range(4)  # of the numbers; the first three are those of the window
LEAST = 3  # values of a phase that tell its median


@njit(cache=True, nogil=True)
def _usual(cycle, filled, phase):
    """Give the median of the values that are kept of a phase; NaN of too few."""
    n = min(int(filled[phase]), cycle.shape[1])
    if n < min(LEAST, cycle.shape[1]):
        return np.nan
    return middle(np.sort(cycle[phase, :n]), n)


@njit(cache=True, nogil=True)
def compared(numbers, ring, rising, cycle, filled, x):
    """Give how far x is from what is usual at its phase, in deviations of what is left, and that."""
    usual = _usual(cycle, filled, int(numbers[PHASE]))
    n = int(numbers[COUNT])
    if x != x or usual != usual or n < len(ring):
        return np.nan, np.nan
    centre = middle(rising, n)
    return ratio(abs(x - usual - centre), deviation(rising, n, centre)), usual + centre


@njit(cache=True, nogil=True)
def learned(numbers, ring, rising, cycle, filled, x):
    """Take a value in; a missing one has its phase, too."""
    phase = int(numbers[PHASE])
    numbers[PHASE] = (phase + 1) % len(filled)
    if x != x:
        numbers[MISSING] += 1.0
        return
    usual = _usual(cycle, filled, phase)
    if usual == usual:
        pushed(numbers, ring, rising, x - usual)
    at = int(filled[phase])
    cycle[phase, at % cycle.shape[1]] = x
    filled[phase] = at + 1


@njit(cache=True, nogil=True)
def run(numbers, ring, rising, cycle, filled, values, score, expected):
    """Compare each value, then take it in."""
    for t in range(len(values)):
        score[t], expected[t] = compared(numbers, ring, rising, cycle, filled, values[t])
        learned(numbers, ring, rising, cycle, filled, values[t])
