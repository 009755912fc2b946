"""Images within subjects: a mean of its own for each subject, which varies from subject to subject.

Slopes do not vary here: of few subjects the search for how they do often does not come to rest. Errors of clusters (`clusters`)
allow for slopes that differ.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ....errors import MissingExtraError, OptionError, SeriesError
from ...core.shown import many
from ..noise import Noise
from ..statistics.checks import normal_residuals
from ..statistics.result import Check
from .checks import FEW, of_labels
from .covariance import Spread, spread_of
from .least_squares import Solution, solve
from .ols import Options, basis_of, triangle_of, whole
from .predictors import Rows
from .result import Points, Regression
from .words import overall, sentence, terms

Floats = npt.NDArray[np.float64]

ROUNDING = 1e-12  # of the largest value: what is left of an exact fit
NONE = 1e-10  # of the variance within: what the likelihood takes for 0
INSTEAD = "kind='ols' with cluster=, whose errors allow for subjects too"


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """Coefficients, their covariance, the variances, the mean of each row's subject, and whether the search came to rest."""

    value: Floats
    matrix: Floats
    within: float
    between: float
    effects: Floats
    rested: bool


def mixed(rows: Rows, asked: Options) -> Regression:
    """Fit a mean of its own to each subject, that varies from subject to subject: statsmodels' MixedLM."""
    try:
        import statsmodels.regression.mixed_linear_model  # noqa: F401
    except ImportError:
        raise MissingExtraError("a mixed model", "statsmodels", "statsmodels") from None
    if rows.label is None:
        raise OptionError("kind='mixed' without cluster=", "cluster=, the label of what belongs together, e.g. the subject")
    basis = basis_of(rows, asked)
    solved = solve(triangle_of(rows, basis), basis.terms, basis.intercept)
    X, y, kept, raw = whole(rows, basis)
    groups = rows.label[kept]
    _refuse_untold(X, y, groups, rows.measure)
    fit, (n, k), number = _fit(X, y, groups, basis.intercept, solved), X.shape, len(np.unique(groups))
    value, within, between = fit.value, fit.within, fit.between
    noise = Noise(n, None, within + between, within + between)
    independent = Spread(solved.unscaled * (within + between), np.full(k, np.inf), np.full(k, float(n)), noise)
    spread = spread_of(fit.matrix, np.inf, independent)
    fitted = X @ value
    explained = float(fitted.var())
    share = between / (between + within)
    few = f"{number} subjects: below {FEW} their variance is a guess, and p of z too small"
    alike = [
        Check("enough subjects", few, number >= FEW),
        Check("subjects differ", f"{100 * share:.1f} % of the variance is between subjects", between > 1e-8 * within),
        Check("the fit came to rest", "it did" if fit.rested else "it did not: read its numbers with doubt", fit.rested),
        normal_residuals(y - fitted - fit.effects),
        *of_labels(rows, "mixed", (), ()),
    ]
    result = Regression(
        kind="mixed", measure=rows.measure, unit=rows.unit, dim=rows.dim,
        terms=terms(basis.terms, basis.term_units, value, spread, asked.level),
        covariance=fit.matrix, basis=basis, level=asked.level,
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


def _fit(X: Floats, y: Floats, groups: npt.NDArray[np.int64], intercept: bool, solved: Solution) -> _Fit:
    """Ask statsmodels, of columns and a measure of about 1; its search does not come to rest where no variance is between."""
    import warnings

    from statsmodels.regression.mixed_linear_model import MixedLM, MixedLMParams

    n, k = X.shape
    scale, middle = float(y.std()), float(y.mean()) if intercept else 0.0
    sizes = np.linalg.norm(X, axis=0) / np.sqrt(n)
    model: Any = MixedLM((y - middle) / scale, X / sizes, groups)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a variance that is 0, which is told
        try:
            fit = model.fit(reml=True)
            none = MixedLMParams.from_components(fe_params=fit.fe_params, cov_re=np.array([[NONE]]))
            if model.loglike(none) >= fit.llf - ROUNDING:
                within = solved.residual / (n - k)
                return _Fit(solved.value, solved.unscaled * within, within, 0.0, np.zeros(n), True)
            matrix = np.asarray(fit.cov_params())[:k, :k] * scale**2 / np.outer(sizes, sizes)
            effects = {label: float(np.asarray(effect)[0]) * scale for label, effect in fit.random_effects.items()}
        except (np.linalg.LinAlgError, ValueError, ZeroDivisionError) as error:
            raise SeriesError(f"the mixed model does not come to rest: {str(error).splitlines()[0]}", INSTEAD) from None
    if not (np.diag(matrix) > 0).all():
        raise SeriesError("the mixed model does not come to rest: its coefficients have no errors", INSTEAD)
    value = np.asarray(fit.fe_params) * scale / sizes
    value[0] += middle if intercept else 0.0
    within, between = float(fit.scale) * scale**2, float(np.asarray(fit.cov_re)[0, 0]) * scale**2
    return _Fit(value, matrix, within, between, np.array([effects[label] for label in groups]), bool(fit.converged))


def _refuse_untold(X: Floats, y: Floats, groups: npt.NDArray[np.int64], measure: str) -> None:
    """Refuse rows that cannot tell what varies between subjects from what varies within them."""
    (n, k), (_, place, count) = X.shape, np.unique(groups, return_inverse=True, return_counts=True)
    number = len(count)
    if not 1 < number < n:
        raise SeriesError(f"{many(number, 'subject')} of {n} rows", "at least two, and more rows than subjects")

    def apart(rows: Floats) -> Floats:
        sums = np.zeros((number, rows.shape[1]))
        np.add.at(sums, place, rows)
        return np.asarray(rows - (sums / count[:, None])[place])

    inside = apart(X / np.linalg.norm(X, axis=0))
    told = number + int((np.linalg.svd(inside, compute_uv=False) > ROUNDING).sum())
    if told >= n:
        raise SeriesError(
            f"{n} rows of {number} subjects leave none to tell how {measure} varies within subjects", "more rows of each subject"
        )
    if told <= k:
        raise SeriesError(f"the predictors part all {number} subjects: how these differ cannot be told", "more subjects")
    away = apart((y - y.mean())[:, None])[:, 0]
    left = away - inside @ np.linalg.lstsq(inside, away, rcond=ROUNDING)[0]
    if np.abs(left).max() <= ROUNDING * np.abs(y).max():
        raise SeriesError(
            f"within each subject the predictors tell {measure} exactly: there is no noise",
            "kind='ols'",
        )


__all__ = ["mixed"]
