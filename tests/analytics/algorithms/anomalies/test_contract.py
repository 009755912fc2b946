"""Every detector that there is keeps the contract, and the contract finds what breaks it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from nsi_notebook.analytics.algorithms.anomalies.base import StreamDetector
from nsi_notebook.analytics.algorithms.anomalies.contract import check_detector
from nsi_notebook.analytics.algorithms.anomalies.knn import NearestNeighbours
from nsi_notebook.analytics.algorithms.anomalies.mahalanobis import Mahalanobis
from nsi_notebook.analytics.algorithms.anomalies.registry import STREAMS, TABLES, detector, methods
from nsi_notebook.errors import DetectorError, NsiWarning, OptionError, UnknownNameError

FEW = detector("isolation_forest", n_estimators=8)  # trees: the checks fit some hundred times
SMALL = {"isolation_forest": FEW, "ensemble": detector("ensemble", members=(FEW, "knn"))}
QUICK = {"isolation_forest": FEW, "ensemble": detector("ensemble", members=("mahalanobis", "ecod"))}


@pytest.mark.parametrize("name", [*TABLES, *STREAMS])
def test_it_keeps_the_contract(name):
    check_detector(SMALL.get(name) or detector(name))


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.filterwarnings("ignore:Duplicate values:UserWarning")  # of scikit-learn's LOF, in scikit-learn's checks
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")  # of arrays that are not NumPy's
@pytest.mark.filterwarnings("ignore:nothing will be flagged:nsi_notebook.errors.NsiWarning")  # its checks fit some ten rows
def test_it_passes_the_checks_of_scikit_learn(name):
    check_estimator(QUICK.get(name) or detector(name))


COLUMNS = (  # their data has several columns, and a series is one
    "check_dict_unchanged check_dont_overwrite_parameters check_dtype_object check_f_contiguous_array_estimator "
    "check_fit2d_predict1d check_n_features_in check_n_features_in_after_fitting check_outliers_fit_predict check_outliers_train"
)
OTHERS = (  # another order of a series has other scores; values are one-dimensional, may be missing; words of errors are our own
    "check_methods_sample_order_invariance check_methods_subset_invariance check_fit1d check_fit2d_1feature check_fit2d_1sample "
    "check_complex_data check_estimators_empty_data_messages check_estimator_sparse_array check_estimator_sparse_matrix "
    "check_estimator_sparse_tag"
)


@pytest.mark.parametrize("name", ["novelty", "cusum"])
@pytest.mark.filterwarnings("ignore:nothing will be flagged:nsi_notebook.errors.NsiWarning")  # its checks fit some ten rows
def test_of_the_checks_of_scikit_learn_series_fail_those_of_tables(name):
    told = check_estimator(detector(name), on_skip=None, on_fail=None)
    passed = {one["check_name"] for one in told if one["status"] == "passed"}
    assert {one["check_name"] for one in told if one["status"] == "failed"} == {*COLUMNS.split(), *OTHERS.split()}
    assert {"check_estimator_cloneable", "check_get_params_invariance", "check_pipeline_consistency"} <= passed
    assert {"check_fit_idempotent", "check_estimators_pickle", "check_estimators_unfitted", "check_set_params"} <= passed


@pytest.mark.parametrize("name", STREAMS)
def test_series_are_taken_by_pipelines_and_grids_of_scikit_learn(name):
    x = np.random.default_rng(0).normal(size=(800, 1))
    made = make_pipeline(StandardScaler(), detector(name, alpha=0.05))
    piped = clone(made).fit(x)
    alone = detector(name, alpha=0.05).fit(StandardScaler().fit_transform(x))
    np.testing.assert_array_equal(piped.predict(x), alone.predict(piped[0].transform(x)))
    step = made.steps[-1][0]
    assert clone(made).set_params(**{f"{step}__alpha": 0.2})[-1].alpha == 0.2
    grid = GridSearchCV(detector(name), {"alpha": [0.01, 0.1]}, scoring=lambda model, X: (model.predict(X) > 0).mean(), cv=2)
    assert grid.fit(x).best_params_["alpha"] in (0.01, 0.1)


@pytest.mark.parametrize("name", [*TABLES, *STREAMS])
def test_outliers_are_those_below_zero_also_of_ties(name):
    rng = np.random.default_rng(0)
    learned, asked = rng.integers(0, 4, size=(2, 400, 1)).astype(float)
    model = clone(SMALL.get(name) or detector(name)).fit(learned)
    for alpha in (0.05, 0.1, 0.3, 1 - 0.9):
        model.set_params(alpha=alpha)._calibrated(model.calibration_)
        out = model.predict(asked) == -1
        np.testing.assert_array_equal(model.decision_function(asked) < 0, out)
        np.testing.assert_array_equal(model.p_values(asked) <= alpha, out)


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


@pytest.mark.parametrize("name", [*TABLES, *STREAMS])
def test_an_alpha_that_cannot_be_reached_is_refused_by_each(name):
    options = {"seasonal_z": {"period": 4}}.get(name, {})
    values = np.random.default_rng(0).normal(size=(400, 1))
    for alpha in (1e-5, 1 / 402):
        with pytest.raises(OptionError, match=rf"alpha={alpha:g} cannot be reached: \d+ calibration samples allow no p below"):
            clone(SMALL.get(name) or detector(name, **options)).set_params(alpha=alpha).fit(values)
    known = clone(SMALL.get(name) or detector(name, **options)).set_params(alpha=0.02).fit(values)
    assert len(known.calibration_) >= 49
    assert np.isfinite(known.offset_)


def test_small_samples_flag_nothing_and_say_so():
    rows = np.random.default_rng(0).normal(size=(12, 2))
    with pytest.warns(NsiWarning, match=r"nothing will be flagged: alpha=0\.05 cannot be reached: 12 calibration samples"):
        found = Mahalanobis().fit(rows)
    with pytest.raises(OptionError, match=r"alpha=0\.04 cannot be reached: 12 calibration samples"):
        Mahalanobis(alpha=0.04).fit(rows)
    assert found.offset_ == -np.inf
    assert (found.predict(100 + rows) == 1).all()


class Misspelt(Mahalanobis):
    """It claims what does not exist."""

    claims = frozenset({"unitz"})


def test_a_claim_that_does_not_exist_is_refused():
    with pytest.raises(UnknownNameError, match="unknown claim of Misspelt 'unitz'") as raised:
        check_detector(Misspelt())
    assert raised.value.hint == "did you mean 'units'?"
