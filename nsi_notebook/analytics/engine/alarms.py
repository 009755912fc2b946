"""Rules at work in an engine: on samples and windows as they come, with what they say as events."""

from __future__ import annotations

import json
import time as clock
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import CheckpointError, EngineError, OptionError, warn
from ..core import times
from ..core.batch import Batch
from ..core.events import EventSystem
from ..core.series import MADE, Series
from ..core.subscriptions import Priority
from ..processors.alarms import Alarms, Router, Rules, Silence, Transition
from ..processors.alarms.delivery import Outbox, kept_in, of_rules
from ..processors.alarms.idle import warn_of
from ..processors.alarms.matching import fits
from ..processors.alarms.reading import matched
from ..processors.alarms.written import series_of, written
from ..storage import Checkpoint, TimeSeriesDatabase
from .course import Course
from .failures import Failures

PLACE = "alarms/"
NONE = Batch((), np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.float64))
OFTEN = 5.0  # seconds from one time that the state is stored to the next


class Watchman:
    """What an engine without rules has: it watches nothing."""

    awake = False

    def begin(self, store: TimeSeriesDatabase | None) -> None:
        """Go on from what a store has."""

    def push(self, batch: Batch) -> None:
        """Take samples, or windows as samples; `settle` looks at them."""

    def settle(self, courses: Iterable[Course]) -> None:
        """Look at what came, and say what happened."""

    def place(self) -> Sequence[Checkpoint]:
        """Give what is to be stored with the samples that come next."""
        return ()

    def saved(self, places: Sequence[Checkpoint]) -> None:
        """Take what `place` gave as stored."""

    def moved(self, error: CheckpointError) -> bool:
        """Tell whether what is stored is not as it was left."""
        return False

    def close(self, left: float, hangs: bool) -> None:
        """Store the state, unless the store hangs, and deliver what waits, for at most some seconds."""

    def delivery(self) -> Mapping[str, str]:
        """Give how each channel stands."""
        return {}

    def idle(self) -> Mapping[str, str]:
        """Give the rules that watch nothing, and why."""
        return {}


class Watching(Watchman):
    """Has rules watch what an engine takes.

    Each transition is an event "alarms.<rule>", and each notification an event "notifications". Samples come here when they are
    stored, and windows when nothing can change them any more; where a rule watches windows of a plan, samples wait for those, so
    that all are taken by their times. Where nothing comes for longer than the engine waits for a source, event time goes on with
    the clock, so that absence of all data is noticed, too.

    The state is stored with the first samples, with some of those that come next, and at the end. An engine that begins with it
    takes the samples after that from the store first: events about these may have been there before, in the engine that was
    killed. Channels are told once, as a file says what they were told: in the folder of the store, or where the rules say.

    Parameters
    ----------
    rules : Rules, mapping, str or pathlib.Path
    events : EventSystem
    failures : Failures
        Told of series in another unit than their rule, and of samples that are late.
    idle : float
        Seconds without any sample after which the clock moves the time on.
    deliver : sequence of Channel or callable
        Channels beside those of the rules.
    inline : bool
        Whether there are no threads.
    """

    awake = True

    def __init__(
        self,
        rules: Rules | Mapping[str, Any] | str | Path,
        events: EventSystem,
        failures: Failures,
        idle: float,
        deliver: Sequence[Any] = (),
        inline: bool = False,
    ) -> None:
        self.alarms = Alarms(rules)
        self.router = Router(self.alarms.rules)
        self.outbox = Outbox()
        self._deliver, self._inline = tuple(deliver), inline
        self._events, self._failures, self._idle = events, failures, idle
        self._queue: list[Batch] = []
        self._latest: int | None = None
        self._came = clock.monotonic()
        self._engine = uuid.uuid4().hex
        self._told: str | None = None  # what the store has of the state
        self._before: list[list[Any]] = []  # each series that was there before the first sample, and its last time
        self._store: TimeSeriesDatabase | None = None
        self._dirty, self._saved = False, -OFTEN
        self._refused, self._late = set[Series](), False

    # -- where another engine stopped --------------------------------------------------------------------------------------

    def begin(self, store: TimeSeriesDatabase | None) -> None:
        """Go on from the state that a store has, and say what happened since; without one, with what comes from now on.

        Raises
        ------
        StoreError
            If it cannot be read.
        OptionError, FileError
            If a variable of the environment with what is secret of a channel is not set, or the file of what was told is none.
        """
        self._store = store
        if store is not None:
            warn_of(self.alarms.rules, store.series())
        address = "memory:" if store is None else store.address
        keep = kept_in(address, self.alarms.rules) if self._deliver or self.alarms.rules.deliver else None
        if keep is None and "://" in address and (self._deliver or self.alarms.rules.deliver):
            said = "what waits for channels when this process is killed is lost, as the store has no folder for it"
            warn(said, '[alarms] outbox = "outbox.sqlite" in the rules keeps it in a file')
        self.outbox = of_rules(self.alarms.rules, *self._deliver, keep=keep, inline=self._inline)
        self.outbox.resume()
        told = None if store is None else store.checkpoints(PLACE).get(PLACE)
        if store is None:
            return
        rules = self.alarms.rules
        mine = [series for series in store.series() if any(rule.takes(series) for rule in rules.rules)]
        if told is None:
            ends = ((series, store.extent([series])) for series in mine)
            self._before = [[written(series), end[1]] for series, end in ends if end is not None]
            return
        state = json.loads(told)
        self.alarms, self.router, self._told = Alarms(rules, state["alarms"]), Router(rules, state["router"]), told
        self._before = state.get("before", [])
        if self.alarms.watermark is None:  # killed before it kept more than where it began
            self._say(self.alarms.recall(self._since(store, mine)))
            self._latest = self.alarms.watermark
            return
        low = self.alarms.watermark
        for series, seen in ((series, self.alarms.seen(series)) for series in mine):
            if seen is not None and seen < low and store.count([series], times.utc(seen + 1), times.utc(low)):
                low = seen
        if mine:
            self._say(self.alarms.recall(store.scan(mine, times.utc(low))))
        self._latest = self.alarms.watermark

    # -- what comes --------------------------------------------------------------------------------------------------------

    def push(self, batch: Batch) -> None:
        """Take samples, or windows as samples."""
        if len(batch):
            self._queue.append(batch)

    def settle(self, courses: Iterable[Course]) -> None:
        """Look at what came, and say what happened."""
        try:
            self._look(courses, clock.monotonic())
        except Exception as error:  # noqa: BLE001 - a detector of a rule must not keep samples from the store
            self._failures.add("alarms", error)

    def _look(self, courses: Iterable[Course], now: float) -> None:
        if self._queue:
            batch, self._queue = Batch.joined(self._queue), []
            latest = int(batch.time.max())
            self._latest = latest if self._latest is None else max(latest, self._latest)
            self._came, self._dirty = now, True
            waited = [course for course in courses if course.plan.kind != "counts" and self._waits(course)]
            reached = [course.lasting.watermark for course in waited]
            least = min((times.FIRST - 1 if each is None else each for each in reached), default=None)
            until = self._latest - self.alarms.rules.lateness
            self._say(self.alarms.push(batch, until if least is None else min(until, least)))
        elif self._latest is not None and now - self._came > self._idle:
            self._say(self.alarms.tick(self._latest + int((now - self._came - self._idle) * 1e6)))

    def silence(self, silence: Silence) -> None:
        """Have nobody told of some alerts for a while."""
        matched(silence.matchers, self.alarms.rules.rules)
        now = self.alarms.watermark
        if now is not None and silence.end <= now:
            raise OptionError(
                f"a silence until {times.utc(silence.end)} is over: the samples are at {times.utc(now)}", "a later end"
            )
        self.router.silence(silence)

    # -- what the store is told --------------------------------------------------------------------------------------------

    def place(self, *, last: bool = False) -> Sequence[Checkpoint]:
        """Give what is to be stored with the samples that come next: the state before them, if it is not the one stored."""
        first = self._told is None and not last
        early = not last and not first and clock.monotonic() - self._saved < OFTEN
        if self._store is None or early or not (self._dirty or first):
            return ()
        state: dict[str, Any] = {"engine": self._engine, "alarms": self.alarms.state(), "router": self.router.state()}
        if self.alarms.watermark is None:
            state["before"] = self._before
        return (Checkpoint(PLACE, json.dumps(state), self._told),)

    def saved(self, places: Sequence[Checkpoint]) -> None:
        """Take what `place` gave as stored."""
        for place in places:
            self._told, self._saved, self._dirty = place.data, clock.monotonic(), False

    def moved(self, error: CheckpointError) -> bool:
        """Tell whether the state in the store is not as it was left, and go on from there, or store it no longer."""
        if error.name != PLACE or self._store is None:
            return False
        told = self._store.checkpoints(PLACE).get(PLACE)
        if told is not None and json.loads(told)["engine"] == self._engine:  # a store may fail when all is stored
            self._told = told
            return True
        self._store = None
        said = "another engine watches this store by rules; the state of those here is no longer stored"
        self._failures.add("alarms", EngineError(said, "one engine with alarms for each store"))
        return True

    # -- who is told -------------------------------------------------------------------------------------------------------

    def delivery(self) -> Mapping[str, str]:
        """Give how each channel stands."""
        return self.outbox.states()

    def idle(self) -> Mapping[str, str]:
        """Give the rules that watch nothing, and why."""
        return self.alarms.idle

    def close(self, left: float, hangs: bool) -> None:
        """Store the state, unless the store hangs, and deliver what waits, for at most some seconds."""
        places = () if hangs else self.place(last=True)
        if places and self._store is not None:
            try:
                self._store.append(NONE, checkpoints=places)
                self.saved(places)
            except Exception as error:  # noqa: BLE001 - whatever a store raises, the engine stops, and it is told
                if not (isinstance(error, CheckpointError) and self.moved(error)):
                    self._failures.add("alarms", error)
        self.outbox.close(left)

    # -- within ------------------------------------------------------------------------------------------------------------

    def _since(self, store: TimeSeriesDatabase, mine: Sequence[Series]) -> Iterator[Batch]:
        """Give the samples of series that came after those that were there before."""
        ends = {series_of(told): end for told, end in self._before}
        low = min((ends.get(series, times.FIRST - 1) + 1 for series in mine), default=times.FIRST)
        for batch in store.scan(mine, times.utc(low)) if mine else ():
            after = np.array([ends.get(series, times.FIRST - 1) for series in batch.series])
            yield batch.take(batch.time > after[batch.code])

    def _waits(self, course: Course) -> bool:
        """Tell whether a rule watches the windows of a plan."""
        return any(MADE in rule.tags and fits(rule.tags[MADE], course.name) for rule in self.alarms.rules.rules)

    def _say(self, steps: Sequence[Transition]) -> None:
        for series, error in self.alarms.refused.items():
            if series not in self._refused:
                self._refused.add(series)
                self._failures.add("alarms", error)
        if self.alarms.late and not self._late:
            self._late = True
            behind = times.rounded_up(max(self.alarms.behind, 1))
            said = f"{self.alarms.late:,} samples were behind what the rules had decided, by up to {behind}"
            hint = f'[alarms] lateness = "{behind}" waits for such; the next are only counted'
            self._failures.add("alarms", EngineError(said, hint), tell=False)
        for step in sorted(steps, key=lambda each: each.time):
            self._events.publish(f"alarms.{step.rule}", step, Priority.HIGH)
        if self.alarms.watermark is not None:
            for each in self.router.take(steps, self.alarms.watermark):
                self.outbox.take(each)
                self._events.publish("notifications", each, Priority.HIGH)


def watchman(
    rules: Rules | Mapping[str, Any] | str | Path | None,
    events: EventSystem,
    failures: Failures,
    idle: float,
    deliver: Sequence[Any],
    inline: bool,
) -> Watchman:
    """Give what watches by rules, or, without them, nothing.

    Raises
    ------
    OptionError
        If there are channels, and no rules.
    """
    if rules is None:
        if deliver:
            raise OptionError("there are channels, and no rules that could say anything", "alarms='rules.toml'")
        return Watchman()
    return Watching(rules, events, failures, idle, deliver, inline)
