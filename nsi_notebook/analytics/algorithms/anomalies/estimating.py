"""What is found of a table, as scikit-learn asks for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils import Tags

from ....errors import OptionError
from .found import Anomalies
from .found_in_series import SeriesAnomalies

Floats = npt.NDArray[np.float64]


class NotLearnedError(OptionError, NotFittedError):
    """A detector is asked before it has learned: an error of ours, and the one that scikit-learn asks for."""


class Estimating(OutlierMixin, BaseEstimator):
    """Scores and predictions of what `detect` finds, so that pipelines and grids of scikit-learn take it."""

    alpha: float

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True  # a sample that misses a measure is left out, and counted
        return tags

    def detect(self, data: Any) -> Anomalies | SeriesAnomalies:
        """Find what is strange."""
        raise NotImplementedError

    def score_samples(self, data: Any) -> Floats:
        """Give how normal samples are, higher being more so; NaN of those that miss a measure.

        Parameters
        ----------
        data : as `detect` takes it
        """
        return -self._asked(data).score

    def decision_function(self, data: Any) -> Floats:
        """Give the p-value less alpha, or rather less the next number above it: below 0 of what is flagged, and of nothing else.

        Parameters
        ----------
        data : as `detect` takes it
        """
        adjusted = self._asked(data).adjusted
        return adjusted - float(np.nextafter(self.alpha, 1.0))

    def predict(self, data: Any) -> npt.NDArray[np.int64]:
        """Give -1 for anomalies, and 1 for others and for samples that miss a measure.

        Of samples that were learned p is too large, so that `fit_predict` flags fewer than alpha.

        Parameters
        ----------
        data : as `detect` takes it
        """
        return np.where(self._asked(data).flag, -1, 1)

    def _asked(self, data: Any) -> Anomalies:
        found = self.detect(data)
        if not isinstance(found, Anomalies):
            raise OptionError(f"{found.method} judges series, one sample after another", "detect(series)")
        return found
