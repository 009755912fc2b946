"""Changes: the series, the mean of each segment with its interval, and the set of places that holds each change."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from .along import FIRST, SECOND, add_line, coord_title, headline, line_title, panels
from .theme import add_band, translucent

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from ..algorithms.series.changepoints import Changes

EACH = "changes of the mean of"


def figure(changes: Changes, *, title: str | None = None) -> Figure:
    """Draw the changes of a series."""
    return panels([axis(changes)], below(changes), lambda drawn: add(drawn, changes, 1), title or headline(changes))


def brief(changes: Changes) -> str:
    """Say how often it changed."""
    return f"{len(changes) or 'no'} change{'' if len(changes) == 1 else 's'} of the mean in {len(changes.coord):,} samples"


def axis(changes: Changes) -> str:
    """Title of the axis of values."""
    return line_title(changes.line)


def below(changes: Changes) -> str:
    """Title of the axis along which it lies."""
    return coord_title(changes.line)


def add(drawn: Any, changes: Changes, row: int) -> None:
    """Add them to a panel."""
    line = changes.line
    coord = line.drawn()
    add_line(drawn, line, line.value, "observed", row)
    edges = np.concatenate([[0], changes.place, [len(line)]])
    x = np.concatenate([[coord[a], coord[b - 1], coord[b - 1]] for a, b in pairwise(edges)])
    broken = np.tile([1.0, 1.0, np.nan], len(changes.mean))
    low, high = (np.repeat(bound, 3) * broken for bound in changes.interval.T)
    add_band(drawn, x, low, high, FIRST, row, 1, f"{100 * changes.level:g} % of the mean")
    drawn.add_scatter(
        x=x, y=np.repeat(changes.mean, 3) * broken, mode="lines", name="mean", line={"color": FIRST, "width": 2},
        showlegend=True, row=row, col=1,
    )  # fmt: skip
    values = line.value
    bottom, top = float(values.min()), float(values.max())
    name = f"{100 * changes.level:g} % set of the change"
    for places in changes.sets:
        x0, x1 = coord[max(places.min() - 1, 0)], coord[places.max()]
        drawn.add_scatter(
            x=[x0, x1, x1, x0, x0], y=[bottom, bottom, top, top, bottom], fill="toself", mode="lines",
            line={"width": 1, "color": translucent(SECOND, 0.5)}, fillcolor=translucent(SECOND, 0.3), name=name, showlegend=True,
            hoverinfo="name", row=row, col=1,
        )  # fmt: skip
