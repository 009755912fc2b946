"""Hysteresis: both phases, in any dtype."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from skimage.filters import apply_hysteresis_threshold
from skimage.morphology import reconstruction

from nsi_notebook import sample
from nsi_notebook.voids.segmentation import void
from tests.voids.segmentation.images import FLOATS, INTEGERS, RUN, grey, labelled


@pytest.mark.parametrize(("low", "high"), [(60, 120), (99.5, 100.5), (0, 255)])
def test_the_bright_phase_is_that_of_scikit_image(low, high):
    image = sample("coins").values
    mask = void(labelled(image), "hysteresis", phase="bright", low=low, high=high)
    np.testing.assert_array_equal(mask, apply_hysteresis_threshold(image, low, high))


@RUN
@given(image=grey((*INTEGERS, *FLOATS)), phase=st.sampled_from(["dark", "bright"]), data=st.data())
def test_it_is_what_grows_from_what_is_beyond_both_thresholds(image, phase, data):
    low, high = sorted(data.draw(st.tuples(*[st.sampled_from(image.ravel().tolist())] * 2)))
    if phase == "bright":
        seeds, room = image > high, image > low
    else:
        seeds, room = image <= low, image <= high
    faces = ndimage.generate_binary_structure(image.ndim, 1)
    grown = reconstruction(seeds.astype("uint8"), room.astype("uint8"), footprint=faces).astype(bool)
    mask = void(labelled(image), "hysteresis", phase=phase, low=low, high=high)
    np.testing.assert_array_equal(mask, grown)


@RUN
@given(image=grey((*INTEGERS, *FLOATS)), phase=st.sampled_from(["dark", "bright"]), data=st.data())
def test_two_equal_thresholds_are_one(image, phase, data):
    value = data.draw(st.sampled_from(image.ravel().tolist()))
    mask = void(labelled(image), "hysteresis", phase=phase, low=value, high=value)
    np.testing.assert_array_equal(mask, void(labelled(image), value, phase=phase))


@pytest.mark.parametrize("dtype", ["float16", "float32", "uint8", "int64"])
@pytest.mark.parametrize("value", [0.1, 0.3, np.float64(0.1), -0.5, 300, 2**60 + 1])
@pytest.mark.parametrize("phase", ["dark", "bright"])
def test_thresholds_are_not_rounded_to_the_dtype_of_the_image(dtype, value, phase):
    values = np.array([0.1, 0.3, 0.0, 1.0, 255, 2**60, 2**60 + 1, 2**60 + 2], dtype=object)
    small = {"uint8": 5, "float16": 5}.get(dtype, 8)
    image = labelled(values[:small].astype(dtype))
    # exact rational numbers decide
    above = np.array([Fraction(v) > Fraction(float(value) if value < 1 else value) for v in image.values.tolist()])
    mask = void(image, "hysteresis", phase=phase, low=value, high=value)
    if not (image.dtype.kind == "f" and value > 2**53):
        np.testing.assert_array_equal(mask, above if phase == "bright" else ~above)
    np.testing.assert_array_equal(mask, void(image, value, phase=phase))


def test_pixels_that_touch_in_a_corner_are_not_connected():
    image = labelled(np.array([[0, 9], [9, 5]], "uint8"))
    assert void(image, "hysteresis", low=1, high=6).values.tolist() == [[True, False], [False, False]]
    assert void(image, "hysteresis", low=1, high=9).values.all()
