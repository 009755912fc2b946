"""Persistent homology of the distance map: how deep the voids are, and how wide the ways between them.

The signed Euclidean distance is negative in the void (minus the distance to the solid) and positive in the solid (the distance
to the void), so its sublevel sets {distance <= t} are the void eroded by -t, the void at t = 0, and the void dilated by t (Robins
et al. 2016, Water Resour Res 52:315; Herring, Robins & Sheppard 2019, Water Resour Res 55:555). A component (dimension 0) is born
at minus the radius of the largest ball around its deepest pixel and dies at minus the radius of the throat through which it meets
an older one. A hole of the plane or a cavity of the volume (dimension d - 1) is born where void closes around a piece of solid
and dies at the depth of that piece.

How pairs are found is told in `voids.pairing`. The whole mask must be in memory, with some eighty bytes a pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from ..distances import distance_map
from ..pairing import pairs
from ..space import Space
from .base import Array, Coord, Counts, Panel, State, Variable, check_connectivity, ratio
from .whole import Whole

ROUNDING = 1e-9  # of the spacing: distances that are equal may differ by rounding, which makes pairs that are shorter
LIMBS = np.array([2.0**-31, 2.0**-62])


@dataclass(frozen=True)
class Persistence(Whole):
    """Persistence pairs of the signed distance map, of dimensions 0 and d - 1.

    Parameters
    ----------
    connectivity : int, optional
        Of the void: 4 or 8 in 2-D, 6, 18 or 26 in 3-D; default 4, 6. The solid has the dual one: 8 or 4, 26 or 6.

    Variables
    ---------
    persistence_birth, persistence_death (homology, pair) (L)
        Signed distances, the pair that lives longest first. The oldest component never dies: its death is inf. NaN where one
        dimension has fewer pairs. Pairs that die at the distance at which they are born are left out.
    persistence_count (homology) (1)
        Number of pairs, with the one that never dies.
    persistence_total (homology) (L), persistence_entropy (homology) (1)
        Of those that die: the sum of their lifetimes, and the entropy -sum p log p of their shares p in it (Atienza et al. 2016,
        arXiv:1510.05461); NaN where there are none. `voids.diagrams` has their landscape and image.

    A mask that is all void or all solid has no distances, so no pairs.

    Examples
    --------
    >>> import numpy as np
    >>> m = Persistence()
    >>> found = m.finalize(m.partial(np.array([[True, True, False, True]] * 3)))
    >>> found.persistence_birth.sel(homology=0).values, found.persistence_death.sel(homology=0).values
    (array([-2., -1.]), array([inf,  1.]))
    """

    connectivity: int | None = None
    name: ClassVar[str] = "persistence"
    ndims: ClassVar[tuple[int, ...]] = (2, 3)
    ragged: ClassVar[bool] = True
    bytes_a_pixel: ClassVar[int] = 60
    shared: ClassVar[tuple[str, ...]] = ("birth", "death", "longest")
    panels: ClassVar[tuple[Panel, ...]] = (
        Panel("persistence_death", "persistence_birth", by="homology", points=True, diagonal=True),
        Panel("persistence_landscape", "t", by="level"),
    )

    def bind(self, space: Space) -> Self:
        """Take the default connectivity of the frame, so that the results can tell it."""
        return replace(self, connectivity=check_connectivity(self.connectivity, space.ndim))

    def tally(self, states: Sequence[State], space: Space) -> Counts:
        """Pair the signed distances of the whole mask, and book each pair in the state that holds its extremum."""
        mask, home = self.assemble(states, space)
        if mask.all() or not mask.any():
            return booked([(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64))] * 2, len(states))
        signed = distance_map(~mask, space.spacing) - distance_map(mask, space.spacing)
        found = []
        for birth, death, place in pairs(signed, check_connectivity(self.connectivity, space.ndim)):
            long = death - birth > ROUNDING * min(space.spacing)
            found.append((birth[long], death[long], home.ravel()[place[long]]))
        return booked(found, len(states))

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        """Pairs, their number, total and entropy."""
        return described(counts, space.unit, space.ndim)


def booked(found: Sequence[tuple[Array, Array, Array]], number: int) -> Counts:
    """Put the pairs of each dimension side by side, and count them and sum their lifetimes by state.

    Parameters
    ----------
    found : sequence of (birth, death, home)
        For each dimension; `home` is the number of the state in which a pair is booked.
    number : int
        Of states.

    Returns
    -------
    dict
        birth, death, shape (dimensions, most pairs): padded with NaN; longest, (dimensions,): lifetime; count, shape
        (number, dimensions); life, surprise, shape (number, dimensions, 2): sums over the pairs that die of x and of x log x,
        where x is the share in the longest lifetime, exact in two integers each.
    """
    most = max(len(birth) for birth, _, _ in found)
    ends = np.full((2, len(found), most), np.nan)
    longest = np.zeros(len(found))
    count = np.zeros((number, len(found)), dtype=np.int64)
    life, surprise = np.zeros((2, number, len(found), 2), dtype=np.int64)
    for i, (birth, death, home) in enumerate(found):
        ends[0, i, : len(birth)], ends[1, i, : len(birth)] = birth, death
        count[:, i] = np.bincount(home, minlength=number)
        dies = np.isfinite(death)
        if dies.any():
            lives = np.abs(death - birth)[dies]
            longest[i] = lives.max()
            share = lives / longest[i]
            np.add.at(life[:, i], home[dies], _limbs(share))
            np.add.at(surprise[:, i], home[dies], _limbs(share * np.log(share)))
    return {"birth": ends[0], "death": ends[1], "longest": longest, "count": count, "life": life, "surprise": surprise}


def _limbs(values: Array) -> Array:
    """Write numbers of size up to 1 as two integers, so that their sums do not depend on the order."""
    high = np.floor(values / LIMBS[0])
    low = np.rint((values - high * LIMBS[0]) / LIMBS[1])
    return np.stack([high, low], axis=-1).astype(np.int64)


def described(counts: Counts, unit: str, ndim: int) -> tuple[list[Variable], list[Coord]]:
    """Variables of what `booked` gives, with any leading axes."""
    life, surprise = counts["life"] @ LIMBS, counts["surprise"] @ LIMBS
    some = np.where(life > 0, life, np.nan)
    total = life * counts["longest"]
    each = ("homology", "pair")
    one = "each pair is one thing, and tiles are no repeats of it"
    wide = "a pair is booked where it is born, however far it reaches, which makes intervals 1.2 to 1.5 times too wide"
    return [
        Variable("persistence_birth", counts["birth"], unit, "value at birth", each, interval=False, why=one),
        Variable("persistence_death", counts["death"], unit, "value at death", each, interval=False, why=one),
        Variable("persistence_count", counts["count"], "1", "number of persistence pairs", each[:1], lowest=0),
        Variable("persistence_total", total, unit, "sum of the lifetimes", each[:1], interval=False, why=wide),
        Variable("persistence_entropy", np.log(some) - ratio(surprise, some), "1", "persistent entropy", each[:1], lowest=0),
    ], [
        Coord("homology", each[:1], np.array([0, ndim - 1]), "1", "dimension of the homology"),
        Coord("pair", each[1:], np.arange(1, counts["birth"].shape[-1] + 1), "1", "rank by lifetime"),
    ]
