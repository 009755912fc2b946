"""PNG and JPEG, through imageio. Their dots per inch say how to print them and nothing of the object, so they give no spacing."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ...errors import FileError
from .labels import colours, label
from .lazy import OnDisk


def read(path: Path, *, lazy: bool | None = None) -> xr.DataArray:
    """Read one picture: grey (y, x) or colour (y, x, channel); the pictures of an animated PNG along time."""
    import imageio.v3 as iio
    from PIL import Image

    _require_depth(path)
    try:
        with Image.open(path) as picture:
            inks = picture.mode == "CMYK"
    except Image.DecompressionBombError as error:
        raise FileError(f"{path.name} is too large for a picture: {error}", "save it as TIFF, which is read in parts") from error
    there = iio.improps(path, plugin="pillow")
    if lazy:
        source = OnDisk(path, "a picture", partial(_part, path), tuple(there.shape), np.dtype(there.dtype))
        data = source.dask(source.shape)
    else:
        data = _part(path, ...)
    dims = (*(("time",) if there.is_batch else ()), "y", "x")
    dims = (*dims, "channel") if data.ndim > len(dims) else dims
    return label(data, dims, channels="cmyk" if inks else colours(dims, data.shape))


def _part(path: Path, index: Any) -> Any:
    import imageio.v3 as iio

    return np.asarray(iio.imread(path, plugin="pillow"))[index]


def _require_depth(path: Path) -> None:
    """Refuse PNG colours of 16 bits, of which Pillow keeps 8 without a word."""
    with path.open("rb") as file:
        head = file.read(26)
    if head[:4] == b"\x89PNG" and head[24:25] == b"\x10" and head[25:26] != b"\0":
        raise FileError(f"{path.name} has colours of 16 bits, of which 8 would be lost", "save it as TIFF or NumPy")
