"""HBOS: what falls where the histograms of the features are low is strange.

Goldstein & Dengel 2012, Histogram-based Outlier Score, KI.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from .base import Detector, Floats, whole


class Hbos(Detector):
    """Sum over features of minus the logarithm of the density, that over the whole range being 1.

    Parameters
    ----------
    bins : int
        Of equal width, of each feature.
    floor : float
        Added to the density, so that an empty bin has a logarithm.
    alpha : float
        Share of false alarms that is allowed.
    seed : int
        Of the choice of rows that calibrate.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(400, 3))
    >>> Hbos().fit(rows).predict([[0, 0, 0], [6, 6, 6]])
    array([ 1, -1])
    """

    claims: ClassVar[frozenset[str]] = frozenset({"units", "columns", "rows"})

    def __init__(self, bins: int = 10, floor: float = 0.1, *, alpha: float = 0.05, seed: int = 0) -> None:
        self.bins = bins
        self.floor = floor
        self.alpha = alpha
        self.seed = seed

    def _learn(self, X: Floats) -> None:
        bins = whole(self.bins, "bins", 2)
        counted = [np.histogram(x, bins=bins) for x in X.T]
        self.edges_ = np.stack([edges for _, edges in counted])
        density = np.stack([count for count, _ in counted]) * bins / len(X)
        self.height_ = -np.log2(np.pad(density, ((0, 0), (1, 1))) + self.floor)  # empty outside

    def _strange(self, X: Floats) -> Floats:
        strange = np.zeros(len(X))
        for edges, height, x in zip(self.edges_, self.height_, X.T, strict=True):
            half = (edges[1] - edges[0]) / 2  # just outside is as good as inside
            near = np.searchsorted(edges, x, side="right")  # as they were counted: bins hold their lower edge
            near = np.where((x < edges[0]) & (x >= edges[0] - half), 1, near)
            near = np.where((x >= edges[-1]) & (x <= edges[-1] + half), len(edges) - 1, near)  # the last one both
            strange += height[near]
        return strange
