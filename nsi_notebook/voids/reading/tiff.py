"""TIFF stacks and OME-TIFF, through tifffile.

Spacing comes from OME metadata, else from ImageJ's, else from the resolution tags. The tags count only if their unit is inch or
centimetre and the value is not 1, 72 or 96 dots per inch, which programs write without knowing the object.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ...errors import FileError, UnknownNameError
from .labels import label
from .lazy import OnDisk, stays
from .tiff_spacing import pixels, spacing
from .tiff_whole import listening, require_chain, require_planes, require_whole

AXES = {"T": "time", "Z": "z", "Y": "y", "X": "x", "C": "channel", "S": "channel"}
TILED = 64 * 2**20  # bytes; larger pages are read tile by tile


def read(path: Path, *, lazy: bool | None = None, variable: str | None = None) -> xr.DataArray:
    """Read one series of a TIFF file; pages without named axes are z."""
    import tifffile

    with listening() as said, tifffile.TiffFile(path) as file:
        require_chain(path, file)
        require_planes(path, file)
        index = _choose(file, path, variable)
        series = file.series[index]
        dims = _dims(series.axes)
        steps, unit = spacing(file, index)
        require_whole(path, series, said)
        colour = series.axes.endswith("S") or ("S" in series.axes and "C" not in series.axes)
        n = series.shape[series.axes.index("S")] if colour else 0
        channels: Sequence[Any] | None = "rgba"[:n] if n in (3, 4) else _channels(file, index)
        foreign = _foreign(series.keyframe)
        if stays(series.shape, series.dtype, lazy) and not foreign:
            load = partial(_part, path, path.stat().st_mtime_ns, index)
            source = OnDisk(path, "TIFF", load, tuple(series.shape), np.dtype(series.dtype))
            data = source.dask(load(None).chunks)
        else:
            data = _through_pillow(path, series) if foreign else series.asarray()
    return label(data.reshape(series.shape), dims, steps=steps, unit=unit, channels=channels)


def _choose(file: Any, path: Path, variable: str | None) -> int:
    """Index of the series that is meant: the only one, or the one named or numbered by `variable`."""
    names = [s.name or str(i) for i, s in enumerate(file.series)]
    if variable is None:
        if len(names) == 1:
            return 0
        listing = ", ".join(f"{n} {s.shape}" for n, s in zip(names, file.series, strict=True))
        raise FileError(f"{path.name} holds {len(names)} images: {listing}", f"choose one: variable={names[0]!r}")
    if variable.isdigit() and int(variable) < len(names):
        return int(variable)
    if variable not in names:
        raise UnknownNameError.among("image", variable, names)
    return names.index(variable)


def _dims(axes: str) -> tuple[str, ...]:
    """Names of the axes: those that the file does not name are z, then time, from the last backwards."""
    names: list[str] = []
    free = [d for d in ("z", "time") if d not in {AXES.get(letter) for letter in axes}]
    for place, letter in reversed(list(enumerate(axes))):
        name = AXES.get(letter) or (free.pop(0) if free else f"axis_{place}")
        names.insert(0, name if name not in names else "sample" if letter in "SC" else f"axis_{place}")
    return tuple(names)


def _channels(file: Any, index: int) -> list[str] | None:
    """Names of the channels, if OME metadata give each one."""
    found = pixels(file, index)
    return None if found is None else [str(e.attrib.get("Name", "")) for e in found if e.tag.endswith("}Channel")]


@lru_cache(maxsize=8)
def _opened(path: Path, stamp: int, index: int) -> Any:
    """Zarr view of a series, kept open: to find the pages of a long stack takes time. `stamp` tells a rewritten file."""
    import tifffile
    import zarr

    with tifffile.TiffFile(path) as file:
        series = file.series[index]
        page = series.keyframe
        mode = "strile" if page.is_tiled and page.nbytes > TILED else "page"
    store = tifffile.imread(path, aszarr=True, series=index, level=0, chunkmode=mode)
    return zarr.open(store, mode="r")


def _part(path: Path, stamp: int, index: int, key: Any) -> Any:
    array = _opened(path, stamp, index)
    return array if key is None else array[key]


def _foreign(page: Any) -> bool:
    """Whether tifffile leaves the compression of a page to another package: LZW, JPEG, Zstandard, predictors of floats, ..."""
    from tifffile import TIFF

    if int(page.compression) in (34926, 50000):  # Zstandard is in tifffile's table though only Python 3.14 has it
        return find_spec("imagecodecs") is None
    return int(page.compression) not in TIFF.DECOMPRESSORS or int(page.predictor) not in TIFF.UNPREDICTORS


def _through_pillow(path: Path, series: Any) -> Any:
    import imageio.v3 as iio

    key = series.keyframe
    refusal = FileError(
        f"{path.name}: {key.compression.name} compression of {key.dtype} {key.shape} cannot be read",
        "is it damaged? else pip install imagecodecs, or save it with deflate compression",
    )
    pages = []
    try:
        for place, group in groupby(series.pages, lambda page: page.parent.filehandle.path):
            with iio.imopen(place, "r", plugin="pillow") as file:
                pages += [np.asarray(file.read(index=page.index)) for page in group]
    except OSError as error:
        raise refusal from error
    if any(page.dtype != key.dtype or page.size != key.size for page in pages):
        raise refusal
    return np.stack(pages)
