"""`measure`: numbers for the empty part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from .annotations import Data, Method, Output, names

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
    """Measure the empty part.

    Parameters
    ----------
    measures : list of str, optional
        Which: void_fraction, void_profile, components, chords, lineal_path, euler, surface, minkowski, lacunarity, box_count,
        two_point, percolation, distance, thickness, bottleneck, persistence. All that apply, if none is named; of an image in
        chunks, those that need no whole frame in memory.
    dims : list of str, optional
        The spatial dims; those of z, y, x that are there. Measures are taken for each index of the others.
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

    placed: dict[str, Any] = {"dims": dims, "spacing": spacing, "unit": unit, "channel": channel, "variable": variable}
    with progress("measuring"):  # a threshold is looked for in all chunks, too
        void, own = mask_of(mask, method, phase, over, **placed, options=options)
        results = take(void, measures or None, dims=dims, connectivity=connectivity, ci=ci, seed=seed, **own).compute()
    write(results, target)
    return results
