"""Distance from the void to the solid.

Euclidean distance from the centre of each empty pixel to that of the nearest solid one (Danielsson 1980, Comput Graph
Image Process 14:227); nothing is known beyond the border, so it is no solid. A distance may reach across the whole mask:
states keep the bits of their blocks and `finalize` needs the whole array in memory, as some thirty bytes a pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..distances import squared_distances
from ..space import Space
from .base import PIXELS, Coord, Counts, Panel, Variable
from .mapped import QUANTILES, Mapped
from .two_point import largest_lag


@dataclass(frozen=True)
class Distance(Mapped):
    """Distribution of the distance from the void to the solid.

    Parameters
    ----------
    q : tuple of float
        Quantiles, from 0 to 1; default: 0.05, 0.25, 0.5, 0.75, 0.95.
    r_max : int, optional
        Largest r in pixels, as in two_point (a step of r is the smallest spacing); default: half the shortest side, at
        most 128 (32 in 3-D).

    Variables
    ---------
    distance_mean (L), distance_quantile (q) (L), distance_survival (r) (1)
        distance_survival is the share of the void that is farther than r from the solid. NaN where there is no void or no solid.

    Examples
    --------
    >>> import numpy as np
    >>> m = Distance()
    >>> float(m.finalize(m.partial(np.array([False, True, True, True, False]))).distance_quantile.sel(q=0.95))
    2.0
    """

    q: tuple[float, ...] = QUANTILES
    r_max: int | None = field(default=None, metadata=PIXELS)
    name: ClassVar[str] = "distance"
    shared: ClassVar[tuple[str, ...]] = ("value",)
    panels: ClassVar[tuple[Panel, ...]] = (Panel("distance_survival", "r", log="y"), Panel("distance_quantile", "q"))

    @staticmethod
    def squares(mask: NDArray[np.bool_], spacing: Sequence[float]) -> tuple[NDArray[Any], float]:
        """Squares of the distances."""
        squares, unit, _ = squared_distances(mask, spacing)
        return squares, unit

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        """Describe the distances."""
        step = min(space.spacing)
        r = np.arange(largest_lag(self.r_max, space.shape) + 1) * step
        share = self.beyond(counts, r, equal=False)
        span = 2 * np.arange(len(r))  # the diameter of the ball that fits
        return [
            Variable("distance_mean", self.mean(counts), space.unit, "mean distance to the solid", lowest=step),
            Variable(
                "distance_quantile",
                self.quantiles(counts),
                space.unit,
                "quantile of the distance to the solid",
                ("q",),
                lowest=step,
            ),
            Variable("distance_survival", share, "1", "share of the void farther away", ("r",), extent=span, lowest=0, highest=1),
        ], [
            Coord("q", ("q",), np.array(self.q), "1", "quantile"),
            Coord("r", ("r",), r, space.unit, "distance"),
        ]
