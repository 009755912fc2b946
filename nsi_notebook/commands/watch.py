"""`watch`: files measured as they are finished, once each."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from ..errors import FileError, OptionError
from ..voids.arriving import Seen, attempt, finished, look
from .annotations import Method, Output, names
from .asked import Asked
from .rows import Rows, rows_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

SUFFIXES = (".csv", ".nc", ".zarr")


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
    Where what is asked does not go with the first image (a grey one and no method, or a box that is larger), it stops before
    anything is measured.
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


def _follow(
    folder: Path,
    there: Callable[[], dict[str, Seen]],
    read: Callable[[Path], xr.DataArray],
    rows: Rows,
    interval: float,
    once: bool,
) -> None:
    """Measure file after file."""
    tries: Counter[Seen] = Counter()
    for files in finished(there, rows.done, interval, once):
        for seen in files:
            _take(folder / seen.path, seen, read, rows, tries)
        rows.flush()


def _take(path: Path, seen: Seen, read: Callable[[Path], xr.DataArray], rows: Rows, tries: Counter[Seen]) -> None:
    """Measure a file, or count that it could not be read."""
    found = attempt(path, seen, read, tries)
    if found is None:
        return
    if isinstance(found, str):
        reason = found
        rows.miss(seen, reason)
    else:
        reason = rows.update(seen, found)
    if sys.stderr.isatty() or "ipykernel.zmqshell" in sys.modules:
        sys.stderr.write(f"{seen.path}: {reason or 'measured'}\n")
