"""What is to be computed over windows: a small description that runs unchanged on a stream and on history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

from ...errors import OptionError
from ..core.batch import Batch
from ..core.times import span, told
from .aggregates import Aggregate, aggregate

if TYPE_CHECKING:
    from .streaming import StreamingProcessor
    from .windows import Windows

Duration: TypeAlias = str | timedelta
Kind: TypeAlias = Literal["panes", "sessions", "counts"]


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
            if name in chosen or name in {"start", "end", "series", "final", *(self.tags or ())}:
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
            disorder=self.disorder if disorder is None else span(disorder),
            lateness=self.lateness if lateness is None else span(lateness),
        )

    def stream(self, sources: Iterable[str] = ()) -> StreamingProcessor:
        """Begin to run this on a stream; see `StreamingProcessor`."""
        from .streaming import StreamingProcessor

        return StreamingProcessor(self, sources)

    def run(self, history: Batch | Iterable[Batch]) -> Windows:
        """Run this on samples that are all there: none is late.

        Parameters
        ----------
        history : Batch or iterable of Batch
            In any order, but for windows of counts, which take samples as they come.

        Returns
        -------
        Windows
            By end, start and key; the same bits as from a stream in which nothing was late.
        """
        from .streaming import StreamingProcessor

        whole = StreamingProcessor(self)
        for batch in [history] if isinstance(history, Batch) else history:
            whole.keep(batch)
        return whole.close()

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
        if self.tags is not None:
            text += f".by({', '.join(map(repr, self.tags))})"
        text += f".agg({', '.join(f'{key}={each.name!r}' for key, each in self.aggregates.items())})"
        waits = {"disorder": self.disorder, "lateness": self.lateness}
        allowed = ", ".join(f"{key}={told(value)!r}" for key, value in waits.items() if value)
        return f"{text}.allow({allowed})" if allowed else text


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
