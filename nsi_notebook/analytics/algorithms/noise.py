"""How much the mean of dependent samples varies: the long-run variance of the noise, by an autoregressive model.

The variance of the mean of n samples is g / n, where g, the sum of the autocovariances at all lags, is 2 pi times the spectrum
at frequency 0 (Priestley 1981, section 5.3). It is that of an autoregressive model, v / (1 - S)^2 with S the sum of its
coefficients (Berk 1974, Ann Stat 2:489), which Burg's method fits: it uses only samples that follow one another, so that gaps
do no harm, and is always stationary. The order is that of least AICc (Hurvich & Tsai 1989, Biometrika 76:297). Beside Geyer's
sum, batch means and an AR(1) it was the one whose false alarms came down to their level for every noise that was tried.

Two corrections keep it on the safe side. Each mean that is fitted draws S down by about (1 + 3 S) / n, a line by (2 + 4 S) / n:
so of an AR(1) (Marriott & Pope 1954, Biometrika 41:390; Tjostheim & Paulsen 1983, Biometrika 70:389), and is added again at
any order, but not so far that the noise would be remembered for more than half of the series. And noise that alternates counts
as independent, since residuals alternate where too much was fitted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from ...errors import OptionError

Floats = npt.NDArray[np.float64]

KINDS = ("ar", "white")
FEW, FEW_EFFECTIVE = 200, 10  # samples, and effective ones, below which no method was measured to hold its level
NEAREST, LONGEST = 0.02, 2  # to 1, which is a random walk, the sum of the coefficients is taken for
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
        return max(self.samples * (self.variance / self.long_run), 1.0)

    def times(self, scale: float) -> Self:
        """Give the noise of values that are `scale` times as large."""
        return replace(self, variance=self.variance * scale**2, long_run=self.long_run * scale**2)


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Autoregressive models, one a row.

    Parameters
    ----------
    samples, order : numpy array of int64
        How many there are; of the model.
    squares : numpy array of float64
        Their sum.
    total : numpy array of float64
        Sum of the coefficients, below 1.
    innovation, aicc : numpy array of float64
        Variance of what is new in each sample, and the criterion that chose the order.
    reflection : numpy array of float64, shape (rows, orders)
        Partial autocorrelations, 0 beyond the order.
    """

    samples: npt.NDArray[np.int64]
    order: npt.NDArray[np.int64]
    squares: Floats
    total: Floats
    innovation: Floats
    aicc: Floats
    reflection: Floats

    def coefficients(self, row: int = 0) -> Floats:
        """Give those of one row, by which each sample follows from those before it, the nearest first."""
        found = np.zeros(0)
        for reflection in self.reflection[row, : self.order[row]]:
            found = np.append(found - reflection * found[::-1], reflection)
        return found

    def autocorrelation(self, lags: int, row: int = 0) -> Floats:
        """Give the autocorrelations of one row at the lags from 0 to `lags`."""
        from scipy.signal import lfilter, lfiltic

        so_far, left, known = np.zeros(0), 1.0, [1.0]
        for reflection in self.reflection[row, : self.order[row]]:
            known.append(float(reflection * left + so_far @ known[:0:-1]))
            so_far = np.append(so_far - reflection * so_far[::-1], reflection)
            left *= 1 - reflection**2
        more = lags + 1 - len(known)
        if more <= 0 or not so_far.size:
            return np.pad(known, (0, max(more, 0)))[: lags + 1]
        auto = np.concatenate([[1.0], -so_far])
        after, _ = lfilter([1.0], auto, np.zeros(more), zi=lfiltic([1.0], auto, known[::-1]))
        return np.concatenate([known, after])


def known(noise: object) -> None:
    """Refuse what is no kind of noise.

    Raises
    ------
    OptionError
        Names those that there are.
    """
    if not isinstance(noise, str) or noise not in KINDS:
        raise OptionError(f"noise is {noise!r:.80}", " or ".join(map(repr, KINDS)))


def doubt(samples: int, effective: float) -> str:
    """Say why an interval of dependent samples is not safe, or nothing if it is: by simulation, docs/analysis.md."""
    few = [f"fewer than {FEW} values ({samples})"] if samples < FEW else []
    few += [f"fewer than {FEW_EFFECTIVE} effective ones ({effective:.3g})"] if effective < FEW_EFFECTIVE else []
    return f"no method is safe with {' and '.join(few)}" if few else ""


def apart(values: Floats, joined: npt.NDArray[np.bool_] | None) -> Floats:
    """Put a NaN along the last axis between samples that do not follow one another, so that no model reaches over it."""
    return values if joined is None or joined.all() else np.insert(values, np.flatnonzero(~joined) + 1, np.nan, axis=-1)


def fit(rows: Floats, *, dependent: bool = True, most: int | None = None) -> Fit:
    """Fit an autoregressive model to each row.

    Parameters
    ----------
    rows : numpy array of float64, shape (rows, n)
        Residuals of mean 0, of about 1; NaN where one is missing.
    dependent : bool
        False: of order 0.

    Examples
    --------
    >>> e = np.random.default_rng(0).normal(size=2000)
    >>> x = np.zeros(2000)
    >>> for t in range(1, 2000):
    ...     x[t] = 0.6 * x[t - 1] + e[t]
    >>> bool(abs(fit(x[None] - x.mean()).total[0] - 0.6) < 0.1)
    True
    """
    from .kernels.burg import fitted

    n = rows.shape[1]
    highest = min(int(10 * np.log10(n)), n // 10) if dependent and n else 0
    reflections = np.zeros((len(rows), highest if most is None else min(highest, most)))
    counts, sums = np.empty((2, len(rows)), dtype=np.int64), np.empty((4, len(rows)))
    fitted(np.ascontiguousarray(rows, dtype=np.float64), ROUNDING, reflections, counts, sums)
    samples, order = counts
    squares, total, innovation, aicc = sums
    return Fit(samples, order, squares, total, innovation, aicc, reflections)


def long_runs(
    rows: Floats, lost: float, shift: tuple[float, float], *, dependent: bool = True
) -> tuple[npt.NDArray[np.int64], Floats, Floats]:
    """Give the order, the variance and the long-run variance of each row of residuals.

    Parameters
    ----------
    rows, dependent
        See `fit`.
    lost : float
        Degrees of freedom that were fitted.
    shift : tuple of float
        a and b of (a + b S) / n, by which the sum S of the coefficients is too low.
    """
    model = fit(rows, dependent=dependent)
    n = model.samples
    variance = np.maximum(model.squares / np.maximum(n - lost, 1), n * ROUNDING)
    total = model.total + (shift[0] + shift[1] * model.total) / n
    total = np.maximum(np.minimum(total, 1 - np.minimum(NEAREST, LONGEST / n)), model.total)
    long_run = model.innovation * n / np.maximum(n - lost - model.order, 1) / (1 - total) ** 2
    long_run = np.clip(long_run, variance, n * variance)
    return model.order, variance, np.where(model.order > 0, long_run, variance)


def noise_of(residual: Floats, joined: npt.NDArray[np.bool_] | None, lost: float, shift: tuple[float, float]) -> Noise:
    """Tell how the noise of one series depends.

    Parameters
    ----------
    residual : numpy array of float64, shape (n,)
        Of mean 0, of about 1.
    joined : numpy array of bool, shape (n - 1,), or None
        Whether each is one step from the next; None for white noise.
    lost, shift
        See `long_runs`.
    """
    dependent = joined is not None
    order, variance, long_run = long_runs(apart(residual, joined)[None], lost, shift, dependent=dependent)
    return Noise(len(residual), int(order[0]) if dependent else None, float(variance[0]), float(long_run[0]))
