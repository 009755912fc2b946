"""The measures beside PoreSpy and scikit-image, each through its public function."""

from __future__ import annotations

from typing import Any

import numpy as np
import porespy
import xarray as xr
from scipy import ndimage
from skimage import measure as skimage

import nsi_notebook as nsi

from .compare import Case

SIZES = (2, 4, 8, 16, 32, 64)


def blobs(seed: int, *shape: int) -> xr.DataArray:
    """PoreSpy's own test image: a thresholded Gaussian field, 60 % void."""
    mask = porespy.generators.blobs(list(shape), porosity=0.6, seed=seed)
    return xr.DataArray(mask, dims=("z", "y", "x")[-len(shape) :])


def cases(seed: int) -> list[Case]:
    """All comparisons of single measures."""
    plane, cube = blobs(seed, 1024, 1024), blobs(seed, 128, 128, 128)
    found = []
    for mask, said in ((plane, "1024^2"), (cube, "128^3")):
        bare = np.asarray(mask.values)
        found += [
            _euler(mask, bare, said, 1),
            _euler(mask, bare, said, mask.ndim),
            _box_count(mask, bare, said),
            _chords(mask, bare, said),
            two_point(mask, bare, said),
            _lacunarity(mask, bare, said),
        ]
    return [*found, _surface(cube)]


def _exactly(a: Any, b: Any) -> str:
    np.testing.assert_array_equal(a, b)
    return "equal"


def _within(a: Any, b: Any, bound: float) -> str:
    worst = float(np.nanmax(np.abs(np.asarray(a) - np.asarray(b)) / np.abs(b)))
    assert worst <= bound, f"they differ by {worst:.3g}, more than {bound:g}"
    return f"within {worst:.1e}"


def _euler(mask: xr.DataArray, bare: Any, said: str, reach: int) -> Case:
    connectivity = {(2, 1): 4, (2, 2): 8, (3, 1): 6, (3, 3): 26}[mask.ndim, reach]
    return Case(
        f"Euler number, {connectivity}-connected, {said}",
        "scikit-image euler_number",
        lambda: int(nsi.measure(mask, "euler", connectivity=connectivity).euler_number),
        lambda: int(skimage.euler_number(bare, connectivity=reach)),
        _exactly,
        5,
    )


def _box_count(mask: xr.DataArray, bare: Any, said: str) -> Case:
    return Case(
        f"box count, 6 sizes, {said}",
        "PoreSpy boxcount",
        lambda: nsi.measure(mask, "box_count", boxes=SIZES).box_count.values,
        lambda: porespy.metrics.boxcount(bare, bins=list(SIZES)).count,
        _exactly,
        2,
    )


def _chords(mask: xr.DataArray, bare: Any, said: str) -> Case:
    def theirs() -> list[Any]:
        return [
            porespy.metrics.chord_counts(porespy.filters.apply_chords(bare, axis=axis, trim_edges=True))
            for axis in range(bare.ndim)
        ]

    def check(_: Any, counts: list[Any]) -> str:
        # PoreSpy takes every second line, and drops those that lie in the border of what is left
        for axis, lengths in enumerate(counts):
            lines = tuple(slice(None) if i == axis else slice(2, n - 2, 2) for i, n in enumerate(bare.shape))
            part = nsi.measure(mask[lines], "chords", edge="inner").chord_count.isel(axis=axis).values
            wanted = np.bincount(lengths, minlength=len(part) + 1)[1:]
            np.testing.assert_array_equal(part, wanted[: len(part)])
            assert not wanted[len(part) :].any()
        return "equal on its lines"

    return Case(
        f"chords, all axes, {said}",
        "PoreSpy apply_chords + chord_counts (half of the lines)" if bare.ndim == 2 else "PoreSpy ... (a quarter of the lines)",
        lambda: nsi.measure(mask, "chords", edge="inner").chord_count,
        theirs,
        check,
        100,
    )


def two_point(mask: xr.DataArray, bare: Any, said: str) -> Case:
    """All lags up to half the side."""
    reach = min(bare.shape) // 2
    bins = np.concatenate([[0], np.arange(reach) + 0.5])  # as ours: centred on whole distances

    def check(ours: Any, theirs: Any) -> str:
        # PoreSpy weighs all lags of a distance alike, we weigh by pairs; what is left is that and the noise of the window
        worst = float(np.abs(ours[1:reach] - theirs[1:]).max())
        assert worst < 0.005, worst
        return f"within {worst:.1e} (it weighs lags alike, we weigh pairs)"

    return Case(
        f"two-point correlation, r <= {reach}, {said}",
        "PoreSpy two_point_correlation",
        lambda: nsi.measure(mask, "two_point", r_max=reach).two_point.values,
        lambda: np.asarray(porespy.metrics.two_point_correlation(bare, bins=bins).probability_scaled),
        check,
        15,
    )


def _lacunarity(mask: xr.DataArray, bare: Any, said: str) -> Case:
    def theirs() -> list[float]:
        values = []
        for r in SIZES:
            inside = tuple(slice(r // 2, n - r + 1 + r // 2) for n in bare.shape)
            masses = ndimage.uniform_filter(bare.astype(float), r, mode="constant")[inside] * r**bare.ndim
            values.append(np.mean(masses**2) / np.mean(masses) ** 2)
        return values

    return Case(
        f"lacunarity, 6 boxes, {said}",
        "scipy uniform_filter (PoreSpy and scikit-image have none)",
        lambda: nsi.measure(mask, "lacunarity", boxes=SIZES).lacunarity.values,
        theirs,
        lambda a, b: _within(a, b, 1e-9),
        10,
    )


def _surface(cube: xr.DataArray) -> Case:
    bare = np.asarray(cube.values)

    def theirs() -> float:
        vertices, faces, *_ = skimage.marching_cubes(bare.astype(np.float32), 0.5)
        return float(skimage.mesh_surface_area(vertices, faces))

    def check(ours: float, other: float) -> str:
        # marching cubes on a mask is 6-9 % too large (tests/voids/measures/test_references.py has the balls)
        assert 0.85 < ours / other < 1.0, ours / other
        return f"ours is {100 * (1 - ours / other):.1f} % below the mesh, which is too large by as much"

    return Case(
        "surface area, 128^3",
        "scikit-image marching_cubes",
        lambda: float(nsi.measure(cube, "surface").surface_area),
        theirs,
        check,
        30,
    )
