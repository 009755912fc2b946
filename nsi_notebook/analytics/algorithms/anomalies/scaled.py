"""A model behind the scaling of what it learns, so that units of measures do not matter."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from ....errors import NsiError
from ...core.levels import ROBUST
from .base import Detector

Floats = npt.NDArray[np.float64]


class Scaled:
    """A copy of a model behind the scaling of what it learns."""

    def __init__(self, scale: str, model: Any) -> None:
        self.scale, self.model = scale, clone(model)

    def learned(self, rows: Floats) -> Self:
        """Learn rows, and what they are scaled by."""
        self.middle, self.size = np.zeros(rows.shape[1]), np.ones(rows.shape[1])
        if self.scale == "standard":
            self.middle, self.size = rows.mean(axis=0), rows.std(axis=0)
        elif self.scale == "robust":
            self.middle, self.size = robust(rows)
        self.size = np.where(self.size > 0, self.size, 1.0)
        inner = (rows - self.middle) / self.size
        if isinstance(self.model, Detector):
            self.model.learn(inner)
        else:
            self.model.fit(inner)
        return self

    def strange(self, rows: Floats) -> Floats:
        """Score rows, higher being stranger."""
        inner = (rows - self.middle) / self.size
        if isinstance(self.model, Detector):
            return np.asarray(self.model._strange(inner), dtype=np.float64)
        scores = -np.asarray(self.model.score_samples(inner), dtype=np.float64)
        if scores.shape != (len(rows),):
            raise NsiError(f"{self.model!r:.80} gave scores of shape {scores.shape} for {len(rows)} samples")
        return scores


def robust(rows: Floats) -> tuple[Floats, Floats]:
    """Give median and spread of each column; of one that is mostly one value, the standard deviation."""
    median = np.nanmedian(rows, axis=0)
    spread = ROBUST * np.nanmedian(np.abs(rows - median), axis=0)
    return median, np.where(spread > 0, spread, np.nanstd(rows, axis=0))
