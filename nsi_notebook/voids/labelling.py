"""Label the connected components of a mask in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .measures.base import check_connectivity, reach

Array = NDArray[Any]


def label(mask: Array, connectivity: int | None) -> tuple[Array, int]:
    """Label a bool array (any of 1 to 3 dims): int32 labels from 1, in raster order, and their number."""
    from scipy import ndimage

    structure = ndimage.generate_binary_structure(mask.ndim, reach(check_connectivity(connectivity, mask.ndim)))
    labels = np.empty(mask.shape, dtype=np.int32)
    number = ndimage.label(mask, structure=structure, output=labels)
    return labels, int(number)


def chosen(mask: Array, connectivity: int | None, least: float, *, enclosed: bool = False) -> Array:
    """Keep the components of at least so many pixels; of `enclosed` ones, only those that touch the border nowhere.

    >>> chosen(np.array([True, False, True, True, False, True, False]), 2, 1, enclosed=True).astype(int)
    array([0, 0, 1, 1, 0, 1, 0])
    """
    labels, count = label(mask, connectivity)
    keep = np.bincount(labels.ravel(), minlength=count + 1) >= least * (1 - 1e-9)  # an area over that of a pixel is rounded
    keep[0] = False
    for axis in range(mask.ndim if enclosed else 0):
        for end in (0, -1):
            keep[np.unique(labels.take(end, axis=axis))] = False
    return np.asarray(keep[labels])


def sizes(labels: Array, number: int, core: Sequence[int]) -> tuple[Array, Array]:
    """Raster index of the first pixel of labels 1..number, and their pixels in the core."""
    from .kernels.labels import measure_labels

    first = np.full(number + 1, -1, dtype=np.int64)
    size = np.zeros(number + 1, dtype=np.int64)
    measure_labels(lifted(labels), *((1,) * (3 - labels.ndim) + tuple(core)), first, size)
    return first[1:], size[1:]


def lifted(array: Array) -> Array:
    """Give an array of 1 to 3 dims as (z, y, x), contiguous and writeable, the one layout for which kernels are compiled."""
    return np.require(array, requirements=["C", "W"]).reshape((1,) * (3 - array.ndim) + array.shape)
