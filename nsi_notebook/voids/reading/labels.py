"""Give arrays their dims, coords and units."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

ORDER = ("time", "z", "y", "x", "channel")
SPATIAL = ("z", "y", "x")

# metres (or degrees) in a unit, so that axes given in different units of one kind can be told in one
METRES = {"pm": 1e-12, "angstrom": 1e-10, "nm": 1e-9, "um": 1e-6, "mm": 1e-3, "cm": 1e-2, "m": 1.0, "km": 1e3, "in": 0.0254}
DEGREES = {"deg": 1.0, "arcmin": 1 / 60, "arcsec": 1 / 3600}

_SPELLINGS = {
    "pm": "picometer picometre",
    "angstrom": "\u00e5 ang angstroms \u00e5ngstrom",
    "nm": "nanometer nanometre nanometers nanometres nanom",
    "um": "\u03bcm micron microns micrometer micrometre micrometers micrometres microm",
    "mm": "millimeter millimetre millimeters millimetres",
    "cm": "centimeter centimetre centimeters centimetres",
    "m": "meter metre meters metres",
    "km": "kilometer kilometre kilometers kilometres",
    "in": "inch inches",
    "deg": "degree degrees \u00b0",
    "arcmin": "arcminute arcminutes",
    "arcsec": "arcsecond arcseconds as",
    "pixel": "pixels px pix voxel voxels",
    "s": "sec second seconds",
    "ms": "msec millisecond milliseconds",
    "us": "usec \u03bcs microsecond microseconds",
    "min": "minute minutes",
    "h": "hour hours hr",
}
UNITS = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in (unit, *spellings.split())}


def unit_name(text: str) -> str:
    r"""Write a unit in ASCII, as the field does; one that is not known stays as it is.

    >>> unit_name("micrometer"), unit_name("\u00b5m"), unit_name("furlong")
    ('um', 'um', 'furlong')
    """
    plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m.group(1), 16)), text.strip())
    same = plain.replace("\u00b5", "\u03bc").replace("\u212b", "\u00e5")  # the two code points of one letter
    return UNITS.get(same, UNITS.get(same.lower(), plain))


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
        factor, told = _factor(units[dim], main) if dim in SPATIAL else (1.0, units[dim])
        start = (origin or {}).get(dim, 0.0) * factor
        values = start + np.arange(sizes[dim]) * (step * factor)
        coords[dim] = (dim, values, {"units": told, "long_name": dim, "spacing": step * factor})
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


def _factor(unit: str, main: str) -> tuple[float, str]:
    for table in (METRES, DEGREES):
        if unit in table and main in table:
            return (1.0 if unit == main else table[unit] / table[main]), main
    return 1.0, unit
