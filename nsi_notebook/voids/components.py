"""The table of the connected components of the void: one row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..errors import DimsError, SpacingError
from .carrying import batch_of
from .checks import check_mask
from .labelling import label
from .loading import loaded_frames
from .measures.base import check_connectivity
from .segmentation.checks import check_pixels
from .shapes import Columns, intensities, shapes
from .space import TOLERANCE, Space

if TYPE_CHECKING:
    import pandas as pd

ROUNDING = 4 * float(np.finfo(float).eps)


def components(
    mask: xr.DataArray,
    image: xr.DataArray | None = None,
    *,
    dims: Sequence[str] | str | None = None,
    connectivity: int | None = None,
) -> pd.DataFrame:
    """List the connected components of the void, the largest first.

    Parameters
    ----------
    mask : xarray.DataArray of bool
        True is empty. A chunked mask is loaded, one chunk of the batch dims at a time.
    image : xarray.DataArray of numbers, optional
        Of the pixels of the mask: its values under each component are described too. Without a batch dim of the mask, it is the
        same for all its frames.
    dims : sequence of str, optional
        Spatial dims; default: those of z, y, x that are there.
    connectivity : int, optional
        Of the void: 4 or 8 in 2-D, 6, 18 or 26 in 3-D; default 4, 6.

    Returns
    -------
    pandas.DataFrame
        One row a component; `attrs["units"]` gives the unit of each column.

        batch dims, rank
            Index or coord of the frame; 1 is its largest component.
        pixels (pixel), size (L^d), equivalent_diameter (L)
            Diameter of the disc or ball of the same size.
        centroid_<dim> (L), touches_border, bbox_min_<dim>, bbox_max_<dim> (L), extent
            Place in the coords; the box goes from edge to edge of pixels, and the component fills `extent` of it.
        axis_major_length, axis_middle_length (3-D), axis_minor_length (L)
            Full axes of the ellipse or ellipsoid that has the same second moments, pixels being boxes.
        orientation (2-D, rad), axis_major_<dim>, axis_minor_<dim> (3-D)
            Angle of the major axis from the first dim toward the second, above -pi/2 up to pi/2; unit vectors.
        perimeter (2-D, L), surface_area (3-D, L^2)
            By Crofton's formula, as in the measure `surface` of the component alone: the border of the window is no surface.
            Where components touch diagonally, their sum is more than the surface of all.
        circularity (2-D), sphericity (3-D)
            4 pi A / P^2; pi^(1/3) (6 V)^(2/3) / S (Wadell 1935). 1 for a disc or ball, more where the border cuts.
        feret_diameter_max (L), feret_diameter_min (2-D, L), solidity (2-D)
            Greatest and least distance between parallel planes that hold the component, exact for its pixels with their corners;
            the share of its convex hull that it fills.
        neighbours
            Number of other components that are one solid pixel away: some solid pixel touches both, at a face, edge or corner.
        intensity_mean, intensity_min, intensity_max, intensity_std
            Of the image; NaN where a pixel is.

        Masks of one dim have those that make sense there.

    Raises
    ------
    PixelError, DimsError, SpacingError, OptionError
        If the mask is not bool or empty, the image does not fit it, or the dims, the spacing or the connectivity do not allow it.

    Examples
    --------
    >>> mask = xr.DataArray([[True, True, False], [False, False, True]], dims=("y", "x"))
    >>> found = components(mask, mask * 3.0)
    >>> found[["pixels", "centroid_x", "neighbours", "intensity_mean"]].values.tolist()
    [[2.0, 0.5, 1.0, 3.0], [1.0, 2.0, 1.0, 3.0]]
    """
    import pandas as pd

    check_mask(mask)
    space = Space.of(mask, dims)
    check_connectivity(connectivity, space.ndim)
    batch = list(batch_of(mask, space.dims))
    arrays = [mask] if image is None else [mask, _fitting(image, mask, space)]
    unit = "1" if image is None else str(image.attrs.get("units", "1"))
    rows, units = {}, {}
    for index, frame in loaded_frames(arrays, space.dims):
        columns = _rows(frame, space, connectivity, unit)
        units = {k: u for k, (_, u) in columns.items()}
        found = pd.DataFrame({k: v for k, (v, _) in columns.items()})
        for position, (dim, i) in enumerate(zip(batch, index, strict=True)):
            if dim in found:
                raise DimsError(
                    f"the mask has a dim {dim!r}, which is the name of a column", f"rename it: mask.rename({dim}='mask_{dim}')"
                )
            places = mask.coords[dim].values if dim in mask.coords else np.arange(mask.sizes[dim])
            found.insert(position, dim, np.repeat(places[i : i + 1], len(found)))  # of its dtype, also where there are no rows
        rows[index] = found
    result = pd.concat([rows[index] for index in sorted(rows)], ignore_index=True)
    result.attrs["units"] = units
    return result


def _fitting(image: xr.DataArray, mask: xr.DataArray, space: Space) -> xr.DataArray:
    """Check that an image has the pixels of the mask, and give it the batch dims that it lacks."""
    check_pixels(image)
    sizes = {d: n for d, n in mask.sizes.items() if d in image.dims or d in space.dims}
    if dict(image.sizes) != sizes:
        raise DimsError(
            f"the image has {dict(image.sizes)}, the mask {dict(mask.sizes)}", "give the image that the mask was made of"
        )
    own = Space.of(image, space.dims)
    if not own.like(space):
        raise SpacingError(
            f"the image has a spacing of {own.steps}, the mask {space.steps}", "give the image that the mask was made of"
        )
    for dim in image.dims:
        if dim in image.coords and dim in mask.coords:
            one, other = image[dim].values, mask[dim].values
            same = np.array_equal(one, other)
            if not same and dim in space.dims and one.dtype.kind in "iuf":  # coords that were calculated differ by rounding
                same = np.allclose(one, other, rtol=ROUNDING, atol=TOLERANCE * space.spacing[space.dims.index(str(dim))])
            if not same:
                raise DimsError(f"image and mask have other coords along {dim!r}", "select the same part of both")
    bare = image.drop_vars(list(image.coords))
    if lacking := {d: n for d, n in mask.sizes.items() if d not in sizes}:
        bare = bare.compute().expand_dims(lacking)  # in memory, as each frame needs it
    return bare.transpose(*mask.dims)


def _rows(frame: Sequence[NDArray[Any]], space: Space, connectivity: int | None, unit: str) -> Columns:
    """Columns of one frame, the largest component first."""
    labels, number = label(frame[0], connectivity)
    found = shapes(labels, number, space)
    for values in frame[1:]:
        found |= intensities(labels, number, values, unit)
    order = np.argsort(-found["pixels"][0], kind="stable")
    return {"rank": (np.arange(1, number + 1), "1"), **{k: (v[order], u) for k, (v, u) in found.items()}}
