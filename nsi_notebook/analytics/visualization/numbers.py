"""Single numbers of a measure: a point with its interval, or a line over the frames."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from .theme import COLOURS, add_band, axis_title, lines_of, names_of, wrapped

KINDS = ("axis", "homology")  # dims of which each index is a number by itself

EDGE = 0.05  # of an axis, beyond its first and last mark, which would cover its labels
TRUTH = {"tickvals": [0, 1], "ticktext": ["no", "yes"]}
MINUS = ", other minus first"  # as `compare` says of each variable
LONG = 1e7  # what is written in full on an axis is less


def is_flat(variable: xr.DataArray) -> bool:
    """Whether it is drawn as points on one low panel."""
    return variable.ndim == 0 or (variable.ndim == 1 and variable.dims[0] in KINDS)


def draw_flat(figure: Any, dataset: xr.Dataset, name: str, row: int, column: int) -> None:
    """Add the panel of a number, or of one for each axis or homology."""
    variable, interval = dataset[name], dataset.get(f"{name}_ci")
    values = np.atleast_1d(np.asarray(variable.values, dtype=float))
    names = names_of(variable, str(variable.dims[0])) if variable.ndim else [" "]
    bounds = None if interval is None else np.asarray(interval.values, dtype=float).reshape(-1, 2)
    error = bounds is not None and bool(np.isfinite(bounds).any())
    for i, value in enumerate(values):  # in the colour that its curve has
        bar = None
        if bounds is not None and np.isfinite(bounds[i]).all():
            bar = {
                "type": "data",
                "symmetric": False,
                "array": [bounds[i, 1] - value],
                "arrayminus": [value - bounds[i, 0]],
                "width": 8,
            }
        colour = COLOURS[i % len(COLOURS)]
        figure.add_scatter(
            x=[value], y=[names[i]], error_x=bar, mode="markers", marker={"size": 10, "color": colour}, name=name,
            showlegend=False, cliponaxis=False, row=row, col=column,
        )  # fmt: skip
    plain = np.nanmax(np.abs(values), initial=0) < LONG
    figure.update_xaxes(nticks=6, **({"exponentformat": "none", "separatethousands": True} if plain else {}), row=row, col=column)
    figure.update_yaxes(showgrid=False, ticks="", range=[-0.6, len(values) - 0.4], row=row, col=column)
    if _is_truth(variable):
        figure.update_xaxes(range=[-EDGE, 1 + EDGE], **TRUTH, row=row, col=column)
    elif not error and np.nanmin(values, initial=0) >= 0:  # nothing shows how far it may be off, so it is seen beside zero
        top = np.nanmax(values, initial=0) or 1
        figure.update_xaxes(range=[-EDGE * top, (1 + EDGE) * top], row=row, col=column)
    elif not error or name.endswith("_difference"):  # zero is what both are compared with
        figure.update_xaxes(rangemode="tozero", zeroline=True, zerolinecolor="#888", row=row, col=column)


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
    figure.update_xaxes(title_text=axis_title(coordinate, dim), row=row, col=column)
    figure.update_yaxes(title_text=wrapped(heading(dataset, name)), **(TRUTH if _is_truth(variable) else {}), row=row, col=column)


def heading(dataset: xr.Dataset, name: str) -> str:
    """Title of a number or a curve, without what the title of the figure says."""
    variable = dataset[name]
    said = str(variable.attrs.get("long_name") or name)
    return axis_title(variable, said.removesuffix(MINUS) if "nsi_compare" in dataset.attrs else said)


def _is_truth(variable: xr.DataArray) -> bool:
    return str(variable.attrs.get("long_name", "")).startswith("whether ") and not str(variable.name).endswith("_difference")
