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
    before, after, begin, first, last, end = (
        by_clock(np.asarray(one), gaps.zone)
        for one in (gaps.before, gaps.after, *([one] for one in (gaps.begin, gaps.first, gaps.last, gaps.end)))
    )
    shown = [("gap", *one) for one in zip(before, after, gaps.length, strict=True)]
    for name, many, left, right in (
        ("missing at the start", gaps.leading, begin, first),
        ("missing at the end", gaps.trailing, last, end),
    ):
        shown += [(name, left[0], right[0], many * gaps.step)] if many else []
    for name, left, right, length in shown:
        high = length / _unit(gaps)[1]
        drawn.add_scatter(
            x=[left, left, right, right], y=[0, high, high, 0], mode="lines", fill="tozeroy", name=name, showlegend=False,
            line={"color": SECOND, "width": 1, "dash": "solid" if name == "gap" else "dot"},
            fillcolor=translucent(SECOND, 0.4 if name == "gap" else 0.15), row=row, col=1,
        )  # fmt: skip
    # the whole extent, so that the axis does not end at a gap
    drawn.add_scatter(
        x=[begin[0], end[0]], y=[0, 0], mode="lines", line={"color": "#444", "width": 1}, name="", showlegend=False,
        row=row, col=1,
    )  # fmt: skip
    drawn.update_yaxes(rangemode="tozero", row=row, col=1)


def _unit(gaps: Gaps) -> tuple[str, float]:
    """Give the largest unit of time that the longest is twice as long as, and how many of the unit of the lengths it is."""
    longest = max(float(gaps.length.max(initial=0.0)), gaps.step * max(gaps.leading, gaps.trailing))
    if gaps.per not in SECONDS:
        return gaps.per, 1.0
    found = [(unit, size / SECONDS[gaps.per]) for unit, size in SECONDS.items() if 2 * size <= longest * SECONDS[gaps.per]]
    return found[-1] if found else (gaps.per, 1.0)
