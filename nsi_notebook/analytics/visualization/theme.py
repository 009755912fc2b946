"""How every figure looks, in one place."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# Okabe & Ito's palette: distinguishable with any colour vision
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
VOID = (0, 158, 201)  # the tint of the empty part, as in the threshold widget
DASHES = ("solid", "dash", "dot")
METHODS = {
    "background": "local background", "li": "Li", "multiotsu": "multi-Otsu", "otsu": "Otsu", "sauvola": "Sauvola",
    "triangle": "triangle rule",
}  # fmt: skip
TITLED, TICKED = 13, 12  # font sizes: titles of axes and panels, ticks
MOST = 6  # frames in a panel: more cannot be told apart
WRAP = 30  # letters in a line of the title of a y axis
LETTER = 7  # pixels of one, in the titles of axes


@dataclass(frozen=True)
class Line:
    """One line of a panel: what it is called, how it looks, and the index that it has along the dims that make lines."""

    label: str
    colour: str
    dash: str
    where: dict[str, int]


def layout(**more: Any) -> dict[str, Any]:
    """Layout of a figure."""
    axis = {
        "showline": True,
        "linecolor": "#444",
        "ticks": "outside",
        "gridcolor": "#e6e6e6",
        "zeroline": False,
        "exponentformat": "power",
        "minexponent": 4,
        "separatethousands": True,
        "automargin": True,
        "title": {"font": {"size": TITLED}},
        "tickfont": {"size": TICKED},
    }
    base: dict[str, Any] = {
        "template": {"layout": {"colorway": list(COLOURS), "xaxis": axis, "yaxis": axis}},
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": "#222"},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "margin": {"l": 70, "r": 25, "t": 60, "b": 60},
        "legend": {"orientation": "h", "y": -0.2},
    }
    return base | more


def stacked(figure: Figure, height: int, width: int, title: str | None, left: int, top: int, bottom: int) -> None:
    """Lay panels of a height out below a legend and a title, each of which takes the room that it needs."""
    above = 14 + 20 * (title.count("<br>") + 1) if title else 6
    told = [trace for trace in figure.data if trace.showlegend]
    rows = -(-sum(50 + 7 * len(str(trace.name)) for trace in told) // (width - left - 40))
    points = all(getattr(trace, "mode", "") == "markers" for trace in told)  # which are too small to tell their colour
    head = above + 24 * rows + top
    whole = head + height + bottom
    figure.update_layout(
        layout(
            height=whole,
            width=width,
            title=headed(title),
            legend={
                "orientation": "h", "y": 1 - above / whole, "yanchor": "top", "yref": "container", "x": 0,
                "itemsizing": "constant" if points else "trace",
            },
            margin={"l": left, "r": 25, "t": head, "b": bottom},
        )
    )  # fmt: skip


def headed(title: str | None, size: int = 15) -> dict[str, Any]:
    """Put a title at the top: one of several lines begins a line higher, by plotly, however many there are."""
    more = bool(title and "<br>" in title)
    return {
        "text": title, "font": {"size": size}, "y": 1, "yanchor": "top", "pad": {"t": 10 + 0.65 * size * more}, "x": 0.02,
        "xanchor": "left",
    }  # fmt: skip


def tell_once(figure: Figure) -> None:
    """Show each group of traces in the legend once."""
    seen: set[str] = set()
    for trace in figure.data:
        if trace.legendgroup:
            trace.showlegend = trace.legendgroup not in seen
            seen.add(trace.legendgroup)


def axis_title(variable: xr.DataArray | xr.Variable, name: str | None = None) -> str:
    """Title of an axis: what it is, and its unit.

    >>> axis_title(xr.Variable((), 1.0, {"long_name": "chord length", "units": "um"}))
    'chord length (µm)'
    """
    text = name or str(variable.attrs.get("long_name") or getattr(variable, "name", "") or "")
    unit = printed(str(variable.attrs.get("units", "1")))
    return text if unit in ("1", "") else f"{text} ({unit})"


def printed(unit: str) -> str:
    """Write a unit as it is printed, by itself or in a sentence, where a word before it makes it the end of a name.

    >>> printed("1/um^3"), printed("chord um rises by 3 um per um")
    ('1/µm³', 'chord um rises by 3 µm per µm')
    """
    return re.sub(r"(?:(?<![A-Za-z] )|(?<=per ))\bum\b", "µm", unit).replace("^2", "²").replace("^3", "³")


def moments(figure: Figure, coord: NDArray[Any]) -> None:
    """Write times along an axis with their day; nothing of other coordinates."""
    if coord.dtype.kind == "M":
        figure.update_xaxes(tickformatstops=[{"dtickrange": [None, None], "value": "%H:%M\n%Y-%m-%d"}])


def translucent(colour: str, alpha: float) -> str:
    """Write a hexadecimal colour as rgba."""
    r, g, b = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({r},{g},{b},{alpha})"


def lines_of(variable: xr.DataArray, frames: Sequence[str], by: str = "") -> list[Line]:
    """Lines that a variable makes: one for each frame, in shades, times one for each index of `by`, in dashes.

    Of more frames than can be told apart, some are taken, evenly spaced. Without frames `by` is told by colour.
    """
    names = names_of(variable, by) if by else [""]
    if not frames:
        return [Line(name, COLOURS[i % len(COLOURS)], "solid", {by: i} if by else {}) for i, name in enumerate(names)]
    from plotly.colors import sample_colorscale

    shape = [variable.sizes[d] for d in frames]
    number = int(np.prod(shape, dtype=int))
    picked = np.unique(np.linspace(0, number - 1, min(number, MOST)).round().astype(int))
    shades = sample_colorscale("Viridis", np.linspace(0, 0.9, len(picked)).tolist(), colortype="tuple")
    lines = []
    for flat, shade in zip(picked, shades, strict=True):
        where = {d: int(i) for d, i in zip(frames, np.unravel_index(flat, shape), strict=True)}
        label = ", ".join(named(variable, d, i) for d, i in where.items())
        colour = "#" + "".join(f"{round(255 * part):02x}" for part in shade)
        lines += [Line(label, colour, DASHES[i % 3], {**where, **({by: i} if by else {})}) for i in range(len(names))]
    return lines


def names_of(variable: xr.DataArray, dim: str) -> list[str]:
    """Names of the indices of a dim; dimensions of a homology as H0, H1."""
    return [f"H{v}" if dim == "homology" else str(v) for v in variable.coords[dim].values]


def named(variable: xr.DataArray | xr.Dataset, dim: str, index: int) -> str:
    """Name of a frame: its coordinate, or else its index."""
    if dim not in variable.coords:
        return f"{dim} {index}"
    coordinate = variable.coords[dim]
    value, unit = coordinate.values[index], coordinate.attrs.get("units", "")
    return f"{dim} {value:g} {unit}".strip() if isinstance(value, float | int) else f"{dim} {value}"


def wrapped(title: str, most: int = WRAP) -> str:
    """Break a title into lines of about one length, so that it is not longer than its panel.

    >>> wrapped("two-point correlation along an axis")
    'two-point correlation<br>along an axis'
    """
    lines, word = len(textwrap.wrap(title, most)), max(map(len, title.split()), default=1)
    return "<br>".join(next(found for n in range(min(word, most), most + 1) if len(found := textwrap.wrap(title, n)) <= lines))


def upright(title: str, high: int) -> str:
    """Break the title of a y axis, at the dots of names too, so that it is not longer than its panel of so many pixels.

    >>> upright("hall.temperature (K)", 100), upright("hall.temperature (K)", 150)
    ('hall.<br>temperature<br>(K)', 'hall.temperature (K)')
    """
    return wrapped(re.sub(r"\.(?=[^\W\d])", ". ", title), high // LETTER).replace(". ", ".")


def add_band(
    figure: Any, x: NDArray[Any], low: NDArray[Any], high: NDArray[Any], colour: str, row: int, column: int, name: str = ""
) -> None:
    """Fill the room between two curves where both are numbers; a name puts it into the legend."""
    there = np.flatnonzero(np.isfinite(low) & np.isfinite(high))
    parts = np.split(there, np.flatnonzero(np.diff(there) > 1) + 1)  # nothing is known in a gap
    around = np.concatenate([np.concatenate([part, part[::-1], part[:1]]) for part in parts])[:-1]
    edge = np.concatenate([np.concatenate([low[part], high[part][::-1], [np.nan] * min(len(part), 1)]) for part in parts])[:-1]
    figure.add_scatter(
        x=x[around], y=edge, fill="toself", mode="lines", line={"width": 0}, fillcolor=translucent(colour, 0.2),
        hoverinfo="skip", name=name, showlegend=bool(name), row=row, col=column,
    )  # fmt: skip


def log_axis(*values: NDArray[Any]) -> dict[str, Any]:
    """Settings of a logarithmic axis that holds these values: each tick a whole number of 1, 2 or 5, and a power of ten.

    >>> log_axis(np.array([2.0, 30.0]))["ticktext"]
    ['2', '5', '10', '20']
    """
    held = np.concatenate([np.asarray(v, dtype=float).ravel() for v in values]) if values else np.empty(0)
    held = held[np.isfinite(held) & (held > 0)]
    if not held.size:
        return {"type": "log"}
    low, high = np.log10([held.min(), held.max()])
    edge = 0.05 * (high - low) + 0.01
    low, high = low - edge, high + edge
    found = {"type": "log", "range": [low, high]}
    powers = range(int(np.floor(low)), int(np.ceil(high)) + 1)
    if high - low < 0.8:  # as good as linear
        return {**found, "exponentformat": "none", "nticks": 6}
    step, leads = (max(1, round((high - low) / 5)), (1,)) if high - low > 2.2 else (1, (1, 2, 5))
    ticks = [(lead, power) for power in powers if power % step == 0 for lead in leads]
    ticks = [(lead, power) for lead, power in ticks if low <= np.log10(lead) + power <= high]
    plain = all(-3 <= power <= 3 for _, power in ticks)
    return {
        **found,
        "tickvals": [lead * 10.0**power for lead, power in ticks],
        "ticktext": [f"{lead * 10.0**power:,g}" if plain else _power(lead, power) for lead, power in ticks],
    }


def _power(lead: int, power: int) -> str:
    ten = f"10<sup>{power}</sup>".replace("-", "\u2212")
    return ten if lead == 1 else f"{lead}\u00d7{ten}"
