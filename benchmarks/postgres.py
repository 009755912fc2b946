"""Samples that come into PostgreSQL, beside ADBC and asyncpg; left out where no server can be started.

All write to tables of one form (a partition for a day) on one server with fsync, and commit each batch: days as they are while
samples come, without an index, and a day that has its BRIN, which is kept up.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.series import Series
from nsi_notebook.analytics.core.times import utc
from nsi_notebook.analytics.storage import TimeSeriesDatabase
from tests.postgres import Server, programs, serving

from .compare import Case

SERIES = tuple(Series("plant.reading", "degC", (("sensor", f"{n:02d}"),)) for n in range(100))
START, STEP = 1_764_158_400_000_000, 8_640
ROWS, FEWER = 1_000_000, 100_000

PEER = """
create table {name} (time timestamptz not null, series integer not null, value double precision) partition by range (time);
create table {name}_1 partition of {name} for values from ('2025-11-26') to ('2025-11-27');
create table {name}_2 partition of {name} for values from ('2025-11-27') to ('2025-11-28');
"""
INDEX = "create index on {name} using brin (time) with (autosummarize = on);"


def batches(seed: int, rows: int, each: int) -> list[Batch]:
    """Readings of 100 series, by time."""
    chance, out = np.random.default_rng(seed), []
    for first in range(0, rows, each):
        code = chance.integers(0, len(SERIES), each).astype(np.int32)
        time = START + (first + np.arange(each, dtype=np.int64)) * STEP
        out.append(Batch(SERIES, code, time, chance.normal(20, 3, each)))
    return out


def cases(seed: int) -> list[Case]:
    """Three sizes of batches beside ADBC, and one beside asyncpg."""
    if programs() is None:
        print("left out: PostgreSQL (no server is installed)")
        return []
    stack = contextlib.ExitStack()

    @cache
    def server() -> Server:
        import atexit

        atexit.register(stack.close)
        return stack.enter_context(serving(fsync=True))

    @cache
    def peer(name: str) -> str:
        form = PEER + INDEX if "indexed" in name else PEER
        server().admin(f"set role lab; set timezone = 'UTC'; {form.format(name=name)}", "lab")
        return name

    @cache
    def store(name: str) -> TimeSeriesDatabase:
        return TimeSeriesDatabase(server().address(name))

    @cache
    def sealed(name: str) -> bool:
        assert store(name).seal() > 0
        return True

    def indices(table: str) -> Any:
        return server().admin(f"select count(*) from pg_index where indrelid = '{table}'::regclass", "lab")[0][0]

    def sums(table: str) -> list[tuple[Any, ...]]:
        asked = "select count(*), sum(series), sum(value), min(time), max(time), sum(extract(epoch from time))"
        return server().admin(f"{asked} from {table}", "lab")

    def compared(name: str) -> Callable[[Any, Any], str]:
        def check(ours: int, theirs: int) -> str:
            mine, other = sums(f"{name}.nsi_samples")[0], sums(f"peer_{name}")[0]
            assert ours == theirs == mine[0] == other[0], (ours, theirs, mine, other)
            ids = {series: number for number, series in store(name)._store.known().items()}
            assert {ids[s] - n for n, s in enumerate(SERIES)} == {1}  # so the sums of ids differ by one a row
            assert mine[1] - other[1] == mine[0]
            np.testing.assert_allclose(float(mine[2]), float(other[2]), rtol=1e-12)
            assert mine[3:] == other[3:]
            assert mine[3] == utc(START)
            held = ("indexed" in name,) * 2
            assert (indices(f"{name}.nsi_day_2025_11_26"), indices(f"peer_{name}_1")) == held
            return f"equal, {ours:,} rows"

        return check

    def ours(name: str, given: list[Batch]) -> Callable[[], int]:
        def call() -> int:
            total = sum(store(name).append(batch).rows for batch in given)
            if "indexed" in name:
                sealed(name)  # once, after what is run to warm up
            return total

        return call

    def adbc(name: str, given: list[Batch]) -> Callable[[], int]:
        @cache
        def connection() -> Any:
            from adbc_driver_postgresql import dbapi

            return stack.enter_context(dbapi.connect(server().address().partition("?")[0]))

        def call() -> int:
            table, total = peer(f"peer_{name}"), 0
            for batch in given:
                time = pa.array(batch.time).cast(pa.timestamp("us", "UTC"))
                with connection().cursor() as cursor:
                    data = pa.table({"time": time, "series": batch.code, "value": batch.value})
                    cursor.adbc_ingest(table, data, mode="append")
                connection().commit()
                total += len(batch)
            return total

        return call

    def executemany(name: str, given: list[Batch]) -> Callable[[], int]:
        async def write() -> int:
            import asyncpg

            db = await asyncpg.connect(server().address().partition("?")[0])
            try:
                for batch in given:
                    rows = zip(map(utc, batch.time.tolist()), batch.code.tolist(), batch.value.tolist(), strict=True)
                    await db.executemany(f"insert into {peer(f'peer_{name}')} values ($1, $2, $3)", rows)
            finally:
                await db.close()
            return sum(map(len, given))

        return lambda: asyncio.run(write())

    found = []
    for indexed in ("", "indexed"):
        for each in (1_000_000, 100_000, 10_000):
            name, some = f"n{each}{indexed}", batches(seed, ROWS, each)
            told = f"PostgreSQL: 1e6 rows, {each:,} a batch{', day with its BRIN' if indexed else ''}"
            found.append(Case(told, "adbc_ingest", ours(name, some), adbc(name, some), compared(name), 1.5))
    few = batches(seed, FEWER, 10_000)
    told = "PostgreSQL: 1e5 rows, 10,000 a batch"
    found.append(Case(told, "asyncpg executemany", ours("few", few), executemany("few", few), compared("few"), 6))
    return found
