"""Which groups differ: all pairs of them, their p adjusted for how many they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

import numpy as np
import numpy.typing as npt

from .effects import cohen, hedges, rank_biserial, superiority
from .family import adjusted
from .result import Estimate
from .variance import squares

Floats = npt.NDArray[np.float64]

FEW = 2.0  # degrees of freedom, below which scipy has no digits of the studentized range: Bonferroni is used
LEAST = 1e-11  # a tail of it, below which scipy has little but rounding: Bonferroni too, a bound that is near there


@dataclass(frozen=True, slots=True)
class Pair:
    """Two groups beside one another.

    Parameters
    ----------
    one, other : int
        Which groups.
    difference, lower, upper : float
        The first less the other, with bounds that hold for all pairs at once.
    statistic : float
    df : float, optional
        Of t; None of a normal statistic.
    p, adjusted : float
        Of this pair alone, and among all.
    effect : Estimate, optional
        Without a unit, its bounds good for all pairs at once.
    """

    one: int
    other: int
    difference: float
    lower: float
    upper: float
    statistic: float
    df: float | None
    p: float
    adjusted: float
    effect: Estimate | None = None


def studentized(groups: Sequence[Floats], effective: Sequence[float], level: float, *, equal: bool) -> list[Pair]:
    """Compare all pairs of means by the studentized range: Tukey and Kramer's, or Games and Howell's.

    Equal to scipy.stats.tukey_hsd, but of effective numbers too. Tukey 1949, Biometrics 5:99; Kramer 1956, Biometrics 12:307;
    Games & Howell 1976, J Educ Stat 1:113.
    """
    from scipy.stats import studentized_range, t

    away, count, m2 = squares(groups)
    n = np.asarray(effective, dtype=np.float64)
    k = len(groups)
    variance = m2 / count * (n / (n - 1))
    pooled = float(((n - 1) * variance).sum() / (n.sum() - k))
    reach: dict[float, float] = {}
    found = []
    for i, j in combinations(range(k), 2):
        a, b = (pooled / n[i], pooled / n[j]) if equal else (variance[i] / n[i], variance[j] / n[j])
        df = float(n.sum() - k if equal else (a + b) ** 2 / (a**2 / (n[i] - 1) + b**2 / (n[j] - 1)))
        error, difference = float(np.sqrt(a + b)), float(away[i] - away[j])
        value = difference / error
        p = float(2 * t.sf(abs(value), df))
        among = min(1.0, p * k * (k - 1) / 2)
        if df < FEW:
            reach[df] = float(np.nan_to_num(t.isf((1 - level) / (k * (k - 1)), df), nan=np.inf))
        else:
            tail = float(studentized_range.sf(abs(value) * np.sqrt(2), k, df))
            among = max(p, tail) if tail > LEAST else among
            if df not in reach:
                reach[df] = float(studentized_range.ppf(level, k, df)) / np.sqrt(2)
        half = reach[df] * error
        spread = (pooled, pooled) if equal else (float(variance[i]), float(variance[j]))
        effect = hedges(difference, spread, (float(n[i]), float(n[j])), _each(level, k))
        effect = effect and replace(effect, level=level)
        found.append(Pair(i, j, difference, difference - half, difference + half, value, df, p, among, effect))
    return found


def dunn(groups: Sequence[Floats], level: float) -> list[Pair]:
    """Compare all pairs of mean ranks, those among all values (Dunn 1964, Technometrics 6:241), with Holm's adjustment.

    The variance of a rank is that of all ranks, ties included, as it is where labels fell by chance.
    """
    from scipy.stats import norm, rankdata

    rank = rankdata(np.concatenate(groups))
    ends = np.cumsum([0, *map(len, groups)])
    parts = [rank[a:b] for a, b in pairwise(ends)]
    variance = rank.var(ddof=1)
    pairs = list(combinations(range(len(groups)), 2))
    difference = np.array([parts[i].mean() - parts[j].mean() for i, j in pairs])
    error = np.sqrt([variance * (1 / len(parts[i]) + 1 / len(parts[j])) for i, j in pairs])
    p = 2 * norm.sf(np.abs(difference / error))
    half = float(norm.isf((1 - level) / 2 / len(pairs))) * error
    each = _each(level, len(groups))
    effects = [replace(superiority(groups[i], groups[j], each), level=level) for i, j in pairs]
    return _pairs(pairs, difference, half, difference / error, None, p, effects)


def paired(table: Floats, level: float) -> list[Pair]:
    """Compare all pairs of conditions by the differences in each subject (rows), with Holm's adjustment.

    Each pair has an error of its own, as a common one needs sphericity (Maxwell 1980, J Educ Stat 5:269).
    """
    from scipy.stats import t

    n = len(table)
    pairs = list(combinations(range(table.shape[1]), 2))
    away = np.array([table[:, i] - table[:, j] for i, j in pairs])
    difference, error = away.mean(axis=1), away.std(axis=1, ddof=1) / np.sqrt(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where((error == 0) & (difference == 0), 0.0, difference / error)
    half = float(t.isf((1 - level) / 2 / len(pairs), n - 1)) * error
    effects = [
        replace(cohen(float(d), float(e) * np.sqrt(n), n, _each(level, table.shape[1]), "two-sided", "Cohen d_z"), level=level)
        if e
        else None
        for d, e in zip(difference, error, strict=True)
    ]
    return _pairs(pairs, difference, half, value, float(n - 1), 2 * t.sf(np.abs(value), n - 1), effects)


def nemenyi(table: Floats, level: float) -> list[Pair]:
    """Compare all pairs of mean ranks within subjects (rows), with Holm's adjustment.

    Their variance is that of the ranks, ties included, as it is where conditions are exchanged by chance in each subject
    (Nemenyi 1963; Hollander, Wolfe & Chicken 2014, section 7.3, of large samples).
    """
    from scipy.stats import norm, rankdata

    n, k = table.shape
    rank = rankdata(table, axis=1)
    pairs = list(combinations(range(k), 2))
    mean = rank.mean(axis=0)
    difference = np.array([mean[i] - mean[j] for i, j in pairs])
    error = np.full(len(pairs), np.sqrt(2 * rank.var(axis=1, ddof=1).mean() / n))
    half = float(norm.isf((1 - level) / 2 / len(pairs))) * error
    effects: list[Estimate | None] = []
    for i, j in pairs:
        away = table[:, i] - table[:, j]
        effects.append(replace(rank_biserial(away[away != 0], _each(level, k)), level=level) if away.any() else None)
    return _pairs(pairs, difference, half, difference / error, None, 2 * norm.sf(np.abs(difference / error)), effects)


def _each(level: float, k: int) -> float:
    """Give the level of each interval, by Bonferroni, with which those of all pairs of k groups hold at once."""
    return 1 - (1 - level) / (k * (k - 1) / 2)


def _pairs(
    pairs: list[tuple[int, int]],
    difference: Floats,
    half: Floats,
    value: Floats,
    df: float | None,
    p: Floats,
    effects: Sequence[Estimate | None] | None = None,
) -> list[Pair]:
    effects = [None] * len(pairs) if effects is None else effects
    rows = zip(pairs, difference, half, value, p, adjusted(p.tolist()), effects, strict=True)
    return [
        Pair(i, j, float(d), float(d - h), float(d + h), float(v), df, float(one), float(among), effect)
        for (i, j), d, h, v, one, among, effect in rows
    ]


__all__ = ["Pair", "dunn", "nemenyi", "paired", "studentized"]
