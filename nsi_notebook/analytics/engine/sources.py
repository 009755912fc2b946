"""Where samples come from by themselves: iterators, in a thread of their own, and async ones, in the engine's loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from concurrent.futures import Future
from typing import Any

from ...errors import SeriesError


class Source:
    """What was attached to an engine.

    Attributes
    ----------
    name : str
        As it is told in the status.
    given : int
        Items that it gave.
    """

    def __init__(self, name: str, take: Callable[[Any], None], failed: Callable[[str, Exception], None]) -> None:
        self.name = name
        self.given = 0
        self.state = "running"
        self._take, self._failed = take, failed
        self._over = threading.Event()
        self._cancelled = threading.Event()
        self._task: Future[None] | None = None

    def cancel(self) -> None:
        """Take no more of it; what it gave stays."""
        self._cancelled.set()
        if self._task is not None:
            self._task.cancel()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until it is done, and tell whether it is."""
        return self._over.wait(timeout)

    def run(self, items: Iterable[Any]) -> None:
        """Give item after item; an iterator that raises ends, and its error is kept."""
        try:
            for item in items:
                if self._cancelled.is_set():
                    break
                self._take(item)
                self.given += 1
        except Exception as error:  # noqa: BLE001 - the door of a worker: kept, counted, shown
            self._broke(error)
        self._done()

    async def arun(self, items: AsyncIterable[Any]) -> None:
        """Give item after item of an async iterator; storing does not hold up the loop."""
        try:
            async for item in items:
                await asyncio.to_thread(self._take, item)
                self.given += 1
        except asyncio.CancelledError:
            self._cancelled.set()
        except Exception as error:  # noqa: BLE001 - the door of a worker: kept, counted, shown
            self._broke(error)
        self._done()

    def _broke(self, error: Exception) -> None:
        self.state = f"failed after {self.given:,}: {str(error).partition(chr(10))[0] or type(error).__name__}"
        self._failed(f"source {self.name}", error)

    def _done(self) -> None:
        if self.state == "running":
            self.state = "cancelled" if self._cancelled.is_set() else "done"
        self._over.set()

    def __repr__(self) -> str:
        return f"<source {self.name}: {self.state}, {self.given:,} given>"


def arguments(item: Any) -> Mapping[str, Any]:
    """Read an item of a source as the arguments of `emit`.

    Parameters
    ----------
    item : tuple or mapping
        (series, value), (series, value, time) or (series, value, time, tags); or a mapping with these names.

    Raises
    ------
    SeriesError
        If it is neither.
    """
    if isinstance(item, Mapping):
        return item
    if isinstance(item, tuple) and 2 <= len(item) <= 4:
        return dict(zip(("series", "value", "time", "tags"), item, strict=False))
    raise SeriesError(
        f"a source gave {item!r:.80}, of type {type(item).__name__}",
        "a Batch, (series, value, time, tags), or a dict with these names",
    )
