"""Bad input to `void` gets one line that says what was there, and one that says what to try."""

from __future__ import annotations

import re

import dask.array as da
import numpy as np
import pytest
import xarray as xr

from nsi_notebook import Stream
from nsi_notebook.errors import DimsError, NsiError, NsiWarning, OptionError, PixelError, SpacingError, UnknownNameError
from nsi_notebook.voids.segmentation import void
from tests.voids.segmentation.images import METHODS, labelled

IMAGE = labelled(np.arange(400, dtype="uint8").reshape(20, 20))
UNKNOWN = labelled(da.from_array(IMAGE.values, chunks=5)[da.arange(20) > 3])
VOLUME = labelled(np.arange(500, dtype="uint16").reshape(5, 10, 10))
COLOUR = xr.DataArray(np.zeros((6, 7, 3), "uint8"), dims=("y", "x", "channel"))


@pytest.mark.parametrize(
    ("call", "kind", "words", "hint"),
    [
        (lambda: void(IMAGE.values), PixelError, "a ndarray is not a DataArray", "wrap it"),
        (lambda: void(IMAGE > 3), PixelError, "it is a mask already", "phase=.bright"),
        (lambda: void(IMAGE.astype(complex)), PixelError, "dtype complex128 have no order", r"abs\(image\)"),
        (lambda: void(IMAGE.astype(str)), PixelError, "dtype <U.* have no order", r"astype\(float\)"),
        (lambda: void(IMAGE.astype("M8[s]")), PixelError, r"dtype datetime64\[s\] have no order", "image"),
        (lambda: void(IMAGE[:0]), PixelError, "no pixels: {'y': 0, 'x': 20}", "selection"),
        (lambda: void(UNKNOWN), DimsError, "the image has chunks of unknown size along y", r"image.data.compute_chunk_sizes\(\)"),
        (lambda: void(COLOUR), PixelError, r"in colour \(3 channels\)", r"isel\(channel=0\)"),
        (lambda: void(COLOUR.isel(channel=[0, 1, 2, 0])), PixelError, r"in colour \(4 channels\)", r"mean\('channel'\)"),
        (lambda: void(COLOUR.assign_coords(channel=[*"rgb"])), PixelError, r"in colour \(3 channels\)", "mean"),
        (lambda: void(xr.DataArray(IMAGE.values)), DimsError, "none is called z, y or x", "dims="),
        (lambda: void(IMAGE, dims=("y", "z")), DimsError, r"the image has \('y', 'x'\)", "once"),
        (lambda: void(IMAGE.assign_coords(x=np.arange(20.0) ** 2)), SpacingError, "'x' is not uniform", "uniform grid"),
        (lambda: void(IMAGE, "otzu"), UnknownNameError, "unknown method 'otzu'; there are: background,", "'otsu'"),
        (lambda: void(IMAGE, phase="drak"), UnknownNameError, "unknown phase 'drak'; there are: bright, dark", "'dark'"),
        (lambda: void(IMAGE, over="all"), UnknownNameError, "unknown over 'all'; there are: frame, series", None),
        (lambda: void(IMAGE, None), OptionError, "threshold=None is not a finite number", "digits"),
        (lambda: void(IMAGE, True), OptionError, "threshold=True is not a finite number", "digits"),
        (lambda: void(IMAGE, float("nan")), OptionError, "threshold=nan is not a finite number", "digits"),
        (lambda: void(IMAGE, 3, nbins=4), OptionError, "unknown option 'nbins'; there is none", None),
        (lambda: void(IMAGE, "otsu", classes=3), OptionError, "otsu: unknown option 'classes'; there are: nbins", None),
        (lambda: void(IMAGE, "otsu", nbin=3), OptionError, "otsu: unknown option 'nbin'", "'nbins'"),
        (lambda: void(IMAGE, "otsu", nbins=1), OptionError, "nbins=1 is not between 2 and 65536", "nbins=256"),
        (lambda: void(IMAGE, "li", nbins=2**17), OptionError, "nbins=131072 is not between 2 and 65536", "nbins=256"),
        (lambda: void(IMAGE, "otsu", nbins=2.5), OptionError, "nbins=2.5 is not a whole number", "digits"),
        (lambda: void(IMAGE, "multiotsu", classes=1), OptionError, "classes=1: a threshold needs two", "classes=3"),
        (lambda: void(IMAGE, "multiotsu", classes="3"), OptionError, "classes='3' is not a whole number", "digits"),
        (lambda: void(IMAGE // 100, "multiotsu", classes=4), PixelError, "3 different values cannot make 4", "fewer"),
        (lambda: void(IMAGE / 100.0, "multiotsu", classes=4, nbins=3), PixelError, "3 bins with pixels .* 4", "more nbins"),
        (lambda: void(IMAGE, "sauvola", windw=5), OptionError, "sauvola: unknown option 'windw'", "'window'"),
        (lambda: void(IMAGE, "sauvola", window=4), OptionError, "window=4 is not an odd number", "window=25"),
        (lambda: void(IMAGE, "sauvola", window=None), OptionError, "window=None is not a whole number", "digits"),
        (lambda: void(IMAGE, "sauvola", k=np.inf), OptionError, "k=inf is not a finite number", "digits"),
        (lambda: void(IMAGE, "sauvola", r=0), OptionError, "r=0 is not positive", "deviation"),
        (lambda: void(IMAGE, "hysteresis"), OptionError, "hysteresis needs low and high", "low=100"),
        (lambda: void(IMAGE, "hysteresis", low=3), OptionError, "hysteresis needs high", "high=100"),
        (lambda: void(IMAGE, "hysteresis", low=3, high=1.5), OptionError, "low=3 is above high=1.5", "swap"),
        (lambda: void(IMAGE, "hysteresis", low=3, high=np.nan), OptionError, "high=nan is not a finite", "digits"),
        (lambda: void(IMAGE, "background", mesh=4), OptionError, "mesh=4, clip=3: .* 8 pixels a side", "mesh=64"),
        (lambda: void(IMAGE, "background", clip=0), OptionError, "clip=0: .* clip is positive", "clip=3"),
        (lambda: void(VOLUME, "background"), OptionError, "2 spatial dims, not 3", r"dims=\('y', 'x'\)"),
    ],
    ids=lambda value: "" if callable(value) else None,
)
@pytest.mark.parametrize("chunked", [False, True])
def test_bad_input_gets_one_clear_line_before_anything_is_computed(call, kind, words, hint, chunked, monkeypatch):
    if chunked:
        for name in ("IMAGE", "VOLUME", "COLOUR"):
            monkeypatch.setitem(globals(), name, globals()[name].chunk())
    with pytest.raises(kind, match=words) as error:
        call()
    assert isinstance(error.value, NsiError)
    assert "\n" not in error.value.message
    assert (error.value.hint is None) == (hint is None)
    assert re.search(hint or "", error.value.hint or "")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_pixels_that_are_not_finite_are_counted_and_refused(method, bad, dtype):
    image = IMAGE.astype(dtype)
    image[3, 4:6] = bad
    nans = 2 if np.isnan(bad) else 0
    with pytest.raises(PixelError, match=f"the image has {nans} NaN and {2 - nans} infinite pixels") as error:
        void(image, method, **METHODS[method])
    assert "image.fillna(value)" in error.value.hint


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int64", "float32"])
@pytest.mark.parametrize("method", ["otsu", "multiotsu", "li", "triangle"])
def test_a_constant_image_has_no_threshold(method, dtype):
    for image in (labelled(np.full((5, 6), 3, dtype)), labelled(np.full((1,), 3, dtype))):
        with pytest.raises(PixelError, match="all pixels of the image have the value 3, so there is no threshold"):
            void(image, method)
        assert void(image, 3).all()
        assert not void(image, 3, phase="bright").any()


def test_one_channel_or_their_mean_can_be_segmented_as_the_error_says():
    colour = COLOUR.copy(data=np.random.default_rng(0).integers(0, 9, COLOUR.shape).astype("uint8"))
    for image in (colour.mean("channel"), colour.isel(channel=0), colour.assign_coords(channel=[*"rgb"]).sel(channel="g")):
        assert void(image).dims == ("y", "x")


@pytest.mark.parametrize(("threshold", "phase", "share"), [(300, "dark", 1), (-1, "dark", 0), (300, "bright", 0)])
def test_a_threshold_outside_the_values_is_in_doubt(threshold, phase, share):
    image = xr.DataArray(np.arange(100, 200, dtype=np.uint8).reshape(10, 10), dims=("y", "x"))
    with pytest.warns(NsiWarning, match=f"the threshold {threshold} is outside the values of the image, 100 to 199"):
        assert void(image, threshold, phase=phase).mean() == share
    assert void(image.chunk(5), threshold, phase=phase).mean() == share
    assert void(image, 199).all()
    stream = Stream("void_fraction", method=threshold, phase=phase)
    with pytest.warns(NsiWarning, match="outside the values"):
        stream.update(image)
    assert stream.update(image).void_fraction.item() == share
