"""Samples one by one: checked, named, and turned into columns."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
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
        self._numbers: dict[tuple[Series, str], int] = {}
        self._named: list[tuple[Series, str]] = []

    def number(self, series: Series, source: str = "") -> int:
        """Give the number of a series, of a source."""
        with self._lock:
            key = series, source
            if key not in self._numbers:
                self._named.append(key)
                self._numbers[key] = len(self._named) - 1
            return self._numbers[key]

    def columns(self, samples: Sequence[Sample]) -> Mapping[str, Batch]:
        """Make a batch of the samples of each source, in their order, with those series that are there."""
        rows = np.fromiter(samples, _ROW, len(samples))
        there = np.flatnonzero(np.bincount(rows["code"]))
        table = np.zeros(there[-1] + 1, dtype=np.int32)
        found = {}
        for source in dict.fromkeys(self._named[number][1] for number in there):
            mine = [number for number in there if self._named[number][1] == source]
            table[:] = -1
            table[mine] = np.arange(len(mine))
            code = table[rows["code"]]
            part, code = (rows, code) if len(mine) == len(there) else (rows[code >= 0], code[code >= 0])
            series = tuple(self._named[number][0] for number in mine)
            found[source] = Batch(series, code, part["time"].copy(), part["value"].copy())
        return found
