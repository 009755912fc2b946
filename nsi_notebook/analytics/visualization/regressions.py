"""What a regression found: rows with the line and its bands, and what is left of them below."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ..algorithms.regression.result import Regression
from .theme import COLOURS, add_band, axis_title, printed, stacked, translucent

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

WIDE, HIGH, LOW, GAP, HEAD, FOOT = 760, 320, 130, 26, 12, 60  # pixels: figure, panel, residuals, between, above, below
CURVE = 200  # points of the line
LETTERS, LINE = 90, 20  # of the title: letters in a line, and pixels of one
MARK = "#555"


def figure(result: Regression, *, title: str | None = None) -> Figure:
    """Draw what `regress` gave.

    Parameters
    ----------
    result : Regression
        Of one predictor: rows against it, with the line, the interval of the mean and, wider, that of a single new value. Of
        several: rows against what was fitted. Below, the residuals.
    title : str, optional
        Over the figure; default: what was found.
    """
    from plotly.subplots import make_subplots

    height = HIGH + LOW + GAP
    drawn = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[HIGH, LOW], vertical_spacing=GAP / height)
    alone = len(result.basis.predictors) == 1
    points = result.points
    place = points.x[:, 0] if alone else points.fitted
    dots = {"size": 6 if len(place) < 500 else 4, "color": translucent(COLOURS[0], 0.55)}
    drawn.add_scatter(x=place, y=points.y, mode="markers", marker=dots, name="rows", showlegend=False, row=1, col=1)
    (_line if alone else _identity)(drawn, result)
    drawn.add_scatter(x=place, y=points.residual, mode="markers", marker=dots, showlegend=False, row=2, col=1)
    drawn.add_hline(y=0, line={"color": MARK, "width": 1}, row=2, col=1)
    said = "fitted " + result.measure.replace("_", " ")
    across = (result.basis.predictors[0].replace("_", " "), result.basis.units[0]) if alone else (said, result.unit)
    drawn.update_xaxes(title_text=_titled(*across), row=2, col=1)
    measure = result.measure.replace("_", " ")
    up = f"probability of {measure}" if result.kind == "logistic" else measure
    drawn.update_yaxes(title_text=_titled(up, result.unit), row=1, col=1)
    drawn.update_yaxes(title_text=_titled("residual", result.unit), row=2, col=1)
    text = "<br>".join(textwrap.wrap(printed(result.sentence if title is None else title), LETTERS)).replace(" -", " \u2212")
    stacked(drawn, height, WIDE, text, left=80, top=HEAD, bottom=FOOT)
    more = LINE * text.count("<br>")  # a title of several lines takes their room
    layout = drawn.layout
    drawn.update_layout(
        height=layout.height + more, margin_t=layout.margin.t + more, title_pad_t=layout.title.pad.t + more,
        legend_y=1 - (layout.height * (1 - layout.legend.y) + more) / (layout.height + more),
    )  # fmt: skip
    return drawn


def _line(drawn: Any, result: Regression) -> None:
    """Draw the line and its bands."""
    x = result.points.x[:, 0]
    at = np.linspace(x.min(), x.max(), CURVE)
    found = result.predict({result.basis.predictors[0]: at})
    per = f"{100 * result.level:g} %"
    if "new_lower" in found:
        add_band(
            drawn, at, found["new_lower"].to_numpy(), found["new_upper"].to_numpy(), COLOURS[5], 1, 1, name=f"{per} of new values"
        )
    if "lower" in found:
        add_band(
            drawn, at, found["lower"].to_numpy(), found["upper"].to_numpy(), COLOURS[1], 1, 1, name=f"{per} interval of the mean"
        )
    drawn.add_scatter(
        x=at,
        y=found["value"],
        mode="lines",
        line={"color": COLOURS[1], "width": 2},
        name=result.method.partition(",")[0],
        row=1,
        col=1,
    )


def _identity(drawn: Any, result: Regression) -> None:
    ends = [float(result.points.fitted.min()), float(result.points.fitted.max())]
    drawn.add_scatter(
        x=ends, y=ends, mode="lines", line={"color": COLOURS[1], "width": 2}, name="fitted", showlegend=False, row=1, col=1
    )


def _titled(name: str, unit: str) -> str:
    return axis_title(xr.Variable((), 0.0, {"long_name": name, "units": unit}))
