"""A CSV that grows: whole lines only, over truncation and rotation, bad ones told by their number."""

from __future__ import annotations

import csv
import math
import os
import time as clock
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from ....errors import FileError, InputError, OptionError, SeriesError
from ...core import times
from ...core.batch import Batch
from ...core.series import Series
from ..samples import Named, columns
from .attached import Bad

CHUNK = 1 << 20  # bytes that are read at once; a line that is longer is bad
SLICE = 0.2  # seconds after which the source is asked whether it was cancelled
LAST = 64  # bytes before the place, by which a file that was written anew is known


def tail(
    path: str | Path,
    name: str | None = None,
    *,
    time: str = "time",
    tags: Sequence[str] = (),
    units: Mapping[str, str] | None = None,
    tz: str | None = None,
    interval: float = 0.2,
    once: bool = False,
) -> Iterator[Batch | Bad | None]:
    """Read a CSV file from its beginning, and go on as it grows.

    The first line names the columns. A line counts when its end is there: half a line waits. A file that became shorter, or was
    written anew, is read from its beginning, header included; one that was moved away is read to its end, and then the new one.
    So what was read before is stored again if an engine is started anew with it.

    Parameters
    ----------
    path : str or pathlib.Path
        It may come later.
    name : str, optional
        Of the series, before the name of the column: "plant" and the column load give "plant.load"; default: that of the file.
    time : str
        The column of times: ISO 8601 with their zone, or naive ones with `tz`.
    tags : sequence of str
        Columns that are tags; each other column is a series. An empty cell of one is a missing value.
    units : mapping of str to str, optional
        Of columns.
    tz : str, optional
        Zone of naive times.
    interval : float
        Seconds between two looks.
    once : bool
        Read what is there, and end.

    Yields
    ------
    Batch, Bad or None
        The samples of the lines that were there; a line that cannot be read, with its number; or that nothing has come.

    Raises
    ------
    OptionError, FileError
        When it begins: if the interval is none, or with `once` there is no file.
    """
    if not interval > 0:
        raise OptionError(f"interval={interval} is not a time in seconds", "interval=0.2")
    place = Path(path).expanduser()
    if once and not place.is_file():
        raise FileError(f"there is no file {str(path)!r}", "check the name")
    lines = _Lines(name or place.stem, time, tuple(tags), dict(units or {}), tz)
    while True:
        try:
            file = place.open("rb")
        except FileNotFoundError:
            yield from _pause(interval)
            continue
        except OSError as error:
            raise FileError(f"cannot read {str(path)!r}: {error.strerror or error}", "is it a file?") from None
        with file:
            lines.begin()
            yield from _followed(file, place, lines, interval, once)
        if once:
            return


def _followed(file: BinaryIO, place: Path, lines: _Lines, interval: float, once: bool) -> Iterator[Batch | Bad | None]:
    """Read a file until another is in its place, or it was written anew."""
    at, rest, last = 0, b"", b""
    moved = False
    while True:
        if os.fstat(file.fileno()).st_size < at or (last and os.pread(file.fileno(), len(last), at - len(last)) != last):
            yield Bad(f"{place.name}: it was written anew after line {lines.number}; it is read from its beginning")
            return
        chunk = os.pread(file.fileno(), CHUNK, at)
        at += len(chunk)
        last = (last + chunk)[-LAST:]
        whole, found, more = (rest + chunk).rpartition(b"\n")
        rest = more
        if found:
            yield from lines.read(whole)
        if len(rest) > CHUNK:
            yield from lines.overlong()
            rest = b""
        if chunk:
            continue
        if once or moved:
            if rest:
                yield Bad(f"{place.name}: its last line, {lines.number + 1}, has no end")
            return
        yield from _pause(interval)
        moved = _elsewhere(file, place)  # once more to its end: what was written while it was moved


def _elsewhere(file: BinaryIO, place: Path) -> bool:
    """Tell whether another file is at the path."""
    try:
        there, here = place.stat(), os.fstat(file.fileno())
    except OSError:  # moved, and nothing is there yet: it may still grow
        return False
    return (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino)


def _pause(interval: float) -> Iterator[None]:
    end = clock.monotonic() + interval
    while (left := end - clock.monotonic()) > 0:
        clock.sleep(min(left, SLICE))
        yield None
    yield None


class _Lines:
    """Lines of one file, read by the names in its first."""

    def __init__(self, name: str, time: str, tags: tuple[str, ...], units: Mapping[str, str], tz: str | None) -> None:
        self._name, self._time, self._tags, self._units, self._tz = name, time, tags, units, tz
        self._known: dict[tuple[str, tuple[str, ...]], Series] = {}
        self.begin()

    def begin(self) -> None:
        """Begin a file."""
        self.number, self._header, self._skip = 0, list[str](), False

    def overlong(self) -> Iterator[Bad]:
        """Leave a line out that does not end."""
        if not self._skip:
            yield Bad(f"{self._name}: line {self.number + 1} is longer than {CHUNK:,} bytes")
        self._skip = True

    def read(self, whole: bytes) -> Iterator[Batch | Bad]:
        """Read whole lines."""
        found: list[Named] = []
        bad: list[Bad] = []
        for line in whole.split(b"\n"):
            self.number += 1
            if self._skip:  # the end of one that is too long
                self._skip = False
                continue
            try:
                found += self._line(line)
            except InputError as error:
                bad.append(Bad(f"{self._name}: line {self.number}: {error.message}"))
        if found:
            yield columns(found)
        yield from bad

    def _line(self, line: bytes) -> list[Named]:
        try:
            cells = next(csv.reader([line.decode("utf-8-sig" if self.number == 1 else "utf-8").rstrip("\r")], strict=True), [])
        except (UnicodeDecodeError, csv.Error) as error:
            raise SeriesError(f"it cannot be read: {error}") from None
        if not self._header:
            self._head([cell.strip() for cell in cells])
            return []
        if not cells:
            return []
        if len(cells) != len(self._header):
            raise SeriesError(f"it has {len(cells)} cells, and the header {len(self._header)}")
        row = dict(zip(self._header, map(str.strip, cells), strict=True))
        moment = times.instant(row[self._time], self._tz)
        tags = tuple(row[tag] for tag in self._tags)
        values = [(c, _value(c, row[c])) for c in self._header if c != self._time and c not in self._tags]
        return [(self._series(column, tags), moment, value) for column, value in values]

    def _head(self, header: list[str]) -> None:
        """Read the names; a first line that has none of them is bad, and so is each after it until one has."""
        for wanted in (self._time, *self._tags, *self._units):
            if wanted not in header:
                raise SeriesError(f"there is no column {wanted!r} among {', '.join(header) or 'none'}")
        if len(set(header)) < len(header) or len(header) < len(self._tags) + 2:
            raise SeriesError(f"the columns are {', '.join(header)}: each once, and one with values at least")
        for column in header:
            if column != self._time and column not in self._tags:
                Series.of(f"{self._name}.{column}", self._units.get(column, "1"))
        self._header = header

    def _series(self, column: str, tags: tuple[str, ...]) -> Series:
        series = self._known.get((column, tags))
        if series is None:
            told = dict(zip(self._tags, tags, strict=True))
            series = Series.of(f"{self._name}.{column}", self._units.get(column, "1"), told)
            self._known[column, tags] = series
        return series


def _value(column: str, cell: str) -> float:
    try:
        value = float(cell) if cell else math.nan
    except ValueError:
        raise SeriesError(f"{column} is {cell!r:.40}, no number") from None
    if math.isinf(value):
        raise SeriesError(f"{column} is infinite")
    return value
