"""Plans run on a stream: event time, a watermark, and nothing lost without a trace."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ...errors import UnknownNameError
from ..core.batch import Batch
from ..core.grouping import Ints
from ..core.series import Series
from .keeping import Closed, keeper
from .keys import Keys
from .plans import Plan
from .windows import Windows

_BLOCK = 512


class StreamingProcessor:
    """Runs a plan on batches as they come.

    The watermark is the latest time seen less the disorder that the plan allows, of several sources the least of theirs; it never
    goes back. A source that is idle is not waited for; where all are, the watermark is that of the furthest. Samples of no named
    source are waited for only while no other is.

    A window is given out when the watermark reaches its end. A sample whose windows were all given out, and take
    nothing any more, is late: it is counted and given back beside the windows. Each sample meets the watermark of those before
    it, so that how a stream is cut into batches changes nothing; nor does its order, if no sample is behind the watermark.

    Parameters
    ----------
    plan : Plan
        What to compute.
    sources : iterable of str, optional
        Names of the sources, if there are several.
    early : bool
        Also give windows that are still open, whenever they have changed, with `final` false.

    Examples
    --------
    >>> from nsi_notebook.analytics.processors.plans import window
    >>> stream = window("10s").agg("mean").stream()
    >>> noon = np.datetime64("2026-11-26T12:00:00")
    >>> len(stream.push(Batch.of("area", [1.0, 3.0], noon + np.array([1, 9], "m8[s]"), tz="UTC")))
    0
    >>> stream.push(Batch.of("area", [7.0], noon + np.array([12], "m8[s]"), tz="UTC")).columns["mean"]
    array([2.])
    """

    def __init__(self, plan: Plan, sources: Iterable[str] = (), early: bool = False) -> None:
        self.plan = plan
        self.early = early
        self._latest: dict[str, int | None] = dict.fromkeys(sources or ("",))
        self._idle: set[str] = set()
        self._keeper = keeper(plan)
        self._keys = Keys(plan)
        self.watermark: int | None = None  # microseconds since 1970-01-01 UTC
        self.seen = 0
        self.late = 0

    def push(self, batch: Batch, source: str = "") -> Windows:
        """Take samples; give the windows that are over, by end, start and key.

        Parameters
        ----------
        batch : Batch
            Any series, in the order in which they came; those that the plan does not take are passed over.
        source : str
            From which source, if there are several.

        Returns
        -------
        Windows
            Its `late` are the samples of this batch that came too late.

        Raises
        ------
        UnknownNameError, SeriesError
            If there is no such source, or samples of one key differ in unit; nothing is taken then.
        """
        if source not in self._latest:
            raise UnknownNameError.among("source", source, self._latest)
        batch = self._keys.chosen(batch)
        rows = self._keys.rows(batch)
        self._idle.discard(source)
        late = None
        if len(rows):
            before = self._met(rows.time, source)
            if before is not None and (too_late := self._keeper.late(rows, before)).any():
                late = too_late
                rows, before = rows.take(~late), before[~late]
            if len(rows):
                self._keeper.add(rows, before)
            self.seen += len(batch)
            self.late += 0 if late is None else int(late.sum())
            self._latest[source] = max(int(batch.time.max()), self._latest[source] or int(batch.time.max()))
            self._advance()
        return self._given(None if late is None else batch.take(late))

    def keep(self, batch: Batch) -> None:
        """Take samples of history: none is late, and windows are given by `close`."""
        batch = self._keys.chosen(batch)
        rows = self._keys.rows(batch)
        self.seen += len(batch)
        if len(rows):
            self._keeper.add(rows, None)
            self._keeper.fresh.clear()

    def recall(self, history: Iterable[Batch], until: int) -> None:
        """Take samples that others had before: they enter the windows that end after a time, and those of before were given.

        Parameters
        ----------
        history : iterable of Batch
            Of series of which no samples came so far, of all windows that end after that time.
        until : int
            Microseconds since 1970-01-01 UTC: what the watermark is at least from now on.
        """
        for batch in history:
            self._keeper.add(self._keys.rows(self._keys.chosen(batch)), None)
        self.watermark = until if self.watermark is None else max(self.watermark, until)
        self._keeper.close(self.watermark)
        self._keeper.fresh.clear()

    def join(self, source: str) -> None:
        """Wait for one more source from now on."""
        self._latest.setdefault(source, None)
        self._idle.discard(source)

    def idle(self, source: str) -> Windows:
        """Stop waiting for a source until it sends again; give the windows that are over then."""
        if source not in self._latest:
            raise UnknownNameError.among("source", source, self._latest)
        self._idle.add(source)
        self._advance()
        return self._given(None)

    def close(self) -> Windows:
        """Give all windows that are left: nothing more comes. Windows of counts that are not full are not given."""
        return self._table(self._keeper.close(None), [], None)

    def fits(self, series: Iterable[Series]) -> bool:
        """Tell whether series that the plan takes have the unit of what there are windows of already."""
        return self._keys.fits(series)

    @property
    def keys(self) -> dict[Series, int]:
        """What there are windows of, in the order in which it came."""
        return self._keys.number

    @property
    def pending(self) -> int:
        """How many samples are held for windows to come, or for late ones to join."""
        return self._keeper.pending

    def _met(self, time: Ints, source: str) -> Ints | None:
        """Give the watermark that each sample meets, or None if none of them is behind it."""
        others = [value for name, value in self._active().items() if name != source]
        now = self.watermark
        if None in others:
            return None if now is None or time.min() >= now else np.full(len(time), now)
        most = min((value for value in others if value is not None), default=None)
        seen = self._latest[source]
        if (now is None or time.min() >= now) and not _behind(time, self.plan.disorder):
            return None
        latest = np.maximum.accumulate(np.concatenate([[time.min() if seen is None else seen], time[:-1]]))
        if seen is None and now is None:
            latest[0] = time[0]
        met = latest if most is None else np.minimum(latest, most) if source else np.full(len(time), most)
        met = met - self.plan.disorder
        return met if now is None else np.maximum(met, now)

    def _advance(self) -> None:
        """Move the watermark on."""
        known = [value for value in self._latest.values() if value is not None]
        active = [value for value in self._active().values() if value is not None]
        if known and len(active) == len(self._active()):
            reached = min(active, default=max(known)) - self.plan.disorder
            self.watermark = reached if self.watermark is None else max(reached, self.watermark)

    def _active(self) -> dict[str, int | None]:
        """Give the latest times of the sources that are waited for."""
        found = {name: value for name, value in self._latest.items() if name not in self._idle}
        if len(found) > 1:
            found.pop("", None)
        return found

    def _given(self, late: Batch | None) -> Windows:
        closed = self._keeper.close(self.watermark) if self.watermark is not None or self.plan.kind == "counts" else []
        looks = self._keeper.look() if self.early else []
        self._keeper.fresh.clear()
        return self._table(closed, looks, late)

    def _table(self, closed: list[Closed], looks: list[Closed], late: Batch | None) -> Windows:
        keys = tuple(self.keys)
        parts = [windows_of(self.plan, keys, each, final=True) for each in closed]
        parts += [windows_of(self.plan, keys, each, final=False) for each in looks]
        return Windows.joined(self.plan, keys, parts, late).sorted()


def windows_of(plan: Plan, keys: tuple[Series, ...], closed: Closed, final: bool = True) -> Windows:
    """Compute the aggregates of windows."""
    columns = {name: each.of(closed.groups) for name, each in plan.aggregates.items()}
    return Windows(plan, keys, closed.start, closed.end, closed.key, columns, np.full(len(closed.key), final))


def _behind(time: Ints, disorder: int) -> bool:
    """Tell whether a sample is further behind the latest before it than the disorder, looking at blocks that may have one."""
    edges = np.arange(0, len(time), _BLOCK)
    low, top = np.minimum.reduceat(time, edges), np.maximum.accumulate(np.maximum.reduceat(time, edges))
    for block in np.flatnonzero(top - low > disorder).tolist():
        part = time[block * _BLOCK : (block + 1) * _BLOCK]
        latest = np.maximum.accumulate(np.append(top[block - 1] if block else part[0], part))[:-1]
        if (part < latest - disorder).any():
            return True
    return False
