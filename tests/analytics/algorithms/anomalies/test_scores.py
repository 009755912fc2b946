"""Scores beside those of scikit-learn, PyOD and formulas."""

from __future__ import annotations

import numpy as np
import pytest
from pyod.models.ecod import ECOD
from pyod.models.hbos import HBOS
from pyod.models.knn import KNN
from sklearn import decomposition, ensemble, neighbors
from sklearn.covariance import LedoitWolf

from nsi_notebook.analytics.algorithms.anomalies.contract import rows
from nsi_notebook.analytics.algorithms.anomalies.registry import detector


def learned(name, data, **options):
    return detector(name, **options).learn(data)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("n", [5, 300, 900])
def test_the_paths_of_the_forest_are_those_of_scikit_learn(seed, n):
    rng = np.random.default_rng(seed)
    data, asked = rows(rng, n), rows(rng, 400)
    asked[:100] = asked[:100].astype(np.float32) + 1e-9  # between floats of the two precisions
    asked[100 : 100 + min(n, 50)] = data[:50]  # on thresholds
    theirs = ensemble.IsolationForest(n_estimators=50, max_samples=min(256, n), random_state=seed).fit(data)
    ours = learned("isolation_forest", data, n_estimators=50, seed=seed)
    np.testing.assert_allclose(-ours._strange(asked), theirs.score_samples(asked), rtol=0, atol=1e-15)
    one = [-ours._strange(row[None])[0] for row in asked[:50]]
    np.testing.assert_allclose(one, theirs.score_samples(asked)[:50], rtol=0, atol=1e-15)


@pytest.mark.parametrize("columns", [3, 15])
def test_knn_is_the_mean_of_sorted_distances(columns):
    rng = np.random.default_rng(0)
    data, asked = rng.normal(size=(120, columns)) + 1e6, rng.normal(size=(30, columns)) + 1e6
    apart = np.sort(np.linalg.norm(asked[:, None] - data, axis=-1), axis=1)[:, :20].mean(axis=1)
    np.testing.assert_allclose(learned("knn", data)._strange(asked), apart, rtol=1e-9)


def test_knn_of_what_was_learned_leaves_each_row_out_as_pyod_does():
    data = rows(np.random.default_rng(0))
    peer = KNN(n_neighbors=20, method="mean").fit(data)
    np.testing.assert_allclose(learned("knn", data)._strange_learned(data), peer.decision_scores_, rtol=1e-9)


def test_ecod_of_a_row_alone_is_that_of_pyod():
    rng = np.random.default_rng(0)
    data, asked = rows(rng), rows(rng, 30)
    data[:, 0] = np.exp(data[:, 0])  # skewed to one side, so that a row more does not change it
    data[:, 1] = -np.exp(data[:, 1])
    data, asked = data[:, [0, 1, 3]], asked[:, [0, 1, 3]]
    peer = ECOD().fit(data)
    theirs = [peer.decision_function(row[None])[0] for row in asked]
    np.testing.assert_allclose(learned("ecod", data)._strange(asked), theirs, rtol=1e-12)


def test_hbos_of_values_from_0_to_1_is_that_of_pyod():
    data = rows(np.random.default_rng(0))
    data = (data - data.min(axis=0)) / np.ptp(data, axis=0)
    asked = np.random.default_rng(1).random((200, 5))
    ours, peer = learned("hbos", data), HBOS(n_bins=10, alpha=0.1).fit(data)
    np.testing.assert_allclose(ours._strange(asked), peer.decision_function(asked), rtol=1e-12)
    assert ours._strange(np.full((1, 5), 1.04)) == ours._strange(np.full((1, 5), 1.0))
    assert ours._strange(np.full((1, 5), 1.06)) >= ours._strange(asked).max()


def test_hbos_scores_values_on_edges_by_the_bin_in_which_numpy_counts_them():
    data = np.repeat(np.arange(11.0), [1, 50, 50, 50, 50, 0, 50, 50, 50, 50, 50])  # counts: all are edges of the ten bins
    asked = np.linspace(0, 10, 201)
    counted, edges = np.histogram(data, bins=10)
    share = [np.histogram([x], bins=edges)[0] @ counted / len(data) for x in asked]
    np.testing.assert_allclose(learned("hbos", data[:, None])._strange(asked[:, None]), -np.log2(10 * np.array(share) + 0.1))


def test_mahalanobis_is_that_of_ledoit_and_wolf():
    rng = np.random.default_rng(0)
    data, asked = rows(rng), rows(rng, 30)
    np.testing.assert_allclose(learned("mahalanobis", data)._strange(asked), LedoitWolf().fit(data).mahalanobis(asked), rtol=1e-9)


def test_pca_falls_as_the_likelihood_of_probabilistic_pca_does():
    rng = np.random.default_rng(0)
    data, asked = rows(rng), rows(rng, 30)
    peer = decomposition.PCA(0.9, svd_solver="full").fit(data)
    ours = learned("pca", data)._strange(asked) / 2 + peer.score_samples(asked)
    np.testing.assert_allclose(ours, ours[0], rtol=1e-9)


def test_lof_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    data, asked = rng.normal(size=(200, 4)), rng.normal(size=(30, 4))
    peer = neighbors.LocalOutlierFactor(n_neighbors=50, novelty=True).fit(data)
    np.testing.assert_allclose(learned("lof", data)._strange(asked), -peer.score_samples(asked), rtol=1e-9)


def test_the_ensemble_is_the_mean_of_what_its_members_say():
    rng = np.random.default_rng(0)
    data, asked = rows(rng), rows(rng, 30)
    members = [learned("isolation_forest", data, seed=3), learned("knn", data, seed=3)]
    own = [m._strange_learned(data) for m in members]
    expected = np.mean([(m._strange(asked) - o.mean()) / o.std() for m, o in zip(members, own, strict=True)], axis=0)
    np.testing.assert_allclose(learned("ensemble", data, seed=3)._strange(asked), expected, rtol=1e-12)
