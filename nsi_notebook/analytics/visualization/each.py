"""What was found in each of many series: a panel for each, under one another."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import OptionError
from .along import panels

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from ..algorithms.along import Each

MOST, HIGH = 8, 150  # panels, and pixels of each


def figure(each: Each[Any], *, title: str | None = None) -> Figure:
    """Draw up to eight series; the title says how many more there are.

    Raises
    ------
    OptionError
        If what was found has no figure.
    """
    kind = getattr(each.results[0], "figure", None)
    if kind is None:
        raise OptionError(f"{type(each.results[0]).__name__} has no figure", "its table()")
    module = import_module(f".{kind}", __package__)
    shape = tuple(len(values) for values in each.coords.values())
    places = list(np.ndindex(shape))[:MOST]
    names = [
        ", ".join(f"{dim} {each.coords[dim][i]}".lstrip() for dim, i in zip(each.coords, place, strict=True)) for place in places
    ]
    shown = each.results[: len(places)]

    def draw(drawn: Any) -> None:
        for row, result in enumerate(shown, 1):
            module.add(drawn, result, row)

    more = f"; {len(each) - len(shown)} more series are not drawn" if len(each) > len(shown) else ""
    told = (title or f"{len(each)} series") + more
    return panels([module.axis(result) for result in shown], module.below(shown[0]), draw, told, high=HIGH, names=names)
