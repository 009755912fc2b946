"""The path of samples that were taken: into the store, through the plans, out as windows and events, in one order for all."""

from __future__ import annotations

import logging
import threading
import uuid
from collections import deque
from typing import Any

import numpy as np

from ...errors import NsiError, OptionError, SeriesError, StoreError, UnknownNameError
from ..core import times
from ..core.batch import Batch, by_series, same_unit
from ..core.buffer import Buffer
from ..core.events import EventSystem
from ..core.series import Series
from ..processors.plans import Plan
from ..processors.streaming import StreamingProcessor
from ..processors.windows import Windows
from ..storage import Ack, TimeSeriesDatabase
from .status import Failure

log = logging.getLogger(__name__)
Sample = tuple[Series, int, float]


class Pipeline:
    """Stores samples, pushes them through plans, and keeps what went wrong.

    Parameters
    ----------
    buffer : Buffer
        Of the samples that wait.
    events : EventSystem
        Where windows are published, under "windows.<plan>".
    keep : int
        Windows of each plan that are kept to be looked at.
    """

    def __init__(self, buffer: Buffer[Sample], events: EventSystem, keep: int) -> None:
        self.buffer, self.events, self.keep = buffer, events, keep
        self.store: TimeSeriesDatabase | None = None
        self.plans: dict[str, StreamingProcessor] = {}
        self.given: dict[str, deque[Windows]] = {}
        self.rows: dict[str, int] = {}
        self.units: dict[Any, str] = {}  # of the series that were seen
        self.failures: deque[Failure] = deque(maxlen=100)
        self.untold: Failure | None = None  # the last failure, until a call has raised it
        self.lock = threading.RLock()  # held while samples are stored and pushed
        self.held: tuple[Batch, str] | None = None  # taken from the buffer and not stored yet, with the key of the append
        self.direct = self.done = self.lost = self.refused = 0

    def add(self, name: str, plan: Plan) -> None:
        """Compute windows from now on."""
        Series.of(name)
        if name in self.plans:
            raise OptionError(f"there is a plan {name!r}", "another name")
        with self.lock:
            self.plans[name], self.given[name], self.rows[name] = StreamingProcessor(plan), deque(), 0

    def windows(self, name: str) -> Windows:
        """Give the last windows of a plan that are over."""
        if name not in self.plans:
            raise UnknownNameError.among("plan", name, self.plans)
        with self.lock:
            stream = self.plans[name]
            return Windows.joined(stream.plan, tuple(stream.keys), list(self.given[name]))

    def accept(self, batch: Batch) -> Ack:
        """Store a batch now, after what waits in the buffer, and push it.

        Raises
        ------
        SeriesError, StoreError
            If it cannot be stored: nothing was taken then.
        """
        with self.lock:
            try:
                for series in batch.series:
                    same_unit(series, self.units.get(series.key, series.unit))
                if not self.flush():
                    self.untold = None
                    raise self.failures[-1].error
                ack = Ack(len(batch)) if self.store is None else self.store.append(batch)
            except NsiError:
                self.refused += len(batch)
                raise
            for series in batch.series:
                self.units[series.key] = series.unit
            self.direct += len(batch)
            self._push(batch)
        return ack

    def flush(self) -> bool:
        """Store and push what waits; False if the store cannot take it now: it is kept, and comes first the next time."""
        with self.lock:
            left = len(self.buffer)
            while self.held is not None or left > 0:
                if self.held is None:
                    samples = self.buffer.take(left)
                    if not samples:
                        break
                    left -= len(samples)
                    self.held = _batch(samples), uuid.uuid4().hex
                if not self._keep_held():
                    return False
            return True

    def open(self, store: TimeSeriesDatabase | None) -> None:
        """Store samples here from now on."""
        self.store = store
        if store is not None:
            self.units = {series.key: series.unit for series in store.series()}

    def _keep_held(self) -> bool:
        """Store what was taken from the buffer; False if that must be tried again."""
        assert self.held is not None
        batch, key = self.held
        try:
            if self.store is not None:
                self.store.append(batch, key=key)
        except StoreError as error:
            self.fail("store", error)
            return False
        except SeriesError as error:
            if len(batch.series) > 1:  # store the others
                parts = [batch.take(places) for _, places in by_series(batch)]
                for number, part in enumerate(parts):
                    self.held = _narrowed(part), f"{key}-{number}"
                    if not self._keep_held():
                        self.held = Batch.joined(map(_narrowed, parts[number:])), f"{key}-{number}-rest"
                        return False
                return True
            # another process gave the series another unit: no later try can succeed
            self.lost += len(batch)
            self.units.pop(batch.series[0].key, None)
            self.held = None
            self.fail("store", error)
            return True
        self.held = None
        self._push(batch)
        return True

    def _push(self, batch: Batch) -> None:
        """Push stored samples through the plans; what a plan cannot take stays stored."""
        self.done += len(batch)
        for name, stream in self.plans.items():
            try:
                found = stream.push(batch)
                if len(found):
                    self._give(name, found)
            except NsiError as error:
                self.fail(f"plan {name}", error)

    def _give(self, name: str, found: Windows) -> None:
        given = self.given[name]
        given.append(found)
        self.rows[name] += len(found)
        while sum(map(len, given)) - len(given[0]) >= self.keep:
            given.popleft()
        if self.store is not None:
            self.store.append(found.to_batch())
        self.events.publish(f"windows.{name}", found)

    def fail(self, where: str, error: Exception) -> None:
        """Keep what went wrong, for the next call and the status."""
        log.warning("%s: %s", where, error, exc_info=error)
        self.untold = Failure(times.now(), where, error)
        self.failures.append(self.untold)


def _narrowed(batch: Batch) -> Batch:
    """Leave out the series that have no samples."""
    there = np.unique(batch.code)
    return Batch(
        tuple(batch.series[i] for i in there), np.searchsorted(there, batch.code).astype(np.int32), batch.time, batch.value
    )


def _batch(samples: list[Sample]) -> Batch:
    """Turn samples into columns."""
    series, moments, values = zip(*samples, strict=True)
    index: dict[Series, int] = {}
    codes = [index.setdefault(each, len(index)) for each in series]
    return Batch(tuple(index), np.array(codes, np.int32), np.array(moments, np.int64), np.array(values, np.float64))
