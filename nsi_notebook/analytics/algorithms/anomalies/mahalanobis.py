"""Mahalanobis distance: what is far from the mean, in units of the scatter in that direction, is strange.

The covariance is shrunk as Ledoit & Wolf 2004, J Multivar Anal 88:365, so that it can be inverted with few samples.
"""

from __future__ import annotations

from typing import ClassVar

from .base import Detector, Floats


class Mahalanobis(Detector):
    """Square of the distance of Mahalanobis, with the covariance of scikit-learn's `LedoitWolf`.

    Parameters
    ----------
    alpha : float
        Share of false alarms that is allowed.
    seed : int
        Of the choice of rows that calibrate.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.random.default_rng(0).normal(size=(400, 3))
    >>> Mahalanobis().fit(rows).predict([[0, 0, 0], [6, 6, 6]])
    array([ 1, -1])
    """

    claims: ClassVar[frozenset[str]] = frozenset({"translation", "columns", "rows"})

    def __init__(self, *, alpha: float = 0.05, seed: int = 0) -> None:
        self.alpha = alpha
        self.seed = seed

    def _learn(self, X: Floats) -> None:
        from sklearn.covariance import LedoitWolf

        self.middle_ = X.mean(axis=0)
        self.precision_ = LedoitWolf(assume_centered=True).fit(X - self.middle_).precision_

    def _strange(self, X: Floats) -> Floats:
        apart = X - self.middle_
        strange: Floats = ((apart @ self.precision_) * apart).sum(axis=1)
        return strange
