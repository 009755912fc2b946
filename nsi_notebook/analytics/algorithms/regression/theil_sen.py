"""A line by the median of the slopes of all pairs."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ....errors import DimsError, OptionError, SeriesError
from ...core.levels import ROBUST
from ..noise import Noise
from .basis import Basis
from .ols import Options, whole
from .predictors import Rows
from .result import Points, Regression, Term
from .words import sentence

PAIRS = 5000  # rows up to which slopes of all pairs are taken


def theil_sen(rows: Rows, asked: Options) -> Regression:
    """Give the median of the slopes of all pairs, with Sen's interval."""
    from scipy.stats import kendalltau, theilslopes

    if rows.lie is not None:
        raise DimsError(
            f"rows along {rows.dim!r} follow one another: the interval of Theil and Sen takes them as independent",
            "trend(y), which shows their slope beside an interval that knows it; regress(y, x) for errors along time",
        )
    if len(rows.predictors) != 1 or asked.degree is not None or not asked.intercept:
        raise OptionError("kind='theil-sen' is a line in one predictor", "x= of one predictor, or kind='ols'")
    basis = Basis(rows.predictors, rows.units, rows.unit)
    X, y, kept, raw = whole(rows, basis)
    n = len(y)
    if not 3 <= n <= PAIRS:
        raise SeriesError(f"{n} rows", f"3 to {PAIRS}, as there are n^2 / 2 pairs")
    if np.ptp(X[:, 1]) == 0:
        raise SeriesError(f"{rows.predictors[0]} has one value, {X[0, 1]:g}", "a predictor that varies")
    if np.ptp(y) == 0:
        raise SeriesError(f"all {n} values of {rows.measure} are {y[0]:g}: there is nothing to explain", "is the sensor frozen?")
    _refuse_few(n, asked.level)
    with np.errstate(invalid="ignore"):  # the root of a variance below 0, which is told
        found = theilslopes(y, X[:, 1], alpha=asked.level)
    if np.isnan([found.low_slope, found.high_slope]).any():
        raise SeriesError(f"too few rows, or too many alike, for Sen's interval: {n}", "kind='ols'")
    p = float(kendalltau(X[:, 1], y).pvalue)
    value = np.array([found.intercept, found.slope])
    residual = y - X @ value
    spread = float(ROBUST * np.median(np.abs(residual - np.median(residual))))
    nothing = np.nan
    units = basis.term_units
    listed = (
        Term("intercept", units[0], float(found.intercept), nothing, nothing, nothing, nothing, nothing, nothing, float(n)),
        Term(
            rows.predictors[0],
            units[1],
            float(found.slope),
            nothing,
            float(found.low_slope),
            float(found.high_slope),
            nothing,
            nothing,
            p,
            float(n),
        ),
    )
    total = float(((y - y.mean()) ** 2).sum())
    r2 = 1 - float(residual @ residual) / total
    result = Regression(
        kind="theil-sen", measure=rows.measure, unit=rows.unit, dim=rows.dim, terms=listed,
        covariance=np.full((2, 2), nothing), basis=basis,
        level=asked.level, n=n, missing=int((~kept).sum()), r2=r2, adjusted_r2=nothing, residual_std=spread, condition=nothing,
        noise=Noise(n, None, spread**2, spread**2), overall=(),
        errors="Sen's interval of the slope, of independent rows; p of Kendall's tau",
        checks=(), method="median of the slopes of all pairs",
        source="Sen 1968, J Am Stat Assoc 63:1379", sentence="",
        points=Points.of(raw, y, X @ value), places=rows.places,
    )  # fmt: skip
    return replace(result, sentence=sentence(result))


def _refuse_few(n: int, level: float) -> None:
    """Refuse so few rows that Kendall's test of them, which the interval turns round, can have no p that is small enough."""
    if (least := 2 / math.factorial(min(n, 20))) > 1 - level:
        raise SeriesError(
            f"{n} rows: even where all rise p is {least:.2g}, so that no interval of {100 * level:g} % can hold",
            f"{_fewest(level)} rows at least, or kind='ols'",
        )


def _fewest(level: float) -> int:
    """Give the number of rows of which all orders but two are more than what an interval may leave out.

    >>> _fewest(0.95), _fewest(0.99)
    (5, 6)
    """
    return next(n for n in range(3, 21) if n == 20 or 2 / math.factorial(n) <= 1 - level)


__all__ = ["theil_sen"]
