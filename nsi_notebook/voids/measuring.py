"""Measure a mask: any dims, any chunks, with units and intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, replace
from functools import cache, partial
from numbers import Integral
from typing import Any

import numpy as np
import xarray as xr

from ..errors import DimsError, OptionError
from .carrying import batch_of, carried, check_names, frame_attrs
from .checks import check_mask, number
from .chunks import each_frame_later
from .counting import Plan, each_frame
from .doubts import warn_of_doubts
from .intervals import REPLICATES, Interval, check_level, intervals, largest, tiles
from .measures.base import Array, Counts, Measure, State, check_connectivity
from .measures.registry import build, catalogue
from .rows import first_of_each
from .space import Space
from .undefined import note_undefined, warn_of_undefined

Bounds = Callable[[Measure, Counts, Space, float, int], dict[str, Interval]]


def measure(
    mask: xr.DataArray,
    measures: Sequence[str] | str | None = None,
    *,
    dims: Sequence[str] | str | None = None,
    connectivity: int | None = None,
    ci: float | None = None,
    seed: int = 0,
    **options: Any,
) -> xr.Dataset:
    """Measure the empty part.

    Parameters
    ----------
    mask : xarray.DataArray of bool
        True is empty. Dims that are not spatial stay in the output. A chunked (Dask) mask gives the same bits as a loaded one,
        and is never loaded whole, except by measures that say so.
    measures : str or sequence of str, optional
        Names of measures; default: all that are defined for this frame and fit into memory, and for a chunked mask only those
        that do not need a frame in memory.
    dims : sequence of str, optional
        Spatial dims; default: those of z, y, x that are there.
    connectivity : int, optional
        Of the void: 4 or 8 in 2-D, 6, 18 or 26 in 3-D; default 4, 6. For the measures that depend on it.
    ci : float, optional
        Nominal coverage of confidence intervals by resampling tiles, e.g. 0.95. They come as `<variable>_ci` with dim
        `bound` (lower, upper). Where the tiles do not tell enough for one, its attr `nsi_ci_doubt` says why (of the first frame
        for which they do not), and a `NsiWarning` names it.
    seed : int
        Of the resampling.
    **options
        Options of the measures: edge, boxes, of, r_max, q.

    Returns
    -------
    xarray.Dataset
        One variable for each result, with `units`, `long_name` and how it was made in its attrs: `nsi_measure`, its options,
        `nsi_version`, and what the mask says of its method, phase and threshold. That of a chunked mask is lazy: `compute()` it
        as a whole, so that each chunk is read once. It is computed at once where `ci` is given (whether tiles are enough is
        part of the answer), or a measure needs a frame in memory or gives as many values as the mask has voids. What is NaN
        because a mask is empty or solid throughout says so in its attr `nsi_undefined`, and a `NsiWarning` names it, unless the
        result is lazy.

    Raises
    ------
    PixelError, DimsError, SpacingError, OptionError, UnknownNameError
        If the mask is not bool or empty, the dims or the spacing do not allow what was asked, or a name does not exist.

    Examples
    --------
    >>> mask = xr.DataArray(np.eye(4, dtype=bool), dims=("y", "x"))
    >>> float(measure(mask, "void_fraction").void_fraction)
    0.25
    """
    check_mask(mask)
    level = None if ci is None else check_level(float(number("ci", ci)))
    if number("seed", seed, Integral) < 0:
        raise OptionError(f"seed={seed} is negative", "give a whole number from 0")
    space = Space.of(mask, dims)
    chunked = mask.chunks is not None
    chosen = choose(measures, space, check_connectivity(connectivity, space.ndim), options, chunked)
    refuse_names(mask, chosen, space, level)
    lazily = level is None and not any(m.in_memory or m.ragged for m in chosen)
    return measured(
        mask, chosen, space, partial(describe, chosen=chosen, space=space, level=level, seed=int(seed)), level, lazily
    )


def measured(
    array: xr.DataArray,
    chosen: Sequence[Measure],
    space: Space,
    describe: Callable[[Sequence[Sequence[State]]], xr.Dataset],
    level: float | None,
    lazily: bool,
) -> xr.Dataset:
    """Count every frame of an array, and put what they give along the batch dims.

    Parameters
    ----------
    array : xarray.DataArray
        What the measures count.
    chosen : sequence of Measure
        Bound to the space.
    space : Space
        Of a frame.
    describe : callable
        Makes the Dataset of one frame from the states of each measure's tiles.
    level : float or None
        Of intervals, for which a frame is cut into tiles.
    lazily : bool
        Whether the result of a chunked array is.
    """
    sizes, along = batch_of(array, space.dims), carried(array, space.dims)
    plan = Plan(tuple(chosen), space.shape, (tuple((0, n) for n in space.shape),) if level is None else tuple(tiles(space.shape)))
    ordered = array.transpose(*sizes, *space.dims)
    if array.chunks is not None and lazily:
        result = _lazily(each_frame_later(ordered.data, plan, describe), describe(plan.blank()), sizes, along)
    else:
        found = each_frame(ordered.data, plan, describe)
        for at, frame in zip(np.ndindex(*sizes.values()), found, strict=True) if array.dtype == bool else ():
            note_undefined(frame, ordered.data[at])
        result = stack(found, sizes, along)
    kept = {k: v for k, v in array.attrs.items() if str(k).startswith("nsi_")}
    for variable in result.data_vars.values():
        variable.attrs = {**kept, **variable.attrs}
    result.attrs = kept | frame_attrs(space)
    warn_of_undefined(result)
    warn_of_doubts(result)
    return result


def choose(
    measures: Sequence[str] | str | None, space: Space, connectivity: int, options: Mapping[str, Any], chunked: bool
) -> list[Measure]:
    """Make the measures that were asked for, or all that are defined here and do not load what is chunked."""
    if measures is None:
        there = {n: k for n, k in catalogue().items() if space.ndim in k.ndims and not (chunked and k.in_memory)}
        names = [n for n, k in there.items() if (space.isotropic or not k.isotropic_only) and k.fits(space)]
    else:
        names = listed(measures)
        if not names:
            raise DimsError("no measure was asked for", f"there are: {', '.join(catalogue())}")
    known = catalogue()
    if any("connectivity" in known[n].options() for n in names if n in known):
        options = {**options, "connectivity": connectivity}
    chosen = [m.bind(space) for m in build(names, options, bound=("spacing",), space=space)]
    chosen.sort(key=lambda m: not m.covers)  # of outputs of one name the last stays
    for each in chosen:
        each.check_space(space)
    return chosen


def listed(measures: Any) -> list[str]:
    """Give names as a list.

    Raises
    ------
    OptionError
        If they are no names.
    """
    names = [measures] if isinstance(measures, str) else list(measures) if isinstance(measures, Iterable) else [measures]
    for name in names:
        if not isinstance(name, str):
            said = f"a {name.__name__ if isinstance(name, type) else type(name).__name__} is not the name of a measure"
            raise OptionError(said, "for example 'void_fraction'; one of your own gets a name by docs/add-a-measure.md")
    return names


def refuse_names(array: xr.DataArray, chosen: Sequence[Measure], space: Space, level: float | None, what: str = "mask") -> None:
    """Refuse dims and coords of a mask or image that have the name of something that a measure gives."""
    if not batch_of(array, space.dims) and not carried(array, space.dims).variables:
        return
    for each in chosen:
        default = {f.name: f.default for f in fields(each) if f.default is not MISSING}
        names = _names(replace(each, **default), space.ndim)
        more = [] if level is None else ["bound", *(f"{name}_ci" for name in names)]
        check_names(array, space.dims, [*names, *more], what, each.name)


@cache
def _names(each: Measure, ndim: int) -> frozenset[str]:
    """Names of what a measure gives, seen on a mask of two pixels a side."""
    small = Space.plain((2,) * ndim)
    bound = each.bind(small)
    result = bound.finalize(bound.partial(np.zeros(small.shape, dtype=bool)), small)
    return frozenset(str(n) for n in {*result.variables, *result.dims})


def describe(
    states: Sequence[Sequence[State]],
    *,
    chosen: Sequence[Measure],
    space: Space,
    level: float | None,
    seed: int,
    bounds_of: Bounds = intervals,
) -> xr.Dataset:
    """Make the Dataset of one frame from the states of each measure's tiles."""
    data: dict[str, xr.Variable] = {}
    coords: dict[str, xr.Variable] = {}  # measures that share a coordinate make it the same way
    for each, mine in zip(chosen, states, strict=True):
        counts = each.tally(mine, space)
        total = {k: v if k in each.shared else v.sum(axis=0) for k, v in counts.items()}
        outputs, places = each.report(total, space)
        variables, along = each.label(outputs, places)
        data |= variables
        coords |= along
        if level is None:
            continue
        bounds = bounds_of(each, counts, space, level, seed)
        for output in outputs:
            point = variables[output.name]
            if output.name in bounds:
                data[f"{output.name}_ci"] = _interval(point, bounds[output.name], space, level, seed)
            else:
                point.attrs["nsi_ci"] = f"none: {output.why or 'it does not follow from resampled tiles'}"
            if output.name in bounds and output.extent is not None:
                data[f"{output.name}_ci"].attrs["nsi_ci_largest"] = f"{largest(space.shape):g} pixels, half a tile; NaN beyond"
        coords["bound"] = xr.Variable("bound", ["lower", "upper"])
    return xr.Dataset(data, coords)


def _interval(point: xr.Variable, found: Interval, space: Space, level: float, seed: int) -> xr.Variable:
    attrs = {
        **point.attrs,
        "long_name": f"{level:.3g} confidence interval of: {point.attrs['long_name']}",
        "nsi_ci": level,
        "nsi_tiles": len(tiles(space.shape)),
        "nsi_replicates": REPLICATES,
        "nsi_seed": seed,
        **found.attrs(space),
    }
    return xr.Variable((*point.dims, "bound"), found.bounds, attrs)


def stack(frames: Sequence[xr.Dataset], batch: Mapping[str, int], along: xr.Dataset) -> xr.Dataset:
    """Put frames along the batch dims, with their coords; ranks that a frame lacks become NaN."""
    if not batch:
        return frames[0].assign_coords(along.variables) if along.variables else frames[0]
    outer = xr.concat(
        frames, dim="_frame", join="outer", data_vars="all", coords="minimal", compat="equals", combine_attrs=first_of_each
    )
    data = {}
    for name, variable in outer.data_vars.items():
        moved = variable.transpose("_frame", ...)
        values = moved.values.reshape((*batch.values(), *moved.shape[1:]))
        data[name] = xr.Variable((*batch, *moved.dims[1:]), values, variable.attrs)
    return along.assign_coords(outer.coords).assign(data)


def _lazily(frames: Sequence[Any], blank: xr.Dataset, batch: Mapping[str, int], along: xr.Dataset) -> xr.Dataset:
    """Put frames that are not there yet along the batch dims; `blank` shows what one is like."""
    from dask import delayed
    from dask.array import from_delayed, stack

    pick = delayed(_values, pure=False, traverse=False)
    data = {}
    for name, one in blank.data_vars.items():
        each = [from_delayed(pick(frame, name), one.shape, dtype=one.dtype) for frame in frames]
        values = stack(each).reshape((*batch.values(), *one.shape)) if batch else each[0]
        data[name] = xr.Variable((*batch, *one.dims), values, one.attrs)
    return along.assign_coords(blank.coords).assign(data)


def _values(frame: xr.Dataset, name: str) -> Array:
    return np.asarray(frame[name].values)
