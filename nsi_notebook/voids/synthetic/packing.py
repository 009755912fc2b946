"""Sphere packings: equal balls on a cubic lattice, the void between them.

Number of balls, gaps and holes by lattice: Conway & Sloane 1999, Sphere Packings, Lattices and Groups; Torquato 2002, Random
Heterogeneous Materials, chapter 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from ...errors import DimsError, OptionError, UnknownNameError
from .boolean import lens
from .frames import Spacing, check_length, check_shape, check_spacing, labelled
from .truths import Array, Truth, distances


class Lattice(NamedTuple):
    """Where the balls of a cell are, in sides of the cell.

    Parameters
    ----------
    centres : tuple
        Of the balls.
    contact : float
        Radius at which nearest neighbours touch.
    """

    centres: tuple[tuple[float, float, float], ...]
    contact: float


LATTICES = {
    "sc": Lattice(((0, 0, 0),), 1 / 2),
    "bcc": Lattice(((0, 0, 0), (0.5, 0.5, 0.5)), math.sqrt(3) / 4),
    "fcc": Lattice(((0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0)), math.sqrt(2) / 4),
}


@dataclass(frozen=True, kw_only=True)
class SpherePacking(Truth):
    """What is known of the void between balls on a cubic lattice.

    Parameters
    ----------
    lattice : {"sc", "bcc", "fcc"}
        Simple, body-centred or face-centred cubic.
    cell : float
        Side of the cubic cell.
    radius : float
        Of the balls.
    spacing : tuple of float
        Distance between pixels along z, y, x.

    Examples
    --------
    >>> model = SpherePacking(lattice="fcc", cell=1, radius=2**0.5 / 4, spacing=(0.1,) * 3)
    >>> round(model.values()["void_fraction"], 4)
    0.2595
    """

    lattice: str
    cell: float
    radius: float
    model: ClassVar[str] = "sphere_packing"

    @property
    def density(self) -> float:
        """Balls per volume."""
        return len(LATTICES[self.lattice].centres) / self.cell**3

    @property
    def fraction(self) -> float:
        """Void fraction."""
        return 1 - self.density * 4 / 3 * math.pi * self.radius**3

    def values(self) -> dict[str, float | list[float]]:
        """Give the numbers, by the names of the variables of `measure`.

        mean_chord is that of a window without end, in which the lines that meet no ball have no end either. There is no
        euler_density where balls touch: the gaps around a point of contact end in pixels, however small.
        """
        surface = self.density * 4 * math.pi * self.radius**2
        numbers: dict[str, float | list[float]] = {
            "void_fraction": self.fraction,
            "surface_density": surface,
            "mean_chord": 4 * self.fraction / surface,
        }
        if not math.isclose(self.radius, LATTICES[self.lattice].contact * self.cell, rel_tol=1e-9):
            numbers["euler_density"] = self.density  # that of the solid: a ball is one piece
        return numbers

    def two_point(self, r: ArrayLike) -> Array:
        """Probability that two points a distance `r` apart are both empty, in the mean over directions.

        Two balls whose centres are d apart, one of them moved by r in any direction, have in common the mean of the lens of
        two balls over a sphere of radius r around d.
        """
        far = distances(r)
        R, a = self.radius, self.cell
        reach = math.ceil((float(far.max(initial=0)) + 2 * R) / a) + 1
        steps = np.stack(np.meshgrid(*(np.arange(-reach, reach + 1),) * 3, indexing="ij"), axis=-1).reshape(-1, 3)
        centres = np.array(LATTICES[self.lattice].centres)
        # both lattices with more balls look alike from each of them
        away, number = np.unique(
            np.round(np.linalg.norm((steps + centres[:, None]).reshape(-1, 3), axis=1), 9), return_counts=True
        )
        common = lens(far, R, 3)
        for d, times in zip(away[1:] * a, number[1:], strict=True):
            low, high = np.abs(d - far), d + far
            near = (low < 2 * R) & (far > 0)
            mean = (_moment(high, R) - _moment(low, R)) / (2 * d * np.where(near, far, 1))
            common = common + times * np.where(near, mean, 0)
        return np.asarray(2 * self.fraction - 1 + self.density * common)


def sphere_packing(
    shape: Sequence[int],
    lattice: str,
    cell: float,
    radius: float | None = None,
    spacing: Spacing = None,
    unit: str | None = None,
) -> xr.DataArray:
    """Make a mask of the void between equal balls on a cubic lattice.

    The centre of a ball is at the corner of the first pixel. There is no chance in it, and so no seed.

    Parameters
    ----------
    shape : sequence of int
        Pixels along (z, y, x): whole cells along each.
    lattice : {"sc", "bcc", "fcc"}
        Simple, body-centred or face-centred cubic: 1, 2 or 4 balls in a cell.
    cell : float
        Side of the cubic cell, in `unit`.
    radius : float, optional
        Of the balls, at least a pixel and at most where they touch; default: they touch.
    spacing : float or sequence of float, optional
        Distance between pixels, one for all dims or one for each; default 1.
    unit : str, optional
        Unit of `spacing`, `cell` and `radius`; default pixel.

    Returns
    -------
    xarray.DataArray of bool
        True is void; attrs as in `SpherePacking`.

    Raises
    ------
    DimsError
        If the shape is not one of 3 dims with pixels, or does not hold whole cells.
    UnknownNameError
        If there is no such lattice.
    OptionError
        If the radius or cell is outside its range.
    SpacingError
        If the spacing does not fit the shape or is not positive.

    Examples
    --------
    >>> mask = sphere_packing((40, 40, 40), "sc", cell=20)
    >>> round(mask.attrs["nsi_true_void_fraction"], 4), round(float(mask.mean()), 2)
    (0.4764, 0.47)
    """
    shape = check_shape(shape, (3,), "balls need three dims with pixels")
    if lattice not in LATTICES:
        raise UnknownNameError.among("lattice", lattice, LATTICES)
    steps = check_spacing(spacing, shape)
    cell = check_length("cell", cell, steps, 32)
    largest = LATTICES[lattice].contact * cell
    radius = check_length("radius", largest if radius is None else radius, steps, 8)
    if radius > largest * (1 + 1e-9):
        raise OptionError(
            f"radius={radius:g}: the balls of {lattice} with a cell of {cell:g} overlap beyond {largest:g}",
            "leave radius out, so that they touch",
        )
    _check_whole(shape, steps, cell)
    void = np.ones(shape, dtype=bool)
    for centre in LATTICES[lattice].centres:
        squares = []
        for n, s, c in zip(shape, steps, centre, strict=True):
            away = (np.arange(n) + 0.5) * s / cell - c
            squares.append(((away - np.round(away)) * cell) ** 2)  # from the nearest ball
        inside: Any = sum(np.ix_(*squares))
        void &= inside > radius**2
    truth = SpherePacking(lattice=lattice, cell=cell, radius=radius, spacing=steps)
    return labelled(void, truth, spacing, unit)


def _check_whole(shape: Sequence[int], steps: Sequence[float], cell: float) -> None:
    """Refuse a window that cuts cells, which would not hold the balls that the numbers are of."""
    cells = [n * s / cell for n, s in zip(shape, steps, strict=True)]
    if any(abs(c - round(c)) > 1e-6 or round(c) < 1 for c in cells):
        said = " x ".join(f"{c:g}" for c in cells)
        fits = tuple(max(1, round(c)) * cell / s for c, s in zip(cells, steps, strict=True))
        example = tuple(round(n) for n in fits)
        whole = all(abs(n - e) < 1e-6 for n, e in zip(fits, example, strict=True))
        raise DimsError(
            f"shape={tuple(shape)} holds {said} cells of {cell:g}: not whole ones",
            f"for example shape={example}" if whole else "choose a cell of whole pixels along each dim",
        )


def _moment(s: Array, radius: float) -> Array:
    """Integral of the lens of two balls s apart, times s, from 0 to s."""
    s = np.minimum(s, 2 * radius)
    return np.asarray(4 / 3 * math.pi * radius**3 * (s**2 / 2 - s**3 / (4 * radius) + s**5 / (80 * radius**3)))
