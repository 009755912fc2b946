"""Level sets of a Gaussian random field, whose correlation is rho(r) = exp(-r^2 / (2 length^2)).

Two points: Quiblier 1984, J Colloid Interface Sci 98:84; Berryman 1987, J Math Phys 28:244. Densities of surface, mean
curvature and Euler number: Adler 1981, The Geometry of Random Fields; Tomita 1986, Prog Theor Phys 76:952.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from .frames import Spacing, check_fraction, check_length, check_shape, check_spacing, labelled
from .truths import Array, Isotropic, distances

REACH = 9.0  # lengths beyond which the field does not remember: rho is 3e-18


@dataclass(frozen=True, kw_only=True)
class GaussianLevelSet(Isotropic):
    """What is known of the void where a Gaussian field is below a level.

    Parameters
    ----------
    length : float
        Correlation length: the field's correlation is exp(-r^2 / (2 length^2)).
    fraction : float
        Void fraction.
    spacing : tuple of float
        Distance between pixels along each of 2 or 3 dims.

    Examples
    --------
    >>> model = GaussianLevelSet(length=5, fraction=0.5, spacing=(1, 1))
    >>> model.two_point([0, 5, 50]).round(3).tolist()
    [0.5, 0.354, 0.25]
    """

    length: float
    fraction: float
    model: ClassVar[str] = "gaussian_level_set"

    @property
    def level(self) -> float:
        """Level in standard deviations, below which is the void."""
        from scipy.special import ndtri

        return float(ndtri(self.fraction))

    def values(self) -> dict[str, float | list[float]]:
        """Give the numbers, by the names of the variables of `measure`."""
        t, root = self.level, 1 / self.length  # of the second spectral moment
        peak = math.exp(-(t**2) / 2)
        if self.ndim == 2:
            surface = {"perimeter_density": root * peak / 2}
            euler = -t * root**2 * peak / (2 * math.pi) ** 1.5
        else:
            surface = {"surface_density": 2 * root * peak / math.pi}
            euler = (t**2 - 1) * root**3 * peak / (2 * math.pi) ** 2
        # a line crosses the level root * peak / pi times per length (Rice 1945), once in and once out for each chord
        return {
            "void_fraction": self.fraction,
            **surface,
            "euler_density": euler,
            "mean_chord": 2 * math.pi * self.fraction / (root * peak),
        }

    def two_point(self, r: ArrayLike) -> Array:
        """Probability that two points a distance `r` apart are both empty.

        The integral of exp(-t^2 / (1 + sin a)) / 2 pi over a from 0 to arcsin rho, added to fraction^2.
        """
        far = distances(r)
        # arccos of rho would lose half the digits near r = 0
        top = np.arctan2(np.exp(-((far / self.length) ** 2) / 2), np.sqrt(-np.expm1(-((far / self.length) ** 2))))
        nodes, weights = np.polynomial.legendre.leggauss(64)
        angle = top[..., None] * (nodes + 1) / 2
        inner = np.exp(-(self.level**2) / (1 + np.sin(angle))) @ weights * top / 2
        return np.asarray(self.fraction**2 + inner / (2 * math.pi))


def gaussian_level_set(
    shape: Sequence[int],
    length: float,
    fraction: float,
    seed: int | np.random.Generator,
    spacing: Spacing = None,
    unit: str | None = None,
) -> xr.DataArray:
    """Make a mask of the void where a stationary Gaussian random field is low.

    The field is exact in the pixels' centres: noise is filtered on a torus so much larger than the window that its ends do not
    know of each other (circulant embedding: Wood & Chan 1994, J Comput Graph Stat 3:409). Needs some 50 bytes a pixel of that.

    Parameters
    ----------
    shape : sequence of int
        Pixels along (y, x) or (z, y, x).
    length : float
        Correlation length in `unit`, at least a pixel: the field's correlation is exp(-r^2 / (2 length^2)).
    fraction : float
        Expected void fraction, above 0 and below 1.
    seed : int or numpy.random.Generator
        The same seed gives the same mask.
    spacing : float or sequence of float, optional
        Distance between pixels, one for all dims or one for each; default 1.
    unit : str, optional
        Unit of `spacing` and `length`; default pixel.

    Returns
    -------
    xarray.DataArray of bool
        True is void; attrs as in `GaussianLevelSet`.

    Raises
    ------
    DimsError, OptionError, SpacingError
        If the shape, the length or fraction, or the spacing is outside its range.

    Examples
    --------
    >>> mask = gaussian_level_set((200, 200), length=4, fraction=0.3, seed=1, spacing=0.5, unit="um")
    >>> round(mask.attrs["nsi_true_perimeter_density"], 3)  # 1/um
    0.109
    """
    from scipy import fft

    shape = check_shape(shape, (2, 3), "a level set needs two or three dims with pixels")
    fraction = check_fraction(fraction, "above", "below")
    steps = check_spacing(spacing, shape)
    truth = GaussianLevelSet(length=check_length("length", length, steps, 8), fraction=fraction, spacing=steps)
    rng = np.random.default_rng(seed)
    torus = [fft.next_fast_len(n + math.ceil(REACH * length / s), real=True) for n, s in zip(shape, steps, strict=True)]
    field = fft.rfftn(rng.standard_normal(torus))
    for axis, (n, s) in enumerate(zip(torus, steps, strict=True)):
        lag = np.minimum(np.arange(n), n - np.arange(n)) * s
        spectrum = np.fft.fft(np.exp(-((lag / length) ** 2) / 2)).real[: field.shape[axis]]
        root = np.sqrt(np.maximum(spectrum, 0))  # below 0 by rounding only
        field *= root.reshape([-1 if i == axis else 1 for i in range(len(shape))])
    values = fft.irfftn(field, torus, overwrite_x=True)[tuple(slice(n) for n in shape)]
    return labelled(values < truth.level, truth, spacing, unit)
