"""Intervals say when they are in doubt, and only then."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook import Stream, curves, measure
from nsi_notebook.errors import NsiWarning
from nsi_notebook.voids.doubts import DOUBT, Spread
from nsi_notebook.voids.synthetic import bernoulli_noise, boolean_model, gaussian_level_set

TILE = 16  # of a window of 128 x 128


def simulated(make, number=60, seed=5, **how):
    """Share of intervals of the void fraction that hold the truth, and share of those that are in doubt."""
    rng = np.random.default_rng(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NsiWarning)
        found = [
            measure(make((8 * TILE, 8 * TILE), seed=rng, **how), "void_fraction", ci=0.95).void_fraction_ci for _ in range(number)
        ]
    held = np.mean([low <= how["fraction"] <= high for low, high in found])
    return held, np.mean([DOUBT in ci.attrs for ci in found])


@pytest.mark.parametrize(
    ("make", "how"),
    [
        (boolean_model, {"radius": TILE / 4, "fraction": 0.5}),
        (boolean_model, {"radius": TILE / 2, "fraction": 0.5}),
        (gaussian_level_set, {"length": TILE / 4, "fraction": 0.4}),
        (boolean_model, {"radius": 3, "fraction": float(np.exp(-20 * np.pi * 9 / (8 * TILE) ** 2))}),  # 20 discs
    ],
)
def test_intervals_that_hold_the_truth_are_not_in_doubt(make, how):
    held, doubted = simulated(make, **how)
    assert held >= 0.85  # 92 % or more in 200 models: fewer in 60 models is a chance of 1 in 50
    assert doubted <= 0.15


@pytest.mark.parametrize(
    ("make", "how", "most"),
    [
        (boolean_model, {"radius": 2 * TILE, "fraction": 0.5}, 0.8),
        (boolean_model, {"radius": TILE, "fraction": 0.5}, 0.94),
        (gaussian_level_set, {"length": TILE, "fraction": 0.4}, 0.94),
        (boolean_model, {"radius": 3, "fraction": float(np.exp(-np.pi * 9 / (8 * TILE) ** 2))}, 0.8),  # 1 disc
    ],
)
def test_intervals_that_do_not_are(make, how, most):
    held, doubted = simulated(make, **how)
    assert held <= most
    assert doubted >= 0.85


def mask_of(values) -> xr.DataArray:
    return xr.DataArray(np.asarray(values, dtype=bool), dims=("time", "y", "x")[-np.ndim(values) :])


NOISE = np.random.default_rng(1).random((64, 64)) < 0.5
BLOCK = np.kron(np.random.default_rng(1).random((4, 4)) < 0.5, np.ones((16, 16)))
SPOT = np.zeros((64, 64))
SPOT[3:9, 4:6] = 1


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (NOISE[:4, :4], "there are 16 tiles, fewer than 20"),
        (BLOCK, r"adjacent tiles of 8 x 8 pixels vary together, which makes the variance \d\.\d times .* as long as a tile"),
        (SPOT, r"it rests on [12]\.\d of 64 tiles of 8 x 8 pixels, fewer than 4"),
        (SPOT * 0, "the 64 tiles do not differ"),
    ],
)
def test_each_doubt_is_in_the_attrs_and_in_a_warning(values, said):
    with pytest.warns(
        NsiWarning, match=f"^intervals in doubt: void_fraction; the first, as {said}\nhint: measure a larger window"
    ) as told:
        ds = mask_of(values).nsi.measure("void_fraction", ci=0.95)
    assert len(told) == 1
    assert told[0].filename == __file__
    np.testing.assert_equal(str(told[0].message).count(ds.void_fraction_ci.attrs[DOUBT]), 1)
    assert DOUBT not in ds.void_fraction.attrs


def discs(radius, centres, side=8 * TILE) -> xr.DataArray:
    """Discs of void."""
    y, x = np.ogrid[:side, :side]
    empty = np.zeros((side, side), dtype=bool)
    for at in centres:
        empty |= (y - at[0]) ** 2 + (x - at[1]) ** 2 <= radius**2
    return mask_of(empty)


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # they are looked for in the attrs
@pytest.mark.parametrize("radius", [3, TILE / 2, TILE])
@pytest.mark.parametrize("centre", [(64, 64), (56, 72), (50.5, 61.25)])
def test_counts_of_one_disc_are_all_in_doubt(radius, centre):
    found = measure(discs(radius, [centre]), ["components", "euler", "minkowski"], ci=0.95)
    assert int(found.component_count) == int(found.euler_number) == 1
    for name in ("component_count", "euler_number", "euler_density"):
        assert DOUBT in found[f"{name}_ci"].attrs, name


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # they are looked for in the attrs
@pytest.mark.parametrize(("mean", "doubted"), [(1, True), (20, False)])
@pytest.mark.parametrize("radius", [3, TILE / 2, TILE])
def test_counts_of_separate_discs_are_in_doubt_together(radius, mean, doubted):
    rng = np.random.default_rng(3)
    side = 8 * TILE if radius * mean < 8 * TILE else 32 * TILE  # in the larger one tiles are larger, too
    said = {"component_count": 0, "euler_number": 0}
    for _ in range(20):
        mask = discs(radius, rng.random((rng.poisson(mean), 2)) * side, side)
        found = measure(mask, ["components", "euler"], ci=0.95)
        for name in said:
            said[name] += DOUBT in found[f"{name}_ci"].attrs
    assert min(said.values()) >= 17 if doubted else max(said.values()) <= 4, said


@pytest.mark.parametrize("fraction", [0.1, 0.5])
def test_the_border_does_not_put_the_euler_number_of_noise_in_doubt(fraction):
    for seed in range(5):
        found = measure(bernoulli_noise((32, 32, 32), fraction=fraction, seed=seed), "euler", ci=0.95)
        assert DOUBT not in found.euler_number_ci.attrs


def test_what_has_no_interval_is_not_in_doubt():
    found = measure(mask_of(SPOT * 0), "distance", ci=0.95)
    assert np.isnan(found.distance_mean_ci).all()
    assert DOUBT not in found.distance_mean_ci.attrs


def test_there_is_one_warning_for_all_variables_and_frames_and_no_doubt_of_the_others():
    with pytest.warns(NsiWarning, match="intervals in doubt: void_fraction, mean_chord;|void_fraction") as told:
        ds = measure(mask_of([NOISE, BLOCK, BLOCK]), ["void_fraction", "euler"], ci=0.95)
    assert len(told) == 1
    alone = measure(mask_of(NOISE), ["void_fraction", "euler"], ci=0.95)
    assert not [v for v in alone.data_vars.values() if DOUBT in v.attrs]
    assert "vary together" in ds.void_fraction_ci.attrs[DOUBT]
    with pytest.warns(NsiWarning):
        xr.testing.assert_identical(nsi.series(mask_of([NOISE, BLOCK, BLOCK]), ["void_fraction", "euler"], ci=0.95), ds)


def test_a_stream_warns_at_its_first_frame_in_doubt():
    stream = Stream("void_fraction", ci=0.95)
    stream.update(mask_of(NOISE))
    with pytest.warns(NsiWarning, match="vary together"):
        stream.update(mask_of(BLOCK))
    stream.update(mask_of(BLOCK))
    assert "vary together" in stream.result().void_fraction_ci.attrs[DOUBT]


def test_a_curve_is_in_doubt_as_a_whole():
    image = mask_of(NOISE).astype(float) + np.random.default_rng(2).random((64, 64))
    levels = [-1.0, 0.5, 1.0, 1.5, 3.0]  # all solid at the first, all void at the last
    assert DOUBT not in curves(image, "void_fraction", levels, phase="dark", ci=0.9).void_fraction_ci.attrs
    with pytest.warns(NsiWarning, match="void_fraction; the first, as adjacent tiles"):
        curves(image + 4 * BLOCK, "void_fraction", levels, phase="dark", ci=0.9)


def test_the_sums_of_a_spread_are_those_of_a_grid():
    influence = np.random.default_rng(0).normal(size=(3, 4, 2))
    found = Spread.of(influence)
    pairs = [
        (a, b) for a in np.ndindex(3, 4) for b in np.ndindex(3, 4) if sum(abs(i - j) for i, j in zip(a, b, strict=True)) == 1
    ]
    np.testing.assert_allclose(found.own, (influence**2).sum(axis=(0, 1)))
    np.testing.assert_allclose(found.adjacent, sum(influence[a] * influence[b] for a, b in pairs))
    both = Spread.together([found.among(np.array([True, False])), found.among(np.array([False, True]))])
    np.testing.assert_array_equal(both.fourth, found.fourth)
