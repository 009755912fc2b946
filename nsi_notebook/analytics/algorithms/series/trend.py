"""The slope of a series, with an interval that knows that neighbouring samples are alike.

The slope is that of least squares, which loses little to the best one when the noise depends from sample to sample (Grenander
1954, Ann Math Stat 25:252); its variance is g / sum of (t - mean t)^2, g being the long-run variance of the residuals (`noise`),
and Student's t has as many degrees of freedom as there are effective samples, less two. The slope of Theil and Sen, the
median of those of all pairs, is shown beside it: where the two differ, a few samples decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ....voids.intervals import check_level
from ....voids.units import multiplied
from ...core.drawn import Drawn
from ...core.shown import p_said
from ..along import Line, each, per_unit
from ..effective import at_worst
from ..every import Each
from ..noise import Floats, Noise, known, noise_of
from ..statistics.result import Check, Estimate
from ..statistics.words import at_first, interval
from .checks import exact, of_trend
from .ordered import refuse_pixels
from .words import samples_said, unit_of_slope

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

LEAST = 10  # samples
PAIRS = 2000  # samples up to which the slope of Theil and Sen is computed: there are n^2 / 2 pairs


@dataclass(frozen=True, slots=True, eq=False)
class Trend(Drawn):
    """The slope of one series.

    Parameters
    ----------
    slope, lower, upper : float
        By least squares, and its bounds, in `unit`.
    p : float
        Of a slope as steep as this or steeper, either way, if there is none.
    start : float
        The line at the first sample, in the unit of the values.
    noise : Noise
        About the line.
    level : float
        Of the interval.
    missing, gaps : int
        Samples that were NaN, and how often a sample is farther from the next than a step.
    unit, value_unit : str
        Of the slopes: that of the values per that of the coordinate, and of the values.
    per, told : str
        Unit of time of the slope, and of that in sentence and table: `per` if it was said, else the largest unit of time of which
        the series has two, up to a year.
    line : Line
        What was looked at.
    """

    figure: ClassVar[str] = "trend"

    slope: float
    lower: float
    upper: float
    p: float
    start: float
    noise: Noise
    level: float
    missing: int
    gaps: int
    unit: str
    value_unit: str
    per: str
    told: str
    line: Line

    @property
    def theil_sen(self) -> float | None:
        """Median slope of all pairs; None of more than 2000 samples; looked for when it is asked for, as it takes longer."""
        from scipy.stats import theilslopes

        if len(self.line) > PAIRS:
            return None
        size = float(np.abs(self.line.value).max())
        return float(theilslopes(self.line.value / size, self.line.position).slope) * size / self._scale()

    @property
    def fitted(self) -> Floats:
        """The line at each sample."""
        at = self.line.position - self.line.position[0]
        return np.asarray(self.start + self.slope * self._scale() * at)

    @property
    def band(self) -> Floats:
        """Bounds of the line at each sample, shape (n, 2): by those of the slope and of the mean, which are independent."""
        at = (self.line.position - self.line.position.mean()) * self._scale()
        half = (self.upper - self.lower) / 2  # is that of the slope
        error = half * np.sqrt(at**2 + float(at @ at) / len(at))
        return np.stack([self.fitted - error, self.fitted + error], axis=1)

    def _scale(self) -> float:
        """Units of the slope's time in one unit of the position."""
        return per_unit(self.line.per, self.per)[1]

    def __repr__(self) -> str:
        return f"Trend({self.sentence})"

    @property
    def estimate(self) -> Estimate:
        """The slope with its interval, per unit of time in which it is told."""
        scale = per_unit(self.told, self.per)[1]
        unit = (
            f"{'' if self.value_unit in ('1', '') else self.value_unit} per {'unit' if self.told == '1' else self.told}".strip()
        )
        return Estimate("slope", self.slope * scale, self.lower * scale, self.upper * scale, unit, self.level)

    @property
    def finding(self) -> str:
        """What was found, in a few words, by which series are counted."""
        return ("rising" if self.slope > 0 else "falling") if self.lower * self.upper > 0 else "no slope seen"

    @property
    def sentence(self) -> str:
        """What was found, in plain words."""
        slope = self.estimate
        if exact(self.line.value - self.fitted, self.line):
            way = "rises" if self.slope > 0 else "falls"
            size = f"{abs(slope.value):.6g} {slope.unit}"
            return at_first(f"{self.line.title} {way} by {size}, exactly; {samples_said(self.noise, self.missing)}.")
        tail = f"{p_said(self.p)}; {samples_said(self.noise, self.missing)}."
        if not self.lower * self.upper > 0:
            return at_first(f"{self.line.title} is not seen to rise or fall: {interval(slope)}, {tail}")
        way, sign = ("rises", 1) if self.slope > 0 else ("falls", -1)
        return at_first(f"{self.line.title} {way} by {interval(slope, sign)}, {tail}")

    @property
    def checks(self) -> tuple[Check, ...]:
        """What is assumed, and what was found of it; looked at when it is asked for, as it takes longer than the trend."""
        return of_trend(self)

    def table(self) -> pd.DataFrame:
        """Give one row: slope, its bounds and unit, p, the slope of Theil and Sen, samples, effective ones, missing ones."""
        import pandas as pd

        slope, unit = self.estimate, multiplied((self.value_unit, 1), (self.told, -1))
        row = {"slope": slope.value, "lower": slope.lower, "upper": slope.upper, "unit": unit, "p": self.p}
        told = {"n": self.noise.samples, "effective": self.noise.effective, "missing": self.missing}
        pairs = self.theil_sen
        median = {} if pairs is None else {"theil_sen": pairs * per_unit(self.told, self.per)[1]}
        found = pd.DataFrame([{**row, **median, **told}])
        found.attrs["units"] = dict.fromkeys(["slope", "lower", "upper", *median], unit)
        return found

    def to_xarray(self) -> xr.Dataset:
        """Give a Dataset of single numbers, the interval with the dim `bound`."""
        import xarray as xr

        attrs, one = {"units": self.unit}, {"units": "1"}
        found = {
            "slope": ((), self.slope, attrs),
            "slope_ci": ("bound", [self.lower, self.upper], attrs),
            "p": ((), self.p, one),
            "start": ((), self.start, {"units": self.value_unit}),
            "n": ((), self.noise.samples, one),
            "effective": ((), self.noise.effective, one),
            "missing": ((), self.missing, one),
        }
        if (median := self.theil_sen) is not None:
            found["theil_sen"] = ((), median, attrs)
        return xr.Dataset(found, {"bound": ["lower", "upper"]}, {"level": self.level})


def trend(
    data: Any,
    dim: str | None = None,
    *,
    per: str | None = None,
    noise: str = "ar",
    conservative: bool = False,
    level: float = 0.95,
    tz: str | tzinfo | None = None,
) -> Trend | Each[Trend]:
    """Find the slope of a series.

    Parameters
    ----------
    data, dim, noise, conservative, tz
        See `changes`.
    per : str, optional
        Unit of time of the slope: "s", "min", "h", "d", "year"; default: the unit of the coordinate, seconds of times, which the
        sentence and the table tell per the largest unit of which the series has two.
    level : float
        Of the interval.

    Returns
    -------
    Trend, or Each of them if the data has other dims

    Raises
    ------
    SeriesError
        If there are fewer than 10 values, they are all the same, infinite, or not real.
    TimeError
        If times are naive, missing, repeated or not rising; or their steps differ and the noise is not said to be white.
    OptionError, DimsError
        If an option is outside its range, it is not clear along which dim, or it is one of pixels or tiles.

    Warns
    -----
    NsiWarning
        Below 200 samples, or 10 effective ones: intervals are narrower there than they should be.

    Examples
    --------
    >>> import pandas as pd
    >>> hours = pd.date_range("2026-11-26", periods=400, freq="h", tz="UTC")
    >>> load = pd.Series(0.5 * np.arange(400) + np.random.default_rng(0).normal(size=400), hours)
    >>> load.attrs["units"] = "um"
    >>> found = trend(load, per="h")
    >>> found.unit, bool(found.lower < 0.5 < found.upper), abs(found.slope - found.theil_sen) < 0.001
    ('um/h', True, True)
    """
    known(noise)
    check_level(level, "level")
    refuse_pixels(data, dim)
    return each(data, dim, tz, LEAST, lambda line: _trend(line, per, noise, conservative, level))


def _trend(line: Line, per: str | None, noise: str, conservative: bool, level: float) -> Trend:
    from scipy.special import stdtr, stdtrit

    joined = line.regular() if noise == "ar" else None
    unit, scale = per_unit(line.per, per)
    time = (line.position - line.position[0]) * scale
    size = float(np.abs(line.value).max())
    value, span = line.value / size, float(time[-1])
    at = time / span - (time / span).mean()
    middle, power = value.mean(), float(at @ at)
    slope = float(at @ (value - middle)) / power
    residual = value - middle - slope * at
    # two parameters draw the sum of the coefficients down by about (2 + 4 sum) / n
    found = noise_of(residual, joined, 2, (2, 4))
    found = at_worst(found, residual, joined) if conservative else found
    freedom, error = max(found.effective - 2, 1), np.sqrt(found.long_run / power)
    half = float(stdtrit(freedom, 0.5 + level / 2)) * error
    steep, told = size / span, unit
    if per is None and unit == "s" and line.coord.dtype.kind in "mM":
        told = unit_of_slope(span)[0]
    return Trend(
        slope * steep,
        float((slope - half) * steep),
        float((slope + half) * steep),
        float(2 * stdtr(freedom, -abs(slope) / error)),
        float(middle + slope * at[0]) * size,
        found.times(size),
        level,
        line.missing,
        line.gaps,
        multiplied((line.unit, 1), (unit, -1)),
        line.unit,
        unit,
        told,
        line,
    )
