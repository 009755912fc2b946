"""How far a value is from the nearest of those before it, of which a bounded number is kept.

When there are too many, the most crowded goes: that whose two neighbours are nearest to each other. The least and the largest
stay.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .windows import ratio

MISSING, COUNT, KEPT, LAST, MOVED = range(5)
LEAST = 10  # steps that tell how long one is


@njit(cache=True, nogil=True)
def _nearest(kept, n, x):
    """Give the one of the first n values, which rise, that is nearest to x."""
    at = np.searchsorted(kept[:n], x)
    if at == n or (at > 0 and x - kept[at - 1] <= kept[at] - x):
        at -= 1
    return kept[at]


@njit(cache=True, nogil=True)
def compared(numbers, kept, x):
    """Give the distance of x to the nearest value before it in steps from value to value, and that value."""
    n = numbers[COUNT]
    if x != x or n <= LEAST:
        return np.nan, np.nan
    near = _nearest(kept, int(numbers[KEPT]), x)
    return ratio(abs(x - near), numbers[MOVED] / (n - 1.0)), near


@njit(cache=True, nogil=True)
def learned(numbers, kept, x):
    """Take a value in; `kept` has one place more than it may hold."""
    if x != x:
        numbers[MISSING] += 1.0
        return
    if numbers[COUNT] > 0.0:
        numbers[MOVED] += abs(x - numbers[LAST])
    numbers[COUNT] += 1.0
    numbers[LAST] = x
    n = int(numbers[KEPT])
    at = np.searchsorted(kept[:n], x)
    if at < n and kept[at] == x:
        return
    for i in range(n, at, -1):
        kept[i] = kept[i - 1]
    kept[at] = x
    n += 1
    if n == len(kept):
        crowded = 1
        least = kept[2] - kept[0]
        for i in range(2, n - 1):
            apart = kept[i + 1] - kept[i - 1]
            if apart < least:
                crowded, least = i, apart
        for i in range(crowded, n - 1):
            kept[i] = kept[i + 1]
        n -= 1
    numbers[KEPT] = n


@njit(cache=True, nogil=True)
def run(numbers, kept, values, score, expected):
    """Compare each value, then take it in."""
    for t in range(len(values)):
        score[t], expected[t] = compared(numbers, kept, values[t])
        learned(numbers, kept, values[t])
