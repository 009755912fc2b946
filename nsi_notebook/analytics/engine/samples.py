"""Samples one by one: checked, named, and turned into columns."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from ...errors import SeriesError
from ..core.batch import Batch
from ..core.series import Series

Named: TypeAlias = tuple[Series, int, float]
Sample: TypeAlias = tuple[int, int, float]  # the number of its series, microseconds, value

_ROW = np.dtype([("code", "i4"), ("time", "i8"), ("value", "f8")])


def number(series: object, value: Any, missing: str = "error") -> float:
    """Give a value as a float.

    Raises
    ------
    SeriesError
        If it is no real number, infinite, or missing and not to be kept.
    """
    try:
        if isinstance(value, str | bytes | bytearray):  # which float() reads
            raise TypeError
        found = float(value)
    except (TypeError, ValueError):
        raise SeriesError(f"{series}: the value is {value!r:.80}", "a real number") from None
    except OverflowError:
        found = math.inf
    if isinstance(value, int | np.integer) and math.isfinite(found) and int(found) != value:
        raise SeriesError(f"{series}: whole numbers beyond 2**53 lose digits as floats", "scale them, or take an offset")
    if not math.isfinite(found) and (missing != "keep" or not math.isnan(found)):
        raise SeriesError(f"{series}: the value is {found}", "leave it out; missing='keep' keeps NaN as missing")
    return found


def columns(samples: Sequence[Named]) -> Batch:
    """Make a batch of samples, in their order."""
    series, moments, values = zip(*samples, strict=True)
    index: dict[Series, int] = {}
    codes = [index.setdefault(each, len(index)) for each in series]
    return Batch(tuple(index), np.array(codes, np.int32), np.array(moments, np.int64), np.array(values, np.float64))


class Numbering:
    """Numbers of series, which stay what they are; a number instead of a series makes a batch of samples three times as fast."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: dict[Series, int] = {}
        self._series: list[Series] = []

    def number(self, series: Series) -> int:
        """Give the number of a series."""
        with self._lock:
            if series not in self._numbers:
                self._series.append(series)
                self._numbers[series] = len(self._series) - 1
            return self._numbers[series]

    def columns(self, samples: Sequence[Sample]) -> Batch:
        """Make a batch of samples, in their order, with those series that are there."""
        rows = np.fromiter(samples, _ROW, len(samples))
        there = np.flatnonzero(np.bincount(rows["code"]))
        table = np.zeros(there[-1] + 1, dtype=np.int32)
        table[there] = np.arange(len(there))
        series = tuple(self._series[number] for number in there)
        return Batch(series, table[rows["code"]], rows["time"].copy(), rows["value"].copy())
