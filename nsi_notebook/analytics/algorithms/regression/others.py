"""Regressions that are no least squares of independent rows: a penalty, the median of slopes, and images within subjects."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ....errors import DimsError, MissingExtraError, OptionError, SeriesError
from ..noise import Noise
from ..statistics.result import Check
from ..statistics.words import at_first
from .basis import Basis
from .checks import normal
from .covariance import Spread
from .ols import MOST, Options, basis_of, triangle_of, whole
from .predictors import Rows
from .result import Points, Regression, Term
from .words import overall, sentence, terms

Floats = npt.NDArray[np.float64]

PAIRS = 5000  # rows up to which slopes of all pairs are taken
FEW = 10  # subjects below which a variance between them is a guess


def ridge(rows: Rows, asked: Options) -> Regression:
    """Fit with a penalty on the squares of standardised coefficients, as rows that are added to the triangle."""
    basis = basis_of(rows, asked)
    if not basis.intercept:
        raise OptionError("kind='ridge' without an intercept", "intercept=True")
    found = triangle_of(rows, basis)
    names, n, k = basis.terms, found.n, len(basis.terms)
    if n < 2:
        raise SeriesError(f"{n} rows", "at least two")
    X, y, _, raw = whole(rows, basis)
    spread = X[:, 1:].std(axis=0)
    if not spread.all():
        raise SeriesError(f"{names[1 + int(np.argmin(spread))]!r} has one value", "leave it out")
    size = np.concatenate([[1.0], spread])
    # the triangle of [1, standardised X, y] is that of X with its columns put together otherwise
    turn = np.diag(1 / size)
    turn[0, 1:] = -X[:, 1:].mean(axis=0) / spread
    left = found.factor[:, :k] @ turn
    extra = np.sqrt(asked.penalty) * np.eye(k)[1:]
    value = np.linalg.lstsq(np.concatenate([left, extra]), np.concatenate([found.factor[:, k], np.zeros(k - 1)]), rcond=None)[0]
    value = turn @ value
    singular = np.linalg.svd((X[:, 1:] - X[:, 1:].mean(axis=0)) / spread, compute_uv=False)
    used = 1 + float((singular**2 / (singular**2 + asked.penalty)).sum())
    residual = y - X @ value
    rss, total = float(residual @ residual), float(((y - y.mean()) ** 2).sum())
    nothing = np.nan
    listed = tuple(
        Term(name, unit, float(v), nothing, nothing, nothing, nothing, nothing, nothing, float(n))
        for name, unit, v in zip(names, basis.term_units, value, strict=True)
    )
    free = max(n - used, 1.0)
    said = (
        f"{at_first(rows.measure.replace('_', ' '))} by {k - 1} term{'s' if k > 2 else ''} with a penalty of {asked.penalty:g}: "
        f"{100 * (1 - rss / total):.3g} % of its variance is explained, as by {used - 1:.3g} without penalty; {n} rows"
    )
    return Regression(
        kind="ridge", measure=rows.measure, unit=rows.unit, dim=rows.dim, terms=listed,
        covariance=np.full((k, k), nothing), basis=basis,
        level=asked.level, n=n, missing=found.missing, r2=1 - rss / total, adjusted_r2=1 - rss / free / (total / (n - 1)),
        residual_std=float(np.sqrt(rss / free)), condition=float(singular[0] / singular[-1]) if singular[-1] else np.inf,
        noise=Noise(n, None, rss / free, rss / free), overall=(),
        errors="none: a penalty draws coefficients to 0, so that they have no p",
        checks=(), method="ridge regression of standardised columns, by QR with rows of the penalty",
        source="Hoerl & Kennard 1970, Technometrics 12:55",
        sentence=said,
        points=_points(raw, y, X @ value), more=(("penalty", asked.penalty), ("effective_terms", used - 1)), places=rows.places,
    )  # fmt: skip


def theil_sen(rows: Rows, asked: Options) -> Regression:
    """Give the median of the slopes of all pairs, with Sen's interval."""
    from scipy.stats import theilslopes

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
    from scipy.stats import kendalltau

    found = theilslopes(y, X[:, 1], alpha=asked.level)
    p = float(kendalltau(X[:, 1], y).pvalue)
    value = np.array([found.intercept, found.slope])
    residual = y - X @ value
    spread = float(1.4826 * np.median(np.abs(residual - np.median(residual))))
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
        points=_points(raw, y, X @ value), places=rows.places,
    )  # fmt: skip
    return replace(result, sentence=sentence(result))


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
    from .least_squares import solve

    condition = solve(found, basis.terms, basis.intercept).condition
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
    spread = Spread(matrix, np.full(k, np.inf), np.full(k, float(n)), noise)
    listed = terms(basis.terms, basis.term_units, value, spread, asked.level)
    fitted = X @ value
    explained = float(fitted.var())
    share = between / (between + within)
    alike = [
        Check("enough subjects", f"{number}; below {FEW} their variance is a guess, and p of z too small", number >= FEW),
        Check("subjects differ", f"{100 * share:.1f} % of the variance is between subjects", between > 1e-8 * within),
        Check(
            "the fit came to rest", "it did" if fit.converged else "it did not: read its numbers with doubt", bool(fit.converged)
        ),
        normal(y - fitted - _means(fit, groups) * scale),
    ]
    result = Regression(
        kind="mixed", measure=rows.measure, unit=rows.unit, dim=rows.dim, terms=listed,
        covariance=matrix, basis=basis, level=asked.level,
        n=n, missing=int((~kept).sum()), r2=explained / (explained + between + within), adjusted_r2=np.nan,
        residual_std=float(np.sqrt(within + between)), condition=condition, noise=noise,
        overall=overall(value, spread, basis.intercept),
        errors=f"a mean of its own for each of {number} subjects; z, by restricted likelihood", checks=tuple(alike),
        method="linear mixed model with random intercepts, statsmodels' MixedLM",
        source="Laird & Ware 1982, Biometrics 38:963", sentence="",
        points=_points(raw, y, fitted), statistic_name="z",
        more=(("variance_between", between), ("variance_within", within), ("intraclass_correlation", share)), places=rows.places,
    )  # fmt: skip
    return replace(
        result, sentence=f"{sentence(result)}, of {number} subjects, between which {100 * share:.1f} % of the variance lies"
    )


def _means(fit: Any, groups: npt.NDArray[np.int64]) -> Floats:
    effects = {label: float(np.asarray(effect)[0]) for label, effect in fit.random_effects.items()}
    return np.array([effects[label] for label in groups])


def _points(raw: Floats, y: Floats, fitted: Floats) -> Points:
    step = -(-len(y) // MOST)
    return Points(raw[::step], y[::step], fitted[::step], (y - fitted)[::step])
