"""What a store holds of a range of time: which series, how many samples, their spread, and where they are silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from ..analytics.core import times
from ..analytics.core.batch import by_series
from ..analytics.core.series import Series
from ..errors import OptionError, TimeError
from .silences import TOLD, between, nothing_of, silence, unseen
from .words import alike, lasting, listing, moment, number, safe, unit

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

    from ..analytics import TimeSeriesDatabase
    from ..analytics.processors.windows import Windows

NUMBERS = ("count", "missing", "mean", "std", "min", "max")
USUAL = 10  # times the median distance of samples is a gap, if nothing else is said
STEPS = ("1s", "5s", "10s", "30s", "1min", "5min", "15min", "30min", "1h", "3h", "6h", "1d", "1w")
WINDOWS = 100  # of a figure, about
DRAWN = 8  # names in the figure


@dataclass(frozen=True)
class Row:
    """One series in the range.

    Parameters
    ----------
    series : Series
    count, missing : int
        Values, and those that are missing.
    mean, std, low, high : float
        Of the values; NaN without any.
    limit : int or None
        Microseconds of silence that count as a gap; None where there are too few samples to say.
    gaps : tuple of (int, int)
        From and to, longest first.
    last : int
        Microseconds of its last sample; 0 without any.
    silent : int or None
        Since when it is silent, if it still is at the end.
    """

    series: Series
    count: int
    missing: int
    mean: float
    std: float
    low: float
    high: float
    limit: int | None
    gaps: tuple[tuple[int, int], ...]
    last: int = 0
    silent: int | None = None


@dataclass(frozen=True)
class Summary:
    """A range of time of a store.

    Parameters
    ----------
    since, until : int
        Microseconds since 1970-01-01 UTC; the second is outside.
    rows : tuple of Row
        Sorted by series.
    left_out : tuple of str
        Names of series that are windows of others.
    asked : tuple of bool
        Whether the first and the last end of the range were asked for; else they are those of the samples.
    end : int
        Where what can be known ends, the second outside: `until`, or now, if that is still to come.
    """

    since: int
    until: int
    rows: tuple[Row, ...]
    left_out: tuple[str, ...] = ()
    asked: tuple[bool, bool] = (True, True)
    end: int = 0

    @property
    def held(self) -> list[Row]:
        """Those that have samples."""
        return [row for row in self.rows if row.count or row.missing]

    @property
    def empty(self) -> list[Row]:
        """Those that have none."""
        return [row for row in self.rows if not (row.count or row.missing)]

    @property
    def names(self) -> list[str]:
        """Names of the series that have values, each once."""
        return list(dict.fromkeys(row.series.name for row in self.rows if row.count))


def summarize(
    db: TimeSeriesDatabase,
    series: Sequence[str] | None = None,
    day: str | None = None,
    since: str | None = None,
    until: str | None = None,
    gap: str | None = None,
) -> Summary:
    """Sum up a range of time.

    Parameters
    ----------
    db : TimeSeriesDatabase
        The store.
    series : sequence of str, optional
        Names; all but the windows that an engine stored, if none is given.
    day : str, optional
        A day in UTC: "2026-11-26".
    since, until : str, optional
        In place of it: times with their zone, the second outside; from the first to the last sample, if not said.
    gap : str, optional
        Silence that counts as a gap; ten times the median distance between the samples of a series, if not said.

    Raises
    ------
    OptionError, TimeError, UnknownNameError
        If these make no range, or there is no such series.

    Examples
    --------
    >>> from nsi_notebook.analytics import TimeSeriesDatabase
    >>> from nsi_notebook.analytics.core.batch import Batch
    >>> db = TimeSeriesDatabase("memory:")
    >>> ack = db.append(Batch.of("load", [1.0, 3.0], ["2026-11-26T12:00:00Z", "2026-11-26T13:00:00Z"]))
    >>> (row,) = summarize(db, day="2026-11-26").rows
    >>> row.count, row.mean
    (2, 2.0)
    """
    first, last = _range(day, since, until)
    limit = None if gap is None else times.span(gap)
    known = db.series()
    left_out = () if series is not None else tuple(dict.fromkeys(each.name for each in known if each.made))
    chosen = [each for each in known if not each.made] if series is None else list(db.series(series))
    moments: dict[Series, list[times.Micros]] = {each: [] for each in chosen}
    there: dict[Series, list[np.ndarray]] = {each: [] for each in chosen}
    bounds = None if first is None else times.utc(first), None if last is None else times.utc(last)
    if chosen:
        for batch in db.scan(chosen, *bounds):
            for each, places in by_series(batch):
                moments[each].append(batch.time[places])
                there[each].append(~np.isnan(batch.value[places]))
    valued = {each: np.concatenate([np.empty(0, dtype=bool), *parts]) for each, parts in there.items()}
    at = {each: np.concatenate([np.empty(0, dtype=np.int64), *parts]) for each, parts in moments.items()}
    ends = [int(end) for found in at.values() if len(found) for end in (found[0], found[-1])]
    begin = first if first is not None else min(ends, default=last or 0)
    end = last if last is not None else max(ends, default=begin - 1) + 1
    numbers = {}
    if ends:
        answer = db.query(chosen, *bounds, agg=NUMBERS).to_pandas().set_index("series")[list(NUMBERS)]
        numbers = {str(each): [float(value) for value in line] for each, *line in answer.itertuples()}
    over = end if last is None else min(end, times.now())
    silent_to = over - (last is None)  # the last sample of all
    rows = [_row(each, at[each], valued[each], numbers.get(str(each)), limit, first, silent_to) for each in sorted(chosen)]
    return Summary(begin, end, tuple(rows), left_out, (first is not None, last is not None), over)


def instant(said: str) -> int:
    """Read a moment that has its zone, as one has in a report.

    Raises
    ------
    TimeError
        If it has none, or is no moment.
    """
    try:
        return times.instant(said)
    except TimeError as error:
        raise TimeError(error.message, "a moment with its zone: 2026-11-26T12:00:00Z, or +01:00 in place of Z") from None


def _range(day: str | None, since: str | None, until: str | None) -> tuple[int | None, int | None]:
    if day is None:
        ends = None if since is None else instant(since), None if until is None else instant(until)
        if None not in ends and ends[0] >= ends[1]:  # type: ignore[operator]
            raise OptionError(f"since {since} is not before until {until}", "since is inside, until is outside")
        return ends
    if since is not None or until is not None:
        raise OptionError(f"day is {day!r}, and there is since or until, too", "the one or the others")
    try:
        begin = times.instant(f"{date.fromisoformat(day).isoformat()}T00:00:00Z")
    except ValueError:
        raise TimeError(f"{day!r} is no day", "for example 2026-11-26") from None
    return begin, begin + times.span("1d")


def _row(
    series: Series,
    at: times.Micros,
    valued: np.ndarray,
    numbers: Sequence[float] | None,
    limit: int | None,
    first: int | None,
    last: int,
) -> Row:
    """Put the numbers of a series together with where it has no values: between them, to the end, and from a first asked for."""
    count, missing, mean, std, low, high = numbers or (0, 0, *[float("nan")] * 4)
    if limit is None and len(at) > 2:
        limit = max(round(USUAL * float(np.median(np.diff(at)))), 1)
    around = np.array([*(at[:1] if first is None else [first]), *at[valued], last], dtype=np.int64)
    apart = np.diff(around)
    places = np.flatnonzero(apart > limit) if limit is not None else np.empty(0, dtype=np.int64)
    places = places[np.argsort(-apart[places], kind="stable")]
    gaps = tuple((int(around[i]), int(around[i + 1])) for i in places)
    silent = int(around[-2]) if len(apart) - 1 in places else None
    return Row(series, int(count), int(missing), mean, std, low, high, limit, gaps, int(at[-1]) if len(at) else 0, silent)


def windows_of(db: TimeSeriesDatabase, found: Summary, step: str | None = None) -> Windows | None:
    """Give mean and standard deviation in windows for the figure, about a hundred if no step is said; None without samples."""
    from ..analytics import window

    if not found.names:
        return None
    wanted = (found.until - found.since) / WINDOWS
    size = step or next((each for each in STEPS if times.span(each) >= wanted), STEPS[-1])
    drawn = set(found.names[:DRAWN])
    history = db.scan(
        [row.series for row in found.rows if row.series.name in drawn], times.utc(found.since), times.utc(found.until)
    )
    return window(size).agg("count", "mean", "std").run(history)


def summary_figure(found: Summary, windows: Windows) -> Figure:
    """Draw the means of windows over the whole range that was asked for.

    Parameters
    ----------
    found : Summary
        What `summarize` gave.
    windows : Windows
        What `windows_of` gave.
    """
    from ..analytics.visualization import plot

    figure = plot(windows, "mean", title=f"means of {times.told(windows.plan.size)}")
    ends = np.array([min(found.since, windows.start.min()), max(found.until, windows.end.max())]).astype("datetime64[us]")
    figure.update_xaxes(range=np.datetime_as_string(ends).tolist())
    return figure


def summary_finding(found: Summary) -> str:
    """Say in a few sentences how much there is, what it comes to, and where it is silent.

    Parameters
    ----------
    found : Summary
        What `summarize` gave.

    Returns
    -------
    str
        Markdown.
    """
    held = found.held
    if not held:
        return f"**No samples** {between(found)}." if found.rows else "**No series** in this store."
    samples = sum(row.count + row.missing for row in held)
    several = "one series" if len(held) == 1 else f"{number(len(held))} series"
    said = [f"**{number(samples)} sample{'' if samples == 1 else 's'}** of {several} {between(found)}."]
    missing = [row for row in held if row.missing]
    if missing:
        said.append(f"Missing are {listing([f'{number(row.missing)} values of {safe(row.series)}' for row in missing[:TOLD]])}.")
    if found.empty:
        said.append(nothing_of(found))
    valued = [row for row in held if row.count]
    told = [f"- {safe(row.series)}: **{spread(row)}**" for row in valued[:TOLD]]
    more = f"\n- {number(len(valued) - TOLD)} more, in the table" if len(valued) > TOLD else ""
    means = "\n\nMean \u00b1 standard deviation:\n\n" + "\n".join(told) + more if told else ""
    return " ".join(filter(None, [*said, silence(held), unseen(found)])) + means


def spread(row: Row) -> str:
    """Write mean and standard deviation of a series with its unit."""
    if not np.isfinite(row.std):
        return f"{number(row.mean)} {unit(row.series.unit)}".rstrip()
    mean, std = alike([row.mean, row.std], row.std)
    return f"{mean} \u00b1 {std} {unit(row.series.unit)}".rstrip()


def summary_table(found: Summary) -> pd.DataFrame:
    """Tabulate the series of a summary, one a row."""
    import pandas as pd

    rows = []
    for row in found.rows:
        mean, std, low, high = alike([row.mean, row.std, row.low, row.high], row.std)
        longest = [lasting(end - begin) for begin, end in row.gaps[:1]]
        rows.append(
            {
                "series": str(row.series),
                "unit": unit(row.series.unit),
                "samples": number(row.count + row.missing),
                "missing": number(row.missing),
                "mean": mean,
                "standard deviation": std,
                "lowest": low,
                "highest": high,
                "gaps": "not known" if row.limit is None else number(len(row.gaps)),
                "longest gap": "".join(longest),
            }
        )
    return pd.DataFrame(rows)


def summary_made(store: str, found: Summary, windows: Windows | None, gap: str | None) -> pd.DataFrame:
    """Tabulate how a summary was made."""
    import pandas as pd

    from ..version import __version__

    rows = {
        "store": store,
        **ranged(found),
        "a gap": f"longer than {gap}" if gap else f"longer than {USUAL} times the median distance between samples of the series",
        "windows of the figure": "none" if windows is None else times.told(windows.plan.size),
        "left out, as windows of others": ", ".join(found.left_out) or "none",
        "nsi-notebook": __version__,
    }
    return pd.DataFrame({"what": list(rows), "how": list(rows.values())})


def ranged(found: Summary) -> dict[str, str]:
    """Tell the range, and whether its end is in it."""
    begun, ended = found.asked
    return {
        "from": moment(found.since) + ("" if begun else ", the first sample"),
        "to": moment(found.until) + (", not inside" if ended else ", the last sample"),
    }
