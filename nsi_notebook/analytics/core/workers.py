"""Threads for what is slow: a fixed number, and another in place of one that does not come back."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

log = logging.getLogger(__name__)


class Workers:
    """A few daemon threads, started when needed, that do jobs in the order given.

    A job that takes longer than `patience` keeps its thread; when jobs wait, a new thread takes its place, and the old one ends
    when, if ever, its job does. So no number of jobs that never return stops the others or keeps the interpreter from ending.

    Parameters
    ----------
    size : int
        How many jobs run at once, not counting those written off.
    patience : float
        Seconds.
    name : str
        Of the threads.
    """

    def __init__(self, size: int, patience: float, name: str) -> None:
        self.size, self.patience, self.name = size, patience, name
        self._jobs: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._began: dict[threading.Thread, float | None] = {}  # threads that count, and since when each is busy
        self._waiting = 0  # jobs that no thread has begun
        self._stopped = False
        self.written_off = 0

    def submit(self, job: Callable[[], object]) -> None:
        """Have a job done; what it raises is logged."""
        with self._lock:
            self._waiting += 1
        self._jobs.put(job)
        self.check()

    def check(self) -> None:
        """Start as many threads as the jobs that wait need and may have."""
        now = time.monotonic()
        with self._lock:
            if self._stopped:
                return
            busy = {thread: since for thread, since in self._began.items() if since is not None}
            if self._waiting and len(busy) >= self.size:
                for thread, since in busy.items():
                    if now - since > self.patience:
                        del self._began[thread]
                        self.written_off += 1
            idle = sum(since is None for since in self._began.values())
            for _ in range(min(self._waiting - idle, self.size - len(self._began))):
                thread = threading.Thread(target=self._work, name=self.name, daemon=True)
                self._began[thread] = None
                thread.start()

    def stop(self) -> None:
        """Let the threads end after the jobs that they have."""
        with self._lock:
            self._stopped = True
            count = len(self._began)
        for _ in range(count):
            self._jobs.put(None)

    def _work(self) -> None:
        me = threading.current_thread()
        while (job := self._jobs.get()) is not None:
            with self._lock:
                self._waiting -= 1
                self._began[me] = time.monotonic()
            try:
                job()
            except BaseException:  # the door of the worker's loop: the thread goes on, after sys.exit() in a job too
                log.exception("a job of %s failed", self.name)
            with self._lock:
                if me not in self._began:
                    return  # another has its place
                self._began[me] = None


__all__ = ["Workers"]
