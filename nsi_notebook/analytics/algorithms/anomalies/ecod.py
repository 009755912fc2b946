"""ECOD: what is far out in the tail of each feature is strange.

Li, Zhao, Hu, Botta, Ionescu & Chen 2022, ECOD, IEEE Trans Knowl Data Eng.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from .base import Detector, Floats


class Ecod(Detector):
    """Sum over features of the logarithm of the smaller tail, or of that on the side to which the feature is skewed.

    A row is scored beside the rows that were learned, alone: the score does not depend on what else is asked.

    Parameters
    ----------
    alpha : float
        Share of false alarms that is allowed.
    seed : int
        Of the choice of rows that calibrate.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(400, 3))
    >>> Ecod().fit(rows).predict([[0, 0, 0], [6, 6, 6]])
    array([ 1, -1])
    """

    claims: ClassVar[frozenset[str]] = frozenset({"translation", "units", "columns", "rows"})

    def __init__(self, *, alpha: float = 0.05, seed: int = 0) -> None:
        self.alpha = alpha
        self.seed = seed

    def _learn(self, X: Floats) -> None:
        self.sorted_ = np.sort(X, axis=0)
        apart = X - X.mean(axis=0)
        third = (apart**3).sum(axis=0)
        rounding = 1e-9 * (np.abs(apart) ** 3).sum(axis=0)
        self.skew_ = np.where(np.abs(third) > rounding, np.sign(third), 0.0)

    def _strange(self, X: Floats) -> Floats:
        n = len(self.sorted_)
        strange = np.zeros(len(X))
        for column, skew, x in zip(self.sorted_.T, self.skew_, X.T, strict=True):
            left = -np.log((1 + np.searchsorted(column, x, side="right")) / (n + 1))
            right = -np.log((1 + n - np.searchsorted(column, x, side="left")) / (n + 1))
            tail = left if skew < 0 else right if skew > 0 else left + right
            strange += np.maximum(np.maximum(left, right), tail)
        return strange
