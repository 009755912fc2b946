"""The figure of a Dataset of measures: a panel for each number, then one for each curve, as the measures declare them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import xarray as xr

from ...errors import OptionError, UnknownNameError
from ...voids.measures.base import Panel
from ...voids.measures.registry import catalogue
from ...voids.presets import PRESETS
from . import curves, numbers
from .theme import axis_title, stacked, tell_once, wrapped

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

COLUMNS = 2
HEADED = 48  # letters in a line of the title of a panel
LOW, HIGH, GAP, HEAD = 60, 260, 85, 130  # pixels: rows of numbers, of curves, between rows, and above and below all


def figure(dataset: xr.Dataset, measure: str | None = None, *, title: str | None = None) -> Figure:
    """Draw the measures of a Dataset.

    Parameters
    ----------
    dataset : xarray.Dataset
        What `measure`, `compare` or `preset` gave.
    measure : str, optional
        Draw this one only.
    title : str, optional
        Over the figure.
    """
    from plotly.subplots import make_subplots

    single, lines = _panels(dataset, measure)
    flat = [n for n in single if numbers.is_flat(dataset[n])]
    wide: list[str | Panel] = [*(n for n in single if n not in flat), *lines]
    columns = min(COLUMNS, max(len(flat), len(wide)))
    low, high = -(-len(flat) // columns), -(-len(wide) // columns)
    heights = [LOW] * low + [HIGH] * high
    height = sum(heights) + GAP * (low + high - 1) + HEAD
    specs: list[list[dict[str, str] | None]] = [
        [{} if row * columns + c < len(flat) else None for c in range(columns)] for row in range(low)
    ]
    specs += [[{} if row * columns + c < len(wide) else None for c in range(columns)] for row in range(high)]
    drawn = make_subplots(
        rows=low + high,
        cols=columns,
        specs=specs,
        row_heights=heights,
        subplot_titles=[_headed(dataset, n) for n in flat],
        vertical_spacing=GAP / (height - HEAD) if low + high > 1 else 0,
        horizontal_spacing=0.14,
    )
    for i, name in enumerate(flat):
        numbers.draw_flat(drawn, dataset, name, i // columns + 1, i % columns + 1)
    for i, each in enumerate(wide):
        place = (low + i // columns + 1, i % columns + 1)
        if isinstance(each, Panel):
            curves.draw(drawn, dataset, each, *place)
        else:
            numbers.draw_series(drawn, dataset, each, *place)
    tell_once(drawn)
    stacked(drawn, height, 410 * columns + 40, title, left=80, top=70, bottom=60)
    drawn.update_annotations(font={"size": 13})
    return drawn


def _headed(dataset: xr.Dataset, name: str) -> str:
    """Title of the panel of a number; that of a difference tells its p-value, one for each axis."""
    title, p = wrapped(axis_title(dataset[name]), HEADED), dataset.get(f"{name.removesuffix('_difference')}_p")
    return title if p is None else f"{title}, p = {', '.join(f'{value:.2g}' for value in p.values.ravel())}"


def _panels(dataset: xr.Dataset, measure: str | None) -> tuple[list[str], list[Panel]]:
    """Names of the variables that are numbers, and the panels of those that are curves."""
    made = {str(n): v.attrs["nsi_measure"] for n, v in dataset.data_vars.items() if "nsi_measure" in v.attrs}
    if not made:
        held = ", ".join(map(str, dataset.data_vars)) or "it is empty"
        raise OptionError(f"the Dataset holds no measures: {held}", "void.nsi.measure()")
    if measure is not None and measure not in made.values():
        raise UnknownNameError.among("measure of this Dataset", measure, set(made.values()))
    chosen = [m for m in dict.fromkeys(made.values()) if measure in (None, m)]
    known = [p for m in chosen for p in (catalogue()[m].panels if m in catalogue() else ())]
    if "nsi_compare" in dataset.attrs:  # a difference has a sign, which a logarithm has not
        known = [replace(p, variable=f"{p.variable}_difference", log=p.log.replace("y", ""), tail=False) for p in known]
        made = {n: m for n, m in made.items() if n.endswith("_difference")}
    if "nsi_preset" in dataset.attrs:
        known = list(PRESETS[dataset.attrs["nsi_preset"]].PANELS)
        tables = {"bound", *dataset.attrs["nsi_dims"], *(dataset[p.variable].dims[-1] for p in known)}  # and maps
        made = {n: m for n, m in made.items() if not tables & set(dataset[n].dims)}
    curved = {name for p in known for name in (p.variable, p.x)}
    single = [n for n, m in made.items() if m in chosen and n not in curved and not n.endswith("_ci")]
    return single, [p for p in known if p.variable in dataset and (p.tail or p.x in dataset)]
