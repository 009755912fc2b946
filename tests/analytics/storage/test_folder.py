"""The folder: its files, its space, its threads and processes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow.parquet as pq
import pytest

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.times import utc
from nsi_notebook.analytics.storage import TimeSeriesDatabase, catalogue, folder, sealing, snapshot
from nsi_notebook.analytics.storage.aggregates import KNOWN
from nsi_notebook.errors import StoreError

START = 1_764_158_400_000_000
MINUTE = 60_000_000


def batch(number, rows=1000, name="a"):
    chance = np.random.default_rng(number)
    time = (START + number * MINUTE + np.sort(chance.integers(0, MINUTE, rows))).astype("M8[us]")
    return Batch.of(name, chance.normal(size=rows), time, tz="UTC", tags={"n": str(number % 3)})


def packed(path):
    return [column["compression"] for column in pq.ParquetFile(path).metadata.row_group(0).to_dict()["columns"]]


def sealed(path):
    return sorted((path / "sealed").iterdir())


def test_a_sealed_file_is_ordinary_parquet_by_series_and_time(tmp_path):
    with TimeSeriesDatabase(tmp_path / "s") as db:
        for number in (3, 1, 2, 4):
            db.append(batch(number))
        assert db.seal() == 4000
        assert db.seal() == 0
        (path,) = sealed(tmp_path / "s")
        table = pq.read_table(path)
        assert [str(t) for t in table.schema.types] == ["int32", "timestamp[us, tz=UTC]", "double"]
        frame = table.to_pandas()
        assert frame.equals(frame.sort_values(["series", "time"], kind="stable", ignore_index=True))
        assert packed(path) == ["ZSTD", "ZSTD", "UNCOMPRESSED"]  # noise does not become smaller
        db.append(Batch.of("level", np.arange(5000) % 7, np.arange(5000).astype("M8[s]"), tz="UTC"))
        db.seal()
        assert ["ZSTD"] * 3 in [packed(path) for path in sealed(tmp_path / "s")]


def test_retention_gives_the_space_back(tmp_path):
    def size():
        return sum(p.stat().st_size for p in (tmp_path / "s").rglob("*") if p.is_file())

    with TimeSeriesDatabase(tmp_path / "s") as db:
        empty = size()
        for number in range(6):
            db.append(batch(number, 100_000))
            db.seal() if number < 3 else None
        full = size()
        assert db.retain(utc(START + 3 * MINUTE)) == 300_000
        half = size()
        assert db.retain(utc(START + 9 * MINUTE)) == 300_000
        assert db.count() == 0
        assert sealed(tmp_path / "s") == []
        assert half < full - 3_000_000
        assert size() < empty + 1_000_000
        db.append(batch(9))
        assert db.count() == 1000


def test_sealing_gives_back_what_the_log_no_longer_needs(tmp_path, monkeypatch):
    monkeypatch.setattr("nsi_notebook.analytics.storage.upkeep.FREE", 10)
    with TimeSeriesDatabase(tmp_path / "s") as db:
        db.append(batch(1, 200_000))
        db.seal()
    assert (tmp_path / "s/store.sqlite").stat().st_size < 1_000_000


def test_what_is_open_is_sealed_in_the_background_and_small_files_are_joined(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "BATCHES", 4)
    with TimeSeriesDatabase(tmp_path / "s") as db:
        for number in range(100):
            db.append(batch(number, 50))
        assert db.count() == 5000
        assert len(db.query()) == 5000
    with TimeSeriesDatabase(tmp_path / "s") as db:
        assert db.status()["files"] == len(sealed(tmp_path / "s")) <= 10
        assert db.status()["open rows"] < 5000
        assert db.count() == 5000


def test_of_threads_that_find_enough_open_one_seals(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "BATCHES", 2)
    with TimeSeriesDatabase(tmp_path / "s") as db:
        db.append(batch(1))
        store, begun = db._store, []
        seal = store._sealing
        monkeypatch.setattr(store, "_sealing", lambda: (begun.append(1), seal()))
        store._since_sealing = [2, 2000]
        threads = [threading.Thread(target=store._seal_some) for _ in range(4)]
        with store._writing:  # as if another append went on
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(0.1)
        for thread in threads:
            thread.join()
    assert begun == [1]


def test_trouble_in_the_background_is_shown_and_nothing_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "BATCHES", 1)

    def full(*given):
        raise OSError(28, "No space left on device")

    with TimeSeriesDatabase(tmp_path / "s") as db:
        monkeypatch.setattr(sealing, "write", full)
        db.append(batch(1))
        db._store._sealer.join()
        assert "No space left" in db.status()["trouble"]
        assert "No space left" in repr(db)
        monkeypatch.undo()
        assert db.seal() == 1000
        assert "trouble" not in db.status()


def test_files_hold_at_most_so_many_samples_and_joining_stops_there(tmp_path, monkeypatch):
    monkeypatch.setattr(sealing, "FULL", 2500)
    with TimeSeriesDatabase(tmp_path / "s") as db:
        for number in range(7):
            db.append(batch(number))
        db.seal()
        assert sorted(pq.ParquetFile(p).metadata.num_rows for p in sealed(tmp_path / "s")) == [1000, 2000, 2000, 2000]
        for number in range(7, 10):
            db.append(batch(number))
            db.seal()
        assert db.compact() == 2
        assert db.count() == 10_000 == len(db.query())
        assert len(sealed(tmp_path / "s")) == 5


def test_threads_write_and_read_one_store(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "BATCHES", 5)
    with TimeSeriesDatabase(tmp_path / "s") as db, ThreadPoolExecutor(3) as pool:

        def write(name):
            return [db.append(batch(number, 100, name), key=f"{name}-{number}").new for number in range(20)]

        def read():
            asked = "select count(*) as n from samples"
            return [n % 100 for _ in range(10) for n in (db.sql(asked).to_arrow()["n"][0].as_py(), len(db.query()))]

        one, other, seen = pool.submit(write, "a"), pool.submit(write, "b"), pool.submit(read)
        assert one.result() == other.result() == [True] * 20
        assert set(seen.result()) == {0}
        assert db.count() == 4000


def test_who_reads_gets_an_answer_though_files_are_joined_under_it_each_time(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "PATIENCE", 0.05)
    with TimeSeriesDatabase(tmp_path / "s") as db, TimeSeriesDatabase(tmp_path / "s") as other:
        other.append(batch(0, 100))
        other.seal()
        stamp, tries = sealing.stamp, []

        def joined(file):
            try:
                other.append(batch(1 + len(tries), 100))
                other.seal()
                other.compact()
                tries.append("joined")
            except StoreError as error:
                tries.append(str(error))
            return stamp(file)

        monkeypatch.setattr(sealing, "stamp", joined)
        found = len(db.query())
    assert found % 100 == 0
    assert found >= 100 * folder.TRIES
    assert tries.count("joined") == folder.TRIES - 1
    assert "locked by another process" in tries[-1]


def test_duckdb_over_the_files_says_the_same_as_what_is_in_memory(tmp_path, monkeypatch):
    numbers = [*KNOWN, "p5", "q0.95"]
    with TimeSeriesDatabase(tmp_path / "s") as db:
        for number in range(6):
            given = batch(number, 100)
            given.value[::7], given.value[1::5] = np.nan, 2.0
            db.append(Batch(given.series, given.code, given.time // 3 * 3, given.value))
            if number % 2:
                db.seal()
        db.append(Batch.of("all.missing", [np.nan, np.nan], [utc(START), utc(START)], missing="keep"))
        for asked in ({}, {"step": "7s"}, {"step": "1s", "since": utc(START + MINUTE), "until": utc(START + 4 * MINUTE)}):
            monkeypatch.setattr(snapshot, "FEW", 1_000_000)
            few = db.query(agg=numbers, **asked).table
            monkeypatch.setattr(snapshot, "FEW", 0)
            many = db.query(agg=numbers, **asked).table
            assert few.schema.names == many.schema.names
            assert few.schema.types == many.schema.types
            assert [column.null_count for column in few.columns] == [column.null_count for column in many.columns]
            assert few.select(few.schema.names[: -len(numbers)]).equals(many.select(many.schema.names[: -len(numbers)]))
            for name in numbers:
                np.testing.assert_allclose(few[name].to_numpy(), many[name].to_numpy(), rtol=1e-12, atol=1e-12)


UNITS = """
import sys
from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.storage import TimeSeriesDatabase
from nsi_notebook.errors import SeriesError
db = TimeSeriesDatabase(sys.argv[1])
input()
for number in range(30):
    try:
        db.append(Batch.of(f"x{number}", [1.0], ["2026-11-26T12:00:00Z"], unit=sys.argv[2]))
    except SeriesError:
        pass
"""


def test_two_processes_that_open_and_write_a_new_folder_at_once_agree_on_the_units(tmp_path):
    command = [sys.executable, "-c", UNITS, str(tmp_path / "s")]
    running = [
        subprocess.Popen([*command, unit], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for unit in ("um", "mm")
    ]
    for process in running:
        process.stdin.write("\n")
        process.stdin.close()
    for process in running:
        assert process.wait(60) == 0, process.stderr.read()
        process.stderr.close()
    with TimeSeriesDatabase(tmp_path / "s") as db:
        assert db.count() == len(db.series()) == 30
        assert {s.unit for s in db.series()} <= {"um", "mm"}


def test_four_that_open_a_new_folder_at_once_wait_for_each_other(tmp_path):
    together = threading.Barrier(4)

    def open_and_leave(number):
        together.wait()
        with TimeSeriesDatabase(tmp_path / str(number)) as db:
            return db.append(batch(number, rows=1)).new

    with ThreadPoolExecutor(4) as threads:
        assert all(all(threads.map(open_and_leave, [number] * 4)) for number in range(25))


def test_who_waits_in_vain_for_another_process_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("nsi_notebook.analytics.storage.catalogue.PATIENCE", 0.1)
    with TimeSeriesDatabase(tmp_path / "s") as one, TimeSeriesDatabase(tmp_path / "s") as other:
        one._store._writer.execute("begin immediate")
        with pytest.raises(StoreError, match="locked by another process"):
            other.append(batch(1))
        one._store._writer.execute("rollback")
        assert other.append(batch(1)).new


def test_keys_are_forgotten_after_a_week(tmp_path, monkeypatch):
    with TimeSeriesDatabase(tmp_path / "s") as db:
        db.append(batch(1), key="k")
        db.seal()
        assert not db.append(batch(1), key="k").new
        monkeypatch.setattr("nsi_notebook.analytics.storage.upkeep.REMEMBERED", -1_000_000)
        db.seal()
        assert db.append(batch(1), key="k").new


def test_files_that_are_gone_are_not_remembered(tmp_path):
    with TimeSeriesDatabase(tmp_path / "s") as store:
        for number in range(12):
            store.append(batch(number, rows=10))
            store.seal()
            assert len(store.query("a").to_pandas()) == 10 * (number + 1)
            if number % 4 == 3:
                store.compact()
        assert len(store.query("a").to_pandas()) == 120
        files = store.status()["files"]
        assert len(store._store._proven) == files == 1


def asked(db):
    """Ask everything that a store answers, and give what it says, or why it does not."""
    questions = {
        "a": lambda: len(db.query("a")),
        "b": lambda: len(db.query("b")),
        "mean of a": lambda: len(db.query("a", agg="mean")),
        "early": lambda: len(db.query(until=utc(START + MINUTE))),
        "late": lambda: len(db.query(since=utc(START + MINUTE))),
        "count of b": lambda: db.count("b"),
        "half of a": lambda: db.count("a", until=utc(START + MINUTE // 2)) > 0,
        "digest of b": lambda: len(db.digest("b")),
        "extent of b": lambda: db.extent("b") is not None,
        "count": db.count,
        "series": lambda: len(db.series()),
        "sql": lambda: len(db.sql("select * from samples")),
    }
    told = {}
    for name, question in questions.items():
        try:
            told[name] = question()
        except StoreError as error:
            told[name] = "refused" if "is not as it was written" in error.message else error.message
    return told


ANSWERS = {
    "a": 100,
    "b": 100,
    "mean of a": 1,
    "early": 100,
    "late": 100,
    "count of b": 100,
    "half of a": True,
    "digest of b": 64,
    "extent of b": True,
    "count": 200,
    "series": 2,
    "sql": 200,
}


@pytest.mark.parametrize("few", [4_000_000, 0])
def test_a_damaged_file_is_refused_only_where_its_samples_are_asked_for(tmp_path, monkeypatch, few):
    monkeypatch.setattr(snapshot, "FEW", few)
    with TimeSeriesDatabase(tmp_path / "s") as db:
        db.append(batch(0, 100, "a"))
        db.seal()
        (path,) = sealed(tmp_path / "s")
        late = batch(1, 100, "b")
        late.time[0] = START  # its file overlaps the other in time, its series does not
        db.append(late)
        db.seal()
        assert asked(db) == {**ANSWERS, "early": 101, "late": 99}
        path.write_bytes(path.read_bytes()[:-1])
        refused = dict.fromkeys(("a", "mean of a", "early", "half of a", "sql"), "refused")
        assert asked(db) == {**ANSWERS, "late": 99, **refused}
        db.repair()
        assert asked(db)["early"] == 1


def test_a_damaged_open_batch_is_refused_only_where_its_time_is_asked_for(tmp_path):
    with TimeSeriesDatabase(tmp_path / "s") as db:
        db.append(batch(0, 100, "a"))
        db.append(batch(1, 100, "b"))
        assert asked(db) == ANSWERS
        with sqlite3.connect(tmp_path / "s/store.sqlite") as raw:
            raw.execute("update batches set crc = crc + 1 where id = (select min(id) from batches)")
    with TimeSeriesDatabase(tmp_path / "s") as db:
        # of which series its samples are is in the batch itself
        answers = {"late": 100, "count": 200, "series": 2}
        assert asked(db) == {**dict.fromkeys(ANSWERS, "refused"), **answers}
        assert len(db.query("b", since=utc(START + MINUTE))) == 100
        db.append(batch(2, 100, "b"))
        assert len(db.query(since=utc(START + MINUTE))) == 200
        db.repair()
        assert len(db.query("b")) == 200
