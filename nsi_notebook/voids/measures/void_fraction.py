"""Void fraction: empty pixels over all pixels.

The areal or volume fraction of the empty phase, porosity in porous media (Bear 1972, Dynamics of Fluids in Porous Media).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..block import Block
from ..space import Space
from .base import Coord, Counts, Variable, ratio
from .sweeping import Sweeping, pixels_by_rank


@dataclass(frozen=True)
class VoidFraction(Sweeping):
    """Fraction of the window that is empty.

    Variables
    ---------
    void_fraction (1)

    Examples
    --------
    >>> import numpy as np
    >>> m = VoidFraction()
    >>> float(m.finalize(m.partial(np.eye(4, dtype=bool))).void_fraction)
    0.25
    """

    name: ClassVar[str] = "void_fraction"
    elementwise: ClassVar[bool] = True

    def count(self, block: Block) -> tuple[Counts, Counts]:
        """Count empty pixels and pixels."""
        return {"void": np.array(np.count_nonzero(block.inner)), "pixels": np.array(block.inner.size)}, {}

    def sweep(self, block: Block, number: int) -> Counts:
        """Count the pixels that each threshold empties."""
        return {"void": pixels_by_rank(block, number)[:number], "pixels": np.where(np.arange(number) == 0, block.inner.size, 0)}

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        """Divide the two."""
        return [Variable("void_fraction", ratio(counts["void"], counts["pixels"]), "1", "void fraction", lowest=0, highest=1)], []
