"""Principal components: what is far out along them, or far off from all of them, is strange.

The score is the distance in probabilistic principal component analysis (Tipping & Bishop 1999, J R Stat Soc B 61:611).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ....errors import OptionError
from .base import Detector, Floats

FLAT = 1e-12  # of the largest variance: below it there is none


class PrincipalComponents(Detector):
    """Square of the distance from the mean, each of the leading components over its variance, the rest over its mean variance.

    Parameters
    ----------
    explained : float
        Share of the variance that the leading components have at least.
    alpha : float
        Share of false alarms that is allowed.
    seed : int
        Of the choice of rows that calibrate.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(400, 3))
    >>> PrincipalComponents().fit(rows).predict([[0, 0, 0], [6, 6, 6]])
    array([ 1, -1])
    """

    claims: ClassVar[frozenset[str]] = frozenset({"translation", "columns", "rows"})

    def __init__(self, explained: float = 0.9, *, alpha: float = 0.05, seed: int = 0) -> None:
        self.explained = explained
        self.alpha = alpha
        self.seed = seed

    def _learn(self, X: Floats) -> None:
        from sklearn.decomposition import PCA

        if not 0 < self.explained <= 1:
            raise OptionError(f"explained is {self.explained!r:.80}", "a share of the variance, above 0 and up to 1")
        self.middle_ = X.mean(axis=0)
        found = PCA(svd_solver="full").fit(X - self.middle_)
        variance = found.explained_variance_
        variance = np.maximum(variance, FLAT * variance[0]) if variance[0] > 0 else np.ones_like(variance)
        share = np.cumsum(variance) / variance.sum()
        leading = int(np.searchsorted(share, self.explained * (1 - 1e-9))) + 1
        self.components_ = found.components_[:leading]
        self.variance_ = variance[:leading]
        rest = X.shape[1] - leading
        total = float(variance[leading:].sum())
        self.rest_ = max(total / rest, FLAT * float(variance[0])) if rest else np.inf

    def _strange(self, X: Floats) -> Floats:
        apart = X - self.middle_
        along = apart @ self.components_.T
        off = apart - along @ self.components_
        strange: Floats = (along**2 / self.variance_).sum(axis=1) + (off**2).sum(axis=1) / self.rest_
        return strange
