"""The table of components beside scikit-image's, with the columns that it has; and the way through a void beside PoreSpy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import porespy
import xarray as xr
from scipy import ndimage
from skimage import measure as skimage

import nsi_notebook as nsi

from .compare import Case
from .measures import blobs

COLUMNS = (
    "area", "bbox", "centroid", "equivalent_diameter_area", "extent", "axis_major_length", "axis_minor_length",
    "feret_diameter_max", "intensity_mean", "intensity_min", "intensity_max", "intensity_std",
)  # fmt: skip
PLANE = ("orientation", "perimeter_crofton", "solidity")  # those that it has in two dims only


def cases(seed: int) -> list[Case]:
    """Tables of a plane and a volume, and the ways through a volume."""
    plane = blobs(seed, 1024, 1024)
    cube = blobs(seed, 64, 64, 64).copy(data=porespy.generators.blobs([64] * 3, porosity=0.2, blobiness=2, seed=seed))
    many = plane.copy(data=porespy.generators.blobs([1024, 1024], porosity=0.4, blobiness=4, seed=seed))
    return [
        _table(plane, "1024^2", COLUMNS + PLANE),
        _table(many, "finer 1024^2", COLUMNS + PLANE),
        # without its Feret diameter, a mesh that takes minutes here and fails where the hull fills its box
        _table(cube, "64^3", tuple(c for c in COLUMNS if c != "feret_diameter_max")),
        *_bottleneck(seed),
    ]


def _table(mask: xr.DataArray, said: str, columns: tuple[str, ...]) -> Case:
    bare = np.asarray(mask.values)
    grey = ndimage.gaussian_filter(bare.astype(float), 2)
    image = mask.copy(data=grey)

    def check(ours: Any, theirs: Any) -> str:
        order = np.argsort(-theirs["area"], kind="stable")
        np.testing.assert_array_equal(ours.pixels, theirs["area"][order])
        for name in ("centroid_x", "intensity_mean", "intensity_std", "extent"):
            other = {"centroid_x": f"centroid-{bare.ndim - 1}"}.get(name, name)
            np.testing.assert_allclose(ours[name], theirs[other][order], rtol=1e-6, atol=1e-9)
        return f"{len(ours)} rows; sizes equal, centroids and intensities within 1e-6"

    return Case(
        f"table of components, {len(columns)} properties and more, {said}",
        "scikit-image regionprops_table",
        lambda: nsi.components(mask, image),
        lambda: skimage.regionprops_table(skimage.label(bare, connectivity=1), grey, properties=columns),
        check,
        5,
    )


def _bottleneck(seed: int) -> list[Case]:
    """Ours gives all axes in any case, PoreSpy one at a time."""
    cube = blobs(seed, 128, 128, 128)
    bare = np.asarray(cube.values)

    def case(said: str, axes: tuple[int, ...]) -> Case:
        def check(ours: Any, theirs: list[int]) -> str:
            np.testing.assert_array_equal(np.floor(ours[list(axes)]), theirs)
            return "equal in the whole part, which is what it gives"

        return Case(
            f"bottleneck radius, {said}, 128^3",
            "PoreSpy find_porosity_threshold",
            lambda: nsi.measure(cube, "bottleneck").bottleneck.values,
            lambda: [porespy.metrics.find_porosity_threshold(bare, axis=axis).R for axis in axes],
            check,
            1,
        )

    return [case("one axis", (0,)), case("all axes", (0, 1, 2))]
