"""PostgreSQL's binary COPY, both ways, by structured dtypes of NumPy: no row is looked at by Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..rows import Rows

if TYPE_CHECKING:
    import psycopg

EPOCH = 946_684_800_000_000  # 2000-01-01, from which the server counts
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
PIECE = 1 << 16  # rows that are packed at a time, so that they stay in the cache of the processor
TIME, SERIES, VALUE = ("time", "i8"), ("series", "i4"), ("value", "f8")


def layout(columns: Sequence[tuple[str, str]]) -> np.dtype[Any]:
    """Give the dtype of a row: how many fields, then the length and the bytes of each, the largest byte first.

    Examples
    --------
    >>> layout([("time", "i8")]).itemsize
    14
    """
    fields = [part for name, kind in columns for part in ((f"length of {name}", ">i4"), (name, f">{kind}"))]
    return np.dtype([("fields", ">i2"), *fields])


def packed(rows: Rows) -> Iterator[bytes]:
    """Give what COPY reads into (time, series, value); a missing value is null."""
    yield HEADER
    gone = np.isnan(rows.value)
    some = gone.any()
    yield from _pieces(rows.take(~gone) if some else rows, [TIME, SERIES, VALUE])
    if some:
        yield from _pieces(rows.take(gone), [TIME, SERIES])
    yield TRAILER


def _pieces(rows: Rows, columns: Sequence[tuple[str, str]]) -> Iterator[bytes]:
    null = len(columns) < 3
    kind = np.dtype([*layout(columns).descr, ("null", ">i4")]) if null else layout(columns)
    piece = np.zeros(min(PIECE, len(rows)), dtype=kind)
    piece["fields"] = 3
    for name, field in columns:
        piece[f"length of {name}"] = np.dtype(field).itemsize
    if null:
        piece["null"] = -1
    for first in range(0, len(rows), PIECE):
        part = rows.take(slice(first, first + PIECE))
        out = piece[: len(part)]
        out["time"] = part.time - EPOCH
        for name, _ in columns[1:]:
            out[name] = getattr(part, name)
        yield out.tobytes()


def sent(db: psycopg.Connection, text: str, pieces: Iterator[bytes]) -> None:
    """Run statements, of which the last is a COPY from here, by one message: outside a transaction, they are one.

    A cursor of psycopg would need a message for the statements, one for the COPY, and those of the transaction.
    """
    from psycopg import errors, generators, pq
    from psycopg.copy import LibpqWriter

    db.pgconn.send_query(text.encode())
    first = list(islice(pieces, 2))  # packed while the server works
    result = db.wait(generators.execute(db.pgconn))[-1]
    if result.status != pq.ExecStatus.COPY_IN:
        raise errors.error_from_result(result)
    writer = LibpqWriter(db.cursor())
    try:
        for piece in chain(first, pieces):
            writer.write(piece)
    except BaseException as error:
        with suppress(errors.Error):  # the line may be broken
            writer.finish(error)  # the server forgets what it got
        raise
    writer.finish()


def unpacked(found: Iterable[Any], columns: Sequence[tuple[str, str]]) -> npt.NDArray[Any]:
    """Give the rows that COPY wrote, of columns that are never null; times count from 2000."""
    data = b"".join(found)
    kind = layout(columns)
    return np.frombuffer(data, kind, (len(data) - len(HEADER) - len(TRAILER)) // kind.itemsize, len(HEADER))
