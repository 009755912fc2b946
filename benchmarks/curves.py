"""Measures at every threshold, beside the loop that thresholds and measures."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from scipy import ndimage
from skimage import measure as skimage

import nsi_notebook as nsi

from .compare import Case


def cases(seed: int) -> list[Case]:
    """Grey levels of a smoothed noise, all 256 thresholds."""
    rng = np.random.default_rng(seed)
    plane, cube = _grey(rng, 1024, 1024), _grey(rng, 96, 96, 96)
    return [
        _case(plane, "1024^2", ["void_fraction", "euler", "surface"]),
        _case(cube, "96^3", ["void_fraction", "euler"]),
        _same(plane),
    ]


def _grey(rng: np.random.Generator, *shape: int) -> xr.DataArray:
    field = ndimage.gaussian_filter(rng.standard_normal(shape), 2)
    grey = np.rint(127 + 254 * (field / np.ptp(field))).clip(0, 254).astype(np.uint8)
    for axis in range(len(shape)):
        np.moveaxis(grey, axis, 0)[[0, -1]] = 255  # a frame that is solid: theirs takes the border for perimeter, ours does not
    return xr.DataArray(grey, dims=("z", "y", "x")[-len(shape) :])


def _case(image: xr.DataArray, said: str, names: list[str]) -> Case:
    bare = np.asarray(image.values)

    def theirs() -> dict[str, Any]:
        found: dict[str, list[float]] = {name: [] for name in names}
        for level in range(256):
            mask = bare <= level
            found["void_fraction"].append(mask.mean())
            found["euler"].append(skimage.euler_number(mask, connectivity=1))
            if "surface" in names:
                found["surface"].append(skimage.perimeter_crofton(mask, directions=4))
        return {name: np.array(values) for name, values in found.items()}

    return Case(
        f"{', '.join(names)} at 256 thresholds, {said}",
        "loop over scikit-image euler_number" + (", perimeter_crofton" if "surface" in names else ""),
        lambda: nsi.curves(image, names, thresholds=range(256)),
        theirs,
        _agree,
        100,
    )


def _agree(mine: xr.Dataset, other: dict[str, Any]) -> str:
    np.testing.assert_array_equal(mine.euler_number, other["euler"])
    np.testing.assert_array_equal(mine.void_fraction, other["void_fraction"])
    if "surface" not in other:
        return "equal"
    np.testing.assert_allclose(mine.perimeter[:-1], other["surface"][:-1], rtol=1e-9)  # of the last the frame is empty too
    return "equal, perimeters within 1e-9"


def _same(image: xr.DataArray) -> Case:
    """Against our own loop, to the bit."""
    names = ["void_fraction", "euler", "surface"]

    def loop() -> list[xr.Dataset]:
        return [nsi.measure(nsi.void(image, t), names) for t in range(256)]

    def check(mine: xr.Dataset, other: list[xr.Dataset]) -> str:
        for i, one in enumerate(other):
            for name in one.data_vars:
                np.testing.assert_array_equal(mine[name].isel(threshold=i), one[name])
        return "equal"

    return Case("all at 256 thresholds, 1024^2", "our own loop of void and measure",
                lambda: nsi.curves(image, names, thresholds=range(256)), loop, check, 10)  # fmt: skip
