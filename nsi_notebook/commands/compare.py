"""`compare`: whether two masks, or two groups of images, differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from .annotations import Data, Method, Output, names

if TYPE_CHECKING:
    import xarray as xr

SUFFIXES = (".nc", ".zarr", ".csv", ".json")


def compare(
    first: Data,
    other: Data,
    measure: Annotated[str, names("measures")] = "void_fraction",
    *,
    dims: list[str] | None = None,
    connectivity: int | None = None,
    level: float = 0.95,
    seed: int = 0,
    replicates: int = 9999,
    method: Method | None = None,
    phase: Literal["dark", "bright"] | None = None,
    over: Literal["frame", "series"] | None = None,
    channel: str | None = None,
    spacing: list[float] | None = None,
    unit: str | None = None,
    variable: str | None = None,
    output: Output | None = None,
    force: bool = False,
    **options: Any,
) -> xr.Dataset:
    """Compare a measure of two masks, or of two groups of images.

    Two images are compared by their tiles. Two groups (a folder or pattern of images, or a stack along time, say) are compared
    image by image, and each image counts as one sample.

    Parameters
    ----------
    first : variable or path
        A mask, True where it is empty; or a grey image, and `method` says how to make the mask. Or a group of either.
    other : variable or path
        What it is compared with, of the same size and spacing.
    measure : str
        Which one: void_fraction, chords, ...
    dims : list of str, optional
        The spatial dims; those of z, y, x that are there. Each index of the others is an image of a group.
    level : float
        Confidence level of the interval of the difference.
    seed : int
        Of the bootstrap and the permutations.
    replicates : int
        Permutations behind the p-value.
    method : float or str, optional
        Make the masks first: a threshold, or otsu, li, ... as in `void`.
    **options
        Of the measure: edge, boxes, ...; with `method`, its own as well: window, low, high, ...

    Returns
    -------
    Dataset
        For each variable its value in either, the difference (other minus first) with its interval, and the p-value.

    Examples
    --------
    >>> same = compare("gravel", "gravel", method="otsu", replicates=99)
    >>> float(same["void_fraction_difference"]), float(same["void_fraction_p"])
    (0.0, 1.0)
    """
    from .data import mask_of
    from .writing import check_output, write

    target = check_output(output, SUFFIXES, force)
    from ..voids.comparing import compare as take

    placed: dict[str, Any] = {"dims": dims, "spacing": spacing, "unit": unit, "channel": channel, "variable": variable}
    one, own = mask_of(first, method, phase, over, **placed, options=options)
    two, left = mask_of(other, method, phase, over, **placed, options=options)
    own = {name: value for name, value in own.items() if name in left}  # one may be a mask, and leave those of the method
    results = take(one, two, measure, dims=dims, connectivity=connectivity, level=level, seed=seed, replicates=replicates, **own)
    write(results, target)
    return results
