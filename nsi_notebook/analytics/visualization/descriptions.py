"""Descriptions: a panel for each measure, a box for each group or place, the mean with its interval beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...errors import OptionError
from .theme import COLOURS, printed, stacked, wrapped

if TYPE_CHECKING:
    import xarray as xr
    from plotly.graph_objects import Figure

    from ..algorithms.statistics.descriptions import Descriptions

WIDE, ROW, GAP, FOOT = 760, 34, 74, 60  # pixels: figure, box, between panels, below
MOST = 40  # boxes of a Dataset: more cannot be told apart


def is_description(thing: xr.Dataset) -> bool:
    """Whether a Dataset is what `describe` gave."""
    return "q" in thing.dims and {"count", "missing", "mean", "quantile", "mad"} <= set(map(str, thing.data_vars))


def figure_of(description: xr.Dataset, *, title: str | None = None) -> Figure:
    """Draw what `describe` gave: a box for each place along the dims that stay.

    Raises
    ------
    OptionError
        If there are more than 40, or it has no quartiles.
    """
    from ..algorithms.statistics.descriptions import QUARTILES, Descriptions

    places = description["mean"].size
    if places > MOST:
        raise OptionError(f"{places} boxes cannot be told apart", "some of them: ds.isel(...); of images ds['mean'].nsi.plot()")
    if not set(QUARTILES) <= set(description["q"].to_numpy().tolist()):
        raise OptionError("there are no quartiles to draw", "describe(..., quantiles=(0.25, 0.5, 0.75))")
    of = str(description.attrs.get("of", "value"))
    return figure(Descriptions(((of, "", description),), ""), title=title)


def figure(found: Descriptions, *, title: str | None = None) -> Figure:
    """Draw boxes from quartile to quartile with the median, lines from the least to the greatest, and means with their intervals.

    Parameters
    ----------
    found : Descriptions
        At most some dozens of boxes can be told apart.
    title : str, optional
        Above all panels.
    """
    from plotly.subplots import make_subplots

    table = replace(found, refused=()).table()
    measures = list(dict.fromkeys(table["measure"]))
    beside = list(table.columns[1 : list(table.columns).index("count")])
    parts = [table[table["measure"] == measure] for measure in measures]
    heights = [max(len(part), 2) * ROW for part in parts]
    inside = sum(heights) + GAP * (len(parts) - 1)
    drawn: Any = make_subplots(rows=len(parts), row_heights=heights, vertical_spacing=GAP / inside if len(parts) > 1 else 0)
    for row, (measure, part) in enumerate(zip(measures, parts, strict=True), start=1):
        told = part[beside].dropna(axis="columns", how="all")  # of the dims that this measure has
        words = measure.replace("_", " ")
        names = [", ".join(map(str, values)) for values in told.itertuples(index=False)] if told.columns.size else [words]
        place = list(range(len(part)))
        some = (part["count"] > 0).to_numpy()
        there = part[some]
        drawn.add_box(
            y=[at for at, has in zip(place, some, strict=True) if has], lowerfence=there["min"], q1=there["q25"],
            median=there["median"], q3=there["q75"], upperfence=there["max"],
            orientation="h", line={"color": "#555", "width": 1.2}, fillcolor="#e8eef3", width=0.55,
            name="quartiles, least, greatest", legendgroup="box", showlegend=row == 1, row=row, col=1,
        )  # fmt: skip
        sure = "lower" in part
        ends = {"array": part["upper"] - part["mean"], "arrayminus": part["mean"] - part["lower"], "thickness": 2} if sure else {}
        drawn.add_scatter(
            x=part["mean"], y=place, mode="markers", marker={"color": COLOURS[1], "size": 8}, error_x=ends,
            name="mean and its interval" if sure else "mean", legendgroup="mean", showlegend=row == 1, row=row, col=1,
        )  # fmt: skip
        counts = [f"{name} (n = {n:,})" for name, n in zip(names, part["count"], strict=True)]
        drawn.update_yaxes(tickvals=place, ticktext=counts, range=[len(part) - 0.4, -0.6], showgrid=False, row=row, col=1)
        unit = printed(str(part["unit"].iloc[0]))
        drawn.update_xaxes(title_text=wrapped(words + (f" ({unit})" if unit not in ("", "1") else ""), 80), row=row, col=1)
    stacked(drawn, inside, WIDE, title, 70, 10, FOOT)
    found_figure: Figure = drawn
    return found_figure
