"""A series cut into segments of constant mean, at the least cost.

The cost of samples s..t-1 is the sum of squares about their mean, of which -(S_t - S_s)^2 / (t - s) is the part that depends on
the cut, S being the cumulative sums. So the squares of the samples, which are the same in every cut, are never added.
"""

from __future__ import annotations

import numpy as np
from numba import njit

SEVERAL = {"nnan", "nsz", "reassoc", "contract"}  # costs are finite, and may be compared in any order: several at a time


@njit(cache=True, nogil=True, fastmath=SEVERAL)
def _costs(base, low, start, share, here, t, cost):
    """Give the least cost of the first t samples, with the last segment from each start on, and the cost of each."""
    least_cost = np.inf
    for c in range(len(cost)):
        step = here - low[c]
        one = base[c] - step * step * share[t - start[c]]
        cost[c] = one
        least_cost = min(least_cost, one)
    return least_cost


@njit(cache=True, nogil=True)
def _beaten(cost, most, when, until):
    """Mark the starts that cost more than `most` as beaten from `when` on; give when the first of all is."""
    first = when
    for c in range(len(cost)):
        until[c] = min(until[c], when) if cost[c] > most else until[c]
        first = min(first, until[c])
    return first


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
    until = np.empty(n + 1, np.int64)  # from which t on each is beaten
    count = 0
    for t in range(least, n + 1):
        s = t - least
        if best[s] < np.inf:
            start[count], base[count], low[count], until[count] = s, best[s], sums[s], n + 1
            count += 1
        least_cost = _costs(base[:count], low[:count], start[:count], share, sums[t], t, cost[:count])
        at = 0
        while at < count - 1 and cost[at] > least_cost:
            at += 1
        best[t], last[t] = least_cost + penalty, start[at]
        if _beaten(cost[:count], best[t], t + least, until[:count]) > t + 1:
            continue
        kept = 0
        for c in range(count):
            if until[c] > t + 1:
                start[kept], base[kept], low[kept], until[kept] = start[c], base[c], low[c], until[c]
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


@njit(cache=True, nogil=True)
def residuals(residual, cuts, first, rows):
    """Give what the means of segments leave at each cut from the first on, in a row each; `residual` is left by those before."""
    n = len(residual)
    for k in range(len(rows)):
        cut, begin, end = cuts[first + k], 0, n
        for other in cuts[: first + k]:
            if begin < other < cut:
                begin = other
            elif cut < other < end:
                end = other
        rows[k] = residual if k == 0 else rows[k - 1]
        for a, b in ((begin, cut), (cut, end)):
            rows[k, a:b] -= rows[k, a:b].sum() / (b - a)
