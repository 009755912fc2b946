"""How every figure looks, in one place."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# Okabe & Ito's palette: distinguishable with any colour vision
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
VOID = (0, 158, 201)  # the tint of the empty part, as in the threshold widget
DASHES = ("solid", "dash", "dot")
MOST = 6  # frames in a panel: more cannot be told apart
WRAP = 30  # letters in a line of the title of a y axis


@dataclass(frozen=True)
class Line:
    """One line of a panel: what it is called, how it looks, and the index that it has along the dims that make lines."""

    label: str
    colour: str
    dash: str
    where: dict[str, int]


def layout(**more: Any) -> dict[str, Any]:
    """Layout of a figure."""
    axis = {
        "showline": True,
        "linecolor": "#444",
        "ticks": "outside",
        "gridcolor": "#e6e6e6",
        "zeroline": False,
        "exponentformat": "power",
        "automargin": True,
    }
    base: dict[str, Any] = {
        "template": {"layout": {"colorway": list(COLOURS), "xaxis": axis, "yaxis": axis}},
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": "#222"},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "margin": {"l": 70, "r": 25, "t": 60, "b": 60},
        "legend": {"orientation": "h", "y": -0.2},
    }
    return base | more


def stacked(figure: Figure, height: int, width: int, title: str | None, left: int, top: int, bottom: int) -> None:
    """Lay panels out below a legend and, if there is one, a title, which adds to the height."""
    above = 30 if title else 0
    figure.update_layout(
        layout(
            height=height + above,
            width=width,
            title={"text": title, "y": 1, "yanchor": "top", "pad": {"t": 12}},
            legend={"orientation": "h", "y": 1 - above / (height + above), "yanchor": "top", "yref": "container", "x": 0},
            margin={"l": left, "r": 25, "t": top + above, "b": bottom},
        )
    )


def tell_once(figure: Figure) -> None:
    """Show each group of traces in the legend once."""
    seen: set[str] = set()
    for trace in figure.data:
        if trace.legendgroup:
            trace.showlegend = trace.legendgroup not in seen
            seen.add(trace.legendgroup)


def axis_title(variable: xr.DataArray | xr.Variable, name: str | None = None) -> str:
    """Title of an axis: what it is, and its unit.

    >>> axis_title(xr.Variable((), 1.0, {"long_name": "chord length", "units": "um"}))
    'chord length (um)'
    """
    text = name or str(variable.attrs.get("long_name") or getattr(variable, "name", "") or "")
    unit = str(variable.attrs.get("units", "1")).replace("^2", "²").replace("^3", "³")
    return text if unit in ("1", "") else f"{text} ({unit})"


def translucent(colour: str, alpha: float) -> str:
    """Write a hexadecimal colour as rgba."""
    r, g, b = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({r},{g},{b},{alpha})"


def lines_of(variable: xr.DataArray, frames: Sequence[str], by: str = "") -> list[Line]:
    """Lines that a variable makes: one for each frame, in shades, times one for each index of `by`, in dashes.

    Of more frames than can be told apart, some are taken, evenly spaced. Without frames `by` is told by colour.
    """
    names = names_of(variable, by) if by else [""]
    if not frames:
        return [Line(name, COLOURS[i % len(COLOURS)], "solid", {by: i} if by else {}) for i, name in enumerate(names)]
    from plotly.colors import sample_colorscale

    shape = [variable.sizes[d] for d in frames]
    number = int(np.prod(shape, dtype=int))
    picked = np.unique(np.linspace(0, number - 1, min(number, MOST)).round().astype(int))
    shades = sample_colorscale("Viridis", np.linspace(0, 0.9, len(picked)).tolist(), colortype="tuple")
    lines = []
    for flat, shade in zip(picked, shades, strict=True):
        where = {d: int(i) for d, i in zip(frames, np.unravel_index(flat, shape), strict=True)}
        label = ", ".join(_named(variable, d, i) for d, i in where.items())
        colour = "#" + "".join(f"{round(255 * part):02x}" for part in shade)
        lines += [Line(label, colour, DASHES[i % 3], {**where, **({by: i} if by else {})}) for i in range(len(names))]
    return lines


def names_of(variable: xr.DataArray, dim: str) -> list[str]:
    """Names of the indices of a dim; dimensions of a homology as H0, H1."""
    return [f"H{v}" if dim == "homology" else str(v) for v in variable.coords[dim].values]


def _named(variable: xr.DataArray, dim: str, index: int) -> str:
    if dim not in variable.coords:
        return f"{dim} {index}"
    coordinate = variable.coords[dim]
    value, unit = coordinate.values[index], coordinate.attrs.get("units", "")
    return f"{dim} {value:g} {unit}".strip() if isinstance(value, float | int) else f"{dim} {value}"


def wrapped(title: str, most: int = WRAP) -> str:
    """Break a title into lines, so that it is not longer than its panel."""
    return "<br>".join(textwrap.wrap(title, most))


def add_band(figure: Any, x: NDArray[Any], low: NDArray[Any], high: NDArray[Any], colour: str, row: int, column: int) -> None:
    """Fill the room between two curves where both are numbers."""
    there = np.isfinite(low) & np.isfinite(high)
    x, low, high = x[there], low[there], high[there]
    figure.add_scatter(
        x=np.concatenate([x, x[::-1]]), y=np.concatenate([low, high[::-1]]), fill="toself", mode="lines", line={"width": 0},
        fillcolor=translucent(colour, 0.2), hoverinfo="skip", showlegend=False, row=row, col=column,
    )  # fmt: skip
