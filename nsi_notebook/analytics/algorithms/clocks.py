"""Which values follow one another: those along a dim of time, and those that have times beside them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import xarray as xr

from ...errors import DimsError
from ...voids.units import SECONDS, unit_name

_ONE = ("time", "timestamp", "datetime", "date", "frame", "file", "window", "second", "minute", "hour", "day", "week", "month")
CLOCKS = frozenset(["t", "year", "years", *_ONE, *(f"{name}s" for name in _ONE)])  # dims of time, in small letters


def is_time(data: xr.DataArray | xr.Dataset, dim: Hashable) -> bool:
    """Tell whether values along a dim follow one another: by its name, or by times or a unit of time as its coordinate."""
    return str(dim).casefold() in CLOCKS or (dim in data.coords and _holds_times(data[dim]))


def _holds_times(coord: xr.DataArray) -> bool:
    if coord.dtype.kind in "iuf":
        unit = str(coord.attrs.get("units", ""))
        return " since " in unit or unit_name(unit) in SECONDS
    return coord.dtype.kind in "mM" or (
        coord.dtype.kind == "O"
        and coord.size > 0
        and (hasattr(first := coord.values.flat[0], "tzinfo") or hasattr(first, "to_timestamp"))
    )


def in_time(data: Any, dim: object = None) -> Any:
    """Lay values along the times beside them, if no dim is said: they follow one another, whatever counts or names them.

    Parameters
    ----------
    data : DataArray, Dataset or other
        What has no dims stays as it is.
    dim : str, optional
        It stays as it is; or the name of times beside the values, along which they are laid.

    Returns
    -------
    The same, along times as `time`, `date` or how they are called in `CLOCKS`.

    Raises
    ------
    DimsError
        If the dim that is said was stacked of one of time and others.

    Examples
    --------
    >>> times = np.array(["2026-11-26", "2026-11-27"], dtype="datetime64[ns]")
    >>> area = xr.DataArray([3.0, 4.0], {"time": ("frame number", times)}, ("frame number",))
    >>> in_time(area).dims, in_time(area.rename({"frame number": "image"}), "image").dims
    (('time',), ('image',))
    """
    if not isinstance(data, (xr.DataArray, xr.Dataset)):
        return data
    if isinstance(dim, str):
        if dim in data.dims:
            levels = data.indexes[dim].names if dim in data.indexes else []
            if len(levels) > 1 and (clocks := [name for name in levels if str(name).casefold() in CLOCKS]):
                raise DimsError(
                    f"{dim!r} was stacked of {', '.join(map(str, levels))}, and values along {clocks[0]!r} follow one another",
                    f"data.unstack({dim!r}), and dim={clocks[0]!r}",
                )
        elif dim in data.coords and data[dim].ndim == 1 and _holds_times(data[dim]):
            return data.swap_dims({data[dim].dims[0]: dim})
        return data
    for d in data.dims:
        if not is_time(data, d) and (beside := _times_beside(data, d)):
            stacked = d in data.indexes and len(data.indexes[d].names) > 1
            if stacked:
                data = data.reset_index(d).assign_coords({beside: (d, data[beside].to_numpy(), data[beside].attrs)})
            data = data.swap_dims({d: beside})
    return data


def in_one_series(array: xr.DataArray, along: str) -> bool:
    """Tell whether no place along a dim is there twice, or before the one that it follows."""
    return along not in array.coords or (array.indexes[along].is_monotonic_increasing and array.indexes[along].is_unique)


def _times_beside(data: xr.DataArray | xr.Dataset, dim: Hashable) -> Hashable | None:
    """Give the coordinate of times along a dim that is none; `time`, if there are several."""
    found = [n for n, c in data.coords.items() if c.dims == (dim,) and str(n).casefold() in CLOCKS and _holds_times(c)]
    return "time" if "time" in found else next(iter(found), None)


__all__ = ["CLOCKS", "in_one_series", "in_time", "is_time"]
