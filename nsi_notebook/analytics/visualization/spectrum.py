"""A spectrum on logarithmic axes: density with its interval, what noise would have, and the peaks above its alarm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...voids.units import multiplied
from ..algorithms.series.words import length, listed, unit_of_steps
from .along import FIRST, SECOND, headline, panels, value_title
from .theme import add_band, log_axis, printed

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from ..algorithms.series.spectrum import Spectrum

MOST_PEAKS = 8  # with their period
BANDED = 6.0  # degrees of freedom below which an interval hides its density
DEEP = 1e-3  # of the alarm: what is lower is cut off

EACH = "spectrum of"


def figure(spectrum: Spectrum, *, title: str | None = None) -> Figure:
    """Draw a spectrum."""
    return panels(
        [axis(spectrum)],
        below(spectrum),
        lambda drawn: add(drawn, spectrum, 1),
        title or headline(spectrum),
        high=320,
        shared=False,
    )


def brief(spectrum: Spectrum) -> str:
    """Say what was found in few words."""
    periods = [length(1 / wave.frequency, spectrum.line.per) for wave in spectrum.waves]
    return f"{len(periods)} peak{'' if len(periods) == 1 else 's'}, period {listed(periods)}" if periods else "no peak"


def axis(spectrum: Spectrum) -> str:
    """Title of the axis of densities."""
    return value_title("density", multiplied((spectrum.line.unit, 2), (_unit(spectrum)[0], -1)))


def below(spectrum: Spectrum) -> str:
    """Title of the axis of frequencies."""
    return f"frequency ({printed(_unit(spectrum)[0])})"


def _unit(spectrum: Spectrum) -> tuple[str, float]:
    """Give the unit of frequencies that suits them, and how many of their own it is: 1/h of hours, Hz of seconds and less."""
    unit, size = unit_of_steps(1 / (2 * float(spectrum.frequency.max())), spectrum.line.per)
    return (multiplied((unit, -1)), 1 / size) if size > 1 else (spectrum.unit, 1.0)


def add(drawn: Any, spectrum: Spectrum, row: int) -> None:
    """Add it to a panel."""
    size = _unit(spectrum)[1]
    x = spectrum.frequency / size
    shown = (spectrum.lower, spectrum.upper, spectrum.density, spectrum.noise, spectrum.alarm)
    lower, upper, density, noise, alarm = (size * one for one in shown)
    floor = np.nanmin(noise) * DEEP * 10
    if spectrum.freedom.max() >= BANDED:
        name = f"{100 * spectrum.level:g} % interval"
        add_band(drawn, x, np.maximum(lower, floor), upper, FIRST, row, 1, name)
    lines = [
        ("density", density, FIRST, "solid", 1.5),
        ("noise", noise, "#666", "solid", 1.5),
        (f"noise, highest in {100 * spectrum.rate:g} %", alarm, SECOND, "dash", 1.5),
    ]
    for name, y, colour, dash, width in lines:
        drawn.add_scatter(
            x=x, y=np.maximum(y, floor), mode="lines", name=name, line={"color": colour, "dash": dash, "width": width},
            showlegend=True, row=row, col=1,
        )  # fmt: skip
    peaks = spectrum.peaks().head(MOST_PEAKS)
    if len(peaks):
        drawn.add_scatter(
            x=peaks["frequency"] / size, y=size * peaks["density"], mode="markers+text", name="peaks, with their period",
            text=[length(float(period), spectrum.line.per) for period in peaks["period"]], textposition="top center",
            marker={"color": SECOND, "size": 7}, showlegend=True, row=row, col=1,
        )  # fmt: skip
    held = [np.maximum(density, floor), alarm]
    if len(peaks):
        held.append(2.5 * size * peaks["density"].to_numpy())  # room for what is written over them
    drawn.update_xaxes(**log_axis(x), row=row, col=1)
    drawn.update_yaxes(**log_axis(*held), row=row, col=1)
