"""Anomalies: how likely each sample is, and the measures that are out, along the samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ..algorithms.anomalies.found import FAR, Anomalies
from ..algorithms.zones import by_clock
from .along import TOLD
from .theme import COLOURS, axis_title, log_axis, moments, printed, stacked, translucent, upright, wrapped

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

WIDE, HIGH, GAP, HEAD, FOOT = 820, 190, 26, 24, 60  # pixels: figure, panel, between, above, below
MOST = 4  # measures that are drawn
NAMED = 6  # measures that are not, up to which they are named
TICKS = 40  # samples that are named along the axis
USUAL, OUT = COLOURS[0], COLOURS[1]


def figure(found: Anomalies, *, title: str | None = None) -> Figure:
    """Draw p-values, and below them the measures: of many those farthest out, and the title says what is not drawn.

    Parameters
    ----------
    found : Anomalies
        What a detector found.
    title : str, optional
        Over the figure; what was found, if not said.
    """
    from plotly.subplots import make_subplots

    measures = _responsible(found)
    rows = 1 + len(measures)
    height = HIGH * rows + GAP * (rows - 1)
    drawn = make_subplots(rows=rows, cols=1, shared_xaxes=True, vertical_spacing=GAP / height)
    x = by_clock(found.samples.coord, found.samples.zone)
    _points(drawn, found, x, found.adjusted, 1)
    shown = found.adjusted[~np.isnan(found.adjusted)]
    told = ("fdr" if found.fdr else "alpha") + f" {found.alpha:g}"
    drawn.add_hline(y=found.alpha, line={"color": "#444", "width": 1, "dash": "dash"}, row=1, col=1)
    drawn.add_annotation(
        text=told, x=1, xref="x domain", y=float(np.log10(found.alpha)), yref="y", xanchor="right", yanchor="bottom",
        showarrow=False, font={"size": 12, "color": "#444"},
    )  # fmt: skip
    name = "p-value for the fdr" if found.fdr else "conformal p-value"
    drawn.update_yaxes(title_text=name, **log_axis(np.append(shown, found.alpha)), row=1, col=1)
    for row, at in enumerate(measures, 2):
        _points(drawn, found, x, found.samples.values[:, at], row)
        low, high = (found.median[at] + side * FAR * found.spread[at] for side in (-1, 1))
        drawn.add_hrect(y0=low, y1=high, fillcolor=translucent(COLOURS[2], 0.15), line_width=0, layer="below", row=row, col=1)
        variable = xr.Variable((), 0.0, {"units": found.samples.units[at]})
        drawn.update_yaxes(title_text=upright(axis_title(variable, found.samples.measures[at]), HIGH), row=row, col=1)
    drawn.add_scatter(
        x=[None], y=[None], mode="markers", marker={"size": 12, "symbol": "square", "color": translucent(COLOURS[2], 0.3)},
        name=f"median ± {FAR:g} robust sd of what was learned", showlegend=True,
    )  # fmt: skip
    moments(drawn, x)
    _below(drawn, found, x, rows)
    told = title or printed(found.sentence.removesuffix(".")).replace(" -", " \u2212")
    stacked(drawn, height, WIDE, wrapped(told + _left_out(found, measures), TOLD), 90, HEAD, FOOT)
    return drawn


def _points(figure: Any, found: Anomalies, x: Any, y: Any, row: int) -> None:
    """Add a value of each sample; only those that follow one another are joined."""
    flag, labels = found.flag, list(found.samples.labels.values())
    if found.samples.ordered:
        figure.add_scatter(
            x=x, y=y, mode="lines", line={"color": translucent(USUAL, 0.35), "width": 1}, hoverinfo="skip",
            showlegend=False, row=row, col=1,
        )  # fmt: skip
    small = 4 if found.samples.ordered else 6
    for which, colour, size, name in ((~flag, USUAL, small, "not flagged"), (flag, OUT, 8, "anomaly")):
        figure.add_scatter(
            x=x[which], y=y[which], mode="markers", marker={"color": colour, "size": size}, name=name, legendgroup=name,
            hovertext=labels[0][which] if labels else None, showlegend=row == 1 and bool(which.any()), row=row, col=1,
        )  # fmt: skip


def _below(figure: Any, found: Anomalies, x: Any, row: int) -> None:
    """Title the axis of the samples; those that have names and no order are named: all of few, of many the flagged ones."""
    title = found.samples.dim + f" ({found.samples.zone})" * found.samples.aware
    for name, texts in [*found.samples.labels.items()][: not found.samples.ordered]:
        title = name
        shown = slice(None) if len(x) <= TICKS else np.flatnonzero(found.flag)[:TICKS]
        figure.update_xaxes(tickvals=x[shown], ticktext=texts[shown])
    figure.update_xaxes(title_text=title, row=row, col=1)


def _responsible(found: Anomalies) -> list[int]:
    """Give all measures, of many those far out in the flagged samples, or in all if none is; farthest first, one at least."""
    far = np.abs(found.deviation[found.flag if len(found) else slice(None)])
    far = np.where(np.isnan(far), 0.0, far).max(axis=0)
    order = [int(at) for at in np.argsort(-far, kind="stable")[:MOST]]
    if len(far) <= MOST:
        return order
    return [at for at in order if far[at] >= FAR] or order[:1]


def _left_out(found: Anomalies, drawn: list[int]) -> str:
    names = [name for at, name in enumerate(found.samples.measures) if at not in drawn]
    if not names:
        return ""
    return f"; not drawn: {', '.join(names)}" if len(names) <= NAMED else f"; {len(names)} more measures are not drawn"
