"""The file formats there are: suffixes, first bytes, and the module that reads each.

To add one, write a module with a function `read(path, *, lazy=None, variable=None)` that gives a DataArray, and enter it below;
or offer a `Format` from another package under the entry point group "nsi_notebook.readers".
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

import xarray as xr

from ...errors import FileError, OptionError
from .failures import reading

GROUP = "nsi_notebook.readers"


@dataclass(frozen=True)
class Format:
    """How to recognise and read a format.

    Parameters
    ----------
    name : str
        As people say it.
    suffixes : tuple of str
        In lower case, with the dot.
    magic : tuple of (int, bytes)
        Place and content of the bytes by which such a file is known (one of them is enough); empty if there are none.
    reader : str
        "module:function"; the function takes a path and the keywords `lazy` (True: read no values yet, None: by size) and, if
        `several`, `variable` (which array of the file), and gives a DataArray.
    folder : bool
        Whether it is a folder rather than a file.
    several : bool
        Whether it can hold several arrays, of which `variable` chooses one.
    """

    name: str
    suffixes: tuple[str, ...]
    magic: tuple[tuple[int, bytes], ...]
    reader: str
    folder: bool = False
    several: bool = True

    def read(self, path: Path, *, lazy: bool | None = None, variable: str | None = None) -> xr.DataArray:
        """Read one file; whatever goes wrong is a FileError."""
        options = self.choice(variable)
        module, _, function = self.reader.partition(":")
        read: Callable[..., xr.DataArray] = getattr(import_module(module, __package__), function)
        with reading(path, self.name):
            image = read(path, lazy=lazy, **options)
        if image.size == 0:
            raise FileError(f"{path.name} holds no pixels: its shape is {image.shape}", "was it still being written?")
        return image

    def choice(self, variable: str | None) -> dict[str, str | None]:
        """Make the option for the reader out of `variable`; OptionError if there is nothing to choose."""
        if self.several:
            return {"variable": variable}
        if variable is not None:
            raise OptionError(f"variable={variable!r}, but a {self.name} file holds one image", "leave variable out")
        return {}


BUILT_IN = (
    Format("PNG", (".png",), ((0, b"\x89PNG\r\n\x1a\n"),), ".picture:read", several=False),
    Format("JPEG", (".jpg", ".jpeg"), ((0, b"\xff\xd8\xff"),), ".picture:read", several=False),
    Format("TIFF", (".tif", ".tiff"), tuple((0, m) for m in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")), ".tiff:read"),
    Format("NumPy", (".npy",), ((0, b"\x93NUMPY"),), ".arrays:read_npy", several=False),
    Format("NumPy archive", (".npz",), ((0, b"PK\x03\x04"), (0, b"PK\x05\x06")), ".arrays:read_npz"),
    Format("netCDF", (".nc", ".nc4", ".h5", ".hdf5"), tuple((0, m) for m in (b"\x89HDF", b"CDF\1", b"CDF\2")), ".xr:read"),
    Format("Zarr", (".zarr",), (), ".omezarr:read", folder=True),
    Format("FITS", (".fits", ".fit", ".fts", ".fits.gz"), ((0, b"SIMPLE  ="),), ".fits:read"),
    Format("DICOM", (".dcm", ".dicom"), ((128, b"DICM"),), ".dicom:read", several=False),
    Format("NIfTI", (".nii", ".nii.gz"), ((344, b"n+1\0"), (4, b"n+2\0")), ".nifti:read", several=False),
)

# what people meet under a wrong name, besides the formats above
OTHERS = {
    b"GIF8": "GIF", b"BM": "BMP", b"%PDF": "PDF", b"<svg": "SVG", b"<?xml": "XML",
    b"<!DOCTYPE": "a web page", b"<!doctype": "a web page",
    b"<html": "a web page", b"version https://git-lfs": "a Git LFS pointer, not the file itself", b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "a zip archive", b"RIFF": "RIFF (WebP or AVI)", b"7z\xbc\xaf": "a 7z archive", b"\0\0\0\x0cjP": "JPEG 2000",
}  # fmt: skip
MARKERS = ("zarr.json", ".zgroup", ".zarray")


@cache
def formats() -> tuple[Format, ...]:
    """Built-in formats, and those that other packages offer through the entry point group."""
    return (*BUILT_IN, *(entry.load() for entry in entry_points(group=GROUP)))


def suffixes() -> str:
    """Known suffixes, for messages."""
    return ", ".join(s for f in formats() for s in f.suffixes)


def by_name(path: Path) -> Format | None:
    """Format that a name promises."""
    return next((f for f in formats() if path.name.lower().endswith(f.suffixes)), None)


def is_store(path: Path) -> bool:
    """Whether a folder is a Zarr store, by its name or by what lies in it."""
    return path.is_dir() and (path.name.lower().endswith(".zarr") or any((path / m).is_file() for m in MARKERS))


def format_of(path: Path) -> Format:
    """Choose the format by the suffix, and check it against the first bytes. DICOM is also known by its bytes alone.

    Raises
    ------
    FileError
        If the suffix is unknown, the file is empty, or its content is of another format.
    """
    if is_store(path):
        return next(f for f in formats() if f.folder)
    if path.is_dir():
        raise FileError(f"{path.name} is a folder", "open it by itself, or choose files with a pattern")
    with reading(path, "a file"):
        start = _start(path)
    if not start:
        raise FileError(f"{path.name} is empty (0 bytes)", "was it still being written? copy it again")
    chosen, real = by_name(path), by_content(start)
    if chosen is None:
        if real is not None and real.name == "DICOM":
            return real
        there = f"the suffix {path.suffix!r} belongs to" if path.suffix else "it has no suffix, so it is of"
        said = f"name it {path.stem}{real.suffixes[0]}: it holds {real.name}; " if real else ""
        raise FileError(f"{path.name}: {there} no known format", f"{said}known are {suffixes()}")
    if chosen.folder:
        raise FileError(f"{path.name} is a file, but {chosen.name} is a folder of files", "unpack it first")
    if chosen.magic and not _begins(chosen, start):
        other = next((said for begin, said in OTHERS.items() if start.lstrip().startswith(begin)), None)
        held = real.name if real else other
        said = f"it holds {held}" if held else f"it begins with {start[:8]!r}"
        hint = f"rename it to {path.stem}{real.suffixes[0]}" if real else "is it damaged? copy or export it again"
        raise FileError(f"{path.name} is not {chosen.name}: {said}", hint)
    return chosen


def by_content(start: bytes) -> Format | None:
    """Format of a file by its first bytes."""
    return next((f for f in formats() if f.magic and _begins(f, start)), None)


def _begins(chosen: Format, start: bytes) -> bool:
    return any(start[place : place + len(magic)] == magic for place, magic in chosen.magic)


def _start(path: Path) -> bytes:
    """First 352 bytes: as far as a NIfTI header's magic; through gzip where the name says so."""
    with path.open("rb") as file:
        start = file.read(352)
    if path.name.lower().endswith(".gz") and start[:2] == b"\x1f\x8b":
        try:
            with gzip.open(path) as unpacked:
                return unpacked.read(352) or start
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise FileError(f"{path.name} cannot be unpacked: {error}", "is it cut short? copy it again") from error
    return start
