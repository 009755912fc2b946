"""Cumulative sums: a series whose mean has changed is strange."""

from __future__ import annotations

from typing import Self

import numpy as np

from ..noise import long_runs
from .base import Floats
from .series import SeriesDetector, number


class Cusum(SeriesDetector):
    """Cumulative sums of what is above and below the mean before, in standard deviations, less a slack: an alarm of change.

    Sees a shift of the mean by more than twice the slack, soon, if some values were there before it. Is blind to single values, a
    lost season, and to what creeps so slowly that the mean follows. Of white noise there is one false alarm in some 70,000
    values; of noise that remembers there are many more, unless `memory` says how much it does, which `detect_series` measures.

    Parameters
    ----------
    slack : float, default 0.5
        Standard deviations that a value may be away: half of the shift that is to be seen.
    threshold : float, default 10
        Sum above which it says that the mean has changed, and begins anew with the next value.
    memory : float, optional
        Long-run variance of the noise over that of a value, by which the sums are scaled: `n / effective_n`. Default: 1, that of
        white noise; in `detect_series` that of the part that calibrates.
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
    changes = True
    usual, measured = "the mean", "standard deviations in sum"
    claims = frozenset({"translation", "units", "far"})

    def __init__(self, *, slack: float = 0.5, threshold: float = 10.0, memory: float | None = None, alpha: float = 0.01) -> None:
        self.slack = slack
        self.threshold = threshold
        self.memory = memory
        self.alpha = alpha

    def _arrays(self) -> dict[str, Floats]:
        number(self.slack, "slack", 0)
        number(self.threshold, "threshold", 0, open=True)
        number(1.0 if self.memory is None else self.memory, "memory", 1)
        return {"numbers": np.zeros(8)}

    def _settings(self) -> tuple[float, ...]:
        return self.slack, self.threshold, 1.0 if self.memory is None else self.memory

    def suited(self, values: Floats) -> Self:
        """Give a new one for series like this, which knows how long their noise remembers.

        Parameters
        ----------
        values : numpy array of float64, shape (n,)
            NaN is missing.
        """
        made = super().suited(values)
        if self.memory is None and np.nanmin(values) < np.nanmax(values):
            row = (values - np.nanmean(values)) / np.nanstd(values)
            _, variance, long_run = long_runs(row[None], 1, (1, 3))
            made.memory = float(long_run[0] / variance[0])
        return made

    @property
    def alarms(self) -> int:
        """How often it has said that the mean has changed."""
        self._ready()
        return int(self.arrays_["numbers"][-1])
