"""Least squares with a penalty on the size of coefficients."""

from __future__ import annotations

import numpy as np

from ....errors import OptionError, SeriesError
from ..noise import Noise
from ..statistics.words import at_first
from .ols import Options, basis_of, triangle_of, whole
from .predictors import Rows
from .result import Points, Regression, Term


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
        f"{at_first(rows.measure.replace('_', ' '))} by ridge regression: "
        f"{100 * (1 - rss / total):.3g} % of its variance is explained; "
        f"a penalty of {asked.penalty:g} leaves {used - 1:.3g} of {k - 1} degree{'s' if k > 2 else ''} of freedom; {n} rows"
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
        points=Points.of(raw, y, X @ value), more=(("penalty", asked.penalty), ("effective_terms", used - 1)), places=rows.places,
    )  # fmt: skip


__all__ = ["ridge"]
