"""Samples as a table of Ibis: one expression runs on every store."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from ...errors import MissingExtraError
from .duck import Duck
from .snapshot import Snapshot

if TYPE_CHECKING:
    import psycopg

# Ibis has the maps of PostgreSQL in jsonb
SAMPLES = "select time, series, value, unit, hstore_to_jsonb(tags) as tags, id from samples"


def on_duckdb(duck: Duck, snapshot: Callable[[], Snapshot]) -> Any:
    """Give the table of what DuckDB reads: each time that it is asked, of what the store holds then."""
    _needed()
    db = duck.lend()
    seen: list[Snapshot] = []

    def refresh() -> None:
        now = snapshot()
        if seen != [now]:
            tables, views = now.tables()
            for name, table in tables.items():
                db.register(name, table)
            for name, query in views.items():
                db.execute(f"create or replace temp view {name} as {query}").fetchall()
            seen[:] = [now]

    refresh()
    backend = _live().from_connection(db)
    duck.restrict(db)
    backend.refresh = refresh
    return backend.table("samples")


def on_server(db: psycopg.Connection) -> Any:
    """Give the table of a server, whose connection is for nothing else and only reads."""
    _needed()
    import ibis

    columns = {"time": "timestamp('UTC', 6)", "series": "string", "value": "float64", "unit": "string"}
    schema = ibis.schema({**columns, "tags": "map<string, string>", "id": "int32"})
    return _postgres().from_connection(db).sql(SAMPLES, schema=schema)


@cache
def _postgres() -> Any:
    from ibis.backends.postgres import Backend
    from ibis.backends.sql.compilers import PostgresCompiler
    from ibis.expr import operations

    class Compiler(PostgresCompiler):  # type: ignore[misc, unused-ignore]
        """What looks into a map; Ibis 12 asks whether the map contains the key as JSON, which it is not."""

        SIMPLE_OPS: ClassVar = {operations.MapContains: "jsonb_exists"}

        def visit_MapGet(self, op: Any, *, arg: Any, key: Any, default: Any) -> Any:  # noqa: N802 - the name is of Ibis
            return self.cast(self.f.coalesce(self.f.jsonb_extract_path_text(arg, key), default), op.dtype)

    class Server(Backend):  # type: ignore[misc, unused-ignore]
        """PostgreSQL, one backend for each store."""

        compiler = Compiler()

        @cached_property
        def db_identity(self) -> str:
            """Tell stores apart, so that an expression of two is refused."""
            return f"nsi-{id(self)}"

    return Server


def _needed() -> None:
    try:
        import ibis  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("an expression of Ibis", "ibis-framework", "ibis") from error


@cache
def _live() -> Any:
    from ibis.backends.duckdb import Backend

    class Live(Backend):  # type: ignore[misc, unused-ignore]
        """DuckDB, whose tables are brought up to date before an expression becomes SQL."""

        refresh: Callable[[], None]

        @cached_property
        def db_identity(self) -> str:
            """Tell stores apart, so that an expression of two is refused."""
            return f"nsi-{id(self)}"

        def compile(self, expr: Any, /, **options: Any) -> Any:
            self.refresh()
            return super().compile(expr, **options)

    return Live
