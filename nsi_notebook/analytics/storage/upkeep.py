"""What makes and removes the files of a folder store; whoever does it holds the guard, and every change is one transaction."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from ..core import times
from . import sealing
from .catalogue import transaction
from .place import ASIDE, CATALOGUE
from .rows import Rows, crc, pack, unpack
from .segments import Sealed
from .store import Damage

Lock = AbstractContextManager[object]

REMEMBERED = times.span("7d")  # how long keys are kept
FREE = 4096  # pages, so 64 MB
SMALL = 8  # so many small files are joined when something is sealed


def collect(db: sqlite3.Connection, folder: Path, lock: Lock | None = None) -> int:
    """Remove files that the catalogue does not name: who wrote or dropped them was killed, for the guard is ours."""
    with lock or nullcontext():
        named = {name for (name,) in db.execute("select name from files")}
    orphans = [path for path in folder.iterdir() if path.name not in named]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)


def seal(db: sqlite3.Connection, lock: Lock, folder: Path) -> int:
    """Bring the open batches into files; damaged ones stay where they are."""
    with lock:
        db.execute("delete from keys where at < ?", (times.now() - REMEMBERED,))
        waiting = db.execute("select id, rows from batches order by id").fetchall()
    total = 0
    for ids in _portions(waiting):
        whole = {}
        for number in ids:
            with lock:  # anew for each, so that an append need not wait for all: nobody else removes them, for the guard is ours
                told, data = db.execute("select crc, data from batches where id = ?", (number,)).fetchone()
            if crc(data) == told:
                whole[number] = unpack(data)
        if whole:
            total += _swap(db, lock, folder, Rows.joined(whole.values()), [], list(whole))
    with lock:  # pages that are free are used again; the disk gets back what is beyond a few
        free = db.execute("pragma freelist_count").fetchone()[0]
        if free > FREE:
            db.executescript(f"pragma incremental_vacuum({free - FREE})")  # `execute` would free one page
    return total


def compact(db: sqlite3.Connection, lock: Lock, folder: Path, least: int = 2) -> int:
    """Join small files that follow one another in time."""
    small = sorted((f for f in _files(db, lock, folder) if 2 * f.rows <= sealing.FULL), key=lambda file: (file.first, file.id))
    less = 0
    if len(small) < least:
        return 0
    numbers = {file.id: file for file in small}
    for ids in _portions([(file.id, file.rows) for file in small]):
        if len(ids) > 1:
            files = [numbers[n] for n in ids]
            _swap(db, lock, folder, Rows.joined(sealing.read(file) for file in files), files, [])
            less += len(files) - 1
    return less


def tidy(db: sqlite3.Connection, lock: Lock, folder: Path) -> None:
    """Seal, and join small files once there are some."""
    seal(db, lock, folder)
    compact(db, lock, folder, SMALL)


def retain(db: sqlite3.Connection, lock: Lock, folder: Path, before: int) -> int:
    """Drop samples before a time, and give the space back; what is damaged stays, if it reaches beyond that time."""
    gone = 0
    for file in _files(db, lock, folder):
        if file.last < before:
            gone += file.rows
            _swap(db, lock, folder, None, [file], [])
        elif file.first < before and sealing.fault(file) is None:
            rows = sealing.read(file).within(None, before, None)
            gone += file.rows - len(rows)
            _swap(db, lock, folder, rows, [file], [])
    with lock, transaction(db):
        gone += int(db.execute("select coalesce(sum(rows), 0) from batches where last < ?", (before,)).fetchone()[0])
        db.execute("delete from batches where last < ?", (before,))
        for number, count in db.execute("select id, rows from batches where first < ?", (before,)).fetchall():
            told, data = db.execute("select crc, data from batches where id = ?", (number,)).fetchone()
            if crc(data) == told:
                rows = unpack(data).within(None, before, None)
                gone += count - len(rows)
                data = pack(rows)
                news = (len(rows), int(rows.time.min()), int(rows.time.max()), crc(data), data)
                db.execute("delete from batches where id = ?", (number,))
                db.execute("insert into batches (rows, first, last, crc, data) values (?, ?, ?, ?, ?)", news)
    with lock:
        db.executescript("pragma incremental_vacuum")
        db.execute("pragma wal_checkpoint(truncate)").fetchall()  # what others still read stays
    return gone


def damages(db: sqlite3.Connection, folder: Path, lock: Lock | None = None) -> tuple[Damage, ...]:
    """Compare everything with its checksum."""
    lock = lock or nullcontext()
    with lock:
        said = [text for (text,) in db.execute("pragma quick_check")]
    found = [Damage(CATALOGUE, f"is damaged: {text}") for text in said if text != "ok"]
    for file in _files(db, lock, folder):
        damage = sealing.fault(file)
        if damage is not None and _named(db, lock, file):  # not one that was joined meanwhile
            found.append(damage)
    with lock:
        open_ = db.execute("select id, rows, first, last, crc, data from batches order by id")
        for number, rows, first, last, told, data in open_:
            if crc(data) != told:
                found.append(Damage(f"open batch {number} in {CATALOGUE}", "is not as it was written", rows, first, last))
    return tuple(found)


def repair(db: sqlite3.Connection, lock: Lock, folder: Path) -> tuple[Damage, ...]:
    """Bring damaged files and batches to the folder `quarantine`, and note in the catalogue what is lost."""
    aside = folder.parent / ASIDE
    found = damages(db, folder, lock)
    for damage in found:
        if not damage.rows:
            continue  # the catalogue itself: SQLite's own tools are for that
        aside.mkdir(exist_ok=True)
        with lock, transaction(db):
            if damage.where.startswith("sealed/"):
                name = damage.where.removeprefix("sealed/")
                if (folder / name).exists():
                    shutil.copyfile(folder / name, aside / name)
                db.execute("delete from files where name = ?", (name,))
            else:
                number = int(damage.where.split()[2])
                (data,) = db.execute("select data from batches where id = ?", (number,)).fetchone()
                (aside / f"batch-{number}.bin").write_bytes(data)
                db.execute("delete from batches where id = ?", (number,))
            lost = (damage.where, damage.what, damage.rows, damage.first, damage.last, times.now())
            db.execute("insert into lost values (?, ?, ?, ?, ?, ?)", lost)
    collect(db, folder, lock)
    return found


def _swap(
    db: sqlite3.Connection, lock: Lock, folder: Path, rows: Rows | None, old: Sequence[Sealed], batches: Sequence[int]
) -> int:
    """Put one new file, if there are rows, in the place of old files and batches."""
    new = sealing.write(folder, rows.ordered()) if rows is not None and len(rows) else None
    with lock, transaction(db):
        if new is not None:
            db.execute(
                "insert into files (name, rows, first, last, size, digest, spans) values (?, ?, ?, ?, ?, ?, ?)", sealing.row(new)
            )
        db.executemany("delete from files where id = ?", [(file.id,) for file in old])
        db.executemany("delete from batches where id = ?", [(number,) for number in batches])
    for file in old:
        file.path.unlink(missing_ok=True)
    return 0 if new is None else new.rows


def _files(db: sqlite3.Connection, lock: Lock, folder: Path) -> list[Sealed]:
    with lock:
        return sealing.listed(folder, db.execute(sealing.LIST).fetchall(), {})


def _named(db: sqlite3.Connection, lock: Lock, file: Sealed) -> bool:
    with lock:
        return db.execute("select 1 from files where id = ?", (file.id,)).fetchone() is not None


def _portions(sized: Iterable[tuple[int, int]]) -> Iterator[list[int]]:
    """Cut what has a size into runs of at most `FULL` samples, or one."""
    run: list[int] = []
    total = 0
    for number, rows in sized:
        if run and total + rows > sealing.FULL:
            yield run
            run, total = [], 0
        run.append(number)
        total += rows
    if run:
        yield run
