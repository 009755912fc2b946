"""Lineal path L(r): probability that a segment of length r, along an axis, lies in the void.

Lu & Torquato 1992, Phys Rev A 45:922. A segment of lag r joins the centres of r + 1 pixels in a line; all must be empty. A run of
n pixels holds n - r of them and the window has its own number of places for each lag, so the estimate is exact integers and
unbiased at every lag. L(0) is the void fraction, and L(r) is at most the two-point correlation.

A segment is booked in the tile in which it starts, as is its place. A run that goes on from a tile into the next holds n pixels
from where it enters: it adds one run of n pixels to the tile and takes it from the one before, so the numbers of runs of a tile
may be negative, and add up to those of the window.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from ..block import Block
from ..space import Space
from .base import PIXELS, Coord, Counts, Panel, Variable, ratio
from .runs import Runs
from .two_point import largest_lag


@dataclass(frozen=True)
class LinealPath(Runs):
    """Lineal path function of the void along each axis.

    Parameters
    ----------
    r_max : int, optional
        Largest lag in pixels, as in two_point; default: half the shortest side, at most 128 (32 in 3-D).

    Variables
    ---------
    lineal_path (axis, lag) (1)
        `lag` is in pixels; `lag_length` (axis, lag) beside it is in length units.

    Examples
    --------
    >>> import numpy as np
    >>> m = LinealPath()
    >>> m.finalize(m.partial(np.array([[True, True, True, False]] * 4))).lineal_path.sel(axis="x").values.round(2)
    array([0.75, 0.67, 0.5 ])
    """

    r_max: int | None = field(default=None, metadata=PIXELS)
    name: ClassVar[str] = "lineal_path"
    parted: ClassVar[bool] = True
    panels: ClassVar[tuple[Panel, ...]] = (Panel("lineal_path", "lag_length", by="axis", log="y"),)

    def count(self, block: Block) -> tuple[Counts, Counts]:
        """Count runs, and the places of segments."""
        lag = np.arange(largest_lag(self.r_max, block.whole) + 1)
        places = [
            block.inner.size // (hi - lo) * np.clip(np.minimum(hi, n - lag) - lo, 0, None)
            for (lo, hi), n in zip(block.box, block.whole, strict=True)
        ]
        counts, pending = super().count(block)
        return counts | {"places": np.stack(places)}, pending

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        """Divide segments in runs by segments in the window."""
        lag = np.arange(largest_lag(self.r_max, space.shape) + 1)
        runs = counts["inner"] + counts["border"]
        for _ in range(2):  # runs longer than each lag, then pixels of runs that lie more than the lag from one end
            runs = np.cumsum(runs[..., ::-1], axis=-1)[..., ::-1]
        values = ratio(runs[..., lag + 1], counts["places"])
        long_name, dims = "lineal path along an axis", ("axis", "lag")
        return [Variable("lineal_path", values, "1", long_name, dims, extent=lag, lowest=0, highest=1)], [
            Coord("axis", ("axis",), np.array(space.dims), "1", "axis"),
            Coord("lag", ("lag",), lag, "pixel", "lag"),
            Coord("lag_length", ("axis", "lag"), lag * np.array(space.spacing)[:, None], space.unit, "lag"),
        ]
