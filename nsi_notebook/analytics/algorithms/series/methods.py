"""Ways to forecast a series: naive, seasonal naive, Naive2 and Theta.

Naive2 is the naive forecast of the series less its season, as the M4 competition defines it (Makridakis, Spiliotis &
Assimakopoulos 2020, Int J Forecast 36:54): where the autocorrelation at the period is above its 90 % bound, the series is
divided by the season of the classical decomposition. Theta (Assimakopoulos & Nikolopoulos 2000, Int J Forecast 16:521) takes
the mean of the line of that series and of the exponential smoothing of twice the series less that line; it is smoothing with
a drift (Hyndman & Billah 2003, Int J Forecast 19:287), from which the growth of its variance is. Where values are not above
0, the season adds. Its weight of smoothing is from 0.0001 on: of noise around a level other implementations, which begin at 0.1,
forget too fast.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..noise import Floats
from .decomposition import decompose

BOUND = 1.645  # of a normal: a season at 90 %
LOW, HIGH = 1e-4, 0.9999  # weights of smoothing


@dataclass(frozen=True, slots=True, eq=False)
class Ahead:
    """What one way says.

    Parameters
    ----------
    value, spread : numpy array of float64, shape (horizon,)
        The forecast, and its standard deviation.
    freedom : float
        Degrees of freedom of the spread.
    """

    value: Floats
    spread: Floats
    freedom: float


def is_seasonal(value: Floats, period: int) -> bool:
    """Tell whether the autocorrelation at the period is above its bound at 90 %, of at least three periods."""
    if period < 2 or len(value) < 3 * period:
        return False
    away = value - value.mean()
    power = float(away @ away)
    if not power > 0:
        return False
    lagged = np.array([away[lag:] @ away[:-lag] for lag in range(1, period + 1)]) / power
    bound = BOUND * np.sqrt((1 + 2 * float(lagged[:-1] @ lagged[:-1])) / len(value))
    return bool(abs(lagged[-1]) > bound)


def naive(value: Floats, period: int, horizon: int, there: Floats) -> Ahead:
    """Say the last value."""
    return _walk(value, np.full(horizon, value[-1]), np.arange(1.0, horizon + 1), 1, there)


def seasonal_naive(value: Floats, period: int, horizon: int, there: Floats) -> Ahead:
    """Say the value of one period before."""
    ahead = np.arange(horizon)
    return _walk(value, np.resize(value[-period:], horizon), (1 + ahead // period).astype(np.float64), period, there)


def naive2(value: Floats, period: int, horizon: int, there: Floats) -> Ahead:
    """Say the last value of the series less its season, and its season."""
    rest, put = _seasoned(value, period, horizon)
    return put(_walk(rest, np.full(horizon, rest[-1]), np.arange(1.0, horizon + 1), 1, there))


def theta(value: Floats, period: int, horizon: int, there: Floats) -> Ahead:
    """Go on with half of the slope, from where smoothing is."""
    from ..kernels.smoothing import smooth

    rest, put = _seasoned(value, period, horizon)
    n = len(rest)
    at = np.arange(n) - (n - 1) / 2
    middle = float(rest.mean())
    away = rest - middle  # squares of what is far from 0 would lose the digits that tell weights apart
    scale = float(np.abs(away).max()) or 1.0
    away /= scale
    slope = float(at @ away) / float(at @ at)
    weight, errors, level = smooth(2 * away - slope * at, LOW, HIGH)
    ahead = np.arange(1, horizon + 1)
    errors = errors[there > 0] / 2
    freedom = max(len(errors) - 3, 1)
    spread = np.sqrt(float(errors @ errors) / freedom * (1 + (ahead - 1) * weight**2))
    return put(Ahead(middle + scale * (level + slope * (at[-1] + ahead)) / 2, scale * spread, freedom))


WAYS: dict[str, Callable[[Floats, int, int, Floats], Ahead]] = {
    "naive": naive, "naive2": naive2, "seasonal": seasonal_naive, "theta": theta,
}  # fmt: skip


def _walk(value: Floats, ahead: Floats, grown: Floats, lag: int, there: Floats) -> Ahead:
    """Give a forecast whose errors are the differences at a lag, of samples that there are, and add up."""
    steps = (value[lag:] - value[:-lag])[(there[lag:] > 0) & (there[:-lag] > 0)]
    freedom = max(len(steps), 1)
    return Ahead(ahead, np.sqrt(float(steps @ steps) / freedom * grown), freedom)


def _seasoned(value: Floats, period: int, horizon: int) -> tuple[Floats, Callable[[Ahead], Ahead]]:
    """Take the season out where there is one, and give what puts it in again."""
    if not is_seasonal(value, period):
        return value, lambda found: found
    multiplicative = bool(value.min() > 0)
    parts = decompose(value, period, multiplicative=multiplicative)
    to_come = parts.cycle[(len(value) + np.arange(horizon)) % period]
    if multiplicative:
        return value / parts.season, lambda found: Ahead(found.value * to_come, found.spread * to_come, found.freedom)
    return value - parts.season, lambda found: Ahead(found.value + to_come, found.spread, found.freedom)
