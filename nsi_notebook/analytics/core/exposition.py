"""Metrics as Prometheus reads them; the formats are prometheus_client's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

from ...errors import EngineError

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from .metrics import Family, MetricsCollector

UNITS = {"s": "seconds", "B": "bytes"}  # whose names Prometheus wants at the end of the metric's


def shown(family: Family) -> str:
    """Give the name by which Prometheus sees a metric, without what its kind adds."""
    unit = UNITS.get(family.unit, "")
    return f"{family.name}_{unit}" if unit and not family.name.endswith(f"_{unit}") else family.name


def text(metrics: MetricsCollector, openmetrics: bool) -> str:
    """Write all metrics."""
    if openmetrics:
        from prometheus_client.openmetrics.exposition import generate_latest

        return str(generate_latest(registry(metrics)).decode())  # type: ignore[no-untyped-call]
    from prometheus_client import generate_latest as plain

    return plain(registry(metrics)).decode()


def registry(metrics: MetricsCollector) -> CollectorRegistry:
    """Give a registry of prometheus_client that holds all metrics, to be served beside others."""
    from prometheus_client import CollectorRegistry
    from prometheus_client.registry import Collector

    class Shown(Collector):
        def collect(self) -> Iterator[Any]:
            yield from (_read(family) for family in metrics.families)

        def describe(self) -> list[Any]:
            return []

    found = CollectorRegistry(auto_describe=False)
    found.register(Shown())
    return found


class Served:
    """Metrics that are served over HTTP on loopback until `close()`."""

    def __init__(self, metrics: MetricsCollector, port: int) -> None:
        from prometheus_client import start_http_server

        try:
            self._server, self._thread = start_http_server(port, "127.0.0.1", registry(metrics))
        except (OSError, OverflowError) as error:
            raise EngineError(f"metrics cannot be served on port {port}: {error}", "serve(0) takes a free port") from None
        self.port: int = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/metrics"

    def close(self) -> None:
        """Serve them no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<metrics at {self.url}>"


def _read(family: Family) -> Any:
    from prometheus_client import core, utils

    unit = UNITS.get(family.unit, "")
    told = family.help if unit or family.unit == "1" else f"{family.help} ({family.unit})"
    simple = {"counter": core.CounterMetricFamily, "gauge": core.GaugeMetricFamily}
    found = simple.get(family.kind.kind, core.HistogramMetricFamily)(shown(family), told, labels=family.tags, unit=unit)
    for member in list(family.members.values()):
        labels = [value for _, value in member.tags]
        if family.kind.kind == "gauge":
            found.add_metric(labels, member.value)  # type: ignore[attr-defined]
            continue
        totals = member.totals()
        if family.kind.kind == "counter":
            found.add_metric(labels, totals.total)
        else:
            ends = [*map(utils.floatToGoString, family.buckets), "+Inf"]
            found.add_metric(labels, list(zip(ends, totals.below, strict=True)), totals.total)
    return found


__all__ = ["Served", "registry"]
