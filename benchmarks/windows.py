"""Windows over a stream with a watermark against engines that have all the events at once, each on one thread."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.series import Series
from nsi_notebook.analytics.processors.plans import Plan, window

from .compare import Case

os.environ.setdefault("POLARS_MAX_THREADS", "1")
SECOND = 10**6
ASKED = {"n": "count", "mean": "mean", "std": "std", "low": "min", "high": "max", "p95": "p95", "p99": "p99"}
SQL = """avg(value), stddev_samp(value), min(value), max(value), quantile_cont(value, 0.95), quantile_cont(value, 0.99)"""


def events(seed: int, n: int, keys: int, group: int) -> Batch:
    """Make events of 10 s windows with `group` events a key: in order but for 1 %, which is up to 20 s late."""
    rng = np.random.default_rng(seed)
    span = n / (keys * group) * 10 * SECOND
    time = np.sort(rng.integers(0, int(span), n))
    late = rng.random(n) < 0.01
    time[late] = np.maximum(time[late] - rng.integers(0, 20 * SECOND, late.sum()), 0)
    series = tuple(Series.of("load", tags={"sensor": str(key)}) for key in range(keys))
    return Batch(series, rng.integers(0, keys, n).astype(np.int32), time, rng.gamma(2.0, size=n))


def ours(plan: Plan, batch: Batch, size: int) -> np.ndarray:
    stream = plan.stream()
    parts = [stream.push(batch.take(slice(i, i + size))) for i in range(0, len(batch), size)]
    done = [*parts, stream.close()]
    columns = [np.concatenate([part.columns[name] for part in done]) for name in ASKED]
    bounds = [np.concatenate([getattr(part, name) for part in done]) for name in ("start", "key")]
    order = np.lexsort(bounds[::-1])
    return np.stack([*bounds, *columns])[:, order]


def _table(batch: Batch) -> Any:
    import pyarrow as pa

    return pa.table({"time": batch.time, "key": batch.code, "value": batch.value})


def _duckdb(batch: Batch, sliding: bool) -> Any:
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    connection.register("events", _table(batch))
    connection.execute("create table e as select * from events")
    rows = "(select time // 10000000 * 10000000 - unnest(range(6)) * 10000000 as w, key, value from e)" if sliding else "e"
    start = "w" if sliding else "time // 10000000 * 10000000"

    def run() -> np.ndarray:
        found = connection.execute(
            f"select {start} as s, key, count(*), {SQL} from {rows} group by all order by s, key"
        ).fetchnumpy()
        return np.stack([np.asarray(column, dtype=float) for column in found.values()])

    return run


def _polars(batch: Batch) -> Any:
    import polars as pl

    frame = pl.from_arrow(_table(batch))
    assert isinstance(frame, pl.DataFrame)
    value = pl.col("value")

    def run() -> np.ndarray:
        found = (
            frame.lazy()
            .group_by((pl.col("time") // (10 * SECOND) * 10 * SECOND).alias("s"), "key")
            .agg(
                value.len().alias("n"),
                value.mean().alias("mean"),
                value.std().alias("std"),
                value.min().alias("low"),
                value.max().alias("high"),
                value.quantile(0.95, "linear").alias("p95"),
                value.quantile(0.99, "linear").alias("p99"),
            )
            .sort("s", "key")
            .collect()
        )
        return found.to_numpy().T

    return run


def _csp(batch: Batch) -> Any:
    """Run csp's statistics over tumbling windows of one key; it takes events in order only."""
    import csp
    from csp import stats, ts

    order = np.argsort(batch.time, kind="stable")
    begin = datetime(2020, 1, 1)
    times = (np.datetime64(begin) + batch.time[order].astype("m8[us]")).astype("M8[ns]")

    def run() -> np.ndarray:
        @csp.graph
        def graph() -> None:
            trigger = csp.timer(timedelta(seconds=10))
            for key in range(len(batch.series)):
                mine = batch.code[order] == key
                values: ts[float] = csp.curve(float, (times[mine], batch.value[order][mine]))
                options = {"trigger": trigger, "interval": timedelta(seconds=10), "min_window": timedelta(0)}
                csp.add_graph_output(f"{key}_n", stats.count(values, **options))
                for name, each in (("mean", stats.mean), ("std", stats.stddev), ("low", stats.min), ("high", stats.max)):
                    csp.add_graph_output(f"{key}_{name}", each(values, **options))
                for name, each in zip(
                    ("p95", "p99"), stats.quantile(values, quant=[0.95, 0.99], interpolate="linear", **options), strict=True
                ):
                    csp.add_graph_output(f"{key}_{name}", each)

        found = csp.run(
            graph, starttime=begin, endtime=begin + timedelta(microseconds=int(batch.time.max()) + 10 * SECOND), output_numpy=True
        )
        return np.array([sum(found[f"{key}_n"][1].sum() for key in range(len(batch.series)))])

    return run


def _bytewax(batch: Batch) -> Any:
    """Run bytewax's tumbling windows with the same watermark; its events are Python objects."""
    import bytewax.operators as op
    import bytewax.operators.windowing as windowing
    from bytewax.dataflow import Dataflow
    from bytewax.testing import TestingSink, TestingSource, run_main

    zero = datetime(2020, 1, 1, tzinfo=UTC)
    rows = [
        (zero + timedelta(microseconds=t), str(k), v)
        for t, k, v in zip(batch.time.tolist(), batch.code.tolist(), batch.value.tolist(), strict=True)
    ]

    def run() -> np.ndarray:
        out: list[Any] = []
        flow = Dataflow("windows")
        keyed = op.key_on("key", op.input("in", flow, TestingSource(rows, batch_size=1000)), lambda row: row[1])
        clock = windowing.EventClock(ts_getter=lambda row: row[0], wait_for_system_duration=timedelta(seconds=20))
        tumbling = windowing.TumblingWindower(align_to=zero, length=timedelta(seconds=10))
        closed = windowing.collect_window("collect", keyed, clock, tumbling)

        def told(item: Any) -> Any:
            values = np.array([row[2] for row in item[1][1]])
            spread = values.std(ddof=1) if len(values) > 1 else np.nan
            return len(values), values.mean(), spread, values.min(), values.max(), *np.quantile(values, [0.95, 0.99])

        op.output("out", op.map("told", closed.down, told), TestingSink(out))
        run_main(flow)
        return np.array([sum(row[0] for row in out)])

    return run


def _same(mine: np.ndarray, other: np.ndarray) -> str:
    np.testing.assert_array_equal(mine[:3], other[:3])
    np.testing.assert_allclose(mine[3:], other[3:], rtol=1e-9)
    return f"{mine.shape[1]} windows, within {np.nanmax(np.abs(mine[3:] / other[3:] - 1)):.0e}"


def _same_count(mine: np.ndarray, other: np.ndarray) -> str:
    assert abs(mine[2].sum() - other[0]) <= 0.01 * other[0], (mine[2].sum(), other[0])  # its last windows stay open
    return f"{int(mine[2].sum())} and {int(other[0])} events in the windows"


def cases(seed: int) -> Iterator[Case]:
    tumbling = window("10s").agg(**ASKED).allow(disorder="20s")
    sliding = window("60s", every="10s").agg(**ASKED).allow(disorder="20s")
    for group, target in ((2000, 2.0), (200, 1.2)):
        batch = events(seed, 2_000_000, 100, group)
        title = f"windows: tumbling, 2e6 events, {group} a group, in batches of 100k"
        for peer, theirs, wanted in (("DuckDB SQL", _duckdb(batch, False), target), ("Polars", _polars(batch), 3.0)):
            yield Case(title, f"{peer}, all at once", lambda batch=batch: ours(tumbling, batch, 100_000), theirs, _same, wanted)
        yield Case(
            title.replace("tumbling", "sliding 60 s / 10 s"),
            "DuckDB SQL, all at once",
            lambda batch=batch: ours(sliding, batch, 100_000),
            _duckdb(batch, True),
            _same,
            8.0,
        )
    few = events(seed, 200_000, 20, 2000)
    title = "windows: tumbling, 2e5 events, 2000 a group, in batches of 100k"
    yield Case(title, "csp", lambda: ours(tumbling, few, 100_000), _csp(few), _same_count, 30.0)
    yield Case(title, "bytewax", lambda: ours(tumbling, few, 100_000), _bytewax(few), _same_count, 200.0)
