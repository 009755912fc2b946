"""Files and folders that come to their place whole or not at all: written beside it, then renamed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import FileError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a place beside `path` to write to; once the block is through, what is there takes the place of the old.

    A link stays, and what it points at is replaced.

    Raises
    ------
    FileError
        If it cannot be written.
    """
    place = behind(path)
    with writing(path):
        folder = Path(tempfile.mkdtemp(prefix=f".{place.stem}-", dir=place.parent))
        try:
            yield folder / place.name
            swap(folder / place.name, place, folder / "old")
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def behind(path: Path) -> Path:
    """Follow links; one that leads round in a circle, which `Path.resolve` may refuse, is replaced itself."""
    return Path(os.path.realpath(path))


def swap(fresh: Path, place: Path, old: Path) -> None:
    """Put the new in its place; a folder, which cannot be replaced in one step, stands at `old` in between."""
    if fresh.is_file():
        with fresh.open("rb+") as file:
            os.fsync(file.fileno())
    try:
        if place.is_dir():
            shutil.rmtree(old, ignore_errors=True)
            place.rename(old)
        fresh.replace(place)
    finally:  # after Ctrl-C, too
        if old.exists() and not place.exists():
            old.rename(place)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the system says when it cannot write into one line.

    Raises
    ------
    FileError
        In place of the OSError, which is its cause.
    """
    try:
        yield
    except OSError as error:
        said = error.strerror or error
        raise FileError(f"cannot write to {str(path)!r}: {said}", "is the disk full, or the folder read-only?") from error
