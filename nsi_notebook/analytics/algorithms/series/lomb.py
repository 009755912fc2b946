"""The periodogram of Lomb and Scargle, and that of noise of order 1 in continuous time at the same times."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ....errors import SeriesError
from ..along import Line
from ..noise import Floats
from .lines import LINES, fitted, refined

MOST = 10_000  # samples: the time grows with the square
OVERSAMPLED = 4
EVEN = 1e-15  # of the samples: what is less of sines is rounding, as at 1/2 of samples in equal steps


def lomb(line: Line, value: Floats) -> tuple[Floats, Floats, Floats]:
    """Give frequencies, densities, and those of noise of order 1 in continuous time."""
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
    unit, turns = 2 * mean_step, 2 * np.pi * frequency
    density = unit * scargle(at, rest, turns)
    left, noise, lines = rest, unit * noise_of(at, rest, turns), list[float]()
    for _ in range(LINES):  # the waves that stand out, one after another
        ratio = (density if left is rest else unit * quick(at, left, turns)) / noise
        i = int(np.argmax(ratio))
        if ratio[i] < np.log(2 * n) + 3:
            break
        lines.append(refined(at, left, frequency[i], 1.5 / (OVERSAMPLED * span)))
        left = fitted(at, rest, lines)[0]
        noise = unit * noise_of(at, left, turns)
    return frequency, density, noise


def scargle(at: Floats, value: Floats, turns: Floats) -> Floats:
    """Give the periodogram of Lomb and Scargle at angular frequencies in equal steps."""
    first, twice = sums(at, value, turns), sums(at, np.ones(len(at)), 2 * turns)
    turned = first * np.exp(-0.5j * np.angle(twice))  # to where cosines and sines have no product
    size, n = np.abs(twice), len(at)
    even, odd = 2 * turned.real**2 / (n + size), 2 * turned.imag**2 / np.maximum(n - size, EVEN * n)
    return np.asarray((even + odd) / 2)


def quick(at: Floats, value: Floats, turns: Floats) -> Floats:
    """Give Schuster's periodogram, which ranks as that of Lomb and Scargle does."""
    return np.asarray(np.abs(sums(at, value, turns)) ** 2 / len(at))


def sums(at: Floats, value: Floats, turns: Floats) -> npt.NDArray[np.complex128]:
    """Give the Fourier sums of values at any times, at angular frequencies in equal steps.

    >>> at = np.array([0.0, 1.0, 2.5])
    >>> np.abs(sums(at, np.ones(3), np.array([0.0, 2 * np.pi / 5]))).round(3).tolist()
    [3.0, 1.0]
    """
    base, within = waves_at(at, turns)
    return ((base * value) @ within.T).ravel()[: len(turns)]


def waves_at(at: Floats, turns: Floats) -> tuple[npt.NDArray[np.complex128], npt.NDArray[np.complex128]]:
    """Give e^(-i w t) as a product: of each first frequency of a block, and of each away from it, both by times.

    It is one of matrices then, and needs an exponential for few frequencies in place of all.
    """
    many = int(np.ceil(np.sqrt(len(turns))))
    return np.exp(-1j * np.outer(turns[::many], at)), np.exp(-1j * np.outer(turns[:many] - turns[0], at))


def memory_of(at: Floats, value: Floats) -> float:
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


def noise_of(at: Floats, value: Floats, turns: Floats) -> Floats:
    """Give what is expected of the periodogram of noise like these samples."""
    return float(value @ value) / max(len(at) - 2, 1) * expected(at, turns, memory_of(at, value))


def expected(at: Floats, turns: Floats, memory: float) -> Floats:
    """Give what is expected of the periodogram at each frequency of such noise of variance 1 at these times.

    Noise that remembers only the sample before makes the double sum over pairs a recursion over samples.
    """
    kept = np.exp(-np.diff(at, prepend=at[0]) / memory)
    base, within = (one.T.copy() for one in waves_at(at, turns))
    total, state = np.zeros((base.shape[1], within.shape[1])), np.zeros((base.shape[1], within.shape[1]), dtype=np.complex128)
    for i in range(len(at)):
        turned = np.outer(base[i], within[i])
        state *= kept[i]
        total += 1 + 2 * (turned.real * state.real + turned.imag * state.imag)
        state += turned
    return np.maximum(total.ravel()[: len(turns)] / len(at), 1e-12)
