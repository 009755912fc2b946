"""What figures of series along a dim share: the line itself, its axis, and panels under one another."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..algorithms.along import Line
from ..core.drawn import Drawn
from .theme import COLOURS, printed, stacked, upright, wrapped

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

WIDE, HIGH, GAP, FOOT, LEFT = 820, 250, 26, 60, 80  # pixels: figure, panel, between, below, beside
MOST = 3000  # samples of a line: more are told by the least and the most of as many parts
NAMED, LONGEST = 16, 100  # pixels of the name above a panel, and its letters
TOLD = 96  # letters in a line of the title: of 8 pixels each, in the widest of the usual fonts
FAINT = "#8a8a8a"


def headline(result: Drawn) -> str:
    """Title of a figure: what was found, and what speaks against it."""
    doubted = result.doubted()
    text = printed(f"{result.said()}{f'<br>In doubt: {doubted}' if doubted else ''}").replace(" -", " \u2212")
    return re.sub(r"\bp ([<=]) ", "p\u00a0\\1\u00a0", text)  # a line does not break within it


def coord_title(line: Line) -> str:
    """Title of the axis along which a series lies."""
    if line.coord.dtype.kind == "M":
        return f"{line.dim} ({line.zone})"
    return line.dim if line.per in ("1", "sample") else f"{line.dim} ({printed(line.per)})"


def value_title(name: str, unit: str) -> str:
    """Title of the axis of values."""
    return name if unit in ("1", "") else f"{name} ({printed(unit)})"


def line_title(line: Line, unit: str | None = None) -> str:
    """Title of the axis of the values of a series: what they are, and their unit."""
    return value_title(line.name.replace("_", " ") or "value", line.unit if unit is None else unit)


def add_line(
    figure: Any,
    line: Line,
    value: NDArray[Any],
    name: str,
    row: int,
    *,
    colour: str = FAINT,
    width: float = 1,
    dots: bool = False,
) -> None:
    """Add values along a series, broken at its gaps; of very many the least and the most of equal parts."""
    x, y = line.drawn(), np.asarray(value, dtype=float)
    if len(y) > MOST:
        edges = np.linspace(0, len(y), MOST // 2 + 1).astype(int)[:-1]
        whole = np.where(np.isfinite(y), y, np.nanmean(y))
        x = np.repeat(x[edges], 2)
        y = np.stack([np.minimum.reduceat(whole, edges), np.maximum.reduceat(whole, edges)], axis=1).ravel()
    elif line.joined is not None:
        apart = np.flatnonzero(~line.joined) + 1
        x, y = np.insert(x, apart, x[apart]), np.insert(y, apart, np.nan)
    figure.add_scatter(
        x=x, y=y, mode="lines", name=name, legendgroup=name, showlegend=bool(name),
        line={"color": colour, "width": width}, row=row, col=1,
    )  # fmt: skip


def panels(
    titles: Sequence[str],
    below: str,
    draw: Callable[[Any], None],
    title: str | None,
    *,
    high: int = HIGH,
    shared: bool = True,
    names: Sequence[str] = (),
) -> Figure:
    """Make a figure of panels under one another along one axis, each below its name if it has one."""
    from plotly.subplots import make_subplots

    rows = len(titles)
    gap = GAP + NAMED if names else GAP
    height = high * rows + gap * (rows - 1)
    figure = make_subplots(rows=rows, cols=1, shared_xaxes=shared, vertical_spacing=gap / height if rows > 1 else 0)
    draw(figure)
    for row, text in enumerate(names, 1):
        number = "" if row == 1 else str(row)
        figure.add_annotation(
            text=textwrap.shorten(text, LONGEST, placeholder=" ..."), x=0, xref=f"x{number} domain", y=1,
            yref=f"y{number} domain",
            xanchor="left", yanchor="bottom", showarrow=False, font={"size": 12},
        )  # fmt: skip
    for row, text in enumerate(titles, 1):
        figure.update_yaxes(title_text=upright(text, high), row=row, col=1)
    figure.update_xaxes(title_text=below, row=rows, col=1)
    seen: set[str] = set()
    for trace in figure.data:
        if trace.name:
            trace.showlegend = bool(trace.showlegend) and trace.name not in seen
            seen.add(trace.name)
    told = None if title is None else "<br>".join(wrapped(part, TOLD) for part in title.split("<br>"))
    stacked(figure, height, WIDE, told, LEFT, 10 + NAMED if names else 10, FOOT)
    return figure


FIRST, SECOND, THIRD = COLOURS[:3]
