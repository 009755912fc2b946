"""Sizes of effects without a unit, and their intervals.

Standardised differences are intervals of a noncentral t (Steiger & Fouladi 1997); of two samples whose variances differ the
standard deviation is the root of the mean of both variances (Delacre, Lakens, Ley, Liu & Leys 2021, "Why Hedges' g*s based on the
non-pooled standard deviation should be reported with Welch's t-test"), of trimmed means the scaled root of winsorised ones
(Algina, Keselman & Penfield 2005, Psychol Methods 10:317). The chance that a value of one sample is above one of another has the
variance of its placements (DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44:837) on the scale of logits, and where that is 0
Newcombe's interval 5 (2006, Stat Med 25:559). The rank-biserial correlation of pairs is a U-statistic; its interval holds what
would not be refused by its variance under normal differences of that size, as Newcombe's does. The usual one, its variance under
no effect on the scale of atanh, held the truth in 62 to 95 of 100 simulations, this one in 92 to 97.

How far values are from normal is told by ratios of their L-moments (Hosking 1990, J R Stat Soc B 52:105). Their jackknife
intervals hold the truth in 92 to 98 of 100 simulations of normal, uniform, exponential, lognormal and Student's values with 5
degrees of freedom, n = 10 to 1000; those of skewness and kurtosis in 27 to 99.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from .result import Estimate

Floats = npt.NDArray[np.float64]

_EDGE = 1e-9  # from a bound of a share, to look for the end of its interval
Alternative = Literal["two-sided", "less", "greater"]
ALTERNATIVES: tuple[Alternative, ...] = get_args(Alternative)


def tails(level: float, alternative: str) -> tuple[float, float]:
    """Give the chance of a value below the interval and of one above it; one-sided ones are open on one side.

    >>> [round(tail, 3) for tail in tails(0.95, "two-sided") + tails(0.95, "greater")]
    [0.025, 0.025, 0.05, 0.0]
    """
    out = 1 - level
    return {"two-sided": (out / 2, out / 2), "greater": (out, 0.0), "less": (0.0, out)}[alternative]


def noncentral(t: float, df: float, level: float, alternative: str = "two-sided") -> tuple[float, float]:
    """Give an interval of the noncentrality of which t was found.

    Parameters
    ----------
    t, df, level : float
    alternative : {"two-sided", "greater", "less"}
        "greater" has no upper end, "less" no lower one.

    Examples
    --------
    >>> lower, upper = noncentral(3.0, 20, 0.95)
    >>> round(lower, 3), round(upper, 3)
    (0.803, 5.136)
    """
    from scipy.stats import norm

    below, above = tails(level, alternative)

    def end(tail: float, upper: bool) -> float:
        if not tail:
            return math.inf if upper else -math.inf
        near = t + (1 if upper else -1) * float(norm.isf(tail)) * math.sqrt(1 + t * t / 2 / df)
        if abs(t) > 30 or not math.isfinite(t):  # where its distribution has no digits left, and is normal
            return near
        wanted = tail if upper else 1 - tail
        return crossing(lambda nc: chance_below(t, df, nc) - wanted, near - 5 - abs(near) / 2, near + 5 + abs(near) / 2, near)

    return end(below, False), end(above, True)


def chance_below(t: float, df: float, nc: float) -> float:
    """Give the chance that a noncentral t is below a number; by its integral where SciPy's series do not converge, and give NaN.

    >>> round(chance_below(1.0, 20, 0.5), 4), round(chance_below(4.9659716, 908.73653236, -4.94229286), 4)
    (0.685, 1.0)
    """
    from scipy.special import nctdtr
    from scipy.stats import chi, norm

    found = float(nctdtr(df, nc, t))
    if not math.isnan(found):
        return found
    least, most = float(chi.ppf(1e-17, df)), float(chi.isf(1e-17, df))
    nodes, weights = np.polynomial.legendre.leggauss(200)
    spread = (least + most) / 2 + (most - least) / 2 * nodes
    shares = weights * chi.pdf(spread, df)
    return float(shares @ norm.cdf(t * spread / math.sqrt(df) - nc) / shares.sum())


def crossing(f: Callable[[float], float], low: float, high: float, otherwise: float) -> float:
    """Give where a function crosses 0 between two places, or a number if it does not."""
    from scipy.optimize import brentq

    ends = f(low), f(high)
    return float(brentq(f, low, high, xtol=1e-12)) if ends[0] * ends[1] < 0 else otherwise


def shrink(df: float) -> float:
    """Give the factor that makes a standardised difference unbiased (Hedges 1981, J Educ Stat 6:107), of df above 1.

    >>> round(shrink(10), 4)
    0.9227
    """
    return math.exp(math.lgamma(df / 2) - math.lgamma((df - 1) / 2)) / math.sqrt(df / 2)


def hedges(
    difference: float,
    variances: tuple[float, float],
    n: tuple[float, float],
    level: float,
    alternative: str = "two-sided",
) -> Estimate | None:
    """Give Hedges' g of two samples whose variances may differ, with its interval; None at 1 degree of freedom, which has none.

    Parameters
    ----------
    difference : float
        Of the means.
    variances, n : tuple of float
        Of each sample; n effective, where values are not independent.
    level, alternative
        See `noncentral`.
    """
    spread = math.sqrt((variances[0] + variances[1]) / 2)
    error = math.sqrt(variances[0] / n[0] + variances[1] / n[1])
    parts = [v * v / (m - 1) for v, m in zip(variances, n, strict=True)]
    df = (variances[0] + variances[1]) ** 2 / sum(parts)
    if df <= 1 + 1e-9:
        return None
    bounds = noncentral(difference / error, df, level, alternative)
    unit = error / spread
    return Estimate("Hedges g", difference / spread * shrink(df), bounds[0] * unit, bounds[1] * unit, level=level)


def cohen(mean: float, std: float, n: float, level: float, alternative: str, name: str = "Cohen d") -> Estimate:
    """Give the mean in standard deviations, with its interval."""
    bounds = noncentral(mean / std * math.sqrt(n), n - 1, level, alternative)
    return Estimate(name, mean / std, bounds[0] / math.sqrt(n), bounds[1] / math.sqrt(n), level=level)


def superiority(one: Floats, other: Floats, level: float, alternative: str = "two-sided") -> Estimate:
    """Give the chance that a value of the first sample is above one of the other, half of those that are the same counted.

    Parameters
    ----------
    one, other : numpy array of float64, shape (m,), (n,)
    level, alternative
        See `noncentral`.

    Examples
    --------
    >>> found = superiority(np.arange(20.0) + 5, np.arange(20.0), 0.95)
    >>> found.value, round(found.lower, 3), round(found.upper, 3)
    (0.71875, 0.54, 0.848)
    """
    from scipy.stats import norm

    m, n = len(one), len(other)
    above = _placements(one, other)
    share = float(above.mean())
    below, over = (float(norm.isf(tail)) for tail in tails(level, alternative))
    variance = float(above.var(ddof=1)) / m + float(_placements(other, one).var(ddof=1)) / n
    if variance > 0 and 0 < share < 1:
        logit, error = math.log(share / (1 - share)), math.sqrt(variance) / (share * (1 - share))
        lower, upper = (1 / (1 + math.exp(-min(max(end, -700), 700))) for end in (logit - below * error, logit + over * error))
        return Estimate("probability of superiority", share, lower, upper, level=level)
    many = (m + n) / 2 - 1

    def off(theta: float, z: float) -> float:
        spread = theta * (1 - theta) * (1 + many * ((1 - theta) / (2 - theta) + theta / (1 + theta))) / m / n
        return share - theta - z * math.sqrt(max(spread, 0.0))

    # a share of 0 or 1 is itself a place where `off` is 0: not the one that is wanted
    near, far = max(share, 2 * _EDGE), min(share, 1 - 2 * _EDGE)
    lower = crossing(lambda x: off(x, below), _EDGE, far, 0.0) if math.isfinite(below) and share > 0 else 0.0
    upper = crossing(lambda x: off(x, -over), near, 1 - _EDGE, 1.0) if math.isfinite(over) and share < 1 else 1.0
    return Estimate("probability of superiority", share, lower, upper, level=level)


def rank_biserial(differences: Floats, level: float, alternative: str = "two-sided") -> Estimate:
    """Give the matched-pairs rank-biserial correlation: the ranks of differences above 0 less those below, of all.

    Parameters
    ----------
    differences : numpy array of float64, shape (n,)
        None of them 0.
    level, alternative
        See `noncentral`.

    Examples
    --------
    >>> found = rank_biserial(np.array([1.0, 2, -1.5, 4, 5, 6, 7.5, -3]), 0.95)
    >>> round(found.value, 3), round(found.lower, 2), round(found.upper, 2)
    (0.667, -0.11, 0.94)
    """
    from scipy.stats import norm, rankdata

    ranks, n = rankdata(np.abs(differences)), len(differences)
    value = float((ranks * np.sign(differences)).sum() / ranks.sum())
    if n < 3:
        return Estimate("rank-biserial correlation", value, -1.0, 1.0, level=level)
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    weights /= weights.sum()
    # pairs of two different differences only, as the variance has them
    pairs = float(np.clip((value * n * (n + 1) - 2 * np.sign(differences).sum()) / n / (n - 1), -1, 1))

    def off(r: float, z: float) -> float:
        above = norm.cdf(nodes + math.sqrt(2) * norm.ppf((1 + r) / 2))
        alone = 4 * float(weights @ above**2 - (weights @ above) ** 2)
        return pairs - r - z * math.sqrt(max(4 * (n - 2) * alone + 2 * (1 - r * r), 0.0) / n / (n - 1))

    below, over = (float(norm.isf(tail)) for tail in tails(level, alternative))
    lower = crossing(lambda r: off(r, below), _EDGE - 1, 1 - _EDGE, -1.0) if math.isfinite(below) else -1.0
    upper = crossing(lambda r: off(r, -over), _EDGE - 1, 1 - _EDGE, 1.0) if math.isfinite(over) else 1.0
    return Estimate("rank-biserial correlation", value, min(lower, value), max(upper, value), level=level)


def deviations(one: Floats, other: Floats, level: float) -> Estimate:
    """Give the ratio of the mean absolute deviations from the median, which is what Brown and Forsythe's test looks at.

    Bonett & Seier 2003, Am Stat 57:233.

    Examples
    --------
    >>> found = deviations(np.arange(20.0), np.arange(20.0) / 2, 0.95)
    >>> round(found.value, 3), round(found.lower, 2), round(found.upper, 2)
    (2.0, 1.35, 2.96)
    """
    from scipy.stats import norm

    ratio = variance = 0.0
    for sign, value in ((1, one), (-1, other)):
        n, middle = len(value), float(np.median(value))
        size = float(np.abs(value - middle).mean())
        ratio += sign * math.log(n / (n - 1) * size)
        variance += max(((float(value.mean()) - middle) ** 2 + float(value.var(ddof=1))) / size**2 - 1, 0.0) / n
    reach = float(norm.isf((1 - level) / 2)) * math.sqrt(variance)
    lower, upper = math.exp(ratio - reach), math.exp(ratio + reach)
    return Estimate("ratio of mean deviations", math.exp(ratio), lower, upper, level=level)


def l_shape(values: Floats, level: float) -> tuple[Estimate, Estimate]:
    """Give L-skewness, from -1 to 1, of normal values 0, and L-kurtosis, from -1/4 to 1, of normal values 0.1226.

    Parameters
    ----------
    values : numpy array of float64, shape (n,)
        At least five, not all the same.
    level : float

    Examples
    --------
    >>> skewness, kurtosis = l_shape(np.array([1.0, 2, 3, 5, 8, 13, 21]), 0.95)
    >>> round(skewness.value, 3), round(skewness.lower, 2), round(kurtosis.value, 3), round(kurtosis.upper, 2)
    (0.393, -0.12, 0.138, 0.84)
    """
    from scipy.stats import t

    n = len(values)
    x = np.sort(values) - np.median(values)
    x = x / np.abs(x).max()
    rank = np.arange(n, dtype=np.float64)
    sums, without = [], []
    weight = below = np.ones(n)
    chosen, left = float(n), float(n - 1)
    for r in range(4):
        now, then = weight * x, below * x  # of each value as it stands, and once one before it is left out
        sums.append(now.sum() / chosen)
        without.append((np.cumsum(now) - now + then.sum() - np.cumsum(then)) / left)
        weight, below = weight * (rank - r), below * (rank - 1 - r)
        chosen, left = chosen * (n - 1 - r), left * (n - 2 - r)
    found = []
    ends = (("L-skewness", -1.0), ("L-kurtosis", -0.25))
    for (name, least), value, each in zip(ends, _l_ratios(*sums), _l_ratios(*without), strict=True):
        error = float(np.sqrt((n - 1) / n * ((each - each.mean()) ** 2).sum()))
        # where one value alone differs, or values are alike in pairs, leaving one out tells nothing
        reach = float(t.isf((1 - level) / 2, n - 1)) * error if 1e-9 < error < math.inf else 2.0
        value = float(value)  # of few values with ties it may lie outside of what a distribution can have
        lower, upper = max(value - reach, min(value, least)), min(value + reach, max(value, 1.0))
        found.append(Estimate(name, value, lower, upper, level=level))
    return found[0], found[1]


def _l_ratios(b0: Any, b1: Any, b2: Any, b3: Any) -> tuple[Any, Any]:
    """Give the ratios of the third and the fourth L-moment to the second, of probability-weighted moments."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 2 * b1 - b0
        return (6 * b2 - 6 * b1 + b0) / scale, (20 * b3 - 30 * b2 + 12 * b1 - b0) / scale


def _placements(one: Floats, other: Floats) -> Floats:
    """Give for each value the share of the other sample that it is above."""
    other = np.sort(other)
    found: Floats = (np.searchsorted(other, one, "left") + np.searchsorted(other, one, "right")) / 2 / len(other)
    return found
