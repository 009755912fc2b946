"""Curves of a measure, drawn as its panels say."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...voids.measures.base import Panel
from .theme import DASHES, add_band, axis_title, lines_of, wrapped

Array = NDArray[Any]
FEW = 40  # points up to which each is marked
SYMBOLS = dict(zip(DASHES, ("circle", "cross", "diamond"), strict=True))
MOST_BANDS = 3  # more would cover each other


def draw(figure: Any, dataset: xr.Dataset, panel: Panel, row: int, column: int) -> None:
    """Add one panel to a figure of subplots."""
    variable, interval = dataset[panel.variable], dataset.get(f"{panel.variable}_ci")
    by = panel.by if panel.by in variable.dims else ""
    along = {str(d) for d in (dataset[panel.x].dims if panel.x in dataset.coords else variable.dims[-1:])} - {by}
    frames = [str(d) for d in variable.dims if d not in along and d != by]
    lines = lines_of(variable, frames, by)
    banded = interval is not None and not panel.tail and len(lines) <= MOST_BANDS
    seen: set[str] = set()
    shown: dict[str, list[Array]] = {"x": [], "y": []}
    for line in lines:
        values = variable.isel(line.where)
        x, y = _tail(values) if panel.tail else _points(dataset, values, panel, line.where)
        if interval is not None and banded:
            low, high = np.asarray(interval.isel(line.where).values)[: len(x)].T
            add_band(figure, x, np.where(low > 0, low, np.nan) if "y" in panel.log else low, high, line.colour, row, column)
        broken = len(x) <= FEW or bool(np.isnan(y).any())  # a value between two gaps is a point
        figure.add_scatter(
            x=x, y=y, mode="markers" if panel.points else "lines+markers" if broken else "lines",
            name=line.label or panel.variable, showlegend=bool(line.label) and line.label not in seen,
            legendgroup=line.label, marker={"size": 4, "symbol": SYMBOLS[line.dash]},
            line={"color": line.colour, "width": 2, "dash": line.dash}, row=row, col=column,
        )  # fmt: skip
        seen.add(line.label)
        shown["x"].append(x)
        shown["y"].append(y)
    if panel.diagonal:
        both = np.concatenate([*shown["x"], *shown["y"]])
        ends = [] if np.isnan(both).all() else [np.nanmin(both), np.nanmax(both)]
        figure.add_scatter(
            x=ends, y=ends, mode="lines", name="diagonal", hoverinfo="skip", showlegend=False,
            line={"color": "#999", "width": 1, "dash": "dot"}, row=row, col=column,
        )  # fmt: skip
    coordinate = dataset[panel.x] if panel.x else variable
    title = "share at least as large" if panel.tail else axis_title(variable)
    if frames and by:
        looks = SYMBOLS.values() if panel.points else DASHES
        title += " (" + ", ".join(f"{name} {look}" for name, look in zip(variable[by].values, looks, strict=False)) + ")"
    figure.update_xaxes(title=axis_title(coordinate), **_scale("x" in panel.log, shown["x"]), row=row, col=column)
    figure.update_yaxes(title=wrapped(title), **_scale("y" in panel.log, shown["y"]), row=row, col=column)


def _points(dataset: xr.Dataset, values: xr.DataArray, panel: Panel, where: dict[str, int]) -> tuple[Array, Array]:
    """Points of a line up to the last that can be drawn; a gap (NaN) where one is not finite, or not positive on a log axis."""
    coordinate = dataset[panel.x].isel(where, missing_dims="ignore")
    x, y = np.asarray(coordinate.values, dtype=float), np.asarray(values.values, dtype=float)
    there = np.isfinite(x) & np.isfinite(y)
    there &= (x > 0) if "x" in panel.log else True
    there &= (y > 0) if "y" in panel.log else True
    last = np.flatnonzero(there & (y != 0) if panel.vanishes else there)
    end = int(last[-1]) + 1 if last.size else 0
    end += panel.vanishes and 0 < end < len(x)  # one 0 shows that it is one
    return x[:end], np.where(there, y, np.nan)[:end]


def _tail(values: xr.DataArray) -> tuple[Array, Array]:
    """Sizes that occur, and the share of all that is at least as large."""
    sizes = np.asarray(values.values, dtype=float)
    sizes = np.sort(sizes[np.isfinite(sizes)])
    value, first = np.unique(sizes, return_index=True)
    return value, 1 - first / max(len(sizes), 1)


def _scale(logarithmic: bool, values: list[Array]) -> dict[str, Any]:
    """Settings of an axis: over more than a decade, ticks at the powers of ten only."""
    if not logarithmic:
        return {"type": "linear"}
    there = np.concatenate(values)
    there = there[there > 0]
    if not there.size:
        return {"type": "log"}
    low, high = np.log10([there.min(), there.max()])
    edge = 0.05 * (high - low) + 0.05
    # the values make the range, not a band that comes close to zero
    found = {"type": "log", "exponentformat": "power", "range": [low - edge, high + edge]}
    return {**found, "dtick": max(1, int((high - low) // 4))} if high - low > 1 else found
