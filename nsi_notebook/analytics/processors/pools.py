"""Samples of windows that merge: what makes a plan a summary in the sense of `nsi_notebook.summaries`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ...errors import OptionError, SeriesError
from ..core.batch import Batch
from ..core.series import Series
from .keeping import Closed
from .keys import Keys
from .panes import Panes
from .plans import Plan
from .sessions import Sessions, Spells, together
from .sheets import Sheet, added
from .streaming import windows_of
from .windows import Windows


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Samples by key: sorted in panes, or in sessions as far as they are known.

    Parameters
    ----------
    keys : tuple of Series
        What the windows are of, rising.
    samples : Sheet, Spells or None
        With numbers of these keys; None if there are none.
    """

    keys: tuple[Series, ...] = ()
    samples: Sheet | Spells | None = None


def pooled(plan: Plan, batch: Batch) -> Pool:
    """Sort the samples of a batch."""
    _mergeable(plan)
    keys = Keys(plan)
    rows = keys.rows(keys.chosen(batch))
    if not len(rows):
        return Pool()
    found = Panes(plan).pool(rows) if plan.kind == "panes" else Spells.of(rows, plan)
    return _renumbered(plan, [tuple(keys.number)], [found])


def merged(plan: Plan, one: Pool, other: Pool) -> Pool:
    """Put the samples of two together; neither is changed."""
    _mergeable(plan)
    parts = [pool for pool in (one, other) if pool.samples is not None]
    if len(parts) < 2:
        return parts[0] if parts else one
    return _renumbered(plan, [pool.keys for pool in parts], [pool.samples for pool in parts if pool.samples is not None])


def windows(plan: Plan, pool: Pool) -> Windows:
    """Compute the windows, by end, start and key."""
    _mergeable(plan)
    closed: list[Closed] = []
    if isinstance(pool.samples, Sheet):
        panes = Panes(plan)
        panes.put(pool.samples)
        closed = panes.close(None)
    elif pool.samples is not None:
        sessions = Sessions(plan)
        sessions.put(pool.samples)
        closed = sessions.close(None)
    return Windows.joined(plan, pool.keys, [windows_of(plan, pool.keys, each) for each in closed]).sorted()


def _mergeable(plan: Plan) -> None:
    if plan.kind == "counts":
        raise OptionError(
            "windows of counts follow the order in which samples come, and partitions come in none", "window() or sessions()"
        )


def _renumbered(plan: Plan, keys: Sequence[tuple[Series, ...]], parts: Sequence[Sheet | Spells]) -> Pool:
    """Number the keys of parts alike, in their order, and put the samples together."""
    union = sorted({key for each in keys for key in each}, key=lambda key: key.key)
    for one, two in pairwise(union):
        if one.key == two.key:
            raise SeriesError(
                f"{one} is in {one.unit!r} and in {two.unit!r}", "convert one of them, or keep them apart with by()"
            )
    place = {key: number for number, key in enumerate(union)}
    number = [np.array([place[key] for key in each], dtype=np.int64) for each in keys]
    sheets = [replace(s, key=n[s.key]) for n, s in zip(number, parts, strict=True) if isinstance(s, Sheet)]
    if sheets:
        return Pool(tuple(union), added(sheets, plan.most))
    spells = [replace(s, key=n[s.key]) for n, s in zip(number, parts, strict=True) if isinstance(s, Spells)]
    return Pool(tuple(union), together(spells, plan))
