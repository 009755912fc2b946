"""What really happened, as it is told to a backtest: moments and spans of time, in texts or a file."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ....errors import FileError, OptionError, TimeError, warn
from ...core import times
from .reading import moment
from .rules import Rules


class Event(NamedTuple):
    """Something that really happened, and of which an alarm is right; microseconds since 1970-01-01 UTC."""

    start: int
    end: int
    rule: str = ""  # of any, if none is named

    @classmethod
    def of(cls, text: str) -> Event:
        """Read a moment, a start and an end, or a start and a duration.

        Raises
        ------
        TimeError
            If a time cannot be read, or has no zone.

        Examples
        --------
        >>> event = Event.of("2026-11-09T08:00:00Z/2h")
        >>> (event.end - event.start) // 10**6
        7200
        """
        first, _, last = text.partition("/")
        try:
            start = moment(first)
            return cls(start, start if not last else moment(last) if "-" in last else start + times.span(last))
        except TimeError as error:
            raise TimeError(f"the event {text!r}: {error.message}", "a moment, start/end or start/2h, with zones") from None


def read(given: Iterable[Event | str] | str | Path, rules: Rules, since: int, until: int) -> list[Event]:
    """Read what happened.

    Raises
    ------
    FileError, TimeError, OptionError, UnknownNameError
        If it cannot be read, a time has no zone, an event ends before it begins, or is of a rule that there is not.

    Warns
    -----
    NsiWarning
        If events lie outside the time that is looked at.
    """
    if isinstance(given, str | Path):
        found = _of_file(Path(given))
    else:
        found = {f"event {n}": Event.of(one) if isinstance(one, str) else Event(*one) for n, one in enumerate(given, 1)}
    outside = []
    for where, event in found.items():
        if event.rule:
            rules.named(event.rule)
        if event.start > event.end:
            raise OptionError(f"{where} ends at {_said(event.end)} UTC, before it begins", "the start first, then the end")
        if event.end < since or event.start > until:
            outside.append(where)
    if outside:
        more = f" and {len(outside) - 3} more" if len(outside) > 3 else ""
        span = f"{_said(since)} to {_said(until)} UTC"
        said = f"{len(outside)} of {len(found)} events lie outside {span}, and are not counted: {'; '.join(outside[:3])}{more}"
        warn(said, "are their zones right? since and until say what is looked at")
    return list(found.values())


def _said(micros: int) -> str:
    return f"{times.utc(micros):%Y-%m-%d %H:%M:%S}"


def _of_file(path: Path) -> dict[str, Event]:
    """Give the events of a CSV file, by where they stand in it."""
    try:
        with path.expanduser().open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        said = f"the events {str(path)!r} cannot be read: {getattr(error, 'strerror', error)}"
        raise FileError(said, "a CSV file: start,end") from None
    if not rows or not {"start", "end"} <= set(rows[0]):
        there = ", ".join(rows[0]) if rows else "nothing"
        raise FileError(f"the events {path.name} hold {there}", "a CSV file with the columns start, end and, if need be, rule")
    found = {}
    for number, row in enumerate(rows, 2):
        where = f"{path.name}, line {number}"
        try:
            found[where] = Event(moment(row["start"]), moment(row["end"]), row.get("rule") or "")
        except TimeError as error:
            raise TimeError(f"{where}: {error.message}", error.hint) from None
    return found
