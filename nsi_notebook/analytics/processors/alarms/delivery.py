"""From notifications to people: a thread for each channel, trying again, and nothing lost without being kept."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import random
from typing import TYPE_CHECKING, Any, TypeVar

from ....errors import DeliveryError, FileError, OptionError
from ...core import shown
from ...core.times import now, utc
from .channels import Channel, channel_of, numbered
from .kept import MOST, Kept, Row
from .notices import Notification

if TYPE_CHECKING:
    import pandas as pd

    from .rules import Rules

log = logging.getLogger(__name__)

KEPT = 1000  # that did not go through, of each channel
CLOSED = "the outbox was closed"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Failure:
    """A notification that a channel did not take.

    Parameters
    ----------
    channel : str
        Its kind, with its number where there are several: "webhook 2".
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
    shows; `retry` sends them again.

    With a file, what waits and what failed is there when a process begins again, however the last one ended: `failures` has what
    failed, `resume` sends what waited, and what was taken before is not taken a second time. So each channel gets each
    notification once; or twice, if the process was killed between an answer and the note of it.

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
        A file, of SQLite, with what was taken and what became of it.
    inline : bool
        Send in the call itself, once, where there are no threads.

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
        inline: bool = False,
    ) -> None:
        for name, value in {"tries": tries, "capacity": capacity}.items():
            if not isinstance(value, int) or value < 1:
                raise OptionError(f"{name} is {value!r:.80}", "a whole number from 1")
        for name, seconds in {"wait": wait, "longest": longest}.items():
            if not isinstance(seconds, int | float) or not 0 <= seconds < float("inf"):
                raise OptionError(f"{name} is {seconds!r:.80}", "seconds")
        self._tries, self._wait, self._longest, self._inline = 1 if inline else tries, wait, longest, inline
        made = [_as_channel(channel) for channel in channels]
        names = numbered([getattr(channel, "kind", channel.name) for channel in made])
        self._lanes = {name: _Lane(self, name, channel, capacity) for name, channel in zip(names, made, strict=True)}
        self._kept = None if keep is None else Kept(Path(keep))
        self._before, self._waited, self._gone = set[tuple[str, str]](), list[Row](), list[Failure]()
        if self._kept is not None:
            self._before = self._kept.known()
            for name, lane in self._lanes.items():
                lane.latest = self._kept.latest(name)
            for row in self._kept.rows():
                if row.state == "waiting":
                    self._waited.append(row)
                else:
                    self._recall(row)

    def __enter__(self) -> Outbox:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels, in the order in which they were named."""
        return tuple(lane.channel for lane in self._lanes.values())

    def take(self, notification: Notification) -> None:
        """Take a notification for all channels that it is for, and that did not get it before; it neither waits nor raises."""
        for key, lane in self._lanes.items():
            mine = notification.among(lane.match)
            if mine is not None and (not self._before or (key, mine.identity) not in self._before):
                lane.put(mine)

    def resume(self) -> int:
        """Send what waited when another process ended; give how many those are. Its channels are known by kind and order."""
        waited, self._waited = self._waited, []
        for row in waited:
            if row.lane in self._lanes:
                self._lanes[row.lane].put(row.notification, row.id)
            else:
                self._recall(row)
        return sum(row.lane in self._lanes for row in waited)

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until nothing waits to be sent; tell whether that is so."""
        end = None if timeout is None else time.monotonic() + timeout
        lanes = self._lanes.values()
        return all(lane.flush(None if end is None else max(end - time.monotonic(), 0)) for lane in lanes)

    def close(self, timeout: float = 10.0) -> None:
        """Send what waits, for at most some seconds; failures are what is left, which waits in the file, and what comes later."""
        self.flush(timeout)
        for lane in self._lanes.values():
            lane.stop()
        self._writing(Kept.close)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What did not go through, of all channels, by the time at which it was given up."""
        of_lanes = (failure for lane in self._lanes.values() for _, failure in list(lane.failures))
        return tuple(sorted([*self._gone, *of_lanes], key=lambda failure: failure.time))

    def retry(self) -> int:
        """Send what did not go through once more; give how many those are. What is of channels that are no more stays.

        Alerts of which a channel got later news, as that they are over, are left out.
        """
        return sum(lane.again() for lane in self._lanes.values())

    def table(self) -> pd.DataFrame:
        """Give one row for each channel: what was sent, how often again, what waits, what was given up, and why the last time."""
        import pandas as pd

        return pd.DataFrame([lane.row() for lane in self._lanes.values()], columns=list(_Lane.COLUMNS))

    def undelivered(self) -> pd.DataFrame:
        """Give one row for each notification that did not go through: to whom, when it was given up, what it said, and why."""
        import pandas as pd

        columns = ["channel", "given up", "tries", "notification", "reason"]
        return pd.DataFrame(
            [[f.channel, utc(f.time), f.tries, str(f.notification), f.reason] for f in self.failures], columns=columns
        )

    def states(self) -> dict[str, str]:
        """Give how each channel stands, in words, by its name."""
        found = {lane.name: lane.said() for lane in self._lanes.values()}
        return found | ({"channels that are no more": f"{len(self._gone)} not delivered"} if self._gone else {})

    def __repr__(self) -> str:
        return f"Outbox({', '.join(lane.name for lane in self._lanes.values())}; {len(self.failures)} not sent)"

    def _repr_html_(self) -> str:
        return shown.table({name: list(column) for name, column in self.table().items()}, None, repr(self))  # type: ignore[misc]

    def _recall(self, row: Row) -> None:
        """Take what failed in another process."""
        if row.lane in self._lanes:
            lane = self._lanes[row.lane]
            lane.failures.append((row.id, Failure(lane.name, row.notification, row.reason, row.tries, row.time)))
        else:
            reason = row.reason or "there is no such channel any more"
            self._gone.append(Failure(row.lane, row.notification, reason, row.tries, row.time))

    def _writing(self, work: Callable[[Kept], _T]) -> _T | None:
        """Note something in the file, if there is one: where that fails, what is in memory is still there."""
        if self._kept is None:
            return None
        try:
            return work(self._kept)
        except FileError as error:
            log.warning("%s", error.message)
            return None


def of_rules(rules: Rules, *more: Channel | Callable[[Notification], object], **how: Any) -> Outbox:
    """Give the outbox that a file of rules asks for, and further channels.

    Raises
    ------
    OptionError, MissingExtraError
        If a variable of the environment is not set, or what sends is not installed.
    """
    channels = [channel_of(table, f"deliver {number}: ") for number, table in enumerate(rules.deliver, 1)]
    return Outbox(*channels, *more, tries=rules.tries, wait=rules.wait / 1e6, **how)


def kept_in(address: str, rules: Rules | None = None) -> Path | None:
    """Give the file with what channels were told: that of the rules, or one in the folder of a store; None without a folder."""
    if rules is not None and rules.outbox is not None:
        return rules.outbox
    folder = Path(address)
    return None if "://" in address or not folder.is_dir() else folder / "outbox.sqlite"


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

    def __init__(self, box: Outbox, name: str, channel: Channel, capacity: int) -> None:
        self.name, self.channel = name, channel
        self.match: Mapping[str, str] = getattr(channel, "match", {})
        self.latest = dict[str, int]()  # event time of the last news of the alerts sent last, MOST of them
        self.failures = deque[tuple[int | None, Failure]](maxlen=KEPT)  # with their numbers in the file
        self._box, self._capacity = box, capacity
        self._queue: deque[tuple[int | None, Notification]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._busy = self._stopped = False
        self._sent = self._retried = self._failed = 0
        self._said = self._failing = ""

    def put(self, notification: Notification, number: int | None = None) -> None:
        if number is None and not self._stopped:
            number = self._box._writing(lambda kept: kept.add(self.name, notification))
        if self._box._inline and not self._stopped:
            self._send(number, notification)
            return
        with self._changed:
            self._queue.append((number, notification))
            closed = self._stopped
            lost = self._queue.popleft() if closed or len(self._queue) > self._capacity else None
            if self._thread is None and not closed:
                self._thread = threading.Thread(target=self._work, name=f"nsi-alarms-{self.channel.name}", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        if lost is not None:
            self._give_up(*lost, CLOSED if closed else f"more than {self._capacity} wait", 0)

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
        for number, notification in left:
            self._give_up(number, notification, CLOSED, 0)

    def again(self) -> int:
        failed = []
        while self.failures and not self._stopped:  # nothing would send them
            failed.append(self.failures.popleft())
        sent = 0
        for number, failure in failed:
            still = failure.notification.unless(self.latest)  # nobody is to be told that something fires whose end was told
            if number is not None:
                over = partial(Kept.sent, number=number, notification=None)
                self._box._writing(over if still is None else partial(Kept.again, number=number))
            if still is not None:
                self.put(still, number)
                sent += 1
        return sent

    def row(self) -> tuple[object, ...]:
        with self._changed:
            return self.name, self._sent, self._retried, len(self._queue) + self._busy, self._failed, self._said

    def said(self) -> str:
        _, sent, _, waiting, _, said = self.row()
        parts = [f"{sent:,} sent"]
        parts += [f"{waiting:,} waiting"] if waiting else []
        parts += [f"{len(self.failures):,} not delivered"] if self.failures else []
        last = self.failures[-1][1].reason if self.failures else said if waiting else ""
        return ", ".join(parts) + (f"; {last}" if last else "")

    def _work(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._queue or self._stopped)
                if not self._queue:
                    return
                (number, notification), self._busy = self._queue.popleft(), True
            self._send(number, notification)

    def _send(self, number: int | None, notification: Notification) -> None:
        for tried in range(1, self._box._tries + 1):
            try:
                self.channel.send(notification)
            except DeliveryError as error:
                said, again, asked = error.message, error.again, error.wait
            except Exception as error:  # the door of a worker: a channel is anybody's code
                log.exception("%s did not take a notification", self.channel.name)
                said, again, asked = f"{self.channel.name}: {type(error).__name__}: {error}".splitlines()[0], True, None
            else:
                if number is not None:
                    self._box._writing(lambda kept: kept.sent(number, notification))
                with self._changed:
                    self._sent, self._failing = self._sent + 1, ""
                    for name in (alert.fingerprint for alert in notification.alerts):
                        self.latest.pop(name, None)
                        self.latest[name] = notification.time
                    for name in list(self.latest)[: max(len(self.latest) - MOST, 0)]:
                        del self.latest[name]
                return
            with self._changed:
                self._said = said
                last = not again or tried == self._box._tries or self._stopped
                if not last:
                    self._retried += 1
                    self._changed.wait_for(lambda: self._stopped, self._pause(tried, asked))
            if last:
                self._give_up(number, notification, said, tried)
                return

    def _pause(self, tried: int, asked: float | None) -> float:
        box = self._box
        return min(asked if asked is not None else box._wait * 2 ** (tried - 1) * (1 + random() / 2), box._longest)  # noqa: S311

    def _give_up(self, number: int | None, notification: Notification, reason: str, tries: int) -> None:
        with self._changed:
            self._failed += 1
            told, self._said, self._failing = reason == self._failing, reason, reason
        failure = Failure(self.name, notification, reason, tries, now())
        self.failures.append((number, failure))
        if not told:  # once, until it gets through or is for another reason
            log.warning("a notification was not sent by %s: %s; `alarms failures` lists all", self.name, reason)
        if number is not None and reason != CLOSED:  # who begins again sends it
            self._box._writing(lambda kept: kept.failed(number, reason, tries, failure.time))
