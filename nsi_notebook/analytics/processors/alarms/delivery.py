"""From notifications to people: a thread for each channel, trying again, and nothing lost without being kept."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import random
from typing import TYPE_CHECKING, Any

from ....errors import DeliveryError, FileError, OptionError
from ....voids.placing import replacing
from ...core import shown
from ...core.times import now, utc
from .channels import Channel
from .notices import Notification

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

KEPT = 1000  # that did not go through, of each channel


@dataclass(frozen=True, slots=True)
class Failure:
    """A notification that a channel did not take.

    Parameters
    ----------
    channel : str
        Its name.
    notification : Notification
        What was to be told.
    reason : str
        What was wrong the last time.
    tries : int
        How often it was sent.
    time : int
        When it was given up: microseconds since 1970-01-01 UTC.
    """

    channel: str
    notification: Notification
    reason: str
    tries: int
    time: int


class Outbox:
    """Hands notifications to channels, in order, each channel on a thread of its own.

    A channel that fails is tried again after 1 s, then 2, 4, ... seconds (or as long as it asks for), and up to half as much more
    by chance; others do not wait for it. After the last try the notification is kept in `failures`, which a notebook
    shows, and in a file, if one is named; `retry` sends them again.

    Parameters
    ----------
    *channels : Channel or callable
        A callable is given each notification.
    tries : int
        How often each is sent at most.
    wait, longest : float
        Seconds before the second try, and at most before any.
    capacity : int
        Notifications that wait for a channel; the oldest are given up for want of room.
    keep : path, optional
        A file of JSON lines with what did not go through.

    Examples
    --------
    >>> told = []
    >>> with Outbox(told.append) as outbox:
    ...     outbox.take(Notification(time=0, group={"alarm": "hot"}, alerts=()))
    >>> len(told), outbox.failures
    (1, ())
    """

    def __init__(
        self,
        *channels: Channel | Callable[[Notification], object],
        tries: int = 5,
        wait: float = 1.0,
        longest: float = 60.0,
        capacity: int = 1000,
        keep: str | Path | None = None,
    ) -> None:
        for name, value in {"tries": tries, "capacity": capacity}.items():
            if not isinstance(value, int) or value < 1:
                raise OptionError(f"{name} is {value!r:.80}", "a whole number from 1")
        for name, seconds in {"wait": wait, "longest": longest}.items():
            if not isinstance(seconds, int | float) or not 0 <= seconds < float("inf"):
                raise OptionError(f"{name} is {seconds!r:.80}", "seconds")
        self._tries, self._wait, self._longest = tries, wait, longest
        self._keep = None if keep is None else Path(keep)
        self._lock = threading.Lock()
        self._lanes = [_Lane(self, _as_channel(channel), capacity) for channel in channels]

    def __enter__(self) -> Outbox:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    def take(self, notification: Notification) -> None:
        """Take a notification for all channels; it neither waits nor raises."""
        for lane in self._lanes:
            lane.put(notification)

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until nothing waits to be sent; tell whether that is so."""
        end = None if timeout is None else time.monotonic() + timeout
        return all(lane.flush(None if end is None else max(end - time.monotonic(), 0)) for lane in self._lanes)

    def close(self, timeout: float = 10.0) -> None:
        """Send what waits, for at most some seconds; keep as failures what is left then."""
        self.flush(timeout)
        for lane in self._lanes:
            lane.stop()

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What did not go through, of all channels, by the time at which it was given up."""
        return tuple(sorted((failure for lane in self._lanes for failure in list(lane.failures)), key=lambda f: f.time))

    def retry(self) -> int:
        """Send what did not go through once more; give how many those are."""
        again = sum(lane.again() for lane in self._lanes)
        self._write()
        return again

    def table(self) -> pd.DataFrame:
        """Give one row for each channel: what was sent, how often again, what waits, what was given up, and why the last time."""
        import pandas as pd

        return pd.DataFrame([lane.row() for lane in self._lanes], columns=list(_Lane.COLUMNS))

    def __repr__(self) -> str:
        return f"Outbox({', '.join(lane.channel.name for lane in self._lanes)}; {len(self.failures)} not sent)"

    def _repr_html_(self) -> str:
        return shown.table({name: list(column) for name, column in self.table().items()}, None, repr(self))  # type: ignore[misc]

    def _write(self) -> None:
        """Keep what did not go through in the file."""
        if self._keep is None:
            return
        with self._lock, replacing(self._keep) as fresh:
            fresh.write_text("".join(json.dumps(_told(failure)) + "\n" for failure in self.failures), encoding="utf-8")


class _Call:
    """A callable as a channel."""

    def __init__(self, function: Callable[[Notification], object]) -> None:
        self.name = getattr(function, "__qualname__", type(function).__name__)
        self._function = function

    def send(self, notification: Notification) -> None:
        self._function(notification)


def _as_channel(thing: Any) -> Channel:
    if hasattr(thing, "send") and hasattr(thing, "name"):
        channel: Channel = thing
        return channel
    if callable(thing):
        return _Call(thing)
    raise OptionError(f"{thing!r:.80} is no channel", "an object with `name` and `send`, or a function of a notification")


class _Lane:
    """One channel: what waits for it, and the thread that sends."""

    COLUMNS = ("channel", "sent", "tried again", "waiting", "failed", "last error")

    def __init__(self, box: Outbox, channel: Channel, capacity: int) -> None:
        self.channel, self.failures = channel, deque[Failure](maxlen=KEPT)
        self._box, self._capacity = box, capacity
        self._queue: deque[Notification] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._busy = self._stopped = False
        self._sent = self._retried = self._failed = 0
        self._said = ""

    def put(self, notification: Notification) -> None:
        with self._changed:
            lost = self._queue.popleft() if len(self._queue) >= self._capacity else None
            self._queue.append(notification)
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._work, name=f"nsi-alarms-{self.channel.name}", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        if lost is not None:
            self._give_up(lost, f"more than {self._capacity} wait", 0)

    def flush(self, timeout: float | None) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: not (self._queue or self._busy), timeout)

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            left = list(self._queue)
            self._queue.clear()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(1.0)  # it tries once more
        for notification in left:
            self._give_up(notification, "the outbox was closed", 0)

    def again(self) -> int:
        failed = []
        while self.failures:
            failed.append(self.failures.popleft())
        for failure in failed:
            self.put(failure.notification)
        return len(failed)

    def row(self) -> tuple[object, ...]:
        with self._changed:
            return self.channel.name, self._sent, self._retried, len(self._queue) + self._busy, self._failed, self._said

    def _work(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._queue or self._stopped)
                if not self._queue:
                    return
                notification, self._busy = self._queue.popleft(), True
            self._send(notification)

    def _send(self, notification: Notification) -> None:
        for tried in range(1, self._box._tries + 1):
            try:
                self.channel.send(notification)
            except DeliveryError as error:
                said, again, asked = error.message, error.again, error.wait
            except Exception as error:  # the door of a worker: a channel is anybody's code
                log.exception("%s did not take a notification", self.channel.name)
                said, again, asked = f"{self.channel.name}: {type(error).__name__}: {error}".splitlines()[0], True, None
            else:
                with self._changed:
                    self._sent += 1
                return
            with self._changed:
                self._said = said
                last = not again or tried == self._box._tries or self._stopped
                if not last:
                    self._retried += 1
                    self._changed.wait_for(lambda: self._stopped, self._pause(tried, asked))
            if last:
                self._give_up(notification, said, tried)
                return

    def _pause(self, tried: int, asked: float | None) -> float:
        box = self._box
        return min(asked if asked is not None else box._wait * 2 ** (tried - 1) * (1 + random() / 2), box._longest)  # noqa: S311

    def _give_up(self, notification: Notification, reason: str, tries: int) -> None:
        with self._changed:
            self._failed += 1
            self._said = reason
        self.failures.append(Failure(self.channel.name, notification, reason, tries, now()))
        log.warning("%s: a notification was not sent: %s", self.channel.name, reason)
        try:
            self._box._write()
        except FileError as error:  # what is kept in memory is still there
            log.warning("%s", error.message)


def _told(failure: Failure) -> dict[str, Any]:
    return {
        "time": utc(failure.time).isoformat(),
        "channel": failure.channel,
        "reason": failure.reason,
        "tries": failure.tries,
        "notification": failure.notification.to_dict(),
    }
