"""Correlations of several measures: a square for each pair, the diagonal left out; of two measures at many places, intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .tests import figure as intervals
from .theme import COLOURS, TICKED, TITLED, layout

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from ..algorithms.correlation.matrix import Correlations

SQUARE, LEAST, MOST = 64, 28, 900  # pixels
WRITTEN = 15  # measures up to which the numbers are written into the squares
SIGNED = [[0.0, COLOURS[1]], [0.5, "#ffffff"], [1.0, COLOURS[0]]]
UNSIGNED = [[0.0, "#ffffff"], [1.0, COLOURS[0]]]


def figure(result: Correlations, *, title: str | None = None, **place: Any) -> Figure:
    """Draw the coefficients.

    Parameters
    ----------
    result : Correlations
    title : str, optional
    **place
        Of several places, the index of the one to draw along each of their dims; default: the first.
    """
    return intervals(result, title=title) if len(result.names) == 2 else _squares(result, title, place)


def _squares(result: Correlations, title: str | None, place: dict[str, int]) -> Figure:
    import plotly.graph_objects as go

    whole = result.to_xarray()
    dims = [str(d) for d in whole["value"].dims[:-2]]
    found = whole.isel({d: place.get(d, 0) for d in dims})
    names, k = [name.replace("_", " ") for name in result.names], len(result.names)
    value = np.array(found["value"].values)
    np.fill_diagonal(value, np.nan)
    p, bounds = found["p_adjusted"].values, found["value_ci"].values
    level = float(whole.attrs["level"])
    sure = np.nan_to_num(p, nan=1.0) <= 1 - level
    signed = result.results[0].test != "distance correlation"
    told = np.empty((k, k), dtype=object)
    text = np.full((k, k), "", dtype=object)
    for i, j in np.ndindex(k, k):
        if i != j and np.isfinite(value[i, j]):
            low, high = bounds[i, j]
            told[i, j] = f"{names[i]} and {names[j]}: {value[i, j]:.2f} ({low:.2f} to {high:.2f}), p {p[i, j]:.2g}"
            text[i, j] = f"<b>{value[i, j]:.2f}</b>" if sure[i, j] else f"{value[i, j]:.2f}"
    size = int(max(LEAST, min(SQUARE, MOST / k)))
    squares = go.Heatmap(
        z=value, x=names, y=names, zmin=-1 if signed else 0, zmax=1, colorscale=SIGNED if signed else UNSIGNED, xgap=2, ygap=2,
        hoverongaps=False, hovertext=told, hovertemplate="%{hovertext}<extra></extra>", text=text if k <= WRITTEN else None,
        texttemplate="%{text}", textfont={"size": TICKED},
        colorbar={
            "title": {"text": result.results[0].test, "side": "right", "font": {"size": TITLED}}, "thickness": 12,
            "outlinewidth": 0, "tickfont": {"size": TICKED},
        },
    )  # fmt: skip
    drawn = go.Figure(squares)
    plain = {"showline": False, "ticks": "", "showgrid": False, "constrain": "domain"}
    drawn.update_xaxes(**plain, tickangle=-35 if max(map(len, names)) > 6 else 0)
    drawn.update_yaxes(**plain, autorange="reversed", scaleanchor="x")
    by = "" if result.adjustment == "none" else " adjusted"
    note = f"bold: shown to go together ({result.counted}, p{by} ≤ {1 - level:.2g})"
    at = ", ".join(f"{d} {found[d].item()}" + ("" if d in place else f" (the first of {whole.sizes[d]})") for d in dims)
    left, below = 20 + 7 * max(map(len, names)), 30 + 5 * max(map(len, names))
    head = 60 if title or at else 25
    written = {"xref": "paper", "yref": "paper", "x": 0, "y": 0, "yshift": -below, "showarrow": False, "xanchor": "left"}
    return drawn.update_layout(
        layout(
            title={"text": title or at or None, "font": {"size": 15}},
            height=size * k + head + below + 30,
            width=size * k + left + 130,
            margin={"l": left, "r": 30, "t": head, "b": below + 30},
            plot_bgcolor="#f0f0f0",
            annotations=[{**written, "text": note, "yanchor": "top", "font": {"size": 11, "color": "#555"}}],
        )
    )
