"""Lengths of the void as images: distance to the solid, local thickness."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..version import __version__
from . import balls, distances
from .checks import check_mask
from .loading import loaded_frames
from .space import Space


def distance_map(mask: xr.DataArray, *, dims: Sequence[str] | str | None = None) -> xr.DataArray:
    """Distance from the centre of each empty pixel to that of the nearest solid one.

    Parameters
    ----------
    mask : xarray.DataArray of bool
        True is empty. Dims that are not spatial are batch dims. A chunked mask is loaded, one chunk of the
        batch dims at a time: a distance may reach across a whole frame.
    dims : sequence of str, optional
        Spatial dims; default: those of z, y, x that are there.

    Returns
    -------
    xarray.DataArray of float64
        Dims and coords of the mask, the length unit of its spacing in `attrs["units"]`; 0 in the solid, NaN where a frame holds
        no solid. Nothing is known beyond the border, so it is no solid.

    Raises
    ------
    PixelError, DimsError, SpacingError
        If the mask is not bool or empty, or the dims or the spacing do not allow it.

    Examples
    --------
    >>> mask = xr.DataArray([[False, True, True]], dims=("y", "x"), coords={"x": [0.0, 0.5, 1.0]})
    >>> distance_map(mask).values
    array([[0. , 0.5, 1. ]])
    """
    return _map(mask, dims, distances.distance_map, "distance_map", "distance to the solid")


def thickness_map(mask: xr.DataArray, *, dims: Sequence[str] | str | None = None) -> xr.DataArray:
    """Local thickness: diameter of the largest ball in the void that holds each empty pixel.

    The radius of a ball is the distance of its centre in `distance_map`; it holds the pixels that are strictly nearer
    (Hildebrand & Ruegsegger 1997, J Microsc 185:67).

    Parameters
    ----------
    mask : xarray.DataArray of bool
        True is empty. Dims that are not spatial are batch dims. A chunked mask is loaded, one chunk of the
        batch dims at a time: a ball may reach across a whole frame.
    dims : sequence of str, optional
        Spatial dims; default: those of z, y, x that are there.

    Returns
    -------
    xarray.DataArray of float64
        Dims and coords of the mask, the length unit of its spacing in `attrs["units"]`; 0 in the solid, NaN where a frame holds
        no solid.

    Raises
    ------
    PixelError, DimsError, SpacingError
        If the mask is not bool or empty, or the dims or the spacing do not allow it.

    Examples
    --------
    >>> mask = xr.DataArray([False, True, True, True, False, True], dims="x")
    >>> thickness_map(mask).values
    array([0., 4., 4., 4., 0., 2.])
    """
    return _map(mask, dims, balls.thickness_map, "thickness_map", "local thickness of the void")


def _map(
    mask: xr.DataArray,
    dims: Sequence[str] | str | None,
    lengths: Callable[[NDArray[np.bool_], Sequence[float]], NDArray[Any]],
    name: str,
    what: str,
) -> xr.DataArray:
    """Map each frame."""
    check_mask(mask)
    space = Space.of(mask, dims)
    ordered = mask.transpose(..., *space.dims)
    found = np.empty(ordered.shape)
    for at, (frame,) in loaded_frames([ordered], space.dims):
        found[at] = lengths(frame, space.spacing)
        found[at][np.isinf(found[at])] = np.nan
    attrs = {k: v for k, v in mask.attrs.items() if str(k).startswith("nsi_")}
    attrs |= {"units": space.unit, "long_name": what, "nsi_version": __version__}
    result = ordered.copy(data=found).transpose(*mask.dims)
    result.name, result.attrs = name, attrs
    return result
