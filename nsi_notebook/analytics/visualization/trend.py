"""A trend: the series, its line, and the band that holds the line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..algorithms.statistics.words import interval, p_said
from .along import FIRST, add_line, coord_title, headline, line_title, panels
from .theme import add_band, printed

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from ..algorithms.series.trend import Trend

EACH = "trend of"


def figure(trend: Trend, *, title: str | None = None) -> Figure:
    """Draw a trend."""
    return panels([axis(trend)], below(trend), lambda drawn: add(drawn, trend, 1), title or headline(trend))


def brief(trend: Trend) -> str:
    """Say what was found in few words."""
    return printed(f"slope {interval(trend.estimate)}, {p_said(trend.p)}")


def axis(trend: Trend) -> str:
    """Title of the axis of values."""
    return line_title(trend.line)


def below(trend: Trend) -> str:
    """Title of the axis along which it lies."""
    return coord_title(trend.line)


def add(drawn: Any, trend: Trend, row: int) -> None:
    """Add it to a panel."""
    add_line(drawn, trend.line, trend.line.value, "observed", row)
    band = trend.band
    add_band(drawn, trend.line.drawn(), band[:, 0], band[:, 1], FIRST, row, 1, f"{100 * trend.level:g} % band")
    at = [0, len(trend.line) - 1]
    drawn.add_scatter(
        x=trend.line.drawn()[at], y=trend.fitted[at], mode="lines", name="trend", line={"color": FIRST, "width": 2},
        showlegend=True, row=row, col=1,
    )  # fmt: skip
