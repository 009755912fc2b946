"""What an engine counts and times of itself, among the metrics of its user."""

from __future__ import annotations

from typing import NamedTuple

from ..core.instruments import Counter
from ..core.metrics import MetricsCollector

SIZES = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)


class Counted(NamedTuple):
    """What became of the samples: offered == stored + dropped + pending."""

    offered: int
    stored: int
    dropped: int
    pending: int
    refused: int


class Meters:
    """The metrics nsi_engine_*; brought up to date at every flush.

    Parameters
    ----------
    metrics : MetricsCollector
        Where they are made.
    """

    def __init__(self, metrics: MetricsCollector) -> None:
        self._metrics = metrics
        self._totals = {
            "stored": metrics.counter("nsi_engine_samples", "Samples that were stored and pushed through the plans"),
            "dropped": metrics.counter("nsi_engine_dropped", "Samples that were given up"),
            "refused": metrics.counter("nsi_engine_refused", "Samples that a caller was told of by an error"),
        }
        self._pending = metrics.gauge("nsi_engine_pending", "Samples that wait to be stored")
        self._seconds = metrics.timer("nsi_engine_flush", "How long it took to store and push what waited")
        self._size = metrics.histogram("nsi_engine_flush_samples", "Samples that were stored at once", buckets=SIZES)
        self._known = dict.fromkeys(self._totals, 0)
        for what in self._totals.values():
            what.inc(0)

    def flushed(self, seconds: float, samples: int) -> None:
        """Record that samples were stored."""
        self._seconds.observe(seconds)
        self._size.observe(samples)

    def counted(self, pending: int, **totals: int) -> None:
        """Record how much there was of each so far."""
        for name, total in totals.items():
            if total > self._known[name]:
                self._totals[name].inc(total - self._known[name])
                self._known[name] = total
        self._pending.set(pending)

    def pushed(self, plan: str, windows: int, late: int) -> None:
        """Record what a plan made of a batch."""
        if windows:
            self._of_plan("nsi_engine_windows", "Windows that were given out", plan).inc(windows)
        if late:
            self._of_plan("nsi_engine_late", "Samples that came too late for their windows", plan).inc(late)

    def failed(self, where: str) -> None:
        """Record that something went wrong."""
        what = where.partition(" ")[0]
        self._metrics.counter("nsi_engine_failures", "What went wrong in the engine", tags={"where": what}).inc()

    def _of_plan(self, name: str, help: str, plan: str) -> Counter:
        return self._metrics.counter(name, help, tags={"plan": plan})
