"""Tissue: lumina, gaps and the distance between walls in a section or volume.

Variables, of a mask of what is not tissue (L is its length unit, d its number of dims, 2 or 3):

    tissue_fraction, lumen_fraction, gap_fraction (1)
        Shares of the window; they add up to 1. A lumen is a connected void that touches the border of the window nowhere and is
        at least `lumen_size` large: the section through a vessel, duct or gland. What is left of the void is gap: splits, and
        lumina that the border cuts. By the principle of Delesse (1847) a fraction of area in random sections is one of volume.
    lumen_count (1), lumen_density (1/L^d)
        Number of lumina, and over the size of the window.
    lumen_size (lumen) (L^d), lumen_diameter (lumen) (L), lumen_circularity (2-D), lumen_sphericity (3-D), lumen_<dim> (lumen) (L)
        The lumina one by one, the largest first: size, diameter of the disc or ball of that size, shape, centroid.
    mean_linear_intercept (axis) (L)
        Lm: mean chord of all void between walls (Dunnill 1962, Thorax 17:320; Weibel 1963; Knudsen et al. 2010, J Appl Physiol
        108:412), unbiased by the border (`chords(edge="corrected")`), where leaving out the chords that it cuts gives too little.
    surface_density (1/L)
        Boundary of the void per area or volume; of isotropic random sections 4/pi times this is the S_V of stereology.
"""

from __future__ import annotations

from typing import Any

import xarray as xr

from ...errors import OptionError
from ..checks import check_mask, number
from ..components import components
from ..labelling import chosen
from ..measures.base import Panel
from ..measuring import measure
from ..space import Space
from .words import Word, listed, scaled, worded

TAKES = "mask"
PANELS = (Panel("lumen_size", log="xy", tail=True),)
PARTS = "connected components"
DELESSE = "Delesse 1847; Weibel 1979, Stereological Methods"
WALLS = "Dunnill 1962, Thorax 17:320; Knudsen et al. 2010, J Appl Physiol 108:412"
WHOLE = (
    Word("mean_linear_intercept", "mean_chord", "mean linear intercept Lm", WALLS),
    Word("surface_density", "surface_density", "surface of the void per volume", "Ohser & Muecklich 2000"),
    Word("surface_density", "perimeter_density", "boundary of the void per area", "Ohser & Muecklich 2000"),
)
LUMINA = (
    Word("lumen_fraction", "void_fraction", "share of lumina", DELESSE),
    Word("lumen_count", "component_count", "number of lumina", PARTS),
)
COLUMNS = (
    Word("lumen_size", "size", "size of the lumen", PARTS),
    Word("lumen_diameter", "equivalent_diameter", "diameter of the disc or ball of the same size", PARTS),
    Word("lumen_circularity", "circularity", "circularity of the lumen", "Cox 1927: 4 pi A / P^2"),
    Word("lumen_sphericity", "sphericity", "sphericity of the lumen", "Wadell 1935, J Geol 43:250"),
)


def study(
    frame: xr.DataArray,
    *,
    connectivity: int | None = None,
    lumen_size: float = 0.0,
    ci: float | None = None,
    seed: int = 0,
) -> xr.Dataset:
    """Describe lumina and gaps of one frame.

    Parameters
    ----------
    frame : xarray.DataArray of bool
        True is not tissue.
    connectivity : int, optional
        Of the void: 4 or 8 in 2-D, 6, 18 or 26 in 3-D; default 4, 6.
    lumen_size : float
        Area or volume, in the unit of the coords, from which an enclosed void is a lumen.
    ci : float, optional
        Nominal coverage of intervals.
    seed : int
        Of the resampling.
    """
    check_mask(frame)
    if number("lumen_size", lumen_size) < 0:
        raise OptionError(f"lumen_size={lumen_size:g} is negative", "give an area or volume in the unit of the coords")
    space = Space.of(frame, [str(d) for d in frame.dims])
    shared: dict[str, Any] = {"dims": space.dims, "ci": ci, "seed": seed}
    whole = measure(frame, ["chords", "surface"], edge="corrected", **shared)
    lumen = frame.copy(data=chosen(frame.values, connectivity, lumen_size / space.pixel, enclosed=True))
    lumina = measure(lumen, ["void_fraction", "components"], connectivity=connectivity, **shared)
    result = xr.merge([worded(lumina, LUMINA), worded(whole, WHOLE)], combine_attrs="override")
    for end in ("", "_ci") if ci is not None else ("",):
        per = f"number of lumina per {'area' if space.ndim == 2 else 'volume'}"
        count = lumina[f"component_count{end}"]
        result[f"lumen_density{end}"] = scaled(count, 1 / space.size, space.power(-space.ndim), per, PARTS)
    for name, mask, said in (("gap", frame & ~lumen, "share of gaps"), ("tissue", ~frame, "share of tissue")):
        word = Word(f"{name}_fraction", "void_fraction", said, DELESSE)
        result = result.merge(worded(measure(mask, "void_fraction", **shared), [word]), combine_attrs="override")
    table = components(lumen, dims=space.dims, connectivity=connectivity)
    centroids = [Word(f"lumen_{d}", f"centroid_{d}", f"centroid of the lumen, {d}", PARTS) for d in space.dims]
    return result.assign(listed(table, "lumen", [*COLUMNS, *centroids]))
