"""Windows of a fixed length, at whole multiples of a step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .grouping import Ints, grouped
from .keeping import Closed, Mask, Rows, joined
from .plans import Plan


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """Samples, the last window of each, and the first that it may still enter (None: all of its)."""

    rows: Rows
    last: Ints
    first: Ints | None

    def take(self, chosen: Mask) -> _Held:
        return (
            self
            if chosen.all()
            else _Held(self.rows.take(chosen), self.last[chosen], None if self.first is None else self.first[chosen])
        )


class Panes:
    """Keeps samples for windows of a fixed length; window k begins at k * every.

    Parameters
    ----------
    plan : Plan
        Of kind "panes".
    """

    def __init__(self, plan: Plan) -> None:
        self.size, self.every, self.lateness, self.timed = plan.size, plan.every, plan.lateness, plan.timed
        self.held: list[_Held] = []
        self.fresh: list[_Held] = []
        self.next: int | None = None  # the windows before this one were given

    def late(self, rows: Rows, before: Ints) -> Mask:
        """Tell whose last window was given, and took nothing any more."""
        return (rows.time // self.every) * self.every + self.size + self.lateness <= before

    def add(self, rows: Rows, before: Ints | None) -> None:
        """Take samples; one that is behind the watermark enters those of its windows that were open when it came."""
        first = None if before is None else (before - self.lateness - self.size) // self.every + 1
        new = _Held(rows, rows.time // self.every, first)
        self.held.append(new)
        self.fresh.append(new)

    def close(self, watermark: int | None) -> list[Closed]:
        """Give the windows whose end the watermark has reached."""
        if not self.held:
            return []
        stop = max(int(each.last.max()) for each in self.held) + 1 if watermark is None else self._open(watermark)
        found = [] if self.next is None or not self.lateness else self._touched(None, self.next)
        if self.next is None or stop > self.next:
            found += self._grouped(self._members(self.held, self.next, stop))
            self.next = stop
        keep = stop if watermark is None else self._open(watermark - self.lateness)
        self.held = [each.take(each.last >= keep) for each in self.held if each.last.max() >= keep]
        return found

    def look(self) -> list[Closed]:
        """Give the windows that are open and have changed."""
        return self._touched(self.next, None)

    @property
    def pending(self) -> int:
        """How many samples are held."""
        return sum(len(each.rows) for each in self.held)

    def _open(self, watermark: int) -> int:
        """Give the first window whose end is after the watermark."""
        return (watermark - self.size) // self.every + 1

    def _touched(self, low: int | None, stop: int | None) -> list[Closed]:
        """Give the windows from low to stop into which something fresh came."""
        new = self._members(self.fresh, low, stop)
        if not len(new[0]):
            return []
        window, key, rows = self._members(self.held, int(new[0].min()), int(new[0].max()) + 1)
        keys = int(key.max()) + 1
        here = np.isin(window * keys + key, new[0] * keys + new[1])
        return self._grouped((window[here], key[here], rows.take(here)))

    def _members(self, held: list[_Held], low: int | None, stop: int | None) -> tuple[Ints, Ints, Rows]:
        """List each sample once for each window from low to stop in which it is."""
        parts: list[tuple[Ints, Rows]] = []
        for each in held:
            for back in range(-(-self.size // self.every)):
                window = each.last - back
                inside = np.ones(len(window), dtype=bool) if stop is None else window < stop
                if low is not None:
                    inside &= window >= low
                if each.first is not None:
                    inside &= window >= each.first
                if back and self.size % self.every:
                    inside &= window * self.every + self.size > each.rows.time
                parts.append((window, each.rows) if inside.all() else (window[inside], each.rows.take(inside)))
        window = np.concatenate([np.empty(0, dtype=np.int64), *(part[0] for part in parts)])
        rows = joined([part[1] for part in parts])
        return window, rows.key, rows

    def _grouped(self, members: tuple[Ints, Ints, Rows]) -> list[Closed]:
        window, key, rows = members
        if not len(window):
            return []
        low, keys = int(window.min()), int(key.max()) + 1
        groups = grouped((window - low) * keys + key, rows.value, rows.time if self.timed else None)
        start = (groups.id // keys + low) * self.every
        return [Closed(start, start + self.size, groups.id % keys, groups)]
