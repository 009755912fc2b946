"""The store in a folder: SQLite for what comes in, Parquet for what lasts, DuckDB for what is asked."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from ...errors import NsiError, StoreError
from ..core import times
from ..core.batch import Batch
from ..core.series import Series
from . import catalogue, sealing, upkeep
from .catalogue import failing, transaction
from .duck import Duck, unreadable
from .expressions import on_duckdb
from .incoming import used
from .memory import seen
from .place import CATALOGUE, GUARD, SEALED, prepare
from .rows import Rows, crc, fingerprint, pack, unpack
from .segments import Sealed, Segments
from .snapshot import Snapshot, Touched
from .store import Ack, Ask, Checkpoint, Damage, Parameters

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")

CACHE = 128 << 20  # bytes of parts of sealed files to keep in memory
BATCHES = 1_000  # open batches, or `sealing.FULL` samples, after which they are sealed
TRIES = 5  # of a question while files are joined or dropped under it; during the last one they are not


class FolderStore:
    """One folder; see `TimeSeriesDatabase`.

    An append is one transaction of SQLite, whose commit is on the disk. Sealing writes the open batches, by series and time, as a
    Parquet file, and then swaps the batches for the name of the file in one transaction: whoever reads sees the one or the other.
    """

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self._path = path.expanduser().absolute()
        self._real = self._path.resolve()
        prepare(self._real)
        self._file, self._guard, self._sealed = self._real / CATALOGUE, self._real / GUARD, self._real / SEALED
        self._pid = os.getpid()
        self._writing, self._reading, self._keeping = threading.RLock(), threading.RLock(), threading.RLock()
        self._writer = catalogue.connect(self._file)
        try:
            catalogue.upgrade(self._writer, self._file)
        except BaseException:
            self._writer.close()
            raise
        self._reader = catalogue.connect(self._file)
        self._duck, self._segments = Duck(self._sealed, threads), Segments(CACHE)
        self._numbers: tuple[tuple[Series, ...], npt.NDArray[np.int32]] = (), np.empty(0, dtype=np.int32)  # of the last batch
        self._ids: dict[Series, int] = {}
        self._open: dict[int, tuple[int, int, Rows | None]] = {}  # None for one that is damaged
        self._last, self._version = Snapshot({}, [], []), -1
        self._proven: dict[int, tuple[int, int] | None] = {}
        self._since_sealing = [0, 0]  # batches and samples
        self._sealer: threading.Thread | None = None
        self._trouble: NsiError | None = None
        with failing(self._guard), catalogue.guarded(self._guard, wait=False) as alone:
            if alone:
                upkeep.collect(self._reader, self._sealed)

    @property
    def address(self) -> str:
        """What opens it again."""
        return str(self._path)

    def append(self, batch: Batch, key: str | None, checkpoints: Sequence[Checkpoint] = ()) -> Ack:
        """Keep a batch; see `Store`."""
        self._here()
        with self._writing, failing(self._file):
            with transaction(self._writer):
                if not len(batch):
                    catalogue.move(self._writer, checkpoints)
                    return Ack(0)
                table, ids = self._numbered(batch)
                rows = Rows(ids, batch.time, batch.value)
                if key is not None:
                    told = fingerprint(rows)
                    found = self._writer.execute("select digest from keys where key = ?", (key,)).fetchone()
                    if found is not None:
                        return seen(key, found[0] == told, len(batch))
                    self._writer.execute("insert into keys values (?, ?, ?)", (key, told, times.now()))
                catalogue.move(self._writer, checkpoints)
                data = pack(rows)
                self._writer.execute(
                    "insert into batches (rows, first, last, crc, data) values (?, ?, ?, ?, ?)",
                    (len(batch), int(batch.time.min()), int(batch.time.max()), crc(data), data),
                )
            if table is not self._numbers[1]:  # they stay: a series, once there, is never changed
                self._numbers = batch.series, table
                self._ids.update((series, number) for series, number in zip(batch.series, table.tolist(), strict=True) if number)
            self._since_sealing[0] += 1
            self._since_sealing[1] += len(batch)
        self._seal_some()
        return Ack(len(batch))

    def checkpoints(self, prefix: str) -> Mapping[str, str]:
        """Give checkpoints; see `Store`."""
        self._here()
        with self._reading, failing(self._file):
            asked = "select name, data from checkpoints where substr(name, 1, ?) = ?"
            return dict(self._reader.execute(asked, (len(prefix), prefix)))

    def known(self) -> Mapping[int, Series]:
        """Give the series by id; see `Store`."""
        return self._snapshot().known

    def select(self, ask: Ask) -> pa.Table:
        """Answer a question; see `Store`."""
        return self._asked(ask, lambda snapshot: snapshot.select(self._duck, self._segments, ask))

    def count(self, ask: Ask) -> int:
        """Count samples; see `Store`."""
        if ask == Ask():
            return self._total()
        return self._asked(ask, lambda snapshot: snapshot.count(self._segments, ask), Snapshot.cut)

    def digest(self, ask: Ask) -> Mapping[int, tuple[int, int]]:
        """Tell samples apart from others; see `Store`."""
        return self._asked(ask, lambda snapshot: snapshot.digest(self._segments, ask))

    def extent(self, ask: Ask) -> tuple[int, int] | None:
        """Give the first and last time; see `Store`."""
        return self._asked(Ask(ask.ids), lambda snapshot: snapshot.extent(ask), lambda *_: ())

    def sql(self, text: str, parameters: Parameters | None) -> pa.Table:
        """Answer SQL; see `Store`."""
        return self._asked(Ask(), lambda snapshot: snapshot.sql(self._duck, text, parameters))

    def ibis(self) -> Any:
        """Give the samples as a table of Ibis; see `Store`."""
        return on_duckdb(self._duck, lambda: self._asked(Ask(), lambda snapshot: snapshot))

    def retain(self, before: int) -> int:
        """Drop what is older; see `Store`."""
        return self._kept(lambda: upkeep.retain(self._writer, self._writing, self._sealed, before))

    def seal(self) -> int:
        """Seal what is open; see `Store`."""
        return self._kept(lambda: upkeep.seal(self._writer, self._writing, self._sealed))

    def compact(self) -> int:
        """Join small files; see `Store`."""
        return self._kept(lambda: upkeep.compact(self._writer, self._writing, self._sealed))

    def verify(self) -> tuple[Damage, ...]:
        """Read everything back; see `Store`."""
        self._here()
        with self._reading, failing(self._file):
            return upkeep.damages(self._reader, self._sealed)

    def repair(self) -> tuple[Damage, ...]:
        """Set damage aside; see `Store`."""
        return self._kept(lambda: upkeep.repair(self._writer, self._writing, self._sealed))

    def status(self) -> Mapping[str, Any]:
        """Say how much there is; see `Store`."""
        self._here()
        with self._reading, failing(self._file):
            asked = "select (select count(*) from series), (select count(*) from files), coalesce(sum(rows), 0) from batches"
            series, files, waiting = self._reader.execute(asked).fetchone()
        size = 0
        for path in (*self._real.glob("*.sqlite*"), *self._sealed.iterdir()):
            with suppress(FileNotFoundError):  # joined or dropped since it was listed
                size += path.stat().st_size
        told = {"series": series, "rows": self._total(), "open rows": waiting, "files": files, "bytes": size}
        return told if self._trouble is None else {**told, "trouble": str(self._trouble)}

    def close(self) -> None:
        """Wait for sealing, and let everything go; see `Store`."""
        if self._sealer is not None:
            self._sealer.join()
        with self._writing, self._reading:
            self._duck.close()
            self._writer.close()
            self._reader.close()

    def _numbered(self, batch: Batch) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Give the id for each code that is used, and of each sample; inside a transaction, where there may be new ones."""
        given, table = self._numbers  # most batches have the series of the last one
        if given == batch.series:
            ids = table[batch.code]
            if ids.min():
                return table, ids
        table = np.zeros(len(batch.series), dtype=np.int32)
        for code, series in used(batch):
            table[code] = self._ids.get(series) or catalogue.enter(self._writer, series)
        return table, table[batch.code]

    def _here(self) -> None:
        if os.getpid() != self._pid:
            raise StoreError(f"{self._path} was opened before this process was forked", "open it again here")

    def _total(self) -> int:
        self._here()
        with self._reading, failing(self._file):
            asked = "select (select coalesce(sum(rows), 0) from files) + (select coalesce(sum(rows), 0) from batches)"
            return int(self._reader.execute(asked).fetchone()[0])  # one statement, one snapshot

    def _snapshot(self) -> Snapshot:
        """Give what is there now; what was there before is not read again."""
        self._here()
        with self._reading, failing(self._file):
            with transaction(self._reader, "deferred"):
                version = self._reader.execute("pragma data_version").fetchone()[0]
                if version == self._version:  # nobody committed since
                    return self._last
                known = {**self._last.known, **catalogue.listed(self._reader, max(self._last.known, default=0))}
                files = sealing.listed(self._sealed, self._reader.execute(sealing.LIST), {f.id: f for f in self._last.sealed})
                open_ = {number: self._batch(number) for (number,) in self._reader.execute("select id from batches order by id")}
            tail = [(first, last, rows) for first, last, rows in open_.values() if rows is not None]
            torn = [(first, last, f"open batch {n} in {CATALOGUE}") for n, (first, last, rows) in open_.items() if rows is None]
            self._open, self._last, self._version = open_, Snapshot(known, files, tail, torn), version
            self._proven = {file.id: self._proven[file.id] for file in files if file.id in self._proven}
            return self._last

    def _batch(self, number: int) -> tuple[int, int, Rows | None]:
        """Give an open batch; a batch that is there is changed only by `retain`, which gives it a new number."""
        if number in self._open:
            return self._open[number]
        asked = "select first, last, crc, data from batches where id = ?"
        first, last, told, data = self._reader.execute(asked, (number,)).fetchone()
        return first, last, unpack(data) if crc(data) == told else None

    def _asked(
        self, ask: Ask, answer: Callable[[Snapshot], T], read: Callable[[Snapshot, Ask], Iterable[Touched]] = Snapshot.touched
    ) -> T:
        """Answer from a snapshot; from a newer one, where a file of it was joined or dropped meanwhile.

        `read` says which files the answer needs; those it does not may be damaged.
        """
        import duckdb
        import pyarrow as pa

        for left in reversed(range(TRIES)):
            with self._still() if left == 0 else nullcontext():
                snapshot = self._snapshot()
                files = [file for file, _ in read(snapshot, ask)]
                try:
                    snapshot.sound(ask)
                    self._prove(files)
                    return answer(snapshot)
                except (duckdb.Error, pa.ArrowException, OSError, StoreError) as error:
                    now = {file.id for file in self._snapshot().sealed}
                    if all(file.id in now for file in snapshot.sealed):
                        self._prove(files)
                        raise error if isinstance(error, StoreError) else unreadable(error) from error
        raise StoreError(f"the files of {self._path} changed {TRIES} times while they were read", "ask again")

    @contextmanager
    def _still(self) -> Iterator[None]:
        """Let nobody make or remove files meanwhile: writers that seal all the time would keep a slow reader from its answer."""
        with failing(self._guard), catalogue.guarded(self._guard):
            yield

    def _prove(self, files: Sequence[Sealed]) -> None:
        """Compare files with their digests, where this process did not yet, or somebody wrote into them since."""
        for file in files:
            stamp = sealing.stamp(file)
            if stamp is None or self._proven.get(file.id) != stamp:
                sealing.proven([file])
                self._proven[file.id] = stamp

    def _kept(self, work: Callable[[], T]) -> T:
        """Do what makes or removes files, one at a time among all threads and processes."""
        self._here()
        with self._keeping, failing(self._file), catalogue.guarded(self._guard):
            upkeep.collect(self._writer, self._sealed, self._writing)
            found = work()
        self._trouble = None
        return found

    def _seal_some(self) -> None:
        """Begin to seal in the background once enough is open; wait where it does not keep pace."""
        batches, rows = self._since_sealing
        if batches < BATCHES and rows < sealing.FULL:
            return
        before = self._sealer
        if before is not None and before.is_alive():
            if batches < 4 * BATCHES and rows < 4 * sealing.FULL:
                return
            before.join()
        with self._writing:
            if self._sealer is not before:  # another thread was first
                return
            self._since_sealing = [0, 0]
            self._sealer = threading.Thread(target=self._sealing, name="nsi-seal", daemon=True)
            self._sealer.start()

    def _sealing(self) -> None:
        try:
            self._kept(lambda: upkeep.tidy(self._writer, self._writing, self._sealed))
        except NsiError as error:  # nothing is lost: the batches stay open, and the next time tries again
            self._trouble = error
