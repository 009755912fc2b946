"""The finding of a quality watch: what changed, drifts, was strange, fired, stayed away, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analytics.algorithms.noise import doubt
from ..analytics.algorithms.series.words import length
from ..analytics.algorithms.statistics.words import p_said
from ..errors import NsiError
from .quality import Looked, Quality
from .silences import TOLD, between, lasted, silence, silences, unseen
from .tables import fairly
from .words import alike, lasting, listing, moment, number, percent, quantity, safe, unit

if TYPE_CHECKING:
    import pandas as pd

    from ..analytics.algorithms.noise import Noise
    from ..analytics.algorithms.series.seasons import Seasonal

PER = {"s": "second", "min": "minute", "h": "hour", "d": "day"}
ANYTHING = "anything"
ANSWERS = ("mean", "season", "changes", "trend", "anomalies", "forecast")


def quality_finding(watched: Quality) -> str:
    """Say what was found, the answer first.

    Parameters
    ----------
    watched : Quality
        What `watch` gave.

    Returns
    -------
    str
        Markdown.
    """
    if not watched.found.held:
        return f"**No samples** {between(watched.found)}." if watched.found.rows else "**No series** in this store."
    parts = [_head(watched), *_listed("Changes", _changes(watched))]
    parts += _listed("Trends", [_trend(one, watched) for one in watched.trending])
    parts += _listed("Anomalies", [_strange(one, watched) for one in watched.strange])
    parts += _listed("Seasons", [_season(one) for one in watched.looked if one.season or one.unsure])
    parts += _listed("Alarms", _alarms(watched))
    parts += _listed("Silence", _silence(watched))
    parts += _listed("Next", [_next(one) for one in watched.looked if one.forecast is not None])
    parts += _listed("What cannot be told", [_untold(one) for one in watched.untold])
    return "\n\n".join(parts)


def _listed(head: str, lines: Sequence[str]) -> list[str]:
    """Put a heading over lines, if there are any."""
    if not lines:
        return []
    more = [f"{number(len(lines) - TOLD)} more, in the tables."] if len(lines) > TOLD + 1 else []
    shown = lines[:TOLD] if more else lines
    return [f"**{head}**", "\n".join(f"- {line}" for line in [*shown, *more])]


def _head(watched: Quality) -> str:
    """Answer whether anything changed, in one paragraph."""
    could = [one for one in watched.looked if one.changes is not None]
    if not could:
        said = ["**Whether anything changed cannot be told**: no series is long enough, or none varies."]
    elif watched.changed or watched.trending:
        told = []
        if watched.changed:
            told.append(f"the mean of {_of(len(watched.changed), len(could))} changed")
        if watched.trending:
            also = sum(one.trend is not None for one in watched.looked)
            told.append(f"{_of(len(watched.trending), also)} {'have' if len(watched.trending) > 1 else 'has'} a trend")
        said = [f"**Something changed**: {listing(told)}."]
    else:
        said = [f"**No change and no trend was found** in {_series(len(could))}."]
    flags = sum(int(one.anomalies.flag.sum()) for one in watched.strange if one.anomalies is not None)
    asked = sum(_asked(one) for one in watched.looked)
    if asked:
        were = f"**{number(flags)} window{'s were' if flags > 1 else ' was'} strange**" if flags else "**No window was strange**"
        chance = number(max(1, round(watched.alpha * asked)))
        said.append(f"{were} of {number(asked)} after the reference, where up to {chance} are to be expected by chance.")
    if watched.alarms is not None:
        fired = sum(rate.firings for rate in watched.alarms.rates)
        many = "once" if fired == 1 else f"{number(fired)} times"
        false = sum(rate.false for rate in watched.alarms.rates)
        right = f", **{number(false)}** of these for nothing" if watched.alarms.labelled else ""
        said.append(f"Alarms would have fired **{many}**{right}." if fired else "**No alarm** would have fired.")
    return " ".join(filter(None, [*said, silence(watched.found.held), unseen(watched.found)]))


def _of(some: int, all_: int) -> str:
    return f"{number(some)} of {number(all_)} series"


def _series(count: int) -> str:
    return "the one series that could be looked at" if count == 1 else f"the {number(count)} series that could be looked at"


def _asked(one: Looked) -> int:
    """How many windows were looked at for anomalies."""
    return 0 if one.anomalies is None else len(one.anomalies.coord) - one.anomalies.calibrated


def worth(one: Looked, noise: Noise) -> str:
    """Say how much the windows of an answer are worth."""
    poor = doubt(noise.samples, noise.effective)
    said = f"{number(noise.samples)} windows of {one.step}, worth {number(round(noise.effective))} independent ones"
    return said + (f"; in doubt: {safe(poor)}" if poor else "")


def _changes(watched: Quality) -> list[str]:
    """Say what changed, the newest first; those of all series before a second one of any, as few lines are shown."""
    every = [(one, at) for one in watched.changed if one.changes is not None for at in range(len(one.changes))]
    every.sort(key=lambda each: each[0].changes.at[each[1]], reverse=True)  # type: ignore[union-attr]
    first = fairly([one.name for one, _ in every], TOLD)
    return [_change(*every[place]) for place in sorted(range(len(every)), key=lambda place: place not in first)]


def _change(one: Looked, at: int) -> str:
    found, of = one.changes, one.series.unit
    assert found is not None
    row = found.table().iloc[at]
    way, sign = ("rose", 1) if row["jump"] > 0 else ("fell", -1)
    less = " less its season" * (one.season is not None)
    low, high = sorted([sign * row["lower"], sign * row["upper"]])
    before, after, jump, *ends = alike([one.levels[at], one.levels[at + 1], sign * row["jump"], low, high], high - low)
    before, after = (quantity(row[name], of, said) for name, said in (("before", before), ("after", after)))
    return (
        f"{safe(one.name)}{' less its trend' * one.drifts} {way} at **{_stamp(row['time'])}**"
        f" ({percent(found.level)} set: {_stamp(row['first'], '')} to {_stamp(row['last'])})"
        f" from {safe(before)} to **{safe(after)}**, by {jump}{less} ({percent(found.level)} interval: {' to '.join(ends)};"
        f" {worth(one, found.noise)})"
    )


def _season(one: Looked) -> str:
    """Say which season was taken out, or why not."""
    found = one.season or one.unsure
    assert found is not None
    known = "" if found.p is None else f", {p_said(found.p)}"
    said = f"{safe(one.name)}: one of **{period(found)}**, {percent(found.strength)} of how it varies about its trend{known}"
    if one.season is not None:
        return f"{said}; taken out before changes, trends and anomalies"
    return f"{said}; it may be none, and was not taken out" + (f": {safe(found.doubted)}" if found.doubts else "")


def period(found: Seasonal) -> str:
    """Write how long a season is; several, if seasons repeat within it."""
    step = float(np.median(np.diff(found.line.position)))
    return listing([length(each * step, found.line.per) for each in found.period])


def _stamp(when: Any, zone: str = " UTC") -> str:
    return f"{when:%Y-%m-%d %H:%M:%S}".removesuffix(":00") + zone


def slope(one: Looked) -> tuple[str, str]:
    """Write a slope and its interval, with one unit."""
    line = one.trend
    assert line is not None
    steep, low, high = alike([line.slope, line.lower, line.upper], line.upper - line.lower)
    return f"{steep} {unit(one.series.unit)}".rstrip(), f"{low} to {high}"


def _trend(one: Looked, watched: Quality) -> str:
    line = one.trend
    assert line is not None
    steep, interval = slope(one)
    way = "rises" if line.slope > 0 else "falls"
    since = f"since its last change {way}" if one.since_change else way
    many = sum(other.trend is not None for other in watched.looked)
    p = p_said(one.p).replace("<", "below").replace("p = ", "p ") + (f", corrected for {number(many)} series" if many > 1 else "")
    return (
        f"{safe(one.name)} {since} by **{safe(steep.removeprefix('-'))} a {PER[line.per]}**"
        f" ({percent(line.level)} interval of the slope: {interval}; {p}; {worth(one, line.noise)})"
    )


def strangest(one: Looked, first: int, last: int) -> tuple[int, str]:
    """Give the place of the strangest window of a run, and say what is strange of it."""
    found = one.anomalies
    assert found is not None
    at = first + int(np.nanargmax(found.score[0, first : last + 1]))
    kind, seen, expected = found.detectors[0], found.value[0, at], found.expected[0, at]
    told, usual = alike([seen, expected], abs(seen - expected))
    where = "" if np.isnan(expected) else f" where {kind.usual} was {quantity(expected, one.series.unit, usual)}"
    return at, f"{quantity(seen, one.series.unit, told)}{where}: {found.score[0, at]:.3g} {kind.measured}"


def _strange(one: Looked, watched: Quality) -> str:
    found = one.anomalies
    assert found is not None
    runs = found.runs(0)
    worst = max(runs, key=lambda run: float(np.nanmax(found.score[0, run[0] : run[1] + 1])))
    at, why = strangest(one, *worst)
    flags, asked = int(found.flag.sum()), _asked(one)
    low, high = found.false_alarms
    most = "" if one.season is None else " (less its season)"
    ends = f"{number(round(low * asked, 1))} to {number(round(high * asked, 1))}"
    many = f"in {number(len(runs))} run{'s' * (len(runs) != 1)}; {ends} would be so by chance, if windows are independent"
    when = moment(_micros(found.coord[at]))
    said = f"**{number(flags)} of {number(asked)} windows**, {many}; the strangest at **{when}**: {safe(why)}"
    return f"{safe(one.name)}{most}: {said}"


def _micros(when: Any) -> int:
    return int(np.datetime64(when, "us").astype(np.int64))


def _alarms(watched: Quality) -> list[str]:
    if watched.alarms is None:
        return []
    lines = []
    for rate in watched.alarms.rates:
        per, low, high = rate.said
        many = (
            "never fired" if not rate.firings else f"fired **{'once' if rate.firings == 1 else f'{number(rate.firings)} times'}**"
        )
        first = [f for f in watched.alarms.firings if f.rule == rate.rule and f.state == "firing"][:1]
        when = f", first at {moment(first[0].start)} of {safe(first[0].series)}" if first else ""
        met = f"events met: {number(rate.caught)} of {number(rate.events)}"
        if watched.alarms.labelled:
            false = f"{number(rate.false)} of these for nothing ({met}), " if rate.firings else f"{met}, "
        else:
            false = "if all of it was false, " if rate.firings else ""
        lines.append(
            f"{safe(rate.rule)} {many}{when}; {false}**{per} false alarms a week** are to be expected"
            f" ({percent(watched.level)} interval: {low} to {high})"
        )
    return lines


def _silence(watched: Quality) -> list[str]:
    """Say what stayed away: what never came, what still is silent, what is missing, and the longest gaps of each series."""
    held = watched.found.held
    lines = [f"nothing came of {safe(row.series)}" for row in watched.found.empty]
    gaps = silences(held)
    first = fairly([str(row.series) for row, *_ in gaps], TOLD)
    gaps = [gaps[place] for place in sorted(range(len(gaps)), key=lambda place: place not in first)]
    lines += [f"{safe(row.series)} for **{lasting(b - a)}**, {lasted(a, b, still)}" for row, a, b, still in gaps]
    for row in held:
        if row.missing:
            lines.append(f"{safe(row.series)}: {number(row.missing)} of {number(row.count + row.missing)} values are missing")
    return lines


def ends(one: Looked) -> tuple[str, str, str]:
    """Write the last step of a forecast, its interval, and when that is."""
    ahead = one.forecast
    assert ahead is not None
    value, low, high = alike([ahead.value[-1], ahead.lower[-1], ahead.upper[-1]], ahead.upper[-1] - ahead.lower[-1])
    return f"{value} {unit(one.series.unit)}".rstrip(), f"{low} to {high}", moment(_micros(ahead.coord[-1]))


def _next(one: Looked) -> str:
    ahead = one.forecast
    assert ahead is not None
    value, interval, when = ends(one)
    doubts = f"; in doubt: {safe(poor)}" if (poor := in_doubt(one)) else ""
    said = f"nominal {percent(ahead.level)} interval: {interval}; by {ahead.method.replace('_', ' ')}{doubts}"
    return f"{safe(one.name)}: {safe(value)} at {when} ({said})"


def in_doubt(one: Looked) -> str:
    """Say what speaks against a forecast; nothing if nothing does."""
    assert one.forecast is not None
    silent = "" if one.row.silent is None else f"silent since {moment(one.row.silent)}"
    return "; ".join(filter(None, [silent, one.forecast.doubted()]))


def _untold(one: Looked) -> str:
    told = [f"{'nothing' if what == ANYTHING else f'not {what}'}, as {error.message}" for what, error in grouped(one)]
    return f"{safe(one.name)}: {safe('; '.join(told))}"


def grouped(one: Looked) -> list[tuple[str, NsiError]]:
    """Give what is not known of a series, and why, once for each reason; the first, if nothing is known."""
    if set(one.reasons) == set(ANSWERS):  # too short for anything, or constant
        return [(ANYTHING, one.reasons["changes"])]
    held: dict[str, tuple[list[str], NsiError]] = {}
    for what, error in one.reasons.items():
        held.setdefault(error.message, ([], error))[0].append(what)
    return [(listing(whats, "or"), error) for whats, error in held.values()]


def untold_table(watched: Quality) -> pd.DataFrame:
    """Tabulate which questions have no answer, and why."""
    import pandas as pd

    rows = [
        {"series": one.name, "not known": what, "why": error.message, "what to do": error.hint or ""}
        for one in watched.untold
        for what, error in grouped(one)
    ]
    return pd.DataFrame(rows)
