"""DuckDB in memory as the engine of queries: it reads the sealed files and Arrow tables, and can reach nothing else."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import OptionError, StoreError
from ..core import times
from .store import Parameters

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

READS = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
ONLY = "one SELECT on samples(time, series, value, unit, tags, id) and series(id, name, unit, tags)"


def literal(text: object) -> str:
    """Quote a text for SQL."""
    return "'" + str(text).replace("'", "''") + "'"


class Duck:
    """A database in memory, with a cursor of its own for every question.

    Parameters
    ----------
    folder : pathlib.Path, optional
        The only one from which it may read.
    threads : int, optional
        As many as the computer has, if not said.
    """

    def __init__(self, folder: Path | None = None, threads: int | None = None) -> None:
        self._folder, self._threads = folder, threads
        self._lock = threading.Lock()
        self._root: duckdb.DuckDBPyConnection | None = None
        self._lent: list[duckdb.DuckDBPyConnection] = []

    def run(
        self, text: str, parameters: Parameters | None, tables: Mapping[str, pa.Table], views: Mapping[str, str] | None = None
    ) -> pa.Table:
        """Answer a SELECT on these tables and views."""
        cursor = self._cursor()
        try:
            for name, table in tables.items():
                cursor.register(name, table)
            for name, query in (views or {}).items():
                cursor.execute(f"create temp view {name} as {query}").fetchall()
            return _in_utc(cursor.sql(text, params=parameters).to_arrow_table())
        finally:
            cursor.close()

    def ask(self, text: str, parameters: Parameters | None, tables: Mapping[str, pa.Table], views: Mapping[str, str]) -> pa.Table:
        """Answer what a person wrote, if it only reads.

        Raises
        ------
        OptionError
            If it would write, is more than one statement, or is no SQL.
        TimeError
            If a parameter is a time without a zone.
        """
        import duckdb

        self._only_reads(text)
        for value in parameters.values() if isinstance(parameters, Mapping) else parameters or ():
            if isinstance(value, datetime | np.datetime64):
                times.instant(value)
        try:
            return self.run(text, parameters, tables, views)
        except (duckdb.IOException, duckdb.HTTPException, duckdb.OutOfMemoryException, duckdb.InternalException):
            raise
        except (duckdb.Error, RuntimeError) as error:
            raise OptionError(f"the SQL cannot be answered: {_line(error)}", ONLY) from None

    def close(self) -> None:
        """Let it go."""
        with self._lock:
            for db in self._lent if self._root is None else (self._root, *self._lent):
                db.close()
            self._root, self._lent = None, []

    def lend(self) -> duckdb.DuckDBPyConnection:
        """Give a database of its own, which ends with this one; `restrict` it once it is set up."""
        db = self._opened()
        with self._lock:
            self._lent.append(db)
        return db

    def restrict(self, db: duckdb.DuckDBPyConnection) -> None:
        """Keep a database from everything but the folder, for good."""
        for setting in (
            "timezone = 'UTC'",
            "parquet_metadata_cache = true",
            "autoinstall_known_extensions = false",
            f"allowed_directories = [{literal(self._folder)}]" if self._folder else "allowed_directories = []",
            "enable_external_access = false",
            "lock_configuration = true",
        ):
            db.execute(f"set {setting}").fetchall()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._root is None:
                self._root = self._opened()
                self.restrict(self._root)
            return self._root.cursor()

    def _opened(self) -> duckdb.DuckDBPyConnection:
        import duckdb

        return duckdb.connect(config={} if self._threads is None else {"threads": self._threads})

    def _only_reads(self, text: str) -> None:
        """Refuse what is not one SELECT: COPY, too, may stand in a WITH, and a read-only transaction does not stop it."""
        if not isinstance(text, str) or not text.strip():
            raise OptionError(f"the SQL is {text!r}", ONLY)
        found = self.run("select json_serialize_sql(?)", [text], {})
        tree = json.loads(found.column(0)[0].as_py())
        if tree["error"] and tree["error_type"] == "parser":
            raise OptionError(f"this is no SQL: {_line(tree['error_message'])}", ONLY)
        if tree["error"] or len(tree["statements"]) != 1:
            said = "this is no SELECT" if tree["error"] else f"these are {len(tree['statements'])} statements"
            raise OptionError(f"SQL here only reads, one SELECT at a time: {said}", ONLY)
        writes = sorted({kind for kind in _nodes(tree) if kind not in READS})
        if writes:
            said = ", ".join(kind.removesuffix("_NODE").removesuffix("_QUERY") for kind in writes)
            raise OptionError(f"SQL here only reads; this would {said} before it selects", ONLY)


def _nodes(tree: Any) -> Iterator[str]:
    """Give the types of all query nodes in a parsed statement."""
    if isinstance(tree, dict):
        kind = tree.get("type")
        if isinstance(kind, str) and kind.endswith("_NODE"):
            yield kind
        tree = list(tree.values())
    if isinstance(tree, list):
        for part in tree:
            yield from _nodes(part)


def _in_utc(table: pa.Table) -> pa.Table:
    """Name the zone of aware times as everywhere here; DuckDB has another name for it."""
    import pyarrow as pa

    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz:
            table = table.set_column(place, field.name, table.column(place).cast(pa.timestamp(field.type.unit, "UTC")))
    return table


def _line(error: object) -> str:
    return " ".join(str(error).split("\n\n")[0].split())


def unreadable(error: Exception) -> StoreError:
    """Make the error for what DuckDB or Arrow could not read or hold."""
    return StoreError(f"the store cannot be read: {_line(error)}", "verify() says what is damaged, repair() sets it aside")
