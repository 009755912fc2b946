"""Samples as lines of JSON, which HTTP and Redis bring: {"series": "load", "value": 1.5, "time": "2026-11-26T12:00:00Z"}."""

from __future__ import annotations

import json
import math
from typing import Any

from ....errors import InputError, SeriesError
from ...core import times
from ...core.batch import Batch, same_unit
from ...core.series import Series
from ..samples import Named, columns

NAMES = ("series", "value", "time", "tags", "unit")


def read_lines(data: bytes, now: int | None = None, *, timed: bool = False) -> Batch:
    """Read lines of JSON as one batch.

    Parameters
    ----------
    data : bytes
        UTF-8, an object a line: series and value (null is missing); time (ISO 8601 with its zone), tags and unit.
    now : int, optional
        The time of samples that have none, in microseconds since 1970-01-01 UTC; that at which they are read, if not said.
    timed : bool
        Refuse samples without a time: those that may be sent again, which must be the same then.

    Raises
    ------
    SeriesError
        Says the line, and what is wrong with it: nothing is taken then.

    Examples
    --------
    >>> len(read_lines(b'{"series": "load", "value": 1.5}'))
    1
    """
    known: dict[Any, Series] = {}
    now, found = times.now() if now is None else now, list[Named]()
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            found.append(_sample(line, None if timed else now, known))
        except InputError as error:
            raise SeriesError(f"line {number}: {error.message}", error.hint) from None
    if not found:
        raise SeriesError("there are no samples", 'a line for each: {"series": "load", "value": 1.5}')
    return columns(found)


def _sample(line: bytes, now: int | None, known: dict[Any, Series]) -> Named:
    try:
        item = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise SeriesError(f"it is no JSON: {error}") from None
    if not isinstance(item, dict):
        raise SeriesError(f"it is no object: {line[:40]!r}")
    unknown = sorted(item.keys() - set(NAMES))
    if unknown or not {"series", "value"} <= item.keys():
        raise SeriesError(f"it has {', '.join(sorted(item)) or 'nothing'}", f"series and value; of others only {NAMES[2:]}")
    name, value, tags, unit = item["series"], item["value"], item.get("tags") or {}, item.get("unit", "1")
    if not isinstance(tags, dict):
        raise SeriesError(f"its tags are {tags!r:.40}", '{"line": "3"}')
    if value is None:
        value = math.nan
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise SeriesError(f"its value is {value!r:.40}", "a number; null is missing")
    try:
        value = float(value)
    except OverflowError:
        value = math.inf
    if math.isinf(value) or (math.isnan(value) and item["value"] is not None):
        raise SeriesError("its value is not finite", "a number; null is missing")
    series = Series.of(name, unit, tags)
    same_unit(series, known.setdefault(series.key, series).unit)
    time = item.get("time")
    if time is not None:
        return series, times.instant(time), value
    if now is None:
        raise SeriesError("it has no time, and would have another one when it is sent again", "a time; or no Idempotency-Key")
    return series, now, value
