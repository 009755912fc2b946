"""NumPy files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ...errors import FileError, UnknownNameError
from .labels import colours, label, plain_dims
from .lazy import OnDisk, stays


def read_npy(path: Path, *, lazy: bool | None = None) -> xr.DataArray:
    """Read a .npy file; a large one is mapped into memory."""
    data: Any = np.load(path, mmap_mode="r", allow_pickle=False)
    if stays(data.shape, data.dtype, lazy):
        data = OnDisk(path, "NumPy", partial(_part, path), data.shape, data.dtype).dask("auto")
    else:
        data = np.load(path, allow_pickle=False)
    return _plain(data, path.name)


def read_npz(path: Path, *, lazy: bool | None = None, variable: str | None = None) -> xr.DataArray:
    """Read one array of a .npz file, always as a whole: it is packed."""
    with np.load(path, allow_pickle=False) as archive:
        names = list(archive.files)
        if not names:
            raise FileError(f"{path.name} holds no array", "save one: numpy.savez(name, image=...)")
        if variable is None and len(names) > 1:
            raise FileError(f"{path.name} holds {len(names)} arrays: {', '.join(names)}", f"choose one: variable={names[0]!r}")
        name = variable or names[0]
        if name not in names:
            raise UnknownNameError.among("variable", name, names)
        return _plain(archive[name], path.name).rename(name)


def _plain(data: Any, name: str) -> xr.DataArray:
    if data.ndim == 0:
        raise FileError(f"{name} holds one value, not an array", "save the image itself")
    dims = plain_dims(data.shape)
    return label(data, dims, channels=colours(dims, data.shape))


def _part(path: Path, index: Any) -> Any:
    return np.load(path, mmap_mode="r", allow_pickle=False)[index]
