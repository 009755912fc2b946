"""The way in for samples one by one, and for what sources give."""

from __future__ import annotations

import math
import sys
import time as clock
from collections.abc import Callable, Mapping
from datetime import timedelta, tzinfo
from typing import Any

from ..core import times
from ..core.batch import ERROR, Batch, known
from ..core.series import Series
from ..storage.incoming import checked
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
    ahead : str or timedelta, optional
        How far ahead of the clock the time of a sample may be.
    """

    def __init__(
        self, line: Pipeline, count: int, due: Callable[[], object], every: float | None, ahead: str | timedelta | None
    ) -> None:
        self._line, self._buffer, self._count, self._due = line, line.buffer, count, due
        self._numbers, self._put = line.numbers, self._buffer.put  # looked up once
        self._every, self._next = every, clock.monotonic() + (every or 0.0)
        self._ahead = math.inf if ahead is None else times.span(ahead)
        self._latest = -math.inf if self._ahead < math.inf else math.inf  # up to which the clock need not be asked

    def put(
        self,
        series: str,
        value: float,
        time: Any = None,
        tags: Mapping[str, str] | None = None,
        unit: str = "1",
        tz: str | tzinfo | None = None,
        missing: str = "error",
        source: str = "",
    ) -> bool:
        """Put one sample into the buffer; see `AnalyticsEngine.emit`."""
        if missing is not ERROR:  # which the default is; equal texts are looked at
            known(missing)
        if value.__class__ is not float or not -_MOST <= value <= _MOST:  # what is quick to see is seen here
            value = number(series, value, missing)
        if time is None:
            moment = clock.time_ns() // 1000
        elif (moment := times.instant(time, tz)) > self._latest:
            self._guard(series, moment, 1)
        try:
            key = series, unit, tuple(tags.items()) if tags else None, source
            code = self._numbers[key]
        except (KeyError, TypeError, AttributeError):
            code = self._learn(series, unit, tags, source)
        kept = self._put((code, moment, value))
        if self._buffer.__len__() >= self._count or (self._every is not None and clock.monotonic() >= self._next):
            self._due()
            self._next = clock.monotonic() + (self._every or 0.0)
        return kept

    def take(self, item: Any, source: str) -> None:
        """Take what a source gave."""
        if isinstance(item, Batch):
            item = Delivery(item)
        if isinstance(item, Delivery):
            checked(item.batch, item.key)
            self.check(item.batch)
            self._line.accept(item.batch, item.key, item.places, source)
        else:
            self.put(**arguments(item), source=source)

    def check(self, batch: Batch) -> None:
        """Refuse a batch if one of its samples is too far ahead of the clock.

        Raises
        ------
        TimeError
            Says which; the samples are counted as refused.
        """
        if len(batch) and batch.time.max() > self._latest:
            last = int(batch.time.argmax())
            self._guard(str(batch.series[batch.code[last]]), int(batch.time[last]), len(batch))

    def _guard(self, series: str, moment: int, samples: int) -> None:
        """Ask the clock whether a moment is too far ahead: it would move the watermark, and make all later samples late."""
        self._latest = times.now() + self._ahead
        if moment <= self._latest:
            return
        self._line.refuse(samples)
        hint = "correct the time or the clock; AnalyticsEngine(..., ahead=None) takes any time, ahead='30d' up to 30 days"
        raise times.ahead_of_clock(series, moment, int(self._ahead), hint)

    def _learn(self, name: str, unit: str, tags: Mapping[str, str] | None, source: str) -> int:
        series = Series.of(name, unit, tags)
        self._line.check(series)
        self._line.units.setdefault(series.key, unit)
        code = self._line.numbering.number(series, source)
        self._numbers[name, unit, tuple(tags.items()) if tags else None, source] = code
        return code
