"""Windows that end when for a while nothing comes."""

from __future__ import annotations

import numpy as np

from ..core.grouping import Ints, grouped
from .keeping import Closed, Mask, Rows, joined
from .plans import Plan


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
        self.gap, self.lateness, self.timed = plan.size, plan.lateness, plan.timed
        self.held: list[Rows] = []
        self.fresh: list[Ints] = []

    def late(self, rows: Rows, before: Ints) -> Mask:
        """Tell which are behind the watermark."""
        return rows.time < before - self.lateness

    def add(self, rows: Rows, before: Ints | None) -> None:
        """Take samples."""
        self.held.append(rows)
        self.fresh.append(rows.key)

    def close(self, watermark: int | None) -> list[Closed]:
        """Give the sessions that nothing can extend any more."""
        stop = None if watermark is None else watermark - self.lateness
        if not self.held or (stop is not None and min(int(rows.time.min()) for rows in self.held) + self.gap > stop):
            return []
        rows, session, start, last = self._split()
        over = np.ones(len(start), dtype=bool) if stop is None else last + self.gap <= stop
        chosen = over[session]
        rest = rows.take(~chosen)
        self.held = [rest] if len(rest) else []
        return self._grouped(rows.take(chosen), session[chosen], start, last)

    def look(self) -> list[Closed]:
        """Give the open sessions of the keys of which something has come."""
        if not self.held or not self.fresh:
            return []
        rows, session, start, last = self._split()
        here = np.isin(rows.key, np.concatenate(self.fresh))
        return self._grouped(rows.take(here), session[here], start, last)

    @property
    def pending(self) -> int:
        """How many samples are held."""
        return sum(map(len, self.held))

    def _split(self) -> tuple[Rows, Ints, Ints, Ints]:
        """Give the samples by key and time, the session of each, and the first and last time of each session."""
        rows = joined(self.held)
        rows = rows.take(np.lexsort((rows.time, rows.key)))
        new = np.ones(len(rows), dtype=bool)
        new[1:] = (rows.key[1:] != rows.key[:-1]) | (rows.time[1:] - rows.time[:-1] >= self.gap)
        begin = np.flatnonzero(new)
        return rows, np.cumsum(new) - 1, rows.time[begin], rows.time[np.append(begin[1:], len(rows)) - 1]

    def _grouped(self, rows: Rows, session: Ints, start: Ints, last: Ints) -> list[Closed]:
        if not len(rows):
            return []
        groups = grouped(session, rows.value, rows.time if self.timed else None)
        key = rows.key[np.searchsorted(session, groups.id)]
        return [Closed(start[groups.id], last[groups.id] + self.gap, key, groups)]
