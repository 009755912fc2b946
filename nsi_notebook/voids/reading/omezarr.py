"""Zarr: OME-Zarr by its own metadata (NGFF 0.4 and 0.5), else xarray's, else bare arrays.

References
----------
.. [1] Moore et al., "OME-Zarr: a cloud-optimized bioimaging file format", Histochem. Cell Biol. 160 (2023) 223.
.. [2] https://ngff.openmicroscopy.org/0.5/#multiscale-md
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ...errors import FileError, UnknownNameError
from .labels import SPATIAL, colours, label, plain_dims
from .lazy import stays
from .xr import choose

NAMES = {"t": "time", "c": "channel"}


def read(path: Path, *, lazy: bool | None = None, variable: str | None = None) -> xr.DataArray:
    """Open one array of a Zarr store: an OME-Zarr's full resolution, or the level that `variable` names."""
    import zarr

    if not any(path.iterdir()):
        raise FileError(f"{path.name} is an empty folder", "was it still being written?")
    store: Any = zarr.open(str(path), mode="r")
    if isinstance(store, zarr.Array):
        image = _bare(store)
    else:
        attrs = dict(store.attrs)
        told = attrs.get("ome", attrs)
        if isinstance(told, Mapping) and ("plate" in told or "well" in told):
            raise FileError(f"{path.name} is a plate of many images", f"open one field: {path.name}/A/1/0")
        if not (isinstance(told, Mapping) and told.get("multiscales")) and "0" in store and "multiscales" in _ome(store["0"]):
            return read(path / "0", lazy=lazy, variable=variable)  # a folder of series, of which the first is the image
        if isinstance(told, Mapping) and told.get("multiscales"):
            image = _multiscale(store, told, path.name, variable)
        elif any(_named(array) for _, array in store.arrays()):
            image = choose(xr.open_dataset(path, engine="zarr", chunks={}, consolidated=False), path.name, variable)
        else:
            image = _member(store, path.name, variable)
    return image if stays(image.shape, image.dtype, lazy) else image.load()


def _ome(group: Any) -> Mapping[str, Any]:
    attrs = dict(group.attrs)
    found = attrs.get("ome", attrs)
    return found if isinstance(found, Mapping) else {}


def _named(array: Any) -> bool:
    """Whether an array's dims have names, in version 2's way or in version 3's."""
    return "_ARRAY_DIMENSIONS" in array.attrs or any(getattr(array.metadata, "dimension_names", None) or ())


def _bare(array: Any) -> xr.DataArray:
    import dask.array as da

    dims = plain_dims(array.shape)
    return label(da.from_zarr(array), dims, channels=colours(dims, array.shape))


def _member(store: Any, name: str, variable: str | None) -> xr.DataArray:
    names = sorted(key for key, _ in store.arrays())
    if variable is None and len(names) != 1:
        held = ", ".join(names) or "none"
        raise FileError(
            f"{name} holds {len(names)} arrays: {held}", f"choose one: variable={names[0]!r}" if names else "is it whole?"
        )
    chosen = variable or names[0]
    if chosen not in names:
        raise UnknownNameError.among("array", chosen, names)
    return _bare(store[chosen]).rename(chosen)


def _multiscale(store: Any, told: Mapping[str, Any], name: str, variable: str | None) -> xr.DataArray:
    """Read one level, with dims, spacing and origin from the metadata."""
    import dask.array as da

    scales = told["multiscales"][0]
    levels = {str(d["path"]): d for d in scales["datasets"]}
    chosen = variable or next(iter(levels))
    if chosen not in levels:
        raise UnknownNameError.among("level", chosen, levels)
    if "axes" not in scales:
        raise FileError(
            f"{name} is OME-Zarr {scales.get('version', 'of an old version')}, without axes", "convert it to version 0.4 or 0.5"
        )
    axes: list[Mapping[str, Any]] = [a if isinstance(a, Mapping) else {"name": a} for a in scales["axes"]]
    dims = tuple(NAMES.get(name, name) for name in (str(a["name"]) for a in axes))
    data = da.from_zarr(store[chosen])
    scale, shift = np.ones(len(dims)), np.zeros(len(dims))
    for step in (*levels[chosen].get("coordinateTransformations", ()), *scales.get("coordinateTransformations", ())):
        if step["type"] not in ("identity", "scale", "translation") or "path" in step:
            raise FileError(f"{name} is placed by a {step['type']!r} transformation", "scale and translation are read")
        by = np.asarray(step.get("scale", 1.0), dtype=float)
        scale, shift = scale * by, shift * by + np.asarray(step.get("translation", 0.0), dtype=float)
    units = {d: str(a["unit"]) for d, a in zip(dims, axes, strict=True) if a.get("unit")}
    # a scale without units still tells the ratio of the spatial axes
    steps = {d: s for d, s in zip(dims, scale.tolist(), strict=True) if d in units or d in SPATIAL}
    channels = [str(c.get("label", "")) for c in told.get("omero", {}).get("channels", ())]
    return label(
        data,
        dims,
        steps=steps,
        unit=units,
        origin={d: s for d, s in zip(dims, shift.tolist(), strict=True) if d in steps},
        channels=[c for c in channels if c],
        name=scales.get("name") or None,
    )
