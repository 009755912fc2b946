"""Autoregressive models by Burg's method (Burg 1975, thesis, Stanford), their order by AICc.

Each order takes one pass along a row: it makes the errors of prediction, forward and backward, from those of the order before,
and the products that give the next reflection, in the same turn.
"""

from __future__ import annotations

import numpy as np
from numba import njit

SMOOTH = 0.02  # of the variance: with so little left to explain, more terms follow a slope or a wave, and its wandering is lost
FOLLOWING = 0.2  # of the samples have to have all those before them that a term needs
ADDED = {"reassoc", "contract"}  # sums in any order, so that several values are added at a time


@njit(cache=True, nogil=True, fastmath=ADDED)
def _paired(ahead, behind, reflection, later, earlier):
    """Make the errors of the next order, each beside the one before it; give their power and product."""
    power, product = 0.0, 0.0
    for i in range(len(ahead) - 1):
        one, other = ahead[i + 1] - reflection * behind[i + 1], behind[i] - reflection * ahead[i]
        later[i], earlier[i] = one, other
        power += one * one + other * other
        product += one * other
    return power, product


@njit(cache=True, nogil=True, fastmath=ADDED)
def _power(values):
    total = 0.0
    for value in values:
        total += value * value
    return total


@njit(cache=True, nogil=True, fastmath=ADDED)
def _masked(ahead, behind, there):
    """Leave out pairs of errors of which one reaches over what is missing; give what `_paired` does."""
    power, product = 0.0, 0.0
    for i in range(len(ahead)):
        there[i] = there[i] and there[i + 1]
        if not there[i]:
            ahead[i] = behind[i] = 0.0
        power += ahead[i] * ahead[i] + behind[i] * behind[i]
        product += ahead[i] * behind[i]
    return power, product


@njit(cache=True, nogil=True, error_model="numpy")
def _aicc(n, order, variance, rounding):
    return n * np.log(max(variance, n * rounding)) + 2 * (order + 1) * n / max(n - order - 2, 1)


@njit(cache=True, nogil=True, error_model="numpy")
def _of_row(row, rounding, reflections):
    """Fit one row; give how many values there are, their squares, the order, the sum of its coefficients, innovation, AICc."""
    there = row == row
    n = there.sum()
    whole = n == len(row)
    ahead = behind = np.where(there, row, 0.0)
    squares = _power(ahead)
    most = min(len(reflections), n // 10, int(10 * np.log10(max(n, 1))))
    variance = at_first = squares / n
    order, total, innovation, aicc = 0, 0.0, variance, _aicc(n, 0, variance, rounding)
    left, reflection = 1.0, 0.0  # 1 less the sum of the coefficients
    spare = np.empty((4, len(row) if most else 0))
    for k in range(1, most + 1):
        size = len(row) - k
        if not whole and k > 1 and there[1 : size + 1].sum() < FOLLOWING * n:
            break
        later, earlier = spare[2 * (k % 2), :size], spare[2 * (k % 2) + 1, :size]
        power, product = _paired(ahead, behind, reflection, later, earlier)
        if not whole:
            power, product = _masked(later, earlier, there)
        if not (power > n * rounding and variance > SMOOTH * at_first):
            break
        ahead, behind, reflection = later, earlier, 2 * product / power
        reflections[k - 1] = reflection
        left *= 1 - reflection
        variance *= 1 - reflection**2
        cost = _aicc(n, k, variance, rounding)
        if cost < aicc:
            order, total, innovation, aicc = k, 1 - left, variance, cost
    reflections[order:] = 0
    return n, squares, order, total, innovation, aicc


@njit(cache=True, nogil=True)
def fitted(rows, rounding, reflections, counts, sums):
    """Fit each row up to the orders that `reflections` (rows, orders) have room for.

    `counts` (2, rows) takes how many values there are, and orders; `sums` (4, rows) squares, sums of coefficients, innovations
    and AICc.
    """
    for i in range(len(rows)):
        counts[0, i], sums[0, i], counts[1, i], sums[1, i], sums[2, i], sums[3, i] = _of_row(rows[i], rounding, reflections[i])
