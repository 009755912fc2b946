"""Addresses of servers: what they say, and how they are shown without their password."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ....errors import OptionError

FORM = "postgresql://user@host:5432/database?schema=nsi, the password in PGPASSWORD or ~/.pgpass"
SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,50}")
PATIENT = {  # seconds; TCP says by itself when the other side is gone without a word
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "application_name": "nsi-notebook",
}


def is_server(address: object) -> bool:
    """Say whether an address is one of a server.

    Examples
    --------
    >>> is_server("postgresql://lab@host/measures"), is_server("run-7")
    (True, False)
    """
    return isinstance(address, str) and address.startswith(("postgresql://", "postgres://"))


def masked(address: object) -> str:
    """Give an address as it may be read by others.

    Examples
    --------
    >>> masked("postgresql://lab:secret@host/measures")
    'postgresql://lab:***@host/measures'
    """
    text = str(address)
    if "://" not in text:
        return text
    return re.sub(r"(?<=://)([^:/@]*):.*@", r"\1:***@", re.sub(r"(password=)[^&]*", r"\1***", text))


def parts(address: str) -> tuple[dict[str, Any], str]:
    """Give what libpq is told, and the schema.

    Raises
    ------
    OptionError
        If the address cannot be read; the message does not repeat it, for there may be a password in it.
    """
    from psycopg import Error, conninfo

    place, _, query = address.partition("?")
    asked = dict(parse_qsl(query, keep_blank_values=True))
    schema = asked.pop("schema", "nsi")
    if not SCHEMA.fullmatch(schema) or schema.startswith("pg_"):
        raise OptionError(f"the schema of a store is {schema!r}", "small letters, digits and _, e.g. ?schema=run_7")
    try:
        told = conninfo.conninfo_to_dict(f"{place}?{urlencode(asked)}" if asked else place)
    except (Error, UnicodeError):
        raise OptionError("the address of the server cannot be read", FORM) from None
    return {**PATIENT, **told}, schema
