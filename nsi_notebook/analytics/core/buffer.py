"""One bounded queue between threads that hand over: what is full, what is dropped, and that the counts add up."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

from ...errors import EngineError, OptionError

Item = TypeVar("Item")

# Who waits for room is woken when half of it is free, and looks by itself this often (seconds): to wake it for each item
# that is taken would have two threads take turns at every few items.
TICK = 0.005
POLICIES = ("block", "drop-oldest", "drop-newest", "error")


class Counts(NamedTuple):
    """What became of the items of a queue: `offered == taken + dropped + pending` at any moment.

    Parameters
    ----------
    offered : int
        Put into the queue, or dropped on the way.
    taken : int
        Given to a consumer.
    dropped : int
        Given up for want of room, or by `clear`.
    pending : int
        Waiting.
    refused : int
        Beside these: not offered, as the caller was told by an error and still has them.
    """

    offered: int
    taken: int
    dropped: int
    pending: int
    refused: int


class Buffer(Generic[Item]):
    """Bounded queue for any number of threads, in lanes that share its room.

    Items of a lane come out in the order in which they went in. Lanes take turns by weight: of 15 items taken from full lanes of
    weights 8, 4, 2, 1 these give 8, 4, 2 and 1, so none starves. When it is full, the `policy` decides:

    - "block": `put` waits for room, at most `patience` seconds, and then raises;
    - "drop-oldest" and "drop-newest": the oldest or the newest item of the lane that has most for its weight goes, which may be
      the one that is being put; a flood in one lane so costs the other lanes nothing;
    - "error": `put` raises.

    Parameters
    ----------
    capacity : int
        Most items that wait.
    policy : {"block", "drop-oldest", "drop-newest", "error"}
    weights : sequence of int
        One for each lane.
    patience : float
        Seconds.

    Examples
    --------
    >>> queue = Buffer(2, "drop-oldest")
    >>> [queue.put(letter) for letter in "abc"]
    [True, True, True]
    >>> queue.take(), queue.counts()
    (['b', 'c'], Counts(offered=3, taken=2, dropped=1, pending=0, refused=0))
    """

    __slots__ = (
        "_append",
        "_closed",
        "_dropped",
        "_lanes",
        "_limit",
        "_lock",
        "_pending",
        "_ready",
        "_refused",
        "_room",
        "_taken",
        "_turn",
        "_waiting",
        "_weights",
        "capacity",
        "may_wait",
        "on_ready",
        "patience",
        "policy",
    )

    def __init__(
        self, capacity: int = 10_000, policy: str = "block", *, weights: Sequence[int] = (1,), patience: float = 30.0
    ) -> None:
        if not isinstance(capacity, int) or capacity < 1:
            raise OptionError(f"the capacity of a queue is {capacity!r}", "a whole number, at least one")
        if policy not in POLICIES:
            raise OptionError(f"unknown policy {policy!r}", f"one of {', '.join(POLICIES)}")
        if not weights or min(weights) < 1:
            raise OptionError(f"the weights of lanes are {tuple(weights)}", "at least one of at least 1")
        self.capacity, self.policy, self.patience = capacity, policy, patience
        self.on_ready: Callable[[], object] | None = None
        """Called, outside the lock, by the thread whose item is the first to wait."""
        self.may_wait: Callable[[], bool] | None = None
        """Asked by "block" when there is no room: False in a thread for which others would wait, which then is told at once."""
        self._lanes: list[deque[Item]] = [deque() for _ in weights]
        self._append = tuple(lane.append for lane in self._lanes)  # looked up once
        self._weights = tuple(weights)
        self._turn, self._room = 0, weights[0]  # the lane whose turn it is, and how many more it may give in it
        self._lock = threading.Lock()
        self._ready = threading.Condition(self._lock)
        self._waiting = 0  # threads in `_ready`, for room or for items
        self._pending = self._taken = self._dropped = self._refused = 0
        self._closed = False
        self._limit = capacity  # 0 once closed, so that `put` has one thing to look at

    def __len__(self) -> int:
        return self._pending

    def put(self, item: Item, lane: int = 0) -> bool:
        """Add one item.

        Parameters
        ----------
        item : object
        lane : int
            From 0, the first of the weights.

        Returns
        -------
        bool
            Whether the item waits in the queue: False if it was dropped.

        Raises
        ------
        EngineError
            If there is no room, or the queue is closed.
        """
        with self._lock:
            pending = self._pending
            if pending >= self._limit:
                if not self._make_room(lane):
                    return False
                pending = self._pending
            self._append[lane](item)
            self._pending = pending + 1
            if pending:
                return True
            if self._waiting:
                self._ready.notify_all()
        if self.on_ready is not None:
            self.on_ready()
        return True

    def put_many(self, items: Iterable[Item], lane: int = 0) -> int:
        """Add items in their order, and give how many of them were not dropped on the way in.

        Raises
        ------
        EngineError
            If there is no room for all, by "error" before any is added; or the queue is closed.
        """
        given = list(items)
        with self._lock:
            pending = self._pending
            fits = pending + len(given) <= self.capacity and not self._closed
            if fits:
                self._lanes[lane].extend(given)
                self._pending += len(given)
                if self._waiting:
                    self._ready.notify_all()
            elif self.policy == "error" or self._closed:
                self._refused += len(given)
                raise self._no_room(len(given))
        if not fits:
            return sum(self.put(item, lane) for item in given)
        if given and not pending and self.on_ready is not None:
            self.on_ready()
        return len(given)

    def take(self, most: int | None = None, *, wait: float = 0.0) -> list[Item]:
        """Give the items whose turn it is, and remove them.

        Parameters
        ----------
        most : int, optional
            How many at most; all by default.
        wait : float
            Seconds to wait for the first, if there is none.

        Returns
        -------
        list
            Empty if there is none.
        """
        return [item for _, run in self.take_runs(most, wait=wait) for item in run]

    def take_runs(self, most: int | None = None, *, wait: float = 0.0) -> list[tuple[int, list[Item]]]:
        """Give what `take` gives, in runs of one lane: pairs of lane and items."""
        with self._lock:
            if wait and not self._pending:
                self._until(lambda: self._pending > 0 or self._closed, wait)
            left = self._pending if most is None else min(most, self._pending)
            self._pending -= left
            self._taken += left
            runs = []
            while left:
                items = self._lanes[self._turn]
                if len(items) == left + self._pending:  # all that wait are in this lane: its turn has no end
                    n = left
                    if not self._pending:
                        runs.append((self._turn, list(items)))
                        items.clear()
                        break
                else:
                    n = min(len(items), self._room, left)
                    self._room -= n
                if n:
                    runs.append((self._turn, [items.popleft() for _ in range(n)]))
                    left -= n
                if left:
                    self._turn = (self._turn + 1) % len(self._weights)
                    self._room = self._weights[self._turn]
            if not self._pending:  # nobody waits for a turn: the next begins with the first lane
                self._turn, self._room = 0, self._weights[0]
            if runs and self._waiting and self._pending <= self.capacity // 2:
                self._ready.notify_all()
        return runs

    def clear(self) -> int:
        """Drop all that wait, and give how many they were."""
        with self._lock:
            gone = self._pending
            for lane in self._lanes:
                lane.clear()
            self._dropped += gone
            self._pending = 0
            self._ready.notify_all()
        return gone

    def close(self) -> None:
        """Take no more; what waits may still be taken. Threads that wait go on: those that put raise."""
        with self._lock:
            self._closed, self._limit = True, 0
            self._ready.notify_all()

    @property
    def closed(self) -> bool:
        """Whether nothing more is taken in."""
        return self._closed

    def counts(self) -> Counts:
        """Give what became of all items so far."""
        with self._lock:
            offered = self._taken + self._dropped + self._pending
            return Counts(offered, self._taken, self._dropped, self._pending, self._refused)

    def _make_room(self, lane: int) -> bool:
        """Let one item in, by the policy; False drops it. The lock is held."""
        if self._closed or self.policy == "error":
            self._refused += 1
            raise self._no_room(1)
        if self.policy == "block":
            if self.may_wait is None or self.may_wait():
                self._until(lambda: self._pending < self.capacity or self._closed, self.patience, TICK)
            if self._pending >= self.capacity or self._closed:
                self._refused += 1
                raise self._no_room(1)
            return True
        self._dropped += 1
        share = [len(items) / weight for items, weight in zip(self._lanes, self._weights, strict=True)]
        share[lane] += 1 / self._weights[lane]
        most = max(range(len(share)), key=share.__getitem__)
        if not self._lanes[most] or (self.policy == "drop-newest" and most == lane):
            return False
        self._pending -= 1
        if self.policy == "drop-newest":
            self._lanes[most].pop()
        else:
            self._lanes[most].popleft()
        return True

    def _until(self, done: Callable[[], bool], seconds: float, tick: float = threading.TIMEOUT_MAX) -> None:
        end = time.monotonic() + seconds
        self._waiting += 1
        try:
            while not done() and (left := end - time.monotonic()) > 0:
                self._ready.wait(min(left, tick))
        finally:
            self._waiting -= 1

    def _no_room(self, n: int) -> EngineError:
        if self._closed:
            return EngineError(f"the queue is closed: {n} not taken", "it was stopped; start a new one")
        waited = f" and nothing was taken for {self.patience:g} s" if self.policy == "block" else ""
        return EngineError(
            f"the queue is full: {self._pending} of {self.capacity} wait{waited}",
            "a consumer must run; or a greater capacity, or the policy 'drop-oldest'",
        )


__all__ = ["Buffer", "Counts"]
