"""Grouping against NumPy's own sorting."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nsi_notebook.analytics.core.aggregates import aggregate
from nsi_notebook.analytics.core.grouping import by_number, grouped
from nsi_notebook.analytics.processors.sheets import Sheet, put_together


@given(st.lists(st.integers(0, 9), max_size=60), st.sampled_from([10, 2**31]))
def test_the_order_of_small_numbers_is_the_stable_one(numbers, groups):
    found = by_number(np.array(numbers, dtype=np.int64), groups)
    assert found.tolist() == np.argsort(np.array(numbers, dtype=np.int64), kind="stable").tolist()


@given(st.integers(0, 2**32), st.sampled_from([1, 3, 50, 10**9]), st.sampled_from([0, 1, 7, 300, 3000]), st.booleans())
def test_groups_hold_their_values_sorted(seed, spread, n, gaps):
    rng = np.random.default_rng(seed)
    group = rng.integers(0, spread, n) ** 2
    value = rng.normal(size=n).round(1)
    if gaps:
        value[rng.random(n) < 0.3] = np.nan
    time = rng.integers(0, 5, n)
    found = grouped(group, value, time)
    assert found.id.tolist() == sorted(set(group.tolist()))
    assert found.time is not None
    assert found.by_time is not None
    for i, name in enumerate(found.id):
        mine = value[group == name]
        part = slice(found.start[i], found.stop[i])
        assert found.value[part].tolist() == sorted(mine[~np.isnan(mine)].tolist())
        assert found.missing[i] == np.isnan(mine).sum()
        pairs = sorted((t, v) for t, v in zip(time[group == name].tolist(), mine.tolist(), strict=True) if v == v)
        assert list(zip(found.time[part].tolist(), found.by_time[part].tolist(), strict=True)) == pairs


@given(
    st.integers(0, 2**32),
    st.sampled_from([3, 40, 400]),
    st.integers(1, 5),
    st.permutations(["median", "p95", "p99", "p80", "p5", "p20.5", "p0", "p100", "distinct", "min", "max", "count", "missing"]),
)
def test_groups_of_runs_tell_what_the_values_together_tell(seed, n, most, names):
    rng = np.random.default_rng(seed)
    sheets, all_of = [], []
    for sheet in range(rng.integers(1, 4)):
        pane, key = rng.integers(sheet, sheet + 2, n), rng.integers(0, 3, n)  # some panes come in two sheets
        value = rng.normal(size=n).round(1)
        value[rng.random(n) < 0.2] = np.nan
        groups = grouped(pane * 3 + key, value)
        found = groups.id // 3
        sheets.append(Sheet(found - most + 1, found, found, groups.id % 3, groups))
        all_of.append((pane, key, value))
    pane, key, value = (np.concatenate(each) for each in zip(*all_of, strict=True))
    window, of, groups = put_together(sheets, -5, 9, runs=True)
    plain = put_together(sheets, -5, 9)
    assert (window == plain[0]).all()
    assert (of == plain[1]).all()
    for name in names:
        np.testing.assert_array_equal(aggregate(name).of(groups), aggregate(name).of(plain[2]), err_msg=name)
    for i in range(len(window)):
        mine = value[(pane >= window[i]) & (pane < window[i] + most) & (key == of[i])]
        mine = mine[~np.isnan(mine)]
        assert groups.count[i] == len(mine)
        if len(mine):
            np.testing.assert_allclose(aggregate("sum").of(groups)[i], mine.sum(), atol=1e-9)
            np.testing.assert_allclose(aggregate("p95").of(groups)[i], np.quantile(mine, 0.95), rtol=1e-12)
        if len(mine) > 1:
            np.testing.assert_allclose(aggregate("std").of(groups)[i], mine.std(ddof=1), atol=1e-9)
    again = put_together(sheets[::-1], -5, 9, runs=True)[2]
    for name in ("sum", "mean", "std"):
        np.testing.assert_array_equal(aggregate(name).of(again), aggregate(name).of(groups))
