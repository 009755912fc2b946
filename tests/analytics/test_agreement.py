"""Windows, the store and metrics are one in what they tell of the same samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsi_notebook.analytics.core import aggregates as of_windows
from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.histogram import ERROR, LogHistogram
from nsi_notebook.analytics.core.metric_query import exact
from nsi_notebook.analytics.core.metrics import MetricsCollector
from nsi_notebook.analytics.core.series import Series
from nsi_notebook.analytics.processors.plans import window
from nsi_notebook.analytics.storage import TimeSeriesDatabase
from nsi_notebook.analytics.storage import aggregates as of_stores
from nsi_notebook.analytics.storage.postgres import questions as of_servers

NAMES = (*of_windows.NAMES, "p0", "p5", "p95", "p99.9", "q0.25", "q1")
KINDS = (Series("a", "um", (("line", "1"),)), Series("a", "um", (("line", "2"),)), Series("b"))
STEP = 1_000_000
ROUGH = 1e-12  # of what an answer is made of; where that cancels out, of the largest part of it

NUMBERS = st.floats(-1e100, 1e100, allow_nan=False).map(lambda x: x if abs(x) > 1e-100 else x * 0.0)
VALUES = st.one_of(st.integers(-3, 3).map(float), st.just(-0.0), st.just(np.nan), st.floats(299.9, 300.1), NUMBERS)
TIMES = st.one_of(st.integers(0, 3 * STEP), st.integers(2 * STEP - 3, 2 * STEP + 3))
STARTS = st.sampled_from([0, -7 * STEP, 1_764_158_400 * STEP, -62_135_596_790 * STEP, 253_402_300_000 * STEP])


@st.composite
def batches(draw):
    rows = draw(st.lists(st.tuples(st.integers(0, 2), TIMES, VALUES), min_size=1, max_size=60))
    code, time, value = zip(*rows, strict=True)
    return Batch(KINDS, np.array(code, np.int32), np.array(time, np.int64) + draw(STARTS), np.array(value, np.float64))


def scale(name, time, value):
    """Give the magnitude of what the answer is a sum of."""
    most, n = np.abs(value).max(), len(value)
    away = (time - time[0]) / 1e6
    spread = np.sqrt(np.square(away - away.mean()).mean())
    return {"sum": most * n, "slope": most / spread if spread else np.nan}.get(name, most)


def agree(store, batch):
    """Hold every aggregate of a store to that of windows, and give how many windows there were."""
    for at in range(0, len(batch), 25):
        store.append(batch.take(slice(at, at + 25)))
        store.seal() if at == 0 else None
    windows = window("1s").agg(**{f"n{i}": f"value:{name}" for i, name in enumerate(NAMES)}).run(batch)
    rows = sorted(
        (str(windows.keys[key]), start, n) for n, (key, start) in enumerate(zip(windows.key, windows.start, strict=True))
    )
    answer = store.query(step="1s", agg=[f"value:{name}" for name in NAMES])
    table = answer.to_arrow()
    found = list(zip(table["series"].to_pylist(), table["time"].to_numpy().astype("M8[us]").astype(np.int64), strict=True))
    assert found == [row[:2] for row in rows]
    order = [row[2] for row in rows]
    for i, name in enumerate(NAMES):
        got = table[name].to_numpy().astype(float)
        expected = windows.columns[f"n{i}"][order]
        assert not np.signbit(np.concatenate([got, expected])[np.concatenate([got, expected]) == 0]).any()
        for (series, start), one, other in zip(found, got, expected, strict=True):
            here = (np.array([str(KINDS[c]) == series for c in batch.code])) & (batch.time // STEP * STEP == start)
            here &= ~np.isnan(batch.value)
            if np.isnan(other):
                assert np.isnan(one), (name, series, start)
            else:
                most = scale(name, batch.time[here], batch.value[here]) if here.any() else 0
                assert one == pytest.approx(other, rel=ROUGH, abs=ROUGH * most), (name, series, start)
    return len(rows)


@settings(max_examples=60)
@given(batches())
def test_the_store_in_memory_tells_what_windows_tell(batch):
    with TimeSeriesDatabase("memory:") as store:
        assert agree(store, batch) > 0


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches())
def test_the_store_in_a_folder_tells_what_windows_tell(tmp_path_factory, batch):
    with TimeSeriesDatabase(tmp_path_factory.mktemp("store")) as store:
        assert agree(store, batch) > 0


@settings(max_examples=15)
@given(batch=batches())
def test_the_store_on_a_server_tells_what_windows_tell(postgres, batch):
    with TimeSeriesDatabase(postgres.address()) as store:
        assert agree(store, batch) > 0


def test_windows_and_stores_know_the_same_names():
    assert set(of_windows.NAMES) == set(of_stores.KNOWN) == set(of_servers.SAID)
    assert set(of_stores.COUNTS) == {name for name in NAMES if of_windows.aggregate(name).units == "1"}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("values", [[1e308] * 3, [-1e308] * 3, [-1.7e308, 1.7e308], [1e200, -1e200]], ids=str)
def test_what_overflows_is_infinite_or_missing_everywhere_and_numpy_does_not_warn_of_it(values):
    names = [name for name in NAMES if name not in ("first", "last", "slope", "distinct")]
    batch = Batch((Series("a"),), np.zeros(len(values), np.int32), np.arange(len(values)), np.array(values))
    plan = window("1s").agg(**{f"n{i}": name for i, name in enumerate(names)})
    kept = plan.run(batch).columns
    condensed = plan.budget(1).run(batch).columns
    with TimeSeriesDatabase("memory:") as store:
        store.append(batch)
        stored = store.query(agg=names).to_pandas()
    with np.errstate(over="ignore", invalid="ignore"):
        wanted = {"sum": np.sum(values), "mean": np.mean(values), "std": np.std(values, ddof=1)}
    for i, name in enumerate(names):
        np.testing.assert_array_equal(stored[name], kept[f"n{i}"], name)
        if name in wanted:
            np.testing.assert_array_equal(kept[f"n{i}"], wanted[name], name)
    assert condensed[f"n{names.index('sum')}"] == math.fsum(v / 1e10 for v in values) * 1e10
    metric = exact(np.zeros(len(values), int), np.array(values), 1)
    assert (metric["min"], metric["max"]) == (min(values), max(values))


@given(batches(), st.randoms(use_true_random=False))
def test_neither_order_nor_cut_gives_a_zero_its_sign(batch, random):
    plan = window("1s").by().agg(*NAMES)
    order = list(range(len(batch)))
    random.shuffle(order)
    cut = random.randint(0, len(batch))
    shuffled = batch.take(np.array(order))
    one, other = plan.run(batch), plan.run([shuffled.take(slice(0, cut)), shuffled.take(slice(cut, None))])
    assert [one.keys[key].name for key in one.key] == [other.keys[key].name for key in other.key]
    for name in NAMES:
        assert one.columns[name].tobytes() == other.columns[name].tobytes(), name


@settings(max_examples=40)
@given(st.lists(VALUES.filter(lambda x: x == x), min_size=1, max_size=80))
def test_metrics_tell_what_windows_tell(values):
    metrics = MetricsCollector()
    metrics.histogram("x", "X").observe_many(values)
    found = metrics.query("x")
    names = ("count", "mean", "std", "min", "max", "median", "p95", "p99")
    batch = Batch(KINDS[:1], np.zeros(len(values), np.int32), np.zeros(len(values), np.int64), np.array(values))
    windows = window("1s").agg(*names).run(batch)
    for name in names:
        got, expected = float(found[name]), windows.columns[name][0]
        if name in ("mean", "std"):
            assert got == pytest.approx(expected, rel=ROUGH, abs=ROUGH * np.abs(values).max(), nan_ok=True)
        else:
            assert (got, np.signbit(got)) == (expected, np.signbit(expected)), name


@given(st.lists(st.lists(NUMBERS, min_size=1, max_size=40), min_size=1, max_size=5))
def test_exact_quantiles_have_the_bits_of_numpy(groups):
    group = np.repeat(np.arange(len(groups)), [len(each) for each in groups])
    found = exact(group, np.concatenate(groups), len(groups))
    for at, values in enumerate(groups):
        for name, level in (("median", 0.5), ("p95", 0.95), ("p99", 0.99)):
            assert found[name][at] == np.quantile(values, level)


@given(st.lists(NUMBERS, min_size=1, max_size=60), st.floats(0, 1))
def test_quantiles_of_a_histogram_are_within_their_bound_of_numpy(values, level):
    histogram = LogHistogram()
    found = histogram.quantiles(histogram.partial(values), level)[0, 0]
    low, high = np.quantile(values, level, method="lower"), np.quantile(values, level, method="higher")
    bound = ERROR * (1 + 1e-9) * max(abs(low), abs(high))
    assert abs(found - np.quantile(values, level)) <= bound
