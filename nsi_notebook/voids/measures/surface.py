"""Surface between void and solid (3-D) or its perimeter (2-D), by Crofton's formula.

S_V = 2 E[I], P_A = (pi / 2) E[I], where I is the number of intersections of a test line with the boundary per length, in
the mean over directions. Directions are those of the 2^d neighbourhood (13 in 3-D, 4 in 2-D), weighted with the share of
the sphere that is nearest to each (Ohser & Muecklich 2000; Legland, Kieu & Devaux 2007, Image Anal Stereol 26:83), so
anisotropic spacing is honoured. The border of the window is no surface.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import pi
from typing import ClassVar

import numpy as np

from ..block import Block
from ..space import Space
from .base import Array, Coord, Counts, Measure, Variable, ratio
from .configurations import configurations, corners


@dataclass(frozen=True)
class Surface(Measure):
    """Surface area (3-D) or perimeter (2-D) of the void inside the window, and its density.

    Variables
    ---------
    surface_area (L^2), surface_density (1/L) in 3-D; perimeter (L), perimeter_density (1/L) in 2-D

    Examples
    --------
    >>> import numpy as np
    >>> y, x = np.ogrid[-30:31, -30:31]
    >>> m = Surface()
    >>> disc = m.finalize(m.partial(y**2 + x**2 <= 20**2))
    >>> round(float(disc.perimeter) / (2 * np.pi * 20), 1)
    1.0
    """

    name: ClassVar[str] = "surface"
    ndims: ClassVar[tuple[int, ...]] = (2, 3)

    def halo(self, whole: Sequence[int]) -> int:
        """One pixel."""
        return 1

    def count(self, block: Block) -> tuple[Counts, Counts]:
        """Count configurations; those over the border do not matter."""
        return {"inner": configurations(block)["inner"]}, {}

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        """Weigh the configurations."""
        per_pixel = crofton_table(space.spacing)  # surface density seen by one configuration
        seen = counts["inner"] @ per_pixel
        density = ratio(seen, counts["inner"].sum(axis=-1))
        area = seen * space.pixel
        if space.ndim == 3:
            return [
                Variable("surface_area", area, space.power(2), "surface area of the void", lowest=0),
                Variable("surface_density", density, space.power(-1), "surface area per volume", lowest=0),
            ], []
        return [
            Variable("perimeter", area, space.power(1), "perimeter of the void", lowest=0),
            Variable("perimeter_density", density, space.power(-1), "perimeter per area", lowest=0),
        ], []


@lru_cache
def crofton_table(spacing: tuple[float, ...]) -> Array:
    """Surface (perimeter) density of each configuration, in 1/L."""
    ndim = len(spacing)
    offsets, empty = corners(ndim)
    factor = 2.0 if ndim == 3 else pi / 2
    table = np.zeros(len(empty))
    for direction, weight in zip(*direction_weights(spacing), strict=True):
        length = float(np.linalg.norm(np.multiply(direction, spacing)))
        pairs = [
            (a, b) for a, b in product(range(len(offsets)), repeat=2) if tuple(np.subtract(offsets[b], offsets[a])) == direction
        ]
        crossed = sum((empty[:, a] != empty[:, b]).astype(float) for a, b in pairs) / len(pairs)
        table += factor * weight * crossed / length
    return table


def direction_weights(spacing: Sequence[float]) -> tuple[list[tuple[int, ...]], list[float]]:
    """Directions of the 2^d neighbourhood and the share of all directions nearest to each (the shares add up to 1)."""
    ndim = len(spacing)
    steps = [s for s in product((-1, 0, 1), repeat=ndim) if any(s)]
    units = np.array([np.multiply(s, spacing) / np.linalg.norm(np.multiply(s, spacing)) for s in steps])
    if ndim == 2:
        angles = np.arctan2(units[:, 0], units[:, 1])
        order = np.argsort(angles)
        ring = angles[order]
        gaps = np.diff(np.concatenate([ring, ring[:1] + 2 * pi]))
        shares = np.empty(len(steps))
        shares[order] = (gaps + np.roll(gaps, 1)) / 2 / (2 * pi)
    else:
        from scipy.spatial import SphericalVoronoi

        shares = SphericalVoronoi(units).calculate_areas() / (4 * pi)
    half = [i for i, s in enumerate(steps) if s > (0,) * ndim]
    return [steps[i] for i in half], [float(2 * shares[i]) for i in half]
