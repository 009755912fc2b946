"""Rounds of two writers and a reader of one folder store that are killed at random moments, and what must be true after each.

`python tests/faults/store_rounds.py --rounds 100` runs many; the test runs a few.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.storage import TimeSeriesDatabase

START = 1_764_158_400_000_000
IMPORTED = ["duckdb", "pandas", "pyarrow.dataset", "pyarrow.parquet", "nsi_notebook.analytics.storage.folder"]
SUMS = "select tags['writer'] as writer, value, count(*) as n from samples group by all"


def size(number: int) -> int:
    """Give how many samples batch `number` has."""
    return 1 + number * 37 % 400


def numbered(writer: int, number: int) -> Batch:
    """Give batch `number` of a writer: its values are the number, so that half of one is seen."""
    time_ = (START + number * 1_000_000 + np.arange(size(number))).astype("M8[us]")
    return Batch.of("run.batch", np.full(size(number), float(number)), time_, tags={"writer": str(writer)}, tz="UTC")


def write(folder: str, writer: int, first: int, said: Connection) -> None:
    """Append batch after batch; say each only when it is acknowledged; retry, seal and join now and then."""
    chance = random.Random(first * 2 + writer)
    db = TimeSeriesDatabase(folder)
    for number in range(first, first + 1_000_000):
        batch, key = numbered(writer, number), f"{writer}-{number}"
        db.append(batch, key=key)
        said.send_bytes(str(number).encode())
        if chance.random() < 0.1:
            assert not db.append(batch, key=key).new
        if chance.random() < 0.15:
            db.seal()
        if chance.random() < 0.05:
            db.compact()


def read(folder: str, said: Connection) -> None:
    """Look again and again: every batch that is there is whole, in SQL and in samples, and none goes away."""
    db = TimeSeriesDatabase(folder)
    before: set[tuple[str, float]] = set()
    while True:
        if not db.series():
            continue
        there = {(row["writer"], row["value"]): row["n"] for row in db.sql(SUMS).to_arrow().to_pylist()}
        assert all(n == size(int(value)) for (_, value), n in there.items()), f"half a batch in {there}"
        assert before <= there.keys(), f"gone: {before - there.keys()}"
        before = set(there)
        found = db.query("run.batch").table
        numbers, n = np.unique(found["series"].to_numpy() * 1e9 + found["value"].to_numpy(), return_counts=True)
        assert [size(int(number % 1e9)) for number in numbers] == n.tolist(), "half a batch in samples"
        said.send_bytes(b"1")


def drained(said: Connection) -> list[int]:
    """Give all that was said so far, also by somebody who was killed since."""
    found = []
    while said.poll():
        try:
            found.append(int(said.recv_bytes()))
        except EOFError:
            break
    return found


class Rounds:
    """One folder, one reader that looks all the time, and two writers for each round."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder, self._chance, self._first = folder, random.Random(seed), [0, 0]
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(IMPORTED)
        self.total = Counter[str]()
        self._reader, self._seen = self._start(read)

    def _start(self, what, *words):
        mine, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(target=what, args=(str(self._folder), *words, theirs), daemon=True)
        process.start()
        theirs.close()
        return process, mine

    def one(self, longest: float) -> dict[str, int]:
        """Start two writers, kill them at random moments, and look at what they left."""
        writers = [self._start(write, w, self._first[w]) for w in range(2)]
        acknowledged: list[set[int]] = []
        for _, said in writers:  # they have begun when they said something
            assert said.poll(60), "a writer did not begin"
        moments = sorted((time.monotonic() + self._chance.uniform(0, longest), w) for w in range(2))
        for moment, w in moments:
            time.sleep(max(0.0, moment - time.monotonic()))
            os.kill(writers[w][0].pid, signal.SIGKILL)
        for process, said in writers:
            process.join()
            assert process.exitcode == -signal.SIGKILL, process.exitcode
            acknowledged.append(set(drained(said)))
        assert self._reader.is_alive(), "the reader failed"
        looks = len(drained(self._seen))
        unknown = len(self._orphans())
        self._inspect(acknowledged)
        return {"acknowledged": sum(map(len, acknowledged)), "looks": looks, "collected": unknown}

    def _orphans(self) -> set[str]:
        import sqlite3

        names = {path.name for path in (self._folder / "sealed").iterdir()}
        with sqlite3.connect(self._folder / "store.sqlite") as db:
            return names - {name for (name,) in db.execute("select name from files")}

    def _inspect(self, acknowledged: list[set[int]]) -> None:
        with TimeSeriesDatabase(self._folder) as db:
            there = {(int(row["writer"]), int(row["value"])): row["n"] for row in db.sql(SUMS).to_arrow().to_pylist()}
            wrong = {batch: n for batch, n in there.items() if n != size(batch[1])}
            lost = [(w, n) for w in range(2) for n in acknowledged[w] if (w, n) not in there]
            assert not wrong, f"doubled or in part: {wrong}"
            assert not lost, f"acknowledged and lost: {lost}"
            assert db.verify() == ()
            assert not self._orphans(), self._orphans()
            assert db.count() == sum(there.values())
            for w in range(2):  # the batch that was under way is tried again, with its key
                number = max(acknowledged[w]) + 1
                assert db.append(numbered(w, number), key=f"{w}-{number}").new == ((w, number) not in there)
                self._first[w] = number + 1

    def run(self, count: int, longest: float) -> Counter[str]:
        """Run rounds, and sum up what they gave."""
        for _ in range(count):
            self.total.update(rounds=1, **self.one(longest))
            print(json.dumps(self.total), flush=True)
        os.kill(self._reader.pid, signal.SIGKILL)
        self._reader.join()
        return self.total


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--longest", type=float, default=1.5, help="seconds after which a writer is killed")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    print("seed", given.seed, file=sys.stderr)
    with tempfile.TemporaryDirectory() as made:
        Rounds(Path(made) / "store", given.seed).run(given.rounds, given.longest)
