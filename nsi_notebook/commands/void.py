"""`void`: the empty part of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from .annotations import Data, Output, names

if TYPE_CHECKING:
    import xarray as xr

SUFFIXES = (".nc", ".zarr", ".tif", ".tiff", ".png")


def void(
    image: Data,
    *,
    method: Annotated[float | str, names("methods")] = "otsu",
    phase: Literal["dark", "bright"] = "dark",
    over: Literal["frame", "series"] = "frame",
    dims: list[str] | None = None,
    channel: str | None = None,
    spacing: list[float] | None = None,
    unit: str | None = None,
    variable: str | None = None,
    output: Output | None = None,
    force: bool = False,
    **options: Any,
) -> xr.DataArray:
    """Mark the empty part of an image.

    Parameters
    ----------
    method : float or str
        A threshold in the values of the image, or how to find one: otsu, multiotsu, li, triangle, sauvola, hysteresis,
        background.
    phase : {"dark", "bright"}
        Which side of the threshold is empty.
    over : {"frame", "series"}
        One threshold for each frame, or one for the whole series.
    output : path, optional
        Write the mask: .nc or .zarr keep everything; .tif and .png are 0 and 255.
    **options
        Of the method: window, k, r, classes, low, high, mesh, clip, nsigma, ...

    Returns
    -------
    DataArray of bool
        True where it is empty.

    Examples
    --------
    >>> void("coins", method=100).dtype
    dtype('bool')
    """
    from .data import load
    from .writing import check_output, write

    target = check_output(output, SUFFIXES, force)
    from ..voids.segmentation import void as segment

    grey = load(image, spacing=spacing, unit=unit, channel=channel, variable=variable)
    mask = segment(grey, method, phase=phase, over=over, dims=dims, **options)
    write(mask, target)
    return mask
