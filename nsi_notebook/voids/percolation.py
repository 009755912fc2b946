"""The threshold at which a grey image first percolates.

Pixels join in the order of their values; the first that connects two opposite faces tells the threshold (Hoshen & Kopelman 1976,
Phys Rev B 14:3438, grown one pixel at a time as by Newman & Ziff 2001, Phys Rev E 64:016706). It is exact: no level is stepped
over.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..errors import UnknownNameError
from ..version import __version__
from .carrying import batch_of, carried, check_names
from .loading import loaded_frames
from .measures.base import check_connectivity, reach
from .segmentation.checks import check_pixels
from .segmentation.histogram import refuse_non_finite
from .space import Space

Array = NDArray[Any]


def percolation_threshold(
    image: xr.DataArray,
    *,
    dims: Sequence[str] | str | None = None,
    connectivity: int | None = None,
    phase: Literal["dark", "bright"] = "dark",
) -> xr.DataArray:
    """Find the threshold at which the void of a grey image first spans the window, along each axis.

    Parameters
    ----------
    image : xarray.DataArray of numbers
        A chunked one is loaded, one chunk of the batch dims at a time: the answer needs whole frames.
    dims : sequence of str, optional
        Spatial dims; default: those of z, y, x that are there.
    connectivity : int, optional
        Of the void: 4 or 8 in 2-D, 6, 18 or 26 in 3-D; default 4, 6.
    phase : {"dark", "bright"}
        dark: the least value t for which the pixels not above t connect the two faces, so that `void(image, t)` is the first
        mask that spans. bright: the greatest t for which the pixels not below t do, so that `void(image, s, phase="bright")`
        spans for every s below t, and not at t.

    Returns
    -------
    xarray.DataArray, dims (..., axis)
        Values of the image, with its units; dims that are not spatial stay.

    Raises
    ------
    PixelError, DimsError, OptionError, UnknownNameError
        If there are NaN or infinite pixels, no grey values, or the dims, the connectivity or the phase do not exist, or a dim or
        coord that stays is called axis.

    Examples
    --------
    >>> image = xr.DataArray([[3, 9, 9], [1, 5, 2], [9, 9, 8]], dims=("y", "x"))
    >>> percolation_threshold(image).values
    array([8, 5])
    """
    check_pixels(image)
    if phase not in ("dark", "bright"):
        raise UnknownNameError.among("phase", phase, ("dark", "bright"))
    space = Space.of(image, dims)
    connectivity = check_connectivity(connectivity, space.ndim)
    check_names(image, space.dims, ["axis"], "image")
    batch = batch_of(image, space.dims)
    values = np.empty((*batch.values(), space.ndim), dtype=image.dtype)
    for index, (frame,) in loaded_frames([image], space.dims):
        where = ", ".join(f"{d} {i}" for d, i in zip(batch, index, strict=True))
        flat = np.ravel(refuse_non_finite(frame, f"the image at {where}" if where else "the image"))
        order = np.argsort(flat, kind="stable" if flat.itemsize <= 2 else None)  # of 8 and 16 bits, a radix sort
        order = order if phase == "dark" else order[::-1]
        values[index] = flat[order[spanned(order, space.shape, connectivity)]]
    attrs = {
        "units": image.attrs.get("units", "1"),
        "long_name": f"threshold at which the {phase} part first spans the window",
        "nsi_phase": phase,
        "nsi_connectivity": connectivity,
        "nsi_version": __version__,
    }
    result = xr.DataArray(values, carried(image, space.dims).coords, (*batch, "axis"), "percolation_threshold", attrs)
    return result.assign_coords(axis=("axis", list(space.dims), {"units": "1", "long_name": "axis"}))


def spanned(order: Array, shape: Sequence[int], connectivity: int) -> Array:
    """Find the place in `order` of the pixel with which the pixels so far first connect two opposite faces.

    Parameters
    ----------
    order : ndarray of int, shape (n,)
        Raster indices of pixels, each once.
    shape : sequence of int
        Of the window, 1 to 3 dims.
    connectivity : int
        Of the pixels.

    Returns
    -------
    ndarray of int, shape (len(shape),)
        For each axis; -1 where all pixels together do not.

    Examples
    --------
    >>> spanned(np.array([1, 4, 7, 3]), (3, 3), 4)
    array([ 2, -1])
    """
    from .kernels.passing import first_spanning

    lift = 3 - len(shape)
    deep = (1,) * lift + tuple(shape)
    padded = np.array(deep) + 2
    strides = np.array([padded[1] * padded[2], padded[2], 1])
    steps = [s for s in product((-1, 0, 1), repeat=3) if 0 < sum(map(abs, s)) <= reach(connectivity) and not any(s[:lift])]
    size = int(padded.prod())
    index = np.int32 if size < 1 << 31 else np.int64
    parent, faces = np.full(size, -1, dtype=index), np.zeros(size, dtype=np.uint8)
    found = np.array([-2] * lift + [-1] * len(shape))
    first_spanning(np.ascontiguousarray(order), deep, np.array(steps) @ strides, parent, faces, found)
    return found[lift:]
