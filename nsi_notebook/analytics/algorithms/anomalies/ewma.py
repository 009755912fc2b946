"""Exponentially weighted mean: last values whose mean is far from that of all are strange."""

from __future__ import annotations

import numpy as np

from .base import Floats
from .series import SeriesDetector, number


class Ewma(SeriesDetector):
    """The weighted mean of the last values against the mean of all before, in its standard deviations.

    With `weight=1` it is the plain z of a value. Sees small shifts that last; the smaller the weight, the smaller and the later.
    Is blind to single values in the usual range, to changes of spread, and to a shift that is as old as all before it. What it
    takes the deviation of a weighted mean for holds of white noise; of other noise the scores are larger, and so are those
    that calibrate it.

    Parameters
    ----------
    weight : float, default 0.1
        Of the last value, above 0, 1 at most.
    alpha : float, default 0.01
        Share of false alarms.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=1000)
    >>> detector = Ewma().fit(noise)
    >>> detector.predict([0.0] * 3 + [2.0] * 7)
    array([ 1,  1,  1,  1,  1,  1, -1, -1, -1, -1])

    References
    ----------
    Roberts 1959, Technometrics 1:239; Welford 1962, Technometrics 4:419.
    """

    kernels = "ewma"
    usual, measured = "the mean", "standard deviations of the weighted mean"
    claims = frozenset({"translation", "units", "far"})

    def __init__(self, *, weight: float = 0.1, alpha: float = 0.01) -> None:
        self.weight = weight
        self.alpha = alpha

    def _arrays(self) -> dict[str, Floats]:
        number(self.weight, "weight", 0, 1, open=True)
        return {"numbers": np.zeros(7)}

    def _settings(self) -> tuple[float, ...]:
        return (self.weight,)
