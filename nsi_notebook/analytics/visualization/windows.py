"""The measure against the size of the window: where it settles, how it spreads, and how many fields of view are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ...errors import UnknownNameError
from .theme import COLOURS, Line, add_band, axis_title, lines_of, log_axis, stacked, translucent, wrapped

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

WIDE, HIGH, GAP, HEAD, FOOT = 760, 240, 30, 24, 65  # pixels: figure, panel, between, above, below
FEW = 2  # frames with a band each: more would cover each other


def figure(dataset: xr.Dataset, measure: str | None = None, *, title: str | None = None) -> Figure:
    """Draw what `representative` gave.

    Parameters
    ----------
    dataset : xarray.Dataset
        Mean, quantiles and spread along `window`.
    measure : str, optional
        The one that is there.
    title : str, optional
        Over the figure.
    """
    from plotly.subplots import make_subplots

    name = dataset.attrs["nsi_representative"]
    made = dataset[f"{name}_mean"].attrs["nsi_measure"]
    if measure not in (None, made):
        raise UnknownNameError.among("measure of this Dataset", measure, [made])
    panels = [f"{name}_mean", f"{name}_field_std", *(["fields_needed"] if "fields_needed" in dataset else [])]
    height = HIGH * len(panels) + GAP * (len(panels) - 1)
    drawn = make_subplots(rows=len(panels), cols=1, shared_xaxes=True, vertical_spacing=GAP / height if len(panels) > 1 else 0)
    frames = [str(d) for d in dataset[panels[0]].dims if d != "window"]
    lines = lines_of(dataset[panels[0]], frames)
    for line in lines:
        one = dataset.isel(line.where)
        if len(lines) <= FEW:
            low, high = (one[f"{name}_quantile"].sel(quantile=q).values for q in (0.05, 0.95))
            add_band(drawn, one.window.values, low, high, line.colour, 1, 1, name="" if frames else "5 to 95 % of the windows")
        for row, panel in enumerate(panels, 1):
            _add(drawn, one[panel], line, row, "solid")
        spread, field = one[f"{name}_std"], one[f"{name}_field_std"]
        _add(drawn, spread.where(field != spread).rename("standard deviation of the windows seen, which are few"), line, 2, "dot")
    if not frames:
        _settled(drawn, dataset["settled"].values)
    for row, panel in enumerate(panels, 1):
        scale = {} if row == 1 else log_axis(*(trace.y for trace in drawn.select_traces(row=row, col=1)))
        drawn.update_yaxes(title_text=wrapped(axis_title(dataset[panel])), **scale, row=row, col=1)
    drawn.update_xaxes(**log_axis(dataset["window"].values))
    drawn.update_xaxes(title_text=axis_title(dataset["window"]), row=len(panels), col=1)
    stacked(drawn, height, WIDE, title, left=90, top=HEAD, bottom=FOOT)
    return drawn


def _add(figure: Any, variable: xr.DataArray, line: Line, row: int, dash: str) -> None:
    """Add one line along the windows."""
    figure.add_scatter(
        x=variable.window.values, y=np.asarray(variable.values, dtype=float), mode="lines+markers",
        name=line.label or str(variable.name), legendgroup=line.label, showlegend=row == 1 if line.label else dash == "dot",
        line={"color": line.colour, "width": 2, "dash": dash}, marker={"size": 5}, row=row, col=1,
    )  # fmt: skip


def _settled(figure: Any, bounds: np.ndarray) -> None:
    """Shade the sizes that have settled, if any have."""
    if not np.isfinite(bounds).all():
        return
    low, high = bounds * np.array([0.97, 1.03])  # so that one size is seen
    figure.add_vrect(x0=low, x1=high, fillcolor=translucent(COLOURS[2], 0.15), line_width=0, layer="below", row=1, col=1)
    figure.add_annotation(
        text="settled", x=float(np.log10(low)), y=1, yref="y domain", xanchor="left", yanchor="bottom", showarrow=False,
        font={"size": 12, "color": COLOURS[2]}, row=1, col=1,
    )  # fmt: skip
