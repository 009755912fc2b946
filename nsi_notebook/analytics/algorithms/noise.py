"""How much the mean of dependent samples varies: the long-run variance of the noise, by an autoregressive model.

The variance of the mean of n samples is g / n, where g, the sum of the autocovariances at all lags, is 2 pi times the spectrum
at frequency 0 (Priestley 1981, section 5.3). It is that of an autoregressive model, v / (1 - S)^2 with S the sum of its
coefficients (Berk 1974, Ann Stat 2:489), which Burg's method fits: it uses only samples that follow one another, so that gaps
do no harm, and is always stationary. The order is that of least AICc (Hurvich & Tsai 1989, Biometrika 76:297). Beside Geyer's
sum, batch means and an AR(1) it was the one whose false alarms came down to their level for every noise that was tried.

Two corrections keep it on the safe side. Each mean that is fitted draws S down by about (1 + 3 S) / n, a line by (2 + 4 S) / n:
so of an AR(1) (Marriott & Pope 1954, Biometrika 41:390; Tjostheim & Paulsen 1983, Biometrika 70:389), and is added again at
any order. And noise that alternates counts as independent, since residuals alternate where too much was fitted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from ...errors import OptionError

Floats = npt.NDArray[np.float64]

KINDS = ("ar", "white")
NEAREST = 0.98  # to 1, which is a random walk, that the sum of the coefficients is taken for
ROUNDING = 1e-15  # of values of about 1, times their number: the variance that rounding leaves


@dataclass(frozen=True, slots=True)
class Noise:
    """How noise depends from sample to sample.

    Parameters
    ----------
    samples : int
        How many were looked at.
    order : int or None
        Of the autoregressive model; None if the noise was said to be white.
    variance : float
        Of a sample, in the square of its unit.
    long_run : float
        n times the variance of the mean of n samples, for large n; never less than `variance`.
    """

    samples: int
    order: int | None
    variance: float
    long_run: float

    @property
    def effective(self) -> float:
        """How many independent samples tell as much of the mean."""
        return self.samples * self.variance / self.long_run

    def times(self, scale: float) -> Self:
        """Give the noise of values that are `scale` times as large."""
        return replace(self, variance=self.variance * scale**2, long_run=self.long_run * scale**2)


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """An autoregressive model of residuals: its coefficients, the variance of its innovations, and its AICc."""

    coefficients: Floats
    innovation: float
    aicc: float


def known(noise: object) -> None:
    """Refuse what is no kind of noise.

    Raises
    ------
    OptionError
        Names those that there are.
    """
    if not isinstance(noise, str) or noise not in KINDS:
        raise OptionError(f"noise is {noise!r:.80}", " or ".join(map(repr, KINDS)))


def fit(residual: Floats, joined: npt.NDArray[np.bool_] | None) -> Fit:
    """Fit an autoregressive model.

    Parameters
    ----------
    residual : numpy array of float64, shape (n,)
        Of mean 0, of about 1.
    joined : numpy array of bool, shape (n - 1,), or None
        Whether each is one step from the next; None for white noise.

    Examples
    --------
    >>> e = np.random.default_rng(0).normal(size=2000)
    >>> x = np.zeros(2000)
    >>> for t in range(1, 2000):
    ...     x[t] = 0.6 * x[t - 1] + e[t]
    >>> bool(abs(fit(x - x.mean(), np.full(1999, True)).coefficients.sum() - 0.6) < 0.1)
    True
    """
    n = len(residual)
    variance = float(np.mean(residual**2))
    best = Fit(np.zeros(0), variance, _aicc(n, 0, variance))
    if joined is None:
        return best
    # a NaN in each gap is taken along, so that no term reaches over it
    forward = backward = np.insert(residual, np.flatnonzero(~joined) + 1, np.nan)
    coefficients = np.zeros(0)
    for order in range(1, min(int(10 * np.log10(n)), n // 10) + 1):
        ahead, behind = forward[1:], backward[:-1]
        if order > 1 and np.isfinite(ahead).sum() < n / 2:
            break
        power = float(np.nansum(ahead * ahead + behind * behind))
        if not power > n * ROUNDING:
            break
        reflection = 2 * float(np.nansum(ahead * behind)) / power
        forward, backward = ahead - reflection * behind, behind - reflection * ahead
        coefficients = np.append(coefficients - reflection * coefficients[::-1], reflection)
        variance *= 1 - reflection**2
        if (aicc := _aicc(n, order, variance)) < best.aicc:
            best = Fit(coefficients, variance, aicc)
    return best


def noise_of(residual: Floats, joined: npt.NDArray[np.bool_] | None, lost: float, shift: tuple[float, float]) -> Noise:
    """Tell how the noise depends from residuals.

    Parameters
    ----------
    residual, joined
        See `fit`.
    lost : float
        Degrees of freedom that were fitted.
    shift : tuple of float
        a and b of (a + b S) / n, by which the sum S of the coefficients is too low.
    """
    n = len(residual)
    model = fit(residual, joined)
    order = len(model.coefficients)
    variance = max(float(np.mean(residual**2)) * n / max(n - lost, 1), n * ROUNDING)
    long_run = variance
    if order:
        total = float(model.coefficients.sum())
        total = min(total + (shift[0] + shift[1] * total) / n, NEAREST)
        long_run = max(variance, model.innovation * n / max(n - lost - order, 1) / (1 - total) ** 2)
    return Noise(n, None if joined is None else order, variance, long_run)


def _aicc(n: int, order: int, variance: float) -> float:
    return n * float(np.log(max(variance, n * ROUNDING))) + 2 * (order + 1) * n / (n - order - 2)
