"""Rules at work: samples and ticks go in, transitions come out, and the state is a dict that JSON holds."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from ....errors import FileError, OptionError, SeriesError
from ....voids.placing import replacing
from ...core import times
from ...core.batch import Batch
from ...core.series import Series
from ...core.shown import many
from .conditions import condition
from .idle import html, idle
from .machine import Standing, gone, step
from .notices import Alert, State, Transition
from .rules import Rule, Rules
from .watch import Watch
from .written import digest, labels_of, series_of, written

VERSION = 1


class Alarms:
    """Watches series by rules, on event time only.

    **Order.** A sample is taken when the watermark reaches it: that is the latest time seen less the lateness of the rules. Each
    series is taken by rising time; data is absent when the watermark has passed the deadline, and is dated to that. So the
    transitions are those of the samples sorted by time, whatever the batches in which they came, and in whatever order, if none
    is behind the watermark. One that is, is still taken where nothing of its series that is later was decided; otherwise it is
    counted in `late`, and changes nothing.

    **State.** `state()` is a dict for JSON; `Alarms(rules, state)` goes on there, and gives the transitions that it would
    have given. A rule that was changed meanwhile begins anew.

    Parameters
    ----------
    rules : Rules, mapping, str or pathlib.Path
        See `Rules.of`.
    state : mapping, optional
        What `state` gave.
    trace : bool
        Keep what is compared for `traces`.

    Examples
    --------
    >>> alarms = Alarms({"rule": [{"name": "hot", "series": "oven.heat", "above": 90, "exit": 80}]})
    >>> times = ["2026-11-26T12:00:00Z", "2026-11-26T12:00:10Z", "2026-11-26T12:00:20Z"]
    >>> for step in alarms.push(Batch.of("oven.heat", [95.0, 85.0, 75.0], times, unit="degC")):
    ...     print(step)
    2026-11-26T12:00:00+00:00 hot, oven.heat: inactive -> firing at 95 degC
    2026-11-26T12:00:20+00:00 hot, oven.heat: firing -> resolved at 75 degC
    """

    def __init__(
        self, rules: Rules | Mapping[str, Any] | str | Path, state: Mapping[str, Any] | None = None, *, trace: bool = False
    ) -> None:
        self.rules, self._trace = Rules.of(rules), trace
        self.watermark: int | None = None
        self.late = self.behind = 0  # how many samples were, and by how much at most they were behind the latest
        self.refused: dict[Series, SeriesError] = {}  # series in another unit than their rule
        self._latest: int | None = None
        self._first: int | None = None
        self._of: dict[Series, list[Watch]] = {}
        self._watches: list[Watch] = []
        self._due: list[tuple[int, int]] = []  # deadlines, and whose; one of each
        self._held: list[tuple[int, int, Series, float]] = []
        self._count = 0
        self._told: dict[tuple[str, Series], Mapping[str, Any]] = {}  # what a state says of rules at series
        self._expected: dict[str, Watch] | None = None  # rules on the absence of a series that did not come so far
        if state is not None:
            self._go_on(state)

    # -- what goes in ------------------------------------------------------------------------------------------------------

    def push(self, batch: Batch, until: Any = None) -> list[Transition]:
        """Take samples, in the order in which they came.

        Parameters
        ----------
        batch : Batch
            Of any series; those that no rule watches only move the time on.
        until : time, optional
            What the watermark is now, if it is not the latest time less the lateness; as `tick` takes it.

        Returns
        -------
        list of Transition
            By time, where none was behind the watermark.
        """
        if not len(batch):
            return [] if until is None else self.tick(until)
        latest = int(batch.time.max())
        self._latest = latest if self._latest is None else max(latest, self._latest)
        goal = self._latest - self.rules.lateness if until is None else times.micros(until)
        if self.watermark is not None:
            goal = max(goal, self.watermark)
        watched = [bool(self._watched(series)) for series in batch.series]
        if self._expected is None:
            first = int(batch.time.min())
            self._first = first if self._first is None else min(first, self._first)
            if goal >= self._first:
                self._expect(self._first)
        there = np.flatnonzero(np.array(watched, dtype=bool)[batch.code] & ~np.isnan(batch.value))
        there = there[np.argsort(batch.time[there], kind="stable")]
        found: list[Transition] = []
        rows = zip(batch.time[there].tolist(), batch.code[there].tolist(), batch.value[there].tolist(), strict=True)
        if self._held or int(batch.time[there].max(initial=goal)) > goal:
            for time, code, value in rows:
                self._count += 1
                heapq.heappush(self._held, (time, self._count, batch.series[code], value))
            self._release(goal, found)
        else:
            for time, code, value in rows:
                self._take(batch.series[code], time, value, found)
        self._pass(goal, found)
        self.watermark = goal
        return found

    def tick(self, time: Any, tz: str | None = None) -> list[Transition]:
        """Take it that no sample of before a time comes any more: microseconds since 1970-01-01 UTC, or as `Batch.of` has it."""
        time = times.micros(time, tz)
        if self.watermark is not None and time <= self.watermark:
            return []
        if self._expected is None:
            self._expect(time if self._first is None else min(time, self._first))
        found: list[Transition] = []
        self._release(time, found)
        self._pass(time, found)
        self.watermark = time
        return found

    def recall(self, history: Iterable[Batch]) -> list[Transition]:
        """Take what is stored, by rising time, after what the state has: what came after it was saved."""
        self._held.clear()  # they are stored
        found, begun = list[Transition](), times.FIRST if self.watermark is None else self.watermark
        for batch in history:
            seen = [self.seen(series) for series in batch.series]
            after = np.array([begun - 1 if each is None else each for each in seen])
            found += self.push(batch.take(batch.time > after[batch.code]))
        return found

    def seen(self, series: Series) -> int | None:
        """Give up to which time all rules took the samples of a series; None if one took none."""
        last = [watch.last for watch in self._watched(series)]
        return min((time for time in last if time is not None), default=None) if None not in last else None

    # -- how it stands -----------------------------------------------------------------------------------------------------

    @property
    def active(self) -> list[Alert]:
        """The alerts that are pending, firing, recovering or without data, as they stand."""
        there = [watch for watch in self._watches if watch.at["state"] not in ("inactive", "resolved")]
        return [watch.transition(watch.at["since"], watch.at["state"], watch.at["state"]).alert for watch in there]

    @property
    def idle(self) -> dict[str, str]:
        """The rules that watch nothing so far, and why: no such series came, or only ones in another unit.

        It may be asked for, as `repr` may, while another thread pushes.
        """
        return idle(self.rules, {watch.rule.name for held in [*self._of.values()] for watch in held}, [*self.refused])

    def traces(self) -> Iterator[tuple[str, Series, list[tuple[int, float]]]]:
        """Give what each rule compared at each series, with its time, since this was asked for the last time."""
        for watch in self._watches:
            if watch.trace:
                yield watch.rule.name, watch.series, watch.trace
                watch.trace = []

    def state(self) -> dict[str, Any]:
        """Give what JSON holds and `Alarms(rules, state)` goes on from."""
        waiting = {} if self._expected is None else self._expected
        watches = [
            {
                "rule": watch.rule.name, "series": written(watch.series), "expected": waiting.get(watch.rule.name) is watch,
                "at": dict(watch.at), "last": watch.last, "missed": watch.missed,
                "value": None if watch.value != watch.value else watch.value, "condition": watch.condition.state(),
            }
            for watch in self._watches
        ]  # fmt: skip
        held = [[time, written(series), value] for time, _, series, value in sorted(self._held, key=itemgetter(0, 1))]
        return {
            "version": VERSION, "rules": {rule.name: digest(rule) for rule in self.rules.rules}, "watermark": self.watermark,
            "latest": self._latest, "first": self._first, "begun": self._expected is not None, "late": self.late,
            "watches": watches, "held": held,
        }  # fmt: skip

    def save(self, path: str | Path) -> None:
        """Write the state to a file, whole or not at all."""
        with replacing(Path(path)) as fresh:
            fresh.write_text(json.dumps(self.state()), encoding="utf-8")

    @classmethod
    def load(cls, rules: Rules | Mapping[str, Any] | str | Path, path: str | Path) -> Alarms:
        """Go on from a file that `save` wrote.

        Raises
        ------
        FileError
            If it is not there, or is no such file.
        """
        try:
            state = json.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise FileError(f"{str(path)!r} cannot be read: {error.strerror}", "Alarms(rules) begins anew") from None
        except ValueError as error:
            raise FileError(f"{str(path)!r} is no state of alarms: {error}", "Alarms(rules) begins anew") from None
        return cls(rules, state)

    def __repr__(self) -> str:
        named = ", ".join(f"{a.labels['alarm']} {a.state} at {a.labels['series']}" for a in self.active[:3])
        idle = f"; nothing is watched by {', '.join(self.idle)}" if self.idle else ""
        there = many(sum(any(watch.last is not None for watch in held) for held in [*self._of.values()]), "series")
        return f"Alarms, {many(len(self.rules.rules), 'rule')} at {there}: {named or 'none is active'}{idle}"

    def _repr_html_(self) -> str:
        return html(repr(self), self.active, self.idle)

    # -- within ------------------------------------------------------------------------------------------------------------

    def _watched(self, series: Series) -> list[Watch]:
        """Give the rules at a series, which are found when it comes for the first time."""
        found = self._of.get(series)
        if found is None:
            found = self._of[series] = []
            for rule in self.rules.rules:
                if rule.takes(series):
                    try:
                        rule.fitting(series)
                    except SeriesError as error:
                        self.refused[series] = error
                        continue
                    found.append(self._watch(rule, series))
        return found

    def _watch(self, rule: Rule, series: Series) -> Watch:
        watch = None if self._expected is None else self._expected.pop(rule.name, None)
        if watch is not None:  # the one that it waits for has come
            watch.series, watch.labels = series, labels_of(rule, series)
            return watch
        watch = Watch(
            rule, series, len(self._watches), condition(rule), labels_of(rule, series), trace=[] if self._trace else None
        )
        self._watches.append(watch)
        told = self._told.pop((rule.name, series), None)
        if told is not None:
            watch.at, watch.last, watch.missed = told["at"], told["last"], told["missed"]
            watch.value = float("nan") if told["value"] is None else told["value"]
            watch.condition.restore(told["condition"])
            self._wait(watch)
        return watch

    def _expect(self, first: int) -> None:
        """Wait for the one series that a rule on absence names, from the first sample of any series on."""
        self._expected, there = {}, {watch.rule.name for watch in self._watches}
        for rule in self.rules.rules:
            if rule.kind == "absence" and rule.exact and rule.name not in there:
                watch = self._watch(rule, Series(rule.series, rule.unit or "1", tuple(sorted(rule.tags.items()))))
                watch.last = first if watch.last is None else watch.last
                self._wait(watch)
                self._expected[rule.name] = watch

    def _release(self, goal: int, found: list[Transition]) -> None:
        while self._held and self._held[0][0] <= goal:
            time, _, series, value = heapq.heappop(self._held)
            self._take(series, time, value, found)

    def _pass(self, goal: int, found: list[Transition]) -> None:
        """Tell of the data that is absent at a time."""
        while self._due and self._due[0][0] < goal:
            _, number = heapq.heappop(self._due)
            watch = self._watches[number]
            watch.due = False
            deadline = watch.deadline
            if deadline is None or deadline >= goal:
                self._wait(watch)
                continue
            watch.missed = deadline
            watch.value = float("nan")
            self._stepped(watch, deadline, *gone(watch.rule, watch.at, deadline), found)

    def _wait(self, watch: Watch) -> None:
        deadline = watch.deadline
        if deadline is not None and not watch.due:
            watch.due = True
            heapq.heappush(self._due, (deadline, watch.number))

    def _take(self, series: Series, time: int, value: float, found: list[Transition]) -> None:
        if self._due:
            self._pass(time, found)
        late = False
        for watch in self._watched(series):
            if (watch.last is not None and time < watch.last) or (watch.missed is not None and time <= watch.missed):
                late = True
                continue
            watch.last = time
            self._wait(watch)
            measured = watch.condition.measure(time, value)
            if watch.trace is not None and measured is not None:
                watch.trace.append((time, measured))
            if measured is None:
                if watch.at["state"] != "no_data":
                    continue
                enter, holds = False, True  # data is back; what it says is not known yet
                watch.value = value
            elif watch.rule.kind == "absence":
                enter = holds = False
                watch.value = value
            else:
                enter, holds = watch.rule.enters(measured), watch.rule.holds(measured)
                watch.value = measured
            self._stepped(watch, time, *step(watch.rule, watch.at, time, enter, holds), found)
        if late:
            self.late += 1
            self.behind = max(self.behind, (time if self._latest is None else self._latest) - time)

    def _stepped(self, watch: Watch, time: int, now: Standing, through: tuple[State, ...], found: list[Transition]) -> None:
        before, watch.at = watch.at["state"], now
        for state in through:
            found.append(watch.transition(time, before, state))
            before = state

    def _go_on(self, state: Mapping[str, Any]) -> None:
        """Go on from a state, with the rules that are as they were."""
        if not isinstance(state, Mapping) or state.get("version") != VERSION:
            raise OptionError("this is no state of alarms, or that of another version", "Alarms(rules) begins anew")
        self.watermark, self._latest, self._first = state["watermark"], state["latest"], state["first"]
        self.late = state["late"]
        same = {rule.name for rule in self.rules.rules if state["rules"].get(rule.name) == digest(rule)}
        there = list[Series]()
        for each in state["watches"]:
            series = series_of(each["series"])
            if each["rule"] in same and each["condition"] is not None:
                self._told[each["rule"], series] = each
            if not each["expected"]:
                there.append(series)
        for series in dict.fromkeys(there):
            self._watched(series)
        if state["begun"] and self._first is not None:
            self._expect(self._first)
        for time, series, value in state["held"]:
            self._count += 1
            heapq.heappush(self._held, (time, self._count, series_of(series), value))


def replay(rules: Rules | Mapping[str, Any] | str | Path, batches: Iterable[Batch], until: Any = None) -> list[Transition]:
    """Give the transitions that stored samples make: those that they made when they came.

    Parameters
    ----------
    rules : Rules, mapping, str or pathlib.Path
    batches : iterable of Batch
        By rising time, as `TimeSeriesDatabase.scan` gives them.
    until : time, optional
        Up to when data can be absent; as `Alarms.tick` takes it.
    """
    alarms = Alarms(rules)
    found = [each for batch in batches for each in alarms.push(batch)]
    return found + ([] if until is None else alarms.tick(until))
