"""Gaps: where each lies, and how long it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...voids.units import SECONDS
from ..algorithms.zones import by_clock
from .along import SECOND, headline, panels
from .theme import printed, translucent

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from ..algorithms.series.gaps import Gaps

EACH = "gaps of"


def figure(gaps: Gaps, *, title: str | None = None) -> Figure:
    """Draw the gaps of a series."""
    return panels([axis(gaps)], below(gaps), lambda drawn: add(drawn, gaps, 1), title or headline(gaps), high=180)


def brief(gaps: Gaps) -> str:
    """Say what was found in few words."""
    return f"{len(gaps)} gap{'' if len(gaps) == 1 else 's'} in {gaps.samples:,} samples, {100 * gaps.share:.2g} % missing"


def axis(gaps: Gaps) -> str:
    """Title of the axis of lengths."""
    unit = _unit(gaps)[0]
    return "length of the gap" + ("" if unit in ("1", "sample") else f"<br>({printed(unit)})")


def below(gaps: Gaps) -> str:
    """Title of the axis along which it lies."""
    return f"{gaps.dim} ({gaps.zone})" if np.asarray(gaps.first).dtype.kind == "M" else gaps.dim


def add(drawn: Any, gaps: Gaps, row: int) -> None:
    """Add them to a panel."""
    lengths = gaps.length / _unit(gaps)[1]
    places = [by_clock(np.asarray(one), gaps.zone) for one in (gaps.before, gaps.after, np.array([gaps.first, gaps.last]))]
    for before, after, length in zip(*places[:2], lengths, strict=True):
        drawn.add_scatter(
            x=[before, before, after, after], y=[0, length, length, 0], mode="lines", fill="tozeroy", name="gap",
            showlegend=False, line={"color": SECOND, "width": 1}, fillcolor=translucent(SECOND, 0.4), row=row, col=1,
        )  # fmt: skip
    # the whole extent, so that the axis does not end at a gap
    drawn.add_scatter(
        x=places[2], y=[0, 0], mode="lines", line={"color": "#444", "width": 1}, name="", showlegend=False,
        row=row, col=1,
    )  # fmt: skip
    drawn.update_yaxes(rangemode="tozero", row=row, col=1)


def _unit(gaps: Gaps) -> tuple[str, float]:
    """Give the largest unit of time that the longest gap is twice as long as, and how many of the unit of the lengths it is."""
    longest = float(gaps.length.max(initial=0.0))
    if gaps.per not in SECONDS:
        return gaps.per, 1.0
    found = [(unit, size / SECONDS[gaps.per]) for unit, size in SECONDS.items() if 2 * size <= longest * SECONDS[gaps.per]]
    return found[-1] if found else (gaps.per, 1.0)
