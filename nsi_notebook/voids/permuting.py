"""A two-sample test by permutation of units, many values at a time.

The statistic is Welch's: the difference of means over its standard error. Units are exchanged between the sides at random, and
p = (b + 1) / (m + 1), where b of m draws are at least as far from zero as what was observed (Phipson & Smyth 2010, Stat Appl
Genet Mol Biol 9:39). Because it is studentised the test keeps its level where the variances differ, if units are many
(Janssen 1997, Stat Probab Lett 36:9; Chung & Romano 2013, Ann Stat 41:484).
"""

from __future__ import annotations

import numpy as np

from .measures.base import Array, ratio

COLUMNS = 64  # values permuted at a time, so that memory stays small
NOISE = 1e-12  # of the size of the values: what differs by less differs by rounding


def permuted(one: Array, other: Array, number: int, seed: int, widen: tuple[Array, Array] | None = None) -> Array:
    """Two-sided p-values of the difference of means.

    Parameters
    ----------
    one, other : ndarray, shapes (n1, values) and (n2, values)
        A row for each unit; NaN where it has no value.
    number : int
        Permutations.
    seed : int
        Of the permutations, which are the same for all values.
    widen : pair of ndarray, shape (values,), optional
        Factors of the observed standard errors of the two means, where units of a side are not independent.

    Returns
    -------
    ndarray, shape (values,)
        NaN where fewer than two units of a side have a value. 1 where all values are equal.

    Examples
    --------
    >>> far = permuted(np.arange(6.0)[:, None], 20 + np.arange(6.0)[:, None], 999, 0)
    >>> near = permuted(np.arange(6.0)[:, None], 0.5 + np.arange(6.0)[:, None], 999, 0)
    >>> bool(far[0] < 0.01), bool(near[0] > 0.4)
    (True, True)
    """
    pool = np.concatenate([one, other])
    sides = np.repeat([0.0, 1.0], [len(one), len(other)])
    draws = np.random.default_rng(seed).permuted(np.tile(sides, (number, 1)), axis=1)
    result = np.full(pool.shape[1], np.nan)
    told = (np.isfinite(one).sum(axis=0) > 1) & (np.isfinite(other).sum(axis=0) > 1)
    columns = np.flatnonzero(told)
    for few in np.array_split(columns, -(-len(columns) // COLUMNS)) if len(columns) else ():
        values = _standard(pool[:, few])
        factors = (np.ones(len(few)), np.ones(len(few))) if widen is None else (widen[0][few], widen[1][few])
        found = np.abs(_welch(sides[None], values, *factors))
        far = np.abs(_welch(draws, values)) >= found * (1 - 1e-9)
        result[few] = (far.sum(axis=0) + 1) / (number + 1)
    return result


def _standard(values: Array) -> Array:
    """Columns of mean 0 and spread 1, so that sums of squares are exact enough; 0 where only rounding differs."""
    center = np.nanmean(values, axis=0)  # two units of each side have a value
    spread = np.nanstd(values, axis=0)
    return np.asarray(np.where(spread > NOISE * np.abs(center), ratio(values - center, spread), values * 0))


def _welch(draws: Array, values: Array, first: Array | float = 1.0, other: Array | float = 1.0) -> Array:
    """Welch's statistic of each value for each draw, which says with 1 what is on the other side.

    It is infinite where means differ and nothing varies, and where a draw leaves a side with fewer than two values.
    """
    there = np.isfinite(values).astype(float)
    filled = np.nan_to_num(values)
    means, errors, least = [], [], []
    for side, widen in ((1 - draws, first), (draws, other)):
        count = side @ there
        mean = ratio(side @ filled, count)
        square = np.maximum(side @ filled**2 - count * mean**2, 0)
        means.append(mean)
        errors.append(np.square(widen) * ratio(square, count * (count - 1)))
        least.append(count)
    difference, error = means[1] - means[0], np.sqrt(errors[0] + errors[1])
    infinite = (np.minimum(*least) < 2) | (error < NOISE)
    return np.where(difference == 0, 0.0, np.where(infinite, np.inf, ratio(difference, error)))


def welch_interval(one: Array, other: Array, level: float) -> Array:
    """Interval of the difference of means (Welch 1947, Biometrika 34:28).

    Parameters
    ----------
    one, other : ndarray, shapes (n1, values) and (n2, values)
        A row for each unit; NaN where it has no value.
    level : float
        Nominal coverage.

    Returns
    -------
    ndarray, shape (values, 2)
        NaN where fewer than two units of a side have a value.
    """
    from scipy import stats

    count = np.array([np.isfinite(side).sum(axis=0) for side in (one, other)])
    mean = np.array([ratio(np.nansum(side, axis=0), n) for side, n in zip((one, other), count, strict=True)])
    square = np.array([np.nansum((side - m) ** 2, axis=0) for side, m in zip((one, other), mean, strict=True)])
    error = ratio(square, count * (count - 1))
    freedom = ratio(error.sum(axis=0) ** 2, ratio(error**2, count - 1).sum(axis=0))
    half = stats.t.ppf((1 + level) / 2, freedom) * np.sqrt(error.sum(axis=0))
    half = np.where(error.sum(axis=0) == 0, 0.0, half)  # nothing varies: no width
    return np.stack([mean[1] - mean[0] - half, mean[1] - mean[0] + half], axis=-1)
