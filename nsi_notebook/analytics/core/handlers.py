"""Where the handlers of events run: in the thread that dispatches, on threads for slow ones, in an asyncio loop."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from ...errors import EngineError
from .buffer import Buffer
from .subscriptions import Subscription
from .workers import Workers

TURN = 0.1  # seconds that a slow one keeps its thread before others have it


class Handlers:
    """Runs subscriptions that have events in hand.

    Parameters
    ----------
    inline : bool
        Never on another thread.
    workers : int
        Threads for slow ones.
    budget : float
        Seconds that one may hold up the others while `drive` watches.
    """

    def __init__(self, inline: bool, workers: int, budget: float) -> None:
        self.inline, self.budget = inline, budget
        self.due: deque[Subscription] = deque()
        """Claimed, and to be run by the thread that comes first."""
        self.wake: Callable[[], object] = _nothing
        """Tells `drive` that there is something to do."""
        self._running: dict[int, tuple[Subscription, float]] = {}  # by thread: whose handler, since when
        self._slow = Workers(workers, 5 * budget, "nsi-slow-handlers")
        self._dispatchers = Workers(1, budget, "nsi-events")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def driven(self) -> bool:
        """Whether `drive` is at work."""
        return self._loop is not None

    def run(self) -> None:
        """Run all that are due."""
        while self.due:
            try:
                subscription = self.due.popleft()
            except IndexError:  # another thread was first
                return
            self._start(subscription)

    def within(self) -> bool:
        """Say whether this thread is in a handler that dispatching has called."""
        return threading.get_ident() in self._running

    def check(self) -> None:
        """Give threads to slow handlers in place of those that do not come back."""
        self._slow.check()

    def stop(self) -> None:
        """Let the threads end."""
        self._slow.stop()
        self._dispatchers.stop()
        self.wake()

    def may_wait(self) -> bool:
        """Whether the thread may stand still: not if the handlers, or the loop, would stand with it."""
        if threading.get_ident() in self._running:
            return False
        try:
            return asyncio.get_running_loop() is not self._loop
        except RuntimeError:
            return True

    async def drive(self, queue: Buffer[Any], dispatch: Callable[[float], object]) -> None:
        """Have `dispatch` called on a thread whenever something waits, until the queue is closed; watch over it from this loop.

        Raises
        ------
        EngineError
            If this is done already.
        """
        if self.driven or self.inline:
            raise EngineError("these events are dispatched already", "inline, or by another run()")
        loop, wake = asyncio.get_running_loop(), asyncio.Event()

        def announce() -> None:
            with suppress(RuntimeError):  # the loop has just been closed
                loop.call_soon_threadsafe(wake.set)

        def turn(done: asyncio.Event) -> None:
            try:
                dispatch(TURN)
            finally:
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(done.set)

        self._loop, self.wake, queue.on_ready = loop, announce, announce
        try:
            while not queue.closed or len(queue) or self.due:
                wake.clear()
                self.check()
                self._demote()
                if len(queue) or self.due:
                    done = asyncio.Event()
                    self._dispatchers.submit(partial(turn, done))
                    await _set(done, self.budget)
                else:
                    await _set(wake, self.budget)
        finally:
            self._loop, self.wake, queue.on_ready = None, _nothing, None
            for task in self._tasks:
                task.cancel()

    def _start(self, subscription: Subscription) -> None:
        if subscription.waits:
            self._await(subscription)
        elif subscription.slow or self._works(subscription):
            self._slow.submit(partial(self._turn, subscription))

    def _turn(self, subscription: Subscription) -> None:
        """One turn of a slow handler on its thread."""
        more = True
        try:
            more = subscription.work(TURN)
        finally:  # also after sys.exit() in a handler
            if more:
                self._slow.submit(partial(self._turn, subscription))

    def _works(self, subscription: Subscription) -> bool:
        """Run one here; True if it is found to be slow."""
        me = threading.get_ident()
        before = self._running.get(me)
        self._running[me] = subscription, time.monotonic()
        try:
            return subscription.work()
        except BaseException:  # an interrupt: what waits for this handler is for the next
            self.due.append(subscription)
            raise
        finally:
            if before is None:
                del self._running[me]
            else:
                self._running[me] = before

    def _await(self, subscription: Subscription) -> None:
        """Run a coroutine function where there is a loop for it."""
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop has just been closed
                loop.call_soon_threadsafe(self._task_of, loop, subscription)
                return
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            if self.inline:
                asyncio.run(subscription.work_async())
            else:
                self._slow.submit(lambda: asyncio.run(subscription.work_async()))
        else:
            self._task(subscription)

    def _task_of(self, loop: asyncio.AbstractEventLoop, subscription: Subscription) -> None:
        if loop is self._loop:
            self._task(subscription)
        else:  # it has ended meanwhile: for the next
            self.due.append(subscription)

    def _task(self, subscription: Subscription) -> None:
        def over(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if task.cancelled():
                self.due.append(subscription)

        task = asyncio.ensure_future(subscription.work_async())
        self._tasks.add(task)
        task.add_done_callback(over)

    def _demote(self) -> None:
        """Treat the handlers that have held up the others for too long as slow."""
        for subscription, since in list(self._running.values()):
            if time.monotonic() - since > self.budget:
                subscription.slow = True


def _nothing() -> None:
    return None


async def _set(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):  # wait_for of Python 3.11 may swallow that the task is cancelled
            await event.wait()


__all__ = ["Handlers"]
