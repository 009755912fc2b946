"""How sure coefficients are: errors of independent noise, of noise that is not of one size, of clusters, and of series.

All are R^-1 M R^-1' with R the triangle of X = Q R, and M the variance of the sum of the scores: rows of Q times their residuals;
of a logistic regression X is weighted. White (1980, Econometrica 48:817) and MacKinnon & White (1985, J Econometrics 29:305) have
HC0 to HC3; `clusters` those of clusters; Newey & West (1987, Econometrica 55:703) series by a window, Lazarus
et al. (2018, J Bus Econ Stat 36:541) by the slowest cosines, whose t is known however few they are. Along time the default knows
more: the noise is that of `noise`, an autoregressive model, so that M is Q' G Q with G its autocovariances (Grenander 1954, Ann
Math Stat 25:252).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..noise import Noise, apart, fit, long_runs

Floats = npt.NDArray[np.float64]

HC = ("hc0", "hc1", "hc2", "hc3")
CLOSE = 1e-9  # to 1, a leverage: the row is fitted exactly whatever its value
FAR = 64  # steps: what a longer gap is taken for


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Covariance of coefficients.

    Parameters
    ----------
    matrix : numpy array of float64, shape (terms, terms)
    freedom : numpy array of float64, shape (terms,)
        Degrees of freedom of Student's t, one for each coefficient.
    effective : numpy array of float64, shape (terms,)
        How many independent rows each coefficient is worth.
    noise : Noise
        About the fit.
    together : float
        Of how few squares the whole matrix of the slopes is a sum, of clusters or cosines: then tests of several coefficients
        together have fewer degrees of freedom. Infinite if it is none.
    """

    matrix: Floats
    freedom: Floats
    effective: Floats
    noise: Noise
    together: float = np.inf


def classical(unscaled: Floats, residual: float, n: int) -> Spread:
    """Give those of independent noise of one variance."""
    k = len(unscaled)
    variance = residual / (n - k)
    return Spread(unscaled * variance, np.full(k, n - k), np.full(k, float(n)), Noise(n, None, variance, variance))


def spread_of(matrix: Floats, freedom: float | Floats, plain: Spread, together: float = np.inf) -> Spread:
    """Give the spread of a sandwich, with the effective numbers that it means beside that of independent rows."""
    n = plain.noise.samples
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.diag(plain.matrix) / np.diag(matrix)
    effective = n * np.clip(np.nan_to_num(ratio, nan=1.0), 0, 1)
    return Spread(matrix, np.broadcast_to(np.asarray(freedom, dtype=float), len(matrix)), effective, plain.noise, together)


def heteroscedastic(Q: Floats, residual: Floats, kind: str) -> Floats:
    """Give M of HC0 to HC3; it adds over blocks of rows, but for the factor n / (n - k) of HC1, which is not in it."""
    weight = residual**2
    if kind in ("hc2", "hc3"):
        left = np.maximum(1 - leverage(Q), CLOSE)
        weight = weight / (left if kind == "hc2" else left**2)
    return np.asarray((Q * weight[:, None]).T @ Q)


def leverage(Q: Floats) -> Floats:
    """Give how far each row draws the fit to itself, from 0 to 1."""
    return np.asarray((Q**2).sum(axis=1))


def newey_west(scores: Floats, lags: int) -> Floats:
    """Give M of a series by Bartlett's window."""
    found = scores.T @ scores
    for lag in range(1, lags + 1):
        cross = scores[lag:].T @ scores[:-lag]
        found = found + (1 - lag / (lags + 1)) * (cross + cross.T)
    return np.asarray(found)


def cosines(scores: Floats, number: int) -> Floats:
    """Give M of a series by the mean of its powers at the slowest cosines, so that t has `number` degrees of freedom."""
    n = len(scores)
    waves = np.sqrt(2 / n) * np.cos(np.pi * np.outer(np.arange(1, number + 1), np.arange(n) + 0.5) / n)
    along = waves @ scores
    return np.asarray(along.T @ along * (n / number))


def cosines_of(n: int) -> int:
    """Give the number of cosines that Lazarus et al. (2018) choose, 0.41 n^(2/3).

    >>> cosines_of(400)
    22
    """
    return max(int(0.41 * n ** (2 / 3)), 2)


def wider(one: Spread, matrix: Floats, freedom: float) -> Spread:
    """Take for each coefficient the wider of two intervals of 95 %."""
    from scipy.special import stdtrit

    half = np.sqrt(np.diag(matrix)) * stdtrit(freedom, 0.975)
    longer = half > np.sqrt(np.diag(one.matrix)) * stdtrit(one.freedom, 0.975)
    up = np.sqrt(np.where(longer, np.diag(matrix) / np.diag(one.matrix), 1.0))
    spread = np.asarray(one.matrix * np.outer(up, up))
    return replace(
        one, matrix=spread, freedom=np.where(longer, freedom, one.freedom), effective=one.effective / np.maximum(up, 1) ** 2
    )


def along_time(
    Q: Floats, residual: Floats, inverse: Floats, joined: npt.NDArray[np.bool_], position: Floats, step: float
) -> Spread:
    """Give those of noise that follows an autoregressive model, whatever the columns do: those that wander lose most.

    The spectrum of the noise weighs that of each column. Near frequency 0 it is corrected as `noise` corrects it; no
    coefficient is taken for surer than of independent noise.

    Parameters
    ----------
    Q, residual : numpy array of float64, shapes (n, terms) and (n,)
    inverse : numpy array of float64, shape (terms, terms)
        R^-1.
    joined : numpy array of bool, shape (n - 1,)
        Whether each row is one step from the next.
    position, step
        Where the rows are, and how far from one another.
    """
    n, k = Q.shape
    unscaled = inverse @ inverse.T
    size = float(np.abs(residual).max())
    if not size:
        return classical(unscaled, float(residual @ residual), n)
    rows = apart(residual / size, joined)[None]
    model = fit(rows)
    order, variance, long_run = (found[0] for found in long_runs(rows, k, (k, k + 2)))
    noise = Noise(n, int(order), float(variance), float(long_run)).times(size)
    plain = unscaled * noise.variance
    if not order:
        return Spread(plain, np.full(k, float(n - k)), np.full(k, float(n)), noise)
    innovation = float(model.innovation[0]) * n / max(n - k - int(order), 1)
    coefficients = model.coefficients()
    coefficients[0] += 1 - coefficients.sum() - np.sqrt(innovation / long_run)
    grid = laid(Q, position, step)
    length = 1 << int(4 * len(grid) - 1).bit_length()
    waves = np.fft.rfft(grid, length, axis=0)
    response = np.fft.rfft(np.concatenate([[1.0], -coefficients]), length)
    weight = innovation / np.abs(response) ** 2 * size**2 / length
    weight[1:-1] *= 2
    middle = ((waves.conj() * weight[:, None]).T @ waves).real
    found = inverse @ middle @ inverse.T
    ratio = np.diag(found) / np.diag(plain)
    up = np.sqrt(np.maximum(1, 1 / ratio))
    effective = n / np.maximum(ratio, 1)
    return Spread(found * np.outer(up, up), np.maximum(effective - k, 1.0), effective, noise)


def laid(rows: Floats, position: Floats, step: float) -> Floats:
    """Put rows where they are in time, with zeros where one is missing; what is behind a long gap is independent."""
    wide = np.minimum(np.maximum(np.round(np.diff(position) / step), 1), FAR)
    place = np.concatenate([[0], np.cumsum(wide)]).astype(np.int64)
    grid = np.zeros((int(place[-1]) + 1, rows.shape[1]))
    grid[place] = rows
    return grid
