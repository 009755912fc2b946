"""Sealed files: written whole and brought to the disk before the catalogue names them."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...errors import StoreError
from .rows import Rows, digest, from_arrow, to_arrow
from .segments import GROUP, Sealed, Spans
from .store import Damage

FULL = 1_000_000  # samples of a file
SAMPLE = 10_000  # values that tell whether all are worth packing
LIST = "select id, name, rows, first, last, size, digest, spans from files order by id"


def write(folder: Path, rows: Rows) -> Sealed:
    """Write ordered rows into a new file; until the catalogue names it, it is an orphan."""
    import pyarrow.parquet as pq

    path = folder / f"{uuid.uuid4().hex}.parquet"
    packs = _packs(rows)
    try:
        pq.write_table(
            to_arrow(rows),
            path,
            row_group_size=GROUP,
            compression={"series": "zstd", "time": "zstd", "value": "zstd" if packs else "none"},
            compression_level={"series": 1, "time": 1, **({"value": 1} if packs else {})},
            use_dictionary=["series"],
            column_encoding={"time": "DELTA_BINARY_PACKED"},
        )
        told = digest(path.read_bytes())
        sync(path)
        sync(folder)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    first, last = int(rows.time.min()), int(rows.time.max())
    return Sealed(0, path, len(rows), first, last, path.stat().st_size, told, Spans.of(rows))


def _packs(rows: Rows) -> bool:
    """Say whether zstd makes the values smaller by a tenth; noise it does not, and then reading it only takes longer."""
    import pyarrow as pa

    some = rows.value[:: max(1, len(rows) // SAMPLE)].tobytes()
    return len(pa.compress(some, codec="zstd")) < 0.9 * len(some)


def read(file: Sealed) -> Rows:
    """Read a file back, if it is as it was written."""
    import pyarrow.parquet as pq

    proven([file])
    return from_arrow(pq.read_table(file.path))


def fault(file: Sealed) -> Damage | None:
    """Say what is wrong with a file, if anything is."""
    where = f"sealed/{file.path.name}"
    if not file.path.exists():
        return Damage(where, "is missing", file.rows, file.first, file.last)
    if digest(file.path.read_bytes()) != file.digest:
        return Damage(where, "is not as it was written", file.rows, file.first, file.last)
    return None


def proven(files: Iterable[Sealed]) -> None:
    """Refuse files that are not as they were written.

    Raises
    ------
    StoreError
        Names the first such file.
    """
    for file in files:
        damage = fault(file)
        if damage is not None:
            raise StoreError(str(damage), "repair() sets it aside, and the rest answers; verify() lists all damage")


def stamp(file: Sealed) -> tuple[int, int] | None:
    """Give what changes when somebody writes into a file; None if there is none."""
    try:
        found = file.path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size


def row(file: Sealed) -> tuple[Any, ...]:
    """Give what the catalogue keeps of a new file."""
    return file.path.name, file.rows, file.first, file.last, file.size, file.digest, file.spans.bytes()


def listed(folder: Path, found: Iterable[tuple[Any, ...]], kept: Mapping[int, Sealed]) -> list[Sealed]:
    """Give the files of rows of the catalogue; those that were read before are reused."""
    return [
        kept.get(number) or Sealed(number, folder / name, rows, first, last, size, told, Spans.read(spans))
        for number, name, rows, first, last, size, told, spans in found
    ]


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
