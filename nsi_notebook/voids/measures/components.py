"""Connected components of the void: how many, how large. Their table is in `voids.components`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..space import Space
from .base import Coord, Counts, Panel, State, Variable, home_of, ratio
from .parts import Parts


@dataclass(frozen=True)
class Components(Parts):
    """Number and sizes of the connected components of the void.

    Parameters
    ----------
    connectivity : int, optional
        Of the void: 4 or 8 in 2-D, 6, 18 or 26 in 3-D; default 4, 6.

    Variables
    ---------
    component_count (1), component_size (rank) (L^d), component_size_mean (L^d), largest_component_fraction (1)
        Sizes fall with rank; the fraction is that of the largest component in the void, NaN without void.

    Examples
    --------
    >>> import numpy as np
    >>> m = Components(connectivity=8)
    >>> int(m.finalize(m.partial(np.eye(3, dtype=bool))).component_count)
    1
    """

    name: ClassVar[str] = "components"
    ragged: ClassVar[bool] = True
    shared: ClassVar[tuple[str, ...]] = ("sizes",)
    panels: ClassVar[tuple[Panel, ...]] = (Panel("component_size", log="xy", tail=True),)

    def tally(self, states: Sequence[State], space: Space) -> Counts:
        """Count each component in the box of its first pixel, and empty pixels where they are."""
        homes = [s.boxes[0] for s in states] if len(states) > 1 else [tuple((0, n) for n in space.shape)]
        parts = self.joined(states)
        home = home_of(np.stack(np.unravel_index(parts["key"], space.shape), axis=1), homes)
        return {
            "count": np.bincount(home, minlength=len(homes)),
            "pixels": np.array([s.pending["size"].sum() for s in states]),
            "sizes": np.sort(parts["size"])[::-1],
        }

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        """Number, sizes, share of the largest."""
        sizes = counts["sizes"]
        largest = ratio(sizes[:1].sum(), sizes.sum())
        mean = ratio(counts["pixels"], counts["count"]) * space.pixel
        volume = space.power(space.ndim)
        one, most = "each component is one thing, and tiles are no repeats of it", "another may be the largest in another window"
        share = "share of the void in its largest component"
        return [
            Variable("component_count", counts["count"], "1", "number of components of the void", lowest=0),
            Variable("component_size", sizes * space.pixel, volume, "size of the component", ("rank",), interval=False, why=one),
            Variable("component_size_mean", mean, volume, "mean size of the components", lowest=space.pixel),
            Variable("largest_component_fraction", largest, "1", share, interval=False, why=most),
        ], [Coord("rank", ("rank",), np.arange(1, len(sizes) + 1), "1", "rank by size")]
