"""Windows of a number of samples of a key, in the order in which they come."""

from __future__ import annotations

import math

import numpy as np

from ..core.condensed import condense
from ..core.grouping import Ints, by_number, grouped
from .keeping import WAITING, Closed, Mask, Rows, joined
from .plans import Plan
from .sheets import Sheet, added, put_together


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


class Numbered:
    """Keeps samples for windows of so many that their budget leaves a histogram of each.

    The samples of a key are numbered as they come, and their numbers cut into panes, so that each window is a number of whole
    ones. Of a pane its samples are kept, or what is left of them above the budget, and the times of its first and its last.

    Parameters
    ----------
    plan : Plan
        Of kind "counts", with a budget.
    """

    def __init__(self, plan: Plan) -> None:
        self.size, self.every, self.budget = plan.size, plan.every, plan.most
        self.pane = math.gcd(plan.size, plan.every)
        self.fresh: list[Rows] = []
        self.held: list[Rows] = []
        self.folded: Sheet | None = None  # of panes, not of windows
        self.came = np.zeros(0, dtype=np.int64)  # samples of each key
        self.given = np.zeros(0, dtype=np.int64)  # windows of each key
        self.ends = np.zeros((3, 0), dtype=np.int64)  # key, number and time of the first and the last sample of each pane

    def late(self, rows: Rows, before: Ints) -> Mask:
        """Tell that none is."""
        return np.zeros(len(rows), dtype=bool)

    def add(self, rows: Rows, before: Ints | None) -> None:
        """Take samples."""
        self.held.append(rows)
        count = np.bincount(rows.key, minlength=len(self.came))
        new = len(count) - len(self.came)
        self.came, self.given = np.pad(self.came, (0, new)) + count, np.pad(self.given, (0, new))
        if sum(map(len, self.held)) > WAITING:
            self._fold()

    def close(self, watermark: int | None) -> list[Closed]:
        """Give the windows that are full; what is left over never becomes one by itself."""
        full = np.maximum((self.came - self.size) // self.every + 1, 0)
        new = full - self.given
        if not new.any():
            return []
        panes, of = self._fold(), np.repeat(np.arange(len(new)), new)
        number = np.arange(len(of)) - np.repeat(np.cumsum(new) - new - self.given, new)
        first = np.maximum(-((self.size - (panes.pane + 1) * self.pane) // self.every), 0)
        sheet = Sheet(first, panes.pane * self.pane // self.every, panes.pane, panes.key, panes.groups)
        wanted = np.stack([number, of])
        found, key, groups = put_together([sheet], int(number.min()), int(number.max()) + 1, wanted, self.budget)
        start, end = (self._time(key, found * self.every + more) for more in (0, self.size - 1))
        left = sheet.last >= full[sheet.key]
        self.given, self.folded = full, panes.take(left) if left.any() else None
        self.ends = self.ends[:, self.ends[1] >= full[self.ends[0]] * self.every]
        return [Closed(start, end, key, groups)]

    def look(self) -> list[Closed]:
        """Give nothing: a window that is not full has no bounds."""
        return []

    @property
    def pending(self) -> int:
        """How many samples are held."""
        return sum(map(len, self.held)) + (0 if self.folded is None else self.folded.groups.samples)

    def _fold(self) -> Sheet:
        """Sort what came into panes, and give all of them."""
        parts = [] if self.folded is None else [self.folded]
        if self.held:
            rows, keys = joined(self.held), len(self.came)
            rows = rows.take(by_number(rows.key, keys))
            count = np.bincount(rows.key, minlength=keys)
            number = np.arange(len(rows)) - np.repeat(np.cumsum(count) - self.came, count)
            ends = (number % self.pane == 0) | (number % self.pane == self.pane - 1)
            self.ends = np.concatenate([self.ends, np.stack([rows.key, number, rows.time])[:, ends]], axis=1)
            low = int(number.min()) // self.pane
            groups = grouped((number // self.pane - low) * keys + rows.key, rows.value)
            pane = groups.id // keys + low
            parts.append(Sheet(pane, pane, pane, groups.id % keys, condense(groups, self.budget)))
            self.held, self.folded = [], added(parts, self.budget)
        assert self.folded is not None
        return self.folded

    def _time(self, key: Ints, number: Ints) -> Ints:
        """Give the times of samples that are the first or the last of a pane."""
        width = int(self.ends[1].max()) + 1
        name = self.ends[0] * width + self.ends[1]
        order = np.argsort(name)
        time: Ints = self.ends[2][order[np.searchsorted(name[order], key * width + number)]]
        return time
