"""`curves`: measures at every threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from .annotations import Data, Output, names
from .measure import SUFFIXES

if TYPE_CHECKING:
    import xarray as xr


def curves(
    image: Data,
    measures: list[Annotated[str, names("sweeping")]] | None = None,
    *,
    thresholds: list[float] | None = None,
    phase: Literal["dark", "bright"] = "dark",
    dims: list[str] | None = None,
    connectivity: int | None = None,
    ci: float | None = None,
    seed: int = 0,
    channel: str | None = None,
    spacing: list[float] | None = None,
    unit: str | None = None,
    variable: str | None = None,
    output: Output | None = None,
    force: bool = False,
    **options: Any,
) -> xr.Dataset:
    """Measure the empty part of an image at every threshold.

    Parameters
    ----------
    measures : list of str, optional
        Which: void_fraction, euler, surface, minkowski. All that can be taken through the thresholds, if none is named.
    thresholds : list of float, optional
        In the values of the image; all values that occur of integers, 256 between the tails of floats.
    phase : {"dark", "bright"}
        Which side of the threshold is empty.
    **options
        Of the measures.

    Returns
    -------
    Dataset
        Every variable along the threshold, and its range between the automatic thresholds.

    Examples
    --------
    >>> found = curves("coins", ["void_fraction"])
    >>> found.void_fraction.dims
    ('threshold',)
    """
    from .data import load
    from .progress import progress
    from .writing import check_output, write

    target = check_output(output, SUFFIXES, force)
    from ..voids.curves import curves as take

    grey = load(image, spacing=spacing, unit=unit, channel=channel, variable=variable)
    how: dict[str, Any] = {"phase": phase, "dims": dims, "connectivity": connectivity, "ci": ci, "seed": seed}
    with progress("measuring"):  # the values that occur are looked for in all chunks, too
        results = take(grey, measures or None, thresholds, **how, **options).compute()
    write(results, target)
    return results
