"""Robust z: what is far from the median of the last values is strange."""

from __future__ import annotations

import numpy as np

from .base import Floats
from .series import SeriesDetector, length


class RobustZ(SeriesDetector):
    """Distance from the median of the last values in their median absolute deviations (as standard deviations of a normal).

    Sees what is far out, one value or some in a row, as long as they are less than half of the window. Is blind to a wrong value
    in the usual range, a lost season, a frozen sensor; and what goes on for half a window is the usual. Where more than half of
    the values are the same, the mean absolute deviation takes the place of the median one.

    Parameters
    ----------
    window : int, default 200
        How many of the last values. There is no score before there are so many.
    alpha : float, default 0.01
        Share of false alarms.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=1000)
    >>> detector = RobustZ().fit(noise)
    >>> round(detector.score_one(12.0), 1), detector.predict([0.0, 12.0])
    (15.0, array([ 1, -1]))

    References
    ----------
    Iglewicz & Hoaglin 1993, How to detect and handle outliers.
    """

    kernels = "windows"
    waits = ("window",)
    usual, measured = "the median of the last values", "deviations"
    claims = frozenset({"translation", "units", "far"})

    def __init__(self, *, window: int = 200, alpha: float = 0.01) -> None:
        self.window = window
        self.alpha = alpha

    def _arrays(self) -> dict[str, Floats]:
        n = length(self.window, "window", 5)
        return {"numbers": np.zeros(3), "ring": np.zeros(n), "rising": np.zeros(n)}

    def _settings(self) -> tuple[float, ...]:
        return (0.0,)
