"""The engine: what goes in comes out, in the store, the windows and the counts, and what goes wrong is said."""

import asyncio
import gc
import inspect
import logging
import math
import subprocess
import sys
import threading
import urllib.request
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from prometheus_client.parser import text_string_to_metric_families

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.tables import batch_of
from nsi_notebook.analytics.engine import AnalyticsEngine, Delivery, Job, Status
from nsi_notebook.analytics.processors.plans import window
from nsi_notebook.analytics.storage import TimeSeriesDatabase
from nsi_notebook.errors import EngineError, OptionError, SeriesError, StoreError, TimeError, UnknownNameError

T0 = 1_764_158_400_000_000
BOTH = pytest.mark.parametrize("inline", [False, True], ids=["thread", "inline"])


def at(second):
    return datetime.fromtimestamp(T0 / 1e6 + second, UTC)


def moments(seconds):
    return (np.asarray(seconds) * 10**6 + T0).astype("M8[us]")


def adds_up(status):
    return status.offered == status.stored + status.dropped + status.pending


@BOTH
def test_samples_come_out_of_the_store_and_the_windows(inline):
    seen = []
    rng = np.random.default_rng(1)
    values = rng.normal(size=300).round(3)
    plan = window("10s").by("line").agg("mean", p95="p95", n="count")
    with AnalyticsEngine("memory:", {"load": plan}, inline=inline) as engine:
        engine.events.subscribe("windows.*", lambda event: seen.append(event.payload))
        for second, value in enumerate(values[:100]):
            assert engine.emit("load", value, at(second), {"line": "1"})
        ack = engine.emit_many("load", values[100:], moments(range(100, 300)), tags={"line": "1"}, tz="UTC")
        assert ack.rows == 200
        engine.flush()
        status = engine.status()
        assert (status.offered, status.stored, status.pending, status.dropped) == (300, 300, 0, 0)
        assert status.windows == {"load": 29}
        found = engine.windows("load").to_pandas()
        assert engine.store is not None
        kept = engine.store.query("load").to_pandas()
        means = engine.store.query("load.mean").to_pandas()
        history = plan.run(Batch.of("load", values, moments(range(300)), tags={"line": "1"}, tz="UTC")).to_pandas()
    assert kept["value"].tolist() == values.tolist()
    pd.testing.assert_frame_equal(found, history[:29], check_exact=True)
    assert means["value"].tolist() == history["mean"][:29].tolist()
    assert sum(len(each) for each in seen) == 29
    assert engine.status().state == "stopped"


def test_many_threads_lose_nothing(tmp_path):
    def work(engine, number):
        for i in range(500):
            engine.emit("load", float(i), at(i), {"thread": str(number)})

    with AnalyticsEngine(tmp_path / "store", flush_count=200, capacity=300) as engine:
        threads = [threading.Thread(target=work, args=(engine, n)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        engine.flush()
    with TimeSeriesDatabase(tmp_path / "store") as store:
        found = store.query("load").to_pandas()
    assert len(found) == 2000
    assert engine.status().stored == 2000
    for n in range(4):
        assert sorted(found["value"][found["thread"] == str(n)]) == [float(i) for i in range(500)]


@pytest.mark.parametrize("policy", ["drop-oldest", "drop-newest", "error"])
def test_what_has_no_room_is_counted(policy):
    engine = AnalyticsEngine("memory:", capacity=10, flush_count=10, flush_every="1h", policy=policy)
    engine.start()
    told = 0
    with engine._line.lock:  # as if the store took long
        for i in range(25):
            try:
                engine.emit("load", i, at(i))
            except EngineError as error:
                told += "full" in str(error)
        during = engine.status()
        assert adds_up(during)
        assert during.pending == 10
    done = engine.stop()
    assert adds_up(done)
    assert done.pending == 0
    assert (done.dropped, done.refused, told) == ((0, 15, 15) if policy == "error" else (15, 0, 0))
    assert done.offered + done.refused == 25


class Unwell(TimeSeriesDatabase):
    """A store whose disk is full for a while."""

    broken = True

    def append(self, batch, **told):
        if self.broken:
            raise StoreError("the disk is full", "free some")
        return super().append(batch, **told)


def test_a_store_that_fails_is_tried_again_and_nothing_is_lost_or_doubled():
    store = Unwell("memory:")
    with AnalyticsEngine(store, flush_every="10ms") as engine:
        engine.emit("load", 1.0, at(0))
        with pytest.raises((StoreError, EngineError), match="the disk is full"):
            engine.flush()
        assert engine.status().pending == 1
        with pytest.raises((StoreError, EngineError), match="the disk is full"):
            engine.emit_many("load", [2.0], moments([1]), tz="UTC")
        assert engine.status().refused <= 1
        store.broken = False
        while engine.status().pending:
            threading.Event().wait(0.01)
        engine._line.failures.untold = None
        engine.emit("load", 3.0, at(2))
        engine.flush()
        status = engine.status()
    assert (status.offered, status.stored) == (2, 2)
    assert "the disk is full" in str(status.failures[0])
    assert "StoreError" in status.failures[0].traceback
    assert store.query("load").to_pandas()["value"].tolist() == [1.0, 3.0]
    store.close()


def test_stop_says_what_it_could_not_store():
    store = Unwell("memory:")
    engine = AnalyticsEngine(store, inline=True).start()
    engine.emit("load", 1.0, at(0))
    status = engine.stop(deadline=0.05)
    assert (status.state, status.pending) == ("stopped", 1)
    assert adds_up(status)
    assert "pending" in str(status)
    assert "the disk is full" in status._repr_html_()
    store.broken = False
    store.close()


def test_a_unit_that_the_store_has_otherwise_costs_no_other_series_anything():
    store = TimeSeriesDatabase("memory:")
    store.append(Batch.of("load", [1.0], moments([0]), unit="N", tz="UTC"))
    with AnalyticsEngine(store, inline=True) as engine:
        with pytest.raises(SeriesError, match="load is in 'N'; these samples are in 'kN'"):
            engine.emit("load", 2.0, at(1), unit="kN")
        engine.emit("before", 1.0, at(1))
        engine.emit("way", 2.0, at(1), unit="km")
        engine.emit("after", 3.0, at(1))
        store.append(Batch.of("way", [1.0], moments([0]), unit="m", tz="UTC"))  # as another process does
        with pytest.raises(EngineError, match=r"in the engine, .* store: way is in 'm'"):
            engine.flush()
        status = engine.status()
        assert (status.offered, status.stored, status.dropped, status.pending) == (3, 2, 1, 0)
        assert engine.emit("way", 3.0, at(2), unit="m")
        with pytest.raises(SeriesError, match="way is in 'm'"):
            engine.emit_many("way", [1.0], moments([1]), unit="mm", tz="UTC")
        engine.flush()
        assert store.query("way").to_pandas()["value"].tolist() == [1.0, 3.0]
        assert store.query("after").to_pandas()["value"].tolist() == [3.0]
    store.close()


def test_sources_give_until_they_end_raise_or_are_cancelled():
    def few():
        yield "load", 1.0, at(0), {"a": "1"}
        yield {"series": "load", "value": 2.0, "time": at(1), "tags": {"a": "1"}}
        yield Batch.of("load", [3.0], moments([2]), tags={"a": "1"}, tz="UTC")

    def broken():
        yield "load", 4.0, at(3), {"a": "1"}
        raise RuntimeError("the camera is gone")

    def endless():
        while True:
            yield "beat", 1.0

    async def later():
        for i in range(3):
            await asyncio.sleep(0)
            yield "other", float(i), at(i)

    with AnalyticsEngine("memory:", flush_every="20ms") as engine:
        one, four, three = engine.attach(few(), "few"), engine.attach(later(), "later"), engine.attach(endless(), "endless")
        two = engine.attach(broken())
        assert one.join(30)
        assert two.join(30)
        assert four.join(30)
        three.cancel()
        assert three.join(30)
        assert "cancelled" in repr(three)
        with pytest.raises(EngineError, match="the camera is gone"):
            engine.flush()
        engine.flush()
        with pytest.raises(OptionError, match="there is a source 'few'"):
            engine.attach(few(), "few")
        with pytest.raises(OptionError, match="cannot be iterated over"):
            engine.attach(3)
        wrong = engine.attach(iter([7]), "wrong")
        assert wrong.join(30)
        assert "a source gave 7" in wrong.state
        assert engine.store is not None
        assert engine.store.query("load").to_pandas()["value"].tolist() == [1.0, 2.0, 3.0, 4.0]
        assert engine.store.query("other").to_pandas()["value"].tolist() == [0.0, 1.0, 2.0]
        sources = engine.status().sources
        assert sources["few"] == sources["later"] == "done"
        assert sources["endless"] == "cancelled"
        engine._line.failures.untold = None


def test_an_inline_engine_reads_sources_here_and_refuses_async_ones():
    async def later():
        yield "a", 1.0

    with AnalyticsEngine("memory:", inline=True) as engine:
        assert engine.attach([("a", 1.0, at(0))]).join(0)
        with pytest.raises(OptionError, match="this engine is inline"):
            engine.attach(later())
        assert threading.active_count() == len(threading.enumerate())
        engine.flush()
        assert engine.status().stored == 1


def test_the_awaitable_face():
    async def cell():
        with AnalyticsEngine("memory:") as engine:
            engine.emit("a", 1.0, at(0))
            ack = await engine.aemit_many("a", [2.0], moments([1]), tz="UTC")
            await engine.aflush()
            return ack.rows, engine.status().stored

    assert asyncio.run(cell()) == (1, 2)


def test_a_plan_that_cannot_take_a_sample_leaves_it_stored():
    with AnalyticsEngine("memory:", {"all": window("10s").by()}, inline=True) as engine:
        engine.emit_many("a", [1.0], moments([0]), unit="m", tags={"x": "1"}, tz="UTC")
        engine.emit_many("a", [1.0], moments([1]), unit="km", tags={"x": "2"}, tz="UTC")
        assert engine.status().stored == 2
        with pytest.raises(EngineError, match="plan all: a is in 'm'"):
            engine.flush()


def test_windows_kept_to_be_looked_at_are_bounded():
    with AnalyticsEngine(None, {"a": window("1s").agg("mean")}, inline=True, keep_windows=5) as engine:
        for i in range(50):
            engine.emit_many("a", [float(i)], moments([i]), tz="UTC")
        assert engine.windows("a").columns["mean"].tolist() == [44.0, 45.0, 46.0, 47.0, 48.0]
        assert engine.status().windows["a"] == 49
        assert engine.status().store == ""


def test_a_handler_that_does_not_return_holds_up_no_answer():
    free, busy = threading.Event(), threading.Event()

    def stuck(event):
        busy.set()
        free.wait(30)

    with AnalyticsEngine("memory:") as engine:
        engine.events.subscribe("alarm", stuck, slow=True)
        engine.events.publish("alarm")
        assert busy.wait(30)
        engine.emit("load", 1.0, at(0))
        assert [part.value for part in engine.run(Job(len), progress=False)] == [1]
        assert not free.is_set()
        free.set()
        engine.flush()


def test_a_plan_that_is_added_while_the_status_is_made_is_shown():
    shown = Status("running", 0, 0, 0, 0, 0, {}, {"new": 0}, {}, (), "")
    assert ("windows of new", "0, 0 samples late") in shown.rows()


def test_no_tags_may_be_said_as_an_empty_mapping():
    with AnalyticsEngine("memory:", inline=True) as engine:
        assert all([engine.emit("load", 1.0, at(0), {}), engine.emit("load", 2**60, at(1), None)])
        engine.flush()
        assert [(s.name, s.tags) for s in engine.store.series()] == [("load", ())]
        assert engine.store.query().to_pandas()["value"].tolist() == [1.0, 2.0**60]


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda e: e.emit("a", "x"), SeriesError, "the value is 'x'"),
        (lambda e: e.emit("a", "1.5"), SeriesError, "the value is '1.5'"),
        (lambda e: e.emit("a", float("inf")), SeriesError, "the value is inf"),
        (lambda e: e.emit("a", 10**400), SeriesError, "the value is inf"),
        (lambda e: e.emit("a", 2**53 + 1), SeriesError, "lose digits as floats"),
        (lambda e: e.emit("a", np.int64(2**60 + 1)), SeriesError, "lose digits as floats"),
        (lambda e: e.emit("a", float("nan")), SeriesError, "missing='keep'"),
        (lambda e: e.emit("2", 1.0), SeriesError, "no name of a series"),
        (lambda e: e.emit("a", 1.0, datetime(2026, 1, 1)), TimeError, "has no zone"),
        (lambda e: e.emit("a", 1.0, tags={"x": 1}), SeriesError, "of type int"),
        (lambda e: e.emit("a", 1.0, tags="x=1"), SeriesError, "the tags are 'x=1'"),
        (lambda e: e.emit_many("a", [1.0, 2.0], moments([1]), tz="UTC"), SeriesError, "2 values and 1 times"),
        (lambda e: e.windows("b"), UnknownNameError, "unknown plan 'b'"),
        (lambda e: e.add("a", window("1s")), OptionError, "there is a plan 'a'"),
        (lambda e: e.start(), EngineError, "this engine is running"),
    ],
)
def test_bad_input_is_refused_before_anything_is_taken(call, kind, said):
    with AnalyticsEngine("memory:", {"a": window("1s")}, inline=True) as engine:
        with pytest.raises(kind, match=said):
            call(engine)
        assert engine.status().offered == 0
        assert engine.emit("a", float("nan"), missing="keep")
        with pytest.raises(SeriesError, match="a is in '1'; these samples are in 'm'"):
            engine.emit("a", 1.0, unit="m")


def test_an_engine_that_does_not_run_says_so():
    engine = AnalyticsEngine(None, inline=True)
    with pytest.raises(EngineError, match="not started"):
        engine.emit("a", 1.0)
    engine.start()
    engine.stop()
    assert engine.stop().state == "stopped"
    with pytest.raises(EngineError, match="the engine is stopped"):
        engine.emit("a", 1.0)
    with pytest.raises(OptionError, match="flush_count is 0"):
        AnalyticsEngine(None, flush_count=0)


def test_the_end_of_the_interpreter_drains(tmp_path):
    code = """
import sys
from nsi_notebook.analytics.engine import AnalyticsEngine
engine = AnalyticsEngine(sys.argv[1], flush_every="1h").start()
for i in range(100):
    engine.emit("load", float(i), f"2026-11-26T12:00:{i % 60:02}Z")
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "s")], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    with TimeSeriesDatabase(tmp_path / "s") as store:
        assert len(store.query("load").to_pandas()) == 100


@pytest.mark.parametrize("missing", ["kepp", "", None, True, ["keep"], np.array(["keep", "error"])])
@pytest.mark.parametrize("value", [1.0, np.nan])
def test_a_way_to_treat_missing_values_that_there_is_not_is_refused_everywhere(missing, value):
    noon = at(0)
    frame = pd.DataFrame({"value": [value]}, pd.DatetimeIndex([noon], name="time"))
    whole, plan = Batch.of("a", [1.0], [noon]), window("1s")
    with AnalyticsEngine("memory:", inline=True) as engine:
        engine.emit("known", 1.0, noon)
        calls = [
            lambda: engine.emit("a", value, noon, missing=missing),
            lambda: engine.emit("known", value, noon, missing=missing),
            lambda: engine.emit_many("a", [value], [noon], missing=missing),
            lambda: engine.emit_many("a", frame, missing=missing),
            lambda: engine.emit_many("a", frame[:0], missing=missing),
            lambda: Batch.of("a", [value], [noon], missing=missing),
            lambda: batch_of("a", frame["value"], missing=missing),
            lambda: batch_of("a", frame.to_xarray(), tz="UTC", missing=missing),
            lambda: plan.run(frame, "a", missing=missing),
            lambda: plan.run(whole, missing=missing),
            lambda: plan.run([], missing=missing),
        ]
        for call in calls:
            with pytest.raises(OptionError, match=r"missing is .*\nhint: 'error' or 'keep'"):
                call()
        engine.flush()
        assert [str(series) for series in engine.store.series()] == ["known"]


def test_a_text_that_equals_a_way_to_treat_missing_values_is_one():
    with AnalyticsEngine("memory:", inline=True) as engine:
        assert engine.emit("a", 1.0, at(0), missing="".join(["err", "or"]))
        assert engine.emit("a", float("nan"), at(1), missing="".join(["ke", "ep"]))
        engine.flush()
        assert engine.store.count() == 2


def test_what_is_refused_binds_no_unit():
    with AnalyticsEngine("memory:", inline=True) as engine:
        with pytest.raises(TimeError):
            engine.emit("a", 1.0, datetime(2026, 1, 1), unit="m")
        assert engine.emit("a", 1.0, at(0), unit="s")


def test_a_unit_that_the_store_has_otherwise_is_refused_at_the_call_from_then_on():
    store = TimeSeriesDatabase("memory:")
    with AnalyticsEngine(store, inline=True) as engine:
        engine.emit("way", 2.0, at(1), unit="km")
        store.append(Batch.of("way", [1.0], moments([0]), unit="m", tz="UTC"))  # as another process does
        with pytest.raises(EngineError, match="way is in 'm'"):
            engine.flush()
        with pytest.raises(SeriesError, match="way is in 'm'; these samples are in 'km'"):
            engine.emit("way", 2.0, at(1), unit="km")
        assert engine.status().dropped == 1
    store.close()


def test_an_inline_engine_flushes_by_time_too_and_does_not_wait_for_itself():
    store = Unwell("memory:")
    engine = AnalyticsEngine(store, inline=True, flush_every="1us", capacity=3, flush_count=3).start()
    for i in range(4):  # one of them on its way into the store
        engine._line.failures.untold = None
        engine.emit("load", 1.0, at(i))
    engine._line.failures.untold = None
    with pytest.raises(EngineError, match="the queue is full"):  # at once: nobody else makes room
        engine.emit("load", 1.0, at(4))
    store.broken = False
    engine._line.failures.untold = None
    engine.flush()
    engine.emit("load", 1.0, at(5))
    assert engine.store.count() == 5
    assert adds_up(engine.stop())
    store.close()


def test_windows_that_cannot_be_stored_are_tried_again_and_the_samples_are_acknowledged():
    class Full(TimeSeriesDatabase):
        broken = False

        def append(self, batch, **told):
            if self.broken and batch.series[0].name.startswith("load."):
                raise StoreError("the disk is full", "free some")
            return super().append(batch, **told)

    store = Full("memory:")
    with AnalyticsEngine(store, {"load": window("10s").agg("mean")}, inline=True) as engine:
        store.broken = True
        assert engine.emit_many("load", [1.0, 2.0], moments([1, 11]), tz="UTC").rows == 2
        assert (engine.status().stored, engine.status().pending) == (2, 0)
        with pytest.raises(EngineError, match="the disk is full"):
            engine.emit_many("load", [3.0], moments([12]), tz="UTC")  # told, and nothing taken
        with pytest.raises(StoreError, match="the disk is full"):
            engine.flush()
        store.broken = False
        engine.flush()
        assert store.query("load.mean").to_pandas()["value"].tolist() == [1.0]
        assert (engine.status().stored, engine.status().refused) == (2, 1)
    store.close()


def test_an_error_is_told_once_to_one_of_many_callers():
    with AnalyticsEngine("memory:", flush_every="1h") as engine:
        for n in range(20):
            engine._line.failures.add("somewhere", RuntimeError(f"it {n}"))
            told = []

            def call(told=told):
                try:
                    engine.emit("load", 1.0, at(0))
                except EngineError as error:
                    told.append(str(error))

            threads = [threading.Thread(target=call) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(told) == 1
        status = engine.status()
        assert (status.offered, status.refused) == (60, 20)
        assert adds_up(status)


def test_an_async_source_is_cancelled_before_it_begins_and_closed_when_it_is_cut_off():
    closed = threading.Event()

    async def endless():
        try:
            while True:
                await asyncio.sleep(0.001)
                yield None
                yield "beat", 1.0
        finally:
            closed.set()

    with AnalyticsEngine("memory:") as engine:
        for _ in range(20):
            source = engine.attach(endless())
            source.cancel()
            assert source.join(30)
            assert source.state == "cancelled"
        source = engine.attach(endless(), "beats")
        while not source.given:
            threading.Event().wait(0.001)
    assert closed.is_set()
    assert engine.status().sources["beats"] == "cancelled"


def test_a_source_is_stopped_while_its_store_is_away_and_its_sender_is_told():
    store, answers = Unwell("memory:"), []
    engine = AnalyticsEngine(store).start()

    def given():
        yield Delivery(Batch.of("load", [1.0, 2.0], moments([0, 1]), tz="UTC"), "k", answers.append)

    source = engine.attach(given(), "one")
    while not engine.status().failures:
        threading.Event().wait(0.001)
    status = engine.stop()
    assert (status.offered, status.refused, source.state) == (0, 2, "cancelled")
    assert "send it again" in str(answers[0])
    store.close()


def test_a_coroutine_handler_that_emits_into_a_full_buffer_is_told_at_once():
    told = threading.Event()

    async def handler(event):
        try:
            for i in range(100):
                engine.emit("echo", 1.0, at(i))
        except EngineError as error:
            if "the queue is full" in str(error):
                told.set()

    engine = AnalyticsEngine("memory:", capacity=10, flush_count=10, flush_every="1h").start()
    engine.events.subscribe("go", handler)
    with engine._line.lock:  # as if the store took long
        engine.events.publish("go")
        assert told.wait(20)
    assert adds_up(engine.stop())


def test_a_handler_may_stop_the_engine():
    done = []

    def handler(event):
        done.append(engine.stop(deadline=2.0))

    engine = AnalyticsEngine("memory:", flush_every="1h").start()
    engine.events.subscribe("stop", handler)
    engine.emit("load", 1.0, at(0))
    engine.events.publish("stop")
    while not done:
        threading.Event().wait(0.01)
    assert (done[0].stored, done[0].pending) == (1, 0)
    assert engine.status().state == "stopped"


def test_the_metrics_of_an_engine_are_what_prometheus_reads():
    with AnalyticsEngine("memory:", {"load": window("10s").agg("mean")}) as engine:
        engine.emit_many("load", np.arange(100.0), moments(range(100)), tz="UTC")
        engine.emit_many("load", [1.0], moments([5]), tz="UTC")
        with pytest.raises(SeriesError):
            engine.emit_many("load", [1.0], moments([5]), unit="N", tz="UTC")
        engine.emit("load", 1.0, at(101))
        engine.flush()
        engine.metrics.counter("frames", "Frames that were read").inc(3)
        served = engine.serve_metrics()
        text = urllib.request.urlopen(served.url, timeout=30).read().decode()
        with pytest.raises(EngineError, match="cannot be served on port"):
            engine.serve_metrics(served.port)
    families = {family.name: family for family in text_string_to_metric_families(text)}
    totals = {sample.name: sample.value for family in families.values() for sample in family.samples if "le" not in sample.labels}
    assert totals["nsi_engine_samples_total"] == 102
    assert totals["nsi_engine_dropped_total"] == totals["nsi_engine_pending"] == 0
    assert totals["nsi_engine_refused_total"] == 1
    assert totals["nsi_engine_windows_total"] == 10
    assert totals["nsi_engine_late_total"] == 1
    assert totals["nsi_engine_flush_seconds_count"] == totals["nsi_engine_flush_samples_count"] == 3
    assert totals["nsi_engine_flush_samples_sum"] == 102
    assert totals["frames_total"] == 3
    assert families["nsi_engine_windows"].samples[0].labels == {"plan": "load"}
    with pytest.raises(OSError):
        urllib.request.urlopen(served.url, timeout=5)


def test_flush_waits_for_a_handler_that_hangs_only_so_long_and_names_it():
    go, busy = threading.Event(), threading.Event()

    def stuck(event):
        busy.set()
        go.wait(60)

    assert inspect.signature(AnalyticsEngine.flush).parameters["timeout"].default < math.inf
    with AnalyticsEngine("memory:", {"load": window("1s").agg("mean")}) as engine:
        engine.events.subscribe("windows.*", stuck, name="stuck")
        engine.emit_many("load", [1.0, 2.0], moments([0, 5]), tz="UTC")
        assert busy.wait(30)
        with pytest.raises(EngineError, match=r"1 events were not handled in time: busy are stuck on 'windows.\*'") as caught:
            engine.flush(timeout=0.05)
        assert "flush(handled=False)" in str(caught.value)
        with pytest.raises(EngineError, match="busy are stuck"):
            asyncio.run(engine.aflush(timeout=0.05))
        engine.emit("load", 3.0, at(6))
        engine.flush(handled=False)
        assert engine.status().stored == 3
        go.set()
        engine.flush(timeout=None)


def test_flush_of_an_inline_engine_does_not_wait_for_ever_for_another_thread():
    go, busy = threading.Event(), threading.Event()

    def stuck(event):
        busy.set()
        go.wait(60)

    with AnalyticsEngine("memory:", {"load": window("1s").agg("mean")}, inline=True) as engine:
        engine.events.subscribe("windows.load", stuck, name="stuck")
        data = [1.0, 2.0], moments([0, 5])
        other = threading.Thread(target=lambda: engine.emit_many("load", *data, tz="UTC"))
        other.start()
        assert busy.wait(30)
        for handled in (True, False):
            with pytest.raises(EngineError, match=r"storing in time: busy are stuck on 'windows\.load'"):
                engine.flush(handled=handled, timeout=0.05)
        go.set()
        other.join(30)
        engine.flush()
        assert engine.status().stored == 2


def test_an_async_source_has_one_thread_and_gives_it_back():
    threads, n = [], 200

    class Value:
        def __init__(self, value):
            self.value = value

        def __float__(self):
            threads.append(threading.current_thread())
            return self.value

    async def source():
        for i in range(n):
            yield "load", Value(float(i)), at(i)

    with AnalyticsEngine("memory:") as engine:
        assert engine.attach(source(), "one").join(30)
        engine.flush()
        assert engine.store.query("load").to_pandas()["value"].tolist() == [float(i) for i in range(n)]
        assert len(threads) == n
        assert len(set(threads)) == 1
        assert threads[0].daemon
        threads[0].join(30)
        assert not threads[0].is_alive()


def test_an_async_source_is_cancelled_while_its_store_is_away():
    store, begun = Unwell("memory:"), threading.Event()

    async def source():
        begun.set()
        yield Batch.of("load", [1.0], moments([0]), tz="UTC")

    engine = AnalyticsEngine(store).start()
    attached = engine.attach(source(), "away")
    while not engine.status().failures:
        threading.Event().wait(0.001)
    attached.cancel()
    assert attached.join(30)
    assert begun.is_set()
    assert engine.stop().sources["away"] == "cancelled"
    store.close()


def test_a_store_that_cannot_be_closed_leaves_the_engine_stopped_and_is_told():
    class Stubborn(TimeSeriesDatabase):
        def close(self):
            super().close()
            raise OSError("the disk is gone")

    with (
        pytest.raises(EngineError, match=r"in the engine, .* store: the disk is gone"),
        AnalyticsEngine(Stubborn("memory:")) as engine,
    ):
        engine._own = None  # as if the engine had opened it
    assert engine.stop().state == engine.status().state == "stopped"
    assert "the disk is gone" in str(engine.status().failures[-1])
    engine = AnalyticsEngine(Stubborn("memory:"))
    with pytest.raises(KeyError, match="in the cell"), engine:
        raise KeyError(engine.__dict__.update(_own=None) or "in the cell")
    assert engine.status().state == "stopped"


@BOTH
def test_a_window_that_overflows_is_stored_as_missing_and_told_once(inline):
    plan = window("1s").agg("sum", "mean", "max")
    with AnalyticsEngine("memory:", {"load": plan}, inline=inline) as engine:
        seconds, values = [0, 0, 1, 2, 2, 3, 9], [1e308, 1e308, 5.0, 1.5e308, 1.5e308, 7.0, 0.0]
        engine.emit_many("load", values, moments(seconds), tz="UTC")
        with pytest.raises(
            EngineError, match=r"load: load\.\w+{windows=.load.} of the window that ends 2025-11-26T12:00:01.*Z is inf"
        ):
            engine.flush()
        engine.flush()
        said = [str(failure).partition(" plan load: ")[2].partition("{")[0] for failure in engine.status().failures]
        assert said == ["load.sum", "load.mean"]
        assert engine.windows("load").columns["sum"].tolist() == [np.inf, 5.0, np.inf, 7.0]
        kept = {name: engine.store.query(f"load.{name}").to_pandas()["value"].tolist() for name in ("sum", "mean", "max")}
        np.testing.assert_array_equal(kept["sum"], [np.nan, 5.0, np.nan, 7.0])
        np.testing.assert_array_equal(kept["mean"], [np.nan, 5.0, np.nan, 7.0])
        assert kept["max"] == [1e308, 5.0, 1.5e308, 7.0]
        engine.emit_many("load", [1e308, 1e308, 0.0], moments([10, 10, 12]), tz="UTC")
        engine.flush()  # told before
        assert np.isnan(engine.store.query("load.sum").to_pandas()["value"].tolist()[-1])
        assert engine.status().pending == 0


def test_one_part_of_many_windows_is_cut_to_those_that_are_kept():
    with AnalyticsEngine(None, {"a": window("1s").agg("mean")}, inline=True, keep_windows=5) as engine:
        engine.emit_many("a", np.arange(50.0), moments(range(50)), tz="UTC")
        assert engine.windows("a").columns["mean"].tolist() == [44.0, 45.0, 46.0, 47.0, 48.0]
        engine.emit_many("a", [9.0] * 30, moments([50, *[0] * 29]), tz="UTC")
        assert engine.windows("a").columns["mean"].tolist()[-5:] == [45.0, 46.0, 47.0, 48.0, 49.0]
        assert engine.status().late["a"] == 29
        assert all(part.late is None for part in engine._line.plans["a"]._given)
        assert engine.status().windows["a"] == 50
    with AnalyticsEngine("memory:", {"a": window("1s").agg("mean")}, inline=True, keep_windows=0) as engine:
        engine.emit_many("a", [1.0, 2.0], moments([0, 5]), tz="UTC")
        assert len(engine.windows("a")) == 0
        assert engine.store.count("a.mean") == 1


def test_failures_that_are_kept_hold_no_samples(caplog):
    caplog.set_level(logging.CRITICAL, "nsi_notebook")  # what is logged is kept by pytest, frames and all

    def batches():
        return sum(type(each) is Batch for each in gc.get_objects())

    with AnalyticsEngine(None, {"all": window("10s").by()}, inline=True) as engine:
        engine.emit_many("a", [1.0], moments([0]), unit="m", tags={"x": "1"}, tz="UTC")
        before = batches()
        for n in range(20):
            with pytest.raises(EngineError, match="plan all: a is in 'm'"):
                engine.emit_many("a", [1.0], moments([n]), unit="km", tags={"x": "2"}, tz="UTC") and engine.flush()
        assert batches() <= before + 2
        failures = engine.status().failures
        assert len(failures) == 20
        assert all("in push" in failure.traceback and "SeriesError" in failure.traceback for failure in failures)


def test_a_sample_far_ahead_of_the_clock_is_refused_at_each_door():
    far, soon = datetime.now(UTC) + timedelta(days=3650, minutes=1), datetime.now(UTC) + timedelta(hours=23)
    batch = Batch.of("load", [1.0, 2.0], [at(0), far])
    answers = []
    with AnalyticsEngine("memory:", {"load": window("1s").agg("mean")}, inline=True) as engine:
        engine.emit("load", 1.0, at(0))
        assert engine.emit("load", 1.0, soon)
        with pytest.raises(TimeError, match=rf"load: the time {far.year}-.*Z is 3650 days, 0:0.* ahead of the clock") as caught:
            engine.emit("load", 1.0, far)
        assert "ahead=None" in str(caught.value)
        assert engine.status().refused == 1
        with pytest.raises(TimeError, match="more than 1d"):
            engine.emit_many("load", [1.0, 2.0], [at(0), far])
        assert engine.status().refused == 3
        source = engine.attach([("load", 1.0, far), batch, Delivery(batch, "k", answers.append), ("load", 2.0, at(1))], "camera")
        assert (source.given, source.bad) == (1, 3)
        assert "ahead of the clock" in source.trouble
        assert isinstance(answers[0], TimeError)
        engine.flush()
        assert (engine.status().stored, engine.status().refused) == (3, 8)
        with pytest.raises(TimeError, match="the time 200000-01-01T00:00:00"):  # which datetime does not reach
            engine.emit_many("load", [1.0], np.array(["200000-01-01"], "M8[us]"), tz="UTC")
    for ahead in (None, "4000d", timedelta(days=4000)):
        with AnalyticsEngine("memory:", inline=True, ahead=ahead) as engine:
            engine.emit("load", 1.0, far)
            engine.emit_many("load", [1.0, 2.0], [at(0), far])
            engine.flush()
            assert engine.status().stored == 3
    with pytest.raises(TimeError, match="'1 day' is no duration"):
        AnalyticsEngine(None, ahead="1 day")


def test_the_door_for_what_is_ahead_goes_with_the_clock(monkeypatch):
    now = [T0]
    monkeypatch.setattr("nsi_notebook.analytics.core.times.now", lambda: now[0])
    with AnalyticsEngine(None, inline=True, ahead="10s") as engine:
        assert engine.emit("load", 1.0, at(10))
        with pytest.raises(TimeError, match=r"0:00:11 ahead .* more than 10s"):
            engine.emit("load", 1.0, at(11))
        now[0] += 1_000_000
        assert engine.emit("load", 1.0, at(11))
