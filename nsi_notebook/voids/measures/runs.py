"""Runs of empty pixels along each axis, from which chords and the lineal path follow.

A run that crosses the faces of blocks is joined by its absolute position. That is one number: axis, line and start, so that a run
which goes on where another ends has the place of that one plus its length.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from ..block import Block, Box, pixels
from .base import Array, Counts, Measure


class Runs(Measure):
    """A measure that follows from the number of runs of each length.

    Class attributes
    ----------------
    parted : bool
        Book a run in each home through which it goes, rather than in the one in which it begins: where it enters, one run of
        what is left of it is added, and taken from the home before.

    Its counts are `inner` and `border`, shape (d, longest side + 1): runs that touch the border of the window are in the second;
    what is as long as its axis touches it at both ends.
    """

    parted: ClassVar[bool] = False

    def count(self, block: Block) -> tuple[Counts, Counts]:
        """Count the runs that are closed inside the block, and list those that end on a face by place, rising, and length."""
        if "runs" not in block.memo:
            longest, ndim = max(block.whole), block.data.ndim
            inner, border = np.zeros((2, ndim, longest + 1), dtype=np.int64)
            found = [_runs(block, axis, inner[axis], border[axis]) for axis in range(ndim)]
            place, length = (np.concatenate(each) for each in zip(*found, strict=True))
            block.memo["runs"] = {"inner": inner, "border": border}, {"place": place, "length": length}
        counts, pending = block.memo["runs"]
        return dict(counts), dict(pending)

    def settle(
        self, pending: Sequence[Counts], boxes: tuple[Box, ...], whole: tuple[int, ...], homes: Sequence[Box]
    ) -> tuple[Counts, Counts]:
        """Join runs end to end, and count those whose ends are both seen."""
        from ..kernels.runs import settle_runs

        inner, border = np.zeros((2, len(homes), len(whole), max(whole) + 1), dtype=np.int64)
        runs = [array for p in _two(pending) for array in (p["place"], p["length"])]
        place, length = (np.empty(len(runs[0]) + len(runs[2]), dtype=a.dtype) for a in runs[:2])  # no memory until it is written
        told = (np.array(whole), np.array(boxes), np.array(homes), self.parted, inner, border)
        found = settle_runs(*runs, _apart(whole), *told, place, length)
        for array in (place, length):
            array.resize(found, refcheck=False)  # in place: a copy of what is open would be there twice
        return {"inner": inner, "border": border}, {"place": place, "length": length}


def _two(pending: Sequence[Counts]) -> Sequence[Counts]:
    """Put runs of any number of states into two lists, places rising; those of two are as they should be."""
    none: Counts = {"place": np.empty(0, dtype=np.int64), "length": np.empty(0, dtype=np.int32)}
    if len(pending) <= 2:
        return [*pending, none, none][:2]
    together = {k: np.concatenate([p[k] for p in pending]) for k in none}
    order = np.argsort(together["place"], kind="stable")  # it takes little: the place in each state rises
    return [{k: v[order] for k, v in together.items()}, none]


def _runs(block: Block, axis: int, inner: Array, border: Array) -> tuple[Array, Array]:
    """Count the closed runs along one axis; give place and length of the open ones, places rising."""
    from ..kernels.runs import count_runs, count_runs_across

    p = pixels(block.inner)
    shape = p.shape
    n = shape[axis]
    a, b = int(np.prod(shape[:axis], dtype=int)), int(np.prod(shape[axis + 1 :], dtype=int))
    lo, hi = block.box[axis]
    low_open, high_open = lo > 0, hi < block.whole[axis]
    room = 2 * a * b if low_open or high_open else 0
    line, start, stop = (np.empty(room, dtype=np.int64) for _ in range(3))
    change = np.zeros((max(n, b) // 8 + 1) * 8, dtype=np.uint8)
    told = (inner, border, line, start, stop)
    if b == 1:
        found = count_runs(p.reshape(a, n), low_open, high_open, change, *told)
    else:
        found = count_runs_across(p.reshape(a, n, b), low_open, high_open, change, np.empty(b, np.int64), *told)
    rest = [c for i, c in enumerate(shape) if i != axis]
    place = [np.asarray(i) for i in np.unravel_index(line[:found], rest)] if rest else []
    place = [i + o for i, o in zip(place, [o for i, o in enumerate(block.origin) if i != axis], strict=True)]
    others = [w for i, w in enumerate(block.whole) if i != axis]
    absolute = np.ravel_multi_index(place, others) if place else np.zeros(found, dtype=np.int64)
    where = axis * _apart(block.whole) + absolute * (block.whole[axis] + 1) + start[:found] + lo
    order = np.argsort(where)
    return where[order], (stop[:found] - start[:found]).astype(np.int32)[order]


def _apart(whole: Sequence[int]) -> int:
    """How far the places of two axes are apart: a line takes one more than its pixels, so that runs of two lines do not touch."""
    size = math.prod(whole)
    return max(size + size // n for n in whole)
