"""A series cut into segments of constant mean, at the least cost.

The cost of samples s..t-1 is the sum of squares about their mean, of which -(S_t - S_s)^2 / (t - s) is the part that depends on
the cut, S being the cumulative sums. So the squares of the samples, which are the same in every cut, are never added.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def partition(sums, penalty, least):
    """Give the start of the last segment of the best cut of the first t samples, for each t.

    Optimal partitioning (Jackson et al. 2005) with the pruning of PELT (Killick, Fearnhead & Eckley 2012, J Am Stat Assoc
    107:1590, theorem 3.1). A start that is beaten at t by a cut there is beaten for good from t + `least` on, when that cut is
    allowed, and not before. `sums` (n + 1,) begins with 0.
    """
    n = len(sums) - 1
    best = np.full(n + 1, np.inf)
    best[0] = -penalty
    last = np.zeros(n + 1, np.int64)
    share = np.zeros(n + 1)
    for k in range(1, n + 1):
        share[k] = 1.0 / k
    start = np.empty(n + 1, np.int64)
    base = np.empty(n + 1)  # of each start: the cost up to it, and its sum
    low = np.empty(n + 1)
    cost = np.empty(n + 1)
    until = np.full(n + 1, n + 1)  # from which t on each is beaten
    count = 0
    for t in range(least, n + 1):
        s = t - least
        if best[s] < np.inf:
            start[count], base[count], low[count] = s, best[s], sums[s]
            count += 1
        least_cost, at, here = np.inf, 0, sums[t]
        for c in range(count):
            step = here - low[c]
            cost[c] = base[c] - step * step * share[t - start[c]]
            if cost[c] < least_cost:
                least_cost, at = cost[c], start[c]
        best[t], last[t] = least_cost + penalty, at
        kept = 0
        for c in range(count):
            s = start[c]
            if cost[c] > best[t] and until[s] > t + least:
                until[s] = t + least
            if until[s] > t + 1:
                start[kept], base[kept], low[kept] = s, base[c], low[c]
                kept += 1
        count = kept
    return last


@njit(cache=True, nogil=True)
def _best(sums, begin, end, least):
    """Give the cut of begin..end that lowers the cost most, and by how much; -1 where it is too short."""
    at, most = -1, -1.0
    mean = (sums[end] - sums[begin]) / (end - begin)
    for t in range(begin + least, end - least + 1):
        left = t - begin
        step = sums[t] - sums[begin] - left * mean
        gain = step * step * (end - begin) / (left * (end - t))
        if gain > most:
            at, most = t, gain
    return at, most


@njit(cache=True, nogil=True)
def bisect(sums, most, least):
    """Give up to `most` cuts in the order in which they are made: each the one that lowers the cost most."""
    n = len(sums) - 1
    begin, end = np.zeros(most + 1, np.int64), np.full(most + 1, n)
    at, gain = np.empty(most + 1, np.int64), np.empty(most + 1)
    at[0], gain[0] = _best(sums, 0, n, least)
    found = np.empty(most, np.int64)
    for k in range(most):
        c = np.argmax(gain[: k + 1])
        if at[c] < 0:
            return found[:k]
        found[k] = at[c]
        begin[k + 1], end[k + 1], end[c] = at[c], end[c], at[c]
        at[k + 1], gain[k + 1] = _best(sums, begin[k + 1], end[k + 1], least)
        at[c], gain[c] = _best(sums, begin[c], end[c], least)
    return found
