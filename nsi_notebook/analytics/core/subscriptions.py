"""Who listens to events: a queue of its own, one handler call at a time, and what became of each event."""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
import time
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from enum import IntEnum
from itertools import groupby
from typing import Any, NamedTuple, cast

from .buffer import Buffer

log = logging.getLogger(__name__)

WEIGHTS = (8, 4, 2, 1)


class Priority(IntEnum):
    """How urgent an event is; of 15 events, where all four wait, they get 8, 4, 2 and 1."""

    CRITICAL = 0
    HIGH = 1
    NORMAL = 2
    LOW = 3


class Event(NamedTuple):
    """Something that happened.

    Parameters
    ----------
    topic : str
        Words joined by dots.
    payload : object
        Passed on as it is: handlers share it.
    priority : Priority
    ns : int
        When it was published by the clock of the machine, nanoseconds since 1970-01-01 UTC. Order is not by it.
    id : int
        Differs between all events of a system.
    """

    topic: str
    payload: Any
    priority: Priority
    ns: int
    id: int

    @property
    def time(self) -> int:
        """The same in microseconds, as everywhere in the engine."""
        return self.ns // 1000


class DeadLetter(NamedTuple):
    """An event that a handler failed on.

    Parameters
    ----------
    event : Event
    subscription : str
        Name of the subscription.
    error : Exception
    traceback : str
    """

    event: Event
    subscription: str
    error: Exception
    traceback: str


class Handled(NamedTuple):
    """What became of the events of a subscription: `received` is the sum of the others at any moment.

    Parameters
    ----------
    received : int
        Events that fit the pattern.
    handled : int
        The handler returned.
    filtered : int
        `where` said no.
    failed : int
        The handler or `where` raised.
    dropped : int
        Given up for want of room, or by `cancel`.
    pending : int
        Waiting, or in the hands of the handler.
    """

    received: int
    handled: int
    filtered: int
    failed: int
    dropped: int
    pending: int


Handler = Callable[[Event], object] | Callable[[Event], Awaitable[object]]


class Subscription:
    """Handle of one subscription; `EventSystem.subscribe` makes it."""

    def __init__(
        self,
        pattern: str,
        handler: Handler,
        where: Callable[[Event], object] | None,
        inbox: Buffer[Event],
        slow: bool,
        name: str,
        failed: Callable[[DeadLetter], None],
        ended: Callable[[Subscription], None],
    ) -> None:
        self.pattern, self.name = pattern, name
        self.slow = slow
        """Whether it runs on the threads for slow ones: so declared, or found to hold up the others."""
        self.waits = inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(getattr(handler, "__call__", None))  # noqa: B004
        """Whether the handler is a coroutine function."""
        self.cancelled = False
        self._handler, self._where, self._inbox = handler, where, inbox
        self._tell, self._ended = failed, ended
        self._batch: deque[Event] = deque()  # taken in hand, by the one thread that has claimed it
        self._lock = threading.Lock()
        self._claimed = False
        self._received = self._handled = self._filtered = self._failed = self._cleared = 0

    def cancel(self) -> None:
        """End the subscription: no call begins after this; what waits is dropped, and counted."""
        self._ended(self)
        with self._lock:
            self.cancelled = True
            self._clear()

    def counts(self) -> Handled:
        """Give what became of the events so far."""
        with self._lock:
            done = self._handled, self._filtered, self._failed, self._cleared + self._inbox.counts().dropped
            return Handled(self._received, *done, self._received - sum(done))

    @property
    def busy(self) -> bool:
        """Whether events wait, or one is in the hands of the handler."""
        return self._claimed

    def accept(self, events: Sequence[Event]) -> bool:
        """Take events in; True if the caller must see that `work` or `work_async` is run."""
        with self._lock:
            self._received += len(events)
            if self.cancelled:
                self._cleared += len(events)
                return False
            if not self._claimed and not self.slow and not self.waits:  # comes at once: its queue need not hold them
                self._batch.extend(events)
            else:
                for priority, run in groupby(events, key=lambda event: event.priority):
                    self._inbox.put_many(run, priority)
            begins, self._claimed = not self._claimed, True
            return begins

    def work(self, seconds: float | None = None) -> bool:
        """Call the handler until nothing waits; True if the time was up, or it was found to be slow, before."""
        end = None if seconds is None else time.monotonic() + seconds
        while self._refill():
            self._run(end)
            if self.slow if end is None else time.monotonic() > end:
                return True
        return False

    async def work_async(self) -> None:
        """Await the handler until nothing waits."""
        while self._refill():
            while self._batch:
                event = self._batch.popleft()
                try:
                    if self._where is None or self._where(event):
                        await cast(Awaitable[object], self._handler(event))
                        self._count("_handled")
                    else:
                        self._count("_filtered")
                except Exception as error:  # noqa: BLE001 - the door of handlers
                    self._fail(event, error)
                except asyncio.CancelledError:  # with its loop: the event waits for the next
                    self._batch.appendleft(event)
                    raise
                except BaseException as error:
                    self._interrupted(event, error)
                    raise

    def _run(self, end: float | None) -> None:
        batch, handler, where, handled = self._batch, self._handler, self._where, 0
        try:
            while batch:
                try:
                    event = batch.popleft()
                except IndexError:  # cancelled by another thread just now
                    break
                try:
                    if where is None or where(event):
                        handler(event)
                        handled += 1
                    else:
                        self._count("_filtered")
                except Exception as error:  # noqa: BLE001 - the door of handlers
                    self._fail(event, error)
                except BaseException as error:  # an interrupt: this event is done with, the rest waits
                    self._interrupted(event, error)
                    raise
                if end is not None and time.monotonic() > end:
                    break
        finally:
            with self._lock:
                self._handled += handled

    def _refill(self) -> bool:
        """Take the next events in hand; if there are none, give the claim back."""
        if self._batch:
            return True
        with self._lock:
            self._batch.extend(self._inbox.take(sum(WEIGHTS)))
            self._claimed = bool(self._batch)
            return self._claimed

    def _clear(self) -> None:
        self._inbox.clear()
        while self._batch:
            try:
                self._batch.popleft()
            except IndexError:
                break
            self._cleared += 1

    def _count(self, name: str) -> None:
        with self._lock:
            setattr(self, name, getattr(self, name) + 1)

    def _interrupted(self, event: Event, error: BaseException) -> None:
        self._fail(event, RuntimeError(f"interrupted by {type(error).__name__}"))

    def _fail(self, event: Event, error: Exception) -> None:
        self._count("_failed")
        if self._failed == 1:  # the first tells; a flood of them is in the counts
            log.error("the handler of %s failed on %s", self.name, event.topic, exc_info=error)
        self._tell(DeadLetter(event, self.name, error, "".join(traceback.format_exception(error))))

    def __repr__(self) -> str:
        counts = ", ".join(f"{k}={v}" for k, v in self.counts()._asdict().items() if v)
        return f"<Subscription {self.name}: {self.pattern}{', slow' if self.slow else ''}; {counts or 'nothing yet'}>"


def named(handler: Handler) -> str:
    """Give a name of a handler, to be told by."""
    return getattr(handler, "__qualname__", None) or type(handler).__name__


__all__ = ["DeadLetter", "Event", "Handled", "Priority", "Subscription"]
