"""Several detectors as one: the mean of their scores, each in units of its own spread.

An isolation forest sees what is strange as a whole, nearest neighbours what is strange for its place; which of the two a
set of data needs is not known beforehand, and their mean is less bad where one of them fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ....errors import OptionError
from .base import Detector, Floats


class Ensemble(Detector):
    """Mean of the scores of several detectors, less their mean and over their standard deviation among what was learned.

    Parameters
    ----------
    members : sequence of str or Detector
        Names of detectors that take tables, or such detectors; they take the seed of this one, if they are named.
    alpha : float
        Share of false alarms that is allowed.
    seed : int

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(400, 3))
    >>> Ensemble().fit(rows).predict([[0, 0, 0], [6, 6, 6]])
    array([ 1, -1])
    """

    claims: ClassVar[frozenset[str]] = frozenset()

    def __init__(
        self, members: Sequence[str | Detector] = ("isolation_forest", "knn"), *, alpha: float = 0.05, seed: int = 0
    ) -> None:
        self.members = members
        self.alpha = alpha
        self.seed = seed

    def _learn(self, X: Floats) -> None:
        self.members_ = [self._member(member).learn(X) for member in self.members]
        if not self.members_:
            raise OptionError("an ensemble without members", "at least one: members=('isolation_forest', 'knn')")
        own = [member._strange_learned(X) for member in self.members_]
        self.mean_ = np.array([scores.mean() for scores in own])
        spread = np.array([scores.std() for scores in own])
        self.spread_ = np.where(spread > 1e-12 * np.abs(self.mean_), spread, 1.0)

    def _strange(self, X: Floats) -> Floats:
        scores = np.stack([member._strange(X) for member in self.members_], axis=1)
        strange: Floats = ((scores - self.mean_) / self.spread_).mean(axis=1)
        return strange

    def _member(self, member: Any) -> Detector:
        from sklearn.base import clone

        from .registry import detector

        found = detector(member, seed=self.seed) if isinstance(member, str) else clone(member)
        if not isinstance(found, Detector):
            raise OptionError(f"{member!r:.80} cannot be a member of an ensemble", "detectors that take tables")
        return found
