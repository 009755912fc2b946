"""Give arrays their dims, coords and units."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..units import factor, unit_name

ORDER = ("time", "z", "y", "x", "channel")
SPATIAL = ("z", "y", "x")


def label(
    data: Any,
    dims: Sequence[str],
    *,
    steps: Mapping[str, float] | None = None,
    unit: str | Mapping[str, str] | None = None,
    origin: Mapping[str, float] | None = None,
    channels: Sequence[Any] | None = None,
    name: str | None = None,
    attrs: Mapping[str, Any] | None = None,
) -> xr.DataArray:
    """Make a DataArray; a dim gets float coords only where its spacing is known.

    Parameters
    ----------
    data : array
        Values.
    dims : sequence of str
        One for each axis.
    steps : mapping of str to float, optional
        Spacing of the dims for which it is known. What is not a positive number counts as not known.
    unit : str or mapping of str to str, optional
        Unit of the spacing, or of each dim's. Lengths in different units are told in that of the last spatial dim.
    origin : mapping of str to float, optional
        Coordinate of the first pixel in the same unit; default 0.
    channels : sequence, optional
        Names of the channels; "rgb" or "rgba" for colours.
    name : str, optional
        Name of the array.
    attrs : mapping, optional
        Of the array.
    """
    sizes = dict(zip(dims, data.shape, strict=True))
    known = {d: float(s) for d, s in (steps or {}).items() if d in sizes and math.isfinite(s) and s > 0}
    units = {d: unit_name(unit if isinstance(unit, str) else (unit or {}).get(d, "pixel")) for d in known}
    if all(units[d] == "pixel" and s == 1 for d, s in known.items()) and not any((origin or {}).values()):
        known = {}
    main = next((units[d] for d in reversed(SPATIAL) if d in known), "pixel")
    coords: dict[str, Any] = {}
    for dim, step in known.items():
        told = main if dim in SPATIAL and factor(units[dim], main) is not None else units[dim]
        times = factor(units[dim], told) or 1.0
        start = (origin or {}).get(dim, 0.0) * times
        values = start + np.arange(sizes[dim]) * (step * times)
        coords[dim] = (dim, values, {"units": told, "long_name": dim, "spacing": step * times})
    names = list(channels or ())
    if "channel" in sizes and len(names) == sizes["channel"] and len(set(names)) == len(names):
        coords["channel"] = ("channel", names)
    # xarray takes the name of a Dask array for want of another
    return xr.DataArray(data, dims=tuple(dims), coords=coords, attrs=dict(attrs or {})).rename(name)


def plain_dims(shape: Sequence[int]) -> tuple[str, ...]:
    """Dims of a bare array by its shape: (y, x), then z, then time; a short last axis of 3 or 4 is colour.

    >>> plain_dims((40, 50, 3))
    ('y', 'x', 'channel')
    """
    colour = len(shape) >= 3 and shape[-1] in (3, 4) and min(shape[-3:-1]) > 4
    spatial = len(shape) - colour
    more = tuple(f"axis_{i}" for i in range(spatial - 4))
    names = (*more, *("time", "z", "y", "x")[max(0, 4 - spatial) :])
    return (*names, "channel") if colour else names


def colours(dims: Sequence[str], shape: Sequence[int]) -> str | None:
    """Names of the colour channels of a picture: its last axis, of 3 or 4."""
    return "rgba"[: shape[-1]] if dims and dims[-1] == "channel" and shape[-1] in (3, 4) else None
