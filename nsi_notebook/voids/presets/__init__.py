"""Measures in the words of a field: a file a field.

Each file has `study(frame, ...)`, which describes one frame in memory and gives a Dataset; its keyword-only parameters are the
options of `preset`. `TAKES` says what the frame is ("mask" or "image"), `PANELS` how its curves are drawn.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping, Sequence
from numbers import Integral
from types import ModuleType
from typing import Any

import numpy as np
import xarray as xr

from ...errors import DimsError, NsiWarning, OptionError, SpacingError, UnknownNameError
from ..carrying import batch_of, carried, check_names
from ..checks import check_array, number
from ..doubts import warn_of_doubts
from ..intervals import check_level
from ..measuring import stack
from ..space import Space
from ..undefined import note_undefined, warn_of_undefined
from . import astronomy, lung_ct, porous_media, surface_inspection, tissue

PRESETS: Mapping[str, ModuleType] = {
    "astronomy": astronomy,
    "lung_ct": lung_ct,
    "porous_media": porous_media,
    "surface_inspection": surface_inspection,
    "tissue": tissue,
}


def preset(
    name: str,
    data: xr.DataArray,
    *,
    dims: Sequence[str] | str | None = None,
    ci: float | None = None,
    seed: int = 0,
    **options: Any,
) -> xr.Dataset:
    """Describe the empty part in the words of a field.

    Parameters
    ----------
    name : str
        porous_media, tissue or surface_inspection of a mask; lung_ct or astronomy of an image. Each is a module of
        `nsi_notebook.voids.presets`, whose docstring lists its variables with their units and sources.
    data : xarray.DataArray
        A mask of bool, True where it is empty; or an image. Dims that are not spatial stay in the output. A chunked one is
        loaded, one frame at a time.
    dims : sequence of str, optional
        Spatial dims; default: those of z, y, x that are there.
    ci : float, optional
        Nominal coverage of confidence intervals, e.g. 0.95, for what has them: `<variable>_ci` with dim `bound`.
    seed : int
        Of the resampling.
    **options
        porous_media: connectivity, q, r_max; lung_ct: mask, threshold, smallest, connectivity; tissue: connectivity,
        lumen_size; surface_inspection: connectivity, defect_size; astronomy: mesh, clip, nsigma, connectivity. An option that is
        a DataArray (`mask`) is cut into frames as the data is.

    Returns
    -------
    xarray.Dataset
        Numbers, curves and maps; tables as variables along a dim (`defect`, `lumen`, `sky_void`), the largest first, which
        `ds[["defect_area", "defect_length"]].to_dataframe()` lays out. Each has `units`, `long_name` and, as `nsi_source`,
        where its definition comes from. Tables of several frames are padded with NaN.

    Raises
    ------
    UnknownNameError, OptionError
        If there is no such preset, or it has no such option.
    PixelError, DimsError, SpacingError
        If the data is not what the preset takes, or its dims or spacing do not allow it.

    Examples
    --------
    >>> mask = xr.DataArray(np.eye(4, dtype=bool), dims=("y", "x"))
    >>> found = preset("surface_inspection", mask)
    >>> float(found.coverage), int(found.defect_count), found.nearest_neighbour.values.round(2).tolist()
    (0.25, 4, [1.41, 1.41, 1.41, 1.41])
    """
    if name not in PRESETS:
        raise UnknownNameError.among("preset", name, PRESETS)
    chosen = PRESETS[name]
    check_array(data, chosen.TAKES)
    known = options_of(name)
    for option in options:
        if option not in known:
            error = UnknownNameError.among("option", option, known)
            raise OptionError(f"{name}: {error.message}", error.hint)
    if number("seed", seed, Integral) < 0:
        raise OptionError(f"seed={seed} is negative", "give a whole number from 0")
    level = None if ci is None else check_level(float(number("ci", ci)))
    space = Space.of(data, dims)
    batch = batch_of(data, space.dims)
    cuts = {k: _ordered(v, data, space, k) for k, v in options.items() if isinstance(v, xr.DataArray)}
    ordered = data.transpose(*batch, *space.dims)
    frames = []
    for at in np.ndindex(*batch.values()):
        where = dict(zip(batch, at, strict=True))
        mine = {k: _frame(v, space, {d: i for d, i in where.items() if d in v.dims}) for k, v in cuts.items()}
        with warnings.catch_warnings(action="ignore", category=NsiWarning):  # said once of all, in the words of the field
            frame = _frame(ordered, space, where)
            frames.append(chosen.study(frame, ci=level, seed=seed, **{**options, **mine}))
        if chosen.TAKES == "mask":
            note_undefined(frames[-1], frame.values)
        check_names(data, space.dims, map(str, [*frames[0].variables, *frames[0].dims]), chosen.TAKES)
    result = stack(frames, batch, carried(data, space.dims))
    for variable in result.data_vars.values():
        variable.attrs.setdefault("nsi_measure", name)
    warn_of_undefined(result)
    warn_of_doubts(result)
    result.attrs |= {"nsi_preset": name, "nsi_dims": list(space.dims), "nsi_unit": space.unit}
    return result


def options_of(name: str) -> tuple[str, ...]:
    """Names of the options of a preset.

    >>> options_of("tissue")
    ('connectivity', 'lumen_size')
    """
    parameters = inspect.signature(PRESETS[name].study).parameters.values()
    return tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.name not in ("ci", "seed"))


def _ordered(option: xr.DataArray, data: xr.DataArray, space: Space, name: str) -> xr.DataArray:
    """Check that an option has the pixels of the data."""
    sizes = {str(d): n for d, n in option.sizes.items()}
    missing = [d for d in space.dims if d not in sizes]
    if missing or any(data.sizes.get(d) != n for d, n in sizes.items()):
        raise DimsError(f"{name} has {sizes}, the data {dict(data.sizes)}", f"give {name} the dims and sizes of the data")
    own = Space.of(option, space.dims)
    if not own.like(space):
        said = f"{name} has a spacing of {own.steps}, the data {space.steps}"
        raise SpacingError(said, f"give {name} the coords of the data")
    for dim in sizes:
        if dim in option.coords and dim in data.coords and not np.array_equal(option[dim].values, data[dim].values):
            raise DimsError(f"{name} and the data have other coords along {dim!r}", "select the same part of both")
    return option.transpose(..., *space.dims)


def _frame(array: xr.DataArray, space: Space, where: Mapping[str, int]) -> xr.DataArray:
    """One frame in memory, with its spatial coords only."""
    coords = {d: array[d] for d in space.dims if d in array.coords}
    return xr.DataArray(np.asarray(array.isel(where).values), coords, space.dims, attrs=array.attrs)
