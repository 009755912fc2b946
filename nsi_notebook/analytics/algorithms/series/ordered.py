"""Which dims a series may lie along: time, and profiles in space that have positions, but no pixels or tiles."""

from __future__ import annotations

from typing import Any

import xarray as xr

from ....errors import DimsError
from ..statistics.inputs import PIXELS, pixels

ALWAYS = frozenset({"pixel", "voxel", "tile"})  # no coordinate makes an order of them
PLACED = "for a profile along a line its positions, as a coordinate with its attr `units`; else "


def refuse_pixels(data: Any, dim: str | None) -> None:
    """Refuse to read pixels and tiles as a series, which has an order and so a p.

    Raises
    ------
    DimsError
        If the dim is one of pixels or tiles, or one of space without a coordinate; of an image, without one that has a unit.

    Examples
    --------
    >>> depth = xr.DataArray([3.0, 5.0, 4.0], {"z": ("z", [0.0, 0.5, 1.0], {"units": "mm"})}, ("z",))
    >>> refuse_pixels(depth, None)
    >>> refuse_pixels(depth.drop_vars("z"), None)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    nsi_notebook.errors.DimsError: pixels and tiles along z are not independent: no p comes of their number
    hint: for a profile along a line its positions, as a coordinate with its attr `units`; else means of images: ...
    """
    if not isinstance(data, xr.DataArray):
        index = getattr(data, "index", None)  # of pandas
        name = dim or getattr(index, "name", None)
        if isinstance(name, str) and (name in ALWAYS or (name in PIXELS and not hasattr(index, "dtype"))):
            raise _refused(name)
        return
    dims = list(map(str, data.dims))
    name = dim or ("time" if "time" in dims else dims[0] if len(dims) == 1 else None)
    if name is None and set(dims) <= PIXELS:
        raise _refused(*dims)
    if name not in PIXELS or name not in dims:
        return
    unit = str(data[name].attrs.get("units", "1")) if name in data.coords else None
    image = sum(d in PIXELS for d in dims) > 1
    if name in ALWAYS or unit is None or (image and unit in ("1", "pixel", "px")):
        raise _refused(name)


def _refused(*dims: str) -> DimsError:
    error = pixels(dims)
    return error if set(dims) <= ALWAYS else DimsError(error.message, PLACED + (error.hint or ""))


__all__ = ["refuse_pixels"]
