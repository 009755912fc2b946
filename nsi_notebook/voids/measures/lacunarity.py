"""Lacunarity: how unevenly the void fills boxes of a size.

Lambda(r) = E[m^2] / E[m]^2 over all positions of a box of side r inside the window, m the empty pixels in the box
(gliding box: Allain & Cloitre 1991, Phys Rev A 44:3552; Plotnick et al. 1996, Phys Rev E 53:5461).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from ...errors import OptionError
from ..block import Block, pixels
from ..space import Space
from .base import Coord, Counts, Measure, Panel, Variable, ratio

WORD = 2.0**32


@dataclass(frozen=True)
class Lacunarity(Measure):
    """Gliding-box lacunarity of the void.

    Parameters
    ----------
    boxes : tuple of int, optional
        Sides of the box in pixels; default: 1, 2, 4, ... up to a quarter of the shortest side.

    Variables
    ---------
    lacunarity (box) (1)
        `box` is in pixels; `box_length` beside it is in length units. NaN where there is no void.

    Examples
    --------
    >>> import numpy as np
    >>> m = Lacunarity(boxes=(1, 2))
    >>> m.finalize(m.partial(np.eye(2, dtype=bool))).lacunarity.values
    array([2., 1.])
    """

    boxes: tuple[int, ...] = ()
    name: ClassVar[str] = "lacunarity"
    ndims: ClassVar[tuple[int, ...]] = (2, 3)
    isotropic_only: ClassVar[bool] = True
    panels: ClassVar[tuple[Panel, ...]] = (Panel("lacunarity", "box_length", log="xy"),)

    def __post_init__(self) -> None:
        """Check the sizes."""
        check_boxes(self.boxes)

    def sizes(self, whole: Sequence[int]) -> tuple[int, ...]:
        """Box sides for a mask of this shape."""
        return box_sizes(self.boxes, whole)

    def halo(self, whole: Sequence[int]) -> int:
        """The largest box less one pixel."""
        return max(self.sizes(whole)) - 1

    def count(self, block: Block) -> tuple[Counts, Counts]:
        """Sum m and m^2 over the boxes whose lowest corner is in the core."""
        from ..kernels.boxes import gliding_moments

        sizes = self.sizes(block.whole)
        data = pixels(block.data)
        cube = data if data.ndim == 3 else data[None]
        slab = np.zeros(cube.shape[1:], dtype=np.int64)
        line, box = np.zeros((2, cube.shape[2]), dtype=np.int64)
        names = ("boxes", "mass", "low", "high")
        counts = {n: np.zeros(len(sizes), dtype=np.int64) for n in names}
        for i, r in enumerate(sizes):
            here = [max(0, min(hi, n - r + 1) - lo) for (lo, hi), n in zip(block.box, block.whole, strict=True)]
            number = int(np.prod(here))
            if number == 0:
                continue
            planes, rows, columns = here if len(here) == 3 else (1, *here)
            moments = gliding_moments(cube, r, planes, rows, columns, slab, line, box)
            for n, value in zip(names, (number, *moments), strict=True):
                counts[n][i] = value
        return counts, {}

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        """Second moment over the square of the first."""
        sizes = np.array(self.sizes(space.shape))
        # one rounding, of exact integers scaled by a power of two
        square = counts["high"] * WORD + counts["low"]
        values = ratio(square * np.asarray(counts["boxes"], float), np.asarray(counts["mass"], float) ** 2)
        variable = Variable("lacunarity", values, "1", "lacunarity of the void", ("box",), extent=sizes, lowest=1)
        return [variable], box_coords(sizes, space)


def box_sizes(boxes: Sequence[int], whole: Sequence[int]) -> tuple[int, ...]:
    """Box sides for a mask of this shape: those asked for, or powers of two up to a quarter of the shortest side.

    >>> box_sizes((), (40, 50))
    (1, 2, 4, 8)

    Raises
    ------
    OptionError
        If a box does not fit into the window.
    """
    shortest = min(whole)
    if not boxes:
        largest = max(min(2, shortest), shortest // 4)
        return tuple(1 << k for k in range(largest.bit_length()))
    if max(boxes) > shortest:
        raise OptionError(f"a box of {max(boxes)} pixels does not fit into a window of {tuple(whole)}", "choose smaller boxes=")
    return tuple(boxes)


def check_boxes(sizes: Sequence[int]) -> None:
    """Refuse sides of boxes that are not rising positive integers."""
    if any(not isinstance(r, int | np.integer) or r < 1 for r in sizes) or any(b <= a for a, b in pairwise(sizes)):
        raise OptionError(f"boxes={tuple(sizes)} are not rising positive whole numbers of pixels", "for example boxes=(2, 4, 8)")


def box_coords(sizes: np.ndarray, space: Space) -> list[Coord]:
    """The box side in pixels and in length units."""
    return [
        Coord("box", ("box",), sizes, "pixel", "box side"),
        Coord("box_length", ("box",), sizes * space.spacing[0], space.unit, "box side"),
    ]
