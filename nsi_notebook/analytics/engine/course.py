"""A plan under way in an engine: what it gives, what of that is stored, and how it goes on where another engine stopped."""

from __future__ import annotations

import json
import uuid
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from ...errors import EngineError, SeriesError
from ..core import times
from ..core.batch import Batch
from ..core.series import MADE, Series
from ..processors.plans import Plan
from ..processors.streaming import StreamingProcessor
from ..processors.windows import Windows
from ..storage import Checkpoint, TimeSeriesDatabase
from .failures import Failures
from .partitions import reaching

PLACE = "windows"


class Course:
    """Runs a plan on what an engine takes.

    A window is stored once, when nothing can change it any more: so where a plan has lateness, a second stream waits for that.
    How far windows are stored, by which engine, and of which series, is kept in the store in one step with them. An engine that
    finds this there takes the samples of all windows after that from the store, so that each window is there once, and whole,
    wherever an engine stopped. Windows of counts are not taken on: which samples came in which order, no store tells.

    A checkpoint of one name says how far and by whom, and each step moves it: of engines that run the plan at once, the one that
    moved it last goes on, and the others find that it is not as they left it. It is made when it is stored, from what was stored
    before: windows and samples that a store refuses leave no gap.

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
        self.idle("")  # until samples of no source come
        self.rows = 0  # windows that were given
        self._lagged, self._overflown = False, set[object]()
        self._keep, self._shown, self._given = keep, 0, deque[Windows]()
        self._store: TimeSeriesDatabase | None = None
        self._earlier: dict[object, Series] = {}  # the series that were in the store before this engine, by key
        self._met: set[object] = set()  # keys of the series that came, and of those of which there are windows
        self._last: tuple[Series, ...] = ()  # of a batch of which all were met
        self._keys: list[Series] = []  # of the windows that are stored, marked
        self._fresh: list[Series] = []  # those met of which the store was not told
        self.place_name = f"{PLACE}/{name}/"
        self._engine, self._mine = uuid.uuid4().hex, False  # whether it is this engine that moved the place last
        self._until: int | None = None  # windows that end by then are stored, or of before this plan
        self._told: str | None = None  # what the store has of that

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
        self._store, self._earlier = store, {series.key: series for series in known}
        if self._until is None:
            return None
        mine = [series for series in known if series.key in self._met]
        self._fresh = self._kin(mine)
        self._met |= {series.key for series in self._fresh}
        found = self._resumed(store, [*mine, *self._fresh]) if mine else None
        for stream in self._streams():  # also where no sample is left, or the plan waits longer now
            stream.recall((), self._until + stream.plan.lateness)
        return found

    def meet(self, batch: Batch) -> None:
        """Take what the store has of the windows that are open of a series that comes for the first time.

        One that the plan cannot take, as it is in another unit, is left to `push`, which says so.

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
            here = self._times(batch)
            if not len(here) or not self.live.fits(fresh):
                return
            kin = self._kin(fresh)
            self._recalled(self._store, [*(series for series in fresh if series.key in self._earlier), *kin], int(here.min()))
            self._fresh += [*fresh, *kin]
            unknown += kin
        self._met |= {series.key for series in unknown}
        self._last = batch.series

    def fence(self) -> None:
        """Store no more windows: another engine goes on with them."""
        self._store = None

    # -- what it does ------------------------------------------------------------------------------------------------------

    def push(self, batch: Batch, source: str = "") -> tuple[Windows, Windows]:
        """Take samples; give the windows that are over, and those that nothing can change any more."""
        found = self.live.push(batch, source)
        return found, found if self.lasting is self.live else self.lasting.push(batch, source)

    def join(self, source: str) -> None:
        """Wait for a source from now on."""
        for stream in self._streams():
            stream.join(source)

    def idle(self, source: str) -> tuple[Windows, Windows]:
        """Wait for a source no longer, until it sends again; give windows as `push` does."""
        found = self.live.idle(source)
        return found, found if self.lasting is self.live else self.lasting.idle(source)

    def show(self, found: Windows) -> None:
        """Keep windows to be looked at."""
        self._given.append(found.last(self._keep))
        self.rows += len(found)
        self._shown += len(self._given[-1])
        while self._given and self._shown - len(self._given[0]) >= self._keep:
            self._shown -= len(self._given.popleft())

    def lags(self, late: int, samples: int, failures: Failures) -> None:
        """Tell, once, that of some samples more than half came too late."""
        if 2 * late > samples and not self._lagged:
            self._lagged = True
            said = f"{late:,} of {samples:,} samples that came together were too late for their windows"
            hint = "allow(disorder=...), a plan of its own for what lags, of(...), or run(Job(...)) over what is stored"
            failures.add(f"plan {self.name}", EngineError(said, hint), tell=False)

    def windows(self) -> Windows:
        """Give the last windows that are over."""
        return Windows.joined(self.plan, tuple(self.live.keys), list(self._given))

    # -- what the store is told --------------------------------------------------------------------------------------------

    def samples(self, found: Windows, failures: Failures) -> Batch:
        """Give windows as samples, which say by a tag whose they are; what overflowed as missing, and told the first time."""
        self._keys += (_marked(key, self.name) for key in found.keys[len(self._keys) :])
        batch = replace(found, keys=self._keys).to_batch()
        places = np.flatnonzero(np.isinf(batch.value))
        if not len(places):
            return batch
        for place in places[np.unique(batch.code[places], return_index=True)[1]]:
            series = batch.series[batch.code[place]]
            if series.key not in self._overflown:
                self._overflown.add(series.key)
                said = f"{series} of the window that ends {np.datetime64(int(batch.time[place]), 'us')}Z is {batch.value[place]}"
                hint = "values in a larger unit; the next such windows are not told"
                failures.add(f"plan {self.name}", SeriesError(f"{said}: it is stored as missing", hint))
        return replace(batch, value=np.where(np.isinf(batch.value), np.nan, batch.value))

    def news(self, batch: Batch) -> Sequence[Checkpoint]:
        """Give what is to be stored with samples: of which series there are windows, and that it is this engine that goes on."""
        if self._store is None or not (self._fresh or (self._told is not None and not self._mine)):
            return ()
        until = self._until
        if until is None:
            here = self._times(batch)
            if not len(here):
                return ()
            until = int(here.min()) - self.lasting.plan.disorder - self.lasting.plan.lateness
        return self._moved(until), *(Checkpoint(f"{self.place_name}{_written(series)}", series.unit) for series in self._fresh)

    def place(self, until: int) -> Sequence[Checkpoint]:
        """Give what is to be stored with windows that end by a time: how far they go. None after `fence`."""
        if self._store is None:
            return ()
        return (self._moved(until if self._until is None else max(until, self._until)),)

    def saved(self, places: Sequence[Checkpoint]) -> None:
        """Take what `news` or `place` gave as stored."""
        if places:
            self._take({place.name: place.data for place in places})

    def caught_up(self) -> bool:
        """Tell whether the place was moved by this engine, and go on from there: a store may fail when all is stored.

        Raises
        ------
        StoreError
            If it cannot be read.
        """
        there = {} if self._store is None else self._store.checkpoints(self.place_name)
        told = there.get(self.place_name)
        if told is None or json.loads(told)["engine"] != self._engine:
            return False
        before = self._told, len(self._fresh)
        self._take(there)
        return before != (self._told, len(self._fresh))

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
        data = json.dumps({"plan": self._text, "until": until, "engine": self._engine})
        return Checkpoint(self.place_name, data, self._told)

    def _take(self, there: Mapping[str, str]) -> None:
        """Take what the store has."""
        self._told, self._mine = there[self.place_name], True
        self._until = json.loads(self._told)["until"]
        self._fresh = [series for series in self._fresh if f"{self.place_name}{_written(series)}" not in there]

    def _times(self, batch: Batch) -> times.Micros:
        """Give the times of the samples that the plan takes."""
        taken = [code for code, series in enumerate(batch.series) if self.plan.takes(series)]
        return batch.time[np.isin(batch.code, taken)]

    def _kin(self, series: Sequence[Series]) -> list[Series]:
        """Give the series in the store that were not met, and whose samples are in the same windows as those of these."""
        if self.plan.tags is None:
            return []
        keys, given = {self.plan.key(each) for each in series}, {each.key for each in series}
        others = (each for key, each in self._earlier.items() if key not in self._met and key not in given)
        return [each for each in others if self.plan.takes(each) and self.plan.key(each) in keys]

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
