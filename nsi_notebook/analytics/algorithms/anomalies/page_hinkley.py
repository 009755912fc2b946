"""Page and Hinkley's test: a series whose mean has changed, in its own unit, is strange."""

from __future__ import annotations

import numpy as np

from .base import Floats
from .series import SeriesDetector, length, number


class PageHinkley(SeriesDetector):
    """Page and Hinkley's alarm of a changed mean, as River has it: no reference, and all in the unit of the values.

    Sees a shift that lasts, as `Cusum` does, and has the same blind spots; it is to be told how large a change is. Its p-values
    are not calibrated: with a small delta the sum is a random walk, and to forget eats up a large one. With `forget=1` and delta
    half the long-run standard deviation they are, as it then is a CUSUM.

    Parameters
    ----------
    delta : float, default 0.005
        Difference from the mean that is none.
    threshold : float, default 50
        Sum of differences above which it says that the mean has changed, and begins anew with the next value.
    forget : float, default 0.9999
        What is left of a sum from value to value.
    after : int, default 30
        Value from which on it may say so.
    alpha : float, default 0.01
        Share of false alarms, of the scores as of those of other detectors.

    Examples
    --------
    >>> detector = PageHinkley(delta=0.5, threshold=10)
    >>> noise = np.random.default_rng(0).normal(size=600)
    >>> scores, _ = detector.replay(noise + 2 * (np.arange(600) >= 400))
    >>> np.flatnonzero(scores > detector.threshold)
    array([406])

    References
    ----------
    Page 1954, Biometrika 41:100; Gama et al. 2014, ACM Comput Surv 46:44.
    """

    kernels = "hinkley"
    changes = drifts = True
    usual, measured = "the mean", "in sum"
    claims = frozenset({"translation", "far"})

    def __init__(
        self, *, delta: float = 0.005, threshold: float = 50.0, forget: float = 0.9999, after: int = 30, alpha: float = 0.01
    ) -> None:
        self.delta = delta
        self.threshold = threshold
        self.forget = forget
        self.after = after
        self.alpha = alpha

    def _arrays(self) -> dict[str, Floats]:
        number(self.delta, "delta", 0)
        number(self.threshold, "threshold", 0, open=True)
        number(self.forget, "forget", 0, 1, open=True)
        length(self.after, "after", 1)
        return {"numbers": np.zeros(8)}

    def _settings(self) -> tuple[float, ...]:
        return self.delta, self.threshold, self.forget, self.after

    @property
    def alarms(self) -> int:
        """How often it has said that the mean has changed."""
        self._ready()
        return int(self.arrays_["numbers"][-1])
