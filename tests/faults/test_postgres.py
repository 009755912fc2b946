"""The store on a server when the server is killed, and when the line to it is cut at the worst moments."""

from __future__ import annotations

import os
import random
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import numpy as np
import pytest

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.storage import TimeSeriesDatabase
from nsi_notebook.errors import OptionError, StoreError

START = 1_764_158_400_000_000
ROUNDS = int(os.environ.get("NSI_STORE_ROUNDS", "6"))
SUMS = "select tags['writer'] as writer, value, count(*) as n from samples group by 1, 2"


def size(number):
    return 1 + number * 3701 % 30_000


def numbered(writer, number):
    """Give batch `number` of a writer: its values are the number, so that half of one is seen."""
    day = number % 3 * 86_400_000_000
    time_ = (START + day + number * 1_000_000 + np.arange(size(number))).astype("M8[us]")
    return Batch.of("run.batch", np.full(size(number), float(number)), time_, tags={"writer": str(writer)}, tz="UTC")


def there(db):
    return {(int(row["writer"]), int(row["value"])): row["n"] for row in db.sql(SUMS).to_arrow().to_pylist()}


def kill_a_backend(server):
    """Have the server lose one of its processes, after which it ends all others and recovers."""
    with suppress(Exception):  # it may be recovering from the last time
        found = server.admin("select pid from pg_stat_activity where usename = 'lab' order by random() limit 1")
        for (pid,) in found:
            os.kill(pid, signal.SIGKILL)


def stop_at_once(server):
    server.stop("immediate")
    time.sleep(0.2)
    server.start()


def end_all_sessions(server):
    with suppress(Exception):
        server.admin("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'lab'")


def test_a_server_that_is_killed_while_two_write_and_one_reads_loses_nothing_and_doubles_nothing(postgres):
    """`NSI_STORE_ROUNDS=100` kills more often."""
    address, over = postgres.address(), threading.Event()
    acknowledged, looks = [set(), set()], [0]

    def write(writer):
        number = 0
        with TimeSeriesDatabase(address) as db:
            while not over.is_set():
                ack = db.append(numbered(writer, number), key=f"{writer}-{number}" if number % 2 else None)
                assert ack.new, "its own append was taken for one of before"
                acknowledged[writer].add(number)
                number += 1

    def read():
        with TimeSeriesDatabase(address) as db:
            before = set()
            while not over.is_set():
                found = there(db)
                assert all(n == size(number) for (_, number), n in found.items()), "half a batch"
                assert before <= found.keys(), "something went away"
                before = set(found)
                looks[0] += 1

    with TimeSeriesDatabase(address) as db:
        db.append(numbered(2, 0))
    pool = ThreadPoolExecutor(3)
    futures = [pool.submit(write, 0), pool.submit(write, 1), pool.submit(read)]
    chance = random.Random(5)
    for number in range(ROUNDS):
        so_far = [len(known) for known in acknowledged]
        deadline = time.monotonic() + 60
        while (
            any(len(known) <= before for known, before in zip(acknowledged, so_far, strict=True)) and time.monotonic() < deadline
        ):
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.3))
        (kill_a_backend, stop_at_once, end_all_sessions)[number % 3](postgres)
    postgres.wait()
    time.sleep(0.5)
    over.set()
    for future in futures:
        future.result(90)
    pool.shutdown()
    with TimeSeriesDatabase(address) as db:
        expected = {(w, number): size(number) for w in range(2) for number in acknowledged[w]} | {(2, 0): size(0)}
        assert there(db) == expected
        assert db.count() == sum(expected.values())
        assert db.verify() == ()
    assert min(map(len, acknowledged)) > ROUNDS
    assert looks[0] > 0


WRITER = """
import sys
sys.path.insert(0, sys.argv[1])
from test_postgres import TimeSeriesDatabase, numbered
with TimeSeriesDatabase(sys.argv[2]) as db:
    for number in range(int(sys.argv[3]), 10**6):
        db.append(numbered(0, number), key=str(number))
        print(number, flush=True)
"""


def test_a_writer_that_is_killed_leaves_whole_batches_and_its_successor_doubles_none(postgres, tmp_path):
    address, first, chance = postgres.address(), 0, random.Random(3)
    expected = set()
    for _ in range(3):
        command = [sys.executable, "-c", WRITER, os.path.dirname(__file__), address, str(first)]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        said = [int(writer.stdout.readline()) for _ in range(3)]
        time.sleep(chance.uniform(0, 0.5))
        writer.kill()
        said += [int(line) for line in writer.stdout.read().split("\n") if line]
        writer.wait()
        writer.stdout.close()
        with TimeSeriesDatabase(address) as db:
            found = there(db)
            assert {(0, number) for number in said} <= found.keys()
            assert all(n == size(number) for (_, number), n in found.items())
            last = said[-1] + 1
            assert db.append(numbered(0, last), key=str(last)).new == ((0, last) not in found)
            expected |= {*said, last}
            assert set(there(db)) == {(0, number) for number in expected}
            assert db.verify() == ()
        first = last + 1


ENDED = b"\xff\xffc\x00\x00\x00\x04"  # the end of the rows, and that of COPY, with which the server commits


class Line:
    """A line to the server that is cut once: when the bytes of `at` pass, before or after the server gets them."""

    def __init__(self, port):
        self._port, self.at, self.deliver, self.cuts = port, None, True, 0
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client):
        with client, socket.create_connection(("127.0.0.1", self._port)) as server, suppress(OSError):
            while True:
                for side in select.select([client, server], [], [])[0]:
                    data = side.recv(1 << 16)
                    if not data:
                        return
                    cut = side is client and self.at is not None and self.at in data
                    if cut:
                        self.at, self.cuts = None, self.cuts + 1
                        if self.deliver:
                            server.sendall(data)
                            server.recv(1 << 16)  # the server has done it, and its answer goes nowhere
                        return
                    (server if side is client else client).sendall(data)

    def close(self):
        self._door.close()


@pytest.fixture
def line(postgres):
    line = Line(postgres.port)
    yield line
    line.close()


@pytest.mark.parametrize("key", ["k", None])
@pytest.mark.parametrize(
    ("at", "deliver"), [(b"COMMIT", True), (b"COMMIT", False), (b"PGCOPY", False), (b"begin", True), (b"nsi_keys", True)]
)
def test_an_append_of_a_new_series_whose_line_is_cut_is_written_once(postgres, line, at, deliver, key):
    once(postgres, line, at, deliver, key, known=False)


@pytest.mark.parametrize("key", ["k", None])
@pytest.mark.parametrize(
    ("at", "deliver"), [(b"nsi_keys", True), (b"nsi_keys", False), (b"PGCOPY", False), (ENDED, True), (ENDED, False)]
)
def test_an_append_whose_line_is_cut_is_written_once(postgres, line, at, deliver, key):
    once(postgres, line, at, deliver, key, known=True)


def once(postgres, line, at, deliver, key, known):
    address = postgres.address()
    with TimeSeriesDatabase(address.replace(f":{postgres.port}", f":{line.port}") + "&sslmode=disable&gssencmode=disable") as db:
        db.append(numbered(0, 1))
        assert not known or len(db.series()) == 1  # which has the handle learn it
        line.at, line.deliver = at, deliver
        ack = db.append(numbered(0, 2), key=key)
        assert (ack.rows, ack.new, line.cuts) == (size(2), True, 1)
        assert there(db) == {(0, 1): size(1), (0, 2): size(2)}
        if key:
            assert not db.append(numbered(0, 2), key=key).new
            with pytest.raises(OptionError, match="with other samples"):
                db.append(numbered(0, 3), key=key)
        assert db.verify() == ()
        line.at, line.deliver = b"nsi_samples", False
        assert db.count(since="2025-11-26T12:00:01Z") == size(1) + size(2)
        assert line.cuts == 2


def damaged(postgres, table, schema):
    """Change bytes in the file of a table, as a failing disk would."""
    found = postgres.admin(f"select current_setting('data_directory') || '/' || pg_relation_filepath('{schema}.{table}')", "lab")
    postgres.stop()
    with open(found[0][0], "r+b") as file:
        file.seek(5000)
        file.write(b"\xff" * 64)
    postgres.start()


def test_a_day_whose_bytes_changed_is_named_and_set_aside_and_the_rest_answers(postgres):
    address = postgres.address()
    schema = address.rpartition("=")[2]
    with TimeSeriesDatabase(address) as db:
        for number in (0, 1, 2):
            db.append(numbered(0, number))
        damaged(postgres, "nsi_day_2025_11_27", schema)
        (damage,) = db.verify()
        assert (damage.where, damage.rows) == ("nsi_day_2025_11_27", size(1))
        assert "cannot be read: invalid page" in damage.what
        for ask in (db.query, lambda: db.sql("select sum(value) from samples"), lambda: list(db.scan())):
            with pytest.raises(StoreError, match="the store cannot be read: invalid page"):
                ask()
        assert len(db.query(until="2025-11-27T00:00:00Z")) == size(0)
        assert db.repair() == (damage,)
        assert there(db) == {(0, 0): size(0), (0, 2): size(2)}
        assert db.verify() == ()
        assert db.count() == size(0) + size(2)
        db.append(numbered(0, 1))
        assert there(db)[0, 1] == size(1)
        lost = f"select name, rows, (select count(*) from pg_class where relname like 'nsi_aside_%') from {schema}.nsi_lost"
        assert postgres.admin(lost, "lab") == [("nsi_day_2025_11_27", size(1), 1)]


@pytest.mark.parametrize(
    ("text", "said", "left"),
    [
        ("delete from {s}.nsi_samples where time < '2025-11-26 12:00:00.0001Z'", "has 201 samples of 301", 502),
        ("insert into {s}.nsi_samples values ('2025-11-27 12:00Z', 99, 1)", "has 1 samples that are not from a store", 602),
        (
            "insert into {s}.nsi_samples values ('2025-11-27 12:00Z', 1, 'Infinity')",
            "has 1 samples that are not from a store",
            602,
        ),
        ("drop table {s}.nsi_day_2025_11_27", "is missing", 301),
    ],
)
def test_what_was_changed_past_the_store_is_found_and_repaired(postgres, text, said, left):
    address = postgres.address()
    with TimeSeriesDatabase(address) as db:
        for day in range(2):
            time_ = START + day * 86_400_000_000 + np.arange(301)
            db.append(Batch.of("a", np.ones(301), time_.astype("M8[us]"), tz="UTC"))
        postgres.admin(text.format(s=address.rpartition("=")[2]), "lab")
        (damage,) = db.verify()
        assert said in damage.what
        assert db.repair() == (damage,)
        assert db.verify() == ()
        assert db.count() == len(db.query()) == left
