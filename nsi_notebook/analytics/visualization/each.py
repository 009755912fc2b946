"""What was found in each of many series: a panel for each, under one another."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..algorithms.statistics.words import at_first
from .along import LONGEST, panels

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from ..algorithms.every import Each

MOST, HIGH = 8, 150  # panels, and pixels of each


def figure(each: Each[Any], *, title: str | None = None) -> Figure:
    """Draw up to eight series, each below its name and what was found in it; the title says how many more there are."""
    module = import_module(f".{each.results[0].figure}", __package__)
    places = each.places[:MOST]
    shown = each.results[: len(places)]
    names = [", ".join(_at(dim, each.coords[dim][i]) for dim, i in zip(each.coords, place, strict=True)) for place in places]

    def draw(drawn: Any) -> None:
        for row, result in enumerate(shown, 1):
            module.add(drawn, result, row)

    line = getattr(shown[0], "line", None)
    what = getattr(shown[0], "measure", "") if line is None else line.name  # gaps have neither
    of = f" of {what.replace('_', ' ')}" if what else ""
    more = f"; {len(each) - len(shown)} more series are not drawn" if len(each) > len(shown) else ""
    told = (title or at_first(f"{module.EACH} each of {len(each)} series{of}")) + more
    found = [module.brief(result) for result in shown]
    names = [f"{_short(name, LONGEST - 2 - len(text))}: {text}" for name, text in zip(names, found, strict=True)]
    return panels(list(map(module.axis, shown)), module.below(shown[0]), draw, told, high=HIGH, names=names)


def _short(name: str, most: int) -> str:
    """Leave out the middle of a name that is too long: its last tags tell it apart from others."""
    half = max(most - 3, 8) // 2
    return name if len(name) <= max(most, 19) else f"{name[:half]}...{name[-half:]}"


def _at(dim: str, place: Any) -> str:
    """Name a series; those of a store have their own."""
    return str(place) if dim in ("", "series") else f"{dim} {place}"
