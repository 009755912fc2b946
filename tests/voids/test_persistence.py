"""Persistence pairs equal those of gudhi and cripser, and of brute force where no complex has the connectivity."""

from __future__ import annotations

import cripser
import gudhi
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from nsi_notebook import measure, persistence
from nsi_notebook.errors import DimsError, NsiWarning, OptionError, PixelError, UnknownNameError
from nsi_notebook.voids.diagrams import landscape, persistence_image
from nsi_notebook.voids.distances import distance_map
from nsi_notebook.voids.pairing import pairs

DIMS = {2: ("y", "x"), 3: ("z", "y", "x")}
VERTICES = (4, 6)


@st.composite
def greys(draw):
    """Images with ties and plateaus, of integers or floats; the peers want two pixels a side."""
    shape = draw(st.one_of(st.tuples(*[st.integers(2, 8)] * 2), st.tuples(*[st.integers(2, 5)] * 3)))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    kind = draw(st.sampled_from(["uint8", "int16", "int64", "uint64", "float32", "float64", "plateaus", "constant"]))
    if kind == "constant":
        return np.full(shape, 3, dtype=np.uint8)
    if kind in ("float32", "float64"):
        return rng.standard_normal(shape).astype(kind)
    if kind == "plateaus":
        return ndimage.gaussian_filter(rng.standard_normal(shape), 1).round(1)
    low, high = {"uint8": (0, 4), "int16": (-30000, 30001), "int64": (-(2**52), 2**52), "uint64": (0, 99)}[kind]
    return rng.integers(low, high, shape).astype(kind)


def ordered(found):
    found = np.asarray(found, dtype=float).reshape(-1, 2)
    return found[np.lexsort(found.T)]


def ours(values, connectivity, **options):
    return [ordered(np.stack([birth, death], axis=1)) for birth, death, _ in pairs(values, connectivity, **options)]


def of_gudhi(values, connectivity):
    key = "vertices" if connectivity in VERTICES else "top_dimensional_cells"
    found = gudhi.CubicalComplex(**{key: values.astype(float)})
    found.compute_persistence(homology_coeff_field=2, min_persistence=0)
    return [ordered(found.persistence_intervals_in_dimension(k)) for k in (0, values.ndim - 1)]


def of_cripser(values, connectivity):
    rows = cripser.compute_ph(values.astype(float), maxdim=values.ndim - 1, filtration="V" if connectivity in VERTICES else "T")
    ends = np.where(rows[:, 1:3] > 1e300, np.inf, rows[:, 1:3])
    return [ordered(ends[(rows[:, 0] == k) & (ends[:, 0] < ends[:, 1])]) for k in (0, values.ndim - 1)]


@settings(max_examples=150)
@given(values=greys())
def test_pairs_equal_those_of_gudhi_and_cripser(values):
    for connectivity in (4, 8) if values.ndim == 2 else (6, 26):
        mine = ours(values, connectivity)
        for peer in (of_gudhi, of_cripser):
            for found, wanted in zip(mine, peer(values, connectivity), strict=True):
                np.testing.assert_array_equal(found, wanted, err_msg=f"{peer.__name__} {connectivity}")


@pytest.mark.parametrize("shape", [(1, 9), (9, 1), (1, 1), (1, 5, 6), (5, 1, 6)])
def test_images_one_pixel_thin_equal_gudhi(shape):
    values = np.random.default_rng(1).integers(0, 9, shape)
    for found, wanted in zip(
        ours(values, 8 if len(shape) == 2 else 26), of_gudhi(values, 8 if len(shape) == 2 else 26), strict=True
    ):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("turn", [np.asarray, np.flip, np.transpose, np.negative])
def test_stripes_of_rising_contrast_have_long_chains_and_equal_gudhi(turn):
    y, x = np.mgrid[:40, :41]
    stripes = turn(np.where(x % 2, 1, -1) * (x + 41 * y))
    for connectivity in (4, 8):
        for found, wanted in zip(ours(stripes, connectivity), of_gudhi(stripes, connectivity), strict=True):
            np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("dtype", [np.int32, np.uint32, np.int8])
def test_the_ends_of_a_dtype_are_values_like_others(dtype):
    ends = np.array([np.iinfo(dtype).min, np.iinfo(dtype).max], dtype=dtype)
    values = ends[np.random.default_rng(4).integers(0, 2, (12, 12))]
    for found, wanted in zip(ours(values, 4), of_gudhi(values, 4), strict=True):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("connectivity", [4, 8, 6, 18, 26])
def test_the_number_alive_at_each_level_is_that_of_labelled_components(connectivity):
    shape, reach = ((12, 13), {4: 1, 8: 2}) if connectivity in (4, 8) else ((6, 7, 8), {6: 1, 18: 2, 26: 3})
    dual = {4: 2, 8: 1, 6: 3, 18: 1, 26: 1}[connectivity]
    ndim = len(shape)
    near, far = (ndimage.generate_binary_structure(ndim, r) for r in (reach[connectivity], dual))
    values = np.random.default_rng(connectivity).integers(0, 12, shape)
    components, holes = ours(values, connectivity)
    for level in range(-1, 13):
        void = values <= level
        outside = np.pad(~void, 1, constant_values=True)  # the component that surrounds all is no hole
        for found, wanted in (
            (components, ndimage.label(void, near)[1]),
            (holes, ndimage.label(outside, far)[1] - 1),
        ):
            assert ((found[:, 0] <= level) & (level < found[:, 1])).sum() == wanted


@settings(max_examples=60)
@given(values=greys())
def test_bright_pairs_are_those_of_the_negative(values):
    connectivity = 4 if values.ndim == 2 else 18
    values = values.astype(float)
    for found, wanted in zip(ours(values, connectivity, bright=True), ours(-values, connectivity), strict=True):
        np.testing.assert_array_equal(found, ordered(-wanted))


@settings(max_examples=40)
@given(values=greys())
def test_flipping_and_transposing_change_nothing(values):
    connectivity = 8 if values.ndim == 2 else 6
    for turned in (np.flip(values), values.T, np.flip(values, 0)):
        for found, wanted in zip(ours(turned, connectivity), ours(values, connectivity), strict=True):
            np.testing.assert_array_equal(found, wanted)


def test_each_pair_has_the_place_of_its_extremum():
    values = np.random.default_rng(3).permutation(400).reshape(20, 20)
    (birth, _, minima), (_, death, maxima) = pairs(values, 4)
    np.testing.assert_array_equal(values.ravel()[minima], birth)
    np.testing.assert_array_equal(values.ravel()[maxima], death)


def test_frames_keep_their_dims_coords_and_units():
    values = np.random.default_rng(0).random((3, 2, 9, 10))
    values[0, 0] = 0.5
    coords = {"time": ("time", [0.0, 1.0, 2.0], {"units": "s"})}
    image = xr.DataArray(values, dims=("time", "sample", "y", "x"), coords=coords, attrs={"units": "HU"})
    together = persistence(image.chunk(time=1), connectivity=8)
    xr.testing.assert_identical(together, persistence(image, connectivity=8))
    assert together.persistence_birth.dims == ("time", "sample", "homology", "pair")
    assert together.persistence_birth.attrs["units"] == "HU"
    assert together.time.attrs["units"] == "s"
    for t in range(3):
        alone = persistence(image.isel(time=t, sample=1), connectivity=8)
        for name, variable in alone.data_vars.items():
            cut = together[name].isel(time=t, sample=1)
            cut = cut.isel(pair=slice(alone.sizes["pair"])) if "pair" in cut.dims else cut
            np.testing.assert_array_equal(cut.values, variable.values)
    constant = together.isel(time=0, sample=0)
    assert constant.persistence_count.values.tolist() == [1, 0]
    assert np.isnan(constant.persistence_entropy.values).all()


def test_total_and_entropy_follow_their_formulas():
    found = persistence(xr.DataArray(np.random.default_rng(5).random((30, 31)), dims=("y", "x")), phase="bright")
    for k in (0, 1):
        one = found.sel(homology=k)
        lives = np.abs(one.persistence_death - one.persistence_birth).values
        lives = lives[np.isfinite(lives)]
        share = lives / lives.sum()
        np.testing.assert_allclose(one.persistence_total, lives.sum(), rtol=1e-8)
        np.testing.assert_allclose(one.persistence_entropy, -(share * np.log(share)).sum(), rtol=1e-8)
        assert one.persistence_count == lives.size + (k == 0)


def test_the_measure_is_that_of_the_signed_distance():
    coords = {"y": ("y", np.arange(24) * 0.5, {"units": "um"}), "x": ("x", np.arange(30) * 2.0, {"units": "um"})}
    mask = xr.DataArray(np.random.default_rng(2).random((24, 30)) < 0.7, dims=("y", "x"), coords=coords)
    signed = distance_map(~mask.values, (0.5, 2.0)) - distance_map(mask.values, (0.5, 2.0))
    found = measure(mask, "persistence", connectivity=8)
    for k, wanted in zip((0, 1), of_gudhi(signed, 8), strict=True):
        one = found.sel(homology=k)
        mine = ordered(np.stack([one.persistence_birth, one.persistence_death], axis=1))
        mine = mine[~np.isnan(mine[:, 0])]
        np.testing.assert_array_equal(mine, wanted[wanted[:, 1] - wanted[:, 0] > 1e-9])
    # a hole is alive at 0 where void surrounds solid: so many pieces of solid do not touch the border
    alive = (found.persistence_birth <= 0) & (found.persistence_death > 0)
    assert int(alive.sel(homology=0).sum()) == ndimage.label(mask.values, np.ones((3, 3)))[1]


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("shape", [(17, 20), (5, 6, 7)])
def test_a_mask_of_one_phase_has_no_pairs(full, shape):
    with pytest.warns(NsiWarning, match="the 64 tiles do not differ"):
        found = measure(xr.DataArray(np.full(shape, full), dims=DIMS[len(shape)]), "persistence", ci=0.9)
    assert found.sizes["pair"] == 0
    assert found.persistence_count.values.tolist() == [0, 0]
    assert found.persistence_total.values.tolist() == [0.0, 0.0]
    assert np.isnan(found.persistence_entropy.values).all()


@pytest.mark.parametrize(
    ("image", "options", "error", "said"),
    [
        (xr.DataArray(np.array([[1.0, np.nan], [np.inf, 0]]), dims=("y", "x")), {}, PixelError, "1 NaN and 1 infinite"),
        (xr.DataArray(np.zeros((2, 2), dtype=bool), dims=("y", "x")), {}, PixelError, "bool"),
        (xr.DataArray(np.array([[0, 2**60]]), dims=("y", "x")), {}, PixelError, "beyond 2\\^53"),
        (xr.DataArray(np.zeros(4), dims="x"), {}, DimsError, "2 or 3 spatial dims, not 1"),
        (xr.DataArray(np.zeros((4, 4)), dims=("y", "x")), {"connectivity": 6}, OptionError, "connectivity=6"),
        (xr.DataArray(np.zeros((4, 4)), dims=("y", "x")), {"phase": "drak"}, UnknownNameError, "drak"),
        (xr.DataArray(np.zeros((2, 4, 4)), dims=("pair", "y", "x")), {}, DimsError, "'pair'"),
    ],
)
def test_what_has_no_pairs_is_refused(image, options, error, said):
    with pytest.raises(error, match=said):
        persistence(image, **options)


FOUND = persistence(xr.DataArray(np.random.default_rng(8).random((20, 20)), dims=("y", "x")))


def finite(found, k):
    one = found.sel(homology=k)
    both = np.stack([one.persistence_birth, one.persistence_death], axis=1)
    return both[np.isfinite(both).all(axis=1)]


def test_the_landscape_is_the_kth_largest_tent():
    t = np.linspace(0.1, 0.9, 40)
    mine = landscape(FOUND, levels=4, t=t)
    for k in (0, 1):
        births, deaths = finite(FOUND, k).T
        tents = np.clip(np.minimum(t[:, None] - births, deaths - t[:, None]), 0, None)
        np.testing.assert_array_equal(mine.sel(homology=k), np.sort(tents, axis=1)[:, ::-1][:, :4].T)


def test_the_landscape_of_bright_pairs_is_the_mirrored_one():
    image = xr.DataArray(np.random.default_rng(8).random((9, 9)), dims=("y", "x"))
    bright, dark = landscape(persistence(image, phase="bright")), landscape(persistence(-image))
    np.testing.assert_allclose(bright.values[..., ::-1], dark.values, atol=1e-12)


def test_the_persistence_image_is_the_weighed_sum_of_gaussians_and_integrates_to_the_total():
    grid = np.linspace(-1, 2, 151)
    found = persistence_image(FOUND, birth=grid, lifetime=grid, bandwidth=0.1)
    for k in (0, 1):
        births, deaths = finite(FOUND, k).T
        lives = deaths - births
        gauss = [np.exp(-((grid[:, None] - c) ** 2) / 0.02) / np.sqrt(2 * np.pi) / 0.1 for c in (lives, births)]
        np.testing.assert_allclose(found.sel(homology=k), np.einsum("ip,jp,p->ij", *gauss, lives), rtol=1e-10, atol=1e-300)
        np.testing.assert_allclose(found.sel(homology=k).sum() * 0.02**2, FOUND.persistence_total.sel(homology=k), rtol=1e-6)
    assert persistence_image(FOUND).attrs["nsi_bandwidth"] > 0


def test_summaries_of_no_pairs_are_zero_and_frames_stay():
    flat = persistence(xr.DataArray(np.zeros((2, 4, 4)), dims=("time", "y", "x"), coords={"time": [1.0, 2.0]}))
    for summary in (landscape(flat), persistence_image(flat)):
        assert summary.dims[:2] == ("time", "homology")
        assert summary.time.values.tolist() == [1.0, 2.0]
        assert not summary.any()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: landscape(FOUND, levels=0), OptionError),
        (lambda: landscape(FOUND, t=1), OptionError),
        (lambda: landscape(FOUND, t=[0.0, np.nan]), OptionError),
        (lambda: persistence_image(FOUND, bandwidth=0), OptionError),
        (lambda: landscape(xr.Dataset()), PixelError),
    ],
)
def test_summaries_refuse_what_they_cannot_use(call, error):
    with pytest.raises(error):
        call()
