"""A series laid out in equal steps, NaN where a sample is missing, and what goes on from its end."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ....errors import OptionError, SeriesError, TimeError
from ....voids.units import SECONDS
from ...core.times import span, told
from ..along import YEAR, Line, steps
from ..noise import Floats
from ..rising import one_unit
from ..zones import in_utc, months_after, months_apart
from .words import length, months_said

if TYPE_CHECKING:
    import xarray as xr

Ints = npt.NDArray[np.int64]

MOST_MISSING = 0.5  # of the steps: what is more is guessed, not filled
NEAR = 0.02  # of a step: a period that is so near to a whole number of them is one
ALIKE = 0.01  # by which part steps of two series may differ
DAY = np.timedelta64(1, "D")
MONTHS = re.compile(r"\s*(\d+)\s*(?:M|months?|(y|Y|years?))\s*")
MONTH = YEAR / 12  # seconds, in the mean
RESAMPLE = "means of equal windows first, e.g. data.resample(time='1h').mean()"


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """One series in equal steps.

    Parameters
    ----------
    value : numpy array of float64, shape (m,)
        NaN where there is no sample.
    place : numpy array of int64, shape (n,)
        Of the samples that there are.
    step : float
        In the unit of the position.
    """

    value: Floats
    place: Ints
    step: float

    @property
    def missing(self) -> int:
        """Steps without a sample."""
        return len(self.value) - len(self.place)


def grid(line: Line) -> Grid:
    """Lay a series out in equal steps.

    Raises
    ------
    TimeError, SeriesError
        If its steps differ in any way but gaps, or more than half of them have no sample.
    """
    if line.joined is None:
        raise TimeError(line.irregular, RESAMPLE)
    apart = np.diff(line.position)
    if not line.joined.any():
        raise TimeError("no sample has one a step later: there is no step", RESAMPLE)
    step = float(np.median(apart[line.joined]))
    place = np.concatenate([[0], np.cumsum(np.maximum(np.rint(apart / step), 1))]).astype(np.int64)
    size = int(place[-1]) + 1
    if size - len(place) > MOST_MISSING * size:
        raise SeriesError(f"{size - len(place)} of {size} steps have no sample: too many to fill", "a part with fewer gaps")
    value = np.full(size, np.nan)
    value[place] = line.value
    return Grid(value, place, step)


def samples_of(period: Any, line: Line, step: float, name: str = "period") -> int:
    """Give a number of samples: it is one, or a duration which is a whole number of steps; of months, of the calendar too.

    Raises
    ------
    OptionError, TimeError
        If it is none.
    """
    if isinstance(period, (int, np.integer)) and not isinstance(period, bool):
        if period >= 1:
            return int(period)
    elif isinstance(period, (str, timedelta, np.timedelta64)):
        if line.per not in SECONDS:
            raise OptionError(f"{name} is {period!r:.80}, but {line.dim!r} is no time", "a number of samples")
        months, asked = months_apart(line.coord, line.zone), months_of(period)
        steps = months_said(months) if months else length(step, line.per)
        if asked is not None and not months:
            raise OptionError(f"{name} is {period!r:.80}, and months differ; the steps are {steps}", "a number of steps, or days")
        apart = months * MONTH if months else step * SECONDS[line.per]
        found = asked / months if asked is not None else span(period) / 1e6 / apart
        if found >= 1 - NEAR and abs(found - round(found)) <= NEAR:
            return round(found)
        hint = f"a whole number of steps, as {name}={max(round(found), 1)}"
        raise OptionError(f"{name} is {period!r:.80}, which is {found:.4g} steps of {steps}", hint)
    raise OptionError(f"{name} is {period!r:.80}", "a whole number of samples, from 1, or of times a duration as '24h'")


def months_of(duration: str | timedelta | np.timedelta64) -> int | None:
    """Read months or years of the calendar; None of another duration.

    >>> months_of("6 months"), months_of("1y"), months_of(np.timedelta64(2, "Y")), months_of("6 min")
    (6, 12, 24, None)
    """
    if isinstance(duration, np.timedelta64):
        calendar = np.datetime_data(duration.dtype)[0] in ("M", "Y") and not np.isnat(duration)
        return int(duration.astype("timedelta64[M]").astype(np.int64)) if calendar else None
    read = MONTHS.fullmatch(duration) if isinstance(duration, str) else None
    return int(read[1]) * (12 if read[2] else 1) if read else None


def after(line: Line, step: float, horizon: int) -> npt.NDArray[Any]:
    """Give the coordinate of steps after the last: of days, months, years by the calendar of the zone of the times."""
    ahead = np.arange(1, horizon + 1)
    if line.coord.dtype.kind not in "mM":
        found = line.coord[-1] + ahead * step
        whole = line.coord.dtype.kind in "iu" and float(step).is_integer()
        return np.asarray(found.astype(np.int64) if whole else found)
    months = months_apart(line.coord, line.zone)
    if months:
        return months_after(line.coord, line.zone, months, horizon)
    days = _by_days(line, horizon) if line.coord.dtype.kind == "M" else None
    return np.asarray(line.coord[-1] + ahead * np.timedelta64(round(step * 1e6), "us")) if days is None else days


def _by_days(line: Line, horizon: int) -> npt.NDArray[Any] | None:
    """Give the places after the last where all are at one time of the day, and days or a frequency of pandas apart, as "BME"."""
    import pandas as pd

    clock = line.drawn().astype("datetime64[us]")
    apart = np.diff(clock)
    if (apart % DAY).astype(np.int64).any():
        return None
    least = apart.min()
    if not (apart % least).astype(np.int64).any():
        return in_utc(clock[-1] + np.arange(1, horizon + 1) * least, line.zone)
    cuts = np.arange(0) if line.joined is None else np.flatnonzero(~line.joined) + 1
    whole = max(np.split(clock, cuts), key=len)
    if len(whole) < 3:
        return None
    with warnings.catch_warnings():  # that it will give an object instead of its name: date_range takes both
        warnings.simplefilter("ignore")
        frequency = pd.infer_freq(pd.DatetimeIndex(whole))
    if frequency is None:
        return None
    going = pd.date_range(clock[-1], periods=horizon + 1, freq=frequency)[1:]
    return in_utc(going.to_numpy().astype("datetime64[us]"), line.zone)


def same_steps(one: xr.DataArray, two: xr.DataArray, dim: str, tz: str | tzinfo | None) -> None:
    """Refuse steps that differ, as the samples between those of the other would be left out."""
    one_unit((one, two), dim)
    if not all(dim in array.coords and array.sizes[dim] > 1 for array in (one, two)):
        return
    first, second = steps(one, dim, tz), steps(two, dim, tz)
    if abs(first.step / second.step - 1) > ALIKE:
        longer = max(first.step, second.step)
        windows = f"data.resample({dim}='{told(round(longer * 1e6))}').mean()" if first.per == "s" else "means of equal windows"
        said = f"{length(first.step, first.per)}, the other in steps of {length(second.step, second.per)}"
        raise TimeError(f"one series is in steps of {said}", f"{windows} of both")
