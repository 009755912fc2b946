"""How large a field of view must be, and how many are needed.

A measure is taken in windows of rising size (Bear 1972: the representative elementary volume; Kanit et al. 2003, Int J Solids
Struct 40:3647). The variance between windows that are large against the structure falls as one over their size: variance = point
variance x A / size, where A is the integral range (Lantuejoul 1991, J Microsc 161:387). So the variance at one size
foretells that of fields of any larger size, and from it follows how many make an interval as narrow as wanted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, replace
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from ..errors import OptionError, UnknownNameError, warn
from .carrying import batch_of, carried, check_names, frame_attrs
from .checks import check_mask, number
from .counting import each_frame
from .intervals import check_level
from .measures.base import Coord, Measure, State, Variable, check_connectivity
from .measuring import choose
from .settling import described
from .space import Space
from .undefined import UNDEFINED, note_undefined, warn_of_undefined
from .windows import Windows, chosen_shapes, cube, cut, grid


def representative(
    mask: xr.DataArray,
    measure: str = "void_fraction",
    variable: str | None = None,
    width: float | None = None,
    *,
    relative: bool = False,
    at: Mapping[str, Any] | None = None,
    windows: Sequence[float] | float | None = None,
    tolerance: float = 0.05,
    dims: Sequence[str] | str | None = None,
    connectivity: int | None = None,
    level: float = 0.95,
    **options: Any,
) -> xr.Dataset:
    """Measure windows of every size: which are representative, and how many fields of view are needed.

    Parameters
    ----------
    mask : xarray.DataArray of bool
        True is empty. Of a series, each frame is treated by itself. A chunked (Dask) mask is counted chunk by chunk.
    measure : str
        Name of one measure.
    variable : str, optional
        Which of its variables; default: the only one that is a number. Choose densities rather than counts, which grow with the
        window and so never settle.
    width : float, optional
        Wanted full width of the interval of the mean over fields of view, in the unit of the variable.
    relative : bool
        `width` is a share of the value of the whole.
    at : mapping, optional
        Of a variable with dims, which value: a coordinate for each dim, e.g. {"axis": "x"}.
    windows : float or sequence of float, optional
        Sides of the windows, in the unit of the coords. A window has equal sides, in whole pixels, and is cut where the image is
        thinner. Default: the longest side of the image over 1, 2, 3, 4, 6, 8, 12, ... down to 4 pixels or 2000 windows.
        The whole image is always there.
    tolerance : float
        Relative; see `settled` below.
    dims : sequence of str, optional
        Spatial dims; default: those of z, y, x that are there.
    connectivity : int, optional
        Of the void, for the measures that depend on it.
    level : float
        Nominal coverage of the interval that `width` speaks of.
    **options
        Options of the measure.

    Returns
    -------
    xarray.Dataset
        With dim `window` (longest side, rising; `window_size` beside it is the area or volume), over the windows of a size that
        do not overlap: `<variable>_mean`, `_std`, `_cv` (coefficient of variation) and `_quantile` (quantile), `window_count`.
        A window is measured alone: its value is that of `measure(window)`. Windows in which the variable is NaN are left out.

        - `settled` (bound): from the least to the greatest size of four or more windows between which, at every size, the
          coefficient of variation is at most `tolerance` and the mean is within `tolerance` of the value of the whole. NaN
          where the greatest size has not settled.
        - `<variable>_field_std` (window): standard deviation between independent fields of view of that size.
        - `<variable>_variance_size`: variance of a field times its size, constant for large fields; for the void fraction p also
          `integral_range`, that over p (1 - p): the size of what one independent observation takes.
        - `variance_exponent`: fitted power of the size with which the variance falls; -1 if fields are large against the
          structure and it is the same everywhere. Nearer to 0, the numbers of fields are too optimistic.
        - `fields_needed` (window), with `width`: number of fields of that size.

    Raises
    ------
    OptionError
        If a window is larger than the image or smaller than a pixel, `width`, `tolerance` or `level` is outside its range, or it
        is open which value is meant.
    UnknownNameError
        If a name does not exist.

    Notes
    -----
    Variances come from the tiles: the largest size of which there are at least as many windows as a confidence interval
    has tiles (32, 64, 64 in 1, 2, 3 dims). Up to that size `_field_std` is the standard deviation of the windows. Beyond,
    windows are few; there the variance of the tiles, widened for the covariance of adjacent ones as in `intervals.py`, is
    divided by the ratio of the sizes.

    The number of fields is the least n, 2 or more, with n >= (2 t s / width)^2, where t is Student's for n - 1 degrees of freedom
    and s is `_field_std`. An interval from n fields is as wide as that on average, so about every other one is a little wider.
    Fields are independent: apart from each other by more than the structure is long, and spread over all that is spoken of.

    Examples
    --------
    >>> from nsi_notebook.voids.synthetic import boolean_model
    >>> mask = boolean_model((256, 256), radius=4, fraction=0.6, seed=1)
    >>> ds = representative(mask, "void_fraction", width=0.01)
    >>> ds.window.values[-3:], int(ds.fields_needed.sel(window=256))
    (array([ 85., 128., 256.]), 37)
    """
    check_mask(mask)
    if not isinstance(measure, str):
        raise OptionError(f"measure={measure!r} is not the name of one measure", "for example 'void_fraction'")
    check_level(float(number("level", level)), "level")
    for name, value in {"tolerance": tolerance, "width": width}.items():
        if value is not None and number(name, value) <= 0:
            raise OptionError(f"{name}={value} is not positive", "give a number above 0")
    space = Space.of(mask, dims)
    batch = batch_of(mask, space.dims)
    check_names(mask, space.dims, ("window", "window_size", "quantile", "bound"), "mask")
    degree = check_connectivity(connectivity, space.ndim)
    shapes = _shapes(windows, space)
    spaces = [replace(space, shape=shape) for shape in shapes]
    each = [choose(measure, one, degree, options, mask.chunks is not None)[0] for one in spaces]
    name, place = _wanted(each[-1], variable, at or {}, space)
    cuts = [cut(shape, space) for shape in shapes]
    sized = tuple(size for size, boxes in enumerate(cuts) for _ in boxes)
    plan = Windows(tuple(each), space.shape, tuple(box for boxes in cuts for box in boxes), sized)
    describe = partial(_values, plan=plan, spaces=spaces, name=name, at=place)
    found = np.array(each_frame(mask.transpose(*batch, *space.dims).data, plan, describe))  # (frames, windows)
    values = [found[:, np.array(sized) == size] for size, _ in enumerate(shapes)]
    result = described(values, spaces, space, _outline(each[-1], space)[name], tolerance, level, width, relative)
    check_names(mask, space.dims, map(str, result.data_vars), "mask")
    shape = tuple(batch.values())
    data = {n: ((*batch, *v.dims[1:]), v.values.reshape((*shape, *v.shape[1:])), v.attrs) for n, v in result.data_vars.items()}
    told = {"nsi_representative": name, **frame_attrs(space)}
    result = carried(mask, space.dims).assign_coords(result.coords).assign(data).assign_attrs(told)
    note_undefined(result, mask)
    warn_of_undefined(result)
    if relative and "fields_needed" in result and np.isinf(result.fields_needed).any():
        why = f"{name} of the whole is 0, and no width is a share of that"
        result.fields_needed.attrs[UNDEFINED] = why
        warn(f"fields_needed is infinite: {why}", "give the width in the unit of the variable, without relative=True")
    return result


def _shapes(windows: Sequence[float] | float | None, space: Space) -> list[tuple[int, ...]]:
    """Sizes of windows in pixels, rising to the whole."""
    if windows is None:
        found = chosen_shapes(space)
    else:
        longest = max(n * s for n, s in zip(space.shape, space.spacing, strict=True))
        for side in np.atleast_1d(np.asarray(windows, dtype=object)).tolist():
            if number("windows", side) > longest * (1 + 1e-9):
                raise OptionError(
                    f"a window of {side:g} {space.unit} is larger than the image, {longest:g} {space.unit}", "give smaller sides"
                )
            if side < max(space.spacing) * (1 - 1e-9):
                raise OptionError(
                    f"a window of {side:g} {space.unit} is smaller than a pixel, {max(space.spacing):g} {space.unit}",
                    "give larger sides",
                )
        found = sorted({*(cube(float(side), space) for side in np.atleast_1d(windows)), space.shape})
    if all(max(grid(shape, space)) < 2 for shape in found):
        raise OptionError(f"there are no two windows in {space.shape} pixels", "give smaller windows, or a larger image")
    return found


def _outline(each: Measure, space: Space) -> xr.Dataset:
    """What a measure gives, seen on a mask of two pixels a side."""
    default = replace(each, **{f.name: f.default for f in fields(each) if f.default is not MISSING})
    small = Space.plain((2,) * space.ndim, space.spacing, space.unit)
    return default.bind(small).finalize(default.partial(np.zeros(small.shape, dtype=bool)), small)


def _wanted(each: Measure, variable: str | None, at: Mapping[str, Any], space: Space) -> tuple[str, dict[str, Any]]:
    """Name of the variable, and where its value is."""
    outline = _outline(each, space)
    names = [str(n) for n in outline.data_vars]
    single = [n for n in names if not outline[n].dims]
    if variable is None:
        if len(single) != 1:
            raise OptionError(
                f"{each.name} gives {', '.join(names)}: it is open which is meant",
                f"say which: variable={(single or names)[-1]!r}",
            )
        variable = single[0]
    if variable not in outline:
        raise UnknownNameError.among(f"variable of {each.name}", variable, names)
    if set(at) != set(outline[variable].dims):
        held = outline[variable].dims
        one = ", ".join(f"{d!r}: {'...' if d not in outline.coords else outline[d].values[-1].item()!r}" for d in held)
        raise OptionError(
            f"{variable} has the dims {held}, and at={dict(at)}" if held else f"{variable} is one number, and at={dict(at)}",
            f"choose one value: at={{{one}}}" if held else "leave at out",
        )
    return variable, dict(at)


def _values(
    states: Sequence[Sequence[State]], *, plan: Windows, spaces: Sequence[Space], name: str, at: Mapping[str, Any]
) -> list[float]:
    """Value of each window."""
    found = []
    for size, mine in zip(plan.sized, states, strict=True):
        each, frame = plan.chosen[size], spaces[size]
        counts = {k: v if k in each.shared else v[0] for k, v in each.tally(mine, frame).items()}
        outputs, coords = each.report(counts, frame)
        found.append(_picked(next(v for v in outputs if v.name == name), coords, at, whole=frame.shape == plan.whole))
    return found


def _picked(output: Variable, coords: Sequence[Coord], at: Mapping[str, Any], whole: bool) -> float:
    """One value of a variable; NaN in windows that are too small to have it."""
    along = {c.name: c.values for c in coords}
    index = []
    for dim, length in zip(output.dims, np.shape(output.values), strict=True):
        labels = np.asarray(along.get(dim, np.arange(length)))
        try:
            same = np.isclose(labels, float(at[dim])) if labels.dtype.kind in "iuf" else labels == str(at[dim])
        except (TypeError, ValueError):
            same = np.zeros(length, dtype=bool)
        if not same.any():
            if whole:
                raise UnknownNameError.among(dim, str(at[dim]), [f"{v:g}" if labels.dtype.kind in "iuf" else v for v in labels])
            return np.nan
        index.append(int(same.argmax()))
    return float(np.asarray(output.values)[tuple(index)])
