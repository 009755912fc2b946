"""Logistic regression, by reweighted least squares, each step of which is a QR.

The coefficients are those of greatest likelihood (McCullagh & Nelder 1989, Generalized Linear Models, section 4.4). Where the
predictors part the two outcomes, there are none: the likelihood rises for ever (Albert & Anderson 1984, Biometrika 71:1), which a
linear program tells.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ....errors import SeriesError
from ..noise import Noise, doubt
from ..statistics.result import Check
from ..statistics.words import at_first, p_said, with_unit
from .checks import LONG_ENOUGH, of_labels
from .clusters import clustered, of_clusters
from .covariance import Spread, along_time, cosines, heteroscedastic, laid, spread_of, wider
from .least_squares import refuse_singular
from .ols import Options, along, basis_of, of_series, whole
from .predictors import Rows
from .residuals import labels_of
from .result import Points, Regression
from .words import depends, overall, terms

Floats = npt.NDArray[np.float64]

STEPS = 50
ENOUGH = 1e-10  # of a coefficient, or of the deviance
SURE = 12.0  # log odds: who is so sure may be parted
SLOW = 8  # cosines of the scores: more see less of a long memory, fewer widen intervals (docs/regression.md)
LONG = 500  # rows along time, below which false alarms were measured to be more than 8 % at 5 %
LEAST = 1e-4  # variance of an outcome that is all but sure
EVENTS = 10  # for each coefficient, below which they are too far from 0 (Peduzzi et al. 1996, J Clin Epidemiol 49:1373)


def logistic(rows: Rows, asked: Options) -> Regression:
    """Fit the probability of the larger of two values of y."""
    basis = basis_of(rows, asked)
    X, given, kept, raw = whole(rows, basis)
    n, k = X.shape
    kinds = np.unique(given)
    if len(kinds) != 2:
        values = ", ".join(f"{v:g}" for v in kinds[:5])
        raise SeriesError(
            f"{rows.measure} has {len(kinds)} value{'' if len(kinds) == 1 else 's'}{f': {values}' if len(kinds) else ''}",
            "two, e.g. False and True, for a logistic regression",
        )
    if n <= k:
        raise SeriesError(f"{n} rows cannot tell {k} coefficients", f"at least {k + 1} rows")
    y = (given == kinds[1]).astype(float)
    length = np.linalg.norm(X, axis=0)
    if not length.all():
        raise SeriesError(f"{basis.terms[int(np.argmin(length))]!r} is 0 throughout", "leave it out")
    condition = refuse_singular(np.asarray(np.linalg.qr(X / length, mode="r")), basis.terms)
    scale = 2.0 ** np.round(np.log2(length))
    value, inverse, deviance, done = _fit(X / scale, y)
    value, inverse = value / scale, inverse / scale[:, None]
    eta = X @ value
    if not done or np.abs(eta).max() > SURE:
        _refuse_parted(X / length, y, basis.terms)
    p = 0.5 * (1 + np.tanh(eta / 2))
    share = y.mean()
    null = -2 * n * (share * np.log(share) + (1 - share) * np.log1p(-share))
    spread, told, both = _spread(X @ inverse, y - p, p * (1 - p), inverse, rows, kept, basis.terms, asked)
    units = replace(basis, unit="1").term_units
    listed = terms(basis.terms, units, value, spread, asked.level)
    together = _together(value, both or [spread], basis.intercept)
    fewer = int(min(y.sum(), n - y.sum()))
    said = f"{fewer} for {k} coefficients, {fewer / k:.3g} each; {EVENTS} are usual"
    checks = [Check("enough of the rarer outcome", said, fewer >= EVENTS * k)]
    checks += of_labels(rows, asked.errors, listed, together)
    if rows.lie is not None and rows.label is None:
        few = f"fewer than {LONG} rows ({n}) raise up to 10 % false alarms at 5 %" if n < LONG else ""
        if why := doubt(n, float(spread.effective.min())) or few:
            checks.append(Check(LONG_ENOUGH, why, False))
    result = Regression(
        kind="logistic", measure=rows.measure, unit="1", dim=rows.dim, terms=listed, covariance=spread.matrix, basis=basis,
        level=asked.level, n=n, missing=int((~kept).sum()), r2=1 - deviance / null, adjusted_r2=1 - (deviance + 2 * k) / null,
        residual_std=np.nan, condition=condition, noise=spread.noise, overall=together,
        errors=told, checks=tuple(checks),
        method="logistic regression of greatest likelihood, by reweighted least squares",
        source="McCullagh & Nelder 1989, section 4.4",
        sentence="", points=Points.of(raw, y, p), statistic_name="z" if np.isinf(spread.freedom).all() else "t",
        more=(("deviance", deviance), ("share", float(share))), places=rows.places, said_per=rows.said,
    )  # fmt: skip
    return replace(result, sentence=_sentence(result, kinds))


def _spread(
    Q: Floats,
    residual: Floats,
    weight: Floats,
    inverse: Floats,
    rows: Rows,
    kept: npt.NDArray[np.bool_],
    names: list[str],
    asked: Options,
) -> tuple[Spread, str, list[Spread]]:
    """Give the covariance of the coefficients, say what it rests on, and give both of two, of which it is the wider.

    Along time residuals, each divided by the root of its variance, are noise to an autoregressive model. What makes outcomes
    depend is seen through the chance of each, and the memory may escape the model: so the interval is no narrower than that by
    the slowest cosines of the scores.
    """
    n, k = Q.shape
    bread = inverse @ inverse.T
    noise = Noise(n, None, float(weight.mean()), float(weight.mean()))
    plain = Spread(bread, np.full(k, np.inf), np.full(k, float(n)), noise)
    if asked.errors == "classical":
        return plain, "classical: independent rows", []
    scores = Q * residual[:, None]
    if asked.errors == "hc0":
        matrix = inverse @ heteroscedastic(Q, residual, "hc0") @ inverse.T
        return spread_of(matrix, np.inf, plain), "HC0: independent rows, whatever their variance", []
    if asked.errors == "ar" and rows.lie is not None:
        joined, position = along(rows, kept), rows.lie.position[kept]
        root = np.sqrt(np.maximum(weight, LEAST))
        found = along_time(Q * root[:, None], residual / root, inverse, joined, position, rows.lie.step)
        slow = inverse @ cosines(laid(scores, position, rows.lie.step), SLOW) @ inverse.T
        told = f"noise by an autoregressive model of order {found.noise.order}, or {SLOW} cosines where they are wider"
        return wider(found, slow, SLOW), told, [found, spread_of(slow, SLOW, plain, SLOW)]
    if asked.errors == "cluster":
        root = np.sqrt(np.maximum(weight, np.finfo(float).tiny))[:, None]
        label, parts = labels_of(rows)[kept], np.zeros((len(rows.labels), k, k + 1))
        of_clusters(parts, Q * root, residual / root[:, 0], label)
        return *clustered(parts, inverse, plain, names), []
    return *of_series(scores, inverse, rows, kept, asked, plain), []


def _together(value: Floats, spreads: list[Spread], intercept: bool) -> tuple[float, ...]:
    """Test all coefficients together, by the more careful of the tests that there are.

    A matrix of which each coefficient has the wider of two intervals is too wide for all of them in any direction but its own.
    """
    found = [overall(value, one, intercept) for one in spreads]
    return max(found, key=lambda one: one[3]) if all(found) else ()


def _fit(X: Floats, y: Floats) -> tuple[Floats, Floats, float, bool]:
    """Give coefficients, the inverse of the triangle of sqrt(W) X, the deviance, and whether they came to rest."""
    value = np.zeros(X.shape[1])
    deviance = _deviance(X @ value, y)
    done = False
    for _ in range(STEPS):
        eta = X @ value
        p = 0.5 * (1 + np.tanh(eta / 2))
        root = np.sqrt(np.maximum(p * (1 - p), 1e-12))
        change = np.linalg.lstsq(root[:, None] * X, (y - p) / root, rcond=None)[0]
        for _ in range(30):  # half the step until it is one down
            found = _deviance(X @ (value + change), y)
            if found <= deviance * (1 + 1e-14):
                break
            change = change / 2
        value = value + change
        small = np.abs(change).max() <= ENOUGH * max(1.0, np.abs(value).max())
        fell, deviance = deviance - found, found
        if small and fell <= ENOUGH * max(1.0, deviance):
            done = deviance > 1e-6
            break
    eta = X @ value
    root = np.sqrt(np.exp(-np.abs(eta))) / (1 + np.exp(-np.abs(eta)))
    R = np.linalg.qr(root[:, None] * X, mode="r")
    if np.abs(np.diag(R)).min() < 1e-12 * np.abs(np.diag(R)).max():
        return value, np.full_like(R, np.nan), deviance, False
    return value, np.linalg.inv(R), deviance, done


def _deviance(eta: Floats, y: Floats) -> float:
    return float(2 * (np.logaddexp(0, eta) - y * eta).sum())


def _refuse_parted(X: Floats, y: Floats, names: list[str]) -> None:
    """Refuse predictors that part the outcomes: those with a direction that no row speaks against, and some for."""
    from scipy.optimize import linprog

    side = np.where(y > 0, 1.0, -1.0)[:, None] * X
    found = linprog(-side.sum(axis=0), A_ub=-side, b_ub=np.zeros(len(y)), bounds=(-1, 1), method="highs")
    if found.x is None or found.fun is None or -found.fun < 1e-7:
        return
    # of all such directions, the one in which the row that is least sure is surest
    whole = linprog(
        np.append(np.zeros(X.shape[1]), -1.0), A_ub=np.column_stack([-side, np.ones(len(y))]), b_ub=np.zeros(len(y)),
        bounds=[(-1, 1)] * X.shape[1] + [(0, 1)], method="highs",
    )  # fmt: skip
    perfect = whole.fun is not None and -whole.fun > 1e-9
    rows = int((side @ found.x > 1e-9).sum())
    apart = "perfectly" if perfect else f"in {rows} of {len(y)} rows"
    weight = np.abs(found.x)
    involved = [name for name, w in zip(names, weight, strict=True) if w > 0.01 * weight.max() and name != "intercept"]
    part = "parts" if len(involved) == 1 else "part"
    raise SeriesError(
        f"{', '.join(involved) or 'the predictors'} {part} the two outcomes {apart}: coefficients grow without end",
        "that is the finding; for a size, more rows near the border, or a penalty: sklearn's LogisticRegression(C=1.0)",
    )


def _sentence(found: Regression, kinds: Floats) -> str:
    title = f"the odds of {found.measure.replace('_', ' ')} = {kinds[1]:g}"
    tail = f"it is so in {round(dict(found.more)['share'] * found.n)} of {found.n} rows"
    if len(found.basis.predictors) == 1 and found.basis.degree is None:
        term, (slope, one) = found.terms[-1], found.slope
        x = found.points.x[:, 0]
        size = 1.0
        if found.said_per in ("", found.basis.units[0]) and np.ptp(x) < 1:  # a unit is more than the data has
            size = float(f"{x.std(ddof=1):.3g}")
            one = f"{with_unit(f'{size:g}', found.basis.units[0])} (a standard deviation)"
        low, ratio, high = (float(np.exp(v * size)) for v in (slope.lower, slope.value, slope.upper))
        said = f"{ratio:.3g} times ({100 * found.level:.4g} % CI {low:.3g} to {high:.3g})"  # digits by a ratio, not by a width
        each = f"for each {one} of {term.name}, {p_said(term.p)}"
        return at_first(f"{title} are {said} as large {each}; {tail}")
    return at_first(f"whether {found.measure.replace('_', ' ')} is {kinds[1]:g} {depends(found)}; {tail}")
