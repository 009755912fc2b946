"""A plan under way in an engine: what it gives, what of that is stored, and how it goes on where another engine stopped."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from ...errors import EngineError
from ..core import times
from ..core.batch import Batch
from ..core.series import MADE, Series
from ..processors.plans import Plan
from ..processors.streaming import StreamingProcessor
from ..processors.windows import Windows
from ..storage import Checkpoint, TimeSeriesDatabase
from .partitions import reaching

PLACE = "windows"


class Course:
    """Runs a plan on what an engine takes.

    A window is stored once, when nothing can change it any more: so where a plan has lateness, a second stream waits for that.
    How far windows are stored, and of which series, is kept in the store in one step with them. An engine that finds this there
    takes the samples of all windows after that from the store, so that each window is there once, and whole, wherever an engine
    stopped. Windows of counts are not taken on: which samples came in which order, no store tells.

    Parameters
    ----------
    name : str
        Of the plan.
    plan : Plan
    keep : int
        Windows that are kept to be looked at.
    """

    def __init__(self, name: str, plan: Plan, keep: int) -> None:
        self.name, self.plan = name, plan
        self.live = StreamingProcessor(plan)
        again = plan.kind == "panes" and plan.lateness > 0
        settled = replace(plan, disorder=plan.disorder + plan.lateness, lateness=0)
        self.lasting = StreamingProcessor(settled) if again else self.live
        self.rows = 0  # windows that were given
        self._keep, self._shown, self._given = keep, 0, deque[Windows]()
        self._store: TimeSeriesDatabase | None = None
        self._earlier: frozenset[object] = frozenset()  # keys of the series that were in the store before this engine
        self._met: set[object] = set()  # keys of the series that came, and of those of which there are windows
        self._last: tuple[Series, ...] = ()  # of a batch of which all were met
        self._new: list[Checkpoint] = []
        self.place_name = f"{PLACE}/{name}/"
        self._until: int | None = None  # windows that end by then are stored, or of before this plan
        self._told: str | None = None  # the last that was said of it to the store

    # -- where another engine stopped --------------------------------------------------------------------------------------

    def begin(self, store: TimeSeriesDatabase | None) -> Windows | None:
        """Go on in a store; give the windows that another engine left to be stored.

        Raises
        ------
        EngineError
            If the store has windows of another plan of this name.
        StoreError
            If it cannot be read.
        """
        if store is None or self.plan.kind == "counts":
            return None
        there = dict(store.checkpoints(self.place_name))
        known = [series for series in store.series() if not series.made]
        told = there.pop(self.place_name, None)
        if told is not None:
            before = json.loads(told)
            if before["plan"] != self._text:
                said = f"the store has windows of another plan {self.name!r}: {before['plan']}"
                raise EngineError(said, f"another name for {self._text}")
            self._told, self._until = told, before["until"]
            self._met = {_read(name.removeprefix(self.place_name)) for name in there}
        self._store, self._earlier = store, frozenset(series.key for series in known)
        mine = [series for series in known if series.key in self._met]
        return self._resumed(store, mine) if self._until is not None and mine else None

    def meet(self, batch: Batch) -> None:
        """Take what the store has of the windows that are open of a series that comes for the first time.

        Raises
        ------
        StoreError
            If it cannot be read; nothing has changed then.
        """
        if self._store is None or batch.series is self._last:
            return
        unknown = [series for series in batch.series if series.key not in self._met]
        fresh = [series for series in unknown if self.plan.takes(series)]
        if fresh:
            taken = [code for code, series in enumerate(batch.series) if self.plan.takes(series)]
            here = batch.time[np.isin(batch.code, taken)]
            if not len(here):
                return
            self._recalled(self._store, [series for series in fresh if series.key in self._earlier], int(here.min()))
            if self._until is None:
                self._new.append(self._moved(int(here.min()) - self.lasting.plan.disorder))
            self._new += [Checkpoint(f"{self.place_name}{_written(series)}", series.unit) for series in fresh]
        self._met |= {series.key for series in unknown}
        self._last = batch.series

    def fence(self) -> None:
        """Store no more windows: another engine goes on with them."""
        self._store = None
        self._new.clear()

    # -- what it does ------------------------------------------------------------------------------------------------------

    def push(self, batch: Batch) -> tuple[Windows, Windows]:
        """Take samples; give the windows that are over, and those that nothing can change any more."""
        found = self.live.push(batch)
        return found, found if self.lasting is self.live else self.lasting.push(batch)

    def show(self, found: Windows) -> None:
        """Keep windows to be looked at."""
        self._given.append(found.last(self._keep))
        self.rows += len(found)
        self._shown += len(self._given[-1])
        while self._given and self._shown - len(self._given[0]) >= self._keep:
            self._shown -= len(self._given.popleft())

    def windows(self) -> Windows:
        """Give the last windows that are over."""
        return Windows.joined(self.plan, tuple(self.live.keys), list(self._given))

    # -- what the store is told --------------------------------------------------------------------------------------------

    def samples(self, found: Windows) -> Batch:
        """Give windows as samples, which say by a tag whose they are."""
        batch = found.to_batch()
        return replace(batch, series=tuple(_marked(series, self.name) for series in batch.series))

    def news(self) -> Sequence[Checkpoint]:
        """Give what is to be stored with the next samples: of which series there are windows."""
        return tuple(self._new)

    def saved(self, news: Sequence[Checkpoint]) -> None:
        """Take such news as stored."""
        self._new = self._new[len(news) :]

    def place(self, found: Windows) -> Sequence[Checkpoint]:
        """Give what is to be stored with windows: how far they go. None after `fence`."""
        if self._store is None:
            return ()
        return (self._moved(max(int(found.end.max()), self._until or int(found.end.max()))),)

    @property
    def stores(self) -> bool:
        """Whether windows are to be stored."""
        return self._store is not None or self.plan.kind == "counts"

    # -- within ------------------------------------------------------------------------------------------------------------

    @property
    def _text(self) -> str:
        """What must be the same for windows to be of one plan."""
        return str(replace(self.plan, disorder=0, lateness=0, most=None))

    def _streams(self) -> Iterable[StreamingProcessor]:
        return (self.live,) if self.lasting is self.live else (self.live, self.lasting)

    def _moved(self, until: int) -> Checkpoint:
        before, self._until = self._told, until
        self._told = json.dumps({"plan": self._text, "until": until})
        return Checkpoint(self.place_name, self._told, before)

    def _scan(self, store: TimeSeriesDatabase, series: Sequence[Series], first: int) -> Iterator[Batch]:
        return store.scan(series, times.utc(first))

    def _recalled(self, store: TimeSeriesDatabase, series: Sequence[Series], low: int) -> None:
        """Take what the store has of the windows of series that are open; without a watermark, those after a time."""
        scan, before = partial(self._scan, store, series), []
        for stream in self._streams() if series else ():
            until = low - stream.plan.disorder if stream.watermark is None else stream.watermark
            before.append((stream, list(reaching(stream.plan, scan, until - stream.plan.lateness)), until))
        for stream, history, until in before:
            stream.recall(history, until)

    def _resumed(self, store: TimeSeriesDatabase, mine: Sequence[Series]) -> Windows:
        """Take what the store has of all windows that it has not."""
        assert self._until is not None
        scan = partial(self._scan, store, mine)
        parts = [self.lasting.push(batch) for batch in reaching(self.lasting.plan, scan, self._until)]
        reached = self.lasting.watermark
        if self.live is not self.lasting and reached is not None:
            for batch in reaching(self.plan, scan, reached):
                self.live.push(batch)  # the windows that it gives were given before
        found = Windows.joined(self.plan, tuple(self.lasting.keys), parts).sorted()
        return found.take(found.end > self._until)


def _marked(series: Series, name: str) -> Series:
    return Series(series.name, series.unit, tuple(sorted((*series.tags, (MADE, name)))))


def _written(series: Series) -> str:
    return json.dumps([series.name, series.tags])


def _read(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    name, tags = json.loads(text)
    return name, tuple((key, value) for key, value in tags)
