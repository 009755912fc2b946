"""Dtypes and ranges where arithmetic wraps around, overflows or loses digits."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import filters

from nsi_notebook.errors import PixelError
from nsi_notebook.voids.segmentation import multiotsu, void
from nsi_notebook.voids.segmentation.histogram import Histogram
from tests.voids.segmentation.images import labelled

GLOBAL = ("otsu", "multiotsu", "li", "triangle")
SHAPE = np.random.default_rng(5).integers(0, 30, (40, 50)) + 100 * (np.random.default_rng(6).random((40, 50)) < 0.3)


@pytest.mark.parametrize("method", GLOBAL)
@pytest.mark.parametrize(
    ("dtype", "offset"),
    [
        ("int8", -128),
        ("uint16", 65000),
        ("int16", -32768),
        ("int32", 2**31 - 200),
        ("uint32", 2**32 - 200),
        ("int64", -(2**53)),
        ("uint64", 2**53 - 200),
        (">i4", -5),
    ],
)
def test_a_constant_added_to_integers_changes_no_mask(method, dtype, offset):
    image = (SHAPE + offset).astype(dtype)
    expected = void(labelled(SHAPE.astype("uint8")), method)
    found = void(labelled(image), method)
    np.testing.assert_array_equal(found, expected)
    assert found.attrs["nsi_threshold"] == pytest.approx(expected.attrs["nsi_threshold"] + offset, abs=1e-6, rel=1e-15)


@pytest.mark.parametrize("method", GLOBAL)
@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_integers_that_float64_cannot_tell_apart_are_refused(method, dtype):
    image = labelled(SHAPE.astype(dtype) + np.array(2**60, dtype))
    with pytest.raises(PixelError, match=r"exact up to 2\^53") as error:
        void(image, method)
    assert "image.min()" in error.value.hint
    np.testing.assert_array_equal(void(image - image.min(), method), void(labelled(SHAPE), method))


def test_a_whole_number_parts_integers_of_64_bits_exactly():
    image = np.array([2**60 - 1, 2**60, 2**60 + 1], "int64")
    assert void(labelled(image), 2**60).values.tolist() == [True, True, False]
    assert void(labelled(image.astype("uint64")), 2**60 - 1).values.tolist() == [True, False, False]


@pytest.mark.parametrize("value", [-1, 256, -0.5, 1e300])
@pytest.mark.parametrize("chunks", [None, 2])
def test_a_threshold_outside_the_dtype_leaves_all_on_one_side(value, chunks):
    image = labelled(np.array([[0, 255], [3, 4]], "uint8"))
    mask = void(image if chunks is None else image.chunk(chunks), value)
    assert mask.values.all() == mask.values.any() == (value > 255)


@pytest.mark.parametrize("method", GLOBAL)
@pytest.mark.parametrize("scale", [1, 10**4, 10**9])
def test_integers_of_a_wide_range_are_binned_as_floats_are(method, scale):
    image = SHAPE.astype("int64") * 1000 * scale - 7
    found, floats = void(labelled(image), method), void(labelled(image.astype(float)), method)
    np.testing.assert_array_equal(found, floats)
    assert found.attrs == floats.attrs


def test_a_wide_range_costs_half_a_bin():
    image = SHAPE.astype("int64") * 1000
    exact = void(labelled(SHAPE), "otsu").attrs["nsi_threshold"] * 1000
    for nbins in (256, 4096):
        found = void(labelled(image), "otsu", nbins=nbins).attrs["nsi_threshold"]
        # the middle of the bin that holds the exact one
        assert abs(found - exact) <= np.ptp(image) / nbins / 2 * (1 + 1e-9)


@pytest.mark.parametrize("method", GLOBAL)
@pytest.mark.parametrize(
    ("dtype", "low", "step"),
    [
        ("float16", 1000, 0.5),
        ("float16", -60000, 1000),
        ("float32", 1e6, 0.0625),
        ("float64", 1, 2.0**-52),
        ("float64", -1e300, 1e298),
    ],
)
def test_floats_are_parted_although_their_range_is_narrow_or_huge(method, dtype, low, step):
    levels = np.array([0, 1, 2, 120], dtype=float)
    index = np.random.default_rng(0).choice(4, size=(30, 30), p=[0.3, 0.3, 0.1, 0.3])
    image = (low + levels * step).astype(dtype)[index]
    # two of three classes if there are three
    expected = index == 0 if method == "multiotsu" else index < 3
    mask = void(labelled(image), method, **({"nbins": 1024} if method == "multiotsu" else {}))
    assert np.isfinite(mask.attrs["nsi_threshold"])
    if method in ("otsu", "li"):
        np.testing.assert_array_equal(mask, expected)
    assert 0 < mask.sum() < mask.size


@pytest.mark.parametrize("values", [[-1.7e308, 0.0, 1.7e308], [0.0, 5e-324, 1e-323]])
def test_a_range_that_float64_cannot_divide_is_refused(values):
    with pytest.raises(PixelError, match="cannot divide"):
        void(labelled(np.array(values)), "otsu")


def test_five_classes_of_sixteen_bits_are_better_than_those_of_a_coarse_histogram():
    # scikit-image tries all partitions: on 65536 bins it would not end
    rng = np.random.default_rng(3)
    peaks = [rng.normal(m, 4000, 30000) for m in (5000, 20000, 33000, 45000, 60000)]
    image = np.concatenate(peaks).clip(0, 65535).astype("uint16")
    coarse = filters.threshold_multiotsu(image // 512, classes=5) * 512 + 511
    ours = multiotsu.thresholds(Histogram(np.bincount(image, minlength=65536), first=0), 5)
    np.testing.assert_allclose(ours, coarse, atol=512)

    def between(cuts):
        classes = np.digitize(image, cuts, right=True)
        sums, sizes = np.bincount(classes, image), np.bincount(classes)
        return (sizes * (sums / sizes - image.mean()) ** 2).sum()

    assert between(ours) > between(coarse)
    for phase, expected in (("dark", ours[0]), ("bright", ours[-1])):
        mask = void(labelled(image), "multiotsu", phase=phase, classes=5)
        assert mask.attrs["nsi_threshold"] == expected
