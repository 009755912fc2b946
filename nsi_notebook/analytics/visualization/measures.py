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
from .theme import TITLED, named, stacked, tell_once, wrapped

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

COLUMNS = 2
HEADED = 46  # letters in a line of the title of a panel
LOW, HIGH, GAP, HEAD, FOOT = 60, 260, 85, 40, 60  # pixels: rows of numbers, of curves, between rows, above and below all


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
    dataset, place = _without_single_frames(dataset, single, lines)
    if title is None:
        title = numbers.MINUS.removeprefix(", ") if "nsi_compare" in dataset.attrs else place or None
    flat = [n for n in single if numbers.is_flat(dataset[n])]
    wide: list[str | Panel] = [*(n for n in single if n not in flat), *lines]
    columns = min(COLUMNS, max(len(flat), len(wide)))
    low, high = -(-len(flat) // columns), -(-len(wide) // columns)
    heights = [LOW] * low + [HIGH] * high
    height = sum(heights) + GAP * (low + high - 1)
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
        vertical_spacing=GAP / height if low + high > 1 else 0,
        horizontal_spacing=0.16,
    )
    for i, name in enumerate(flat):
        numbers.draw_flat(drawn, dataset, name, i // columns + 1, i % columns + 1)
    for i, each in enumerate(wide):
        cell = (low + i // columns + 1, i % columns + 1)
        if isinstance(each, Panel):
            curves.draw(drawn, dataset, each, *cell)
        else:
            numbers.draw_series(drawn, dataset, each, *cell)
    tell_once(drawn)
    stacked(drawn, height, 410 * columns + 40, title, left=80, top=HEAD if low else HEAD // 4, bottom=FOOT)
    drawn.update_annotations(font={"size": TITLED})
    return drawn


def _headed(dataset: xr.Dataset, name: str) -> str:
    """Title of the panel of a number; that of a difference tells its p-value, one for each axis."""
    title, p = numbers.heading(dataset, name), dataset.get(f"{name.removesuffix('_difference')}_p")
    if p is not None:
        title += f", p\u00a0=\u00a0{', '.join(f'{value:.2g}' for value in p.values.ravel())}"
    return wrapped(title, HEADED)


def _without_single_frames(dataset: xr.Dataset, single: list[str], lines: list[Panel]) -> tuple[xr.Dataset, str]:
    """Take the only frame of a series of one, so that it is drawn as an image is, and name it."""
    of_numbers = {str(d) for n in single for d in dataset[n].dims} - set(numbers.KINDS)
    of_curves = {d for p in lines for d in curves.frames_of(dataset, p)}
    alone = [d for d in sorted(of_numbers | of_curves) if dataset.sizes[d] == 1]
    said = ", ".join(named(dataset, d, 0) for d in alone if d in dataset.coords)
    return dataset.squeeze(alone, drop=True), said


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
        known = [
            replace(
                p,
                variable=f"{p.variable}_difference",
                log=p.log.replace("y", ""),
                tail=False,
                vanishes="y" in p.log or p.vanishes,
            )
            for p in known
        ]
        made = {n: m for n, m in made.items() if n.endswith("_difference")}
    if "nsi_preset" in dataset.attrs:
        known = list(PRESETS[dataset.attrs["nsi_preset"]].PANELS)
        tables = {"bound", *dataset.attrs["nsi_dims"], *(dataset[p.variable].dims[-1] for p in known)}  # and maps
        made = {n: m for n, m in made.items() if not tables & set(dataset[n].dims)}
    curved = {name for p in known for name in (p.variable, p.x, f"{p.x}_difference")}
    made = {n: made[n] for n in sorted(made, key=lambda n: made[n] != "void_fraction")}  # that first, others as they come
    single = [n for n, m in made.items() if m in chosen and n not in curved and not n.endswith("_ci")]
    return single, [p for p in known if p.variable in dataset and (p.tail or p.x in dataset)]
