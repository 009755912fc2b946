"""The periodogram of Lomb and Scargle, and that of noise of order 1 in continuous time at the same times."""

from __future__ import annotations

import numpy as np

from ....errors import SeriesError
from ..along import Line
from ..noise import Floats
from .lines import LINES, fitted, refined

MOST = 10_000  # samples: the time grows with the square
OVERSAMPLED = 4


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
    """Give the periodogram of Lomb and Scargle."""
    from scipy.signal import lombscargle

    found = np.empty(len(turns))
    for part in np.array_split(np.arange(len(turns)), max(1, len(at) * len(turns) // 2_000_000)):
        found[part] = np.atleast_1d(lombscargle(at, value, turns[part]))
    return found


def quick(at: Floats, value: Floats, turns: Floats) -> Floats:
    """Give Schuster's periodogram, which ranks as that of Lomb and Scargle does."""
    found = np.empty(len(turns))
    for part in np.array_split(np.arange(len(turns)), max(1, len(at) * len(turns) // 2_000_000)):
        found[part] = np.abs(np.exp(-1j * np.outer(turns[part], at)) @ value) ** 2 / len(at)
    return found


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
    total, state = np.zeros(len(turns)), np.zeros(len(turns), dtype=np.complex128)
    for i, moment in enumerate(at):
        turned = np.exp(-1j * turns * moment)
        state = state * kept[i] if i else state
        total += 1 + 2 * (turned.conj() * state).real
        state = state + turned
    return np.maximum(total / len(at), 1e-12)
