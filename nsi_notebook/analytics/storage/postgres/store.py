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
from ..rows import Rows, digest, encode
from ..store import Ack, Ask, Checkpoint, Damage, Parameters
from . import checking, days, questions, statement
from .server import Server
from .wire import FIRST, packed

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

AWAY = "when it is back, append the batch again with the same key: it may have arrived"
COPY = "copy {} (time, series, value) from stdin (format binary)"
FOLD = 1_000  # appends after which the log of what was written is folded


class PostgresStore:
    """One schema of a database.

    An append is one transaction: the series that are new, the key, how many samples came into which day, and they themselves, by
    a binary COPY. The key, one of its own where none was given, tells an append that is tried again whether it had arrived.
    """

    def __init__(self, address: str, threads: int | None = None) -> None:
        self._address = address
        self._server = Server(address, threads)
        self._lock = threading.Lock()
        self._known: dict[int, Series] = {}
        self._ids: dict[Any, int] = {}
        self._days: set[int] = set()
        self._appends = 0
        self._lent: list[psycopg.Connection] = []

    @property
    def address(self) -> str:
        """What opens it again."""
        return self._address

    def append(self, batch: Batch, key: str | None, checkpoints: Sequence[Checkpoint] = ()) -> Ack:
        """Keep a batch; see `Store`."""
        if batch.time.min() < FIRST:
            raise SeriesError("a sample is from before 4714 BC, which PostgreSQL does not know", "the folder store keeps it")
        day, rows = np.unique(batch.time // days.DAY, return_counts=True)
        counts, token = dict(zip(day.tolist(), rows.tolist(), strict=True)), uuid.uuid4().hex
        try:
            ack = self._server.tried(lambda db: self._write(db, batch, key, token, counts, checkpoints), hint=AWAY)
        except UnicodeError:
            raise SeriesError("a name, a tag, a unit or the key is no Unicode text", "without lone surrogates") from None
        self._appends += 1
        if self._appends % FOLD == 0:
            with suppress(StoreError):  # the batch is safe; the next time does it
                self._server.tried(days.fold, patience=0)
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
        """Have the server sum up the days that were written to; see `Store`."""
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
            days.ensure(db, sorted(new))
            self._days |= new
        try:
            ack = self._begun(db, batch, key, token, counts)
            if ack is None:
                _moved(db, checkpoints)
                self._copied(db, batch, list(counts))
                ack = Ack(len(batch))
            db.commit()
        except (psycopg.errors.CheckViolation, psycopg.errors.UndefinedTable):
            self._days.clear()
            db.rollback()
            raise psycopg.errors.SerializationFailure("a day was dropped meanwhile") from None  # which is tried again
        except BaseException:
            if not db.closed:
                db.rollback()
            raise
        return ack

    def _begun(self, db: psycopg.Connection, batch: Batch, key: str | None, token: str, counts: Mapping[int, int]) -> Ack | None:
        """Begin a transaction with all but the samples; give the Ack where they were there before."""
        import psycopg

        begin = "begin; "
        told = None
        if key is not None or any(series.key not in self._ids for _, series in used(batch)):
            db.execute("begin")
            begin, table = "", self._numbered(db, batch)
            told = None if key is None else digest(encode(Rows(table[batch.code], batch.time, batch.value)))
        named = key if key is not None else token
        asked = (
            "with new as (insert into nsi_keys (key, given, token, digest) values (%s, %s, %s, %s)"
            " on conflict do nothing returning 1), counted as (insert into nsi_written select day, rows, true"
            " from new, unnest(%s::integer[], %s::bigint[]) as t (day, rows)) select count(*) from new"
        )
        cursor = psycopg.ClientCursor(db)  # parameters in the text, so that it goes with `begin` in one message
        cursor.execute(begin + asked, (named, key is not None, token, told, list(counts), list(counts.values())))
        while cursor.nextset():
            pass
        if cursor.fetchone() != (0,):
            return None
        found = db.execute(
            "select token, digest from nsi_keys where key = %s and given = %s", (named, key is not None)
        ).fetchone()
        if found is not None and found[0] == token:  # it had arrived before the server went away
            return Ack(len(batch))
        return seen(named, found is not None and found[1] == told, len(batch))

    def _copied(self, db: psycopg.Connection, batch: Batch, named: list[int]) -> None:
        """Write the samples; those of one day into its table, so that the server need not look for it sample by sample."""
        from psycopg import sql

        table = self._numbered(db, batch)
        rows = Rows(table[batch.code], batch.time, batch.value)
        into = sql.Identifier(days.name(named[0]) if len(named) == 1 else "nsi_samples")
        with db.cursor() as cursor, cursor.copy(sql.SQL(COPY).format(into)) as copy:
            for piece in packed(rows):
                copy.write(piece)

    def _numbered(self, db: psycopg.Connection, batch: Batch) -> npt.NDArray[np.int32]:
        """Give the id for each code that is used, inside a transaction; a series, once there, is never changed."""
        table = np.zeros(len(batch.series), dtype=np.int32)
        kinds = sorted(used(batch), key=lambda kind: kind[1].key)  # in one order, so that nobody waits for one who waits
        if any(series.key not in self._ids for _, series in kinds):
            self._listed(db)
        ids, known = self._ids, self._known
        for code, series in kinds:
            number = ids.get(series.key)
            if number is None:
                number, unit = _entered(db, series)
            else:
                unit = known[number].unit
            same_unit(series, unit)
            table[code] = number
        return table

    def _listed(self, db: psycopg.Connection) -> dict[int, Series]:
        found = db.execute("select count(*) from nsi_series").fetchone()
        if found != (len(self._known),):
            listing = db.execute("select id, name, unit, tags from nsi_series")
            known = {int(n): Series(name, unit, tuple(sorted(tags.items()))) for n, name, unit, tags in listing}
            self._known, self._ids = known, {series.key: number for number, series in known.items()}
        return self._known


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
