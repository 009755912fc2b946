"""The tables of a store on a server, and how they are brought to the newest form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ....errors import StoreError

if TYPE_CHECKING:
    import psycopg

LEAST = 150_000

# A key is one that was given, or made for a single append; `token` tells whose append it was. `nsi_written` is a log of how many
# samples came into which day (or, negative, left it): folded now and then, it is what the days must hold.
STEPS: tuple[str, ...] = (
    """
    create table nsi_series (
        id integer generated always as identity primary key, name text not null, tags hstore not null, unit text not null,
        unique (name, tags));
    create table nsi_samples (time timestamptz not null, series integer not null, value double precision)
        partition by range (time);
    create index nsi_samples_time on nsi_samples using brin (time) with (autosummarize = on);
    create table nsi_keys (
        key text not null, given boolean not null, token text not null, digest bytea, at timestamptz not null default now(),
        primary key (key, given));
    create table nsi_written (day integer not null, rows bigint not null, open boolean not null);
    create table nsi_lost (
        name text not null, what text not null, rows bigint not null, first timestamptz not null, last timestamptz not null,
        at timestamptz not null default now());
    create view series as select id, name, unit, tags from nsi_series;
    create view samples as
        select s.time, n.name as series, s.value, n.unit, n.tags, s.series as id
        from nsi_samples s join nsi_series n on n.id = s.series;
    """,
    "create table nsi_checkpoints (name text primary key, data text not null)",
)


def prepare(db: psycopg.Connection, schema: str, steps: Sequence[str] = STEPS) -> str:
    """Make or upgrade the tables, and give the path on which they and their types are found.

    Raises
    ------
    StoreError
        If the server is too old, the schema is not ours or newer than this program, or the role may not make it.
    """
    from psycopg import errors, sql

    if db.info.server_version < LEAST:
        raise StoreError(f"the server is PostgreSQL {db.info.server_version // 10_000}", f"{LEAST // 10_000} or newer")
    with db.transaction():
        db.execute("select pg_advisory_xact_lock(hashtext('nsi-notebook'))")  # all who open a store in this database take turns
        try:
            path = f"{schema}, {_types(db)}"
            made = db.execute("select 1 from pg_namespace where nspname = %s", (schema,)).fetchone()
            if made is None:
                db.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
            db.execute(sql.SQL("set local search_path = {}").format(sql.SQL(path)))
            form = _form(db, schema)
            if form > len(steps):
                raise StoreError(
                    f"schema {schema} is of form {form}; this version reads up to {len(steps)}", "a newer nsi-notebook"
                )
            for step in steps[form:]:
                db.execute(step.encode())
            if form < len(steps):
                db.execute("create table if not exists nsi_store (form integer not null)")
                db.execute("delete from nsi_store")
                db.execute("insert into nsi_store values (%s)", (len(steps),))
        except errors.InsufficientPrivilege as error:
            hint = "a role that may create schemas and the extension hstore, for the first time"
            raise StoreError(f"the store cannot be made: {error.diag.message_primary}", hint) from None
        except (errors.UndefinedFile, errors.FeatureNotSupported) as error:
            raise StoreError(f"the server has no hstore: {error.diag.message_primary}", "install postgresql-contrib") from None
        except errors.DuplicateTable as error:
            hint = "another schema: ?schema=run_7"
            raise StoreError(f"schema {schema} belongs to another program: {error.diag.message_primary}", hint) from None
        except errors.UndefinedTable as error:
            raise StoreError(f"schema {schema} is damaged: {error.diag.message_primary}", "a backup of it") from None
    return path


def _types(db: psycopg.Connection) -> str:
    """Give the schema of the extension whose type the tags have, after making it if it is not there."""
    asked = (
        "select quote_ident(n.nspname) from pg_extension e join pg_namespace n on n.oid = e.extnamespace where extname = 'hstore'"
    )
    found = db.execute(asked).fetchone()
    if found is None:
        db.execute("create extension hstore")
        found = db.execute(asked).fetchone()
    assert found is not None
    return str(found[0])


def _form(db: psycopg.Connection, schema: str) -> int:
    there = db.execute("select 1 from pg_class where relname = 'nsi_store' and relnamespace = %s::regnamespace", (schema,))
    if there.fetchone() is None:
        return 0
    found = db.execute("select form from nsi_store").fetchone()
    return 0 if found is None else int(found[0])
