"""Who does the work of an engine: two threads, so that a slow store holds up no handler; or the calls themselves."""

from __future__ import annotations

import asyncio
import threading
import time as clock
from collections.abc import AsyncIterable, Callable, Iterable
from contextlib import suppress
from typing import Any

from ...errors import OptionError
from ..core.events import EventSystem
from .sources.attached import Source

RETRY = (0.1, 10.0)  # seconds between tries to store: the first wait, and the longest


class Threads:
    """A flusher and a loop; both are daemons.

    Parameters
    ----------
    flush : callable
        Stores what waits, and gives what went wrong, or None.
    events : EventSystem
        Run in the loop.
    every : float
        Seconds between two flushes if nobody asks for one.
    """

    def __init__(self, flush: Callable[[], Exception | None], events: EventSystem, every: float) -> None:
        self._flush, self._events, self._every = flush, events, every
        self._wake, self._last, self._end = threading.Event(), threading.Event(), 0.0
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended: asyncio.Event | None = None
        self._flusher = threading.Thread(target=self._flushing, name="nsi-engine-flush", daemon=True)
        self._looper = threading.Thread(target=lambda: asyncio.run(self._main()), name="nsi-engine", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._looper.start()
        self._flusher.start()
        self._ready.wait()

    def here(self) -> bool:
        """Tell whether this is the thread of the loop, which must not wait."""
        return threading.current_thread() is self._looper

    def nudge(self) -> None:
        """Have what waits flushed now."""
        if not self._wake.is_set():
            self._wake.set()

    def begin(self, source: Source, items: Iterable[Any] | AsyncIterable[Any]) -> None:
        """Read a source in a thread of its own, or an async one in the loop."""
        if not isinstance(items, AsyncIterable):
            threading.Thread(target=source.run, args=(items,), name=f"nsi-source-{source.name}", daemon=True).start()
            return
        assert self._loop is not None
        loop = self._loop

        def follow() -> None:
            task = loop.create_task(source.arun(items))
            task.add_done_callback(lambda _: source.end(apart=True))  # also if it is cancelled before it began
            source.on_cancel = lambda: _soon(loop, task.cancel)
            if source.cancelled:
                task.cancel()

        _soon(loop, follow)

    @property
    def hangs(self) -> bool:
        """Whether the store has not answered yet."""
        return self._flusher.is_alive()

    def finish(self, end: float) -> None:
        """Flush until nothing waits, at the latest until `end`."""
        self._end = end
        self._last.set()
        self._wake.set()
        self._flusher.join(max(end - clock.monotonic(), 0.0) + 2 * RETRY[0])

    def stop(self, end: float) -> None:
        """End the loop, once events are handled."""
        if self._loop is not None and self._ended is not None:
            _soon(self._loop, self._ended.set)
        if not self.here():
            self._looper.join(max(end - clock.monotonic(), RETRY[0]))

    def _flushing(self) -> None:
        again = RETRY[0]
        while not self._last.is_set():
            self._wake.wait(self._every)
            self._wake.clear()
            if self._flush() is None:
                again = RETRY[0]
            else:
                self._last.wait(again)  # however often it is nudged meanwhile
                again = min(2 * again, RETRY[1])
        _drain(self._flush, self._end)

    async def _main(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        events = asyncio.create_task(self._events.run())
        self._ready.set()
        await self._ended.wait()
        events.cancel()


class Inline:
    """No thread: the calls do the work; see `Threads`.

    Parameters
    ----------
    flush : callable
        As of `Threads`.
    """

    hangs = False

    def __init__(self, flush: Callable[[], Exception | None]) -> None:
        self._flush = flush

    def start(self) -> None:
        """Do nothing."""

    def here(self) -> bool:
        """Tell that nobody else makes room."""
        return True

    def nudge(self) -> None:
        """Flush what waits."""
        self._flush()

    def begin(self, source: Source, items: Iterable[Any] | AsyncIterable[Any]) -> None:
        """Read a source to its end."""
        if isinstance(items, AsyncIterable):
            raise OptionError("an async source needs the engine's loop; this engine is inline", "a plain iterator")
        source.run(items)

    def finish(self, end: float) -> None:
        """Flush until nothing waits, at the latest until `end`."""
        _drain(self._flush, end)

    def stop(self, end: float) -> None:
        """Do nothing."""


def _drain(flush: Callable[[], Exception | None], end: float) -> None:
    while flush() is not None and clock.monotonic() < end:
        clock.sleep(RETRY[0])


def _soon(loop: asyncio.AbstractEventLoop, work: Callable[[], object]) -> None:
    with suppress(RuntimeError):  # the loop is closed: there is nothing left to do
        loop.call_soon_threadsafe(work)
