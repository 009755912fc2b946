"""Menger sponge: a cube whose middle is cut out along the three axes, and so on in the twenty cubes that are left.

Void is what was cut out. The dimension is that of what is left, and of the boundary between the two: log 20 / log 3
(Mandelbrot 1982, The Fractal Geometry of Nature). The other numbers follow from counting.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import xarray as xr

from .fractals import Fractal, fractal
from .frames import Spacing


@dataclass(frozen=True, kw_only=True)
class MengerSponge(Fractal):
    """What is known of the cubes cut out of a cube.

    Parameters
    ----------
    level : int
        Number of times that it was cut; it has 3^level pixels a side.
    spacing : tuple of float
        Distance between pixels along z, y and x.

    Examples
    --------
    >>> model = MengerSponge(level=2, spacing=(1, 1, 1))
    >>> model.box_count([3, 9]).tolist(), round(model.values()["box_dimension"], 4)
    ([20, 1], 2.7268)
    """

    left: ClassVar[int] = 20
    model: ClassVar[str] = "menger_sponge"

    def values(self) -> dict[str, float | list[float]]:
        """Give the numbers, by the names of the variables of `measure`: component_count and euler_number at connectivity 6.

        The surface is that of the faces inside the window. Crofton's formula, by which `measure` estimates it, is made for
        surfaces in all directions, and sees two thirds of it.
        """
        n = self.level
        # faces across one axis, and chords: a chord has two ends, which are faces or lie on the border
        faces = 2 * (20**n - 8**n) // 3
        chords = (faces + 2 * (9**n - 8**n)) // 2
        volume = math.prod(self.spacing)
        surface = sum(faces * volume / s for s in self.spacing)
        return {
            "void_fraction": 1 - (20 / 27) ** n,
            "component_count": 1,
            "euler_number": self._euler(),
            "surface_area": surface,
            "surface_density": surface / (27**n * volume),
            "mean_chord": [(27**n - 20**n) / chords * s for s in self.spacing],
            "box_dimension": math.log(20) / math.log(3),
        }

    def _euler(self) -> int:
        """Euler number of the void, the border being solid.

        A sponge is 20 sponges of the level before, glued at 24 carpets; edges and corners cancel. The void is the rest of
        the cube without its border, whose carpets the sponge holds: by duality it has the Euler number of all that is solid,
        less that of the cube.
        """
        sponge: int = 1
        for j in range(1, self.level + 1):
            sponge = 20 * sponge - 24 * int(8 - 8 ** (j - 1)) // 7
        carpet = int(8 - 8**self.level) // 7
        return sponge - 6 * carpet + 5


def menger_sponge(level: int, spacing: Spacing = None, unit: str | None = None) -> xr.DataArray:
    """Make a Menger sponge; what was cut out of the cube is void.

    There is no chance in it, and so no seed.

    Parameters
    ----------
    level : int
        Number of times that it is cut, from 1 to 6: 3^level pixels a side.
    spacing : float or sequence of float, optional
        Distance between pixels, one for all dims or one for each; default 1.
    unit : str, optional
        Unit of `spacing`; default pixel.

    Returns
    -------
    xarray.DataArray of bool
        True is void; attrs as in `MengerSponge`.

    Raises
    ------
    OptionError
        If the level is outside its range.
    SpacingError
        If the spacing is not one positive number, or three.

    Examples
    --------
    >>> mask = menger_sponge(3)
    >>> mask.shape, int(mask.sum()) == 27**3 - 20**3
    ((27, 27, 27), True)
    """
    return fractal(MengerSponge, 3, level, spacing, unit)
