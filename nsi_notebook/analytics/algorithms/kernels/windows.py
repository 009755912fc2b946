"""Median and absolute deviations of the last values of a series, kept in order.

As in all kernels of detectors that stream: `compared` gives the score of a value and what was expected in its place, and changes
nothing; `learned` takes the value in; `run` does both in turn for many values, with the same arithmetic, so that the bits are the
same. NaN is a missing value: it has no score, is not learned, and is counted.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ...core.levels import ROBUST

MISSING, COUNT, NEXT = range(3)  # of the numbers
MEAN = 1.2533141373155001  # standard deviations of a normal distribution in its mean absolute deviation


@njit(cache=True, nogil=True)
def middle(rising, n):
    """Give the median of the first n values, which rise."""
    half = n // 2
    return rising[half] if n % 2 else (rising[half - 1] + rising[half]) / 2.0


@njit(cache=True, nogil=True)
def deviation(rising, n, centre):
    """Give the median absolute deviation from the centre as a standard deviation; where it is 0, the mean one."""
    above = np.searchsorted(rising[:n], centre, side="right")
    below = above - 1
    before = now = 0.0
    for _ in range(n // 2 + 1):
        before = now
        if above >= n or (below >= 0 and centre - rising[below] <= rising[above] - centre):
            now = centre - rising[below]
            below -= 1
        else:
            now = rising[above] - centre
            above += 1
    found = now if n % 2 else (before + now) / 2.0
    if found > 0.0:
        return ROBUST * found
    total = 0.0
    for i in range(n):
        total += abs(rising[i] - centre)
    return MEAN * total / n


@njit(cache=True, nogil=True)
def ratio(distance, scale):
    """Give a distance in scales: of a scale of 0, which is that of values that are all the same, 0 or infinite."""
    if scale > 0.0:
        return distance / scale
    return np.inf if distance > 0.0 else 0.0


@njit(cache=True, nogil=True)
def put(rising, n, x):
    """Put x among the first n values, which rise."""
    at = np.searchsorted(rising[:n], x)
    for i in range(n, at, -1):
        rising[i] = rising[i - 1]
    rising[at] = x


@njit(cache=True, nogil=True)
def replace(rising, old, x):
    """Put x among values that rise, in the place of an old one."""
    n = len(rising)
    at = np.searchsorted(rising, old)
    while at + 1 < n and rising[at + 1] < x:
        rising[at] = rising[at + 1]
        at += 1
    while at > 0 and rising[at - 1] > x:
        rising[at] = rising[at - 1]
        at -= 1
    rising[at] = x


@njit(cache=True, nogil=True)
def pushed(numbers, ring, rising, x):
    """Take a value into the window in the place of the oldest."""
    at = int(numbers[NEXT])
    n = int(numbers[COUNT])
    if n < len(ring):
        put(rising, n, x)
        numbers[COUNT] = n + 1
    else:
        replace(rising, ring[at], x)
    ring[at] = x
    numbers[NEXT] = (at + 1) % len(ring)


@njit(cache=True, nogil=True)
def compared(numbers, ring, rising, own, x):
    """Give how far x is from the median of the window, in deviations, and that median; `own`: x is in the window."""
    n = int(numbers[COUNT])
    if x != x or n < len(ring):
        return np.nan, np.nan
    window = rising
    if own > 0.0:
        window = np.empty(n + 1)
        window[:n] = rising
        put(window, n, x)
        n += 1
    centre = middle(window, n)
    return ratio(abs(x - centre), deviation(window, n, centre)), centre


@njit(cache=True, nogil=True)
def learned(numbers, ring, rising, own, x):
    """Take a value in."""
    if x != x:
        numbers[MISSING] += 1.0
    else:
        pushed(numbers, ring, rising, x)


@njit(cache=True, nogil=True)
def run(numbers, ring, rising, own, values, score, expected):
    """Compare each value, then take it in."""
    for t in range(len(values)):
        score[t], expected[t] = compared(numbers, ring, rising, own, values[t])
        learned(numbers, ring, rising, own, values[t])
