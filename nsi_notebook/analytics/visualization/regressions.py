"""What a regression found: rows with the line and its bands, and what is left of them below."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ...voids.units import factor, multiplied
from ..algorithms.regression.result import Regression
from ..algorithms.statistics.result import Estimate
from ..algorithms.statistics.words import at_first, interval, p_said, with_unit
from ..algorithms.zones import by_clock
from .theme import COLOURS, add_band, axis_title, printed, stacked, translucent

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

WIDE, HIGH, LOW, GAP, HEAD, FOOT = 760, 320, 130, 26, 12, 60  # pixels: figure, panel, residuals, between, above, below
CURVE = 200  # points of the line
LETTERS, UP = 90, 40  # in a line of the title, and of that of the upper axis
EACH = "regression of"
MARK = "#555"


def figure(result: Regression, *, title: str | None = None) -> Figure:
    """Draw what `regress` gave.

    Parameters
    ----------
    result : Regression
        Of one predictor: rows against it, with the line, the interval of the mean and, wider, that of a single new value. Of
        several: rows against what was fitted. Below, the residuals. The interval of the mean at x is that of x'b by
        the covariance of the coefficients, so of dependent noise along time: it was measured to hold the mean, after a jump too.
    title : str, optional
        Over the figure; default: what was found.
    """
    from plotly.subplots import make_subplots

    height = HIGH + LOW + GAP
    drawn = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[HIGH, LOW], vertical_spacing=GAP / height)
    add(drawn, result, 1)
    drawn.add_scatter(
        x=_across(result), y=result.points.residual, mode="markers", marker=_dots(result), showlegend=False, row=2, col=1
    )
    drawn.add_hline(y=0, line={"color": MARK, "width": 1}, row=2, col=1)
    drawn.update_xaxes(title_text=below(result), row=2, col=1)
    drawn.update_yaxes(title_text=axis(result), row=1, col=1)
    drawn.update_yaxes(title_text=_titled("residual", result.unit), row=2, col=1)
    text = "<br>".join(textwrap.wrap(title or at_first(said(result)), LETTERS))
    stacked(drawn, height, WIDE, text, left=80, top=HEAD, bottom=FOOT)
    return drawn


def said(result: Regression) -> str:
    """Say what was found."""
    return printed(result.sentence).replace(" -", " \u2212")


def brief(result: Regression) -> str:
    """Say what was found in few words."""
    if not _alone(result) or result.basis.degree is not None:
        return f"{100 * result.r2:.3g} % of its variance is explained; {result.n} rows"
    term = result.terms[-1]
    name = "slope" if result.kind != "logistic" else "log odds"
    slope = Estimate(name, term.value, term.lower, term.upper, printed(term.unit), result.level)
    found, per = result.slope
    if per != result.basis.units[0] and result.kind != "logistic":
        slope = replace(found, name=name, unit=printed(multiplied((result.unit, 1), (per, -1))))
    if not np.isfinite([term.lower, term.upper]).all():
        return f"{name} {with_unit(f'{term.value:.4g}', slope.unit)}; {result.n} rows"
    return f"{name} {interval(slope)}, {p_said(term.p)}"


def axis(result: Regression) -> str:
    """Title of the axis of values."""
    measure = result.measure.replace("_", " ")
    name = f"probability of {measure}" if result.kind == "logistic" else measure
    return "<br>".join(textwrap.wrap(_titled(name, result.unit), UP))


def below(result: Regression) -> str:
    """Title of the axis across which rows are drawn."""
    if not _alone(result):
        return _titled("fitted " + result.measure.replace("_", " "), result.unit)
    name = result.basis.predictors[0].replace("_", " ")
    return _titled(name, result.basis.units[0]) if result.origin is None else f"{name} ({result.zone})"


def add(drawn: Any, result: Regression, row: int) -> None:
    """Add rows, and the line or what was fitted, to a panel."""
    drawn.add_scatter(
        x=_across(result), y=result.points.y, mode="markers", marker=_dots(result), name="rows", showlegend=False, row=row, col=1
    )
    (_line if _alone(result) else _identity)(drawn, result, row)


def _alone(result: Regression) -> bool:
    return len(result.basis.predictors) == 1


def _across(result: Regression) -> Any:
    return _placed(result, result.points.x[:, 0]) if _alone(result) else result.points.fitted


def _placed(result: Regression, x: Any) -> Any:
    """Give places of the predictor as the axis has them: moments, if it is time."""
    if result.origin is None:
        return x
    moments = result.origin + np.round(x * (factor(result.basis.units[0], "us") or 1.0)).astype("timedelta64[us]")
    return by_clock(moments, result.zone)


def _dots(result: Regression) -> dict[str, Any]:
    return {"size": 6 if len(result.points.y) < 500 else 4, "color": translucent(COLOURS[0], 0.55)}


def _line(drawn: Any, result: Regression, row: int) -> None:
    """Draw the line and its bands."""
    x = result.points.x[:, 0]
    at = np.linspace(x.min(), x.max(), CURVE)
    found = result.predict({result.basis.predictors[0]: at})
    per = f"{100 * result.level:g} %"
    across = _placed(result, at)
    bands = (("new_lower", "new_upper", COLOURS[5], "of new values"), ("lower", "upper", COLOURS[1], "interval of the mean"))
    for lower, upper, colour, name in bands:
        if lower in found and np.isfinite(found[lower]).all():
            add_band(drawn, across, found[lower].to_numpy(), found[upper].to_numpy(), colour, row, 1, name=f"{per} {name}")
    drawn.add_scatter(
        x=across, y=found["value"], mode="lines", line={"color": COLOURS[1], "width": 2}, name=result.method.partition(",")[0],
        showlegend=True, row=row, col=1,
    )  # fmt: skip


def _identity(drawn: Any, result: Regression, row: int) -> None:
    ends = [float(result.points.fitted.min()), float(result.points.fitted.max())]
    drawn.add_scatter(
        x=ends, y=ends, mode="lines", line={"color": COLOURS[1], "width": 2}, name="fitted", showlegend=False, row=row, col=1
    )


def _titled(name: str, unit: str) -> str:
    return axis_title(xr.Variable((), 0.0, {"long_name": name, "units": unit}))
