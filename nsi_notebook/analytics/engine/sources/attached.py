"""What was attached: an iterator, in a thread of its own, or an async one, in the engine's loop."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import AsyncIterable, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, runtime_checkable

from ....errors import CheckpointError, EngineError, InputError, SeriesError, StoreError
from ...core.batch import Batch
from ...core.workers import Workers
from ...storage import Checkpoint

RETRY = (0.1, 10.0)  # seconds between tries to hand over what cannot be stored now: the first wait, and the longest


@dataclass(frozen=True, slots=True)
class Delivery:
    """A batch whose sender waits to hear of it.

    Parameters
    ----------
    batch : Batch
    key : str, optional
        By which the store knows it, if it may come twice; see `TimeSeriesDatabase.append`.
    done : callable, optional
        Called once, with None when the samples are stored, or with the reason why they never will be.
    places : sequence of Checkpoint
        How far the source has come with it, kept in the same step.
    """

    batch: Batch
    key: str | None = None
    done: Callable[[Exception | None], None] | None = None
    places: Sequence[Checkpoint] = ()

    def answer(self, error: Exception | None) -> None:
        """Tell the sender."""
        if self.done is not None:
            self.done(error)


@dataclass(frozen=True, slots=True)
class Bad:
    """An item that could not be read: counted, and said, and the source goes on.

    Parameters
    ----------
    reason : str
        Where it was, and what was wrong.
    """

    reason: str


@runtime_checkable
class Placed(Protocol):
    """A source that can go on where it was: its items are of type `Delivery`, with a checkpoint of the name `place`."""

    place: str

    def resume(self, data: str | None) -> None:
        """Go on from where the checkpoint says; None for the beginning."""


class Source:
    """What was attached to an engine.

    Attributes
    ----------
    name : str
        As it is told in the status.
    given : int
        Items that were taken.
    bad : int
        Items that could not be: the last reason is in `trouble`.
    """

    def __init__(
        self, name: str, take: Callable[[Any], None], failed: Callable[..., None], refuse: Callable[[int], None]
    ) -> None:
        self.name = name
        self.given = self.bad = 0
        self.trouble = ""
        self.on_cancel: Callable[[], None] | None = None
        self.on_end: Callable[[], None] | None = None
        self._take, self._failed, self._refuse = take, failed, refuse
        self._ended = ""
        self._over, self._ending = threading.Event(), False
        self._cancelled = threading.Event()

    @property
    def state(self) -> str:
        """What it does: "running", "done", "cancelled" or "failed ...", and what was bad."""
        told = self._ended or "running"
        return f"{told}, {self.bad:,} bad: {self.trouble}" if self.bad else told

    @property
    def cancelled(self) -> bool:
        """Whether nothing more is taken of it."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Take no more of it; what it gave stays."""
        self._cancelled.set()
        if self.on_cancel is not None:
            self.on_cancel()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until it is done, and tell whether it is."""
        return self._over.wait(timeout)

    def run(self, items: Iterable[Any]) -> None:
        """Take item after item. An iterator that raises ends, and its error is kept; None from it is nothing."""
        try:
            iterator = iter(items)
            try:
                for item in iterator:
                    if self.cancelled:
                        self._give_up(item)
                        break
                    if item is not None:
                        self._hand_over(item)
            finally:
                if isinstance(iterator, Generator):
                    iterator.close()
        except Exception as error:  # noqa: BLE001 - the door of a worker: kept, counted, shown
            self._broke(error)
        self.end()

    async def arun(self, items: AsyncIterable[Any]) -> None:
        """Take item after item of an async iterator; storing does not hold up the loop."""
        # a daemon: the threads of asyncio would hold up the end of the interpreter while a store hangs
        hand = Workers(1, math.inf, f"nsi-source-{self.name}")
        try:
            iterator = aiter(items)
            try:
                async for item in iterator:
                    if item is not None:
                        await _aside(hand, partial(self._hand_over, item))
            finally:
                if hasattr(iterator, "aclose"):
                    await iterator.aclose()
        except asyncio.CancelledError:
            self._cancelled.set()
        except Exception as error:  # noqa: BLE001 - the door of a worker: kept, counted, shown
            self._broke(error)
        finally:
            hand.stop()
        self.end(apart=True)

    def end(self, *, apart: bool = False) -> None:
        """Say that it is over, in a thread of its own where storing must not be waited for; more than once does no harm."""
        self._ended = self._ended or ("cancelled" if self.cancelled else "done")
        if self._ending:
            return
        self._ending = True
        if apart:
            threading.Thread(target=self._part, name=f"nsi-source-{self.name}", daemon=True).start()
        else:
            self._part()

    def _part(self) -> None:
        if self.on_end is not None:
            self.on_end()
        self._over.set()

    def _hand_over(self, item: Any) -> None:
        """Have an item taken; wait where there is no room, or the store cannot be written."""
        wait, told = RETRY[0], False
        while True:
            try:
                if isinstance(item, Bad):
                    raise SeriesError(item.reason)
                self._take(item)
            except InputError as error:
                self._miss(item, error)
                return
            except CheckpointError:  # another one goes on with this source
                raise
            except (EngineError, StoreError) as error:
                if not told and not self.cancelled:  # else it is no news: what it was given to has ended
                    self._failed(f"source {self.name}", error)
                    told = True
                if self._cancelled.wait(wait):
                    self._give_up(item)
                    return
                wait = min(2 * wait, RETRY[1])
            else:
                if isinstance(item, Delivery):
                    item.answer(None)
                self.given += 1
                return

    def _miss(self, item: Any, error: InputError) -> None:
        self.bad += 1
        self.trouble = error.message
        self._failed(f"source {self.name}", error, tell=False)
        if isinstance(item, Delivery):
            item.answer(error)

    def _give_up(self, item: Any) -> None:
        """Say that an item was not taken because the source ends."""
        if isinstance(item, Delivery):
            item.answer(EngineError("the engine stopped before it took this", "send it again"))
        batch = item.batch if isinstance(item, Delivery) else item
        if isinstance(batch, Batch):
            self._refuse(len(batch))

    def _broke(self, error: Exception) -> None:
        self._ended = f"failed after {self.given:,}: {str(error).partition(chr(10))[0] or type(error).__name__}"
        self._failed(f"source {self.name}", error)

    def __repr__(self) -> str:
        return f"<source {self.name}: {self.state}, {self.given:,} given>"


async def _aside(hand: Workers, work: Callable[[], None]) -> None:
    """Do something in another thread."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def tell(error: Exception | None) -> None:
        if not done.done():
            done.set_result(None) if error is None else done.set_exception(error)

    def run() -> None:
        failed = None
        try:
            work()
        except Exception as error:  # noqa: BLE001 - handed to whoever awaits
            failed = error
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(tell, failed)

    hand.submit(run)
    await done


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
        return _known(item)
    if isinstance(item, tuple) and 2 <= len(item) <= 4:
        return dict(zip(("series", "value", "time", "tags"), item, strict=False))
    raise SeriesError(
        f"a source gave {item!r:.80}, of type {type(item).__name__}",
        "a Batch, (series, value, time, tags), or a dict with these names",
    )


NAMES = {"series", "value", "time", "tags", "unit", "tz", "missing"}


def _known(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Refuse names that `emit` does not have, and one without a series or a value."""
    unknown, absent = sorted(map(str, item.keys() - NAMES)), sorted({"series", "value"} - item.keys())
    if unknown or absent:
        said = f"has no {absent[0]}" if absent else f"has an unknown {unknown[0]!r}"
        raise SeriesError(f"an item {said}", f"series, value, and if you like {', '.join(sorted(NAMES - {'series', 'value'}))}")
    return item
