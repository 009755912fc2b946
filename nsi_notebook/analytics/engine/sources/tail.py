"""A CSV that grows: whole lines only, over truncation and rotation, bad ones told by their number."""

from __future__ import annotations

import csv
import json
import math
import os
import time as clock
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from ....errors import FileError, InputError, OptionError, SeriesError
from ...core import times
from ...core.batch import Batch
from ...core.series import Series
from ...storage import Checkpoint
from ..samples import Named, columns
from .attached import Bad, Delivery

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
) -> Tail:
    """Read a CSV file from its beginning, and go on as it grows.

    The first line names the columns. A line counts when its end is there: half a line waits. A file that became shorter, or was
    written anew, is read from its beginning, header included; one that was moved away is read to its end, and then the new one.
    How far it was read is kept in the store of the engine, in one step with the samples: attached again to an engine on that
    store, with the same `name`, it goes on from there, and two engines at once do not store it twice.
    Of a file that was moved away while no engine read it, the rest is not read: it is no longer at its path.

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

    Returns
    -------
    Tail
        An iterator of the samples of the lines that were there; of lines that cannot be read, with their number; and of None when
        nothing has come.

    Raises
    ------
    OptionError, FileError
        If the interval is none, or with `once` there is no file.
    """
    if not interval > 0:
        raise OptionError(f"interval={interval} is not a time in seconds", "interval=0.2")
    place = Path(path).expanduser()
    if once and not place.is_file():
        raise FileError(f"there is no file {str(path)!r}", "check the name")
    return Tail(place, _Lines(name or place.stem, time, tuple(tags), dict(units or {}), tz), interval, once)


class Tail(Iterator[Delivery | Bad | None]):
    """A CSV that grows; made by `tail`.

    Attributes
    ----------
    place : str
        Name of the checkpoint that says how far it was read.
    """

    def __init__(self, path: Path, lines: _Lines, interval: float, once: bool) -> None:
        self.place = f"tail/{path.resolve()}/{lines.name}"
        self._path, self._lines, self._interval, self._once = path, lines, interval, once
        self.endless = not once
        self._told: str | None = None
        self._reached = _Reached()
        self._items = self._read()

    def __iter__(self) -> Iterator[Delivery | Bad | None]:
        return self._items  # a generator, which whoever reads it closes, and with it the file

    def __next__(self) -> Delivery | Bad | None:
        return next(self._items)

    def resume(self, there: Mapping[str, str]) -> None:
        """Go on from where it was read to, as its checkpoint says."""
        self._told = there.get(self.place)
        if self._told is not None:
            self._reached = _Reached.read(self._told)

    def close(self) -> None:
        """Let the file go."""
        self._items.close()

    def _read(self) -> Generator[Delivery | Bad | None]:
        while True:
            try:
                file = self._path.open("rb")
            except FileNotFoundError:
                yield from _pause(self._interval)
                continue
            except OSError as error:
                raise FileError(f"cannot read {str(self._path)!r}: {error.strerror or error}", "is it a file?") from None
            with file:
                before, self._reached = self._reached, _Reached()  # of what was read before this
                reached = self._lines.begin(before, file)
                for item in _followed(file, self._path, self._lines, reached, self._interval, self._once):
                    yield self._placed(item, file) if isinstance(item, Batch) else item
            if self._once:
                return

    def _placed(self, batch: Batch, file: BinaryIO) -> Delivery:
        data = self._lines.reached(file).data()

        def answered(error: Exception | None) -> None:
            if error is None:
                self._told = data

        return Delivery(batch, done=answered, places=(Checkpoint(self.place, data, self._told),))


@dataclass(frozen=True, slots=True)
class _Reached:
    """How far a file was read: the place behind a line, its number, the header, and what stands before the place."""

    at: int = 0
    number: int = 0
    header: Sequence[str] = ()
    last: bytes = b""

    @classmethod
    def read(cls, data: str) -> Self:
        told = json.loads(data)
        return cls(**{**told, "last": bytes.fromhex(told["last"])})

    def data(self) -> str:
        return json.dumps({"at": self.at, "number": self.number, "header": self.header, "last": self.last.hex()})

    def there(self, file: BinaryIO) -> bool:
        """Tell whether that is this file."""
        return os.pread(file.fileno(), len(self.last), self.at - len(self.last)) == self.last


def _followed(
    file: BinaryIO, place: Path, lines: _Lines, reached: int, interval: float, once: bool
) -> Iterator[Batch | Bad | None]:
    """Read a file until another is in its place, or it was written anew."""
    at, rest = reached, b""
    last = os.pread(file.fileno(), min(LAST, at), max(at - LAST, 0))
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
            lines.at = at - len(rest)
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
        self.name, self._time, self._tags, self._units, self._tz = name, time, tags, units, tz
        self._known: dict[tuple[str, tuple[str, ...]], Series] = {}
        self.at = self.number = 0
        self._header, self._skip = list[str](), False

    def begin(self, before: _Reached, file: BinaryIO) -> int:
        """Begin a file, or go on with it if it is the one that was read before; give the place from which to read."""
        self.at, self.number, self._header, self._skip = 0, 0, [], False
        if before.header and before.there(file):
            with suppress(SeriesError):  # the columns that are wanted are others now: its header is told as bad
                self._head(list(before.header))
                self.at, self.number = before.at, before.number
        return self.at

    def reached(self, file: BinaryIO) -> _Reached:
        """Tell how far the lines were read."""
        last = os.pread(file.fileno(), min(LAST, self.at), max(self.at - LAST, 0))
        return _Reached(self.at, self.number, self._header, last)

    def overlong(self) -> Iterator[Bad]:
        """Leave a line out that does not end."""
        if not self._skip:
            yield Bad(f"{self.name}: line {self.number + 1} is longer than {CHUNK:,} bytes")
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
                bad.append(Bad(f"{self.name}: line {self.number}: {error.message}"))
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
                Series.of(f"{self.name}.{column}", self._units.get(column, "1"))
        self._header = header

    def _series(self, column: str, tags: tuple[str, ...]) -> Series:
        series = self._known.get((column, tags))
        if series is None:
            told = dict(zip(self._tags, tags, strict=True))
            series = Series.of(f"{self.name}.{column}", self._units.get(column, "1"), told)
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
