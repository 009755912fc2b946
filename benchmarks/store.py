"""The folder store beside a DuckDB file: samples that come in, and five questions on ten million of them.

Both use the same number of threads; every append of both is on the disk when it returns. The questions are asked in turns, after
both have answered each once, so both have read before what they need.
"""

from __future__ import annotations

import atexit
import itertools
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.series import Series
from nsi_notebook.analytics.core.times import utc
from nsi_notebook.analytics.storage import TimeSeriesDatabase

from .compare import Case

THREADS = 2
SERIES = tuple(Series("plant.reading", "degC", (("line", f"{n % 10}"), ("sensor", f"{n:02d}"))) for n in range(100))
START = 1_764_158_400_000_000
ROWS, BATCH, STEP = 10_000_000, 10_000, 8_640  # a day
LISTING = pa.table({"id": range(100), "line": [f"{n % 10}" for n in range(100)], "sensor": [f"{n:02d}" for n in range(100)]})


def batches(seed: int, rows: int) -> list[Batch]:
    """Readings of 100 series, by time."""
    chance = np.random.default_rng(seed)
    out = []
    for first in range(0, rows, BATCH):
        code = chance.integers(0, len(SERIES), BATCH).astype(np.int32)
        time = START + (first + np.arange(BATCH, dtype=np.int64)) * STEP
        out.append(Batch(SERIES, code, time, chance.normal(20, 3, BATCH)))
    return out


def arrow(batch: Batch) -> pa.Table:
    time = pa.array(batch.time).cast(pa.timestamp("us", "UTC"))
    return pa.table({"series": batch.code, "time": time, "value": batch.value})


class Duck:
    """A DuckDB file."""

    def __init__(self, path: Path) -> None:
        self.db = duckdb.connect(str(path), config={"threads": THREADS})
        self.db.execute("set timezone = 'UTC'").fetchall()
        self.db.execute("create table samples (series integer, time timestamptz, value double)").fetchall()
        self.db.register("given", LISTING)
        self.db.execute("create table listing as select * from given").fetchall()

    def append(self, batch: Batch) -> None:
        self.db.register("given", arrow(batch))
        self.db.execute("insert into samples select * from given").fetchall()

    def ask(self, text: str, *given: Any) -> pa.Table:
        return self.db.sql(text, params=list(given)).to_arrow_table()


def cases(seed: int) -> list[Case]:
    """Two comparisons of what comes in, and five of questions."""
    place = Path(tempfile.mkdtemp(prefix="nsi-bench-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    some, number = batches(seed, 2_000_000), itertools.count()

    def in_store() -> int:
        path = place / f"in-{next(number)}"
        with TimeSeriesDatabase(path, threads=THREADS) as db:
            for batch in some:
                db.append(batch)
            db.seal()
            found = db.count()
        shutil.rmtree(path)
        return found

    def in_duck() -> int:
        path = place / f"in-{next(number)}.duckdb"
        duck = Duck(path)
        for batch in some:
            duck.append(batch)
        duck.db.execute("checkpoint").fetchall()
        found = int(duck.ask("select count(*) as n from samples")["n"][0].as_py())
        duck.db.close()
        path.unlink()
        return found

    @cache
    def store() -> TimeSeriesDatabase:
        return TimeSeriesDatabase(place / "acknowledged", threads=THREADS)

    @cache
    def file() -> Duck:
        return Duck(place / "acknowledged.duckdb")

    def acknowledged() -> int:
        return sum(store().append(batch).rows for batch in some[:50])

    def committed() -> int:
        for batch in some[:50]:
            file().append(batch)
        return 50 * BATCH

    def same_count(ours: Any, theirs: Any) -> str:
        assert ours == theirs
        return "equal"

    out = [
        Case("append of 10k rows, 50 times, acknowledged", "DuckDB file", acknowledged, committed, same_count, 4),
        Case("append of 10k rows, 200 times, and sealing", "DuckDB file, checkpoint", in_store, in_duck, same_count, 1),
    ]
    return out + _questions(place, seed)


def _questions(place: Path, seed: int) -> list[Case]:
    made: list[Any] = []

    def both() -> tuple[TimeSeriesDatabase, Duck]:
        """Make them when the first question is asked."""
        if not made:
            db, duck = TimeSeriesDatabase(place / "store", threads=THREADS), Duck(place / "asked.duckdb")
            given = batches(seed, ROWS)
            for first in range(0, len(given), 100):
                part = Batch.joined(given[first : first + 100])
                db.append(part)
                duck.append(part)
            db.seal()
            duck.db.execute("checkpoint").fetchall()
            made.extend([db, duck])
        return made[0], made[1]

    end, middle = START + ROWS * STEP, START + ROWS * STEP // 2
    numbers = ["count", "mean", "std", "min", "max", "p95"]
    said = "count(value) as count, avg(value) as mean, stddev_samp(value) as std, min(value) as min, max(value) as max"
    said += ", quantile_cont(value, 0.95) as p95"
    since, until, last = utc(middle), utc(middle + 600_000_000), utc(end - 60_000_000)
    minutes = "time_bucket(interval '1 minute', time)"
    ten = (
        f"select sensor, {minutes} as t, {said} from samples join listing on id = series where line = ? group by all order by all"
    )
    every = f"select sensor, {said} from samples join listing on id = series group by sensor order by sensor"
    window = (
        "select time, value from samples join listing on id = series where sensor = ? and time >= ? and time < ? order by time"
    )
    newest = "select sensor, count(value) as count, avg(value) as mean from samples join listing on id = series"
    newest += " where time >= ? group by sensor order by sensor"

    def agree(ours: Any, theirs: pa.Table) -> str:
        names = [n for n in theirs.column_names if n in {*numbers, "value"}]
        for name in names:
            np.testing.assert_allclose(ours.table[name].to_numpy(), theirs[name].to_numpy(), rtol=1e-9)
        return f"equal to 1e-9, {len(ours)} rows"

    def counted(ours: int, theirs: pa.Table) -> str:
        assert ours == theirs["n"][0].as_py() == ROWS
        return "equal"

    questions: list[tuple[str, Any, Any, Any]] = [
        (
            "ten series by a tag, by minute, 6 aggregates",
            lambda db: db.query(where={"line": "3"}, step="1min", agg=numbers),
            lambda d: d.ask(ten, "3"),
            agree,
        ),
        (
            "one series, ten minutes",
            lambda db: db.query(since=since, until=until, where={"sensor": "42"}),
            lambda d: d.ask(window, "42", since, until),
            agree,
        ),
        ("all rows by series, 6 aggregates", lambda db: db.query(agg=numbers), lambda d: d.ask(every), agree),
        ("last 60 s by series", lambda db: db.query(since=last, agg=["count", "mean"]), lambda d: d.ask(newest, last), agree),
        ("count", lambda db: db.count(), lambda d: d.ask("select count(*) as n from samples"), counted),
    ]
    return [
        Case(
            f"1e7 rows: {name}",
            "DuckDB file",
            lambda ours=ours: ours(both()[0]),
            lambda theirs=theirs: theirs(both()[1]),
            check,
            1,
        )
        for name, ours, theirs, check in questions
    ]
