"""Coefficients of correlation of two rows, with p and interval.

Of independent pairs p is that of scipy. Of pairs along time the effective number stands for theirs: in Student's t of Pearson's
and Spearman's coefficients, and in the variance of Kendall's, of which the part that counts is that of Spearman's.

Intervals: Fisher's z with variance 1 / (n - k - 3), k things held fixed; of Spearman's (1 + r^2 / 2) / (n - 3) (Bonett & Wright
2000, Psychometrika 65:23), of Kendall's 0.437 / (n - 4) (Fieller, Hartley & Pearson 1957, Biometrika 44:470).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from ..noise import Floats

Alternative: TypeAlias = Literal["two-sided", "less", "greater"]

SOURCES = {
    "pearson": "Fisher 1921, Metron 1:3",
    "spearman": "Bonett & Wright 2000, Psychometrika 65:23",
    "kendall": "Kendall 1945, Biometrika 33:239; Fieller, Hartley & Pearson 1957, Biometrika 44:470",
    "distance": "Szekely, Rizzo & Bakirov 2007, Ann Stat 35:2769; Szekely & Rizzo 2014, Ann Stat 42:2382",
}


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient, its interval, and the test of none.

    Parameters
    ----------
    value, lower, upper : float
    statistic : float
    statistic_name : str
    df : tuple of float
    p : float
    """

    value: float
    lower: float
    upper: float
    statistic: float
    statistic_name: str
    df: tuple[float, ...]
    p: float


def pearson(x: Floats, y: Floats, worth: float | None, fixed: int, alternative: Alternative, level: float) -> Coefficient:
    """Give Pearson's coefficient; `worth` is the effective number along time, `fixed` how many columns were taken out of both."""
    from scipy.stats import pearsonr

    found = pearsonr(x - np.median(x), y - np.median(y), alternative=alternative)  # far from 0 their mean has few digits
    return _student(float(found.statistic), float(found.pvalue), len(x), worth, fixed, alternative, level, lambda r: 1.0)


def spearman(x: Floats, y: Floats, worth: float | None, fixed: int, alternative: Alternative, level: float) -> Coefficient:
    """Give Spearman's coefficient: Pearson's of ranks, or of what is left of these."""
    from scipy.stats import pearsonr

    found = pearsonr(x, y, alternative=alternative)
    value, p = float(found.statistic), float(found.pvalue)
    return _student(value, p, len(x), worth, fixed, alternative, level, lambda r: 1 + r * r / 2)


def kendall(x: Floats, y: Floats, worth: float | None, fixed: int, alternative: Alternative, level: float) -> Coefficient:
    """Give Kendall's tau-b."""
    from scipy.stats import kendalltau, norm

    found = kendalltau(x, y, alternative=alternative)
    value, p, n = float(found.statistic), float(found.pvalue), len(x)
    z = float(value / np.sqrt(2 * (2 * n + 5) / (9 * n * (n - 1))))
    if worth is not None:
        m = max(worth, 2.0)
        z = float(value / np.sqrt(2 * (2 * m + 5) / (9 * m * (m - 1))))
        p = _tail(z, norm.sf, alternative)
    m = (n if worth is None else worth) - 4
    lower, upper = fisher(value, 0.437 / m if m > 0 else np.inf, alternative, level)
    return Coefficient(value, lower, upper, z, "z", (), p)


def fisher(r: float, variance: float, alternative: Alternative, level: float) -> tuple[float, float]:
    """Give the interval of a coefficient whose inverse hyperbolic tangent has this variance."""
    from scipy.stats import norm

    if not np.isfinite(variance):
        return -1.0, 1.0
    if abs(r) >= 1:
        return (r, r) if alternative == "two-sided" else (-1.0, r) if alternative == "less" else (r, 1.0)
    half = np.sqrt(variance) * norm.ppf((1 + level) / 2 if alternative == "two-sided" else level)
    lower = -1.0 if alternative == "less" else float(np.tanh(np.arctanh(r) - half))
    upper = 1.0 if alternative == "greater" else float(np.tanh(np.arctanh(r) + half))
    return lower, upper


def residuals(x: Floats, columns: Floats) -> Floats:
    """Give what is left of values after the columns, shape (n, k), by least squares; they and it are of mean 0."""
    at = columns - columns.mean(axis=0)
    size = np.abs(at).max(axis=0)
    away = x - x.mean()
    q, _ = np.linalg.qr(at / size)
    found: Floats = away - q @ (q.T @ away)
    return np.asarray(found - q @ (q.T @ found))


def _student(
    r: float,
    p: float,
    n: int,
    worth: float | None,
    fixed: int,
    alternative: Alternative,
    level: float,
    spread: Callable[[float], float],
) -> Coefficient:
    from scipy.stats import t

    m = float(n if worth is None else worth)
    df = max(m - 2 - fixed, 1e-6)
    statistic = r * np.sqrt(df / (1 - r * r)) if abs(r) < 1 else np.copysign(np.inf, r)
    if worth is not None or fixed:
        p = _tail(statistic, lambda s: t.sf(s, df), alternative)
    left = m - fixed - 3
    lower, upper = fisher(r, spread(r) / left if left > 0 else np.inf, alternative, level)
    return Coefficient(r, lower, upper, float(statistic), "t", (df,), p)


def _tail(statistic: float, upper: Callable[[float], float], alternative: Alternative) -> float:
    if alternative == "two-sided":
        return float(min(2 * upper(abs(statistic)), 1.0))
    return float(upper(statistic if alternative == "greater" else -statistic))
