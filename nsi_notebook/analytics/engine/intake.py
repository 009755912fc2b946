"""The way in for samples one by one, and for what sources give."""

from __future__ import annotations

import sys
import time as clock
from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any

from ..core import times
from ..core.batch import Batch
from ..core.series import Series
from .pipeline import Pipeline
from .samples import number
from .sources.attached import Delivery, arguments

_MOST = sys.float_info.max


class Intake:
    """Checks samples and puts them into the buffer.

    Parameters
    ----------
    line : Pipeline
        Whose buffer it is.
    count : int
        Samples that wait when `due` is called.
    due : callable
        Has them flushed.
    every : float, optional
        Seconds after which `due` is called too, where no thread does so.
    """

    def __init__(self, line: Pipeline, count: int, due: Callable[[], object], every: float | None) -> None:
        self._line, self._buffer, self._count, self._due = line, line.buffer, count, due
        self._numbers, self._put = line.numbers, self._buffer.put  # looked up once
        self._every, self._next = every, clock.monotonic() + (every or 0.0)

    def put(
        self,
        series: str,
        value: float,
        time: Any = None,
        tags: Mapping[str, str] | None = None,
        unit: str = "1",
        tz: str | tzinfo | None = None,
        missing: str = "error",
    ) -> bool:
        """Put one sample into the buffer; see `AnalyticsEngine.emit`."""
        if value.__class__ is not float or not -_MOST <= value <= _MOST:  # what is quick to see is seen here
            value = number(series, value, missing)
        moment = clock.time_ns() // 1000 if time is None else times.instant(time, tz)
        try:
            key = series, unit, tuple(tags.items()) if tags else None
            code = self._numbers[key]
        except (KeyError, TypeError, AttributeError):
            code = self._learn(series, unit, tags)
        kept = self._put((code, moment, value))
        if self._buffer.__len__() >= self._count or (self._every is not None and clock.monotonic() >= self._next):
            self._due()
            self._next = clock.monotonic() + (self._every or 0.0)
        return kept

    def take(self, item: Any) -> None:
        """Take what a source gave."""
        if isinstance(item, Delivery):
            self._line.accept(item.batch, item.key, item.places)
        elif isinstance(item, Batch):
            self._line.accept(item)
        else:
            self.put(**arguments(item))

    def _learn(self, name: str, unit: str, tags: Mapping[str, str] | None) -> int:
        series = Series.of(name, unit, tags)
        self._line.check(series)
        self._line.units.setdefault(series.key, unit)
        code = self._numbers[name, unit, tuple(tags.items()) if tags else None] = self._line.numbering.number(series)
        return code
