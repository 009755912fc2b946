"""Scores of detectors of single series against their formulas by brute force, and against scipy and River."""

from __future__ import annotations

import numpy as np
import pytest
from river import anomaly, drift, preprocessing
from scipy.special import erf
from scipy.stats import median_abs_deviation

from nsi_notebook.analytics.algorithms.anomalies.ar_residual import ARResidual
from nsi_notebook.analytics.algorithms.anomalies.cusum import Cusum
from nsi_notebook.analytics.algorithms.anomalies.ewma import Ewma
from nsi_notebook.analytics.algorithms.anomalies.frozen import Frozen
from nsi_notebook.analytics.algorithms.anomalies.half_space_trees import HalfSpaceTrees
from nsi_notebook.analytics.algorithms.anomalies.hampel import Hampel
from nsi_notebook.analytics.algorithms.anomalies.novelty import Novelty
from nsi_notebook.analytics.algorithms.anomalies.page_hinkley import PageHinkley
from nsi_notebook.analytics.algorithms.anomalies.robust_z import RobustZ
from nsi_notebook.analytics.algorithms.anomalies.seasonal_z import SeasonalZ
from tests.analytics.algorithms.noises import ar1


def coarse(seed, n):
    """Give values with many that are the same."""
    return np.round(6 * ar1(seed, n, 0.5))


def far(x, window):
    return abs(x - np.median(window)) / median_abs_deviation(window, scale="normal")


@pytest.mark.parametrize("values", [ar1(0, 300), coarse(1, 300)], ids=["real", "coarse"])
@pytest.mark.parametrize("n", [20, 21])
def test_robust_z_is_scipys(values, n):
    scores, expected = RobustZ(window=n).replay(values)
    windows = [values[t - n : t] for t in range(n, len(values))]
    assert np.isnan(scores[:n]).all()
    np.testing.assert_array_equal(expected[n:], [np.median(w) for w in windows])
    np.testing.assert_allclose(scores[n:], [far(x, w) for x, w in zip(values[n:], windows, strict=True)], rtol=1e-14)


def test_hampels_window_holds_the_value():
    x = ar1(2, 300)
    scores, _ = Hampel(window=11).replay(x)
    np.testing.assert_allclose(scores[10:], [far(x[t], x[t - 10 : t + 1]) for t in range(10, 300)], rtol=1e-14)


@pytest.mark.filterwarnings("ignore:nothing will be flagged")  # of ten values: what is asked here is a score
def test_where_most_values_are_the_same_the_mean_deviation_is_taken():
    window = np.array([0.0] * 8 + [1.0, -2.0])
    assert RobustZ(window=10).fit(window).score_one(3.0) == pytest.approx(3 / (np.sqrt(np.pi / 2) * 0.3))


def test_seasonal_z_by_brute_force():
    x = np.tile([0.0, 5.0, 9.0, 2.0], 60) + ar1(3, 240)
    scores, expected = SeasonalZ(4, cycles=5, window=20).replay(x)
    usual = np.array([np.median(x[max(t % 4, t - 20) : t : 4]) if t >= 12 else np.nan for t in range(240)])
    left = x - usual
    for t in range(12 + 20, 240):
        assert scores[t] == pytest.approx(far(left[t], left[t - 20 : t]), rel=1e-12)
        assert expected[t] == pytest.approx(usual[t] + np.median(left[t - 20 : t]))
    assert np.isnan(scores[:32]).all()


def test_a_missing_value_has_its_phase():
    x = np.tile([0.0, 5.0, 9.0, 2.0], 100) + 0.1 * ar1(3, 400)
    gone = x.copy()
    gone[[200, 301, 302]] = np.nan
    scores, _ = SeasonalZ(4, window=50).replay(gone)
    assert np.nanmax(scores) < 8


def test_ewma_by_its_weights():
    x = ar1(4, 200) + 1e4
    scores, _ = Ewma(weight=0.2).replay(x)
    for t in range(10, 200):
        weights = 0.8 ** np.arange(t, -1, -1)
        mean, std = x[:t].mean(), x[:t].std(ddof=1)
        level = weights @ (x[: t + 1] - mean) / weights.sum()
        assert scores[t] == pytest.approx(abs(level) / (std * np.sqrt(weights @ weights) / weights.sum()), rel=1e-8)
    assert np.isnan(scores[:10]).all()


def test_ewma_of_weight_1_is_rivers_gaussian_scorer_and_absolute_deviation():
    x = ar1(5, 400)
    scores, _ = Ewma(weight=1).replay(x)
    gaussian, absolute = anomaly.GaussianScorer(grace_period=10), anomaly.StandardAbsoluteDeviation()
    for t, value in enumerate(x.tolist()):
        if t >= 10:
            assert gaussian.score_one(None, value) == pytest.approx(erf(scores[t] / np.sqrt(2)), abs=1e-12)
            assert absolute.score_one(None, value) == pytest.approx(scores[t], rel=1e-9)
        gaussian.learn_one(None, value)
        absolute.learn_one(None, value)


def test_ar_residual_is_ridge_regression_on_all_before():
    x = 1e3 + 20 * ar1(6, 300, 0.8)
    scores, expected = ARResidual(order=2).replay(x)
    z = (x - x[:20].mean()) / x[:20].std()
    target = z[22:]  # the first 20 tell the scale, two are the first lags
    design = np.column_stack([z[21:-1], z[20:-2], np.ones(len(target))])
    errors = []
    for k in range(len(target)):
        before, wanted = design[:k], target[:k]
        coefficients = np.linalg.solve(before.T @ before + 1e-3 * np.eye(3), before.T @ wanted)
        predicted = design[k] @ coefficients
        if len(errors) >= 10:
            spread = np.sqrt(np.mean(np.square(errors)))
            assert scores[22 + k] == pytest.approx(abs(target[k] - predicted) / spread, rel=1e-8)
            assert expected[22 + k] == pytest.approx(x[:20].mean() + x[:20].std() * predicted, rel=1e-10)
        if k + 1 > 6:
            errors.append(target[k] - predicted)
    assert np.isfinite(scores[38:]).all()


def test_after_a_gap_it_waits_for_values_that_follow_one_another():
    x = ar1(7, 300, 0.8)
    x[200] = np.nan
    scores, _ = ARResidual(order=3).replay(x)
    np.testing.assert_array_equal(np.isnan(scores[199:206]), [False, True, True, True, True, False, False])


def test_a_wave_is_predicted():
    wave = np.sin(np.arange(500) / 5)
    scores, _ = ARResidual(order=2).replay(wave)
    assert scores[300:].max() < 1


def test_cusum_by_its_formula():
    x = ar1(8, 300)
    scores, _ = Cusum(slack=0.4, threshold=1e9).replay(x)
    up = down = 0.0
    for t in range(11, 300):
        z = (x[t] - x[:t].mean()) / (x[:t].std(ddof=1) * np.sqrt((t + 1) / t))
        up, down = max(0.0, up + z - 0.4), max(0.0, down - z - 0.4)
        assert scores[t] == pytest.approx(max(up, down), rel=1e-9, abs=1e-12)
    assert np.isnan(scores[:11]).all()


def test_cusum_finds_each_of_two_changes_once():
    x = ar1(9, 900) + 3.0 * (np.arange(900) >= 300) - 5.0 * (np.arange(900) >= 600)
    model = Cusum()
    scores, _ = model.replay(x)
    at = np.flatnonzero(scores > 10)
    assert model.alarms == len(at) == 2
    assert 300 <= at[0] < 310
    assert 600 <= at[1] < 610


def test_cusum_of_white_noise_has_the_false_alarms_of_the_text_book():
    model = Cusum(slack=0.5, threshold=5)
    model.replay(np.random.default_rng(1).normal(size=400_000))
    assert 400_000 / model.alarms == pytest.approx(465, rel=0.1)  # Montgomery, table 9.3


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("delta", "threshold"), [(0.005, 50.0), (0.3, 12.0)])
def test_page_hinkley_is_rivers(seed, delta, threshold):
    rng = np.random.default_rng(seed)
    x = np.repeat(rng.normal(scale=3, size=8), rng.integers(20, 300, 8))
    x = x + rng.normal(size=len(x))
    theirs = drift.PageHinkley(delta=delta, threshold=threshold)
    found = []
    for value in x.tolist():
        theirs.update(value)
        found.append(theirs.drift_detected)
    model = PageHinkley(delta=delta, threshold=threshold)
    scores, _ = model.replay(x)
    np.testing.assert_array_equal(scores > threshold, found)
    assert model.alarms == sum(found) > 0


@pytest.mark.parametrize("values", [ar1(0, 600, 0.9), coarse(1, 600)], ids=["real", "coarse"])
def test_novelty_by_brute_force(values):
    keep = 16
    scores, expected = Novelty(keep=keep).replay(values)
    kept: list[float] = []
    for t, x in enumerate(values.tolist()):
        if t > 10:
            near = min(kept, key=lambda v: (abs(v - x), v))
            assert expected[t] == near
            assert scores[t] == pytest.approx(abs(x - near) / abs(np.diff(values[:t])).mean(), rel=1e-12)
        kept = sorted({*kept, x})
        if len(kept) > keep:
            kept.pop(min(range(1, keep), key=lambda i: kept[i + 1] - kept[i - 1]))


def test_novelty_that_keeps_all_is_the_nearest_of_all():
    x = ar1(3, 400, 0.7)
    scores, _ = Novelty(keep=1000).replay(x)
    for t in range(11, 400):
        assert scores[t] == pytest.approx(abs(x[:t] - x[t]).min() / abs(np.diff(x[:t])).mean(), rel=1e-12, abs=0)


def test_frozen_counts_runs():
    x = np.array([1.0, 1, 2, np.nan, 2, 2, 3, 3, 3, 1])
    np.testing.assert_array_equal(Frozen().replay(x)[0], [1, 2, 1, np.nan, 2, 3, 1, 2, 3, 1])


def test_what_creeps_is_not_frozen():
    x = np.arange(20) * 0.4
    assert Frozen(within=1.0).replay(x)[0].max() == 3


def test_half_space_trees_are_rivers():
    x = ar1(1, 400, 0.5)
    scores, _ = HalfSpaceTrees(window=50, seed=7).replay(x)
    scaler, trees = preprocessing.StandardScaler(), anomaly.HalfSpaceTrees(window_size=50, seed=7)
    trees.learn_one({"x": 0.5})  # as ours, which makes the trees before the first value
    trees.counter = 0
    for tree in trees.trees:
        for node in tree.iter_dfs():
            node.l_mass = 0

    def squeezed(value):
        return {"x": 1 / (1 + np.exp(-scaler.transform_one({"x": value})["x"]))}

    for t, value in enumerate(x.tolist()):
        if t >= 50:
            assert scores[t] == pytest.approx(trees.score_one(squeezed(value)), rel=1e-12)
        scaler.learn_one({"x": value})
        trees.learn_one(squeezed(value))
