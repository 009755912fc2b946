"""The SQLite file of a folder store: its log of open batches, its list of series and of sealed files."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ...errors import CheckpointError, StoreError
from ..core.batch import same_unit
from ..core.series import Series
from .place import GUARD
from .store import Checkpoint

OURS = 0x6E736974  # pragma application_id
PAGE = 16_384
LOG = 8_192  # pages, so 128 MB: what is sealed before it is full is written once, and need not be copied
PATIENCE = 60.0  # seconds to wait for another process

STEPS: tuple[str, ...] = (
    """
    create table series (
        id integer primary key, name text not null, tags text not null, unit text not null, unique (name, tags));
    create table batches (
        id integer primary key autoincrement, rows integer not null, first integer not null, last integer not null,
        crc integer not null, data blob not null);
    create table files (
        id integer primary key autoincrement, name text not null unique, rows integer not null, first integer not null,
        last integer not null, size integer not null, digest blob not null, spans blob not null);
    create table keys (key text primary key, digest blob not null, at integer not null) without rowid;
    create table lost (
        name text not null, what text not null, rows integer not null, first integer not null, last integer not null,
        at integer not null);
    """,
    "create table checkpoints (name text primary key, data text not null) without rowid",
)


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, which may be new: every commit is on the disk when it returns.

    Raises
    ------
    StoreError
        If it is no catalogue, or damaged.
    """
    with failing(path):
        db = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            for setting in (
                f"page_size = {PAGE}",
                "auto_vacuum = incremental",
                "synchronous = full",
                f"wal_autocheckpoint = {LOG}",
                f"journal_size_limit = {LOG * PAGE}",
                "cache_size = -16384",
                "secure_delete = off",  # Debian's SQLite has it on: it writes zeros over what was sealed, as much as came in
            ):
                db.execute(f"pragma {setting}").fetchall()
            # Asked of SQLite, never read from the file: closing the file would drop the locks of this whole process on it
            if db.execute("pragma journal_mode").fetchone() != ("wal",):
                with guarded(path.with_name(GUARD)):
                    if logged_ahead(db, PATIENCE) != ("wal",):
                        raise StoreError(f"{path.parent} is on a file system without shared memory", "a folder on a local disk")
        except BaseException:
            db.close()
            raise
    return db


def logged_ahead(db: sqlite3.Connection, patience: float) -> object:
    """Switch to a write-ahead log, and give the kind that it has then.

    Another process that looks which log there is, or begins it, is waited for: SQLite does not do so by itself here.

    Parameters
    ----------
    db : sqlite3.Connection
    patience : float
        Seconds that it may take.
    """
    until = time.monotonic() + patience
    while True:
        try:
            return db.execute("pragma journal_mode = wal").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.002)


def upgrade(db: sqlite3.Connection, path: Path, steps: Sequence[str] = STEPS) -> None:
    """Bring the tables to the newest form: `user_version` counts the steps that were taken.

    Raises
    ------
    StoreError
        If the file is not ours, or newer than this program.
    """
    with failing(path):
        db.execute("begin immediate")
        try:
            (version,), (owner,) = db.execute("pragma user_version").fetchone(), db.execute("pragma application_id").fetchone()
            if version and owner != OURS:
                raise StoreError(f"{path} belongs to another program", "another folder")
            if version > len(steps):
                raise StoreError(f"{path} is of form {version}; this version reads up to {len(steps)}", "a newer nsi-notebook")
            for step in steps[version:]:
                for statement in step.split(";"):
                    db.execute(statement)
            db.execute(f"pragma user_version = {len(steps)}")
            db.execute(f"pragma application_id = {OURS}")
            db.execute("commit")
        except BaseException:
            db.execute("rollback")
            raise


@contextmanager
def failing(path: Path) -> Iterator[None]:
    """Turn what SQLite and the disk say into errors of ours."""
    try:
        yield
    except sqlite3.Error as error:
        said = str(error)
        if "locked" in said:
            raise StoreError(f"{path} has been locked by another process for {PATIENCE:.0f} s", "end that process") from None
        if "full" in said or "disk I/O" in said or "readonly" in said:
            hint = "space on the disk or in the quota; what was acknowledged is kept"
            raise StoreError(f"{path} cannot be written: {said}", hint) from None
        if "not a database" in said or "malformed" in said:
            raise StoreError(f"{path} is damaged: {said}", "a copy of it; the files under sealed/ are ordinary Parquet") from None
        raise StoreError(f"{path} cannot be used: {said}", "verify() says what is damaged") from None
    except OSError as error:
        said = error.strerror or str(error)
        raise StoreError(f"{path.parent} cannot be read or written: {said}", "what was acknowledged is kept") from None


@contextmanager
def transaction(db: sqlite3.Connection, kind: str = "immediate") -> Iterator[None]:
    """Do all or nothing."""
    db.execute(f"begin {kind}")
    try:
        yield
        db.execute("commit")
    except BaseException:
        if db.in_transaction:
            db.execute("rollback")
        raise


@contextmanager
def guarded(path: Path, wait: bool = True) -> Iterator[bool]:
    """Be the only one, of all processes, who makes or removes files of a store; the lock goes with the process that holds it.

    Yields
    ------
    bool
        False if another one is at it, and it was not to be waited for.
    """
    db = sqlite3.connect(path, timeout=PATIENCE if wait else 0.0, isolation_level=None, check_same_thread=False)
    try:
        try:
            db.execute("begin exclusive")
        except sqlite3.OperationalError:
            if wait:
                raise
            yield False
            return
        yield True
    finally:
        db.close()


def enter(db: sqlite3.Connection, series: Series) -> int:
    """Give the id of a series, a new one if need be, inside a transaction.

    Raises
    ------
    SeriesError
        If it is there in another unit.
    """
    tags = json.dumps(series.tags, ensure_ascii=False)
    found = db.execute("select id, unit from series where name = ? and tags = ?", (series.name, tags)).fetchone()
    if found is None:
        db.execute("insert into series (name, tags, unit) values (?, ?, ?)", (series.name, tags, series.unit))
        return int(db.execute("select last_insert_rowid()").fetchone()[0])
    same_unit(series, found[1])
    return int(found[0])


def move(db: sqlite3.Connection, checkpoints: Sequence[Checkpoint]) -> None:
    """Move checkpoints, inside a transaction.

    Raises
    ------
    CheckpointError
        If one is not where it was.
    """
    for name, data, before in checkpoints:
        if before is None:
            done = db.execute("insert or ignore into checkpoints values (?, ?)", (name, data))
        else:
            done = db.execute("update checkpoints set data = ? where name = ? and data = ?", (data, name, before))
        if done.rowcount != 1:
            raise CheckpointError(name)


def listed(db: sqlite3.Connection, after: int = 0) -> dict[int, Series]:
    """Give the series by id, those with a larger one than `after`: they are never changed or dropped."""
    found = db.execute("select id, name, unit, tags from series where id > ? order by id", (after,))
    return {n: Series(name, unit, tuple((key, value) for key, value in json.loads(tags))) for n, name, unit, tags in found}
