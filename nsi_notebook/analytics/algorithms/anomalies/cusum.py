"""Cumulative sums: a series whose mean has changed is strange."""

from __future__ import annotations

import numpy as np

from .base import Floats
from .series import SeriesDetector, number


class Cusum(SeriesDetector):
    """Cumulative sums of what is above and below the mean before, in standard deviations, less a slack: an alarm of change.

    Sees a shift of the mean by more than twice the slack, soon, if some values were there before it. Is blind to single values, a
    lost season, and to what creeps so slowly that the mean follows. Of white noise there is one false alarm in some 70,000
    values; noise that remembers makes higher sums, and a threshold that is told by `alpha` allows for that.

    Parameters
    ----------
    slack : float, default 0.5
        Standard deviations that a value may be away: half of the shift that is to be seen.
    threshold : float, default 10
        Sum above which it says that the mean has changed, and begins anew with the next value.
    alpha : float, default 0.01
        Share of false alarms, of the scores as of those of other detectors.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=600)
    >>> detector = Cusum()
    >>> scores, _ = detector.replay(noise + 1.5 * (np.arange(600) >= 400))
    >>> np.flatnonzero(scores > detector.threshold)
    array([409])

    References
    ----------
    Page 1954, Biometrika 41:100; Hawkins 1987, The Statistician 36:299 (self-starting).
    """

    kernels = "cusum"
    usual, measured = "the mean", "standard deviations in sum"
    claims = frozenset({"translation", "units", "far"})

    def __init__(self, *, slack: float = 0.5, threshold: float = 10.0, alpha: float = 0.01) -> None:
        self.slack = slack
        self.threshold = threshold
        self.alpha = alpha

    def _arrays(self) -> dict[str, Floats]:
        number(self.slack, "slack", 0)
        number(self.threshold, "threshold", 0, open=True)
        return {"numbers": np.zeros(8)}

    def _settings(self) -> tuple[float, ...]:
        return self.slack, self.threshold

    @property
    def alarms(self) -> int:
        """How often it has said that the mean has changed."""
        self._ready()
        return int(self.arrays_["numbers"][-1])
