"""What rules compare, over the time that is looked at, for the figure of a backtest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...core.series import Series

BINS = 1500  # of the time, for a figure


class Course(NamedTuple):
    """The least and the greatest of what a rule compares of a series in each part of the time, for its figure."""

    series: Series
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]

    @classmethod
    def empty(cls, series: Series) -> Course:
        """Give one of which nothing was compared so far."""
        return cls(series, np.full(BINS, np.nan), np.full(BINS, np.nan))

    def take(self, trace: Sequence[tuple[int, float]], begin: int, end: int) -> None:
        """Keep the least and the greatest of each part of the time from a begin to an end."""
        time, value = np.array([each[0] for each in trace]), np.array([each[1] for each in trace])
        place = np.minimum((time - begin) * BINS // max(end - begin, 1), BINS - 1)
        np.fmin.at(self.low, place, value)
        np.fmax.at(self.high, place, value)
