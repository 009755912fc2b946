"""How the variance of a series is spread over frequencies, and which stand out of the noise.

In equal steps it is Welch's: the mean of the periodograms of overlapping parts in Hann's window, less the line of each. As
the parts overlap, its degrees of freedom are fewer than twice their number (Percival & Walden 1993, Spectral Analysis for
Physical Applications, eq. 292b), and the interval is that of chi-square with so many. Where steps differ or samples are
missing, it is the periodogram of Lomb and Scargle (Scargle 1982, Astrophys J 263:835) at four times the resolution, which has
two degrees of freedom everywhere: no interpolation.

A peak stands out where the noise with its dependence would be as high at one of all frequencies in `alarm` of all series.
Noise is an autoregressive model of the series less its highest peaks, or in uneven steps one of order 1 in continuous time
(Mudelsee 2002, Comput Geosci 28:69), and what is expected at each frequency is computed with the window, or with the times,
that there are. The chance of the highest of correlated frequencies is bounded as Baluev does (2008, MNRAS 385:1279).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ....errors import OptionError, SeriesError, TimeError
from ....voids.intervals import check_level
from ....voids.units import multiplied
from ...core.drawn import Drawn
from ..along import Each, Line, each
from ..noise import Floats
from .periods import noise_spectra
from .regular import samples_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

LEAST = 16  # samples
MOST = 10_000  # in uneven steps, for which the time grows with the square
PARTS = 8  # of the series, at half overlap
OVERSAMPLED = 4
LINES = 5  # that may stand out, so that they do not count as noise
METHODS = ("auto", "welch", "lomb")


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

    @property
    def unit(self) -> str:
        """Of the frequency."""
        return "Hz" if self.line.per == "s" else multiplied((self.line.per, -1))

    @property
    def density_unit(self) -> str:
        """Of the density."""
        return multiplied((self.line.unit, 2), (self.unit, -1))

    def __repr__(self) -> str:
        peaks = self._highest()
        found = ", ".join(f"{self.frequency[i]:.4g}" for i in peaks[:4]) + (", ..." if len(peaks) > 4 else "")
        stand = f"{len(peaks)} peak{'' if len(peaks) == 1 else 's'} at {found} {self.unit}" if len(peaks) else "no peak"
        return f"Spectrum({self.method}, {len(self.line)} samples: {stand})"

    def peaks(self) -> pd.DataFrame:
        """Give one row for each peak above the alarm, the surest first: frequency, period, density and its bounds, p."""
        import pandas as pd

        at = self._highest()
        columns = {"frequency": self.frequency[at], "period": 1 / self.frequency[at], "density": self.density[at]}
        found = pd.DataFrame({**columns, "lower": self.lower[at], "upper": self.upper[at], "p": self.p[at]})
        found.attrs["units"] = self._units() | {"period": self.line.per}
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
        }
        coords = {"frequency": ("frequency", self.frequency, {"units": self.unit}), "bound": ["lower", "upper"]}
        return xr.Dataset(found, coords, {"method": self.method, "level": self.level, "rate": self.rate})

    def _units(self) -> dict[str, str]:
        return {"frequency": self.unit, **dict.fromkeys(["density", "lower", "upper"], self.density_unit), "p": "1"}

    def _highest(self) -> Any:
        """Give where peaks stand out, the surest first."""
        ratio = np.concatenate([[0.0], self.density / self.noise, [0.0]])
        local = (ratio[1:-1] >= ratio[:-2]) & (ratio[1:-1] > ratio[2:]) & (self.density > self.alarm)
        at = np.flatnonzero(local)
        return at[np.argsort(-ratio[1:-1][at], kind="stable")]


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
        If an option is outside its range, or it is not clear along which dim.

    Examples
    --------
    >>> at = np.arange(1000)
    >>> found = spectrum(np.sin(2 * np.pi * 0.1 * at) + np.random.default_rng(0).normal(size=1000))
    >>> found
    Spectrum(welch, 1000 samples: 1 peak at 0.0991 1/sample)
    >>> float(found.peaks()["period"][0].round(1))
    10.1
    """
    if method not in METHODS:
        raise OptionError(f"method is {method!r:.80}", " or ".join(map(repr, METHODS)))
    check_level(level, "level")
    check_level(alarm, "alarm")
    return each(data, dim, tz, LEAST, lambda line: _spectrum(line, method, length, level, alarm))


def _spectrum(line: Line, method: str, length: Any, level: float, alarm: float) -> Spectrum:
    from scipy.stats import chi2

    if method == "welch":
        gaps = int((~line.regular()).sum())
        if gaps:
            raise TimeError(f"{gaps} gaps along {line.dim!r}, which Welch's spectrum does not take", "method='lomb', or 'auto'")
    even = line.joined is not None and bool(line.joined.all())
    scale = float(np.abs(line.value).max())
    value = line.value / scale
    if method == "welch" or (method == "auto" and even):
        frequency, density, freedom, noise, noise_freedom = _welch(line, value, length)
        count: Floats | float = float(len(frequency))
        method = "welch"
    else:
        if length is not None:
            raise OptionError(f"length is {length!r:.80}, and the spectrum of Lomb and Scargle has no parts", "leave it out")
        frequency, density, noise = _lomb(line, value)
        freedom, noise_freedom, method = np.full(len(frequency), 2.0), np.inf, "lomb"
        # Baluev's W sqrt(z), of samples spread evenly in time
        spread = (frequency[-1] - frequency[0]) * np.sqrt(4 * np.pi * np.var(line.position))
        count = np.maximum(spread * np.sqrt(np.maximum(density / noise, 1.0)), 1.0)
    one = -np.expm1(np.log1p(-alarm) / (len(frequency) if method == "welch" else _most(spread, alarm)))
    p = np.clip(-np.expm1(count * np.log1p(-np.minimum(_tail(density / noise, freedom, noise_freedom), 1 - 1e-16))), 0, 1)
    low, high = (freedom / chi2.isf(q, freedom) for q in (0.5 - level / 2, 0.5 + level / 2))
    size = scale**2
    height = noise * _height(one, freedom, noise_freedom)
    return Spectrum(
        frequency, density * size, density * low * size, density * high * size, freedom, noise * size, height * size, p,
        level, alarm, method, line,
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


def _welch(line: Line, value: Floats, length: Any) -> tuple[Floats, Floats, Floats, Floats, float]:
    """Give frequencies, densities, degrees of freedom, those of noise, and the freedom of its level."""
    from scipy.signal import welch
    from scipy.signal.windows import hann

    n = len(value)
    step = float(np.median(np.diff(line.position)))
    size = max(2 * n // (PARTS + 1), LEAST) if length is None else samples_of(length, line, step, "length")
    if not LEAST // 2 <= size <= n:
        raise OptionError(f"length is {size} samples", f"from {LEAST // 2} to {n}, those of the series")
    half = size // 2
    both = welch(value, 1 / step, "hann", size, half, detrend="linear")  # type: ignore[call-overload]  # its stubs say "literal"
    frequency, density = (np.asarray(one[1 : (size + 1) // 2], dtype=np.float64) for one in both)  # less 0 and 1/2
    window = hann(size, sym=False)
    parts, shift = (n - half) // (size - half), size - half
    overlap = [
        (window[: size - m * shift] @ window[m * shift :]) ** 2 / (window @ window) ** 2
        for m in range(1, parts)
        if m * shift < size
    ]
    freedom = np.full(len(frequency), 2 * parts / (1 + 2 * sum((1 - m / parts) * c for m, c in enumerate(overlap, 1))))
    expected = noise_spectra(_without_lines(value)[None], np.ones(n, dtype=np.bool_), window)[0]
    return frequency, density, freedom, 2 * step * expected.at(frequency * step), expected.freedom


def _without_lines(value: Floats) -> Floats:
    """Take the line and the highest waves out, leaving what noise has there."""
    from scipy.ndimage import median_filter

    n = len(value)
    at = np.linspace(-1, 1, n)
    rest = value - np.polynomial.Polynomial.fit(at, value, 1)(at)
    transformed = np.fft.rfft(rest)
    power = np.abs(transformed) ** 2
    level = median_filter(power, min(31, max(n // 8, 1)), mode="nearest") / np.log(2)
    # one of order 1 or 0 has no peaks but at 0, where the median is too low
    red = noise_spectra(rest[None], np.ones(n, dtype=np.bool_), most=1)[0].at(np.arange(len(power)) / n)
    level = np.maximum(np.maximum(level, n * red), 1e-300)
    ratio = power / level
    for i in np.argsort(-ratio)[:LINES]:
        around = slice(max(i - 1, 1), i + 2)
        if ratio[i] > np.log(n / 2) + 3:
            transformed[around] *= np.sqrt(np.minimum(level[around] / np.maximum(power[around], 1e-300), 1.0))
    return np.fft.irfft(transformed, n)


def _lomb(line: Line, value: Floats) -> tuple[Floats, Floats, Floats]:
    """Give frequencies, densities, and those of noise of order 1 in continuous time."""
    from scipy.signal import lombscargle

    n = len(value)
    if n > MOST:
        raise SeriesError(f"{n} values in uneven steps are more than {MOST:,}: too slow", "means of windows first")
    at = line.position - line.position[0]
    span = at[-1] * n / (n - 1)
    mean_step = span / n
    frequency = np.arange(OVERSAMPLED, OVERSAMPLED * (n // 2) + 1) / (OVERSAMPLED * span)
    centred = at - at.mean()
    rest = value - value.mean()
    rest = rest - centred * (centred @ rest) / (centred @ centred)
    density, unit = np.empty(len(frequency)), 2 * mean_step
    turns = 2 * np.pi * frequency
    for part in np.array_split(np.arange(len(frequency)), max(1, n * len(frequency) // 2_000_000)):
        density[part] = unit * np.atleast_1d(lombscargle(at, rest, turns[part]))
    left, noise = rest, unit * _noise(at, rest, turns)
    for _ in range(LINES):  # the waves that stand out, one after another
        ratio = (density if left is rest else unit * _quick(at, left, turns)) / noise
        i = int(np.argmax(ratio))
        if ratio[i] < np.log(2 * n) + 3:
            break
        waves = np.stack([np.cos(turns[i] * at), np.sin(turns[i] * at)], axis=1)
        left = left - waves @ np.linalg.lstsq(waves, left, rcond=None)[0]
        noise = unit * _noise(at, left, turns)
    return frequency, density, noise


def _quick(at: Floats, value: Floats, turns: Floats) -> Floats:
    """Give Schuster's periodogram, which ranks as that of Lomb and Scargle does."""
    found = np.empty(len(turns))
    for part in np.array_split(np.arange(len(turns)), max(1, len(at) * len(turns) // 2_000_000)):
        found[part] = np.abs(np.exp(-1j * np.outer(turns[part], at)) @ value) ** 2 / len(at)
    return found


def _memory(at: Floats, value: Floats) -> float:
    """Give the time after which noise is remembered by 1 / e: least squares of each sample given the one before."""
    from scipy.optimize import minimize_scalar

    apart = np.diff(at)
    typical = float(np.median(apart))

    def squares(logarithm: float) -> float:
        error = value[1:] - value[:-1] * np.exp(-apart / np.exp(logarithm))
        return float(error @ error)

    bounds = float(np.log(typical / 10)), float(np.log(at[-1] / 2))
    found = minimize_scalar(squares, bounds=bounds, method="bounded")
    rho = np.exp(-typical / np.exp(found.x))
    rho = min(rho + (1 + 4 * rho) / len(at), 0.9999) if rho > 0.05 else rho  # the bias of an AR(1)
    return float(-typical / np.log(max(rho, 1e-6)))


def _noise(at: Floats, value: Floats, turns: Floats) -> Floats:
    """Give what is expected of the periodogram of noise like these samples."""
    return float(value @ value) / max(len(at) - 2, 1) * _expected(at, turns, _memory(at, value))


def _expected(at: Floats, turns: Floats, memory: float) -> Floats:
    """Give what is expected of the periodogram at each frequency of such noise of variance 1 at these times.

    Noise that remembers only the sample before makes the double sum over pairs a recursion over samples.
    """
    kept = np.exp(-np.diff(at, prepend=at[0]) / memory)
    total, state = np.zeros(len(turns)), np.zeros(len(turns), dtype=np.complex128)
    for i, moment in enumerate(at):
        turned = np.exp(-1j * turns * moment)
        state = state * kept[i] if i else state
        total += 1 + 2 * (turned.conj() * state).real
        state = state + turned
    return np.maximum(total / len(at), 1e-12)
