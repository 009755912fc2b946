"""Order statistics of all differences of two samples, and of all means of two values: Hodges & Lehmann's estimates.

Intervals are those of the tests that they invert (Hodges & Lehmann 1963, Ann Math Stat 34:598; Hollander & Wolfe 1999, sections
3.3 and 4.3), by the exact distribution up to 2,500 pairs and 50 values, beyond by the normal one. No array of all pairs is made.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from .effects import tails

Floats = npt.NDArray[np.float64]

EXACT_PAIRS, EXACT_VALUES = 2500, 50


def shift(one: Floats, other: Floats, level: float, alternative: str) -> tuple[float, float, float]:
    """Give the median of all differences of a value of one sample and one of the other, and its bounds.

    >>> shift(np.array([1.0, 5.0, 7.0, 8.0]), np.array([2.0, 3.0, 4.0, 4.5]), 0.9, "two-sided")
    (2.75, -3.0, 5.0)
    """
    one, other = np.sort(one), np.sort(other)
    m, n = len(one), len(other)

    def count(v: float) -> int:
        return m * n - int(np.searchsorted(other, one - v, "left").sum())

    def near(v: float) -> float:
        partner = np.searchsorted(other, one - v)
        there = np.concatenate([one - other[np.clip(partner + by, 0, n - 1)] for by in (-1, 0)])
        return float(there[np.abs(there - v).argmin()])

    ends = one[0] - other[-1], one[-1] - other[0]
    if m * n <= EXACT_PAIRS:
        shares = _u(m, n)
        cut = [_exact(shares, tail) for tail in tails(level, alternative)]
    else:
        cut = [_normal(m * n, m * n * (m + n + 1) / 12, tail) for tail in tails(level, alternative)]
    return _bounds(count, near, m * n, (float(ends[0]), float(ends[1])), cut)


def middle(values: Floats, level: float, alternative: str) -> tuple[float, float, float]:
    """Give the median of all means of two values, each with itself too, and its bounds.

    >>> middle(np.array([1.0, 2.0, 4.0, 9.0, 3.0]), 0.9, "two-sided")
    (3.0, 1.0, 9.0)
    """
    values = np.sort(values)
    n = len(values)

    def count(v: float) -> int:
        both = int(np.searchsorted(values, 2 * v - values, "right").sum())
        return (both + int(np.searchsorted(values, v, "right"))) // 2

    def near(v: float) -> float:
        partner = np.searchsorted(values, 2 * v - values)
        there = np.concatenate([(values + values[np.clip(partner + by, 0, n - 1)]) / 2 for by in (-1, 0)])
        return float(there[np.abs(there - v).argmin()])

    number = n * (n + 1) // 2
    if n <= EXACT_VALUES:
        cut = [_exact(_w(n), tail) for tail in tails(level, alternative)]
    else:
        cut = [_normal(number, n * (n + 1) * (2 * n + 1) / 24, tail) for tail in tails(level, alternative)]
    return _bounds(count, near, number, (float(values[0]), float(values[-1])), cut)


def _bounds(
    count: Callable[[float], int], near: Callable[[float], float], number: int, ends: tuple[float, float], cut: list[int]
) -> tuple[float, float, float]:
    def at(k: int) -> float:
        return near(_kth(count, k, *ends))

    centre = (at((number + 1) // 2) + at(number // 2 + 1)) / 2
    lower = at(cut[0] + 1) if cut[0] >= 0 else -math.inf
    upper = at(number - cut[1]) if cut[1] >= 0 else math.inf
    return centre, lower, upper


def _kth(count: Callable[[float], int], k: int, low: float, high: float) -> float:
    """Give the smallest number that at least k are not above, as near as floats allow."""
    if count(low) >= k:
        return low
    while low < (mid := low / 2 + high / 2) < high:
        low, high = (low, mid) if count(mid) >= k else (mid, high)
    return high


def _exact(shares: Floats, tail: float) -> int:
    """Give the largest value of a statistic whose chance of being no larger is not above the tail; -1 if none is."""
    return int(np.searchsorted(np.cumsum(shares), tail * (1 + 1e-12), "right")) - 1


def _normal(number: int, variance: float, tail: float) -> int:
    from scipy.stats import norm

    return max(math.floor(number / 2 - 0.5 - float(norm.isf(tail)) * math.sqrt(variance)), -1) if tail else -1


@lru_cache(maxsize=256)
def _u(m: int, n: int) -> Floats:
    """Give the distribution of Mann and Whitney's U."""
    least, most = m * (m + 1) // 2, m * (2 * n + m + 1) // 2  # of the sum of m of the ranks
    found = np.zeros((m + 1, most + 1))
    found[0, 0] = 1.0
    for rank in range(1, m + n + 1):
        found[1:, rank:] = found[1:, rank:] + found[:-1, :-rank]
    shares = found[m, least:]
    return np.asarray(shares / shares.sum())


@lru_cache(maxsize=64)
def _w(n: int) -> Floats:
    """Give the distribution of Wilcoxon's W."""
    found = np.zeros(n * (n + 1) // 2 + 1)
    found[0] = 1.0
    for rank in range(1, n + 1):
        found[rank:] = found[rank:] + found[:-rank]
    return found / 2.0**n
