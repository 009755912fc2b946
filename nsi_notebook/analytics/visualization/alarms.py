"""Rules on history: each series with the thresholds and the times when they fired, and below a row for each rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.shown import many
from .along import TOLD
from .theme import COLOURS, printed, stacked, tell_once, translucent, upright, wrapped

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from ..processors.alarms.backtest import Backtest, Firing
    from ..processors.alarms.courses import Course
    from ..processors.alarms.rules import Rule

WIDE, HIGH, LANE, GAP, HEAD, FOOT = 820, 190, 26, 34, 24, 60  # pixels: figure, panel, row of a state, between, above, below
PANELS = 6  # rules that are drawn with their series
OF_LINES = [COLOURS[number] for number in (0, 2, 5, 6)]  # those of the series of a panel
LINES = len(OF_LINES)
LEAST = 0.002  # of the time that was looked at: what is drawn of each state at least
STATES = {"no_data": "#999999", "recovering": COLOURS[3], "pending": COLOURS[4], "firing": COLOURS[1]}  # the last over the others
COMPARED = {"rate": "slope of ", "change": "change of ", "anomaly": "p of "}


def figure(result: Backtest, *, title: str | None = None) -> Figure:
    """Draw when rules would have fired.

    What a rule compares is drawn with its thresholds, dotted where an alarm ends: values, or their slope, change or p. Of each
    part of the time both the least and the greatest are on the line. What fired is shaded, and edged in the colour of its series,
    where there are several. What was shorter than 0.2 % of the time is drawn that long, so that it is seen.

    Parameters
    ----------
    result : Backtest
    title : str, optional
        Over the figure.
    """
    from plotly.subplots import make_subplots

    rules = _panels(result)
    lanes = [(rule.name, name) for rule in result.rules.rules for name in _lanes(result, rule.name)]
    heights = [HIGH] * len(rules) + [LANE * max(len(lanes), 1)]
    height = sum(heights) + GAP * len(rules)
    drawn = make_subplots(
        rows=len(heights),
        cols=1,
        shared_xaxes=True,
        row_heights=heights,
        vertical_spacing=GAP / height if len(heights) > 1 else 0,
    )
    for row, rule in enumerate(rules, 1):
        courses = result.courses[rule.name]
        several = len(courses) > 1
        for course, colour in zip(courses, OF_LINES, strict=False):
            _line(drawn, course, result, colour, row, several)
        _thresholds(drawn, rule, row)
        edges = {str(course.series): colour for course, colour in zip(courses, OF_LINES, strict=False)} if several else {}
        _bands(drawn, [firing for firing in result.firings if firing.rule == rule.name], edges, result, row)
        unit = printed(rule.unit_of(courses[0].series))
        name = COMPARED.get(rule.kind, "") + rule.series + ("" if unit in ("1", "") else f" ({unit})")
        drawn.update_yaxes(title_text=upright(name, HIGH), row=row, col=1)
        which = f" ({_short(str(courses[0].series))})" if len(courses) == 1 and courses[0].series.tags else ""
        more = f"; {len(courses) - LINES} more series are not drawn" if len(courses) > LINES else ""
        drawn.add_annotation(
            text=f"{rule.name}{which}: {rule.condition}{more}", x=0, xref="x domain", y=1, yref="y domain", xanchor="left",
            yanchor="bottom", showarrow=False, font={"size": 12}, row=row, col=1,
        )  # fmt: skip
    _states(drawn, result, lanes, len(heights))
    if any(firing.true for firing in result.firings):
        first = [np.datetime64(result.since, "us")]
        look = {"symbol": "square", "size": 12, "color": translucent(COLOURS[2], 0.4)}
        drawn.add_scatter(x=first, y=[None], mode="markers", marker=look, name="firing, and right", showlegend=True, row=1, col=1)
    begin, end = (np.datetime64(each, "us") for each in (result.since, result.until))
    drawn.update_xaxes(range=[begin, end])
    drawn.update_xaxes(title_text="time (UTC)", row=len(heights), col=1)
    tell_once(drawn)
    stacked(drawn, height, WIDE, wrapped(title or _said(result), TOLD), left=100, top=HEAD, bottom=FOOT)
    return drawn


def _panels(result: Backtest) -> list[Rule]:
    """Give the rules that are drawn with their series: not those on the absence of one that never came."""
    return [rule for rule in result.rules.rules if result.courses[rule.name]][:PANELS]


def _said(result: Backtest) -> str:
    """Say how many false alarms are expected."""
    told = ["{}|({}\u00a0to\u00a0{})".format(*rate.said) for rate in result.rates[:3]]
    told = [text.replace("|", "\u00a0" if number else " false alarms a week ") for number, text in enumerate(told)]
    parts = [f"{rate.rule}: {text}" for rate, text in zip(result.rates, told, strict=False)]
    more = f" and {many(len(result.rates) - 3, 'more rule')}" if len(result.rates) > 3 else ""
    below = len(result.rates) - len(_panels(result))
    more += f"; {below} rule{'s are' if below > 1 else ' is'} drawn in the lowest panel only" if below else ""
    return "; ".join(parts) + more + ("" if result.labelled else "; every one is counted as false")


def _lanes(result: Backtest, rule: str) -> Sequence[str]:
    """Give the series of a rule that was not always inactive; one at least, so that each rule has its row."""
    there = dict.fromkeys(each.series for each in result.transitions if each.rule == rule and each.after in STATES)
    return list(there) or [""]


def _line(figure: Any, course: Course, result: Backtest, colour: str, row: int, several: bool) -> None:
    edges = np.linspace(result.since, result.until, len(course.low) + 1).astype(np.int64)
    there = np.flatnonzero(np.isfinite(course.low))
    steps = np.diff(there)
    gaps = np.flatnonzero(steps > 2 * np.median(steps)) + 1 if len(steps) else steps  # where data is missing, the line is broken
    x = np.insert(((edges[:-1] + edges[1:]) // 2)[there], gaps, edges[there[gaps - 1] + 1])
    low, high = (np.insert(side[there], gaps, np.nan) for side in (course.low, course.high))
    x, y = np.repeat(x, 2).view("datetime64[us]"), np.stack([low, high], axis=1).ravel()
    figure.add_scatter(
        x=x, y=y, mode="lines", line={"color": colour, "width": 1.3}, name=str(course.series),
        legendgroup=str(course.series) if several else None, showlegend=several, row=row, col=1,
    )  # fmt: skip


def _thresholds(figure: Any, rule: Rule, row: int) -> None:
    if rule.kind == "anomaly":
        figure.update_yaxes(type="log", row=row, col=1)
    for value, dash in ((rule.above, "dash"), (rule.below, "dash"), (rule.exit_above, "dot"), (rule.exit_below, "dot")):
        if value is not None:
            figure.add_hline(y=value, line={"color": "#444", "width": 1.2, "dash": dash}, row=row, col=1)


def _bands(figure: Any, firings: Sequence[Firing], edges: Mapping[str, str], result: Backtest, row: int) -> None:
    """Shade when it fired, edged as the line of the series is drawn: bands of one look that overlap are one.

    All are put at once, as each alone reads all others.
    """
    bands: dict[tuple[str, str], list[list[Any]]] = {}
    for firing in sorted(firings, key=lambda each: each.start):
        begin, end = _seen("firing", firing.start, result.until if firing.end is None else firing.end, result)
        colour = STATES[firing.state] if firing.true is not True else COLOURS[2]
        there = bands.setdefault((colour, edges.get(firing.series, translucent(colour, 0.6))), [])
        if there and begin <= there[-1][1]:
            there[-1][1] = max(end, there[-1][1])
        else:
            there.append([begin, end])
    axis = "" if row == 1 else row
    made = [
        {
            "type": "rect", "xref": f"x{axis}", "x0": begin, "x1": end, "yref": f"y{axis} domain", "y0": 0, "y1": 1,
            "fillcolor": translucent(colour, 0.25), "line": {"color": edge, "width": 1}, "layer": "below",
        }
        for (colour, edge), several in bands.items()
        for begin, end in several
    ]  # fmt: skip
    figure.layout.shapes = [*figure.layout.shapes, *made]


def _seen(state: str, begin: int, end: int, result: Backtest) -> tuple[np.datetime64, np.datetime64]:
    """Give from when to when something is drawn: what was too short to be seen is longer, pending ones before they fire."""
    least = int(LEAST * (result.until - result.since))
    if end - begin < least:
        begin, end = (end - least, end) if state == "pending" else (begin, begin + least)
    return np.datetime64(begin, "us"), np.datetime64(end, "us")


def _states(figure: Any, result: Backtest, lanes: Sequence[tuple[str, str]], row: int) -> None:
    """Draw what each rule was at each series, one bar a state."""
    bars: dict[str, tuple[list[Any], list[Any]]] = {state: ([], []) for state in STATES}
    for place, (rule, series) in enumerate(lanes):
        steps = [each for each in result.transitions if each.rule == rule and each.series == series]
        for number, each in enumerate(steps):
            if each.after in STATES:
                end = steps[number + 1].time if number + 1 < len(steps) else result.until
                x, y = bars[each.after]
                x += [*_seen(each.after, each.time, end, result), np.datetime64("NaT", "us")]
                y += [place, place, None]
    for state, (x, y) in bars.items():
        if x:
            figure.add_scatter(
                x=np.array(x), y=y, mode="lines", line={"color": STATES[state], "width": 12}, name=state.replace("_", " "),
                legendgroup=state, showlegend=True, row=row, col=1,
            )  # fmt: skip
    if not any(x for x, _ in bars.values()):
        figure.add_scatter(x=[np.datetime64(result.since, "us")], y=[None], showlegend=False, row=row, col=1)
    several = {rule for rule, courses in result.courses.items() if len(courses) > 1}
    names = [f"{rule}, {_short(series)}" if series and rule in several else rule for rule, series in lanes]
    figure.update_yaxes(
        tickvals=list(range(len(lanes))), ticktext=names, range=[len(lanes) - 0.5, -0.5], showgrid=False, row=row, col=1
    )


def _short(series: str) -> str:
    """Give the tags of a series, or its name if it has none."""
    name, _, tags = series.partition("{")
    return tags.removesuffix("}").replace('"', "") or name
