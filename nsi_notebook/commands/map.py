"""`map`: lengths of the void, pixel by pixel."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Literal

from .annotations import Data, Method, Output

if TYPE_CHECKING:
    import xarray as xr

SUFFIXES = (".nc", ".zarr", ".tif", ".tiff")


def map(
    kind: Literal["distance", "thickness"],
    mask: Data,
    *,
    dims: list[str] | None = None,
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
) -> xr.DataArray:
    """Map a length of the void, pixel by pixel.

    Parameters
    ----------
    kind : {"distance", "thickness"}
        distance: to the nearest solid pixel; thickness: diameter of the largest ball in the void that holds the pixel.
    output : path, optional
        Write the map: .nc or .zarr keep everything; .tif has the lengths as 64-bit floats, 0 in the solid.
    **options
        Of the method: window, low, high, ...

    Returns
    -------
    DataArray of float
        In the length unit of the spacing; 0 in the solid.

    Examples
    --------
    >>> map("distance", "coins", method=100, spacing=[0.5], unit="um").attrs["units"]
    'um'
    """
    from ..errors import UnknownNameError
    from .data import mask_of
    from .writing import check_output, write

    target = check_output(output, SUFFIXES, force)
    from ..voids.maps import distance_map, thickness_map

    kinds = {"distance": distance_map, "thickness": thickness_map}
    if kind not in kinds:
        raise UnknownNameError.among("map", kind, kinds)
    placed: dict[str, Any] = {"dims": dims, "spacing": spacing, "unit": unit, "channel": channel, "variable": variable}
    void, rest = mask_of(mask, method, phase, over, **placed, options=options)
    if rest:
        own = [name for name in inspect.signature(map).parameters if name not in ("kind", "mask", "options")]
        raise UnknownNameError.among("option of map", next(iter(rest)), own)
    found = kinds[kind](void, dims=dims)
    write(found, target)
    return found
