"""What was found, in words."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .sentences import chord, measured, sensitivity, spanning, width
from .words import listing, number, percent, quantity, safe, shares

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def finding(void: xr.DataArray, measures: xr.Dataset, voids: pd.DataFrame, curves: xr.Dataset | None = None) -> str:
    """Say in a few sentences how much is empty, in how many parts, how wide, whether it spans, and what the threshold does to it.

    Parameters
    ----------
    void : xarray.DataArray of bool
        True is empty.
    measures : xarray.Dataset
        What `measure` gave for it.
    voids : pandas.DataFrame
        What `components` gave for it.
    curves : xarray.Dataset, optional
        What `curves` gave for the image.

    Returns
    -------
    str
        Markdown. Measures that were not made are not spoken of.

    Examples
    --------
    >>> import xarray as xr
    >>> import nsi_notebook as nsi
    >>> void = xr.DataArray(np.eye(2, dtype=bool), dims=("y", "x"))
    >>> finding(void, nsi.measure(void, ["void_fraction", "chords"]), nsi.components(void))
    '**50%** of the image is empty, in 2 separate voids. The largest measures 1 pixel, 50% of all void. The mean chord is 1 pixel along y and 1 pixel along x.'
    """  # noqa: E501
    frames = [d for d in void.dims if d not in measures.attrs["nsi_dims"]]
    found = measures["void_fraction"] if "void_fraction" in measures else void.mean(measures.attrs["nsi_dims"])
    said = [_series(found, voids, frames) if frames else _image(void, found.item(), measures, voids)]
    if found.min() < 1 and found.max() > 0:
        said += [spanning(measures), width(measures), "" if frames else chord(measures)]
    return " ".join(sentence for sentence in [*said, sensitivity(curves, measures)] if sentence)


def seen(void: xr.DataArray, measures: xr.Dataset) -> str:
    """Say which plane of a stack or series `plot` shows; nothing for one plane."""
    spatial = measures.attrs["nsi_dims"]
    said = [f"the first of {void.sizes[d]} along {safe(d)}" for d in void.dims if d not in spatial]
    said += [f"the middle one of {void.sizes[d]} along {safe(d)}" for d in spatial[:-2]]
    return f"Shown is {', '.join(said)}." if said else ""


def _image(void: xr.DataArray, share: float, measures: xr.Dataset, voids: pd.DataFrame) -> str:
    solid = len(measures.attrs["nsi_dims"]) == 3
    every = quantity(void.size, "pixel^3" if solid else "pixel^2")
    if share == 0:
        return f"**Nothing** is empty: none of the {every} counts as void."
    if share == 1:
        return f"**Everything** is empty: each of the {every} counts as void."
    much, bracket = measured(measures, "void_fraction", shares) if "void_fraction" in measures else (percent(share), "")
    said = f"**{much}** of the {'volume' if solid else 'image'} is empty{bracket}"
    size = safe(quantity(voids["size"].iloc[0], voids.attrs["units"]["size"]))
    if len(voids) == 1:
        said += f", all of it one void of {size}."
    else:
        part = percent(voids["pixels"].iloc[0] / voids["pixels"].sum())
        said += f", in {number(len(voids))} separate voids. The largest measures {size}, {part} of all void."
    return said


def _series(found: xr.DataArray, voids: pd.DataFrame, frames: list[Hashable]) -> str:
    count, low, high = found.size, float(found.min()), float(found.max())
    if high == 0:
        return f"**Nothing** is empty in any of the {number(count)} frames."
    if low == 1:
        return f"**Everything** is empty in each of the {number(count)} frames."
    if low == high:
        said = f"**{percent(low)}** is empty in each of the {number(count)} frames."
    else:
        where = [_at(found, i) for i in (found.argmin(...), found.argmax(...))]
        said = f"Over {number(count)} frames **{percent(float(found.mean()))}** is empty on average,"
        said += f" from {percent(low)} ({where[0]}) to {percent(high)} ({where[1]})."
    numbers = voids.groupby([str(d) for d in frames]).size().to_list()
    least, most = min(numbers) if len(numbers) == count else 0, max(numbers)
    held = number(most) if least == most else f"{number(least)} to {number(most)}"
    largest = voids.to_dict("records")[int(voids["pixels"].argmax())]
    size = safe(quantity(largest["size"], voids.attrs["units"]["size"]))
    place = _place({d: largest[d] for d in frames}, found)
    return (
        f"{said} A frame holds {held} {'void' if most == 1 else 'separate voids'}; the largest of all ({place}) measures {size}."
    )


def _at(found: xr.DataArray, index: Mapping[Hashable, Any]) -> str:
    one = found.isel(index)
    return _place({d: one[d].item() if d in one.coords else int(index[d]) for d in index}, found)


def _place(where: Mapping[Hashable, Any], found: xr.DataArray) -> str:
    """Name a frame by its coordinates; without, by its number from 0."""
    said = []
    for dim, value in where.items():
        if dim in found.coords:
            text = number(value) if isinstance(value, int | float | np.number) else str(value)
            said.append(safe(f"{dim} {text} {found[dim].attrs.get('units', '')}"))
        else:
            said.append(safe(f"{'frame' if dim == 'time' else dim} {value}"))
    return listing(said)
