"""Coefficients with their tests, and what a regression found in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .covariance import Spread
from .regressed import Term

if TYPE_CHECKING:
    from .regressed import Regression

Floats = npt.NDArray[np.float64]


def terms(names: list[str], units: list[str], value: Floats, spread: Spread, level: float) -> tuple[Term, ...]:
    """Give each coefficient with its error, interval and test; degrees of freedom without end are those of a z."""
    from scipy.stats import norm, t

    found = []
    for i, (name, unit) in enumerate(zip(names, units, strict=True)):
        free, error = float(spread.freedom[i]), float(np.sqrt(spread.matrix[i, i]))
        kind = norm() if np.isinf(free) else t(free)
        half = float(kind.ppf(0.5 + level / 2)) * error
        statistic = float(value[i] / error) if error else float("inf") if value[i] else 0.0
        low, high = float(value[i] - half), float(value[i] + half)
        p = float(2 * kind.sf(abs(statistic)))
        found.append(Term(name, unit, float(value[i]), error, low, high, statistic, free, p, float(spread.effective[i])))
    return tuple(found)


def overall(value: Floats, spread: Spread, intercept: bool) -> tuple[float, ...]:
    """Test whether all coefficients but the intercept are 0: Wald's F."""
    from scipy.stats import chi2, f

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
    except np.linalg.LinAlgError:  # fewer clusters than coefficients
        return ()
    number, free = len(slopes), float(min(spread.freedom))
    p = chi2.sf(number * statistic, number) if np.isinf(free) else f.sf(statistic, number, free)
    return statistic, float(number), free, float(p)


def probability(p: float) -> str:
    """Write a p.

    >>> probability(0.03), probability(1e-9)
    ('p = 0.03', 'p < 0.001')
    """
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def sentence(found: Regression) -> str:
    """Say what a regression by least squares found."""
    title = found.measure.replace("_", " ")
    rows = f"{found.n} rows" + (f", worth {found.effective:.3g}" if found.effective < 0.95 * found.n else "")
    tail = f"{100 * found.r2:.3g} % of its variance is explained; {rows}"
    predictors = found.basis.predictors
    per = 100 * found.level
    if found.basis.degree is None and len(predictors) == 1:
        term = found.terms[-1]
        unit = "" if term.unit == "1" else f" {term.unit}"
        said = f"{per:g} % interval {term.lower:.3g} to {term.upper:.3g}, {probability(term.p)}"
        if not term.lower * term.upper > 0:
            return f"{title} is not seen to depend on {predictors[0]}: {term.value:.3g}{unit} ({said}); {tail}"
        way = "rises" if term.value > 0 else "falls"
        return f"{title} {way} with {predictors[0]} by {abs(term.value):.3g}{unit} ({said}); {tail}"
    whole = probability(found.overall[3]) if found.overall else "no test"
    if found.basis.degree is not None:
        return f"{title} as a polynomial of degree {found.basis.degree} in {predictors[0]} ({whole} against a constant); {tail}"
    telling = [term.name for term in found.terms if term.name != "intercept" and term.p < 1 - found.level]
    named = ", ".join(telling) if telling else "none"
    tell = "tells" if len(telling) == 1 else "tell"
    all_of = f"of {len(predictors)} predictors of {title}, each given the others, {named} {tell}, p < {1 - found.level:.2g}"
    return f"{all_of} (all together: {whole}); {tail}"
