"""What of a store on a server cannot be read back, and how the rest is made to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..store import Damage
from .days import DAY, TURN, listed, moment, name

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

ASIDE = "nsi_aside_"
MISSING = "is missing"


def damages(db: psycopg.Connection) -> tuple[Damage, ...]:
    """Read every day, and compare it with the log of what was written.

    The server finds bytes that changed where its data checksums are on (`initdb --data-checksums`); what somebody deleted or
    added past the store shows in the counts.
    """
    import psycopg
    from psycopg import sql

    found = []
    with db.transaction():
        db.execute("set transaction isolation level repeatable read, read only")
        written = {int(day): int(rows) for day, rows in db.execute("select day, sum(rows) from nsi_written group by day")}
        there = set(listed(db))
        for day in sorted(there | {day for day, rows in written.items() if rows}):
            expected, ends = written.get(day, 0), (day * DAY, (day + 1) * DAY - 1)
            if day not in there:
                found.append(Damage(name(day), MISSING, expected, *ends))
                continue
            asked = "select count(*), count(*) filter (where n.id is null or abs(s.value) = 'Infinity') from {} s"
            asked += " left join nsi_series n on n.id = s.series"
            try:
                with db.transaction():  # a savepoint
                    row = db.execute(sql.SQL(asked).format(sql.Identifier(name(day)))).fetchone()
            except psycopg.Error as error:
                if not unreadable(error):
                    raise
                found.append(Damage(name(day), f"cannot be read: {error.diag.message_primary}", expected, *ends))
                continue
            held, strange = row or (0, 0)
            if strange:
                found.append(Damage(name(day), f"has {strange} samples that are not from a store", expected, *ends))
            elif held != expected:
                found.append(Damage(name(day), f"has {held} samples of {expected} that were acknowledged", expected, *ends))
    return tuple(found)


def repair(db: psycopg.Connection) -> tuple[Damage, ...]:
    """Detach the days that cannot be read, and rename their tables; take the others as they are, and note what is lost."""
    import psycopg
    from psycopg import sql

    found = damages(db)
    for damage in found:
        day = damage.first // DAY
        table = sql.Identifier(damage.where)
        with db.transaction():
            db.execute(TURN)
            db.execute("lock table nsi_samples in access exclusive mode")
            try:
                with db.transaction():
                    held = 0 if damage.what == MISSING else _cleaned(db, table)
            except psycopg.Error as error:
                if not unreadable(error):
                    raise
                held = 0
                _aside(db, day)
            db.execute("delete from nsi_written where day = %s", (day,))
            db.execute("insert into nsi_written values (%s, %s, false)", (day, held))
            ends = sql.SQL(f"{moment(damage.first)}, {moment(damage.last)}")
            lost = sql.SQL("insert into nsi_lost (name, what, rows, first, last) values (%s, %s, %s, {})").format(ends)
            db.execute(lost, (damage.where, damage.what, damage.rows))
    return found


def unreadable(error: psycopg.Error) -> bool:
    """Say whether an error is of bytes that changed, or of files that are gone."""
    return (error.sqlstate or "").startswith(("XX", "58"))


def _cleaned(db: psycopg.Connection, table: sql.Identifier) -> int:
    """Remove what no store wrote, and say how many samples there are."""
    from psycopg import sql

    strange = "delete from {} s where abs(value) = 'Infinity' or not exists (select from nsi_series n where n.id = s.series)"
    db.execute(sql.SQL(strange).format(table))
    found = db.execute(sql.SQL("select count(*) from {}").format(table)).fetchone()
    return int(found[0]) if found else 0


def _aside(db: psycopg.Connection, day: int) -> None:
    """Bring the table of a day out of the way, with a name under which it can be looked at."""
    from psycopg import sql

    number = db.execute("select count(*) from nsi_lost").fetchone()
    old, new = sql.Identifier(name(day)), sql.Identifier(f"{ASIDE}{name(day)}_{number[0] if number else 0}")
    db.execute(sql.SQL("alter table nsi_samples detach partition {}").format(old))
    db.execute(sql.SQL("alter table {} rename to {}").format(old, new))
