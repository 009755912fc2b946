"""Two groups of images: which files they are, and the same window of each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DimsError, OptionError
from .inputs import locate
from .words import TIMES, number, percent, shares

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def files_of(first: Sequence[str], other: Sequence[str]) -> list[list[Path]]:
    """List the files of two groups.

    Parameters
    ----------
    first, other : sequence of str
        Files, patterns, or folders, of which each image counts.

    Raises
    ------
    FileError
        If something is not there.
    OptionError
        If a file is in both groups.
    """
    groups = [list(dict.fromkeys(file for text in texts for file in _files(text))) for texts in (first, other)]
    places = [{file.resolve() for file in group} for group in groups]
    if both := sorted(places[0] & places[1]):
        raise OptionError(f"{both[0].name} is in both groups", "give each image to one of them")
    return groups


def _files(text: str) -> list[Path]:
    from ..voids.reading.formats import is_store
    from ..voids.reading.frames import in_folder, natural

    found = locate("group", text)
    if isinstance(found, list):
        return sorted(found, key=natural)
    return in_folder(found) if found.is_dir() and not is_store(found) else [found]


def same_windows(groups: Sequence[Sequence[xr.DataArray]]) -> tuple[list[list[xr.DataArray]], str]:
    """Cut masks of different sizes to the middle that all have, as counts and most other measures depend on the window.

    Parameters
    ----------
    groups : two sequences of DataArray of bool
        The masks of each group.

    Returns
    -------
    list of list of DataArray
        Windows of one shape.
    str
        What was left out, in a sentence; empty if nothing was.

    Raises
    ------
    DimsError
        If a group has fewer than two images, or their spatial dims differ.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> masks = [xr.DataArray(np.ones((n, 8), bool), dims=("y", "x")) for n in (8, 8, 10, 12)]
    >>> windows, said = same_windows([masks[:2], masks[2:]])
    >>> {w.shape for group in windows for w in group}, said[-48:]
    ({(8, 8)}, 'The rest, 15.8% of all pixels, was not compared.')
    """
    from ..voids.space import spatial_dims

    numbers = [sum(mask.size for mask in group) for group in groups]
    for which, group in zip(("first", "other"), groups, strict=True):
        count = sum(mask.isel(dict.fromkeys(spatial_dims(mask), 0)).size for mask in group)
        if count < 2:
            raise DimsError(
                f"the {which} group has {count} image{'s' * (count != 1)}: its spread is not known from fewer than two",
                f"give more: -p {which}='folder/*.tif'",
            )
    masks = [mask for group in groups for mask in group]
    dims = spatial_dims(masks[0])
    for mask in masks:
        if spatial_dims(mask) != dims:
            raise DimsError(f"spatial dims {dims} and {spatial_dims(mask)} differ", "compare images of one kind")
    least = {d: min(mask.sizes[d] for mask in masks) for d in dims}
    cut = [[_middle(mask, least) for mask in group] for group in groups]
    left = 1 - sum(mask.size for group in cut for mask in group) / sum(numbers)
    if left == 0:
        return cut, ""
    size = f" {TIMES} ".join(f"{number(n)} {d}" for d, n in least.items())
    return cut, (
        "**The images differ in size.** Counts, and most other measures, depend on the size of the window, so only the middle of"
        f" each was compared, {size} pixels, which all images have; thresholds are those of the full images."
        f" The rest, {percent(left)} of all pixels, was not compared."
    )


def _middle(mask: xr.DataArray, sizes: dict[str, int]) -> xr.DataArray:
    starts = {d: (mask.sizes[d] - n) // 2 for d, n in sizes.items()}
    return mask.isel({d: slice(starts[d], starts[d] + n) for d, n in sizes.items()})


def images_table(files: Sequence[Sequence[Path]], masks: Sequence[Sequence[xr.DataArray]], names: Sequence[str]) -> pd.DataFrame:
    """Tabulate the images: group, file, size, threshold and what share is empty.

    Parameters
    ----------
    files, masks : two sequences
        Of each group.
    names : sequence of str
        Of the groups.
    """
    import pandas as pd

    from ..voids.segmentation import thresholds

    rows = []
    for name, places, group in zip(names, files, masks, strict=True):
        for file, mask in zip(places, group, strict=True):
            cuts = [number(t) for t in thresholds(mask)]
            rows.append(
                {
                    "group": name,
                    "image": file.name,
                    "pixels": f" {TIMES} ".join(f"{n:,} {d}" for d, n in mask.sizes.items()),
                    "threshold": cuts[0] if len(cuts) == 1 else f"{cuts[0]} to {cuts[-1]}" if cuts else "",
                    "empty": shares([float(mask.mean())], 0.01)[0],
                }
            )
    return pd.DataFrame(rows)
