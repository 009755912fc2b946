"""Seasonal robust z: what is far from the median at its phase of the period is strange."""

from __future__ import annotations

import numpy as np

from ....errors import OptionError
from .base import Floats
from .series import LONGEST, SeriesDetector, length


class SeasonalZ(SeriesDetector):
    """Distance from the median at the same phase of the last periods, in median absolute deviations of such distances.

    Sees a value that is usual, but not now; a season that is lost or late. Is blind to a season that changes over as many periods
    as are kept, and to a frozen sensor in a season that is hardly larger than the noise.

    Parameters
    ----------
    period : int
        Values in a period.
    cycles : int, default 10
        How many periods are kept.
    window : int, default 100
        How many of the last distances tell their deviation. There is no score in the first three periods and before so many
        distances are there.
    alpha : float, default 0.01
        Share of false alarms.

    Examples
    --------
    >>> day = np.sin(2 * np.pi * np.arange(2400) / 24) + np.random.default_rng(0).normal(scale=0.1, size=2400)
    >>> SeasonalZ(24).fit(day).predict([0.0, -0.5, 0.5])
    array([ 1, -1,  1])
    """

    kernels = "phases"
    waits = ("period", "window")
    usual, measured = "usual at this phase", "deviations"
    steady = True
    claims = frozenset({"translation", "units", "far"})

    def __init__(self, period: int = 24, *, cycles: int = 10, window: int = 100, alpha: float = 0.01) -> None:
        self.period = period
        self.cycles = cycles
        self.window = window
        self.alpha = alpha

    def _arrays(self) -> dict[str, Floats]:
        n, period, cycles = length(self.window, "window", 5), length(self.period, "period", 2), length(self.cycles, "cycles", 1)
        if period * cycles > LONGEST:
            raise OptionError(f"{cycles} periods of {period} are {period * cycles:,} values", f"{LONGEST:,} at most")
        cycle = np.zeros((period, cycles))
        return {"numbers": np.zeros(4), "ring": np.zeros(n), "rising": np.zeros(n), "cycle": cycle, "filled": np.zeros(period)}
