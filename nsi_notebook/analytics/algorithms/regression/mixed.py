"""Images within subjects: a mean of its own for each subject, which varies from subject to subject."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ....errors import MissingExtraError, OptionError, SeriesError
from ..noise import Noise
from ..statistics.checks import normal_residuals
from ..statistics.result import Check
from .checks import FEW, of_labels
from .covariance import Spread
from .least_squares import solve
from .ols import Options, basis_of, spread_of, triangle_of, whole
from .predictors import Rows
from .result import Points, Regression
from .words import overall, sentence, terms

Floats = npt.NDArray[np.float64]


def mixed(rows: Rows, asked: Options) -> Regression:
    """Fit a mean of its own to each subject, that varies from subject to subject: statsmodels' MixedLM."""
    try:
        from statsmodels.regression.mixed_linear_model import MixedLM
    except ImportError:
        raise MissingExtraError("a mixed model", "statsmodels", "statsmodels") from None
    import warnings

    if rows.label is None:
        raise OptionError("kind='mixed' without cluster=", "cluster=, the label of what belongs together, e.g. the subject")
    basis = basis_of(rows, asked)
    found = triangle_of(rows, basis)
    solved = solve(found, basis.terms, basis.intercept)
    X, y, kept, raw = whole(rows, basis)
    groups = rows.label[kept]
    number = len(np.unique(groups))
    if not 1 < number < len(y):
        raise SeriesError(f"{number} subjects of {len(y)} rows", "at least two, and more rows than subjects")
    scale, middle = float(y.std()), float(y.mean()) if basis.intercept else 0.0
    sizes = np.linalg.norm(X, axis=0) / np.sqrt(len(y))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a variance that is 0, which is told below
        fit: Any = MixedLM((y - middle) / scale, X / sizes, groups).fit(reml=True)
    k = X.shape[1]
    value = np.asarray(fit.fe_params) * scale / sizes
    value[0] += middle if basis.intercept else 0.0
    matrix = np.asarray(fit.cov_params())[:k, :k] * scale**2 / np.outer(sizes, sizes)
    within, between = float(fit.scale) * scale**2, float(np.asarray(fit.cov_re)[0, 0]) * scale**2
    n = len(y)
    noise = Noise(n, None, within + between, within + between)
    independent = Spread(solved.unscaled * (within + between), np.full(k, np.inf), np.full(k, float(n)), noise)
    spread = spread_of(matrix, np.inf, independent)
    listed = terms(basis.terms, basis.term_units, value, spread, asked.level)
    fitted = X @ value
    explained = float(fitted.var())
    share = between / (between + within)
    alike = [
        Check(
            "enough subjects", f"{number} subjects: below {FEW} their variance is a guess, and p of z too small", number >= FEW
        ),
        Check("subjects differ", f"{100 * share:.1f} % of the variance is between subjects", between > 1e-8 * within),
        Check(
            "the fit came to rest", "it did" if fit.converged else "it did not: read its numbers with doubt", bool(fit.converged)
        ),
        normal_residuals(y - fitted - _means(fit, groups) * scale),
        *of_labels(rows, kept, "mixed"),
    ]
    result = Regression(
        kind="mixed", measure=rows.measure, unit=rows.unit, dim=rows.dim, terms=listed,
        covariance=matrix, basis=basis, level=asked.level,
        n=n, missing=int((~kept).sum()), r2=explained / (explained + between + within), adjusted_r2=np.nan,
        residual_std=float(np.sqrt(within + between)), condition=solved.condition, noise=noise,
        overall=overall(value, spread, basis.intercept),
        errors=f"a mean of its own for each of {number} subjects; z, by restricted likelihood", checks=tuple(alike),
        method="linear mixed model with random intercepts, statsmodels' MixedLM",
        source="Laird & Ware 1982, Biometrics 38:963", sentence="",
        points=Points.of(raw, y, fitted), statistic_name="z",
        more=(("variance_between", between), ("variance_within", within), ("intraclass_correlation", share)), places=rows.places,
    )  # fmt: skip
    return replace(
        result, sentence=f"{sentence(result)}, of {number} subjects, between which {100 * share:.1f} % of the variance lies"
    )


def _means(fit: Any, groups: npt.NDArray[np.int64]) -> Floats:
    effects = {label: float(np.asarray(effect)[0]) for label, effect in fit.random_effects.items()}
    return np.array([effects[label] for label in groups])


__all__ = ["mixed"]
