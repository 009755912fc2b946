"""What a data argument can name, and what is made of it."""

from __future__ import annotations

import h5netcdf
import imageio.v3
import numpy as np
import pytest
import skimage.data
import xarray as xr

from nsi_notebook import measure
from nsi_notebook.commands.data import find, is_data, load, mask_of, open_any
from nsi_notebook.errors import FileError, InputError, OptionError, PixelError, SpacingError, UnknownNameError
from nsi_notebook.voids.reading import formats

COINS = skimage.data.coins()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    imageio.v3.imwrite("coins.png", COINS)
    return tmp_path


def test_a_variable_comes_first_then_a_path_then_a_sample(folder):
    imageio.v3.imwrite("gravel", COINS, extension=".png")
    assert find("coins", {"coins": 3}) == 3
    assert find("./coins.png", {"coins": 3}) == "./coins.png"
    assert find("gravel") == "gravel"
    assert load("coins").attrs["source"].startswith("scikit-image")
    with pytest.raises(FileError, match="no known format"):  # the file called gravel, not the sample
        load("gravel")


@pytest.mark.parametrize(
    ("text", "scope", "kind", "word"),
    [
        (" ", None, FileError, "is empty"),
        ("coin", None, FileError, "did you mean 'coins'"),
        ("zzz", None, FileError, "list the samples"),
        ("zzz", {"mine": COINS, "_hidden": COINS, "n": 3}, FileError, "variables that hold data: mine"),
        ("minne", {"mine": COINS}, FileError, "did you mean 'mine'"),
        ("mine[0]", {"mine": COINS}, FileError, "give it a name first"),
        ("a" * 5000, None, InputError, "cannot be a path"),
    ],
)
def test_what_names_nothing_is_said(text, scope, kind, word):
    with pytest.raises(kind, match=word.replace("[", r"\[")):
        find(text, scope)


def test_arrays_get_the_usual_dims():
    assert load(np.zeros((3, 4, 5))).dims == ("z", "y", "x")
    xr.testing.assert_identical(load(xr.DataArray(COINS, dims=("a", "b"))), xr.DataArray(COINS, dims=("a", "b")))


@pytest.mark.parametrize(
    ("thing", "word"), [(xr.Dataset({"a": 1, "b": 2}), "a Dataset of a, b is no image"), (3, "an int is no image")]
)
def test_what_is_no_image_is_said(thing, word):
    with pytest.raises(PixelError, match=word):
        load(thing)


def test_a_spacing_is_set_on_whatever_the_image_is():
    for thing in ("coins.png", COINS, "coins"):
        image = load(thing, spacing=[0.5], unit="um")
        assert image.y.values[:3].tolist() == [0, 0.5, 1.0]
        assert image.x.attrs["units"] == "um"
        both = load(thing, spacing=[2, 0.5], unit="mm")
        assert (float(both.y[1]), float(both.x[1]), both.y.attrs["units"]) == (2.0, 0.5, "mm")
    told = load(image, unit="nm")
    assert told.x.attrs["units"] == "nm"
    np.testing.assert_allclose(told.x, 1000 * image.x)


@pytest.mark.parametrize(
    ("spacing", "unit", "word"),
    [
        ([1, 2, 3], None, "one for each dim"),
        ([0.0], None, "positive"),
        ([float("nan")], None, "positive"),
        ([0.65], None, "has no unit"),
        (None, "um", "without a spacing"),
    ],
)
def test_a_spacing_that_does_not_fit_is_said(spacing, unit, word):
    with pytest.raises(SpacingError, match=word):
        load(COINS, spacing=spacing, unit=unit)


def test_a_channel_is_chosen_or_averaged_without_alpha():
    rgba = np.zeros((8, 9, 4), np.uint8)
    rgba[..., 0], rgba[..., 3] = 30, 255
    image = xr.DataArray(rgba, dims=("y", "x", "channel"), coords={"channel": list("rgba")}, attrs={"units": "adu"})
    assert float(load(image, channel="mean").max()) == 10.0
    assert load(image, channel="mean").attrs["units"] == "adu"
    assert int(load(image, channel="r").max()) == 30
    xr.testing.assert_identical(load(image, channel="0"), load(image, channel="r"))
    numbered = image.assign_coords(channel=["3", "2", "1", "0"])
    assert int(load(numbered, channel="3").max()) == 30, "a name comes before a number"
    with pytest.raises(UnknownNameError, match="unknown channel '4'"):
        load(image, channel="4")
    with pytest.raises(UnknownNameError, match="unknown channel 'q'"):
        load(image, channel="q")
    with pytest.raises(OptionError, match="leave --channel out"):
        load(COINS, channel="r")


def test_a_mask_is_taken_as_it_is_and_an_image_needs_a_method():
    image = load(COINS)
    options = {"low": 50, "high": 100, "edge": "inner"}
    found, rest = mask_of(image <= 100, None, None, None, options=options)
    xr.testing.assert_identical(found, image <= 100)
    assert rest == options
    xr.testing.assert_equal(mask_of(image, 100, "bright", None)[0], image > 100)
    assert mask_of(image, "hysteresis", None, None, options=options)[1] == {"edge": "inner"}
    with pytest.raises(OptionError, match="method=100, but this is a mask already"):
        mask_of(image <= 100, 100, None, None)
    with pytest.raises(PixelError, match="an image of uint8, not a mask"):
        mask_of(image, None, None, None)


def test_stored_results_are_opened_as_results_and_images_as_images(folder):
    results = measure(load(COINS) <= 100, "chords")
    results.to_netcdf("out.nc")
    results.to_zarr("out.zarr", zarr_format=2)
    load(COINS).to_netcdf("image.nc")
    for name in ("out.nc", "out.zarr"):
        np.testing.assert_array_equal(open_any(name).mean_chord, results.mean_chord)
    np.testing.assert_array_equal(open_any("image.nc").values, COINS)
    assert open_any(results) is results
    assert not isinstance(open_any(xr.Dataset({"a": load(COINS)}), "a"), xr.Dataset)
    (folder / "bad.nc").write_bytes(b"not netCDF")
    with pytest.raises(FileError, match=r"bad\.nc"):
        open_any("bad.nc")


def test_a_file_is_looked_at_before_it_is_read(folder):
    with h5netcdf.File("huge.nc", "w") as file:  # 320 GB that were never written
        file.dimensions = {"z": 10_000, "y": 2000, "x": 2000}
        file.create_variable("picture", ("z", "y", "x"), "f8", chunks=(1, 500, 500))
    image = open_any("huge.nc")
    assert image.sizes == {"z": 10_000, "y": 2000, "x": 2000}
    assert image.chunks is not None


def test_whatever_the_readers_know_by_its_name_is_a_path():
    for suffix in (s for kind in formats() for s in kind.suffixes):
        assert find(f"nothing{suffix}") == f"nothing{suffix}"


def test_a_class_without_a_module_is_no_data():
    odd = type("Odd", (), {})
    odd.__module__ = None
    assert not is_data(odd())
    assert find("coins", {"odd": odd()}) == "coins"
