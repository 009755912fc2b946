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

from ..space import Space
from .base import Array, Coord, Counts, Variable, ratio
from .configurations import Configurational, corners, weighted, whole_over


@dataclass(frozen=True)
class Surface(Configurational):
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
    elementwise: ClassVar[bool] = True

    def reduce(self, histograms: Counts) -> Counts:
        """Count the crossings of the surface along each direction; windows over the border do not matter."""
        inner = histograms["inner"]
        crossed, _ = crossings(2 if inner.shape[-1] == 16 else 3)
        return {"crossings": inner @ crossed, "windows": inner.sum(axis=-1)}

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        """Weigh the directions."""
        seen = weighted(counts["crossings"], crofton_weights(space.spacing))  # surface density, summed over the windows
        density = ratio(seen, counts["windows"])
        area = seen * (space.pixel * whole_over(counts["windows"], space.shape))
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
def crossings(ndim: int) -> tuple[Array, Array]:
    """Count the pairs of pixels of a configuration, along each direction, of which one only is empty.

    Returns
    -------
    crossed : ndarray of int64, shape (2^(2^d), directions)
    pairs : ndarray of int64, shape (directions,)
        Pairs that there are.
    """
    offsets, empty = corners(ndim)
    directions, _ = direction_weights((1.0,) * ndim)
    crossed = np.zeros((len(empty), len(directions)), dtype=np.int64)
    pairs = np.zeros(len(directions), dtype=np.int64)
    for a, b in product(range(len(offsets)), repeat=2):
        step = tuple(np.subtract(offsets[b], offsets[a]).tolist())
        if step in directions:
            crossed[:, directions.index(step)] += empty[:, a] != empty[:, b]
            pairs[directions.index(step)] += 1
    return crossed, pairs


@lru_cache
def crofton_weights(spacing: tuple[float, ...]) -> tuple[float, ...]:
    """Surface (perimeter) density of a configuration for each crossing along a direction, in 1/L."""
    factor = 2.0 if len(spacing) == 3 else pi / 2
    _, pairs = crossings(len(spacing))
    lengths = [float(np.linalg.norm(np.multiply(step, spacing))) for step in direction_weights(spacing)[0]]
    shares = direction_weights(spacing)[1]
    return tuple(factor * s / length / int(n) for s, length, n in zip(shares, lengths, pairs, strict=True))


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
