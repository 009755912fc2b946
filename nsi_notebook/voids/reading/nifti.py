"""NIfTI, through nibabel (extra `nifti`)."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ...errors import MissingExtraError
from ..units import unit_name
from .failures import reading
from .labels import label
from .lazy import OnDisk, stays

DIMS = ("x", "y", "z", "time", "channel")


def read(path: Path, *, lazy: bool | None = None) -> xr.DataArray:
    """Read a NIfTI image (x, y, z, t on disk) as (time, z, y, x), with its zooms; lengths of unknown unit are mm, as is usual."""
    try:
        import nibabel
        from nibabel.filebasedimages import ImageFileError
        from nibabel.spatialimages import HeaderDataError, HeaderTypeError, ImageDataError
        from nibabel.wrapstruct import WrapStructError
    except ImportError as error:
        raise MissingExtraError("reading NIfTI", "nibabel", "nifti") from error

    own = (ImageFileError, HeaderDataError, HeaderTypeError, ImageDataError, WrapStructError)
    with reading(path, "NIfTI", own):
        image: Any = nibabel.load(path)
        header, proxy = image.header, image.dataobj
        length, duration = header.get_xyzt_units()
        zooms = [float(str(z)) for z in header.get_zooms()[:4]]  # float32: 0.6, not 0.6000000238
        coloured = header.get_data_dtype().names is not None
        shape = tuple(int(n) for n in proxy.shape)
        dtype = np.dtype("u1") if coloured else np.asarray(proxy[(slice(0, 1),) * len(shape)]).dtype.newbyteorder("=")
        if not coloured and stays(shape, dtype, lazy):
            data = OnDisk(path, "NIfTI", partial(_part, path), shape, dtype, own).dask("auto")
        else:
            data = np.asarray(proxy)
    dims = _dims(shape, coloured)
    if coloured:
        data = np.stack([data[c] for c in data.dtype.names], axis=-1)
    data = data.reshape([n for n, d in zip(data.shape, dims, strict=True) if d])
    dims = tuple(d for d in dims if d)
    known = length != "unknown" or any(z != 1 for z in zooms[:3])
    steps = dict(zip(DIMS[:3], zooms, strict=False)) if known else {}
    units = dict.fromkeys(steps, "mm" if length == "unknown" else unit_name(length))
    if "time" in dims and len(zooms) > 3 and duration in ("sec", "msec", "usec"):
        steps["time"], units["time"] = zooms[3], unit_name(duration)
    return label(data, dims, steps=steps, unit=units, channels="rgba"[: data.shape[-1]] if coloured else None)


def _dims(shape: tuple[int, ...], coloured: bool) -> tuple[str, ...]:
    """Dims of the axes; "" for those of length 1 behind the third, which are there only to fill."""
    more = (*DIMS, *(f"axis_{i}" for i in range(len(DIMS), len(shape))))
    names = tuple(d if i < 3 or n > 1 else "" for i, (d, n) in enumerate(zip(more, shape, strict=False)))
    return (*names, "channel") if coloured else names


def _part(path: Path, index: Any) -> Any:
    import nibabel

    image: Any = nibabel.load(path)
    return np.asarray(image.dataobj[index])
