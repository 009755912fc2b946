"""The store that lives as long as its object: for tests, and for what need not last."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import CheckpointError, OptionError
from ..core.batch import Batch, same_unit
from ..core.series import Series
from .duck import Duck
from .expressions import on_duckdb
from .incoming import used
from .rows import Rows, fingerprint
from .segments import Segments
from .snapshot import Snapshot
from .store import Ack, Ask, Checkpoint, Damage, Parameters

if TYPE_CHECKING:
    import pyarrow as pa


class MemoryStore:
    """Batches in a list, each key with the digest of its batch."""

    address = "memory:"

    def __init__(self, threads: int | None = None) -> None:
        self._lock = threading.RLock()
        self._duck, self._segments = Duck(threads=threads), Segments(0)
        self._ids: dict[Any, tuple[int, Series]] = {}
        self._keys: dict[str, bytes] = {}
        self._checkpoints: dict[str, str] = {}
        self._held: list[tuple[int, int, Rows]] = []

    def append(self, batch: Batch, key: str | None, checkpoints: Sequence[Checkpoint] = ()) -> Ack:
        """Keep a batch; see `Store`."""
        with self._lock:
            table = np.zeros(len(batch.series), dtype=np.int32)
            new: list[Series] = []
            for code, series in used(batch):
                number, there = self._ids.get(series.key, (0, series))
                same_unit(series, there.unit)
                new += [series] if number == 0 else []
                table[code] = number or len(self._ids) + len(new)
            rows = Rows(table[batch.code], batch.time, batch.value)
            if key is not None:
                told = fingerprint(rows)
                if key in self._keys:
                    return seen(key, self._keys[key] == told, len(batch))
            for each in checkpoints:
                if self._checkpoints.get(each.name) != each.before:
                    raise CheckpointError(each.name)
            self._checkpoints |= {each.name: each.data for each in checkpoints}
            if key is not None:
                self._keys[key] = told
            for series in new:
                self._ids[series.key] = len(self._ids) + 1, series
            if len(batch):
                self._held.append((int(rows.time.min()), int(rows.time.max()), rows))
        return Ack(len(batch))

    def checkpoints(self, prefix: str) -> Mapping[str, str]:
        """Give checkpoints; see `Store`."""
        with self._lock:
            return {name: data for name, data in self._checkpoints.items() if name.startswith(prefix)}

    def known(self) -> Mapping[int, Series]:
        """Give the series by id; see `Store`."""
        with self._lock:
            return dict(self._ids.values())

    def select(self, ask: Ask) -> pa.Table:
        """Answer a question; see `Store`."""
        return self._snapshot().select(self._duck, self._segments, ask)

    def count(self, ask: Ask) -> int:
        """Count samples; see `Store`."""
        return self._snapshot().count(self._segments, ask)

    def digest(self, ask: Ask) -> Mapping[int, tuple[int, int]]:
        """Tell samples apart from others; see `Store`."""
        return self._snapshot().digest(self._segments, ask)

    def extent(self, ask: Ask) -> tuple[int, int] | None:
        """Give the first and last time; see `Store`."""
        return self._snapshot().extent(ask)

    def sql(self, text: str, parameters: Parameters | None) -> pa.Table:
        """Answer SQL; see `Store`."""
        return self._snapshot().sql(self._duck, text, parameters)

    def ibis(self) -> Any:
        """Give the samples as a table of Ibis; see `Store`."""
        return on_duckdb(self._duck, self._snapshot)

    def retain(self, before: int) -> int:
        """Drop what is older; see `Store`."""
        with self._lock:
            kept = [rows.within(None, before, None) for _, _, rows in self._held]
            gone = sum(len(rows) for _, _, rows in self._held) - sum(map(len, kept))
            self._held = [(int(rows.time.min()), int(rows.time.max()), rows) for rows in kept if len(rows)]
        return gone

    def seal(self) -> int:
        """Join what is open, by series and time; see `Store`."""
        with self._lock:
            rows = Rows.joined(rows for _, _, rows in self._held).ordered()
            self._held = [(int(rows.time.min()), int(rows.time.max()), rows)] if len(rows) else []
        return len(rows)

    def compact(self) -> int:
        """Do nothing: there are no pieces once it is sealed; see `Store`."""
        return 0

    def verify(self) -> tuple[Damage, ...]:
        """Find nothing; see `Store`."""
        return ()

    def repair(self) -> tuple[Damage, ...]:
        """Do nothing; see `Store`."""
        return ()

    def status(self) -> Mapping[str, Any]:
        """Say how much there is; see `Store`."""
        with self._lock:
            return {"series": len(self._ids), "rows": sum(len(rows) for _, _, rows in self._held)}

    def close(self) -> None:
        """Let everything go; see `Store`."""
        with self._lock:
            self._held.clear()
            self._duck.close()

    def _snapshot(self) -> Snapshot:
        with self._lock:
            return Snapshot(dict(self._ids.values()), (), tuple(self._held))


def seen(key: str, same: bool, rows: int) -> Ack:
    """Give the answer to an append whose key was there before.

    Raises
    ------
    OptionError
        If it then stood for other samples.
    """
    if not same:
        raise OptionError(
            f"the key {key!r} was given before, with other samples", "a key for each batch, the same only when retried"
        )
    return Ack(rows, new=False)
