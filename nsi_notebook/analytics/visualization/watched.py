"""What a detector found along a series: the values with what is strange marked, and the scores with their threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ...errors import OptionError
from ..algorithms.along import steps
from ..algorithms.anomalies.found_in_series import SeriesAnomalies
from ..algorithms.zones import by_clock
from .along import TOLD, panels
from .theme import COLOURS, axis_title, printed, stacked, translucent, upright, wrapped

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

WIDE, HIGH, GAP, HEAD, FOOT = 820, 210, 26, 24, 60  # pixels: figure, panel, between, above, below
MOST = 8  # series that are drawn
USUAL, OUT, SHADE = COLOURS[0], COLOURS[1], COLOURS[2]


def figure(found: SeriesAnomalies, *, number: int | None = None, title: str | None = None) -> Figure:
    """Draw a series with its flags and what calibrated them, and below it the scores with the threshold; of several the values.

    Parameters
    ----------
    found : SeriesAnomalies
        What was found.
    number : int, optional
        Of the series; default: up to eight of those that were judged, a panel for each.
    title : str, optional
        Over the figure; what was found, if not said.
    """
    from plotly.subplots import make_subplots

    if number is None and len(found.value) > 1:
        return _several(found, title)
    one = number or 0
    if not 0 <= one < len(found.value):
        raise OptionError(f"number is {one}, of {len(found.value)} series", "0 is the first")
    height = 2 * HIGH + GAP
    drawn = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=GAP / height)
    kind = found.detectors[one]
    _add(drawn, found, one, found.value[one], 1)
    _add(drawn, found, one, found.score[one], 2)
    limit = found.thresholds[one]
    if np.isfinite(limit):
        drawn.add_hline(y=limit, line={"color": "#444", "width": 1, "dash": "dash"}, row=2, col=1)
        told = "threshold" if kind.changes else f"p = {found.alpha:g}"
        drawn.add_annotation(
            text=told, x=1, xref="x2 domain", y=limit, yref="y2", xanchor="right", yanchor="bottom", showarrow=False,
            font={"size": 12, "color": "#444"},
        )  # fmt: skip
    _tell_calibrates(drawn)
    drawn.update_yaxes(title_text=upright(_value(found, one), HIGH), row=1, col=1)
    drawn.update_yaxes(title_text=f"score ({kind.measured})" if len(kind.measured) < 22 else "score", row=2, col=1)
    drawn.update_xaxes(title_text=_below(found), row=2, col=1)
    stacked(drawn, height, WIDE, wrapped(title or _said(found, one), TOLD), 90, HEAD, FOOT)
    return drawn


def _several(found: SeriesAnomalies, title: str | None) -> Figure:
    """Draw the values of up to eight series, each below its name and how often it was strange."""
    judged = np.flatnonzero(found.judged).tolist()
    shown = judged[:MOST]

    def draw(drawn: Any) -> None:
        for row, one in enumerate(shown, 1):
            _add(drawn, found, one, found.value[one], row)
        _tell_calibrates(drawn)

    more = f"; {len(judged) - len(shown)} more series are not drawn" if len(judged) > len(shown) else ""
    told = (title or printed(found.sentence.removesuffix(".")).replace(" -", " \u2212")) + more
    return panels(
        [_value(found, one) for one in shown], _below(found), draw, told, high=150, names=[_said(found, one) for one in shown]
    )


def _add(drawn: Any, found: SeriesAnomalies, one: int, y: Any, row: int) -> None:
    """Add numbers of the samples of a series, with flags and what calibrated them."""
    x, flag, gaps = by_clock(found.coord, found.zone), found.flag[one], _gaps(found)
    y = np.where(np.isinf(y), np.nan, y)
    drawn.add_scatter(
        x=np.insert(x, gaps, x[gaps]), y=np.insert(y, gaps, np.nan), mode="lines", line={"color": USUAL, "width": 1},
        name=_value(found, one), showlegend=False, row=row, col=1,
    )  # fmt: skip
    earlier = any(trace.name == "anomaly" for trace in drawn.data)
    if flag.any():
        drawn.add_scatter(
            x=x[flag], y=y[flag], mode="markers", marker={"color": OUT, "size": 7}, name="anomaly", showlegend=not earlier,
            row=row, col=1,
        )  # fmt: skip
    drawn.add_vrect(
        x0=_plain(x[0]), x1=_plain(x[found.calibrated]), fillcolor=translucent(SHADE, 0.12), line_width=0, layer="below",
        row=row, col=1,
    )  # fmt: skip


def _tell_calibrates(drawn: Any) -> None:
    drawn.add_scatter(
        x=[None], y=[None], mode="markers", marker={"size": 12, "symbol": "square", "color": translucent(SHADE, 0.3)},
        name="calibrates", showlegend=True,
    )  # fmt: skip


def _value(found: SeriesAnomalies, one: int) -> str:
    """Title of the axis of values: the measure, where measures lie beside one another."""
    name = dict(_place(found, one)).get("measure", found.name)
    return axis_title(xr.Variable((), 0.0, {"units": found.units[one]}), str(name))


def _below(found: SeriesAnomalies) -> str:
    return f"{found.dim} ({found.zone})" if found.coord.dtype.kind == "M" else found.dim


def _gaps(found: SeriesAnomalies) -> np.ndarray:
    """Give the places behind gaps of equal steps, where a line is broken."""
    joined = steps(xr.DataArray(found.value[0], {found.dim: found.coord}, [found.dim]), found.dim, "UTC").joined()
    return np.flatnonzero(~joined) + 1 if joined is not None else np.empty(0, dtype=np.int64)


def _place(found: SeriesAnomalies, one: int) -> list[tuple[str, Any]]:
    """Give where along the dims beside a series lies."""
    place = np.unravel_index(one, [len(c) for c in found.coords.values()]) if found.coords else ()
    return [(dim, c[k]) for (dim, c), k in zip(found.coords.items(), place, strict=True)]


def _said(found: SeriesAnomalies, one: int) -> str:
    which = ", ".join(str(at) if dim == "measure" else f"{dim} {at}" for dim, at in _place(found, one))
    runs = len(found.runs(one))
    return f"{f'{which}: ' * bool(which)}{runs} run{'s' * (runs != 1)} of anomalies by {found.method}"


def _plain(value: Any) -> Any:
    """Give a place as the axis takes it."""
    return value.item().isoformat() if isinstance(value, np.datetime64) else value
