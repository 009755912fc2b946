"""Distances and the largest balls: against scipy, edt and brute force."""

from __future__ import annotations

import math

import edt
import numpy as np
import porespy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import ndimage

from nsi_notebook.voids.balls import squared_radii, thickness_map
from nsi_notebook.voids.distances import distance_map, distinct, squared_distances
from tests.strategies import arrays, spacings

RUN = settings(max_examples=150, suppress_health_check=list(HealthCheck))


@st.composite
def spaced(draw, largest=9):
    """Masks with equal spacings, spacings of a common measure, and others."""
    mask = draw(arrays((1, 2, 3), largest))
    steps = draw(st.one_of(spacings(mask.ndim), spacings(mask.ndim, True), st.just((math.pi, 1.0, math.sqrt(2))[: mask.ndim])))
    return mask, steps


def by_brute_force(mask, spacing):
    """Diameter of the largest ball over each pixel, of all balls."""
    squares, unit, steps = squared_distances(mask, spacing)
    places = np.indices(mask.shape).reshape(mask.ndim, -1)
    apart = 0
    for along, step in zip(places, steps, strict=True):
        apart = apart + ((along[:, None] - along) * step) ** 2
    radii = squares.ravel()
    largest = np.where((apart < radii) & mask.ravel()[:, None], radii, 0).max(axis=1)
    return (2 * np.sqrt(largest) * unit).reshape(mask.shape)


@RUN
@given(given_=spaced(13))
def test_distances_are_those_of_scipy_and_edt(given_):
    mask, spacing = given_
    got = distance_map(mask, spacing)
    if mask.all():
        assert np.isinf(got).all()
        return
    told = spacing if mask.ndim > 1 else spacing[0]
    np.testing.assert_allclose(got, ndimage.distance_transform_edt(mask, sampling=spacing), rtol=1e-14)
    np.testing.assert_allclose(got, edt.edt(mask.copy(order="C"), anisotropy=told), rtol=1e-6)  # it has single precision


@pytest.mark.parametrize("shape", [(70000,), (3, 30000), (40000, 2), (2, 3, 20000)])
def test_distances_beyond_32_bits_are_exact(shape):
    mask = np.ones(shape, dtype=bool)
    mask[(0,) * len(shape)] = False
    squares, unit, _ = squared_distances(mask, (100.0, 50.0, 100.0)[: len(shape)])
    wanted = sum(g.astype(np.int64) ** 2 * (4 if i != 1 and len(shape) > 1 else 1) for i, g in enumerate(np.indices(shape)))
    np.testing.assert_array_equal(squares, wanted)
    assert unit == (50.0 if len(shape) > 1 else 100.0)


def test_spacings_of_a_common_measure_give_whole_squares():
    mask = np.array([[True, True], [True, False]])
    squares, unit, steps = squared_distances(mask, (0.3, 0.7))
    assert (squares.dtype, steps) == (np.int32, [3, 7])
    assert squares.tolist() == [[58, 9], [49, 0]]
    assert unit == pytest.approx(0.1, rel=1e-15)
    assert squared_distances(mask, (1.0, math.pi))[0].dtype == np.float64


@RUN
@given(given_=spaced())
def test_thickness_is_that_of_brute_force(given_):
    mask, spacing = given_
    got = thickness_map(mask, spacing)
    if mask.all():
        assert np.isinf(got).all()
        return
    np.testing.assert_array_equal(got, by_brute_force(mask, spacing))


@pytest.mark.parametrize(("shape", "spacing"), [((60, 50), (1.0, 1.0)), ((60, 50), (1.0, 0.4)), ((14, 15, 16), (1.0, 1.5, 1.0))])
@pytest.mark.parametrize("level", [-0.02, 0.02, 0.08])
def test_thickness_of_smooth_voids_is_that_of_brute_force(shape, spacing, level):
    field = ndimage.gaussian_filter(np.random.default_rng(5).standard_normal(shape), 3)
    mask = field < level
    np.testing.assert_array_equal(thickness_map(mask, spacing), by_brute_force(mask, spacing))


@pytest.mark.parametrize("shape", [(300, 300), (64, 64, 64)])
def test_whole_radii_are_a_lower_bound(shape):
    # PoreSpy keeps whole radii only, so it is never higher, and 2 % (large voids) to 15 % (small ones) lower on the mean
    mask = porespy.generators.blobs(list(shape), porosity=0.6, seed=1)
    radius, whole = thickness_map(mask, (1.0,) * mask.ndim)[mask] / 2, porespy.filters.local_thickness(mask)[mask]
    assert (whole <= radius).all()
    assert 0.01 < 1 - whole.mean() / radius.mean() < 0.2


@RUN
@given(mask=arrays((2, 3), 9), radius=st.sampled_from([1.5, 2.0, 3.0]))
def test_what_an_opening_leaves_is_at_least_as_thick(mask, radius):
    if mask.all():
        return
    centres = ndimage.distance_transform_edt(mask) >= radius
    opened = ndimage.distance_transform_edt(~centres) < radius if centres.any() else np.zeros_like(mask)
    assert (thickness_map(mask, (1.0,) * mask.ndim)[opened] >= 2 * radius).all()


@pytest.mark.parametrize(("width", "thickness"), [(1, 2), (2, 2), (3, 4), (4, 4), (9, 10)])
def test_a_slit_is_as_thick_as_the_way_between_solid_centres_rounded_to_even(width, thickness):
    mask = np.zeros((40, width + 2), dtype=bool)
    mask[:, 1:-1] = True
    assert thickness_map(mask, (1.0, 1.0))[20, 1 + width // 2] == thickness
    assert thickness_map(mask, (1.0, 0.5))[20, 1 + width // 2] == thickness / 2


def test_a_ball_is_as_thick_as_it_is():
    away = np.linalg.norm(np.indices((41, 41, 41)) - 20, axis=0)
    thickness = thickness_map(away < 15, (2.0, 2.0, 2.0))
    assert (thickness[away < 15] == thickness[20, 20, 20]).mean() > 0.99
    assert thickness[20, 20, 20] == 2 * 2 * 15
    assert (thickness[away >= 15] == 0).all()


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.float64])
def test_distinct_values_are_those_of_numpy(dtype):
    for values in (np.array([[4, 0, 9], [4, 10**6, 0]], dtype=dtype), np.array([3], dtype=dtype)):
        got, rank = distinct(values)
        np.testing.assert_array_equal(got, np.unique(values))
        np.testing.assert_array_equal(got[rank], values)
        assert got.dtype == dtype


def test_solid_only_has_no_distance_and_no_thickness():
    solid = np.zeros((3, 4), dtype=bool)
    assert not distance_map(solid, (1.0, 1.0)).any()
    assert not squared_radii(solid, (1.0, 1.0))[0].any()


@pytest.mark.parametrize(("shape", "spacing"), [((3, 300_000), (0.99, 1.0)), ((1, 4_500_000), (1.0, 1.0))])
def test_products_do_not_overflow_on_long_masks(shape, spacing):
    mask = np.ones(shape, dtype=bool)
    for i, where in enumerate((0.1, 0.3, 0.31, 0.8)):
        mask[i % shape[0], int(where * shape[1])] = False
    got = distance_map(mask, spacing)
    np.testing.assert_allclose(got, ndimage.distance_transform_edt(mask, sampling=spacing), rtol=1e-12)
