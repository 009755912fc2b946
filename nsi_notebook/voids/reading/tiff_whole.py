"""Whether a TIFF file is whole: tifffile follows what it finds, and fills what is missing with zeros."""

from __future__ import annotations

import logging
import math
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...errors import FileError
from .tiff_spacing import declared

HINT = "is it damaged or cut short? copy it again"
MOST_TAGS = 4096  # of a page; where there are more, tifffile ends the chain


def require_chain(path: Path, file: Any) -> None:
    """Check that the chain of pages does not come back on itself: tifffile may follow such a one for ever."""
    tiff, handle = file.tiff, file.filehandle
    seen: set[int] = set()
    place = file.pages.first.offset
    while place:
        if place in seen:
            raise FileError(f"{path.name} is not whole: behind page {len(seen) - 1} an earlier page follows again", HINT)
        seen.add(place)
        handle.seek(place)
        count = handle.read(tiff.tagnosize)
        tags = struct.unpack(tiff.tagnoformat, count)[0] if len(count) == tiff.tagnosize else MOST_TAGS + 1
        if tags > MOST_TAGS:
            return
        handle.seek(place + tiff.tagnosize + tags * tiff.tagsize)
        after = handle.read(tiff.offsetsize)
        place = struct.unpack(tiff.offsetformat, after)[0] if len(after) == tiff.offsetsize else 0


def require_planes(path: Path, file: Any) -> None:
    """Check that OME's metadata do not declare more planes than the files have bytes: tifffile makes a list of them first."""
    images = declared(file)
    named = {e.attrib.get("FileName", "") for image in images for e in image.iter() if e.tag.endswith("}UUID")} - {"", path.name}
    others = [path.parent / name for name in named]
    room = path.stat().st_size + sum(other.stat().st_size for other in others if other.is_file())
    for image in images:
        pixels = math.prod(int(image.attrib[f"Size{axis}"]) for axis in "XYZCT")
        counts = [int(e.attrib.get("PlaneCount", e.attrib.get("NumPlanes", 0))) for e in image if e.tag.endswith("}TiffData")]
        planes = max(pixels // max(1, file.pages.first.size), *counts, 0)
        if planes > room and max(pixels // max(page.size for page in file.pages), *counts, 0) > room:
            raise FileError(f"{path.name} declares {planes} planes, and has {room} bytes", HINT)


def require_whole(path: Path, series: Any, said: Sequence[str]) -> None:
    """Check that all pages are there and lie within the file: tifffile fills what is missing with zeros."""
    size = path.stat().st_size
    lost = next((text for text in said if any(word in text for word in LOST)), None)
    if lost:
        raise FileError(f"{path.name} is not whole: {lost}", HINT)
    if series.dataoffset is not None and not series.is_multifile:
        if series.dataoffset + series.nbytes > size:
            raise FileError(f"{path.name} ends at byte {size}, its pixels at {series.dataoffset + series.nbytes}", HINT)
        return
    for number, page in enumerate(series.pages):
        if page is None:
            raise FileError(f"{path.name} lacks page {number} of {len(series.pages)}", "are files of the series missing?")
        limit = size if page.parent.filehandle.path == str(path) else page.parent.filehandle.size
        ends = [o + n for o, n in zip(page.dataoffsets, page.databytecounts, strict=True)]
        if max(ends, default=0) > limit:
            raise FileError(f"{path.name} ends at byte {limit}, page {number} at {max(ends)}", HINT)
        frame = series.keyframe
        whole = int(frame.compression) != 1 or frame.bitspersample % 8 or sum(page.databytecounts) >= frame.nbytes
        if not page.dataoffsets or not whole:
            raise FileError(f"page {number} of {path.name} holds {sum(page.databytecounts)} of {frame.nbytes} bytes", HINT)


# how tifffile tells of pages that it could not follow
LOST = ("invalid page", "corrupted", "failed to read", "missing data", "invalid offset", "not found", "invalid tag", "raised")


@contextmanager
def listening() -> Iterator[list[str]]:
    """Collect what tifffile logs instead of raising."""
    said: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: said.append(record.getMessage().split("> ")[-1][:120])  # type: ignore[method-assign]
    log = logging.getLogger("tifffile")
    log.addHandler(handler)
    spread, log.propagate = log.propagate, False
    try:
        yield said
    finally:
        log.propagate = spread
        log.removeHandler(handler)
