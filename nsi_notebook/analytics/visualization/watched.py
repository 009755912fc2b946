"""What a detector found along a series: the values with what is strange marked, and the scores with their threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ...errors import OptionError
from ..algorithms.along import steps
from ..algorithms.anomalies.found_in_series import SeriesAnomalies
from ..algorithms.zones import by_clock
from .theme import COLOURS, axis_title, stacked, translucent, upright

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

WIDE, HIGH, GAP, HEAD, FOOT = 820, 210, 26, 24, 60  # pixels: figure, panel, between, above, below
USUAL, OUT, SHADE = COLOURS[0], COLOURS[1], COLOURS[2]


def figure(found: SeriesAnomalies, *, number: int | None = None, title: str | None = None) -> Figure:
    """Draw a series with its flags and what calibrated them, and below it the scores with the threshold.

    Parameters
    ----------
    found : SeriesAnomalies
        What was found.
    number : int, optional
        Of the series; default: the first of those with most flags, of those that were judged.
    title : str, optional
        Over the figure; what was found, if not said.
    """
    from plotly.subplots import make_subplots

    one = int((found.flag.sum(axis=1) + found.judged / 2).argmax()) if number is None else number
    if not 0 <= one < len(found.value):
        raise OptionError(f"number is {one}, of {len(found.value)} series", "0 is the first")
    height = 2 * HIGH + GAP
    drawn = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=GAP / height)
    x, flag = by_clock(found.coord, found.zone), found.flag[one]
    kind, gaps = found.detectors[one], _gaps(found)
    for row, y, name in ((1, found.value[one], found.name), (2, found.score[one], "score")):
        drawn.add_scatter(
            x=np.insert(x, gaps, x[gaps]), y=np.insert(np.where(np.isinf(y), np.nan, y), gaps, np.nan), mode="lines",
            line={"color": USUAL, "width": 1}, name=name, showlegend=False, row=row, col=1,
        )  # fmt: skip
        drawn.add_scatter(
            x=x[flag], y=np.where(np.isinf(y), np.nan, y)[flag], mode="markers", marker={"color": OUT, "size": 7}, name="anomaly",
            showlegend=row == 1 and bool(flag.any()), row=row, col=1,
        )  # fmt: skip
    drawn.add_vrect(
        x0=_plain(x[0]), x1=_plain(x[found.calibrated]), fillcolor=translucent(SHADE, 0.12), line_width=0, layer="below",
        row="all", col=1,
    )  # fmt: skip
    limit = found.thresholds[one]
    if np.isfinite(limit):
        drawn.add_hline(y=limit, line={"color": "#444", "width": 1, "dash": "dash"}, row=2, col=1)
        told = "threshold" if kind.changes else f"p = {found.alpha:g}"
        drawn.add_annotation(
            text=told, x=1, xref="x2 domain", y=limit, yref="y2", xanchor="right", yanchor="bottom", showarrow=False,
            font={"size": 12, "color": "#444"},
        )  # fmt: skip
    drawn.add_scatter(
        x=[None], y=[None], mode="markers", marker={"size": 12, "symbol": "square", "color": translucent(SHADE, 0.3)},
        name="calibrates", showlegend=True,
    )  # fmt: skip
    drawn.update_yaxes(
        title_text=upright(axis_title(xr.Variable((), 0.0, {"units": found.units[one]}), found.name), HIGH), row=1, col=1
    )
    drawn.update_yaxes(title_text=f"score ({kind.measured})" if len(kind.measured) < 22 else "score", row=2, col=1)
    drawn.update_xaxes(title_text=f"{found.dim} ({found.zone})" if x.dtype.kind == "M" else found.dim, row=2, col=1)
    stacked(drawn, height, WIDE, title or _said(found, one), 90, HEAD, FOOT)
    return drawn


def _gaps(found: SeriesAnomalies) -> np.ndarray:
    """Give the places behind gaps of equal steps, where a line is broken."""
    joined = steps(xr.DataArray(found.value[0], {found.dim: found.coord}, [found.dim]), found.dim, "UTC").joined()
    return np.flatnonzero(~joined) + 1 if joined is not None else np.empty(0, dtype=np.int64)


def _said(found: SeriesAnomalies, one: int) -> str:
    place = np.unravel_index(one, [len(c) for c in found.coords.values()]) if found.coords else ()
    which = ", ".join(f"{dim} {c[k]}" for (dim, c), k in zip(found.coords.items(), place, strict=True))
    runs = len(found.runs(one))
    more = f"; {len(found.value) - 1} more series are not drawn" if len(found.value) > 1 else ""
    return f"{f'{which}: ' * bool(which)}{runs} run{'s' * (runs != 1)} of anomalies by {found.method}{more}"


def _plain(value: Any) -> Any:
    """Give a place as the axis takes it."""
    return value.item().isoformat() if isinstance(value, np.datetime64) else value
