"""Porous media: what a rock, foam, membrane or print lets in and through.

Variables, of a mask of the pores (L is its length unit, d its number of dims, 2 or 3):

    porosity (1)                           share of the window that is pore
    percolates (axis), connected_porosity (axis) (1)
                                           whether a connected pore spans the window, and the porosity of those that do
    open_porosity, closed_porosity (1)     of pores that touch the border of the window, and of those that do not (ISO 15901-1)
    specific_surface (1/L)                 surface over volume of the window; in 2-D boundary over area: of a section through an
                                           isotropic medium, 4/pi times this is its specific surface (Underwood 1970)
    pore_diameter_mean, pore_diameter_quantile (q) (L), pore_size_distribution (pore_diameter) (1)
                                           by the largest ball over each point of the pores (local thickness: Hildebrand &
                                           Ruegsegger 1997, J Microsc 185:67); the share of the pores from each
                                           diameter to the next
    breakthrough_diameter (axis) (L)       of the largest ball that passes (Katz & Thompson 1986, Phys Rev B 34:8179)
    mean_chord (axis) (L)                  of the pores (Underwood 1970), unbiased by the border: `chords(edge="corrected")`
    euler_density (1/L^d)                  connectivity: the more negative, the more redundant ways (Vogel 2002, LNP 600:75)

Permeability, formation factor, tortuosity and drainage curves need a solver: docs/other-tools.md passes the mask on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import xarray as xr

from ..measures.base import Panel
from ..measuring import measure
from .words import Word, made, worded

TAKES = "mask"
PANELS = (Panel("pore_size_distribution", "pore_diameter", vanishes=True), Panel("pore_diameter_quantile", "q"))
BALL = "Hildebrand & Ruegsegger 1997, J Microsc 185:67"
OPEN = "ISO 15901-1:2016"
MEASURES = ("void_fraction", "percolation", "surface", "thickness", "bottleneck", "chords", "euler")
WORDS = (
    Word("porosity", "void_fraction", "porosity", "Bear 1972, Dynamics of Fluids in Porous Media"),
    Word("percolates", "percolates", "whether the pores span the window", "Stauffer & Aharony 1994"),
    Word("specific_surface", "surface_density", "surface of the pores per volume", "Ohser & Muecklich 2000"),
    Word("specific_surface", "perimeter_density", "boundary of the pores per area", "Ohser & Muecklich 2000"),
    Word("pore_diameter_mean", "thickness_mean", "mean pore diameter", BALL),
    Word("pore_diameter_quantile", "thickness_quantile", "quantile of the pore diameter", BALL),
    Word("pore_size_distribution", "pattern_spectrum", "share of the pores by their diameter", BALL),
    Word("mean_chord", "mean_chord", "mean chord of the pores", "Underwood 1970, Quantitative Stereology"),
    Word("euler_density", "euler_density", "Euler number density of the pores", "Vogel 2002, LNP 600:75"),
)


def study(
    frame: xr.DataArray,
    *,
    connectivity: int | None = None,
    q: Sequence[float] | None = None,
    r_max: int | None = None,
    ci: float | None = None,
    seed: int = 0,
) -> xr.Dataset:
    """Describe the pores of one frame.

    Parameters
    ----------
    frame : xarray.DataArray of bool
        True is pore.
    connectivity : int, optional
        Of the pores: 4 or 8 in 2-D, 6, 18 or 26 in 3-D; default 4, 6.
    q : sequence of float, optional
        Quantiles of the pore diameter; default: 0.05, 0.25, 0.5, 0.75, 0.95.
    r_max : int, optional
        Largest radius in pixels in the pore size distribution; default: half the shortest side, at most 128 (32 in 3-D).
    ci : float, optional
        Nominal coverage of intervals.
    seed : int
        Of the resampling.
    """
    options: dict[str, Any] = {"edge": "corrected", "q": q, "r_max": r_max}
    dims = [str(d) for d in frame.dims]
    found = measure(frame, MEASURES, dims=dims, connectivity=connectivity, ci=ci, seed=seed, **options)
    result = worded(found, WORDS)
    diameter = made(2 * found.r.values, found.r.attrs["units"], "pore diameter, from", BALL, ("pore_diameter",))
    result = result.rename_dims(r="pore_diameter").drop_vars("r").assign_coords(pore_diameter=diameter)
    spanning, reached = (found[k] * found.void_fraction for k in ("connected_fraction", "open_fraction"))
    widest = 2 * found.bottleneck.values
    through = "Katz & Thompson 1986, Phys Rev B 34:8179"
    return result.assign(
        connected_porosity=made(
            spanning.fillna(0).values, "1", "porosity that spans the window", "Stauffer & Aharony 1994", ("axis",)
        ),
        open_porosity=made(reached.fillna(0).values, "1", "porosity that is connected to the border", OPEN),
        closed_porosity=made((found.void_fraction - reached).fillna(0).values, "1", "porosity that is closed", OPEN),
        breakthrough_diameter=made(
            widest, found.bottleneck.attrs["units"], "diameter of the largest ball that passes", through, ("axis",)
        ),
    )
