"""Groups with too many values to keep: their histograms, and their sums as whole numbers, which add without rounding."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .grouping import Floats, Groups, Ints
from .histogram import LogHistogram, Sketch

_BLOCK = 1 << 16
_LEAST = 1126  # every float64 is a whole number times 2**-1126, of 53 bits where it is as its `frexp` says
_WIDTH = 20  # bits of a bucket in a key of a sketch; the group stands above them


@dataclass(frozen=True, slots=True, eq=False)
class Condensed:
    """What is kept of the groups that have no values any more.

    Parameters
    ----------
    at : numpy array of int64, shape (k,)
        Which of the groups they are, rising.
    sketch : Sketch
        Of k groups; its mean and squares, which depend on the order in which values came, are not read.
    total, squares : list of int, length k
        Sum of the values in units of 2**-1126, and of their squares in units of 2**-2252: exact, so that neither the order nor
        the cut changes a bit of what is made of them.
    """

    at: Ints
    sketch: Sketch
    total: list[int]
    squares: list[int]

    def gathered(self, places: Ints, to: Ints) -> Condensed:
        """Add up what is at these places to the groups `to`; a place may come several times."""
        at, where = np.unique(to, return_inverse=True)
        total, squares = [0] * len(at), [0] * len(at)
        for place, group in zip(places.tolist(), where.tolist(), strict=True):
            total[group] += self.total[place]
            squares[group] += self.squares[place]
        return Condensed(at, LogHistogram(len(at)).regrouped([_taken(self.sketch, places)], [where]), total, squares)

    def quantile(self, level: float) -> Floats:
        """Give a quantile of each group, by histogram."""
        return LogHistogram(len(self.at)).quantiles(self.sketch, level)[:, 0]

    def sum(self) -> Floats:
        """Give the sum of each group, rounded once."""
        return np.array([_divided(total, 1 << _LEAST) for total in self.total])

    def mean(self) -> Floats:
        """Give the mean of each group, rounded once."""
        count = self.sketch.count.tolist()
        return np.array([_divided(total, n << _LEAST) for total, n in zip(self.total, count, strict=True)])

    def std(self) -> Floats:
        """Give the standard deviation (n - 1) of each group; the variance under the root is rounded once."""
        found = []
        for total, squares, n in zip(self.total, self.squares, self.sketch.count.tolist(), strict=True):
            found.append(math.sqrt(_divided(n * squares - total * total, n * (n - 1) << 2 * _LEAST)) if n > 1 else math.nan)
        return np.array(found)


def condense(groups: Groups, budget: int | None) -> Groups:
    """Keep histograms and sums of the groups that have more values than the budget.

    Whether a group is condensed depends on the number of its values alone, and what is kept of it adds exactly: so what is told
    of it does not depend on when it was condensed.
    """
    if budget is None:
        return groups
    held = groups.condensed
    number = groups.count.copy()
    if held is not None:
        number[held.at] += held.sketch.count
    large = number > budget
    new = large & (groups.count > 0)
    if not new.any():
        return groups
    inside = np.repeat(new, groups.count)
    found = _of_values(groups.value[inside], groups.count[new], np.flatnonzero(new))
    if held is not None:
        found = together([held, found])
    return replace(groups, count=np.where(large, 0, groups.count), value=groups.value[~inside], condensed=found)


def together(parts: Sequence[Condensed]) -> Condensed:
    """Add up parts of groups of the same numbering."""
    at = np.unique(np.concatenate([part.at for part in parts]))
    to = [np.searchsorted(at, part.at) for part in parts]
    total, squares = [0] * len(at), [0] * len(at)
    for part, places in zip(parts, to, strict=True):
        for i, place in enumerate(places.tolist()):
            total[place] += part.total[i]
            squares[place] += part.squares[i]
    return Condensed(at, LogHistogram(len(at)).regrouped([part.sketch for part in parts], to), total, squares)


def stacked(parts: Sequence[Groups]) -> Condensed | None:
    """Put what is condensed in several groups behind one another, as their groups are."""
    offset = np.cumsum([0, *(len(part.id) for part in parts[:-1])])
    moved = [
        replace(part.condensed, at=part.condensed.at + o)
        for part, o in zip(parts, offset.tolist(), strict=True)
        if part.condensed is not None
    ]
    return together(moved) if moved else None


def _of_values(value: Floats, count: Ints, at: Ints) -> Condensed:
    """Condense values that are sorted inside each group."""
    group = np.repeat(np.arange(len(count)), count)
    made = LogHistogram(len(count))
    return Condensed(at, made.partial(value if len(count) == 1 else (group, value)), *_sums(value, group, len(count)))


def _sums(value: Floats, group: Ints, groups: int) -> tuple[list[int], list[int]]:
    """Add values and squares without rounding: whole numbers of 53 bits, in limbs of 18, for each run of one exponent."""
    total, squares = [0] * groups, [0] * groups
    for first in range(0, len(value), _BLOCK):
        of = group[first : first + _BLOCK]
        part, exponent = np.frexp(value[first : first + _BLOCK])
        whole = (part * float(1 << 53)).astype(np.int64)
        a, b, c = whole >> 36, whole >> 18 & 0x3FFFF, whole & 0x3FFFF
        run = np.flatnonzero(np.append(True, (np.diff(of) != 0) | (np.diff(exponent) != 0)))
        # 2**16 products of two limbs of 18 bits stay below 2**53
        sums = [np.add.reduceat(each, run).tolist() for each in (a, b, c, a * a, a * b, a * c, b * b, b * c, c * c)]
        for g, e, sa, sb, sc, aa, ab, ac, bb, bc, cc in zip(of[run].tolist(), exponent[run].tolist(), *sums, strict=True):
            shift = e - 53 + _LEAST
            total[g] += ((sa << 36) + (sb << 18) + sc) << shift
            squares[g] += ((aa << 72) + (ab << 55) + ((2 * ac + bb) << 36) + (bc << 19) + cc) << 2 * shift
    return total, squares


def _taken(sketch: Sketch, places: Ints) -> Sketch:
    """Give the groups at these places, one behind the other."""
    begin, end = (np.searchsorted(sketch.key, (places + more) << _WIDTH) for more in (0, 1))
    size = end - begin
    group = np.repeat(np.arange(len(places)), size)
    at = np.repeat(begin - (np.cumsum(size) - size), size) + np.arange(size.sum())
    key = (group << _WIDTH) | (sketch.key[at] & ((1 << _WIDTH) - 1))
    mean, m2, low, high = (each[places] for each in (sketch.mean, sketch.m2, sketch.low, sketch.high))
    return Sketch(sketch.count[places], mean, m2, low, high, key, sketch.weight[at])


def _divided(one: int, other: int) -> float:
    """Divide whole numbers, rounded once."""
    try:
        return one / other
    except OverflowError:
        return math.inf if one > 0 else -math.inf
