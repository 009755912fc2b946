"""Count a mask frame by frame, each described as soon as its states are there.

A frame is counted in pieces: where a chunk and a tile overlap. The pieces of a tile merge, so the tasks of a Dask graph are as
many as the chunks of the frames, whatever the tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np

from ..summaries import merge_all
from .block import Block, Box, boxes, window
from .measures.base import Array, Measure, State

Result = TypeVar("Result")
Parts = dict[int, list[State]]  # one state for each measure, by number of the tile
FAN = 4  # neighbours that a task merges


@dataclass(frozen=True)
class Plan:
    """What is counted in each frame.

    Parameters
    ----------
    chosen : tuple of Measure
        The measures.
    whole : tuple of int
        Shape of a frame.
    tiles : tuple of box
        The parts of a frame whose states are wanted.
    """

    chosen: tuple[Measure, ...]
    whole: tuple[int, ...]
    tiles: tuple[Box, ...]

    @property
    def halo(self) -> int:
        """Pixels above its core that a block must bring."""
        return max(m.halo(self.whole) for m in self.chosen)

    def count(self, data: Any, at: tuple[int, ...], box: Box) -> Parts:
        """Count one block of a frame: `data[at]` is its core `box`, and the halo."""
        block = np.asarray(data)[at]
        reaches = [each.halo(self.whole) for each in self.chosen]
        parts: Parts = {}
        for i, tile in enumerate(self.tiles):
            core = tuple((max(a, lo), min(b, hi)) for (a, b), (lo, hi) in zip(tile, box, strict=True))
            if any(lo >= hi for lo, hi in core):
                continue
            origin, shape = tuple(lo for lo, _ in core), tuple(hi - lo for lo, hi in core)
            here = tuple(
                slice(w.start - lo, w.stop - lo) for w, (lo, _) in zip(window(core, self.whole, self.halo), box, strict=True)
            )
            piece = Block(block[here], origin, shape, self.whole)
            cuts = {reach: piece.require(reach) for reach in reaches}  # measures of the same reach share what they count
            parts[i] = [each.partial(cuts[reach]) for each, reach in zip(self.chosen, reaches, strict=True)]
        return parts

    def blank(self) -> list[list[State]]:
        """States of the tiles for each measure as they would be of a solid frame, seen on one pixel and its halo only."""
        data = np.zeros([min(1 + self.halo, n) for n in self.whole], dtype=bool)
        pixel = Block(data, (0,) * data.ndim, (1,) * data.ndim, self.whole)
        return [[replace(each.partial(pixel), boxes=(tile,)) for tile in self.tiles] for each in self.chosen]

    def join(self, parts: Sequence[Parts]) -> Parts:
        """Merge the states of the same tile."""
        return {
            i: [merge_all(each, [p[i][m] for p in parts if i in p]) for m, each in enumerate(self.chosen)]
            for i in sorted({i for p in parts for i in p})
        }

    def states(self, parts: Sequence[Parts]) -> list[list[State]]:
        """States of the tiles for each measure, once all blocks are counted."""
        joined = self.join(parts)
        # blocks may merge in an order that does not leave their union as one box, which a tile is
        return [[replace(joined[i][m], boxes=(tile,)) for i, tile in enumerate(self.tiles)] for m, _ in enumerate(self.chosen)]


def each_frame(data: Any, plan: Plan, describe: Callable[[list[list[State]]], Result]) -> list[Result]:
    """Count every frame of an array and describe it.

    Parameters
    ----------
    data : ndarray or Dask array of bool, shape (..., *plan.whole)
        The frames.
    plan : Plan
        What to count.
    describe : callable
        From the states of each measure's tiles to what is kept of a frame. For a Dask array it runs in the graph.

    Returns
    -------
    list
        What `describe` gave for each frame, in C order.
    """
    if hasattr(data, "dask"):
        from dask import compute

        return list(compute(*each_frame_later(data, plan, describe)))
    batch = data.shape[: data.ndim - len(plan.whole)]
    box = tuple((0, n) for n in plan.whole)
    return [describe(plan.states([plan.count(data, at, box)])) for at in np.ndindex(*batch)]


def each_frame_later(data: Any, plan: Plan, describe: Callable[[list[list[State]]], Any]) -> list[Any]:
    """Do as `each_frame` for a Dask array, but give a `dask.delayed.Delayed` for each frame."""
    from dask import delayed

    batch = data.shape[: data.ndim - len(plan.whole)]
    # as bound methods, so that Dask does not look for arrays inside the plan at each call
    count, join = (delayed(f, pure=False, traverse=False) for f in (plan.count, plan.join))
    finish = delayed(partial(_finish, plan=plan, describe=describe), pure=False, traverse=False)
    lazy = {}
    for run in boxes(batch, data.chunks[: len(batch)]):
        parts: dict[tuple[int, ...], list[Any]] = {at: [] for at in np.ndindex(*(hi - lo for lo, hi in run))}
        for box in boxes(plan.whole, data.chunks[len(batch) :]):
            block = data[(*(slice(lo, hi) for lo, hi in run), *window(box, plan.whole, plan.halo))]
            block = block.map_blocks(_apart, dtype=block.dtype, meta=block._meta)
            # were each block optimized alone, a chunk that several need would be read once for each
            chunks = block.to_delayed(optimize_graph=False)
            joined = chunks.item() if chunks.size == 1 else delayed(_glued)(chunks.tolist())
            for at, mine in parts.items():
                mine.append(count(joined, at, box))
        for at, mine in parts.items():
            whole = _merged(mine, [len(c) for c in data.chunks[len(batch) :]], join)
            lazy[tuple(lo + i for (lo, _), i in zip(run, at, strict=True))] = finish(whole)
    return [lazy[at] for at in np.ndindex(*batch)]


def _merged(parts: list[Any], grid: Sequence[int], join: Callable[[list[Any]], Any]) -> list[Any]:
    """Merge blocks that lie side by side first: what crosses their common faces is open no longer, and needs no memory."""
    for length in reversed(grid):
        lines = [parts[i : i + length] for i in range(0, len(parts), length)]
        while len(lines[0]) > FAN:
            lines = [[join(line[i : i + FAN]) for i in range(0, len(line), FAN)] for line in lines]
        parts = [join(line) if len(line) > 1 else line[0] for line in lines] if len(lines) > 1 else lines[0]
    return parts


def _apart(piece: Array) -> Array:
    """Copy a thin piece: a view would keep its whole chunk in memory until the neighbour is counted."""
    return piece.copy() if piece.base is not None and 2 * piece.nbytes < piece.base.nbytes else piece


def _glued(chunks: list[Any]) -> Array:
    return np.block(chunks)


def _finish(parts: Sequence[Parts], plan: Plan, describe: Callable[[list[list[State]]], Result]) -> Result:
    return describe(plan.states(parts))
