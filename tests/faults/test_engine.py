"""The engine when more comes than it can take, when clocks, handlers, sources and stores misbehave, and when it is killed.

Whatever happens, every sample is accounted for: offered == stored + dropped + pending, and offered + refused is what was called.
`NSI_OVERLOAD_SECONDS=20` has the overload last so long, `NSI_ENGINE_ROUNDS=50` has more processes killed.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime

import numpy as np
import pytest

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.engine import AnalyticsEngine
from nsi_notebook.analytics.processors.plans import window
from nsi_notebook.analytics.storage import TimeSeriesDatabase
from nsi_notebook.errors import EngineError, NsiError, StoreError

SECONDS = float(os.environ.get("NSI_OVERLOAD_SECONDS", "0.7"))
ROUNDS = int(os.environ.get("NSI_ENGINE_ROUNDS", "4"))
T0 = 1_764_158_400_000_000
LONG = 30


def at(second):
    return datetime.fromtimestamp(T0 / 1e6 + second, UTC)


def adds_up(status):
    assert status.offered == status.stored + status.dropped + status.pending, status
    return True


def until(done):
    end = time.monotonic() + LONG
    while not done():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.005)


class Slow(TimeSeriesDatabase):
    """A store that takes a tenth of what comes."""

    rate = 2_000.0  # samples a second

    def append(self, batch, **told):
        time.sleep(len(batch) / self.rate)
        return super().append(batch, **told)


@pytest.mark.parametrize("policy", ["block", "drop-oldest", "drop-newest", "error"])
def test_ten_times_too_much_is_accounted_for(policy):
    store, told, called, looks = Slow("memory:"), Counter(), Counter(), 0
    engine = AnalyticsEngine(store, capacity=500, flush_count=100, flush_every="20ms", policy=policy).start()
    engine._buffer.patience = 0.05
    end = time.monotonic() + SECONDS

    def work(number):
        i = 0
        while time.monotonic() < end:
            for _ in range(10):  # four threads, 20,000 a second together
                called[number] += 1
                i += 1
                try:
                    told[engine.emit("load", float(i), at(i), {"thread": str(number)})] += 1
                except EngineError as error:
                    told["refused" if "is full" in str(error) else str(error)] += 1
            time.sleep(0.002)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        looks += adds_up(engine.status())
        time.sleep(0.001)
    status = engine.stop(LONG)
    adds_up(status)
    assert looks > 10
    assert status.pending == 0
    assert status.offered + status.refused == sum(called.values()) == sum(told.values())
    assert set(told) <= {True, False, "refused"}
    assert store.count() == status.stored > 0
    if policy == "error":
        assert (status.dropped, told["refused"]) == (0, status.refused)
        assert status.refused > status.stored
    elif policy == "block":
        assert status.dropped == 0
    else:
        assert status.refused == 0
        assert status.dropped > status.stored
        assert policy == "drop-oldest" or told[False] == status.dropped
    for n in range(4):  # in order, none twice
        kept = store.query("load", where={"thread": str(n)}).to_pandas()["value"]
        assert kept.is_monotonic_increasing
        assert kept.is_unique
    metrics = engine.metrics
    assert metrics.counter("nsi_engine_samples").value == status.stored
    assert metrics.counter("nsi_engine_dropped").value == status.dropped
    store.close()


def test_a_clock_that_goes_backwards_costs_no_sample(monkeypatch):
    plan = window("10s").agg("count").allow(disorder="5s")
    clock = [T0 * 1000]
    with AnalyticsEngine("memory:", {"load": plan}, inline=True) as engine:
        monkeypatch.setattr(time, "time_ns", lambda: clock[0])
        steps = [1] * 60 + [-3600] + [1] * 60 + [-2, 4] * 20
        for step in steps:
            clock[0] += step * 10**9
            engine.emit("load", 1.0)
        engine.flush()
        monkeypatch.undo()
        status = engine.status()
        adds_up(status)
        assert status.stored == engine.store.count("load") == len(steps)
        windowed = engine.windows("load").columns["count"].sum()
        open_ = engine._line.plans["load"].live.pending
        assert windowed + status.late["load"] + open_ == len(steps)
        assert status.late["load"] >= 60


def test_what_comes_an_hour_late_is_stored_counted_and_given_aside():
    aside = []
    with AnalyticsEngine("memory:", {"load": window("10s").agg("count")}) as engine:
        engine.events.subscribe("late.load", lambda event: aside.append(event.payload))
        engine.emit_many("load", np.ones(100), (T0 + 3_600_000_000 + np.arange(100) * 10**6).astype("M8[us]"), tz="UTC")
        engine.emit_many("load", np.ones(30), (T0 + np.arange(30) * 10**6).astype("M8[us]"), tz="UTC")
        engine.emit("load", 1.0, at(3700))
        engine.flush()
        status = engine.status()
        adds_up(status)
        assert status.stored == engine.store.count("load") == 131
        assert status.late == {"load": 30}
        assert engine.windows("load").columns["count"].sum() == 100
        assert engine.metrics.counter("nsi_engine_late", tags={"plan": "load"}).value == 30
    assert [len(each) for each in aside] == [30]
    assert aside[0].time.tolist() == [T0 + n * 10**6 for n in range(30)]


def test_a_handler_that_never_returns_holds_up_nothing_but_itself():
    go, seen = threading.Event(), []
    engine = AnalyticsEngine("memory:", {"load": window("1s").agg("count")}, flush_every="5ms").start()
    engine.events.subscribe("windows.load", lambda event: go.wait(), name="stuck")
    engine.events.subscribe("windows.load", lambda event: seen.append(len(event.payload)))
    for i in range(300):
        engine.emit("load", 1.0, at(i))
        if i % 50 == 49:
            time.sleep(0.01)
    until(lambda: sum(seen) == 299)
    begun = time.monotonic()
    status = engine.stop(deadline=1.0)
    assert time.monotonic() - begun < 5
    adds_up(status)
    assert (status.stored, status.pending, status.state) == (300, 0, "stopped")
    assert "events were not handled in time" in str(status.failures[-1])
    go.set()


def test_a_source_that_raises_costs_nothing_that_it_gave():
    def camera():
        for i in range(1000):
            yield "load", float(i), at(i)
        raise OSError("the cable")

    async def link():
        for i in range(100):
            yield Batch.of("area", [float(i)], [at(i)])
        raise OSError("the air")

    with AnalyticsEngine("memory:", flush_every="5ms", capacity=50, flush_count=20) as engine:
        sources = [engine.attach(camera(), "camera"), engine.attach(link(), "link")]
        assert all(source.join(LONG) for source in sources)
        said = []
        for _ in range(3):
            try:
                engine.flush()
            except EngineError as error:
                said.append(str(error))
        status = engine.status()
        adds_up(status)
        assert said
        assert status.stored == engine.store.count() == 1100
        assert status.sources == {"camera": "failed after 1,000: the cable", "link": "failed after 100: the air"}
        assert sorted(str(failure).partition(" ")[2] for failure in status.failures) == [
            "source camera: the cable",
            "source link: the air",
        ]


class Moody(TimeSeriesDatabase):
    """A store that cannot be written now and then: before, or after it has written."""

    def __init__(self, address, seed):
        super().__init__(address)
        self.chance = random.Random(seed)

    def append(self, batch, **told):
        mood = self.chance.random()
        if mood < 0.3:
            raise StoreError("not now", "later")
        ack = super().append(batch, **told)
        if mood < 0.5 and told.get("key") is not None:  # the answer is lost on the way
            raise StoreError("who knows", "later")
        return ack


@pytest.mark.parametrize("seed", range(4))
def test_a_store_that_fails_now_and_then_has_each_sample_and_each_window_once(seed, monkeypatch):
    monkeypatch.setattr("nsi_notebook.analytics.engine.threads.RETRY", (0.001, 0.01))
    monkeypatch.setattr("nsi_notebook.analytics.engine.sources.attached.RETRY", (0.001, 0.01))
    store, refused = Moody("memory:", seed), 0

    def source():
        for i in range(50):
            yield Batch.of("given", [float(i), -float(i)], [at(i), at(i + 0.5)])

    engine = AnalyticsEngine(store, {"load": window("10s").agg("count")}, flush_every="2ms").start()
    attached = engine.attach(source(), "source")
    for i in range(400):
        try:
            engine.emit("load", float(i), at(i))
        except NsiError:
            refused += 1
    assert attached.join(LONG)
    until(lambda: adds_up(engine.status()) and engine.status().pending == 0)
    until(lambda: engine._line.flush() is None)
    status = engine.stop()
    adds_up(status)
    assert status.offered == 400 - refused + 100
    kept = store.query("load").to_pandas()["value"]
    assert kept.is_unique
    assert len(kept) == 400 - refused
    assert sorted(store.query("given").to_pandas()["value"]) == sorted(x for i in range(50) for x in (float(i), -float(i)))
    given = engine.windows("load")
    windows = store.query("load.count").to_pandas()
    assert windows["time"].is_unique
    of_load = [end for end, key in zip(given.end, given.key, strict=True) if given.keys[key].name == "load"]
    assert len(windows) == len(of_load) > 0
    store.close()


def test_a_store_that_hangs_holds_up_neither_status_nor_stop_nor_handlers():
    go, beats = threading.Event(), []

    class Hangs(TimeSeriesDatabase):
        def append(self, batch, **told):
            go.wait()
            return super().append(batch, **told)

    async def handler(event):
        await asyncio.sleep(0)
        beats.append(event.payload)

    store = Hangs("memory:")
    engine = AnalyticsEngine(store, flush_every="5ms", flush_count=10).start()
    engine.events.subscribe("beat", handler)
    for i in range(100):
        engine.emit("load", float(i), at(i))
    for n in range(10):
        engine.events.publish("beat", n)
    until(lambda: len(beats) == 10)
    adds_up(engine.status())
    assert engine.status().pending == 100
    begun = time.monotonic()
    status = engine.stop(deadline=0.3)
    assert time.monotonic() - begun < 5
    assert status.pending == 100
    assert "the store did not answer in time" in str(status.failures[-1])
    with pytest.raises(EngineError, match="did not answer"):
        engine.emit_many("load", [1.0], [at(0)])
    go.set()
    until(lambda: engine.status().pending == 0)  # it was late, not lost
    adds_up(engine.status())
    store.close()


def test_stopping_while_many_threads_emit_leaves_no_sample_unaccounted_for():
    for _ in range(5):
        store = TimeSeriesDatabase("memory:")
        engine = AnalyticsEngine(store, capacity=100, flush_count=50, flush_every="1ms").start()
        taken, called = Counter(), Counter()

        def work(number, engine=engine, taken=taken, called=called):
            for i in range(100_000):
                many = i % 7 == 0
                called[number] += 3 if many else 1
                try:
                    if many:
                        taken[number] += engine.emit_many("many", [1.0, 2.0, 3.0], [at(i)] * 3, tags={"t": str(number)}).rows
                    else:
                        taken[number] += engine.emit("one", 1.0, at(i), {"t": str(number)})
                except NsiError:
                    return

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(random.uniform(0.01, 0.1))
        stops = [threading.Thread(target=engine.stop) for _ in range(2)]
        for thread in stops + threads:
            thread.start() if thread in stops else None
        for thread in stops + threads:
            thread.join(LONG)
        status = engine.status()
        adds_up(status)
        assert status.pending == 0
        assert store.count() == status.stored == sum(taken.values())
        assert status.offered + status.refused == sum(called.values())
        store.close()


WRITER = """
import sys
import numpy as np
from nsi_notebook.analytics.engine import AnalyticsEngine
from nsi_notebook.analytics.processors.plans import window
folder, first = sys.argv[1], int(sys.argv[2])
plans = {"beats": window("10s").of("beat").agg("mean"), "runs": window("10s").of("run.*").agg("mean", "count")}
with AnalyticsEngine(folder, plans, flush_every="20ms") as engine:
    for number in range(first, first + 1_000_000):
        n = 1 + number * 37 % 400
        times = (1_764_158_400_000_000 + number * 1_000_000 + np.arange(n)).astype("M8[us]")
        engine.emit("beat", float(number), tags={"first": sys.argv[2]})  # not acknowledged: it may be lost
        engine.emit_many("run.batch", np.full(n, float(number)), times, tz="UTC")
        print(number, flush=True)
"""


@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_process_has_lost_and_doubled_nothing_that_was_acknowledged(tmp_path, kind):
    chance, first, total = random.Random(int(kind)), 0, 0
    for _ in range(ROUNDS):
        command = [sys.executable, "-c", WRITER, str(tmp_path / "s"), str(first)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == f"{first}\n"
            time.sleep(chance.uniform(0, 0.5))
            process.send_signal(kind)
            said = [first, *(int(line) for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n"))]
        assert process.returncode == -kind
        with TimeSeriesDatabase(tmp_path / "s") as store:
            found = store.sql("select value, count(*) as n from samples where series = 'run.batch' group by all").to_arrow()
            there = {int(row["value"]): row["n"] for row in found.to_pylist()}
            assert {number for number in said if number not in there} == set()
            assert {number: n for number, n in there.items() if n != 1 + number * 37 % 400} == {}
            beats = store.sql("select tags, value, count(*) as n from samples where series = 'beat' group by all").to_arrow()
            assert [row for row in beats.to_pylist() if row["n"] > 1] == []
            assert store.verify() == ()
        total += len(said)
        first = max(there) + 1
    assert total >= 2 * ROUNDS
    plan = window("10s").of("run.*").agg("mean", "count")
    with TimeSeriesDatabase(tmp_path / "s") as store:
        with AnalyticsEngine(store, {"runs": plan}):
            pass
        history = plan.run(store.scan("run.batch"))
        for name, expected in history.columns.items():
            found = store.query(f"run.batch.{name}").to_pandas()
            assert found["time"].astype("int64").tolist() == history.end[:-1].tolist()  # the last one is still open
            assert found["value"].tolist() == expected[:-1].tolist()
