"""The zone in which times came: inside they are in UTC, and what people read says them as they gave them."""

from __future__ import annotations

from datetime import timezone, tzinfo
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..core.shown import moments

if TYPE_CHECKING:
    import xarray as xr

ZONE = "nsi_zone"  # the attr of times that are in UTC, and came in this zone


def zone_of(array: xr.DataArray, dim: str, tz: str | tzinfo | None) -> str:
    """Give the zone in which times along a dim came."""
    attrs = array[dim].attrs if dim in array.coords else {}
    return named(attrs.get(ZONE) or attrs.get("timezone") or tz or "UTC")


def named(zone: str | tzinfo) -> str:
    """Give the name of a zone by which pandas knows it; UTC of one that has none, as those of dateutil.

    >>> from datetime import timedelta
    >>> named("Europe/Berlin"), named(timezone(timedelta(hours=2))), named(timezone(timedelta(hours=3), "EST"))
    ('Europe/Berlin', 'UTC+02:00', 'UTC+03:00')
    """
    import pandas as pd

    if isinstance(zone, timezone):  # whose own name may be that of another zone
        zone = str(timezone(zone.utcoffset(None)))
    if str(zone).upper() == "UTC":
        return "UTC"
    try:
        pd.Timestamp(0, tz="UTC").tz_convert(str(zone))
    except (KeyError, ValueError):  # zoneinfo's own is a KeyError
        return "UTC"
    return str(zone)


def in_zone(coord: npt.NDArray[Any], zone: str) -> Any:
    """Give times, which are in UTC, as aware ones of a zone; anything else as it is."""
    import pandas as pd

    return pd.DatetimeIndex(coord, tz="UTC").tz_convert(zone) if coord.dtype.kind == "M" else coord


def by_clock(coord: npt.NDArray[Any], zone: str) -> npt.NDArray[Any]:
    """Give times, which are in UTC, as the clocks of a zone have them; anything else as it is."""
    if coord.dtype.kind != "M" or zone == "UTC":
        return coord
    return np.asarray(in_zone(coord, zone).tz_localize(None).to_numpy().astype("datetime64[us]"))


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


__all__ = ["ZONE", "by_clock", "in_zone", "named", "told_places", "zone_of"]
