"""What the series of a store did in a range of time: whether they changed, drift, were strange, and what comes next."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ..analytics.core import times
from ..analytics.core.series import Series
from ..errors import NsiError, NsiWarning, OptionError, SeriesError
from .summary import STEPS, Row, Summary, instant, summarize

if TYPE_CHECKING:
    import xarray as xr

    from ..analytics import TimeSeriesDatabase
    from ..analytics.algorithms.anomalies.found_in_series import SeriesAnomalies
    from ..analytics.algorithms.series.changepoints import Changes
    from ..analytics.algorithms.series.forecasts import Forecast
    from ..analytics.algorithms.series.seasons import Seasonal
    from ..analytics.algorithms.series.trend import Trend
    from ..analytics.processors.alarms.backtest import Backtest

T = TypeVar("T")

WINDOWS = (
    700  # of a series at most, if no step is said: of so many all methods hold their level, and see a change of a few of them
)
FULL = 0.8  # of the windows from the first to the last that have samples: with fewer, longer ones are taken
FEWEST = 20  # windows that are left when longer ones are taken
AHEAD = 0.1  # of the windows is forecast, if no horizon is said
SURE = 0.001  # p below which a season is taken out: what one takes out wrongly makes changes that are none
SPANS = ("d", "h", "min")  # of a slope: the largest of which the series is three long; else seconds


@dataclass(frozen=True)
class Looked:
    """What was found in one series.

    Parameters
    ----------
    series : Series
    row : Row
        Of its samples, and where it was silent.
    step : str
        Length of its windows.
    values : xarray.DataArray
        Means of the windows.
    thin : int
        Windows that were left out, as they have less than half of the usual number of samples.
    first : int
        Windows at the beginning that are normal.
    about : xarray.Dataset, optional
        Of the windows: mean with interval, effective number.
    season : Seasonal, optional
        What was taken out before looking for changes, trends and anomalies; None if there is none that is sure.
    unsure : Seasonal, optional
        A season that was found and not taken out, as it may be none.
    changes : Changes, optional
    trend : Trend, optional
        Of all windows, or, where the mean changed, of those after the last change.
    drifts : bool
        Whether a line says as much as steps do in fewer words: then the changes are those of what it leaves.
    p : float
        Of the trend, corrected for the number of series by Holm's method.
    anomalies : SeriesAnomalies, optional
    forecast : Forecast, optional
    reasons : dict of str to NsiError
        Of each question that has no answer, why.
    """

    series: Series
    row: Row
    step: str
    values: xr.DataArray
    thin: int
    first: int = 0
    about: xr.Dataset | None = None
    season: Seasonal | None = None
    unsure: Seasonal | None = None
    changes: Changes | None = None
    trend: Trend | None = None
    drifts: bool = False
    p: float = np.nan
    anomalies: SeriesAnomalies | None = None
    forecast: Forecast | None = None
    reasons: dict[str, NsiError] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name and tags."""
        return str(self.series)

    @property
    def levels(self) -> list[float]:
        """Means of the windows before, between and after the changes: of the data, from which no season was taken."""
        assert self.changes is not None
        if self.drifts:
            return [float(mean) for mean in self.changes.mean]
        return [float(part.mean()) for part in np.split(self.values.to_numpy(), self.changes.place)]

    @property
    def since_change(self) -> bool:
        """Whether the trend is that of the windows after the last change."""
        return self.trend is not None and len(self.trend.line) < len(self.values)


@dataclass(frozen=True)
class Quality:
    """What was found in a range of time.

    Parameters
    ----------
    found : Summary
    looked : tuple of Looked
        Of the series that have values, in their order.
    alarms : Backtest, optional
        Of the rules, if there are any.
    alpha, level : float
        Share of false alarms, and coverage of the intervals.
    detector : str
    """

    found: Summary
    looked: tuple[Looked, ...]
    alarms: Backtest | None
    alpha: float
    level: float
    detector: str

    @property
    def changed(self) -> list[Looked]:
        """Those whose mean changed."""
        return [one for one in self.looked if one.changes is not None and len(one.changes)]

    @property
    def trending(self) -> list[Looked]:
        """Those that have a trend."""
        return [one for one in self.looked if one.p <= self.alpha]

    @property
    def strange(self) -> list[Looked]:
        """Those with windows that are strange, most first."""
        some = [one for one in self.looked if one.anomalies is not None and one.anomalies.flag.any()]
        return sorted(some, key=lambda one: -int(one.anomalies.flag.sum()) if one.anomalies is not None else 0)

    @property
    def untold(self) -> list[Looked]:
        """Those of which a question has no answer."""
        return [one for one in self.looked if one.reasons]


def watch(
    db: TimeSeriesDatabase,
    found: Summary,
    *,
    reference: float | str = 0.5,
    step: str | None = None,
    rules: str | Path | None = None,
    events: Sequence[str] | None = None,
    detector: str = "novelty",
    alpha: float = 0.01,
    level: float = 0.95,
    horizon: int | str | None = None,
) -> Quality:
    """Look at the series of a range of time.

    Parameters
    ----------
    db : TimeSeriesDatabase
        The store.
    found : Summary
        What `summarize` gave: the range, and the series.
    reference : float or str
        Share of the windows at the beginning that are normal, or the moment up to which they are, with its zone.
    step : str, optional
        Length of the windows whose means are looked at; of each series at most 700, if not said.
    rules : path, optional
        A file of alarms.
    events : sequence of str, optional
        What really happened, by which alarms are right: each a moment, "start/end" or "start/1h", with zones.
    detector : str
        Of anomalies in series.
    alpha : float
        Share of false alarms of the anomalies, and of the trends of all series together.
    level : float
        Coverage of the intervals.
    horizon : int or str, optional
        Windows to forecast behind the end of the range, or a duration; a tenth of the windows, if not said.

    Returns
    -------
    Quality

    Raises
    ------
    NsiError
        If an option is none, the rules are not in order, or there are events and no rules. What a series does not allow is
        in its `reasons`.

    Examples
    --------
    >>> from nsi_notebook.analytics import TimeSeriesDatabase
    >>> from nsi_notebook.analytics.core.batch import Batch
    >>> from nsi_notebook.reports.summary import summarize
    >>> db = TimeSeriesDatabase("memory:")
    >>> hours = np.datetime64("2026-11-01") + np.arange(300) * np.timedelta64(1, "h")
    >>> load = np.random.default_rng(0).normal(size=300) + 3.0 * (np.arange(300) >= 200)
    >>> ack = db.append(Batch.of("load", load, hours, tz="UTC"))
    >>> (one,) = watch(db, summarize(db), step="1h").looked
    >>> one.changes.at.astype("datetime64[h]")
    array(['2026-11-09T08'], dtype='datetime64[h]')
    """
    from ..analytics import backtest
    from ..analytics.algorithms.statistics.family import adjusted
    from ..analytics.processors.alarms.happened import Event
    from ..voids.intervals import check_level

    check_level(alpha, "alpha")
    check_level(level, "level")
    until = _reference(reference)
    if step is not None:
        times.span(step)
    if isinstance(horizon, str):
        times.span(horizon)
    if events is not None and rules is None:
        raise OptionError("events say which alarms are right, and there are no rules", "rules, or no events")
    happened = None if events is None else [Event.of(each) for each in events]
    alarms = None
    if rules is not None and found.held:
        alarms = backtest(rules, db, times.utc(found.since), times.utc(found.until), events=happened, level=level)
    looked = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NsiWarning)  # the finding says what is in doubt
        for row in found.rows:
            if row.count:
                looked.append(_looked(_windows(db, row, found, step), found.end, until, detector, alpha, level, horizon))
    corrected = iter(adjusted([one.trend.p for one in looked if one.trend is not None]))
    told = tuple(replace(one, p=float(next(corrected))) if one.trend is not None else one for one in looked)
    return Quality(found, told, alarms, alpha, level, detector)


def _reference(reference: float | str) -> float | int:
    """Give the share, or the moment in microseconds."""
    if isinstance(reference, str):
        return instant(reference)
    if not 0 < reference < 1:
        raise OptionError(f"reference is {reference:g}", "a share, as 0.5, or a moment with its zone: 2026-11-26T12:00:00Z")
    return float(reference)


def _windows(db: TimeSeriesDatabase, row: Row, found: Summary, step: str | None) -> Looked:
    """Read means of windows: of the shortest that are not too many, and of which most have samples."""
    wanted = (found.until - found.since) / WINDOWS
    sizes = [step] if step is not None else [size for size in STEPS if times.span(size) >= wanted] or [STEPS[-1]]
    tried = []
    for size in sizes:
        answer = db.query([row.series], times.utc(found.since), times.utc(found.until), step=size, agg=("count", "mean"))
        held = answer.to_xarray().isel(series=0, drop=True)
        held = held.sel(time=held["count"] > 0)
        at = held["time"].to_numpy().astype("datetime64[us]").astype(np.int64)
        tried.append((size, held))
        spanned = int(at[-1] - at[0]) // times.span(size) + 1
        if len(at) >= FULL * spanned or spanned < FEWEST:
            break
    size, held = tried[-1] if len(at) >= max(FULL * spanned, FEWEST) else tried[0]
    usual = held["count"] >= 0.5 * held["count"].median()
    values = held["mean"].sel(time=usual).reset_coords(drop=True)
    values.attrs = {"units": row.series.unit}
    return Looked(row.series, row, size, values.rename(row.series.name), int((~usual).sum()))


def _looked(
    one: Looked, end: int, until: float | int, detector: str, alpha: float, level: float, horizon: int | str | None
) -> Looked:
    from ..analytics import changes, describe, forecast, seasonal, trend

    reasons: dict[str, NsiError] = {}

    def asked(what: str, find: Callable[[], T]) -> T | None:
        try:
            return find()
        except NsiError as error:
            reasons[what] = _own(error)
            return None

    values: Any = one.values
    n = values.sizes["time"]
    at = values["time"].to_numpy().astype("datetime64[us]").astype(np.int64)
    first = int(until * n) if isinstance(until, float) else int((at < until).sum())
    about = asked("mean", lambda: _varied(describe(values, "time", ci=level)))
    season: Any = asked("season", lambda: seasonal(values))
    season, unsure = (None, season) if season is not None and (season.doubts or season.p >= SURE) else (season, None)
    if season is not None:
        values = values.copy(data=season.adjusted)
    per = next((unit for unit in SPANS if 3 * times.span(f"1{unit}") <= at[-1] - at[0]), "s")
    found: Any = asked("changes", lambda: changes(values, level=level))
    line: Any = asked("trend", lambda: trend(values, per=per, level=level))
    drifts = False
    if found is not None and line is not None and len(found):
        drifts = _is_line(values, found, line)
        if drifts:
            flat = values.copy(data=values.to_numpy() - line.fitted + line.fitted[0])
            found = asked("changes", lambda: changes(flat, level=level))
        else:
            line = asked("trend", lambda: trend(values[int(found.place[-1]) :], per=per, level=level))
    strange: Any = asked("anomalies", lambda: _judged(values, first, detector, alpha))
    period = 1 if season is None else season.period
    ahead: Any = asked("forecast", lambda: forecast(one.values, _ahead(one, at, end, horizon), period=period, level=level))
    return replace(
        one, first=first, about=about, season=season, unsure=unsure if unsure is not None and unsure.period else None,
        changes=found, trend=line, drifts=drifts, anomalies=strange, forecast=ahead, reasons=reasons,
    )  # fmt: skip


def _own(error: NsiError) -> NsiError:
    """Name options of the report in place of those that it has not."""
    options = {name for of in (watch, summarize) for name in signature(of).parameters}
    if set(re.findall(r"\b(\w+)=", error.hint or "")) <= options:
        return error
    return type(error)(error.message, "shorter windows (step=), an earlier since=, or a larger alpha=")


def _ahead(one: Looked, at: times.Micros, end: int, horizon: int | str | None) -> int:
    """Give the steps to forecast, of which the last are the horizon behind the end of the range.

    Raises
    ------
    SeriesError
        If it is silent for longer than it was before.
    """
    step = int(np.median(np.diff(at))) if len(at) > 1 else times.span(one.step)
    behind = max((end - 1 - int(at[-1])) // step, 0)
    if behind > len(at):
        raise SeriesError(
            f"{behind} windows without a value come after the {len(at)} with one", "until=, nearer to its last value"
        )
    if isinstance(horizon, str):
        return behind + max(math.ceil(times.span(horizon) / step), 1)
    return behind + (max(1, round(AHEAD * len(at))) if horizon is None else horizon)


def _varied(about: xr.Dataset) -> xr.Dataset:
    """Refuse what has no interval, as it never varies."""
    if float(about["std"]) == 0:
        raise SeriesError(
            f"all {int(about['count'])} values are {float(about['mean']):g}: there is no noise", "is the sensor frozen?"
        )
    return about


def _judged(values: xr.DataArray, first: int, detector: str, alpha: float) -> SeriesAnomalies:
    from ..analytics import detect_series

    n = values.sizes["time"]
    if not 1 <= first < n:
        raise OptionError(f"{first} of {n} windows are of the reference", "a moment that leaves some on either side")
    return detect_series(values, detector, calibrate=first, alpha=alpha)


def _is_line(values: xr.DataArray, found: Changes, line: Trend) -> bool:
    """Tell whether a line leaves less than steps do, each of which costs what a change costs `changes`."""
    value = values.to_numpy()
    steps = float(((value - np.repeat(found.mean, found.count)) ** 2).sum())
    slope = float(((value - line.fitted) ** 2).sum())
    cost = 3 * np.log(len(value)) * min(found.noise.long_run, line.noise.long_run)
    return bool(slope + cost < steps + len(found) * cost)


__all__ = ["Looked", "Quality", "watch"]
