"""Differences between two groups, one point with its interval for each measure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .theme import COLOURS, layout

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

ROW, HEAD, FOOT, WIDE = 30, 50, 90, 860  # pixels


def figure(found: pd.DataFrame, names: Sequence[str] = ("first", "other")) -> Figure:
    """Draw standardised differences.

    Parameters
    ----------
    found : pandas.DataFrame
        Columns measure, standardised, standardised_lower, standardised_upper and holm; `level` in its attrs.
    names : sequence of str
        Of the groups.
    """
    import plotly.graph_objects as go

    told = found[np.isfinite(found["standardised"])].sort_values("holm", ascending=False, kind="stable")
    sure = told["holm"] <= 1 - found.attrs["level"]
    drawn = go.Figure()
    looks = {True: ("differ", COLOURS[1], "circle"), False: ("not shown to differ", "#777", "circle-open")}
    for is_sure, (label, colour, symbol) in looks.items():
        part = told[sure == is_sure]
        value = part["standardised"]
        drawn.add_scatter(
            x=value, y=part["measure"], mode="markers", name=label, marker={"size": 10, "color": colour, "symbol": symbol},
            error_x={
                "type": "data", "symmetric": False, "array": part["standardised_upper"] - value,
                "arrayminus": value - part["standardised_lower"], "color": colour, "width": 5,
            },
        )  # fmt: skip
    drawn.add_vline(x=0, line={"color": "#444", "width": 1})
    rows = max(len(told), 1)
    drawn.update_yaxes(categoryorder="array", categoryarray=list(told["measure"]), ticks="", range=[-0.6, rows - 0.4])
    drawn.update_xaxes(title=f"{names[1]} minus {names[0]}<br>in standard deviations between images of a group")
    return drawn.update_layout(
        layout(
            height=ROW * rows + HEAD + FOOT,
            width=WIDE,
            showlegend=True,
            margin={"l": 80, "r": 25, "t": HEAD, "b": FOOT},
            legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        )
    )
