"""The store on a server; see `TimeSeriesDatabase`."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ....errors import CheckpointError, SeriesError, StoreError
from ...core.batch import Batch, same_unit
from ...core.series import Series
from ..expressions import on_server
from ..incoming import used
from ..memory import seen
from ..rows import Rows, fingerprint
from ..store import Ack, Ask, Checkpoint, Damage, Parameters
from . import checking, days, questions, statement
from .server import Server
from .wire import packed, sent

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

AWAY = "when it is back, append the batch again with the same key: it may have arrived"
KEPT = "insert into nsi_keys (key, given, token, digest) values (%s, %s, %s, %s)"
COUNTED = "insert into nsi_written values {}"
COPY = 'copy "{}" (time, series, value) from stdin (format binary)'
TEND = 1_000  # appends after which the log of what was written is folded


class PostgresStore:
    """One schema of a database.

    An append is one transaction: the series that are new, the key, how many samples came into which day, and they themselves, by
    a binary COPY; where no series is new, it is one message. The key, one of its own where none was given, tells an append that
    is tried again whether it had arrived.
    """

    def __init__(self, address: str, threads: int | None = None) -> None:
        self._address = address
        self._server = Server(address, threads)
        self._lock = threading.Lock()
        self._known: dict[int, Series] = {}
        self._ids: dict[Any, int] = {}
        self._days: set[int] = set()
        self._appends, self._rows, self._begun = 0, 0, False  # since the days were looked after; whether one was begun
        self._lent: list[psycopg.Connection] = []

    @property
    def address(self) -> str:
        """What opens it again."""
        return self._address

    def append(self, batch: Batch, key: str | None, checkpoints: Sequence[Checkpoint] = ()) -> Ack:
        """Keep a batch; see `Store`."""
        if not len(batch):
            self._server.tried(lambda db: self._move(db, checkpoints), hint=AWAY)
            return Ack(0)
        counts, token = days.counted(batch.time), uuid.uuid4().hex
        try:
            ack = self._server.tried(lambda db: self._write(db, batch, key, token, counts, checkpoints), hint=AWAY)
        except UnicodeError:
            raise SeriesError("a name, a tag, a unit or the key is no Unicode text", "without lone surrogates") from None
        self._appends, self._rows = self._appends + 1, self._rows + len(batch)
        if self._begun or self._appends >= TEND or self._rows >= days.MANY // 4:
            self._appends, self._rows, self._begun = 0, 0, False
            with suppress(StoreError):  # the batch is safe; the next time does it
                self._server.tried(lambda db: days.tend(db, counts), patience=0)
        return ack

    def checkpoints(self, prefix: str) -> Mapping[str, str]:
        """Give checkpoints; see `Store`."""
        asked = "select name, data from nsi_checkpoints where starts_with(name, %s)"
        return self._server.tried(lambda db: dict(db.execute(asked, (prefix,)).fetchall()))

    def known(self) -> Mapping[int, Series]:
        """Give the series by id; see `Store`."""
        return self._server.tried(self._listed)

    def select(self, ask: Ask) -> pa.Table:
        """Answer a question; see `Store`."""
        return self._server.tried(lambda db: questions.select(db, ask))

    def count(self, ask: Ask) -> int:
        """Count samples; see `Store`."""
        return self._server.tried(lambda db: questions.count(db, ask))

    def digest(self, ask: Ask) -> Mapping[int, tuple[int, int]]:
        """Tell samples apart from others; see `Store`."""
        return self._server.tried(lambda db: questions.digest(db, ask))

    def extent(self, ask: Ask) -> tuple[int, int] | None:
        """Give the first and last time; see `Store`."""
        return self._server.tried(lambda db: questions.extent(db, ask))

    def sql(self, text: str, parameters: Parameters | None) -> pa.Table:
        """Answer SQL; see `Store`."""
        return self._server.tried(lambda db: statement.run(db, text, parameters))

    def ibis(self) -> Any:
        """Give the samples as a table of Ibis; see `Store`."""
        db = self._server.tried(lambda _: self._server.connect(read_only=True))
        with self._lock:
            self._lent.append(db)
        return on_server(db)

    def retain(self, before: int) -> int:
        """Drop what is older; see `Store`."""
        return self._server.tried(lambda db: days.retain(db, before))

    def seal(self) -> int:
        """Have the server index and sum up the days that were written to; see `Store`."""
        return self._server.tried(days.seal)

    def compact(self) -> int:
        """Drop the tables of days that hold nothing; see `Store`."""
        return self._server.tried(days.compact)

    def verify(self) -> tuple[Damage, ...]:
        """Read every day, and compare how many samples it has with what was acknowledged; see `Store`."""
        return self._server.tried(checking.damages)

    def repair(self) -> tuple[Damage, ...]:
        """Set the days aside that cannot be read; see `Store`."""
        return self._server.tried(checking.repair)

    def status(self) -> Mapping[str, Any]:
        """Say how much there is; see `Store`."""
        asked = """
            select (select count(*) from nsi_series), (select coalesce(sum(rows), 0) from nsi_written),
                (select coalesce(sum(rows), 0) from nsi_written where open), count(*),
                coalesce(sum(pg_total_relation_size(inhrelid)), 0)
            from pg_inherits where inhparent = 'nsi_samples'::regclass"""
        found = self._server.tried(lambda db: db.execute(asked.encode()).fetchone())
        names = ("series", "rows", "open rows", "days", "bytes")
        return dict(zip(names, map(int, found or ()), strict=True))

    def close(self) -> None:
        """Let everything go; see `Store`."""
        self._server.close()
        with self._lock:
            for db in self._lent:
                db.close()
            self._lent.clear()

    def _write(
        self,
        db: psycopg.Connection,
        batch: Batch,
        key: str | None,
        token: str,
        counts: Mapping[int, int],
        checkpoints: Sequence[Checkpoint],
    ) -> Ack:
        import psycopg

        new = set(counts) - self._days
        if new:
            self._begun |= days.ensure(db, sorted(new))
            self._days |= new
        kinds = used(batch)
        named = key if key is not None else token
        told = None
        try:
            if checkpoints or any(series.key not in self._ids for _, series in kinds):
                db.execute("begin")  # otherwise, the message below is a transaction
                self._listed(db)
            rows = Rows(self._numbered(db, kinds, len(batch.series))[batch.code], batch.time, batch.value)
            told = None if key is None else fingerprint(rows)
            kept = psycopg.ClientCursor(db).mogrify(KEPT, (named, key is not None, token, told))
            count = COUNTED.format(", ".join(f"({day}, {number}, true)" for day, number in counts.items()))
            # samples of one day go into its table, so that the server need not look for it sample by sample
            copy = COPY.format(days.name(min(counts)) if len(counts) == 1 else "nsi_samples")
            if checkpoints:  # they have moved where the key was there
                db.execute(kept.encode())
                _moved(db, checkpoints)
                kept = ""
            sent(db, f"{kept}; {count}; {copy}", packed(rows))
            db.commit()
        except psycopg.errors.UniqueViolation as error:
            db.rollback()
            if error.diag.table_name != "nsi_keys":
                raise
            return _there(db, named, key is not None, token, told, len(batch))
        except (psycopg.errors.CheckViolation, psycopg.errors.UndefinedTable):
            self._days.clear()
            db.rollback()
            raise psycopg.errors.SerializationFailure("a day was dropped meanwhile") from None  # which is tried again
        except BaseException:
            with suppress(psycopg.Error):  # the line may be broken, or busy
                db.rollback()
            raise
        return Ack(len(batch))

    def _move(self, db: psycopg.Connection, checkpoints: Sequence[Checkpoint]) -> None:
        """Move checkpoints alone; where the server goes away meanwhile, whoever moves them looks at where they are."""
        with db.transaction():
            _moved(db, checkpoints)

    def _numbered(self, db: psycopg.Connection, kinds: Sequence[tuple[int, Series]], size: int) -> npt.NDArray[np.int32]:
        """Give the id for each code that is used, inside a transaction; a series, once there, is never changed."""
        table = np.zeros(size, dtype=np.int32)
        ids, known = self._ids, self._known
        new = []
        for code, series in kinds:
            number = ids.get(series.key)
            if number is None:
                new.append((code, series))
            else:
                same_unit(series, known[number].unit)
                table[code] = number
        for code, series in sorted(new, key=lambda kind: kind[1].key):  # in one order, so that nobody waits for one who waits
            table[code], unit = _entered(db, series)
            same_unit(series, unit)
        return table

    def _listed(self, db: psycopg.Connection) -> dict[int, Series]:
        found = db.execute("select count(*) from nsi_series").fetchone()
        if found != (len(self._known),):
            listing = db.execute("select id, name, unit, tags from nsi_series")
            known = {int(n): Series(name, unit, tuple(sorted(tags.items()))) for n, name, unit, tags in listing}
            self._known, self._ids = known, {series.key: number for number, series in known.items()}
        return self._known


def _there(db: psycopg.Connection, named: str, given: bool, token: str, told: bytes | None, rows: int) -> Ack:
    """Answer an append whose key was there before."""
    import psycopg

    found = db.execute("select token, digest from nsi_keys where key = %s and given = %s", (named, given)).fetchone()
    if found is None:
        raise psycopg.errors.SerializationFailure("a key was forgotten meanwhile")  # which is tried again
    if found[0] == token:  # it had arrived before the server went away
        return Ack(rows)
    return seen(named, found[1] == told, rows)


def _moved(db: psycopg.Connection, checkpoints: Sequence[Checkpoint]) -> None:
    """Move checkpoints, inside a transaction."""
    for name, data, before in checkpoints:
        if before is None:
            done = db.execute("insert into nsi_checkpoints values (%s, %s) on conflict do nothing", (name, data))
        else:
            done = db.execute("update nsi_checkpoints set data = %s where name = %s and data = %s", (data, name, before))
        if done.rowcount != 1:
            raise CheckpointError(name)


def _entered(db: psycopg.Connection, series: Series) -> tuple[int, str]:
    """Give the id and the unit of a series, a new one if need be."""
    keys, values = [key for key, _ in series.tags], [value for _, value in series.tags]
    found = db.execute(
        "insert into nsi_series (name, tags, unit) values (%s, hstore(%s::text[], %s::text[]), %s)"
        " on conflict (name, tags) do nothing returning id, unit",
        (series.name, keys, values, series.unit),
    ).fetchone()
    if found is None:
        asked = "select id, unit from nsi_series where name = %s and tags = hstore(%s::text[], %s::text[])"
        found = db.execute(asked, (series.name, keys, values)).fetchone()
    assert found is not None
    return int(found[0]), str(found[1])
