"""The table of the connected components of the void: one row each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..errors import DimsError
from .checks import check_mask
from .labelling import label
from .measures.base import check_connectivity
from .segmentation.checks import check_pixels
from .shapes import Columns, intensities, shapes
from .space import Space

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]


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
        Of the same dims and coords as the mask: its values under each component are described too.
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
            By Crofton's formula, as in the measure `surface`: the border of the window is no surface.
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
    batch = [str(d) for d in mask.dims if d not in space.dims]
    arrays = [mask] if image is None else [mask, _fitting(image, mask)]
    unit = "1" if image is None else str(image.attrs.get("units", "1"))
    rows, units = [], {}
    for index, frame in _frames([a.transpose(*batch, *space.dims) for a in arrays], len(batch)):
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
        rows.append(found)
    result = pd.concat(rows, ignore_index=True)
    result.attrs["units"] = units
    return result


def _fitting(image: xr.DataArray, mask: xr.DataArray) -> xr.DataArray:
    """Check that an image has the pixels of the mask."""
    check_pixels(image)
    if dict(image.sizes) != dict(mask.sizes):
        raise DimsError(
            f"the image has {dict(image.sizes)}, the mask {dict(mask.sizes)}", "give the image that the mask was made of"
        )
    for dim in mask.dims:
        if dim in image.coords and dim in mask.coords and not np.array_equal(image[dim].values, mask[dim].values):
            raise DimsError(f"image and mask have other coords along {dim!r}", "select the same part of both")
    return image


def _frames(arrays: Sequence[xr.DataArray], batch: int) -> Iterator[tuple[tuple[int, ...], list[Array]]]:
    """Give each frame of some arrays, with its index; what is chunked is computed once, for a chunk of the mask's batch dims."""
    from .block import boxes

    first = arrays[0]
    shape = first.shape[:batch]
    chunks = first.chunks[:batch] if first.chunks is not None else [(n,) for n in shape]
    for run in boxes(shape, chunks):
        here = tuple(slice(lo, hi) for lo, hi in run)
        loaded = _loaded([a.data[here] for a in arrays])
        for at in np.ndindex(*(hi - lo for lo, hi in run)):
            yield tuple(lo + i for (lo, _), i in zip(run, at, strict=True)), [a[at] for a in loaded]


def _loaded(arrays: Sequence[Any]) -> list[Array]:
    if any(hasattr(a, "dask") for a in arrays):
        from dask import compute

        arrays = compute(*arrays)
    return [np.asarray(a) for a in arrays]


def _rows(frame: Sequence[Array], space: Space, connectivity: int | None, unit: str) -> Columns:
    """Columns of one frame, the largest component first."""
    labels, number = label(frame[0], connectivity)
    found = shapes(labels, number, space)
    for values in frame[1:]:
        found |= intensities(labels, number, values, unit)
    order = np.argsort(-found["pixels"][0], kind="stable")
    return {"rank": (np.arange(1, number + 1), "1"), **{k: (v[order], u) for k, (v, u) in found.items()}}
