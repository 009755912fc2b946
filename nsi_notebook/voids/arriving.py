"""Files that arrive in a folder: which are there, which are finished, and what one holds once it can be read."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import FileError, InputError, OptionError

if TYPE_CHECKING:
    import xarray as xr

TRIES = 3  # times that a file is read before it counts as bad: writers pause, and network folders tell sizes before contents
SLICE = 0.2  # seconds after which whoever waits for files is asked whether to go on


@dataclass(frozen=True)
class Seen:
    """A file as it was: it is measured again only if it changes; `modified` in nanoseconds since 1970."""

    path: str
    bytes: int
    modified: int

    def labels(self) -> dict[str, Any]:
        """Coords of its row."""
        import numpy as np

        return {"path": self.path, "bytes": self.bytes, "modified": np.datetime64(self.modified, "ns")}


def look(folder: Path, pattern: str | None, outputs: Collection[Path] = ()) -> dict[str, Seen]:
    """List the files that are there, by path within the folder; hidden ones and the outputs are passed over.

    Raises
    ------
    FileError
        If the folder cannot be listed.
    OptionError
        If the pattern is none.
    """
    from .reading.formats import by_name

    found = {}
    try:
        for path in folder.glob(pattern or "*"):
            inside = path.relative_to(folder)
            if any(part.startswith(".") for part in inside.parts) or not {path, *path.parents}.isdisjoint(outputs):
                continue
            if pattern is None and by_name(path) is None:
                continue
            try:
                told = path.stat()
            except OSError:  # renamed or removed since it was listed
                continue
            if path.is_file():
                found[inside.as_posix()] = Seen(inside.as_posix(), told.st_size, told.st_mtime_ns)
    except (ValueError, NotImplementedError) as error:
        raise OptionError(f"pattern={pattern!r} is none: {error}", "--pattern '*.tif'") from None
    except OSError as error:
        raise FileError(f"cannot list {str(folder)!r}: {error.strerror or error}", "is it still there?") from error
    return found


def finished(
    there: Callable[[], Mapping[str, Seen]], done: Container[Seen], interval: float, once: bool = False
) -> Iterator[list[Seen]]:
    """Look again and again, and give the files that have stayed the same since the last look, oldest first.

    Parameters
    ----------
    there : callable
        Lists the files.
    done : container of Seen
        Those that are to be given no more; whoever takes a file adds it.
    interval : float
        Seconds between two looks. While they pass, empty lists are given.
    once : bool
        End when all that is there is done; a file that is still growing is left for the next time.
    """
    from .reading.frames import natural

    before: Mapping[str, Seen] = {}
    looks = 0
    while True:
        now = there()
        looks += 1
        new = [seen for seen in now.values() if seen not in done and before.get(seen.path) == seen]
        yield sorted(new, key=lambda seen: (seen.modified, natural(Path(seen.path))))
        if once and (looks > TRIES or all(seen in done for seen in now.values())):
            return
        before = now
        end = time.monotonic() + interval
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, SLICE))
            yield []


def attempt(path: Path, seen: Seen, read: Callable[[Path], xr.DataArray], tries: Counter[Seen]) -> xr.DataArray | str | None:
    """Read a file: give the image, or why it is bad, or None where it is to be tried again at the next look."""
    found: xr.DataArray | str
    try:
        found = read(path)
    except InputError as error:
        tries[seen] += 1
        if tries[seen] < TRIES:
            return None
        found = error.message
    try:
        told = path.stat()
    except OSError:  # gone while it was read
        return None
    return found if (told.st_size, told.st_mtime_ns) == (seen.bytes, seen.modified) else None
