"""`open`: an image from a file, or a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .annotations import Data

if TYPE_CHECKING:
    import xarray as xr


def open(
    path: Data,
    *,
    spacing: list[float] | None = None,
    unit: str | None = None,
    variable: str | None = None,
) -> xr.DataArray:
    """Read an image.

    PNG, JPEG, TIFF and OME-TIFF, NumPy, netCDF, Zarr and OME-Zarr, FITS, DICOM, NIfTI; a folder or a glob of frames
    becomes a series.

    Parameters
    ----------
    path : str
        File, folder or glob; or the name of a sample image.
    spacing : list of float, optional
        Distance between pixels, one for all spatial dims or one for each; overrides what the file says.

    Returns
    -------
    DataArray
        With dims of time, z, y, x, channel, and coords in `unit` if the spacing is known.

    Examples
    --------
    >>> open("gravel").dims
    ('y', 'x')
    """
    from .data import load

    return load(path, spacing=spacing, unit=unit, variable=variable)
