"""Which values follow one another: those along a dim of time, and those that have times beside them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import xarray as xr

from ...errors import DimsError, TimeError
from ...voids.units import SECONDS, spelled
from ..core.tables import CLOCKS, UNORDERED, repeats_days


def is_time(data: xr.DataArray | xr.Dataset, dim: Hashable) -> bool:
    """Tell whether values along a dim follow one another: by its name, or by times or a unit of time as its coordinate."""
    return str(dim).casefold() in CLOCKS or (dim in data.coords and holds_times(data[dim]))


def holds_times(coord: xr.DataArray) -> bool:
    """Tell whether a coordinate holds times, or numbers in a unit of time."""
    if coord.dtype.kind in "iuf":
        unit = str(coord.attrs.get("units", ""))
        return " since " in unit or spelled(unit) in SECONDS
    if coord.dtype.kind != "O":
        return coord.dtype.kind in "mM"
    first = next((one for one in coord.values.flat if one is not None), None)
    return isinstance(first, date) or hasattr(first, "to_timestamp")


def in_time(data: Any, dim: object = None) -> Any:
    """Lay values along the times beside them, if no dim is said: they follow one another, whatever counts or names them.

    Parameters
    ----------
    data : DataArray, Dataset or other
        What has no dims stays as it is.
    dim : str, optional
        It stays as it is; or the name of times beside the values, along which they are laid; or one of `UNORDERED`, which the dim
        of time, or of rows, becomes: its times are beside the values then.

    Returns
    -------
    The same, along times as `time`, `date` or how they are called in `CLOCKS`.

    Raises
    ------
    DimsError
        If the dim that is said was stacked of one of time and others.

    Examples
    --------
    >>> import numpy as np
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
        elif dim in data.coords and data[dim].ndim == 1 and holds_times(data[dim]):
            return data.swap_dims({data[dim].dims[0]: dim})
        elif dim in UNORDERED:
            return _out_of_time(data, dim)
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


def _out_of_time(data: Any, dim: str) -> Any:
    """Take the one dim of time, or of rows, as that of values in no order."""
    laid = [d for d in data.dims if is_time(data, d) or d in UNORDERED]
    data = data.set_coords(dim) if dim in getattr(data, "data_vars", ()) else data
    if len(laid) != 1 or (dim in data.coords and data[dim].dims != (laid[0],)):
        return data
    return data.swap_dims({laid[0]: dim})


@contextmanager
def or_in_no_order(dim: str) -> Iterator[None]:
    """Say of times with which something is wrong what to do if they do not matter."""
    try:
        yield
    except TimeError as error:
        said = error.message if repr(dim) in error.message else f"along {dim!r}: {error.message}"
        raise TimeError(said, f"{error.hint}; or dim='image', if the values are in no order") from None


def _times_beside(data: xr.DataArray | xr.Dataset, dim: Hashable) -> Hashable | None:
    """Give the coordinate of times along a dim that is none; `time`, if there are several."""
    found = [n for n, c in data.coords.items() if c.dims == (dim,) and str(n).casefold() in CLOCKS and holds_times(c)]
    found = [n for n in found if data[n].dtype.kind != "M" or not repeats_days(data[n].to_numpy())]
    return "time" if "time" in found else next(iter(found), None)


__all__ = ["CLOCKS", "holds_times", "in_one_series", "in_time", "is_time", "or_in_no_order"]
