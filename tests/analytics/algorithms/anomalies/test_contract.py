"""Every detector that there is keeps the contract, and the contract finds what breaks it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.utils.estimator_checks import check_estimator

from nsi_notebook.analytics.algorithms.anomalies.base import StreamDetector
from nsi_notebook.analytics.algorithms.anomalies.contract import check_detector
from nsi_notebook.analytics.algorithms.anomalies.knn import NearestNeighbours
from nsi_notebook.analytics.algorithms.anomalies.mahalanobis import Mahalanobis
from nsi_notebook.analytics.algorithms.anomalies.registry import STREAMS, TABLES, detector, methods
from nsi_notebook.errors import DetectorError, OptionError, UnknownNameError

FEW = detector("isolation_forest", n_estimators=8)  # trees: the checks fit some hundred times
SMALL = {"isolation_forest": FEW, "ensemble": detector("ensemble", members=(FEW, "knn"))}
QUICK = {"isolation_forest": FEW, "ensemble": detector("ensemble", members=("mahalanobis", "ecod"))}


@pytest.mark.parametrize("name", [*TABLES, *STREAMS])
def test_it_keeps_the_contract(name):
    check_detector(SMALL.get(name) or detector(name))


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.filterwarnings("ignore:Duplicate values:UserWarning")  # of scikit-learn's LOF, in scikit-learn's checks
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")  # of arrays that are not NumPy's
def test_it_passes_the_checks_of_scikit_learn(name):
    check_estimator(QUICK.get(name) or detector(name))


class Wander(StreamDetector):
    """Its score depends on how often it was asked."""

    def __init__(self, *, alpha=0.05):
        self.alpha = alpha

    def _begin(self):
        self.sum_, self.count_ = 0.0, 0

    def _score_one(self, x):
        self.count_ += 1
        return abs(x) + self.count_

    def _learn_one(self, x):
        self.sum_ += x


class Crowd(Mahalanobis):
    """Its score depends on what else is asked."""

    def _strange(self, X):
        return super()._strange(X) - X.mean()


class Ranked(NearestNeighbours):
    """It claims too much."""

    claims = frozenset({"units"})


class Open(Mahalanobis):
    """It cannot be pickled."""

    def _learn(self, X):
        super()._learn(X)
        self.away_ = lambda x: x


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (Open(), "cannot be pickled"),
        (Wander(), "score_one asked again"),
        (Crowd(), "one by one"),
        (Ranked(), "other units"),
        (3, "is no"),
    ],
)
def test_what_breaks_it_is_named(broken, said):
    with pytest.raises(DetectorError, match=said):
        check_detector(broken)


def test_names_are_told_and_unknown_ones_refused():
    assert set(methods()) == {*TABLES, *STREAMS}
    assert all(said.endswith(".") for said in methods().values())
    with pytest.raises(UnknownNameError, match="did you mean 'knn'"):
        detector("knnn")
    with pytest.raises(OptionError, match="did you mean 'neighbours'"):
        detector("knn", neighbors=4)


def test_small_samples_flag_nothing():
    rows = np.random.default_rng(0).normal(size=(12, 2))
    found = Mahalanobis(alpha=0.05).fit(rows)
    assert found.offset_ == -np.inf
    assert (found.predict(100 + rows) == 1).all()
