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

Array = NDArray[Any]
REACH = {4: 1, 8: 2, 6: 1, 18: 2, 26: 3}  # axes along which a neighbour may differ
DUAL = {4: 8, 8: 4, 6: 26, 18: 6, 26: 6}  # of the complement
SMALL = np.iinfo(np.uint16).max  # integers of a smaller range are sorted by radix


def pairs(values: Array, connectivity: int, *, bright: bool = False) -> list[tuple[Array, Array, Array]]:
    """Persistence pairs of dimensions 0 and d - 1 of the sublevel sets of finite values.

    Parameters
    ----------
    values : ndarray, 2-D or 3-D
        Real and finite; integers of a range below 2^63.
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
    key, top = _keys(values)
    if bright:
        key = _reversed(key, top)
    flat, oldest = values.ravel(), int(np.argmin(key))
    minimum, place, saddle = _merged(key, top, connectivity, flat)
    birth, death = np.insert(minimum, 0, flat[oldest]), np.insert(saddle, 0, -np.inf if bright else np.inf)
    maximum, other, ridge = _merged(_reversed(key, top), _reversed(top, top), DUAL[connectivity], flat)
    return [(birth, death, np.insert(place, 0, oldest)), (ridge, maximum, other)]


def _keys(values: Array) -> tuple[Array, Any]:
    """Numbers of one of four dtypes in the order of the values, and one that is above all; its `_reversed` is below all."""
    if values.dtype.kind == "f":
        key = values.astype(np.float32 if values.dtype.itemsize <= 4 else np.float64)
        return key, key.dtype.type(np.inf)
    low = int(values.min())
    top = int(values.max()) - low + 2
    key = values.astype(np.int32 if values.dtype.itemsize <= 2 else np.int64) - (low - 1)
    key = key.astype(np.uint16 if top <= SMALL else np.int64)
    return key, key.dtype.type(top)


def _reversed(key: Any, top: Any) -> Any:
    return -key if key.dtype.kind == "f" else top - key


def _merged(key: Array, border: Any, connectivity: int, values: Array) -> tuple[Array, Array, Array]:
    """Value at the minimum of each component but the oldest, its raster index, and the value where it meets a lower one."""
    from .kernels.persistence import find_basins, merge_basins

    shape, inner = tuple(n + 2 for n in key.shape), (slice(1, -1),) * key.ndim
    integer = np.int32 if math.prod(shape) < 1 << 31 else np.int64
    level = np.full(shape, border)
    level[inner] = key
    level = level.ravel()
    places = np.arange(level.size, dtype=integer).reshape(shape)[inner].ravel()
    steps = _steps(shape, connectivity).astype(integer)
    parent = np.zeros(level.size, dtype=integer)  # a border that is below all is of the component of place 0
    rim = np.empty_like(places)
    rim = rim[: find_basins(level, places, steps, parent, rim)]
    order = rim[np.argsort(level[rim], kind="stable" if level.dtype == np.uint16 else None)]
    met = np.empty(((key.size + 1) // 2, 2), dtype=integer)  # no two neighbours are both minima
    met = met[: merge_basins(level, order, steps, parent, met)]
    first, last = (np.ravel_multi_index([i - 1 for i in np.unravel_index(at, shape)], key.shape) for at in met.T)
    minimum, saddle = values[first].astype(float), values[last].astype(float)
    longest = np.lexsort((minimum, -np.abs(saddle - minimum)))
    return minimum[longest], first[longest], saddle[longest]


def _steps(shape: Sequence[int], connectivity: int) -> Array:
    """Steps from a pixel to its neighbours in a flat array of this shape."""
    stride = np.cumprod([1, *shape[:0:-1]])[::-1]
    moves = np.array(list(product((-1, 0, 1), repeat=len(shape))))
    apart = np.abs(moves).sum(axis=1)
    return np.asarray(moves[(apart > 0) & (apart <= REACH[connectivity])] @ stride)
