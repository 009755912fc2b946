"""The season of a series: found, measured, and taken out.

Its period is said, or found by the test of `periods`; the parts are those of moving averages (`decomposition`), or of STL
(Cleveland et al. 1990, J Off Stat 6:3) and MSTL (Bandara, Hyndman & Bergmeir 2021, arXiv 2107.13462) from statsmodels. The
strength of a season is 1 - var(rest) / var(season + rest), not below 0 (Wang, Smith & Hyndman 2006, Data Min Knowl Disc
13:335).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ....errors import MissingExtraError, OptionError, SeriesError
from ...core.drawn import Drawn
from ...core.shown import p_said
from ..along import Line, each
from ..every import Each
from ..moments import UNDEFINED
from ..noise import Floats
from ..statistics.result import Check
from ..statistics.words import at_first
from .checks import enough_periods, in_step, keeps_time, no_season, out_of_step
from .decomposition import between, decompose
from .ordered import refuse_pixels
from .peaks import calendar
from .periods import seasons
from .regular import Grid, grid, samples_of
from .words import period_said, seasons_said

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

LEAST = 8  # samples
METHODS = ("moving_average", "stl", "mstl")
MODELS = ("additive", "multiplicative")
ENDS = "within half a period of the ends the moving average has no whole window"


@dataclass(frozen=True, slots=True, eq=False)
class Seasonal(Drawn):
    """A series in parts.

    Parameters
    ----------
    line : Line
        What was looked at, without what is missing.
    period : tuple of int
        Samples of each season that was taken out; none if none was found.
    p : float or None
        Of a season as strong as the one that was found, at any period, if there is none; None if the period was said.
    trend, rest : numpy array of float64, shape (n,)
        NaN where the moving average has no whole window.
    season : numpy array of float64, shape (n,)
        Sum of all; 1 where it multiplies and there is none.
    seasons : tuple of numpy array of float64
        Each for itself.
    strength : float
        From 0 to 1.
    model, method : str
        As asked for.
    filled : int
        Steps without a sample, which were filled to reckon with.
    """

    figure: ClassVar[str] = "seasons"

    line: Line
    period: tuple[int, ...]
    p: float | None
    trend: Floats
    season: Floats
    rest: Floats
    seasons: tuple[Floats, ...]
    strength: float
    model: str
    method: str
    filled: int

    @property
    def adjusted(self) -> Floats:
        """The samples without their season."""
        return self.line.value / self.season if self.model == "multiplicative" else self.line.value - self.season

    def __repr__(self) -> str:
        return f"Seasonal({self.sentence})"

    @property
    def finding(self) -> str:
        """What was found, in a few words, by which series are counted."""
        return f"a season of {' and '.join(map(str, self.period))} samples" if self.period else "no season seen"

    @property
    def sentence(self) -> str:
        """What was found, in plain words."""
        how = "" if self.p is None else f", {p_said(self.p)}"
        tail = f"; {len(self.line):,} samples" + (f", {self.filled:,} steps without one" if self.filled else "") + "."
        if not self.period:
            return at_first(f"no season of {self.line.title} is seen{how}{tail}")
        step = grid(self.line).step
        what = seasons_said([period_said(period, step, self.line) for period in self.period])
        what += " is" if len(self.period) == 1 else " are"
        return at_first(f"{what} {100 * self.strength:.0f} % of how {self.line.title} varies about its trend{how}{tail}")

    @property
    def checks(self) -> tuple[Check, ...]:
        """What is assumed, and what was found of it; looked at when it is asked for, as it takes as long as the season."""
        if not self.period:
            return out_of_step(self.line)
        left = np.log(self.adjusted) if self.model == "multiplicative" else self.adjusted
        parts = [np.log(one) if self.model == "multiplicative" else one for one in self.seasons]
        steps = [in_step(self.line, left + one, period) for one, period in zip(parts, self.period, strict=True)]
        clocks = keeps_time(self.line, left + np.sum(parts, axis=0), self.period)
        more = no_season(self.line, left - left.mean(), self.period)
        return enough_periods(grid(self.line), self.period[-1]), *steps, *clocks, *more

    def table(self) -> pd.DataFrame:
        """Give one row for each sample: observed, trend, seasonal, rest and adjusted."""
        import pandas as pd

        found = pd.DataFrame({self.line.dim: self.line.shown()} | {name: value for name, (value, _) in self._parts().items()})
        found.attrs["units"] = {name: unit for name, (_, unit) in self._parts().items()}
        return found

    def to_xarray(self) -> xr.Dataset:
        """Give a Dataset along the dim, of the samples that are not missing; with `seasons` along the dim `period` if several."""
        import xarray as xr

        dim = self.line.dim
        found = {name: (dim, value, {"units": unit}) for name, (value, unit) in self._parts().items()}
        if np.isnan(self.trend).any():
            for name in ("trend", "rest"):
                found[name][2][UNDEFINED] = ENDS
        told: dict[str, Any] = {**found, "strength": ((), self.strength, {"units": "1"})}
        coords: dict[str, Any] = {dim: (dim, self.line.coord, self.line.attrs())}
        if len(self.period) > 1:
            told["seasons"] = (("period", dim), np.stack(self.seasons), found["seasonal"][2])
            coords["period"] = ("period", list(self.period), {"units": "sample"})
        attrs = {"model": self.model, "method": self.method, "period": self.period[0] if len(self.period) == 1 else 0}
        return xr.Dataset(told, coords, attrs if len(self.period) < 2 else {"model": self.model, "method": self.method})

    def _parts(self) -> dict[str, tuple[Floats, str]]:
        unit, part = self.line.unit, "1" if self.model == "multiplicative" else self.line.unit
        return {
            "observed": (self.line.value, unit),
            "trend": (self.trend, unit),
            "seasonal": (self.season, part),
            "rest": (self.rest, part),
            "adjusted": (self.adjusted, unit),
        }


def seasonal(
    data: Any,
    dim: str | None = None,
    *,
    period: Any = None,
    model: str = "additive",
    method: str = "moving_average",
    alarm: float = 0.01,
    tz: str | tzinfo | None = None,
) -> Seasonal | Each[Seasonal]:
    """Find the season of a series, and take it out.

    Parameters
    ----------
    data, dim, tz
        See `changes`; samples in equal steps. To reckon with, a missing one is filled by its season and its neighbours; it stays
        missing.
    period : int, str, timedelta, or several of them, optional
        Samples, or of times a duration as "24h"; default: those that the test finds, if it finds any. "stl" takes one, of those
        that are found the longest.
    model : {"additive", "multiplicative"}
        Whether the season adds or multiplies, for which all values have to be above 0.
    method : {"moving_average", "stl", "mstl"}
        The classical decomposition, of several seasons one after another; the others let the season change along the series,
        and need the extra `statsmodels`.
    alarm : float
        How often a season may be found where there is none.

    Returns
    -------
    Seasonal, or Each of them if the data has other dims

    Raises
    ------
    SeriesError
        If there are fewer than 8 values, or two periods, or more than half are missing; they are the same, infinite, or not real.
    TimeError
        If times are naive, missing, repeated or not rising, or their steps differ.
    OptionError, DimsError
        If an option is outside its range, it is not clear along which dim, or it is one of pixels or tiles.
    MissingExtraError
        If statsmodels is needed and not there.

    Examples
    --------
    >>> month = np.arange(240)
    >>> load = 5 + np.sin(month * 2 * np.pi / 12) + np.random.default_rng(0).normal(scale=0.5, size=240)
    >>> found = seasonal(load)
    >>> found.period, 0.7 < found.strength < 0.9
    ((12,), True)
    >>> bool(found.adjusted.std() < load.std())
    True
    """
    for name, value, known in (("model", model, MODELS), ("method", method, METHODS)):
        if value not in known:
            raise OptionError(f"{name} is {value!r:.80}", " or ".join(map(repr, known)))
    if not (isinstance(alarm, (int, float)) and 0 < alarm < 1):
        raise OptionError(f"alarm is {alarm!r:.80}", "a probability, e.g. 0.01")
    wanted = periods_of(period)
    if len(wanted) > 1 and method == "stl":
        raise OptionError(f"period is {period!r:.80}, several, which method 'stl' does not take", "method='mstl'")
    refuse_pixels(data, dim)
    return each(data, dim, tz, LEAST, lambda line: _seasonal(line, wanted, model, method, alarm))


def periods_of(period: Any) -> list[Any]:
    """Give the periods that are said: one, several, or none."""
    if period is None:
        return []
    wanted = list(period) if isinstance(period, Sequence) and not isinstance(period, str) else [period]
    if not wanted:
        raise OptionError("period is empty", "at least one, or leave it out")
    return wanted


def known_or_found(
    laid: Grid, line: Line, wanted: Sequence[Any], alarm: float, multiplicative: bool
) -> tuple[tuple[int, ...], float | None]:
    """Give the periods that are said, or those that are found and the p of the strongest."""
    if wanted:
        return tuple(sorted({samples_of(one, line, laid.step) for one in wanted})), None
    return seasons(np.log(laid.value) if multiplicative else laid.value, calendar(laid.step, line.per), alarm)


def _seasonal(line: Line, wanted: Sequence[Any], model: str, method: str, alarm: float) -> Seasonal:
    laid, multiplicative = grid(line), model == "multiplicative"
    if multiplicative and not line.value.min() > 0:
        raise SeriesError(
            f"the least value is {line.value.min():g}; a season that multiplies needs all above 0", "model='additive'"
        )
    period, p = known_or_found(laid, line, wanted, alarm, multiplicative)
    period = period[-1:] if method == "stl" else period
    n = len(laid.value)
    if period and (period[0] < 2 or 2 * period[-1] > n):
        raise SeriesError(f"{n} steps are not two periods of {period[-1]}", "a period from 2 samples to half of the series")
    if not period:
        nothing = np.full(len(line), 1.0 if multiplicative else 0.0)
        trend = np.full(len(line), float(line.value.mean()))
        rest = line.value / trend if multiplicative else line.value - trend
        return Seasonal(line, (), p, trend, nothing, rest, (), 0.0, model, method, laid.missing)
    way = _averages if method == "moving_average" else _loess
    trend, each_season = way(laid.value, period, method, multiplicative)
    trend, told = trend[laid.place], tuple(one[laid.place] for one in each_season)
    season = np.prod(told, axis=0) if multiplicative else np.sum(told, axis=0)
    rest = line.value / trend / season if multiplicative else line.value - trend - season
    return Seasonal(
        line, period, p, trend, season, rest, told, _strength(season, rest, multiplicative), model, method, laid.missing
    )


def _averages(value: Floats, period: tuple[int, ...], method: str, multiplicative: bool) -> tuple[Floats, tuple[Floats, ...]]:
    """Take seasons out one after another, the shortest first: the trend is that of the longest."""
    told, trend = [], value
    for one in period:
        found = decompose(value, one, multiplicative=multiplicative)
        value, trend = value / found.season if multiplicative else value - found.season, found.trend
        told.append(found.season)
    return trend, tuple(told)


def _loess(value: Floats, period: tuple[int, ...], method: str, multiplicative: bool) -> tuple[Floats, tuple[Floats, ...]]:
    """Take a series apart by statsmodels; one whose season multiplies by its logarithm."""
    try:
        from statsmodels.tsa.seasonal import MSTL, STL
    except ImportError:
        raise MissingExtraError(f"method={method!r}", "statsmodels", "statsmodels") from None
    value = np.log(value) if multiplicative else value
    filled = value
    if np.isnan(value).any():
        filled = decompose(value, period[-1]).filled if method == "stl" else between(value)
    if method == "stl":
        found = STL(filled, period=period[0]).fit()
        trend, seasons = found.trend, [found.seasonal]
    else:
        found = MSTL(filled, periods=period).fit()
        trend, seasons = found.trend, list(np.asarray(found.seasonal).reshape(len(filled), -1).T)
    if multiplicative:
        return np.exp(trend), tuple(np.exp(one) for one in seasons)
    return np.asarray(trend), tuple(seasons)


def _strength(season: Floats, rest: Floats, multiplicative: bool) -> float:
    known = ~np.isnan(rest)
    one, other = (np.log(season[known]), np.log(rest[known])) if multiplicative else (season[known], rest[known])
    both = float(np.var(one + other))
    return max(0.0, 1 - float(np.var(other)) / both) if both > 0 else 0.0
