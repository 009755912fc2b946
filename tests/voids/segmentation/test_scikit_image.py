"""On real images our thresholds and masks are those of scikit-image; its Dask arrays are computed, ours are not."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import filters

from nsi_notebook import sample
from nsi_notebook.voids.segmentation import void
from tests.voids.segmentation.images import GREY, labelled

PEERS = {"otsu": filters.threshold_otsu, "li": filters.threshold_li, "triangle": filters.threshold_triangle}


def as_uint16(image):
    """Twelve bits and more: the picture, and a ramp below its last bit."""
    return image.astype("uint16") * 16 + np.arange(image.size, dtype="uint16").reshape(image.shape) % 16


@pytest.mark.parametrize("convert", [np.asarray, as_uint16, lambda i: i.astype("int16") - 100], ids=["uint8", "uint16", "int16"])
@pytest.mark.parametrize("method", PEERS)
@pytest.mark.parametrize("name", GREY)
def test_masks_of_integers_are_the_same(name, method, convert):
    image = convert(sample(name).values)
    above = image > PEERS[method](image)
    np.testing.assert_array_equal(void(labelled(image), method, phase="bright"), above)
    np.testing.assert_array_equal(void(labelled(image), method, phase="dark"), ~above)


@pytest.mark.parametrize("classes", [2, 3, 4])
@pytest.mark.parametrize("name", GREY)
def test_multiotsu_masks_of_integers_are_the_same(name, classes):
    image = sample(name).values
    theirs = filters.threshold_multiotsu(image, classes=classes)
    np.testing.assert_array_equal(void(labelled(image), "multiotsu", classes=classes), ~(image > theirs[0]))
    bright = void(labelled(image), "multiotsu", phase="bright", classes=classes)
    np.testing.assert_array_equal(bright, image > theirs[-1])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("method", ["otsu", "triangle", "multiotsu"])
@pytest.mark.parametrize("name", GREY)
def test_masks_of_floats_differ_by_pixels_at_the_threshold_only(name, method, dtype):
    image = (sample(name).values / 255).astype(dtype)
    theirs = np.ravel({**PEERS, "multiotsu": filters.threshold_multiotsu}[method](image))[0]
    mask = void(labelled(image), method)
    # theirs are in the dtype of the image; ours in float64
    bound = 1e-6 * np.ptp(image)
    assert abs(mask.attrs["nsi_threshold"] - theirs) <= bound
    differ = mask.values != ~(image > theirs)
    assert (abs(image[differ] - theirs) <= bound).all()


@pytest.mark.parametrize("name", GREY)
def test_li_of_floats_is_their_fixed_point_to_a_few_of_65536_bins(name):
    image = (sample(name).values / 255).astype("float32")
    # their default tolerance, half the smallest difference between two values, would stop them before
    theirs = filters.threshold_li(image.astype(float), tolerance=1e-9)
    mask = void(labelled(image), "li")
    assert abs(mask.attrs["nsi_threshold"] - theirs) <= 2**-14 * np.ptp(image)


def test_nbins_is_theirs():
    image = (sample("gravel").values / 255).astype(float)
    for nbins in (2, 16, 1000):
        for method in ("otsu", "triangle"):
            ours = void(labelled(image), method, nbins=nbins).attrs["nsi_threshold"]
            assert ours == pytest.approx(PEERS[method](image, nbins=nbins), abs=1e-12)
