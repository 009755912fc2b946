"""Which samples a sealed file holds of which series, and the parts of files that were read last, in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from ..core.times import Micros
from .rows import Rows, from_arrow

GROUP = 65_536  # rows of a row group in a sealed file
_SPAN = np.dtype([("id", "<i4"), ("rows", "<i8"), ("first", "<i8"), ("last", "<i8")])


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """The series of a sealed file, in the order in which they stand there: id, rows, first and last time, first place."""

    id: npt.NDArray[np.int32]
    rows: Micros
    first: Micros
    last: Micros
    start: Micros

    @classmethod
    def of(cls, rows: Rows) -> Self:
        """Describe rows that are ordered by series and time, at least one."""
        start = np.flatnonzero(np.diff(rows.series, prepend=rows.series[0] - 1))
        end = np.append(start[1:], len(rows))
        return cls(rows.series[start], end - start, rows.time[start], rows.time[end - 1], start)

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Read what `bytes` wrote."""
        found = np.frombuffer(data, dtype=_SPAN)
        return cls(found["id"], found["rows"], found["first"], found["last"], np.cumsum(found["rows"]) - found["rows"])

    def bytes(self) -> bytes:
        """Give the form that the catalogue keeps."""
        out = np.empty(len(self.id), dtype=_SPAN)
        for name in _SPAN.names or ():
            out[name] = getattr(self, name)
        return out.tobytes()

    def touched(self, ids: npt.NDArray[np.int32] | None, since: int | None, until: int | None) -> npt.NDArray[np.int64]:
        """Give the places in here of series that may have samples of these ids and times."""
        chosen = np.ones(len(self.id), dtype=bool) if ids is None else np.isin(self.id, ids)
        if since is not None:
            chosen &= self.last >= since
        if until is not None:
            chosen &= self.first < until
        return np.flatnonzero(chosen)


@dataclass(frozen=True, slots=True, eq=False)
class Sealed:
    """A sealed file: Parquet, ordered by series and time."""

    id: int
    path: Path
    rows: int
    first: int
    last: int
    size: int
    digest: bytes
    spans: Spans

    def overlaps(self, since: int | None, until: int | None) -> bool:
        """Say whether it may hold samples from `since` to before `until`."""
        return (since is None or self.last >= since) and (until is None or self.first < until)


class Segments:
    """The columns of single series of sealed files, the least lately used of them let go first.

    Parameters
    ----------
    budget : int
        Most bytes to keep.
    """

    def __init__(self, budget: int) -> None:
        self._budget, self._held = budget, 0
        self._kept: OrderedDict[tuple[int, int], Rows] = OrderedDict()
        self._lock = threading.Lock()

    def rows(self, file: Sealed, places: npt.NDArray[np.int64]) -> Sequence[Rows]:
        """Give the rows of the series at these places in the spans of a file."""
        keys = [(file.id, int(place)) for place in places]
        with self._lock:
            there = {key: self._kept[key] for key in keys if key in self._kept}
            for key in there:
                self._kept.move_to_end(key)
        missing = [key for key in keys if key not in there]
        if missing:
            there.update(zip(missing, _read(file, [place for _, place in missing]), strict=True))
            with self._lock:
                for key in missing:
                    self._held += _size(there[key]) - (_size(self._kept[key]) if key in self._kept else 0)
                    self._kept[key] = there[key]
                while self._held > self._budget:
                    self._held -= _size(self._kept.popitem(last=False)[1])
        return [there[key] for key in keys]


def _size(rows: Rows) -> int:
    return len(rows) * 20


def _read(file: Sealed, places: list[int]) -> list[Rows]:
    """Read the row groups that hold these series, and cut each out."""
    import pyarrow.parquet as pq

    spans = file.spans
    wanted = sorted(
        {g for p in places for g in range(spans.start[p] // GROUP, (spans.start[p] + spans.rows[p] - 1) // GROUP + 1)}
    )
    with pq.ParquetFile(file.path) as source:
        found = from_arrow(source.read_row_groups([int(g) for g in wanted]))
    at = {group: number * GROUP for number, group in enumerate(wanted)}
    out = []
    for place in places:
        start = at[spans.start[place] // GROUP] + int(spans.start[place] % GROUP)
        part = found.take(slice(start, start + int(spans.rows[place])))
        out.append(Rows(part.series.copy(), part.time.copy(), part.value.copy()))  # or the whole would be kept with it
    return out
