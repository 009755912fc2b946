"""Coefficients with their tests, and what a regression found in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ...core.shown import worth_said
from ..statistics.words import at_first, interval, p_said, several, with_unit
from .covariance import Spread
from .result import Term

if TYPE_CHECKING:
    from .result import Regression

Floats = npt.NDArray[np.float64]

ROUNDING = 1e-14  # of the variance: what is not explained of an exact fit


def terms(names: list[str], units: list[str], value: Floats, spread: Spread, level: float) -> tuple[Term, ...]:
    """Give each coefficient with its error, interval and test; degrees of freedom without end are those of a z."""
    from scipy.special import ndtr, ndtri, stdtr, stdtrit

    found = []
    for i, (name, unit) in enumerate(zip(names, units, strict=True)):
        free, error = float(spread.freedom[i]), float(np.sqrt(spread.matrix[i, i]))
        far = ndtri(0.5 + level / 2) if np.isinf(free) else stdtrit(free, 0.5 + level / 2)
        half = float(far) * error
        statistic = float(value[i] / error) if error else float("inf") if value[i] else 0.0
        low, high = float(value[i] - half), float(value[i] + half)
        p = float(2 * (ndtr(-abs(statistic)) if np.isinf(free) else stdtr(free, -abs(statistic))))
        found.append(Term(name, unit, float(value[i]), error, low, high, statistic, free, p, float(spread.effective[i])))
    return tuple(found)


def overall(value: Floats, spread: Spread, intercept: bool) -> tuple[float, ...]:
    """Test whether all coefficients but the intercept are 0: Wald's F, of sums of few squares Hotelling's.

    Of more coefficients than squares there is no test.
    """
    from scipy.special import chdtrc, fdtrc

    first = int(intercept)
    slopes, matrix = value[first:], spread.matrix[first:, first:]
    if not len(slopes):
        return ()
    size = np.sqrt(np.diag(matrix))
    if not size.all() or not np.isfinite(size).all():
        return ()
    away = slopes / size
    try:
        statistic = float(away @ np.linalg.solve(matrix / np.outer(size, size), away)) / len(slopes)
    except np.linalg.LinAlgError:  # a predictor that only one cluster has
        return ()
    number, free = len(slopes), float(spread.freedom[first:].min())
    if not np.isinf(spread.together):
        rest = spread.together - number + 1
        if not rest > 0:
            return ()
        statistic, free = statistic * rest / spread.together, rest
    p = chdtrc(number, number * statistic) if np.isinf(free) else fdtrc(number, free, statistic)
    return statistic, float(number), free, float(p)


def sentence(found: Regression) -> str:
    """Say what a regression of a measure found."""
    title = found.measure.replace("_", " ")
    rows = f"{found.n} rows" + (f", worth {worth_said(found.effective)}" if found.effective < 0.95 * found.n else "")
    tail = rows if found.kind == "theil-sen" else f"{100 * found.r2:.3g} % of its variance is explained; {rows}"  # else no share
    predictors = [name.replace("_", " ") for name in found.basis.predictors]
    if found.basis.degree is None and len(predictors) == 1:
        term, (estimate, one) = found.terms[-1], found.slope
        seen = term.lower * term.upper > 0
        if 1 - found.r2 < ROUNDING:
            size = with_unit(f"{abs(estimate.value):.6g}", found.unit)
            way = "rises" if term.value > 0 else "falls"
            return at_first(f"{title} {way} by {size} for each {one} of {predictors[0]}, exactly; {rows}")
        said = interval(estimate, -1 if seen and term.value < 0 else 1)
        each = f"for each {one} of {predictors[0]}, {p_said(term.p)}"
        if not seen:
            return at_first(f"{title} is not seen to depend on {predictors[0]}: {said} {each}; {tail}")
        return at_first(f"{title} {'rises' if term.value > 0 else 'falls'} by {said} {each}; {tail}")
    if found.basis.degree is not None:
        test = f", {p_said(found.overall[3])} against a constant" if found.overall else ""
        return at_first(f"{title} is a polynomial of degree {found.basis.degree} in {predictors[0]}{test}; {tail}")
    return at_first(f"{title} {depends(found)}; {tail}")


def depends(found: Regression) -> str:
    """Say on which of several predictors something depends."""
    telling = [term.name.replace("_", " ") for term in found.terms if term.name != "intercept" and term.p < 1 - found.level]
    on = f"depends on {several(telling)}" if telling else "is not seen to depend on any one"
    test = f"; all together {p_said(found.overall[3])}" if found.overall else ""
    if not test and 1 - found.r2 >= ROUNDING:
        test = "; all together not tested"
    return f"{on} (of {len(found.basis.predictors)} predictors, each given the others, p < {1 - found.level:.2g}{test})"
