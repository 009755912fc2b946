"""Measure a mask: any dims, any chunks, with units and intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..errors import DimsError, PixelError
from ..summaries import merge_all
from ..version import __version__
from .block import Block, Box, boxes, window
from .intervals import REPLICATES, check_level, intervals, tiles
from .measures.base import Array, Measure, State, check_connectivity
from .measures.registry import build, catalogue
from .space import Space


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
        True is empty. Dims that are not spatial stay in the output. A chunked (Dask) mask is never loaded whole, except by
        measures that say so, and gives the same bits as a loaded one.
    measures : str or sequence of str, optional
        Names of measures; default: all that are defined for this frame.
    dims : sequence of str, optional
        Spatial dims; default: those of z, y, x that are there.
    connectivity : int, optional
        Of the void: 4 or 8 in 2-D, 6, 18 or 26 in 3-D; default 4, 6. For the measures that depend on it.
    ci : float, optional
        Nominal coverage of confidence intervals by resampling tiles, e.g. 0.95. They come as `<variable>_ci` with dim
        `bound` (lower, upper).
    seed : int
        Of the resampling.
    **options
        Options of the measures: edge, boxes, of, r_max, q.

    Returns
    -------
    xarray.Dataset
        One variable for each result, with `units`, `long_name` and how it was made in its attrs: `nsi_measure`, its options,
        `nsi_version`, and what the mask says of its method, phase and threshold.

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
    if not isinstance(mask, xr.DataArray):
        raise PixelError(f"a {type(mask).__name__} is not a DataArray", "wrap it: xarray.DataArray(mask, dims=('y', 'x'))")
    if mask.dtype != bool:
        raise PixelError(f"a mask of the empty part must be bool, not {mask.dtype}", "make one first: image.nsi.void('otsu')")
    if mask.size == 0:
        said = ", ".join(f"{d}: {n}" for d, n in mask.sizes.items())
        raise DimsError(f"the mask has no pixels ({said})", "check the selection that made it")
    space = Space.of(mask, dims)
    chosen = _choose(measures, space, check_connectivity(connectivity, space.ndim), options)
    level = None if ci is None else check_level(ci)
    batch = tuple(str(d) for d in mask.dims if d not in space.dims)
    ordered = mask.transpose(*batch, *space.dims)
    plan = _cut(ordered, space, level)
    frames = _frames(ordered.data, plan, chosen, space.shape, tuple(ordered.sizes[d] for d in batch))
    single = [_describe(chosen, states, space, level, seed) for states in frames]
    result = single[0] if not batch else _stack(single, batch, ordered)
    kept = {k: v for k, v in mask.attrs.items() if str(k).startswith("nsi_")}
    for variable in result.data_vars.values():
        variable.attrs = {**kept, **variable.attrs}
    frame = {
        "nsi_dims": list(space.dims),
        "nsi_shape": list(space.shape),
        "nsi_spacing": list(space.spacing),
        "nsi_unit": space.unit,
    }
    result.attrs = kept | frame | {"nsi_version": __version__}
    return result


def _choose(measures: Sequence[str] | str | None, space: Space, connectivity: int, options: Mapping[str, Any]) -> list[Measure]:
    """Make the measures that were asked for, or all that are defined here."""
    if measures is None:
        names = [n for n, k in catalogue().items() if space.ndim in k.ndims and (space.isotropic or not k.isotropic_only)]
    else:
        names = [measures] if isinstance(measures, str) else list(measures)
        if not names:
            raise DimsError("no measure was asked for", f"there are: {', '.join(catalogue())}")
    known = catalogue()
    if any("connectivity" in known[n].options() for n in names if n in known):
        options = {**options, "connectivity": connectivity}
    chosen = [m.bind(space) for m in build(names, options)]
    for each in chosen:
        each.check_space(space)
    return chosen


def _cut(mask: xr.DataArray, space: Space, level: float | None) -> list[Box]:
    """Blocks to count in: tiles for intervals, else the chunks, else the whole."""
    if level is not None:
        return tiles(space.shape)
    if mask.chunks is not None:
        return list(boxes(space.shape, mask.chunks[-space.ndim :]))
    return [tuple((0, n) for n in space.shape)]


def _frames(
    data: Any, plan: Sequence[Box], chosen: Sequence[Measure], whole: tuple[int, ...], batch: tuple[int, ...]
) -> list[list[list[State]]]:
    """States of each block, by batch index and measure."""
    lazy = hasattr(data, "dask")
    halo = max(m.halo(whole) for m in chosen)
    call: Any = _partials
    if lazy:
        from dask import compute, delayed

        call = delayed(_partials, pure=True)
    counted = [
        [call(data[index][window(box, whole, halo)], box, whole, tuple(chosen)) for box in plan] for index in np.ndindex(*batch)
    ]
    if lazy:
        (counted,) = compute(counted)
    return [[list(states) for states in zip(*frame, strict=True)] for frame in counted]


def _partials(data: Any, box: Box, whole: tuple[int, ...], chosen: Sequence[Measure]) -> list[State]:
    """Count one block for all measures."""
    block = Block(np.asarray(data), tuple(lo for lo, _ in box), tuple(hi - lo for lo, hi in box), whole)
    reaches = [each.halo(whole) for each in chosen]
    cuts = {reach: block.require(reach) for reach in reaches}  # measures of the same reach share what they count
    return [each.partial(cuts[reach]) for each, reach in zip(chosen, reaches, strict=True)]


def _describe(
    chosen: Sequence[Measure], states: Sequence[Sequence[State]], space: Space, level: float | None, seed: int
) -> xr.Dataset:
    """Dataset of one frame."""
    data: dict[str, xr.Variable] = {}
    coords: dict[str, xr.Variable] = {}  # measures that share a coordinate make it the same way
    for each, mine in zip(chosen, states, strict=True):
        merged = [merge_all(each, mine)] if level is None else mine
        counts = each.tally(merged, space)
        total = {k: v if k in each.shared else v.sum(axis=0) for k, v in counts.items()}
        variables, along = each.label(*each.report(total, space))
        data |= variables
        coords |= along
        if level is None:
            continue
        bounds = intervals(each, counts, space, level, seed)
        for name, point in variables.items():
            if name in bounds:
                data[f"{name}_ci"] = _interval(point, bounds[name], level, len(mine), seed)
            else:
                point.attrs["nsi_ci"] = "none: it does not follow from resampled tiles"
        coords["bound"] = xr.Variable("bound", ["lower", "upper"])
    return xr.Dataset(data, coords)


def _interval(point: xr.Variable, bounds: Array, level: float, number: int, seed: int) -> xr.Variable:
    attrs = {
        **point.attrs,
        "long_name": f"{level:.3g} confidence interval of: {point.attrs['long_name']}",
        "nsi_ci": level,
        "nsi_tiles": number,
        "nsi_replicates": REPLICATES,
        "nsi_seed": seed,
    }
    return xr.Variable((*point.dims, "bound"), bounds, attrs)


def _stack(frames: Sequence[xr.Dataset], batch: tuple[str, ...], mask: xr.DataArray) -> xr.Dataset:
    """Put frames along the batch dims; ranks that a frame lacks become NaN."""
    outer = xr.concat(
        frames, dim="_frame", join="outer", data_vars="all", coords="minimal", compat="equals", combine_attrs="override"
    )
    shape = tuple(mask.sizes[d] for d in batch)
    data = {}
    for name, variable in outer.data_vars.items():
        moved = variable.transpose("_frame", ...)
        data[name] = xr.Variable((*batch, *moved.dims[1:]), moved.values.reshape(*shape, *moved.shape[1:]), variable.attrs)
    along = {n: c for n, c in mask.coords.items() if set(c.dims) <= set(batch) and c.dims}
    return xr.Dataset(data, coords={**{n: c for n, c in outer.coords.items() if "_frame" not in c.dims}, **along})
