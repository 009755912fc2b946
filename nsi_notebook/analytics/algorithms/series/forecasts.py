"""What a series will be: by one of a few simple ways, chosen by how they did on the series itself.

The ways are those of `methods`. "auto" takes the one whose mean absolute error is least from a rolling origin: the series is
cut at up to twelve places of its second half, each way forecasts from there what is known. Intervals are those of the errors
of one step, and of how they add up; they are nominal: docs/series.md has how often they held.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from ....errors import SeriesError, UnknownNameError
from ....voids.intervals import check_level
from ...core.drawn import Drawn
from ..along import Line, each
from ..every import Each
from ..noise import Floats
from ..statistics.result import Check
from ..statistics.words import at_first, digits, number, with_unit
from .checks import enough_periods, in_step, out_of_step
from .decomposition import filled
from .methods import WAYS, Ahead
from .ordered import refuse_pixels
from .regular import after, grid, samples_of
from .seasons import known_or_found, periods_of
from .words import period_said, seasons_said, when

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

LEAST = 8  # samples
ORIGINS = 12  # at most
TRIED = ("naive", "seasonal", "theta", "theta_seasonal")
SEASONAL = ("seasonal", "theta_seasonal")  # ways that need one
ALARM = 0.01  # of a season that is found
LESS = 0.15  # than the level: intervals that held so much less are in doubt
MOST_FILLED = 0.1  # of the steps


@dataclass(frozen=True, slots=True)
class Score:
    """How one way did from a rolling origin.

    Parameters
    ----------
    method : str
    origins, horizon : int
        How many, and steps ahead of each.
    mae, rmse : float
        In the unit of the values.
    smape : float
        200 |error| / (|actual| + |forecast|), in per cent.
    mase : float
        Mean absolute error over that of the naive way, of one period, of one step within the series.
    covered : float
        Part of what came that was within the interval.
    """

    method: str
    origins: int
    horizon: int
    mae: float
    rmse: float
    smape: float
    mase: float
    covered: float


@dataclass(frozen=True, slots=True, eq=False)
class Forecast(Drawn):
    """What one series will be.

    Parameters
    ----------
    line : Line
        What is known, without what is missing.
    coord : numpy array, shape (horizon,)
        Of the steps to come: datetime64[us], UTC, of times.
    value, lower, upper : numpy array of float64, shape (horizon,)
        In the unit of the values; the interval is nominal.
    method : str
        "naive", "naive2", "seasonal", "theta" or "theta_seasonal".
    period : tuple of int
        Samples of each season that is known, the shortest first; none if there is none.
    p : float or None
        Of the season; None if the period was said.
    level : float
    backtest : tuple of Score
        Of all that were tried, the best first; none where the method was said.
    filled : int
        Steps without a sample, which were filled.
    """

    figure: ClassVar[str] = "forecasts"

    line: Line
    coord: npt.NDArray[Any]
    value: Floats
    lower: Floats
    upper: Floats
    method: str
    period: tuple[int, ...]
    p: float | None
    level: float
    backtest: tuple[Score, ...]
    filled: int

    def __len__(self) -> int:
        return len(self.value)

    def __repr__(self) -> str:
        return f"Forecast({self.sentence})"

    @property
    def finding(self) -> str:
        """What was found, in a few words, by which series are counted."""
        season = f" with {seasons_said([str(one) for one in self.period])} samples" if self.period else ""
        return f"forecast by {self.method.replace('_', ' ')}{season}"

    @property
    def sentence(self) -> str:
        """What will be at the first and the last step, in plain words."""
        at, unit = when(self.line, self.coord[[0, -1]])
        told = []
        for i, name in ((0, f" (nominal {100 * self.level:.4g} % interval "), (-1, " (")):
            decimals = digits(self.lower[i], self.upper[i], self.value[i])
            low, value, high = (number(float(end[i]), decimals) for end in (self.lower, self.value, self.upper))
            place = f"at {self.line.dim + ' ' if self.line.coord.dtype.kind not in 'Mm' else ''}{at[i]}"
            told.append(f"{with_unit(value, self.line.unit)}{name}{low} to {high}) {place}")
        said = f"be {told[0]}" if len(self) == 1 else f"go from {told[0]} to {told[1]}"
        step, way = grid(self.line).step, self.method.replace("_", " ")
        told = [period_said(one, step, self.line) for one in self.period]
        season = f" with {seasons_said(told)}" if told else ""
        return at_first(f"{self.line.title} is forecast to {said}{f' {unit}' if unit else ''}, by {way}{season}.")

    @property
    def checks(self) -> tuple[Check, ...]:
        """What is assumed, and what was found of it."""
        laid = grid(self.line)
        found = [enough_periods(laid, self.period[-1])] if self.period else []
        if len(self.period) == 1:
            found.append(in_step(self.line, self.line.value, self.period[0]))
        elif not self.period and self.p is not None:
            found += out_of_step(self.line)
        share = self.filled / len(laid.value)
        found.append(Check("few gaps", f"{self.filled} of {len(laid.value):,} steps were filled", share <= MOST_FILLED))
        if self.line.trailing:
            at, unit = when(self.line, self.line.coord[[-1]])
            last = "last value is" if self.line.trailing == 1 else f"{self.line.trailing:,} last values are"
            after = f"the {last} missing: it starts after {at[0]}{f' {unit}' if unit else ''}"
            found.append(Check("starts at the end", after, False))
        far = f"{len(self):,} steps are forecast from {len(laid.value):,}"
        found.append(Check("a horizon no longer than the series", far, len(self) <= len(laid.value)))
        if self.backtest:
            best = self.backtest[0]
            said = f"{100 * self.level:.4g} % intervals held {100 * best.covered:.3g} % of what came after {best.origins} places"
            met = best.covered >= self.level - LESS
            found.append(Check("intervals hold", said if met else f"{said}: they are too narrow here", met))
        return tuple(found)

    def table(self) -> pd.DataFrame:
        """Give one row for each step to come: forecast, lower, upper."""
        import pandas as pd

        found = pd.DataFrame(
            {self.line.dim: self.line.shown(self.coord), "forecast": self.value, "lower": self.lower, "upper": self.upper}
        )
        found.attrs["units"] = dict.fromkeys(["forecast", "lower", "upper"], self.line.unit)
        return found

    def scores(self) -> pd.DataFrame:
        """Give one row for each way that was tried, the best first."""
        import pandas as pd

        found = pd.DataFrame([{name: getattr(one, name) for name in Score.__slots__} for one in self.backtest])
        found.attrs["units"] = {"mae": self.line.unit, "rmse": self.line.unit, "smape": "%", "mase": "1", "covered": "1"}
        return found

    def to_xarray(self) -> xr.Dataset:
        """Give a Dataset along the dim, the interval with the dim `bound`."""
        import xarray as xr

        dim, attrs = self.line.dim, {"units": self.line.unit}
        found = {
            "forecast": (dim, self.value, attrs),
            "forecast_ci": (
                (dim, "bound"),
                np.stack([self.lower, self.upper], axis=1),
                {**attrs, "long_name": "nominal interval"},
            ),
        }
        coords = {dim: (dim, self.coord, self.line.attrs()), "bound": ["lower", "upper"]}
        period = list(self.period) if len(self.period) > 1 else self.period[0] if self.period else 0
        return xr.Dataset(found, coords, {"method": self.method, "period": period, "level": self.level})


def forecast(
    data: Any,
    horizon: Any,
    dim: str | None = None,
    *,
    method: str = "auto",
    period: Any = None,
    level: float = 0.95,
    tz: str | tzinfo | None = None,
) -> Forecast | Each[Forecast]:
    """Tell what a series will be.

    Parameters
    ----------
    data, dim, tz
        See `changes`; samples in equal steps, at least 8. Missing ones are filled, by the season if there is one, and do not
        count as errors.
    horizon : int, str or timedelta
        Steps to come, or of times a duration as "2d".
    method : {"auto", "naive", "naive2", "seasonal", "theta", "theta_seasonal"}
        "auto" takes the best of naive, seasonal and both of theta from a rolling origin.
    period : int, str, timedelta, or several of them, optional
        Of the seasons: samples, or of times a duration; 1 for none; default: those that the test of `seasonal`
        finds, in the values or else in their logarithms, if any.
    level : float
        Of the interval, which is nominal.

    Returns
    -------
    Forecast, or Each of them if the data has other dims

    Raises
    ------
    SeriesError
        If there are fewer than 8 values, or two periods, or more than half are missing; they are the same, infinite, or not real.
    TimeError
        If times are naive, missing, repeated or not rising, or their steps differ.
    UnknownNameError, OptionError, DimsError
        If an option is not there or outside its range, it is not clear along which dim, or it is one of pixels or tiles.

    Examples
    --------
    >>> month = np.arange(120)
    >>> load = 50 + 0.2 * month + 5 * np.sin(month * 2 * np.pi / 12) + np.random.default_rng(0).normal(size=120)
    >>> found = forecast(load, 12)
    >>> found.method, found.period
    ('theta_seasonal', (12,))
    >>> truth = 50 + 0.2 * np.arange(120, 132) + 5 * np.sin(np.arange(120, 132) * 2 * np.pi / 12)
    >>> bool(((found.lower < truth) & (truth < found.upper)).all())
    True
    """
    check_level(level, "level")
    if method != "auto" and method not in WAYS:
        raise UnknownNameError.among("method", method, ["auto", *WAYS])
    refuse_pixels(data, dim)
    return each(data, dim, tz, LEAST, lambda line: _forecast(line, horizon, method, period, level))


def _forecast(line: Line, horizon: Any, method: str, period: Any, level: float) -> Forecast:
    laid = grid(line)
    steps = samples_of(horizon, line, laid.step, "horizon")
    n, there = len(laid.value), (~np.isnan(laid.value)).astype(float)
    wanted = periods_of(period)
    found, p = known_or_found(laid, line, wanted, ALARM, multiplicative=False)
    if not found and line.value.min() > 0:  # a season that grows with the level
        found, other = known_or_found(laid, line, wanted, ALARM, multiplicative=True)
        p = other if found else p
    season = tuple(one for one in found if one > 1)
    if season and 2 * season[-1] > n:
        raise SeriesError(f"{n} steps are not two periods of {season[-1]}", "a shorter period, or 1 for none")
    if method in SEASONAL and not season:
        raise SeriesError(f"no season was found in {n} steps (p = {p or 1:.2g})", "period=, or another method")
    value = filled(laid.value, season)
    scores: tuple[Score, ...] = ()
    if method == "auto":
        scores = _backtest(laid.value, value, season, steps, level)
        method = scores[0].method
    ahead = WAYS[method](value, season, steps, there)
    half, coord = _quantile(ahead, level) * ahead.spread, after(line, laid.step, steps)
    low, high = ahead.value - half, ahead.value + half
    return Forecast(line, coord, ahead.value, low, high, method, season, p, level, scores, laid.missing)


def _quantile(ahead: Ahead, level: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(ahead.freedom, 0.5 + level / 2))


def _backtest(value: Floats, whole: Floats, periods: tuple[int, ...], horizon: int, level: float) -> tuple[Score, ...]:
    """Forecast what is known from up to twelve places of the second half."""
    n = len(value)
    ahead, period = min(horizon, max(1, n // 4)), periods[-1] if periods else 1
    origins = np.unique(np.linspace(max(n // 2, min(2 * period, n - ahead)), n - ahead, ORIGINS).astype(int))
    there = (~np.isnan(value)).astype(float)
    apart = np.abs(whole[period:] - whole[:-period])
    scale = float(apart.mean()) or 1.0
    scores = []
    for way in TRIED:
        if way in SEASONAL and not periods:
            continue
        errors, relative, held = [], [], []
        for origin in origins:
            said = WAYS[way](whole[:origin], periods, ahead, there[:origin])
            came = value[origin : origin + ahead]
            known = ~np.isnan(came)
            error, half = (came - said.value)[known], (_quantile(said, level) * said.spread)[known]
            size = np.abs(came[known]) + np.abs(said.value[known])
            errors.append(error)
            held.append(np.abs(error) <= half)
            relative.append(200 * np.abs(error) / np.where(size > 0, size, 1.0))
        error = np.concatenate(errors)
        mae = float(np.abs(error).mean())
        smape, covered = float(np.concatenate(relative).mean()), float(np.concatenate(held).mean())
        scores.append(Score(way, len(origins), ahead, mae, float(np.sqrt((error**2).mean())), smape, mae / scale, covered))
    return tuple(sorted(scores, key=lambda score: score.mae))
