"""Jobs: the same bits as a stream, on threads and on Dask, and on from where they were."""

import subprocess
import sys
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.series import Series
from nsi_notebook.analytics.engine import AnalyticsEngine, Job
from nsi_notebook.analytics.engine.jobs import run
from nsi_notebook.analytics.processors.plans import counts, sessions, window
from nsi_notebook.analytics.storage import TimeSeriesDatabase
from nsi_notebook.errors import EngineError, FileError, OptionError, SeriesError, StoreError, UnknownNameError

T0 = 1_764_158_400_000_000
ALL = ("count", "sum", "mean", "std", "min", "max", "median", "p95", "first", "last", "slope", "distinct")
PLANS = {
    "tumbling": window("10s").agg(*ALL),
    "sliding": window("30s", every="7s").by("line").agg(*ALL),
    "long": window("20min", every="3min").by().agg(*ALL),
    "sessions": sessions("4s").agg(*ALL),
    "by sessions": sessions("2s").by().agg(*ALL),
    "counts": counts(7, every=3).by("line").agg(*ALL),
}


def at(second):
    return datetime.fromtimestamp(T0 / 1e6 + second, UTC)


def history(seed=1, n=3000):
    """Samples of three series by rising time, no two of one time, with a silence, some missing."""
    rng = np.random.default_rng(seed)
    steps = rng.exponential(0.4, n)
    steps[rng.integers(0, n, 12)] += 40
    steps[n // 2] += 5 * 86400
    time = T0 + np.cumsum(np.maximum((steps * 1e6).astype(np.int64), 1))
    values = rng.normal(size=n).round(3)
    values[rng.random(n) < 0.02] = np.nan
    parts = [
        Batch.of("load", values[k::3], time[k::3].astype("M8[us]"), tags={"line": str(k)}, tz="UTC", missing="keep")
        for k in range(3)
    ]
    whole = Batch.joined(parts)
    return whole.take(np.argsort(whole.time))


def streamed(plan, batch):
    """Give the windows of a stream of small batches."""
    stream = plan.stream()
    parts = [stream.push(batch.take(slice(i, i + 137))).to_pandas() for i in range(0, len(batch), 137)]
    return pd.concat([*parts, stream.close().to_pandas()] if plan.kind != "counts" else parts, ignore_index=True)


def same(found, expected):
    by = ["end", "start", *[c for c in ("series", "line") if c in expected]]
    expected = expected.sort_values(by, kind="stable", ignore_index=True)
    pd.testing.assert_frame_equal(found.to_pandas().sort_values(by, kind="stable", ignore_index=True), expected, check_exact=True)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    batch = history()
    with TimeSeriesDatabase(tmp_path_factory.mktemp("jobs") / "store") as store:
        for i in range(0, len(batch), 500):
            store.append(batch.take(slice(i, i + 500)))
            store.seal() if i == 1000 else None
        yield store, batch


@pytest.mark.parametrize("partition", ["7s", "1min", "1h", "30d"])
@pytest.mark.parametrize("name", PLANS)
def test_any_parting_gives_the_bits_of_the_stream(stored, name, partition):
    store, batch = stored
    part = batch if partition != "7s" else batch.take(batch.time < T0 + 120_000_000)
    until = None if partition != "7s" else at(120)
    same(run(store, Job(PLANS[name], until=until, partition=partition)), streamed(PLANS[name], part))


@pytest.mark.parametrize("name", PLANS)
def test_a_range_of_time_and_some_series_are_what_the_samples_in_them_give(stored, name):
    store, batch = stored
    first, last = 33.3, 777.7
    inside = (batch.time >= T0 + first * 1e6) & (batch.time < T0 + last * 1e6) & (batch.code != 1)
    part = Batch.joined([batch.take(inside)])
    job = Job(PLANS[name], "load", at(first), at(last), {"line": ["0", "2"]}, "1min")
    same(run(store, job), streamed(PLANS[name], part))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from(sorted(PLANS)), st.integers(1, 90), st.integers(3, 120))
def test_any_samples_in_any_parts(seed, name, seconds, n):
    batch = history(seed, n)
    with TimeSeriesDatabase("memory:") as store:
        store.append(batch)
        short = batch.time < T0 + 4 * 86400 * 10**6
        assert short.any()
        same(run(store, Job(PLANS[name], until=at(4 * 86400), partition=f"{seconds}s")), streamed(PLANS[name], batch.take(short)))


def test_a_function_gets_the_samples_of_each_part(stored):
    store, batch = stored
    found = run(store, Job(lambda part: [len(part), float(np.nansum(part.value))], partition="1min"), on=3)
    number = batch.time // 60_000_000
    assert [int(part.since.timestamp()) // 60 for part in found] == np.unique(number).tolist()
    for part in found:
        inside = number == int(part.since.timestamp()) // 60
        assert part.value[0] == inside.sum()
        assert part.value[1] == pytest.approx(np.nansum(batch.value[inside]), rel=1e-12)
        assert (part.until - part.since).total_seconds() == 60


def test_an_engine_runs_a_job_over_all_that_was_emitted():
    plan = PLANS["sliding"]
    batch = history(5, 400)
    with AnalyticsEngine("memory:", inline=True) as engine:
        engine.attach([batch])
        same(engine.run(Job(plan, partition="1min")), streamed(plan, batch))
        assert run(engine.store, Job(plan, since="2030-01-01T00:00Z")).to_pandas().empty
    with AnalyticsEngine(None, inline=True) as engine, pytest.raises(EngineError, match="keeps no samples"):
        engine.run(Job(plan))
    with TimeSeriesDatabase("memory:") as empty:
        assert len(run(empty, Job(plan))) == 0
        assert run(empty, Job(len)) == []


@pytest.mark.parametrize("name", ["sliding", "sessions", "counts"])
def test_a_job_goes_on_after_the_last_finished_part(tmp_path, name):
    plan, batch = PLANS[name], history(2, 900)
    job, seen = Job(plan, partition="30s"), []
    half = batch.time < np.median(batch.time)
    with TimeSeriesDatabase("memory:") as store:
        store.append(batch.take(half))
        scan = store.scan

        def counted(*given, **more):
            seen.append(given)
            if len(seen) == fail:
                raise StoreError("the plug was pulled")
            return scan(*given, **more)

        store.scan = counted
        fail = 5 if name != "counts" else 1
        with pytest.raises(StoreError, match="the plug was pulled"):
            run(store, job, state=tmp_path / "job", on=1)
        fail, before = 0, len(seen)
        same(run(store, job, state=tmp_path / "job", on=1), streamed(plan, batch.take(half)))
        again = len(seen) - before
        seen.clear()
        same(run(store, job, state=tmp_path / "job"), streamed(plan, batch.take(half)))
        kept = len(seen)
        store.append(batch.take(~half))  # parts into which samples came are computed anew
        same(run(store, job, state=tmp_path / "job", progress=True), streamed(plan, batch))
        seen.clear()
        same(run(store, job), streamed(plan, batch))
        assert kept == 0 or (name == "sessions" and kept < len(seen) / 3)  # those that go on far behind their part
        assert again < len(seen) or name == "counts"


@pytest.fixture(params=["memory", "folder", "server"])
def fresh(request, tmp_path):
    """Give what makes a new store of each kind."""
    if request.param == "server":
        server = request.getfixturevalue("postgres")
        return lambda name: TimeSeriesDatabase(server.address())
    return lambda name: TimeSeriesDatabase("memory:" if request.param == "memory" else tmp_path / name)


def test_windows_that_an_engine_stored_are_left_out_unless_their_tag_is_named():
    def rows(**asked):
        return sum(part.value for part in run(store, Job(len, **asked)))

    with TimeSeriesDatabase("memory:") as store:
        for series, number in ((Series("load"), 5), (Series("load.p95", tags=(("windows", "load"),)), 3)):
            store.append(Batch((series,), np.zeros(number, np.int32), T0 + np.arange(number), np.ones(number)))
        assert (rows(), rows(where={"windows": "load"}), rows(series="load.p95")) == (5, 3, 3)
        with pytest.raises(UnknownNameError, match="value of the tag windows"):
            rows(where={"windows": "laod"})


def test_finished_parts_are_taken_where_their_samples_are_the_same(fresh, tmp_path):
    batch, calls = history(6, 300), []
    batch = batch.take(batch.time < T0 + 86400 * 10**6)

    def work(part):
        calls.append(int(part.time.min()))
        return float(np.nansum(part.value))

    def computed(store):
        calls.clear()
        found = run(store, Job(work, partition="10s"), state=tmp_path / "job")
        number = {int(part.since.timestamp()): part.value for part in found}
        for start, value in number.items():  # whatever was taken, it is right
            inside = [b.value[b.time // 10**7 == start // 10] for b in store.scan()]
            assert value == pytest.approx(np.nansum(np.concatenate(inside)), abs=1e-9)
        return {time // 10**7 for time in calls}

    with fresh("one") as store, fresh("other") as other:
        for part in np.array_split(np.arange(len(batch)), 5):
            store.append(batch.take(part))
        every = set((batch.time // 10**7).tolist())
        assert computed(store) == every
        assert computed(store) == set()
        for keep in (store.seal, store.compact):
            keep()
            assert computed(store) == set()
        last = batch.time.max()
        store.retain(at((last - T0) / 1e6 - 1e-3))
        gone = int((batch.time < last - 1000).sum())
        value = batch.value.copy()
        value[gone // 2] = 77.0
        changed = Batch(batch.series, batch.code, batch.time, value)
        store.append(changed.take(slice(gone)))  # as many as there were
        assert store.count() == len(batch)
        assert computed(store) == {int(batch.time[gone // 2]) // 10**7}
        other.append(changed)
        assert computed(other) == set()  # it holds the same
        with fresh("third") as third:
            apart = Batch(tuple(Series(s.name, "kg", s.tags) for s in batch.series), batch.code, batch.time, value)
            third.append(apart)
            assert computed(third) == every


def test_what_a_function_gave_is_kept_as_json(tmp_path):
    calls = []

    def work(part):
        calls.append(len(part))
        return {"n": len(part), "mean": float(np.nanmean(part.value)), "gone": None}

    with TimeSeriesDatabase("memory:") as store:
        store.append(history(3, 100))
        job = Job(work, until=at(86400), partition="10s")
        first = run(store, job, state=tmp_path / "j")
        number = len(calls)
        assert run(store, job, state=tmp_path / "j") == first
        assert len(calls) == number == len(first)
        (next((tmp_path / "j").glob("*.npz"))).write_bytes(b"PK half a file")
        assert run(store, job, state=tmp_path / "j") == first
        assert len(calls) == number + 1
        with pytest.raises(OptionError, match="holds another job: its partition is 10000000, not 20000000"):
            run(store, Job(work, until=at(86400), partition="20s"), state=tmp_path / "j")
        with pytest.raises(OptionError, match="a result cannot be kept: Object of type set"):
            run(store, Job(lambda part: {1}), state=tmp_path / "k")
        (tmp_path / "other").mkdir()
        (tmp_path / "other/there").touch()
        with pytest.raises(FileError, match="holds no job, but there"):
            run(store, job, state=tmp_path / "other")
        with pytest.raises(FileError, match="cannot keep a job"):
            run(store, job, state=tmp_path / "other/there")


def test_a_function_that_was_changed_is_another_job(tmp_path):
    def work(part):
        return len(part)

    def again(part):
        return -len(part)

    again.__qualname__ = work.__qualname__  # as when a cell is edited and run again
    with TimeSeriesDatabase("memory:") as store:
        store.append(history(3, 100))
        first = run(store, Job(work, until=at(86400)), state=tmp_path / "j")
        assert run(store, Job(work, until=at(86400)), state=tmp_path / "j") == first
        with pytest.raises(OptionError, match=r"holds another job: its work is .*work with the code "):
            run(store, Job(again, until=at(86400)), state=tmp_path / "j")


KILLED = """
import os, signal, sys
from nsi_notebook.analytics.core.series import Series
from nsi_notebook.analytics.engine import Job
from nsi_notebook.analytics.engine.jobs import run
from nsi_notebook.analytics.storage import TimeSeriesDatabase
calls = []
def work(part):
    calls.append(1)
    if len(calls) == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
    return len(part)
with TimeSeriesDatabase(sys.argv[1]) as db:
    found = run(db, Job(work, until="2025-11-28T00:00Z", partition="10s"), state=sys.argv[2], on=1)
print(len(calls), len(found), sum(part.value for part in found))
"""


def test_a_job_that_is_killed_goes_on(tmp_path):
    batch = history(4, 600)
    with TimeSeriesDatabase(tmp_path / "s") as store:
        store.append(batch)
        parts = len(run(store, Job(len, until="2025-11-28T00:00Z", partition="10s")))
    words = [sys.executable, "-c", KILLED, str(tmp_path / "s"), str(tmp_path / "j")]
    assert subprocess.run([*words, "6"], capture_output=True, check=False).returncode == -9
    done = subprocess.run([*words, "0"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    calls, found, samples = map(int, done.stdout.split())
    assert found == parts
    assert calls <= parts - 4  # what was finished is not computed again
    assert samples == (batch.time < T0 + 36 * 3600 * 10**6).sum()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # distributed's own
def test_workers_of_dask_give_the_same(stored):
    from distributed import Client, LocalCluster

    store, batch = stored
    with (
        LocalCluster(n_workers=1, threads_per_worker=2, processes=True, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        plan = PLANS["tumbling"]
        same(run(store, Job(plan, partition="1d"), on=client), streamed(plan, batch))
        with TimeSeriesDatabase("memory:") as memory:
            memory.append(batch)
            with pytest.raises(StoreError, match="cannot go to another process"):
                run(memory, Job(plan), on=client)


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda db: Job(3), OptionError, "3 cannot be computed"),
        (lambda db: run(db, Job(len, "nope")), UnknownNameError, "unknown series 'nope'"),
        (lambda db: run(db, Job(len, since=at(1), until=at(0))), OptionError, "is not before"),
        (lambda db: run(db, Job(len), on=0), OptionError, "0 threads"),
        (lambda db: run(db, Job(len), on="dask"), OptionError, "cannot run on 'dask'"),
        (lambda db: run(db, Job(lambda part: 1 / 0)), ZeroDivisionError, "division"),
        (lambda db: run(db, Job(window("1s").by(), partition="1s")), SeriesError, "is in"),
    ],
)
def test_bad_jobs_are_refused(call, kind, said):
    with TimeSeriesDatabase("memory:") as store:
        store.append(Batch.of("load", [1.0], [at(0)], unit="N", tags={"a": "1"}))
        store.append(Batch.of("load", [1.0], [at(50)], unit="kN", tags={"a": "2"}))
        with pytest.raises(kind, match=said):
            call(store)
