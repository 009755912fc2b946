"""Groups put together from parts that are sorted already: what is asked of them is told from the parts where it can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.grouping import Floats, Groups, Ints, sort_inside

_COPIED = 32  # values of a part from which on copying it as a whole costs less than looking each of them up
_END = 0.2  # quantiles this near to an end are found among the ends of the parts


@dataclass(frozen=True, eq=False, kw_only=True)
class Runs(Groups):
    """Groups of which each is made of runs: groups of other `Groups`.

    Sums and squares add up those of the runs, one run after the other. Its `value` stays empty.

    Parameters
    ----------
    held : sequence of Groups
        What the runs are of.
    run : numpy array of int64
        Number of the group of each run, counted through all of `held`; by group, and inside each in an order that does not
        depend on how they came. Each has values.
    begin : numpy array of int64
        Where the runs of each group that has values begin.
    """

    held: Sequence[Groups]
    run: Ints
    begin: Ints

    @cached_property
    def sum(self) -> Floats:
        """The sum of each group that has values."""
        return self._reduced(np.add, self._of_runs("sum"))

    @cached_property
    def squares(self) -> Floats:
        """The sum of the squares of the differences from the mean, of each group that has values."""
        n = self._counts
        apart = self._of_runs("sum") / n - np.repeat(self.sum / self.count[self.filled], self._many)
        return self._reduced(np.add, self._of_runs("squares") + n * apart * apart)

    @cached_property
    def low(self) -> Floats:
        """The least value of each group that has values."""
        return self._reduced(np.minimum, self._of_runs("low"))

    @cached_property
    def high(self) -> Floats:
        """The largest value of each group that has values."""
        return self._reduced(np.maximum, self._of_runs("high"))

    @cached_property
    def rising(self) -> Floats:
        """The values, group by group, rising inside each."""
        return self._together(np.zeros_like(self._counts), self._counts)[0]

    def between(self, rank: Ints, level: float) -> tuple[Floats, Floats]:
        """Give the values at a rank, from 0, and at the next, if there is one, of each group that has values."""
        if _END < level < 1 - _END or "rising" in self.__dict__:
            return super().between(rank, level)
        n, upper = self.count[self.filled], level > 0.5
        value, start, stop = self._end(level)
        if upper:
            return value[stop - (n - rank)], value[stop - np.maximum(n - rank - 1, 1)]
        return value[start + rank], value[start + np.minimum(rank + 1, n - 1)]

    def _end(self, level: float) -> tuple[Floats, Ints, Ints]:
        """Give the values of each group beyond a level, rising, and where they begin and end."""
        upper = level > 0.5
        done = self._ends.get(upper)
        if done is None or (done[0] > level if upper else done[0] < level):
            n, counts = self.count[self.filled], self._counts
            rank = np.floor((n - 1) * level).astype(np.int64)
            most = np.minimum(np.repeat(n - rank if upper else rank + 2, self._many), counts)
            start = counts - most if upper else np.zeros_like(most)
            value, stop = self._together(start, start + most)
            done = self._ends[upper] = level, value, np.append(0, stop[:-1]), stop
        return done[1:]

    @cached_property
    def _ends(self) -> dict[bool, tuple[float, Floats, Ints, Ints]]:
        return {}

    @cached_property
    def _many(self) -> Ints:
        """How many runs each group has."""
        return np.diff(self.begin, append=len(self.run))

    @cached_property
    def _counts(self) -> Ints:
        """How many values each run has."""
        return np.concatenate([each.count for each in self.held])[self.run]

    def _of_runs(self, name: str) -> Floats:
        return np.concatenate([each.full(getattr(each, name)) for each in self.held])[self.run]

    def _reduced(self, ufunc: np.ufunc, values: Floats) -> npt.NDArray[Any]:
        return ufunc.reduceat(values, self.begin) if len(self.begin) else values

    def _together(self, start: Ints, stop: Ints) -> tuple[Floats, Ints]:
        """Put the values from start to stop of each run together; give them rising inside each group, and where each ends."""
        if not len(self.run):
            return np.empty(0), self.begin
        value = pieces(self.held, self.run, start, stop)
        count = np.add.reduceat(stop - start, self.begin)
        sort_inside(value, count, self._many > 1)
        return value, np.cumsum(count)


def pieces(held: Sequence[Groups], group: Ints, start: Ints, stop: Ints) -> Floats:
    """Put the values from start to stop of groups, counted through all of `held`, behind one another."""
    size = stop - start
    total = int(size.sum())
    first = np.concatenate([each.start for each in held])[group] + start
    if total > _COPIED * len(group):
        of = np.repeat(np.arange(len(held)), [len(each.id) for each in held])[group]
        values = [each.value for each in held]
        ends = zip(of.tolist(), first.tolist(), (first + size).tolist(), strict=True)
        return np.concatenate([values[which][a:b] for which, a, b in ends])
    offset = np.repeat(np.cumsum([0, *(len(each.value) for each in held[:-1])]), [len(each.id) for each in held])[group]
    at = np.repeat(first + offset - (np.cumsum(size) - size), size) + np.arange(total)
    return np.concatenate([each.value for each in held]).take(at)
