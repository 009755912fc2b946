"""Values by group, sorted inside each: what every aggregate of a window is read from.

The order in which samples came leaves no trace, so that a sum has the same bits however the stream was cut and interleaved.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from .condensed import Condensed

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_BLOCK = 1 << 14
_LOOPED = 48  # from this size on, a call for each group costs less than padding


@dataclass(frozen=True, eq=False)
class Groups:
    """Samples by group.

    Parameters
    ----------
    id : numpy array of int64, shape (m,)
        The groups that have samples, rising.
    count, missing : numpy array of int64, shape (m,)
        How many values each has, and how many are missing (NaN).
    value : numpy array of float64, shape (n,)
        The values, group by group, rising inside each; without the missing ones.
    time : numpy array of int64, shape (n,), optional
        Times that belong to `by_time`.
    by_time : numpy array of float64, shape (n,), optional
        The values, group by group, by time inside each, and by value at one time.
    condensed : Condensed, optional
        What is kept of groups that have too many values: their `count` here is 0.
    """

    id: Ints
    count: Ints
    missing: Ints
    value: Floats
    time: Ints | None = None
    by_time: Floats | None = None
    condensed: Condensed | None = None

    @cached_property
    def stop(self) -> Ints:
        """Where the values of each group end."""
        return np.cumsum(self.count)

    @cached_property
    def start(self) -> Ints:
        """Where the values of each group begin."""
        return self.stop - self.count

    @cached_property
    def filled(self) -> npt.NDArray[np.intp]:
        """The groups that have values."""
        return np.flatnonzero(self.count)

    @cached_property
    def sum(self) -> Floats:
        """The sum of each group that has values."""
        return self.reduce(np.add, self.value)

    @cached_property
    def squares(self) -> Floats:
        """The sum of the squares of the differences from the mean, of each group that has values."""
        n, start, stop = (each[self.filled] for each in (self.count, self.start, self.stop))
        mean, squares, done = self.sum / n, np.empty(len(n)), 0
        while done < len(n):  # as many groups at a time as stay in the nearest cache
            upto = max(int(np.searchsorted(stop, start[done] + _BLOCK, side="right")), done + 1)
            here = slice(done, upto)
            middle = mean[done] if upto == done + 1 else np.repeat(mean[here], n[here])
            away = self.value[start[done] : stop[upto - 1]] - middle
            np.add.reduceat(np.multiply(away, away, out=away), start[here] - start[done], out=squares[here])
            done = upto
        return squares

    @property
    def rising(self) -> Floats:
        """The values, group by group, rising inside each."""
        return self.value

    @property
    def low(self) -> Floats:
        """The least value of each group that has values."""
        return self.value[self.start[self.filled]]

    @property
    def high(self) -> Floats:
        """The largest value of each group that has values."""
        return self.value[self.stop[self.filled] - 1]

    def between(self, rank: Ints, level: float) -> tuple[Floats, Floats]:
        """Give the values at a rank, from 0, and at the next, if there is one, of each group that has values."""
        at = self.start[self.filled] + rank
        return self.rising[at], self.rising[np.minimum(at + 1, self.stop[self.filled] - 1)]

    @property
    def samples(self) -> int:
        """How many samples there are, missing ones and those that were condensed among them."""
        condensed = 0 if self.condensed is None else int(self.condensed.sketch.count.sum())
        return int(self.count.sum() + self.missing.sum()) + condensed

    def take(self, chosen: npt.NDArray[np.bool_]) -> Groups:
        """Give the groups where a mask is true."""
        inside, number = np.repeat(chosen, self.count), np.cumsum(chosen) - 1
        condensed = self.condensed
        if condensed is not None:
            places = np.flatnonzero(chosen[condensed.at])
            condensed = condensed.gathered(places, number[condensed.at[places]]) if len(places) else None
        time = None if self.time is None else self.time[inside]
        by_time = None if self.by_time is None else self.by_time[inside]
        counts = self.id[chosen], self.count[chosen], self.missing[chosen]
        return Groups(*counts, self.value[inside], time, by_time, condensed)

    def reduce(self, ufunc: np.ufunc, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Reduce one number a value to one number a group that has values."""
        return ufunc.reduceat(values, self.start[self.filled]) if len(self.filled) else values[:0]

    def spread(self, numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Repeat one number a group that has values for each of its values."""
        return np.repeat(numbers, self.count[self.filled])

    def full(self, numbers: npt.NDArray[Any]) -> Floats:
        """Give the groups without values a NaN."""
        if len(self.filled) == len(self.id):
            return numbers.astype(np.float64, copy=False)
        out = np.full(len(self.id), np.nan)
        out[self.filled] = numbers
        return out


def grouped(group: Ints, value: Floats, time: Ints | None = None, span: int | None = None) -> Groups:
    """Sort values into groups, and inside each.

    Parameters
    ----------
    group : numpy array of int64, shape (n,)
        Of each value, not negative.
    value : numpy array of float64, shape (n,)
        NaN where it is missing.
    time : numpy array of int64, shape (n,), optional
        To have the values by time, too.
    span : int, optional
        Where it is known: every group is less than this, and it is not much more than there are values.

    Examples
    --------
    >>> groups = grouped(np.array([7, 3, 7, 7]), np.array([2.0, 5.0, np.nan, 1.0]))
    >>> groups.id.tolist(), groups.count.tolist(), groups.missing.tolist(), groups.value.tolist()
    ([3, 7], [1, 2], [0, 1], [5.0, 1.0, 2.0])
    """
    names, number, span = _numbered(group, span)
    total = np.bincount(number, minlength=span)
    missing = np.zeros_like(total)
    if len(value) and np.isnan(value.min()):  # which is NaN if one is, and found faster than where
        here = ~np.isnan(value)
        missing = np.bincount(number[~here], minlength=span)
        number, value = number[here], value[here]
        time = None if time is None else time[here]
    there = np.flatnonzero(total)
    count = (total - missing)[there]
    ordered = value.take(by_number(number, span))
    sort_inside(ordered, count)
    found = there if names is None else names[there]
    if time is None:
        return Groups(found, count, missing[there], ordered)
    by_time = np.lexsort((value, time, number))
    return Groups(found, count, missing[there], ordered, time[by_time], value[by_time])


def _numbered(group: Ints, span: int | None) -> tuple[Ints | None, Ints, int]:
    """Give the names of the groups, the number of each value's, and how many numbers there are; names of None are the numbers."""
    if span is None:
        span = int(group.max(initial=-1)) + 1
    if span <= 4 * len(group) + 1024:
        return None, group, span
    names, number = np.unique(group, return_inverse=True)
    return names.astype(np.int64, copy=False), number, len(names)  # what is made of them does not fit into four bytes


def by_number(group: Ints, groups: int) -> npt.NDArray[np.intp]:
    """Give the stable order of numbers from 0 to groups - 1.

    Number and place are sorted packed into one word, which is several times as fast as `argsort`.
    """
    size = max(len(group) - 1, 0).bit_length()
    word = np.uint32 if max(groups - 1, 0).bit_length() + size <= 32 else np.uint64
    packed = np.left_shift(group.astype(word), word(size))
    np.bitwise_or(packed, np.arange(len(group), dtype=word), out=packed)
    packed.sort()
    order: npt.NDArray[np.intp] = np.bitwise_and(packed, word((1 << size) - 1), out=packed).astype(np.intp)
    return order


def sort_inside(value: Floats, count: Ints, chosen: npt.NDArray[np.bool_] | None = None) -> None:
    """Sort each group, or the chosen ones, in place; small ones many at a time, as rows of a table filled up with infinity."""
    stop = np.cumsum(count)
    start = stop - count
    unsorted = count > 1 if chosen is None else chosen & (count > 1)
    large = unsorted & (count >= _LOOPED)
    small = unsorted & ~large
    for a, b in zip(start[large].tolist(), stop[large].tolist(), strict=True):
        value[a:b].sort()
    width = 2
    while width < 2 * _LOOPED:
        rows = np.flatnonzero(small & (count > width // 2) & (count <= width))
        if len(rows):
            place = start[rows, None] + np.arange(width)
            inside = np.arange(width) < count[rows, None]
            table = np.where(inside, value.take(place, mode="clip"), np.inf)
            table.sort(axis=1)
            value[place[inside]] = table[inside]
        width *= 2
