"""Hampel's identifier: what stands out of the few values before it is strange."""

from __future__ import annotations

import numpy as np

from ....errors import OptionError
from .base import Floats
from .series import SeriesDetector, length


class Hampel(SeriesDetector):
    """Hampel's identifier of single spikes, which looks back only: the value is one of its own short window.

    Sees spikes on a level that moves, where `RobustZ` with its long window does not. Is blind to what lasts for half of the
    window, and to all that `RobustZ` is blind to.

    Parameters
    ----------
    window : int, default 11
        Odd: how many of the last values, with the one that is scored.
    alpha : float, default 0.01
        Share of false alarms.

    Examples
    --------
    >>> slope = np.arange(300.0) + np.random.default_rng(0).normal(size=300)
    >>> Hampel().fit(slope).predict([300.0, 330.0, 302.0])
    array([ 1, -1,  1])

    References
    ----------
    Davies & Gather 1993, J Am Stat Assoc 88:782.
    """

    kernels = "windows"
    waits = ("window",)
    usual, measured = "the median of the last values", "deviations"
    claims = frozenset({"translation", "units", "far"})

    def __init__(self, *, window: int = 11, alpha: float = 0.01) -> None:
        self.window = window
        self.alpha = alpha

    def _arrays(self) -> dict[str, Floats]:
        n = length(self.window, "window", 5)
        if n % 2 == 0:
            raise OptionError(f"window is {n}", f"an odd number, as {n + 1}")
        return {"numbers": np.zeros(3), "ring": np.zeros(n - 1), "rising": np.zeros(n - 1)}

    def _settings(self) -> tuple[float, ...]:
        return (1.0,)
