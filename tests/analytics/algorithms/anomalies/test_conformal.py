"""p-values by counting, their uniformity by simulation, and what a calibration sample allows."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, binomtest, kstest

from nsi_notebook.analytics.algorithms.anomalies.conformal import Calibration, needed, others, parts, rank
from nsi_notebook.errors import OptionError


def test_p_is_a_count():
    rng = np.random.default_rng(0)
    folds = [np.round(rng.normal(size=n), 1) for n in (20, 21, 22)]  # with ties
    asked = [np.round(rng.normal(size=40), 1) for _ in folds]
    expected = [(1 + sum((fold >= a[i]).sum() for fold, a in zip(folds, asked, strict=True))) / 64 for i in range(40)]
    np.testing.assert_array_equal(Calibration.of(*folds).p(*asked), expected)


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.1, 1 / 64, 0.5])
def test_the_threshold_is_where_p_reaches_alpha(alpha):
    scores = np.round(np.random.default_rng(0).normal(size=63), 1)
    found = Calibration.of(scores)
    asked = np.linspace(-4, 4, 801)
    np.testing.assert_array_equal(asked > found.threshold(alpha), found.p(asked) <= alpha)


def test_p_of_exchangeable_scores_is_uniform():
    rng = np.random.default_rng(0)
    p = [Calibration.of(rng.normal(size=99)).p(rng.normal(size=1))[0] for _ in range(2000)]
    assert kstest(np.array(p) - rng.uniform(0, 0.01, 2000), "uniform").pvalue > 0.01


def test_the_share_of_false_alarms_has_the_interval_that_is_said():
    rng, held = np.random.default_rng(0), 0
    for _ in range(600):
        found = Calibration.of(rng.random(99))
        low, high = found.interval(0.1)
        held += low <= 1 - found.threshold(0.1) <= high  # the chance of a uniform score to be above
    assert binomtest(held, 600, 0.95).pvalue > 0.01
    assert found.interval(0.1) == beta.interval(0.95, 10, 90)


@pytest.mark.parametrize("alpha", [0.5, 0.1, 0.05, 0.03, 0.01, 1 / 3])
def test_what_is_needed_is_enough_and_no_more(alpha):
    assert rank(needed(alpha), alpha) == 1
    assert rank(needed(alpha) - 1, alpha) == 0
    Calibration.of(np.arange(needed(alpha))).require(alpha)
    with pytest.raises(OptionError, match="cannot be reached"):
        Calibration.of(np.arange(needed(alpha) - 1)).require(alpha)


@pytest.mark.parametrize(("n", "folds"), [(23, None), (1000, None), (40, 7), (23, 1)])
@pytest.mark.parametrize("contiguous", [False, True])
def test_parts_are_apart_and_hold_all(n, folds, contiguous):
    found = parts(n, 0, folds, contiguous=contiguous)
    assert len(found) == (folds or (5 if n < 1000 else 1))
    together = np.concatenate(found)
    assert len(set(together)) == len(together)
    assert len(together) == (n if len(found) > 1 else n - n // 2)
    for part in found:
        assert sorted([*part, *others(n, part)]) == list(range(n))
        assert not contiguous or (np.diff(part) == 1).all()


@pytest.mark.parametrize("alpha", [0.05, 0.01, 1 - 0.9, 0.3, 0.1 + 0.2, 1 / 3, 0.07, 0.7, 1 - 0.3])
def test_the_threshold_is_where_p_is_alpha_as_floats_are_rounded(alpha):
    for n in range(1, 210):
        scores = np.arange(n, dtype=float)
        held = Calibration.of(scores)
        out = held.p(np.append(scores, n + 1.0)) <= alpha
        np.testing.assert_array_equal(np.append(scores, n + 1.0) > held.threshold(alpha), out)
        assert out.any() == (n >= needed(alpha))
