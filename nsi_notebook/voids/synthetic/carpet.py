"""Sierpinski carpet: a square whose middle ninth is cut out, and so on in the eight that are left.

Void is what was cut out. The dimension is that of what is left, and of the boundary between the two: log 8 / log 3
(Mandelbrot 1982, The Fractal Geometry of Nature). The other numbers follow from counting: step j cuts 8^(j - 1) squares
of 3^(level - j) pixels a side, none of which touches another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from ...errors import OptionError
from .fractals import Fractal, fractal
from .frames import Spacing
from .truths import Array, distances


@dataclass(frozen=True, kw_only=True)
class SierpinskiCarpet(Fractal):
    """What is known of the squares cut out of a square.

    Parameters
    ----------
    level : int
        Number of times that it was cut; it has 3^level pixels a side.
    spacing : tuple of float
        Distance between pixels along y and x.

    Examples
    --------
    >>> model = SierpinskiCarpet(level=3, spacing=(1, 1))
    >>> model.box_count([3, 9, 27]).tolist(), model.chord_count([1, 3, 9]).tolist()
    ([64, 8, 1], [64, 24, 9])
    """

    left: ClassVar[int] = 8
    model: ClassVar[str] = "sierpinski_carpet"

    @property
    def squares(self) -> tuple[list[int], list[int]]:
        """Sides in pixels of the squares that each step cuts, and their number."""
        steps = range(1, self.level + 1)
        return [3 ** (self.level - j) for j in steps], [8 ** (j - 1) for j in steps]

    def values(self) -> dict[str, float | list[float]]:
        """Give the numbers, by the names of the variables of `measure`.

        The perimeter is that of the squares. Crofton's formula, by which `measure` estimates it, is made for curves in all
        directions: it sees 0.67 of the perimeter of a pixel, 0.95 of that of a large square, and here some 0.75.
        """
        sides, number = (np.array(v, dtype=float) for v in self.squares)
        down, right = self.spacing
        perimeter = float(number @ sides) * 2 * (down + right)
        chord = float(number @ sides**2 / (number @ sides))
        area = 9.0**self.level * down * right
        return {
            "void_fraction": 1 - (8 / 9) ** self.level,
            "component_count": int(number.sum()),
            "euler_number": int(number.sum()),
            "perimeter": perimeter,
            "perimeter_density": perimeter / area,
            "mean_chord": [chord * s for s in self.spacing],
            "box_dimension": math.log(8) / math.log(3),
        }

    def chord_count(self, length: ArrayLike) -> Array:
        """Chords of the void along each axis that are `length` pixels long."""
        sides, number = self.squares
        known = dict(zip(sides, np.multiply(sides, number).tolist(), strict=True))
        values = np.asarray(length)
        return np.array([known.get(n, 0) for n in values.ravel().tolist()]).reshape(values.shape)

    def lineal_path(self, r: ArrayLike) -> Array:
        """Share of the segments of length `r` along an axis, of those inside the window, that lie in the void.

        Raises
        ------
        OptionError
            If the spacing differs between axes, or `r` is not shorter than the window.
        """
        if len(set(self.spacing)) > 1:
            self._refuse("lineal_path with a spacing that differs between axes")
        steps = distances(r) / self.spacing[0]
        side = 3**self.level
        if (steps >= side).any():
            raise OptionError(f"r={r!r}: a segment is as long as the window of {side} pixels", "choose shorter ones")
        sides, number = (np.array(v, dtype=float) for v in self.squares)
        inside = np.clip(sides - steps[..., None], 0, None) @ (number * sides)
        return np.asarray(inside / (side * (side - steps)))


def sierpinski_carpet(level: int, spacing: Spacing = None, unit: str | None = None) -> xr.DataArray:
    """Make a Sierpinski carpet; what was cut out of the square is void.

    There is no chance in it, and so no seed.

    Parameters
    ----------
    level : int
        Number of times that it is cut, from 1 to 10: 3^level pixels a side.
    spacing : float or sequence of float, optional
        Distance between pixels, one for all dims or one for each; default 1.
    unit : str, optional
        Unit of `spacing`; default pixel.

    Returns
    -------
    xarray.DataArray of bool
        True is void; attrs as in `SierpinskiCarpet`.

    Raises
    ------
    OptionError
        If the level is outside its range.
    SpacingError
        If the spacing is not one positive number, or two.

    Examples
    --------
    >>> sierpinski_carpet(1).values.astype(int)
    array([[0, 0, 0],
           [0, 1, 0],
           [0, 0, 0]])
    """
    return fractal(SierpinskiCarpet, 2, level, spacing, unit)
