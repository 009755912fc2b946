"""Void profile: the void fraction of each slice across each axis.

Known as porosity profile in porous media.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..block import Block
from ..space import Space
from .base import Coord, Counts, Measure, Panel, Variable, ratio


@dataclass(frozen=True)
class VoidProfile(Measure):
    """Void fraction of the slices across each axis.

    Variables
    ---------
    void_profile (axis, position) (1)
        `position` is the pixel index; `position_length` beside it is the coordinate in length units. Axes shorter than
        the longest are filled up with NaN.

    Examples
    --------
    >>> import numpy as np
    >>> m = VoidProfile()
    >>> m.finalize(m.partial(np.array([[True, False], [True, True]]))).void_profile.sel(axis="y").values
    array([0.5, 1. ])
    """

    name: ClassVar[str] = "void_profile"
    panels: ClassVar[tuple[Panel, ...]] = (Panel("void_profile", "position_length", by="axis"),)

    def count(self, block: Block) -> tuple[Counts, Counts]:
        """Count by slice, at the slice's place in the whole."""
        core, ndim = block.inner, block.data.ndim
        void = np.zeros((ndim, max(block.whole)), dtype=np.int64)
        pixels = np.zeros_like(void)
        for axis, (lo, hi) in enumerate(block.box):
            others = tuple(a for a in range(ndim) if a != axis)
            void[axis, lo:hi] = np.count_nonzero(core, axis=others)
            pixels[axis, lo:hi] = core.size // (hi - lo)
        return {"void": void, "pixels": pixels}, {}

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        """Divide by slice."""
        values = ratio(counts["void"], counts["pixels"])
        longest = values.shape[-1]
        where = np.full((space.ndim, longest), np.nan)
        for axis, dim in enumerate(space.dims):
            where[axis, : space.shape[axis]] = space.coord(dim)
        long_name, dims = "void fraction of the slice", ("axis", "position")
        return [Variable("void_profile", values, "1", long_name, dims, lowest=0, highest=1)], [
            Coord("axis", ("axis",), np.array(space.dims), "1", "axis"),
            Coord("position", ("position",), np.arange(longest), "pixel", "position"),
            Coord("position_length", ("axis", "position"), where, space.unit, "position"),
        ]
