"""Series along a dim: a line for each, as of rates or of what was stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from ...errors import SeriesError
from ..algorithms.along import labelled
from ..algorithms.clocks import in_time, is_time
from ..algorithms.rising import places_beside
from ..algorithms.zones import by_clock, zone_of
from ..core.times import instants
from .along import panels, value_title
from .theme import COLOURS, DASHES, axis_title, moments

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MOST = len(COLOURS) * len(DASHES)  # lines: more cannot be told apart
FEW = 40  # samples up to which each is marked
RATE = "bridged"  # the attr of rates, each of which is that of the step before it


def is_series(array: xr.DataArray) -> bool:
    """Whether an array holds series and no images."""
    laid = in_time(array)
    return not {"x", "y", "z"} & set(laid.dims) and (laid.ndim == 1 or any(is_time(laid, d) for d in laid.dims))


def figure(array: xr.DataArray, *, title: str | None = None) -> Figure:
    """Draw series along their dim, broken where values are missing; a rate as a step that lasts as long as what it was taken of.

    Parameters
    ----------
    array : DataArray
        Dims other than that of time are those of the series: of more than 24 the first are drawn, and the title says so.
    title : str, optional
        Over the figure; what the values are, if not said.
    """
    data, dim = labelled(array, None)
    others = [d for d in data.dims if d != dim]
    name = str(data.attrs.get("long_name") or data.name or "value").replace("_", " ")
    coord = data[dim].to_numpy() if dim in data.coords else np.arange(data.sizes[dim])
    told = dim if dim not in data.coords else axis_title(data[dim].variable, dim)
    if coord.dtype.kind == "M" and "timezone" in data[dim].attrs:
        zone = zone_of(data, dim, None)
        coord, told = by_clock(instants(coord, data[dim].attrs["timezone"]).view("M8[us]"), zone), f"{dim} ({zone})"
    if not data.size:
        raise SeriesError(f"there are no values to draw along {dim!r}", "a series of at least one")
    rows = data.transpose(*others, dim).to_numpy().astype(float).reshape(-1, len(coord))
    places = list(np.ndindex(*(data.sizes[d] for d in others)))
    beside = places_beside(data, dim)
    named = [", ".join(f"{d} {where[i]}" for (d, where), i in zip(beside.items(), at, strict=True)) for at in places]

    def draw(drawn: Figure) -> None:
        for number, (row, label) in enumerate(zip(rows[:MOST], named, strict=False)):
            drawn.add_scatter(
                x=coord, y=np.where(np.isinf(row), np.nan, row), name=label, showlegend=len(rows) > 1,
                mode="markers" if coord.dtype.kind in "OUST" else "lines+markers" if len(coord) <= FEW else "lines",
                line={
                    "color": COLOURS[number % len(COLOURS)], "dash": DASHES[number // len(COLOURS)], "width": 1.2,
                    "shape": "vh" if RATE in data.attrs else "linear",
                },
            )  # fmt: skip
        moments(drawn, coord)

    more = f"; {len(rows) - MOST} more series are not drawn" if len(rows) > MOST else ""
    return panels([value_title(name, str(data.attrs.get("units", "1")))], told, draw, (title or name) + more)
