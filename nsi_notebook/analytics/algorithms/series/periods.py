"""Whether a series has a season, and of how many samples.

For each period P the power at the frequencies k / P is compared with that of noise without a season: the sum of 2 I / E over
harmonics is chi-square with two degrees of freedom for each (one for the frequency 1/2), I being the periodogram of the
series less its line, and E what is expected there of an autoregressive model, with the window of the samples that there are
(Priestley 1981, sections 6.1 and 6.2). So that the season does not count as noise, the model is fitted to what is left when
this season is taken out. The first harmonic alone, the first four, and all are tried, as a season may be a wave or a pulse,
and p is that of the smallest of all that were tried, which Sidak's formula makes no larger than it should be.

Two events far apart are like a season whose period is what lies between them. So the period is tested once more without the
one cycle that carries most of it, and p is the larger of the two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..noise import Floats, fit
from .peaks import parts, refined

Truths = npt.NDArray[np.bool_]

CYCLES = 3  # that a series has at least
LONGEST = 2000  # samples of a period that is looked for; others are to be said
HARMONICS = (1, 4, 0)  # that are tried; 0: all
CANDIDATES = 3  # of each that are tested in full
ROUNDS = 3  # of fits of the noise
WANDERING = 0.9  # sum of the coefficients of noise whose differences are looked at: a bent trend leaks into all frequencies
NEARLY = 0.8  # of the strength of the strongest period
CARRIED = 0.1  # p of a season from which it is tested once more, without the cycle that carries most of it
LEAST_POWER = 1e-12  # of the mean that the background has, as there is rounding
SEASONS = 3  # of a series at most
WIDTH = 1.5  # over the length of the series: of a peak
SMOOTHED = 31  # frequencies of the median that ranks candidates


@dataclass(frozen=True, slots=True)
class Period:
    """The period that is least like noise.

    Parameters
    ----------
    samples : int
        0 of a series that is too short for any.
    p : float
        Of one as strong at any period, if there is none; or of one as strong at this period without the cycle that carries most
        of it, if that is larger.
    tried : int
        Periods, times numbers of harmonics.
    parts : tuple of int
        Periods of the seasons of which it is made: itself, or two that divide it.
    """

    samples: int
    p: float
    tried: int
    parts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """The periodogram that is expected of noise.

    Parameters
    ----------
    frequency, power : numpy array of float64
        From 0 to 1/2 of a sample, and the square of a sample's unit: that of white noise is its variance.
    freedom : float
        Degrees of freedom of its level: n over the order of the model (Berk 1974, Ann Stat 2:489).
    total : float
        Sum of the coefficients of the model.
    """

    frequency: Floats
    power: Floats
    freedom: float
    total: float

    def at(self, frequency: Floats) -> Floats:
        """Give it at frequencies."""
        return np.asarray(np.interp(frequency, self.frequency, self.power))


def strongest(value: Floats, preferred: Sequence[int] = ()) -> Period:
    """Find the strongest season of a series.

    Parameters
    ----------
    value : numpy array of float64, shape (n,)
        In equal steps; NaN where missing.
    preferred : sequence of int
        Periods, as of the calendar, that are taken where they explain as well as the best of the same peak.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=240)
    >>> found = strongest(noise + np.sin(np.arange(240) * 2 * np.pi / 12))
    >>> found.samples, found.p < 1e-6
    (12, True)
    >>> strongest(noise).p > 0.05
    True
    """
    if len(value) // CYCLES < 2:
        return Period(0, 1.0, 0)
    found, total = _searched(value, preferred)
    if total >= WANDERING:
        value = np.diff(value)
        found = _searched(value, preferred)[0]
    return found if found.p >= CARRIED else replace(found, p=max(found.p, _without_a_cycle(value, found.samples)))


def seasons(value: Floats, preferred: Sequence[int], alarm: float) -> tuple[tuple[int, ...], float]:
    """Find the seasons of a series, one after another, each in what those before it leave.

    Parameters
    ----------
    value, preferred
        See `strongest`.
    alarm : float
        Of p, below which a season counts.

    Returns
    -------
    tuple of int, float
        Their periods, the shortest first, and p of the strongest.

    Examples
    --------
    >>> hours = np.arange(1008)
    >>> noise = np.random.default_rng(0).normal(size=1008)
    >>> seasons(noise + np.sin(hours * 2 * np.pi / 24) + 2 * np.sin(hours * 2 * np.pi / 168), (), 0.01)[0]
    (24, 168)
    """
    found = strongest(value, preferred)
    p, periods, there, n = found.p, list[int](), ~np.isnan(value), len(value)
    while found.p < alarm:
        if any(_same_peak(_waves(value, found.samples), one, n) for one in periods):
            break
        periods += [one for one in found.parts if one not in periods]
        if len(periods) >= SEASONS:
            break
        rest = straightened(value, there)
        place = np.arange(n) % found.samples
        cycle = np.bincount(place, rest) / np.maximum(np.bincount(place, there), 1)
        value = np.where(there, rest - cycle[place], np.nan)
        found = strongest(value, preferred)
    return tuple(sorted(periods)), p


def _same_peak(frequency: float, known: int, n: int) -> bool:
    """Tell whether a frequency is within the width of one of a season's: what is left of a peak is no other."""
    return abs(frequency - max(round(known * frequency), 1) / known) * n <= WIDTH


def _waves(value: Floats, period: int) -> float:
    """Give the frequency of the strongest wave of a season, beside what neighbouring frequencies have."""
    there = ~np.isnan(value)
    rest, count = straightened(value, there), int(there.sum())
    power = _powers(rest, period, count)
    at = _at(period, power)
    return float(at[np.argmax(power / _smooth(rest, count)(at))])


def _searched(value: Floats, preferred: Sequence[int]) -> tuple[Period, float]:
    """Give the strongest period, and the sum of the coefficients of the noise."""
    there = ~np.isnan(value)
    count = int(there.sum())
    periods = np.arange(2, max(min(len(value) // CYCLES, LONGEST), 2) + 1)
    if count < 2 or not np.ptp(value[there]) > 0:
        return Period(0, 1.0, 0), 0.0
    rest = straightened(value, there)
    background = _smooth(rest, count)
    powers = [_powers(rest, int(period), count) for period in periods]
    likely: list[tuple[int, int, Floats]] = []  # period, harmonics, power
    for most in HARMONICS:
        for at in _ranked(_statistics(powers, periods, most, background))[:CANDIDATES]:
            likely.append((int(periods[at]), most, powers[at]))
    p, noise = min(_tested(rest, there, likely), key=lambda tested: tested[0])

    def level(frequency: Floats) -> Floats:
        """Give the background, which no season lifts, but no less than the noise, which rises more steeply to frequency 0."""
        return np.maximum(background(frequency), noise.at(frequency))

    strength = _statistics(powers, periods, 0, level)
    most_likely = int(_ranked(strength)[0])
    excess = strength[:, 0] - strength[:, 1]
    near = excess >= NEARLY * excess[most_likely]
    near[most_likely] = True  # where none is stronger than noise
    # of its multiples the shortest that has nearly as much, and the strongest of what is beside that
    first = int(np.flatnonzero(near)[0])
    end = first + int(np.argmin(np.append(near[first : most_likely + 1], False)))
    peak = int(periods[first + int(np.argmax(excess[first:end]))])
    chosen = refined(rest, there, peak, powers, noise, preferred)
    left = np.where(there, _without(rest, there, chosen, chosen // 2), np.nan)  # no wave of the season counts as noise
    beside = noise_spectra(left[None], there)[0]
    beside = replace(beside, power=beside.power * count / max(count - chosen, 1))  # of which it took its part
    made_of = parts(chosen, powers[chosen - 2], beside, count)
    tried = len(periods) * len(HARMONICS)
    p = float(-np.expm1(tried * np.log1p(-min(np.exp(p), 1 - 1e-16))))
    return Period(chosen, p, tried, made_of), noise.total


def _without_a_cycle(value: Floats, period: int) -> float:
    """Give p of this period alone, without the cycle that carries most of it."""
    there = ~np.isnan(value)
    place, cycle = np.arange(len(value)) % period, np.arange(len(value)) // period
    rest = straightened(value, there)
    season = np.bincount(place, rest, period) / np.maximum(np.bincount(place, there, period), 1)
    there &= cycle != np.argmax(np.bincount(cycle, rest * season[place]))
    count = int(there.sum())
    if count < 2 or not np.ptp(value[there]) > 0:
        return 1.0
    rest = straightened(value, there)
    power = _powers(rest, period, count)
    return float(np.exp(min(p for p, _ in _tested(rest, there, [(period, most, power) for most in HARMONICS]))))


def _ranked(statistics: Floats) -> npt.NDArray[np.intp]:
    """Give places of statistics and their degrees of freedom, the least p first; where that underflows, the greatest excess."""
    from scipy.stats import chi2

    return np.lexsort((statistics[:, 1] - statistics[:, 0], np.asarray(chi2.logsf(*statistics.T))))


def _statistics(powers: list[Floats], periods: npt.NDArray[np.int64], most: int, spectrum: Callable[[Floats], Floats]) -> Floats:
    found = [_statistic(power, int(P), most, spectrum(_at(int(P), power))) for power, P in zip(powers, periods, strict=True)]
    return np.array(found)


def _tested(rest: Floats, there: Truths, likely: list[tuple[int, int, Floats]]) -> list[tuple[float, Expected]]:
    """Give log p of seasons of these periods and numbers of harmonics, and the noise beside each."""
    from scipy.stats import f

    left = np.stack([_without(rest, there, period, most or period // 2) for period, most, _ in likely])
    share = np.zeros((len(likely), 1))  # of the season that is left in the noise
    for _ in range(ROUNDS):
        noises = noise_spectra(np.where(there, left + share * (rest - left), np.nan), there)
        found = [_statistic(P, n, m, noise.at(_at(n, P))) for (n, m, P), noise in zip(likely, noises, strict=True)]
        total, terms = np.array(found).T
        share[:, 0] = np.minimum(1.0, np.sqrt(terms / np.where(total > 0, total, terms)))
    p = np.asarray(f.logsf(total / terms, terms, [noise.freedom for noise in noises]))
    return list(zip(p.tolist(), noises, strict=True))


def straightened(value: Floats, there: Truths) -> Floats:
    """Give the series less its line, of about 1; 0 where missing."""
    at = np.arange(len(value), dtype=np.float64)[there]
    at = at - at.mean()
    kept = value[there] / np.abs(value[there]).max()
    kept = kept - kept.mean()
    kept = kept - at * (at @ kept) / (at @ at)
    found = np.zeros(len(value))
    found[there] = kept / (np.abs(kept).max() or 1.0)
    return found


def noise_spectra(residual: Floats, there: Truths, window: Floats | None = None, most: int | None = None) -> list[Expected]:
    """Tell what is expected of the periodogram of noise, of each row.

    Parameters
    ----------
    residual : numpy array of float64, shape (rows, n)
        Of mean 0; NaN where missing.
    there : numpy array of bool, shape (n,)
    window : numpy array of float64, optional
        That multiplies the samples; default: 1 where there is one.
    most : int, optional
        Highest order of the model, which is that of least AICc.
    """
    n = int(there.sum())
    found = fit(residual, most=most)
    taper = there.astype(float) if window is None else window
    size = 1 << (4 * max(len(taper), 64)).bit_length()
    together = np.fft.irfft(np.abs(np.fft.rfft(taper, size)) ** 2, size) / (taper @ taper)
    spectra = []
    for row in range(len(residual)):
        order, model = int(found.order[row]), found.coefficients(row)
        innovation = float(found.innovation[row]) * n / max(n - 1 - order, 1)
        response = np.fft.rfft(np.concatenate([[1.0], -model]), size)
        covariance = np.fft.irfft(innovation / np.abs(response) ** 2, size)
        expected = np.maximum(np.fft.rfft(covariance * together).real, 1e-300)
        freedom = max(n - 2 - order, 1) / max(order, 1)
        spectra.append(Expected(np.arange(len(expected)) / size, expected, freedom, float(model.sum())))
    return spectra


def _powers(rest: Floats, period: int, count: int) -> Floats:
    """Give the periodogram at 1 / P, 2 / P, ...: that of the sums at each place of the period."""
    sums = np.append(rest, np.zeros(-len(rest) % period)).reshape(-1, period).sum(axis=0)
    found: Floats = np.abs(np.fft.rfft(sums)[1:]) ** 2 / count
    return found


def _at(period: int, power: Floats) -> Floats:
    return np.arange(1, len(power) + 1) / period


def _statistic(power: Floats, period: int, most: int, expected: Floats) -> tuple[float, float]:
    """Give the statistic and its degrees of freedom."""
    last = len(power) if most == 0 else min(most, len(power))
    weight = np.full(last, 2.0)
    if 2 * last == period:
        weight[-1] = 1.0
    return float((weight * power[:last] / expected[:last]).sum()), float(weight.sum())


def _without(rest: Floats, there: Truths, period: int, harmonics: int) -> Floats:
    """Take the first harmonics of a season out, by least squares."""
    place = np.arange(len(rest))
    if 2 * harmonics >= period - 1:
        count = np.maximum(np.bincount(place % period, there, period), 1)
        return np.asarray(rest - (np.bincount(place % period, rest, period) / count)[place % period])
    angle = 2 * np.pi * np.outer(place, np.arange(1, harmonics + 1)) / period
    waves = np.concatenate([np.cos(angle), np.sin(angle)], axis=1) * there[:, None]
    return np.asarray(rest - waves @ np.linalg.lstsq(waves, rest, rcond=None)[0])


def _smooth(rest: Floats, count: int) -> Callable[[Floats], Floats]:
    """Give the median of neighbouring frequencies as a function of frequency, which single lines do not lift."""
    from scipy.ndimage import median_filter

    power = np.abs(np.fft.rfft(rest)[1:]) ** 2 / count
    size = min(SMOOTHED, max(len(power) // 4, 1))
    least = max(LEAST_POWER * float(power.mean()), 1e-300)
    level = np.maximum(median_filter(power, size, mode="mirror") / np.log(2), least)
    grid = np.arange(1, len(power) + 1) / len(rest)
    return lambda frequency: np.asarray(np.interp(frequency, grid, level))
