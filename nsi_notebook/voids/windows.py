"""Windows of a frame, each measured alone, in one pass over the chunks.

What crosses the edge of a window is cut there, as if the rest of the image had not been seen: the value is that of
`measure(window)`, not the part that a tile of the whole contributes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..summaries import merge_all
from .block import Block, Box, boxes, window
from .counting import Parts, Plan
from .measures.base import State
from .space import Space

LEAST = 4  # pixels of the smallest windows that are chosen without being asked for
MOST = 2000  # windows of one size that are chosen without being asked for


@dataclass(frozen=True)
class Windows(Plan):
    """A plan whose tiles are windows by themselves; they may overlap.

    Parameters
    ----------
    sized : tuple of int
        For each window the number of its size: `chosen` has a measure for each size, bound to it.
    """

    sized: tuple[int, ...] = ()

    def shape(self, i: int) -> tuple[int, ...]:
        """Shape of a window."""
        return tuple(hi - lo for lo, hi in self.tiles[i])

    @property
    def halo(self) -> int:
        """Pixels above its core that a block must bring."""
        first = {size: i for i, size in enumerate(self.sized)}
        return max(self.chosen[size].halo(self.shape(i)) for size, i in first.items())

    def count(self, data: Any, at: tuple[int, ...], box: Box) -> Parts:
        """Count one block of a frame: what lies in it of each window."""
        block = np.asarray(data)[at]
        low, high = np.moveaxis(np.array(self.tiles), -1, 0)
        start, stop = np.array(box).T
        parts: Parts = {}
        for i in np.flatnonzero(((low < stop) & (high > start)).all(axis=1)).tolist():
            each, whole = self.chosen[self.sized[i]], self.shape(i)
            core = tuple(
                (max(a, lo) - a, min(b, hi) - a) for (a, b), (lo, hi) in zip(self.tiles[i], box, strict=True)
            )  # in the window
            shift = [a - lo for (a, _), (lo, _) in zip(self.tiles[i], box, strict=True)]
            seen = tuple(
                slice(w.start + s, w.stop + s) for w, s in zip(window(core, whole, each.halo(whole)), shift, strict=True)
            )
            origin, shape = tuple(lo for lo, _ in core), tuple(hi - lo for lo, hi in core)
            parts[i] = [each.partial(Block(block[seen], origin, shape, whole))]
        return parts

    def join(self, parts: Sequence[Parts]) -> Parts:
        """Merge the states of the same window."""
        found: dict[int, list[State]] = {}
        for part in parts:
            for i, (state,) in part.items():
                found.setdefault(i, []).append(state)
        return {i: [merge_all(self.chosen[self.sized[i]], states)] for i, states in found.items()}

    def states(self, parts: Sequence[Parts]) -> list[list[State]]:
        """State of each window, alone in its list, once all blocks are counted."""
        joined = self.join(parts)
        # blocks may merge in an order that does not leave their union as one box
        return [[replace(joined[i][0], boxes=(tuple((0, n) for n in self.shape(i)),))] for i, _ in enumerate(self.tiles)]


def chosen_shapes(space: Space) -> list[tuple[int, ...]]:
    """Choose sizes of windows: the longest side of the frame divided by 1, 2, 3, 4, 6, 8, 12, ..., smallest first.

    >>> chosen_shapes(Space.plain((32, 64)))
    [(4, 4), (5, 5), (8, 8), (10, 10), (16, 16), (21, 21), (32, 32), (32, 64)]
    """
    longest = max(n * s for n, s in zip(space.shape, space.spacing, strict=True))
    found: list[tuple[int, ...]] = []
    for power in range(11):  # up to 1536 windows along a line
        for parts in (2**power, 3 * 2 ** (power - 1)) if power else (1,):
            shape = cube(longest / parts, space)
            small = any(n < LEAST and n < whole for n, whole in zip(shape, space.shape, strict=True))
            if small or math.prod(grid(shape, space)) > MOST:
                return found[::-1]
            if shape not in found:
                found.append(shape)
    return found[::-1]


def cube(side: float, space: Space) -> tuple[int, ...]:
    """Whole pixels in a window of equal sides, cut where the frame is thinner."""
    return tuple(max(1, min(n, int(side / s * (1 + 1e-9)))) for n, s in zip(space.shape, space.spacing, strict=True))


def grid(shape: Sequence[int], space: Space) -> tuple[int, ...]:
    """How many windows of a shape lie side by side along each axis."""
    return tuple(n // m for n, m in zip(space.shape, shape, strict=True))


def cut(shape: Sequence[int], space: Space) -> list[Box]:
    """Cut all windows of a shape that do not overlap, in C order.

    >>> cut((2,), Space.plain((5,)))
    [((0, 2),), ((2, 4),)]
    """
    return list(
        boxes(
            [n * m for n, m in zip(grid(shape, space), shape, strict=True)],
            [(m,) * n for n, m in zip(grid(shape, space), shape, strict=True)],
        )
    )
