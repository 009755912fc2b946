"""Aggregates of samples that are in memory, computed the way windows compute theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..core.aggregates import aggregate
from ..core.grouping import Groups, grouped, sort_inside
from .aggregates import COUNTS
from .rows import Rows, schema
from .store import Ask

if TYPE_CHECKING:
    import pyarrow as pa


def summed(rows: Rows, ask: Ask) -> pa.Table:
    """Give `series`, `time` if there is a step, and the aggregates, of rows that are ordered by series and time."""
    import pyarrow as pa

    step = rows.time[:0] if ask.step is None else rows.time - rows.time % ask.step  # % is never negative
    new = np.ones(len(rows), dtype=bool)
    new[1:] = rows.series[1:] != rows.series[:-1]
    if ask.step is not None:
        new[1:] |= step[1:] != step[:-1]
    start = np.flatnonzero(new)
    found: dict[str, pa.Array] = {"series": pa.array(rows.series[start], pa.int32())}
    if ask.step is not None:
        found["time"] = pa.array(step[start]).cast(schema().field("time").type)
    asked = [aggregate(name) for name in ask.agg]
    timed = any(one.timed for one in asked)
    groups = grouped(np.cumsum(new) - 1, rows.value, rows.time) if timed else _groups(rows, start)
    for one in asked:
        numbers = one.of(groups)
        found[one.name] = pa.array(numbers.astype(np.int64) if one.name in COUNTS else numbers, from_pandas=True)
    return pa.table(found)


def _groups(rows: Rows, start: np.ndarray) -> Groups:
    """Sort values inside groups that follow one another."""
    total, gone = np.diff(start, append=len(rows)), np.isnan(rows.value)
    missing = np.add.reduceat(gone, start, dtype=np.int64) if gone.any() else np.zeros_like(total)
    value = rows.value[~gone]
    sort_inside(value, total - missing)
    return Groups(np.arange(len(start)), total - missing, missing, value)
