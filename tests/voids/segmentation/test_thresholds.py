"""Thresholds of images of any kind, against brute force and scikit-image."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage import filters

from nsi_notebook.voids.segmentation import void
from tests.voids.segmentation.images import FLOATS, INTEGERS, RUN, grey, labelled


def threshold(image, method, **options):
    return void(labelled(image), method, **options).attrs["nsi_threshold"]


def between(image, cuts):
    """Variance between the classes that `cuts` part, times a constant; exact for integers."""
    classes = np.digitize(image.ravel(), sorted(cuts), right=True)
    values = image.ravel().astype(object)
    mean = Fraction(int(values.sum()), values.size)
    groups = [values[classes == c] for c in range(len(cuts) + 1)]
    return sum(len(g) * (Fraction(int(g.sum()), len(g)) - mean) ** 2 for g in groups if len(g))


@RUN
@given(image=grey())
def test_otsu_of_integers_is_the_best_of_all_thresholds(image):
    found = threshold(image, "otsu")
    best = max(between(image, [v]) for v in np.unique(image)[:-1])
    assert between(image, [found]) >= best * (1 - Fraction(1, 10**12))
    # a threshold between two values could be any of them: ours is the lower
    assert found in image


@RUN
@given(image=grey(), classes=st.integers(2, 4))
def test_multiotsu_of_integers_is_the_best_of_all_partitions(image, classes):
    image = image.ravel()[:14]
    levels = np.unique(image)
    if len(levels) < classes:
        return
    _, best = max((between(image, cuts), cuts) for cuts in combinations(levels[:-1], classes - 1))
    low, high = (threshold(image, "multiotsu", classes=classes, phase=phase) for phase in ("dark", "bright"))
    reached = max(between(image, cuts) for cuts in combinations(levels[:-1], classes - 1) if (cuts[0], cuts[-1]) == (low, high))
    assert reached >= between(image, best) * (1 - Fraction(1, 10**9))


@RUN
@given(image=grey())
def test_otsu_of_integers_is_that_of_scikit_image(image):
    # flat, since theirs warns of images that look like RGB
    theirs, ours = int(filters.threshold_otsu(image.ravel().astype(np.int64))), threshold(image, "otsu")
    assert ours == theirs or between(image, [ours]) >= between(image, [theirs])  # a tie, which they break by rounding


@RUN
@given(image=grey())
def test_li_of_integers_is_that_of_scikit_image(image):
    # in int64, since theirs wraps around where the range of an int16 or int8 is more than half of what it holds
    theirs = filters.threshold_li(image.astype(np.int64))
    assert threshold(image, "li") == pytest.approx(theirs, rel=1e-9, abs=1e-9)


@RUN
@given(image=grey())
def test_triangle_of_integers_is_that_of_scikit_image(image):
    assert threshold(image, "triangle") == filters.threshold_triangle(image.astype(np.int64))


def test_triangle_is_the_end_of_the_tail_where_no_count_is_below_the_line():
    assert threshold(np.array([0, 1], "uint8"), "triangle") == filters.threshold_triangle(np.array([0, 1], "uint8")) == 1


@RUN
@given(image=grey(FLOATS))
def test_otsu_and_triangle_of_floats_are_those_of_scikit_image_in_float64(image):
    wide = image.ravel().astype(float)
    span = np.ptp(wide)
    for method, peer in (("otsu", filters.threshold_otsu), ("triangle", filters.threshold_triangle)):
        ours, theirs = threshold(image, method), peer(wide)
        if abs(ours - theirs) > 1e-9 * span:
            # a value on an edge between bins, or a tie: in 256 equal bins ours is no worse
            binned, a, b = (np.minimum((v - wide.min()) / (span / 256), 255).astype(int) for v in (wide, ours, theirs))
            assert method == "otsu"
            assert between(binned, [a]) >= between(binned, [b]) * (1 - Fraction(1, 10**12))


@RUN
@given(image=grey((*INTEGERS, *FLOATS)), phase=st.sampled_from(["dark", "bright"]), data=st.data())
def test_a_threshold_parts_what_is_above_from_the_rest(image, phase, data):
    value = data.draw(st.one_of(st.sampled_from(image.ravel().tolist()), st.floats(-1e5, 1e5), st.integers(-(2**70), 2**70)))
    mask = void(labelled(image), value, phase=phase)
    above = np.array([v > value for v in image.ravel().tolist()]).reshape(image.shape)
    np.testing.assert_array_equal(mask, above if phase == "bright" else ~above)
    assert mask.attrs["nsi_method"] == "threshold"
    assert mask.attrs["nsi_threshold"] == float(value)


@RUN
@given(image=grey((*INTEGERS, *FLOATS)), method=st.sampled_from(["otsu", "li"]))
def test_there_is_something_on_both_sides_of_a_threshold_that_was_found(image, method):
    dark, bright = (void(labelled(image), method, phase=phase).values for phase in ("dark", "bright"))
    np.testing.assert_array_equal(bright, ~dark)
    assert image[dark].max() < image[bright].min()
