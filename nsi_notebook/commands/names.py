"""Lists of names that are known only once the floor that holds them is imported, or the store that the line names is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SQL = ("samples", "series", "time", "value", "unit", "tags", "id", "name")  # the tables that `sql` sees, and their columns


def _measures() -> list[str]:
    from ..voids.measures.registry import catalogue

    return list(catalogue())


def _sweeping() -> list[str]:
    from ..voids.measures.registry import catalogue
    from ..voids.measures.sweeping import Sweeping

    return [name for name, kind in catalogue().items() if issubclass(kind, Sweeping)]


def _methods() -> list[str]:
    from ..voids.segmentation import methods

    return list(methods())


def _presets() -> list[str]:
    from ..voids.presets import PRESETS

    return list(PRESETS)


def _samples() -> list[str]:
    from ..voids.samples import samples

    return [str(name) for name in samples().index]


def _templates() -> list[str]:
    from ..reports.templates import names

    return names()


def _parameters(template: str) -> list[str]:
    from ..reports import describe

    return [str(name) for name in describe(template).index]


def _detectors() -> list[str]:
    from ..analytics.algorithms.anomalies.registry import methods

    return list(methods())


def _series(store: Any) -> list[str]:
    from .running import stored

    with stored(store) as db:
        return list(dict.fromkeys(series.name for series in db.series()))


def _tags(store: Any) -> list[str]:
    from .running import stored

    with stored(store) as db:
        return sorted({tag for series in db.series() for tag, _ in series.tags})


def _sql(store: Any) -> list[str]:
    return [*SQL, *(f"'{name}'" for name in _series(store))]


def _aggregates() -> list[str]:
    from ..analytics.core import aggregates

    return [*aggregates.NAMES, "p95", "p99"]


def _metrics() -> list[str]:
    from .running import running

    held = running()
    return [] if held is None else held.metrics.names


# those of a role that has `within` are given the value of that argument, or None
NAMES: dict[str, Callable[..., list[str]]] = {
    "aggregates": _aggregates,
    "detectors": _detectors,
    "measures": _measures,
    "methods": _methods,
    "metrics": _metrics,
    "parameters": _parameters,
    "presets": _presets,
    "samples": _samples,
    "series": _series,
    "sql": _sql,
    "sweeping": _sweeping,
    "tags": _tags,
    "templates": _templates,
}
