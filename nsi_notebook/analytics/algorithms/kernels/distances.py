"""Sums over pairs of the products of two distances, in n log n steps.

For each point the others lie in four quadrants about it, and in each the product of the distances is (x - x')(y - y') but for its
sign. The sums over one quadrant come from a Fenwick tree over the order of y while points are taken in the order of x; those over
the others from it and from cumulative sums. (Huo & Szekely 2016, Technometrics 58:435, have the same in another way.)
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def products(x, y, place):
    """Give for each point the sum of |x - x'| |y - y'| over all others.

    `x` rises, (n,); `y` (n,) belongs to it; `place` (n,) says which y each is in order, from 0; both are of about 1.
    """
    n = len(x)
    tree = np.zeros((n + 1, 4))
    below = np.zeros((n + 1, 3))  # count is the place itself; sums of x, y, x y over those of lower place
    inverse = np.empty(n, np.int64)
    for j in range(n):
        inverse[place[j]] = j
    for k in range(n):
        j = inverse[k]
        below[k + 1, 0] = below[k, 0] + x[j]
        below[k + 1, 1] = below[k, 1] + y[j]
        below[k + 1, 2] = below[k, 2] + x[j] * y[j]
    all_x, all_y, all_xy = below[n, 0], below[n, 1], below[n, 2]
    found = np.empty(n)
    left_x = left_y = left_xy = 0.0
    for j in range(n):
        here_x, here_y = x[j], y[j]
        count = sum_x = sum_y = sum_xy = 0.0
        at = place[j]
        while at > 0:
            count += tree[at, 0]
            sum_x += tree[at, 1]
            sum_y += tree[at, 2]
            sum_xy += tree[at, 3]
            at -= at & -at
        both = count * here_x * here_y - here_x * sum_y - here_y * sum_x + sum_xy
        left = j * here_x * here_y - here_x * left_y - here_y * left_x + left_xy
        k = place[j]
        low = k * here_x * here_y - here_x * below[k, 1] - here_y * below[k, 0] + below[k, 2]
        whole = n * here_x * here_y - here_x * all_y - here_y * all_x + all_xy
        found[j] = whole - 2 * left - 2 * low + 4 * both
        at = place[j] + 1
        while at <= n:
            tree[at, 0] += 1
            tree[at, 1] += here_x
            tree[at, 2] += here_y
            tree[at, 3] += here_x * here_y
            at += at & -at
        left_x += here_x
        left_y += here_y
        left_xy += here_x * here_y
    return found


@njit(cache=True, nogil=True)
def reordered(x, y, place, rows_x, rows_y, orders):
    """Give, for each order of the y, the part of the squared distance covariance that depends on it.

    That is sum |x - x'| |y - y'| / n^2 - 2 sum a b / n^3, with a and b the sums of distances of each point (`rows_x`, `rows_y`).
    """
    n = len(x)
    found = np.empty(len(orders))
    for r in range(len(orders)):
        order = orders[r]
        total = products(x, y[order], place[order]).sum()
        cross = 0.0
        for j in range(n):
            cross += rows_x[j] * rows_y[order[j]]
        found[r] = total / n**2 - 2 * cross / n**3
    return found
