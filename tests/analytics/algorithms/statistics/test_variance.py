"""F, its degrees of freedom and the share that it explains: against SciPy, statsmodels, pingouin, NIST and simulation."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nsi_notebook.analytics.algorithms.statistics.variance import F, f_of, noncentrality, repeated
from nsi_notebook.errors import SeriesError
from tests.analytics.algorithms.strd import SETS, VARIANCE, digits, exact_f, values

CLOSE = 1e-12


def groups(seed, k=4, spread=0.5):
    rng = np.random.default_rng(seed)
    return [rng.normal(0.5 * i, 1 + spread * i, 8 + 5 * i) * 3 + 100 for i in range(k)]


def subjects(seed, n=12, k=4, slope=0.4):
    """Give subjects under conditions whose differences do not vary alike."""
    rng = np.random.default_rng(seed)
    walk = rng.normal(size=(n, k)).cumsum(axis=1)
    return 20 + 3 * rng.normal(size=(n, 1)) + walk + slope * np.arange(k)


def long(table):
    return pd.DataFrame(table).reset_index().melt("index", var_name="condition", value_name="value")


@pytest.mark.parametrize("equal", [True, False])
@pytest.mark.parametrize("k", [2, 3, 6])
def test_f_is_that_of_scipy(equal, k):
    for seed in range(5):
        given = groups(seed, k)
        found, wanted = f_of(given, equal=equal), stats.f_oneway(*given, equal_var=equal)
        assert found.value == pytest.approx(wanted.statistic, rel=CLOSE)
        assert found.p == pytest.approx(wanted.pvalue, rel=CLOSE)


def test_welch_of_two_groups_is_the_square_of_welchs_t():
    one, other = groups(3, 2)
    t = stats.ttest_ind(one, other, equal_var=False)
    found = f_of([one, other])
    assert (found.value, found.within, found.p) == pytest.approx((t.statistic**2, t.df, t.pvalue), rel=CLOSE)


def test_values_worth_as_many_as_they_are_change_nothing_and_fewer_are_less_sure():
    given = groups(1)
    n = [float(len(g)) for g in given]
    for equal in (True, False):
        assert f_of(given, n, equal=equal) == f_of(given, equal=equal)
        less = f_of(given, [m / 3 for m in n], equal=equal)
        assert less.p > f_of(given, equal=equal).p
        assert less.total == sum(n) / 3


@pytest.mark.parametrize("name", VARIANCE)
def test_nist_is_as_right_as_its_floats_allow(name):
    columns = values(name)
    certified = Decimal(SETS[name]["certified"]["F"])
    found = digits(f_of(list(columns.T), equal=True).value, certified)
    assert found >= digits(exact_f(columns), certified) - 0.3


def test_an_offset_costs_no_digits():
    rng = np.random.default_rng(5)
    given = [np.round(rng.normal(i, 1, 40) * 1024) / 1024 for i in range(3)]  # so that the offset rounds nothing
    for equal in (True, False):
        assert f_of([g + 2.0**30 for g in given], equal=equal).value == pytest.approx(f_of(given, equal=equal).value, rel=CLOSE)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("k", [2, 3, 5])
def test_repeated_measures_are_those_of_statsmodels_and_pingouin(seed, k):
    import pingouin
    from statsmodels.stats.anova import AnovaRM

    table = subjects(seed, k=k)
    found = repeated(table)
    wanted = AnovaRM(long(table), "value", "index", ["condition"]).fit().anova_table
    assert found.f.value == pytest.approx(float(wanted["F Value"].iloc[0]), rel=1e-8)
    assert found.f.p == pytest.approx(float(wanted["Pr > F"].iloc[0]), rel=1e-8)
    peer = pingouin.rm_anova(long(table), dv="value", within="condition", subject="index", correction=True, detailed=True)
    assert found.epsilon == pytest.approx(float(peer["eps"].iloc[0]), rel=1e-8)
    if k > 2:
        assert found.corrected.p == pytest.approx(float(peer["p_GG_corr"].iloc[0]), rel=1e-8)
        assert found.mauchly == pytest.approx(float(peer["W_spher"].iloc[0]), rel=1e-8)
        # pingouin has the number of conditions, not of contrasts, in the second term, as R has; the first is the larger by far
        assert found.p == pytest.approx(float(peer["p_spher"].iloc[0]), abs=2e-3)


def test_mauchlys_p_is_uniform_where_conditions_vary_alike():
    rng = np.random.default_rng(0)
    p = np.array([repeated(rng.normal(size=(10, 4))).p for _ in range(2000)])
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_f_of_two_conditions_is_the_square_of_the_paired_t():
    table = subjects(2, k=2)
    t = stats.ttest_rel(*table.T)
    found = repeated(table)
    assert (found.corrected.value, found.corrected.p) == pytest.approx((t.statistic**2, t.pvalue), rel=CLOSE)
    assert (found.epsilon, np.isnan(found.mauchly)) == (1.0, True)


def test_conditions_that_differ_by_the_same_everywhere_are_refused():
    table = np.arange(5.0)[:, None] + np.arange(3.0)
    with pytest.raises(SeriesError, match="the conditions differ by the same in every subject"):
        repeated(table)


def test_noncentrality_is_that_of_steigers_example():
    assert noncentrality(5, 3, 76, 0.95) == pytest.approx((1.8666, 32.563), rel=2e-5)


@pytest.mark.parametrize(("value", "df"), [(5.0, (3, 76)), (45.8, (3, 35)), (1.2, (2, 18)), (12.0, (4, 20.3))])
def test_noncentrality_is_that_of_statsmodels(value, df):
    from statsmodels.stats import oneway as peer

    assert noncentrality(value, *df, 0.9) == pytest.approx(
        tuple(peer.confint_noncentrality(value, df, alpha=0.1)), rel=1e-3, abs=1e-3
    )


def test_bounds_leave_the_tails_that_they_say():
    low, high = noncentrality(6.0, 3, 40, 0.9)
    assert stats.ncf.sf(6.0, 3, 40, low) == pytest.approx(0.05, abs=1e-9)
    assert stats.ncf.cdf(6.0, 3, 40, high) == pytest.approx(0.05, abs=1e-9)
    assert noncentrality(0.01, 3, 40, 0.9) == (0.0, 0.0)
    below, above = noncentrality(0.99e6, 3, 40, 0.95), noncentrality(1.01e6, 3, 40, 0.95)
    assert np.array(above) == pytest.approx(np.array(below) * 1.01 / 0.99, rel=1e-4)  # no step where the limit takes over


def test_shares_are_those_of_sums_of_squares():
    given = groups(4, 3, 0.1)
    whole = np.concatenate(given)
    between = sum(len(g) * (g.mean() - whole.mean()) ** 2 for g in given)
    within = sum(((g - g.mean()) ** 2).sum() for g in given)
    error = within / (len(whole) - 3)
    found = f_of(given, equal=True)
    assert found.eta == pytest.approx(between / (between + within), rel=CLOSE)
    assert found.omega == pytest.approx((between - 2 * error) / (between + within + error), rel=1e-10)
    assert F(0.5, 2, 30, 2, 30, 33).omega == 0
    table = subjects(4)
    import pingouin

    peer = pingouin.rm_anova(long(table), dv="value", within="condition", subject="index", detailed=True, effsize="np2")
    assert repeated(table).f.eta == pytest.approx(float(peer["np2"].iloc[0]), rel=1e-8)


@pytest.mark.parametrize("kind", ["classical", "welch", "repeated"])
@pytest.mark.parametrize("size", [0.0, 0.15, 0.5])
def test_the_interval_of_the_share_covers_it(kind, size):
    """The share is the variance of the means over it and that of the noise; of Welch weighted as its F is."""
    rng, hits, number = np.random.default_rng(1), 0, 400
    k, n = 3, 15
    away = np.array([-1.0, 0.0, 1.0]) * np.sqrt(1.5 * size / (1 - size))
    spread = np.array([0.5, 1.0, 2.0]) if kind == "welch" else np.ones(k)
    for _ in range(number):
        x = rng.normal(size=(n, k)) * spread + away
        if kind == "repeated":
            found = repeated(x + 5 * rng.normal(size=(n, 1))).f
            truth = size
        else:
            found = f_of(list(x.T), equal=kind == "classical")
            weight = 1 / spread**2
            mean = (weight * away).sum() / weight.sum()
            ratio = (weight * (away - mean) ** 2).mean()
            truth = ratio / (1 + ratio)
        low, high = found.interval(0.95)
        hits += low <= truth <= high
    assert 0.92 <= hits / number <= (0.98 if size else 1.0)  # where nothing differs, only the lower bound can miss


def test_a_corrected_f_keeps_the_share():
    plain = F(4.0, 3, 33, 3, 33, 48)
    half = F(4.0, 1.5, 16.5, 3, 33, 48)
    assert (plain.omega, plain.eta) == (half.omega, half.eta)
    assert half.p > plain.p
    (a, b), (c, d) = plain.interval(0.95), half.interval(0.95)
    assert c <= a < b < d
