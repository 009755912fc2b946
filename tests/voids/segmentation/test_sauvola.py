"""Sauvola's threshold is scikit-image's; only the default of r differs, and for floats alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from skimage.filters import threshold_sauvola

from nsi_notebook import sample
from nsi_notebook.voids.segmentation import void
from tests.voids.segmentation.images import FLOATS, RUN, grey, labelled


@pytest.mark.parametrize("dtype", ["uint8", "uint16", ">i2", "int32"])
@pytest.mark.parametrize("options", [{}, {"window": 25, "k": 0.5}, {"window": 3, "k": 0, "r": 40}], ids=str)
def test_masks_of_integers_are_those_of_scikit_image(options, dtype):
    image = sample("page").values.astype(dtype)
    named = {"window_size" if name == "window" else name: value for name, value in options.items()}
    above = image > threshold_sauvola(image, **named)
    np.testing.assert_array_equal(void(labelled(image), "sauvola", **options), ~above)
    np.testing.assert_array_equal(void(labelled(image), "sauvola", phase="bright", **options), above)


@RUN
@given(image=grey(FLOATS), window=st.sampled_from([3, 5, 7]), k=st.floats(0.1, 0.5))
def test_r_of_floats_is_half_the_range_of_the_frame(image, window, k):
    r = np.ptp(image.astype(float)) / 2
    expected = image > threshold_sauvola(image, window, k, r)
    for same in ({}, {"r": None}, {"r": r}):
        mask = void(labelled(image), "sauvola", phase="bright", window=window, k=k, **same)
        np.testing.assert_array_equal(mask, expected)


def test_the_threshold_is_that_of_the_formula():
    image = sample("page").values.astype(float)
    window, k, r = 15, 0.2, 128
    mean = ndimage.uniform_filter(image, window, mode="mirror")
    deviation = np.sqrt(np.clip(ndimage.uniform_filter(image**2, window, mode="mirror") - mean**2, 0, None))
    level = mean * (1 + k * (deviation / r - 1))
    clear = abs(image - level) > 1e-6
    mask = void(labelled(image), "sauvola", window=window, k=k, r=r).values
    np.testing.assert_array_equal(mask[clear], (image <= level)[clear])


def test_each_frame_of_floats_has_its_own_range():
    frame = sample("page").values / 255
    stack = labelled(np.stack([frame, frame * 100])).rename(z="time")
    mask = void(stack, "sauvola")
    np.testing.assert_array_equal(mask[0], mask[1])


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_a_blank_page_has_no_dark_pixel(dtype):
    blank = labelled(np.full((20, 20), 7, dtype))
    assert not void(blank, "sauvola").any()
