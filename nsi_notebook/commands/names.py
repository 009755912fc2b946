"""Lists of names that are known only once the floor that holds them is imported."""

from __future__ import annotations

from collections.abc import Callable


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


def parameters_of(template: str) -> list[str]:
    """Name the parameters of a report template."""
    from ..reports import describe

    return [str(name) for name in describe(template).index]


NAMES: dict[str, Callable[[], list[str]]] = {
    "measures": _measures,
    "methods": _methods,
    "presets": _presets,
    "samples": _samples,
    "sweeping": _sweeping,
    "templates": _templates,
}
