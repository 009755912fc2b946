"""Metrics: what is counted and timed, asked for by time, and shown to Prometheus."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from ...errors import OptionError, SeriesError, UnknownNameError
from . import times
from .instruments import BOUNDS, Counter, Gauge, Histogram, Instrument, Timer, bounds
from .recording import Recording

if TYPE_CHECKING:
    import xarray as xr

    from .exposition import Served

Kind = TypeVar("Kind", bound=Instrument)

NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
TAKEN = ("_total", "_count", "_sum", "_bucket", "_created", "_info")  # what the exposition puts behind names
SETS = 10_000  # of tags of one metric


@dataclass(eq=False)
class Family:
    """All instruments of one name."""

    kind: type[Instrument]
    name: str
    help: str
    unit: str
    buckets: tuple[float, ...]
    tags: tuple[str, ...]
    members: dict[tuple[tuple[str, str], ...], Instrument] = field(default_factory=dict)


class MetricsCollector:
    """Counters, gauges, histograms and timers with tags; kept for a day; one record costs the same however many there are.

    Any thread may record. Records are kept one by one up to `most` for each set of tags, and beyond that as a histogram for
    each minute, until `retention` is over. What is counted since the start, which Prometheus sees, never goes.

    Parameters
    ----------
    retention : str or timedelta
    most : int
        Records that are kept one by one for each set of tags (16 bytes each).

    Examples
    --------
    >>> metrics = MetricsCollector()
    >>> frames = metrics.counter("frames", "Frames that were read", tags={"line": "3"})
    >>> frames.inc()
    >>> int(metrics.query("frames", by=())["count"])
    1
    >>> print(metrics.exposition())
    # HELP frames_total Frames that were read
    # TYPE frames_total counter
    frames_total{line="3"} 1.0
    <BLANKLINE>
    """

    def __init__(self, retention: str | timedelta = "24h", *, most: int = 200_000) -> None:
        self.retention = times.span(retention)
        if not isinstance(most, int) or most < 1:
            raise OptionError(f"most is {most!r}", "a whole number, at least 1")
        self._most = most
        self._lock = threading.Lock()
        self._families: dict[str, Family] = {}

    def counter(self, name: str, help: str = "", *, unit: str = "1", tags: Mapping[str, str] | None = None) -> Counter:
        """Give the counter of this name and these tags; it is made when it is asked for first.

        Parameters
        ----------
        name : str
            Letters, digits and _.
        help : str
            What it says, in one line; needed the first time.
        unit : str
            Of the values; "1" for plain numbers.
        tags : mapping of str to str, optional
            Any values; the keys are the same for all of one name.

        Returns
        -------
        Counter
            Keep it where it is used often: it is faster than asking again.

        Raises
        ------
        SeriesError
            If the name or the tags are none, or differ from what the name was made with.
        """
        return self._made(Counter, name, help, unit, tags)

    def gauge(self, name: str, help: str = "", *, unit: str = "1", tags: Mapping[str, str] | None = None) -> Gauge:
        """Give the gauge of this name and these tags; see `counter`."""
        return self._made(Gauge, name, help, unit, tags)

    def histogram(
        self,
        name: str,
        help: str = "",
        *,
        unit: str = "1",
        tags: Mapping[str, str] | None = None,
        buckets: Sequence[float] = BOUNDS,
    ) -> Histogram:
        """Give the histogram of this name and these tags; see `counter`.

        Parameters
        ----------
        name, help, unit, tags
            See `counter`.
        buckets : sequence of float
            Bounds of the cumulative counts that Prometheus sees. `query` has no need of them.
        """
        return self._made(Histogram, name, help, unit, tags, bounds(buckets))

    def timer(
        self, name: str, help: str = "", *, tags: Mapping[str, str] | None = None, buckets: Sequence[float] = BOUNDS
    ) -> Timer:
        """Give the timer of this name and these tags, in seconds; see `histogram`."""
        return self._made(Timer, name, help, "s", tags, bounds(buckets))

    def query(
        self,
        name: str,
        tags: Mapping[str, str] | None = None,
        since: Any = None,
        until: Any = None,
        step: str | timedelta | None = None,
        *,
        by: Sequence[str] | None = None,
    ) -> xr.Dataset:
        """Give count, mean, std, min, max, median, p95 and p99 of what was recorded; of a counter, of what was added each time.

        Parameters
        ----------
        name : str
        tags : mapping of str to str, optional
            Only instruments that have these: none, and an empty answer, for a value of a tag that did not come up so far. A
            store refuses such a value; a metric may yet be recorded with it.
        since, until : time, optional
            Aware; from the first one, and before the second. By default all that is kept.
        step : str or timedelta, optional
            One answer for each step, which begin at multiples of it since 1970; by default one for all of the time.
        by : sequence of str, optional
            The tags whose values are told apart; by default all. `by=()` takes all instruments together.

        Returns
        -------
        xarray.Dataset
            Dims `series`, with a coordinate for each tag, and, with `step`, `time`; none where there are no tags and no step.
            Quantiles are exact where a group has at most 10,000 records, all kept one by one: those that `numpy.quantile` gives
            by default, as windows and the store do. Else they come from a `LogHistogram`, within 0.4 % of the magnitude of the
            larger of the two records between which the exact one lies. `exact` says which. Records older than those kept one by
            one count to the step in which their minute begins.

        Raises
        ------
        UnknownNameError
            If there is no such metric or tag.
        TimeError
            If a time is naive.
        """
        from .metric_query import query

        family = self.family(name)
        for key in (*(tags or {}), *(by or ())):
            if key not in family.tags:
                raise UnknownNameError.among(f"tag of {name}", key, family.tags)
        wanted = set((tags or {}).items())
        members = [m for m in list(family.members.values()) if wanted <= set(m.tags)]
        now = times.now()
        first = now - self.retention if since is None else max(times.instant(since), now - self.retention)
        last = None if until is None else times.instant(until)
        apart = family.tags if by is None else tuple(by)
        return query(family, members, apart, first, last, None if step is None else times.span(step))

    @property
    def names(self) -> list[str]:
        """All that there are."""
        return sorted(self._families)

    @property
    def families(self) -> list[Family]:
        """All of them, in the order in which they were made."""
        with self._lock:
            return list(self._families.values())

    def held(self, name: str) -> tuple[int, int]:
        """Give how many records of a metric are kept, and how many are over their time; together all that there were."""
        each = [member.recording.held() for member in list(self.family(name).members.values())]
        return sum(kept for kept, _ in each), sum(gone for _, gone in each)

    def exposition(self, *, openmetrics: bool = False) -> str:
        """Give all metrics since the start in the text format of Prometheus, or in that of OpenMetrics."""
        from .exposition import text

        return text(self, openmetrics)

    def serve(self, port: int = 0) -> Served:
        """Show them to Prometheus at http://127.0.0.1:port/metrics, from a thread.

        Parameters
        ----------
        port : int
            0 takes a free one.

        Returns
        -------
        Served
            With `url` and `close()`; also for `with`.

        Raises
        ------
        EngineError
            If the port is taken.
        """
        from .exposition import Served

        return Served(self, port)

    def family(self, name: str) -> Family:
        """Give all instruments of a name.

        Raises
        ------
        UnknownNameError
            If there is none.
        """
        with self._lock:
            if name in self._families:
                return self._families[name]
        raise UnknownNameError.among("metric", name, self._families)

    def _made(
        self,
        kind: type[Kind],
        name: str,
        help: str,
        unit: str,
        tags: Mapping[str, str] | None,
        buckets: tuple[float, ...] = (),
    ) -> Kind:
        given = tuple(sorted((tags or {}).items()))
        with self._lock:
            family = self._families.get(name)
            if family is None:
                family = self._new(kind, name, help, unit, buckets, tuple(key for key, _ in given))
            asked = (kind.kind, unit, buckets, tuple(key for key, _ in given))
            there = (family.kind.kind, family.unit, family.buckets, family.tags)
            for what, one, other in zip(("kind", "unit", "buckets", "tags"), asked, there, strict=True):
                if one != other:
                    raise SeriesError(f"{name}: its {what} cannot be {one!r}: it is {other!r}", "the same for one name")
            if given not in family.members:
                if not all(isinstance(value, str) for _, value in given):
                    raise SeriesError(f"{name}: the tags {dict(given)} are not texts", "tags={'line': '3'}")
                if len(family.members) >= SETS:
                    raise SeriesError(f"{name}: there are {SETS} sets of tags already", "few values for each tag")
                family.members[given] = kind(name, given, Recording(self.retention, self._most, buckets))
            self._families[name] = family
            found = family.members[given]
        assert isinstance(found, kind)
        return found

    def _new(
        self, kind: type[Instrument], name: str, help: str, unit: str, buckets: tuple[float, ...], tags: tuple[str, ...]
    ) -> Family:
        from .exposition import shown

        if not isinstance(name, str) or not NAME.fullmatch(name) or name.endswith(TAKEN):
            raise SeriesError(f"{name!r} is no name of a metric", f"letters, digits and _, not ending in {', '.join(TAKEN)}")
        if not help or not isinstance(help, str):
            raise SeriesError(f"{name}: it does not say what it is", f"{kind.kind}({name!r}, 'what it counts')")
        if not isinstance(unit, str) or not unit:
            raise SeriesError(f"{name}: the unit is {unit!r}", "a text; '1' for plain numbers")
        for key in tags:
            if not isinstance(key, str) or not NAME.fullmatch(key) or key.startswith("__") or key in ("le", "quantile"):
                raise SeriesError(f"{name}: {key!r} is no name of a tag", "letters, digits and _; not le, not quantile")
        family = Family(kind, name, " ".join(help.split()), unit, buckets, tags)
        if (taken := {shown(f): f.name for f in self._families.values()}).get(shown(family)):
            raise SeriesError(f"{name}: {taken[shown(family)]} is shown by the same name", "another name")
        return family


__all__ = ["Counter", "Gauge", "Histogram", "MetricsCollector", "Timer"]
