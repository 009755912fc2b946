"""Curves equal thresholding and measuring at each threshold, to the bit, for every measure that can be swept."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from skimage.measure import euler_number

from nsi_notebook import curves, measure, sample, void
from nsi_notebook.errors import DimsError, OptionError, PixelError, UnknownNameError
from nsi_notebook.voids.block import split
from nsi_notebook.voids.measures.base import Variable
from nsi_notebook.voids.measures.configurations import Configurational, swept
from nsi_notebook.voids.measures.registry import catalogue
from nsi_notebook.voids.measures.sweeping import Sweeping
from tests.strategies import NAMES, chunkings, shapes, spacings

SWEEPING = [n for n, k in catalogue().items() if issubclass(k, Sweeping)]
SLOW = settings(max_examples=60, suppress_health_check=list(HealthCheck))
DTYPES = ["u1", "i1", "<i2", ">i2", "u2", "i4", "u8", "i8", "f2", "f4", ">f8"]


@st.composite
def images(draw, ndims=(2, 3)):
    """Grey images with ties, of any dtype, anisotropic, perhaps with a time dim."""
    shape = draw(shapes(ndims, 7))
    frames = draw(st.sampled_from([(), (1,), (3,)]))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    low = 0 if dtype.kind == "u" else -9
    values = rng.integers(low, draw(st.sampled_from([2, 12])), (*frames, *shape))
    grey = (values / 3 if dtype.kind == "f" else values).astype(dtype)
    dims = NAMES[len(shape)]
    steps = draw(spacings(len(shape)))
    coords = {d: (d, np.arange(n) * s, {"units": "um", "spacing": s}) for d, n, s in zip(dims, shape, steps, strict=True)}
    return xr.DataArray(grey, dims=(*("time",) * len(frames), *dims), coords=coords)


LEVELS = st.lists(
    st.one_of(st.integers(-12, 14), st.floats(-12, 14), st.sampled_from([-1e30, 1e30, 300.5])), min_size=1, max_size=6
)


def same_as_each(found, image, names, **options):
    """Compare with the mask of each threshold."""
    for i, t in enumerate(found.threshold.values):
        alone = measure(void(image, float(t), phase=found[next(iter(found))].attrs["nsi_phase"]), names, **options)
        for key, variable in alone.data_vars.items():
            mine = found[key].isel(threshold=i)
            assert mine.dtype == variable.dtype
            np.testing.assert_array_equal(mine.values, variable.values, err_msg=f"{key} at {t}")
            assert mine.attrs["units"] == variable.attrs["units"]


@SLOW
@given(image=images(), levels=LEVELS, phase=st.sampled_from(["dark", "bright"]), reach=st.sampled_from([0, 1, 2]))
def test_each_threshold_is_that_of_its_mask(image, levels, phase, reach):
    connectivity = {2: (4, 8, 8), 3: (6, 18, 26)}[len([d for d in image.dims if d != "time"])][reach]
    found = curves(image, SWEEPING, levels, phase=phase, connectivity=connectivity)
    assert found.threshold.values.tolist() == sorted(set(map(float, levels)))
    same_as_each(found, image, SWEEPING, connectivity=connectivity)


@pytest.mark.parametrize("phase", ["dark", "bright"])
@pytest.mark.parametrize("shape", [(20, 30), (5, 6, 9), (2, 3, 9, 8)])
@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # of masks of one phase
def test_intervals_are_those_of_each_mask(shape, phase):
    dims = ("time", "z", "y", "x")[-len(shape) :]
    image = xr.DataArray(np.random.default_rng(0).integers(0, 6, shape).astype("u1"), dims=dims)
    found = curves(image, SWEEPING, phase=phase, ci=0.9, seed=3)
    assert "void_fraction_ci" in found
    same_as_each(found, image, SWEEPING, ci=0.9, seed=3)


@SLOW
@given(data=st.data(), phase=st.sampled_from(["dark", "bright"]))
def test_chunked_equals_whole(data, phase):
    image = data.draw(images())
    if float(image.min()) == float(image.max()):
        return
    chunks = dict(zip(image.dims, data.draw(chunkings(image.shape)), strict=True))
    xr.testing.assert_identical(curves(image.chunk(chunks), phase=phase).compute(), curves(image, phase=phase))


@pytest.mark.parametrize("chunks", [{"y": 1}, {"y": (11, 29), "x": (7, 43)}, {"time": 2, "y": 99}])
def test_intervals_do_not_depend_on_chunks(chunks):
    image = xr.DataArray(np.random.default_rng(3).random((2, 40, 50)).astype("f4"), dims=("time", "y", "x"))
    levels = [0.1, 0.5, 0.7]
    xr.testing.assert_identical(curves(image.chunk(chunks), thresholds=levels, ci=0.9), curves(image, thresholds=levels, ci=0.9))


def test_a_chunked_image_is_read_in_pieces_and_later():
    import dask.array as da

    read = []

    def plane(block_info=None):
        read.append(block_info[None]["chunk-location"][0])
        return np.random.default_rng(read[-1]).integers(0, 9, (4, 30, 30)).astype("u1")

    image = xr.DataArray(
        da.map_blocks(plane, chunks=((4,) * 5, 30, 30), dtype="u1", meta=np.empty((0, 0, 0), "u1")), dims=NAMES[3]
    )
    found = curves(image, "euler")
    assert sorted(read) == [0, 1, 2, 3, 4]  # for the histogram
    read.clear()
    assert found.euler_number.chunks is not None
    found.compute()
    assert sorted(read) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("connectivity", "reach"), [(4, 1), (8, 2)])
def test_euler_numbers_are_those_of_scikit_image(connectivity, reach):
    image = sample("coins").isel(y=slice(100), x=slice(150))
    found = curves(image, "euler", connectivity=connectivity)
    for t, number in zip(found.threshold.values, found.euler_number.values, strict=True):
        assert number == euler_number(image.values <= t, connectivity=reach)


def test_empty_and_solid_change_places_with_the_phase():
    image = sample("coins").isel(y=slice(80), x=slice(90))
    dark, bright = (curves(image, phase=p) for p in ("dark", "bright"))
    np.testing.assert_allclose(bright.void_fraction, 1 - dark.void_fraction, atol=1e-15)
    np.testing.assert_allclose(bright.perimeter, dark.perimeter, rtol=1e-12)
    np.testing.assert_array_equal(bright.pixel_share, dark.pixel_share)
    negative = curves(255 - image, thresholds=254 - dark.threshold.values)
    np.testing.assert_array_equal(negative.euler_number.values[::-1], bright.euler_number)


def test_flipped_and_transposed_images_give_the_same_curves():
    image = xr.DataArray(np.random.default_rng(1).random((9, 10, 11)), dims=NAMES[3])
    base = curves(image, thresholds=[0.2, 0.5])
    for other in (image.isel(z=slice(None, None, -1)), image.transpose("x", "z", "y")):
        xr.testing.assert_allclose(curves(other.copy(), thresholds=[0.2, 0.5]), base)


def test_the_thresholds_are_those_of_the_image():
    image = sample("gravel")
    found = curves(image, "void_fraction")
    assert found.threshold.values.tolist() == np.unique(image).tolist()
    for method in ("li", "otsu", "triangle"):
        assert found.threshold.attrs[f"nsi_{method}"] == void(image, method).attrs["nsi_threshold"]
    np.testing.assert_allclose(found.pixel_share.cumsum("threshold"), found.void_fraction)
    assert found.void_fraction.values[-1] == 1


def test_floats_are_tried_in_equal_steps_between_their_tails_and_where_methods_say():
    image = xr.DataArray(np.random.default_rng(1).normal(5, 2, (80, 90)), dims=("y", "x"), attrs={"units": "HU"})
    image[0, 0] = 1e3  # one hot pixel does not spread the thresholds
    found = curves(image, "void_fraction")
    marks = [found.threshold.attrs[f"nsi_{m}"] for m in ("li", "otsu", "triangle")]
    assert found.threshold.attrs["units"] == "HU"
    assert found.void_fraction.attrs["units"] == "1"
    assert set(marks) <= set(found.threshold.values.tolist())
    for method, mark in zip(("li", "otsu", "triangle"), marks, strict=True):
        assert mark == pytest.approx(void(image, method).attrs["nsi_threshold"], rel=1e-12)
    steps = np.setdiff1d(found.threshold.values, marks)
    np.testing.assert_allclose(np.diff(steps), np.diff(steps).mean(), rtol=1e-9)
    assert 256 <= found.threshold.size <= 259
    np.testing.assert_allclose([steps[0], steps[-1]], np.quantile(image, [0.001, 0.999]), atol=0.1)


@pytest.mark.parametrize("kind", ["u1", "f8"])
def test_the_range_is_that_between_the_automatic_thresholds(kind):
    image = sample("gravel").astype(kind)
    found = curves(image)
    masks = [void(image, found.threshold.attrs[f"nsi_{m}"]) for m in ("li", "otsu", "triangle")]
    each = xr.concat([measure(m, SWEEPING) for m in masks], dim="method")
    for key in ("void_fraction", "euler_number", "perimeter"):
        low, high = found[f"{key}_range"].values
        assert low <= each[key].min()
        assert each[key].max() <= high
    np.testing.assert_allclose(found.void_fraction_range, [each.void_fraction.min(), each.void_fraction.max()])  # it only rises


def test_without_a_threshold_in_between_the_range_is_nan():
    image = sample("gravel")
    assert np.isnan(curves(image, "euler", [3.5]).euler_number_range).all()
    flat = curves(xr.full_like(image, 7), thresholds=[6, 7])
    assert flat.void_fraction.values.tolist() == [0, 1]
    assert np.isnan(flat.void_fraction_range).all()
    assert "nsi_otsu" not in flat.threshold.attrs


def test_a_line_has_a_void_fraction():
    line = xr.DataArray(np.array([3, 1, 2, 2], "u1"), dims="x")
    assert curves(line).void_fraction.values.tolist() == [0.25, 0.75, 1]


class Weighed(Configurational):
    """A measure that promises nothing but to follow from the configurations."""

    name = "weighed"

    def report(self, counts, space):
        weights = np.sqrt(np.arange(counts["inner"].shape[-1]))
        return [Variable("weighed", (counts["inner"] + counts["border"]) @ weights, "1", "weighed")], []


def test_a_measure_that_follows_from_configurations_needs_no_more(monkeypatch):
    monkeypatch.setitem(catalogue(), "weighed", Weighed)
    image = xr.DataArray(np.random.default_rng(2).integers(0, 30, (3, 12, 13)).astype("u1"), dims=("time", "y", "x"))
    same_as_each(curves(image, "weighed"), image, "weighed")


@pytest.mark.parametrize("shape", [(6, 9), (4, 5, 3)])
def test_sums_of_what_is_swept_are_what_is_counted_in_every_block(shape):
    rank = np.random.default_rng(4).integers(0, 6, shape).astype(np.uint32)
    each = Weighed()
    for sizes in (1, 2, 4):
        masks = [split(rank <= k, sizes, 1) for k in range(5)]
        for i, whole in enumerate(masks[0]):
            cut = tuple(slice(o, o + n) for o, n in zip(whole.origin, whole.data.shape, strict=True))
            block = type(whole)(rank[cut], whole.origin, whole.core, whole.whole)
            for key, steps in swept(block, 5).items():
                for k, total in enumerate(np.cumsum(steps, axis=0)):
                    np.testing.assert_array_equal(total, each.count(masks[k][i])[0][key])


IMAGE = xr.DataArray(np.arange(12.0).reshape(3, 4), dims=("y", "x"))


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda: curves(IMAGE, "chords"), OptionError, "chords cannot be swept .* these can: euler, .*void_fraction"),
        (lambda: curves(IMAGE, "eulr"), UnknownNameError, "there are: euler, .*, void_fraction\nhint: did you mean 'euler'"),
        (lambda: curves(IMAGE, []), DimsError, "no measure"),
        (lambda: curves(IMAGE, phase="darc"), UnknownNameError, "'dark'"),
        (lambda: curves(IMAGE, thresholds=[]), OptionError, "0 thresholds"),
        (lambda: curves(IMAGE, thresholds=range(65537)), OptionError, "65537 thresholds"),
        (lambda: curves(IMAGE, thresholds=[1, np.nan]), OptionError, "thresholds=nan"),
        (lambda: curves(IMAGE, thresholds=[[1], [2, 3]]), OptionError, r"thresholds=\[1\]"),
        (lambda: curves(IMAGE, thresholds="otsu"), OptionError, "'otsu'"),
        (lambda: curves(IMAGE, ci=95), OptionError, "between 0 and 1"),
        (lambda: curves(IMAGE, seed=-1), OptionError, "negative"),
        (lambda: curves(IMAGE, connectivity=6), OptionError, "connectivity=6"),
        (lambda: curves(IMAGE.isel(y=0), "euler"), DimsError, "2 or 3 spatial dims"),
        (lambda: curves(IMAGE > 3), PixelError, "mask already"),
        (lambda: curves(xr.zeros_like(IMAGE)), PixelError, "one value"),
        (lambda: curves(IMAGE.rename(y="threshold"), dims=("x",)), DimsError, "'threshold'"),
        (lambda: curves(IMAGE.where(IMAGE != 6)), PixelError, "1 NaN .* at y=1, x=2"),
        (lambda: curves(IMAGE.where(IMAGE != 6).chunk(y=1)), PixelError, "1 NaN .* at y=1, x=2"),
        (lambda: curves(IMAGE.astype("i8") * 2**60), PixelError, "exact up to 2"),
    ],
)  # fmt: skip
def test_what_has_no_meaning_is_refused(call, kind, said):
    with pytest.raises(kind, match=f"(?s){said}"):
        call()


def test_a_threshold_may_be_one_number_or_an_array():
    for given_as in (5, [5], np.array([5.0]), xr.DataArray(5.0)):
        assert curves(IMAGE, "void_fraction", given_as).threshold.values.tolist() == [5.0]
