"""Frames of arrays in memory, one after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from .block import boxes


def loaded_frames(arrays: Sequence[xr.DataArray], spatial: Sequence[str]) -> Iterator[tuple[tuple[int, ...], list[NDArray[Any]]]]:
    """Give each frame of some arrays, with its index along the other dims.

    What is chunked is computed for one chunk of the other dims at a time, so that each chunk is read once.

    Parameters
    ----------
    arrays : sequence of xarray.DataArray
        Of the same dims and sizes; the chunks of the first that has some are followed.
    spatial : sequence of str
        Dims of a frame.

    Yields
    ------
    index : tuple of int
        In C order if the other dims are not chunked, else chunk by chunk.
    frames : list of ndarray
        One of each array, with the dims `spatial`.

    Examples
    --------
    >>> image = xr.DataArray(np.arange(4).reshape(2, 2), dims=("x", "time"))
    >>> [(at, frame.tolist()) for at, (frame,) in loaded_frames([image], ["x"])]
    [((0,), [0, 2]), ((1,), [1, 3])]
    """
    arrays = [a.transpose(..., *spatial) for a in arrays]
    shape = arrays[0].shape[: arrays[0].ndim - len(spatial)]
    chunked = [a.chunks for a in arrays if a.chunks is not None]
    parts = chunked[0][: len(shape)] if chunked else [(1,) * n for n in shape]
    for part in boxes(shape, parts):
        here = tuple(slice(lo, hi) for lo, hi in part)
        loaded = _loaded([a[here].data for a in arrays])
        for at in np.ndindex(*(hi - lo for lo, hi in part)):
            yield tuple(lo + i for (lo, _), i in zip(part, at, strict=True)), [a[at] for a in loaded]


def _loaded(arrays: Sequence[Any]) -> list[NDArray[Any]]:
    """Compute what is of Dask, all at once."""
    if any(hasattr(a, "dask") for a in arrays):
        from dask import compute

        arrays = compute(*arrays)
    return [np.asarray(a) for a in arrays]
