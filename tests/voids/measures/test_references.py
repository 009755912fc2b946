"""Each measure against a reference that we did not write, or against brute force."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import ndimage

from nsi_notebook import components, measure, summary
from nsi_notebook.errors import OptionError
from nsi_notebook.voids.measures.surface import direction_weights
from nsi_notebook.voids.space import Space
from tests.strategies import arrays, spacings

RUN = settings(max_examples=40, suppress_health_check=list(HealthCheck))


def result(name, mask, spacing=None, **options):
    space = Space.plain(mask.shape, 1.0 if spacing is None else spacing)
    bound = summary(name, **options).bind(space)
    return bound.finalize(bound.partial(mask), space)


@pytest.mark.parametrize(("connectivity", "theirs", "ndim"), [(4, 1, 2), (8, 2, 2), (6, 1, 3), (26, 3, 3)])
@RUN
@given(data=st.data())
def test_euler_number_is_that_of_scikit_image(connectivity, theirs, ndim, data):
    from skimage.measure import euler_number

    mask = data.draw(arrays((ndim,), 12))
    got = result("euler", mask, connectivity=connectivity).euler_number
    assert int(got) == euler_number(np.array(mask, dtype=np.uint8), connectivity=theirs)


@RUN
@given(mask=arrays((3,), 6))
def test_euler_number_at_18_cuts_the_contacts_in_a_point(mask):
    from skimage.measure import euler_number

    # each pixel as 3 x 3 x 3, less the corner where it meets another in a point only: 26-connected is then 18-connected
    padded = np.pad(np.array(mask), 1)
    fine = np.kron(padded, np.ones((3, 3, 3), dtype=bool))
    for corner in np.ndindex(*(n - 1 for n in padded.shape)):
        cube = padded[tuple(slice(c, c + 2) for c in corner)]
        if cube.sum() == 2:
            a, b = np.argwhere(cube)
            if (a != b).all():
                for spot in (a, b):
                    fine[tuple(3 * (np.array(corner) + spot) + np.where(spot == 0, 2, 0))] = False
    assert int(result("euler", mask, connectivity=18).euler_number) == euler_number(fine.astype(np.uint8), connectivity=3)


@pytest.mark.parametrize(("mine", "of_the_solid", "ndim"), [(4, 8, 2), (8, 4, 2), (6, 26, 3), (26, 6, 3)])
@RUN
@given(data=st.data())
def test_euler_density_obeys_duality_inside_the_window(mine, of_the_solid, ndim, data):
    mask = data.draw(arrays((ndim,), 10))
    void = result("euler", mask, connectivity=mine).euler_density
    solid = result("euler", ~mask, connectivity=of_the_solid).euler_density
    np.testing.assert_allclose(void, solid if ndim == 3 else -solid, atol=1e-12)


@pytest.mark.filterwarnings("ignore")
@RUN
@given(mask=arrays((2, 3), 12))
def test_box_count_is_that_of_porespy(mask):
    from porespy.metrics import boxcount

    sizes = tuple(r for r in (1, 2, 3, 4, 5) if r <= min(mask.shape))
    theirs = boxcount(mask, bins=list(sizes)) if len(sizes) > 1 else None
    got = result("box_count", mask, boxes=sizes).box_count.values
    if theirs is not None:
        np.testing.assert_array_equal(got, theirs.count)
    void = result("box_count", mask, boxes=sizes, of="void").box_count.values
    for r, n in zip(sizes, void, strict=True):
        padded = np.pad(mask, [(0, -m % r) for m in mask.shape])
        blocks = padded.reshape([k for m in padded.shape for k in (m // r, r)])
        assert n == blocks.any(axis=tuple(range(1, 2 * mask.ndim, 2))).sum()


def test_box_dimension_of_a_line_and_of_a_plane():
    line = np.zeros((64, 64), dtype=bool)
    line[20] = True
    assert float(result("box_count", line).box_dimension) == pytest.approx(1.0, abs=1e-12)
    assert float(result("box_count", np.ones((64, 64), dtype=bool), of="void").box_dimension) == pytest.approx(2.0, abs=1e-12)


def runs(line):
    padded = np.concatenate([[0], np.asarray(line, dtype=int), [0]])
    steps = np.diff(padded)
    return list(zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True))


@pytest.mark.parametrize("edge", ["all", "inner"])
@RUN
@given(data=st.data())
def test_chords_are_those_of_brute_force(edge, data):
    mask = data.draw(arrays((1, 2, 3), 10))
    spacing = data.draw(spacings(mask.ndim))
    got = result("chords", mask, spacing, edge=edge)
    for axis in range(mask.ndim):
        n = mask.shape[axis]
        lengths = [
            b - a
            for line in np.moveaxis(mask, axis, -1).reshape(-1, n)
            for a, b in runs(line)
            if edge == "all" or (a > 0 and b < n)
        ]
        wanted = np.bincount(lengths, minlength=max(mask.shape) + 1)[1:] if lengths else np.zeros(max(mask.shape))
        np.testing.assert_array_equal(got.chord_count.values[axis], wanted)
        mean = np.mean(lengths) * spacing[axis] if lengths else np.nan
        np.testing.assert_allclose(got.mean_chord.values[axis], mean)


@pytest.mark.parametrize(("connectivity", "ndim", "reach"), [(4, 2, 1), (8, 2, 2), (6, 3, 1), (18, 3, 2), (26, 3, 3)])
@RUN
@given(data=st.data())
def test_components_are_those_of_scipy(connectivity, ndim, reach, data):
    mask = data.draw(arrays((ndim,), 10))
    labels, number = ndimage.label(mask, ndimage.generate_binary_structure(ndim, reach))
    sizes = np.sort(np.bincount(labels.ravel())[1:])[::-1]
    got = result("components", mask, (2.0,) * ndim, connectivity=connectivity)
    assert int(got.component_count) == number
    np.testing.assert_array_equal(got.component_size.values, sizes * 2.0**ndim)
    np.testing.assert_allclose(got.component_size_mean, sizes.mean() * 2.0**ndim if number else np.nan)
    share = sizes[0] / sizes.sum() if number else np.nan
    np.testing.assert_allclose(got.largest_component_fraction, share)


@RUN
@given(mask=arrays((2, 3), 10))
def test_the_component_table_is_that_of_scikit_image(mask):
    from skimage.measure import label, regionprops

    dims = ("z", "y", "x")[-mask.ndim :]
    table = components(xr.DataArray(mask, dims=dims))
    theirs = regionprops(label(mask, connectivity=1))
    assert sorted(table.pixels) == sorted(int(r.area) for r in theirs)
    mine = sorted(
        zip(table.pixels, *(table[f"centroid_{d}"].round(9) for d in dims), table.equivalent_diameter.round(9), strict=True)
    )
    wanted = sorted((int(r.area), *np.round(r.centroid, 9), round(r.equivalent_diameter_area, 9)) for r in theirs)
    np.testing.assert_allclose(np.array(mine, dtype=float), np.array(wanted, dtype=float), atol=1e-8)
    border = sum(any(a == 0 or b == n for a, b, n in zip(r.bbox, r.bbox[mask.ndim :], mask.shape, strict=False)) for r in theirs)
    assert int(table.touches_border.sum()) == border


def test_the_component_table_keeps_time_and_units():
    frames = xr.DataArray(
        np.stack([np.eye(3, dtype=bool), np.zeros((3, 3), bool)]), dims=("time", "y", "x"),
        coords={"time": [0.5, 1.5], **{d: (d, [0.0, 2.0, 4.0], {"units": "um"}) for d in "yx"}},
    )  # fmt: skip
    table = components(frames)
    assert table.time.tolist() == [0.5] * 3
    assert table["size"].tolist() == [4.0] * 3
    assert sorted(table.centroid_y) == [0.0, 2.0, 4.0]
    assert table.attrs["units"]["size"] == "um^2"


@pytest.mark.parametrize("radius", [5, 8, 12])
@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (2.0, 1.0, 0.7)])
def test_the_surface_of_random_balls(radius, spacing):
    from skimage.measure import marching_cubes, mesh_surface_area

    rng = np.random.default_rng(radius)
    found = []
    for _ in range(12):
        n = [int(np.ceil(2 * radius / s)) + 6 for s in spacing]
        axes = [(np.arange(k) - k / 2 + rng.random()) * s for k, s in zip(n, spacing, strict=True)]
        z, y, x = np.meshgrid(*axes, indexing="ij")
        ball = z**2 + y**2 + x**2 <= radius**2
        found.append(float(result("surface", ball, spacing).surface_area) / (4 * np.pi * radius**2))
    if spacing == (1.0, 1.0, 1.0):  # the usual mesh is 6 to 9 % too large, and does not converge
        vertices, faces, *_ = marching_cubes(ball.astype(np.float32), 0.5)
        assert 1.06 < mesh_surface_area(vertices, faces) / (4 * np.pi * radius**2) < 1.095
    assert np.mean(found) == pytest.approx(1, abs=0.01 if spacing == (1.0, 1.0, 1.0) else 0.015)


@pytest.mark.parametrize("radius", [5, 10, 30])
def test_the_perimeter_of_random_discs(radius):
    rng = np.random.default_rng(radius)
    n = 2 * radius + 6
    found = []
    for _ in range(20):
        y, x = np.meshgrid(*((np.arange(n) - n / 2 + rng.random()) for _ in range(2)), indexing="ij")
        found.append(float(result("surface", y**2 + x**2 <= radius**2).perimeter) / (2 * np.pi * radius))
    assert np.mean(found) == pytest.approx(1, abs=0.01)


@RUN
@given(mask=arrays((2,), 10))
def test_the_perimeter_is_that_of_scikit_image_away_from_the_border(mask):
    from skimage.measure import perimeter_crofton

    padded = np.pad(np.array(mask), 2)
    assert float(result("surface", padded).perimeter) == pytest.approx(perimeter_crofton(padded, directions=4), abs=1e-9)


def test_direction_weights_are_those_of_the_literature():
    # Ohser & Muecklich 2000: axes, face diagonals, space diagonals of the cubic lattice
    steps, shares = direction_weights((1.0, 1.0, 1.0))
    by_length = {1: 0.045778, 2: 0.036981, 3: 0.035196}
    assert sum(shares) == pytest.approx(1)
    for step, share in zip(steps, shares, strict=True):
        assert share / 2 == pytest.approx(by_length[sum(map(abs, step))], abs=2e-5)


@RUN
@given(mask=arrays((2, 3), 9))
def test_lacunarity_is_that_of_brute_force(mask):
    sizes = tuple(range(1, min(mask.shape) + 1))
    got = result("lacunarity", mask, boxes=sizes).lacunarity.values
    for r, value in zip(sizes, got, strict=True):
        masses = np.lib.stride_tricks.sliding_window_view(mask, (r,) * mask.ndim).sum(axis=tuple(range(mask.ndim, 2 * mask.ndim)))
        wanted = np.mean(masses.astype(float) ** 2) / masses.mean() ** 2 if mask.any() and masses.any() else np.nan
        np.testing.assert_allclose(value, wanted, rtol=1e-12)


def test_lacunarity_does_not_overflow():
    # m^2 of the largest boxes times their number is beyond 2^63
    from nsi_notebook.voids.measures.lacunarity import Lacunarity

    shape, r = (4096, 4096), 1024
    counts = {
        "boxes": np.array([10**9]),
        "mass": np.array([10**9 * r**3]),
        "low": np.array([0]),
        "high": np.array([10**9 * (r**6 >> 32)]),
    }
    variables, _ = Lacunarity(boxes=(r,)).report(counts, Space.plain(shape))
    assert variables[0].values[0] == pytest.approx(1.0, rel=1e-12)


@RUN
@given(data=st.data())
def test_two_point_is_that_of_all_pairs(data):
    mask = data.draw(arrays((1, 2, 3), 5))
    spacing = data.draw(spacings(mask.ndim))
    got = result("two_point", mask, spacing)
    reach = min(mask.shape) // 2
    step = min(spacing)
    pairs, hits = np.zeros(reach + 1), np.zeros(reach + 1)
    axis_pairs, axis_hits = np.zeros((mask.ndim, reach + 1)), np.zeros((mask.ndim, reach + 1))
    points = list(np.ndindex(*mask.shape))
    for p, q in product(points, points):
        lag = np.subtract(q, p)
        if (np.abs(lag) > reach).any():
            continue
        k = int(np.floor(np.linalg.norm(lag * spacing) / step + 0.5))
        if k <= reach:
            pairs[k] += 1
            hits[k] += mask[p] and mask[q]
        for axis in range(mask.ndim):
            if lag[axis] >= 0 and (np.delete(lag, axis) == 0).all():
                axis_pairs[axis, lag[axis]] += 1
                axis_hits[axis, lag[axis]] += mask[p] and mask[q]
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(got.two_point.values, hits / pairs, rtol=1e-12)
        np.testing.assert_allclose(got.two_point_axis.values, axis_hits / axis_pairs, rtol=1e-12)
    assert float(got.two_point[0]) == pytest.approx(mask.mean())


@pytest.mark.parametrize("unit", [0.1, 0.3, 0.7, 1e-9, 1e6])
def test_two_point_does_not_depend_on_the_length_unit(unit):
    mask = np.random.default_rng(5).random((40, 44)) < 0.5
    steps = (1.5, 1.0)  # distances of (odd, 0) lie on the edges of bins
    theirs = result("two_point", mask, steps).two_point.values
    np.testing.assert_array_equal(result("two_point", mask, tuple(unit * s for s in steps)).two_point.values, theirs)


def _anisotropic(mask):
    coords = {d: (d, np.arange(n) * s, {"units": "um"}) for d, n, s in zip("yx", mask.shape, (3.0, 1.0), strict=True)}
    return xr.DataArray(mask, coords, ("y", "x"))


def test_two_point_is_not_labelled_with_a_spacing_it_was_not_counted_with():
    mask = np.random.default_rng(5).random((20, 24)) < 0.5
    bare = summary("two_point")
    with pytest.raises(OptionError, match="was counted with the spacing"):
        bare.finalize(bare.partial(mask), (3.0, 1.0))
    told = summary("two_point", spacing=(3.0, 1.0))  # as the hint says
    wanted = measure(_anisotropic(mask), "two_point")
    np.testing.assert_array_equal(told.finalize(told.partial(mask), (3.0, 1.0)).two_point, wanted.two_point)
    with pytest.raises(OptionError, match="unknown option 'spacing'"):  # there it comes from the coords
        measure(_anisotropic(mask), "two_point", spacing=(3.0, 1.0))
    swapped = summary("two_point").bind(Space.plain(mask.shape, (2e-9, 1e-9)))
    with pytest.raises(OptionError, match="was counted with the spacing"):
        swapped.finalize(swapped.partial(mask), (1e-9, 2e-9))
    assert float(bare.finalize(bare.partial(mask), 0.5).r[1]) == 0.5


@RUN
@given(data=st.data())
def test_distances_are_those_of_scipy(data):
    mask = data.draw(arrays((1, 2, 3), 9))
    spacing = data.draw(spacings(mask.ndim))
    got = result("distance", mask, spacing)
    if mask.all() or not mask.any():
        assert np.isnan(got.distance_mean)
        assert np.isnan(got.distance_quantile).all()
        return
    found = ndimage.distance_transform_edt(mask, sampling=spacing)[mask]
    np.testing.assert_allclose(got.distance_mean, found.mean())
    np.testing.assert_allclose(got.distance_quantile, np.quantile(found, got.q.values, method="inverted_cdf"))
    np.testing.assert_allclose(got.distance_survival, [(found > r).mean() for r in got.r.values])


@RUN
@given(mask=arrays((1, 2, 3), 9))
def test_fraction_and_profile_are_means(mask):
    assert float(result("void_fraction", mask).void_fraction) == mask.mean()
    profile = result("void_profile", mask).void_profile.values
    for axis, n in enumerate(mask.shape):
        others = tuple(a for a in range(mask.ndim) if a != axis)
        np.testing.assert_allclose(profile[axis, :n], mask.mean(axis=others))
        assert np.isnan(profile[axis, n:]).all()


def test_positions_follow_falling_coords():
    mask = xr.DataArray(
        np.eye(3, dtype=bool),
        dims=("y", "x"),
        coords={"y": ("y", [4.0, 2.0, 0.0], {"units": "mm"}), "x": ("x", [0.0, 2.0, 4.0], {"units": "mm"})},
    )
    where = measure(mask, "void_profile").position_length
    assert where.sel(axis="y").values.tolist() == [4.0, 2.0, 0.0]
    assert components(mask).centroid_y.tolist() == [4.0, 2.0, 0.0]
