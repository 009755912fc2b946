"""`watch`: files measured as they are finished, once each."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from ..errors import FileError, InputError, OptionError
from .annotations import Method, Output, names
from .asked import Asked
from .rows import Rows, Seen, rows_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

SUFFIXES = (".csv", ".nc", ".zarr")
TRIES = 3  # times that a file is read before it counts as bad: writers pause, and network folders tell sizes before contents


def watch(
    folder: str,
    measures: list[Annotated[str, names("measures")]] | None = None,
    *,
    output: Output,
    pattern: str | None = None,
    interval: float = 1.0,
    once: bool = False,
    dims: list[str] | None = None,
    connectivity: int | None = None,
    ci: float | None = None,
    seed: int = 0,
    method: Method | None = None,
    phase: Literal["dark", "bright"] | None = None,
    channel: str | None = None,
    spacing: list[float] | None = None,
    unit: str | None = None,
    variable: str | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Measure the files of a folder as they are finished, once each.

    A file is measured when its size and time have stayed the same for an interval and it can be read; one that cannot be read as
    was asked in three intervals is recorded with the reason, as is one that cannot be measured or is unlike those before it.
    Where what is asked does not go with the first image (a grey one and no method, say), it stops before anything is measured.
    Ctrl-C stops; started again with the same output it goes on where it was.

    Parameters
    ----------
    folder : path
        Where the files come.
    measures : list of str, optional
        Which: see `measure`. All that apply, if none is named.
    output : path
        Where the rows go, one a file: .csv has the numbers, .nc and .zarr have the curves too. Rows that are there are kept.
        A hidden file beside a .csv says how its rows were measured; what is asked otherwise than before is refused.
    pattern : str, optional
        Which files, quoted: '*.tif', or '**/*.tif' for folders inside. Those with the suffix of an image, if none is given.
    interval : float
        Seconds between two looks.
    once : bool
        Measure what is there and stop.
    dims : list of str, optional
        The spatial dims; those of z, y, x that the first file has.
    method : float or str, optional
        Make a mask of each file first: a threshold, or otsu, li, ... as in `void`.
    variable : str, optional
        Which one, in files that hold several.
    **options
        Of the measures: edge, boxes, ...; with `method`, its own as well: window, low, high, ...

    Returns
    -------
    DataFrame
        All rows: path, bytes, modified, error and the numbers.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as place:
    ...     np.save(place + "/one.npy", np.eye(4, dtype=bool))
    ...     rows = watch(place, ["void_fraction"], output=place + "/rows.csv", once=True, interval=0.05)
    >>> rows[["path", "void_fraction"]].to_numpy().tolist()
    [['one.npy', 0.25]]
    """
    from .data import load
    from .paths import expanded
    from .writing import check_output

    target = check_output(output, SUFFIXES, force=True)
    place = expanded(folder).resolve()
    if target is None or not place.is_dir():
        raise FileError(f"there is no folder {folder!r}", "make it first, or check the name")
    if not interval > 0:
        raise OptionError(f"interval={interval} is not a time in seconds", "interval=1")
    from ..voids.placing import behind
    from ..voids.space import scale

    scale(spacing, unit, dims)
    if phase is not None and method is None:
        raise OptionError(f"phase={phase!r} goes with a method", "method='otsu'")
    how = {"connectivity": connectivity, "ci": ci, "seed": seed, **options}
    given: dict[str, Any] = {"spacing": spacing, "unit": unit, "channel": channel, "variable": variable}
    rows = rows_of(target, Asked(measures or None, dims, method, phase, how, given))
    there = partial(look, place, pattern, {behind(target.parent) / target.name, behind(target)})
    if once and not there() and not rows.done:
        held = ", ".join(sorted(path.name for path in place.iterdir() if not path.name.startswith("."))[:5]) or "nothing"
        what = "is an image" if pattern is None else f"matches {pattern!r}"
        raise FileError(f"nothing in {folder!r} {what}; there is: {held}", "say which files, quoted: --pattern '*.tif'")
    try:
        _follow(
            place,
            there,
            lambda path: load(path, **given).compute(),
            rows,
            interval,
            once,
        )
    except KeyboardInterrupt:  # so one stops it
        pass
    finally:
        rows.flush(last=True)
    return rows.table()


def look(folder: Path, pattern: str | None, outputs: Collection[Path]) -> dict[str, Seen]:
    """List the files that are there, by path within the folder; hidden ones and the output, a link to it or not, are passed over.

    Raises
    ------
    FileError
        If the folder cannot be listed.
    OptionError
        If the pattern is none.
    """
    from ..voids.reading.formats import by_name

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


def _follow(
    folder: Path,
    there: Callable[[], dict[str, Seen]],
    read: Callable[[Path], xr.DataArray],
    rows: Rows,
    interval: float,
    once: bool,
) -> None:
    """Look, measure what has stayed the same since the last look, wait, and look again."""
    from ..voids.reading.frames import natural

    before: dict[str, Seen] = {}
    tries: Counter[Seen] = Counter()
    looks = 0
    while True:
        now = there()
        looks += 1
        new = [seen for seen in now.values() if seen not in rows.done]
        for seen in sorted(new, key=lambda s: (s.modified, natural(Path(s.path)))):
            if before.get(seen.path) == seen:
                _take(folder / seen.path, seen, read, rows, tries)
        rows.flush()
        # a file that is still growing is left for the next time
        if once and (looks > TRIES or all(seen in rows.done for seen in now.values())):
            return
        before = now
        time.sleep(interval)


def _take(path: Path, seen: Seen, read: Callable[[Path], xr.DataArray], rows: Rows, tries: Counter[Seen]) -> None:
    """Measure a file, or count that it could not be read."""
    reason = ""
    try:
        image = read(path)
    except InputError as error:
        tries[seen] += 1
        if tries[seen] < TRIES:
            return
        reason = error.message
    try:
        told = path.stat()
    except OSError:  # gone while it was read
        return
    if (told.st_size, told.st_mtime_ns) != (seen.bytes, seen.modified):
        return
    if reason:
        rows.miss(seen, reason)
    else:
        reason = rows.update(seen, image)
    if sys.stderr.isatty() or "ipykernel.zmqshell" in sys.modules:
        sys.stderr.write(f"{seen.path}: {reason or 'measured'}\n")
