"""The tables of days: made when samples come, dropped when they are old, counted by a log of what was written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ...core import times

if TYPE_CHECKING:
    import psycopg

DAY = times.span("1d")
NAME = "nsi_day_"
TURN = "select pg_advisory_xact_lock(hashtext(current_schema()))"  # those who make or drop days take turns
ONCE = 50  # days that are made in one transaction: each costs the server two locks
REMEMBERED = "7 days"  # how long keys are kept


def name(day: int) -> str:
    """Give the name of the table of a day, which is counted from 1970.

    Examples
    --------
    >>> name(20_418)
    'nsi_day_2025_11_26'
    """
    return NAME + str(np.datetime64(day, "D")).replace("-", "_")


def moment(micros: int) -> str:
    """Give a time as a constant of SQL, so that the server knows which days it needs before it begins.

    Examples
    --------
    >>> moment(1_500_000), moment(-62_198_755_200_000_000)
    ("timestamptz '1970-01-01T00:00:01.500000+00'", "timestamptz '0002-01-01T00:00:00.000000+00 BC'")
    """
    text = str(np.datetime64(micros, "us"))
    year, rest = int(text[: text.index("-", 1)]), text[text.index("-", 1) :]
    return f"timestamptz '{year:04d}{rest}+00'" if year > 0 else f"timestamptz '{1 - year:04d}{rest}+00 BC'"


def within(day: int) -> str:
    """Give the condition for the samples of a day."""
    return f"time >= {moment(day * DAY)} and time < {moment((day + 1) * DAY)}"


def listed(db: psycopg.Connection) -> list[int]:
    """Give the days that have a table."""
    asked = "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid where inhparent = 'nsi_samples'::regclass"
    texts = [str(text).removeprefix(NAME).replace("_", "-") for (text,) in db.execute(asked)]
    return sorted(int(np.datetime64(text, "D").astype(int)) for text in texts)


def ensure(db: psycopg.Connection, days: Iterable[int]) -> None:
    """Make the tables that are not there; attaching one does not wait for those who read."""
    from psycopg import sql

    wanted = list(days)
    for first in range(0, len(wanted), ONCE):
        with db.transaction():
            db.execute(TURN)
            there = set(listed(db))
            for day in wanted[first : first + ONCE]:
                if day not in there:
                    table = sql.Identifier(name(day))
                    ends = sql.SQL(f"({moment(day * DAY)}) to ({moment((day + 1) * DAY)})")
                    db.execute(sql.SQL("create table {} (like nsi_samples)").format(table))
                    db.execute(sql.SQL("alter table nsi_samples attach partition {} for values from {}").format(table, ends))


def drop(db: psycopg.Connection, day: int) -> None:
    """Drop the table of a day, inside a transaction."""
    from psycopg import sql

    db.execute(sql.SQL("drop table {}").format(sql.Identifier(name(day))))
    db.execute("delete from nsi_written where day = %s", (day,))


def retain(db: psycopg.Connection, before: int) -> int:
    """Drop what is before a time: days as a whole, and the samples of the day in which the time is."""
    from psycopg import sql

    last, rest = divmod(before, DAY)
    gone = 0
    with db.transaction():
        db.execute(TURN)
        db.execute("lock table nsi_samples in access exclusive mode")
        there = listed(db)
        for day in there:
            if day < last:
                found = db.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(name(day)))).fetchone()
                gone += int(found[0]) if found else 0
                drop(db, day)
        cut = rest and last in there
        if cut:
            table = sql.Identifier(name(last))
            count = db.execute(sql.SQL("delete from {} where time < {}").format(table, sql.SQL(moment(before)))).rowcount
            db.execute("insert into nsi_written values (%s, %s, false)", (last, -count))
            gone += count
    if cut:
        db.execute(sql.SQL("vacuum {}").format(sql.Identifier(name(last))))
    return gone


def fold(db: psycopg.Connection) -> None:
    """Join the log of what was written, and forget old keys; one statement each, so nobody sees less or more."""
    db.execute(
        "with old as (delete from nsi_written returning *)"
        " insert into nsi_written select day, sum(rows), open from old group by day, open"
    )
    db.execute("delete from nsi_keys where at < now() - %s::interval", (REMEMBERED,))


def seal(db: psycopg.Connection) -> int:
    """Say how many samples were written since the last time; have the server sum up their days for what is asked."""
    from psycopg import sql

    fold(db)
    asked = (
        "with old as (delete from nsi_written returning *),"
        " new as (insert into nsi_written select day, sum(rows), false from old group by day having sum(rows) <> 0)"
        " select day, sum(rows) from old where open group by day"
    )
    found = [(int(day), int(rows)) for day, rows in db.execute(asked)]
    there = set(listed(db))
    for day in sorted({day for day, _ in found} & there):
        db.execute(sql.SQL("vacuum (analyze) {}").format(sql.Identifier(name(day))))
    return sum(rows for _, rows in found)


def compact(db: psycopg.Connection) -> int:
    """Drop the tables of days that hold nothing, and say how many they were."""
    from psycopg import sql

    fold(db)
    less = 0
    with db.transaction():
        db.execute(TURN)
        db.execute("lock table nsi_samples in access exclusive mode")
        for day in listed(db):
            held = db.execute(sql.SQL("select exists (select from {})").format(sql.Identifier(name(day)))).fetchone()
            if held == (False,):
                drop(db, day)
                less += 1
    return less
