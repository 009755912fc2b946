"""The analytics engine: beside the cells, with a sync face for cells and an awaitable one."""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures.thread  # noqa: F401 - it cannot be loaded first while the interpreter ends, when `stop` stores
import math
import threading
import time as clock
from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
from datetime import timedelta, tzinfo
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ...errors import EngineError, NsiError
from ..core import times
from ..core.buffer import Buffer
from ..core.events import EventSystem
from ..core.metrics import MetricsCollector
from ..core.tables import batch_of
from ..processors.alarms import Rules
from ..processors.plans import Plan
from ..storage import Ack, TimeSeriesDatabase
from .alarms import watchman
from .intake import Intake
from .meters import Meters
from .options import fitting, seconds
from .outlet import Outlet
from .pipeline import Pipeline
from .samples import Sample
from .sources.attached import Placed, Source
from .sources.register import Register
from .status import Status
from .threads import Inline, Threads

if TYPE_CHECKING:
    from ..core.exposition import Served


class AnalyticsEngine(Outlet):
    """Takes samples from cells, sources and other threads; stores, windows and publishes them.

    **Path of a sample.** `emit` puts it into a bounded buffer and returns. Every `flush_every`, or as soon as `flush_count`
    wait, a thread of the engine takes them, appends them to the store, pushes them through each plan, stores the windows that are
    over as series of their own ("load.p95"), and publishes them as events "windows.<plan>"; samples too late for any are events
    "late.<plan>". `emit_many` does the same in the calling thread, and returns when its samples are stored.

    **What may be lost.** What `emit_many` or `flush` acknowledged is in the store, whatever happens to the process. What was
    emitted since the last flush is lost if the process is killed. A store that cannot be written is tried again and again;
    meanwhile samples wait, and the buffer's policy says what gives way. `offered == stored + dropped + pending` always; see
    `status`.

    **What windows in the store are.** Series with the tag `windows`, the name of their plan: "load.p95". Each window is there
    once, when nothing can change it any more (an event tells of it before that, and again for each change, where the plan has
    lateness). One that is open when an engine stops is gone on with by the next engine with this plan, from the samples in the
    store; only windows of counts begin anew. Of two engines with one plan on one store, the one that was overtaken stops to store
    windows, and says so.

    **Threads.** Any thread may call any method. The engine has two daemon threads, which a cell that computes does not starve:
    one stores, and one has an asyncio loop for async sources and for handlers of `events` that are coroutines; in that loop
    `emit` raises rather than wait for room. With `inline` there is no thread: the calls do the work.

    **Sources and time.** Windows wait for the slowest of the attached sources, until it ends or sends nothing for `idle`; what is
    given by calls is waited for only while no source is. Sources that are attached before `start` begin together.

    **Metrics.** `metrics`: nsi_engine_samples, _dropped, _refused, _pending, _windows, _late, _flush, _flush_samples, _failures.

    Parameters
    ----------
    store : TimeSeriesDatabase, str or pathlib.Path, optional
        Where samples are kept: an open store, "memory:" or a folder; None keeps none.
    plans : mapping of str to Plan, optional
        Windows to compute, by name.
    alarms : Rules, mapping, str or pathlib.Path, optional
        Rules, or the TOML file that has them: transitions are events "alarms.<rule>"; see `processors.alarms`.
    deliver : sequence of Channel or callable
        Who is told of alarms beside the channels of the rules; see `outbox`.
    capacity : int
        Samples that may wait.
    policy : {"block", "drop-oldest", "drop-newest", "error"}
        What `emit` does when so many wait; see `core.buffer.Buffer`.
    flush_every : str or timedelta
    flush_count : int, optional
        Default: 5,000, or half of a smaller capacity.
    workers : int
        Threads for slow handlers.
    keep_windows : int
        Windows of each plan that `windows` can show.
    inline : bool
        Work without threads.
    ahead : str or timedelta, optional
        How far ahead of this computer's clock the time of a sample may be: one that is further is refused, as it would move the
        watermark, and make all that come after it late. None takes any.
    idle : str or timedelta
        How long windows wait for an attached source that sends nothing, by this computer's clock.

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
        alarms: Rules | Mapping[str, Any] | str | Path | None = None,
        deliver: Sequence[Any] = (),
        capacity: int = 10_000,
        policy: str = "block",
        flush_every: str | timedelta = "1s",
        flush_count: int | None = None,
        workers: int = 4,
        keep_windows: int = 10_000,
        inline: bool = False,
        ahead: str | timedelta | None = "1d",
        idle: str | timedelta = "10s",
    ) -> None:
        self._buffer: Buffer[Sample] = Buffer(capacity, policy)
        flush_count = min(5_000, (capacity + 1) // 2) if flush_count is None else flush_count
        fitting(store, plans, keep_windows, flush_count, capacity)
        self._own = store if isinstance(store, TimeSeriesDatabase) else None
        self._address = store if isinstance(store, (str, Path)) else None
        self.events, self.metrics = EventSystem(workers=workers, inline=inline), MetricsCollector()
        self.inline = inline
        self._line = Pipeline(self._buffer, self.events, Meters(self.metrics), keep_windows, times.span(idle) / 1e6)
        self._line.watch = watchman(alarms, self.events, self._line.failures, self._line.idle, deliver, inline)
        for name, plan in (plans or {}).items():
            self.add(name, plan)
        every = times.span(flush_every) / 1e6
        self._threads = Inline(self._line.flush) if inline else Threads(self._line.flush, self.events, every)
        self._buffer.may_wait = lambda: not self._threads.here()  # where those who make room would wait for it
        self._intake = Intake(self._line, flush_count, self._threads.nudge, every if inline else None, ahead)
        self._sources = Register(
            lambda name: Source(name, partial(self._intake.take, source=name), self._line.failures.add, self._line.refuse),
            self._begin,
            self._line.join,
            self._line.part,
            inline,
        )
        self._served: list[Served] = []
        self._life = threading.Lock()
        self._over = threading.Event()
        self._state = "new"

    # -- life --------------------------------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Open the store and begin; an engine is started once.

        Raises
        ------
        EngineError, StoreError
            If it was started before, or the store cannot be opened.
        """
        with self._life:
            if self._state != "new":
                raise EngineError(f"this engine is {self._state}", "make a new one")
            store = self._own if self._address is None else TimeSeriesDatabase(self._address)
            try:
                self._line.open(store)
            except BaseException:
                if store is not None and self._own is None:
                    store.close()
                raise
            self._threads.start()
            self._state = "running"
        self._sources.start()
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
            What could not be done is `pending`. Windows that are still open are not stored: their samples are.
        """
        end = clock.monotonic() + deadline
        with self._life:
            before, self._state = self._state, "stopping" if self._state == "running" else self._state
        if before != "running":
            if before == "stopping":  # by another thread
                self._over.wait(deadline)
            return self.status()
        atexit.unregister(self.stop)
        self._sources.end(end)
        self._buffer.close()
        self._threads.finish(end)
        self._line.close()
        if self._threads.hangs:
            self._line.failures.add("store", EngineError("the store did not answer in time; it is left open", "a later deadline"))
        try:
            left = self.events.close(max(end - clock.monotonic(), 0.0))
            if left:
                raise EngineError(f"{left} events were not handled in time", "a longer deadline")
        except EngineError as error:  # also in a handler, which cannot wait for itself
            self._line.failures.add("events", error)
        self._line.watch.close(max(end - clock.monotonic(), 0.0), self._threads.hangs)
        self._threads.stop(end)
        for served in self._served:
            served.close()
        try:
            if self.store is not None and self._own is None and not self._threads.hangs:
                self.store.close()
        except Exception as error:  # noqa: BLE001 - whatever a store raises, the engine has stopped, and it is told
            self._line.failures.add("store", error)
        finally:
            self._state = "stopped"
            self._over.set()
        return self.status()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
        if kind is None:
            self._raise()

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
        SeriesError, TimeError, OptionError
            If it is no sample, or an option is none.
        EngineError
            If the engine does not run, there is no room, or something went wrong in its thread since the last call.
        """
        if self._line.failures.untold is not None or self._state != "running":
            self._tell(1)
        return self._intake.put(series, value, time, tags, unit, tz, missing)

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
        data : array-like, pandas.Series, pandas or polars.DataFrame, pyarrow.Table, xarray.DataArray, xarray.Dataset
            See `core.tables.batch_of`.
        time, tags, unit, tz, missing
            See `core.tables.batch_of`.

        Returns
        -------
        Ack
            When the samples are in the store.

        Raises
        ------
        SeriesError, TimeError, OptionError
            If they are no samples, or an option is none: nothing is taken then.
        EngineError, StoreError
            See `emit`; or if they could not be stored: nothing was taken then.
        """
        batch = batch_of(series, data, time, unit=unit, tags=tags, tz=tz, missing=missing)
        self._tell(len(batch))
        self._intake.check(batch)
        try:
            return self._line.accept(batch)
        except NsiError:
            self._line.refuse(len(batch))
            raise

    async def aemit_many(self, series: str, data: Any, time: Any = None, **told: Any) -> Ack:
        """Await `emit_many`, which runs in a thread meanwhile."""
        return await asyncio.to_thread(self.emit_many, series, data, time, **told)

    def flush(self, *, handled: bool = True, timeout: float | None = 30.0) -> None:
        """Wait until all samples emitted before are stored and pushed through the plans, and events about them are handled.

        Parameters
        ----------
        handled : bool
            Wait for the handlers, too.
        timeout : float, optional
            Seconds to wait for other threads that store, and for handlers; None waits as long as it takes. With `inline`,
            handlers run in the call itself, and nothing cuts them off.

        Raises
        ------
        EngineError, StoreError
            If they cannot be stored now (they wait, and are tried again), something went wrong in the thread, or time is up: says
            which handlers are busy.
        """
        seconds("timeout", timeout)
        end = math.inf if timeout is None else clock.monotonic() + timeout
        self._tell()
        with self._line.within(end):
            failed = self._line.flush()
        if failed is not None:
            self._line.failures.told(failed)
            raise failed
        if handled:
            self.events.drain(None if timeout is None else max(end - clock.monotonic(), 0.0))
        self._tell()

    async def aflush(self, *, handled: bool = True, timeout: float | None = 30.0) -> None:
        """Await `flush`, which runs in a thread meanwhile."""
        await asyncio.to_thread(self.flush, handled=handled, timeout=timeout)

    def attach(self, source: Iterable[Any] | AsyncIterable[Any], name: str | None = None) -> Source:
        """Take samples from an iterator until it ends, the source is cancelled, or the engine stops.

        Parameters
        ----------
        source : iterable or async iterable
            Of batches, of tuples (series, value, time, tags), the last two optional, or of dicts with these names and `unit`.
            An iterable is read in a thread of its own, an async one in the engine's loop; with `inline`, here and now. One that
            keeps in the store how far it was read, as `tail` does, goes on from there. Before `start`, it waits for that.
        name : str, optional
            By which the status tells it.

        Raises
        ------
        EngineError, OptionError
            If the engine does not run, the name is taken, or the source cannot be iterated over.
        """
        if self._state != "new":
            self._tell()
        return self._sources.add(source, name)

    # -- within ------------------------------------------------------------------------------------------------------------

    def _begin(self, source: Source, items: Any) -> None:
        if isinstance(items, Placed) and self.store is not None:
            items.resume(self.store.checkpoints(items.place))
        self._threads.begin(source, items)

    def _raise(self) -> None:
        """Raise what went wrong since the last call, once."""
        failure = self._line.failures.told()
        if failure is not None:
            raise EngineError(f"in the engine, {failure}", "engine.status() shows the last ones") from failure.error

    def _tell(self, samples: int = 0) -> None:
        """Raise what went wrong since the last call, or that the engine does not run; samples are refused then."""
        try:
            self._raise()
            if self._state == "new":
                raise EngineError("the engine is not started", "with AnalyticsEngine(...) as engine: ..., or engine.start()")
            if self._state != "running":
                raise EngineError("the engine is stopped", "make a new one")
        except EngineError:
            self._line.refuse(samples)
            raise
