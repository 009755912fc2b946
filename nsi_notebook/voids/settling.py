"""How the windows of each size spread, and what follows for fields of view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from .doubts import Spread
from .intervals import PARTS
from .measures.base import Array, ratio
from .space import Space
from .units import multiplied
from .windows import grid

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SEVERAL = 4  # windows whose spread can be called calm
MANY = 10**6  # fields from which Student's t is the normal quantile


def described(
    values: Sequence[Array],
    spaces: Sequence[Space],
    space: Space,
    outline: xr.DataArray,
    tolerance: float,
    level: float,
    width: float | None,
    relative: bool,
) -> xr.Dataset:
    """Make the Dataset, with a dim `frame`, from the values (frames, windows) of each size."""
    name, what, unit = str(outline.name), outline.attrs["long_name"], outline.attrs["units"]
    whole, sizes = values[-1][:, 0], np.array([one.size for one in spaces])
    count, mean, off, variance = _moments(values)
    std = np.sqrt(variance)

    number_of = [v.shape[1] for v in values]
    enough = [i for i, n in enumerate(number_of) if n >= PARTS[space.ndim] ** space.ndim]
    tile = enough[-1] if enough else int(np.argmax(number_of))
    deviations = np.moveaxis(off[tile].reshape(len(whole), *grid(spaces[tile].shape, space)), 0, -1)
    product = variance[:, tile] * Spread.of(deviations).inflation * sizes[tile]
    field = np.where(sizes > sizes[tile], np.sqrt(product[:, None] / sizes), std)

    sides = [max(n * s for n, s in zip(one.shape, one.spacing, strict=True)) for one in spaces]
    made = {k: v for k, v in outline.attrs.items() if k.startswith("nsi_")}
    size_unit = space.power(space.ndim)
    square_unit = multiplied((unit, 2), (space.unit, space.ndim))
    told = {"units": unit, **made}
    data: dict[str, tuple[tuple[str, ...], Array, dict[str, Any]]] = {
        **_moments_told(outline, mean, std, count, values),
        "settled": (
            ("frame", "bound"), _settled(mean, std, count, whole, np.array(sides), tolerance),
            {"long_name": "sides of the windows that have settled", "units": space.unit, "nsi_tolerance": tolerance},
        ),
        f"{name}_field_std": (
            ("frame", "window"), field,
            {"long_name": f"standard deviation of a field of view: {what}", **told, "nsi_tile": sides[tile],
             "nsi_tiles": number_of[tile]},
        ),
        f"{name}_variance_size": (
            ("frame",), product,
            {**told, "long_name": f"variance of a field times its size: {what}", "units": square_unit},
        ),
        "variance_exponent": (
            ("frame",), _exponent(variance, count, sizes, tile),
            {"long_name": "power of the size with which the variance falls", "units": "1"},
        ),
    }  # fmt: skip
    if name == "void_fraction":
        attrs = {"long_name": "integral range of the void", "units": size_unit}
        data["integral_range"] = (("frame",), ratio(product, whole * (1 - whole)), attrs)
    if width is not None:
        data["fields_needed"] = _needed(field, whole, width, relative, level, unit)
    coords = {
        "window": ("window", sides, {"long_name": "side of the window", "units": space.unit}),
        "window_size": ("window", sizes, {"long_name": "size of the window", "units": size_unit}),
        "quantile": ("quantile", list(QUANTILES)),
        "bound": ("bound", ["lower", "upper"]),
    }
    return xr.Dataset(data, coords)


def _moments(values: Sequence[Array]) -> tuple[Array, Array, list[Array], Array]:
    """Number, mean, deviations (0 where a window has no value) and variance of the windows of each size."""
    count = np.stack([np.isfinite(v).sum(axis=1) for v in values], axis=1)
    mean = np.stack([ratio(np.nansum(v, axis=1), n) for v, n in zip(values, count.T, strict=True)], axis=1)
    off = [np.nan_to_num(v - m[:, None]) for v, m in zip(values, mean.T, strict=True)]
    variance = np.stack([ratio((o**2).sum(axis=1), n - 1) for o, n in zip(off, np.maximum(count.T, 1), strict=True)], axis=1)
    return count, mean, off, variance


def _moments_told(
    outline: xr.DataArray, mean: Array, std: Array, count: Array, values: Sequence[Array]
) -> dict[str, tuple[tuple[str, ...], Array, dict[str, Any]]]:
    """Make the variables that say how the windows of each size spread."""
    name, what = str(outline.name), outline.attrs["long_name"]
    told = {"units": outline.attrs["units"], **{k: v for k, v in outline.attrs.items() if k.startswith("nsi_")}}
    quantile = np.stack([_quantiles(v) for v in values], axis=1)
    return {
        f"{name}_mean": (("frame", "window"), mean, {"long_name": f"mean of the windows: {what}", **told}),
        f"{name}_std": (("frame", "window"), std, {"long_name": f"standard deviation of the windows: {what}", **told}),
        f"{name}_cv": (
            ("frame", "window"), ratio(std, np.abs(mean)),
            {**told, "long_name": f"coefficient of variation: {what}", "units": "1"},
        ),
        f"{name}_quantile": (
            ("frame", "window", "quantile"), quantile,
            {"long_name": f"quantile of the windows: {what}", **told},
        ),
        "window_count": (("frame", "window"), count, {"long_name": "number of windows", "units": "1"}),
    }  # fmt: skip


def _needed(
    field: Array, whole: Array, width: float, relative: bool, level: float, unit: str
) -> tuple[tuple[str, ...], Array, dict[str, Any]]:
    """Make the variable of the fields of view that an interval of a width needs."""
    wide = np.abs(whole) * width if relative else np.full(len(whole), float(width))
    needed = np.array([[fields_needed(s, w, level) for s in row] for row, w in zip(field, wide, strict=True)])
    attrs = {
        "long_name": "fields of view needed",
        "units": "1",
        "nsi_width": float(width),
        "nsi_level": level,
        "nsi_width_units": "of the value of the whole" if relative else unit,
    }
    return ("frame", "window"), needed, attrs


def _quantiles(values: Array) -> Array:
    """Quantiles along the last axis, NaN where it holds no number."""
    found = np.full((len(values), len(QUANTILES)), np.nan)
    there = np.isfinite(values).any(axis=1)
    if there.any():
        found[there] = np.nanquantile(values[there], QUANTILES, axis=1).T
    return found


def _settled(mean: Array, std: Array, count: Array, whole: Array, sides: Array, tolerance: float) -> Array:
    """Least and greatest side between which all sizes have settled, for each frame."""
    found = np.full((len(whole), 2), np.nan)
    for i, value in enumerate(whole):
        near = np.abs(mean[i] - value) <= tolerance * np.abs(value)
        calm = std[i] <= tolerance * np.abs(mean[i])
        several = np.flatnonzero(count[i] >= SEVERAL)[::-1]  # the largest first
        steady = np.cumprod((near & calm)[several]).sum()
        if steady:
            found[i] = sides[several[steady - 1]], sides[several[0]]
    return found


def _exponent(variance: Array, count: Array, sizes: Array, tile: int) -> Array:
    """Slope of log variance against log size from the tiles up, weighted by degrees of freedom; NaN from fewer than 2 sizes."""
    used = (variance > 0) & (count > 1) & (sizes >= sizes[tile])
    weight = np.where(used, count - 1, 0.0)
    x = np.broadcast_to(np.log(sizes), variance.shape)
    y = np.log(np.where(used, variance, 1.0))
    total = weight.sum(axis=1, keepdims=True)
    dx = x - ratio((weight * x).sum(axis=1, keepdims=True), total)
    spread = (weight * dx**2).sum(axis=1)
    return ratio((weight * dx * y).sum(axis=1), np.where(used.sum(axis=1) > 1, spread, 0.0))


def fields_needed(std: float, width: float, level: float) -> float:
    """Give the number of fields whose mean has an interval of this full width, NaN where `std` is.

    >>> fields_needed(0.1, 0.1, 0.95)
    18.0
    """
    from scipy import stats

    if np.isnan(std) or np.isnan(width):
        return np.nan
    tail = (1 + level) / 2
    count = max(2.0, np.ceil((2 * stats.norm.ppf(tail) * std / width) ** 2)) if width > 0 else np.inf
    while count < MANY and count < (2 * stats.t.ppf(tail, count - 1) * std / width) ** 2:
        count += 1
    return float(count)
