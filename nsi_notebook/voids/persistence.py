"""Persistent homology of a grey image: what its empty part is like at every threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from ..errors import DimsError, PixelError, UnknownNameError
from ..version import __version__
from .carrying import batch_of, carried, check_names
from .loading import loaded_frames
from .measures.base import Array, check_connectivity
from .measures.persistence import Persistence, booked, described
from .pairing import pairs
from .segmentation.checks import check_pixels
from .segmentation.histogram import EXACT, refuse_non_finite
from .space import spatial_dims


def persistence(
    image: xr.DataArray,
    *,
    dims: Sequence[str] | str | None = None,
    connectivity: int | None = None,
    phase: str = "dark",
) -> xr.Dataset:
    """Find the persistence pairs of a grey image, of dimensions 0 and d - 1.

    A pair of dimension 0 is a component of the void that is there for the thresholds between its birth and its death, when it
    meets one that is older; of dimension d - 1 a hole (2-D) or cavity (3-D) of the void, a piece of solid that void surrounds.

    Parameters
    ----------
    image : xarray.DataArray
        Grey values, all finite. Dims that are not spatial stay in the output. A chunked image is loaded, one chunk of these
        at a time; a frame takes some sixty bytes a pixel. Spacing plays no part.
    dims : sequence of str, optional
        The two or three spatial dims; default: those of z, y, x that are there.
    connectivity : int, optional
        Of the void: 4 or 8 in 2-D, 6, 18 or 26 in 3-D; default 4, 6. The solid has the dual one: 8 or 4, 26 or 6.
    phase : {"dark", "bright"}
        Void at the threshold t, as `void` marks it. dark: what is not above t, so t rises and the pair is there for
        birth <= t < death; bright: what is above t, so t falls and the pair is there for birth > t >= death.

    Returns
    -------
    xarray.Dataset
        persistence_birth, persistence_death (homology, pair), in the units of the image, the pair that lives longest first. The
        oldest component never dies: its death is inf (dark) or -inf (bright); NaN where a dimension or frame has fewer pairs.
        Pairs that die at the value at which they are born are left out. persistence_count, persistence_total and
        persistence_entropy (homology) are as in the measure `persistence`, which is that of the distance map of a mask.

    Raises
    ------
    PixelError
        If there are NaN or infinite pixels, several channels, a dtype without order, or integers beyond 2^53.
    DimsError, OptionError, UnknownNameError
        If the spatial dims are not two or three, or the connectivity or the phase does not exist.

    Notes
    -----
    Connectivity 4 and 6 are the V-construction, in which pixels are vertices (gudhi's `CubicalComplex(vertices=)`, cripser's
    default); 8 and 26 are the T-construction, in which they are squares or cubes (`CubicalComplex(top_dimensional_cells=)`,
    `filtration="T"`). No cubical complex is 18-connected; its cavities are the 6-connected components of the complement.

    References
    ----------
    Edelsbrunner & Harer 2010, Computational Topology; Garin, Heiss, Maggs, Bleile & Robins 2020, Duality in persistent homology
    of images, arXiv:2005.04597.

    Examples
    --------
    >>> image = xr.DataArray(np.array([[0, 5, 2], [7, 7, 7]]), dims=("y", "x"))
    >>> persistence(image).persistence_death.sel(homology=0).values
    array([inf,  5.])
    """
    check_pixels(image)
    if phase not in ("dark", "bright"):
        raise UnknownNameError.among("phase", phase, ("dark", "bright"))
    spatial = spatial_dims(image, dims)
    if len(spatial) not in Persistence.ndims:
        raise DimsError(
            f"persistence is defined for 2 or 3 spatial dims, not {len(spatial)}: {spatial}", "choose others with dims=('y', 'x')"
        )
    of = Persistence(check_connectivity(connectivity, len(spatial)))
    batch = batch_of(image, spatial)
    booked_at = {}
    for at, (pixels,) in loaded_frames([image], spatial):
        values = _checked(pixels, f"the frame {dict(zip(batch, at, strict=True))}" if at else "the image")
        found = pairs(values, of.connectivity or 0, bright=phase == "bright")
        booked_at[at] = booked([(birth, death, np.zeros_like(place)) for birth, death, place in found], 1)
    frames = [booked_at[at] for at in sorted(booked_at)]
    most = max(f["birth"].shape[-1] for f in frames)
    ends = {key: np.stack([_padded(f[key], most) for f in frames]) for key in ("birth", "death")}
    sums = {key: np.concatenate([f[key] for f in frames]) for key in ("count", "life", "surprise")}
    counts = ends | sums | {"longest": np.stack([f["longest"] for f in frames])}
    variables, coords = described(
        {k: v.reshape(*batch.values(), *v.shape[1:]) for k, v in counts.items()}, str(image.attrs.get("units", "1")), len(spatial)
    )
    check_names(image, spatial, [*(v.name for v in variables), *(c.name for c in coords)], "image")
    data, places = of.label([replace(v, dims=(*batch, *v.dims)) for v in variables], coords)
    for variable in data.values():
        variable.attrs["nsi_phase"] = phase
    frame = {"nsi_dims": list(spatial), "nsi_shape": [image.sizes[d] for d in spatial], "nsi_version": __version__}
    return carried(image, spatial).assign_coords(places).assign(data).assign_attrs(frame)


def _checked(values: Array, name: str) -> Array:
    """Refuse values that have no place in the order, or that float64 cannot tell apart."""
    if values.dtype.kind == "f":
        return refuse_non_finite(values, name)
    if max(abs(int(values.min())), abs(int(values.max()))) > EXACT:
        raise PixelError(f"{name} has integers beyond 2^53, which float64 cannot tell apart", "subtract an offset first")
    return values


def _padded(values: Array, most: int) -> Array:
    return np.pad(values, ((0, 0), (0, most - values.shape[-1])), constant_values=np.nan)
