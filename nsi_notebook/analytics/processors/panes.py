"""Windows of a fixed length, at whole multiples of a step."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.condensed import condense
from ..core.grouping import Floats, Ints, grouped
from .keeping import WAITING, Closed, Mask, Rows
from .plans import Plan
from .sheets import Sheet, added, put_together


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """Samples that are not sorted yet; `first` is the first window that one behind the watermark may still enter.

    `name` is pane and key in one number, `low` and `high` are its least and largest.
    """

    name: npt.NDArray[Any]  # int32 or int64
    value: Floats
    time: Ints | None
    first: Ints | None
    low: int
    high: int

    @classmethod
    def of(cls, name: npt.NDArray[Any], value: Floats, time: Ints | None, first: Ints | None = None) -> _Held:
        return cls(name, value, time, first, int(name.min()), int(name.max()))

    def take(self, chosen: npt.NDArray[np.bool_]) -> _Held:
        at = np.flatnonzero(chosen)
        one, two = (None if column is None else column.take(at) for column in (self.time, self.first))
        return _Held.of(self.name.take(at), self.value.take(at), one, two)


class Panes:
    """Keeps samples for windows of a fixed length; window k begins at k * every.

    Time is cut into panes, so that each window is a number of whole ones. When the watermark has passed a pane, its samples are
    sorted, once; windows are put together from what is sorted. With a budget, panes that are still open are sorted and condensed,
    too, when many samples wait.

    Parameters
    ----------
    plan : Plan
        Of kind "panes".
    """

    def __init__(self, plan: Plan) -> None:
        self.size, self.every, self.lateness, self.timed = plan.size, plan.every, plan.lateness, plan.timed
        self.pane = math.gcd(plan.size, plan.every)
        self.base, self.keys = 0, 1  # a name is (pane - base) * keys + key
        self.held: list[_Held] = []
        self.fresh: list[_Held] = []
        self.budget = plan.most
        self.sheets: list[Sheet] = []
        self.folded: Sheet | None = None  # of panes, not of windows
        self.next: int | None = None  # the windows before this one were given

    def late(self, rows: Rows, before: Ints) -> Mask:
        """Tell whose last window was given, and took nothing any more."""
        return (rows.time // self.every) * self.every + self.size + self.lateness <= before

    def add(self, rows: Rows, before: Ints | None) -> None:
        """Take samples; one that is behind the watermark enters those of its windows that were open when it came."""
        new = self._held(rows)
        parts = [new]
        if before is not None:
            first = (before - self.lateness - self.size) // self.every + 1
            behind = first > self._first(rows.time // self.pane)
            if behind.any():
                parts = [] if behind.all() else [new.take(~behind)]
                parts.append(replace(new.take(behind), first=first[behind]))
        self.held += parts
        self.fresh += parts
        if self.budget is not None and sum(len(held.name) for held in self.held if held.first is None) > WAITING:
            whole = _joined([held for held in self.held if held.first is None])
            self.held = [held for held in self.held if held.first is not None]
            self.folded = added([*([] if self.folded is None else [self.folded]), self.pooled(whole)], self.budget)

    def pool(self, rows: Rows) -> Sheet:
        """Sort samples by pane and key."""
        return self.pooled(self._held(rows))

    def put(self, panes: Sheet) -> None:
        """Take samples that were sorted by pane and key."""
        self.sheets.append(self._of_windows(panes))

    def close(self, watermark: int | None) -> list[Closed]:
        """Give the windows whose end the watermark has reached."""
        new = self._sort(None if watermark is None else watermark // self.pane)
        self.sheets += new
        if not self.sheets:
            return []
        low = min(int(sheet.first.min()) for sheet in self.sheets) if self.next is None else self.next
        stop = max(int(sheet.last.max()) for sheet in self.sheets) + 1 if watermark is None else self._open(watermark)
        found = self._touched(self.sheets, new, None, low) if self.lateness and self.next is not None else []
        if stop > low:
            found += self._closed(self.sheets, low, stop, None)
            self.next = stop
        keep = stop if watermark is None else self._open(watermark - self.lateness)
        self.sheets = [sheet for sheet in self.sheets if sheet.last.max() >= keep]
        return found

    def look(self) -> list[Closed]:
        """Give the windows that are open and into which something fresh came."""
        sheets = self.sheets + [sheet for held in self.held for sheet in self._sheets(held)]
        if self.folded is not None:
            sheets.append(self._of_windows(self.folded))
        return self._touched(sheets, [sheet for held in self.fresh for sheet in self._sheets(held)], self.next, None)

    @property
    def pending(self) -> int:
        """How many samples are held."""
        folded = 0 if self.folded is None else self.folded.groups.samples
        return folded + sum(sheet.groups.samples for sheet in self.sheets) + sum(len(held.name) for held in self.held)

    def _open(self, watermark: int) -> int:
        """Give the first window whose end is after the watermark."""
        return (watermark - self.size) // self.every + 1

    def _sort(self, stop: int | None) -> list[Sheet]:
        """Take the samples of the panes before stop out of what is held, and sort them."""
        done, kept = [], []
        cut = None if stop is None else (stop - self.base) * self.keys
        for held in self.held:
            if cut is None or held.high < cut:
                done.append(held)
            elif held.low >= cut:
                kept.append(held)
            else:
                inside = held.name < cut
                done.append(held.take(inside))
                kept.append(held.take(~inside))
        self.held = kept
        whole = [each for each in done if each.first is None]
        sheets = [sheet for each in done if each.first is not None for sheet in self._sheets(each)]
        if self.folded is not None:
            over = np.ones(len(self.folded.key), dtype=bool) if stop is None else self.folded.first < stop
            if over.any():
                sheets.append(self._of_windows(self.folded.take(over)))
                self.folded = None if over.all() else self.folded.take(~over)
        return sheets + (self._sheets(_joined(whole)) if whole else [])

    def _sheets(self, held: _Held) -> list[Sheet]:
        """Sort samples: one sheet for those that enter all of their windows, others for those that do not."""
        if held.first is None:
            return [self._of_windows(self.pooled(held))]
        found = []
        for first in np.unique(held.first).tolist():
            found.append(self._of_windows(self.pooled(held.take(held.first == first)), first))
        return found

    def pooled(self, held: _Held) -> Sheet:
        """Sort samples by pane and key: a sheet of panes in place of windows."""
        low = held.low // self.keys
        span = (held.high // self.keys + 1 - low) * self.keys
        groups = grouped(held.name - np.asarray(low * self.keys, dtype=held.name.dtype), held.value, held.time, span)
        pane = groups.id // self.keys + (low + self.base)
        return Sheet(pane, pane, pane, groups.id % self.keys, condense(groups, self.budget))

    def _held(self, rows: Rows) -> _Held:
        """Put pane and key of samples into one number, in four bytes where that is enough."""
        pane = rows.time // self.pane
        most = int(rows.key.max())
        if not self.held and self.folded is None:
            self.base = int(pane[0])
        if most >= self.keys:
            wider = 1 << most.bit_length()
            self.held, self.fresh = ([_widened(held, self.keys, wider) for held in each] for each in (self.held, self.fresh))
            self.keys = wider
        pane -= self.base
        furthest = max(int(pane.max()) + 1, -int(pane.min())) * self.keys
        name: npt.NDArray[Any] = pane.astype(np.int32 if furthest < 1 << 31 else np.int64, copy=False)
        name *= self.keys
        name += rows.key.astype(name.dtype, copy=False)
        return _Held.of(name, rows.value, rows.time if self.timed else None)

    def _of_windows(self, panes: Sheet, first: int | None = None) -> Sheet:
        """Say which windows each pane is part of, none of them before `first`."""
        begin = self._first(panes.pane)
        return Sheet(
            begin if first is None else np.maximum(begin, first),
            panes.pane * self.pane // self.every,
            panes.pane,
            panes.key,
            panes.groups,
        )

    def _first(self, pane: Ints) -> Ints:
        """Give the first window that each pane is part of."""
        return -((self.size - (pane + 1) * self.pane) // self.every)

    def _touched(self, sheets: list[Sheet], new: list[Sheet], low: int | None, stop: int | None) -> list[Closed]:
        """Give the windows from low to stop of which new sheets are part."""
        if not new:
            return []
        low = min(int(sheet.first.min()) for sheet in new) if low is None else low
        stop = max(int(sheet.last.max()) for sheet in new) + 1 if stop is None else stop
        window, key, _ = put_together(new, low, stop)
        return self._closed(sheets, low, stop, np.stack([window, key])) if len(window) else []

    def _closed(self, sheets: list[Sheet], low: int, stop: int, only: Ints | None) -> list[Closed]:
        window, key, groups = put_together(sheets, low, stop, only, self.budget, runs=True)
        start = window * self.every
        return [Closed(start, start + self.size, key, groups)] if len(window) else []


def _joined(parts: list[_Held]) -> _Held:
    """Put samples that are not behind the watermark behind one another."""
    if len(parts) == 1:
        return parts[0]
    time = None if parts[0].time is None else np.concatenate([part.time for part in parts if part.time is not None])
    name, value = np.concatenate([part.name for part in parts]), np.concatenate([part.value for part in parts])
    return _Held(name, value, time, None, min(part.low for part in parts), max(part.high for part in parts))


def _widened(held: _Held, keys: int, wider: int) -> _Held:
    """Make room for more keys in the names."""
    return _Held.of(held.name.astype(np.int64) // keys * wider + held.name % keys, held.value, held.time, held.first)
