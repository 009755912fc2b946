"""Ways to forecast a series: naive, seasonal naive, Naive2 and Theta, each with the seasons that are known, the shortest first.

Naive2 is the naive forecast of the series less its season, as the M4 competition defines it (Makridakis, Spiliotis &
Assimakopoulos 2020, Int J Forecast 36:54): where the autocorrelation at the period is above its 90 % bound, the series is
divided by the season of the classical decomposition. Theta (Assimakopoulos & Nikolopoulos 2000, Int J Forecast 16:521) takes
the mean of the line of that series and of the exponential smoothing of twice the series less that line; it is smoothing with
a drift (Hyndman & Billah 2003, Int J Forecast 19:287), from which the growth of its variance is. Where values are not above
0, the season adds. Its weight of smoothing is from 0.0001 on: of noise around a level other implementations, which begin at 0.1,
forget too fast. As one that multiplies follows badly a season that adds, and that bound misses waves of many samples, there is
Theta with every season that is known, which adds or multiplies, as leaves fewer squares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..noise import Floats
from .decomposition import decompose

Periods = tuple[int, ...]

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


def naive(value: Floats, periods: Periods, horizon: int, there: Floats) -> Ahead:
    """Say the last value."""
    return _walk(value, np.full(horizon, value[-1]), np.arange(1.0, horizon + 1), 1, there)


def seasonal_naive(value: Floats, periods: Periods, horizon: int, there: Floats) -> Ahead:
    """Say the value of one period before, of several the longest."""
    ahead, period = np.arange(horizon), periods[-1]
    return _walk(value, np.resize(value[-period:], horizon), (1 + ahead // period).astype(np.float64), period, there)


def naive2(value: Floats, periods: Periods, horizon: int, there: Floats) -> Ahead:
    """Say the last value of the series less its season, and its season."""
    rest, put = _seasoned(value, periods, horizon)
    return put(_walk(rest, np.full(horizon, rest[-1]), np.arange(1.0, horizon + 1), 1, there))


def theta(value: Floats, periods: Periods, horizon: int, there: Floats) -> Ahead:
    """Go on with half of the slope, from where smoothing is."""
    rest, put = _seasoned(value, periods, horizon)
    return put(_theta(rest, horizon, there))


def theta_seasonal(value: Floats, periods: Periods, horizon: int, there: Floats) -> Ahead:
    """Go on so with every season, which adds or multiplies, as leaves fewer squares."""
    rest, put = _seasoned(value, periods, horizon, tested=False)
    return put(_theta(rest, horizon, there))


def _theta(rest: Floats, horizon: int, there: Floats) -> Ahead:
    from ..kernels.smoothing import smooth

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
    return Ahead(middle + scale * (level + slope * (at[-1] + ahead)) / 2, scale * spread, freedom)


WAYS: dict[str, Callable[[Floats, Periods, int, Floats], Ahead]] = {
    "naive": naive, "naive2": naive2, "seasonal": seasonal_naive, "theta": theta, "theta_seasonal": theta_seasonal,
}  # fmt: skip


def _walk(value: Floats, ahead: Floats, grown: Floats, lag: int, there: Floats) -> Ahead:
    """Give a forecast whose errors are the differences at a lag, of samples that there are, and add up."""
    steps = (value[lag:] - value[:-lag])[(there[lag:] > 0) & (there[:-lag] > 0)]
    freedom = max(len(steps), 1)
    return Ahead(ahead, np.sqrt(float(steps @ steps) / freedom * grown), freedom)


def _multiplies(value: Floats, period: int) -> bool:
    """Tell whether a season that multiplies leaves fewer squares than one that adds."""
    if not value.min() > 0:
        return False
    adds, times = (decompose(value, period, multiplicative=one) for one in (False, True))
    left = value - adds.trend - adds.season, value - times.trend * times.season
    return bool(np.nansum(left[1] ** 2) < np.nansum(left[0] ** 2))


def _seasoned(value: Floats, periods: Periods, horizon: int, *, tested: bool = True) -> tuple[Floats, Callable[[Ahead], Ahead]]:
    """Take seasons out one after another, of which there are two periods, and give what puts them in again."""
    periods = tuple(period for period in periods if len(value) >= 2 * period)
    multiplicative = bool(value.min() > 0) if tested else bool(periods) and _multiplies(value, periods[-1])
    rest, to_come = value, np.full(horizon, 1.0 if multiplicative else 0.0)
    for period in periods:
        if tested and not is_seasonal(rest, period):
            continue
        parts = decompose(rest, period, multiplicative=multiplicative)
        cycle = parts.cycle[(len(value) + np.arange(horizon)) % period]
        rest = rest / parts.season if multiplicative else rest - parts.season
        to_come = to_come * cycle if multiplicative else to_come + cycle
    if multiplicative:
        return rest, lambda found: Ahead(found.value * to_come, found.spread * to_come, found.freedom)
    return rest, lambda found: Ahead(found.value + to_come, found.spread, found.freedom)
