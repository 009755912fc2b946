"""Local outlier factor: what lies sparser than its neighbours do is strange.

Breunig, Kriegel, Ng & Sander 2000, LOF, SIGMOD.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from .base import Detector, Floats, whole


class LocalOutlierFactor(Detector):
    """Local outlier factor; that of scikit-learn with `novelty=True`.

    Parameters
    ----------
    neighbours : int
        How many; all but one, if there are no more.
    alpha : float
        Share of false alarms that is allowed.
    seed : int
        Of the choice of rows that calibrate.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(400, 3))
    >>> LocalOutlierFactor().fit(rows).predict([[0, 0, 0], [6, 6, 6]])
    array([ 1, -1])
    """

    claims: ClassVar[frozenset[str]] = frozenset({"translation", "columns", "rows"})

    def __init__(self, neighbours: int = 50, *, alpha: float = 0.05, seed: int = 0) -> None:
        self.neighbours = neighbours
        self.alpha = alpha
        self.seed = seed

    def _learn(self, X: Floats) -> None:
        from sklearn import neighbors

        count = min(whole(self.neighbours, "neighbours"), max(len(X) - 1, 1))
        self.middle_ = X.mean(axis=0)
        self.factor_ = neighbors.LocalOutlierFactor(n_neighbors=count, novelty=True).fit(X - self.middle_)

    def _strange(self, X: Floats) -> Floats:
        return -np.asarray(self.factor_.score_samples(X - self.middle_), dtype=np.float64)

    def _strange_learned(self, X: Floats) -> Floats:
        return -np.asarray(self.factor_.negative_outlier_factor_, dtype=np.float64)
