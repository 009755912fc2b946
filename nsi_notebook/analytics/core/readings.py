"""What metrics say at one moment: of each kind what it is there for, in one table."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from . import shown, times
from .histogram import QUANTILES
from .instruments import Counter, Gauge, Instrument

if TYPE_CHECKING:
    import pandas as pd

    from .metrics import MetricsCollector

WORDS = ("metric", "kind", "tags")
NUMBERS = ("total", "last", "count", "mean", *QUANTILES)


@dataclass(frozen=True, slots=True, repr=False)
class Readings:
    """One row for each metric and its tags; shown in a notebook, it is a table.

    Parameters
    ----------
    rows : sequence of dict
        With `metric`, `kind`, `tags`, `unit`, and of a counter its `total`, of a gauge its `last` value, of a histogram and a
        timer `count`, `mean`, `median`, `p95` and `p99`.

    Examples
    --------
    >>> from nsi_notebook.analytics.core.metrics import MetricsCollector
    >>> metrics = MetricsCollector()
    >>> metrics.counter("frames", "Frames that were read").inc(600)
    >>> metrics.timer("reading", "Time to read one").observe(0.25)
    >>> readings(metrics)
    metric   kind     total  count  mean  median   p95   p99  unit
    frames   counter    600
    reading  timer               1  0.25    0.25  0.25  0.25  s
    """

    rows: Sequence[dict[str, Any]]

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return shown.text(self._columns()) if self.rows else "no metrics"

    def _repr_html_(self) -> str:
        if not self.rows:
            return f"<p>{html.escape(repr(self))}</p>"
        several = len({row["metric"] for row in self.rows})
        return shown.table(self._columns(), None, f"{several:,} metric{'' if several == 1 else 's'}")

    def _columns(self) -> dict[str, shown.Column]:
        found: dict[str, shown.Column] = {name: [row[name] for row in self.rows] for name in WORDS}
        found |= {name: [_whole(row.get(name)) for row in self.rows] for name in NUMBERS}
        found["unit"] = ["" if row["unit"] == "1" else row["unit"] for row in self.rows]
        return {name: column for name, column in found.items() if any(cell not in (None, "") for cell in column)}

    def to_pandas(self) -> pd.DataFrame:
        """Give a pandas DataFrame; what a kind has no need of is missing there."""
        import pandas as pd

        frame = pd.DataFrame(self.rows, columns=[*WORDS, *NUMBERS, "unit"])
        return frame.astype(dict.fromkeys((name for name in NUMBERS if name != "count"), float) | {"count": "Int64"})


def readings(metrics: MetricsCollector, name: str | None = None, since: Any = None, until: Any = None) -> Readings:
    """Read metrics: what they come to since the start, or in a range of time.

    Parameters
    ----------
    metrics : MetricsCollector
    name : str, optional
        Only this metric.
    since, until : time, optional
        Aware. Without them a counter tells all since the start and a gauge what it is now; histograms and timers tell of what is
        kept.

    Raises
    ------
    UnknownNameError
        If there is no such metric.
    TimeError
        If a time is naive.
    """
    rows = []
    for each in metrics.names if name is None else [name]:
        family = metrics.family(each)
        for member in sorted(family.members.values(), key=lambda member: member.tags):
            row = {
                "metric": each,
                "kind": member.kind,
                "tags": ", ".join(f"{k}={v}" for k, v in member.tags),
                "unit": family.unit,
            }
            if isinstance(member, Counter | Gauge):
                value = member.value if since is None and until is None else _within(member, since, until)
                rows.append(row | {"total" if isinstance(member, Counter) else "last": value})
                continue
            found = metrics.query(each, member.tag, since, until, by=())
            rows.append(row | {n: found[n].item() for n in ("count", "mean", *QUANTILES)})
    return Readings(rows)


def _within(member: Instrument, since: Any, until: Any) -> float:
    """Give the total of a counter, or the last value of a gauge, of what is kept of a range."""
    first = np.iinfo(np.int64).min if since is None else times.instant(since)
    last = np.iinfo(np.int64).max if until is None else times.instant(until)
    moment, value, old = member.recording.columns()
    inside = (moment >= first) & (moment < last)
    if isinstance(member, Gauge):
        places = np.flatnonzero(inside)
        return float(value[places[moment[places] == moment[places].max()][-1]]) if places.size else math.nan
    minutes = (old.minute >= first) & (old.minute < last)
    return float(value[inside].sum() + (old.state.count[minutes] * old.state.mean[minutes]).sum())


def _whole(value: Any) -> Any:
    """Give a number that is whole as such, which is shown with all its digits; none where there is none."""
    if value is None or math.isnan(value):
        return None
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else value


__all__ = ["Readings", "readings"]
