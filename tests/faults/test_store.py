"""The folder store when processes are killed, the disk is full, and bytes change."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.storage import TimeSeriesDatabase
from nsi_notebook.errors import StoreError

ROUNDS = int(os.environ.get("NSI_STORE_ROUNDS", "6"))
START = 1_764_158_400_000_000


def batch(number, rows=1000, name="a"):
    time = (START + number * 1_000_000 + np.arange(rows)).astype("M8[us]")
    return Batch.of(name, np.full(rows, float(number)), time, tz="UTC")


def values(db):
    return sorted({float(v) for found in db.scan() for v in found.value})


def spoil(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 0x10
    path.write_bytes(data)


def test_killed_writers_lose_nothing_double_nothing_and_leave_nothing():
    """`NSI_STORE_ROUNDS=100` runs more of them."""
    script = Path(__file__).with_name("store_rounds.py")
    command = [sys.executable, str(script), "--rounds", str(ROUNDS), "--seed", "7", "--longest", "0.8"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    total = json.loads(done.stdout.splitlines()[-1])
    assert total["rounds"] == ROUNDS
    assert total["acknowledged"] >= 2 * ROUNDS
    assert total["looks"] > 0


def test_who_is_killed_between_the_file_and_the_catalogue_leaves_an_orphan_that_the_next_one_collects(tmp_path):
    code = """
import os, sys
from nsi_notebook.analytics.storage import TimeSeriesDatabase, sealing
db = TimeSeriesDatabase(sys.argv[1])
write = sealing.write
def killed(*given):
    write(*given)
    os.kill(os.getpid(), 9)
sealing.write = killed
db.seal()
"""
    with TimeSeriesDatabase(tmp_path / "s") as db:
        db.append(batch(1))
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "s")], check=False)
    assert done.returncode == -9
    assert len(list((tmp_path / "s/sealed").iterdir())) == 1
    with TimeSeriesDatabase(tmp_path / "s") as db:
        assert list((tmp_path / "s/sealed").iterdir()) == []
        assert db.count() == 1000
        assert db.seal() == 1000


def test_a_file_that_a_living_process_is_writing_is_not_collected(tmp_path):
    with TimeSeriesDatabase(tmp_path / "s") as db:
        db.append(batch(1))
        guard = sqlite3.connect(tmp_path / "s/guard.sqlite", isolation_level=None)
        guard.execute("begin exclusive")
        (tmp_path / "s/sealed/growing.parquet").write_bytes(b"PAR1")
        with sqlite3.connect(tmp_path / "s/store.sqlite") as seen:
            assert seen.execute("select count(*) from files").fetchone() == (0,)
        guard.execute("commit")
        guard.execute("begin exclusive")
        assert db.count() == 1000  # whoever reads does not wait
        assert (tmp_path / "s/sealed/growing.parquet").exists()
        guard.close()
        db.seal()
        assert not (tmp_path / "s/sealed/growing.parquet").exists()


FULL = """
import resource, sys
import numpy as np
from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.storage import TimeSeriesDatabase
from nsi_notebook.errors import StoreError
db = TimeSeriesDatabase(sys.argv[1])
time = (1_764_158_400_000_000 + np.arange(50_000)).astype("M8[us]")
kept = 0
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, resource.RLIM_INFINITY))
try:
    while True:
        kept += db.append(Batch.of("a", np.random.default_rng(kept).normal(size=50_000), time, tz="UTC")).rows
except StoreError as error:
    print("append:", error.message)
print(kept, db.count())
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
try:
    db.seal()
except StoreError as error:
    print("seal:", error.message)
print(kept, db.count())
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
db.append(Batch.of("a", np.zeros(50_000), time, tz="UTC"))
print(kept + 50_000, db.count(), db.seal())
"""


def test_a_full_disk_is_said_and_what_was_acknowledged_stays(tmp_path):
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path / "s")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    append, first, seal, second, third = done.stdout.splitlines()
    assert "cannot be written" in append
    assert seal.startswith("seal: ")
    assert "cannot be" in seal
    kept, count = map(int, first.split())
    assert kept == count > 0
    assert second == first
    assert third == f"{kept + 50_000} {kept + 50_000} {kept + 50_000}"
    with TimeSeriesDatabase(tmp_path / "s") as db:
        assert db.count() == kept + 50_000
        assert db.verify() == ()
        assert len(list((tmp_path / "s/sealed").iterdir())) == db.status()["files"]


def test_a_changed_file_is_named_and_set_aside_and_the_rest_answers(tmp_path):
    db = TimeSeriesDatabase(tmp_path / "s")
    for number in range(3):
        db.append(batch(number))
        db.seal()
    paths = {float(db_value): path for db_value, path in zip(range(3), in_order(tmp_path / "s"), strict=True)}
    size = paths[1.0].stat().st_size
    spoil(paths[1.0], size // 2)
    db.close()
    with TimeSeriesDatabase(tmp_path / "s") as db:
        (damage,) = db.verify()
        assert (damage.where, damage.rows) == (f"sealed/{paths[1.0].name}", 1000)
        for ask in (db.query, lambda: db.sql("select sum(value) from samples"), lambda: list(db.scan())):
            with pytest.raises(StoreError, match=f"{paths[1.0].name} is not as it was written"):
                ask()
        until = "2025-11-26T12:00:01Z"
        assert len(db.query(until=until)) == 1000  # it is not needed for this
        assert db.repair() == (damage,)
        assert values(db) == [0.0, 2.0]
        assert db.verify() == ()
        assert (tmp_path / "s/quarantine" / paths[1.0].name).stat().st_size == size
        assert db.count() == 2000


def in_order(folder):
    with sqlite3.connect(folder / "store.sqlite") as seen:
        return [folder / "sealed" / name for (name,) in seen.execute("select name from files order by first")]


def test_a_file_that_changes_while_the_store_is_open_is_found(tmp_path):
    with TimeSeriesDatabase(tmp_path / "s") as db:
        db.append(batch(1))
        db.seal()
        assert db.query(agg="mean").to_pandas()["mean"].tolist() == [1.0]
        (path,) = in_order(tmp_path / "s")
        spoil(path, 100)
        with pytest.raises(StoreError, match="not as it was written"):
            db.query(agg="mean")


def test_a_missing_file_is_named_and_given_up(tmp_path):
    with TimeSeriesDatabase(tmp_path / "s") as db:
        for number in range(2):
            db.append(batch(number))
            db.seal()
        in_order(tmp_path / "s")[0].unlink()
        with pytest.raises(StoreError, match="is missing"):
            db.query()
        assert [d.what for d in db.repair()] == ["is missing"]
        assert values(db) == [1.0]


def test_a_changed_batch_is_named_and_set_aside_and_the_rest_is_sealed(tmp_path):
    db = TimeSeriesDatabase(tmp_path / "s")
    for number in range(3):
        db.append(batch(number))
    db.close()
    with sqlite3.connect(tmp_path / "s/store.sqlite") as changed:
        data = bytearray(changed.execute("select data from batches where id = 2").fetchone()[0])
        data[len(data) // 2] ^= 1
        changed.execute("update batches set data = ? where id = 2", (bytes(data),))
    with TimeSeriesDatabase(tmp_path / "s") as db:
        assert [d.where for d in db.verify()] == ["open batch 2 in store.sqlite"]
        with pytest.raises(StoreError, match=r"open batch 2 in store\.sqlite is not as it was written"):
            db.query()
        assert db.seal() == 2000
        assert db.retain("2025-11-26T12:00:01.0005Z") == 1000  # what is damaged stays
        assert [d.rows for d in db.repair()] == [1000]
        assert values(db) == [2.0]
        assert (tmp_path / "s/quarantine/batch-2.bin").read_bytes() == bytes(data)


def test_a_damaged_catalogue_is_said(tmp_path):
    with TimeSeriesDatabase(tmp_path / "s") as db:
        db.append(batch(1))
    (tmp_path / "s/store.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match=r"store\.sqlite is damaged"):
        TimeSeriesDatabase(tmp_path / "s")


def test_a_reader_goes_on_while_files_are_joined_and_dropped_under_it(tmp_path):
    with TimeSeriesDatabase(tmp_path / "s") as writer, TimeSeriesDatabase(tmp_path / "s") as reader:
        for number in range(6):
            writer.append(batch(number))
            writer.seal()
        select, done = reader._store._duck.run, []

        def late(*given):
            if not done:  # between the look into the catalogue and the reading of the files
                done.append(writer.compact())
            return select(*given)

        reader._store._duck.run = late
        asked = "select count(*) as n from samples"
        assert reader.sql(asked).to_arrow()["n"].to_pylist() == [6000]
        assert done == [5]
