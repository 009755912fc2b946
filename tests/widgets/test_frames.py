from __future__ import annotations

import dask.array
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage import data

from nsi_notebook.errors import DimsError, PixelError
from nsi_notebook.widgets.frames import SIDE, Frames, step

PIXELS = st.sampled_from([np.uint8, np.uint16, np.int16, np.int32, np.float32, np.float64])


@settings(max_examples=60)
@given(st.data(), PIXELS)
def test_levels_say_which_pixels_are_at_or_below_a_threshold(draw, dtype):
    elements = {"min_value": -1000, "max_value": 1000} if np.dtype(dtype).kind in "if" else {}
    values = draw.draw(hnp.arrays(dtype, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=elements or None))
    if values.min() == values.max():
        return
    frames = Frames.of(values)
    histogram = frames.histogram()
    lo, hi = histogram.lo, histogram.hi
    assert sum(histogram.counts) == values.size
    assert histogram.span[0] <= lo < hi <= histogram.span[1]
    assert (lo, hi) == (values.min(), values.max())
    bits, zero, scale = frames.coding(lo, hi)
    levels = np.frombuffer(frames.levels(frames.at({}), lo, hi), "u1" if bits == 8 else "<u2").reshape(values.shape)
    decoded = zero + levels * scale
    off = np.abs(decoded - values.astype(float)).max()
    if np.dtype(dtype).kind in "iu" and hi - lo <= 65535:
        assert off == 0
    else:
        assert off <= scale * (1 + 1e-6)


def test_the_histogram_of_a_small_integer_range_has_one_bin_a_value():
    image = data.coins()
    histogram = Frames.of(image).histogram()
    assert histogram.counts == np.bincount(image.ravel())[image.min() :].tolist()
    assert histogram.span == (image.min() - 0.5, image.max() + 0.5)
    black, white = histogram.window
    assert np.mean(image < black) <= 0.005
    assert np.mean(image > white) <= 0.005


def test_bins_of_a_large_integer_range_hold_the_same_number_of_values():
    histogram = Frames.of(np.arange(10_000).reshape(100, 100)).histogram()
    assert set(histogram.counts[:-1]) == {40}
    assert sum(histogram.counts) == 10_000


def test_dask_gives_the_histogram_of_numpy_for_all_frames():
    values = np.random.default_rng(0).normal(size=(3, 2, 20, 30))
    dims = ("time", "z", "y", "x")
    lazy = xr.DataArray(dask.array.from_array(values, chunks=(1, 2, 7, 11)), dims=dims)
    frames = Frames.of(lazy)
    assert frames.dims == ("time", "z")
    assert frames.histogram() == Frames.of(xr.DataArray(values, dims=dims)).histogram()
    np.testing.assert_array_equal(frames.at({"time": 2, "z": 1}), values[2, 1])


def test_a_frame_is_turned_so_that_its_spatial_dims_come_in_the_order_of_the_image():
    image = xr.DataArray(np.arange(24.0).reshape(2, 3, 4), dims=("y", "time", "x"))
    assert Frames.of(image).at({"time": 1}).dims == ("y", "x")


def test_a_large_image_is_thinned_by_picking_pixels():
    image = np.zeros((3000, 10), np.uint8)
    image[::3] = 200
    frames = Frames.of(image)
    picked = np.frombuffer(frames.levels(frames.at({}), 0, 200), np.uint8)
    assert frames.stride == 3
    assert picked.size == 1000 * 4
    assert 3000 / frames.stride <= SIDE
    assert set(picked.tolist()) == {200}


def test_labels_of_frames():
    image = xr.DataArray(
        np.zeros((2, 2, 2, 3, 3)),
        dims=("time", "z", "channel", "y", "x"),
        coords={"z": ("z", [0.0, 0.5], {"units": "um"}), "channel": ["DAPI", "GFP"]},
    )
    frames = Frames.of(image)
    assert frames.labels("time") == ["1 of 2", "2 of 2"]
    assert frames.labels("z") == ["0 um", "0.5 um"]
    assert frames.labels("channel") == ["DAPI", "GFP"]


def test_labels_of_times():
    def labels(times):
        return Frames.of(xr.DataArray(np.zeros((2, 3, 3)), dims=("time", "y", "x"), coords={"time": times})).labels("time")

    assert labels(np.array([0, 1500], "timedelta64[ms]")) == ["0 s", "1.5 s"]
    assert labels(np.array([np.timedelta64(90, "s"), np.timedelta64("NaT")])) == ["90 s", "nan s"]
    assert labels(np.array(["2020-01-01T10:00", "2020-01-02"], "datetime64[ns]")) == [
        "2020-01-01T10:00:00",
        "2020-01-02T00:00:00",
    ]


@pytest.mark.parametrize(
    ("image", "error", "words"),
    [
        (data.astronaut(), PixelError, "3 colour channels"),
        (xr.DataArray(np.zeros((5, 5, 3), np.uint8), dims=("y", "x", "channel")), PixelError, r"image.mean\(\"channel\"\)"),
        (xr.DataArray(np.zeros((5, 5, 3)), dims=("y", "x", "channel"), coords={"channel": list("rgb")}), PixelError, "colour"),
        (np.zeros((4, 4), bool), PixelError, "mask already"),
        (np.zeros((4, 4), complex), PixelError, "complex128"),
        (np.array([["a", "b"]]), PixelError, "dtype"),
        (np.zeros((0, 4)), PixelError, "no pixels"),
        (np.zeros(7), DimsError, "1 dims"),
        (np.zeros((2, 2, 2, 2)), DimsError, "4 dims"),
        (xr.DataArray(np.zeros((4, 4)), dims=("row", "col")), DimsError, "rename"),
    ],
)
def test_what_cannot_be_shown_says_why(image, error, words):
    with pytest.raises(error, match=words):
        Frames.of(image)


def test_constant_and_unfinished_pixels_are_refused():
    with pytest.raises(PixelError, match="value 7"):
        Frames.of(np.full((4, 4), 7)).histogram()
    with pytest.raises(PixelError, match="2 pixels are NaN"):
        Frames.of(np.array([[1.0, np.nan], [np.inf, 0.0]])).histogram()


@given(st.floats(1e-12, 1e12), st.floats(-1e6, 1e6))
def test_the_slider_has_some_hundreds_to_some_thousands_of_steps(span, lo):
    increment, digits = step(0.0, span, integer=False)
    assert 300 <= span / increment <= 3200
    assert round(increment, digits) == pytest.approx(increment)
    assert step(0, max(1, int(span)), integer=True) == (1, 0), "the keyboard reaches every threshold of integers"
