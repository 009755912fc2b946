"""Boolean model: overlapping discs or balls with Poisson centres.

The void fraction is exp(-intensity v). Formulas: Torquato 2002, Random Heterogeneous Materials, chapter 5; densities of
surface and Euler number by Miles 1976 and Davy 1976, as in Chiu, Stoyan, Kendall & Mecke 2013, Stochastic Geometry and its
Applications, chapter 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from .frames import check_fraction, check_length, check_shape, check_spacing, labelled
from .truths import Array, Isotropic, distances


@dataclass(frozen=True, kw_only=True)
class BooleanModel(Isotropic):
    """What is known of the void outside overlapping discs or balls.

    Parameters
    ----------
    radius : float
        Of the discs or balls.
    fraction : float
        Void fraction.
    spacing : tuple of float
        Distance between pixels along each of 2 or 3 dims.

    Examples
    --------
    >>> model = BooleanModel(radius=3, fraction=0.5, spacing=(1, 1))
    >>> model.lineal_path([0, 1]).round(3).tolist()
    [0.5, 0.432]
    """

    radius: float
    fraction: float
    model: ClassVar[str] = "boolean_model"

    @property
    def volume(self) -> float:
        """Area of a disc or volume of a ball."""
        return float(_volume(self.radius, self.ndim))

    @property
    def intensity(self) -> float:
        """Centres per area or volume."""
        return abs(math.log(self.fraction)) / self.volume

    @property
    def shadow(self) -> float:
        """What a disc or ball hides of a line or plane behind it."""
        return 2 * self.radius if self.ndim == 2 else math.pi * self.radius**2

    def values(self) -> dict[str, float | list[float]]:
        """Give the numbers, by the names of the variables of `measure`; NaN for chords and distances if all is void."""
        R, n = self.radius, self.intensity
        eta = n * self.volume
        if self.ndim == 2:
            surface = {"perimeter_density": self.fraction * n * 2 * math.pi * R}
            # of the discs' union it is n (1 - eta) times the void fraction; the plane's is 0
            euler = -self.fraction * n * (1 - eta)
        else:
            surface = {"surface_density": self.fraction * n * 4 * math.pi * R**2}
            euler = self.fraction * n * (1 - 3 * eta + 3 * math.pi**2 / 32 * eta**2)
        chord = 1 / (n * self.shadow) if n > 0 else math.nan
        return {
            "void_fraction": self.fraction,
            **surface,
            "euler_density": euler,
            "mean_chord": chord,
            "distance_mean": self._distance_mean(),
        }

    def two_point(self, r: ArrayLike) -> Array:
        """Probability that two points a distance `r` apart are both empty: no centre within a radius of either."""
        union = 2 * self.volume - lens(distances(r), self.radius, self.ndim)
        return np.asarray(np.exp(-self.intensity * union))

    def lineal_path(self, r: ArrayLike) -> Array:
        """Probability that a segment of length `r` lies in the void: no centre within a radius of it."""
        return np.asarray(self.fraction * np.exp(-self.intensity * self.shadow * distances(r)))

    def distance_survival(self, r: ArrayLike) -> Array:
        """Share of the void that is farther than `r` from the solid."""
        wide = _volume(self.radius + distances(r), self.ndim)
        return np.asarray(np.exp(-self.intensity * (wide - self.volume)))

    def _distance_mean(self) -> float:
        """Integral of distance_survival."""
        from scipy.special import erfcx, gamma, gammaincc

        R, n = self.radius, self.intensity
        if n == 0:
            return math.nan
        if self.ndim == 2:
            return float(erfcx(R * math.sqrt(math.pi * n)) / (2 * math.sqrt(n)))
        rate = 4 / 3 * math.pi * n
        return float(math.exp(rate * R**3) * gamma(1 / 3) * gammaincc(1 / 3, rate * R**3) / (3 * rate ** (1 / 3)))


def boolean_model(
    shape: Sequence[int],
    radius: float,
    fraction: float,
    seed: int | np.random.Generator,
    spacing: float | Sequence[float] | None = None,
    unit: str | None = None,
) -> xr.DataArray:
    """Make a mask of overlapping solid discs or balls with Poisson centres.

    A pixel is void if no disc or ball covers its centre, so the expected void fraction is exp(-intensity v) = `fraction`, with v
    the area pi r^2 or the volume 4 pi r^3 / 3. Centres outside the window count too, so this holds up to its border.

    Parameters
    ----------
    shape : sequence of int
        Pixels along (y, x) or (z, y, x).
    radius : float
        Of the discs or balls, in `unit`; at least a pixel.
    fraction : float
        Expected void fraction, above 0 and at most 1.
    seed : int or numpy.random.Generator
        The same seed gives the same mask.
    spacing : float or sequence of float, optional
        Distance between pixels, one for all dims or one for each; default 1.
    unit : str, optional
        Unit of `spacing` and `radius`; default pixel.

    Returns
    -------
    xarray.DataArray of bool
        True is void; attrs as in `BooleanModel`.

    Raises
    ------
    DimsError
        If the shape is not one of 2 or 3 dims with pixels.
    OptionError
        If the fraction or radius is outside its range.
    SpacingError
        If the spacing does not fit the shape or is not positive.

    References
    ----------
    Matheron 1975, Random Sets and Integral Geometry; Chiu, Stoyan, Kendall & Mecke 2013, Stochastic Geometry and its
    Applications, chapter 3.

    Examples
    --------
    >>> mask = boolean_model((200, 200), radius=3, fraction=0.6, seed=1)
    >>> mask.dims, round(float(mask.mean()), 1)
    (('y', 'x'), 0.6)
    >>> round(mask.attrs["nsi_true_mean_chord"], 2)
    9.23
    """
    shape = check_shape(shape, (2, 3), "discs need two dims with pixels, balls three")
    fraction = check_fraction(fraction, "above", "at most")
    steps = check_spacing(spacing, shape)
    truth = BooleanModel(radius=check_length("radius", radius, steps, 4), fraction=fraction, spacing=steps)
    rng = np.random.default_rng(seed)
    axes = [np.arange(n) * s for n, s in zip(shape, steps, strict=True)]
    sides = np.array([axis[-1] + 2 * radius for axis in axes])
    number = rng.poisson(truth.intensity * sides.prod())
    void = np.ones(shape, dtype=bool)
    for centre in rng.random((number, len(shape))) * sides - radius:
        first = np.maximum(np.ceil((centre - radius) / steps), 0).astype(int)
        last = np.floor((centre + radius) / steps).astype(int)
        box = tuple(slice(a, b + 1) for a, b in zip(first, last, strict=True))
        squares = [(axis[part] - c) ** 2 for axis, part, c in zip(axes, box, centre, strict=True)]
        void[box] &= sum(np.ix_(*squares)) > radius**2
    return labelled(void, truth, spacing, unit)


def lens(r: Array, radius: float, ndim: int) -> Array:
    """Area or volume common to two discs or balls whose centres are `r` apart.

    >>> lens(np.array([0.0, 2.0]), 1, 3).round(6).tolist()
    [4.18879, 0.0]
    """
    half = np.minimum(r / (2 * radius), 1)
    if ndim == 2:
        return np.asarray(2 * radius**2 * (np.arccos(half) - half * np.sqrt(1 - half**2)))
    return np.asarray(_volume(radius, 3) * (1 - 1.5 * half + 0.5 * half**3))


def _volume(radius: Any, ndim: int) -> Any:
    return math.pi * radius**2 if ndim == 2 else 4 / 3 * math.pi * radius**3
