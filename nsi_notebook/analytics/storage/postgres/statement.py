"""SQL that a person wrote: checked that it only reads, its parameters bound, its answer in Arrow."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from ....errors import OptionError
from ...core import times
from ..duck import ONLY
from ..store import Parameters
from .checking import unreadable
from .server import passing

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

TOKEN = re.compile(
    r"""(?P<quiet>--[^\n]*|[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|\$(?P<tag>[^\W\d]\w*|)\$.*?\$(?P=tag)\$)
    |(?P<open>/\*)|(?P<unicode>[uU]&["'])|"(?P<quoted>(?:[^"]|"")*)"|\$(?P<name>\w+)|(?P<mark>\?)|(?P<word>[^\W\d]\w*)""",
    re.VERBOSE | re.DOTALL,
)
READS = ("select", "with", "values", "table")
# Functions that reach sessions, files, settings, sequences or other servers, or run a text as SQL: which a
# read-only transaction allows
REACHES = re.compile(
    r"(pg_|lo_|dblink).*|lowrite|loread|set_config|current_setting|nextval|setval|.*_to_xml.*|ts_stat|ts_rewrite"
)


def run(db: psycopg.Connection, text: str, parameters: Parameters | None) -> pa.Table:
    """Answer one SELECT.

    Raises
    ------
    OptionError
        If it would write, is more than one statement, or cannot be answered.
    TimeError
        If a parameter is a time without a zone.
    """
    import psycopg

    given, values = bound(text, parameters)
    try:
        with db.transaction(force_rollback=True):
            db.execute("set transaction isolation level repeatable read, read only")
            cursor = psycopg.RawCursor(db)
            # only one SELECT can stand here, as the server itself reads it; binary has it sent apart from its parameters
            cursor.execute(f"declare nsi_asked no scroll cursor for {given}".encode(), values, binary=True)
            cursor.execute(b"fetch all from nsi_asked")
            return _table(cursor)
    except psycopg.Error as error:
        if passing(error) or unreadable(error) or (error.sqlstate or "").startswith("53"):
            raise
        said = error.diag.message_primary or " ".join(str(error).split())
        raise OptionError(f"the SQL cannot be answered: {said}", ONLY) from None
    except (ValueError, OverflowError, UnicodeError) as error:
        raise OptionError(f"the SQL cannot be answered: {' '.join(str(error).split())}", ONLY) from None


def bound(text: str, parameters: Parameters | None) -> tuple[str, list[Any]]:
    """Check the text, and give it with the server's own marks for parameters, and these.

    Examples
    --------
    >>> bound("select '$a', $a, $a", {"a": 1})
    ("select '$a', $1, $1", [1])
    """
    if not isinstance(text, str) or not text.strip():
        raise OptionError(f"the SQL is {text!r}", ONLY)
    named = isinstance(parameters, Mapping)
    values = list(parameters.values()) if isinstance(parameters, Mapping) else list(parameters or ())
    for value in values:
        if isinstance(value, datetime | np.datetime64):
            times.instant(value)
    given = parameters if isinstance(parameters, Mapping) else range(1, len(values) + 1)
    names = {str(name): n + 1 for n, name in enumerate(given)}
    out, at, marks, words, used = [], 0, 0, 0, set()
    while (token := TOKEN.search(text, at)) is not None:
        before = text[at : token.start()]
        if not words and before.strip().strip("("):
            break
        out.append(before)
        at = token.end()
        said = token[0]
        if token["open"]:
            at = _remark(text, at)
            said = " "
        elif token["unicode"]:
            raise OptionError("SQL here has no U& texts", "write the letters themselves")
        elif token["name"] or (token["mark"] and not named and parameters is not None):
            marks += 1
            number = names.get(token["name"] or str(marks))
            if number is None:
                name = token["name"]
                said = f"the SQL cannot be answered: it has ${name or marks}, and no value is given for it"
                raise OptionError(said, f"parameters={{'{name}': ...}}" if name else "one for each")
            used.add(number)
            said = f"${number}"
        elif token["quoted"] is not None or token["word"]:
            word = (token["word"] or token["quoted"]).lower()
            if not words and (token["quoted"] is not None or word not in READS):
                break
            words += 1
            if REACHES.fullmatch(word):
                raise OptionError(f"SQL here only reads samples and series; {word} is beyond them", ONLY)
        out.append(said)
    if not words:
        raise OptionError("SQL here only reads, one SELECT at a time: this is no SELECT", ONLY)
    if used != set(range(1, len(values) + 1)):
        raise OptionError(
            f"the SQL cannot be answered: {len(values)} parameters are given, and it has {len(used)}", "one for each"
        )
    return "".join(out) + text[at:], values


def _remark(text: str, at: int) -> int:
    """Give the end of a remark, in which others may be nested."""
    deep = 1
    while deep:
        found = re.compile(r"/\*|\*/").search(text, at)
        if found is None:
            raise OptionError("this is no SQL: a remark /* has no end", ONLY)
        deep += 1 if found[0] == "/*" else -1
        at = found.end()
    return at


def _table(cursor: psycopg.Cursor) -> pa.Table:
    """Give the rows as Arrow, each column of the type that says most of it."""
    import pyarrow as pa

    columns = cursor.description or []
    rows = cursor.fetchall()
    kinds = cursor.adapters.types
    arrays = [
        _column(kinds.get(column.type_code), column.type_code, [row[n] for row in rows]) for n, column in enumerate(columns)
    ]
    return pa.Table.from_arrays(arrays, names=[column.name for column in columns])


def _column(kind: psycopg.types.TypeInfo | None, code: int, values: list[Any]) -> pa.Array:
    import pyarrow as pa

    simple = {
        "bool": pa.bool_(),
        "int2": pa.int16(),
        "int4": pa.int32(),
        "int8": pa.int64(),
        "float4": pa.float32(),
        "float8": pa.float64(),
        "text": pa.string(),
        "varchar": pa.string(),
        "timestamptz": pa.timestamp("us", "UTC"),
        "timestamp": pa.timestamp("us"),
        "date": pa.date32(),
        "time": pa.time64("us"),
        "interval": pa.duration("us"),
        "bytea": pa.binary(),
    }
    name = "" if kind is None else kind.name
    if kind is not None and code != kind.oid:  # an array of these
        return pa.array(values)
    if name in simple:
        return pa.array(values, simple[name])
    if name == "hstore":
        return pa.array([None if value is None else list(value.items()) for value in values], pa.map_(pa.string(), pa.string()))
    if name == "numeric":
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    told = json.dumps if name in ("json", "jsonb") else str
    return pa.array([None if value is None else told(value) for value in values], pa.string())
