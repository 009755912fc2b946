"""Single numbers of a measure: a point with its interval, or a line over the frames."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from .theme import COLOURS, add_band, axis_title, lines_of, names_of, wrapped

KINDS = ("axis", "homology")  # dims of which each index is a number by itself

EDGE = 0.05  # of an axis, beyond its first and last mark, which would cover its labels
LONG = 1e7  # what is written in full on an axis is less


def is_flat(variable: xr.DataArray) -> bool:
    """Whether it is drawn as points on one low panel."""
    return variable.ndim == 0 or (variable.ndim == 1 and variable.dims[0] in KINDS)


def draw_flat(figure: Any, dataset: xr.Dataset, name: str, row: int, column: int) -> None:
    """Add the panel of a number, or of one for each axis or homology."""
    variable, interval = dataset[name], dataset.get(f"{name}_ci")
    values = np.atleast_1d(np.asarray(variable.values, dtype=float))
    names = names_of(variable, str(variable.dims[0])) if variable.ndim else [" "]
    error = None
    if interval is not None:
        low, high = np.asarray(interval.values, dtype=float).reshape(-1, 2).T
        error = {"type": "data", "symmetric": False, "array": high - values, "arrayminus": values - low, "width": 8}
    figure.add_scatter(
        x=values, y=names, error_x=error, mode="markers",
        marker={"size": 10, "color": COLOURS[0]}, name=name, showlegend=False, cliponaxis=False, row=row, col=column,
    )  # fmt: skip
    plain = np.nanmax(np.abs(values), initial=0) < LONG
    figure.update_xaxes(nticks=6, **({"exponentformat": "none", "separatethousands": True} if plain else {}), row=row, col=column)
    figure.update_yaxes(showgrid=False, ticks="", range=[-0.6, len(values) - 0.4], row=row, col=column)
    if str(variable.attrs.get("long_name", "")).startswith("whether "):
        figure.update_xaxes(range=[-EDGE, 1 + EDGE], tickvals=[0, 1], ticktext=["no", "yes"], row=row, col=column)
    elif error is None and np.nanmin(values, initial=0) >= 0:  # nothing shows how far it may be off, so it is seen beside zero
        top = np.nanmax(values, initial=0) or 1
        figure.update_xaxes(range=[-EDGE * top, (1 + EDGE) * top], row=row, col=column)
    elif error is None or name.endswith("_difference"):  # zero is what both are compared with
        figure.update_xaxes(rangemode="tozero", row=row, col=column)


def draw_series(figure: Any, dataset: xr.Dataset, name: str, row: int, column: int) -> None:
    """Add the panel of a number that changes along a dim, a line for each index of the others."""
    variable, interval = dataset[name], dataset.get(f"{name}_ci")
    dim = str(variable.dims[0])
    coordinate = (
        variable.coords[dim] if dim in variable.coords else xr.DataArray(np.arange(variable.sizes[dim]), dims=dim, name=dim)
    )
    x = np.asarray(coordinate.values)
    others = [str(d) for d in variable.dims[1:]]
    for line in lines_of(variable, [d for d in others if d not in KINDS], next((d for d in others if d in KINDS), "")):
        if interval is not None:
            low, high = np.asarray(interval.isel(line.where).transpose(dim, "bound").values).T
            add_band(figure, x, low, high, line.colour, row, column)
        figure.add_scatter(
            x=x, y=np.asarray(variable.isel(line.where).values), mode="lines+markers",
            line={"color": line.colour, "dash": line.dash}, showlegend=bool(line.label), legendgroup=line.label,
            name=line.label or name, row=row, col=column,
        )  # fmt: skip
    figure.update_xaxes(title=axis_title(coordinate, dim), row=row, col=column)
    figure.update_yaxes(title=wrapped(axis_title(variable)), row=row, col=column)
