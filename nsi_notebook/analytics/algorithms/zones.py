"""The zone in which times came: inside they are in UTC, and what people read says them as they gave them."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..core.shown import moments
from ..core.tables import ZONE
from ..core.times import zone_name, zone_named

if TYPE_CHECKING:
    import xarray as xr

CHANGED = np.timedelta64(1, "h")  # by which clocks are changed, at most


def zone_of(array: xr.DataArray, dim: str, tz: str | tzinfo | None) -> str:
    """Give the zone in which times along a dim came.

    Raises
    ------
    TimeError
        If there is no zone `tz`, even where the times have one.
    """
    if tz is not None:
        zone_named(tz)
    attrs = array[dim].attrs if dim in array.coords else {}
    return zone_name(attrs.get(ZONE) or tz or attrs.get("timezone") or "UTC")


def in_zone(coord: npt.NDArray[Any], zone: str) -> Any:
    """Give times, which are in UTC, as aware ones of a zone; anything else as it is."""
    import pandas as pd

    return pd.DatetimeIndex(coord, tz="UTC").tz_convert(zone) if coord.dtype.kind == "M" else coord


def by_clock(coord: npt.NDArray[Any], zone: str) -> npt.NDArray[Any]:
    """Give times, which are in UTC, as the clocks of a zone have them; anything else as it is."""
    if coord.dtype.kind != "M" or zone == "UTC":
        return coord
    return np.asarray(in_zone(coord, zone).tz_localize(None).to_numpy().astype("datetime64[us]"))


def in_utc(clock: npt.NDArray[Any], zone: str) -> npt.NDArray[Any]:
    """Give what the clocks of a zone have as times in UTC: the first of two, and what follows one that is left out.

    >>> in_utc(np.array(["2026-10-25", "2026-10-26"], "datetime64[us]"), "Europe/Berlin").astype(str).tolist()
    ['2026-10-24T22:00:00.000000', '2026-10-25T23:00:00.000000']
    """
    import pandas as pd

    first = np.ones(len(clock), dtype=np.bool_)
    aware = pd.DatetimeIndex(clock).tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    return np.asarray(aware.tz_convert(None).to_numpy().astype("datetime64[us]"))


def months_apart(coord: npt.NDArray[Any], zone: str) -> int:
    """Give of how many months of the calendar each step of times is, or is a multiple, by the clocks of a zone; 0 if of none.

    They are at one time of the same day of the month, or of its last day where it has none such. So are those that came in UTC
    from a zone which nobody said, but for the hour by which its clocks are changed.

    >>> months_apart(np.array(["2026-01-31", "2026-02-28", "2026-03-31", "2026-05-31"], "datetime64[us]"), "UTC")
    1
    >>> berlin = np.array(["2026-01-31T23:00", "2026-02-28T23:00", "2026-03-31T22:00"], "datetime64[us]")
    >>> months_apart(berlin, "UTC")
    1
    """
    clock = _by_months(coord, zone)[0]
    return int(np.gcd.reduce(np.diff(clock.astype("datetime64[M]")).astype(np.int64))) if len(clock) else 0


def months_after(coord: npt.NDArray[Any], zone: str, months: int, count: int) -> npt.NDArray[Any]:
    """Give the times that follow those which are `months` of the calendar apart, see `months_apart`.

    >>> thirtieths = np.array(["2025-11-30", "2025-12-30", "2026-01-30"], "datetime64[us]")
    >>> months_after(thirtieths, "UTC", 1, 2).astype("datetime64[D]").astype(str).tolist()
    ['2026-02-28', '2026-03-30']
    """
    clock, shift = _by_months(coord, zone)
    there = clock.astype("datetime64[M]")
    month = there[-1] + months * np.arange(1, count + 1)
    off = dict(zip((there.astype(np.int64) % 12).tolist(), clock - _like_those(clock, there), strict=True))  # of the latest year
    changed = np.array([off.get(one, np.timedelta64(0, "us")) for one in (month.astype(np.int64) % 12).tolist()])
    return in_utc(_like_those(clock, month) + changed - shift, zone)


def _by_months(coord: npt.NDArray[Any], zone: str) -> tuple[npt.NDArray[Any], np.timedelta64]:
    """Give times that are months apart as clocks have them, none of others, and by how much the clocks are put on.

    They are where months begin within an hour of midnight, on either side, as those of London in UTC.
    """
    none = np.timedelta64(0, "h")
    if coord.dtype.kind != "M" or len(coord) < 3 or coord[1] - coord[0] < np.timedelta64(27, "D"):
        return coord[:0], none
    for shift in (none, CHANGED):
        clock = by_clock(coord, zone).astype("datetime64[us]") + shift
        month = clock.astype("datetime64[M]")
        if np.diff(month).astype(np.int64).min() > 0 and np.abs(_like_those(clock, month) - clock).max() <= CHANGED:
            return clock, shift
    return coord[:0], none


def _like_those(clock: npt.NDArray[Any], month: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Give the time of each month that is as these are: at the last day if all are, else at the latest day of them."""
    day, last = clock.astype("datetime64[D]"), np.timedelta64(30, "D")
    ends = (clock.astype("datetime64[M]") + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    wanted = last if (day == ends).all() else (day - clock.astype("datetime64[M]")).max()
    most = (month + 1).astype("datetime64[D]") - month.astype("datetime64[D]") - np.timedelta64(1, "D")
    return np.asarray(month + np.minimum(wanted, most) + (clock[-1] - day[-1]))


def told_places(coord: npt.NDArray[Any], zone: str) -> list[str]:
    """Write places of a coordinate: times by the clocks of their zone, without its name.

    >>> noon = np.array(["2026-11-26T11:00", "2026-11-26T11:10"], "datetime64[us]")
    >>> told_places(noon, "Europe/Berlin"), told_places(np.array([3, 5]), "UTC")
    (['2026-11-26 12:00:00', '2026-11-26 12:10:00'], ['3', '5'])
    """
    import pandas as pd

    if coord.dtype.kind != "M":
        if coord.dtype.kind == "m":
            return [str(place) for place in pd.TimedeltaIndex(coord)]
        return [f"{place:.6g}" if coord.dtype.kind == "f" else str(place) for place in coord]
    return moments(by_clock(coord, zone).astype("datetime64[us]").astype(np.int64)) if len(coord) else []


__all__ = ["by_clock", "in_utc", "in_zone", "months_after", "months_apart", "told_places", "zone_of"]
