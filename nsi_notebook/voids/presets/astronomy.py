"""Astronomy: the sky between the sources of an image.

Variables (C is the unit of the pixels' values, L that of lengths: arcsec where the coords say so):

    background (y, x), background_rms (y, x) (C)
                                level and noise of the sky at each pixel (SExtractor: Bertin & Arnouts 1996, A&AS 117:393)
    background_level, background_noise (C)
                                their medians over the image
    source_free_fraction (1), source_free_area (L^2)
                                of the sky: pixels within `nsigma` rms above the background, as `void(image, "background")` marks
    sky_void_count (1)          connected parts of it
    sky_void_area, sky_void_radius (sky_void) (L^2, L)
                                the parts, the largest first, and the largest circle without a source in each, inside the image:
                                distance from its centre to that of the nearest pixel that is no sky, or beyond the border
    sky_void_y, sky_void_x (sky_void) (L)
                                centre of that circle: where an empty aperture fits
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from ...errors import DimsError
from ..components import components
from ..distances import distance_map
from ..labelling import label
from ..measures.base import Panel
from ..measuring import measure
from ..segmentation import void
from ..segmentation.background import background
from ..space import Space
from .words import Word, listed, made, scaled, worded

TAKES = "image"
PANELS = (Panel("sky_void_area", log="xy", tail=True),)
MESH = "Bertin & Arnouts 1996, A&AS 117:393"
CIRCLE = "largest inscribed circle; Danielsson 1980, Comput Graph Image Process 14:227"
SKY = (
    Word("source_free_fraction", "void_fraction", "share of the image that is sky", MESH),
    Word("sky_void_count", "component_count", "number of connected parts of the sky", "connected components"),
)


def study(
    frame: xr.DataArray,
    *,
    mesh: int = 64,
    clip: float = 3.0,
    nsigma: float = 1.5,
    connectivity: int | None = None,
    ci: float | None = None,
    seed: int = 0,
) -> xr.Dataset:
    """Describe the sky of one frame.

    Parameters
    ----------
    frame : xarray.DataArray of numbers, dims of 2
        Values, without NaN.
    mesh : int
        Side of a cell of the background in pixels.
    clip, nsigma : float
        At how many sigma values are clipped in a cell; how many rms above the background is still sky.
    connectivity : int, optional
        Of the sky: 4 or 8; default 4.
    ci : float, optional
        Nominal coverage of intervals.
    seed : int
        Of the resampling.
    """
    dims = [str(d) for d in frame.dims]
    if len(dims) != 2:
        raise DimsError(f"the sky has 2 spatial dims, not {len(dims)}", "choose them with dims=('y', 'x')")
    sky = void(frame, "background", dims=dims, mesh=mesh, clip=clip, nsigma=nsigma)
    space, unit = Space.of(frame, dims), str(frame.attrs.get("units", "1"))
    level, rms = background(np.asarray(frame.values), mesh, clip)
    names = ["void_fraction", "components"]
    found = measure(sky, names, dims=dims, connectivity=connectivity, ci=ci, seed=seed)
    result = worded(found, SKY).assign_coords(frame.coords)
    for end in ("", "_ci") if ci is not None else ("",):
        said = "area of the sky"
        result[f"source_free_area{end}"] = scaled(found[f"void_fraction{end}"], space.size, space.power(2), said, MESH)
    result = result.assign(
        background=made(level, unit, "level of the background", MESH, dims),
        background_rms=made(rms, unit, "noise of the background", MESH, dims),
        background_level=made(np.median(level), unit, "median level of the background", MESH),
        background_noise=made(np.median(rms), unit, "median noise of the background", MESH),
    )
    return result.assign(_voids(sky, space, connectivity))


def _voids(sky: xr.DataArray, space: Space, connectivity: int | None) -> dict[str, xr.Variable]:
    """List the parts of the sky, with the largest circle in each."""
    from scipy import ndimage

    table = components(sky, dims=space.dims, connectivity=connectivity)
    area = Word("sky_void_area", "size", "area of the part of the sky", "connected components")
    values = np.asarray(sky.values)
    distance = distance_map(np.pad(values, 1), space.spacing)[1:-1, 1:-1]  # what is beyond the border is no sky
    labels, count = label(values, connectivity)
    order = np.argsort(-np.bincount(labels.ravel(), minlength=count + 1)[1:], kind="stable") + 1  # as the table has them
    at = np.array(ndimage.maximum_position(distance, labels, order), dtype=np.int64).reshape(-1, 2)
    radius = made(distance[tuple(at.T)], space.unit, "radius of the largest circle of sky", CIRCLE, ("sky_void",))
    found = {**listed(table, "sky_void", [area]), "sky_void_radius": radius}
    for axis, dim in enumerate(space.dims):
        said = f"centre of the largest circle of sky, {dim}"
        found[f"sky_void_{dim}"] = made(space.coord(dim)[at[:, axis]], space.unit, said, CIRCLE, ("sky_void",))
    return found
