"""Tests: what each estimates, with its interval, beside the value that was tested; a row for each, a panel for each unit.

What has no unit may be a share or a count: measures that are so much smaller than others that no one could read them have a panel
of their own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from ...errors import OptionError
from ..algorithms.statistics.family import ADJUSTMENTS, Tests
from ..algorithms.statistics.result import Estimate, Group, TestResult
from ..algorithms.statistics.words import named, p_said
from .theme import COLOURS, headed, layout, printed, stacked, translucent, wrapped

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

ROW, TOP, FOOT, WIDE, LEFT = 40, 46, 62, 860, 210  # pixels
NAME = 30  # letters of the name of a row
LINE = 15  # pixels of a line of it
SMALL = 6  # times smaller than what is beside it, and no one can read it
Panel: TypeAlias = list[tuple[TestResult, Estimate]]
LOOKS = {True: ("shown", COLOURS[1], "circle"), False: ("not shown", "#777", "circle-open")}


def figure(result: TestResult | Tests, *, title: str | None = None) -> Figure:
    """Draw the estimates of tests.

    Parameters
    ----------
    result : TestResult or Tests
    title : str, optional
        Default: what a single test found.

    Of a single test the groups are drawn too, of a correlation its pairs; a test without an estimate has its groups only.
    """
    from plotly.subplots import make_subplots

    results = list(result) if isinstance(result, Tests) else [result]
    if len(results) == 1 and results[0].points:
        return _pairs(results[0], title)
    panels = _panels(results)
    alone = [group for group in results[0].groups if math.isfinite(group.low)] if len(results) == 1 else []
    tall = [len(panel) * max(ROW, *(LINE * (_name(one).count("<br>") + 1) + 8 for one, _ in panel)) for panel in panels]
    tall += [ROW * len(alone)] if alone else []
    if not tall:
        raise OptionError(f"{results[0].test if results else 'no test'} estimates nothing that can be drawn", "its table()")
    gap = 92
    inside = sum(tall) + gap * (len(tall) - 1)
    figure = make_subplots(
        rows=len(tall), cols=1, row_heights=[n / sum(tall) for n in tall], vertical_spacing=gap / inside if len(tall) > 1 else 0
    )
    for row, panel in enumerate(panels, 1):
        _panel(figure, panel, row)
    if alone:
        _groups(figure, results[0], alone, len(tall))
    said = title or (_sentence(results[0]) if len(results) == 1 else None)
    above = 16 + 17 * (said.count("<br>") + 1) if said else 8
    seen: set[str] = set()
    for trace in figure.data:
        trace.showlegend = trace.name not in seen and (len(results) > 1 or bool(alone))
        seen.add(trace.name)
    height = above + TOP + inside + FOOT
    return figure.update_layout(
        layout(
            height=height,
            width=WIDE,
            title=headed(said, 13),
            margin={"l": LEFT, "r": 130, "t": above + TOP, "b": FOOT},
            legend={"orientation": "h", "y": 1 - above / height, "yanchor": "top", "yref": "container", "x": 0},
        )
    )


def _panels(results: list[TestResult]) -> list[Panel]:
    """Put estimates that one axis can show together: of one name, unit and tested value, and of sizes that can be compared."""
    found: dict[tuple[object, ...], dict[str, Panel]] = {}
    for one in results:
        drawn = one.estimate or one.effect
        if drawn is not None:
            alike = found.setdefault((drawn.name, drawn.unit, one.null, one.margin), {})
            alike.setdefault(one.measure, []).append((one, drawn))
    panels = []
    for measures in found.values():
        left = {measure: _reach(rows) for measure, rows in measures.items()}
        parts = []
        while left:
            beside = [measure for measure, reach in left.items() if SMALL * reach >= max(left.values())]
            parts.append(beside)
            left = {measure: reach for measure, reach in left.items() if measure not in beside}
        for beside in sorted(parts, key=lambda part: list(measures).index(part[0])):
            panels.append([row for measure in beside for row in measures[measure]])
    return panels


def _reach(rows: Panel) -> float:
    """How far from what was tested estimates and intervals lie."""
    ends = [end - one.null for one, drawn in rows for end in (drawn.value, drawn.lower, drawn.upper)]
    return max((abs(end) for end in ends if math.isfinite(end)), default=0.0)


def _groups(figure: Figure, one: TestResult, groups: list[Group], row: int) -> None:
    """Draw what the values of each group are: quartiles, the least and the greatest, and the mean."""
    places = list(range(len(groups)))
    figure.add_box(
        y=places, lowerfence=[g.low for g in groups], q1=[g.q25 for g in groups], median=[g.median for g in groups],
        q3=[g.q75 for g in groups], upperfence=[g.high for g in groups], orientation="h", width=0.5,
        line={"color": "#555", "width": 1.2}, fillcolor="#e8eef3", name="quartiles, least, greatest", row=row, col=1,
    )  # fmt: skip
    figure.add_scatter(
        x=[g.mean for g in groups], y=places, mode="markers", marker={"color": COLOURS[0], "size": 8}, name="mean", row=row, col=1
    )
    names = [f"{wrapped(g.name, NAME)} (n = {g.n:,})" for g in groups]
    figure.update_yaxes(
        tickvals=places, ticktext=names, ticks="", range=[len(groups) - 0.5, -0.5], showgrid=False, row=row, col=1
    )
    figure.update_xaxes(title=one.measure + (f" ({printed(one.unit)})" if one.unit not in ("1", "") else ""), row=row, col=1)


def _pairs(one: TestResult, title: str | None) -> Figure:
    """Draw the pairs of a correlation."""
    import plotly.graph_objects as go

    x, y = one.points
    dots = {"size": 6 if len(x) < 500 else 4, "color": translucent(COLOURS[0], 0.55)}
    figure = go.Figure(go.Scatter(x=x, y=y, mode="markers", marker=dots, showlegend=False))
    first, second = (group.name.replace("_", " ") for group in one.groups)
    units = [f" ({printed(unit)})" if unit not in ("1", "") else "" for unit in one.unit.split(" and ")]  # of both, or of each
    figure.update_xaxes(title=first + units[0])
    figure.update_yaxes(title=wrapped(second + units[-1], 40))
    some = f"<br>{len(x):,} of {one.groups[0].n:,} pairs are drawn" if len(x) < one.groups[0].n else ""
    stacked(figure, 340, 620, (title or _sentence(one, 85)) + some, 80, 10, FOOT)
    return figure


def _sentence(one: TestResult, letters: int = 110) -> str:
    return wrapped(printed(one.sentence).replace(" -", " \u2212"), letters)


def _panel(figure: Figure, panel: Panel, row: int) -> None:
    first, drawn = panel[0]
    name, unit, null, margin = drawn.name, drawn.unit, first.null, first.margin
    places = list(range(len(panel)))
    tested = (*(margin or ()), null)
    ends = [end for _, drawn in panel for end in (drawn.value, drawn.lower, drawn.upper, *tested) if math.isfinite(end)]
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
    if margin is not None:
        look = {"fillcolor": translucent(COLOURS[2], 0.15), "line": {"color": COLOURS[2], "width": 1, "dash": "dash"}}
        figure.add_vrect(x0=margin[0], x1=margin[1], layer="below", row=row, col=1, **look)
        said = f"equivalent: {margin[0]:.4g} to {margin[1]:.4g}".replace("-", "\u2212")
        figure.add_annotation(
            x=null, y=1, xref=f"x{axis}", yref=f"y{axis} domain", text=said, showarrow=False, yanchor="bottom",
            font={"size": 12, "color": COLOURS[2]},
        )  # fmt: skip
    level = panel[0][1].level
    told = f"{printed(name)}, {100 * level:.4g} % interval" + (f" ({printed(unit)})" if unit not in ("1", "") else "")
    figure.update_xaxes(title=told, range=[low, high], row=row, col=1)
    names = [_name(one) for one, _ in panel]
    figure.update_yaxes(tickvals=places, ticktext=names, ticks="", range=[len(panel) - 0.5, -0.5], showgrid=False, row=row, col=1)


def _name(one: TestResult) -> str:
    """Give the lines of the name of a row: what, where, and of which samples."""
    where = ", ".join(f"{dim} {named([at])[0]}" for dim, at in one.places)
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
