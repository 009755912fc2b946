"""A forecast: the end of the series, what comes, and the band of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .along import FIRST, add_line, coord_title, headline, line_title, panels
from .theme import add_band

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from ..algorithms.series.forecasts import Forecast

BEFORE = 8  # times the horizon: what is shown of what is known, and at least
FEWEST = 100

EACH = "forecast of"


def figure(forecast: Forecast, *, title: str | None = None) -> Figure:
    """Draw a forecast."""
    return panels([axis(forecast)], below(forecast), lambda drawn: add(drawn, forecast, 1), title or headline(forecast))


def brief(forecast: Forecast) -> str:
    """Say what was found in few words."""
    season = f", period {' and '.join(map(str, forecast.period))}" if forecast.period else ""
    return f"{len(forecast)} steps by {forecast.method.replace('_', ' ')}{season}"


def axis(forecast: Forecast) -> str:
    """Title of the axis of values."""
    return line_title(forecast.line)


def below(forecast: Forecast) -> str:
    """Title of the axis along which it lies."""
    return coord_title(forecast.line)


def add(drawn: Any, forecast: Forecast, row: int) -> None:
    """Add it to a panel."""
    line = forecast.line
    last = slice(max(0, len(line) - max(BEFORE * len(forecast), FEWEST)), None)
    joined = None if line.joined is None else line.joined[last]
    end = replace(line, value=line.value[last], coord=line.coord[last], position=line.position[last], joined=joined)
    add_line(drawn, end, end.value, "observed", row)
    x = line.drawn(np.concatenate([line.coord[-1:], forecast.coord]))
    begin = line.value[-1:]
    low, high, value = (np.concatenate([begin, part]) for part in (forecast.lower, forecast.upper, forecast.value))
    add_band(drawn, x, low, high, FIRST, row, 1, f"{100 * forecast.level:g} % interval, nominal")
    drawn.add_scatter(
        x=x, y=value, mode="lines", name="forecast", line={"color": FIRST, "width": 2}, showlegend=True,
        row=row, col=1,
    )  # fmt: skip
