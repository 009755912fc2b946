"""`map`, and `components` with an image: they give what the functions give, from files."""

from __future__ import annotations

import imageio.v3
import numpy as np
import pandas as pd
import pytest
import scipy.ndimage
import skimage.data
import tifffile
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook.commands import parse, run
from nsi_notebook.errors import NsiError, PixelError, SpacingError, UnknownNameError

COINS = skimage.data.coins()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    imageio.v3.imwrite("coins.png", COINS)
    imageio.v3.imwrite("colour.png", np.stack([COINS, 255 - COINS, COINS // 2], -1))
    np.save("mask.npy", COINS > 100)


def call(line):
    return run(parse(line.split()))


def test_the_distances_are_those_of_scipy_and_go_to_a_file_with_their_spacing():
    how = "--method 100 --phase bright --spacing 0.5 --unit um"
    found = call(f"map distance coins.png {how} -o map.nc")
    expected = scipy.ndimage.distance_transform_edt(COINS > 100, sampling=0.5)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert found.attrs["units"] == "um"
    with xr.open_dataarray("map.nc") as kept:
        xr.testing.assert_identical(kept.load(), found)
    call(f"map distance coins.png {how} -o map.tif")
    np.testing.assert_array_equal(tifffile.imread("map.tif"), found)
    assert nsi.open("map.tif").x.attrs == {"units": "um", "long_name": "x", "spacing": 0.5}


def test_the_thickness_of_a_mask():
    found = call("map thickness mask.npy")
    xr.testing.assert_equal(found, nsi.thickness_map(nsi.open("mask.npy")))
    assert found.dtype == float


def test_a_volume_with_options_of_the_method():
    volume = np.random.default_rng(0).integers(0, 255, (6, 20, 20)).astype(np.uint8)
    np.save("volume.npy", volume)
    found = call("map distance volume.npy --dims y x --method sauvola --set window=5")
    for frame, one in zip(found, volume, strict=True):
        void = nsi.void(xr.DataArray(one, dims=("y", "x")), "sauvola", window=5)
        np.testing.assert_allclose(frame, scipy.ndimage.distance_transform_edt(void), rtol=1e-12)


@pytest.mark.parametrize(
    ("line", "kind", "said"),
    [
        ("map distanse mask.npy", UnknownNameError, "did you mean 'distance'"),
        ("map distance coins.png", PixelError, "not a mask of its empty part"),
        ("map distance mask.npy --set edge=inner", UnknownNameError, "unknown option of map 'edge'"),
        ("map distance mask.npy --spacing 2", SpacingError, "has no unit"),
        ("map distance mask.npy -o map.png", UnknownNameError, "unknown output format '.png'"),
        ("components mask.npy --image nowhere.png", NsiError, "nowhere.png"),
        ("components mask.npy --image colour.png", PixelError, "in colour"),
        ("components mask.npy --image coins.png --channel r", NsiError, "no channel 'r' to choose"),
    ],
)
def test_what_cannot_be_done_is_said(line, kind, said):
    with pytest.raises(kind, match=said):
        call(line)


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("components mask.npy --image coins.png", COINS),
        ("components coins.png --method 100 --phase bright --image coins.png", COINS),
        ("components mask.npy --image colour.png --channel g", 255 - COINS),
        ("components mask.npy --image colour.png --channel 2", COINS // 2),
    ],
)
def test_intensities_are_of_the_image_under_each_component(line, values):
    found = call(f"{line} --spacing 0.5 --unit um -o rows.csv")
    labels, count = scipy.ndimage.label(COINS > 100)
    means = scipy.ndimage.mean(values, labels, np.arange(1, count + 1))
    np.testing.assert_allclose(np.sort(found["intensity_mean"]), np.sort(means))
    kept = pd.read_csv("rows.csv")
    np.testing.assert_allclose(kept["intensity_mean"], found["intensity_mean"])
    assert "size (um^2)" in kept
    assert "intensity_mean" not in call(line.split(" --image")[0])


def test_a_colour_image_gives_the_mask_and_the_intensities():
    found = call("components colour.png --method 100 --phase bright --image colour.png --channel r")
    assert found["pixels"].sum() == (COINS > 100).sum()
    assert found["intensity_min"].min() == 101
