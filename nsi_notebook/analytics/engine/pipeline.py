"""The path of samples that were taken: into the store, through the plans, out as windows and events, in one order for all."""

from __future__ import annotations

import threading
import time as clock
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from ...errors import CheckpointError, EngineError, OptionError, SeriesError, StoreError, UnknownNameError
from ..core.batch import Batch, by_series, same_unit
from ..core.buffer import Buffer
from ..core.events import EventSystem
from ..core.series import MADE, Series
from ..processors.plans import Plan
from ..processors.windows import Windows
from ..storage import Ack, Checkpoint, TimeSeriesDatabase
from .alarms import Watchman
from .course import Course
from .failures import Failures
from .meters import Counted, Meters
from .options import planned
from .samples import Numbering, Sample


class Held(NamedTuple):
    """A batch on its way into the store, with the key by which a second try is known."""

    batch: Batch
    key: str | None
    places: Sequence[Checkpoint] = ()
    course: Course | None = None  # whose windows they are; none for samples that came in
    until: int = 0  # the latest end of these windows
    source: str = ""  # of samples; none for those that a call gave

    @property
    def counted(self) -> int:
        """How many samples came in with it."""
        return len(self.batch) if self.course is None else 0


class Pipeline:
    """Stores samples, and pushes them through plans.

    One thread at a time stores and pushes, and holds `lock` meanwhile, for as long as the store takes. What is counted has a
    lock of its own, which is never held while anything waits: so the status answers beside a store that hangs.

    Parameters
    ----------
    buffer : Buffer
        Of the samples that wait.
    events : EventSystem
        Where windows are published, under "windows.<plan>", and samples that came too late for them, under "late.<plan>".
    meters : Meters
        Told of everything.
    keep : int
        Windows of each plan that are kept to be looked at.
    idle : float
        Seconds for which windows wait for a source that sends nothing.
    """

    def __init__(self, buffer: Buffer[Sample], events: EventSystem, meters: Meters, keep: int, idle: float) -> None:
        self.buffer, self.events, self.meters, self.keep, self.idle = buffer, events, meters, keep, idle
        self._sent: dict[str, float] = {}  # when each source that is waited for sent the last time
        self._silent: set[str] = set()  # which of them are not waited for, until they send again
        self._parting: list[str] = []
        self.store: TimeSeriesDatabase | None = None
        self.plans: dict[str, Course] = {}
        self.watch = Watchman()
        self.units: dict[Any, str] = {}  # of the series that were seen
        self.numbering = Numbering()
        self.numbers: dict[Any, int] = {}  # of series, by what single samples say of them
        self.failures = Failures(meters)
        self.lock = threading.RLock()
        self._tally = threading.Lock()
        self._held: deque[Held] = deque()
        self._direct = self._stored = self._lost = self._refused = 0
        self._closed = False

    # -- what it does ------------------------------------------------------------------------------------------------------

    def add(self, name: str, plan: Plan) -> None:
        """Compute windows from now on."""
        Series.of(name)
        planned(name, plan)
        with self.lock:
            if name in self.plans:
                raise OptionError(f"there is a plan {name!r}", "another name")
            course = Course(name, plan, self.keep)
            left = course.begin(self.store)
            for source in self._sent:
                course.join(source)
            for source in self._silent:
                course.idle(source)
            self.plans[name] = course
            self._go_on(course, left)

    def windows(self, name: str) -> Windows:
        """Give the last windows of a plan that are over."""
        if name not in self.plans:
            raise UnknownNameError.among("plan", name, self.plans)
        with self.lock:
            return self.plans[name].windows()

    def check(self, series: Series) -> None:
        """Refuse samples in another unit than those before, and windows of an engine."""
        same_unit(series, self.units.get(series.key, series.unit))
        if series.made is not None:
            raise SeriesError(f"{series}: the tag {MADE!r} marks what an engine computes", "another name for the tag")

    def join(self, source: str) -> None:
        """Have windows wait for a source from now on."""
        with self.lock:
            self._sent[source] = clock.monotonic()
            for course in self.plans.values():
                course.join(source)

    def part(self, source: str) -> None:
        """Have windows wait for a source no longer, once all that it gave is pushed."""
        with self.lock:
            self._parting.append(source)
            self.flush()

    def accept(self, batch: Batch, key: str | None = None, places: Sequence[Checkpoint] = (), source: str = "") -> Ack:
        """Store a batch now, after what waits in the buffer, and push it; one whose key was given before is not counted again.

        Raises
        ------
        EngineError, SeriesError, StoreError
            If it cannot be stored: nothing was taken then. A CheckpointError, if another one went on from its places.
        """
        with self.lock:
            if self._closed:
                raise EngineError("the engine is stopped", "make a new one")
            for series in batch.series:
                self.check(series)
            failed = self.flush()
            if failed is not None:
                self.failures.told(failed)
                raise failed
            begun = clock.perf_counter()
            ack = self._append(Held(batch, key, places, source=source))
            for series in batch.series:
                self.units[series.key] = series.unit
            if ack.new:
                with self._tally:
                    self._direct += len(batch)
                    self._stored += len(batch)
                self._push(batch, source)
                self._store()
                self.watch.settle(self.plans.values())
                self.meters.flushed(clock.perf_counter() - begun, len(batch))
                self._measure()
        return ack

    def flush(self) -> Exception | None:
        """Store and push what waits; if the store cannot take it now, say why: it is kept, and comes first the next time."""
        with self.lock:
            begun, before, left = clock.perf_counter(), self._stored, len(self.buffer)
            while (failed := self._store()) is None and left > 0:
                with self._tally:
                    samples = self.buffer.take(left)
                    if not samples:
                        break
                    parts = self.numbering.columns(samples)
                    self._held += [Held(batch, uuid.uuid4().hex, source=source) for source, batch in parts.items()]
                left -= len(samples)
            if failed is None and self._rest():
                failed = self._store()
            self.watch.settle(self.plans.values())
            if self._stored > before:
                self.meters.flushed(clock.perf_counter() - begun, self._stored - before)
            self._measure()
            return failed

    @contextmanager
    def within(self, end: float) -> Iterator[None]:
        """Hold the lock; refuse to wait for it beyond a moment of the monotonic clock."""
        left = min(max(end - clock.monotonic(), 0.0), threading.TIMEOUT_MAX)
        if not self.lock.acquire(timeout=left):
            raise EngineError(f"another thread did not get done with storing in time{self.events.busy()}", "a longer timeout")
        try:
            yield
        finally:
            self.lock.release()

    def open(self, store: TimeSeriesDatabase | None) -> None:
        """Store samples here from now on; plans go on where another engine stopped.

        Raises
        ------
        EngineError, StoreError
            If the store has windows of another plan of the same name, or cannot be read.
        """
        with self.lock:
            plans = {name: Course(name, course.plan, self.keep) for name, course in self.plans.items()}
            left = {name: course.begin(store) for name, course in plans.items()}
            for source, course in product(self._sent, plans.values()):
                course.join(source)
            self.watch.begin(store)
            if store is not None:
                self.units = {series.key: series.unit for series in store.series()}
            self.store, self.plans = store, plans  # all of it, or, where something cannot be read, nothing
            for name, course in plans.items():
                self._go_on(course, left[name])

    def close(self) -> None:
        """Take no more batches; does not wait for one that is being stored."""
        self._closed = True

    # -- what it tells -----------------------------------------------------------------------------------------------------

    def counts(self) -> Counted:
        """Give what became of the samples so far; never waits for the store."""
        with self._tally:
            waiting = self.buffer.counts()
            held = sum(each.counted for each in self._held)
            return Counted(
                waiting.offered + self._direct,
                self._stored,
                waiting.dropped + self._lost,
                waiting.pending + held,
                waiting.refused + self._refused,
            )

    def refuse(self, samples: int) -> None:
        """Count samples that a caller was told of by an error."""
        with self._tally:
            self._refused += samples

    # -- within, with the lock held ----------------------------------------------------------------------------------------

    def _go_on(self, course: Course, left: Windows | None) -> None:
        """Store and tell the windows that another engine left."""
        if left is not None and len(left):
            self._keep(course, left)
            if course.lasting is course.live:
                self._tell(course, left)

    def _store(self) -> Exception | None:
        """Store what was taken; give why that must be tried again."""
        while self._held:
            first = self._held[0]
            try:
                try:
                    self._append(first)
                except SeriesError as error:
                    self._part(first, error)
                    continue
            except Exception as error:  # noqa: BLE001 - whatever a store raises, the samples are kept, and it is told
                if first.course is not None and not first.course.stores:  # another engine stores them
                    continue
                self.failures.add("store", error)
                return error
            with self._tally:
                self._held.popleft()
                self._stored += first.counted
            if first.counted:
                self._push(first.batch, first.source)
        return None

    def _rest(self) -> bool:
        """Wait no longer for sources that have ended, or sent nothing for a while; tell whether there are such."""
        now = clock.monotonic()
        silent = {source for source, sent in self._sent.items() if now - sent > self.idle} - self._silent
        gone = {source for source in self._parting if self._sent.pop(source, None) is not None}
        self._parting.clear()
        self._silent = (self._silent | silent) - gone
        for course, source in product(self.plans.values(), gone | silent):
            self._give(course, partial(course.idle, source))
        return bool(gone | silent)

    def _append(self, held: Held) -> Ack:
        """Store a batch, and with it how far plans are."""
        if self.store is None:
            return Ack(len(held.batch))
        courses = list(self.plans.values())
        while True:
            if held.course is None:
                for course in courses:
                    course.meet(held.batch)
                news = {course: course.news(held.batch) for course in courses}
            else:
                news = {held.course: held.course.place(held.until)}
            try:
                state = self.watch.place() if held.course is None else ()
                places = [*held.places, *(place for told in news.values() for place in told), *state]
                ack = self.store.append(held.batch, key=held.key, checkpoints=places)
            except CheckpointError as error:
                moved = [course for course in courses if error.name.startswith(course.place_name)]
                for course in moved:
                    if not course.caught_up():
                        self._fence(course)
                if self.watch.moved(error):
                    continue
                if moved and (held.course is None or held.course.stores):
                    continue
                raise
            for course, told in news.items() if ack.new else ():
                course.saved(told)
            if ack.new:
                self.watch.saved(state)
            return ack

    def _fence(self, course: Course) -> None:
        course.fence()
        with self._tally:
            self._held = deque(each for each in self._held if each.course is not course)
        said = f"another engine computes the windows {course.name!r} in this store; here they are no longer stored"
        self.failures.add(f"plan {course.name}", EngineError(said, "another name for the plan in one of them"))

    def _part(self, held: Held, error: SeriesError) -> None:
        """Have the series of a batch stored one by one; give up one whose unit another process has made another."""
        if held.course is not None:
            self._leave_out(held, held.course, error)
            return
        parts = [held._replace(batch=batch, key=f"{held.key}-{n}") for n, batch in enumerate(_each(held.batch))]
        with self._tally:
            self._held.popleft()
            if len(parts) > 1:
                self._held.extendleft(reversed(parts))
                return
            self._lost += held.counted
        self.failures.add("store", error)
        for series in held.batch.series:
            self.units.pop(series.key, None)
        self.numbers.clear()
        if self.store is not None:
            try:
                self.units |= {series.key: series.unit for series in self.store.series()}
            except StoreError as trouble:
                self.failures.add("store", trouble)

    def _leave_out(self, held: Held, course: Course, error: SeriesError) -> None:
        """Have windows stored without those of another unit: in one step, as how far they go is said of all."""
        known = {} if self.store is None else {series.key: series.unit for series in self.store.series()}
        fits = np.array([known.get(series.key, series.unit) == series.unit for series in held.batch.series])
        chosen = fits[held.batch.code]
        with self._tally:
            self._held.popleft()
            if chosen.any() and not chosen.all():
                self._held.appendleft(held._replace(batch=held.batch.take(chosen), key=uuid.uuid4().hex))
        self.failures.add(f"plan {course.name}", error)

    def _push(self, batch: Batch, source: str) -> None:
        """Push stored samples through the plans; what a plan cannot take stays stored."""
        if source in self._sent:
            self._sent[source] = clock.monotonic()
            self._silent.discard(source)
        else:  # it has ended
            source = ""
        for course in self.plans.values():
            self._give(course, partial(course.push, batch, source), len(batch))
        self.watch.push(batch)

    def _give(self, course: Course, work: Callable[[], tuple[Windows, Windows]], samples: int = 0) -> None:
        """Store and tell the windows that a plan gives."""
        try:
            found, lasting = work()
            self.meters.pushed(course.name, len(found), 0 if found.late is None else len(found.late))
            if len(lasting):
                self._keep(course, lasting)
            if len(found):
                self._tell(course, found)
            if found.late is not None:
                self.events.publish(f"late.{course.name}", found.late)
                course.lags(len(found.late), samples, self.failures)
        except Exception as error:  # noqa: BLE001 - one plan must not keep the others from their samples
            self.failures.add(f"plan {course.name}", error)

    def _keep(self, course: Course, found: Windows) -> None:
        """Have windows stored."""
        if self.store is None and not self.watch.awake:
            return
        batch = course.samples(found, self.failures)
        self.watch.push(batch)
        if self.store is not None and course.stores:
            self._held.append(Held(batch, uuid.uuid4().hex, (), course, int(found.end.max())))

    def _tell(self, course: Course, found: Windows) -> None:
        """Keep windows to be looked at, and publish them."""
        course.show(found)
        self.events.publish(f"windows.{course.name}", found)

    def _measure(self) -> None:
        told = self.counts()
        self.meters.counted(told.pending, stored=told.stored, dropped=told.dropped, refused=told.refused)


def _each(batch: Batch) -> Iterator[Batch]:
    """Give the samples of each series that has any."""
    for series, places in by_series(batch):
        yield Batch((series,), np.zeros(len(places), dtype=np.int32), batch.time[places], batch.value[places])
