"""Plans as summaries: any split, any tree, any scheduler gives the bits of the stream; budgets change what is kept, not that."""

import math
import pickle
import tracemalloc
from fractions import Fraction
from itertools import pairwise

import dask
import dask.bag
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nsi_notebook import check_summary
from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.condensed import condense, together
from nsi_notebook.analytics.core.grouping import grouped
from nsi_notebook.analytics.core.histogram import ERROR, LogHistogram
from nsi_notebook.analytics.core.series import Series
from nsi_notebook.analytics.processors import counted
from nsi_notebook.analytics.processors import sessions as sessions_module
from nsi_notebook.analytics.processors.plans import counts, sessions, window
from nsi_notebook.errors import OptionError, SeriesError
from nsi_notebook.summaries import Summary

SECOND = 10**6
SERIES = tuple(Series.of(name, "um", {"sensor": s}) for name in ("camera.1.area", "camera.2.area", "speed") for s in "ab")
ALL = ("count", "missing", "sum", "mean", "std", "min", "max", "median", "p95", "q0.25")
TIMED = ("first", "last", "slope", "distinct")
MANY = window("10s").agg(*ALL).budget(50)


def made(seed, n, seconds=100, gaps=0.05):
    rng = np.random.default_rng(seed)
    value = rng.normal(size=n) * 10.0 ** rng.integers(-3, 4, n)
    value[rng.random(n) < gaps] = np.nan
    code = rng.integers(0, len(SERIES), n).astype(np.int32)
    return Batch(SERIES, code, rng.integers(-seconds * SECOND, seconds * SECOND, n), value)


def cut(batch, edges):
    return [batch.take(slice(a, b)) for a, b in pairwise([0, *sorted(edges), len(batch)])]


def streamed(plan, batches):
    stream = plan.allow(disorder="1h").stream()
    return pd.concat([stream.push(each).to_pandas() for each in batches] + [stream.close().to_pandas()])


def same(one, other):
    pd.testing.assert_frame_equal(one.reset_index(drop=True), other.reset_index(drop=True), check_exact=True)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([window("10s"), window("20s", every="5s"), window("9s", every="6s"), sessions("300ms")]),
    st.sampled_from([(), ("sensor",), None]),
    st.sampled_from([None, 1, 30, 200]),
    st.integers(0, 2**32),
    st.lists(st.integers(0, 1500), min_size=1, max_size=5),
)
def test_a_plan_keeps_the_promise_of_a_summary(plan, tags, budget, seed, edges):
    batch = made(seed, 1500)
    plan = plan if tags is None else plan.by(*tags)
    plan = plan.agg(*ALL, *(() if budget else TIMED))
    plan = plan.budget(budget) if budget else plan
    assert isinstance(plan, Summary)
    shuffled = batch.take(np.random.default_rng(seed).permutation(len(batch)))
    splits = [[batch], cut(batch, edges), cut(shuffled, edges), [*cut(batch, edges), batch.take(slice(0))]]
    found = check_summary(plan, splits, rtol=0)
    same(plan.run(batch).to_pandas(), streamed(plan, cut(shuffled, edges)))
    xr.testing.assert_identical(found, plan.run(batch).to_xarray())
    assert found["mean"].attrs == {"units": "um", "long_name": "mean of the window"}


@settings(deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.0, 1e6, 1e300, 5e-324]), st.integers(1, 400))
def test_sums_above_a_budget_are_those_of_fractions_rounded_once(seed, centre, n):
    rng = np.random.default_rng(seed)
    values = (centre + rng.normal(size=n) * 10.0 ** rng.integers(-30, 5, n)) if centre < 1e200 else centre * rng.normal(size=n)
    if centre == 5e-324:
        values = rng.integers(-5, 5, n) * 5e-324
    parts = [condense(grouped(np.zeros(len(v), np.int64), v), 0).condensed for v in np.array_split(values, 3) if len(v)]
    found = together(parts)
    exact = [Fraction(v) for v in values.tolist()]
    total, squares = sum(exact), sum(v * v for v in exact)
    assert found.sum()[0] == float(total)
    assert found.mean()[0] == float(total / n)
    if n > 1 and centre < 1e200:
        variance = (squares - total * total / n) / (n - 1)
        assert found.std()[0] == math.sqrt(float(variance))
    assert found.sketch.count[0] == n


def test_quantiles_above_a_budget_are_those_of_the_histogram_of_all_values():
    batch = made(3, 30_000, 20)
    plan = window("10s", every="5s").by().agg("median", "p99", "count", "min", "max", "mean", "std")
    exact, found = plan.run(batch).to_pandas(), plan.budget(1500).run(batch).to_pandas()
    large = found["count"] > 1500
    assert large.any()
    assert not large.all()
    same(found[~large], exact[~large])
    same(found[["count", "min", "max"]], exact[["count", "min", "max"]])
    np.testing.assert_allclose(found[["mean", "std"]], exact[["mean", "std"]], rtol=1e-9)
    np.testing.assert_allclose(found[["median", "p99"]], exact[["median", "p99"]], rtol=2 * ERROR)
    row = found[large].iloc[0]
    time, names = batch.time, np.array([s.name for s in SERIES])[batch.code]
    start, end = (int(row[each].timestamp() * SECOND) for each in ("start", "end"))
    mine = batch.value[(time >= start) & (time < end) & (names == row["series"])]
    whole = LogHistogram()
    state = whole.partial(mine[~np.isnan(mine)])
    assert whole.quantiles(state, 0.99)[0, 0] == row["p99"]


def test_windows_that_are_given_again_keep_to_the_budget():
    plan = window("10s").agg("count", "p95").budget(3).allow(lateness="1min")
    stream = plan.stream()
    stream.push(Batch(SERIES[:1], np.zeros(3, np.int32), np.arange(3) * SECOND, np.array([1.0, 2.0, 3.0])))
    first = stream.push(Batch(SERIES[:1], np.zeros(1, np.int32), np.array([12 * SECOND]), np.ones(1)))
    assert first.columns["p95"].tolist() == [2.9]
    again = stream.push(Batch(SERIES[:1], np.zeros(2, np.int32), np.array([5, 6]) * SECOND, np.array([4.0, 5.0])))
    assert again.columns["count"].tolist() == [5]
    assert again.columns["p95"][0] == pytest.approx(4.8, rel=ERROR)
    assert stream.pending == 6


def numbers(values):
    """Give what NumPy says of values, in the order of ALL."""
    there = values[~np.isnan(values)]
    said = [len(there), len(values) - len(there)]
    if not len(there):
        return [*said, *[np.nan] * 8]
    std = there.std(ddof=1) if len(there) > 1 else np.nan
    return [*said, there.sum(), there.mean(), std, there.min(), there.max(), *np.quantile(there, [0.5, 0.95, 0.25])]


def by_numpy(plan, batch):
    """Give (start, end, series, numbers, values) of sessions and of windows of counts."""
    for code, series in enumerate(batch.series):
        time, value = batch.time[batch.code == code], batch.value[batch.code == code]
        if plan.kind == "sessions":
            order = np.argsort(time, kind="stable")
            parts = np.split(order, np.flatnonzero(np.diff(time[order]) >= plan.size) + 1) if len(order) else []
        else:
            parts = [np.arange(a, a + plan.size) for a in range(0, len(time) - plan.size + 1, plan.every)]
        for part in parts:
            end = time[part[-1]] + (plan.size if plan.kind == "sessions" else 0)
            yield time[part[0]], end, str(series), numbers(value[part]), value[part]


LARGE = [sessions("2s"), sessions("300ms"), counts(120), counts(100, every=40), counts(7, every=3), counts(64, every=63)]


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(LARGE),
    st.sampled_from([1, 5, 30, 150]),
    st.integers(0, 2**32),
    st.lists(st.integers(0, 1500), max_size=6),
    st.sampled_from([50, 1 << 20]),
)
def test_sessions_and_counts_keep_to_a_budget_and_to_what_numpy_says(plan, budget, seed, edges, waiting):
    batch = made(seed, 1500)
    plan = plan.agg(*ALL)
    with pytest.MonkeyPatch.context() as patch:  # so that samples are condensed while their windows are open
        for module in (sessions_module, counted):
            patch.setattr(module, "WAITING", waiting)
        lean = plan.budget(budget)
        found = lean.run(cut(batch, edges)).to_pandas()
        same(lean.run(batch).to_pandas(), found)
        stream = (lean if plan.kind == "counts" else lean.allow(disorder="1h")).stream()
        parts = pd.concat([stream.push(each).to_pandas() for each in cut(batch, edges)] + [stream.close().to_pandas()])
    same(parts.sort_values(["end", "start", "series"]), found.sort_values(["end", "start", "series"]))
    wanted = sorted(by_numpy(plan, batch), key=lambda row: (row[1], row[0], row[2], row[3][:2]))
    assert len(found) == len(wanted)
    found = found.sort_values(["end", "start", "series", "count", "missing"])
    assert [(int(t.value) // 1000) for t in found["start"]] == [row[0] for row in wanted]
    assert [(int(t.value) // 1000) for t in found["end"]] == [row[1] for row in wanted]
    assert found["series"].tolist() == [row[2] for row in wanted]
    exact = pd.DataFrame([row[3] for row in wanted], columns=list(ALL))
    small = (exact["count"] <= budget).to_numpy()
    same(found[["count", "missing", "min", "max"]], exact[["count", "missing", "min", "max"]].astype(float))
    np.testing.assert_allclose(found[["sum", "mean", "std"]], exact[["sum", "mean", "std"]], rtol=1e-9, atol=1e-9)
    levels = ["median", "p95", "q0.25"]
    np.testing.assert_allclose(found.loc[small, levels], exact.loc[small, levels], rtol=1e-12)
    for name, level in zip(levels, (0.5, 0.95, 0.25), strict=True):
        for (*_, values), value in zip(wanted, found[name], strict=True):
            there = values[~np.isnan(values)]
            if len(there) > budget:
                low, high = (np.quantile(there, level, method=way) for way in ("lower", "higher"))
                assert abs(value - np.quantile(there, level)) <= ERROR * max(abs(low), abs(high)) * (1 + 1e-9)


@pytest.mark.parametrize(
    "plan", [window("1h"), sessions("1h").allow("1h"), counts(3_000_000), counts(2_000_000, every=500_000)], ids=str
)
def test_an_open_window_takes_no_more_memory_than_its_budget(plan):
    rng = np.random.default_rng(0)
    stream = plan.agg("count", "mean", "p99").budget(10_000).stream()
    tracemalloc.start()
    held = []
    for _ in range(6):
        for _ in range(10):
            n = 50_000
            batch = Batch(
                SERIES[:2], rng.integers(0, 2, n).astype(np.int32), rng.integers(0, 3 * SECOND, n), rng.gamma(2.0, size=n)
            )
            stream.push(batch)
        held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert held[-1] < 45e6  # a million samples that wait, and two histograms; 3e6 samples are 72 MB
    assert stream.pending == 3_000_000
    assert stream.close().columns["count"].sum() == (0 if plan.kind == "counts" else 3_000_000)  # none is full


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: window("1s").agg("first").budget(5), "first cannot be told from a histogram"),
        (lambda: window("1s").budget(5).agg("slope", "distinct"), "slope and distinct cannot be told"),
        (lambda: window("1s").budget(0), "a budget of 0 values"),
        (lambda: sessions("1s").agg("last").budget(5), "last cannot be told from a histogram"),
        (lambda: counts(4).budget(True), "a budget of True values"),
        (lambda: window("1s").of("camera."), "'camera.' is no pattern"),
        (lambda: counts(4).partial(made(0, 5)), "follow the order in which samples come"),
        (lambda: counts(4).run([dask.delayed(made)(0, 5)]), "follow the order in which samples come"),
        (lambda: window("1s").run(pd.DataFrame()), "a DataFrame does not say what its series are called"),
        (lambda: window("1s").run(3), "a int holds no samples"),
        (lambda: window("1s").run([3]), "a int holds no samples"),
        (lambda: window("1s").run(None), "a NoneType holds no samples"),
    ],
)
def test_what_cannot_be_is_refused(make, said):
    with pytest.raises(OptionError, match=said):
        make()


def test_states_of_other_units_are_refused():
    plan = window("10s")
    one, other = (plan.partial(Batch.of("area", [1.0], ["1970-01-01T00:00:02Z"], unit=unit)) for unit in ("um", "mm"))
    with pytest.raises(SeriesError, match=r"area is in 'u?m?m' and in"):
        plan.merge(one, other)


def test_a_pattern_chooses_series():
    batch = made(1, 4000)
    plan = window("10s").agg("count", "max").of("camera.*.area")
    stream = plan.allow(disorder="1h").stream()
    parts = [stream.push(each).to_pandas() for each in cut(batch, [5, 700, 701])]
    wanted = np.array([s.name.startswith("camera") for s in SERIES])[batch.code]
    assert stream.seen == wanted.sum()
    found = pd.concat([*parts, stream.close().to_pandas()])
    assert set(found["series"]) == {str(s) for s in SERIES[:4]}
    same(found, window("10s").agg("count", "max").run(batch.take(wanted)).to_pandas())
    assert str(plan) == "window('10s').of('camera.*.area').agg(count='count', max='max')"
    assert str(MANY).endswith(".budget(50)")
    nothing = window("10s").of("other.**").run(batch)
    assert len(nothing) == 0
    assert len(window("10s").of("other.**").stream().push(batch)) == 0


def test_samples_that_a_pattern_leaves_out_do_not_move_the_watermark_and_are_never_late():
    stream = window("10s").of("camera.**").stream()
    fast = Batch(SERIES[4:], np.zeros(2, np.int32), np.array([50, 3]) * SECOND, np.ones(2))
    assert stream.push(fast).late is None
    assert stream.watermark is None
    both = Batch(SERIES, np.array([0, 4, 0], np.int32), np.array([25, 1, 3]) * SECOND, np.ones(3))
    late = stream.push(both).late
    assert late.time.tolist() == [3 * SECOND]
    assert {late.series[code] for code in late.code} == {SERIES[0]}


PLANS = [
    window("10s").by("sensor").agg(*ALL, *TIMED),
    window("20s", every="5s").agg(*ALL).budget(40),
    sessions("250ms").agg(*ALL),
    sessions("9s").by().agg(*ALL).budget(70),
    window("10s").of("camera.**").agg("p99"),
]


@pytest.mark.parametrize("plan", PLANS, ids=str)
@pytest.mark.parametrize("scheduler", ["threads", "sync"])
def test_partitions_on_dask_give_the_bits_of_the_stream(plan, scheduler):
    batch = made(2, 5000)
    parts = cut(batch, [100, 1100, 1100, 4000])
    wanted = streamed(plan, parts).sort_values(["end", "start", "series"]).reset_index(drop=True)
    with dask.config.set(scheduler=scheduler):
        delayed = plan.run([dask.delayed(each) for each in parts])
        bag = plan.run(dask.bag.from_sequence(parts, npartitions=2))
        one = plan.run(dask.delayed(batch))
    for found in (delayed, bag, one):
        same(found.to_pandas().sort_values(["end", "start", "series"]).reset_index(drop=True), wanted)


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_a_plan_and_its_states_can_be_sent(plan):
    batch = made(4, 800)
    again, state = pickle.loads(pickle.dumps((plan, plan.partial(batch))))
    assert str(again) == str(plan)
    xr.testing.assert_identical(again.finalize(state), plan.run(batch).to_xarray())


def test_a_cluster_gives_the_bits_of_the_stream():
    from distributed import Client, LocalCluster

    batch = made(5, 4000)
    parts = cut(batch, [900, 2000, 2500])
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster):
        for plan in PLANS[:2]:
            found = plan.run([dask.delayed(each) for each in parts])
            same(found.to_pandas(), plan.run(batch).to_pandas())


def test_tables_are_run_under_a_name():
    times = pd.date_range("2026-11-26T12:00", periods=40, freq="1s", tz="UTC", name="time")
    values = np.random.default_rng(0).normal(size=40)
    frame = pd.DataFrame({"value": values}, times)
    plan = window("10s").agg("mean", "p95")
    wanted = plan.run(Batch.of("area", values, times)).to_pandas()
    same(plan.run(frame, "area").to_pandas(), wanted)
    array = xr.DataArray(values, {"time": ("time", times.tz_localize(None), {"timezone": "UTC"})}, ("time",))
    same(plan.run(array, "area").to_pandas(), wanted)
    same(plan.run([dask.delayed(frame[:7]), dask.delayed(frame[7:])], "area").to_pandas(), wanted)
    assert plan.run(frame, "area", unit="um").to_xarray()["mean"].attrs["units"] == "um"
