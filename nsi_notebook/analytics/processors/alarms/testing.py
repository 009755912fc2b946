"""Tests of rules: series as they might come, and what must happen then."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ....errors import OptionError, UnknownNameError
from ...core import shown, times
from ...core.batch import Batch
from ...core.series import Series
from .matching import all_fit
from .notices import State, Transition
from .reading import document, known, patterns, read, rules_of, tables, text, texts, told
from .rules import Rules
from .watching import replay

STATES: tuple[State, ...] = ("inactive", "pending", "firing", "recovering", "resolved", "no_data")
TOLD: tuple[State, ...] = ("firing", "resolved", "no_data")  # what is compared, and others where they are named
BEGIN = 1_767_225_600_000_000  # 2026-01-01, at which every test begins
_RUN = re.compile(r"(_|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?:([+-]\d+(?:\.\d+)?))?(?:x(\d+))?")


class Step(NamedTuple):
    """A transition: when, in microseconds from the beginning, of which rule, to which state, at which series; who is told."""

    at: int
    rule: str
    state: str
    series: str
    to: frozenset[str] | None = None  # who is told, unless it is muted; None where a test does not say

    def __str__(self) -> str:
        to = "" if self.to is None else f", told to {', '.join(sorted(self.to)) or 'nobody'}"
        return f"{times.told(self.at) if self.at else '0s'} {self.rule} {self.state} at {self.series}{to}"


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of a test: what was expected and did not happen, and what happened unexpectedly."""

    name: str
    missing: tuple[Step, ...]
    unexpected: tuple[Step, ...]

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not (self.missing or self.unexpected)

    def __str__(self) -> str:
        if self.passed:
            return f"passed  {self.name}"
        lines = [f"        expected, did not happen: {step}" for step in self.missing]
        lines += [f"        happened, not expected:   {step}" for step in self.unexpected]
        return "\n".join([f"FAILED  {self.name}", *lines])


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """What came of all tests of a file; a table in a notebook, lines of text elsewhere."""

    tests: tuple[Tested, ...]

    @property
    def ok(self) -> bool:
        """Whether all passed."""
        return all(test.passed for test in self.tests)

    def __repr__(self) -> str:
        good = sum(test.passed for test in self.tests)
        return "\n".join([*map(str, self.tests), f"{good} of {len(self.tests)} passed"])

    def _repr_html_(self) -> str:
        rows = list[tuple[str, str, str, str]]()
        for test in self.tests:
            rows += [(test.name, "FAILED", str(step), "did not happen") for step in test.missing]
            rows += [(test.name, "FAILED", "not expected", str(step)) for step in test.unexpected]
            rows += [(test.name, "passed", "", "")] if test.passed else []
        heads = ("test", "came of it", "expected", "happened")
        said = f"{sum(test.passed for test in self.tests)} of {len(self.tests)} passed"
        return shown.table({head: [row[i] for row in rows] for i, head in enumerate(heads)}, None, said)


def run_tests(path: str | Path) -> Report:
    """Run the tests of a TOML file, which names that of the rules beside it, or holds them.

    Parameters
    ----------
    path : str or pathlib.Path
        Its `rules` is a path, from the folder of the file; each [[test]] has `series`, with `values` that come `every` so often,
        and `expect`: `at`, `rule`, `state`. All steps to firing, resolved and no_data are compared, and those to other states
        that a test names.

    Returns
    -------
    Report

    Raises
    ------
    FileError, OptionError, UnknownNameError, TimeError, SeriesError
        Says the file, the test and the key.
    """
    given, name = document(path), Path(path).name
    with told(name):
        known(given, ("rules", "test", "rule", "alarms", "inhibit", "silence", "deliver"), "key")
        held = {key: value for key, value in given.items() if key not in ("rules", "test")}
        if ("rules" in given) == bool(held):
            raise OptionError("it says not which rules are tested", 'rules = "alarms.toml", or [[rule]] tables')
        rules = read(Path(path).parent / text(given, "rules")) if "rules" in given else rules_of(held)
        tests = tables(given, "test")
        if not tests:
            raise OptionError("there are no tests", "[[test]] name, series, expect")
        found = []
        for number, each in enumerate(tests, 1):
            with told(f"test {each.get('name', number)!r}"):
                found.append(_test(each, rules, str(each.get("name", number))))
        return Report(tuple(found))


def _test(given: Mapping[str, Any], rules: Rules, name: str) -> Tested:
    known(given, ("name", "series", "expect", "until"), "key")
    several = tables(given, "series")
    if not several:
        raise OptionError("there are no series", '[[test.series]] name = "oven.heat", every = "10s", values = [20, 95]')
    batches = []
    for number, each in enumerate(several, 1):
        with told(f"series {number}"):
            batches.append(_series(each))
    batch = Batch.joined(batches)
    batch = batch.take(np.argsort(batch.time, kind="stable"))
    for series in batch.series:
        for rule in rules.rules:
            if rule.takes(series):
                rule.fitting(series)
    until = int(batch.time.max()) if "until" not in given else BEGIN + _at(given, "until") + 1
    expected, states = [], set(TOLD)
    for number, each in enumerate(tables(given, "expect"), 1):
        with told(f"expect {number}"):
            step, part = _expected(each, rules)
            expected.append(step)
            states.add(part)
    happened = [_step(each, rules) for each in replay(rules, [batch], until) if each.after in states]
    if all(step.to is None for step in expected):
        happened = [step._replace(to=None) for step in happened]
    missing = []
    for step in expected:
        alike = [each for each in happened if each[:3] == step[:3] and step.series in ("", each.series)]
        fits = next((each for each in alike if step.to in (None, each.to)), None)
        if fits is None:
            missing.append(step if step.series else step._replace(series="any series"))
        else:
            happened.remove(fits)
    return Tested(name, tuple(missing), tuple(happened))


def _step(each: Transition, rules: Rules) -> Step:
    tables = zip(rules.channels, rules.deliver, strict=True)
    to = frozenset(channel for channel, table in tables if all_fit(table.get("match", {}), each.alert.labels))
    return Step(each.time - BEGIN, each.rule, each.after, each.series, to if each.after in TOLD else None)


def _expected(given: Mapping[str, Any], rules: Rules) -> tuple[Step, State]:
    known(given, ("at", "rule", "state", "series", "to"), "key")
    rule, state = rules.named(text(given, "rule")).name, text(given, "state")
    if state not in STATES:
        raise UnknownNameError.among("state", state, STATES)
    found: State = next(each for each in STATES if each == state)
    to = texts(given, "to")
    for channel in to or ():
        if channel not in rules.channels:
            raise UnknownNameError.among("channel", channel, rules.channels)
    if to is not None and found not in TOLD:
        raise OptionError(f"nobody is told of {state}", f"to goes with {', '.join(TOLD)}")
    series = text(given, "series") if "series" in given else ""
    return Step(_at(given, "at"), rule, found, series, None if to is None else frozenset(to)), found


def _series(given: Mapping[str, Any]) -> Batch:
    known(given, ("name", "unit", "tags", "every", "start", "values"), "key")
    series = Series.of(text(given, "name"), text(given, "unit", "1"), patterns(given, "tags"))
    every = times.span(text(given, "every"))
    values = _values(given.get("values"))
    start = BEGIN + (_at(given, "start") if "start" in given else 0)
    there = np.flatnonzero(~np.isnan(values))
    if not len(there):
        raise OptionError("there are no values", 'values = [20, 95, nan] or "20x3 95x6 _"')
    code = np.zeros(len(there), dtype=np.int32)
    return Batch((series,), code, start + there.astype(np.int64) * every, values[there])


def _values(given: Any) -> np.ndarray:
    """Give the values of a list, or of a text: "20x3" three times, "20+5x3" rising by 5, "_" none."""
    if isinstance(given, list) and all(isinstance(each, int | float) and not isinstance(each, bool) for each in given):
        return np.array(given, dtype=float)
    if not isinstance(given, str):
        raise OptionError(f"values is {given!r:.80}", 'values = [20, 95, nan] or "20x3 95x6 _"')
    found: list[float] = []
    for part in given.split():
        run = _RUN.fullmatch(part)
        if run is None:
            raise OptionError(f"values: {part!r} cannot be read", '"20", "20x3" three of them, "20+5x3" 20 25 30, "_" none')
        first, rise, number = float("nan") if run[1] == "_" else float(run[1]), float(run[2] or 0), int(run[3] or 1)
        found += [first + rise * i for i in range(number)]
    return np.array(found)


def _at(given: Mapping[str, Any], key: str) -> int:
    with told(key):
        return times.span(text(given, key), none=True)
