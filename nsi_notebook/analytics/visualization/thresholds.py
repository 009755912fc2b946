"""Measures against the threshold, above the histogram, with the automatic thresholds: how much hangs on the choice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ...errors import OptionError, UnknownNameError
from .numbers import draw_series
from .theme import COLOURS, METHODS, axis_title, stacked, tell_once, translucent

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

WIDE, HIGH, LOW, GAP, HEAD, FOOT = 860, 210, 110, 26, 30, 65  # pixels: figure, panel, histogram, between, above, below
RULES = ("li", "otsu", "triangle")
MARKS = ("dot", "dash", "dashdot")
MARK = "#555"
BINS = 128  # of the histogram, at most


def figure(dataset: xr.Dataset, measure: str | None = None, *, title: str | None = None) -> Figure:
    """Draw what `curves` gave.

    Parameters
    ----------
    dataset : xarray.Dataset
        Variables along `threshold`, their intervals and ranges, and `pixel_share`.
    measure : str, optional
        Draw this one only.
    title : str, optional
        Over the figure.
    """
    from plotly.subplots import make_subplots

    names = _names(dataset, measure)
    heights = [HIGH] * len(names) + [LOW]
    height = sum(heights) + GAP * len(names)
    drawn = make_subplots(rows=len(heights), cols=1, shared_xaxes=True, row_heights=heights, vertical_spacing=GAP / height)
    for row, name in enumerate(names, 1):
        variable = dataset[name].transpose("threshold", ...)
        draw_series(drawn, dataset.assign({name: variable}), name, row, 1)
        drawn.update_xaxes(title=None, row=row, col=1)
        drawn.add_annotation(
            text=_said(dataset, name), xref="x domain", yref="y domain", x=1, y=1, xanchor="right", yanchor="bottom",
            showarrow=False, font={"size": 12, "color": MARK}, row=row, col=1,
        )  # fmt: skip
    drawn.update_traces(mode="lines", selector={"mode": "lines+markers"})
    _histogram(drawn, dataset, len(heights))
    _marks(drawn, dataset, len(heights))
    tell_once(drawn)
    stacked(drawn, height, WIDE, title, left=90, top=HEAD, bottom=FOOT)
    return drawn


def _names(dataset: xr.Dataset, measure: str | None) -> list[str]:
    """Variables that are curves: along the threshold, and one number for each frame there."""
    made = {str(n): v.attrs.get("nsi_measure") for n, v in dataset.data_vars.items() if "threshold" in v.dims}
    made = {n: m for n, m in made.items() if m is not None and n != "pixel_share" and not n.endswith("_ci")}
    if measure is not None and measure not in made.values():
        raise UnknownNameError.among("measure of this Dataset", measure, {str(m) for m in made.values()})
    names = [n for n, m in made.items() if measure in (None, m)]
    if not names:
        raise OptionError("the Dataset holds no measure along the threshold", "image.nsi.curves()")
    return names


def _said(dataset: xr.Dataset, name: str) -> str:
    """Say in which range the automatic thresholds leave a variable, if there is one frame only."""
    found = dataset.get(f"{name}_range")
    if found is None or found.size != 2 or not bool(np.isfinite(found).all()):
        return ""
    low, high = float(found.min()), float(found.max())
    said = [f"{v:,.0f}" if v.is_integer() or 1e3 <= abs(v) < 1e7 else f"{v:.3g}" for v in (low, high)]
    return f"between the automatic thresholds: {' to '.join(said)}".replace("-", "\u2212")


def _histogram(figure: Any, dataset: xr.Dataset, row: int) -> None:
    """Share of pixels in equal steps of the threshold; of several frames, their mean."""
    coordinate = dataset["threshold"]
    if "pixel_share" in dataset and coordinate.size > 1:
        x = np.asarray(coordinate.values, dtype=float)
        share = dataset["pixel_share"]
        below = np.cumsum(share.mean([d for d in share.dims if d != "threshold"]).values)
        # what is not above the first threshold is given the width of a bin
        edges, step = np.linspace(x[0], x[-1], min(x.size, BINS + 1), retstep=True)
        density = np.append(below[0], np.diff(np.interp(edges, x, below)))
        x = edges - step / 2
        figure.add_scatter(
            x=x, y=density, mode="lines", line={"shape": "hvh", "width": 1, "color": MARK}, fill="tozeroy",
            fillcolor=translucent(COLOURS[6], 0.15), name="pixels", showlegend=False, row=row, col=1,
        )  # fmt: skip
    figure.update_yaxes(
        title_text="share of<br>pixels", showticklabels=False, ticks="", showgrid=False, rangemode="tozero", row=row, col=1
    )
    figure.update_xaxes(title_text=axis_title(coordinate), row=row, col=1)


def _marks(figure: Any, dataset: xr.Dataset, rows: int) -> None:
    """Draw the automatic thresholds through all panels, and shade what lies between them."""
    attrs = dataset["threshold"].attrs
    found = {m: float(attrs[f"nsi_{m}"]) for m in RULES if f"nsi_{m}" in attrs}
    if not found:
        return
    for row in range(1, rows + 1):
        figure.add_vrect(
            x0=min(found.values()), x1=max(found.values()), fillcolor=translucent(COLOURS[4], 0.15), line_width=0,
            layer="below", row=row, col=1,
        )  # fmt: skip
        for dash, value in zip(MARKS, found.values(), strict=True):
            figure.add_vline(x=value, line={"color": MARK, "width": 1.5, "dash": dash}, row=row, col=1)
    for dash, (method, value) in zip(MARKS, found.items(), strict=True):
        figure.add_scatter(
            x=[None], y=[None], mode="lines", line={"color": MARK, "width": 1.5, "dash": dash},
            name=f"{METHODS[method]} {value:.4g}".replace("-", "\u2212"), showlegend=True, row=1, col=1,
        )  # fmt: skip
