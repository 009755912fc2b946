"""Which period of the width of a peak it is, and which seasons are within one that is found.

A periodogram of length T has peaks of a width of about 1 / T: of ten weeks in hours, periods from 153 to 187 are in that of a
week. Which one it is, is told by how much its waves explain. How many waves it has is that number which explains most beyond 2
for each coefficient (Akaike's criterion); the waves of up to four are fitted with a line by least squares, as the nearest of the
periodogram are drawn by those of the negative frequency and by the line, and of more, which tell it better, the periodogram
counts. A period of the calendar is preferred where it is within the 99 % interval of the period (of the likelihood ratio), as
days and weeks are what it mostly is.

The sum of two seasons is one whose period is a multiple of both. They are named where they need fewer waves than it does, each of
which costs 2 log n (Schwarz's criterion).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ....voids.units import SECONDS
from ..along import YEAR
from ..noise import Floats

if TYPE_CHECKING:
    from .periods import Expected

CALENDAR = (60.0, 3600.0, 86_400.0, 604_800.0, YEAR)  # seconds of a minute, an hour, a day, a week, a year
OFF = 0.02  # of the number of samples: as years are no whole number of weeks, nor months of days
AS_WELL = 6.63  # of the likelihood ratio of one parameter, at 99 %
PRICE = 2.0  # of each coefficient
ENOUGH = 4  # periods, from which on two seasons are told from one
FEW = 4  # waves, up to which they are fitted


def calendar(step: float, per: str) -> tuple[int, ...]:
    """Give the periods of the calendar in samples, of steps in a unit of time.

    >>> calendar(3600.0, "s"), calendar(1.0, "h"), calendar(31 * 86_400.0, "s"), calendar(1.0, "sample")
    ((24, 168, 8766), (24, 168, 8766), (12,), ())
    """
    if per not in SECONDS:
        return ()
    seconds = step * SECONDS[per]
    told = [(round(one / seconds), one / seconds) for one in CALENDAR]
    return tuple(whole for whole, exact in told if whole >= 2 and abs(whole - exact) <= OFF * exact)


def refined(rest: Floats, there: npt.NDArray[np.bool_], period: int, powers: Sequence[Floats], noise: Expected,
            preferred: Sequence[int] = ()) -> int:  # fmt: skip
    """Give the period within the width of a peak that explains most.

    Parameters
    ----------
    rest : numpy array of float64, shape (n,)
        0 where missing.
    there : numpy array of bool, shape (n,)
    period : int
        In the peak.
    powers : sequence of numpy array of float64
        Periodogram at the harmonics of periods of 2, 3, ... samples.
    noise : Expected
    preferred : sequence of int
        Periods that are taken where they explain as well as the best.
    """
    n = len(rest)
    low = max(int(np.ceil(1 / (1 / period + 1 / n))), 2)
    high = min(n * period // max(n - period, 1), len(powers) + 1)
    if high <= low:
        return period
    harmonics = np.arange(1, period // 2 + 1)
    power = np.zeros((high - low + 1, len(harmonics)))
    for row, one in zip(power, powers[low - 2 : high - 1], strict=True):
        row[: len(one)] = one[: len(row)]
    expected = noise.at(harmonics / period)
    explained = np.cumsum(2 * power / expected, axis=1)
    waves = 1 + int(np.argmax(explained.max(axis=0) - PRICE * 2 * harmonics))
    strength = explained[:, waves - 1]
    if waves <= FEW:
        left = [_left(rest, there, one, min(waves, one // 2)) for one in range(low, high + 1)]
        strength = -np.array(left) / float(expected[:waves].mean())
    best = int(np.argmax(strength))
    as_well = [one for one in preferred if low <= one <= high and strength[best] - strength[one - low] < AS_WELL]
    return min(as_well, key=lambda one: abs(one - low - best), default=low + best)


def parts(period: int, power: Floats, noise: Expected, count: int) -> tuple[int, ...]:
    """Give the seasons of which one is made: two whose periods divide it, or itself.

    Parameters
    ----------
    period : int
    power : numpy array of float64
        Periodogram at its harmonics.
    noise : Expected
    count : int
        Samples.
    """
    if count < ENOUGH * period:  # what is left of a few cycles tells the noise badly
        return (period,)
    price = 2 * float(np.log(count))
    gain = 2 * power / noise.at(np.arange(1, len(power) + 1) / period) - price
    divisors = [one for one in range(2, period + 1) if period % one == 0]
    alone = {one: _gained(gain, period // one) for one in divisors}
    best, pair = max(total for total, _ in alone.values()) + price, tuple[int, ...]((period,))
    for first, second in permutations(divisors, 2):
        total, waves = alone[first]
        left = gain.copy()
        left[waves] = 0.0  # what one has costs the other nothing
        total += _gained(left, period // second)[0]
        if total > best:
            best, pair = total, (first, second)
    return tuple(sorted(pair))


def _gained(gain: Floats, every: int) -> tuple[float, slice]:
    """Give the most that the first waves of a season explain, and which they are."""
    total = np.cumsum(gain[every - 1 :: every])
    if not len(total) or not total.max() > 0:
        return 0.0, slice(0)
    return float(total.max()), slice(every - 1, every * (int(np.argmax(total)) + 1), every)


def _left(rest: Floats, there: npt.NDArray[np.bool_], period: int, waves: int) -> float:
    """Give the squares that a line and the waves of a period leave."""
    at = np.flatnonzero(there)
    angle = 2 * np.pi * np.outer(np.arange(1, waves + 1), at % period) / period
    columns = np.concatenate([[np.ones(len(at)), at / len(rest) - 0.5], np.cos(angle), np.sin(angle)])
    value = rest[there]
    product = columns @ value
    return float(value @ value - product @ np.linalg.lstsq(columns @ columns.T, product, rcond=None)[0])
