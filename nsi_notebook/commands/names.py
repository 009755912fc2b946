"""Lists of names that are known once the floor that holds them is imported, or the store or table of the line is asked."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import EngineError, FileError

if TYPE_CHECKING:
    import xarray as xr

FEW = 100  # rows of a table in memory that are looked at
MOST = 4_000_000  # bytes of a file whose columns are completed
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


def _tagged(store: Any) -> list[str]:
    from .running import stored

    with stored(store) as db:
        return sorted({f"{tag}={value}" for series in db.series() for tag, value in series.tags})


def _table(data: Any) -> xr.Dataset:
    """Give the table that the line names, if it is in memory or a file that is read at once."""
    from .values import table_of

    if isinstance(data, Path) and not (data.is_file() and data.stat().st_size <= MOST):
        raise FileError(f"{data.name} is no file, or a large one", "columns are completed of files up to 4 MB")
    try:
        return table_of(data.head(FEW) if hasattr(data, "head") and hasattr(data, "columns") else data)
    except (ValueError, TypeError, KeyError):  # which pandas and xarray raise of odd tables; NsiErrors are among them
        raise FileError("this is no table with columns", "a table, a file, or a Dataset") from None


def _columns(data: Any) -> list[str]:
    return [str(name) for name in _table(data).data_vars]


def _texts(data: Any) -> list[str]:
    held = _table(data).coords
    return [str(name) for name, values in held.items() if values.dtype.kind in "OUST" and name not in held.dims]


def _times() -> list[str]:
    return ["s", "min", "h", "d", "year"]


def _sql(store: Any) -> list[str]:
    return [*SQL, *(f"'{name}'" for name in _series(store))]


def _aggregates() -> list[str]:
    from ..analytics.core import aggregates

    return [*aggregates.NAMES, "p95", "p99"]


def _metrics() -> list[str]:
    from .running import running

    held = running()
    return [] if held is None else held.metrics.names


def _matched() -> list[str]:
    """Give the labels that alerts of the running engine have, or will have by its rules."""
    from .running import running

    found, held = set[str](), running()
    with suppress(EngineError):  # without alarms
        if held is not None:
            rules = [{**rule.labels, "alarm": rule.name} for rule in held.alarms.rules.rules]
            labels = [*rules, *(dict(alert.labels) for alert in held.alarms.active)]
            found = {f"{key}={text}" for each in labels for key, text in each.items()}
    return sorted(found) or ["alarm=", "series="]


def _zones() -> list[str]:
    from zoneinfo import available_timezones

    return sorted(available_timezones())


# those of a role that has `within` are given the value of that argument, or None
NAMES: dict[str, Callable[..., list[str]]] = {
    "aggregates": _aggregates,
    "columns": _columns,
    "detectors": _detectors,
    "matched": _matched,
    "measures": _measures,
    "methods": _methods,
    "metrics": _metrics,
    "parameters": _parameters,
    "presets": _presets,
    "samples": _samples,
    "series": _series,
    "sql": _sql,
    "sweeping": _sweeping,
    "tagged": _tagged,
    "tags": _tags,
    "templates": _templates,
    "texts": _texts,
    "times": _times,
    "zones": _zones,
}
