"""How fast a series changes: differences over the time between samples."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ....errors import SeriesError, warn
from ....voids.units import multiplied
from ..along import labelled, per_unit, steps
from ..moments import UNDEFINED, refuse_infinite
from ..noise import Floats

if TYPE_CHECKING:
    import xarray as xr


def rates(
    data: Any, dim: str | None = None, *, per: str | None = None, counter: bool = False, tz: str | tzinfo | None = None
) -> xr.DataArray:
    """Give how fast a series changes from each sample to the next.

    Parameters
    ----------
    data, dim, tz
        See `changes`; in any rising steps, each of which is used. A rate over a gap is the mean one there.
    per : str, optional
        Unit of time: "s", "min", "h", "d", "year"; default: seconds of times, else the unit of the coordinate.
    counter : bool
        The values only grow, and begin at 0 again when what counts is started anew: a value that is less than the one before
        is then all that came since, as Prometheus takes it.

    Returns
    -------
    DataArray
        At each sample but the first, in the unit of the values per time: from the last sample before it that is not missing. NaN
        where it is missing itself. Attrs `bridged`: how many reach over missing samples; `resets` of a counter.

    Raises
    ------
    SeriesError, TimeError, OptionError, DimsError
        If there are fewer than 2 values, they are infinite, times are naive, missing, repeated or not rising, or a unit unknown.

    Warns
    -----
    NsiWarning
        Where values are missing, and so the rate at them.

    Examples
    --------
    >>> import xarray as xr
    >>> seconds = xr.IndexVariable("t", [0.0, 10.0, 30.0, 40.0], {"units": "s"})
    >>> frames = xr.DataArray([0.0, 50.0, 150.0, 20.0], {"t": seconds}, ("t",), attrs={"units": "1"})
    >>> rates(frames, counter=True).values, rates(frames, per="min").attrs["units"]
    (array([5., 5., 2.]), '1/min')
    """
    array, dim = labelled(data, dim)
    if array.sizes[dim] < 2:
        raise SeriesError(f"{array.sizes[dim]} value{'s'[: array.sizes[dim] != 1]} along {dim!r}: there is no rate", "at least 2")
    lie = steps(array, dim, tz)
    unit, scale = per_unit(lie.per, per)
    values = array.transpose(..., dim).to_numpy().astype(np.float64)
    refuse_infinite(values)
    rows = values.reshape(-1, values.shape[-1])
    found, bridged, resets = _rates(rows, lie.position * scale, counter)
    attrs = {"units": multiplied((str(array.attrs.get("units", "1")), 1), (unit, -1)), "bridged": bridged, "long_name": "rate"}
    order = array.transpose(..., dim)
    rate: xr.DataArray = order.isel({dim: slice(1, None)}).copy(data=found.reshape(*values.shape[:-1], -1))
    rate.attrs = attrs | ({"resets": resets} if counter else {})
    gone = int(np.isnan(found).sum())
    if gone:
        rate.attrs[UNDEFINED] = "the value is missing, or none is before it"
        warn(f"NaN: {gone} of {found.size} rates, as the value is missing, or none is before it", "rate.dropna(...)")
    back: xr.DataArray = rate.transpose(*array.dims)
    return back


def _rates(rows: Floats, at: Floats, counter: bool) -> tuple[Floats, int, int]:
    there = ~np.isnan(rows)
    place = np.where(there, np.arange(rows.shape[1]), -1)
    before: npt.NDArray[np.int64] = np.maximum.accumulate(place, axis=1)[:, :-1]
    known = there[:, 1:] & (before >= 0)
    low = np.take_along_axis(rows, np.maximum(before, 0), axis=1)
    grown = rows[:, 1:] - low
    resets = counter & known & (grown < 0)
    grown = np.where(resets, rows[:, 1:], grown)
    found: Floats = np.where(known, grown / (at[1:] - at[np.maximum(before, 0)]), np.nan)
    bridged = known & (before < np.arange(rows.shape[1] - 1))
    return found, int(bridged.sum()), int(resets.sum())
