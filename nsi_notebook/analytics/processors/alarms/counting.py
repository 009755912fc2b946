"""How often something happens, from how often it did: the interval of a rate, and whether events come in bursts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

DAY = 86400 * 10**6
PARTS = 14  # of a time shorter than as many days
DRAWN = 1999
LEVEL = 0.05  # of the test for bursts


class Rate(NamedTuple):
    """How often events are expected in the time in which they were counted.

    Parameters
    ----------
    lower, upper : float
        Interval of the mean number.
    dispersion : float
        Variance of the counts of the parts of the time over their mean: 1 of a Poisson process, more of bursts; NaN of fewer
        than two.
    p : float
        Of the test that they come independently at one rate; NaN of fewer than two.
    """

    lower: float
    upper: float
    dispersion: float
    p: float

    @property
    def bursts(self) -> bool:
        """Whether they come in bursts."""
        return self.p < LEVEL


def garwood(count: float, level: float = 0.95) -> tuple[float, float]:
    """Give the exact interval of the mean of a Poisson distribution of which one count is known (Garwood, 1936).

    Examples
    --------
    >>> [round(end, 3) for end in garwood(0)], [round(end, 3) for end in garwood(10)]
    ([0.0, 3.689], [4.795, 18.39])
    """
    from scipy.stats import chi2

    tail = (1 - level) / 2
    return float(chi2.ppf(tail, 2 * count) / 2) if count else 0.0, float(chi2.ppf(1 - tail, 2 * count + 2) / 2)


def counted(times: Sequence[int], since: int, until: int, level: float = 0.95) -> Rate:
    """Give the interval of how many events are expected, wider where they come in bursts.

    The counts of days (or of a fourteenth of a shorter time) are compared with those of as many events that fall on these
    independently: the index of dispersion, its p by drawing. Where that is below 0.05, the interval is that of Garwood for so
    many independent events as carry as much: the count over the dispersion. Bursts longer than a day are only partly seen.

    Parameters
    ----------
    times : sequence of int
        Of the events, from since to until, microseconds.
    since, until : int
    level : float
        Of the interval.

    Examples
    --------
    >>> rate = counted([5 * DAY + hour * DAY // 24 for hour in range(10)], 0, 28 * DAY)
    >>> rate.bursts, round(rate.dispersion, 1), round(rate.upper)
    (True, 10.0, 56)
    """
    number = len(times)
    if number < 2:
        return Rate(*garwood(number, level), float("nan"), float("nan"))
    parts = max(PARTS, round((until - since) / DAY))
    place = (np.array(times, dtype=np.int64) - since) * parts // max(until - since, 1)
    counts = np.bincount(np.clip(place, 0, parts - 1), minlength=parts)
    dispersion = float(np.var(counts, ddof=1) / np.mean(counts))
    drawn = np.random.default_rng(0).multinomial(number, np.full(parts, 1 / parts), size=DRAWN)
    p = (1 + int(((drawn**2).sum(axis=1) >= (counts**2).sum()).sum())) / (DRAWN + 1)
    if p >= LEVEL:
        return Rate(*garwood(number, level), dispersion, p)
    low, high = garwood(number / dispersion, level)
    return Rate(low * dispersion, high * dispersion, dispersion, p)
