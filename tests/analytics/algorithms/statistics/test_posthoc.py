"""Tests of all pairs: against SciPy, published numbers and brute force."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from nsi_notebook.analytics.algorithms.statistics.posthoc import dunn, nemenyi, paired, studentized

CLOSE = 1e-12


def groups(seed, k=4):
    rng = np.random.default_rng(seed)
    return [rng.normal(0.6 * i, 1 + 0.4 * i, 7 + 3 * i) for i in range(k)]


def sizes(given):
    return [float(len(g)) for g in given]


@pytest.mark.parametrize("equal", [True, False])
def test_ranges_are_those_of_scipy(equal):
    given = groups(0, 3)
    wanted = stats.tukey_hsd(*given, equal_var=equal)
    bounds = wanted.confidence_interval(0.9)
    for pair in studentized(given, sizes(given), 0.9, equal=equal):
        i, j = pair.one, pair.other
        assert pair.difference == pytest.approx(wanted.statistic[i, j], rel=CLOSE)
        assert pair.adjusted == pytest.approx(wanted.pvalue[i, j], rel=1e-9, abs=1e-12)
        assert (pair.lower, pair.upper) == pytest.approx((bounds.low[i, j], bounds.high[i, j]), rel=1e-9)
        if not equal:
            alone = stats.ttest_ind(given[i], given[j], equal_var=False)
            assert (pair.statistic, pair.df, pair.p) == pytest.approx((alone.statistic, alone.df, alone.pvalue), rel=CLOSE)
        assert pair.effect.lower < pair.effect.value < pair.effect.upper
        assert (pair.lower > 0 or pair.upper < 0) == (pair.adjusted < 0.1)


@pytest.mark.parametrize("equal", [True, False])
@pytest.mark.parametrize(("k", "n"), [(3, 60), (6, 40), (10, 100)])
def test_far_out_p_is_the_bound_of_bonferroni(equal, k, n):
    """Which the tail of the range nears: 1 - cdf, as scipy has it, is there 0, or 5e-13 however far."""
    rng = np.random.default_rng(k)
    given = [rng.normal(away, 1, n) for away in np.linspace(0, 2.5 * k, k)]
    pairs = k * (k - 1) / 2
    found = studentized(given, sizes(given), 0.95, equal=equal)
    assert min(pair.p for pair in found) < 1e-40
    for pair in found:
        assert pair.p <= pair.adjusted <= pair.p * pairs * (1 + 1e-9)
        assert pair.adjusted == pytest.approx(pair.p * pairs, rel=0.02) or pair.adjusted > 1e-8


def test_values_that_are_worth_fewer_differ_less_surely():
    given = groups(1)
    whole = studentized(given, sizes(given), 0.95, equal=False)
    fewer = studentized(given, [n / 3 for n in sizes(given)], 0.95, equal=False)
    for one, other in zip(whole, fewer, strict=True):
        assert other.adjusted > one.adjusted
        assert other.upper - other.lower > one.upper - one.lower


def test_dunn_is_that_of_a_published_example():
    """Of the README of BarataAP/dunn on GitHub, of values without ties: z, and p without adjustment."""
    given = [
        [0.28551035, 0.338524035, 0.088631321, 0.205930807, 0.363240102],
        [0.52173913, 0.763358779, 0.325436786, 0.425305688, 0.378071834],
        [0.98911968, 1.192718142, 0.788288288, 0.549176236, 0.544588155],
        [1.26705653, 1.625320787, 1.266108976, 1.154187629, 1.268489431],
        [1.25697569, 1.265897356, 1.237814561, 0.954612564, 2.365415457],
    ]
    z = [-0.9882, -2.1054, -3.8241, -3.3944, -1.1171, -2.8358, -2.4061, -1.7187, -1.2890, 0.42967]
    p = [0.32304, 0.03526, 0.00013, 0.00069, 0.26393, 0.00457, 0.01612, 0.08567, 0.19740, 0.66744]
    found = dunn([np.array(g) for g in given], 0.95)
    assert [pair.statistic for pair in found] == pytest.approx(z, abs=5e-5)
    assert [pair.p for pair in found] == pytest.approx(p, abs=5e-6)


def test_the_error_of_dunn_is_that_of_labels_that_fall_by_chance():
    rng = np.random.default_rng(2)
    values = np.array([1.0, 1, 2, 2, 2, 3, 5, 5, 8, 9, 9, 9])  # many ties
    given = [values[:4], values[4:7], values[7:]]
    rank = stats.rankdata(values)
    drawn = rng.permuted(np.tile(rank, (200_000, 1)), axis=1)
    away = drawn[:, :4].mean(axis=1) - drawn[:, 4:7].mean(axis=1)
    first = dunn(given, 0.95)[0]
    assert first.difference / first.statistic == pytest.approx(away.std(), rel=0.01)


def test_the_error_of_nemenyi_is_that_of_conditions_that_fall_by_chance():
    rng = np.random.default_rng(3)
    table = np.round(rng.normal(size=(6, 4)) * 2)  # with ties
    rank = stats.rankdata(table, axis=1)
    drawn = rng.permuted(np.tile(rank, (100_000, 1, 1)), axis=2).mean(axis=1)
    first = nemenyi(table, 0.95)[0]
    assert abs(first.difference / first.statistic) == pytest.approx((drawn[:, 0] - drawn[:, 1]).std(), rel=0.01)


def test_pairs_of_conditions_are_paired_t_tests_with_holms_adjustment():
    from statsmodels.stats.multitest import multipletests

    rng = np.random.default_rng(4)
    table = rng.normal(size=(9, 4)) + rng.normal(size=(9, 1)) + np.arange(4) * 0.5
    found = paired(table, 0.95)
    wanted = [stats.ttest_rel(table[:, i], table[:, j]) for i, j in combinations(range(4), 2)]
    assert [pair.p for pair in found] == pytest.approx([w.pvalue for w in wanted], rel=CLOSE)
    assert [pair.statistic for pair in found] == pytest.approx([w.statistic for w in wanted], rel=CLOSE)
    adjusted = multipletests([w.pvalue for w in wanted], method="holm")[1]
    assert [pair.adjusted for pair in found] == pytest.approx(adjusted, rel=CLOSE)
    bounds = [w.confidence_interval(1 - 0.05 / 6) for w in wanted]
    assert [(p.lower, p.upper) for p in found] == pytest.approx(np.array([(b.low, b.high) for b in bounds]), rel=1e-9)


def test_conditions_that_are_the_same_in_all_subjects_do_not_differ():
    table = np.random.default_rng(5).normal(size=(8, 3))
    table[:, 1] = table[:, 0]
    first = paired(table, 0.95)[0]
    assert (first.difference, first.p, first.adjusted, first.effect) == (0.0, 1.0, 1.0, None)
