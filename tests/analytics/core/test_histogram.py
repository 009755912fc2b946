"""The histogram of float bits: numpy's quantiles within 0.4 %, whatever way the values are cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nsi_notebook import check_summary
from nsi_notebook.analytics.core.histogram import ERROR, LogHistogram, buckets
from nsi_notebook.errors import OptionError, SeriesError, SummaryError
from nsi_notebook.summaries import Summary

Q = np.array([0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1])
NORMAL = st.floats(2.3e-308, 1e300) | st.floats(-1e300, -2.3e-308) | st.just(0.0) | st.just(-0.0)
VALUES = arrays(np.float64, st.integers(1, 200), elements=NORMAL | st.integers(-5, 5).map(float))
PLAIN = arrays(np.float64, st.integers(1, 300), elements=st.integers(-(10**6), 10**6).map(lambda n: n / 128))


def neighbours(values, q):
    """The two values in order between which each quantile lies."""
    place = q * (len(values) - 1)
    ranked = np.sort(values)
    return ranked[np.floor(place).astype(int)], ranked[np.ceil(place).astype(int)]


@settings(deadline=None, max_examples=60)
@given(VALUES)
def test_quantiles_are_those_of_numpy_within_the_stated_error(values):
    found = LogHistogram().quantiles(LogHistogram().partial(values), Q)[0]
    below, above = neighbours(values, Q)
    # each neighbour is off by its share; rounding comes on top
    allowed = ERROR * np.maximum(abs(below), abs(above)) * (1 + 1e-9)
    part = Q * (len(values) - 1) % 1
    wanted = (1 - part) * below + part * above
    assert (abs(found - wanted) <= allowed).all()
    assert found[0] == values.min()
    assert found[-1] == values.max()


def test_the_error_is_below_what_is_promised():
    assert ERROR <= 0.004


@settings(deadline=None, max_examples=60)
@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_buckets_rise_with_the_value(one, other):
    low, high = sorted((one, other))
    first, last = buckets(np.array([low, high]))
    assert first <= last
    assert buckets(np.array([-low]))[0] == -first


def test_the_upper_end_belongs_to_its_bucket():
    ends = np.ldexp(1 + np.arange(128) / 128, 3)
    at, after = buckets(ends), buckets(np.nextafter(ends, np.inf))
    assert (after == at + 1).all()
    assert (buckets(ends, positive=True) == at).all()


@settings(deadline=None, max_examples=15)  # each compares some fifty Datasets
@given(PLAIN, st.lists(st.integers(0, 300), max_size=4), st.lists(st.integers(0, 300), max_size=4))
def test_it_is_a_summary(values, one, other):
    splits = [[values], *(np.split(values, sorted(cuts)) for cuts in (one, other))]
    # mean and std are sums of floats; a mean near 0 of values that are not makes the largest relative difference
    shifted = [[part + 2.0**14 for part in blocks] for blocks in splits]
    check_summary(LogHistogram(), shifted, rtol=1e-9)
    assert isinstance(LogHistogram(), Summary)


@settings(deadline=None, max_examples=60)
@given(PLAIN, st.integers(1, 299))
def test_counts_ends_and_quantiles_have_the_same_bits_however_cut(values, cut):
    found = LogHistogram()
    whole = found.partial(values)
    parts = found.merge(found.partial(values[cut:]), found.partial(values[:cut]))
    for name in ("count", "low", "high", "key", "weight"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name))


@settings(deadline=None, max_examples=60)
@given(PLAIN, st.data())
def test_many_groups_at_once_are_each_alone(values, data):
    groups = data.draw(st.integers(2, 7))
    group = np.array(data.draw(st.lists(st.integers(0, groups - 1), min_size=len(values), max_size=len(values))))
    many = LogHistogram(groups)
    ds = many.finalize(many.partial((group, values)))
    for g in range(groups):
        alone = LogHistogram().finalize(LogHistogram().partial(values[group == g]))
        for name in alone.data_vars:
            assert np.allclose(ds[name].values[g], alone[name].values, rtol=1e-9, atol=1e-6, equal_nan=True)
        assert np.array_equal(ds["p95"].values[g], alone["p95"].values, equal_nan=True)


@pytest.mark.parametrize("spread", [1.0, 300.0])  # into a table, and by sorting
def test_groups_far_apart_take_the_other_way_to_the_same(spread):
    rng = np.random.default_rng(0)
    values, group = np.exp(rng.uniform(-spread, spread, 5000)), rng.integers(0, 50, 5000)
    many = LogHistogram(50)
    found = many.quantiles(many.partial((group, values)), [0.5])[:, 0]
    wanted = np.array([np.median(np.sort(values[group == g])) for g in range(50)])
    assert np.allclose(found, wanted, rtol=ERROR)
    alone = LogHistogram().partial(values)
    assert alone.weight.sum() == 5000
    assert (np.diff(alone.key) > 0).all()


def test_many_blocks_give_the_moments_of_numpy():
    values = np.random.default_rng(0).normal(1e6, 1, 100_000)
    ds = LogHistogram().finalize(LogHistogram().partial(values), "s")
    assert float(ds["std"]) == pytest.approx(values.std(ddof=1), rel=1e-9)
    assert float(ds["mean"]) == pytest.approx(values.mean(), rel=1e-14)
    assert (ds["mean"].units, ds["count"].units) == ("s", "1")


def test_panes_become_windows():
    rng = np.random.default_rng(0)
    values, pane = rng.gamma(2, size=600), np.repeat(np.arange(6), 100)
    panes = LogHistogram(6)
    state = panes.partial((pane, values))
    windows = LogHistogram(3)
    got = windows.finalize(windows.regrouped([state], [np.arange(6) // 2]))
    wanted = windows.finalize(windows.partial((pane // 2, values)))
    assert np.array_equal(got["p99"], wanted["p99"])
    assert np.allclose(got["std"], wanted["std"], rtol=1e-12)
    assert int(windows.regrouped([], []).count.sum()) == 0


@pytest.mark.parametrize("groups", [1, 3])
def test_groups_without_values_are_nan(groups):
    ds = LogHistogram(groups).finalize(LogHistogram(groups).identity())
    assert (ds["count"] == 0).all()
    assert all(np.isnan(ds[name]).all() for name in ds.data_vars if name != "count")


@pytest.mark.parametrize(
    ("attempt", "kind", "said"),
    [
        (lambda: LogHistogram(0), OptionError, "groups is 0"),
        (lambda: LogHistogram().partial([1.0, np.nan, np.inf]), SeriesError, "2 of 3 values are NaN or infinite"),
        (lambda: LogHistogram(2).partial(([0, 2], [1.0, 2.0])), SummaryError, "below 2"),
        (lambda: LogHistogram(2).partial(([0], [1.0, 2.0])), SummaryError, "1 groups of 0 to 0 for 2 values"),
        (lambda: LogHistogram(2).merge(LogHistogram(2).identity(), LogHistogram(3).identity()), SummaryError, "not 2"),
        (lambda: LogHistogram().quantiles(LogHistogram().identity(), 1.5), OptionError, "from 0 to 1"),
    ],
)
def test_what_makes_no_sense_is_refused(attempt, kind, said):
    with pytest.raises(kind, match=said):
        attempt()


@settings(deadline=None, max_examples=60)
@given(st.lists(VALUES, min_size=1, max_size=3))
def test_the_deviation_from_the_median_is_within_its_error(groups):
    group = np.repeat(np.arange(len(groups)), [len(each) for each in groups])
    block = np.concatenate(groups) if len(groups) == 1 else (group, np.concatenate(groups))
    found = LogHistogram(len(groups)).mad(LogHistogram(len(groups)).partial(block))
    for each, mad in zip(groups, found, strict=True):
        with np.errstate(over="ignore"):
            wanted = np.median(abs(each - np.median(each)))
        assert abs(mad - wanted) <= ERROR * 2 * abs(each).max() * (1 + 1e-9)


def test_of_no_values_there_is_no_deviation():
    assert np.isnan(LogHistogram(2).mad(LogHistogram(2).partial(([1, 1], [2.0, 2.0])))[0])
    assert np.isnan(LogHistogram().mad(LogHistogram().identity())).all()
