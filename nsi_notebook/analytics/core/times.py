"""Times and durations: whole microseconds, UTC inside, and no guess about the zone of anything.

Times are those that datetime has: from `FIRST`, the beginning of year 1, to `LAST`, the last microsecond of 9999. Durations are
at most 1,000 years, so that the bounds of any windows of any samples are whole numbers of 64 bits with room to spare.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from fractions import Fraction
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from ...errors import TimeError

Micros: TypeAlias = npt.NDArray[np.int64]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
FIRST = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICRO
LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICRO
LONGEST = 365_250 * 86_400 * 10**6  # 1,000 years
_AWARE = "give aware ones, e.g. datetime.now(timezone.utc) or '2026-11-26T12:00:00Z', or say tz='UTC'"
_UNITS = {"us": 1, "ms": 10**3, "s": 10**6, "min": 60 * 10**6, "h": 3600 * 10**6, "d": 86400 * 10**6, "w": 7 * 86400 * 10**6}


def instant(value: Any, tz: str | tzinfo | None = None) -> int:
    """Give a moment as whole microseconds since 1970-01-01 UTC.

    Parameters
    ----------
    value : datetime.datetime, pandas.Timestamp, numpy.datetime64 or str
        Aware, or an ISO 8601 text with its offset; a naive one only with `tz`.
    tz : str or tzinfo, optional
        Zone of a naive time, e.g. "UTC" or "Europe/Berlin".

    Raises
    ------
    TimeError
        If the time is naive and there is no `tz`, is no time, or in UTC is not in the years 1 to 9999.

    Examples
    --------
    >>> instant("1970-01-01T01:00:00+01:00")
    0
    >>> instant("2026-11-26T12:00:00")
    Traceback (most recent call last):
    ...
    nsi_notebook.errors.TimeError: the time '2026-11-26T12:00:00' has no zone
    hint: give aware ones, e.g. datetime.now(timezone.utc) or '2026-11-26T12:00:00Z', or say tz='UTC'
    """
    if isinstance(value, np.datetime64):
        return int(instants(np.array([value]), tz)[0])
    found = value
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
        except (ValueError, OverflowError):
            raise TimeError(f"{value!r} is no time", "ISO 8601, e.g. '2026-11-26T12:00:00Z'") from None
    if not isinstance(found, datetime) or found != found:  # NaT is a datetime
        raise TimeError(f"{value!r} is no time", _AWARE)
    if not 1 <= found.year <= 9999:  # of pandas
        raise _outside(value)
    if found.tzinfo is None:
        if tz is None:
            raise TimeError(f"the time {value!r} has no zone", _AWARE)
        found = datetime.combine(
            found.date(), found.time(), zone_named(tz)
        )  # pandas' own have no zones at the ends of the calendar
        if not found.fold and found.utcoffset() != found.replace(fold=1).utcoffset():
            raise TimeError(f"the time {value!r} does not exist once in {tz}: clocks are changed then", "give it with its offset")
    micros = (found - _EPOCH) // _MICRO
    if not FIRST <= micros <= LAST:  # by its offset
        raise _outside(value)
    return micros


def instants(values: Any, tz: str | tzinfo | None = None) -> Micros:
    """Give moments as whole microseconds since 1970-01-01 UTC.

    Parameters
    ----------
    values : pandas.Series, pandas.DatetimeIndex, polars.Series, numpy array of datetime64, or sequence of what `instant` takes
        One dimension. An array of datetime64 has no zone: it needs `tz`.
    tz : str or tzinfo, optional
        Zone of naive times.

    Returns
    -------
    numpy array of int64

    Raises
    ------
    TimeError
        If a time is naive and there is no `tz`, is missing, is no time, or in UTC is not in the years 1 to 9999.
    """
    if type(values).__module__.partition(".")[0] == "polars":
        values = values.to_arrow().to_pandas()
    dtype = getattr(values, "dtype", None)
    if dtype is None or dtype.kind == "O":
        return np.array([instant(value, tz) for value in values], dtype=np.int64)
    if getattr(dtype, "tz", None) is not None:  # pandas, aware
        import pandas as pd

        return _whole(pd.DatetimeIndex(values).tz_convert(None).to_numpy())
    if dtype.kind != "M":
        raise TimeError(f"times are of type {dtype}", _AWARE)
    naive = np.asarray(values)
    if tz is None:
        raise TimeError(f"times of type {dtype} have no zone", _AWARE)
    zone = zone_named(tz)
    if zone is UTC or getattr(zone, "key", None) == "UTC":
        return _whole(naive)
    import pandas as pd

    local = pd.DatetimeIndex(_whole(naive).view("datetime64[us]"))
    try:
        aware = local.tz_localize(zone)
    except ValueError:  # an hour that the change of clocks leaves out or repeats
        raise _not_once(local, zone, str(tz)) from None
    except NotImplementedError:  # in UTC the year is 10000
        raise _outside(local.max()) from None
    return _whole(aware.tz_convert(None).to_numpy())


def _not_once(local: Any, zone: tzinfo, name: str) -> TimeError:
    """Say which times of the clock a zone has twice or never, and how they are converted."""
    import pandas as pd

    known = np.ones(len(local), dtype=np.bool_)
    never = local.tz_localize(zone, ambiguous=known, nonexistent="NaT").isna()
    which = local[never] if never.any() else local[local.tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward").isna()]
    how = "never, as clocks are put forward" if never.any() else "twice, as clocks are put back"
    said = f"times do not all exist once in {name}: {pd.Timestamp(which[0])} is there {how}"
    try:  # an hour that is there both times, one after the other
        local.tz_localize(zone, ambiguous="infer", nonexistent="shift_forward")
        first = "'infer'"
    except ValueError:
        first = "True"
    line = f"pandas.DatetimeIndex(times).tz_localize({name!r}, ambiguous={first}, nonexistent='shift_forward')"
    return TimeError(said, f"give them with their offsets: {line}")


def micros(value: Any, tz: str | tzinfo | None = None) -> int:
    """Give a moment that is said in whole microseconds since 1970-01-01 UTC, as times are kept, or as `instant` takes it.

    Examples
    --------
    >>> micros(5), micros(np.datetime64(5, "us"), "UTC")
    (5, 5)
    """
    if isinstance(value, int | np.integer) and not isinstance(value, bool | np.timedelta64):  # which is a number to numpy
        return int(value)
    return instant(value, tz)


def _whole(times: npt.NDArray[Any]) -> Micros:
    gone = np.isnat(times)
    if gone.any():
        raise TimeError(f"{int(gone.sum())} of {times.size} times are missing (NaT)", "drop these samples")
    times = times.astype(times.dtype.newbyteorder("="), copy=False)
    number = times.view(np.int64)  # whose ends are found faster
    for end in (number.min().view(times.dtype), number.max().view(times.dtype)) if times.size else ():
        if not 1 <= int(end.astype("datetime64[Y]").astype(np.int64)) + 1970 <= 9999:  # microseconds would overflow unseen
            raise _outside(end)
    return times.astype("datetime64[us]").view(np.int64)  # a copy, always: the array of the caller may change


def _outside(value: object) -> TimeError:
    return TimeError(f"the time {value} is not in the years 1 to 9999, UTC", "is its unit right?")


def span(value: str | timedelta | np.timedelta64, *, none: bool = False) -> int:
    """Give a duration as whole microseconds, at least one.

    Parameters
    ----------
    value : str or timedelta
        "250ms", "10s", "5min", "1.5h", "1d", "2w", or an object of datetime or numpy.
    none : bool
        Whether it may be 0.

    Raises
    ------
    TimeError
        If it cannot be read, is shorter than a microsecond, which is the resolution of time here, or longer than 1,000 years.

    Examples
    --------
    >>> span("10s"), span("1.5h")
    (10000000, 5400000000)
    """
    if isinstance(value, str):
        read = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d|w)\s*", value)
        if read is None:
            raise TimeError(f"{value!r} is no duration", f"a number and one of {', '.join(_UNITS)}, e.g. '10s' or '5min'")
        found = Fraction(read[1]) * _UNITS[read[2]]  # a float would lose microseconds beyond 285 years
    elif isinstance(value, timedelta):
        found = Fraction(value // _MICRO)
    elif isinstance(value, np.timedelta64) and np.datetime_data(value.dtype)[0] not in ("M", "Y"):  # which differ in length
        one = np.array(1, value.dtype)  # of its unit, which may be one of several ("10us")
        if np.isnat(value):
            raise TimeError("the duration is missing (NaT)", "for example '10s' or timedelta(seconds=10)")
        found = Fraction(int(value.astype(np.int64))) * Fraction(str(float(one / np.timedelta64(1, "us"))))
    else:
        raise TimeError(f"{value!r} is no duration", "for example '10s' or timedelta(seconds=10)")
    if not found >= 1 and not (none and found == 0):
        raise TimeError(f"the duration {value!r} is shorter than a microsecond, the resolution of time", "a longer one")
    if found > LONGEST:
        raise TimeError(f"the duration {value!r:.80} is longer than 1,000 years", "a shorter one")
    return round(found)


def told(micros: int) -> str:
    """Write a duration the way `span` reads it.

    Examples
    --------
    >>> told(90_000_000), told(3_600_000_000)
    ('90s', '1h')
    """
    unit = max((u for u in _UNITS if micros % _UNITS[u] == 0), key=_UNITS.__getitem__)
    return f"{micros // _UNITS[unit]}{unit}"


def rounded_up(micros: int) -> str:
    """Write a duration, at least as long, in whole seconds, minutes, hours or days.

    Examples
    --------
    >>> rounded_up(4_000_001), rounded_up(7_140_000_000), rounded_up(7_200_000_000)
    ('5s', '119min', '2h')
    """
    for unit in ("d", "h", "min"):
        if micros >= 2 * _UNITS[unit] or micros == _UNITS[unit]:
            return f"{-(-micros // _UNITS[unit])}{unit}"
    return f"{-(-micros // _UNITS['s'])}s"


def utc(micros: int) -> datetime:
    """Give the aware datetime of a moment; of one before or after all that there are, the first or the last.

    Examples
    --------
    >>> utc(0).isoformat()
    '1970-01-01T00:00:00+00:00'
    """
    return _EPOCH + timedelta(microseconds=min(max(micros, FIRST), LAST))


def now() -> int:
    """Give this moment, in microseconds since 1970-01-01 UTC."""
    import time

    return time.time_ns() // 1000


def ahead_of_clock(series: str, moment: int, most: int, hint: str) -> TimeError:
    """Say that the time of a sample is further ahead of the clock of this computer than `most`."""
    at, far = np.datetime64(moment, "us"), timedelta(seconds=(moment - now()) // 10**6)
    return TimeError(f"{series}: the time {at}Z is {far} ahead of the clock of this computer, more than {told(most)}", hint)


def zone_name(zone: str | tzinfo) -> str:
    """Give the name of a zone by which pandas knows it; UTC of one that has none, as those of dateutil.

    >>> from datetime import timedelta, timezone
    >>> zone_name("Europe/Berlin"), zone_name(timezone(timedelta(hours=2))), zone_name(timezone(timedelta(hours=3), "EST"))
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


def zone_named(tz: str | tzinfo) -> tzinfo:
    """Give a zone by its name.

    Raises
    ------
    TimeError
        If there is none of that name.

    Examples
    --------
    >>> str(zone_named("Europe/Berlin"))
    'Europe/Berlin'
    """
    if isinstance(tz, tzinfo):
        return tz
    try:
        return UTC if tz.upper() == "UTC" else ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError, OSError, AttributeError):  # of a folder of zones, as "Europe"; of what is no text
        raise TimeError(f"unknown time zone {tz!r}", "for example 'UTC' or 'Europe/Berlin'") from None
