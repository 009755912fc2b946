"""Half-space trees, of River: a value where few were is strange."""

from __future__ import annotations

from math import sqrt, tanh
from typing import Any

import numpy as np

from ....errors import MissingExtraError
from .base import Floats, StreamDetector
from .series import SeriesDetector, length

MISSING, LEARNED, MEAN, SQUARES = range(4)  # of the numbers


class HalfSpaceTrees(SeriesDetector):
    """River's half-space trees: how few of a window were near a value.

    Trees cut the range from 0 to 1, into which values go by the logistic function of their standard score among those before: the
    least and the largest before would be moved for good by one value far out, and all others then lie in one leaf.

    Sees values where few were, also in gaps of the range. Is blind to all that depends on the order of values. It is slow: a
    point takes some 20 microseconds, and needs the extra `river`.

    Parameters
    ----------
    trees : int, default 10
        How many.
    height : int, default 8
        Of each.
    window : int, default 250
        Values that are counted before the counts are used; there is no score in the first window.
    seed : int, default 0
        Of the trees.
    alpha : float, default 0.01
        Share of false alarms.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=1000)
    >>> detector = HalfSpaceTrees(window=100).fit(noise)
    >>> detector.score_one(9.0) > detector.score_one(0.0)
    True

    References
    ----------
    Tan, Ting & Liu 2011, IJCAI 22:1511.
    """

    model_: Any
    replay = StreamDetector.replay  # there are no kernels
    waits = ("window",)
    usual, measured = "there", "of 1"

    def __init__(self, *, trees: int = 10, height: int = 8, window: int = 250, seed: int = 0, alpha: float = 0.01) -> None:
        self.trees = trees
        self.height = height
        self.window = window
        self.seed = seed
        self.alpha = alpha

    def _arrays(self) -> dict[str, Floats]:
        trees, height = length(self.trees, "trees", 1), length(self.height, "height", 1)
        length(self.window, "window", 2)
        length(self.seed, "seed", 0)
        return {"numbers": np.zeros(4), "masses": np.zeros((2, trees, 2 ** (height + 1) - 1))}

    def _take(self, arrays: dict[str, Floats]) -> None:
        try:
            from river.anomaly import HalfSpaceTrees as Trees
        except ImportError as error:
            raise MissingExtraError("HalfSpaceTrees", "river", "river") from error
        self.arrays_ = arrays
        self.model_ = Trees(n_trees=self.trees, height=self.height, window_size=self.window, seed=self.seed)
        self.model_.learn_one({"x": 0.5})  # makes the trees, whose counts are put back
        learned = int(arrays["numbers"][LEARNED])
        self.model_.counter, self.model_._first_window = learned % self.window, learned < self.window
        for tree, latest, counted in zip(self.model_.trees, *arrays["masses"].tolist(), strict=True):
            for node, l_mass, r_mass in zip(tree.iter_dfs(), latest, counted, strict=True):
                node.l_mass, node.r_mass = int(l_mass), int(r_mass)

    def _scaled(self, x: float) -> dict[str, float]:
        _, learned, mean, squares = self.arrays_["numbers"].tolist()
        if not squares > 0:
            return {"x": 0.5 + 0.5 * ((x > mean) - (x < mean))}
        return {"x": 0.5 + 0.5 * tanh((x - mean) / sqrt(squares / learned) / 2)}

    def _score_one(self, x: float) -> float:
        known = self.arrays_["numbers"][LEARNED] >= self.window
        return float(self.model_.score_one(self._scaled(float(x)))) if known else np.nan

    def _miss_one(self) -> None:
        self.arrays_["numbers"][MISSING] += 1

    def _learn_one(self, x: float) -> None:
        numbers = self.arrays_["numbers"]
        numbers[LEARNED] += 1
        off = x - numbers[MEAN]
        numbers[MEAN] += off / numbers[LEARNED]
        numbers[SQUARES] += off * (x - numbers[MEAN])
        self.model_.learn_one(self._scaled(float(x)))

    def expected_one(self, x: float) -> float:
        """Give NaN: what counts values expects none.

        Parameters
        ----------
        x : float
            Not used.
        """
        return np.nan

    def state(self) -> dict[str, Any]:
        """Give all that it knows as arrays: options, counts of the trees, and scores that calibrated it."""
        self._ready()
        masses = [[(node.l_mass, node.r_mass) for node in tree.iter_dfs()] for tree in self.model_.trees]
        self.arrays_["masses"][:] = np.moveaxis(np.array(masses, dtype=np.float64), -1, 0)
        return super().state()
