"""Runs of empty pixels along each axis, from which chords and the lineal path follow.

A run that crosses the faces of blocks is joined by its absolute position.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..block import Block, Box, pixels
from .base import Array, Counts, Measure, home_of, inside

AXIS, LINE, START, STOP = range(4)  # columns of the table of open runs


class Runs(Measure):
    """A measure that follows from the number of runs of each length.

    Its counts are `inner` and `border`, shape (d, longest side + 1): runs that touch the border of the window are in the second;
    what is as long as its axis touches it at both ends.
    """

    def count(self, block: Block) -> tuple[Counts, Counts]:
        """Count the runs that are closed inside the block, and list those that end on a face: axis, line, start, stop."""
        if "runs" not in block.memo:
            longest, ndim = max(block.whole), block.data.ndim
            inner, border = np.zeros((2, ndim, longest + 1), dtype=np.int64)
            tables = [_runs(block, axis, inner[axis], border[axis]) for axis in range(ndim)]
            block.memo["runs"] = {"inner": inner, "border": border}, {"runs": np.concatenate(tables)}
        counts, pending = block.memo["runs"]
        return dict(counts), dict(pending)

    def settle(
        self, pending: Sequence[Counts], boxes: tuple[Box, ...], whole: tuple[int, ...], homes: Sequence[Box]
    ) -> tuple[Counts, Counts]:
        """Join runs end to end, and count those whose ends are both seen."""
        longest, ndim = max(whole), len(whole)
        runs = _join(np.concatenate([p["runs"] for p in pending]))
        low_end = runs[:, START] == 0
        high_end = runs[:, STOP] == np.array(whole)[runs[:, AXIS]]
        before, after = points(runs, runs[:, START] - 1, whole), points(runs, runs[:, STOP], whole)
        closed = (low_end | inside(before, boxes)) & (high_end | inside(after, boxes))
        settled: Counts = {}
        for kind, member in (("inner", closed & ~low_end & ~high_end), ("border", closed & (low_end | high_end))):
            settled[kind] = np.zeros((len(homes), ndim, longest + 1), dtype=np.int64)
            self.book(runs[member], settled[kind], whole, homes)
        return settled, {"runs": runs[~closed]}

    def book(self, runs: Array, number: Array, whole: tuple[int, ...], homes: Sequence[Box]) -> None:
        """Add closed runs to the number of each length, shape (homes, d, longest side + 1), in the box in which they start."""
        home = home_of(points(runs, runs[:, START], whole), homes)
        np.add.at(number, (home, runs[:, AXIS], runs[:, STOP] - runs[:, START]), 1)


def _runs(block: Block, axis: int, inner: Array, border: Array) -> Array:
    """Count the closed runs along one axis and list the open ones."""
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
    return np.stack([np.full(found, axis), absolute, start[:found] + lo, stop[:found] + lo], axis=1)


def _join(runs: Array) -> Array:
    """Join runs of the same line that touch; in a normal order."""
    if not len(runs):
        return runs
    runs = runs[np.lexsort((runs[:, START], runs[:, LINE], runs[:, AXIS]))]
    touches = (runs[1:, :START] == runs[:-1, :START]).all(axis=1) & (runs[1:, START] == runs[:-1, STOP])
    first = np.flatnonzero(np.concatenate([[True], ~touches]))
    last = np.concatenate([first[1:] - 1, [len(runs) - 1]])
    joined = runs[first].copy()
    joined[:, STOP] = runs[last, STOP]
    return joined


def points(runs: Array, along: Array, whole: tuple[int, ...]) -> Array:
    """Absolute position of the pixel `along` each run's line."""
    points = np.empty((len(runs), len(whole)), dtype=np.int64)
    for axis in range(len(whole)):
        member = runs[:, AXIS] == axis
        others = [i for i in range(len(whole)) if i != axis]
        points[member, axis] = along[member]
        if others:
            place = np.unravel_index(runs[member, LINE], [whole[i] for i in others])
            for i, where in zip(others, place, strict=True):
                points[member, i] = where
    return points
