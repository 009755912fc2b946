"""Windows of a number of samples of a key, in the order in which they come."""

from __future__ import annotations

import numpy as np

from ..core.grouping import Ints, by_number, grouped
from .keeping import Closed, Mask, Rows, joined
from .plans import Plan


class Counted:
    """Keeps samples until there are enough of their key.

    Parameters
    ----------
    plan : Plan
        Of kind "counts".
    """

    def __init__(self, plan: Plan) -> None:
        self.size, self.every, self.timed = plan.size, plan.every, plan.timed
        self.fresh: list[Rows] = []
        self.held: list[Rows] = []  # the first sample of each key is the first of its next window

    def late(self, rows: Rows, before: Ints) -> Mask:
        """Tell that none is."""
        return np.zeros(len(rows), dtype=bool)

    def add(self, rows: Rows, before: Ints | None) -> None:
        """Take samples."""
        self.held.append(rows)

    def close(self, watermark: int | None) -> list[Closed]:
        """Give the windows that are full; what is left over never becomes one by itself."""
        if not self.held:
            return []
        rows = joined(self.held)
        rows = rows.take(by_number(rows.key, int(rows.key.max()) + 1))
        keys, begin, count = np.unique(rows.key, return_index=True, return_counts=True)
        full = np.maximum((count - self.size) // self.every + 1, 0)
        base = np.cumsum(full) - full
        place = np.arange(len(rows)) - np.repeat(begin, count)
        owner = np.repeat(np.arange(len(keys)), count)
        self.held = [rest] if len(rest := rows.take(place >= (full * self.every)[owner])) else []
        if not full.any():
            return []
        chosen, window = [], []
        for back in range(-(-self.size // self.every)):
            number = place // self.every - back
            inside = (number >= 0) & (number < full[owner]) & (place - number * self.every < self.size)
            chosen.append(np.flatnonzero(inside))
            window.append((base[owner] + number)[inside])
        at = np.concatenate(chosen)
        groups = grouped(np.concatenate(window), rows.value[at], rows.time[at] if self.timed else None)
        of = np.repeat(np.arange(len(keys)), full)
        first = begin[of] + (np.arange(len(of)) - base[of]) * self.every
        return [Closed(rows.time[first], rows.time[first + self.size - 1], keys[of], groups)]

    def look(self) -> list[Closed]:
        """Give nothing: a window that is not full has no bounds."""
        return []

    @property
    def pending(self) -> int:
        """How many samples are held."""
        return sum(map(len, self.held))
