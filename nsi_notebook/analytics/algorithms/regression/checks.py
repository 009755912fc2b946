"""What speaks against the assumptions of a regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..noise import doubt
from ..series.periods import strongest
from ..series.words import length
from ..statistics.checks import normal_residuals
from ..statistics.result import Check
from ..statistics.words import p_said
from .basis import Basis
from .covariance import Spread
from .least_squares import Solution, Triangle, explained, merged, solve, triangle
from .predictors import Rows

if TYPE_CHECKING:
    from .ols import Seen

Floats = npt.NDArray[np.float64]

LEVEL = 0.05
LONG_ENOUGH = "long enough a series"
SEASON = "no season in the residuals"
LOOKED = 2000  # rows along time that are looked at for one
ALARM = 0.01  # how often one is told where there is none
NEAR = 31  # frequencies that a line has to stand out of
FEW = 10  # clusters or subjects, below which how they vary is a guess
EXACT = 1e-20  # of the variance: a residual that is rounding


def checks(rows: Rows, basis: Basis, solved: Solution, seen: Seen, spread: Spread) -> tuple[Check, ...]:
    """Check linearity, one variance, normal residuals and independence; along time those that dependence leaves sense."""
    n = len(seen.y)
    if solved.residual <= EXACT * max(solved.total, 1e-300):
        return (Check("noise", "the fit is exact: there are no residuals to check", False),)
    found = []
    if rows.lie is None:
        found += [c for c in (_linear(rows, basis, solved, seen), _one_variance(rows, basis, seen)) if c is not None]
    found.append(normal_residuals(seen.residual, dependent=rows.lie is not None))
    statistic, p = durbin_watson(seen.residual)
    said = f"Durbin-Watson {statistic:.2f}"
    if rows.lie is None:
        found.append(Check("independent residuals", f"{said}, in the order of the rows: p = {p:.2g}", p >= LEVEL, statistic, p))
    else:
        order = spread.noise.order
        said += f"; noise of order {order}" if order is not None else ""
        found.append(Check("independent residuals", f"{said}: {_allowed(order)}", True, statistic, None))
        if order is not None and (why := doubt(n, float(min(spread.effective)))):
            found.append(Check(LONG_ENOUGH, why, False))
        found += _season(rows, seen)
    far = seen.leverage / max(seen.leverage.mean(), 1e-300)
    if far.max() > 10:
        row = int(np.flatnonzero(seen.kept)[int(np.argmax(far))])
        found.append(Check("no row decides alone", f"row {row} has {far.max():.0f} times the mean leverage", False))
    return tuple(found)


def of_labels(rows: Rows, kept: npt.NDArray[np.bool_], errors: str) -> tuple[Check, ...]:
    """Check that each row has a label, and errors of clusters have enough of them."""
    if rows.label is None:
        return ()
    found, gone = [], int((rows.label < 0).sum())
    if gone:
        said = f"{gone} row{'s have' if gone > 1 else ' has'} no label, and {'are' if gone > 1 else 'is'} left out"
        found.append(Check("every row has a label", said, False))
    if errors == "cluster":
        number = len(np.unique(rows.label[kept]))
        found.append(
            Check("enough clusters", f"{number} clusters: below {FEW} errors are a guess, mostly too small", number >= FEW)
        )
    return tuple(found)


def _season(rows: Rows, seen: Seen) -> list[Check]:
    """Look for a season in the residuals along time, which an autoregressive model of noise knows nothing of.

    Only where a line stands out of the spectrum is the test made, which takes far longer than the regression.
    """
    from scipy.ndimage import median_filter

    lie = rows.lie
    if lie is None or lie.irregular:
        return []
    position = lie.position[seen.kept]
    place = np.rint((position - position[0]) / lie.step).astype(np.int64)
    there = place < LOOKED
    if 2 * there.sum() < min(LOOKED, place[-1] + 1):
        return []
    grid = np.full(min(LOOKED, int(place[-1]) + 1), np.nan)
    grid[place[there]] = seen.residual[there]
    power = np.abs(np.fft.rfft(np.nan_to_num(grid))[1:]) ** 2
    level = median_filter(power, NEAR, mode="mirror") / np.log(2)
    if not (power > np.log(len(power) / LEVEL) * level).any():
        return [Check(SEASON, "none is seen", True)]
    season = strongest(grid)
    if season.p >= ALARM:
        return [Check(SEASON, "none is seen", True)]
    about = length(season.samples * lie.step, lie.per)
    said = f"one of about {about} is left in them, {p_said(season.p)}: take it out first, seasonal(y).adjusted"
    return [Check(SEASON, said, False)]


def _allowed(order: int | None) -> str:
    return "allowed for by the errors" if order is None or order else "independent, as far as the series tells"


def durbin_watson(residual: Floats) -> tuple[float, float]:
    """Give the statistic, about 2 of independent residuals, and its p by the normal distribution for many rows."""
    from scipy.special import ndtr

    statistic = float((np.diff(residual) ** 2).sum() / (residual**2).sum())
    return statistic, float(2 * ndtr(-abs(statistic - 2) / (2 / np.sqrt(len(residual)))))


def _one_variance(rows: Rows, basis: Basis, seen: Seen) -> Check | None:
    """Breusch and Pagan's test as Koenker has it: whether squared residuals follow the predictors."""
    from scipy.stats import chi2

    k = len(basis.terms) - basis.intercept
    if not basis.intercept or not k:
        return None
    square = seen.residual**2
    found = _again(rows, basis, seen, square / square.mean(), None)
    statistic = len(square) * explained(found)
    p = float(chi2.sf(statistic, k))
    return Check("residuals of one variance", f"Breusch-Pagan p = {p:.2g}", p >= LEVEL, statistic, p)


def _linear(rows: Rows, basis: Basis, solved: Solution, seen: Seen) -> Check | None:
    """Ramsey's RESET: whether squares and cubes of what was fitted explain more."""
    from scipy.stats import f

    n, k = len(seen.y), len(basis.terms)
    spread = seen.fitted.std()
    if n <= k + 3 or not spread:
        return None
    at = (seen.fitted - seen.fitted.mean()) / spread
    powers = np.column_stack([at**2, at**3])
    if np.linalg.matrix_rank(np.column_stack([np.ones(n), at, powers])) < 4:
        return None
    try:
        more = _again(rows, basis, seen, seen.y, powers)
    except ValueError:  # the powers are among the columns
        return None
    statistic = ((solved.residual - more.residual) / 2) / (more.residual / (n - k - 2))
    p = float(f.sf(max(statistic, 0.0), 2, n - k - 2))
    return Check("linear", f"Ramsey's RESET p = {p:.2g}", p >= LEVEL, float(statistic), p)


def _again(rows: Rows, basis: Basis, seen: Seen, y: Floats, extra: Floats | None) -> Solution:
    """Fit something else on the same rows, block by block."""
    found: Triangle | None = None
    start = 0
    for at, raw, _ in rows.blocks():
        kept = seen.kept[at]
        here = slice(start, start + int(kept.sum()))
        start = here.stop
        parts = [basis.columns(raw[kept]), *([extra[here]] if extra is not None else []), y[here, None]]
        part = triangle(np.column_stack(parts))
        found = part if found is None else merged(found, part)
    names = basis.terms + [f"extra {i}" for i in range(0 if extra is None else extra.shape[1])]
    return solve(found or triangle(np.empty((0, len(names) + 1))), names, basis.intercept)
