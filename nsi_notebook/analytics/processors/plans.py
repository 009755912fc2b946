"""What is to be computed over windows: a small description that runs unchanged on a stream and on history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta, tzinfo
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

from ...errors import OptionError
from ..core.aggregates import Aggregate, aggregate
from ..core.batch import ERROR, Batch, known
from ..core.series import NAME, Series
from ..core.tables import batch_of
from ..core.times import span, told
from ..core.topics import matches
from ..core.topics import pattern as checked

if TYPE_CHECKING:
    import xarray as xr

    from .frames import FramePlan
    from .pools import Pool
    from .streaming import StreamingProcessor
    from .windows import Windows

Duration: TypeAlias = str | timedelta
Kind: TypeAlias = Literal["panes", "sessions", "counts"]

TAKEN = frozenset({"start", "end", "series", "final", "unit", "window"})  # names in a table of windows


@dataclass(frozen=True, slots=True)
class Plan:
    """Windows, keys and aggregates; made by `window`, `sessions` or `counts`, and completed by its methods.

    Parameters
    ----------
    kind : {"panes", "sessions", "counts"}
        Windows of a fixed length, those that end when nothing comes, those of a number of samples.
    size, every : int
        Microseconds, or of counts samples: how long a window is, and how far apart two begin. Of sessions, the gap.
    tags : tuple of str, optional
        Samples of one name and of the same values of these tags are put together; None keeps each series apart.
    aggregates : mapping of str to Aggregate
        By the name that each has in the result.
    disorder : int
        Microseconds by which samples may come later than others with a later time.
    lateness : int
        Microseconds for which a window takes samples after it was given out; it is given out again then.
    pattern : str, optional
        Of the names of the series that are taken; None takes all.
    most : int, optional
        Values of a window of which more than a histogram is kept; None keeps all.

    Examples
    --------
    >>> plan = window("10s").by("sensor").agg(n="count", p95="value:p95").allow(disorder="2s")
    >>> print(plan)
    window('10s').by('sensor').agg(n='count', p95='p95').allow(disorder='2s')
    >>> batch = Batch.of("area", [3.0, 5.0], ["2026-11-26T12:00:01Z", "2026-11-26T12:00:08Z"], tags={"sensor": "a"})
    >>> plan.run(batch).to_pandas()[["sensor", "n", "p95"]]
      sensor    n  p95
    0      a  2.0  4.9
    """

    kind: Kind
    size: int
    every: int
    tags: tuple[str, ...] | None = None
    aggregates: Mapping[str, Aggregate] = field(default_factory=lambda: {"count": aggregate("count"), "mean": aggregate("mean")})
    disorder: int = 0
    lateness: int = 0
    pattern: str | None = None
    most: int | None = None

    def __post_init__(self) -> None:
        """Refuse names that the result has already, and aggregates of values that are not kept."""
        for name in self.aggregates:
            if name in TAKEN or name in (self.tags or ()):
                raise OptionError(f"the name {name!r} is taken", "another one")
            if not NAME.fullmatch(f"of.{name}"):
                raise OptionError(f"{name!r} is no name of an aggregate", "letters, digits, _ and -")
        lacking = [each.name for each in self.aggregates.values() if not each.condensable]
        if self.most is not None and lacking:
            raise OptionError(
                f"{' and '.join(lacking)} cannot be told from a histogram, which is what is left above a budget",
                "leave them or budget() away",
            )

    def of(self, pattern: str) -> Self:
        """Take the series of some names only.

        Parameters
        ----------
        pattern : str
            Words joined by dots; * is any one word, ** any number of them: "camera.*.area".
        """
        return replace(self, pattern=checked(pattern))

    def takes(self, series: Series) -> bool:
        """Tell whether samples of a series are taken."""
        return self.pattern is None or matches(self.pattern, series.name)

    def key(self, series: Series) -> Series:
        """Give what the windows of samples of a series are of: its name, its unit, and those of its tags that are kept."""
        return (
            series if self.tags is None else Series(series.name, series.unit, tuple(t for t in series.tags if t[0] in self.tags))
        )

    def by(self, *tags: str) -> Self:
        """Put series of one name together that have the same values of these tags; none puts all of a name together."""
        for tag in tags:
            if not isinstance(tag, str) or not tag.isidentifier():
                raise OptionError(f"{tag!r} is no name of a tag", "for example by('sensor')")
        return replace(self, tags=tags)

    def agg(self, *names: str, **named: str) -> Self:
        """Choose what is computed.

        Parameters
        ----------
        *names, **named
            Aggregates, under their own names or yours: agg("mean", high="p95"); see `aggregates.aggregate`.

        Raises
        ------
        UnknownNameError, OptionError
            If there is no such aggregate, none is asked for, or a name is taken.
        """
        chosen = {(found := aggregate(name)).name: found for name in names}
        for name, asked in named.items():
            if name in chosen:
                raise OptionError(f"the name {name!r} is taken", "another one")
            chosen[name] = aggregate(asked)
        if not chosen:
            raise OptionError("there is nothing to compute", "for example agg('mean', p95='p95')")
        return replace(self, aggregates=chosen)

    def allow(self, disorder: Duration | None = None, lateness: Duration | None = None) -> Self:
        """Say how much later than in order samples may come.

        Parameters
        ----------
        disorder : str or timedelta, optional
            A window is given out when a sample is this much later than its end: the watermark is the latest time seen less this.
        lateness : str or timedelta, optional
            For so long after that, samples are still taken, and the window is given out again.
        """
        if self.kind == "counts":
            raise OptionError("windows of counts take samples as they come", "leave allow() away")
        return replace(
            self,
            disorder=self.disorder if disorder is None else span(disorder, none=True),
            lateness=self.lateness if lateness is None else span(lateness, none=True),
        )

    def budget(self, most: int) -> Self:
        """Keep a histogram of each window that has more values than this.

        count, missing, min and max stay exact, and sum, mean and std are those of exact arithmetic; quantiles come from a
        `LogHistogram`, within 0.4 %. The number of values alone decides, so that any order and any cut gives the same bits.

        Parameters
        ----------
        most : int
            About 8 bytes are held for each value, at most about 100 kB for a histogram. Windows that overlap, of a time or of a
            number of samples, share panes, which each keep as many values.

        Raises
        ------
        OptionError
            If first, last, slope or distinct is asked for.
        """
        if not isinstance(most, int) or isinstance(most, bool) or most < 1:
            raise OptionError(f"a budget of {most!r} values", "a whole number, at least 1")
        return replace(self, most=most)

    def measure(
        self,
        measures: Sequence[str] | str | None = None,
        *,
        dims: Sequence[str] | str = ("y", "x"),
        tz: str | tzinfo | None = None,
        **how: Any,
    ) -> FramePlan:
        """Measure the empty part over windows of frames, in place of aggregates of samples.

        Parameters
        ----------
        measures : str or sequence of str, optional
            Those whose counts add over frames; default: all of these.
        dims : sequence of str
            Spatial dims of a frame.
        tz : str or tzinfo, optional
            Zone of the times of frames; default: what their attr `timezone` says.
        **how
            As of `nsi_notebook.Stream`: spacing, unit, connectivity, ci, seed, method, phase, dim, and options of measures and
            method. With `ci`, the nominal coverage, intervals come from parts of a window: NaN where fewer than 8 have frames.

        Raises
        ------
        OptionError, UnknownNameError
            If a measure's counts do not add, or there is more to the plan than a window and what it allows.
        """
        from .frames import FramePlan

        return FramePlan.of(self, measures, dims, tz, how)

    def stream(self, sources: Iterable[str] = ()) -> StreamingProcessor:
        """Begin to run this on a stream; see `StreamingProcessor`."""
        from .streaming import StreamingProcessor

        return StreamingProcessor(self, sources)

    def run(self, history: Any, name: str | None = None, **told: Any) -> Windows:
        """Run this on samples that are all there: none is late.

        Parameters
        ----------
        history : Batch, iterable of Batch, Dask collection or list of dask.delayed, or table
            In any order, but for windows of counts, which take samples as they come. Partitions of Dask give batches (a bag, or
            delayed) or tables (a DataFrame); they are sorted where they are, and merged in a tree. Tables need a `name`:
            pandas, Polars, Arrow or xarray, see `tables.batch_of`.
        name : str, optional
            Of the series of a table, or the first part of their names.
        **told
            Of a table: unit, tags, tz, missing.

        Returns
        -------
        Windows
            By end, start and key; the same bits as from a stream in which nothing was late.

        Examples
        --------
        >>> import pandas as pd
        >>> times = pd.date_range("2026-11-26T12:00", periods=4, freq="4s", tz="UTC", name="time")
        >>> frame = pd.DataFrame({"value": [1.0, 2.0, 3.0, 8.0]}, times)
        >>> window("10s").agg("mean").run(frame, "area").columns["mean"]
        array([2., 8.])
        """
        from .partitions import partitioned, state_of
        from .streaming import StreamingProcessor

        known(told.get("missing", ERROR))
        blocks = partial(_batches, name=name, told=told)
        if (parts := partitioned(history)) is not None:
            return self.windows(state_of(self, parts, blocks))
        whole = StreamingProcessor(self)
        for batch in blocks(history):
            whole.keep(batch)
        return whole.close()

    @property
    def name(self) -> str:
        """What it is called as a summary."""
        return str(self)

    def identity(self) -> Pool:
        """Give the state of no samples."""
        from .pools import Pool

        return Pool()

    def partial(self, block: Batch) -> Pool:
        """Sort samples into panes: a state that merges."""
        from .pools import pooled

        return pooled(self, block)

    def merge(self, one: Pool, other: Pool) -> Pool:
        """Put the samples of two states together; neither is changed."""
        from .pools import merged

        return merged(self, one, other)

    def windows(self, state: Pool) -> Windows:
        """Compute the windows of a state: the same bits as from a stream in which nothing was late."""
        from .pools import windows

        return windows(self, state)

    def finalize(self, state: Pool) -> xr.Dataset:
        """Compute the windows of a state as a Dataset with the dim `window`."""
        return self.windows(state).to_xarray()

    @property
    def timed(self) -> bool:
        """Whether an aggregate needs the values by time."""
        return any(each.timed for each in self.aggregates.values())

    def __str__(self) -> str:
        if self.kind == "panes":
            each = "" if self.every == self.size else f", every={told(self.every)!r}"
            text = f"window({told(self.size)!r}{each})"
        elif self.kind == "sessions":
            text = f"sessions({told(self.size)!r})"
        else:
            text = f"counts({self.size}{'' if self.every == self.size else f', every={self.every}'})"
        if self.pattern is not None:
            text += f".of({self.pattern!r})"
        if self.tags is not None:
            text += f".by({', '.join(map(repr, self.tags))})"
        text += f".agg({', '.join(f'{key}={each.name!r}' for key, each in self.aggregates.items())})"
        waits = {"disorder": self.disorder, "lateness": self.lateness}
        allowed = ", ".join(f"{key}={told(value)!r}" for key, value in waits.items() if value)
        text += f".allow({allowed})" if allowed else ""
        return text if self.most is None else f"{text}.budget({self.most})"


def _batches(data: Any, name: str | None, told: Mapping[str, Any]) -> Iterable[Batch]:
    """Give the batches that data consists of."""
    if isinstance(data, Batch):
        return [data]
    if type(data).__module__.partition(".")[0] in {"pandas", "polars", "pyarrow", "xarray"}:
        if name is None:
            raise OptionError(f"a {type(data).__name__} does not say what its series are called", "run(data, 'camera')")
        return [batch_of(name, data, **told)]
    if not isinstance(data, Iterable):
        raise OptionError(f"a {type(data).__name__} holds no samples", "a Batch, several, or a table with its name")
    return chain.from_iterable(_batches(each, name, told) for each in data)


def window(size: Duration, every: Duration | None = None) -> Plan:
    """Describe windows of a fixed length: tumbling ones, or sliding ones with `every`.

    Parameters
    ----------
    size : str or timedelta
        "10s", "5min". Windows begin at whole multiples of `every` since 1970-01-01 UTC; the end is not inside.
    every : str or timedelta, optional
        How far apart two windows begin; default `size`.

    Raises
    ------
    TimeError, OptionError
        If a duration cannot be read, or windows would leave samples between them out.

    Examples
    --------
    >>> print(window("1min", every="10s").agg("p99"))
    window('1min', every='10s').agg(p99='p99')
    """
    length = span(size)
    step = length if every is None else span(every)
    if step > length:
        raise OptionError(f"every is {told(step)}, longer than the windows of {told(length)}", "samples between would be lost")
    return Plan("panes", length, step)


def sessions(gap: Duration) -> Plan:
    """Describe windows that end when for a while nothing comes.

    Parameters
    ----------
    gap : str or timedelta
        Samples of a key that are less than this apart are in one window; it ends this long after its last.

    Examples
    --------
    >>> print(sessions("30s").agg("count"))
    sessions('30s').agg(count='count')
    """
    length = span(gap)
    return Plan("sessions", length, length)


def counts(size: int, every: int | None = None) -> Plan:
    """Describe windows of a number of samples of a key, in the order in which they come.

    Parameters
    ----------
    size : int
        Samples in a window.
    every : int, optional
        Samples after which the next one begins; default `size`.

    Examples
    --------
    >>> print(counts(100, every=10).agg("median"))
    counts(100, every=10).agg(median='median')
    """
    step = size if every is None else every
    if not (isinstance(size, int) and isinstance(step, int) and 1 <= step <= size):
        raise OptionError(f"a window of {size!r} samples every {every!r}", "whole numbers, 1 <= every <= size")
    return Plan("counts", size, step)
