"""DICOM, through pydicom (extra `dicom`).

Lengths are of PixelSpacing and of the slices' positions. ImagerPixelSpacing is not used: it holds at the detector, not in the
object.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import xarray as xr

from ...errors import FileError, MissingExtraError
from .failures import reading
from .labels import label
from .lazy import OnDisk, stays

UNITS = {"HU": "HU", "BQML": "Bq/ml", "OD": "OD", "US": None, "CNTS": "counts", "NONE": None}


def read(path: Path, *, lazy: bool | None = None) -> xr.DataArray:
    """Read one DICOM file: a slice (y, x), or its frames along z or time."""
    pydicom = _library()
    with reading(path, "DICOM", _own()):
        item = _header(path)
        frames = int(item.get("NumberOfFrames", 1) or 1)
        timed = any(k in item for k in ("FrameTime", "FrameTimeVector", "CineRate"))
        steps = _in_plane(item)
        thick = item.get("SpacingBetweenSlices") or _grouped(item, "PixelMeasuresSequence", "SpacingBetweenSlices")
        if frames > 1 and not timed and thick and steps:
            steps["z"] = float(thick)
        units = dict.fromkeys(steps, "mm")
        if timed and "FrameTime" in item:
            steps["time"], units["time"] = float(item.FrameTime) / 1000, "s"
        values = _values(pydicom.dcmread(path))
        dims = (("time" if timed else "z",) if frames > 1 else ()) + ("y", "x")
        colour = "rgb" if int(item.get("SamplesPerPixel", 1)) == 3 else None
        dims = (*dims, "channel") if colour else dims
        return label(values, dims, steps=steps, unit=units, channels=colour, attrs=_attrs(item))


def read_series(paths: Sequence[Path], *, lazy: bool | None = None) -> xr.DataArray:
    """Read the slices of one series as (z, y, x), in the order of their position along the normal, values rescaled."""
    if len(paths) == 1:
        return read(paths[0], lazy=lazy)
    items = []
    for path in paths:
        with reading(path, "DICOM", _own()):
            items.append((path, _header(path)))
    with reading(paths[0], "DICOM", _own()):
        _require_one_series(items)
        items.sort(key=lambda item: _place(item[1]))
        first = items[0][1]
        shape = (len(items), int(first.Rows), int(first.Columns))
        steps = _in_plane(first)
        gap = _gap(items)
        if steps and gap:
            steps["z"] = gap
        dtype = _dtype([h for _, h in items])
        loads = [OnDisk(p, "DICOM", partial(_slice, p, dtype), (1, *shape[1:]), dtype, _own()) for p, _ in items]
        if stays(shape, dtype, lazy):
            import dask.array as da

            data = da.concatenate([one.dask() for one in loads])
        else:
            data = np.concatenate([one[...] for one in loads])
        return label(data, ("z", "y", "x"), steps=steps, unit=dict.fromkeys(steps, "mm"), attrs=_attrs(first))


def _library() -> ModuleType:
    try:
        import pydicom
    except ImportError as error:
        raise MissingExtraError("reading DICOM", "pydicom", "dicom") from error
    return pydicom


def _own() -> tuple[type[Exception], ...]:
    """What pydicom raises beyond the usual; elements are parsed when they are first used."""
    _library()
    from pydicom.errors import BytesLengthException, InvalidDicomError

    return (BytesLengthException, InvalidDicomError)


def _header(path: Path) -> Any:
    item = _library().dcmread(path, defer_size=1024)
    if "Rows" not in item or not any(key in item for key in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        kind = item.file_meta.get("MediaStorageSOPClassUID", "unknown") if hasattr(item, "file_meta") else "unknown"
        raise FileError(f"{path.name} holds no pixels (class {getattr(kind, 'name', kind)})", "is it cut short, or no image?")
    return item


def _require_one_series(items: Sequence[tuple[Path, Any]]) -> None:
    first, head = items[0]
    for path, item in items[1:]:
        for key, said in (
            ("SeriesInstanceUID", "series"),
            ("Rows", "rows"),
            ("Columns", "columns"),
            ("SamplesPerPixel", "samples"),
            ("PixelSpacing", "pixel spacing"),
        ):
            if item.get(key) != head.get(key):
                raise FileError(
                    f"{path.name} differs from {first.name} in its {said}: {item.get(key)} and {head.get(key)}",
                    "put each series into its own folder",
                )
        if int(item.get("NumberOfFrames", 1) or 1) > 1 or int(item.get("SamplesPerPixel", 1)) > 1:
            raise FileError(f"{path.name} holds several frames or colours by itself", "open it alone")


def _gap(items: Sequence[tuple[Path, Any]]) -> float | None:
    """Distance of the slices, which must be even: from their positions, else their stated thickness."""
    if not all("ImagePositionPatient" in h and "ImageOrientationPatient" in h for _, h in items):
        stated = items[0][1].get("SpacingBetweenSlices") or items[0][1].get("SliceThickness")
        return float(stated) if stated else None
    gaps = np.diff([_place(h) for _, h in items])
    same = np.flatnonzero(np.abs(gaps) < 1e-6)
    if same.size:
        pair = " and ".join(items[int(same[0]) + k][0].name for k in (0, 1))
        raise FileError(f"{pair} lie at the same position", "is it a series in time? put each moment into its own folder")
    if not np.allclose(gaps, np.median(gaps), rtol=0.01):
        wide = int(np.argmax(gaps))
        pair = " and ".join(items[wide + k][0].name for k in (0, 1))
        raise FileError(
            f"the slices are {gaps.min():g} to {gaps.max():g} mm apart; the widest gap is between {pair}", "is a slice missing?"
        )
    return float(gaps.mean())


def _place(item: Any) -> float:
    """Position along the normal of the slice; without one, its number."""
    if "ImagePositionPatient" in item and "ImageOrientationPatient" in item:
        axes = np.array(item.ImageOrientationPatient, dtype=float)
        return float(np.dot(np.cross(axes[:3], axes[3:]), np.array(item.ImagePositionPatient, dtype=float)))
    return float(item.get("InstanceNumber", 0) or 0)


def _in_plane(item: Any) -> dict[str, float]:
    told = item.get("PixelSpacing") or _grouped(item, "PixelMeasuresSequence", "PixelSpacing")
    return {"y": float(told[0]), "x": float(told[1])} if told else {}  # the first is the distance of rows


def _grouped(item: Any, sequence: str, key: str) -> Any:
    """Value out of the functional groups of an enhanced image: the shared one, or that in which its frames agree."""
    groups = [g for name in ("Shared", "PerFrame") for g in item.get(f"{name}FunctionalGroupsSequence") or ()]
    found = [inner[0].get(key) for group in groups if (inner := group.get(sequence))]
    if any(value != found[0] for value in found):
        name = Path(item.filename).name
        raise FileError(f"the frames of {name} differ in their {key}", "save each kind of frame in a file of its own")
    return found[0] if found else None


def _rescale(item: Any) -> tuple[float, float]:
    inner = _grouped(item, "PixelValueTransformationSequence", "RescaleSlope")
    if inner is not None:
        return float(inner), float(_grouped(item, "PixelValueTransformationSequence", "RescaleIntercept"))
    return float(item.get("RescaleSlope", 1) or 1), float(item.get("RescaleIntercept", 0) or 0)


def _dtype(items: Sequence[Any]) -> np.dtype[Any]:
    """Integers stay integers where all slopes and intercepts are whole numbers."""
    rescales = {_rescale(i) for i in items}
    if any("FloatPixelData" in i or "DoubleFloatPixelData" in i for i in items):
        return np.dtype("f8")
    if rescales == {(1.0, 0.0)}:
        signed = any(int(i.get("PixelRepresentation", 0)) for i in items)
        bits = max(int(i.get("BitsAllocated", 16)) for i in items)
        return np.dtype(f"{'i' if signed else 'u'}{max(1, bits // 8)}")
    return np.dtype("i4" if all(v == int(v) for pair in rescales for v in pair) else "f8")


def _values(item: Any, dtype: np.dtype[Any] | None = None) -> Any:
    slope, shift = _rescale(item)
    kind = _dtype([item]) if dtype is None else dtype
    raw = item.pixel_array
    if (slope, shift) == (1.0, 0.0):
        return raw.astype(kind, copy=False)
    return raw.astype(kind) * kind.type(slope) + kind.type(shift)


def _slice(path: Path, dtype: np.dtype[Any], index: Any) -> Any:
    return _values(_library().dcmread(path), dtype)[np.newaxis][index]


def _attrs(item: Any) -> dict[str, Any]:
    """Unit of the values, where the file says or its kind defines it."""
    told = item.get("RescaleType") or _grouped(item, "PixelValueTransformationSequence", "RescaleType") or item.get("Units")
    unit = UNITS.get(str(told), str(told)) if told else None
    if unit is None and item.get("Modality") == "CT" and _rescale(item) != (1.0, 0.0):
        unit = "HU"
    return {"units": unit} if unit else {}
