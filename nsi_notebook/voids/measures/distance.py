"""Distance from the void to the solid.

Euclidean distance from the centre of each empty pixel to that of the nearest solid one (Danielsson 1980, Comput Graph
Image Process 14:227); nothing is known beyond the border, so it is no solid. A distance may reach across the whole mask:
states keep the bits of their blocks and `finalize` needs the whole array in memory, as some thirty bytes a pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...errors import OptionError
from ..distances import distance_map
from ..space import Space
from .base import Coord, Counts, Panel, State, Variable, ratio
from .two_point import largest_lag
from .whole import Whole

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Distance(Whole):
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
    r_max: int | None = None
    name: ClassVar[str] = "distance"
    shared: ClassVar[tuple[str, ...]] = ("value",)
    panels: ClassVar[tuple[Panel, ...]] = (Panel("distance_survival", "r", log="y"), Panel("distance_quantile", "q"))

    def __post_init__(self) -> None:
        """Check the quantiles."""
        if not self.q or any(not 0 <= p <= 1 for p in self.q):
            raise OptionError(f"q={self.q} are not quantiles", "give numbers from 0 to 1")

    def tally(self, states: Sequence[State], space: Space) -> Counts:
        """Put the mask together and count the empty pixels of each state by their distance.

        Returns
        -------
        dict
            value, shape (k,): distances that occur, rising; number, shape (len(states), k): empty pixels at each.
        """
        mask, home = self.assemble(states, space)
        if mask.all() or not mask.any():
            return {"value": np.array([np.nan]), "number": np.zeros((len(states), 1), dtype=np.int64)}
        found = distance_map(mask, space.spacing)[mask]
        value, which = np.unique(found, return_inverse=True)
        flat = home[mask] * len(value) + which
        return {"value": value, "number": np.bincount(flat, minlength=len(states) * len(value)).reshape(len(states), -1)}

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        """Describe the distances."""
        value, number = counts["value"], counts["number"]
        total = number.sum(axis=-1)
        r = np.arange(largest_lag(self.r_max, space.shape) + 1) * min(space.spacing)
        running = np.cumsum(number, axis=-1)
        near = np.searchsorted(value, r, side="right") - 1  # the last distance that is not beyond r; there may be none
        farther = total[..., None] - np.where(near >= 0, running[..., near], 0)
        quantiles = [
            np.where(
                total > 0, value[np.minimum((running < np.asarray(p * total)[..., None]).sum(axis=-1), len(value) - 1)], np.nan
            )
            for p in self.q
        ]
        share = ratio(farther, total[..., None])
        span = 2 * np.arange(len(r))  # the diameter of the ball that fits
        step = min(space.spacing)
        return [
            Variable("distance_mean", ratio(number @ value, total), space.unit, "mean distance to the solid", lowest=step),
            Variable(
                "distance_quantile",
                np.stack(quantiles, axis=-1),
                space.unit,
                "quantile of the distance to the solid",
                ("q",),
                lowest=step,
            ),
            Variable("distance_survival", share, "1", "share of the void farther away", ("r",), extent=span, lowest=0, highest=1),
        ], [
            Coord("q", ("q",), np.array(self.q), "1", "quantile"),
            Coord("r", ("r",), r, space.unit, "distance to the solid"),
        ]
