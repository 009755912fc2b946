"""Rules on what is stored: when they would have fired, how long, and how many false alarms a week are to be expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ....errors import OptionError, TimeError
from ...core import shown, times
from ...core.drawn import Drawn
from ...storage import TimeSeriesDatabase
from .counting import LEVEL, counted
from .courses import Course
from .happened import Event, read
from .notices import Transition
from .reading import moment
from .rules import Rules
from .watching import Alarms

if TYPE_CHECKING:
    import pandas as pd

WEEK = 7 * 86400 * 10**6


@dataclass(frozen=True, slots=True)
class Firing:
    """A time during which a rule fired at a series, or had no data.

    Parameters
    ----------
    rule, series : str
    state : {"firing", "no_data"}
    start : int
        Microseconds since 1970-01-01 UTC.
    end : int, optional
        None if it still lasted.
    value : float
        With which it began, in `unit`.
    true : bool, optional
        Whether something had happened; None where nobody said what did.
    """

    rule: str
    series: str
    state: str
    start: int
    end: int | None
    value: float
    unit: str
    true: bool | None = None


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """How many false alarms a week a rule is expected to give.

    Parameters
    ----------
    rule : str
    firings, false : int
        How often it fired, and how often for nothing.
    weeks : float
        Over how long.
    per_week, lower, upper : float
        The rate and its interval: exact of a Poisson process, wider where the false ones come in bursts.
    dispersion, p : float
        Variance over mean of the false alarms a day, and the p-value of the test for bursts; NaN of fewer than two.
    events, caught : int
        What happened, and of how much of it there was an alarm.
    """

    rule: str
    firings: int
    false: int
    weeks: float
    per_week: float
    lower: float
    upper: float
    dispersion: float = float("nan")
    p: float = float("nan")
    events: int = 0
    caught: int = 0

    @property
    def said(self) -> tuple[str, str, str]:
        """How many a week, and the ends of the interval, with two digits."""
        per_week, lower, upper = map(shown.roughly, (self.per_week, self.lower, self.upper))
        return per_week, lower, upper

    @property
    def bursts(self) -> bool:
        """Whether the false alarms come in bursts."""
        return self.p < LEVEL


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Backtest(Drawn):
    """What rules would have done on history. Shown in a notebook, it is a table; `.plot()` draws it.

    Parameters
    ----------
    rules : Rules
    since, until : int
        The time that was looked at, microseconds since 1970-01-01 UTC.
    transitions : tuple of Transition
        By time.
    firings : tuple of Firing
        By start.
    rates : tuple of FalseAlarms
        One for each rule.
    labelled : bool
        Whether it was said what really happened; if not, every firing counts as false.
    level : float
        Of the intervals.
    late : int
        Samples that could not be taken, as they were behind what was decided.
    courses : mapping of str to tuple of Course
        Of the series of each rule: values, or their slope, change or p.
    """

    rules: Rules
    since: int
    until: int
    transitions: tuple[Transition, ...]
    firings: tuple[Firing, ...]
    rates: tuple[FalseAlarms, ...]
    labelled: bool
    level: float
    late: int
    courses: Mapping[str, tuple[Course, ...]]

    figure: ClassVar[str] = "alarms"

    def table(self) -> pd.DataFrame:
        """Give the firings, one a row: alarm, series, state, start, end (aware, UTC), duration, value, unit, true.

        The value is that of the sample with which it began: NaN where it was the absence of any.
        """
        import pandas as pd

        ends = [firing.end for firing in self.firings]
        lasts = [(self.until if f.end is None else f.end) - f.start for f in self.firings]
        found = pd.DataFrame(
            {
                "alarm": [firing.rule for firing in self.firings],
                "series": [firing.series for firing in self.firings],
                "state": [firing.state for firing in self.firings],
                "start": pd.DatetimeIndex(np.array([f.start for f in self.firings], "M8[us]"), tz="UTC"),
                "end": pd.DatetimeIndex(
                    np.array(["NaT" if e is None else np.datetime64(e, "us") for e in ends], "M8[us]"), tz="UTC"
                ),
                "duration": np.array(lasts, dtype=float) / 1e6,
                "value": [firing.value for firing in self.firings],
                "unit": [firing.unit for firing in self.firings],
            }
        )
        if self.labelled:
            found["true"] = [firing.true for firing in self.firings]
        found.attrs["units"] = {"duration": "s"}
        return found

    def expected(self) -> pd.DataFrame:
        """Give the false alarms that are expected, one rule a row, with their interval."""
        import pandas as pd

        rows = [
            {
                "alarm": rate.rule, "firings": rate.firings, "false": rate.false, "weeks": rate.weeks,
                "false_per_week": rate.per_week, "lower": rate.lower, "upper": rate.upper, "dispersion": rate.dispersion,
                **({"events": rate.events, "caught": rate.caught} if self.labelled else {}),
            }
            for rate in self.rates
        ]  # fmt: skip
        return pd.DataFrame(rows)

    @property
    def assumption(self) -> str:
        """What the false alarms that are expected rest on."""
        given = "those firings are false that met no event" if self.labelled else "every firing is counted as false"
        more = "" if self.labelled else "; --events FILE or --true-from TIME says which were right"
        bursts = [rate for rate in self.rates if rate.bursts]
        if not bursts:
            return f"{given}, and they come independently of each other at one rate{more}"
        told = ", ".join(f"{rate.rule} (dispersion {rate.dispersion:.2g}, p {rate.p:.2g})" for rate in bursts)
        advice = "the interval is wider, and a longer `for` or `keep_firing_for` makes one of a burst"
        return f"{given}; in bursts come those of {told}: {advice}{more}"

    def __repr__(self) -> str:
        fired = sum(rate.firings for rate in self.rates)
        span = (self.until - self.since) / WEEK
        parts = [
            f"{r.rule} {'once' if r.firings == 1 else f'{r.firings:,} times'}, {{}} [{{}}, {{}}] false a week".format(*r.said)
            for r in self.rates[:3]
        ]
        more = f" and {shown.many(len(self.rates) - 3, 'more rule')}" if len(self.rates) > 3 else ""
        return f"Backtest, {shown.many(fired, 'firing')} in {span:.3g} weeks: {'; '.join(parts)}{more}"

    def __str__(self) -> str:
        rates = shown.text({str(name): column.tolist() for name, column in self.expected().items()})
        return f"{rates}\n{self.level:.0%} intervals: {self.assumption}\n"

    def _repr_html_(self) -> str:
        table: dict[str, shown.Column] = {str(name): column.tolist() for name, column in self.expected().items()}
        return shown.table(table, None, f"{self.level:.0%} intervals: {self.assumption}")


def backtest(
    rules: Rules | Mapping[str, Any] | str | Path,
    on: TimeSeriesDatabase,
    since: Any = None,
    until: Any = None,
    *,
    events: Iterable[Event | str] | str | Path | None = None,
    true_from: Any = None,
    level: float = 0.95,
) -> Backtest:
    """Tell when rules would have fired on what is stored, and how many false alarms a week are to be expected.

    The rules begin anew at `since`: those that compare with history learn it first. The interval of the rate is that of Garwood
    (1936), exact for counts of a Poisson process: also where nothing fired, it says how many there may be. Where alarms come in
    bursts, it is wider, and that is said; see `counting.counted`.

    Parameters
    ----------
    rules : Rules, mapping, str or pathlib.Path
        See `Rules.of`.
    on : TimeSeriesDatabase
    since, until : aware datetime or ISO text, optional
        The first inside, the second outside; all that is stored, if not said.
    events : iterable of Event or str, str or pathlib.Path, optional
        What really happened, as text a moment, "start/end" or "start/1h" (see `Event.of`); or a CSV file with the columns start,
        end and, where it is of one rule only, rule. Firings during one are right.
    true_from : aware datetime or ISO text, optional
        From when on every firing is right, and the time is none in which others would be false.
    level : float
        Of the intervals.

    Returns
    -------
    Backtest

    Raises
    ------
    UnknownNameError, SeriesError
        If a rule watches no series that is stored, or one in another unit. One on the absence of one series that never came is
        warned of, and fires.
    OptionError, TimeError
        If nothing is stored in that time, an event is none, or every firing would be right.

    Warns
    -----
    NsiWarning
        If an event lies outside that time: it is not counted.

    Examples
    --------
    >>> from nsi_notebook.analytics import TimeSeriesDatabase
    >>> from nsi_notebook.analytics.core.batch import Batch
    >>> db = TimeSeriesDatabase("memory:")
    >>> noon = np.datetime64("2026-11-26T12:00:00")
    >>> days = noon + np.arange(14 * 24) * np.timedelta64(1, "h")
    >>> ack = db.append(Batch.of("oven.heat", np.where(np.arange(14 * 24) % 100 == 50, 95.0, 60.0), days, unit="degC", tz="UTC"))
    >>> backtest({"rule": [{"name": "hot", "series": "oven.heat", "above": 90}]}, db)
    Backtest, 3 firings in 1.99 weeks: hot 3 times, 1.5 [0.31, 4.4] false a week
    >>> db.close()
    """
    given = Rules.of(rules)
    if not 0 < level < 1:
        raise OptionError(f"level is {level!r}", "a share between 0 and 1: 0.95")
    there = on.series()
    mine = given.check(there, absent=bool(there))
    watched = sorted({series for several in mine.values() for series in several})
    whole = on.extent()
    extent = on.extent(watched) if watched else whole
    assert extent is not None
    assert whole is not None
    begin = extent[0] if since is None else moment(since)
    end = max(extent[1], whole[1]) if until is None else moment(until)
    if begin >= end:
        raise TimeError(
            "there is no time between since and until", f"stored are {times.utc(extent[0])} to {times.utc(extent[1])}"
        )
    alarms = Alarms(given, trace=True)
    courses = {name: {series: Course.empty(series) for series in several} for name, several in mine.items()}
    found: list[Transition] = list(alarms.tick(begin))
    history = on.scan(watched, times.utc(begin), None if until is None else times.utc(end)) if watched else ()
    for steps in chain(map(alarms.push, history), map(alarms.tick, [end])):
        found += steps
        for name, series, trace in alarms.traces():
            courses[name][series].take(trace, begin, end)
    found.sort(key=lambda each: each.time)
    happened = None if events is None else read(events, given, begin, end)
    right = None if true_from is None else moment(true_from)
    if right is not None and right <= begin:
        raise TimeError(
            f"every firing would be right, as true_from is not after {times.utc(begin)}: nothing is left that could be false",
            "a later true_from, or an earlier since",
        )
    firings = _judged(_firings(found), end, happened, right)
    rates = tuple(_rate(rule.name, firings, begin, end, happened, right, level) for rule in given.rules)
    told = {name: tuple(each.values()) for name, each in courses.items()}
    labelled = happened is not None or right is not None
    return Backtest(given, begin, end, tuple(found), firings, rates, labelled, level, alarms.late, told)


def _firings(transitions: Sequence[Transition]) -> list[Firing]:
    open_: dict[tuple[str, str], Firing] = {}
    found: list[Firing] = []

    def end(key: tuple[str, str], time: int) -> None:
        firing = open_.pop(key, None)
        if firing is not None:
            found.append(Firing(firing.rule, firing.series, firing.state, firing.start, time, firing.value, firing.unit))

    for each in transitions:
        key, alert = (each.rule, each.series), each.alert
        held = open_.get(key)
        if not alert.active:
            end(key, each.time)
        elif held is None or held.start != alert.starts:
            end(key, each.time)
            state = "no_data" if each.after == "no_data" else "firing"
            open_[key] = Firing(each.rule, each.series, state, alert.starts, None, alert.value, alert.unit)
    return sorted([*found, *open_.values()], key=lambda firing: (firing.start, firing.rule, firing.series))


def _judged(firings: list[Firing], until: int, events: Sequence[Event] | None, right: int | None) -> tuple[Firing, ...]:
    if events is None and right is None:
        return tuple(firings)
    found = []
    for f in firings:
        last = until if f.end is None else f.end
        met = any(e.rule in ("", f.rule) and f.start <= e.end and e.start <= last for e in events or ())
        found.append(
            Firing(f.rule, f.series, f.state, f.start, f.end, f.value, f.unit, met or (right is not None and f.start >= right))
        )
    return tuple(found)


def _rate(
    name: str, firings: Sequence[Firing], since: int, until: int, events: Sequence[Event] | None, right: int | None, level: float
) -> FalseAlarms:
    mine = [firing for firing in firings if firing.rule == name and firing.state == "firing"]
    false = sum(not firing.true for firing in mine)
    weeks = ((until if right is None else min(right, until)) - since) / WEEK
    rate = counted([firing.start for firing in mine if not firing.true], since, since + round(weeks * WEEK), level)
    asked = [event for event in events or () if event.rule in ("", name) and event.end >= since and event.start <= until]
    caught = sum(any(f.start <= e.end and e.start <= (until if f.end is None else f.end) for f in mine) for e in asked)
    mean, low, high = (each / weeks for each in (false, rate.lower, rate.upper))
    return FalseAlarms(name, len(mine), false, weeks, mean, low, high, rate.dispersion, rate.p, len(asked), caught)
