"""The largest ball that can pass through the void from face to face.

A ball of radius r passes where the pixels at a distance of r or more from the solid connect two opposite faces of the window;
the greatest such r is the bottleneck (the critical radius of Katz & Thompson 1986, Phys Rev B 34:8179). PoreSpy's
`find_porosity_threshold` gives its whole part, for spacing 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from ..distances import distance_map
from ..percolation import spanned
from ..space import Space
from .base import Coord, Counts, State, Variable, check_connectivity
from .whole import Whole


@dataclass(frozen=True)
class Bottleneck(Whole):
    """Radius of the largest ball that can pass from face to face, along each axis.

    Parameters
    ----------
    connectivity : int, optional
        Of the path of the ball's centre: 4 or 8 in 2-D, 6, 18 or 26 in 3-D; default 4, 6.

    Variables
    ---------
    bottleneck (axis) (L)
        Distance to the centre of the nearest solid pixel, as in `distance`; nothing is known beyond the window, so a ball may
        reach out of it. 0 where the void does not span, NaN where there is no solid.

    Examples
    --------
    >>> import numpy as np
    >>> wall = np.ones((3, 7), dtype=bool)
    >>> wall[:, [0, 6]] = False
    >>> m = Bottleneck()
    >>> m.finalize(m.partial(wall), 0.5).bottleneck.values
    array([1.5, 0. ])
    """

    connectivity: int | None = None
    name: ClassVar[str] = "bottleneck"
    bytes_a_pixel: ClassVar[int] = 50
    shared: ClassVar[tuple[str, ...]] = ("radius",)

    def bind(self, space: Space) -> Self:
        """Take the default connectivity of the frame, so that the results can tell it."""
        return replace(self, connectivity=check_connectivity(self.connectivity, space.ndim))

    def tally(self, states: Sequence[State], space: Space) -> Counts:
        """Put the mask together and let its pixels join from the farthest to the nearest.

        The widest way through belongs to the whole window, so nothing is counted by tile.
        """
        mask, _ = self.assemble(states, space)
        if mask.all():
            return {"radius": np.full(space.ndim, np.nan)}
        void = np.flatnonzero(mask)
        distance = distance_map(mask, space.spacing).ravel()[void]
        order = np.argsort(-distance)
        last = spanned(void[order], space.shape, check_connectivity(self.connectivity, space.ndim))
        widths = np.append(distance[order], 0.0)  # -1, where nothing spans, is its end
        return {"radius": widths[last]}

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        """Name the radii."""
        said = "radius of the largest ball that can pass from face to face"
        why = "the narrowest place of a way across the window is one thing, and tiles are no repeats of it"
        return [Variable("bottleneck", counts["radius"], space.unit, said, ("axis",), interval=False, why=why)], [
            Coord("axis", ("axis",), np.array(space.dims), "1", "axis")
        ]
