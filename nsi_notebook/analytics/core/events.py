"""Events: who says that something happened, and who is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import count
from operator import itemgetter
from typing import Any, Self

from ...errors import EngineError, OptionError
from . import topics
from .buffer import Buffer, Counts
from .handlers import Handlers
from .recent import Recent
from .subscriptions import WEIGHTS, DeadLetter, Event, Handled, Handler, Priority, Subscription, named

CHUNK = 8 * sum(WEIGHTS)
PRIORITIES = tuple(Priority)
TOPICS = 10_000  # resolved topics that are kept


class EventSystem:
    """Topics, subscriptions, priorities; nothing is lost without being counted.

    **Order.** What one thread publishes with one priority on any topics, every subscription gets in that order. Between
    priorities it is weighted: of 15 events, where all four wait, 8 are CRITICAL, 4 HIGH, 2 NORMAL, 1 LOW, so no flood starves the
    others. An event that is published waits for at most 120 that were taken before it, whatever their priority. There is no order
    between subscriptions.

    **Delivery.** A subscription gets each event that fits its pattern and is taken from the queue after `subscribe` returned,
    once, if there was room in the queue (see `policy`) and, where the handler is slow or waits, in its own (`max_queue`). Its
    handler is called with one event at a time. What was given up is in `counts()` of the system or of the subscription. A handler
    that raises is not called again with that event, which goes to `dead_letters`. Nothing is kept over the end of the process.

    **Threads.** `publish` may be called from any thread, and never runs a handler, unless `inline`. Handlers run where
    `dispatch` is called; those declared `slow` on a few threads of their own; coroutine functions in the loop of `run`, or,
    without it, in the loop that runs in the thread of `dispatch` or else in one made for them. Under `run`, `dispatch` is called
    on a thread beside the loop; a handler that does not return within `budget` seconds loses that thread, is treated as slow
    from then on, and so delays only itself. A handler may publish, subscribe and cancel; where the queue is full it is told by
    an error rather than left to wait for itself.

    Parameters
    ----------
    capacity : int
        Most events that wait.
    policy : {"block", "drop-oldest", "drop-newest", "error"}
        What `publish` does when so many wait: see `Buffer`.
    history : int
        Events that are kept for new subscriptions.
    dead_letters : int
        Events that handlers failed on that are kept.
    keep_bytes : int
        Most bytes that what the events of the history carry may have, and as many again those of the dead letters: the oldest go
        first, and the newest stays, whatever it carries. Arrays, tables, batches and windows count by their `nbytes`.
    workers : int
        Threads for slow handlers.
    inline : bool
        `publish` calls the handlers before it returns, no thread is ever started, and slow handlers are like the others.
    budget : float
        Seconds that a handler may hold up the others under `run`.
    patience : float
        Seconds that "block" waits for room.

    Examples
    --------
    >>> events = EventSystem(inline=True)
    >>> seen = []
    >>> handle = events.subscribe("camera.*", lambda event: seen.append(event.payload))
    >>> events.publish("camera.frame", 7, priority=Priority.HIGH)
    True
    >>> seen, handle.counts().handled
    ([7], 1)
    """

    def __init__(
        self,
        capacity: int = 10_000,
        policy: str = "block",
        *,
        history: int = 1000,
        dead_letters: int = 1000,
        keep_bytes: int = 64 << 20,
        workers: int = 4,
        inline: bool = False,
        budget: float = 1.0,
        patience: float = 30.0,
    ) -> None:
        kept = {"history": (history, 0), "dead_letters": (dead_letters, 0), "keep_bytes": (keep_bytes, 0)}
        for name, (given, least) in {**kept, "workers": (workers, 1)}.items():
            if not isinstance(given, int) or given < least:
                raise OptionError(f"{name} is {given!r}", f"a whole number, at least {least}")
        self.inline = inline
        # plain tuples, which the garbage collector lets be, unlike those of a class
        self._queue: Buffer[tuple[str, Any, int, int]] = Buffer(capacity, policy, weights=WEIGHTS, patience=patience)
        self._ids = count()
        self._subscriptions: list[Subscription] = []
        self._routes: dict[str, tuple[Subscription, ...]] = {}
        self._known: set[str] = set()  # topics that were found to be such
        self._routing = threading.Lock()  # held while events are taken and handed out, never while handlers run
        self._history: Recent[Event] = Recent(history, keep_bytes, itemgetter(1))  # a third of the time of .payload
        self._dead: Recent[DeadLetter] = Recent(dead_letters, keep_bytes, lambda letter: letter.event.payload)
        self._handlers = Handlers(inline, workers, budget)
        self._queue.may_wait = self._handlers.may_wait

    def publish(self, topic: str, payload: Any = None, priority: Priority = Priority.NORMAL) -> bool:
        """Say that something happened.

        Parameters
        ----------
        topic : str
            Words joined by dots.
        payload : object
            Anything; handlers get this very object.
        priority : Priority

        Returns
        -------
        bool
            Whether it waits to be handed out: False if it was dropped at once.

        Raises
        ------
        EngineError
            If there is no room, by "error", or by "block" after `patience`; or the system is closed.
        OptionError
            If the topic is none.
        """
        if topic.__class__ is not str or topic not in self._known:
            self._learn(topics.topic(topic))
        if priority.__class__ is not Priority:
            raise OptionError(f"{priority!r} is no priority", f"one of {', '.join(f'Priority.{p.name}' for p in Priority)}")
        kept = self._queue.put((topic, payload, _clock(), next(self._ids)), priority)
        if self.inline and not self._handlers.within():
            self.dispatch()
        return kept

    def subscribe(
        self,
        pattern: str,
        handler: Handler,
        *,
        where: Callable[[Event], object] | None = None,
        max_queue: int = 1000,
        policy: str = "drop-oldest",
        slow: bool = False,
        replay: int | bool = 0,
        name: str | None = None,
    ) -> Subscription:
        """Have a handler called with the events whose topic fits a pattern.

        Parameters
        ----------
        pattern : str
            A topic; * stands for one word, ** for any number of them.
        handler : callable
            Takes an `Event`; a function or a coroutine function.
        where : callable, optional
            Takes an `Event` and says whether the handler is called; runs where the handler runs.
        max_queue : int
            Most events that wait for this handler while it runs.
        policy : {"drop-oldest", "drop-newest"}
            What is given up when more would.
        slow : bool
            The handler takes long: it runs on a thread for such handlers.
        replay : int or bool
            How many of the last events that fit come first, from the history; True for all of them. None is missed or doubled
            between these and those that follow.
        name : str, optional
            To be told by; that of the handler by default.

        Returns
        -------
        Subscription
            With `cancel()` and `counts()`.
        """
        topics.pattern(pattern)
        if policy not in ("drop-oldest", "drop-newest"):
            raise OptionError(
                f"the policy of a subscription is {policy!r}", "'drop-oldest' or 'drop-newest': it cannot hold up others"
            )
        if not callable(handler):
            raise OptionError(f"the handler {handler!r} cannot be called", "a function that takes an Event")
        inbox: Buffer[Event] = Buffer(max_queue, policy, weights=WEIGHTS)
        slow = slow and not self.inline
        made = Subscription(pattern, handler, where, inbox, slow, name or named(handler), self._dead.append, self._forget)
        with self._routing:
            self._subscriptions.append(made)
            self._routes = {}
            past = [event for event in self._history if replay and topics.matches(pattern, event.topic)]
            if replay is not True:
                past = past[len(past) - min(replay, len(past)) :]
            begins = bool(past) and made.accept(past)
        if begins:
            self._handlers.due.append(made)
            if self.inline and not self._handlers.within():
                self.dispatch()
            else:
                self._handlers.wake()
        return made

    def dispatch(self, within: float | None = None) -> int:
        """Hand out the events that wait, and call the handlers that are not slow; needs no loop and no thread.

        Parameters
        ----------
        within : float, optional
            Seconds after which to stop; by default only when none waits.

        Returns
        -------
        int
            How many events were taken.
        """
        end = None if within is None else time.monotonic() + within
        total = 0
        while True:
            with self._routing:
                runs = self._queue.take_runs(CHUNK)
                self._route([_new(Event, (t, p, PRIORITIES[lane], ns, n)) for lane, run in runs for t, p, ns, n in run])
            total += sum(len(run) for _, run in runs)
            self._handlers.run()
            if not len(self._queue) or (end is not None and time.monotonic() > end):
                return total

    async def run(self) -> None:
        """Dispatch for as long as this is not cancelled and the system not closed; one at a time."""
        await self._handlers.drive(self._queue, self.dispatch)

    def drain(self, timeout: float | None = 30.0) -> None:
        """Wait until all that was published is handled.

        Parameters
        ----------
        timeout : float, optional
            Seconds; None waits as long as it takes. A handler that runs in the thread of this call itself, where no other runs
            them, is not cut off.

        Raises
        ------
        EngineError
            If time is up: says which handlers are busy. Or in a handler, which would wait for itself.
        """
        left = self._drain(timeout)
        if left:
            hint = "a longer timeout; engine.flush(handled=False) does not wait for handlers"
            raise EngineError(f"{left:,} events were not handled in time{self.busy()}", hint)

    def busy(self) -> str:
        """Say which handlers have events in hand or waiting, as the end of a sentence; nothing if none has."""
        names = [f"{s.name} on {s.pattern!r}" for s in self._subscriptions if s.busy]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return f": busy are {', '.join(names[:3])}{more}" if names else ""

    def _drain(self, timeout: float | None) -> int:
        """Wait until all is handled, and give how many events still wait: 0, unless time is up."""
        if not self._handlers.may_wait():
            raise EngineError("a handler cannot wait until all handlers are done", "drain in another thread")
        end = None if timeout is None else time.monotonic() + timeout
        pause = 0.0
        while True:
            if not self._handlers.driven:
                self.dispatch(timeout)
            self._handlers.check()
            busy = [s for s in self._subscriptions if s.busy]
            if not (busy or len(self._queue) or self._handlers.due) or (end is not None and time.monotonic() >= end):
                return len(self._queue) + sum(s.counts().pending for s in busy)
            pause = min(pause + 0.0002, 0.005)
            time.sleep(pause)

    def close(self, timeout: float | None = 5.0) -> int:
        """Take no more events, drain, and give how many could not be handled in time."""
        self._queue.close()
        left = self._drain(timeout)
        self._handlers.stop()
        return left

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def counts(self) -> Counts:
        """Give what became of what was published; see `Counts`."""
        return self._queue.counts()

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """All that are not cancelled."""
        return tuple(self._subscriptions)

    @property
    def dead_letters(self) -> list[DeadLetter]:
        """The last events that handlers failed on."""
        return list(self._dead)

    @property
    def history(self) -> list[Event]:
        """The last events that were taken from the queue."""
        with self._routing:
            return list(self._history)

    def _learn(self, topic: str) -> None:
        if len(self._known) >= TOPICS:
            self._known = set()
        self._known.add(topic)

    def _resolve(self, topic: str) -> tuple[Subscription, ...]:
        """Find who listens, once for each topic; only while routing, so that none who subscribes is missed."""
        if len(self._routes) >= TOPICS:
            self._routes = {}
        found = tuple(s for s in self._subscriptions if topics.matches(s.pattern, topic))
        self._routes[topic] = found
        return found

    def _forget(self, subscription: Subscription) -> None:
        with self._routing:
            self._subscriptions = [s for s in self._subscriptions if s is not subscription]
            self._routes = {}

    def _route(self, events: list[Event]) -> None:
        groups: dict[Subscription, list[Event]] = {}
        last, listeners = None, list[Callable[[Event], None]]()
        for event in events:
            if event[0] is not last:
                last = event[0]
                found = self._routes[last] if last in self._routes else self._resolve(last)
                listeners = [groups.setdefault(subscription, []).append for subscription in found]
            for add in listeners:
                add(event)
        self._history.extend(events)
        self._handlers.due.extend(subscription for subscription, some in groups.items() if subscription.accept(some))


_new, _clock = tuple.__new__, time.time_ns  # a third of the time of Event(...)


__all__ = ["DeadLetter", "Event", "EventSystem", "Handled", "Priority", "Subscription"]
