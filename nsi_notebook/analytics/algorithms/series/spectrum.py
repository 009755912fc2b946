"""How the variance of a series is spread over frequencies, and which stand out of the noise.

In equal steps it is Welch's: the mean of the periodograms of overlapping parts in Hann's window, less the line of each. As
the parts overlap, its degrees of freedom are fewer than twice their number (Percival & Walden 1993, Spectral Analysis for
Physical Applications, eq. 292b), and the interval is that of chi-square with so many. Where steps differ or samples are
missing, it is the periodogram of Lomb and Scargle (Scargle 1982, Astrophys J 263:835) at four times the resolution, which has
two degrees of freedom everywhere: no interpolation.

A peak stands out where the noise with its dependence would be as high at one of all frequencies in `alarm` of all series.
Noise is an autoregressive model of the series less the sinusoids that stand out, or in uneven steps one of order 1 in continuous
time (Mudelsee 2002, Comput Geosci 28:69), and what is expected at each frequency is computed with the window, or with the times,
that there are. Peaks are sought one after another, each in what the sinusoids of those before it leave (`lines`). The chance of
the highest of correlated frequencies is bounded as Baluev does (2008, MNRAS 385:1279).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ....errors import OptionError, TimeError
from ....voids.intervals import check_level
from ....voids.units import multiplied
from ...core.drawn import Drawn
from ...core.shown import many, p_said
from ..along import Line, each
from ..every import Each
from ..moments import UNDEFINED
from ..noise import Floats
from ..statistics.result import Check
from ..statistics.words import at_first, with_unit
from .lines import Wave, waves
from .lomb import OVERSAMPLED, lomb, scargle
from .ordered import refuse_pixels
from .periods import CYCLES
from .welch import LEAST, alternating, periodograms, welch
from .words import about, length, length_with_bounds, listed

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

METHODS = ("auto", "welch", "lomb")
NAMES = {"welch": "Welch's method", "lomb": "the method of Lomb and Scargle"}


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum(Drawn):
    """The spectral density of one series.

    Parameters
    ----------
    frequency : numpy array of float64, shape (m,)
        In 1 over the unit of the coordinate; Hz of times.
    density, lower, upper : numpy array of float64, shape (m,)
        One-sided: its integral is the variance.
    freedom : numpy array of float64, shape (m,)
        Degrees of freedom of each.
    noise, alarm : numpy array of float64, shape (m,)
        The density that is expected of noise, and what noise exceeds anywhere in `rate` of all series.
    p : numpy array of float64, shape (m,)
        Of noise as high at any frequency.
    level, rate : float
        Of the interval, and of false alarms.
    method : str
        "welch" or "lomb".
    line : Line
        What was looked at.
    waves : tuple of Wave
        Sinusoids that stand out, in the order in which they were taken out.
    cycle : float
        Period, in samples, near which noise swings by itself, coming early or late; NaN if it does not, or by "lomb".
    """

    figure: ClassVar[str] = "spectrum"

    frequency: Floats
    density: Floats
    lower: Floats
    upper: Floats
    freedom: Floats
    noise: Floats
    alarm: Floats
    p: Floats
    level: float
    rate: float
    method: str
    line: Line
    waves: tuple[Wave, ...]
    cycle: float

    @property
    def unit(self) -> str:
        """Of the frequency."""
        return "Hz" if self.line.per == "s" else multiplied((self.line.per, -1))

    @property
    def density_unit(self) -> str:
        """Of the density."""
        return multiplied((self.line.unit, 2), (self.unit, -1))

    def __repr__(self) -> str:
        return f"Spectrum({self.sentence})"

    @property
    def finding(self) -> str:
        """What was found, in a few words, by which series are counted."""
        return many(len(self.waves), "peak") if self.waves else "no peak seen"

    @property
    def sentence(self) -> str:
        """What was found, in plain words; of more than five peaks the first five."""
        swings = ""
        if not np.isnan(self.cycle):
            step = float(np.median(np.diff(self.line.position)))
            swings = f", which swings by itself with periods near {about(self.cycle, step, self.line)}"
        tail = f"; {len(self.line):,} samples by {NAMES[self.method]}."
        if not self.waves:
            return at_first(f"the spectrum of {self.line.title} has no peak beyond noise{swings}{tail}")
        told = []
        for row in self.peaks().to_dict("records"):
            value, low, high = (float(row[name]) for name in ("period", "period_lower", "period_upper"))
            size = with_unit(f"{row['amplitude']:.3g}", self.line.unit)
            period = length_with_bounds(value, low, high, self.line.per, self.level)
            told.append(f"period {period}, amplitude {size}, {p_said(row['p'])}")
        which = "a peak" if len(told) == 1 else f"{len(told)} peaks"
        beside = swings and f"; beside noise{swings}"
        return at_first(f"the spectrum of {self.line.title} has {which}: {listed(told)}{beside}{tail}")

    @property
    def checks(self) -> tuple[Check, ...]:
        """What is assumed of the peaks, and what was found of it."""
        found = list[Check]()
        if self.method == "welch":
            size, p = alternating(self.line.value)
            if p < self.rate:
                by = with_unit(f"{size:.3g}", self.line.unit)
                said = f"values alternate by {by} from sample to sample, {p_said(p)}: the spectrum ends below that frequency"
                found.append(Check("no alternation", f"{said}; shorter steps tell what it is", False, None, p))
        if not self.waves:
            return tuple(found)
        longest = 1 / min(wave.frequency for wave in self.waves)
        many = float(self.line.position[-1] - self.line.position[0]) * (1 + 1 / (len(self.line) - 1)) / longest
        said = f"the longest period of {length(longest, self.line.per)} is there {many:.2g} times"
        jump = ": a jump or a bend looks like it, and may have shorter ones beside it: changes(...), trend(...)"
        enough = many >= CYCLES
        return (Check("enough periods", said if enough else said + jump, enough), *found)

    def peaks(self) -> pd.DataFrame:
        """Give one row for each peak above the alarm, the surest first.

        Frequency, period and amplitude are those of a sinusoid by least squares, with intervals of `level` if it is one; density,
        its bounds and p are where it stood out when those above it were taken out.
        """
        import pandas as pd
        from scipy.special import ndtri

        at = np.array([wave.place for wave in self.waves], dtype=np.intp)
        frequency, error, size, density = (
            np.array([getattr(wave, name) for wave in self.waves], dtype=np.float64)
            for name in ("frequency", "error", "amplitude", "density")
        )
        half = error * float(ndtri(0.5 + self.level / 2))
        low, high = frequency - half, frequency + half
        with np.errstate(divide="ignore"):
            longest = np.where(low > 0, 1 / np.maximum(low, 0.0), np.inf)
        times = density / self.density[at]
        found = pd.DataFrame({
            "frequency": frequency, "frequency_lower": low, "frequency_upper": high,
            "period": 1 / frequency, "period_lower": 1 / high, "period_upper": longest, "amplitude": size,
            "density": density, "lower": self.lower[at] * times, "upper": self.upper[at] * times,
            "p": [wave.p for wave in self.waves],
        })  # fmt: skip
        units = self._units() | dict.fromkeys(["frequency_lower", "frequency_upper"], self.unit) | {"amplitude": self.line.unit}
        found.attrs["units"] = units | dict.fromkeys(["period", "period_lower", "period_upper"], self.line.per)
        return found

    def table(self) -> pd.DataFrame:
        """Give one row for each frequency."""
        import pandas as pd

        names = ("frequency", "density", "lower", "upper", "noise", "alarm", "p")
        found = pd.DataFrame({name: getattr(self, name) for name in names})
        found.attrs["units"] = self._units() | {"noise": self.density_unit, "alarm": self.density_unit}
        return found

    def to_xarray(self) -> xr.Dataset:
        """Give a Dataset along `frequency`, the interval with the dim `bound`."""
        import xarray as xr

        attrs = {"units": self.density_unit}
        found = {
            "density": ("frequency", self.density, attrs),
            "density_ci": (("frequency", "bound"), np.stack([self.lower, self.upper], axis=1), attrs),
            "noise": ("frequency", self.noise, attrs),
            "alarm": ("frequency", self.alarm, attrs),
            "p": ("frequency", self.p, {"units": "1"}),
            "freedom": ("frequency", self.freedom, {"units": "1"}),
            "cycle": ((), self.cycle, {"units": "sample"} | ({UNDEFINED: "noise has no cycle"} if np.isnan(self.cycle) else {})),
        }
        coords = {"frequency": ("frequency", self.frequency, {"units": self.unit}), "bound": ["lower", "upper"]}
        return xr.Dataset(found, coords, {"method": self.method, "level": self.level, "rate": self.rate})

    def _units(self) -> dict[str, str]:
        return {"frequency": self.unit, **dict.fromkeys(["density", "lower", "upper"], self.density_unit), "p": "1"}


def spectrum(
    data: Any,
    dim: str | None = None,
    *,
    method: str = "auto",
    length: Any = None,
    level: float = 0.95,
    alarm: float = 0.01,
    tz: str | tzinfo | None = None,
) -> Spectrum | Each[Spectrum]:
    """Give the spectral density of a series, and which peaks stand out of its noise.

    Parameters
    ----------
    data, dim, tz
        See `changes`; at least 16 samples, in any rising steps.
    method : {"auto", "welch", "lomb"}
        "auto": Welch's in equal steps without a missing sample, else that of Lomb and Scargle.
    length : int, str or timedelta, optional
        Of the parts of Welch's: samples, or of times a duration; default: such that there are 8.
    level : float
        Of the interval.
    alarm : float
        How often noise alone may have a peak at any frequency.

    Returns
    -------
    Spectrum, or Each of them if the data has other dims

    Raises
    ------
    SeriesError
        If there are fewer than 16 values, or in uneven steps more than 10,000; they are the same, infinite, or not real.
    TimeError
        If times are naive, missing, repeated or not rising; or Welch's is asked for and samples are missing or in uneven steps.
    OptionError, DimsError
        If an option is outside its range, it is not clear along which dim, or it is one of pixels or tiles.

    Examples
    --------
    >>> at = np.arange(1000)
    >>> found = spectrum(np.sin(2 * np.pi * 0.1 * at) + np.random.default_rng(0).normal(size=1000))
    >>> print(found.sentence.partition(", p ")[0])
    The spectrum of the series has a peak: period 10.0012 samples (95 % CI 9.9965 to 10.0058), amplitude 1.01
    >>> found.peaks()[["period_lower", "period", "period_upper"]].round(2).to_numpy().tolist()
    [[10.0, 10.0, 10.01]]
    """
    if method not in METHODS:
        raise OptionError(f"method is {method!r:.80}", " or ".join(map(repr, METHODS)))
    check_level(level, "level")
    check_level(alarm, "alarm")
    refuse_pixels(data, dim)
    return each(data, dim, tz, LEAST, lambda line: spectrum_of(line, method, length, level, alarm))


def spectrum_of(line: Line, method: str = "auto", length: Any = None, level: float = 0.95, alarm: float = 0.01) -> Spectrum:
    """Give the spectrum of one series that was read, see `spectrum`."""
    from scipy.stats import chi2

    if method == "welch":
        gaps = int((~line.regular()).sum())
        if gaps:
            raise TimeError(f"{gaps} gaps along {line.dim!r}, which Welch's spectrum does not take", "method='lomb', or 'auto'")
    even = line.joined is not None and bool(line.joined.all())
    scale = float(np.abs(line.value).max())
    value = line.value / scale
    if method == "welch" or (method == "auto" and even):
        method, step = "welch", float(np.median(np.diff(line.position)))
        size, swings, (frequency, density, freedom, noise, noise_freedom) = welch(line, value, step, length)
        tested = spread = float(len(frequency))
        unit, around, apart = 2 * step, 1.5 / (size * step), 2  # the half width of Hann's main lobe
    else:
        if length is not None:
            raise OptionError(f"length is {length!r:.80}, and the spectrum of Lomb and Scargle has no parts", "leave it out")
        frequency, density, noise = lomb(line, value)
        freedom, noise_freedom, method, swings = np.full(len(frequency), 2.0), np.inf, "lomb", np.nan
        spread = float((frequency[-1] - frequency[0]) * np.sqrt(4 * np.pi * np.var(line.position)))  # Baluev's W
        tested = _most(spread, alarm)
        unit, around, apart = (
            2 * (line.position[-1] - line.position[0]) / (len(line) - 1),
            1.5 * (frequency[1] - frequency[0]),
            OVERSAMPLED,
        )
    one = -np.expm1(np.log1p(-alarm) / tested)
    height = noise * _height(one, freedom, noise_freedom)

    def chance(density: Floats) -> Floats:
        ratio = density / noise
        count = spread if method == "welch" else np.maximum(spread * np.sqrt(np.maximum(ratio, 1.0)), 1.0)
        return np.clip(-np.expm1(count * np.log1p(-np.minimum(_tail(ratio, freedom, noise_freedom), 1 - 1e-16))), 0, 1)

    def densities(left: Floats) -> Floats:
        if method == "welch":
            return periodograms(left, step, size)[1]
        return unit * scargle(line.position - line.position[0], left, 2 * np.pi * frequency)

    at = line.position - line.position[0]
    found = waves(at, value, frequency, density, height, noise, densities, chance, unit, around, apart)
    low, high = (freedom / chi2.isf(q, freedom) for q in (0.5 - level / 2, 0.5 + level / 2))
    power = scale**2
    scaled = tuple(replace(wave, amplitude=wave.amplitude * scale, density=wave.density * power) for wave in found)
    return Spectrum(
        frequency, density * power, density * low * power, density * high * power, freedom, noise * power, height * power,
        chance(density), level, alarm, method, line, scaled, swings,
    )  # fmt: skip


def _most(spread: float, alarm: float) -> float:
    """Give how many independent frequencies would have so high a highest one."""
    high = np.log(max(spread, 1.0) / alarm)
    for _ in range(20):
        high = np.log(max(spread, 1.0) * np.sqrt(high) / alarm)
    return float(max(spread, 1.0) * np.sqrt(high))


def _tail(ratio: Floats, freedom: Floats, noise_freedom: float) -> Floats:
    """Give p of a ratio of a density to that of noise, at one frequency."""
    from scipy.stats import chi2, f

    found = chi2.sf(ratio * freedom, freedom) if np.isinf(noise_freedom) else f.sf(ratio, freedom, noise_freedom)
    return np.asarray(found)


def _height(one: float, freedom: Floats, noise_freedom: float) -> Floats:
    from scipy.stats import chi2, f

    found = chi2.isf(one, freedom) / freedom if np.isinf(noise_freedom) else f.isf(one, freedom, noise_freedom)
    return np.asarray(found)
