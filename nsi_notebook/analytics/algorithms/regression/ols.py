"""Least squares of rows, in one pass over their blocks and a second for residuals, errors and checks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ....errors import OptionError, SeriesError, warn
from .basis import Basis
from .checks import EXACT, LONG_ENOUGH, between, checks, of_labels
from .clusters import clustered
from .covariance import HC, Spread, along_time, classical, cosines, cosines_of, laid, newey_west, spread_of
from .least_squares import Solution, Triangle, explained, merged, solve, triangle
from .predictors import Rows
from .refined import chebyshev, refined
from .residuals import Reread, reread
from .result import Regression
from .words import overall, sentence, terms

Floats = npt.NDArray[np.float64]

ILL = 1e8  # condition number from which on a coefficient has half of the digits of a float, or fewer
SOURCE = "Demmel et al. 2012, SIAM J Sci Comput 34:A206"


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked of a fit.

    Parameters
    ----------
    kind, precision : str
    degree : int or None
    intercept : bool
    errors : str
    lags : int or None
    level, penalty : float
    """

    kind: str
    degree: int | None
    intercept: bool
    errors: str
    lags: int | None
    precision: str
    level: float
    penalty: float


def basis_of(rows: Rows, asked: Options) -> Basis:
    """Give the basis; a polynomial needs the range of its predictor."""
    if asked.degree is None:
        return Basis(rows.predictors, rows.units, rows.unit, asked.intercept)
    if len(rows.predictors) != 1:
        raise OptionError(
            f"degree is {asked.degree}, with {len(rows.predictors)} predictors", "one, x=; or give powers as predictors"
        )
    if not asked.intercept:
        raise OptionError("a polynomial without an intercept", "intercept=True; or give the powers as predictors")
    low, high = np.inf, -np.inf
    for _, raw, _ in rows.blocks():
        there = raw[~np.isnan(raw)]
        low, high = min(low, there.min(initial=np.inf)), max(high, there.max(initial=-np.inf))
    if not low < high:
        raise SeriesError(f"{rows.predictors[0]} has one value, or none", "a predictor that varies")
    return Basis(rows.predictors, rows.units, rows.unit, True, asked.degree, float(low), float(high))


def triangle_of(rows: Rows, basis: Basis) -> Triangle:
    """Give the triangle of all blocks."""
    found: Triangle | None = None
    least, most = np.inf, -np.inf
    for _, raw, y in rows.blocks():
        part = triangle(np.column_stack([basis.columns(raw), y]))
        found = part if found is None else merged(found, part)
        there = y[~(np.isnan(raw).any(axis=1) | np.isnan(y))]
        least, most = min(least, there.min(initial=np.inf)), max(most, there.max(initial=-np.inf))
    if found is None or not found.n:
        raise SeriesError(f"all {rows.y.sizes[rows.dim]} rows hold a NaN", "rows with a value of y and of each predictor")
    if least == most:
        raise SeriesError(
            f"all {found.n} values of {rows.measure} are {least:g}: there is nothing to explain", "is the sensor frozen?"
        )
    return found


def whole(rows: Rows, basis: Basis) -> tuple[Floats, Floats, npt.NDArray[np.bool_], Floats]:
    """Give X and y of the rows without NaN, which those are, and their predictors."""
    parts = [(raw, y) for _, raw, y in rows.blocks()]
    raw, y = np.concatenate([r for r, _ in parts]), np.concatenate([v for _, v in parts])
    kept = ~(np.isnan(raw).any(axis=1) | np.isnan(y))
    return basis.columns(raw[kept]), y[kept], kept, raw[kept]


def ols(rows: Rows, asked: Options) -> Regression:
    """Fit by least squares."""
    basis = basis_of(rows, asked)
    names = basis.terms
    found = triangle_of(rows, basis)
    solved = solve(found, names, basis.intercept)
    method, lost, exact = "ordinary least squares, by QR of blocks", None, None
    if asked.precision == "high":
        X, y, _, raw = whole(rows, basis)
        if asked.degree is not None:
            columns = chebyshev(raw[:, 0], basis.low, basis.high, asked.degree)
            value, exact = refined(columns.high, y, columns.low)
        else:
            value, exact = refined(X, y)
        lost = value.low
        solved = replace(solved, value=value.high, residual=float(exact @ exact))
        method += "; residuals in twice the precision, Bjorck 1967"
    again = reread(rows, basis, solved, found.n, asked.errors, exact)
    spread, told = _spread(rows, basis, solved, again, asked, exact)
    if solved.condition > ILL and asked.precision != "high":
        warn(
            f"the columns nearly depend on each other: condition number {solved.condition:.1e}, "
            f"so that about {max(0, 16 - int(np.log10(solved.condition)))} digits of the coefficients are right",
            "degree= for powers of one predictor, precision='high', or fewer predictors",
        )
    k = len(names)
    r2 = explained(solved)
    free = found.n - int(basis.intercept)
    listed = terms(names, basis.term_units, solved.value, spread, asked.level)
    together = overall(solved.value, spread, basis.intercept)
    apart = between(rows, again) if asked.errors == "cluster" else ()
    result = Regression(
        kind="ols", measure=rows.measure, unit=rows.unit, dim=rows.dim, terms=listed, covariance=spread.matrix, basis=basis,
        level=asked.level, n=found.n, missing=found.missing, r2=r2, adjusted_r2=1 - (1 - r2) * free / (found.n - k),
        residual_std=float(np.sqrt(solved.residual / (found.n - k))), condition=solved.condition, noise=spread.noise,
        overall=together, errors=told,
        checks=(*checks(rows, basis, solved, again, spread), *of_labels(rows, asked.errors, listed, together), *apart),
        method=method, source=SOURCE, sentence="", points=again.points, lost=lost, places=rows.places, said_per=rows.said,
    )  # fmt: skip
    return replace(result, sentence=sentence(result))


def _spread(
    rows: Rows, basis: Basis, solved: Solution, again: Reread, asked: Options, exact: Floats | None
) -> tuple[Spread, str]:
    """Give the covariance of the coefficients, and say what it rests on."""
    n, k = again.n, len(solved.value)
    plain = classical(solved.unscaled, solved.residual, n)
    if solved.residual <= EXACT * solved.total:
        return plain, "none: the fit is exact"
    if asked.errors == "classical":
        return plain, "classical: independent noise of one variance"
    if asked.errors == "cluster":
        return clustered(again.added, solved.inverse, plain, basis.terms)
    if asked.errors in HC:
        factor = n / (n - k) if asked.errors == "hc1" else 1.0
        matrix = solved.inverse @ again.added @ solved.inverse.T * factor
        return replace(plain, matrix=matrix), f"{asked.errors.upper()}: independent noise of any variance"
    X, y, kept, _ = whole(rows, basis)
    Q, residual = X @ solved.inverse, y - X @ solved.value if exact is None else exact
    if asked.errors == "ar" and rows.lie is not None:
        joined = along(rows, kept)
        found = along_time(Q, residual, solved.inverse, joined, rows.lie.position[kept], rows.lie.step)
        return found, f"noise by an autoregressive model of order {found.noise.order}"
    return of_series(Q * residual[:, None], solved.inverse, rows, kept, asked, plain)


def along(rows: Rows, kept: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Tell whether each row that was kept is one step from the next, or refuse steps that differ."""
    if rows.lie is None:
        raise OptionError(
            "errors along time, of rows that do not follow one another", "errors='classical', errors='hc3' or errors='cluster'"
        )
    lie = replace(rows.lie, coord=rows.lie.coord[kept], position=rows.lie.position[kept])
    return lie.regular()


def of_series(
    scores: Floats, inverse: Floats, rows: Rows, kept: npt.NDArray[np.bool_], asked: Options, plain: Spread
) -> tuple[Spread, str]:
    """Give the spread of coefficients of a series from its scores, and say what it rests on."""
    n, k = scores.shape
    along(rows, kept)
    if rows.lie is None:  # `along` said so
        raise OptionError("no time", None)
    on_grid = laid(scores, rows.lie.position[kept], rows.lie.step)
    factor = n / (n - k)
    if asked.lags is None:
        number = cosines_of(n)
        matrix = inverse @ cosines(on_grid, number) @ inverse.T * factor
        return spread_of(matrix, number, plain, number), f"HAC: {number} cosines of the scores"
    matrix = inverse @ newey_west(on_grid, min(asked.lags, len(on_grid) - 1)) @ inverse.T * factor
    return spread_of(matrix, n - k, plain), f"HAC: Newey and West's window of {asked.lags} lags"


def doubted(results: list[Regression]) -> None:
    """Warn once where series are too short."""
    poor = [r for r in results if in_doubt(r)]
    if poor:
        worst = min(poor, key=lambda r: r.effective)
        which = f" of {len(poor)} of {len(results)} regressions" if len(results) > 1 else ""
        warn(f"p and intervals{which} are in doubt: {in_doubt(worst)}", "a longer series")


def in_doubt(found: Regression) -> str:
    """Say why an interval along time is not safe, or nothing if it is."""
    return next((c.found for c in found.checks if c.assumption == LONG_ENOUGH and not c.met), "")
