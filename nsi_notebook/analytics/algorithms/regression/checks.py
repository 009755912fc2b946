"""What speaks against the assumptions of a regression."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ....errors import SeriesError
from ..along import Line
from ..noise import doubt
from ..series.checks import no_season
from ..statistics.checks import ALIKE, normal_residuals
from ..statistics.result import Check
from .basis import Basis
from .covariance import Spread
from .least_squares import Solution, chosen, explained, solve
from .predictors import Rows
from .residuals import FIRST, Reread, scales

if TYPE_CHECKING:
    from .result import Term

Floats = npt.NDArray[np.float64]

BORDERS = 8  # between clusters along time, below which nothing is told of them
LEVEL = 0.05
LONG_ENOUGH = "long enough a series"
NEAR = 31  # frequencies that a line has to stand out of
FEW = 10  # subjects, below which how they vary is a guess
FREE = 4  # degrees of freedom of clusters, below which their t is not known to hold (Tipton 2015, Psychol Methods 20:375)
HEAVY = 10  # times the mean leverage: a row that may decide alone
EXACT = 1e-20  # of the variance: a residual that is rounding


def checks(rows: Rows, basis: Basis, solved: Solution, again: Reread, spread: Spread) -> tuple[Check, ...]:
    """Check linearity, one variance, normal residuals and independence; along time those that dependence leaves sense."""
    n, k = again.n, len(basis.terms)
    if solved.residual <= EXACT * max(solved.total, 1e-300):
        return (Check("noise", "the fit is exact: there are no residuals to check", False),)
    found = []
    if rows.lie is None:
        found += [c for c in (_linear(basis, solved, again), _one_variance(basis, again)) if c is not None]
    found.append(_normal(rows, again))
    statistic, p = durbin_watson(again.differences, solved.residual, n)
    said = f"Durbin-Watson {statistic:.2f}"
    if rows.lie is None:
        found.append(Check("independent residuals", f"{said}, in the order of the rows: p = {p:.2g}", p >= LEVEL, statistic, p))
    else:
        order = spread.noise.order
        said += f"; noise of order {order}" if order is not None else ""
        found.append(Check("independent residuals", f"{said}: {_allowed(order)}", True, statistic, None))
        if order is not None and (why := doubt(n, float(min(spread.effective)))):
            found.append(Check(LONG_ENOUGH, why, False))
        found += _season(rows, again)
    far, row = again.most_leverage
    if far > HEAVY * k / n:
        found.append(Check("no row decides alone", f"row {row} has {far * n / k:.0f} times the mean leverage", False))
    return tuple(found)


def _normal(rows: Rows, again: Reread) -> Check:
    residual = again.points.residual
    if not np.ptp(residual) > 0:  # as without an intercept they may be
        return Check("normal residuals", "all residuals are the same", False)
    found = normal_residuals(residual, dependent=rows.lie is not None)
    some = len(residual)
    return found if some == again.n else replace(found, found=f"{found.found}; of {some} rows, evenly spaced")


def of_labels(rows: Rows, errors: str, terms: tuple[Term, ...], overall: tuple[float, ...]) -> tuple[Check, ...]:
    """Check that each row has a label, and errors of clusters have enough of them, of each coefficient and of all together."""
    if rows.label is None:
        return ()
    found, gone = [], int((rows.label < 0).sum())
    if gone:
        said = f"{gone} row{'s have' if gone > 1 else ' has'} no label, and {'are' if gone > 1 else 'is'} left out"
        found.append(Check("every row has a label", said, False))
    there = rows.label[rows.label >= 0]
    if len(np.unique(there)) == len(there):
        said = f"each of {len(there)} clusters has one row: nothing is held together; errors are as of 'hc2', with fewer degrees"
        found.append(Check("clusters of several rows", f"{said}; cluster= of what has several, or none", False))
    if errors == "cluster":
        slopes = [term for term in terms if term.name != "intercept"] or list(terms)
        least = [(term.df, term.name) for term in slopes]
        if len(slopes) > 1 and overall:
            least.append((overall[2], f"all {len(slopes)} coefficients together"))
        df, name = min(least, key=lambda one: one[0])
        many = f"{df:.3g} degree{'' if f'{df:.3g}' == '1' else 's'}"
        said = f"they leave {name} {many} of freedom; below {FREE} its p is in doubt"
        found.append(Check("enough clusters", said, df >= FREE))
        if len(slopes) > 1 and not overall and all(term.error != 0 for term in slopes):
            said = f"there are too few clusters to test all {len(slopes)} together"
            found.append(Check("all coefficients together", said, False))
    return tuple(found)


def between(rows: Rows, again: Reread) -> tuple[Check, ...]:
    """Check along time that clusters know nothing of each other: neighbours that belong to two are not alike."""
    if rows.lie is None or rows.label is None:
        return ()
    at = np.flatnonzero(again.kept)
    label = rows.label[at]
    border = np.flatnonzero((label[1:] != label[:-1]) & rows.lie.regular()[at[:-1]] & (np.diff(at) == 1))
    product = again.first[border] * again.first[border + 1]
    if not (len(border) >= BORDERS and product.any()):
        return ()
    z = float(product.sum() / np.sqrt((product**2).sum()))
    said = f"residuals on either side of {len(border)} borders between clusters {{}} (z = {z:.2g})"
    if z <= ALIKE:
        return (Check("clusters that are independent", said.format("are not shown to be alike"), True, z),)
    told = said.format("are alike, as clusters are stretches of one series") + ": p may be too small; errors='ar' knows that"
    return (Check("clusters that are independent", told, False, z),)


def _season(rows: Rows, again: Reread) -> list[Check]:
    """Look for a season in the residuals along time, which an autoregressive model of noise knows nothing of.

    Only where a line stands out of the spectrum is the test made, which takes far longer than the regression.
    """
    from scipy.ndimage import median_filter

    lie = rows.lie
    if lie is None or lie.irregular:
        return []
    at = np.flatnonzero(again.kept)
    place = np.rint((lie.position[at] - lie.position[at[0]]) / lie.step).astype(np.int64)
    near = place < FIRST
    at, place, value = at[near], place[near], again.first[near]
    kept = np.isin(np.arange(len(lie.position)), at)
    line = Line(value, lie.position[at], lie.coord[at], lie.joined(kept), rows.dim, rows.unit, lie.per, 0, lie.irregular)
    many = int(place[-1]) + 1
    if 2 * len(line) < many:
        return []
    even = np.zeros(many)
    even[place] = value
    power = np.abs(np.fft.rfft(even)[1:]) ** 2
    level = median_filter(power, NEAR, mode="mirror") / np.log(2)
    if not (power > np.log(len(power) / LEVEL) * level).any():
        return [Check("no season", "no frequency stands out of the residuals", True)]
    return no_season(line, value)


def _allowed(order: int | None) -> str:
    return "allowed for by the errors" if order is None or order else "independent, as far as the series tells"


def durbin_watson(turns: float, residual: float, n: int) -> tuple[float, float]:
    """Give the statistic, about 2 of independent residuals, and its p by the normal distribution for many rows."""
    from scipy.special import ndtr

    statistic = turns / residual
    return statistic, float(2 * ndtr(-abs(statistic - 2) / (2 / np.sqrt(n))))


def _one_variance(basis: Basis, again: Reread) -> Check | None:
    """Breusch and Pagan's test as Koenker has it: whether squared residuals follow the predictors."""
    from scipy.stats import chi2

    k = len(basis.terms)
    if not basis.intercept or k < 2:
        return None
    found = solve(chosen(again.wider, list(range(k + 1))), basis.terms, True)
    if not found.total > EXACT * again.n:  # all squares are the same
        return Check("residuals of one variance", "all residuals are of one size", True)
    statistic = again.n * explained(found)
    p = float(chi2.sf(statistic, k - 1))
    return Check("residuals of one variance", f"Breusch-Pagan p = {p:.2g}", p >= LEVEL, statistic, p)


def _linear(basis: Basis, solved: Solution, again: Reread) -> Check | None:
    """Ramsey's RESET: whether squares and cubes of what was fitted explain more."""
    from scipy.stats import f

    n, k = again.n, len(basis.terms)
    factor = again.wider.factor
    if n <= k + 3 or not solved.total > solved.residual:
        return None
    middle, size, _ = scales(solved, n)
    fitted = (factor[:, :k] @ solved.value - (middle * factor[:, 0] if basis.intercept else 0.0)) / size
    shown = np.column_stack([*[factor[:, 0]] * basis.intercept, fitted, factor[:, k + 1 : k + 3]])
    values = np.linalg.svd(shown, compute_uv=False)
    if values[-1] <= n * np.finfo(float).eps * values[0]:  # there are too few values of it
        return None
    try:
        more = solve(chosen(again.wider, [*range(k), k + 1, k + 2, k + 3]), [*basis.terms, "squares", "cubes"], basis.intercept)
    except SeriesError:  # the powers are among the columns
        return None
    statistic = ((solved.residual - more.residual) / 2) / (more.residual / (n - k - 2))
    p = float(f.sf(max(statistic, 0.0), 2, n - k - 2))
    return Check("linear", f"Ramsey's RESET p = {p:.2g}", p >= LEVEL, float(statistic), p)
