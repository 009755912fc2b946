"""The analysis of variance: F of groups and of repeated measures, and how much of the variance it says they explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ....errors import SeriesError
from ..moments import records_of

Floats = npt.NDArray[np.float64]

LARGE = 1e6  # F, beyond which only the error in its denominator tells its noncentrality


@dataclass(frozen=True, slots=True)
class F:
    """A statistic that has an F distribution where nothing differs.

    Parameters
    ----------
    value : float
    between, within : float
        Degrees of freedom, as they were corrected.
    plain : float
        Degrees of freedom between, without a correction.
    error : float
        Degrees of freedom of what is not explained, without a correction.
    total : float
        Number of independent values.
    """

    value: float
    between: float
    within: float
    plain: float
    error: float
    total: float

    @property
    def p(self) -> float:
        """How often chance gives as much."""
        from scipy.special import fdtrc

        return float(fdtrc(self.between, self.within, self.value))

    @property
    def omega(self) -> float:
        """Share of the variance that is explained, corrected for what chance explains; never below 0."""
        more = self.plain * (self.value - 1)
        return max(0.0, more / (more + self.total))

    @property
    def eta(self) -> float:
        """Share of the sum of squares that is explained, which is too large in few values."""
        return self.plain * self.value / (self.plain * self.value + self.error)

    def interval(self, level: float) -> tuple[float, float]:
        """Give the bounds of the share that is explained, from those of the noncentrality (Steiger 2004).

        A corrected F has a noncentrality that is as much smaller as its degrees of freedom are (Muller & Barton 1989).

        >>> [round(end, 4) for end in F(5.0, 3, 76, 3, 76, 80).interval(0.95)]  # Steiger's example 3
        [0.0228, 0.2893]
        """
        scale = self.between / self.plain
        low, high = (at / scale for at in noncentrality(self.value, self.between, self.within, level))
        return low / (low + self.total), high / (high + self.total)


def noncentrality(value: float, between: float, within: float, level: float) -> tuple[float, float]:
    """Give the bounds of the noncentrality of F: those with which as much is as rare as (1 - level) / 2 on either side."""
    from scipy.optimize import brentq
    from scipy.stats import chi2, f, ncf

    if value > LARGE:
        each = between * value / within
        return float(chi2.ppf((1 - level) / 2, within)) * each, float(chi2.ppf((1 + level) / 2, within)) * each

    def bound(share: float) -> float:
        def off(at: float) -> float:
            return float(ncf.cdf(value, between, within, at) if at else f.cdf(value, between, within)) - share

        if off(0.0) <= 0:
            return 0.0
        most = 2 * between * value + 10
        while off(most) > 0:
            most *= 4
        return float(brentq(off, 0.0, most, xtol=1e-12, rtol=1e-12))

    return bound((1 + level) / 2), bound((1 - level) / 2)


def squares(groups: Sequence[Floats]) -> tuple[Floats, Floats, Floats]:
    """Give of each group how far its mean is from that of the first, the number of values, and the sum of squares.

    From moments that are exact to about 32 digits in the mean, so that an offset of all values costs no digits.
    """
    records = np.array([records_of(group, (0,)) for group in groups])
    away = (records["mean"] - records["mean"][0]) + (records["rest"] - records["rest"][0])
    return away, records["count"].astype(np.float64), records["m2"].astype(np.float64)


def f_of(groups: Sequence[Floats], effective: Sequence[float] | None = None, *, equal: bool = False) -> F:
    """Give the F of groups without NaN: Welch's, or with variances taken as equal.

    Parameters
    ----------
    groups : sequence of numpy arrays of float64, shape (n,)
    effective : sequence of float, optional
        How many independent values each is worth; default: n. The mean of each is as sure as that of so many.
    equal : bool
        Whether their variances are taken as equal.

    Notes
    -----
    Equal to scipy.stats.f_oneway where that is right; the moments keep the digits that the floats allow, also at an offset where
    a plain sum of squares would lose them. Welch 1951, Biometrika 38:330.

    Examples
    --------
    >>> round(f_of([np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])], equal=True).value, 10)
    2.4
    """
    away, count, m2 = squares(groups)
    n = count if effective is None else np.asarray(effective, dtype=np.float64)
    variance = m2 / count * (n / (n - 1))
    k, total = len(groups), float(n.sum())
    if equal:
        mean = (n * away).sum() / total
        within = ((n - 1) * variance).sum() / (total - k)
        value = (n * (away - mean) ** 2).sum() / (k - 1) / within
        return F(float(value), k - 1, total - k, k - 1, total - k, total)
    weight = n / variance
    mean = (weight * away).sum() / weight.sum()
    rest = ((1 - weight / weight.sum()) ** 2 / (n - 1)).sum()
    value = (weight * (away - mean) ** 2).sum() / (k - 1) / (1 + 2 * (k - 2) / (k**2 - 1) * rest)
    return F(float(value), k - 1, float((k**2 - 1) / (3 * rest)), k - 1, total - k, total)


@dataclass(frozen=True, slots=True)
class Repeated:
    """What repeated measures say.

    Parameters
    ----------
    f : F
        Without correction.
    epsilon : float
        How far the differences between conditions are from varying alike: from 1 / (k - 1) to 1, where they do.
    mauchly, p : float
        Mauchly's W and its p; NaN where there are too few subjects for it, or two conditions.
    """

    f: F
    epsilon: float
    mauchly: float
    p: float

    @property
    def corrected(self) -> F:
        """F with the degrees of freedom that sphericity does not carry left out."""
        f, e = self.f, self.epsilon
        return F(f.value, e * f.between, e * f.within, f.plain, f.error, f.total)


def repeated(table: Floats) -> Repeated:
    """Give F of subjects (rows) under conditions (columns), none missing.

    Greenhouse & Geisser 1959, Psychometrika 24:95; Mauchly 1940, Ann Math Stat 11:204, its p by Box's two terms.
    """
    n, k = table.shape
    x = table - table[0, 0]
    apart = x - x.mean(axis=1, keepdims=True)
    means = apart.mean(axis=0)
    rest = apart - means
    between, within = k - 1, (n - 1) * (k - 1)
    noise = float((rest**2).sum())
    if noise <= (1e-15 * np.abs(x).max()) ** 2 * x.size:
        raise SeriesError("the conditions differ by the same in every subject: there is no noise to compare with", "real values?")
    f = F(float(n * (means**2).sum() / between / (noise / within)), between, within, between, within, float(n * k))
    covariance = rest.T @ rest / (n - 1)
    epsilon = min(1.0, float(np.trace(covariance) ** 2 / (between * (covariance**2).sum()))) if k > 2 else 1.0
    return Repeated(f, epsilon, *_mauchly(covariance, n))


def _mauchly(covariance: Floats, n: int) -> tuple[float, float]:
    from scipy.stats import chi2

    d = len(covariance) - 1
    if d < 2 or n - 1 < d:
        return np.nan, np.nan
    eigen = np.linalg.eigvalsh(covariance)[1:]  # the first is that of the mean over conditions, and 0
    if eigen[0] <= 0:
        return 0.0, 0.0
    w = float(np.exp(np.log(eigen).sum() - d * np.log(eigen.mean())))
    rho = 1 - (2 * d**2 + d + 2) / (6 * d * (n - 1))
    omega = (d + 2) * (d - 1) * (d - 2) * (2 * d**3 + 6 * d**2 + 3 * d + 2) / (288 * ((n - 1) * d * rho) ** 2)
    free, value = d * (d + 1) / 2 - 1, -(n - 1) * rho * np.log(w)
    plain = float(chi2.sf(value, free))
    return w, float(np.clip(plain + omega * (chi2.sf(value, free + 4) - plain), 0.0, 1.0))


__all__ = ["F", "Repeated", "f_of", "noncentrality", "repeated", "squares"]
