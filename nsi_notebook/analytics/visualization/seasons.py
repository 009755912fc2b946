"""A series in parts: observed with its trend, the season, the rest, and what is left without the season."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .along import FIRST, SECOND, add_line, coord_title, headline, line_title, panels, value_title

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from ..algorithms.series.seasons import Seasonal

HIGH = 140

EACH = "season of"


def figure(seasonal: Seasonal, *, title: str | None = None) -> Figure:
    """Draw a series in parts."""
    unit = "1" if seasonal.model == "multiplicative" else seasonal.line.unit
    several = [f"season of {period}" for period in seasonal.period] if len(seasonal.period) > 1 else ["season"]
    names = [axis(seasonal), *(value_title(name, unit) for name in [*several, "rest"])]

    def draw(drawn: Any) -> None:
        add(drawn, seasonal, 1)
        for row, part in enumerate([*(seasonal.seasons or (seasonal.season,)), seasonal.rest], 2):
            add_line(drawn, seasonal.line, part, "", row, colour=FIRST)

    return panels(names, below(seasonal), draw, title or headline(seasonal), high=HIGH)


def brief(seasonal: Seasonal) -> str:
    """Say what was found in few words."""
    if not seasonal.period:
        return "no season is seen"
    return f"period {' and '.join(map(str, seasonal.period))}, strength {seasonal.strength:.2f}"


def axis(seasonal: Seasonal) -> str:
    """Title of the axis of values."""
    return line_title(seasonal.line)


def below(seasonal: Seasonal) -> str:
    """Title of the axis along which it lies."""
    return coord_title(seasonal.line)


def add(drawn: Any, seasonal: Seasonal, row: int) -> None:
    """Add the series, without its season, and its trend to a panel."""
    add_line(drawn, seasonal.line, seasonal.line.value, "observed", row)
    add_line(drawn, seasonal.line, seasonal.adjusted, "without season", row, colour=FIRST, width=1.2)
    add_line(drawn, seasonal.line, seasonal.trend, "trend", row, colour=SECOND, width=2)
