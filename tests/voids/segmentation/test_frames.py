"""Which dims are spatial, and whose threshold is whose."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
import xarray as xr
from skimage.filters import threshold_li, threshold_otsu, threshold_triangle

from nsi_notebook import sample
from nsi_notebook.errors import PixelError
from nsi_notebook.voids.segmentation import thresholds, void
from tests.voids.segmentation.images import METHODS, labelled

FRAMES = np.stack([sample(n).values[:128, :128] for n in ("brick", "grass", "gravel")])
SERIES = xr.DataArray(FRAMES, dims=("time", "y", "x"), coords={"time": [0.0, 0.5, 1.0]}, attrs={"units": "counts"})


@pytest.mark.parametrize(("method", "peer"), [("otsu", threshold_otsu), ("li", threshold_li), ("triangle", threshold_triangle)])
def test_each_frame_has_its_threshold_or_the_series_has_one(method, peer):
    mask = void(SERIES, method)
    theirs = [float(peer(frame)) for frame in FRAMES]
    assert mask.threshold.dims == ("time",)
    np.testing.assert_allclose(mask.threshold, theirs, rtol=1e-12)
    assert mask.threshold.attrs["units"] == "counts"
    assert "nsi_threshold" not in mask.attrs  # it would outlive the choice of a frame
    assert thresholds(mask) == mask.threshold.values.tolist()
    assert thresholds(mask.isel(time=1)) == [mask.threshold.values[1]]
    np.testing.assert_array_equal(mask, ~(np.reshape(theirs, (3, 1, 1)) < FRAMES))
    one = void(SERIES, method, over="series")
    assert "threshold" not in one.coords
    assert one.attrs["nsi_threshold"] == pytest.approx(float(peer(FRAMES)), rel=1e-12)
    assert (mask.attrs["nsi_over"], one.attrs["nsi_over"]) == ("frame", "series")
    np.testing.assert_array_equal(one, ~(one.attrs["nsi_threshold"] < FRAMES))


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32"])
@pytest.mark.parametrize("method", METHODS)
def test_a_frame_is_marked_as_if_it_were_alone(method, dtype):
    # the second frame has a range for which integers are not counted one by one
    values = FRAMES.astype(dtype)
    values[1] = values[1] * (1 if dtype == "uint8" else 1000)
    stack = xr.DataArray(values, dims=("time", "y", "x"))
    together = void(stack, method, phase="bright", **METHODS[method])
    for i in range(3):
        alone = void(stack.isel(time=i), method, phase="bright", **METHODS[method])
        np.testing.assert_array_equal(together.isel(time=i), alone)


@pytest.mark.parametrize("method", METHODS)
def test_dims_may_have_any_names_and_order(method):
    expected = void(SERIES, method, **METHODS[method])
    odd = SERIES.rename(time="t", y="row", x="col").transpose("row", "t", "col")
    found = void(odd, method, dims=("col", "row"), **METHODS[method])
    assert found.dims == ("row", "t", "col")
    np.testing.assert_array_equal(found.transpose("t", "row", "col"), expected)
    assert found.attrs == expected.attrs
    chunked = void(odd.chunk(row=50, t=2), method, dims=("col", "row"), **METHODS[method])
    xr.testing.assert_identical(chunked.compute(), found)


@pytest.mark.parametrize("method", METHODS)
def test_a_mask_has_the_coords_of_its_image_and_says_how_it_was_made(method):
    image = sample("cell").assign_attrs(camera="A")
    mask = void(image, method, **METHODS[method])
    assert mask.dtype == bool
    assert mask.name == "void"
    xr.testing.assert_equal(mask.x, image.x)
    assert mask.x.attrs == image.x.attrs
    assert mask.attrs.pop("nsi_version")
    said = {"units": "1", "long_name": "void", "nsi_phase": "dark", "nsi_method": "threshold" if method == 100 else method}
    said |= {f"nsi_{name}": value for name, value in METHODS[method].items()}
    if method in ("otsu", "multiotsu", "li", "triangle"):
        said["nsi_over"] = "frame"
    threshold = mask.attrs.pop("nsi_threshold", None)
    assert mask.attrs == said
    assert (threshold is None) == (method in ("sauvola", "hysteresis", "background"))


def test_a_coord_of_the_image_is_not_taken_for_its_threshold():
    image = SERIES.assign_coords(threshold=("time", [1.0, 2.0, 3.0]))
    assert thresholds(void(image, "sauvola", window=5)) == []
    assert thresholds(void(image, 100)) == [100]
    np.testing.assert_array_equal(void(image, "otsu").threshold, void(SERIES, "otsu").threshold)


def test_channels_that_are_no_colours_have_a_threshold_each():
    image = SERIES.rename(time="channel").assign_coords(channel=["DAPI", "FITC", "TRITC"])
    mask = void(image)
    assert mask.threshold.sel(channel="FITC") == threshold_otsu(FRAMES[1])


def test_two_batch_dims_give_a_table_of_thresholds():
    image = SERIES.expand_dims(channel=["a", "b"])
    mask = void(image)
    assert mask.threshold.dims == ("channel", "time")
    assert len(thresholds(mask)) == 6
    assert mask.dims == image.dims


def test_a_volume_has_one_threshold():
    volume = labelled(FRAMES)
    assert void(volume).attrs["nsi_threshold"] == threshold_otsu(FRAMES)
    assert void(volume, dims=("y", "x")).threshold.dims == ("z",)


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32"])
def test_a_constant_frame_is_named_and_the_series_still_has_a_threshold(dtype, chunked):
    values = FRAMES.astype(dtype)
    values[1] = 7
    image = xr.DataArray(da.from_array(values, chunks=(2, 64, 64)) if chunked else values, dims=("time", "y", "x"))
    with pytest.raises(PixelError, match="all pixels of the frame time=1 have the value 7") as error:
        void(image)
    assert "over='series'" in error.value.hint
    assert void(image, over="series").attrs["nsi_threshold"] > 7


def test_a_frame_that_is_not_finite_is_named():
    values = FRAMES.astype("float32")
    values[2, 5, 6:9] = [np.nan, np.inf, np.nan]
    with pytest.raises(PixelError, match="the frame time=2 has 2 NaN and 1 infinite pixels"):
        void(labelled(values).rename(z="time"))
