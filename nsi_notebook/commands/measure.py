"""`measure`: numbers for the empty part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from .annotations import Data, Output, names

if TYPE_CHECKING:
    import xarray as xr

SUFFIXES = (".nc", ".zarr", ".csv", ".json")


def measure(
    mask: Data,
    measures: list[Annotated[str, names("measures")]] | None = None,
    *,
    dims: list[str] | None = None,
    connectivity: int | None = None,
    ci: float | None = None,
    seed: int = 0,
    method: Annotated[float | str, names("methods")] | None = None,
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
    """Measure the empty part.

    Parameters
    ----------
    mask : variable or path
        A mask, True where it is empty; or a grey image, and `method` says how to make the mask.
    measures : list of str, optional
        Which: void_fraction, void_profile, components, chords, lineal_path, euler, surface, minkowski, lacunarity, box_count,
        two_point, percolation, distance, thickness, bottleneck, persistence. All that apply, if none is named; of an image in
        chunks, those that need no whole frame in memory.
    dims : list of str, optional
        The spatial dims; those of z, y, x that are there. Measures are taken for each index of the others.
    connectivity : int, optional
        Of the void: 4 or 8 in a plane; 6, 18 or 26 in space.
    ci : float, optional
        Confidence level of intervals, 0.95 say.
    seed : int
        Of the bootstrap behind the intervals.
    method : float or str, optional
        Make the mask first: a threshold, or otsu, li, ... as in `void`.
    phase : {"dark", "bright"}, optional
        With `method`: which side of the threshold is empty.
    over : {"frame", "series"}, optional
        With `method`: one threshold for each frame, or for the series.
    channel : str, optional
        Of a colour image: mean, or the name or number of one channel.
    spacing : list of float, optional
        Distance between pixels, one for all spatial dims or one for each.
    unit : str, optional
        Unit of the spacing: um, mm, ...; without one, lengths are converted.
    variable : str, optional
        Which one, in a file or Dataset that holds several.
    output : path, optional
        Write the results: .nc or .zarr keep everything; .csv and .json have one row a number.
    force : bool
        Replace the output if it is there.
    **options
        Of the measures: edge, boxes, ...; with `method`, its own as well: window, low, high, ...

    Returns
    -------
    Dataset
        Every variable with its units.

    Examples
    --------
    >>> results = measure("coins", ["void_fraction"], method=100)
    >>> results["void_fraction"].attrs["units"]
    '1'
    """
    from .data import mask_of
    from .progress import progress
    from .writing import check_output, write

    target = check_output(output, SUFFIXES, force)
    from ..voids.measuring import measure as take
    from ..voids.segmentation import apart

    how, options = apart(options, method)
    placed: dict[str, Any] = {"dims": dims, "spacing": spacing, "unit": unit, "channel": channel, "variable": variable}
    with progress("measuring"):  # a threshold is looked for in all chunks, too
        void = mask_of(mask, method, phase, over, **placed, options=how)
        results = take(void, measures or None, dims=dims, connectivity=connectivity, ci=ci, seed=seed, **options).compute()
    write(results, target)
    return results
