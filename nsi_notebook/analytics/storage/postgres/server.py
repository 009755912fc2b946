"""Connections to a server, lent to one thread at a time; what it cannot do because it is away is tried again."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from ....errors import MissingExtraError, NsiError, StoreError
from .address import masked, parts
from .checking import unreadable
from .form import prepare

if TYPE_CHECKING:
    import psycopg

T = TypeVar("T")

PATIENCE = 60.0  # seconds to wait for a server that went away
PAUSES = 0.05, 2.0  # seconds, the first and the longest between two tries
HINT = "is it running, and is the address right?"
IDLE = 4  # connections to keep
AWAY = ("08", "57")  # classes of errors: the connection is lost; an operator intervenes
AGAIN = ("40001", "40P01", "53300")  # conflict, deadlock, too many connections


class Server:
    """One database of a server, and the schema of a store in it.

    Parameters
    ----------
    address : str
        "postgresql://user@host:5432/database?schema=nsi".
    threads : int, optional
        Of one query.
    """

    def __init__(self, address: str, threads: int | None = None) -> None:
        try:
            import psycopg  # noqa: F401
        except ImportError as error:
            raise MissingExtraError("a store on PostgreSQL", "psycopg", "postgres") from error
        self.shown = masked(address)
        self._told, self.schema = parts(address)
        self._pid, self._lock = os.getpid(), threading.Lock()
        self._idle: list[psycopg.Connection] = []
        self._closed = False
        self._threads, self._path = threads, ""
        self._tags: Any = None
        self._path, self._tags = self.tried(self._prepared, patience=0)
        self._forget()  # it has not the path of the store

    def tried(self, work: Callable[[psycopg.Connection], T], patience: float | None = None, hint: str = HINT) -> T:
        """Do something on a connection, again and again while the server is away.

        Raises
        ------
        StoreError
            If it stays away, or cannot do it.
        """
        import psycopg

        begun, pause = time.monotonic(), PAUSES[0]
        longest = PATIENCE if patience is None else patience
        while True:
            try:
                with self._lent() as db:
                    return work(db)
            except psycopg.Error as error:
                if unreadable(error):
                    raise StoreError(f"the store cannot be read: {self.line(error)}", "verify() says what is damaged") from None
                if not passing(error):
                    raise StoreError(f"{self.shown} cannot do it: {self.line(error)}", "what was acknowledged is kept") from None
                said, waited = self.line(error), time.monotonic() - begun
            self._forget()
            if waited + pause > longest:
                since = f" for {waited:.0f} s" if waited > 1 else ""
                raise StoreError(f"{self.shown} cannot be reached{since}: {said}", hint)
            time.sleep(pause)
            pause = min(2 * pause, PAUSES[1])

    def connect(self, read_only: bool = False) -> psycopg.Connection:
        """Open a connection that is not lent to others."""
        import psycopg
        from psycopg.types.hstore import register_hstore

        db: psycopg.Connection = psycopg.connect(**self._told, autocommit=True)
        settings = ["set timezone = 'UTC'", "set client_encoding = 'UTF8'", "set standard_conforming_strings = on"]
        if self._path:
            settings.append(f"set search_path = {self._path}")
        if read_only:
            settings.append("set default_transaction_read_only = on")
        if self._threads is not None:
            settings.append(f"set max_parallel_workers_per_gather = {max(0, int(self._threads) - 1)}")
        # an acknowledgement says that the samples are on the disk
        settings.append(
            "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'"
        )
        try:
            db.execute("; ".join(settings).encode())
            if self._tags is not None:
                register_hstore(self._tags, db)
        except BaseException:
            db.close()
            raise
        return db

    def line(self, error: BaseException) -> str:
        """Give what an error says in one line, without the password."""
        said = " ".join(str(error).split())
        secret = self._told.get("password")
        return re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "***", said) if secret else said

    def close(self) -> None:
        """Close all connections that are not lent; those that are, when they come back."""
        self._closed = True
        self._forget()

    def _prepared(self, db: psycopg.Connection) -> tuple[str, Any]:
        from psycopg.types import TypeInfo

        path = prepare(db, self.schema)
        with db.transaction():
            db.execute(f"set local search_path = {path}".encode())
            return path, TypeInfo.fetch(db, "hstore")

    @contextmanager
    def _lent(self) -> Iterator[psycopg.Connection]:
        from psycopg.pq import TransactionStatus

        if os.getpid() != self._pid:
            raise StoreError(f"{self.shown} was opened before this process was forked", "open it again here")
        with self._lock:
            db = self._idle.pop() if self._idle else None
        if db is None:
            db = self.connect()
        whole = False
        try:
            yield db
            whole = True
        except NsiError:
            whole = True  # refused by us: the connection is fine
            raise
        finally:
            whole = whole and not db.closed and db.info.transaction_status == TransactionStatus.IDLE
            with self._lock:
                keep = whole and not self._closed and len(self._idle) < IDLE
                if keep:
                    self._idle.append(db)
            if not keep:
                db.close()

    def _forget(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for db in idle:
            db.close()


def passing(error: Any) -> bool:
    """Say whether an error may be gone at the next try."""
    import psycopg

    state = error.sqlstate
    if state is None:
        return isinstance(error, psycopg.OperationalError)
    return bool(state.startswith(AWAY) and state != "57014") or state in AGAIN
