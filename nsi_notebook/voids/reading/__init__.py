"""Open images of any known format as labelled arrays.

A format is a module here and an entry in `formats.py`; what they share is in `labels.py` (dims, coords, units), `lazy.py` (what
stays in the file) and `failures.py` (what damaged files raise).
"""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ...errors import FileError, OptionError, PixelError
from ..space import respaced
from .failures import reading
from .formats import Format, format_of, formats, is_store
from .frames import in_folder, natural, stack
from .labels import ORDER

__all__ = ["Format", "formats", "open"]


def open(
    path: str | os.PathLike[str],
    *,
    chunks: Any = None,
    spacing: float | Sequence[float] | None = None,
    unit: str | None = None,
    variable: str | None = None,
) -> xr.DataArray:
    """Open an image, a stack, a folder of frames or a glob.

    Parameters
    ----------
    path : str or path
        A file, a Zarr store, a folder of frames, or a pattern such as "frames/*.tif". Frames become the dim `time`, in the order
        of the numbers in their names; DICOM files become a volume, in the order of their positions.
    chunks : int, str, tuple or dict, optional
        Read values when they are used, as a Dask array of these chunks (as `DataArray.chunk` takes them, or one for each dim;
        {} for the format's own). Default: read now what is smaller than 256 MB, and leave in the file what is larger. JPEG, PNG,
        .npz, a single DICOM file and TIFF in a compression that tifffile leaves to others (LZW, JPEG) are always read as a whole.
    spacing : float or sequence of float, optional
        Distance between pixels, one for all spatial dims or one for each; replaces what the file says.
    unit : str, optional
        Of `spacing`, which needs one ("pixel" is one, too). Without a spacing, lengths that the file tells are converted.
    variable : str, optional
        Which array of a file that can hold several (netCDF, .npz, FITS extensions, TIFF series, OME-Zarr levels).

    Returns
    -------
    xarray.DataArray
        Dims among time, z, y, x, channel, in that order. Float coords with attrs `units`, `long_name` and `spacing` on the dims
        whose spacing the file tells; none means pixels. `attrs["source"]` is the name of the file, `attrs["units"]` that of the
        values where the file says it.

    Raises
    ------
    FileError
        If the file is missing, empty, damaged or of an unknown format, or frames differ; the message says which.
    SpacingError
        If `spacing` does not fit the dims or has no unit, or `unit` is given without it and the file's lengths cannot be
        converted.
    OptionError
        If `chunks` does not fit the image, or `variable` is given for a format that holds one image.
    MissingExtraError
        If the format needs a package that is not installed; the hint is the install line.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(folder + "/a.npy", np.zeros((4, 5)))
    ...     image = open(folder + "/a.npy", spacing=0.5, unit="um")
    >>> image.dims, image.x.attrs["units"]
    (('y', 'x'), 'um')
    """
    place, found = _find(path)
    lazy = None if chunks is None else True
    with reading(place, "an image"):
        if found is not None:
            image = stack(found, lazy=lazy, variable=variable)
        else:
            image = format_of(place).read(place, lazy=lazy, variable=variable)
    if image.dtype.kind not in "biufc":
        raise PixelError(f"{place.name} holds {image.dtype}, not numbers", "choose another variable or file")
    image = respaced(_ordered(image), spacing, unit)
    image.attrs["source"] = place.name
    return image if chunks is None else _chunked(image, chunks)


def _find(path: Any) -> tuple[Path, list[Path] | None]:
    """Resolve a path; with the files if it is a folder or a pattern of them."""
    if not isinstance(path, str | os.PathLike):
        raise FileError(f"a path is text or a Path, not {type(path).__name__}", "open('image.tif')")
    text = os.fspath(path)
    if "://" in text:
        raise FileError(f"{text!r} is a URL, and only files are read", "download it first")
    place = Path(text)
    with reading(place, "a path"):
        place = place.expanduser()
        there = place.exists()
    if there:
        place = place if place.name not in ("", "..") else place.resolve()
        with reading(place, "a folder"):
            return place, in_folder(place) if place.is_dir() and not is_store(place) else None
    if glob.has_magic(text):
        found = sorted((Path(p) for p in glob.glob(str(place), recursive=True)), key=natural)  # noqa: PTH207 - may be absolute
        if not found:
            raise FileError(f"no file matches {text!r}", "check the folder and the pattern")
        return place, found
    if not place.parent.is_dir():
        raise FileError(f"there is no folder {str(place.parent)!r}", "check the path")
    names = [p.name for p in place.parent.iterdir()]
    near = get_close_matches(place.name, names, n=1) or [n for n in names if Path(n).stem.lower() == place.stem.lower()]
    raise FileError(f"there is no file {text!r}", f"did you mean {near[0]!r}?" if near else "check the folder and the name")


def _ordered(image: xr.DataArray) -> xr.DataArray:
    """Put known dims into their order, and values into the computer's byte order."""
    if set(image.dims) <= set(ORDER):
        order = [d for d in ORDER if d in image.dims]
        if order != list(image.dims):
            image = image.transpose(*order)
            image = image if image.chunks else image.copy(data=np.ascontiguousarray(image.values))
    return image if image.dtype.isnative else image.astype(image.dtype.newbyteorder("="))


def _chunked(image: xr.DataArray, chunks: Any) -> xr.DataArray:
    sides = chunks.values() if isinstance(chunks, Mapping) else chunks if isinstance(chunks, tuple | list) else [chunks]
    if any(isinstance(side, int) and side < 1 and side != -1 for side in sides):
        raise OptionError(
            f"chunks={chunks!r} does not fit {dict(image.sizes)}: they have 1 pixel or more",
            "chunks='auto', or {'time': 1}; -1 is the whole axis",
        )
    try:
        return image.chunk(dict(zip(image.dims, chunks, strict=True)) if isinstance(chunks, tuple | list) else chunks)
    except (TypeError, ValueError, KeyError) as error:
        said = str(error).split("\n")[0]
        raise OptionError(
            f"chunks={chunks!r} does not fit {dict(image.sizes)}: {said}", "chunks='auto', or {'time': 1}"
        ) from error
