"""Tests: what each estimates, with its interval, beside the value that was tested; a row for each, a panel for each unit.

What has no unit may be a share or a count: measures that are so much smaller than others that no one could read them have a panel
of their own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..algorithms.statistics.family import ADJUSTMENTS, Tests
from ..algorithms.statistics.result import Estimate, TestResult
from ..algorithms.statistics.words import p_said
from .theme import COLOURS, layout, printed, wrapped

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

ROW, TOP, FOOT, WIDE, LEFT = 40, 46, 62, 860, 210  # pixels
NAME = 30  # letters of the name of a row
LINE = 15  # pixels of a line of it
SMALL = 6  # times smaller than what is beside it, and no one can read it
LOOKS = {True: ("shown", COLOURS[1], "circle"), False: ("not shown", "#777", "circle-open")}


def figure(result: TestResult | Tests, *, title: str | None = None) -> Figure:
    """Draw the estimates of tests.

    Parameters
    ----------
    result : TestResult or Tests
    title : str, optional
        Default: what a single test found.
    """
    from plotly.subplots import make_subplots

    results = list(result) if isinstance(result, Tests) else [result]
    panels = _panels(results)
    tall = [len(panel) * max(ROW, *(LINE * (_name(one).count("<br>") + 1) + 8 for one, _ in panel)) for *_, panel in panels]
    gap = 92
    inside = sum(tall) + gap * (len(tall) - 1)
    figure = make_subplots(
        rows=len(tall), cols=1, row_heights=[n / sum(tall) for n in tall], vertical_spacing=gap / inside if len(tall) > 1 else 0
    )
    for row, (name, unit, null, panel) in enumerate(panels, 1):
        _panel(figure, panel, name, unit, null, row)
    above = 34 if title or len(results) == 1 else 8
    said = title or (wrapped(results[0].sentence, 120) if len(results) == 1 else None)
    seen: set[str] = set()
    for trace in figure.data:
        trace.showlegend = trace.name not in seen and len(results) > 1
        seen.add(trace.name)
    height = above + TOP + inside + FOOT
    return figure.update_layout(
        layout(
            height=height,
            width=WIDE,
            title={"text": said, "font": {"size": 13}, "y": 1, "yanchor": "top", "pad": {"t": 10}, "x": 0.02},
            margin={"l": LEFT, "r": 130, "t": above + TOP, "b": FOOT},
            legend={"orientation": "h", "y": 1 - above / height, "yanchor": "top", "yref": "container", "x": 0},
        )
    )


def _panels(results: list[TestResult]) -> list[tuple[str, str, float, list[tuple[TestResult, Estimate]]]]:
    """Give what is drawn on one axis: what is estimated, its unit, what was tested, and the rows."""
    found: dict[tuple[str, str, float], dict[str, list[tuple[TestResult, Estimate]]]] = {}
    for one in results:
        drawn = one.estimate or one.effect or Estimate(f"p of the {one.test}", one.p, one.p, one.p)
        found.setdefault((drawn.name, drawn.unit, one.null), {}).setdefault(one.measure, []).append((one, drawn))
    panels = []
    for (name, unit, null), measures in found.items():
        left = {measure: _reach(rows, null) for measure, rows in measures.items()}
        parts = []
        while left:
            beside = [measure for measure, reach in left.items() if SMALL * reach >= max(left.values())]
            parts.append(beside)
            left = {measure: reach for measure, reach in left.items() if measure not in beside}
        for beside in sorted(parts, key=lambda part: list(measures).index(part[0])):
            panels.append((name, unit, null, [row for measure in beside for row in measures[measure]]))
    return panels


def _reach(rows: list[tuple[TestResult, Estimate]], null: float) -> float:
    """How far from what was tested estimates and intervals lie."""
    ends = [end for _, drawn in rows for end in (drawn.value, drawn.lower, drawn.upper)]
    return max((abs(end - null) for end in ends if math.isfinite(end)), default=0.0)


def _panel(figure: Figure, panel: list[tuple[TestResult, Estimate]], name: str, unit: str, null: float, row: int) -> None:
    places = list(range(len(panel)))
    ends = [end for _, drawn in panel for end in (drawn.value, drawn.lower, drawn.upper, null) if math.isfinite(end)]
    span = (max(ends) - min(ends)) or abs(ends[0]) or 1.0
    low, high = min(ends) - 0.08 * span, max(ends) + 0.08 * span
    for shown, (label, colour, symbol) in LOOKS.items():
        some = [(place, drawn) for place, (one, drawn) in zip(places, panel, strict=True) if one.shown == shown]
        if not some:
            continue
        figure.add_scatter(
            x=[drawn.value for _, drawn in some], y=[place for place, _ in some], mode="markers", name=_legend(panel, label),
            marker={"size": 10, "color": colour, "symbol": symbol}, row=row, col=1,
            error_x={
                "type": "data", "symmetric": False, "color": colour, "width": 5,
                "array": [min(drawn.upper, high + span) - drawn.value for _, drawn in some],
                "arrayminus": [drawn.value - max(drawn.lower, low - span) for _, drawn in some],
            },
            text=[panel[place][0].sentence for place, _ in some], hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
    axis = "" if row == 1 else str(row)
    for place, (one, _) in zip(places, panel, strict=True):
        figure.add_annotation(
            x=1.01, xref=f"x{axis} domain", y=place, yref=f"y{axis}", text=_p(one).replace("<", "&lt;"), showarrow=False,
            xanchor="left", font={"size": 12},
        )  # fmt: skip
    figure.add_vline(x=null, line={"color": "#444", "width": 1}, row=row, col=1)  # which only a panel that holds something takes
    level = panel[0][1].level
    told = f"{name}, {100 * level:.4g} % interval" + (f" ({printed(unit)})" if unit not in ("1", "") else "")
    figure.update_xaxes(title=told, range=[low, high], row=row, col=1)
    names = [_name(one) for one, _ in panel]
    figure.update_yaxes(tickvals=places, ticktext=names, ticks="", range=[len(panel) - 0.5, -0.5], showgrid=False, row=row, col=1)


def _name(one: TestResult) -> str:
    """Give the lines of the name of a row: what, where, and of which samples."""
    where = ", ".join(f"{dim} {at}" for dim, at in one.places)
    two = len(one.groups) == 2 and one.measure != " and ".join(group.name for group in one.groups)  # else they are in its name
    groups = " minus ".join(group.name for group in one.groups) if two and one.null == 0 else ""
    what = ", ".join(part for part in (one.measure, where) if part)
    return "<br>".join(wrapped(part, NAME) for part in (what, groups) if part)


def _p(one: TestResult) -> str:
    """Write p, adjusted where it was."""
    return p_said(one.p) if one.adjusted is None else p_said(one.adjusted, "adj. p")


def _legend(panel: list[tuple[TestResult, Estimate]], label: str) -> str:
    one = panel[0][0]
    alpha = 1 - one.level if one.alpha is None else one.alpha
    by = "" if one.adjusted is None else f", adjusted by {ADJUSTMENTS.get(one.adjustment, one.adjustment)} for {one.family} tests"
    return f"{label} at {100 * alpha:.3g} %{by}"
