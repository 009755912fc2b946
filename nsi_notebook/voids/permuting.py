"""Two-sample tests by permutation of units, many values at a time.

The statistic is the difference of means over its standard error. Units are exchanged between the sides at random, and
p = (b + 1) / (m + 1), where b of m draws are at least as far from zero as what was observed (Phipson & Smyth 2010, Stat Appl
Genet Mol Biol 9:39). Because it is studentised the test keeps its level where the variances differ, if units are many
(Janssen 1997, Stat Probab Lett 36:9; Chung & Romano 2013, Ann Stat 41:484).

Images are independent, and the standard error is Welch's. Tiles of an image are not: the variance of their sum is that of waves
much longer than a tile. So the standard error is that of the longest cosine waves over the window (`waves`), of observed tiles
as of exchanged ones, and as good as Student's with as many degrees of freedom as there are waves (Lazarus, Lewis, Stock & Watson
2018, J Bus Econ Stat 36:541; over a plane: Mueller & Watson 2022, Econometrica 90:2901). The tiles of two images at the same
place are a pair, since what is near the border of an image is not like the rest of it, and not so by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from .measures.base import Array, ratio

COLUMNS = 64  # values permuted at a time, so that memory stays small
DRAWS = 1000  # and draws of tiles
WAVES = 12  # fewer cost power, more are too short where the structure is as long as a tile
NOISE = 1e-12  # of the size of the values: what differs by less differs by rounding


def permuted(one: Array, other: Array, number: int, seed: int) -> Array:
    """Two-sided p-values of the difference of means of independent units.

    Parameters
    ----------
    one, other : ndarray, shapes (n1, values) and (n2, values)
        A row for each unit; NaN where it has no value.
    number : int
        Permutations.
    seed : int
        Of the permutations, which are the same for all values.

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
        found = np.abs(_welch(sides[None], values))
        far = np.abs(_welch(draws, values)) >= found * (1 - 1e-9)
        result[few] = (far.sum(axis=0) + 1) / (number + 1)
    return result


def _standard(values: Array) -> Array:
    """Columns of mean 0 and spread 1, so that sums of squares are exact enough; 0 where only rounding differs."""
    center = np.nanmean(values, axis=0)  # two units of each side have a value
    spread = np.nanstd(values, axis=0)
    return np.asarray(np.where(spread > NOISE * np.abs(center), ratio(values - center, spread), values * 0))


def _welch(draws: Array, values: Array) -> Array:
    """Welch's statistic of each value for each draw, which says with 1 what is on the other side.

    It is infinite where means differ and nothing varies, and where a draw leaves a side with fewer than two values.
    """
    there = np.isfinite(values).astype(float)
    filled = np.nan_to_num(values)
    means, errors, least = [], [], []
    for side in (1 - draws, draws):
        count = side @ there
        mean = ratio(side @ filled, count)
        square = np.maximum(side @ filled**2 - count * mean**2, 0)
        means.append(mean)
        errors.append(ratio(square, count * (count - 1)))
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


@lru_cache(maxsize=8)
def waves(grid: tuple[int, ...]) -> Array:
    """Give the longest cosine waves over a grid of tiles, of as many half turns along each axis as come to `WAVES` or fewer.

    Returns
    -------
    ndarray, shape (waves, tiles)
        Orthonormal rows that add up to 0: waves of the same length are all there or not at all.

    Examples
    --------
    >>> waves((8, 8)).shape, waves((4, 4, 4)).shape, waves((32,)).shape, waves((1, 2)).round(1).tolist()
    ((12, 64), (10, 64), (12, 32), [[0.7, -0.7]])
    """
    turns = np.array([turn for turn in np.ndindex(*grid) if any(turn)])
    size = (turns**2).sum(axis=1)
    places = np.indices(grid).reshape(len(grid), -1)
    enough = np.searchsorted(np.sort(size), size, side="right") <= max(WAVES, np.count_nonzero(size == 1))
    found = np.array([np.cos(np.pi * t[:, None] * (places + 0.5) / np.array(grid)[:, None]).prod(axis=0) for t in turns[enough]])
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    found.flags.writeable = False  # it is shared
    return found


def variance(difference: Array, grid: tuple[int, ...]) -> Array:
    """Variance of the mean of tiles that are not independent, from the longest waves.

    Parameters
    ----------
    difference : ndarray, shape (tiles, values)
        Of the tiles of a grid.
    grid : tuple of int
        Tiles along each axis.
    """
    return np.asarray(np.square(waves(grid) @ difference).mean(axis=0) / len(difference))


def exchanged(one: Array, other: Array, grid: Sequence[int], number: int, seed: int) -> Array:
    """Two-sided p-values of the difference of means of tiles.

    Pairs of tiles are put anywhere on the grid, and the tiles of a pair on either side.

    Parameters
    ----------
    one, other : ndarray, shape (tiles, values)
        A row for each tile of a grid.
    grid : sequence of int
        Tiles along each axis.
    number, seed
        As `permuted` takes them.

    Returns
    -------
    ndarray, shape (values,)
        NaN where a tile has no value. 1 where all values are equal.

    Examples
    --------
    >>> tiles = np.random.default_rng(0).normal(size=(2, 64, 1))
    >>> near, far = (exchanged(tiles[0], tiles[1] + shift, (8, 8), 999, 0).item() for shift in (0, 1))
    >>> far < 0.01, near > 0.1
    (True, True)
    """
    shape = tuple(grid)
    difference = other - one
    told = np.isfinite(difference).all(axis=0)
    difference = difference[:, told]
    difference[np.abs(difference) <= NOISE * np.fmax(np.abs(one), np.abs(other))[:, told].max(axis=0)] = 0
    found = np.abs(_studentised(difference.mean(axis=0), variance(difference, shape)))
    random, count, far = np.random.default_rng(seed), len(difference), np.zeros(len(found), dtype=np.int64)
    for first in range(0, number, DRAWS):
        some = (min(DRAWS, number - first), count)
        sides = random.choice([-1.0, 1.0], some)
        places = random.permuted(np.broadcast_to(np.arange(count), some), axis=1)
        drawn = waves(shape)[:, places] * sides  # (waves, draws, tiles)
        means = sides @ difference / count
        for columns in np.array_split(np.arange(len(found)), -(-len(found) // COLUMNS)) if len(found) else ():
            error = np.square(drawn @ difference[:, columns]).mean(axis=0) / count
            far[columns] += (np.abs(_studentised(means[:, columns], error)) >= found[columns] * (1 - 1e-9)).sum(axis=0)
    result = np.full(one.shape[1], np.nan)
    result[told] = (far + 1) / (number + 1)
    return result


def _studentised(mean: Array, square: Array) -> Array:
    """Mean over its standard error; infinite where it differs and nothing varies."""
    return np.where(mean == 0, 0.0, np.where(square == 0, np.inf, ratio(mean, np.sqrt(square))))
