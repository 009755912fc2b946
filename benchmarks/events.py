"""Events beside asyncio.PriorityQueue, the histogram beside KLL sketches, records of metrics beside prometheus_client's."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import prometheus_client
from datasketches import kll_doubles_sketch

from nsi_notebook.analytics.core.events import EventSystem
from nsi_notebook.analytics.core.histogram import LogHistogram
from nsi_notebook.analytics.core.metrics import MetricsCollector

from .compare import Case

EVENTS = 50_000
RECORDS = 40_000


def cases(seed: int) -> list[Case]:
    """One by one into a consumer, quantiles of a million values, records."""
    values = np.random.default_rng(seed).lognormal(size=1_000_000)
    group = np.random.default_rng(seed + 1).integers(0, 100, values.size)
    few, many = _collector(1_000), _collector(1_000_000)
    return [
        Case(
            f"{EVENTS} events published one by one in a thread, handled beside an asyncio loop",
            "asyncio.PriorityQueue in the loop, put by run_coroutine_threadsafe, each awaited",
            _published,
            lambda: _queued(_put_and_wait),
            _equal,
            50,
        ),
        Case(
            f"{EVENTS} events published one by one in a thread, handled beside an asyncio loop",
            "the same by call_soon_threadsafe(put_nowait), which no queue holds back",
            _published,
            lambda: _queued(_put_soon),
            _equal,
            3,
        ),
        Case(
            f"{EVENTS} events published and dispatched in one thread",
            "asyncio.PriorityQueue, put and got in one loop",
            _dispatched,
            lambda: asyncio.run(_in_one_loop()),
            _equal,
            1,
        ),
        Case(
            "count, moments and p99 of 1e6 values, histogram of float bits",
            "datasketches kll_doubles_sketch(200), p99 alone",
            lambda: (values, _of_histogram(values)),
            lambda: _of_kll(values),
            _off,
            10,
        ),
        Case(
            "the same of 100 groups at once",
            "a kll_doubles_sketch(200) for each group, of values parted before the clock starts",
            lambda: _of_groups(group, values),
            _kll_of_groups(group, values),
            lambda one, other: f"p99 off by {np.abs(one / other - 1).max():.1%} at most between them",
            1,
        ),
        Case(
            f"{RECORDS} records of a metric that holds 1e6",
            "of one that held 1e3 at first: 1 is a cost that does not grow",
            lambda: _recorded(many),
            lambda: _recorded(few),
            lambda one, other: f"{one} and {other} held after the first run",
            0.9,
        ),
        Case(
            f"{RECORDS} records, each with its time, into a histogram",
            "prometheus_client Histogram.observe, which keeps neither",
            lambda: _recorded(_collector(0)),
            _prometheus,
            _equal,
            1,
        ),
    ]


def _published() -> int:
    seen: list[int] = []

    async def main() -> None:
        events = EventSystem()
        events.subscribe("camera.frame", lambda event: seen.append(event.payload))

        def cell() -> None:
            for n in range(EVENTS):
                events.publish("camera.frame", n)
            events.close()

        running = asyncio.create_task(events.run())
        await asyncio.to_thread(cell)
        await running

    asyncio.run(main())
    return _in_order(seen)


def _dispatched() -> int:
    seen: list[int] = []
    events = EventSystem()
    events.subscribe("camera.frame", lambda event: seen.append(event.payload))
    for n in range(EVENTS):
        events.publish("camera.frame", n)
        if n % 1000 == 999:
            events.dispatch()
    return _in_order(seen)


def _queued(put: Callable[[Any, asyncio.AbstractEventLoop, tuple[int, int, str, int]], object]) -> int:
    seen: list[int] = []

    async def main() -> None:
        queue: asyncio.PriorityQueue[tuple[int, int, str, int]] = asyncio.PriorityQueue(0 if put is _put_soon else 10_000)
        handlers = {"camera.frame": [seen.append]}
        loop, count = asyncio.get_running_loop(), itertools.count()

        def cell() -> None:
            for n in range(EVENTS):
                put(queue, loop, (2, next(count), "camera.frame", n))

        putting = asyncio.create_task(asyncio.to_thread(cell))
        for _ in range(EVENTS):
            _, _, topic, payload = await queue.get()
            for handler in handlers.get(topic, ()):
                handler(payload)
        await putting

    asyncio.run(main())
    return _in_order(seen)


def _put_and_wait(queue: Any, loop: asyncio.AbstractEventLoop, item: Any) -> None:
    asyncio.run_coroutine_threadsafe(queue.put(item), loop).result()


def _put_soon(queue: Any, loop: asyncio.AbstractEventLoop, item: Any) -> None:
    loop.call_soon_threadsafe(queue.put_nowait, item)


async def _in_one_loop() -> int:
    seen: list[int] = []
    queue: asyncio.PriorityQueue[tuple[int, int, str, int]] = asyncio.PriorityQueue(1000)
    handlers, count = {"camera.frame": [seen.append]}, itertools.count()

    async def consume() -> None:
        for _ in range(EVENTS):
            _, _, topic, payload = await queue.get()
            for handler in handlers.get(topic, ()):
                handler(payload)

    consuming = asyncio.create_task(consume())
    for n in range(EVENTS):
        await queue.put((2, next(count), "camera.frame", n))
    await consuming
    return _in_order(seen)


def _of_histogram(values: np.ndarray) -> float:
    found = LogHistogram()
    return float(found.quantiles(found.partial(values), 0.99)[0, 0])


def _of_kll(values: np.ndarray) -> float:
    sketch = kll_doubles_sketch(200)
    sketch.update(values)
    return float(sketch.get_quantile(0.99))


def _of_groups(group: np.ndarray, values: np.ndarray) -> np.ndarray:
    found = LogHistogram(100)
    return found.quantiles(found.partial((group, values)), 0.99)[:, 0]


def _kll_of_groups(group: np.ndarray, values: np.ndarray) -> Callable[[], np.ndarray]:
    parts = [values[group == g] for g in range(100)]
    return lambda: np.array([_of_kll(part) for part in parts])


def _collector(held: int) -> MetricsCollector:
    metrics = MetricsCollector()
    histogram = metrics.histogram("seconds", "What is recorded")
    for n in range(held):
        histogram.observe(n % 7)
    return metrics


def _recorded(metrics: MetricsCollector) -> int:
    observe = metrics.histogram("seconds").observe
    for n in range(RECORDS):
        observe(n % 7)
    return metrics.histogram("seconds").totals().count


def _prometheus() -> int:
    registry = prometheus_client.CollectorRegistry()
    observe = prometheus_client.Histogram("seconds", "What is recorded", registry=registry).observe
    for n in range(RECORDS):
        observe(n % 7)
    return int(registry.get_sample_value("seconds_count") or 0)


def _in_order(seen: list[int]) -> int:
    assert seen == list(range(EVENTS))
    return len(seen)


def _equal(one: int, other: int) -> str:
    assert one == other
    return f"{one} each"


def _off(ours: tuple[np.ndarray, float], theirs: float) -> str:
    values, mine = ours
    wanted = np.quantile(values, 0.99)
    assert abs(mine / wanted - 1) <= 0.004
    return f"p99 off by {abs(mine / wanted - 1):.2%}, theirs by {abs(theirs / wanted - 1):.2%}"
