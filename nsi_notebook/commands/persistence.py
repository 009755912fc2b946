"""`persistence`: the voids at all thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .annotations import Data, Output

if TYPE_CHECKING:
    import xarray as xr

SUFFIXES = (".nc", ".zarr", ".csv", ".json")


def persistence(
    image: Data,
    *,
    dims: list[str] | None = None,
    connectivity: int | None = None,
    phase: Literal["dark", "bright"] = "dark",
    channel: str | None = None,
    variable: str | None = None,
    output: Output | None = None,
    force: bool = False,
) -> xr.Dataset:
    """Find the persistence pairs of a grey image.

    Of a mask, `measure` finds those of the distance map: nsi measure ... persistence.

    Parameters
    ----------
    phase : {"dark", "bright"}
        Which side of each threshold is empty.
    output : path, optional
        Write the pairs: .nc or .zarr keep everything; .csv and .json are a table.

    Returns
    -------
    Dataset
        Birth and death of each pair, by dimension; their number, total and entropy.

    Examples
    --------
    >>> persistence("coins", phase="bright").homology.values
    array([0, 1])
    """
    from .data import load
    from .writing import check_output, write

    target = check_output(output, SUFFIXES, force)
    from ..voids.persistence import persistence as find

    found = find(load(image, channel=channel, variable=variable), dims=dims, connectivity=connectivity, phase=phase)
    write(found, target)
    return found
