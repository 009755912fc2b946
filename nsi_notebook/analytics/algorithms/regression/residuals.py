"""Residuals by a second reading of the rows, block by block: what they tell; nothing is kept that grows with the rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ....errors import OptionError
from .basis import Basis
from .clusters import of_clusters
from .covariance import HC, heteroscedastic, leverage
from .least_squares import Solution, Triangle, merged, triangle
from .predictors import Rows
from .result import MOST, Points

Floats = npt.NDArray[np.float64]

FIRST = 2000  # rows along time of which the residuals are kept


@dataclass(frozen=True, slots=True, eq=False)
class Reread:
    """What the second reading gives of the rows that were kept.

    Parameters
    ----------
    n : int
    points : Points
        Every so many rows, at most 5,000.
    first : numpy array of float64
        Residuals of the first rows, along time.
    kept : numpy array of bool
        Which of all rows were kept, up to the last of the first.
    added : numpy array of float64
        M of errors of the kind HC, or what clusters have: it adds over blocks.
    wider : Triangle
        Of X, the squares of the residuals, the squares and cubes of what was fitted, and y.
    differences : float
        Sum of the squares of the differences of residuals that follow one another.
    most_leverage : tuple of float and int
        The largest leverage, and which row has it.
    """

    n: int
    points: Points
    first: Floats
    kept: npt.NDArray[np.bool_]
    added: Floats
    wider: Triangle
    differences: float
    most_leverage: tuple[float, int]


def reread(rows: Rows, basis: Basis, solved: Solution, n: int, errors: str, exact: Floats | None) -> Reread:
    """Read the blocks again.

    Parameters
    ----------
    n : int
        Rows without NaN.
    exact : numpy array of float64, shape (n,), or None
        Their residuals, if they are known to more digits.
    """
    step, place, differences, last, most_leverage = -(-n // MOST), 0, 0.0, np.nan, (0.0, 0)
    middle, size, square = scales(solved, n)
    k = len(solved.value)
    added = np.zeros((len(rows.labels), k, k + 1) if errors == "cluster" else (k, k))
    wider: Triangle | None = None
    points: list[tuple[Floats, ...]] = []
    first: list[Floats] = []
    kept: list[npt.NDArray[np.bool_]] = []
    for at, raw, y in rows.blocks():
        whole = ~(np.isnan(raw).any(axis=1) | np.isnan(y))
        raw, y = raw[whole], y[whole]
        X = basis.columns(raw)
        Q = X @ solved.inverse
        residual = y - X @ solved.value if exact is None else exact[place : place + len(y)]
        fitted = y - residual
        if place < FIRST and rows.lie is not None:
            first.append(residual)
            kept.append(whole)
        some = slice(-place % step, None, step)
        points.append((raw[some].copy(), y[some].copy(), fitted[some].copy(), residual[some].copy()))
        place += len(y)
        if errors in HC:
            added += heteroscedastic(Q, residual, errors)
        elif errors == "cluster":
            of_clusters(added, Q, residual, labels_of(rows)[at][whole])
        away = (fitted - middle) / size
        part = triangle(np.column_stack([X, residual**2 / square, away**2, away**3, y]))
        wider = part if wider is None else merged(wider, part)
        differences += float((np.diff(residual, prepend=last if np.isfinite(last) else residual[:1]) ** 2).sum())
        last = residual[-1] if len(residual) else last
        far = leverage(Q)
        if len(far) and far.max() > most_leverage[0]:
            most_leverage = float(far.max()), at.start + int(np.flatnonzero(whole)[int(np.argmax(far))])
    shown = Points(*(np.concatenate(part) for part in zip(*points, strict=True)))
    none = np.empty(0)
    return Reread(
        n, shown, np.concatenate([none, *first]), np.concatenate([none, *kept]).astype(bool), added,
        wider or triangle(np.empty((0, len(basis.terms) + 4))), differences, most_leverage,
    )  # fmt: skip


def scales(solved: Solution, n: int) -> tuple[float, float, float]:
    """Give a middle and a size of what is fitted, and the mean square of the residuals; 1 for what is 0."""
    explained = max(solved.total - solved.residual, 0.0) / n
    return solved.middle, np.sqrt(explained) or 1.0, solved.residual / n or 1.0


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
