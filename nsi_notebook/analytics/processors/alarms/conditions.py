"""What of a series is compared with the thresholds: its values, their change, their slope, or how rare they are."""

from __future__ import annotations

import base64
from bisect import bisect_left, insort
from collections import deque
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ....errors import UnknownNameError
from ...core.levels import ROBUST
from .rules import DETECTOR, Rule


class Condition(Protocol):
    """What a rule computes at one series, sample by sample, by rising time."""

    def measure(self, time: int, value: float) -> float | None:
        """Take a sample; give what is compared, None while there is not enough of it."""

    def state(self) -> Any:
        """Give what it holds, as JSON has it; None of one that cannot."""

    def restore(self, state: Any) -> None:
        """Go on from what `state` gave."""


def condition(rule: Rule) -> Condition:
    """Give the condition of a rule."""
    made: dict[str, type[Values | Change | Rate | Anomaly]] = {"change": Change, "rate": Rate, "anomaly": Anomaly}
    return made.get(rule.kind, Values)(rule)


class Values:
    """The values themselves."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def measure(self, time: int, value: float) -> float | None:
        """Give the value."""
        return value

    def state(self) -> Any:
        """Give nothing: each sample stands for itself."""
        return []

    def restore(self, state: Any) -> None:
        """Take nothing."""


class Sum:
    """The sum of what was added and not taken away, to twice the digits: what goes leaves nothing behind."""

    def __init__(self, high: float = 0.0, low: float = 0.0) -> None:
        self.high, self.low = high, low

    def add(self, value: float) -> None:
        """Add a number, by the error-free sum of two (Knuth)."""
        high = self.high + value
        part = high - self.high
        self.low += (self.high - (high - part)) + (value - part)
        self.high = high

    @property
    def value(self) -> float:
        """The sum."""
        return self.high + self.low


class Change:
    """The mean of the last window less that of the one before, in the unit or in robust standard deviations of the latter."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.before, self.after = deque[tuple[int, float]](), deque[tuple[int, float]]()
        self.sums = Sum(), Sum()
        self.sorted: list[float] = []  # values of the window before, where their spread is asked for
        self.begun: int | None = None  # the first sample, so that it is known whether a window is whole

    def measure(self, time: int, value: float) -> float | None:
        """Give the change, once there were two windows; none where one has less than half of the samples of the other."""
        self.begun = time if self.begun is None else self.begun
        first, second = self.sums
        self.after.append((time, value))
        second.add(value)
        while self.after[0][0] <= time - self.rule.window:
            self.before.append(self.after.popleft())
            gone = self.before[-1][1]
            second.add(-gone)
            first.add(gone)
            if self.rule.scale == "sd":
                insort(self.sorted, gone)
        while self.before and self.before[0][0] <= time - 2 * self.rule.window:
            gone = self.before.popleft()[1]
            first.add(-gone)
            if self.rule.scale == "sd":
                del self.sorted[bisect_left(self.sorted, gone)]
        many, few = len(self.after), len(self.before)
        if self.begun > time - 2 * self.rule.window or many > 2 * few or few > 2 * many:
            return None
        found = second.value / len(self.after) - first.value / len(self.before)
        if self.rule.scale == "unit":
            return found
        held = np.array(self.sorted)
        spread = ROBUST * float(np.median(np.abs(held - np.median(held))))
        return found / spread if spread > 0 else None

    def state(self) -> Any:
        """Give the samples, and the sums of both windows."""
        return [self.begun, [*self.before], [*self.after], [[each.high, each.low] for each in self.sums]]

    def restore(self, state: Any) -> None:
        """Take what `state` gave."""
        self.begun = state[0]
        self.before, self.after = (deque((int(time), float(value)) for time, value in held) for held in state[1:3])
        first, second = state[3]
        self.sums = Sum(*first), Sum(*second)
        self.sorted = sorted(value for _, value in self.before) if self.rule.scale == "sd" else []


class Rate:
    """The slope of the least-squares line through the samples of a window."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.times, self.values = deque[int](), deque[float]()

    def measure(self, time: int, value: float) -> float | None:
        """Give the slope per time, of samples over half the window or more: that of fewer is mostly noise."""
        self.times.append(time)
        self.values.append(value)
        while self.times[0] <= time - self.rule.window:
            self.times.popleft()
            self.values.popleft()
        number = len(self.times)
        if number < 2 or 2 * (time - self.times[0]) < self.rule.window:
            return None
        x = (np.fromiter(self.times, np.int64, number) - time).astype(float)
        y = np.fromiter(self.values, float, number)
        x, y = x - x.mean(), y - y.mean()
        square = float(x @ x)
        return float(x @ y) / square * self.rule.per if square > 0 else None

    def state(self) -> Any:
        """Give the samples."""
        return [[*self.times], [*self.values]]

    def restore(self, state: Any) -> None:
        """Take the samples."""
        self.times, self.values = deque(map(int, state[0])), deque(map(float, state[1]))


class Anomaly:
    """The conformal p-value of each sample: the share of scores before it, itself included, that are as high.

    A score is that of a detector, an object with `score_one(value)` and `learn_one(value)`, before it learned the sample. There
    is no p-value until the calibration is full; then the oldest score gives way to the newest.
    """

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.detector: Any = made(rule)
        self.scores = deque[float](maxlen=rule.calibration)
        self.sorted: list[float] = []

    def measure(self, time: int, value: float) -> float | None:
        """Give the p-value."""
        score = float(self.detector.score_one(value))
        self.detector.learn_one(value)
        if score != score:
            return None
        number, most = len(self.sorted), self.rule.calibration
        found = None
        if number == most:
            found = (1 + number - bisect_left(self.sorted, score)) / (number + 1)
            del self.sorted[bisect_left(self.sorted, self.scores[0])]
        self.scores.append(score)
        insort(self.sorted, score)
        return found

    def state(self) -> Any:
        """Give what it learned; None with a detector that has no `state`, which learns again from what is stored."""
        if not hasattr(self.detector, "state"):
            return None
        arrays = {name: _packed(np.asarray(array)) for name, array in self.detector.state().items()}
        return [arrays, _packed(np.array(self.scores, dtype=np.float64))]

    def restore(self, state: Any) -> None:
        """Take what it learned."""
        arrays, scores = state
        self.detector = type(self.detector).from_state({name: _unpacked(told) for name, told in arrays.items()})
        self.scores.extend(_unpacked(scores).tolist())
        self.sorted = sorted(self.scores)


def made(rule: Rule) -> Any:
    """Make the detector of a rule.

    Raises
    ------
    UnknownNameError, OptionError, MissingExtraError
        If there is no such detector, it has no such option, or needs what is not installed.
    """
    if callable(rule.detector):
        return rule.detector()
    from ...algorithms.anomalies.registry import STREAMS, detector

    if rule.detector not in STREAMS:
        raise UnknownNameError.among("detector", rule.detector, STREAMS)
    found = detector(rule.detector, **({"window": rule.history} if rule.detector == DETECTOR else {}), **rule.options)
    found.state()  # which looks at the options
    return found


def _packed(array: npt.NDArray[Any]) -> list[Any]:
    """Write an array to the bit, as JSON holds it."""
    return [array.dtype.str, list(array.shape), base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()]


def _unpacked(told: list[Any]) -> npt.NDArray[Any]:
    kind, shape, data = told
    return np.frombuffer(base64.b64decode(data), dtype=kind).reshape(shape).copy()
