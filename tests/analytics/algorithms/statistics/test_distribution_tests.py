"""Tests of spread and of normality: sizes are those of formulas and of SciPy, and their intervals hold the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from nsi_notebook.analytics import test
from nsi_notebook.analytics.algorithms.statistics.distribution_tests import NORMAL
from nsi_notebook.analytics.algorithms.statistics.effects import deviations, l_shape

VALUES = arrays(float, st.integers(5, 40), elements=st.integers(-1000, 1000).map(lambda i: i / 16))
SHAPES = {
    "normal": stats.norm(), "uniform": stats.uniform(), "exponential": stats.expon(), "lognormal": stats.lognorm(0.5),
    "Student's t": stats.t(5),
}  # fmt: skip


def test_normality_of_many_values_is_d_agostinos():
    rng = np.random.default_rng(7)
    many = rng.gamma(40, size=6000)
    np.testing.assert_allclose(test(many, kind="normality").p, stats.normaltest(many).pvalue, rtol=1e-12)


@settings(deadline=None, max_examples=60)
@given(VALUES)
@example(np.array([0.0, 0.0, 0.0, 0.0625, 0.0625]))
@example(np.array([0.0, -0.0625, -0.0625, -0.0625, -0.125]))
def test_l_moments_are_those_of_scipy_and_their_errors_those_of_leaving_one_out(values):
    assume(np.ptp(values) > 0)
    found = l_shape(values, 0.9)
    np.testing.assert_allclose([one.value for one in found], stats.lmoment(values, order=[3, 4]), rtol=1e-9, atol=1e-9)
    without = [np.delete(values, i) for i in range(len(values))]
    if min(map(np.ptp, without)) == 0:  # one value differs from all others
        assert all(one.lower <= least and one.upper >= 1 for one, least in zip(found, (-1, -0.25), strict=True))
        return
    each = np.array([stats.lmoment(some, order=[3, 4]) for some in without])
    n = len(values)
    reach = stats.t.ppf(0.95, n - 1) * np.sqrt((n - 1) / n * ((each - each.mean(axis=0)) ** 2).sum(axis=0))
    reach = np.where(reach < 1e-8, 2, reach)  # leaving one out of values that are alike in pairs tells nothing
    for one, away, least in zip(found, reach, (-1, -0.25), strict=True):
        np.testing.assert_allclose(one.lower, max(one.value - away, min(one.value, least)), rtol=1e-7, atol=1e-7)
        np.testing.assert_allclose(one.upper, min(one.value + away, max(one.value, 1)), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("shape", SHAPES)
def test_intervals_of_sizes_hold_the_truth(shape):
    """Of 200 samples 95 % should; 22 misses are one chance in 1,000 of those that cover 0.94."""
    drawn, rng = SHAPES[shape], np.random.default_rng(5)
    truth = stats.lmoment(drawn.ppf((np.arange(200_000) + 0.5) / 200_000), order=[3, 4])
    missed = np.zeros(3)
    for _ in range(200):
        one, other = 2 * drawn.rvs(30, random_state=rng), drawn.rvs(40, random_state=rng)
        sizes = *l_shape(one, 0.95), deviations(one, other, 0.95)
        missed += [not size.lower <= value <= size.upper for size, value in zip(sizes, (*truth, 2.0), strict=True)]
    assert missed.max() <= 22


def test_the_result_says_how_far_from_normal_values_are_and_how_unlike_spreads():
    rng = np.random.default_rng(2)
    skewed, other = rng.exponential(size=60), rng.exponential(size=50)
    found = test(skewed, kind="normality", level=0.9)
    assert (found.estimate, found.effect) == l_shape(skewed, 0.9)
    assert found.estimate.lower > found.null == 0
    assert "L-skewness" in found.sentence
    np.testing.assert_allclose(NORMAL, stats.lmoment(stats.norm.ppf((np.arange(1e6) + 0.5) / 1e6), order=4), atol=1e-5)
    few = test([1.0, 2.0, 4.0, 8.0], kind="normality")
    assert few.estimate is few.effect is None
    spreads = test(skewed, other, kind="levene")
    assert (spreads.effect.name, spreads.effect.value > 0) == ("ratio of mean deviations", True)
    away = [np.abs(v - np.median(v)).sum() / (len(v) - 1) for v in (skewed, other)]
    np.testing.assert_allclose(spreads.effect.value, away[0] / away[1])


def test_an_offset_and_a_scale_change_no_size():
    value = np.random.default_rng(3).gamma(2, size=80)
    for found, wanted in zip(l_shape(1e8 + value, 0.95), l_shape(value, 0.95), strict=True):
        np.testing.assert_allclose([found.value, found.upper], [wanted.value, wanted.upper], rtol=1e-6)
    for found, wanted in zip(l_shape(-1e-200 * value, 0.95), l_shape(value, 0.95), strict=True):
        sign = -1 if wanted.name == "L-skewness" else 1
        np.testing.assert_allclose(found.value, sign * wanted.value, rtol=1e-9)


@pytest.mark.parametrize("values", [[-1, 0, 0, 0, 1], [0] * 9 + [1] * 9])
def test_where_leaving_one_out_changes_nothing_the_interval_is_all_that_is_possible(values):
    kurtosis = l_shape(np.array(values, dtype=float), 0.95)[1]
    assert (kurtosis.lower, kurtosis.upper) == pytest.approx((min(-0.25, kurtosis.value), 1.0))
