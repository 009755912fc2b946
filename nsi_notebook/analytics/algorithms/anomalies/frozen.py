"""Frozen value: a value that has stayed the same for long is strange."""

from __future__ import annotations

import numpy as np

from .base import Floats
from .series import SeriesDetector, number


class Frozen(SeriesDetector):
    """Length of the run of identical values that a value ends: a sensor that is stuck.

    What length is strange is learned: the scores that calibrate it are the lengths of runs in the series that it is fitted to, so
    that of coarse readings, which repeat, it takes longer ones. Is blind to all but that, also to a stuck sensor whose noise goes
    on. As lengths are whole numbers, p <= alpha is rarer than alpha, and where no value comes twice it never is.

    Parameters
    ----------
    within : float, default 0
        How far from the first of a run a value may be, in the unit of the values.
    alpha : float, default 0.01
        Share of false alarms.

    Examples
    --------
    >>> coarse = np.round(np.random.default_rng(0).normal(size=2000))
    >>> detector = Frozen().fit(coarse)
    >>> detector.predict([2.0] * 8)
    array([ 1,  1,  1,  1, -1, -1, -1, -1])
    """

    kernels = "runs"
    usual, measured = "the value before", "in a row"
    claims = frozenset({"translation"})

    def __init__(self, *, within: float = 0.0, alpha: float = 0.01) -> None:
        self.within = within
        self.alpha = alpha

    def _arrays(self) -> dict[str, Floats]:
        number(self.within, "within", 0)
        return {"numbers": np.zeros(4)}

    def _settings(self) -> tuple[float, ...]:
        return (self.within,)
