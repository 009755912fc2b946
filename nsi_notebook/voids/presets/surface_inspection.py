"""Surface inspection: the defects (pits, pores, scratches, missed spots) of a plane.

Variables, of a mask of the defects (L is its length unit):

    coverage (1)                    share of the plane that is defective
    defect_count (1), defect_density (1/L^2)
    largest_defect_area (L^2), largest_defect_length (L)
                                    greatest area, and greatest Feret diameter, of one defect
    nearest_neighbour_mean (L), clark_evans (1)
                                    mean distance from a defect's centroid to the next, and its ratio to that of as many points at
                                    random in this window: below 1 defects cluster, above 1 they keep apart (Clark & Evans 1954,
                                    Ecology 35:445, with Donnelly's 1978 correction for the border)
    defect_area (defect) (L^2), defect_length, defect_width (defect) (L)
                                    area, greatest and least Feret diameter of each, the largest first
    defect_circularity, defect_touches_border (defect) (1), defect_y, defect_x, nearest_neighbour (defect) (L)
                                    4 pi A / P^2; 1 where the border may cut it; centroid; distance to the next centroid

A mask with no defect has counts and coverage of 0, and NaN where there is nothing to measure.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...errors import DimsError, OptionError
from ..checks import check_mask, number
from ..components import components
from ..labelling import chosen
from ..measures.base import Panel
from ..measuring import measure
from ..space import Space
from .words import Word, listed, made, scaled, worded

TAKES = "mask"
PANELS = (Panel("defect_area", log="xy", tail=True), Panel("nearest_neighbour", tail=True))
FERET = "Feret 1930; ISO 9276-6:2008"
PARTS = "connected components"
NEXT = "Clark & Evans 1954, Ecology 35:445"
WORDS = (
    Word("coverage", "void_fraction", "share of the plane that is defective", "ISO 8785:1998"),
    Word("defect_count", "component_count", "number of defects", PARTS),
)
COLUMNS = (
    Word("defect_area", "size", "area of the defect", PARTS),
    Word("defect_length", "feret_diameter_max", "greatest Feret diameter of the defect", FERET),
    Word("defect_width", "feret_diameter_min", "least Feret diameter of the defect", FERET),
    Word("defect_circularity", "circularity", "circularity of the defect", "Cox 1927: 4 pi A / P^2"),
    Word("defect_touches_border", "touches_border", "whether the defect touches the border", PARTS),
)


def study(
    frame: xr.DataArray,
    *,
    connectivity: int | None = None,
    defect_size: float = 0.0,
    ci: float | None = None,
    seed: int = 0,
) -> xr.Dataset:
    """Describe the defects of one frame.

    Parameters
    ----------
    frame : xarray.DataArray of bool, dims of 2
        True is defective.
    connectivity : int, optional
        Of a defect: 4 or 8; default 4.
    defect_size : float
        Area, in the unit of the coords, below which a component is no defect.
    ci : float, optional
        Nominal coverage of intervals.
    seed : int
        Of the resampling.
    """
    check_mask(frame)
    space = Space.of(frame, [str(d) for d in frame.dims])
    if space.ndim != 2:
        raise DimsError(f"a surface has 2 spatial dims, not {space.ndim}", "choose them with dims=('y', 'x')")
    if number("defect_size", defect_size) < 0:
        raise OptionError(f"defect_size={defect_size:g} is negative", "give an area in the unit of the coords")
    defects = frame.copy(data=chosen(frame.values, connectivity, defect_size / space.pixel))
    shared: dict[str, Any] = {"dims": space.dims, "connectivity": connectivity}
    found = measure(defects, ["void_fraction", "components"], ci=ci, seed=seed, **shared)
    table = components(defects, **shared)
    result = worded(found, WORDS)
    for end in ("", "_ci") if ci is not None else ("",):
        said = "number of defects per area"
        result[f"defect_density{end}"] = scaled(found[f"component_count{end}"], 1 / space.size, space.power(-2), said, PARTS)
    centroids = [Word(f"defect_{d}", f"centroid_{d}", f"centroid of the defect, {d}", PARTS) for d in space.dims]
    near = nearest(table[[w.of for w in centroids]].to_numpy(dtype=float))
    area, length = (table[c].max() if len(table) else np.nan for c in ("size", "feret_diameter_max"))
    return result.assign(listed(table, "defect", [*COLUMNS, *centroids])).assign(
        largest_defect_area=made(area, space.power(2), "area of the largest defect", PARTS),
        largest_defect_length=made(length, space.unit, "length of the longest defect", FERET),
        nearest_neighbour=made(near, space.unit, "distance to the nearest other defect", NEXT, ("defect",)),
        nearest_neighbour_mean=made(
            near.mean() if len(near) else np.nan, space.unit, "mean distance to the nearest other defect", NEXT
        ),
        clark_evans=made(
            near.mean() / expected(len(near), space) if len(near) else np.nan,
            "1",
            "nearest neighbour distance over that of random points",
            f"{NEXT}; Donnelly 1978",
        ),
    )


def nearest(points: NDArray[Any]) -> NDArray[np.float64]:
    """Distance from each point (n, 2) to the next; NaN for a point that is alone.

    >>> nearest(np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 5.0]])).tolist()
    [5.0, 1.0, 1.0]
    """
    from scipy.spatial import KDTree

    if len(points) < 2:
        return np.full(len(points), np.nan)
    found = np.asarray(KDTree(points).query(points, k=2)[0], dtype=float)
    return found[:, 1]


def expected(number: int, space: Space) -> float:
    """Mean distance to the nearest of as many points at random in a rectangular window (Donnelly 1978)."""
    border = 2 * sum(n * s for n, s in zip(space.shape, space.spacing, strict=True))
    return 0.5 * sqrt(space.size / number) + (0.0514 + 0.041 / sqrt(number)) * border / number
