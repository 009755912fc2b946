"""Windows in the store: each once, and whole, wherever an engine stopped, and of whomever it was."""

import threading
import time
from dataclasses import replace
from datetime import UTC

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.series import Series
from nsi_notebook.analytics.engine import AnalyticsEngine, Job
from nsi_notebook.analytics.processors.plans import counts, sessions, window
from nsi_notebook.analytics.storage import TimeSeriesDatabase
from nsi_notebook.errors import EngineError, SeriesError, StoreError

T0 = 1_764_158_400_000_000
SECOND = 1_000_000
KINDS = (Series("load", "N", (("line", "1"),)), Series("load", "N", (("line", "2"),)), Series("heat", "degC"))
PLANS = {
    "tumbling": window("10s"),
    "sliding": window("30s", every="10s"),
    "sessions": sessions("4s"),
    "by name": window("10s").by(),
    "of a name": window("10s").of("load"),
}


def moments(seconds):
    return (np.asarray(seconds) * SECOND + T0).astype("M8[us]")


def samples(rng, count=200, disorder=0):
    """Give samples whose times rise but for a disorder in whole seconds, each time once a series."""
    time = np.cumsum(rng.choice([1, 1, 1, 6], count)) + T0 // SECOND
    time = time[np.argsort(time + rng.uniform(0, disorder + 1, count) // 1, kind="stable")]
    code = rng.integers(0, len(KINDS), count).astype(np.int32)
    return Batch(KINDS, code, time * SECOND, rng.normal(size=count).round(2))


def stored(store, name="load"):
    """Give the windows of a plan as they are in the store: series and aggregate, end, value."""
    made = [series for series in store.series() if series.made == name]
    if not made:
        return []
    found = store.query(made).to_pandas()
    assert not found.duplicated(["series", "time"]).any()
    return sorted(zip(found["series"], found["time"].astype("int64"), found["value"], strict=True))


def expected(plan, history, until, name="load"):
    """Give the same of windows of history that end by a time."""
    found = plan.run(history)
    batch = found.take(found.end <= until).to_batch()
    texts = [str(replace(s, tags=tuple(sorted((*s.tags, ("windows", name)))))) for s in batch.series]
    return sorted(zip([texts[code] for code in batch.code], batch.time, batch.value, strict=True))


def feed(engine, batch, cuts):
    for part in np.split(np.arange(len(batch)), cuts):
        if len(part):
            engine._line.accept(batch.take(part))


@pytest.mark.parametrize("name", PLANS)
@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), stops=st.integers(1, 6), lateness=st.sampled_from([0, 0, 3, 12]))
def test_engines_one_after_another_store_what_history_gives(name, seed, stops, lateness):
    rng = np.random.default_rng(seed)
    disorder = int(rng.integers(0, 4))
    batch = samples(rng, disorder=disorder)
    plan = PLANS[name].agg("count", "sum", "p95").allow(disorder=f"{disorder}s" if disorder else None)
    given_plan = plan.allow(lateness=f"{lateness}s") if lateness else plan
    whole = TimeSeriesDatabase("memory:")
    for part in np.split(np.arange(len(batch)), np.sort(rng.integers(0, len(batch), stops))):
        with AnalyticsEngine(whole, {"load": given_plan}, inline=True) as engine:
            feed(engine, batch.take(part), np.sort(rng.integers(0, max(len(part), 1), 3)))
    taken = [code for code, series in enumerate(KINDS) if plan.takes(series)]
    last = int(batch.time[np.isin(batch.code, taken)].max()) - (disorder + lateness) * SECOND
    assert stored(whole) == expected(plan, batch, last)
    whole.close()


class Dies(TimeSeriesDatabase):
    left = 0

    def append(self, batch, **told):
        if self.left == 0:
            raise StoreError("the process is killed", "")
        self.left -= 1
        return super().append(batch, **told)


@pytest.mark.parametrize("name", ["tumbling", "sliding", "sessions"])
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_an_engine_that_is_cut_off_between_samples_and_windows_leaves_them_to_the_next(name, seed):
    rng = np.random.default_rng(seed)
    batch, plan, store = samples(rng), PLANS[name].agg("count", "sum"), Dies("memory:")
    at = 0
    while at < len(batch):
        store.left = -1
        engine = AnalyticsEngine(store, {"load": plan}, inline=True).start()
        store.left = int(rng.integers(1, 8))
        while at < len(batch) and store.left:
            size = int(rng.integers(1, 20))
            part = batch.take(slice(at, at + size))
            try:
                engine._line.accept(part)
            except StoreError:  # nothing was taken
                break
            at += size
        engine._line._held.clear()  # as a process that is killed
        engine._threads.finish(0.0)
    store.left = -1
    with AnalyticsEngine(store, {"load": plan}, inline=True):
        pass
    assert store.count([series for series in store.series() if not series.made]) == len(batch)
    assert stored(store) == expected(plan, batch, int(batch.time.max()))
    store.close()


def test_a_window_that_is_given_again_is_stored_once_with_all_that_came(tmp_path):
    plan = window("10s").agg("count").allow(lateness="20s")
    told = []
    with AnalyticsEngine(tmp_path / "s", {"load": plan}, inline=True) as engine:
        engine.events.subscribe("windows.load", lambda event: told.extend(event.payload.columns["count"].tolist()))
        for second in (1, 11, 5, 35):
            engine.emit_many("load", [1.0], moments([second]), tz="UTC")
        engine.flush()
        assert told == [1.0, 2.0, 1.0]
        assert [value for _, _, value in stored(engine.store)] == [2.0]
    with AnalyticsEngine(tmp_path / "s", {"load": plan}, inline=True) as engine:
        engine.emit_many("load", [1.0, 1.0], moments([15, 60]), tz="UTC")
        assert engine.windows("load").columns["count"].tolist() == [2.0, 1.0]
        assert [value for _, _, value in stored(engine.store)] == [2.0, 2.0, 1.0]
        assert engine.status().late == {"load": 0}


def test_an_engine_that_another_follows_on_the_same_store_stops_to_store_windows():
    store, plan = TimeSeriesDatabase("memory:"), window("10s").agg("count")
    one, two = (AnalyticsEngine(store, {"load": plan}, inline=True) for _ in range(2))
    one.start().emit_many("load", [1.0, 1.0], moments([1, 11]), tz="UTC")
    two.start().emit_many("heat", [1.0, 1.0], moments([12, 21]), tz="UTC")
    one.emit_many("load", [1.0], moments([22]), tz="UTC")
    with pytest.raises(EngineError, match="another engine computes the windows 'load' in this store"):
        one.emit_many("load", [1.0], moments([31]), tz="UTC")
    one.emit_many("load", [1.0], moments([31]), tz="UTC")
    assert one.windows("load").columns["count"].tolist() == [1.0, 1.0, 1.0]  # it goes on to give them
    two.emit_many("heat", [1.0], moments([45]), tz="UTC")
    two.stop(), one.stop()
    assert store.count(Series("load")) == 4
    assert stored(store) == sorted(
        [('load.count{windows="load"}', T0 + s * SECOND, 1.0) for s in (10, 20)]
        + [('heat.count{windows="load"}', T0 + s * SECOND, 1.0) for s in (20, 30)]
    )


def test_an_engine_whose_first_samples_another_overtakes_stores_them_without_windows():
    store, plan = TimeSeriesDatabase("memory:"), window("10s").agg("count")
    one, two = (AnalyticsEngine(store, {"load": plan}, inline=True).start() for _ in range(2))
    two.emit_many("load", [1.0], moments([1]), tz="UTC")
    assert one.emit_many("heat", [1.0], moments([1]), tz="UTC").rows == 1
    with pytest.raises(EngineError, match="another engine"):
        one.flush()
    two.stop(), one.stop()
    assert store.count() == 2


def test_windows_of_another_plan_of_the_same_name_are_not_mixed(tmp_path):
    with AnalyticsEngine(tmp_path / "s", {"load": window("10s").agg("count")}, inline=True) as engine:
        engine.emit_many("load", [1.0], moments([1]), tz="UTC")
    again = AnalyticsEngine(tmp_path / "s", {"load": window("20s").agg("count")}, inline=True)
    with pytest.raises(EngineError, match=r"the store has windows of another plan 'load': window\('10s'\)"):
        again.start()
    patient = window("10s").agg("count").allow(disorder="5s", lateness="1min")  # how long it waits is not what it is
    with AnalyticsEngine(tmp_path / "s", {"load": patient, "slow": window("20s").agg("count")}, inline=True) as engine:
        engine.emit_many("load", [1.0, 1.0], moments([2, 99]), tz="UTC")
        assert [value for _, _, value in stored(engine.store)] == [2.0]


def test_a_new_plan_begins_with_the_window_that_is_open(tmp_path):
    with AnalyticsEngine(tmp_path / "s", inline=True) as engine:
        engine.emit_many("load", np.ones(25), moments(range(25)), tz="UTC")
    with AnalyticsEngine(tmp_path / "s", {"load": window("10s").agg("count")}, inline=True) as engine:
        engine.emit_many("load", np.ones(10), moments(range(25, 35)), tz="UTC")
        engine.add("more", window("5s").agg("count"))
        engine.emit_many("load", np.ones(10), moments(range(35, 45)), tz="UTC")
        assert [(end - T0) // SECOND for _, end, _ in stored(engine.store)] == [30, 40]
        assert {value for _, _, value in stored(engine.store)} == {10.0}
        assert [(end - T0) // SECOND for _, end, _ in stored(engine.store, "more")] == [40]


def test_windows_of_counts_begin_anew_and_two_plans_do_not_get_into_each_others_way():
    store = TimeSeriesDatabase("memory:")
    plans = {"three": counts(3).agg("sum"), "two": counts(2).agg("sum")}
    for _ in range(2):
        with AnalyticsEngine(store, plans, inline=True) as engine:
            first = 0 if store.series() == () else store.count("load")
            engine.emit_many("load", np.ones(4), moments(range(first, first + 4)), tz="UTC")
    assert [value for _, _, value in stored(store, "three")] == [3.0, 3.0]
    assert [value for _, _, value in stored(store, "two")] == [2.0] * 4
    assert len(store.query("load.sum", where={"windows": "two"})) == 4


@pytest.mark.parametrize("whole", [False, True], ids=["samples", "batches"])
def test_windows_wait_for_the_slowest_source_that_is_attached(whole):
    go, plan = threading.Event(), window("10s").agg("count", "sum")

    def source(name, first):
        if first:
            go.wait(30)
        for second in range(first, 100):
            tags = {"of": name}
            if whole:
                yield Batch.of("load", [float(second)], moments([second]), tags=tags, tz="UTC")
            else:
                yield "load", float(second), moments([second])[0].item().replace(tzinfo=UTC), tags

    engine = AnalyticsEngine("memory:", {"load": plan}, flush_every="5ms", idle="1h")
    fast, slow = engine.attach(source("a", 0), "fast"), engine.attach(source("b", 5), "slow")
    with engine:
        fast.join(30)
        engine.emit("load", 1.0, moments([200])[0].item().replace(tzinfo=UTC), {"of": "c"})  # is not waited for
        engine.flush()
        assert fast.given == 100
        assert len(engine.windows("load")) == 0
        go.set()
        slow.join(30)
        engine.flush()
        history = plan.run(engine.store.scan("load")).to_pandas()
        found = engine.windows("load").to_pandas()
        assert engine.status().late == {"load": 0}
        assert len(found) == 20
        pd.testing.assert_frame_equal(found, history[:20], check_exact=True)


def test_a_source_that_is_silent_is_not_waited_for_until_it_sends_again():
    silent, plan = threading.Event(), window("10s").agg("count")

    def quiet():
        silent.wait(30)
        yield "quiet", 1.0, moments([45])[0].item().replace(tzinfo=UTC)

    engine = AnalyticsEngine("memory:", {"load": plan}, flush_every="5ms", idle="50ms").start()
    source = engine.attach(quiet(), "quiet")
    engine.emit_many("load", np.ones(30), moments(range(30)), tz="UTC")
    end = time.monotonic() + 30
    while len(engine.windows("load")) < 2 and time.monotonic() < end:
        time.sleep(0.005)
    assert engine.windows("load").columns["count"].tolist() == [10.0, 10.0]
    engine.flush()
    assert [value for _, _, value in stored(engine.store)] == [10.0, 10.0]
    engine.add("more", plan)  # which does not wait for it either
    engine.emit_many("load", np.ones(12), moments(range(30, 42)), tz="UTC")
    assert engine.windows("more").columns["count"].tolist() == [10.0]
    silent.set()
    source.join(30)
    engine.flush()
    assert engine.windows("load").columns["count"].tolist() == [10.0, 10.0, 10.0, 10.0]
    assert engine.stop().late == {"load": 0, "more": 0}


def test_that_most_of_what_came_was_late_is_said_once():
    with AnalyticsEngine("memory:", {"load": window("10s").agg("count")}, inline=True) as engine:
        engine.emit_many("load", np.ones(60), moments(range(60)), tags={"line": "1"}, tz="UTC")
        for _ in range(2):
            engine.emit_many("load", np.ones(60), moments(range(60)), tags={"line": "2"}, tz="UTC")
        (said,) = engine.status().failures
    assert "50 of 60 samples that came together were too late" in str(said)


def test_the_tag_of_windows_is_for_windows():
    with AnalyticsEngine("memory:", inline=True) as engine:
        with pytest.raises(SeriesError, match="the tag 'windows' marks what an engine computes"):
            engine.emit("load", 1.0, tags={"windows": "load"})
        with pytest.raises(SeriesError, match="the tag 'windows' marks what an engine computes"):
            engine.emit_many("load", [1.0], moments([1]), tags={"windows": "load"}, tz="UTC")
        assert (engine.status().refused, engine.status().offered) == (1, 0)


def test_a_job_takes_no_windows_unless_it_is_said(tmp_path):
    plan = window("10s").agg("count")
    with AnalyticsEngine(tmp_path / "s", {"load": plan}, inline=True) as engine:
        assert engine.run(Job(plan)).columns["count"].tolist() == []
        engine.emit_many("load", np.ones(25), moments(range(25)), tz="UTC")
        assert engine.run(Job(plan), on=1).columns["count"].tolist() == [10.0, 10.0, 5.0]
        assert engine.run(Job(len)) == engine.run(Job(len, "load"))
        assert [part.value for part in engine.run(Job(len, "load.count"))] == [2]
        made = Series.of("load.count", tags={"windows": "load"})
        assert [part.value for part in engine.run(Job(len, made))] == [2]


def test_a_window_is_not_stored_again_by_an_engine_that_waits_longer_or_finds_no_samples():
    store, plan = TimeSeriesDatabase("memory:"), window("10s").agg("count")
    with AnalyticsEngine(store, {"load": plan}, inline=True) as engine:
        engine.emit_many("load", [1.0, 1.0], moments([1, 11]), tz="UTC")
    with AnalyticsEngine(store, {"load": plan.allow(disorder="20s")}, inline=True) as engine:
        engine.emit_many("load", [1.0, 1.0], moments([5, 61]), tz="UTC")
        assert engine.status().late == {"load": 1}
    store.retain("2027-01-01T00:00Z")
    with AnalyticsEngine(store, {"load": plan}, inline=True) as engine:
        engine.emit_many("load", [1.0, 1.0], moments([6, 62]), tz="UTC")
        assert engine.status().late == {"load": 1}
        engine.emit_many("load", [1.0], moments([71]), tz="UTC")
    assert [((end - T0) // SECOND, value) for _, end, value in stored(store)] == [(70, 1.0)]
    store.close()


def test_a_session_that_a_late_sample_begins_is_taken_on():
    store, plan = TimeSeriesDatabase("memory:"), sessions("4s").agg("count").allow(lateness="1min")
    for seconds in ([100], [50], [300]):
        with AnalyticsEngine(store, {"load": plan}, inline=True) as engine:
            engine.emit_many("load", [1.0], moments(seconds), tz="UTC")
    assert [(end - T0) // SECOND for _, end, _ in stored(store)] == [54, 104]
    store.close()


def test_windows_of_several_series_have_the_samples_of_those_that_do_not_come_again():
    store, plan = TimeSeriesDatabase("memory:"), window("10s").by().agg("count")
    with AnalyticsEngine(store, inline=True) as engine:
        for line in "12":
            engine.emit_many("load", np.ones(5), moments(range(20, 25)), tags={"line": line}, tz="UTC")
    with AnalyticsEngine(store, {"load": plan}, inline=True) as engine:
        engine.emit_many("load", np.ones(4), moments(range(25, 29)), tags={"line": "1"}, tz="UTC")
    store.append(Batch.of("load", [1.0], moments([29]), tags={"line": "3"}, tz="UTC"))
    with AnalyticsEngine(store, {"load": plan}, inline=True) as engine:
        engine.emit_many("load", [1.0], moments([31]), tags={"line": "1"}, tz="UTC")
    assert [((end - T0) // SECOND, value) for _, end, value in stored(store)] == [(30, 15.0)]
    store.close()


def test_a_series_that_a_plan_cannot_take_is_stored_and_holds_up_no_engine():
    store, plan = TimeSeriesDatabase("memory:"), window("10s").by().agg("count")
    for second in (1, 2, 11):
        with AnalyticsEngine(store, {"load": plan}, inline=True) as engine:
            engine.emit_many("load", [1.0], moments([second]), tags={"line": "1"}, unit="N", tz="UTC")
            engine.emit("load", 1.0, moments(second), tags={"line": "2"}, unit="kN", tz="UTC")
            with pytest.raises(EngineError, match="load is in 'N'; these samples are in 'kN'"):
                engine.flush()
            assert engine.status().dropped == 0
    assert store.count("load") == 6
    assert [value for _, _, value in stored(store)] == [2.0]
    store.close()


def test_windows_in_another_unit_than_before_are_told_and_the_next_ones_stored():
    store, plan = TimeSeriesDatabase("memory:"), window("10s").by().agg("count", "mean")
    store.append(Batch.of("load.mean", [1.0], moments([0]), unit="kN", tags={"windows": "load"}, tz="UTC"))
    for first in (1, 21):
        with AnalyticsEngine(store, {"load": plan}, inline=True) as engine:
            engine.emit_many("load", [1.0, 1.0, 1.0], moments([first, first + 10, first + 11]), unit="N", tz="UTC")
            with pytest.raises(EngineError, match=r"plan load: load\.mean.* is in 'kN'"):
                engine.flush()
    told = [(series[5:8], (end - T0) // SECOND, value) for series, end, value in stored(store)]
    assert told == [("cou", 10, 1.0), ("cou", 20, 2.0), ("cou", 30, 1.0), ("mea", 0, 1.0)]
    store.close()


class Answers(TimeSeriesDatabase):
    """Stores, and may fail all the same; or cannot tell a checkpoint."""

    lost, hidden = 0, ""

    def append(self, batch, **told):
        ack = super().append(batch, **told)
        if self.lost:
            self.lost -= 1
            raise StoreError("the answer was lost", "")
        return ack

    def checkpoints(self, prefix=""):
        if prefix == self.hidden:
            raise StoreError("out of reach", "")
        return super().checkpoints(prefix)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=15)
def test_a_store_whose_answers_are_lost_is_no_other_engine(seed):
    rng = np.random.default_rng(seed)
    plan, store = window("10s").agg("count", "sum"), Answers("memory:")
    batch = samples(rng, 60)
    with AnalyticsEngine(store, {"load": plan}, inline=True, flush_count=10_000) as engine:
        for row in range(len(batch)):
            series = batch.series[batch.code[row]]
            store.lost = int(rng.integers(0, 3))
            time = batch.time[row].astype("M8[us]")
            engine._intake.put(series.name, float(batch.value[row]), time, dict(series.tags), series.unit, "UTC")
            while engine._line.flush() is not None:
                pass
        engine._line.failures.told()
    assert store.count([series for series in store.series() if not series.made]) == len(batch)
    assert stored(store) == expected(plan, batch, int(batch.time.max()))
    store.close()


def test_an_engine_that_could_not_start_starts_again_with_the_windows_that_were_open():
    store, plans = Answers("memory:"), {"load": window("10s").agg("count"), "more": window("10s").agg("count")}
    with AnalyticsEngine(store, plans, inline=True) as engine:
        engine.emit_many("load", [1.0, 1.0], moments([1, 11]), tz="UTC")
    again, store.hidden = AnalyticsEngine(store, plans, inline=True), "windows/more/"
    with pytest.raises(StoreError, match="out of reach"):
        again.start()
    store.hidden = ""
    again.start().emit_many("load", [1.0], moments([21]), tz="UTC")
    again.stop()
    assert [value for _, _, value in stored(store)] == [1.0, 1.0]
    store.close()


def test_of_two_engines_at_once_one_goes_on_whatever_comes_between():
    store, plans = TimeSeriesDatabase("memory:"), {"load": window("10s").agg("count")}
    one = AnalyticsEngine(store, plans, inline=True).start()
    one.emit_many("load", [1.0], moments([1]), tz="UTC")
    two = AnalyticsEngine(store, plans, inline=True).start()
    one.emit_many("load", [1.0], moments([11]), tz="UTC")
    two.emit_many("heat", [1.0], moments([12]), tz="UTC")
    with pytest.raises(EngineError, match="another engine computes the windows 'load'"):
        two.flush()
    one.emit_many("heat", [1.0], moments([13]), tz="UTC")
    one.emit_many("heat", [1.0], moments([21]), tz="UTC")
    two.stop(), one.stop()
    assert [(end - T0) // SECOND for _, end, _ in stored(store)] == [20, 10, 20]
    store.close()
