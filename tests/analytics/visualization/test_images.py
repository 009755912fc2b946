"""Images and masks: what is drawn is what was given, at the place that the coords say."""

from __future__ import annotations

import base64
import io

import imageio.v3 as iio
import numpy as np
import pytest
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook import plot
from nsi_notebook.errors import DimsError, OptionError

TINT = (0, 158, 201)


def um(n, step=0.5, start=0.0):
    return start + np.arange(n) * step, {"units": "um"}


def drawn(figure):
    """Pixels of the image in a figure."""
    source = figure.layout.images[0].source
    return iio.imread(io.BytesIO(base64.b64decode(source.partition(",")[2])))


@pytest.fixture
def mask():
    values = np.random.default_rng(0).random((32, 48)) < 0.3
    return xr.DataArray(values, dims=("y", "x"), coords={"y": ("y", *um(32)), "x": ("x", *um(48, 0.25, 10.0))})


def test_a_mask_is_drawn_pixel_by_pixel(mask):
    pixels = drawn(plot(mask))
    times = pixels.shape[0] // 32
    assert pixels.shape == (32 * times, 48 * times, 3)
    for shift in (0, times - 1):
        np.testing.assert_array_equal((pixels[shift::times, shift::times] == TINT).all(axis=-1), mask.values)


def test_the_image_lies_where_the_coords_say_edges_included(mask):
    figure = plot(mask)
    image = figure.layout.images[0]
    assert (image.x, image.y, image.sizex, image.sizey) == (10 - 0.125, -0.25, 48 * 0.25, 32 * 0.5)
    assert figure.layout.xaxis.title.text == "x (µm)"
    assert list(figure.layout.xaxis.range) == [9.875, 21.875]
    assert list(figure.layout.yaxis.range) == [15.75, -0.25]
    assert figure.layout.yaxis.scaleanchor == "x"
    assert f"void fraction {float(mask.mean()):.3f}" in figure.layout.title.text


def test_the_void_is_tinted_over_its_image():
    grey = np.full((40, 40), 100, np.uint8)
    grey[:20] = 200
    image = xr.DataArray(grey, dims=("y", "x"))
    void = image <= 150
    pixels = drawn(plot(void, image=image)).astype(int)
    top, bottom = pixels[: len(pixels) // 2], pixels[len(pixels) // 2 :]
    assert (np.ptp(top, axis=-1) == 0).all()  # solid stays grey
    assert (bottom[..., 2] > bottom[..., 0] + 50).all()  # void is blue


def test_a_large_image_is_averaged_so_that_the_figure_stays_small():
    image = xr.DataArray(np.random.default_rng(1).random((2000, 1500)), dims=("y", "x"))
    figure = plot(image)
    assert max(drawn(figure).shape[:2]) <= 640
    assert len(figure.to_json()) < 600_000


@pytest.mark.parametrize("shape", [(1, 2000), (7, 2000), (641, 3), (1300, 1277)])
def test_thin_and_odd_images_are_drawn_whole(shape):
    values = np.zeros(shape, bool)
    values[-1] = True  # the last row counts as much as any other
    pixels = drawn(plot(xr.DataArray(values, dims=("y", "x"))))
    assert max(pixels.shape[:2]) <= 640
    share = (255 - pixels[..., 0].astype(float)).mean() / 255
    assert share == pytest.approx(values.mean(), abs=0.01)
    assert (pixels[-1, :, 0] < 255).all()


def test_dims_of_other_names_are_said():
    mask = xr.DataArray(np.eye(8, dtype=bool), dims=("row", "col"))
    assert plot(mask, dims=("row", "col")).layout.xaxis.title.text == "col (pixel)"
    with pytest.raises(DimsError, match="none is called z, y or x"):
        plot(mask)


def test_colour_is_kept_and_one_hot_pixel_does_not_blacken_the_rest():
    colours = np.zeros((30, 30, 3), np.uint8)
    colours[..., 0] = 200
    assert drawn(plot(xr.DataArray(colours, dims=("y", "x", "channel"))))[5, 5].tolist() == [255, 0, 0]
    hot = np.tile(np.linspace(0, 1, 60), (60, 1))
    hot[0, 0] = 1e9
    assert np.median(drawn(plot(xr.DataArray(hot, dims=("y", "x"))))) == pytest.approx(127, abs=12)


def test_nan_is_drawn_dark_and_does_not_stop_the_picture():
    values = np.tile(np.linspace(1, 2, 50), (50, 1))
    values[:10] = np.nan
    pixels = drawn(plot(xr.DataArray(values, dims=("y", "x"))))
    assert pixels[: len(pixels) // 6].max() < 30
    assert pixels[len(pixels) // 2 :].max() > 200


def test_the_middle_slice_and_the_first_frame_are_drawn_unless_said():
    stack = np.zeros((4, 5, 8, 8), bool)
    stack[0, 2] = True
    stack[3, 4, 0] = True
    mask = xr.DataArray(stack, dims=("time", "z", "y", "x"))
    assert (drawn(plot(mask)) == TINT).all()
    other = drawn(plot(mask, time=3, z=-1))
    assert (other[0] == TINT).all()
    assert (other[-1] == 255).all()


def test_the_title_says_method_threshold_and_what_was_given():
    image = xr.DataArray(np.arange(64.0).reshape(8, 8), dims=("y", "x"), name="ramp")
    assert plot(image).layout.title.text == "ramp"
    assert "threshold, not above 20" in plot(image.nsi.void(20)).layout.title.text
    assert "threshold, above 20" in plot(image.nsi.void(20, phase="bright")).layout.title.text
    series = xr.concat([image, image * 3], "time").nsi.void("otsu")
    for i in range(2):
        assert f"Otsu, not above {float(series.threshold[i]):.4g};" in plot(series, time=i).layout.title.text
        assert f"Otsu, not above {float(series.threshold[i]):.4g};" in plot(series.isel(time=i)).layout.title.text
    assert plot(image, title="mine").layout.title.text == "mine"


@pytest.mark.parametrize("name", ["distance_map", "thickness_map"])
def test_a_map_has_a_bar_that_says_its_colours_and_its_unit(mask, name):
    figure = plot(getattr(nsi, name)(mask))
    bar = figure.data[0].marker
    assert "(µm)" in bar.colorbar.title.text
    assert (bar.cmin, bar.cmax) == (0, float(getattr(nsi, name)(mask).max()))
    pixels = drawn(figure)
    times = pixels.shape[0] // 32
    np.testing.assert_array_equal((np.ptp(pixels[::times, ::times], axis=-1) == 0), ~mask.values)  # solid is grey


def test_a_picture_is_no_higher_than_the_image_needs():
    flat = plot(xr.DataArray(np.eye(20, 200, dtype=bool), dims=("y", "x")))
    assert flat.layout.height < 200
    assert plot(xr.DataArray(np.eye(200, 20, dtype=bool), dims=("y", "x"))).layout.height == 600


@pytest.mark.parametrize(
    ("call", "kind", "word"),
    [
        (lambda m: plot(m, "euler"), OptionError, "has no measure to choose"),
        (lambda m: plot(m, z=3), OptionError, "no dim 'z'"),
        (lambda m: plot(m.expand_dims("time"), time=4), OptionError, "choose from 0 to 0"),
        (lambda m: plot(m.isel(x=0, drop=True)), DimsError, "needs two spatial dims"),
        (lambda m: plot(m, image=m.isel(x=slice(5)).astype(float)), DimsError, "'x': 5"),
        (lambda m: plot(m.values), OptionError, "a ndarray cannot be drawn"),
    ],
)
def test_what_cannot_be_drawn_is_said(mask, call, kind, word):
    with pytest.raises(kind, match=word):
        call(mask)
