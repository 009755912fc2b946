"""What is asked of the tables of a server, in its SQL, with the answers that the other stores give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...core import times
from ...core.levels import level
from ..aggregates import COUNTS, KNOWN, centred
from ..rows import Rows, schema, to_arrow
from ..store import Ask
from .days import DAY, moment, within
from .wire import EPOCH, SERIES, TIME, VALUE, unpacked

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

MICROS = "(extract(epoch from time) * 1000000)::bigint"
SAID = KNOWN | {
    "first": "(array_agg(value order by time, value) filter (where value is not null))[1]",
    "last": "(array_agg(value order by time desc, value desc) filter (where value is not null))[1]",
    "median": "percentile_cont(0.5) within group (order by value)",
}


def select(db: psycopg.Connection, ask: Ask) -> pa.Table:
    """Answer a question; see `Store.select`."""
    import pyarrow as pa

    if not ask.agg:
        order = "order by series, time, value"
        found = _copied(db, f"select time, series, coalesce(value, 'NaN') {_given(ask)} {order}", [TIME, SERIES, VALUE])
        time = found["time"].astype(np.int64) + EPOCH
        return to_arrow(Rows(found["series"].astype(np.int32), time, found["value"].astype(np.float64)))
    columns, groups = [SERIES], ["series"]
    if ask.step is not None:
        columns.append(TIME)
        groups.append(f"date_bin(interval '1 microsecond' * {ask.step}, time, {moment(_origin(ask.step))})")
    given = _given(ask)
    if "slope" in ask.agg:
        keys = ["series", "step"][: len(groups)]
        rows = f"select {', '.join(f'{each} as {key}' for each, key in zip(groups, keys, strict=True))}, time, value {given}"
        given, groups = f"from ({centred(rows, MICROS, keys)}) c", keys
    said = [_said(name) if name in COUNTS else f"coalesce({_said(name)}, 'NaN')" for name in ask.agg]
    columns += [(name, "i8" if name in COUNTS else "f8") for name in ask.agg]
    places = ", ".join(str(n + 1) for n in range(len(groups)))
    text = f"select {', '.join([*groups, *said])} {given} group by {places} order by {places}"
    found = _copied(db, text, columns)
    out = {"series": pa.array(found["series"].astype(np.int32))}
    if ask.step is not None:
        out["time"] = pa.array(found["time"].astype(np.int64) + EPOCH).cast(schema().field("time").type)
    for name, kind in columns[len(groups) :]:
        native = found[name].astype(kind)
        out[name] = pa.array(native, mask=np.isnan(native) if kind == "f8" else None)
    return pa.table(out)


def count(db: psycopg.Connection, ask: Ask) -> int:
    """Count samples: whole days of all series from the log of what was written, the rest by reading."""
    if ask.ids is not None:
        return _number(db, f"select count(*) {_given(ask)}")
    first = None if ask.since is None else -(-ask.since // DAY)
    last = None if ask.until is None else ask.until // DAY
    if first is not None and last is not None and first >= last:
        return _number(db, f"select count(*) {_given(ask)}")
    whole = [f"day >= {first}"] if first is not None else []
    whole += [f"day < {last}"] if last is not None else []
    parts = [f"select coalesce(sum(rows), 0)::bigint from nsi_written where {' and '.join(whole) or 'true'}"]  # noqa: S608 - numbers
    if first is not None and ask.since != first * DAY:
        parts.append(f"select count(*) {_given(Ask(None, ask.since, first * DAY))}")
    if last is not None and ask.until != last * DAY:
        parts.append(f"select count(*) {_given(Ask(None, last * DAY, ask.until))}")
    return _number(db, f"select {' + '.join(f'({part})' for part in parts)}")  # one statement, one snapshot


def digest(db: psycopg.Connection, ask: Ask) -> dict[int, tuple[int, int]]:
    """Tell samples apart from others, by the server's own hash of a row; see `Store.digest`."""
    text = f"select series, count(*), sum(hash_record_extended(row(time, value), 0)) {_given(ask)} group by series"
    return {int(series): (int(rows), int(total)) for series, rows, total in db.execute(text.encode())}


def extent(db: psycopg.Connection, ask: Ask) -> tuple[int, int] | None:
    """Give the first and last time: read from the days at the ends, inwards until there are samples of the series."""
    days = [int(day) for (day,) in db.execute("select day from nsi_written group by day having sum(rows) > 0 order by day")]
    ends = []
    for way, wanted in ((days, "min"), (days[::-1], "max")):
        for day in way:
            among = "" if ask.ids is None else f" and {_among(ask.ids)}"
            text = f"select {wanted}(time) from nsi_samples where {within(day)}{among} having count(*) > 0"  # noqa: S608 - numbers
            found = _copied(db, text, [TIME])
            if len(found):
                ends.append(int(found["time"][0]) + EPOCH)
                break
        else:
            return None
    return ends[0], ends[1]


def _said(name: str) -> str:
    return SAID[name] if name in SAID else f"percentile_cont({level(name, SAID)}) within group (order by value)"


def _origin(step: int) -> int:
    """Give a boundary of steps before every time: servers differ in what they do before the origin."""
    return times.FIRST // step * step


def _given(ask: Ask) -> str:
    where = [] if ask.ids is None else [_among(ask.ids)]
    where += [] if ask.since is None else [f"time >= {moment(ask.since)}"]
    where += [] if ask.until is None else [f"time < {moment(ask.until)}"]
    return "from nsi_samples" + (f" where {' and '.join(where)}" if where else "")


def _among(ids: tuple[int, ...]) -> str:
    return f"series in ({', '.join(map(str, ids))})" if ids else "false"


def _copied(db: psycopg.Connection, text: str, columns: list[tuple[str, str]]) -> np.ndarray:
    with db.cursor() as cursor, cursor.copy(f"copy ({text}) to stdout (format binary)".encode()) as copy:
        return unpacked(copy, columns)


def _number(db: psycopg.Connection, text: str) -> int:
    found = db.execute(text.encode()).fetchone()
    assert found is not None
    return int(found[0])
