"""An analysis of variance: each group with its mean, and the differences of all pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.shown import worth_said
from .theme import COLOURS, headed, layout, printed, wrapped

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from ..algorithms.statistics.anova_result import Anova
    from ..algorithms.statistics.result import Group

ROW, AXIS, FOOT, LINE, WIDE = 30, 105, 60, 20, 820  # pixels: a group, an axis with its title, the last one, a line, all
LETTERS = 100  # in a line of the title


def figure(result: Anova, *, title: str | None = None) -> Figure:
    """Draw what `anova` gave.

    Parameters
    ----------
    result : Anova
        The groups are drawn as means with the interval of each alone, or as medians if ranks were compared; the pairs as
        differences, with intervals that hold for all at once.
    title : str, optional
        Over the figure; default: what was found.
    """
    from plotly.subplots import make_subplots

    ranks = result.statistic_name != "F"
    rows = [len(result.groups), *([len(result.pairs)] if result.pairs else [])]
    heights = [ROW * number + 10 for number in rows]
    whole = sum(heights) + AXIS * (len(rows) - 1)
    drawn = make_subplots(rows=len(rows), cols=1, row_heights=heights, vertical_spacing=AXIS / whole if len(rows) > 1 else 0)
    _groups(drawn, result, ranks)
    if result.pairs:
        _pairs(drawn, result, ranks)
    for row, number in enumerate(rows, 1):
        drawn.update_yaxes(showgrid=False, ticks="", range=[number - 0.4, -0.6], row=row, col=1)
    text = wrapped(printed(result.sentence) if title is None else title, LETTERS)
    head = 25 + LINE * (text.count("<br>") + 1)
    return drawn.update_layout(
        layout(
            height=head + whole + FOOT,
            width=WIDE,
            title=headed(text, 14),
            margin={"l": 70, "r": 25, "t": head, "b": FOOT},
            legend={"orientation": "h", "y": heights[-1] / whole, "yanchor": "bottom", "x": 0},
        )
    )


def _groups(drawn: Any, result: Anova, ranks: bool) -> None:
    level = result.level
    value = np.array([group.median if ranks else group.mean for group in result.groups])
    half = np.array([np.nan if ranks else _half(group, level) for group in result.groups])
    drawn.add_scatter(
        x=value, y=[_name(group) for group in result.groups], mode="markers", showlegend=False, cliponaxis=False, name="groups",
        marker={"size": 10, "color": COLOURS[0]},
        error_x={"type": "data", "array": half, "color": COLOURS[0], "width": 6},
        row=1, col=1,
    )  # fmt: skip
    about = "median" if ranks else f"mean, with its {100 * level:.4g} % interval"
    drawn.update_xaxes(title_text=_titled(f"{result.measure.replace('_', ' ')}: {about}", result.unit), row=1, col=1)


def _half(group: Group, level: float) -> float:
    """Give how far the interval of a mean reaches, by its effective number of values."""
    from scipy.stats import t

    n, worth = group.n, group.effective
    if worth <= 1:  # of a series that is constant, which has no spread
        return 0.0
    error = group.std * np.sqrt((n - 1) / n / (worth - 1))
    return float(t.isf((1 - level) / 2, worth - 1) * error)


def _name(group: Group) -> str:
    worth = f", worth {worth_said(group.effective)}" if group.effective != group.n else ""
    return f"{group.name} (n = {group.n}{worth})"


def _pairs(drawn: Any, result: Anova, ranks: bool) -> None:
    looks = {True: ("differ", COLOURS[1], "circle"), False: ("not shown to differ", "#777", "circle-open")}
    names = [" \u2212 ".join(group.name for group in pair.groups) for pair in result.pairs]
    for shown, (label, colour, symbol) in looks.items():
        part = [(name, pair.estimate) for name, pair in zip(names, result.pairs, strict=True) if pair.shown is shown]
        told = [(name, found) for name, found in part if found is not None]
        value, low, high = (np.array([getattr(found, k) for _, found in told]) for k in ("value", "lower", "upper"))
        near, far = (np.where(np.isfinite(end), abs(end - value), np.nan) for end in (low, high))
        drawn.add_scatter(
            x=value, y=[name for name, _ in told], mode="markers", name=label, cliponaxis=False, showlegend=bool(told),
            marker={"size": 10, "color": colour, "symbol": symbol},
            error_x={"type": "data", "symmetric": False, "array": far, "arrayminus": near, "color": colour, "width": 6},
            row=2, col=1,
        )  # fmt: skip
    drawn.add_vline(x=0, line={"color": "#444", "width": 1}, row=2, col=1)
    drawn.update_yaxes(categoryorder="array", categoryarray=names, row=2, col=1)
    estimate = result.pairs[0].estimate
    what = "difference" if estimate is None else estimate.name
    text = f"{what}, with intervals that hold at {100 * result.level:.4g} % for all at once"
    drawn.update_xaxes(title_text=_titled(text, "1" if ranks else result.unit), row=2, col=1)


def _titled(text: str, unit: str) -> str:
    return text if unit in ("1", "") else f"{text} ({printed(unit)})"
