"""Box counting and its dimension.

N(r): boxes of side r, of a grid that starts at the first pixel, that hold the boundary (both phases, as PoreSpy counts) or
any void. Boxes at the upper border may be cut. The dimension is the least-squares slope of log N against log 1/r
(Mandelbrot 1982, The Fractal Geometry of Nature).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from ...errors import UnknownNameError
from ..block import Block, Box, pixels
from ..space import Space
from .base import Array, Coord, Counts, Measure, Panel, Variable, home_of, ratio
from .lacunarity import box_coords, box_sizes, check_boxes

SIZE, BOX, VOID, PIXELS = range(4)  # columns of the table of boxes seen in part


@dataclass(frozen=True)
class BoxCount(Measure):
    """Number of boxes that hold the boundary of the void, or any void.

    Parameters
    ----------
    boxes : tuple of int, optional
        Sides of the box in pixels; default: 1, 2, 4, ... up to a quarter of the shortest side.
    of : {"boundary", "void"}
        Count boxes that hold both phases, or those that hold any void.

    Variables
    ---------
    box_count (box) (1), box_dimension (1)

    Examples
    --------
    >>> import numpy as np
    >>> m = BoxCount(boxes=(1, 2), of="void")
    >>> m.finalize(m.partial(np.eye(4, dtype=bool))).box_count.values
    array([4, 2])
    """

    boxes: tuple[int, ...] = ()
    of: Literal["boundary", "void"] = "boundary"
    name: ClassVar[str] = "box_count"
    ndims: ClassVar[tuple[int, ...]] = (2, 3)
    isotropic_only: ClassVar[bool] = True
    panels: ClassVar[tuple[Panel, ...]] = (Panel("box_count", "box_length", log="xy"),)

    def __post_init__(self) -> None:
        """Check the options."""
        check_boxes(self.boxes)
        if self.of not in ("boundary", "void"):
            raise UnknownNameError.among("content of a box", self.of, ("boundary", "void"))

    def sizes(self, whole: Sequence[int]) -> tuple[int, ...]:
        """Box sides for a mask of this shape."""
        return box_sizes(self.boxes, whole)

    def count(self, block: Block) -> tuple[Counts, Counts]:
        """Count the boxes that lie in the block, and list those that it holds a part of: size, box, empty pixels, pixels."""
        sizes = self.sizes(block.whole)
        number = np.zeros((2, len(sizes)), dtype=np.int64)
        parts: list[Array] = [np.empty((0, 4), dtype=np.int64)]
        done: dict[int, Array] = {}
        for i, r in enumerate(sizes):
            if r == 1:  # a pixel holds one phase, and lies in one block
                number[1, i] = np.count_nonzero(block.inner)
                continue
            finer = next((s for s in reversed(sizes[:i]) if s in done and r % s == 0), None)
            masses = _masses(block, r, finer, done)
            done[r] = masses
            first = [lo // r for lo, _ in block.box]
            boxes = [f + np.arange(n) for f, n in zip(first, masses.shape, strict=True)]
            void, inside_block = masses.ravel(), _pixels(block.box, r).ravel()
            complete = inside_block == _whole_boxes(np.ix_(*boxes), block.whole, r).ravel()
            number[0, i] = np.count_nonzero(complete & (void > 0) & (void < inside_block))
            number[1, i] = np.count_nonzero(complete & (void > 0))
            if not complete.all():
                at = np.flatnonzero(~complete)
                place = [p + f for p, f in zip(np.unravel_index(at, masses.shape), first, strict=True)]
                keys = np.ravel_multi_index(place, _grid(block.whole, r))
                parts.append(np.stack([np.full(len(at), i), keys, void[at], inside_block[at]], axis=1))
        return {"boundary": number[0], "void": number[1], "boxes": self.starting(block.box, block.whole)}, {
            "parts": np.concatenate(parts)
        }

    def starting(self, box: Box, whole: Sequence[int]) -> Array:
        """Count the boxes of each size whose first pixel is in a box."""
        return np.array([np.prod([-(-hi // r) - -(-lo // r) for lo, hi in box]) for r in self.sizes(whole)], dtype=np.int64)

    def settle(
        self, pending: Sequence[Counts], boxes: tuple[Box, ...], whole: tuple[int, ...], homes: Sequence[Box]
    ) -> tuple[Counts, Counts]:
        """Add the parts of the same box, and count the boxes that are whole now."""
        sizes = self.sizes(whole)
        rows = np.concatenate([p["parts"] for p in pending])
        keys, which = np.unique(rows[:, :VOID], axis=0, return_inverse=True)
        sums = np.zeros((len(keys), 2), dtype=np.int64)
        np.add.at(sums, which.ravel(), rows[:, VOID:])
        rows = np.concatenate([keys, sums], axis=1)
        settled = {k: np.zeros((len(homes), len(sizes)), dtype=np.int64) for k in ("boundary", "void")}
        open_rows = []
        for i, r in enumerate(sizes):
            mine = rows[rows[:, SIZE] == i]
            place = np.unravel_index(mine[:, BOX], _grid(whole, r))
            complete = mine[:, PIXELS] == _whole_boxes(place, whole, r)
            open_rows.append(mine[~complete])
            mine = mine[complete]
            home = home_of(np.stack(place, axis=1)[complete] * r, homes)
            empty = mine[:, VOID] > 0
            np.add.at(settled["void"][:, i], home[empty], 1)
            both = empty & (mine[:, VOID] < mine[:, PIXELS])
            np.add.at(settled["boundary"][:, i], home[both], 1)
        return settled, {"parts": np.concatenate(open_rows)}

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        """Numbers and slope."""
        sizes = np.array(self.sizes(space.shape))
        number = counts[self.of]
        if number.dtype.kind == "f":  # tiles differ in how many boxes begin there, unless a box divides a tile
            number = ratio(number * self.starting(tuple((0, n) for n in space.shape), space.shape), counts["boxes"])
        what = "boxes that hold both phases" if self.of == "boundary" else "boxes that hold void"
        return [
            Variable("box_count", number, "1", what, ("box",), extent=sizes, lowest=0),
            Variable("box_dimension", _slope(number, sizes), "1", f"box-counting dimension ({what})", extent=sizes.max()),
        ], box_coords(sizes, space)


def _masses(block: Block, r: int, finer: int | None, done: dict[int, Array]) -> Array:
    """Empty pixels in each box of side r that the core touches."""
    from ..kernels.boxes import grid_masses

    first = [lo // r for lo, _ in block.box]
    masses = np.zeros([-(-hi // r) - f for (_, hi), f in zip(block.box, first, strict=True)], dtype=np.int64)
    if finer is None:
        source, step = pixels(block.inner), r
        offset = [lo % r for lo, _ in block.box]
    else:
        source, step = done[finer], r // finer
        offset = [lo // finer % step for lo, _ in block.box]
    flat = source.ndim == 2
    grid_masses(source[None] if flat else source, step, *([0, *offset] if flat else offset), masses[None] if flat else masses)
    return masses


def _grid(whole: Sequence[int], r: int) -> tuple[int, ...]:
    """Number of boxes along each axis."""
    return tuple(-(-w // r) for w in whole)


def _whole_boxes(place: Sequence[Array], whole: Sequence[int], r: int) -> Array:
    """Pixels of the boxes at these places of the grid; those at the upper border may be cut."""
    result = np.ones((), dtype=np.int64)
    for p, w in zip(place, whole, strict=True):
        result = result * np.minimum(r, w - p * r)
    return result


def _pixels(box: Box, r: int) -> Array:
    """Pixels of `box` in each grid box of side r that it touches."""
    result = np.ones((), dtype=np.int64)
    for lo, hi in box:
        edges = np.arange(lo // r, -(-hi // r) + 1) * r
        result = np.multiply.outer(result, np.diff(np.clip(edges, lo, hi)))
    return np.asarray(result)


def _slope(number: Array, sizes: Array) -> Array:
    """Least-squares slope of log number against log 1/size; NaN with fewer than two sizes that count."""
    x = -np.log(sizes.astype(float))
    counted = number > 0
    y = np.log(np.where(counted, number, 1))
    n = counted.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mx = (x * counted).sum(axis=-1) / n
        my = (y * counted).sum(axis=-1) / n
        dx = (x - mx[..., None]) * counted
        slope = (dx * (y - my[..., None])).sum(axis=-1) / (dx**2).sum(axis=-1)
    return np.asarray(np.where(n > 1, slope, np.nan))
