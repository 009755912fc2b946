"""The analytics engine: one thread beside the cells, a sync face for cells and an awaitable one."""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures.thread  # noqa: F401 - it cannot be loaded first while the interpreter ends, when `stop` stores
import math
import threading
import time as clock
from collections.abc import AsyncIterable, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta, tzinfo
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ...errors import EngineError, OptionError, SeriesError
from ..core import times
from ..core.batch import Batch, same_unit
from ..core.buffer import Buffer
from ..core.events import EventSystem
from ..core.metrics import MetricsCollector
from ..core.series import Series
from ..core.tables import batch_of
from ..processors.plans import Plan
from ..processors.windows import Windows
from ..storage import Ack, TimeSeriesDatabase
from ..storage.postgres.address import shown
from .pipeline import Pipeline, Sample
from .sources import Source, arguments
from .status import Status

RETRY = (0.1, 10.0)  # seconds between tries to store: the first wait, and the longest


class AnalyticsEngine:
    """Takes samples from cells, sources and other threads; stores, windows and publishes them.

    **Path of a sample.** `emit` puts it into a bounded buffer and returns. Every `flush_every`, or as soon as `flush_count`
    wait, the engine's thread takes what waits, appends it to the store, pushes it through each plan, stores the windows that are
    over as series of their own ("load.p95"), and publishes them as events "windows.<plan>". `emit_many` does the same in the
    calling thread, after what was emitted before, and returns when the samples are stored.

    **What may be lost.** What `emit_many` or `flush` acknowledged is in the store, whatever happens to the process. What was
    emitted since the last flush is lost if the process is killed. A store that cannot be written is tried again and again;
    meanwhile samples wait, and the buffer's policy says what gives way. `offered == stored + dropped + pending` always; see
    `status`.

    **Threads.** Any thread may call any method. The engine's thread is a daemon with its own asyncio loop, in which async sources
    and those handlers of `events` run that are coroutines; a cell that computes does not starve it. With `inline` there is no
    thread: the calls do the work.

    Parameters
    ----------
    store : TimeSeriesDatabase, str or pathlib.Path, optional
        Where samples are kept: an open store, "memory:" or a folder; None keeps none.
    plans : mapping of str to Plan, optional
        Windows to compute, by name.
    capacity : int
        Samples that may wait.
    policy : {"block", "drop-oldest", "drop-newest", "error"}
        What `emit` does when so many wait; see `core.buffer.Buffer`.
    flush_every : str or timedelta
    flush_count : int
    workers : int
        Threads for handlers that are declared slow.
    keep_windows : int
        Windows of each plan that `windows` can show.
    inline : bool
        Work without threads, where there are none.

    Examples
    --------
    >>> from nsi_notebook.analytics.processors.plans import window
    >>> with AnalyticsEngine("memory:", {"load": window("10s").agg("mean")}) as engine:
    ...     for second, value in [(1, 2.0), (4, 4.0), (11, 7.0)]:
    ...         kept = engine.emit("load", value, f"2026-11-26T12:00:{second:02}Z")
    ...     engine.flush()
    ...     engine.windows("load").columns["mean"].tolist()
    [3.0]
    """

    def __init__(
        self,
        store: TimeSeriesDatabase | str | Path | None = None,
        plans: Mapping[str, Plan] | None = None,
        *,
        capacity: int = 10_000,
        policy: str = "block",
        flush_every: str | timedelta = "1s",
        flush_count: int = 5_000,
        workers: int = 4,
        keep_windows: int = 10_000,
        inline: bool = False,
    ) -> None:
        if not isinstance(flush_count, int) or not 1 <= flush_count <= capacity:
            raise OptionError(f"flush_count is {flush_count!r}", f"a whole number from 1 to the capacity, {capacity}")
        self._own = store if isinstance(store, TimeSeriesDatabase) else None
        self._address = store if isinstance(store, (str, Path)) else None
        self.events = EventSystem(workers=workers, inline=inline)
        self.metrics = MetricsCollector()
        self.inline = inline
        self._buffer: Buffer[Sample] = Buffer(capacity, policy)
        self._line = Pipeline(self._buffer, self.events, keep_windows)
        for name, plan in (plans or {}).items():
            self.add(name, plan)
        self._every, self._count = times.span(flush_every) / 1e6, flush_count
        self._series: dict[tuple[str, str, Any], Series] = {}
        self._sources: dict[str, Source] = {}
        self._state = "new"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    # -- life --------------------------------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Open the store and begin; an engine is started once.

        Raises
        ------
        EngineError, StoreError
            If it was started before, or the store cannot be opened.
        """
        if self._state != "new":
            raise EngineError(f"this engine is {self._state}", "make a new one")
        self._line.open(self._own if self._address is None else TimeSeriesDatabase(self._address))
        self._state = "running"
        if not self.inline:
            ready = threading.Event()
            self._thread = threading.Thread(target=lambda: asyncio.run(self._main(ready)), name="nsi-engine", daemon=True)
            self._thread.start()
            ready.wait()
        atexit.register(self.stop)
        return self

    def stop(self, deadline: float = 10.0) -> Status:
        """End sources, store what waits, hand out events, and close the store if this engine opened it.

        Parameters
        ----------
        deadline : float
            Seconds after which what is left is given up.

        Returns
        -------
        Status
            What could not be done is `pending` in it. Windows that are still open are not stored: their samples are.
        """
        if self._state != "running":
            return self.status()
        end = clock.monotonic() + deadline
        atexit.unregister(self.stop)
        for source in self._sources.values():
            source.cancel()
        for source in self._sources.values():
            source.join(max(end - clock.monotonic(), 0.0))
        self._buffer.close()
        while not self._line.flush() and clock.monotonic() < end:
            clock.sleep(RETRY[0])
        left = self.events.close(max(end - clock.monotonic(), 0.0))
        if left:
            self._line.fail("events", EngineError(f"{left} events were not handled in time", "a longer deadline"))
        self._state = "stopped"
        if self._thread is not None:
            self._nudge()
            self._thread.join(max(end - clock.monotonic(), 0.1))
        if self.store is not None and self._own is None:
            self.store.close()
        return self.status()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
        if kind is None and self._line.untold is not None:
            self._tell()

    # -- in ----------------------------------------------------------------------------------------------------------------

    def emit(
        self,
        series: str,
        value: float,
        time: Any = None,
        tags: Mapping[str, str] | None = None,
        *,
        unit: str = "1",
        tz: str | tzinfo | None = None,
        missing: str = "error",
    ) -> bool:
        """Hand over one sample.

        Parameters
        ----------
        series : str
            Its name; see `core.series.Series`.
        value : float
        time : datetime or str, optional
            Event time, aware; default: now.
        tags, unit, tz, missing
            See `core.batch.Batch.of`.

        Returns
        -------
        bool
            False if it was dropped for want of room.

        Raises
        ------
        SeriesError, TimeError
            If it is no sample.
        EngineError
            If the engine does not run, there is no room, or something went wrong in its thread since the last call.
        """
        if self._line.untold is not None or self._state != "running":
            self._tell()
        return self._put(series, value, time, tags, unit, tz, missing)

    def emit_many(
        self,
        series: str,
        data: Any,
        time: Any = None,
        *,
        tags: Mapping[str, str] | None = None,
        unit: str | None = None,
        tz: str | tzinfo | None = None,
        missing: str = "error",
    ) -> Ack:
        """Hand over many samples, and wait until they are stored.

        Parameters
        ----------
        series : str
        data : array-like, pandas.Series, pandas.DataFrame, pyarrow.Table, xarray.DataArray, xarray.Dataset
            See `core.tables.batch_of`.
        time, tags, unit, tz, missing
            See `core.tables.batch_of`.

        Returns
        -------
        Ack
            When the samples are in the store.

        Raises
        ------
        SeriesError, TimeError
            If they are no samples: nothing is taken then.
        EngineError, StoreError
            See `emit`; or if they could not be stored: nothing was taken then.
        """
        self._tell()
        return self._line.accept(batch_of(series, data, time, unit=unit, tags=tags, tz=tz, missing=missing))

    async def aemit_many(self, series: str, data: Any, time: Any = None, **told: Any) -> Ack:
        """Await `emit_many`, which runs in a thread meanwhile."""
        return await asyncio.to_thread(self.emit_many, series, data, time, **told)

    def flush(self) -> None:
        """Wait until all samples emitted before are stored and pushed through the plans, and events about them are handled.

        Raises
        ------
        EngineError, StoreError
            If they cannot be stored now (they wait, and are tried again), or something went wrong in the thread.
        """
        self._tell()
        if not self._line.flush():
            self._line.untold = None
            raise self._line.failures[-1].error
        self.events.drain()
        self._tell()

    async def aflush(self) -> None:
        """Await `flush`, which runs in a thread meanwhile."""
        await asyncio.to_thread(self.flush)

    def attach(self, source: Iterable[Any] | AsyncIterable[Any], name: str | None = None) -> Source:
        """Take samples from an iterator until it ends, the source is cancelled, or the engine stops.

        Parameters
        ----------
        source : iterable or async iterable
            Of batches, of tuples (series, value, time, tags), the last two optional, or of dicts with these names and `unit`.
            An iterable is read in a thread of its own, an async one in the engine's loop; with `inline`, here and now.
        name : str, optional
            By which the status tells it.

        Raises
        ------
        EngineError, OptionError
            If the engine does not run, the name is taken, or the source cannot be iterated over.
        """
        self._tell()
        told = name or f"{getattr(source, '__name__', type(source).__name__)}-{len(self._sources) + 1}"
        if told in self._sources:
            raise OptionError(f"there is a source {told!r}", "another name")
        made = Source(told, self._take, self._line.fail)
        if isinstance(source, AsyncIterable):
            if self._loop is None:
                raise OptionError("an async source needs the engine's loop; this engine is inline", "a plain iterator")
            self._sources[told] = made
            made._task = asyncio.run_coroutine_threadsafe(made.arun(source), self._loop)
        elif isinstance(source, Iterable):
            self._sources[told] = made
            if self.inline:
                made.run(source)
            else:
                threading.Thread(target=made.run, args=(source,), name=f"nsi-source-{told}", daemon=True).start()
        else:
            raise OptionError(f"a {type(source).__name__} cannot be iterated over", "an iterator, or an async one")
        return made

    # -- out ---------------------------------------------------------------------------------------------------------------

    def add(self, name: str, plan: Plan) -> None:
        """Compute windows from now on; their events have the topic "windows.<name>"."""
        self._line.add(name, plan)

    def windows(self, name: str) -> Windows:
        """Give the last windows of a plan that are over, in the order in which they ended.

        Raises
        ------
        UnknownNameError
            If there is no such plan.
        """
        return self._line.windows(name)

    @property
    def store(self) -> TimeSeriesDatabase | None:
        """Where samples are kept."""
        return self._line.store

    def status(self) -> Status:
        """Tell what the engine did and holds. Shown in a notebook, it is a table."""
        line = self._line
        with line.lock:
            counts = self._buffer.counts()
            held = 0 if line.held is None else len(line.held[0])
            return Status(
                self._state,
                counts.offered + line.direct,
                line.done,
                counts.dropped + line.lost,
                counts.pending + held,
                counts.refused + line.refused,
                {name: plan.late for name, plan in line.plans.items()},
                dict(line.rows),
                {name: source.state for name, source in self._sources.items()},
                tuple(line.failures),
                "" if line.store is None else shown(line.store.address),
            )

    # -- within ------------------------------------------------------------------------------------------------------------

    def _put(
        self,
        series: str,
        value: float,
        time: Any = None,
        tags: Mapping[str, str] | None = None,
        unit: str = "1",
        tz: str | tzinfo | None = None,
        missing: str = "error",
    ) -> bool:
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise SeriesError(f"{series}: the value is {value!r}", "a real number") from None
        if not math.isfinite(number) and (missing != "keep" or not math.isnan(number)):
            raise SeriesError(f"{series}: the value is {number}", "leave it out; missing='keep' keeps NaN as missing")
        key = series, unit, None if tags is None else tuple(sorted(tags.items()))
        named = self._series.get(key) or self._learn(key, tags)
        moment = clock.time_ns() // 1000 if time is None else times.instant(time, tz)
        kept = self._buffer.put((named, moment, number))
        if len(self._buffer) >= self._count:
            self._due()
        return kept

    def _learn(self, key: tuple[str, str, Any], tags: Mapping[str, str] | None) -> Series:
        name, unit, _ = key
        series = Series.of(name, unit, tags)
        same_unit(series, self._line.units.setdefault(series.key, unit))
        self._series[key] = series
        return series

    def _take(self, item: Any) -> None:
        """Take what a source gave."""
        if isinstance(item, Batch):
            self._line.accept(item)
        else:
            self._put(**arguments(item))

    def _tell(self) -> None:
        """Raise what went wrong since the last call, once; or say that the engine does not run."""
        failure, self._line.untold = self._line.untold, None
        if failure is not None:
            raise EngineError(f"in the engine, {failure}", "engine.status() shows the last ones") from failure.error
        if self._state != "running":
            hint = "with AnalyticsEngine(...) as engine: ..., or engine.start()" if self._state == "new" else "make a new one"
            raise EngineError(f"the engine is {'not started' if self._state == 'new' else 'stopped'}", hint)

    def _due(self) -> None:
        """Have what waits flushed soon."""
        if self.inline:
            self._line.flush()
        else:
            self._nudge()

    def _nudge(self) -> None:
        if self._loop is not None and self._wake is not None:
            self._loop.call_soon_threadsafe(self._wake.set)

    async def _main(self, ready: threading.Event) -> None:
        """Flush by count or interval until the engine stops; hand out events beside."""
        self._loop, self._wake = asyncio.get_running_loop(), asyncio.Event()
        ready.set()
        events = asyncio.create_task(self.events.run())
        wait, first = self._every, RETRY[0]
        while self._state == "running":
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait)
            self._wake.clear()
            if self._line.flush():  # a commit takes milliseconds; handlers run beside the loop
                wait, first = self._every, RETRY[0]
            else:
                wait, first = first, min(2 * first, RETRY[1])
        events.cancel()
