"""The Boolean model has the fraction, covariance, chords, distances and Euler number that its formulas give."""

from __future__ import annotations

import gudhi
import numpy as np
import pytest
import xarray as xr
from scipy import ndimage
from scipy.integrate import quad

from nsi_notebook import measure
from nsi_notebook.errors import DimsError, OptionError, SpacingError
from nsi_notebook.voids.synthetic import BooleanModel, boolean_model

CASES = [
    ((32, 48), 4, 0.6, {}),
    ((20, 30), 2.5, 0.15, {"spacing": (2.0, 0.7), "unit": "um"}),
    ((12, 14, 16), 3, 0.4, {}),
    ((10, 20, 15), 0.4, 0.7, {"spacing": (0.2, 0.1, 0.15), "unit": "mm"}),
]


@pytest.mark.parametrize(("shape", "radius", "fraction", "space"), CASES)
def test_the_void_fraction_is_on_average_what_was_asked_for(shape, radius, fraction, space):
    stack = np.stack([boolean_model(shape, radius, fraction, seed, **space).values for seed in range(500)])
    each = stack.mean(axis=tuple(range(1, stack.ndim)))
    error = each.std(ddof=1) / np.sqrt(len(each))
    assert abs(each.mean() - fraction) < 4 * error
    # at the border, too: discs whose centre is outside reach in
    corner = stack[(slice(None), *(0,) * len(shape))]
    assert abs(corner.mean() - fraction) < 4 * np.sqrt(fraction * (1 - fraction) / len(each))


def test_two_points_are_both_void_as_often_as_the_formula_says():
    radius, fraction = 6.0, 0.5
    mean = np.mean([boolean_model((120, 120), radius, fraction, seed).values for seed in range(60)])
    assert mean == pytest.approx(fraction, abs=0.02)
    for lag in (3, 6, 9, 15):
        both = []
        for seed in range(60):
            void = boolean_model((120, 120), radius, fraction, seed).values
            both.append((void[:, lag:] & void[:, :-lag]).mean())
        # area of the union of two discs whose centres are `lag` apart
        half = min(lag / (2 * radius), 1.0)
        overlap = 2 * radius**2 * (np.arccos(half) - half * np.sqrt(1 - half**2))
        expected = fraction ** ((2 * np.pi * radius**2 - overlap) / (np.pi * radius**2))
        assert np.mean(both) == pytest.approx(expected, abs=4 * np.std(both) / np.sqrt(60))


@pytest.mark.parametrize(("shape", "radius", "fraction", "space"), CASES)
def test_the_same_seed_gives_the_same_mask(shape, radius, fraction, space):
    one = boolean_model(shape, radius, fraction, 7, **space)
    xr.testing.assert_identical(one, boolean_model(shape, radius, fraction, np.random.default_rng(7), **space))
    assert not one.equals(boolean_model(shape, radius, fraction, 8, **space))


def test_a_generator_moves_on():
    rng = np.random.default_rng(7)
    assert not boolean_model((40, 40), 3, 0.5, rng).equals(boolean_model((40, 40), 3, 0.5, rng))


def test_one_ball_is_a_ball():
    # so few that a seed with one ball in the window exists
    for seed in range(100):
        solid = ~boolean_model((41, 41, 41), 8, 0.97, seed).values
        if solid.any() and not any(face.any() for axis in range(3) for face in (solid.take(0, axis), solid.take(-1, axis))):
            break
    points = np.argwhere(solid)
    extent = np.ptp(points, axis=0) + 1
    assert set(extent) <= {16, 17}
    assert len(points) == pytest.approx(4 / 3 * np.pi * 8**3, rel=0.02)
    assert np.linalg.norm(points - points.mean(axis=0), axis=1).max() <= 8.1


def test_it_is_ready_to_be_measured_in_its_unit():
    mask = boolean_model((30, 40), 1.5, 0.6, 3, spacing=0.5, unit="micron")
    assert mask.dtype == bool
    assert mask.name == "void"
    assert mask.attrs["source"] == "Boolean model: radius 1.5, fraction 0.6"
    assert mask.y.attrs["units"] == mask.x.attrs["units"] == "um"
    assert measure(mask, "chords").mean_chord.attrs["units"] == "um"
    assert not boolean_model((30, 40), 1.5, 0.6, 3).coords
    assert boolean_model((5, 6), 1, 0.6, 3, unit="mm").x.values.tolist() == [0, 1, 2, 3, 4, 5]


def test_a_void_fraction_of_one_is_all_void():
    assert boolean_model((8, 9), 2, 1, 0).all()


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        ({"shape": (8,)}, DimsError, r"shape=\(8,\): discs need two dims"),
        ({"shape": (8, 8, 8, 8)}, DimsError, "balls three"),
        ({"shape": (0, 8)}, DimsError, r"shape=\(0, 8\)"),
        ({"fraction": 0}, OptionError, "fraction=0 is not above 0"),
        ({"fraction": None}, OptionError, "fraction=None is not a number"),
        ({"radius": "3"}, OptionError, "radius='3' is not a number"),
        ({"fraction": 1.5}, OptionError, "fraction=1.5 is not above 0 and at most 1"),
        ({"radius": 0}, OptionError, "radius=0 is not a positive number"),
        ({"radius": np.nan}, OptionError, "radius=nan is not a positive number"),
        ({"spacing": 0}, SpacingError, "spacing=0 does not fit"),
        ({"spacing": (1, 2, 3)}, SpacingError, r"does not fit the shape \(8, 8\)"),
        ({"spacing": (1, -2)}, SpacingError, "does not fit"),
    ],
)
def test_what_makes_no_model_is_refused(given, kind, words):
    with pytest.raises(kind, match=words) as error:
        boolean_model(**{"shape": (8, 8), "radius": 2, "fraction": 0.5, "seed": 0, **given})
    assert error.value.hint


@pytest.mark.parametrize("ndim", [2, 3])
def test_the_numbers_are_the_integrals_of_the_curves(ndim):
    model = BooleanModel(radius=2.5, fraction=0.45, spacing=(0.5,) * ndim)
    numbers = model.values()
    assert numbers["distance_mean"] == pytest.approx(quad(model.distance_survival, 0, np.inf)[0])
    # the mean of what is left of a chord, from a point on it, is half of E[length^2] / E[length]; here chords are exponential
    assert numbers["mean_chord"] == pytest.approx(quad(model.lineal_path, 0, np.inf)[0] / 0.45)
    slope = (model.two_point(0) - model.two_point(1e-5)) / 1e-5
    name, factor = ("perimeter_density", np.pi) if ndim == 2 else ("surface_density", 4)
    assert numbers[name] == pytest.approx(factor * slope, rel=1e-4)
    assert numbers["mean_chord"] == pytest.approx(0.45 / slope, rel=1e-4)


@pytest.mark.parametrize(("ndim", "side", "number"), [(2, 60, 12), (3, 16, 6)])
def test_the_euler_density_is_that_of_the_alpha_complex(ndim, side, number):
    # the union of the balls has the Euler number of the simplices whose circumscribed balls are small (Edelsbrunner 1995)
    radius, fraction = 1.0, 0.4
    model = BooleanModel(radius=radius, fraction=fraction, spacing=(0.1,) * ndim)
    found = []
    for seed in range(number):
        rng = np.random.default_rng(seed)
        wide = side + 6 * radius
        points = rng.random((rng.poisson(model.intensity * wide**ndim), ndim)) * wide
        alpha = gudhi.AlphaComplex(points=points.tolist())
        tree = alpha.create_simplex_tree(max_alpha_square=radius**2)
        total = 0
        for simplex, _ in tree.get_skeleton(ndim):
            middle = np.mean([alpha.get_point(v) for v in simplex], axis=0)
            total += (-1) ** (len(simplex) - 1) * bool(((middle >= 3 * radius) & (middle < side + 3 * radius)).all())
        found.append(total / side**ndim)
    # that of the void: in the plane components are the other's holes
    expected = model.values()["euler_density"] * (-1 if ndim == 2 else 1)
    assert abs(np.mean(found) - expected) < 4 * np.std(found, ddof=1) / np.sqrt(number)


@pytest.mark.parametrize(("shape", "radius"), [((150, 150), 8.0), ((60, 60, 60), 6.0)])
def test_segments_and_distances_are_as_the_formulas_say(shape, radius):
    lags, r = [0, 4, 10, 20], np.array([0.5, 2.5, 5.5])
    paths, far = [], []
    for seed in range(24):
        void = boolean_model(shape, radius, 0.6, seed, spacing=0.5).values
        paths.append([np.mean(np.lib.stride_tricks.sliding_window_view(void, n + 1, axis=-1).all(axis=-1)) for n in lags])
        inner = (slice(24, -24),) * len(shape)
        far.append((ndimage.distance_transform_edt(void, 0.5)[inner][void[inner], None] > r).mean(axis=0) * void[inner].mean())
    model = BooleanModel(radius=radius, fraction=0.6, spacing=(0.5,) * len(shape))
    path = model.lineal_path(np.multiply(lags, 0.5))
    # what slips between pixels: a disc that a segment only grazes
    assert (np.abs(np.mean(paths, axis=0) - path) < 4 * np.std(paths, axis=0, ddof=1) / np.sqrt(24) + 0.01).all()
    survival = 0.6 * model.distance_survival(r)
    assert (np.abs(np.mean(far, axis=0) - survival) < 4 * np.std(far, axis=0, ddof=1) / np.sqrt(24) + 0.025).all()


def test_a_radius_below_a_pixel_is_refused():
    with pytest.raises(OptionError, match=r"radius=0\.4 is below a pixel, which is 0\.5 wide") as error:
        boolean_model((8, 8), 0.4, 0.5, 0, spacing=(0.1, 0.5))
    assert "smaller pixels" in error.value.hint
