"""What records metrics: counters, gauges, histograms, timers, each with its tags."""

from __future__ import annotations

import functools
import inspect
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, NoReturn, ParamSpec, TypeVar, cast

import numpy as np

from ...errors import OptionError, SeriesError
from .batch import checked
from .recording import FOLD, Recording, Totals

P = ParamSpec("P")
R = TypeVar("R")

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

RISES = "a counter only rises: a finite number from 0 up; what falls too is a gauge"

_MOST = sys.float_info.max
_clock = time.time_ns


class Instrument:
    """One metric with one set of tags; `MetricsCollector` makes it.

    Parameters
    ----------
    name : str
    tags : tuple of (str, str)
        By rising key.
    """

    kind: ClassVar[str]

    def __init__(self, name: str, tags: tuple[tuple[str, str], ...], recording: Recording) -> None:
        self.name, self.tags, self.recording = name, tags, recording
        self._pending = recording.pending

    @property
    def tag(self) -> Mapping[str, str]:
        """The tags by their key."""
        return dict(self.tags)

    def totals(self) -> Totals:
        """Give count and sum of all that was recorded since the start."""
        return self.recording.totals()

    def _number(self, value: Any, wanted: str) -> float:
        try:
            if isinstance(value, str | bytes | bytearray):  # which float() reads
                raise TypeError
            return float(value)
        except (TypeError, ValueError, OverflowError):
            self._refuse(value, wanted)

    def _refuse(self, value: object, wanted: str) -> NoReturn:
        raise SeriesError(f"{self.name}: {value!r} cannot be recorded", wanted)

    def _record(self, value: float) -> None:
        if (
            value.__class__ is not float and value.__class__ is not int
        ):  # one that is no number would spoil all that are pending with it
            value = self._number(value, "a finite number")
        if not -_MOST <= value <= _MOST:
            self._refuse(value, "a finite number")
        self._pending.append((_clock(), value))
        if len(self._pending) >= FOLD:
            self.recording.fold()

    def __repr__(self) -> str:
        told = ", ".join(f"{key}={value!r}" for key, value in self.tags)
        totals = self.totals()
        return f"<{type(self).__name__} {self.name}{{{told}}}: {totals.count} records>"


class Counter(Instrument):
    """How often something happened, or how much of it there was; it only rises.

    Examples
    --------
    >>> frames = Counter("frames", (), Recording(10**12, 1000))
    >>> frames.inc()
    >>> frames.inc(2)
    >>> frames.value
    3.0
    """

    kind = "counter"

    def inc(self, by: float = 1) -> None:
        """Add to it.

        Raises
        ------
        SeriesError
            If `by` is negative, or no finite number.
        """
        if by.__class__ is not float and by.__class__ is not int:
            by = self._number(by, RISES)
        if not 0 <= by <= _MOST:
            self._refuse(by, RISES)
        self._pending.append((_clock(), by))
        if len(self._pending) >= FOLD:
            self.recording.fold()

    @property
    def value(self) -> float:
        """The sum."""
        return self.totals().total


class Gauge(Instrument):
    """A value that rises and falls."""

    kind = "gauge"

    def __init__(self, name: str, tags: tuple[tuple[str, str], ...], recording: Recording) -> None:
        super().__init__(name, tags, recording)
        self._lock = threading.Lock()
        self._value = math.nan

    def set(self, value: float) -> None:
        """Record what it is now.

        Raises
        ------
        SeriesError
            If it is no finite number.
        """
        with self._lock:
            self._record(value)
            self._value = float(value)

    def inc(self, by: float = 1) -> None:
        """Record that it has risen; from 0 if it never was set."""
        with self._lock:
            before = 0.0 if math.isnan(self._value) else self._value
            value = before + self._number(by, "a finite number")
            self._record(value)
            self._value = value

    def dec(self, by: float = 1) -> None:
        """Record that it has fallen."""
        self.inc(-by)

    @property
    def value(self) -> float:
        """What it was last; NaN if it never was."""
        return self._value


class Histogram(Instrument):
    """Values whose distribution matters."""

    kind = "histogram"

    def observe(self, value: float) -> None:
        """Record a value.

        Raises
        ------
        SeriesError
            If it is no finite number.
        """
        self._record(value)

    def observe_many(self, values: Any) -> None:
        """Record an array of values, of this moment.

        Raises
        ------
        SeriesError
            If they are not finite numbers in one dimension.
        """
        self.recording.add(np.asarray(checked(self.name, values)), _clock())


class Timer(Histogram):
    """How long something takes, in seconds: `with timer.time(): ...`, or `@timer` above a function or a coroutine function."""

    kind = "timer"

    @contextmanager
    def time(self) -> Iterator[None]:
        """Record how long the block takes, also where it raises."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.observe(time.perf_counter() - begun)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Record how long each call takes, also where it raises."""
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def timed_async(*args: P.args, **kwargs: P.kwargs) -> Any:
                with self.time():
                    return await function(*args, **kwargs)

            return cast(Callable[P, R], timed_async)

        @functools.wraps(function)
        def timed(*args: P.args, **kwargs: P.kwargs) -> R:
            with self.time():
                return function(*args, **kwargs)

        return timed


def bounds(given: Any) -> tuple[float, ...]:
    """Check bounds of cumulative counts.

    Raises
    ------
    OptionError
        If they do not rise from 0 or above.
    """
    try:
        found = tuple(float(b) for b in given)
    except (TypeError, ValueError):
        raise OptionError(f"the buckets {given!r} are no numbers", "for example (0.1, 1, 10)") from None
    if not found or not all(map(math.isfinite, found)) or found[0] < 0 or list(found) != sorted(set(found)):
        raise OptionError(f"the buckets are {found}", "finite, rising, from 0 or above; +Inf is there by itself")
    return found


__all__ = ["Counter", "Gauge", "Histogram", "Instrument", "Timer"]
