"""Percolation: does the void span the window, and how much of it is connected.

A component spans along an axis if it touches both faces of the window across that axis (Stauffer & Aharony 1994, Introduction to
Percolation Theory). What a fluid can reach from outside is the open part of the void, the rest is closed (ISO 15901); PoreSpy
calls it closed pores, and the spanning part the percolating porosity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..space import Space
from .base import Coord, Counts, State, Variable, ratio
from .parts import Parts


@dataclass(frozen=True)
class Percolation(Parts):
    """Whether the void spans along each axis, and the shares of it that are connected.

    Parameters
    ----------
    connectivity : int, optional
        Of the void: 4 or 8 in 2-D, 6, 18 or 26 in 3-D; default 4, 6.

    Variables
    ---------
    percolates (axis) (1)
        1 where a component touches both faces of the window across the axis, else 0.
    connected_fraction (axis) (1)
        Share of the void in the components that do; times `void_fraction`, it is the effective (percolating) porosity.
    open_fraction (1)
        Share of the void in components that touch any face of the window; the rest is closed. NaN without void, as the shares
        above.

    Examples
    --------
    >>> import numpy as np
    >>> m = Percolation()
    >>> m.finalize(m.partial(np.array([[True, True, True], [False, False, False]]))).percolates.values
    array([0, 1])
    """

    name: ClassVar[str] = "percolation"
    shared: ClassVar[tuple[str, ...]] = ("all", "spanning", "open", "percolates")

    def tally(self, states: Sequence[State], space: Space) -> Counts:
        """Count the pixels of all components, of those that span each axis, and of those that touch a face.

        To span is a property of the whole window, so nothing is counted by tile.
        """
        parts = self.joined(states)
        size, touch = parts["size"], parts["touch"]
        spans = np.stack([touch >> 2 * axis & 3 == 3 for axis in range(space.ndim)])
        return {
            "all": size.sum(),
            "spanning": spans.astype(np.int64) @ size,
            "open": size[touch > 0].sum(),
            "percolates": spans.any(axis=1).astype(np.int64),
        }

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        """Divide by the void."""
        connected, reached = (ratio(counts[k], counts["all"]) for k in ("spanning", "open"))
        said = "share of the void that is connected from face to face"
        why = "what is connected across the window is not told by its tiles"
        return [
            Variable(
                "percolates", counts["percolates"], "1", "whether the void spans the window", ("axis",), interval=False, why=why
            ),
            Variable("connected_fraction", connected, "1", said, ("axis",), interval=False, why=why),
            Variable("open_fraction", reached, "1", "share of the void that is connected to the border", interval=False, why=why),
        ], [Coord("axis", ("axis",), np.array(space.dims), "1", "axis")]
