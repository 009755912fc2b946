"""Nearest neighbours: what is far from all that was learned is strange.

Ramaswamy, Rastogi & Shim 2000, SIGMOD; the mean of the distances is that of Angiulli & Pizzuti 2002, PKDD.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt

from .base import Detector, Floats, whole

DEEP = 10  # features up to which a tree is faster than all distances
_SLAB = 1024  # rows whose neighbours are looked at at a time


class NearestNeighbours(Detector):
    """Mean distance to the nearest rows that were learned.

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
    >>> NearestNeighbours().fit(rows).predict([[0, 0, 0], [6, 6, 6]])
    array([ 1, -1])
    """

    claims: ClassVar[frozenset[str]] = frozenset({"translation", "columns", "rows"})

    def __init__(self, neighbours: int = 20, *, alpha: float = 0.05, seed: int = 0) -> None:
        self.neighbours = neighbours
        self.alpha = alpha
        self.seed = seed

    def _learn(self, X: Floats) -> None:
        from sklearn.neighbors import NearestNeighbors

        count = min(whole(self.neighbours, "neighbours"), max(len(X) - 1, 1))
        self.middle_ = X.mean(axis=0)  # all distances of many rows go by squares, which an offset would spoil
        self.rows_ = X - self.middle_
        way = "brute" if X.shape[1] > DEEP else "auto"
        self.near_ = NearestNeighbors(n_neighbors=count, algorithm=way).fit(self.rows_)

    def _strange(self, X: Floats) -> Floats:
        rows = X - self.middle_
        return self._mean(rows, self.near_.kneighbors(rows, return_distance=False))

    def _strange_learned(self, X: Floats) -> Floats:
        return self._mean(self.rows_, self.near_.kneighbors(return_distance=False))

    def _mean(self, rows: Floats, places: npt.NDArray[np.intp]) -> Floats:
        """Give the mean distance of rows to those at places: by differences, so that it does not depend on other rows."""
        found = np.empty(len(rows))
        for at in range(0, len(rows), _SLAB):
            part = slice(at, at + _SLAB)
            apart = self.rows_[places[part]] - rows[part, None]
            found[part] = np.sqrt((apart * apart).sum(axis=-1)).mean(axis=-1)
        return found
