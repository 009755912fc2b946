"""Distances and local thickness beside scipy and PoreSpy, as maps."""

from __future__ import annotations

from typing import Any

import numpy as np
import porespy
import xarray as xr
from scipy import ndimage

import nsi_notebook as nsi

from .compare import Case
from .measures import blobs


def cases(seed: int) -> list[Case]:
    """All comparisons of lengths."""
    masks = ((blobs(seed, 2048, 2048), "2048^2"), (blobs(seed, 256, 256, 256), "256^3"))
    found = [_distance(mask, said) for mask, said in masks]
    return [*found, _thickness(masks[0][0], "2048^2"), _thickness(blobs(seed, 128, 128, 128), "128^3"), _thickness(*masks[1])]


def _distance(mask: xr.DataArray, said: str) -> Case:
    bare = np.asarray(mask.values)

    def check(ours: Any, theirs: Any) -> str:
        np.testing.assert_array_equal(ours, theirs)
        return "equal"

    return Case(
        f"distance map, {said}",
        "scipy distance_transform_edt",
        lambda: nsi.distance_map(mask).values,
        lambda: ndimage.distance_transform_edt(bare),
        check,
        2,
    )


def _thickness(mask: xr.DataArray, said: str) -> Case:
    bare = np.asarray(mask.values)

    def check(ours: Any, theirs: Any) -> str:
        # a ball of whole radius on the same centre is no larger: tests/voids/test_distances.py has brute force
        assert (2 * theirs <= ours).all()
        return f"its whole radii are {100 * (1 - 2 * theirs[bare].mean() / ours[bare].mean()):.1f} % low on the mean"

    return Case(
        f"local thickness, {said}",
        "PoreSpy local_thickness (whole radii, all cores; ours real radii, one core)",
        lambda: nsi.thickness_map(mask).values,
        lambda: porespy.filters.local_thickness(bare),
        check,
        0.5,
    )
