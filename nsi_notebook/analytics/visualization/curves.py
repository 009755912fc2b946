"""Curves of a measure, drawn as its panels say."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...voids.measures.base import Panel
from .numbers import heading
from .theme import DASHES, add_band, axis_title, lines_of, log_axis, names_of, wrapped

Array = NDArray[Any]
FEW = 40  # points up to which each is marked
SYMBOLS = dict(zip(DASHES, ("circle", "cross", "diamond"), strict=True))
DASHED = ("solid", "dashed", "dotted")
MOST_BANDS = 3  # more would cover each other


def draw(figure: Any, dataset: xr.Dataset, panel: Panel, row: int, column: int) -> None:
    """Add one panel to a figure of subplots."""
    variable, interval = dataset[panel.variable], dataset.get(f"{panel.variable}_ci")
    by = panel.by if panel.by in variable.dims else ""
    frames = frames_of(dataset, panel)
    lines = lines_of(variable, frames, by)
    banded = interval is not None and not panel.tail and len(lines) <= MOST_BANDS
    seen: set[str] = set()
    shown: dict[str, list[Array]] = {"x": [], "y": []}
    selected = [variable.isel(line.where) for line in lines]
    points = [
        _tail(one) if panel.tail else _points(dataset, one, panel, line.where) for one, line in zip(selected, lines, strict=True)
    ]
    marked = panel.points or max((len(x) for x, _ in points), default=0) <= FEW
    for line, (x, y) in zip(lines, points, strict=True):
        if interval is not None and banded:
            low, high = np.asarray(interval.isel(line.where).values)[: len(x)].T
            known = ~np.isnan(y)
            if "y" in panel.log and known.any():  # a band may end at zero: it is drawn to below the lowest value
                low = np.maximum(low, np.nanmin(y) / 3)
                shown["y"].append(np.concatenate([low[known], high[known]]))
            add_band(figure, x, np.where(known, low, np.nan), high, line.colour, row, column)
        alone = _alone(y)
        figure.add_scatter(
            x=x, y=y, mode="markers" if panel.points else "lines+markers" if marked or alone.any() else "lines",
            name=line.label or panel.variable, showlegend=bool(line.label) and line.label not in seen,
            legendgroup=line.label,
            marker={
                "size": 4 if marked else np.where(alone, 4, 0), "symbol": SYMBOLS[line.dash], "opacity": 1, "line": {"width": 0},
            },
            line={
                "color": line.colour, "width": 2 if len(lines) <= MOST_BANDS else 1.5, "dash": line.dash,
                "shape": "vh" if panel.tail else "linear",  # a share of single sizes falls in steps
            },
            row=row, col=column,
        )  # fmt: skip
        seen.add(line.label)
        shown["x"].append(x[~np.isnan(y)])
        shown["y"].append(y)
    if panel.diagonal:
        both = np.concatenate([*shown["x"], *shown["y"]])
        ends = [] if np.isnan(both).all() else [np.nanmin(both), np.nanmax(both)]
        figure.add_scatter(
            x=ends, y=ends, mode="lines", name="diagonal", hoverinfo="skip", showlegend=False,
            line={"color": "#999", "width": 1, "dash": "dot"}, row=row, col=column,
        )  # fmt: skip
    coordinate = dataset[panel.x] if panel.x else variable
    title = wrapped("share at least as large" if panel.tail else heading(dataset, panel.variable))
    if frames and by:
        looks = SYMBOLS.values() if panel.points else DASHED
        title += "<br>" + ", ".join(f"{name} {look}" for name, look in zip(names_of(variable, by), looks, strict=False))
    along = axis_title(coordinate, panel.along or None)
    figure.update_xaxes(title_text=along, **_scale("x" in panel.log, shown["x"]), row=row, col=column)
    figure.update_yaxes(title_text=title, **_scale("y" in panel.log, shown["y"]), row=row, col=column)
    if "nsi_compare" in dataset.attrs:
        figure.update_yaxes(zeroline=True, zerolinecolor="#888", row=row, col=column)


def frames_of(dataset: xr.Dataset, panel: Panel) -> list[str]:
    """Dims of a panel's variable of which each index is a frame: those that it is not drawn along or by."""
    variable = dataset[panel.variable]
    along = dataset[panel.x].dims if panel.x in dataset.coords else variable.dims[-1:]
    return [str(d) for d in variable.dims if d not in along and d != panel.by]


def _alone(y: Array) -> NDArray[np.bool_]:
    """Values between two gaps, which a line does not show."""
    gap = np.concatenate([[True], np.isnan(y), [True]])
    return np.asarray(~gap[1:-1] & gap[:-2] & gap[2:])


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
    """Settings of an axis."""
    return log_axis(*values) if logarithmic else {"type": "linear"}
