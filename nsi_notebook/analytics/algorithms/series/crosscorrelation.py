"""Whether one series follows another, and how much later.

Two series that wander seem to follow each other at many lags. So both go through the filter that makes the first white before
they are correlated (Box & Jenkins 1970, Time Series Analysis, section 11.2): the autoregressive model of `noise`. What is left of
the first tells nothing of its next value, and the correlation of two such series that have nothing to do with each other has, at
a lag of m pairs, the variance 1 / m, whatever the second is like (Bartlett 1935, J Roy Stat Soc 98:536).

The best lag is the one whose correlation is farthest from 0 in its standard errors; p is that of the farthest of all lags that
are looked at (Sidak 1967, J Am Stat Assoc 62:626). Its set holds the likeliest lags: with a flat prior of the lag and a straight
line between the two, the posterior of a lag is proportional to (1 - r^2)^(-m / 2), r being the correlation of its m pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from ....errors import DimsError, NsiError, OptionError, SeriesError, UnknownNameError
from ....voids.intervals import check_level
from ....voids.units import SECONDS
from ...core.drawn import Drawn
from ...core.shown import p_said
from ..along import labelled
from ..every import Each
from ..noise import Floats, Noise, fit
from ..pairs import matched, places
from ..series_warnings import warn_refused, warn_short
from ..statistics.result import Check
from ..statistics.words import at_first
from ..zones import months_apart, zone_of
from .checks import long_enough
from .ordered import refuse_pixels
from .regular import same_steps
from .words import told_apart, unit_of_steps

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Ints = npt.NDArray[np.int64]

LEAST = 20  # values of each
PAIRS = 10  # at each lag
MOST = 50  # lags either way, by default
LONGEST = 1 << 22  # steps from the first value to the last, gaps too
NOTHING = 1e-12  # of rows of about 1
TRENDS = ("constant", "linear")


@dataclass(frozen=True, slots=True, eq=False)
class CrossCorrelation(Drawn):
    """Correlation of two series at lags.

    Parameters
    ----------
    first, other : str
        What they are called.
    steps : numpy array of int64, shape (m,)
        The lags, in samples: positive where the other follows.
    correlation : numpy array of float64, shape (m,)
        Of what is left of both, if they were made white.
    pairs : numpy array of int64, shape (m,)
        Of which each correlation is.
    bound : numpy array of float64, shape (m,)
        Which no correlation exceeds, with probability `level`, if they have nothing to do with each other.
    best : int
        Place of the best lag among them.
    set : numpy array of int64
        Places of lags that hold the true one at `level`, given that there is one.
    p : float
        Of a correlation as far out as that of the best lag, at any of these lags, if there is none.
    noise : Noise
        Of what is correlated, of variance 1: white after the filter, else as alike as both are together.
    order : int
        Of the filter that made it white; 0 if it is white, or was not to be made so.
    step : float
        From sample to sample.
    unit, dim : str
        Unit of the step, "month" where the calendar has them in equal steps; and name of the coordinate.
    missing : tuple of int
        Places without a value, of the first and of the other.
    gaps : int
        How often a sample is farther from the next than a step.
    level : float
    """

    figure: ClassVar[str] = "crosscorrelations"

    first: str
    other: str
    steps: Ints
    correlation: Floats
    pairs: Ints
    bound: Floats
    best: int
    set: Ints
    p: float
    noise: Noise
    order: int
    step: float
    unit: str
    dim: str
    missing: tuple[int, int]
    gaps: int
    level: float

    @property
    def lags(self) -> Floats:
        """In the unit of the coordinate; positive where the other follows the first."""
        return np.asarray(self.steps * self.step, dtype=np.float64)

    @property
    def lag(self) -> float:
        """The best one."""
        return float(self.lags[self.best])

    @property
    def interval(self) -> tuple[float, float]:
        """The least and the largest lag of the set, half a step out: a lag is told to a step."""
        lags = self.lags[self.set]
        return float(lags.min() - self.step / 2), float(lags.max() + self.step / 2)

    @property
    def found(self) -> bool:
        """Whether a correlation is farther out than chance has it."""
        return self.p < 1 - self.level

    @property
    def finding(self) -> str:
        """What was found, in a few words, by which series are counted."""
        return "a lag" if self.found else "no lag shown"

    @property
    def sentence(self) -> str:
        """What was found, in plain words."""
        r, (lag, low, high), unit = self.correlation[self.best], *self._told()
        said = f"correlation {r:.2g} at a lag of {lag:g}{unit}, {p_said(self.p)} of {len(self.steps)} lags"
        first, other = (name.replace("_", " ") for name in (self.first, self.other))
        if not self.found:
            return at_first(f"{other} is not shown to follow {first} at any lag, or to go before it: {said}.")
        between = f"({min(abs(low), abs(high)):g} to {max(abs(low), abs(high)):g})"
        if low < 0 < high:
            told = f"{first} and {other} go together, and which comes first cannot be told"
            told += f", lag {lag:g} ({low:g} to {high:g}){unit}"
        elif lag > 0:
            told = f"{other} follows {first} by {lag:g} {between}{unit}"
        else:
            told = f"{first} follows {other} by {-lag:g} {between}{unit}"
        against = ", the other way round" if r < 0 else ""
        return at_first(f"{told}{against}: {said}.")

    @property
    def checks(self) -> tuple[Check, ...]:
        """What is assumed, and what was found of it."""
        return (long_enough(self.noise),)

    def _told(self) -> tuple[tuple[float, ...], str]:
        """Give the lag and the ends of its interval in a unit that suits them."""
        unit, size = unit_of_steps(self.step, self.unit)
        said = f" {unit}s" if unit in ("sample", "month") else f" {unit}".removesuffix(" 1")
        return tuple(float(f"{one / size:.6g}") for one in (self.lag, *self.interval)), said

    def __repr__(self) -> str:
        return f"CrossCorrelation({self.sentence})"

    def table(self) -> pd.DataFrame:
        """Give one row for each lag: in its unit and in samples, the correlation, its bound, pairs, whether it is in the set."""
        import pandas as pd

        columns = {"lag": self.lags, "steps": self.steps, "correlation": self.correlation, "bound": self.bound}
        found = pd.DataFrame({**columns, "pairs": self.pairs, "in_set": np.isin(np.arange(len(self.steps)), self.set)})
        found.attrs["units"] = {"lag": self.unit, "correlation": "1", "bound": "1"}
        return found

    def to_xarray(self) -> xr.Dataset:
        """Give a Dataset with the dims `lag` and `bound`."""
        import xarray as xr

        one, unit = {"units": "1"}, {"units": self.unit}
        low, high = self.interval if self.found else (np.nan, np.nan)
        found = {
            "correlation": ("lag", self.correlation, {**one, "long_name": f"correlation of {self.first} and {self.other}"}),
            "limit": ("lag", self.bound, {**one, "long_name": "which no correlation exceeds by chance"}),
            "pairs": ("lag", self.pairs, one),
            "best_lag": ((), self.lag, {**unit, "long_name": f"by which {self.other} follows {self.first}"}),
            "best_lag_ci": ("bound", [low, high], {**unit, **({} if self.found else {"nsi_undefined": "no lag stands out"})}),
            "p": ((), self.p, one),
        }
        coords = {"lag": ("lag", self.lags, unit), "bound": ["lower", "upper"]}
        return xr.Dataset(found, coords, {"level": self.level, "dim": self.dim})


def cross_correlation(
    first: Any,
    other: Any,
    dim: str | None = None,
    *,
    lags: int | timedelta | np.timedelta64 | None = None,
    prewhiten: bool = True,
    detrend: str = "constant",
    level: float = 0.95,
    tz: str | tzinfo | None = None,
) -> CrossCorrelation | Each[CrossCorrelation]:
    """Tell whether one series follows another, and how much later.

    A positive lag means that `other` follows `first` by it.

    Parameters
    ----------
    first, other : xarray.DataArray, pandas.Series, or array-like of shape (n,)
        Real numbers in equal steps, the same of both; NaN is missing. They lie side by side by their coordinate, or by order.
    dim : str, optional
        Along which; default: "time", or the only one.
    lags : int or timedelta, optional
        The longest lag, either way, in samples or as time; default: a quarter of the series, at most 50 samples.
    prewhiten : bool
        Send both through the filter that makes the first white. Otherwise the bounds are wider, by how alike neighbours are.
    detrend : {"constant", "linear"}
        What is taken from each before: its mean, or a straight line.
    level : float
        Of the bounds and the set of lags.
    tz : str or tzinfo, optional
        Zone of naive times.

    Returns
    -------
    CrossCorrelation, or Each of them if the series have other dims

    Raises
    ------
    SeriesError
        If there are fewer than 20 values, they are all the same, infinite or not real, or nothing says which belong together.
    TimeError
        If times are naive, missing, repeated or not rising; or steps differ in any way but gaps, or of the two.
    OptionError, DimsError, UnknownNameError
        If an option is outside its range, it is not clear along which dim, or it is one of pixels or tiles.

    Warns
    -----
    NsiWarning
        Below 200 values, or 10 effective ones; or if some of many series are left out: it names them, and says why.

    Examples
    --------
    >>> load = np.random.default_rng(0).normal(size=300)
    >>> heat = np.roll(load, 7) + np.random.default_rng(1).normal(size=300)
    >>> found = cross_correlation(load, heat)
    >>> found.lag, found.interval
    (7.0, (6.5, 7.5))
    """
    check_level(level, "level")
    if detrend not in TRENDS:
        raise UnknownNameError.among("detrend", detrend, TRENDS)
    for data in (first, other):
        refuse_pixels(data, dim)
    (one, along), (two, beside) = (labelled(_series(data, dim), dim) for data in (first, other))
    if along != beside:
        raise DimsError(f"one series lies along {along!r}, the other along {beside!r}", "one dim: data.rename(...)")
    names = told_apart(one, two)
    same_steps(one, two, along, tz)
    laid = matched([one, two], along, clock=True, join="outer", tz=tz)
    assert laid.lie is not None
    gaps = int((~laid.lie.regular()).sum())
    place, step, unit = places(laid.lie.position, laid.lie.step), laid.lie.step, laid.lie.per
    if len(place) and place[-1] > LONGEST:
        raise SeriesError(f"{place[-1]} steps from the first value to the last are more than {LONGEST}", "means of windows first")
    n = int(place[-1]) + 1 if len(place) else 0
    longest = _longest(lags, n, step, unit)
    if months := months_apart(laid.lie.coord, zone_of(one, along, tz)):
        step, unit = float(months), "month"
    others, results, refused = laid.others, [], dict[tuple[int, ...], NsiError]()
    for at, row in zip(np.ndindex(*(len(c) for c in others.values())), laid.rows, strict=True):
        try:
            grid = np.full((2, n), np.nan)
            grid[:, place] = row
            missing = (int(np.isnan(row[0]).sum()), int(np.isnan(row[1]).sum()))
            found = _lagged(grid, names, longest, prewhiten, detrend, level)
            results.append(CrossCorrelation(names[0], names[1], *found, step, unit, along, missing, gaps, level))
        except NsiError as error:
            refused[at] = error
    if not results and not refused:
        raise SeriesError(f"there are no values: the shape is {one.shape}", "at least one series with samples")
    left_out = warn_refused(refused, others, len(results))
    warn_short(results)
    return Each(tuple(results), others, left_out) if others else results[0]


def _series(data: Any, dim: str | None) -> Any:
    """Give a Series its name as a DataArray has it."""
    import pandas as pd

    if not isinstance(data, pd.Series) or data.name is None:
        return data
    return labelled(data, dim)[0].rename(str(data.name))


def _longest(lags: object, n: int, step: float, unit: str) -> int:
    if lags is None:
        return max(1, min(n // 4, MOST))
    if isinstance(lags, timedelta | np.timedelta64):
        if unit not in SECONDS:
            raise OptionError(f"lags is {lags!r}, a time; the coordinate is in {unit!r}", "a whole number of samples")
        seconds = lags.total_seconds() if isinstance(lags, timedelta) else float(lags / np.timedelta64(1, "us")) / 1e6
        found = int(np.floor(seconds / SECONDS[unit] / step + 1e-9))
    elif isinstance(lags, int | np.integer) and not isinstance(lags, bool):
        found = int(lags)
    else:
        raise OptionError(f"lags is {lags!r:.80}", "a whole number of samples, or a timedelta")
    if not 1 <= found <= n - PAIRS:
        raise OptionError(f"lags of {found} samples either way, of series of {n}", f"from 1 to {n - PAIRS}")
    return found


def _lagged(
    grid: Floats, names: tuple[str, str], longest: int, prewhiten: bool, detrend: str, level: float
) -> tuple[Ints, Floats, Ints, Floats, int, Ints, float, Noise, int]:
    """Correlate two rows of equal steps at lags up to the longest."""
    from scipy.stats import norm

    rows = np.stack([_away(row, name, detrend) for row, name in zip(grid, names, strict=True)])
    order, inflation = 0, 1.0
    if prewhiten:
        model = fit(rows[:1])
        order = int(model.order[0])
        rows = np.stack([_filtered(row, model.coefficients()) for row in rows])
    else:
        model = fit(rows)
        one, two = (model.autocorrelation(rows.shape[1] - 1, row) for row in (0, 1))
        inflation = max(1.0, float(1 + 2 * (1 - np.arange(1, len(one)) / len(one)) @ (one[1:] * two[1:])))
    there = ~np.isnan(rows)
    if min(there.sum(axis=1)) < LEAST:
        raise SeriesError(
            f"{min(there.sum(axis=1))} values follow {order} others without a gap", "fewer gaps, or prewhiten=False"
        )
    mean, spread = np.nanmean(rows, axis=1, keepdims=True), np.nanstd(rows, axis=1, keepdims=True)
    for name, size in zip(names, spread[:, 0], strict=True):
        if not size > NOTHING:
            raise SeriesError(f"the filter that makes {names[0]} white leaves nothing of {name}", "prewhiten=False")
    x, y = np.where(there, (rows - mean) / spread, 0.0)
    steps = np.arange(-longest, longest + 1)
    sums, pairs = _at_lags(x, y, longest), np.rint(_at_lags(there[0] * 1.0, there[1] * 1.0, longest)).astype(np.int64)
    enough = pairs >= PAIRS
    if not enough.any():
        raise SeriesError(f"no lag up to {longest} has {PAIRS} pairs", "longer lags=, or series of the same time")
    steps, sums, pairs = steps[enough], sums[enough], pairs[enough]
    correlation = sums / pairs
    away = np.abs(correlation) * np.sqrt(pairs / inflation)
    best, m = int(np.argmax(away)), len(steps)
    alone = 2 * norm.sf(away[best])
    bound = norm.isf((1 - level ** (1 / m)) / 2) * np.sqrt(inflation / pairs)
    p = float(-np.expm1(m * np.log1p(-min(alone, 1 - 1e-16))))
    logarithm = -pairs / (2 * inflation) * np.log1p(-np.minimum(correlation**2, 1 - 1e-12))
    posterior = np.exp(logarithm - logarithm.max())
    likely = np.argsort(-posterior, kind="stable")
    number = int(np.searchsorted(np.cumsum(posterior[likely]), level * posterior.sum())) + 1
    noise = Noise(int(pairs.max()), order, 1.0, inflation)
    return steps, correlation, pairs, bound, best, np.union1d(likely[:number], [best]), p, noise, order


def _away(row: Floats, name: str, detrend: str) -> Floats:
    """Give what is left of a row after its mean or line, of about 1."""
    value = row[~np.isnan(row)]
    if np.isinf(value).any():
        raise SeriesError(f"{int(np.isinf(value).sum())} of {value.size} values of {name} are infinite", "leave them out")
    if len(value) < LEAST:
        raise SeriesError(f"{len(value)} values of {name} are too few", f"at least {LEAST}")
    size = float(np.abs(value).max())
    if np.abs(value - value[0]).max() <= 1e-13 * size:
        raise SeriesError(f"all {len(value)} values of {name} are {value[0]:g}", "is the sensor frozen?")
    scaled = row / size
    scaled = scaled - np.nanmean(scaled)
    if detrend == "linear":
        at = np.where(np.isnan(row), np.nan, np.arange(len(row)) / len(row))
        at = at - np.nanmean(at)
        scaled = scaled - at * (np.nansum(at * scaled) / np.nansum(at * at))
        if np.nanmax(np.abs(scaled)) <= 1e-13:
            raise SeriesError(f"{name} is a straight line, of which nothing is left", "detrend='constant'")
    found: Floats = scaled / np.nanmax(np.abs(scaled))
    return found


def _filtered(row: Floats, coefficients: Floats) -> Floats:
    """Give what each value adds to what those before it tell; NaN where one of them is missing."""
    p = len(coefficients)
    found: Floats = np.convolve(row, np.concatenate([[1.0], -coefficients]))[p : len(row)]
    return np.concatenate([np.full(p, np.nan), found])


def _at_lags(x: Floats, y: Floats, longest: int) -> Floats:
    """Give the sums of x at each place times y so many places later."""
    size = 1 << (2 * len(x) - 1).bit_length()
    found = np.fft.irfft(np.conj(np.fft.rfft(x, size)) * np.fft.rfft(y, size), size)
    return np.concatenate([found[-longest:], found[: longest + 1]])


__all__ = ["CrossCorrelation", "cross_correlation"]
