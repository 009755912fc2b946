"""Windows that end when for a while nothing comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.condensed import condense
from ..core.grouping import Groups, Ints, by_number, grouped
from .keeping import WAITING, Closed, Mask, Rows, joined
from .plans import Plan
from .sheets import Sheet, put_together


@dataclass(frozen=True, slots=True, eq=False)
class Spells:
    """Sessions as far as they are known, by key and time: samples of a key that are less than a gap apart.

    Parameters
    ----------
    start, last : numpy array of int64, shape (m,)
        Time of the first and of the last sample of each.
    key : numpy array of int64, shape (m,)
        Of each.
    groups : Groups
        The samples of each, rising.
    """

    start: Ints
    last: Ints
    key: Ints
    groups: Groups

    def take(self, chosen: Mask) -> Spells:
        """Give those where a mask is true."""
        return Spells(self.start[chosen], self.last[chosen], self.key[chosen], self.groups.take(chosen))

    @classmethod
    def of(cls, rows: Rows, plan: Plan) -> Spells:
        """Find the sessions of some samples, at least one."""
        by_time = np.argsort(rows.time)  # the order of what is of one time and key is that of the values
        rows = rows.take(by_time[by_number(rows.key[by_time], int(rows.key.max()) + 1)])
        new = np.append(True, (rows.key[1:] != rows.key[:-1]) | (rows.time[1:] - rows.time[:-1] >= plan.size))
        begin = np.flatnonzero(new)
        groups = grouped(np.cumsum(new) - 1, rows.value, rows.time if plan.timed else None)
        last = rows.time[np.append(begin[1:], len(rows)) - 1]
        return cls(rows.time[begin], last, rows.key[begin].astype(np.int64), condense(groups, plan.most))


def together(parts: Sequence[Spells], plan: Plan) -> Spells:
    """Put sessions together, those that are less than a gap apart as one."""
    start, last, key = (np.concatenate([getattr(part, name) for part in parts]) for name in ("start", "last", "key"))
    order = np.lexsort((start, key))
    start, key = start[order], key[order]
    by_last = np.lexsort((last, np.concatenate([part.key for part in parts])))
    rank = np.empty(len(order), dtype=np.int64)
    rank[by_last] = np.arange(len(order))
    reached = last[by_last][np.maximum.accumulate(rank[order])]  # by any before, as ranks go by key first
    new = np.append(True, (key[1:] != key[:-1]) | (start[1:] - reached[:-1] >= plan.size))
    begin = np.flatnonzero(new)
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.cumsum(new) - 1
    sheets, done = [], 0
    for part in parts:
        mine = number[done : done + len(part.key)]
        sheets.append(Sheet(mine, mine, mine, np.zeros_like(mine), part.groups))
        done += len(mine)
    _, _, groups = put_together(sheets, 0, len(begin), budget=plan.most)
    return Spells(start[begin], reached[np.append(begin[1:], len(order)) - 1], key[begin], groups)


class Sessions:
    """Keeps samples for sessions: those of a key that are less than a gap apart.

    A sample behind the watermark (less the lateness) is late, even if it fell into a session that is open: so what comes
    depends on the order of the samples alone, and not on how they were cut into batches.

    Parameters
    ----------
    plan : Plan
        Of kind "sessions".
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.held: list[Rows] = []
        self.fresh: list[Ints] = []
        self.open: list[Spells] = []

    def late(self, rows: Rows, before: Ints) -> Mask:
        """Tell which are behind the watermark."""
        return rows.time < before - self.plan.lateness

    def add(self, rows: Rows, before: Ints | None) -> None:
        """Take samples."""
        self.held.append(rows)
        self.fresh.append(rows.key)
        if self.plan.most is not None and sum(map(len, self.held)) > WAITING:
            self._whole()

    def put(self, spells: Spells) -> None:
        """Take sessions that were found before."""
        self.open.append(spells)

    def close(self, watermark: int | None) -> list[Closed]:
        """Give the sessions that nothing can extend any more."""
        ends = [int(rows.time.min()) for rows in self.held] + [int(spells.last.min()) for spells in self.open]
        stop = None if watermark is None else watermark - self.plan.lateness
        if not ends or (stop is not None and min(ends) + self.plan.size > stop):
            return []
        spells = self._whole()
        over = np.ones(len(spells.key), dtype=bool) if stop is None else spells.last + self.plan.size <= stop
        self.open = [] if over.all() else [spells.take(~over)]
        return self._closed(spells.take(over))

    def look(self) -> list[Closed]:
        """Give the open sessions of the keys of which something has come."""
        if not self.fresh or not (self.held or self.open):
            return []
        spells = self._whole()
        return self._closed(spells.take(np.isin(spells.key, np.concatenate(self.fresh))))

    @property
    def pending(self) -> int:
        """How many samples are held."""
        return sum(map(len, self.held)) + sum(spells.groups.samples for spells in self.open)

    def _whole(self) -> Spells:
        """Put what came to the sessions that are open."""
        new = [Spells.of(joined(self.held), self.plan)] if self.held else []
        if new or len(self.open) > 1:
            self.held, self.open = [], [together([*self.open, *new], self.plan) if self.open else new[0]]
        return self.open[0]

    def _closed(self, spells: Spells) -> list[Closed]:
        return [Closed(spells.start, spells.last + self.plan.size, spells.key, spells.groups)] if len(spells.key) else []
