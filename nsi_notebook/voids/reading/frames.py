"""Folders and patterns of frames: one file a moment, in the order of the numbers in their names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ...errors import FileError
from .formats import by_content, by_name, format_of, is_store, suffixes
from .labels import SPATIAL
from .lazy import OnDisk, stays


def natural(path: Path) -> list[tuple[int, int, str]]:
    """Order names by their numbers: frame2 before frame10.

    >>> sorted(map(Path, ["f10.png", "f2.png", "f1.png"]), key=natural)[1].name
    'f2.png'
    """
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p.lower()) for p in re.split(r"(\d+)", path.name) if p]


def in_folder(place: Path) -> list[Path]:
    """Images in a folder, in order; what is no image (notes, thumbnails) is passed over.

    Raises
    ------
    FileError
        If there is none, or they are of several formats.
    """
    there = [p for p in place.iterdir() if not p.name.startswith(".")]
    if not there:
        raise FileError(f"the folder {place.name!r} is empty", "check the name")
    found = {p: kind for p in sorted(there, key=natural) if (kind := _kind(p)) is not None}
    if not found:
        some = ", ".join(sorted(p.name for p in there)[:3])
        raise FileError(
            f"the folder {place.name!r} holds no image, only {some}{' ...' if len(there) > 3 else ''}", f"known are {suffixes()}"
        )
    kinds = sorted(set(found.values()))
    if len(kinds) > 1:
        odd = min(kinds, key=lambda k: list(found.values()).count(k))
        one = next(p for p, kind in found.items() if kind == odd)
        raise FileError(
            f"the folder {place.name!r} holds {' and '.join(kinds)} ({one.name})",
            f"choose with a pattern: {place.name}/*{one.suffix}",
        )
    return list(found)


def _kind(path: Path) -> str | None:
    if is_store(path):
        return "Zarr"
    if not path.is_file():
        return None
    chosen = by_name(path)
    if chosen is None:
        with path.open("rb") as file:
            chosen = by_content(file.read(352))
        # scanners write DICOM without a suffix; other formats are known by theirs
        return chosen.name if chosen is not None and chosen.name == "DICOM" and path.name.upper() != "DICOMDIR" else None
    return chosen.name


def stack(paths: Sequence[Path], *, lazy: bool | None = None, variable: str | None = None) -> xr.DataArray:
    """Stack files along time, one Dask chunk a file if they stay on disk; DICOM files become a volume.

    Raises
    ------
    FileError
        If one differs from the first in shape, dtype or dims; it is named.
    """
    kinds = [format_of(p) for p in paths]
    if all(kind.name == "DICOM" for kind in kinds):
        from .dicom import read_series

        kinds[0].choice(variable)
        return read_series(paths, lazy=lazy)
    first = kinds[0].read(paths[0], variable=variable)
    if "time" in first.dims:
        raise FileError(f"{paths[0].name} is a series in time by itself: {dict(first.sizes)}", "open it alone")
    same = _traits(first)
    whole = (len(paths), *first.shape)
    if stays(whole, first.dtype, lazy):
        import dask.array as da

        for path in paths[1:]:
            _require_same(format_of(path).read(path, lazy=True, variable=variable), path, same, paths[0])
        loads = [partial(_frame, p, same, paths[0], variable) for p in paths]
        parts = [OnDisk(p, "a frame", load, first.shape, first.dtype) for p, load in zip(paths, loads, strict=True)]
        data = da.stack([part.dask(first.shape) for part in parts])
    else:
        data = np.empty(whole, first.dtype)
        data[0] = first.values
        for i, path in enumerate(paths[1:], 1):
            image = format_of(path).read(path, variable=variable)
            _require_same(image, path, same, paths[0])
            data[i] = image.values
    image = xr.DataArray(data, dims=("time", *first.dims), coords=dict(first.coords), attrs=first.attrs)
    return image.assign_coords(file=("time", [p.name for p in paths])).rename(first.name)


def _traits(image: xr.DataArray) -> dict[str, Any]:
    """What all frames must have in common."""
    return {"dims": image.dims, "shape": dict(image.sizes), "dtype": str(image.dtype), "spacing": _steps(image)}


def _require_same(image: xr.DataArray, path: Path, same: Mapping[str, Any], first: Path) -> None:
    for said, mine in _traits(image).items():
        if mine != same[said]:
            raise FileError(
                f"{path.name} has the {said} {mine}, {first.name} has {same[said]}",
                "all frames must agree; choose some with a pattern",
            )


def _steps(image: xr.DataArray) -> dict[str, Any]:
    steps = {}
    for dim in image.dims:
        coord = image.coords.get(dim)
        if dim in SPATIAL and coord is not None and coord.dtype.kind in "iuf":
            step = coord.attrs.get("spacing", coord.values[1] - coord.values[0] if coord.size > 1 else 1)
            steps[str(dim)] = (float(f"{float(step):.9g}"), coord.attrs.get("units"))
    return steps


def _frame(path: Path, same: Mapping[str, Any], first: Path, variable: str | None, index: Any) -> Any:
    image = format_of(path).read(path, lazy=False, variable=variable)
    _require_same(image, path, same, first)
    return image.values[index]
