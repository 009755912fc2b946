"""Isolation forest: what few random cuts tell apart from the rest is strange.

Liu, Ting & Zhou 2008, Isolation Forest, ICDM. scikit-learn grows the trees; they are then kept as arrays, so that one row
takes microseconds.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from .base import Detector, Floats, whole


class IsolationForest(Detector):
    """Isolation forest; the score of scikit-learn's.

    Parameters
    ----------
    n_estimators : int
        Trees.
    max_samples : int
        Of each tree at most.
    alpha : float
        Share of false alarms that is allowed.
    seed : int

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(400, 3))
    >>> IsolationForest().fit(rows).predict([[0, 0, 0], [6, 6, 6]])
    array([ 1, -1])
    """

    claims: ClassVar[frozenset[str]] = frozenset({"units"})

    def __init__(self, n_estimators: int = 100, max_samples: int = 256, *, alpha: float = 0.05, seed: int = 0) -> None:
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.alpha = alpha
        self.seed = seed

    def _learn(self, X: Floats) -> None:
        from sklearn import ensemble

        most = min(whole(self.max_samples, "max_samples", 2), len(X))
        trees = whole(self.n_estimators, "n_estimators")
        forest = ensemble.IsolationForest(n_estimators=trees, max_samples=most, random_state=self.seed).fit(X)
        grown = [tree.tree_ for tree in forest.estimators_]
        begin = np.cumsum([0] + [tree.node_count for tree in grown])
        child = [np.stack([tree.children_left, tree.children_right], axis=1) for tree in grown]
        self.child_ = np.concatenate([np.where(c < 0, -1, c + at) for c, at in zip(child, begin, strict=False)])
        self.feature_ = np.concatenate([np.maximum(tree.feature, 0) for tree in grown])
        self.threshold_ = np.concatenate([tree.threshold for tree in grown])
        self.length_ = np.concatenate([tree.compute_node_depths() - 1 + _mean_path(tree.n_node_samples) for tree in grown])
        self.roots_ = begin[:-1].astype(np.int64)
        self.whole_ = trees * float(_mean_path(np.array([most]))[0])

    def _strange(self, X: Floats) -> Floats:
        from ..kernels.forest import add_paths

        depth = np.zeros(len(X))
        rows = np.ascontiguousarray(X, dtype=np.float32)
        add_paths(rows, self.feature_, self.threshold_, self.child_, self.length_, self.roots_, depth)
        strange: Floats = 2.0 ** (-depth / self.whole_)
        return strange


def _mean_path(count: np.ndarray) -> Floats:
    """Mean length of an unsuccessful search in a binary tree of so many values (equation 1 of the paper)."""
    n = np.asarray(count, dtype=np.float64)
    many = np.maximum(n, 3.0)
    path = 2 * (np.log(many - 1) + np.euler_gamma) - 2 * (many - 1) / many
    return np.where(n <= 1, 0.0, np.where(n == 2, 1.0, path))
