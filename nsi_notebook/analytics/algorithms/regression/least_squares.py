"""Least squares that merge: the triangle of a QR factorisation, of the whole, of chunks in any order, and of a stream.

The triangle R of [X y] = Q R has all that least squares tell: coefficients, their errors, the residual sum of squares. That of
two blocks is that of their triangles under one another (Demmel, Grigori, Hoemmen & Langou 2012, SIAM J Sci Comput 34:A206), so
that no normal equations are formed, which would lose half of the digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from ....errors import SeriesError, SummaryError
from ..moments import refuse_infinite

Floats = npt.NDArray[np.float64]

SINGULAR = 1e-15  # times the number of terms: the least singular value of columns of length 1 that is not taken for rounding
SLAB = 1 << 13  # numbers that are factored at a time: they stay in a cache


@dataclass(frozen=True, slots=True, eq=False)
class Triangle:
    """What is kept of the rows that came.

    Parameters
    ----------
    factor : numpy array of float64, shape (at most terms + 1, terms + 1)
        R of [X y].
    n, missing : int
        Rows that were taken, and those left out as they hold a NaN.
    """

    factor: Floats
    n: int
    missing: int


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """What a triangle tells.

    Parameters
    ----------
    value : numpy array of float64, shape (terms,)
        The coefficients.
    inverse : numpy array of float64, shape (terms, terms)
        Of R: (X'X)^-1 is inverse @ inverse.T.
    residual, total : float
        Sums of squares: about the fit, and about the mean or, without an intercept, about 0.
    middle : float
        Mean of y, or 0 without an intercept.
    condition : float
        Of the columns of X, each divided by its length: what is left of it after the best choice of units.
    """

    value: Floats
    inverse: Floats
    residual: float
    total: float
    middle: float
    condition: float

    @property
    def unscaled(self) -> Floats:
        """(X'X)^-1."""
        return np.asarray(self.inverse @ self.inverse.T)


@dataclass(frozen=True, slots=True)
class LeastSquares:
    """Coefficients by least squares, as a summary in the sense of `nsi_notebook.summaries`.

    Parameters
    ----------
    terms : tuple of str
        The columns of X, without the intercept.
    intercept : bool
        Whether there is one.
    unit : str
        Of y; and `units`, if given, one for each term.
    units : tuple of str

    Examples
    --------
    >>> line = LeastSquares(("width",))
    >>> x = np.arange(10.0)
    >>> blocks = [(x[:4, None], 2 * x[:4] + 1), (x[4:, None], 2 * x[4:] + 1)]
    >>> state = line.merge(*(line.partial(block) for block in blocks))
    >>> line.finalize(state)["coefficient"].values.round(12)
    array([1., 2.])
    """

    terms: tuple[str, ...]
    intercept: bool = True
    unit: str = "1"
    units: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name as a summary."""
        return "least_squares"

    def identity(self) -> Triangle:
        """Give the state of no rows."""
        return Triangle(np.empty((0, len(self.terms) + self.intercept + 1)), 0, 0)

    def partial(self, block: tuple[Any, Any]) -> Triangle:
        """Take in rows: X of shape (n, terms), and y of shape (n,)."""
        X, y = (np.asarray(part, dtype=np.float64) for part in block)
        if X.ndim != 2 or X.shape != (len(y), len(self.terms)) or y.ndim != 1:
            raise SummaryError(f"X of shape {X.shape}, y of {y.shape}", f"(n, {len(self.terms)}) and (n,)")
        ones = [np.ones(len(y))] * self.intercept
        return triangle(np.column_stack([*ones, X, y]))

    def merge(self, one: Triangle, other: Triangle) -> Triangle:
        """Join two states; neither is changed."""
        return merged(one, other)

    def finalize(self, state: Triangle) -> xr.Dataset:
        """Give coefficients, their standard errors for independent noise of one variance, and what is left."""
        names = [*["intercept"] * self.intercept, *self.terms]
        units = [*[self.unit] * self.intercept, *(self.units or ["1"] * len(self.terms))]
        solved = solve(state, names, self.intercept)
        freedom = state.n - len(names)
        spread = float(np.sqrt(solved.residual / freedom)) if freedom else np.nan
        errors = spread * np.linalg.norm(solved.inverse, axis=1)
        mixed = {"units": units[0] if len(set(units)) == 1 else "those of `unit`"}
        return xr.Dataset(
            {
                "coefficient": ("term", solved.value, mixed | {"long_name": "coefficient"}),
                "error": ("term", errors, mixed | {"long_name": "standard error, of independent noise of one variance"}),
                "residual_std": ((), spread, {"units": self.unit, "long_name": "standard deviation of the residuals"}),
                "r_squared": ((), explained(solved), {"units": "1", "long_name": "share of the variance explained"}),
                "count": ((), state.n, {"units": "1", "long_name": "number of rows"}),
                "missing": ((), state.missing, {"units": "1", "long_name": "number of rows with a missing value"}),
            },
            {"term": names, "unit": ("term", units)},
        )


def triangle(rows: Floats) -> Triangle:
    """Factor the rows of [X y]; those with a NaN are left out, and counted."""
    missing = 0
    with np.errstate(over="ignore", invalid="ignore"):
        whole = np.isfinite(rows.sum())  # far faster than to look at each
    if not whole:
        refuse_infinite(rows)
        gone = np.isnan(rows).any(axis=1)
        rows, missing = rows[~gone], int(gone.sum())
    return Triangle(_factor(rows), len(rows), missing)


def merged(one: Triangle, other: Triangle) -> Triangle:
    """Join two triangles."""
    if one.factor.shape[1] != other.factor.shape[1]:
        raise SummaryError(
            f"blocks of {one.factor.shape[1] - 1} and {other.factor.shape[1] - 1} terms", "the same terms in all blocks"
        )
    both = np.concatenate([one.factor, other.factor])
    return Triangle(_upper(both), one.n + other.n, one.missing + other.missing)


def chosen(state: Triangle, columns: list[int]) -> Triangle:
    """Give the triangle of some of the columns, of which the last is y."""
    return Triangle(_upper(state.factor[:, columns]), state.n, state.missing)


def solve(state: Triangle, names: list[str], intercept: bool) -> Solution:
    """Read the coefficients from a triangle.

    Raises
    ------
    SeriesError
        If there are no more rows than terms, or columns that depend on each other, which it names.
    """
    k = len(names)
    if state.n <= k:
        gone = f" ({state.missing} more hold a NaN)" if state.missing else ""
        raise SeriesError(
            f"{state.n} rows{gone} cannot tell {k} coefficients and their errors", f"{k + 1} rows or more, or fewer terms"
        )
    whole = state.factor
    R, y = whole[:k, :k], whole[:k, k]
    length = np.linalg.norm(R, axis=0)
    if not length.all():
        raise SeriesError(f"{names[int(np.argmin(length))]!r} is 0 throughout", "leave it out")
    scale = 2.0 ** np.round(np.log2(length))  # powers of two round nothing
    condition = refuse_singular(R / length, names)
    inverse = np.linalg.inv(R / scale) / scale[:, None]
    value = np.linalg.solve(R / scale, y) / scale
    middle = float(y[0] / R[0, 0]) if intercept else 0.0
    residual = float(whole[k, k] ** 2) if len(whole) > k else 0.0
    return Solution(value, np.triu(inverse), residual, _total(whole[:, k], intercept), middle, condition)


def refuse_singular(R: Floats, names: list[str]) -> float:
    """Give the condition number of columns of length 1, or say which of them depend on each other."""
    _, values, rows = np.linalg.svd(R)
    if values[-1] > SINGULAR * len(names) * values[0]:
        return float(values[0] / values[-1])
    weight = np.abs(rows[-1])
    involved = [name for name, w in zip(names, weight, strict=True) if w > 0.1 * weight.max()]
    if len(involved) == 2 and "intercept" in involved:
        one = next(name for name in involved if name != "intercept")
        raise SeriesError(f"{one!r} has one value throughout, to the digits of a float", "leave it out, or the intercept")
    found = f"{values[0] / values[-1]:.1e}" if values[-1] else "infinite"
    raise SeriesError(
        f"the columns {', '.join(involved)} depend on each other: condition number {found}",
        f"leave one of them out{', or the intercept' if 'intercept' in involved else ''}",
    )


def explained(solved: Solution) -> float:
    """Share of the variance that is explained."""
    return 1 - solved.residual / solved.total if solved.total else float("nan")


def _total(column: Floats, intercept: bool) -> float:
    return float(np.sum(column[int(intercept) :] ** 2))


def _factor(rows: Floats) -> Floats:
    """Factor slabs that fit into a cache, all at once, and then their triangles."""
    n, width = rows.shape
    size = max(4 * width, SLAB // width)
    if n < 2 * size:
        return _upper(rows)
    whole = n // size * size
    slabs = np.asarray(np.linalg.qr(rows[:whole].reshape(-1, size, width), mode="r")).reshape(-1, width)
    return _factor(np.concatenate([slabs, rows[whole:]]))


def _upper(rows: Floats) -> Floats:
    """Give R with a diagonal that is not negative, so that it is one and the same of the same rows."""
    if not len(rows):
        return rows
    found = np.linalg.qr(rows, mode="r")
    sign = np.where(np.diagonal(found) < 0, -1.0, 1.0)
    return np.asarray(found * sign[:, None])


__all__ = ["LeastSquares"]
