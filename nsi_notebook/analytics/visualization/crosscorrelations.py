"""Correlation of two series at lags, what chance has of it, and the best lag with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..algorithms.series.words import unit_of_steps
from .along import headline
from .theme import COLOURS, add_band, layout, printed, wrapped

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from ..algorithms.series.crosscorrelation import CrossCorrelation

HEIGHT, WIDTH = 420, 760
EACH = "correlation at lags of"
LETTERS = 95  # in a line of the title
STEMS = 121  # lags up to which each has its stem


def figure(result: CrossCorrelation, *, title: str | None = None) -> Figure:
    """Draw the correlation at each lag.

    Parameters
    ----------
    result : CrossCorrelation
    title : str, optional
    """
    from plotly.subplots import make_subplots

    drawn = make_subplots()
    add(drawn, result, 1)
    drawn.update_xaxes(title=below(result))
    drawn.update_yaxes(title=axis(result))
    title = "<br>".join(wrapped(part, LETTERS) for part in (title or headline(result)).split("<br>"))
    top = 60 + 18 * (1 + title.count("<br>"))
    return drawn.update_layout(
        layout(
            title={"text": title, "font": {"size": 15}}, height=HEIGHT + top - 55, width=WIDTH, showlegend=True,
            margin={"l": 70, "r": 25, "t": top, "b": 60}, legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        )
    )  # fmt: skip


def brief(result: CrossCorrelation) -> str:
    """Say what was found in few words."""
    if not result.found:
        return "no lag is shown"
    unit, size = _unit(result)
    low, high = (end / size for end in result.interval)
    lag = f"lag {result.lag / size:g}{unit}"
    return f"{lag} ({low:g} to {high:g}), correlation {result.correlation[result.best]:.2f}"


def axis(result: CrossCorrelation) -> str:
    """Title of the axis of correlations."""
    return "correlation" + (f", made white by AR({result.order})" if result.order else "")


def below(result: CrossCorrelation) -> str:
    """Title of the axis of lags."""
    unit = _unit(result)[0].strip()
    return f"lag by which {result.other} follows {result.first}" + (f" ({unit})" if unit else "")


def _unit(result: CrossCorrelation) -> tuple[str, float]:
    """Give the unit of lags as it is written behind a number, and how many of their own it is."""
    unit, size = unit_of_steps(result.step, result.unit)
    return "" if unit in ("1", "sample") else " months" if unit == "month" else f" {printed(unit)}", size


def add(drawn: Any, result: CrossCorrelation, row: int) -> None:
    """Add it to a panel."""
    unit, size = _unit(result)
    lags, value = result.lags / size, result.correlation
    wide = 100 * result.level
    near = {"row": row, "col": 1}
    name = f"{wide:g} % of unrelated series stay inside at all lags"
    add_band(drawn, lags, -result.bound, result.bound, "#777777", row, 1, name)
    if len(lags) <= STEMS:
        stems = np.stack([lags, lags, np.full(len(lags), np.nan)], axis=1).ravel()
        height = np.stack([np.zeros(len(lags)), value, np.full(len(lags), np.nan)], axis=1).ravel()
        look = {"color": COLOURS[0], "width": 1.5}
        drawn.add_scatter(x=stems, y=height, mode="lines", line=look, hoverinfo="skip", showlegend=False, **near)
    mode = "markers" if len(lags) <= STEMS else "lines"
    about = f"lag %{{x:.6g}}{unit}: %{{y:.3f}}<extra></extra>"
    drawn.add_scatter(
        x=lags, y=value, mode=mode, marker={"color": COLOURS[0], "size": 5}, line={"color": COLOURS[0], "width": 1.5},
        hovertemplate=about, showlegend=False, **near,
    )  # fmt: skip
    if result.found:
        best, low, high = (place / size for place in (result.lag, *result.interval))
        drawn.add_vrect(x0=low, x1=high, fillcolor=COLOURS[1], opacity=0.15, line_width=0, **near)
        drawn.add_scatter(
            x=[best], y=[value[result.best]], mode="markers", marker={"color": COLOURS[1], "size": 10},
            name=f"best lag {best:g} ({low:g} to {high:g}){unit}", hovertemplate=about, showlegend=True, **near,
        )  # fmt: skip
    drawn.add_hline(y=0, line={"color": "#444", "width": 1}, **near)
