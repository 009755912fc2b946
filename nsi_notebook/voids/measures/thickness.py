"""Local thickness of the void, and what openings leave of it.

The local thickness of a point is the diameter of the largest ball in the void that holds it (Hildebrand & Ruegsegger 1997, J
Microsc 185:67). Here a ball stands on the centre of an empty pixel, its radius is the distance to the centre of the nearest
solid pixel, real and not rounded, and it holds the pixels whose centre is strictly nearer than that; nothing is known beyond
the border, so it is no solid. A slit of w pixels between flat walls is thus w (even) or w + 1 (odd) pixels thick. The share of
the void that is at least 2 r thick is what openings by balls of radius r and more leave (granulometry: Matheron 1975, Random
Sets and Integral Geometry); its steps are the pattern spectrum (Maragos 1989, IEEE PAMI 11:701).

A ball may reach across the whole mask: `finalize` needs it in memory, as some forty bytes a pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..balls import squared_radii
from ..space import Space
from .base import PIXELS, Coord, Counts, Panel, Variable
from .mapped import QUANTILES, Mapped
from .two_point import largest_lag


@dataclass(frozen=True)
class Thickness(Mapped):
    """Distribution of the local thickness of the void.

    Parameters
    ----------
    q : tuple of float
        Quantiles, from 0 to 1; default: 0.05, 0.25, 0.5, 0.75, 0.95.
    r_max : int, optional
        Largest radius r in pixels, as in two_point (a step of r is the smallest spacing); default: half the shortest side, at
        most 128 (32 in 3-D).

    Variables
    ---------
    thickness_mean (L), thickness_quantile (q) (L)
        Of the diameter of the largest ball over each empty pixel; NaN where there is no void or no solid.
    opening_fraction (r) (1)
        Share of the void that an opening by a ball of radius r leaves: that whose largest ball has a radius of at least r.
    pattern_spectrum (r) (1)
        Histogram of the radius of the largest ball: share of the void where it is at least r and less than the next r.

    Examples
    --------
    >>> import numpy as np
    >>> m = Thickness()
    >>> ds = m.finalize(m.partial(np.array([False, True, True, True, False, True, False])))
    >>> float(ds.thickness_mean), ds.opening_fraction.sel(r=2).item()
    (3.5, 0.75)
    """

    q: tuple[float, ...] = QUANTILES
    r_max: int | None = field(default=None, metadata=PIXELS)
    name: ClassVar[str] = "thickness"
    shared: ClassVar[tuple[str, ...]] = ("value",)
    panels: ClassVar[tuple[Panel, ...]] = (
        Panel("opening_fraction", "r", vanishes=True, along="radius of the ball"),
        Panel("pattern_spectrum", "r", vanishes=True, along="radius of the ball"),
        Panel("thickness_quantile", "q"),
    )

    @staticmethod
    def squares(mask: NDArray[np.bool_], spacing: Sequence[float]) -> tuple[NDArray[Any], float]:
        """Squares of the radii."""
        return squared_radii(mask, spacing)

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        """Describe the balls."""
        step = min(space.spacing)
        steps = np.arange(largest_lag(self.r_max, space.shape) + 2)
        left = self.beyond(counts, steps * step, equal=True)
        span = 2 * steps[:-1]  # the diameter of the ball
        return [
            Variable("thickness_mean", 2 * self.mean(counts), space.unit, "mean local thickness of the void", lowest=2 * step),
            Variable(
                "thickness_quantile",
                2 * self.quantiles(counts),
                space.unit,
                "quantile of the local thickness of the void",
                ("q",),
                lowest=2 * step,
            ),
            Variable(
                "opening_fraction",
                left[..., :-1],
                "1",
                "share of the void that an opening leaves",
                ("r",),
                extent=span,
                lowest=0,
                highest=1,
            ),
            Variable(
                "pattern_spectrum",
                left[..., :-1] - left[..., 1:],
                "1",
                "share of the void by the radius of the largest ball",
                ("r",),
                extent=span,
                lowest=0,
                highest=1,
            ),
        ], [
            Coord("q", ("q",), np.array(self.q), "1", "quantile"),
            Coord("r", ("r",), steps[:-1] * step, space.unit, "distance"),
        ]
