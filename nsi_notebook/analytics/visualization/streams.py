"""Windows over streams: a panel for each aggregate of each name and unit, a line for each of its series, along the time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...errors import UnknownNameError
from .theme import COLOURS, DASHES, add_band, axis_title, printed, stacked, tell_once, wrapped

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

WIDE, HIGH, GAP, HEAD, FOOT = 820, 190, 26, 24, 60  # pixels: figure, panel, between, above, below
MARKED = 40  # windows of a line up to which each is marked
LETTERS = 26  # in a line of the title of a panel
BANDS = 3  # lines of a panel up to which each has its band
MOST = len(COLOURS) * len(DASHES)  # lines of a panel: more cannot be told apart
PLACES = ("start", "end", "final", "unit")  # coordinates that name no series


def is_windows(thing: xr.Dataset) -> bool:
    """Whether a Dataset is what `Windows.to_xarray` gives."""
    return set(thing.sizes) == {"window"} and "plan" in thing.attrs and {"start", "end", "series"} <= set(map(str, thing.coords))


def figure(windows: xr.Dataset, aggregate: str | None = None, *, title: str | None = None) -> Figure:
    """Draw windows; each stands at its middle, and where a window is missing, its line is broken.

    Series of one name in different units have a panel each.

    Of the mean alone a band shows the standard deviation to both sides, where the windows have it.

    Parameters
    ----------
    windows : xarray.Dataset
        What `Windows.to_xarray` gave.
    aggregate : str, optional
        Draw this one only.
    title : str, optional
        Over the figure; the plan, if not said.

    Raises
    ------
    UnknownNameError
        If there is no such aggregate.
    """
    from plotly.subplots import make_subplots

    there = [str(name) for name in windows.data_vars]
    if aggregate not in (None, *there):
        raise UnknownNameError.among("aggregate", aggregate, there)
    chosen = there if aggregate is None else [aggregate]
    names = [name.partition("{")[0] for name in map(str, windows["series"].values)]
    windows = windows.assign_coords(of=("window", np.array(names, dtype=str)))
    panels = [
        (name, column, unit) for name in dict.fromkeys(names) for column in chosen for unit in _units(windows, name, column)
    ] or [("", column, None) for column in chosen]
    height = HIGH * len(panels) + GAP * (len(panels) - 1)
    drawn = make_subplots(rows=len(panels), cols=1, shared_xaxes=True, vertical_spacing=GAP / height if len(panels) > 1 else 0)
    several, left_out = len({name for name, *_ in panels}) > 1, 0
    looks: dict[str, tuple[str, str]] = {}
    for row, (name, column, unit) in enumerate(panels, 1):
        mine = windows["of"].values == name
        one = windows.isel(window=np.flatnonzero(mine if unit is None else mine & (windows["unit"].values == unit)))
        lines = _lines(one)
        left_out = max(left_out, len(lines) - MOST)
        for label, places in list(lines.items())[:MOST]:
            look = looks.setdefault(label, (COLOURS[len(looks) % len(COLOURS)], DASHES[len(looks) // len(COLOURS) % len(DASHES)]))
            band = "std" if aggregate == "mean" and "std" in there and len(lines) <= BANDS else ""
            _add(drawn, one.isel(window=places), column, band, label, look, row)
        said = wrapped(axis_title(_united(one, column), column), LETTERS)
        above = f"{name if len(name) <= LETTERS else name.replace('.', '.<br>')}<br>" if several else ""
        drawn.update_yaxes(title_text=above + said, row=row, col=1)
        if windows[column].attrs.get("long_name", "").split(" ")[0] in ("count", "missing", "distinct"):
            drawn.update_yaxes(rangemode="tozero", row=row, col=1)
    drawn.update_xaxes(title_text="time (UTC)", row=len(panels), col=1)
    tell_once(drawn)
    if len(looks) == 1:  # the title or the panel tells it
        drawn.update_traces(showlegend=False)
    whole = next(iter(looks)) if len(looks) == 1 and not several else "" if several or not names else names[0]
    told = title or ", ".join(filter(None, [whole, re.sub(r"\.agg\([^)]*\)", "", str(windows.attrs["plan"]))]))
    stacked(drawn, height, WIDE, told + (f"; {left_out} more series are not drawn" if left_out > 0 else ""), 95, HEAD, FOOT)
    return drawn


def _lines(windows: xr.Dataset) -> dict[str, NDArray[np.intp]]:
    """Give the places of the windows of each series by time; of one that was given several times, the last."""
    tags = [str(name) for name in windows.coords if str(name) not in (*PLACES, "series", "of", "window")]
    labels = windows["series"].values.astype(str)
    if tags:
        rows = zip(*(windows[tag].values.astype(str) for tag in tags), strict=True)
        told = [", ".join(f"{tag} {text}" for tag, text in zip(tags, row, strict=True) if text) for row in rows]
        labels = np.array([text or label for text, label in zip(told, labels, strict=True)])
    found = {}
    for label in dict.fromkeys(labels.tolist()):
        places = np.flatnonzero(labels == label)
        bounds = np.stack([windows[name].values[places].astype("datetime64[us]").astype(np.int64) for name in ("end", "start")])
        _, last = np.unique(bounds[:, ::-1], axis=1, return_index=True)
        found[label] = places[len(places) - 1 - last]
    return dict(sorted(found.items()))


def _units(windows: xr.Dataset, name: str, column: str) -> list[str | None]:
    """Give the units of an aggregate of the series of a name, which cannot share an axis; None where it has the same of all."""
    if not str(windows[column].attrs.get("units", "")).startswith("mixed"):
        return [None]
    return sorted(set(windows["unit"].values[windows["of"].values == name].astype(str).tolist()))


def _united(windows: xr.Dataset, column: str) -> xr.DataArray:
    """Give an aggregate with the unit that it has for these series, where those of all differ."""
    variable = windows[column]
    units = set(windows["unit"].values.astype(str).tolist())
    if not str(variable.attrs.get("units", "")).startswith("mixed") or len(units) != 1:
        return variable
    return variable.assign_attrs(units=printed(variable.attrs["units"].replace("mixed", units.pop())))


def _add(figure: Any, one: xr.Dataset, column: str, band: str, label: str, look: tuple[str, str], row: int) -> None:
    """Add the line of a series; of sessions a bar from start to end of each."""
    start, end = (one[name].values.astype("datetime64[us]") for name in ("start", "end"))
    values = one[column].values.astype(float)
    plan = str(one.attrs["plan"])
    if plan.startswith("sessions("):
        x = np.stack([start, end, np.full(len(end), np.datetime64("NaT"))], axis=1).ravel()
        y = np.repeat(values, 3)
    else:
        x, y = start + (end - start) // 2, values
    half = one[band].values.astype(float) if band and not plan.startswith("sessions(") else np.full(len(y), np.nan)
    told = np.array([f"{a} to {b}".replace("T", " ") for a, b in zip(start, end, strict=True)], dtype=object)
    if plan.startswith("window("):
        gaps = np.flatnonzero(start[1:] > end[:-1]) + 1
        x, told = np.insert(x, gaps, end[gaps - 1]), np.insert(told, gaps, "")
        y, half = np.insert(y, gaps, np.nan), np.insert(half, gaps, np.nan)
        alone = bool(np.isin(gaps, gaps + 1).any())
    else:
        alone = True
    colour, dash = look
    if np.isfinite(half).any():
        add_band(figure, x, y - half, y + half, colour, row, 1)
    figure.add_scatter(
        x=x, y=y, mode="lines+markers" if len(values) <= MARKED or alone else "lines", name=label, legendgroup=label,
        line={"color": colour, "width": 2, "dash": dash}, marker={"size": 5}, showlegend=True,
        hovertext=np.repeat(told, 3) if plan.startswith("sessions(") else told, row=row, col=1,
    )  # fmt: skip
