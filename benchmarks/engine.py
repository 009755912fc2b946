"""Samples handed to the engine: one by one into windows beside a bus on asyncio.PriorityQueue, batches beside a DuckDB file."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from nsi_notebook.analytics.engine import AnalyticsEngine
from nsi_notebook.analytics.processors.plans import counts

from .compare import Case
from .store import START, Duck, batches

SAMPLES, WINDOW = 100_000, 1_000
BATCHES, ROWS = 50, 10_000


def cases(seed: int) -> list[Case]:
    """One by one, and in batches."""
    values = np.random.default_rng(seed).normal(size=SAMPLES).tolist()
    place = Path(tempfile.mkdtemp(prefix="nsi-bench-"))
    given = batches(seed, BATCHES * ROWS)
    times = [(START + np.arange(n * ROWS, (n + 1) * ROWS)).astype("M8[us]") for n in range(BATCHES)]

    @cache
    def file() -> Duck:
        return Duck(place / "samples.duckdb")

    @cache
    def engine() -> AnalyticsEngine:
        return AnalyticsEngine(place / "store").start()

    def stored() -> int:
        return sum(engine().emit_many("load", batch.value, time, tz="UTC").rows for batch, time in zip(given, times, strict=True))

    def inserted() -> int:
        for batch in given:
            file().append(batch)
        return BATCHES * ROWS

    one = f"{SAMPLES} samples emitted one by one in a thread, windows of {WINDOW} of them"
    many = f"emit_many of 10k rows, {BATCHES} times, acknowledged by the folder store"
    peers = [
        ("asyncio.PriorityQueue in a loop, put by run_coroutine_threadsafe", _put_and_wait, 50),
        ("the same by call_soon_threadsafe(put_nowait), which no queue holds back", _put_soon, 5),
    ]
    out = [
        Case(one, peer, lambda: _emitted(values), lambda put=put: _bus(values, put), _close, target)
        for peer, put, target in peers
    ]
    return [*out, Case(many, "DuckDB file", stored, inserted, _equal, 4)]


def _emitted(values: list[float]) -> np.ndarray:
    with AnalyticsEngine(None, {"load": counts(WINDOW).agg("mean")}) as engine:
        for value in values:
            engine.emit("load", value)
        engine.flush()
        return engine.windows("load").columns["mean"]


def _bus(values: list[float], put: Callable[..., object]) -> np.ndarray:
    """A queue, topics, and a handler that collects windows."""
    means: list[float] = []

    async def main() -> None:
        queue: asyncio.PriorityQueue[tuple[int, int, str, float]] = asyncio.PriorityQueue(0 if put is _put_soon else 10_000)
        held: list[float] = []

        def collect(value: float) -> None:
            held.append(value)
            if len(held) == WINDOW:
                means.append(float(np.mean(held)))
                held.clear()

        handlers = {"load": [collect]}
        loop, count = asyncio.get_running_loop(), itertools.count()

        def cell() -> None:
            for value in values:
                put(queue, loop, (2, next(count), "load", value))

        putting = asyncio.create_task(asyncio.to_thread(cell))
        for _ in values:
            _, _, topic, payload = await queue.get()
            for handler in handlers.get(topic, ()):
                handler(payload)
        await putting

    asyncio.run(main())
    return np.array(means)


def _put_and_wait(queue: Any, loop: asyncio.AbstractEventLoop, item: Any) -> None:
    asyncio.run_coroutine_threadsafe(queue.put(item), loop).result()


def _put_soon(queue: Any, loop: asyncio.AbstractEventLoop, item: Any) -> None:
    loop.call_soon_threadsafe(queue.put_nowait, item)


def _close(ours: np.ndarray, theirs: np.ndarray) -> str:
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
    return f"equal to 1e-9, {len(ours)} windows"


def _equal(ours: int, theirs: int) -> str:
    assert ours == theirs
    return "equal"
