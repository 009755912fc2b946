"""The records of one metric with one set of tags: appended one by one, kept in columns, folded into histograms by the minute."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .histogram import Floats, Ints, LogHistogram, Sketch

MINUTE = 60_000_000
FOLD = 4096  # records after which one who records turns them into columns
NEWER = np.dtype([("ns", np.int64), ("value", np.float64)])

_clock = time.time_ns


@dataclass(frozen=True, slots=True)
class Totals:
    """What was recorded since the start, whatever is kept.

    Parameters
    ----------
    count : int
    total : float
        Sum of the values.
    below : tuple of int
        Values up to each bound, and all of them at the end.
    """

    count: int
    total: float
    below: tuple[int, ...]


class Old(NamedTuple):
    """Records by the minute: its start in microseconds, rising, and the state of each."""

    minute: Ints
    state: Sketch


class Recording:
    """Values with the time of the machine at which they came.

    `pending.append` from any thread is all that recording costs; whoever appends the 4096th, or asks, folds these into columns.
    Beyond `most` records the oldest become histograms, one a minute; what is older than `retention` goes.

    Parameters
    ----------
    retention : int
        Microseconds.
    most : int
        Records that are kept one by one.
    bounds : sequence of float
        Of the cumulative counts since the start.
    """

    def __init__(self, retention: int, most: int, bounds: tuple[float, ...] = ()) -> None:
        self.pending: list[tuple[int, float]] = []
        """Pairs of nanoseconds and value, in the order in which they came."""
        self._retention, self._most, self._bounds = retention, most, np.array(bounds)
        self._lock = threading.Lock()
        self._chunks: deque[tuple[Ints, Floats]] = deque()
        self._raw = self._count = self._expired = 0
        self._total, self._below = 0.0, np.zeros(len(bounds) + 1, dtype=np.int64)
        self._old: list[Old] = []

    def add(self, values: Floats, ns: int) -> None:
        """Record many values of one moment."""
        with self._lock:
            self._fold()
            self._keep(np.full(len(values), ns // 1000), values)

    def fold(self) -> None:
        """Turn what is pending into columns."""
        with self._lock:
            self._fold()

    def totals(self) -> Totals:
        """Give what was recorded since the start."""
        with self._lock:
            self._fold()
            return Totals(self._count, self._total, tuple(np.cumsum(self._below).tolist()))

    def held(self) -> tuple[int, int]:
        """Give how many records are kept, and how many have expired: together all that there were."""
        with self._lock:
            self._fold()
            return self._count - self._expired, self._expired

    def columns(self) -> tuple[Ints, Floats, Old]:
        """Give time and value of the records kept one by one, and the older ones by the minute."""
        with self._lock:
            self._fold()
            self._expire()
            chunks = [(np.empty(0, dtype=np.int64), np.empty(0)), *self._chunks]
            return np.concatenate([t for t, _ in chunks]), np.concatenate([v for _, v in chunks]), _joined(self._old)

    def _fold(self) -> None:
        n = len(self.pending)
        if n:
            rows = self.pending[:n]
            del self.pending[:n]  # others append behind these meanwhile
            new = np.fromiter(rows, dtype=NEWER, count=n)
            self._keep(new["ns"] // 1000, new["value"].copy())

    def _keep(self, moment: Ints, value: Floats) -> None:
        self._count += len(value)
        with np.errstate(over="ignore"):
            self._total += float(value.sum())
        self._below += np.bincount(np.searchsorted(self._bounds, value, side="left"), minlength=len(self._below))
        if self._chunks and len(self._chunks[-1][0]) + len(value) <= FOLD:  # a chunk of few: it was asked for often
            last = self._chunks.pop()
            self._chunks.append((np.concatenate([last[0], moment]), np.concatenate([last[1], value])))
        else:
            self._chunks.append((moment, value))
        self._raw += len(value)
        while self._raw > self._most and len(self._chunks) > 1:
            self._age(*self._chunks.popleft())
        self._expire()

    def _age(self, moment: Ints, value: Floats) -> None:
        self._raw -= len(value)
        minute, group = np.unique(moment // MINUTE, return_inverse=True)
        histogram = LogHistogram(len(minute))
        block = (group, value) if len(minute) > 1 else value
        self._old.append(Old(minute * MINUTE, histogram.partial(block)))
        # doubling: each record takes part in a number of joins that grows as the logarithm of what is held
        while len(self._old) > 1 and len(self._old[-2].state.key) <= 2 * len(self._old[-1].state.key):
            self._old[-2:] = [_joined(self._old[-2:])]

    def _expire(self) -> None:
        oldest = _clock() // 1000 - self._retention
        while self._chunks and int(self._chunks[0][0].max()) < oldest:
            gone = self._chunks.popleft()
            self._raw -= len(gone[0])
            self._expired += len(gone[0])
        if self._old and int(min(block.minute[0] for block in self._old)) + MINUTE < oldest:
            old = _joined(self._old)
            kept = old.minute + MINUTE >= oldest
            self._expired += int(old.state.count[~kept].sum())
            self._old = [Old(old.minute[kept], _chosen(old.state, kept))] if kept.any() else []


def _joined(blocks: list[Old]) -> Old:
    if not blocks:
        return Old(np.empty(0, dtype=np.int64), LogHistogram().identity())
    minute, to = np.unique(np.concatenate([b.minute for b in blocks]), return_inverse=True)
    groups = np.split(to, np.cumsum([len(b.minute) for b in blocks])[:-1])
    return Old(minute, LogHistogram(len(minute)).regrouped([b.state for b in blocks], groups))


def _chosen(state: Sketch, kept: npt.NDArray[np.bool_]) -> Sketch:
    """Give the groups that are kept; the others fall into a last one, which is cut off."""
    n = int(kept.sum())
    to = np.where(kept, np.cumsum(kept) - 1, n)
    return LogHistogram(n + 1).regrouped([state], [to]).first(n)


__all__ = ["Recording"]
