"""Persistence pairs of an array of numbers.

A component of the sublevel sets {value <= t} is born at a minimum and dies where it meets one with a lower minimum (elder
rule: Edelsbrunner & Harer 2010, Computational Topology, VII). Holes of the plane and cavities of the volume are, by Alexander
duality, the components of the superlevel sets with the dual connectivity, with a pixel outside that surrounds all and is
older than any (Garin, Heiss, Maggs, Bleile & Robins 2020, Duality in persistent homology of images, arXiv:2005.04597).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .measures.base import reach

Array = NDArray[Any]
DUAL = {4: 8, 8: 4, 6: 26, 18: 6, 26: 6}  # of the complement


def pairs(values: Array, connectivity: int, *, bright: bool = False) -> list[tuple[Array, Array, Array]]:
    """Persistence pairs of dimensions 0 and d - 1 of the sublevel sets of finite values.

    Parameters
    ----------
    values : ndarray, 2-D or 3-D
        Real and finite; integers that float64 holds exactly.
    connectivity : int
        Of the sublevel sets.
    bright : bool
        Take superlevel sets instead: a pair dies at a value below that of its birth.

    Returns
    -------
    list of (birth, death, place)
        For each of the two dimensions: float64 values, the longest pair first, and the raster index of the extremum (minimum of a
        component, maximum of a hole or cavity) to which a pair belongs. The oldest component comes first, its death is inf
        (-inf). None of them depends on the order in which equal values are taken.

    Examples
    --------
    >>> [(birth.tolist(), death.tolist()) for birth, death, _ in pairs(np.array([[0, 5, 2], [7, 7, 7]]), 4)]
    [([0.0, 2.0], [inf, 5.0]), ([], [])]
    """
    key = _keys(values)
    up = -1 if bright else 1
    first = _merged(up * key, connectivity, outside=False)
    last = _merged(-up * key, DUAL[connectivity], outside=True)
    return [(up * first[0], up * first[1], first[2]), (-up * last[1], -up * last[0], last[2])]


def _keys(values: Array) -> Array:
    """Numbers of one of four dtypes, whose largest and least no integer uses."""
    if values.dtype.kind == "f":
        return values.astype(np.float32 if values.dtype.itemsize <= 4 else np.float64)
    most = np.iinfo(np.int32).max
    return values.astype(np.int32 if -most < values.min() and values.max() < most else np.int64)


def _merged(key: Array, connectivity: int, outside: bool) -> tuple[Array, Array, Array]:
    """Key at the minimum of each component, the one where it meets a lower minimum, and the raster index of its minimum.

    Beyond the image nothing is reached, or lies an outside that is below all and no component of its own.
    """
    from .kernels.persistence import find_basins, merge_basins

    shape, inner = tuple(n + 2 for n in key.shape), (slice(1, -1),) * key.ndim
    integer: Any = np.int32 if math.prod(shape) < 1 << 31 else np.int64
    top = key.dtype.type(np.inf if key.dtype.kind == "f" else np.iinfo(key.dtype).max)
    level = np.full(shape, -top if outside else top)
    level[inner] = key
    level = level.ravel()
    places = np.arange(level.size, dtype=integer).reshape(shape)[inner].ravel()
    steps = _steps(shape, connectivity).astype(integer)
    basin = np.zeros(level.size, dtype=integer)
    minima = np.zeros((key.size + 1) // 2 + 1, dtype=integer)  # no two neighbours are both minima; the first is of the border
    minima = minima[: find_basins(level, places, steps, basin, minima[1:]) + 1]
    birth, death, elder = level[minima], np.full(minima.size, top), np.arange(minima.size, dtype=integer)
    merge_basins(level, places, steps, basin, birth, death, elder)
    lives = 1 + np.flatnonzero(death[1:] != birth[1:])
    start, end = birth[lives].astype(float), np.where(death[lives] == top, np.inf, death[lives])
    place = np.ravel_multi_index([i - 1 for i in np.unravel_index(minima[lives], shape)], key.shape)
    longest = np.lexsort((start, start - end))
    return start[longest], end[longest], place[longest]


def _steps(shape: Sequence[int], connectivity: int) -> Array:
    """Steps from a pixel to its neighbours in a flat array of this shape."""
    stride = np.cumprod([1, *shape[:0:-1]])[::-1]
    moves = np.array(list(product((-1, 0, 1), repeat=len(shape))))
    apart = np.abs(moves).sum(axis=1)
    return np.asarray(moves[(apart > 0) & (apart <= reach(connectivity))] @ stride)
