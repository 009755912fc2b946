"""The tables of a quality watch: text, as it is to be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..analytics.algorithms.statistics.words import p_said
from ..analytics.core import times
from .quality import SURE, Quality
from .quality_words import PER, ends, in_doubt, period, slope, strangest
from .summary import USUAL, ranged
from .tables import listed
from .words import alike, lasting, moment, number, percent, quantity, unit

if TYPE_CHECKING:
    import pandas as pd

LISTED = 30  # rows of a table


def series_table(watched: Quality) -> pd.DataFrame:
    """Tabulate the series that were looked at, one a row.

    Parameters
    ----------
    watched : Quality
        What `watch` gave.
    """
    import pandas as pd

    rows = []
    for one in watched.looked:
        mean, interval, effective = number(one.values.mean()), "", ""
        if one.about is not None:
            low, high = one.about["mean_ci"].values.tolist()
            mean, below, above = alike([float(one.about["mean"]), low, high], high - low)
            interval = f"{below} to {above}" if np.isfinite(high - low) else "not known"
            effective = number(round(float(one.about["effective_n"])))
        rows.append(
            {
                "series": one.name,
                "unit": unit(one.series.unit),
                "samples": number(one.row.count),
                "missing": number(one.row.missing),
                "windows": f"{number(one.values.size)} of {one.step}",
                "mean": mean,
                f"{percent(watched.level)} interval": interval,
                "worth, independent": effective,
                "season": "" if one.season is None else period(one.season),
            }
        )
    return pd.DataFrame(rows)


def changes_table(watched: Quality) -> pd.DataFrame:
    """Tabulate the changes of all series, the newest first."""
    rows = []
    for one in watched.changed:
        assert one.changes is not None
        levels = one.levels
        for at, (_, row) in enumerate(one.changes.table().iterrows()):
            parts = [*levels[at : at + 2], *(row[name] for name in ("jump", "lower", "upper"))]
            *told, low, high = alike(parts, row["upper"] - row["lower"])
            before, after, jump = (quantity(part, one.series.unit, said) for part, said in zip(parts[:3], told, strict=True))
            level = percent(one.changes.level)
            rows.append(
                {
                    "series": one.name + (", less its trend" if one.drifts else ""),
                    "changed at (UTC)": f"{row[one.changes.line.dim]:%Y-%m-%d %H:%M}",
                    f"{level} set": f"{row['first']:%Y-%m-%d %H:%M} to {row['last']:%Y-%m-%d %H:%M}",
                    "before": before,
                    "after": after,
                    "change": jump,
                    f"{level} interval": f"{low} to {high}",
                    "worth, independent": number(round(one.changes.noise.effective)),
                }
            )
    return listed(sorted(rows, key=lambda row: row["changed at (UTC)"], reverse=True), "series", LISTED)


def trends_table(watched: Quality) -> pd.DataFrame:
    """Tabulate the trends of all series, the surest first."""
    rows = []
    for one in sorted(watched.looked, key=lambda one: one.p):
        if one.trend is None:
            continue
        steep, interval = slope(one)
        middle = one.trend.theil_sen
        rows.append(
            {
                "series": one.name + (", since its last change" if one.since_change else ""),
                "slope": f"{steep} a {PER[one.trend.per]}",
                f"{percent(one.trend.level)} interval": interval,
                "Theil-Sen": "" if middle is None else number(middle),
                "p": p_said(one.trend.p).removeprefix("p ").removeprefix("= "),
                "p corrected": p_said(one.p).removeprefix("p ").removeprefix("= "),
                "windows (worth, independent)": f"{number(one.trend.noise.samples)} ({number(round(one.trend.noise.effective))})",
            }
        )
    return listed(rows, "series", LISTED)


def anomalies_table(watched: Quality) -> pd.DataFrame:
    """Tabulate the runs of windows that are strange, and why, the newest first."""
    rows = []
    for one in watched.strange:
        assert one.anomalies is not None
        for first, last in one.anomalies.runs(0):
            at, why = strangest(one, first, last)
            since, until = (int(np.datetime64(one.anomalies.coord[k], "us").astype(np.int64)) for k in (first, last))
            rows.append(
                {
                    "series": one.name,
                    "since (UTC)": moment(since, ""),
                    "until (UTC)": moment(until + times.span(one.step), ""),
                    "windows": number(int(one.anomalies.flag[0, first : last + 1].sum())),
                    "p": number(one.anomalies.p[0, at]),
                    "the strangest": why,
                }
            )
    return listed(sorted(rows, key=lambda row: row["since (UTC)"], reverse=True), "series", LISTED)


def alarms_table(watched: Quality) -> pd.DataFrame:
    """Tabulate how often each rule would have fired, and how many false alarms a week are expected."""
    import pandas as pd

    if watched.alarms is None:
        return pd.DataFrame()
    labelled = watched.alarms.labelled
    rows = [
        {
            "alarm": rate.rule,
            "when": watched.alarms.rules.named(rate.rule).condition,
            "fired": number(rate.firings),
            **({"of these false": number(rate.false), "events met": f"{rate.caught} of {rate.events}"} if labelled else {}),
            "false a week": rate.said[0],
            f"{percent(watched.level)} interval": " to ".join(number(float(f"{end:.2g}")) for end in (rate.lower, rate.upper)),
        }
        for rate in watched.alarms.rates
    ]
    return pd.DataFrame(rows)


def firings_table(watched: Quality) -> pd.DataFrame:
    """Tabulate when they would have fired: what still fires first, then the newest."""
    import pandas as pd

    if watched.alarms is None:
        return pd.DataFrame()
    until = watched.alarms.until
    rows = [
        {
            "alarm": f.rule,
            "series": f.series,
            "state": f.state.replace("_", " "),
            "since (UTC)": moment(f.start, ""),
            "for": lasting((until if f.end is None else f.end) - f.start) + ("" if f.end is not None else ", and still"),
            "began at": f"{number(f.value)} {unit(f.unit)}".rstrip() if np.isfinite(f.value) else "",
            **({"met an event": "yes" if f.true else "no"} if watched.alarms.labelled else {}),
        }
        for f in sorted(watched.alarms.firings, key=lambda f: (f.end is not None, -f.start))
    ]
    return listed(rows, "alarm", LISTED)


def forecast_table(watched: Quality) -> pd.DataFrame:
    """Tabulate what comes at the end of the horizon, and how the way did on what is known."""
    import pandas as pd

    rows = []
    for one in watched.looked:
        if one.forecast is None:
            continue
        value, interval, when = ends(one)
        best = one.forecast.backtest[0] if one.forecast.backtest else None
        rows.append(
            {
                "series": one.name,
                "at (UTC)": when.removesuffix(" UTC"),
                "forecast": value,
                f"nominal {percent(one.forecast.level)} interval": interval,
                "by": one.forecast.method.replace("_", " "),
                "error / naive error (MASE)": "" if best is None else number(best.mase),
                "interval held": "" if best is None else percent(best.covered),
                "in doubt": in_doubt(one),
            }
        )
    return pd.DataFrame(rows)


def quality_made(store: str, watched: Quality, given: Mapping[str, object]) -> pd.DataFrame:
    """Tabulate how a watch was made.

    Parameters
    ----------
    store : str
    watched : Quality
        What `watch` gave.
    given : mapping of str to object
        The options that were given: reference, step, rules, events, gap, horizon.
    """
    import pandas as pd

    from ..version import __version__

    found, reference, events = watched.found, given.get("reference"), given.get("events")
    share = isinstance(reference, float)
    steps = sorted({one.step for one in watched.looked}, key=times.span)
    thin = sum(one.thin for one in watched.looked)
    rows = {
        "store": store,
        **ranged(found),
        "windows": (f"means of {', '.join(steps)}" if steps else "none")
        + (f"; {number(thin)} with few samples {'was' if thin == 1 else 'were'} left out" if thin else ""),
        "reference": f"the first {percent(float(str(reference)))} of the windows" if share else f"before {reference}",
        "season": f"taken out before changes, trends and anomalies where its test has p < {SURE:g} and nothing speaks against it",
        "changes": "least squares with a penalty of 3 log n long-run variances of the noise, which is autoregressive",
        "trends": "least squares; interval by the effective number of windows; p corrected by Holm's method",
        "a line or steps": "the one that leaves less, where a slope and each change cost the same",
        "anomalies": f"{watched.detector}, conformal p at most {number(watched.alpha)} beside the reference",
        "alarms": "no rules"
        if not given.get("rules")
        else f"{given['rules']}; " + ("no samples" if watched.alarms is None else watched.alarms.assumption.partition(";")[0]),
        "what really happened": ", ".join(events) if isinstance(events, list) and events else "not said",
        "a gap": f"longer than {given['gap']}"
        if given.get("gap")
        else f"longer than {USUAL} times the median distance of samples, without a value",
        "forecast": "naive, seasonal or Theta, the best on what is known, from the end of the range; intervals are nominal",
        "left out, as windows of others": ", ".join(found.left_out) or "none",
        "nsi-notebook": __version__,
    }
    return pd.DataFrame({"what": list(rows), "how": list(rows.values())})
