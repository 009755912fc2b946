"""Lines of a spectrum: sinusoids of one frequency each, fitted by least squares and taken out one after another.

A sinusoid seen at uneven times, or through a window, raises other frequencies too: what is left of them once it is taken out is
what they are themselves ("prewhitening"; CLEAN: Roberts, Lehar & Dreher 1987, Astron J 93:968). The interval of a frequency is
that of least squares, with the density of the noise there in place of a variance (Montgomery & O'Donoghue 1999, Delta Scuti Star
Newsletter 13:28); it holds for a line, not for the middle of a broad peak.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..noise import Floats

MOST = 20  # lines of a spectrum
LINES = 5  # of them that do not count as noise, at most
TRIED = 33  # frequencies around a peak, before the least squares go on between two of them


@dataclass(frozen=True, slots=True)
class Wave:
    """A sinusoid that stands out of the noise.

    Parameters
    ----------
    frequency, error : float
        And its standard error.
    amplitude : float
    place : int
        Of the frequency of the spectrum where it stood out.
    density : float
        There, when those above it had been taken out.
    p : float
        Of noise as high at any frequency.
    """

    frequency: float
    error: float
    amplitude: float
    place: int
    density: float
    p: float


def refined(at: Floats, value: Floats, frequency: float, around: float) -> float:
    """Give the frequency near one at which a sinusoid leaves the least squares.

    Parameters
    ----------
    at, value : numpy array of float64, shape (n,)
        Of samples.
    frequency, around : float
        Where to begin, and how far from it at most.

    Examples
    --------
    >>> at = np.arange(100.0)
    >>> round(refined(at, np.sin(2 * np.pi * 0.1234 * at), 0.12, 0.01), 6)
    0.1234
    """
    from scipy.optimize import minimize_scalar

    least = 0.25 / (at[-1] - at[0])
    places = np.unique(np.maximum(np.linspace(frequency - around, frequency + around, TRIED), least))
    squares = [_left(at, value, one) for one in places]
    best = int(np.argmin(squares))
    low, high = places[max(best - 1, 0)], places[min(best + 1, len(places) - 1)]
    found = minimize_scalar(
        lambda one: _left(at, value, one), bounds=(low, high), method="bounded", options={"xatol": 1e-6 * (high - low)}
    )
    return float(found.x if found.fun < squares[best] else places[best])


def fitted(at: Floats, value: Floats, frequencies: Sequence[float]) -> tuple[Floats, Floats]:
    """Give what a line and sinusoids of these frequencies leave of values, and the cosines and sines of the fit, shape (m, 2)."""
    columns = _columns(at, frequencies)
    weights = np.linalg.lstsq(columns, value, rcond=None)[0]
    return value - columns @ weights, np.asarray(weights[2:], dtype=np.float64).reshape(-1, 2)


def waves(
    at: Floats,
    value: Floats,
    frequency: Floats,
    density: Floats,
    alarm: Floats,
    noise: Floats,
    densities: Callable[[Floats], Floats],
    chance: Callable[[Floats], Floats],
    unit: float,
    around: float,
    apart: int,
) -> tuple[Wave, ...]:
    """Find the sinusoids that stand out, one after another, until none is left.

    Parameters
    ----------
    at, value : numpy array of float64, shape (n,)
        Of samples.
    frequency, density, alarm, noise : numpy array of float64, shape (m,)
        Of the spectrum; what noise exceeds rarely, and what is expected of it.
    densities : callable
        The density at each frequency of what is left.
    chance : callable
        The p of such densities.
    unit : float
        Density of white noise of variance 1.
    around : float
        How far from a frequency of the spectrum its sinusoid may be.
    apart : int
        Frequencies beside a line that are not told apart from it.
    """
    free, found = np.ones(len(frequency), dtype=np.bool_), list[tuple[int, float, float]]()
    left, lines = fitted(at, value, [])[0], list[float]()
    while len(found) < MOST:
        ratio = np.where(free & (density > alarm), density / noise, 0.0)
        place = int(np.argmax(ratio))
        if not ratio[place] > 0:
            break
        lines.append(refined(at, left, float(frequency[place]), around))
        found.append((place, float(density[place]), float(chance(density)[place])))
        free[max(place - apart, 0) : place + apart + 1] = False
        left = fitted(at, value, lines)[0]
        density = densities(left)
    if not found:
        return ()
    weights = fitted(at, value, lines)[1]
    errors = _errors(at, lines, weights) * np.sqrt(noise[[place for place, _, _ in found]] / unit)
    told = zip(lines, errors, np.hypot(*weights.T), found, strict=True)
    return tuple(Wave(one, float(error), float(size), *peak) for one, error, size, peak in told)


def _errors(at: Floats, frequencies: Sequence[float], weights: Floats) -> Floats:
    """Give the standard error of each frequency of noise of variance 1, all others being fitted too."""
    turned = 2 * np.pi * np.outer(at, frequencies)
    slopes = 2 * np.pi * (at - at.mean())[:, None] * (weights[:, 1] * np.cos(turned) - weights[:, 0] * np.sin(turned))
    columns = _columns(at, frequencies)
    rest = slopes - columns @ np.linalg.lstsq(columns, slopes, rcond=None)[0]
    found: Floats = np.sqrt(np.maximum(np.diag(np.linalg.pinv(rest.T @ rest)), 0.0))
    return found


def _columns(at: Floats, frequencies: Sequence[float]) -> Floats:
    turned = 2 * np.pi * np.outer(at, frequencies)
    both = np.stack([np.cos(turned), np.sin(turned)], axis=2).reshape(len(at), -1)
    centred = at - at.mean()
    return np.column_stack([np.ones(len(at)), centred / max(np.abs(centred).max(), 1e-300), both])


def _left(at: Floats, value: Floats, frequency: float) -> float:
    """Give the squares that a level and a sinusoid leave."""
    turned = 2 * np.pi * frequency * at
    columns = np.stack([np.ones(len(at)), np.cos(turned), np.sin(turned)])
    gram, product = columns @ columns.T, columns @ value
    return float(value @ value - product @ np.linalg.lstsq(gram, product, rcond=None)[0])
