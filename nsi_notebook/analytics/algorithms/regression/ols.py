"""Least squares of rows, in one pass over their blocks and a second for residuals, errors and checks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ....errors import OptionError, SeriesError, warn
from .basis import Basis
from .checks import EXACT, LONG_ENOUGH, checks, of_labels
from .covariance import (
    HC,
    Spread,
    along_time,
    classical,
    clustered,
    cosines,
    cosines_of,
    heteroscedastic,
    laid,
    leverage,
    newey_west,
)  # fmt: skip
from .least_squares import Solution, Triangle, explained, merged, solve, triangle
from .predictors import Rows
from .refined import chebyshev, refined
from .result import MOST, Points, Regression
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


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the second pass saw of the rows that were kept.

    Parameters
    ----------
    y, fitted, residual, leverage : numpy array of float64, shape (n,)
    kept : numpy array of bool
        Of all rows, which.
    raw : numpy array of float64, shape (some, predictors)
        Predictors of every `step`-th row.
    step : int
    middle : numpy array of float64 or None
        M of errors of the kind HC, or of clusters.
    """

    y: Floats
    fitted: Floats
    residual: Floats
    leverage: Floats
    kept: npt.NDArray[np.bool_]
    raw: Floats
    step: int
    middle: Floats | None


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


def _second(rows: Rows, basis: Basis, solved: Solution, n: int, errors: str) -> Seen:
    """Read the blocks again."""
    step = -(-n // MOST)
    parts: list[tuple[npt.NDArray[Any], ...]] = []
    added: Floats = np.zeros(())
    for at, raw, y in rows.blocks():
        kept = ~(np.isnan(raw).any(axis=1) | np.isnan(y))
        X, value = basis.columns(raw[kept]), y[kept]
        fitted, Q = X @ solved.value, X @ solved.inverse
        place = sum(len(part[0]) for part in parts)
        parts.append((value, fitted, value - fitted, leverage(Q), kept, raw[kept][-place % step :: step]))
        added = added + _added(Q, value - fitted, rows, at, kept, errors)
    y, fitted, residual, lever, where, raw = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Seen(y, fitted, residual, lever, where.astype(bool), raw, step, _middle(added, errors))


def _added(Q: Floats, residual: Floats, rows: Rows, at: slice, kept: npt.NDArray[np.bool_], errors: str) -> Floats:
    """Give what of a block of rows M is made of: it adds over blocks."""
    if errors in HC:
        return heteroscedastic(Q, residual, errors)
    if errors == "cluster":
        return clustered(Q * residual[:, None], labels_of(rows)[at][kept], len(rows.labels))
    return np.zeros(())


def _middle(added: Floats, errors: str) -> Floats | None:
    return added.T @ added if errors == "cluster" else added if errors in HC else None


def ols(rows: Rows, asked: Options) -> Regression:
    """Fit by least squares."""
    basis = basis_of(rows, asked)
    names = basis.terms
    found = triangle_of(rows, basis)
    solved = solve(found, names, basis.intercept)
    method = "ordinary least squares, by QR of blocks"
    seen = _second(rows, basis, solved, found.n, asked.errors)
    lost = None
    if asked.precision == "high":
        X, y, _, raw = whole(rows, basis)
        if asked.degree is not None:
            columns = chebyshev(raw[:, 0], basis.low, basis.high, asked.degree)
            exact, residual = refined(columns.high, y, columns.low)
        else:
            exact, residual = refined(X, y)
        lost = exact.low
        solved = replace(solved, value=exact.high, residual=float(residual @ residual))
        seen = replace(seen, fitted=seen.y - residual, residual=residual)
        again = _added(X @ solved.inverse, residual, rows, slice(None), seen.kept, asked.errors)
        seen = replace(seen, middle=_middle(again, asked.errors))
        method += "; residuals in twice the precision, Bjorck 1967"
    spread, told = _spread(rows, basis, solved, seen, asked)
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
    result = Regression(
        kind="ols", measure=rows.measure, unit=rows.unit, dim=rows.dim, terms=listed, covariance=spread.matrix, basis=basis,
        level=asked.level, n=found.n, missing=found.missing, r2=r2, adjusted_r2=1 - (1 - r2) * free / (found.n - k),
        residual_std=float(np.sqrt(solved.residual / (found.n - k))), condition=solved.condition, noise=spread.noise,
        overall=overall(solved.value, spread, basis.intercept), errors=told,
        checks=(*checks(rows, basis, solved, seen, spread), *of_labels(rows, seen.kept, asked.errors)),
        method=method, source=SOURCE, sentence="",
        points=Points(seen.raw, seen.y[:: seen.step], seen.fitted[:: seen.step], seen.residual[:: seen.step]), lost=lost,
        places=rows.places, said_per=rows.said,
    )  # fmt: skip
    return replace(result, sentence=sentence(result))


def _spread(rows: Rows, basis: Basis, solved: Solution, seen: Seen, asked: Options) -> tuple[Spread, str]:
    """Give the covariance of the coefficients, and say what it rests on."""
    n, k = len(seen.y), len(solved.value)
    plain = classical(solved.unscaled, solved.residual, n)
    if solved.residual <= EXACT * solved.total:
        return plain, "none: the fit is exact"
    if asked.errors == "classical":
        return plain, "classical: independent noise of one variance"
    if asked.errors == "cluster" and seen.middle is not None:
        matrix, freedom, told = _of_clusters(seen.middle, solved.inverse, rows, seen.kept)
        return spread_of(matrix, freedom, plain), told
    if seen.middle is not None:
        factor = n / (n - k) if asked.errors == "hc1" else 1.0
        matrix = solved.inverse @ seen.middle @ solved.inverse.T * factor
        return replace(plain, matrix=matrix), f"{asked.errors.upper()}: independent noise of any variance"
    Q = whole(rows, basis)[0] @ solved.inverse
    if asked.errors == "ar" and rows.lie is not None:
        joined = along(rows, seen.kept)
        found = along_time(Q, seen.residual, solved.inverse, joined, rows.lie.position[seen.kept], rows.lie.step)
        return found, f"noise by an autoregressive model of order {found.noise.order}"
    matrix, freedom, told = sandwich(Q * seen.residual[:, None], solved.inverse, rows, seen.kept, asked)
    return spread_of(matrix, freedom, plain), told


def along(rows: Rows, kept: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Tell whether each row that was kept is one step from the next, or refuse steps that differ."""
    if rows.lie is None:
        raise OptionError(
            "errors along time, of rows that do not follow one another", "errors='classical', errors='hc3' or errors='cluster'"
        )
    lie = replace(rows.lie, coord=rows.lie.coord[kept], position=rows.lie.position[kept])
    return lie.regular()


def sandwich(
    scores: Floats, inverse: Floats, rows: Rows, kept: npt.NDArray[np.bool_], asked: Options
) -> tuple[Floats, float, str]:
    """Give the covariance of clusters or of a series from scores, degrees of freedom, and say what it rests on."""
    n, k = scores.shape
    if asked.errors == "cluster":
        sums = clustered(scores, labels_of(rows)[kept], len(rows.labels))
        return _of_clusters(sums.T @ sums, inverse, rows, kept)
    along(rows, kept)
    if rows.lie is None:  # `along` said so
        raise OptionError("no time", None)
    on_grid = laid(scores, rows.lie.position[kept], rows.lie.step)
    factor = n / (n - k)
    if asked.lags is None:
        number = cosines_of(n)
        return inverse @ cosines(on_grid, number) @ inverse.T * factor, float(number), f"HAC: {number} cosines of the scores"
    found = inverse @ newey_west(on_grid, min(asked.lags, len(on_grid) - 1)) @ inverse.T * factor
    return found, float(n - k), f"HAC: Newey and West's window of {asked.lags} lags"


def _of_clusters(middle: Floats, inverse: Floats, rows: Rows, kept: npt.NDArray[np.bool_]) -> tuple[Floats, float, str]:
    n, k, number = int(kept.sum()), len(inverse), len(np.unique(labels_of(rows)[kept]))
    if number < 2:
        raise SeriesError(f"{number} cluster", "at least two; for few, errors are in doubt")
    factor = number / (number - 1) * (n - 1) / (n - k)
    return inverse @ middle @ inverse.T * factor, float(number - 1), f"clusters: {number}, which may vary in any way within"


def labels_of(rows: Rows) -> npt.NDArray[np.int64]:
    """Give the number of the cluster of each row.

    Raises
    ------
    OptionError
        If nothing says which that is.
    """
    if rows.label is None:
        raise OptionError("errors='cluster' without cluster=", "cluster=, the label of what belongs together, e.g. the subject")
    return rows.label


def spread_of(matrix: Floats, freedom: float, plain: Spread) -> Spread:
    """Give the spread of a sandwich, with the effective numbers that it means."""
    n = plain.noise.samples
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.diag(plain.matrix) / np.diag(matrix)
    effective = n * np.clip(np.nan_to_num(ratio, nan=1.0), 0, 1)
    return Spread(matrix, np.full(len(matrix), freedom), effective, plain.noise, summed=bool(np.isfinite(freedom)))


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
