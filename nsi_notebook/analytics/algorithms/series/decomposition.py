"""A series taken apart into trend, season and rest by moving averages.

The classical decomposition (Macaulay 1931; Kendall & Stuart, The Advanced Theory of Statistics 3, chapter 46): the trend is the
moving average over one period, with half weights at both ends of an even one, and the season the mean of what is left at each
place of the period, brought to a mean of 0, or of 1 where it multiplies. It is that of R's `decompose`.

A missing sample is filled by the season at its place and a line between what its neighbours are without theirs; means of the
season are those of samples that there are. Filling and season are repeated until the season stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ....errors import SeriesError
from ..noise import Floats

ROUNDS = 50
ENOUGH = 1e-12  # of the spread: the season stays


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """What a series is made of.

    Parameters
    ----------
    filled : numpy array of float64, shape (n,)
        The series, with what is missing filled.
    trend : numpy array of float64, shape (n,)
        NaN within half a period of both ends.
    cycle : numpy array of float64, shape (period,)
        The season, from the first sample on.
    """

    filled: Floats
    trend: Floats
    cycle: Floats

    @property
    def season(self) -> Floats:
        """The season of each sample."""
        return np.resize(self.cycle, len(self.filled))


def decompose(value: Floats, period: int, *, multiplicative: bool = False) -> Parts:
    """Take a series in equal steps apart.

    Parameters
    ----------
    value : numpy array of float64, shape (n,)
        NaN where missing; at least two periods.
    period : int
        Samples, at least 2.
    multiplicative : bool
        The season multiplies; all values are above 0.

    Raises
    ------
    SeriesError
        If a place of the period has no sample where there is a trend.
    """
    there = ~np.isnan(value)
    spread = float(np.ptp(value[there])) or 1.0
    filled, cycle = between(value), np.zeros(period)
    for _ in range(ROUNDS):
        trend = moving_average(filled, period)
        rest = np.where(there, filled / trend if multiplicative else filled - trend, np.nan)
        before, cycle = cycle, _cycle(rest, period)
        cycle = cycle / cycle.mean() if multiplicative else cycle - cycle.mean()
        if there.all() or float(np.abs(cycle - before).max()) < ENOUGH * (1.0 if multiplicative else spread):
            break
        season = np.resize(cycle, len(value))
        filled = between(value / season) * season if multiplicative else between(value - season) + season
    return Parts(filled, trend, cycle)


def filled(value: Floats, periods: Sequence[int]) -> Floats:
    """Fill what is missing by the seasons of these periods, one after another, and lines between what is left."""
    season = np.zeros(len(value))
    whole = between(value)
    for period in periods:
        parts = decompose(value - season, period)
        whole, season = parts.filled + season, season + parts.season
    return whole


def between(value: Floats) -> Floats:
    """Draw lines over what is missing."""
    there = ~np.isnan(value)
    if there.all():
        return value
    place = np.arange(len(value))
    return np.where(there, value, np.interp(place, place[there], value[there]))


def moving_average(value: Floats, period: int) -> Floats:
    """Give the centred moving average over one period; NaN within half of one of both ends."""
    weights = np.ones(period) if period % 2 else np.concatenate([[0.5], np.ones(period - 1), [0.5]])
    half = period // 2
    found = np.full(len(value), np.nan)
    found[half : len(value) - half] = np.convolve(value, weights / period, "valid")
    return found


def _cycle(rest: Floats, period: int) -> Floats:
    """Give the mean at each place of the period, of what there is."""
    padded = np.append(rest, np.full(-len(rest) % period, np.nan)).reshape(-1, period)
    count = (~np.isnan(padded)).sum(axis=0)
    if not count.all():
        raise SeriesError(
            f"{int((count == 0).sum())} of {period} places of the period have no sample that counts", "a longer series"
        )
    found: Floats = np.nansum(padded, axis=0) / count
    return found
