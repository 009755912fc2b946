"""The tables of days: made when samples come, dropped when they are old, counted by a log of what was written.

A day has no index while samples come, for keeping one up costs a third of a COPY. It is given its BRIN by `seal`, or when the day
after the next is begun, or when it is so large that reading it through would take long.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from ...core import times

if TYPE_CHECKING:
    import psycopg

DAY = times.span("1d")
NAME = "nsi_day_"
TURN = "select pg_advisory_xact_lock(hashtext(current_schema()))"  # those who make or drop days, or rewrite the log, take turns
ONCE = 50  # days that are made in one transaction: each costs the server two locks
REMEMBERED = "7 days"  # how long keys are kept
MANY = 4_000_000  # samples of a day without an index: read through in less than half a second
KINDS = "select k.relname from pg_inherits i join pg_class k on k.oid = inhrelid where inhparent = 'nsi_samples'::regclass"
BARE = (
    " and not exists (select from pg_index x join pg_class c on c.oid = x.indexrelid join pg_am a on a.oid = c.relam"
    " where x.indrelid = k.oid and a.amname = 'brin')"
)


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


def counted(time: times.Micros) -> dict[int, int]:
    """Give the days of times, and how many there are of each.

    Examples
    --------
    >>> counted(np.array([-1, 0, 1]))
    {-1: 1, 0: 2}
    """
    if time.min() // DAY == time.max() // DAY:
        return {int(time.min() // DAY): len(time)}
    days, rows = np.unique(time // DAY, return_counts=True)
    return dict(zip(days.tolist(), rows.tolist(), strict=True))


def listed(db: psycopg.Connection, more: str = "") -> list[int]:
    """Give the days that have a table; with `BARE`, those of them that have no index."""
    texts = [str(text).removeprefix(NAME).replace("_", "-") for (text,) in db.execute((KINDS + more).encode())]
    return sorted(int(np.datetime64(text, "D").astype(int)) for text in texts)


def ensure(db: psycopg.Connection, days: Iterable[int]) -> bool:
    """Make the tables that are not there, and say whether any was made; attaching one does not wait for those who read."""
    from psycopg import sql

    wanted, made = list(days), False
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
                    made = True
    return made


def index(db: psycopg.Connection, days: Iterable[int], patience: str = "0") -> None:
    """Make the indexes that are not there; `patience` is how long to wait for those who write, "0" for as long as it takes."""
    from psycopg import errors, sql

    for day in days:
        table = sql.Identifier(name(day))
        with suppress(errors.UndefinedTable, errors.LockNotAvailable), db.transaction():  # dropped; the next time does it
            db.execute("select set_config('lock_timeout', %s, true)", (patience,))
            db.execute(sql.SQL("lock table {} in share update exclusive mode").format(table))  # one of us at a time
            if day in listed(db, BARE):
                db.execute(sql.SQL("create index on {} using brin (time) with (autosummarize = on)").format(table))


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
    with db.transaction():
        db.execute(TURN)  # who drops a day would not see what is written here of it
        db.execute(
            "with old as (delete from nsi_written returning *)"
            " insert into nsi_written select day, sum(rows), open from old group by day, open"
        )
    db.execute("delete from nsi_keys where at < now() - %s::interval", (REMEMBERED,))


def tend(db: psycopg.Connection, busy: Collection[int]) -> None:
    """Fold the log, and index the days that are over or large; one that is `busy` is not over."""
    fold(db)
    bare = listed(db, BARE)
    large = {int(day) for (day,) in db.execute("select day from nsi_written group by day having sum(rows) >= %s", (MANY,))}
    newest = max(listed(db), default=0)
    index(db, [day for day in bare if day in large or (day < newest - 1 and day not in busy)], "1s")


def seal(db: psycopg.Connection) -> int:
    """Say how many samples were written since the last time; have the server index and sum up their days for what is asked."""
    from psycopg import errors, sql

    index(db, listed(db, BARE))
    fold(db)
    asked = (
        "with old as (delete from nsi_written returning *),"
        " new as (insert into nsi_written select day, sum(rows), false from old group by day having sum(rows) <> 0)"
        " select day, sum(rows) from old where open group by day"
    )
    with db.transaction():
        db.execute(TURN)
        found = [(int(day), int(rows)) for day, rows in db.execute(asked)]
    for day, _ in sorted(found):
        with suppress(errors.UndefinedTable):  # dropped, maybe meanwhile
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
