"""A series measured one frame after another, by the code of a stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import xarray as xr

from ..errors import DimsError, InputError
from .checks import check_array
from .rows import Block, added, concat
from .space import spatial_dims
from .streams import Stream


def series(
    frames: xr.DataArray,
    measures: Sequence[str] | str | None = None,
    *,
    dim: str = "time",
    dims: Sequence[str] | str | None = None,
    **options: Any,
) -> xr.Dataset:
    """Measure a series one frame after another, as a `Stream` does.

    Parameters
    ----------
    frames : DataArray
        Masks, True is empty; with `method`, grey values. Of a chunked (Dask) or lazily opened series one frame is in memory at
        a time, or those of one chunk. Chunks of parts of several frames are read once for each frame: store them otherwise.
    measures : str or sequence of str, optional
        Names of measures; default: all that are defined for a frame.
    dim : str
        The dim along which frames follow one another.
    dims : sequence of str, optional
        Spatial dims; default: those of z, y, x that are there.
    **options
        As of `Stream`: connectivity, ci, seed, spacing, unit, method, phase, and those of the measures and the method.

    Returns
    -------
    Dataset
        The same as that of `measure`, bit for bit, in the order of the series.

    Raises
    ------
    InputError
        If `dim` is absent, or a frame cannot be measured; its index is in the message.

    Examples
    --------
    >>> import numpy as np
    >>> masks = xr.DataArray(np.tri(3, dtype=bool)[:, None], dims=("time", "y", "x"))
    >>> series(masks, "void_fraction").void_fraction.round(2).values
    array([0.33, 0.67, 1.  ])
    """
    check_array(frames, "series")
    if dim not in frames.dims or frames.sizes[dim] == 0:
        raise DimsError(f"there are no frames along {dim!r}: the dims are {dict(frames.sizes)}", "choose another: dim='z'")
    spatial = spatial_dims(frames.isel({dim: 0}), dims)
    stream = Stream(measures, dims=spatial, dim=dim, **options)
    blocks: tuple[Block, ...] = ()
    runs = iter(_runs(frames, dim))
    start = stop = 0
    for i in range(frames.sizes[dim]):
        try:
            if i == stop:
                start, stop = stop, stop + next(runs)
                held = frames.isel({dim: slice(start, stop)}).compute()
            blocks = added(blocks, stream._measured(held.isel({dim: [i - start]})), dim)
        except InputError as error:
            error.message = f"the frame {dim}={i}: {error.message}"
            error.args = (error.message, error.hint)
            raise
    return concat([b.rows for b in blocks], dim)


def _runs(frames: xr.DataArray, dim: str) -> Sequence[int]:
    """Numbers of frames to read at once: all of a chunk if it holds whole frames, as it is in memory anyway; else one."""
    parts = frames.chunksizes
    if parts and all(len(sizes) == 1 for along, sizes in parts.items() if along != dim):
        return [n for n in parts[dim] if n]
    return [1] * frames.sizes[dim]
