"""Windows of one part of history, whole as in a stream, and the parts put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from ..core.batch import Batch, same_unit
from ..core.series import Series
from ..processors.plans import Plan
from ..processors.windows import Windows

Scan = Callable[[int, int], Iterable[Batch]]


def of_partition(plan: Plan, scan: Scan, part: tuple[int, int]) -> Windows:
    """Compute the windows that begin in a part, with all samples that belong to them.

    Parameters
    ----------
    plan : Plan
    scan : callable
        Gives the samples from a first to before a last microsecond, by rising time.
    part : tuple of int
        The first microsecond, and the one behind the last.
    """
    first, last = part
    if plan.kind == "counts":
        return plan.run(scan(first, last))
    if plan.kind == "panes":
        found = plan.run(scan(first, last + plan.size - plan.every))
        return found.take((found.start >= first) & (found.start < last))
    # A session begins where for a gap before it nothing was; it is known whole when the samples go on for a gap after its end.
    reach = plan.size
    while True:
        found = plan.run(scan(first - plan.size, last + reach))
        found = found.take((found.start >= first) & (found.start < last))
        if not len(found) or found.end.max() <= last + reach:
            return found
        reach *= 2


def reaching(plan: Plan, scan: Callable[[int], Iterable[Batch]], until: int) -> Iterable[Batch]:
    """Give the samples of all windows that end after a time, and perhaps some before.

    Parameters
    ----------
    plan : Plan
        Not of windows of counts.
    scan : callable
        Gives the samples from a first microsecond on, by rising time.
    until : int
        Microseconds since 1970-01-01 UTC.
    """
    if plan.kind == "panes":
        return scan(((until - plan.size) // plan.every + 1) * plan.every)
    reach = plan.size
    while True:  # back to where each session that goes on began: a gap before it, nothing was
        first = until - plan.size - reach
        found = plan.run(scan(first))
        open_ = found.take(found.end > until)
        if not len(open_) or open_.start.min() >= first + plan.size:
            return scan(first)
        reach *= 2


def joined(plan: Plan, parts: Sequence[Windows]) -> Windows:
    """Put the windows of parts together.

    Raises
    ------
    SeriesError
        If windows of one key differ in unit between parts.
    """
    keys: dict[Series, int] = {}
    units: dict[object, str] = {}
    same = []
    for part in parts:
        for series in part.keys:
            same_unit(series, units.setdefault(series.key, series.unit))
        table = np.array([keys.setdefault(series, len(keys)) for series in part.keys], dtype=np.int64)
        same.append(replace(part, key=table[part.key] if len(table) else part.key))
    return Windows.joined(plan, tuple(keys), same).sorted()
