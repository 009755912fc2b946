"""Count a mask frame by frame, each described as soon as its states are there.

A frame is counted in pieces: where a block and a tile overlap. The pieces of a tile merge.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from ..summaries import merge_all
from .block import Block, Box, window
from .measures.base import Array, Measure, State

Result = TypeVar("Result")
Parts = dict[int, list[State]]  # one state for each measure, by number of the tile


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

        from .chunks import each_frame_later

        return list(compute(*each_frame_later(data, plan, describe)))
    return frames(data, plan, describe)


def frames(data: Array, plan: Plan, describe: Callable[[list[list[State]]], Result]) -> list[Result]:
    """Do as `each_frame` for an array in memory; the states of a frame are dropped before those of the next are made."""
    batch = data.shape[: data.ndim - len(plan.whole)]
    box = tuple((0, n) for n in plan.whole)
    return [describe(plan.states([plan.count(data, at, box)])) for at in np.ndindex(*batch)]
