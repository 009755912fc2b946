"""Grouping against NumPy's own sorting."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nsi_notebook.analytics.processors.grouping import by_number, grouped


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
