"""Summaries of persistence pairs that can be averaged and learned from: landscape and image."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
import xarray as xr

from ..errors import OptionError, PixelError
from ..version import __version__
from .checks import number
from .measures.base import Array

SLAB = 1 << 15  # pairs that are smeared at a time


def landscape(found: xr.Dataset, *, levels: int = 5, t: int | Sequence[float] = 200) -> xr.DataArray:
    """Persistence landscape: at each value, the k-th largest of the tents that the pairs put over their lives.

    Parameters
    ----------
    found : xarray.Dataset
        What `persistence`, or the measure of that name, gave.
    levels : int
        Number of k, from 1.
    t : int or sequence of float
        Values at which it is told; a number of them is spread evenly from the first birth to the last death of all frames.

    Returns
    -------
    xarray.DataArray
        persistence_landscape (..., homology, level, t), in the unit of the values: the k-th largest of
        max(0, min(t - birth, death - t)). Pairs that never die are left out. `found.assign(persistence_landscape=...)` draws it
        beside the pairs.

    Raises
    ------
    PixelError, OptionError
        If `found` holds no pairs, or the levels or values are not numbers that can be used.

    References
    ----------
    Bubenik 2015, Statistical topological data analysis using persistence landscapes, J Mach Learn Res 16:77.

    Examples
    --------
    >>> from nsi_notebook import persistence
    >>> image = xr.DataArray(np.array([[0, 6, 2], [7, 7, 7]]), dims=("y", "x"))
    >>> landscape(persistence(image), levels=1, t=[2, 3, 4, 5, 6]).sel(homology=0).values
    array([[0., 1., 2., 1., 0.]])
    """
    if number("levels", levels, Integral) < 1:
        raise OptionError(f"levels={levels} is less than one", "for example levels=5")
    birth, death = _lives(found)
    low, high = np.fmin(birth, death), np.fmax(birth, death)
    grid = _grid("t", t, low, high)
    values = np.zeros((*birth.shape[:-1], int(levels), grid.size))
    for at in np.ndindex(*birth.shape[:-1]):
        there = np.isfinite(low[at])
        first, last = low[at][there], high[at][there]
        most = min(int(levels), first.size)
        for i, now in enumerate(grid if most else ()):
            tents = np.maximum(np.minimum(now - first, last - now), 0)
            values[(*at, slice(most), i)] = np.sort(np.partition(tents, tents.size - most)[tents.size - most :])[::-1]
    unit = found["persistence_birth"].attrs.get("units", "1")
    coords = {
        "level": ("level", np.arange(1, int(levels) + 1), {"units": "1", "long_name": "rank of the tent"}),
        "t": ("t", grid, {"units": unit, "long_name": "value"}),
    }
    return _labelled(found, values, "persistence_landscape", coords, {"units": unit, "long_name": "persistence landscape"})


def persistence_image(
    found: xr.Dataset,
    *,
    birth: int | Sequence[float] = 50,
    lifetime: int | Sequence[float] = 50,
    bandwidth: float | None = None,
) -> xr.DataArray:
    """Persistence image: the pairs as a density over birth and lifetime, each weighed by its lifetime.

    Parameters
    ----------
    found : xarray.Dataset
        What `persistence`, or the measure of that name, gave.
    birth, lifetime : int or sequence of float
        Values at which it is told; a number of them is spread evenly from the least to the largest of all frames, lifetimes
        from 0.
    bandwidth : float, optional
        Standard deviation of the Gaussian that stands for a pair; default: a twentieth of the longest lifetime.

    Returns
    -------
    xarray.DataArray
        persistence_image (..., homology, lifetime, birth): sum over the pairs of lifetime x Gaussian density, so that its
        integral over the plane is the total persistence. Pairs that never die are left out.
        `plot(image.sel(homology=0), dims=("lifetime", "birth"))` draws it.

    Raises
    ------
    PixelError, OptionError
        If `found` holds no pairs, or the values or the bandwidth cannot be used.

    References
    ----------
    Adams et al. 2017, Persistence images: a stable vector representation of persistent homology, J Mach Learn Res 18:1.

    Examples
    --------
    >>> from nsi_notebook import persistence
    >>> image = xr.DataArray(np.array([[0, 6, 2], [7, 7, 7]]), dims=("y", "x"))
    >>> density = persistence_image(persistence(image), birth=[2], lifetime=[2, 4], bandwidth=1).sel(homology=0)
    >>> (2 * np.pi / 4 * density).values.round(3).ravel()
    array([0.135, 1.   ])
    """
    births, deaths = _lives(found)
    lives = np.abs(deaths - births)
    longest = np.nanmax(lives, initial=0) or 1.0
    width = longest / 20 if bandwidth is None else float(number("bandwidth", bandwidth))
    if width <= 0:
        raise OptionError(f"bandwidth={bandwidth} is not positive", f"for example bandwidth={longest / 20:g}")
    across, up = _grid("birth", birth, births, births), _grid("lifetime", lifetime, np.zeros_like(lives), lives)
    values = np.zeros((*births.shape[:-1], up.size, across.size))
    for at in np.ndindex(*births.shape[:-1]):
        there = np.isfinite(births[at])
        one, other = births[at][there], lives[at][there]
        for i in range(0, one.size, SLAB):
            part = slice(i, i + SLAB)
            smeared = other[part] * np.exp(-(((up[:, None] - other[part]) / width) ** 2) / 2)
            values[at] += smeared @ np.exp(-(((across[:, None] - one[part]) / width) ** 2) / 2).T
    values /= 2 * np.pi * width**2
    unit = found["persistence_birth"].attrs.get("units", "1")
    coords = {
        "lifetime": ("lifetime", up, {"units": unit, "long_name": "lifetime"}),
        "birth": ("birth", across, {"units": unit, "long_name": "value at birth"}),
    }
    attrs = {"units": "1" if unit == "1" else f"1/{unit}", "long_name": "density of lifetime", "nsi_bandwidth": width}
    return _labelled(found, values, "persistence_image", coords, attrs)


def _lives(found: xr.Dataset) -> tuple[Array, Array]:
    """Births and deaths of the pairs that die, shape (..., homology, pair); NaN elsewhere."""
    if not isinstance(found, xr.Dataset) or not {"persistence_birth", "persistence_death"} <= set(found.data_vars):
        raise PixelError(
            "these are no persistence pairs", "find them first: image.nsi.persistence() or void.nsi.measure('persistence')"
        )
    birth, death = (
        found[f"persistence_{end}"].transpose(..., "homology", "pair").values.astype(float) for end in ("birth", "death")
    )
    dies = np.isfinite(death)
    return np.where(dies, birth, np.nan), np.where(dies, death, np.nan)


def _grid(name: str, asked: int | Sequence[float], low: Array, high: Array) -> Array:
    """Values that were asked for, or that many over the range."""
    if not isinstance(asked, Sequence | np.ndarray):
        if number(name, asked, Integral) < 2:
            raise OptionError(f"{name}={asked} values make no grid", f"give two or more, or the values: {name}=[0, 1, 2]")
        least, most = np.fmin.reduce(low, axis=None, initial=np.inf), np.fmax.reduce(high, axis=None, initial=-np.inf)
        if not least < most:  # no pair that dies, or one value only
            least, most = (0.0, 1.0) if not np.isfinite([least, most]).all() else (least - 0.5, most + 0.5)
        return np.linspace(least, most, int(asked))
    grid = np.asarray(asked)
    if grid.ndim != 1 or grid.size == 0 or grid.dtype.kind not in "iuf" or not np.isfinite(grid).all():
        raise OptionError(f"{name}={asked!r} is not a list of finite numbers", f"for example {name}=50")
    return grid.astype(float)


def _labelled(found: xr.Dataset, values: Array, name: str, coords: dict[str, Any], attrs: dict[str, Any]) -> xr.DataArray:
    """Put the dims and coords of the pairs before the new ones."""
    pairs = found["persistence_birth"]
    batch = [str(d) for d in pairs.dims if d not in ("homology", "pair")]
    kept = {n: c.variable for n, c in pairs.coords.items() if "pair" not in c.dims and n not in coords}
    said = {k: v for k, v in pairs.attrs.items() if str(k).startswith("nsi_")}
    dims = (*batch, "homology", *coords)
    return xr.DataArray(
        values, dims=dims, coords={**kept, **coords}, name=name, attrs=said | attrs | {"nsi_version": __version__}
    )
