"""What an outbox was given and what became of it, in a file: a kill loses none of it, and nothing is told twice."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from ....errors import FileError
from ...storage.catalogue import logged_ahead
from .notices import Notification

PATIENCE = 10.0  # seconds to wait for another process
MOST = 10_000  # that are remembered; those that wait always are
State: TypeAlias = Literal["waiting", "sent", "failed"]
_TABLE = """create table if not exists told (
    id integer primary key autoincrement, lane text not null, identity text not null, state text not null,
    reason text not null default '', tries integer not null default 0, time integer not null default 0, said text not null
)"""

_ADD = "insert into told (lane, identity, state, said) values (?, ?, 'waiting', ?)"


class Row(NamedTuple):
    """A notification for a channel that was not sent: that waits, or failed."""

    id: int
    lane: str
    state: State
    reason: str
    tries: int
    time: int
    notification: Notification


class Kept:
    """A file of SQLite; many processes may have it open.

    What is written is safe when the process is killed. It is not forced to the disk each time, so that nothing waits for that.

    Parameters
    ----------
    path : pathlib.Path
        Made if it is not there.

    Raises
    ------
    FileError
        If it cannot be read and written, or is something else.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._added = 0
        with self._failing():
            self._db = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            with self._failing():
                logged_ahead(self._db, PATIENCE)
                self._db.execute("pragma synchronous = normal")
                self._db.execute(_TABLE)
                self._forget()
        except FileError:
            self._db.close()
            raise

    def known(self) -> set[tuple[str, str]]:
        """Give the channel and the identity of all that is remembered."""
        with self._failing():
            return set(self._db.execute("select lane, identity from told"))

    def rows(self) -> list[Row]:
        """Give what was not sent, oldest first."""
        asked = "select id, lane, state, reason, tries, time, said from told where state != 'sent' order by id"
        with self._failing():
            found = self._db.execute(asked).fetchall()
            return [Row._make((*told, Notification.from_dict(json.loads(said)))) for *told, said in found]

    def add(self, lane: str, notification: Notification) -> int:
        """Take a notification that waits for a channel; give its number."""
        said = json.dumps(notification.to_dict())
        with self._failing():
            self._added += 1
            if self._added % 1000 == 0:
                self._forget()
            told = self._db.execute(_ADD, (lane, notification.identity, said))
            return told.lastrowid or 0

    def latest(self, lane: str) -> dict[str, int]:
        """Give when a channel was last sent news of each alert, by fingerprint: of what is remembered."""
        asked = "select said from told where lane = ? and state = 'sent' and said != ''"
        with self._failing():
            told = [json.loads(said) for (said,) in self._db.execute(asked, (lane,))]
        return {name: time for time, names in sorted(told) for name in names}

    def sent(self, number: int, notification: Notification | None) -> None:
        """Take one as sent; or, without what was sent, as one that need not be any more."""
        said = [] if notification is None else [notification.time, [alert.fingerprint for alert in notification.alerts]]
        with self._failing():
            self._db.execute("update told set state = 'sent', said = ? where id = ?", (json.dumps(said) if said else "", number))

    def failed(self, number: int, reason: str, tries: int, time: int) -> None:
        """Take one as given up."""
        told = (reason, tries, time, number)
        with self._failing():
            self._db.execute("update told set state = 'failed', reason = ?, tries = ?, time = ? where id = ?", told)

    def again(self, number: int) -> None:
        """Take one that failed as waiting."""
        with self._failing():
            self._db.execute("update told set state = 'waiting' where id = ?", (number,))

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def _forget(self) -> None:
        self._db.execute("delete from told where state != 'waiting' and id <= (select max(id) from told) - ?", (MOST,))

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Have one statement at a time, and turn what SQLite says into one line."""
        with self._lock:
            try:
                yield
            except (sqlite3.Error, ValueError, KeyError) as error:
                said = f"{self._path} cannot keep notifications: {str(error).splitlines()[0]}"
                raise FileError(said, "a place that you may write to; a damaged file can be moved away") from None
