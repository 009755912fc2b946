"""What rules compare, over the time that is looked at, for the figure of a backtest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...core.batch import Batch
from ...core.series import Series
from .conditions import condition
from .rules import Rule

BINS = 1500  # of the time, for a figure


class Course(NamedTuple):
    """The least and the greatest of what a rule compares of a series in each part of the time, for its figure."""

    series: Series
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]


class Taken:
    """Takes what a rule compares of a series, batch by batch."""

    def __init__(self, rule: Rule, series: Series) -> None:
        self.rule, self.course = rule, Course(series, np.full(BINS, np.nan), np.full(BINS, np.nan))
        self.condition = condition(rule) if rule.kind in ("change", "rate", "anomaly") else None

    def take(self, batch: Batch, begin: int, end: int) -> None:
        """Keep the least and the greatest of each part of the time."""
        if self.course.series not in batch.series:
            return
        here = np.flatnonzero((batch.code == batch.series.index(self.course.series)) & ~np.isnan(batch.value))
        here = here[np.argsort(batch.time[here], kind="stable")]
        time, value = batch.time[here], batch.value[here]
        if self.condition is not None:
            found = [self.condition.measure(*each) for each in zip(time.tolist(), value.tolist(), strict=True)]
            value = np.array([np.nan if each is None else each for each in found], dtype=float)
        place = np.minimum((time - begin) * BINS // max(end - begin, 1), BINS - 1)
        np.fmin.at(self.course.low, place, value)
        np.fmax.at(self.course.high, place, value)
