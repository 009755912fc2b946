"""Samples in columns with ids for their series, and their bytes: one Arrow record batch each."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from ..core.times import Micros

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Samples: `series` (int32 ids), `time` (int64 microseconds) and `value` (float64, NaN where missing)."""

    series: npt.NDArray[np.int32]
    time: Micros
    value: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.time)

    @classmethod
    def joined(cls, parts: Iterable[Rows]) -> Self:
        """Put rows behind one another."""
        some = [EMPTY, *parts]
        return cls(*(np.concatenate([getattr(part, name) for part in some]) for name in ("series", "time", "value")))

    def take(self, chosen: npt.NDArray[Any] | slice) -> Self:
        """Give the rows at these places, or where a mask is true."""
        return type(self)(self.series[chosen], self.time[chosen], self.value[chosen])

    def within(self, ids: npt.NDArray[np.int32] | None, since: int | None, until: int | None) -> Self:
        """Give the rows of these series from `since` to before `until`."""
        chosen = np.ones(len(self), dtype=bool)
        if ids is not None:
            chosen &= np.isin(self.series, ids)
        if since is not None:
            chosen &= self.time >= since
        if until is not None:
            chosen &= self.time < until
        return self if chosen.all() else self.take(chosen)

    def ordered(self) -> Self:
        """Sort by series, then time, then as they came."""
        follows = (self.series[1:] == self.series[:-1]) & (self.time[1:] >= self.time[:-1])
        if (follows | (self.series[1:] > self.series[:-1])).all():
            return self
        short = self.series.astype(np.uint16) if not len(self) or self.series.max() < 2**16 else self.series  # radix sort
        if (self.time[1:] >= self.time[:-1]).all():
            return self.take(np.argsort(short, kind="stable"))
        order = np.argsort(self.time, kind="stable")
        return self.take(order[np.argsort(short[order], kind="stable")])


MARK, HEAD = b"nsi1", struct.Struct("<4s2B2xq")
IDS, TIMES = (np.uint8, np.uint16, np.int32), (np.uint32, np.int64)
EMPTY = Rows(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float64))


@cache
def schema() -> pa.Schema:
    """Give the columns as Arrow has them; a missing value is null there, so that SQL leaves it out."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("series", pa.int32(), nullable=False),
            pa.field("time", pa.timestamp("us", "UTC"), nullable=False),
            pa.field("value", pa.float64()),
        ]
    )


def columns(rows: Rows) -> list[pa.Array]:
    """Give the three Arrow arrays, without a copy where nothing is missing."""
    import pyarrow as pa

    gone = np.isnan(rows.value)
    time = pa.Array.from_buffers(schema().field("time").type, len(rows), [None, pa.py_buffer(np.ascontiguousarray(rows.time))])
    return [pa.array(rows.series), time, pa.array(rows.value, mask=gone if gone.any() else None)]


def to_arrow(rows: Rows) -> pa.Table:
    """Give an Arrow table."""
    import pyarrow as pa

    return pa.Table.from_arrays(columns(rows), schema=schema())


def from_arrow(found: pa.Table | pa.RecordBatch) -> Rows:
    """Give the rows of what has the columns of `schema`."""
    import pyarrow as pa

    def flat(name: str) -> Any:
        column = found.column(name)
        if isinstance(column, pa.ChunkedArray):
            column = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        return column

    time = flat("time").view(pa.int64()).to_numpy(zero_copy_only=False)
    return Rows(flat("series").to_numpy(zero_copy_only=False), time, flat("value").to_numpy(zero_copy_only=False))


def pack(rows: Rows) -> bytes:
    """Give the bytes that are kept of rows: ids and times as narrow as they can be, as each byte costs when it is written.

    A header (`HEAD`: a mark, the bytes of an id and of a time, the time from which times count) and a message of Arrow's IPC
    format.
    """
    import pyarrow as pa

    first = int(rows.time.min())
    series = rows.series.astype(next(kind for kind in IDS if rows.series.max() <= np.iinfo(kind).max))
    away = int(rows.time.max()) - first
    time = (rows.time - first).astype(next(kind for kind in TIMES if away <= np.iinfo(kind).max))
    arrays = [pa.array(series), pa.array(time), columns(rows)[2]]
    message = pa.RecordBatch.from_arrays(arrays, names=schema().names).serialize()
    return b"".join([HEAD.pack(MARK, series.itemsize, time.itemsize, first), message])


def unpack(data: bytes) -> Rows:
    """Give the rows of such bytes, or of a message alone, which was kept before."""
    import pyarrow as pa

    if data[: len(MARK)] != MARK:
        return from_arrow(pa.ipc.read_record_batch(pa.py_buffer(data), schema()))
    _, *widths, first = HEAD.unpack_from(data)
    kinds = [next(k for k in kinds if np.dtype(k).itemsize == w) for kinds, w in zip((IDS, TIMES), widths, strict=True)]
    types = [*(pa.from_numpy_dtype(kind) for kind in kinds), pa.float64()]
    form = pa.schema(list(zip(schema().names, types, strict=True)))
    found = pa.ipc.read_record_batch(pa.py_buffer(memoryview(data)[HEAD.size :]), form)
    series, time, value = (found.column(name).to_numpy(zero_copy_only=False) for name in schema().names)
    return Rows(series.astype(np.int32), time.astype(np.int64) + first, value)


def fingerprint(rows: Rows) -> bytes:
    """Give the SHA-256 by which a key knows its batch: of the samples, not of how they are packed; all missing values are one."""
    found = hashlib.sha256()
    for column in (rows.series, rows.time, np.where(np.isnan(rows.value), np.nan, rows.value)):
        found.update(np.ascontiguousarray(column).data)
    return found.digest()


def tally(parts: Iterable[Rows]) -> dict[int, tuple[int, int]]:
    """Give for each series how many samples there are, and the sum of their hashes: the same in any order and any cut."""
    count, total = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint64)
    for rows in parts:
        more = max(int(rows.series.max(initial=-1)) + 1 - len(count), 0)
        count, total = np.pad(count, (0, more)), np.pad(total, (0, more))
        count += np.bincount(rows.series, minlength=len(count))
        np.add.at(total, rows.series, _hashes(rows))
    return {int(n): (int(count[n]), int(total[n])) for n in np.flatnonzero(count)}


def _hashes(rows: Rows) -> npt.NDArray[np.uint64]:
    """Hash time and value of each sample; all missing values are one."""
    value = np.where(np.isnan(rows.value), np.nan, rows.value)
    return _mixed(_mixed(rows.time.view(np.uint64)) ^ value.view(np.uint64))


def _mixed(word: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Spread each bit over all: SplitMix64 (Steele, Lea & Flood 2014, OOPSLA, 10.1145/2660193.2660195)."""
    word = word + np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


def crc(data: bytes | memoryview) -> int:
    """Give the CRC-32 of bytes: enough to see that a batch changed."""
    return zlib.crc32(data)


def digest(data: bytes | memoryview) -> bytes:
    """Give the SHA-256 of bytes."""
    return hashlib.sha256(data).digest()
