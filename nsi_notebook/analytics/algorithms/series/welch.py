"""Welch's spectral density, and that of an autoregressive model of the noise, less the lines that stand out.

Noise may swing by itself: a cycle that comes early or late, as that of the sun's spots, is no line, and its broad peak is the
model's own. It is told where the model is clearly better than one of order 1, which has no peak, and its peak is high.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ....errors import OptionError
from ..along import Line
from ..noise import Floats, fit
from .lines import LINES, fitted, refined
from .periods import CYCLES, noise_spectra
from .regular import samples_of

LEAST = 16  # samples
PARTS = 8  # of the series, at half overlap
CLEARLY = 10.0  # of AICc
ROUNDING = 1e-12
HIGH = 10.0  # times what is lowest on either side of a peak


def periodograms(value: Floats, step: float, size: int) -> tuple[Floats, Floats]:
    """Give frequencies and Welch's densities, of parts of a size that overlap by half."""
    from scipy import signal

    both = signal.welch(value, 1 / step, "hann", size, size // 2, detrend="linear")  # type: ignore[call-overload]  # its stubs say "literal"
    frequency, density = (np.asarray(one[1 : (size + 1) // 2], dtype=np.float64) for one in both)  # less 0 and 1/2
    return frequency, density


def welch(line: Line, value: Floats, step: float, length: Any) -> tuple[int, float, tuple[Floats, Floats, Floats, Floats, float]]:
    """Give the size of the parts, and the period of the `cycle` of the noise in samples.

    And frequencies, densities, degrees of freedom, those of noise, and the freedom of its level.
    """
    from scipy.signal.windows import hann

    n = len(value)
    size = max(2 * n // (PARTS + 1), LEAST) if length is None else samples_of(length, line, step, "length")
    if not LEAST // 2 <= size <= n:
        raise OptionError(f"length is {size} samples", f"from {LEAST // 2} to {n}, those of the series")
    half = size // 2
    frequency, density = periodograms(value, step, size)
    window = hann(size, sym=False)
    parts, shift = (n - half) // (size - half), size - half
    overlap = [
        (window[: size - m * shift] @ window[m * shift :]) ** 2 / (window @ window) ** 2
        for m in range(1, parts)
        if m * shift < size
    ]
    freedom = np.full(len(frequency), 2 * parts / (1 + 2 * sum((1 - m / parts) * c for m, c in enumerate(overlap, 1))))
    left = _without_lines(value)
    expected = noise_spectra(left[None], np.ones(n, dtype=np.bool_), window)[0]
    return size, cycle(left), (frequency, density, freedom, 2 * step * expected.at(frequency * step), expected.freedom)


def cycle(noise: Floats) -> float:
    """Give near which period noise swings by itself, in samples; NaN if it does not, or fewer than three times.

    Parameters
    ----------
    noise : numpy array of float64, shape (n,)
        Of mean 0, of about 1; NaN where missing.

    Examples
    --------
    >>> from scipy.signal import lfilter
    >>> new = np.random.default_rng(0).normal(size=600)
    >>> about_11 = lfilter([1], [1, -2 * 0.95 * np.cos(2 * np.pi / 11), 0.95**2], new)
    >>> 10 < cycle(about_11 / 10) < 12, cycle(new / 10)
    (True, nan)
    """
    n, model = len(noise), fit(noise[None])
    if not fit(noise[None], most=1).aicc[0] - model.aicc[0] > CLEARLY:
        return np.nan
    size = 1 << (4 * n).bit_length()
    power = 1 / np.abs(np.fft.rfft(np.concatenate([[1.0], -model.coefficients()]), size)) ** 2
    first = int(np.ceil(size * CYCLES / n))
    peak = first + int(np.argmax(power[first:]))
    low = max(power[: peak + 1].min(), power[peak:].min())
    return size / peak if power[peak] > HIGH * low else np.nan


def alternating(value: Floats) -> tuple[float, float]:
    """Give by how much values in equal steps alternate, which has the frequency 1/2 that Welch's leaves out, and p of noise.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=200)
    >>> alternating(noise)[1] > 0.1, alternating(noise + np.tile([0.0, 1.0], 100))[1] < 0.001
    (True, True)
    """
    from scipy.stats import f

    n = len(value)
    size = float(np.abs(value).max())
    rest, sign = fitted(np.arange(n, dtype=np.float64), value / size, [])[0], np.resize([1.0, -1.0], n)
    height = float(rest @ sign) / n
    left = rest - height * sign
    if float(np.abs(left).max()) <= ROUNDING:
        return 2 * abs(height) * size, 0.0
    noise = noise_spectra(left[None], np.ones(n, dtype=np.bool_))[0]
    return 2 * abs(height) * size, float(f.sf(n * height**2 / noise.at(np.array([0.5]))[0], 1, noise.freedom))


def _without_lines(value: Floats) -> Floats:
    """Take out the line, and of the waves that stand out, one after another, what is more than noise has there.

    A model of noise may have a broad peak of its own, which it tells better than a wave does: so a wave goes only if AICc of the
    model of what it leaves, and 3 log n for its frequency, phase and height, is less than with it.
    """
    n, lines = len(value), list[float]()
    at = np.arange(n, dtype=np.float64)
    rest = left = fitted(at, value, lines)[0]
    cost, level = _told(left), _level(left)
    for _ in range(LINES):
        ratio = np.abs(np.fft.rfft(left)) ** 2 / level
        i = int(np.argmax(ratio))
        if ratio[i] < np.log(n / 2) + 3:
            break
        tried = [*lines, refined(at, left, i / n, 1.5 / n)]
        other = fitted(at, rest, tried)[0]
        less = _told(other) + 3 * np.log(n)
        if not less < cost:
            break
        left, lines, cost, level = other, tried, less, _level(other)
    weights, turned = fitted(at, rest, lines)[1], 2 * np.pi * np.outer(at, lines)
    there = level[np.minimum(np.rint(n * np.array(lines)).astype(np.int64), len(level) - 1)]
    weights = weights * np.minimum(np.sqrt(there / (n**2 / 4 * (weights**2).sum(axis=1))), 1.0)[:, None]
    return np.asarray(left + np.cos(turned) @ weights[:, 0] + np.sin(turned) @ weights[:, 1])


def _level(rest: Floats) -> Floats:
    """Give the power of noise at each frequency of the transform, by the median of those beside it, which lines hardly lift."""
    from scipy.ndimage import median_filter

    n, power = len(rest), np.abs(np.fft.rfft(rest)) ** 2
    level = median_filter(power, int(np.clip(n // 8, 12, 31)), mode="nearest") / np.log(2)
    # one of order 1 or 0 has no peaks but at 0, where the median is too low
    red = noise_spectra(rest[None], np.ones(n, dtype=np.bool_), most=1)[0].at(np.arange(len(power)) / n)
    return np.asarray(np.maximum(np.maximum(level, n * red), 1e-300))


def _told(values: Floats) -> float:
    """Give AICc of the autoregressive model of what is left of values of about 1."""
    return float(fit(values[None]).aicc[0])
