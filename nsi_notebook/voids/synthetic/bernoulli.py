"""Bernoulli noise: each pixel is void or not, whatever the others are.

All its numbers are exact for pixels; they follow from counting (Michielsen & De Raedt 2001, Phys Rep 347:461 for the Euler
number).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from ..measures.base import check_connectivity
from .frames import Spacing, check_fraction, check_shape, check_spacing, labelled
from .truths import Array, Isotropic, distances


@dataclass(frozen=True, kw_only=True)
class BernoulliNoise(Isotropic):
    """What is known of pixels that are void with a probability.

    Parameters
    ----------
    fraction : float
        Probability.
    spacing : tuple of float
        Distance between pixels along each of 2 or 3 dims.

    Examples
    --------
    >>> BernoulliNoise(fraction=0.75, spacing=(1, 1)).values()["mean_chord"]
    [4.0, 4.0]
    """

    fraction: float
    model: ClassVar[str] = "bernoulli_noise"

    def values(self) -> dict[str, float | list[float]]:
        """Give the numbers, by the names of the variables of `measure`: euler_density at the smallest connectivity."""
        chord = 1 / (1 - self.fraction) if self.fraction < 1 else math.nan
        return {
            "void_fraction": self.fraction,
            "euler_density": self.euler_density(),
            "mean_chord": [chord * s for s in self.spacing],
        }

    def euler_density(self, connectivity: int | None = None) -> float:
        """Euler number of the void per area or volume.

        Parameters
        ----------
        connectivity : int, optional
            Of the void: 4 or 8, 6, 18 or 26; default 4, 6.
        """
        joined = check_connectivity(connectivity, self.ndim)
        p, q = self.fraction, 1 - self.fraction
        # void pixels, less pairs, plus fours, less eights; or the same of the solid, which has the dual connectivity
        x = p if joined in (4, 6) else q
        number = x - 2 * x**2 + x**4 if self.ndim == 2 else x - 3 * x**2 + 3 * x**4 - x**8
        if joined == 8:
            number = -number
        if joined == 18:  # pixels that meet in a corner only, along 4 diagonals, are not joined
            number += 4 * p**2 * q**6
        return number / math.prod(self.spacing)

    def two_point(self, r: ArrayLike) -> Array:
        """Probability that two pixels a distance `r` apart are both empty."""
        return np.where(distances(r) > 0, self.fraction**2, self.fraction)

    def lineal_path(self, r: ArrayLike) -> Array:
        """Probability that all pixels from one to another `r` away along an axis are empty.

        Raises
        ------
        OptionError
            If the spacing differs between axes.
        """
        if len(set(self.spacing)) > 1:
            self._refuse("lineal_path with a spacing that differs between axes")
        steps = np.floor(distances(r) / self.spacing[0] + 1e-9)
        return np.asarray(self.fraction ** (steps + 1))

    def distance_survival(self, r: ArrayLike) -> Array:
        """Share of the void that is farther than `r` from the solid: all pixels within `r` are empty."""
        values = distances(r)
        reach = float(values.max(initial=0)) * (1 + 1e-9)
        lags = [np.arange(-math.floor(reach / s), math.floor(reach / s) + 1) * s for s in self.spacing]
        away = np.sort(np.sqrt(sum(np.ix_(*(lag**2 for lag in lags)))), axis=None)
        near = np.searchsorted(away, values * (1 + 1e-9), side="right") - 1  # without the pixel itself
        return np.asarray(self.fraction**near)


def bernoulli_noise(
    shape: Sequence[int],
    fraction: float,
    seed: int | np.random.Generator,
    spacing: Spacing = None,
    unit: str | None = None,
) -> xr.DataArray:
    """Make a mask whose pixels are void with a probability, whatever the others are.

    Parameters
    ----------
    shape : sequence of int
        Pixels along (y, x) or (z, y, x).
    fraction : float
        Probability, from 0 to 1.
    seed : int or numpy.random.Generator
        The same seed gives the same mask.
    spacing : float or sequence of float, optional
        Distance between pixels, one for all dims or one for each; default 1.
    unit : str, optional
        Unit of `spacing`; default pixel.

    Returns
    -------
    xarray.DataArray of bool
        True is void; attrs as in `BernoulliNoise`.

    Raises
    ------
    DimsError, OptionError, SpacingError
        If the shape, the fraction or the spacing is outside its range.

    Examples
    --------
    >>> mask = bernoulli_noise((200, 200), fraction=0.25, seed=1)
    >>> round(float(mask.mean()), 1), mask.attrs["nsi_true_euler_density"]
    (0.2, 0.12890625)
    """
    shape = check_shape(shape, (2, 3), "noise needs two or three dims with pixels")
    truth = BernoulliNoise(fraction=check_fraction(fraction, "at least", "at most"), spacing=check_spacing(spacing, shape))
    void = np.random.default_rng(seed).random(shape) < fraction
    return labelled(void, truth, spacing, unit)
