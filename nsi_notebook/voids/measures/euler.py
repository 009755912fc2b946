"""Euler number of the void.

2-D: components minus holes; 3-D: components minus tunnels plus cavities. Counted on the cubical complex: from the
histogram of 2^d configurations, each contributing its share of vertices, edges, faces and cells (Toriwaki & Yonekura
2002, Forma 17:183; Ohser & Muecklich 2000). Outside the window counts as solid, as in scikit-image. The density instead
uses only configurations inside the window, so that the border adds nothing (Ohser, Nagel & Schladitz 2002, LNP 600:275).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, Self

import numpy as np

from ..space import Space
from .base import Array, Coord, Counts, Variable, check_connectivity, ratio
from .configurations import Configurational, corners


@dataclass(frozen=True)
class Euler(Configurational):
    """Euler number of the void and its density.

    Parameters
    ----------
    connectivity : int, optional
        Of the void: 4 or 8 in 2-D, 6, 18 or 26 in 3-D; default 4, 6.

    Variables
    ---------
    euler_number (1), euler_density (1/L^d)

    Examples
    --------
    >>> import numpy as np
    >>> ring = np.ones((3, 3), dtype=bool); ring[1, 1] = False
    >>> m = Euler()
    >>> int(m.finalize(m.partial(ring)).euler_number)
    0
    """

    connectivity: int | None = None
    name: ClassVar[str] = "euler"
    elementwise: ClassVar[bool] = True

    def bind(self, space: Space) -> Self:
        """Take the default connectivity of the frame, so that the results can tell it."""
        return replace(self, connectivity=check_connectivity(self.connectivity, space.ndim))

    def reduce(self, histograms: Counts) -> Counts:
        """Weigh the configurations; integers in units of 1 / 2^d."""
        inner = histograms["inner"]
        ndim = 2 if inner.shape[-1] == 16 else 3
        weights = euler_table(ndim, check_connectivity(self.connectivity, ndim))
        there = inner @ weights
        return {"all": there + histograms["border"] @ weights, "inner": there, "windows": inner.sum(axis=-1)}

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        """Give the number, and that of the configurations inside over their area or volume."""
        share = 1 << space.ndim
        total = counts["all"]
        total = total // share if total.dtype.kind == "i" else total / share  # replicates are of parts that do not fit together
        inner = counts["inner"] / share
        density, unit = ratio(inner, counts["windows"] * space.pixel), space.power(-space.ndim)
        return [
            Variable("euler_number", total, "1", "Euler number of the void", alike="euler_density"),
            Variable("euler_density", density, unit, "Euler number density of the void", things=inner),
        ], []


@lru_cache
def euler_table(ndim: int, connectivity: int) -> Array:
    """Contribution of each configuration to the Euler number, in units of 1 / 2^d.

    A cell of the grid of pixel corners belongs to the void if any (closed pixels: 8, 18, 26) or all (open: 4, 6) of the
    pixels around it are empty. A k-dimensional cell around the configuration's centre is shared by 2^k configurations.
    """
    offsets, empty = corners(ndim)
    spots = np.array(offsets)
    closed = connectivity in (8, 18, 26)
    table = np.zeros(len(empty), dtype=np.int64)
    for fixed in np.ndindex(*(3,) * ndim):  # per axis: 0 or 1 = the pixel on that side, 2 = both sides
        member = np.all([(f == 2) | (spots[:, axis] == f) for axis, f in enumerate(fixed)], axis=0)
        across = sum(f == 2 for f in fixed)
        # `across` pixel directions are spanned: the cell common to them has dimension ndim - across
        cell = ndim - across if closed else across
        there = empty[:, member].any(axis=1) if closed else empty[:, member].all(axis=1)
        table += (-1) ** cell * there * (1 << across)
    if connectivity == 18:
        # two pixels that meet in a point only are joined at 26, not at 18: the point counts twice
        for i, spot in enumerate(spots):
            j = int(np.flatnonzero((spots == 1 - spot).all(axis=1))[0])
            if i < j:
                table[(1 << i) | (1 << j)] += 1 << ndim
    return table
