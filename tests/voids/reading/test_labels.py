"""Units as the field writes them, and lengths in one unit."""

import numpy as np
import pytest

from nsi_notebook.voids.reading.labels import label
from nsi_notebook.voids.units import unit_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("\u00b5m", "um"),  # the micro sign
        ("\u03bcm", "um"),  # the Greek letter
        ("\\u00B5m", "um"),  # as ImageJ escapes it
        (" Microns ", "um"),
        ("\u00c5", "angstrom"),
        ("\u212b", "angstrom"),  # the sign of the unit
        ("Nanometer", "nm"),
        ("MM", "mm"),
        ("inch", "in"),
        ("voxels", "pixel"),
        ("\u00b0", "deg"),
        ("\u00b5s", "us"),
        ("furlong", "furlong"),
        ("", ""),
    ],
)
def test_units_are_written_in_one_way(text, name):
    assert unit_name(text) == name


@pytest.mark.parametrize(
    ("units", "steps", "told"),
    [
        ({"y": "um", "x": "um"}, {"y": 2, "x": 3}, {"y": (2, "um"), "x": (3, "um")}),
        ({"y": "mm", "x": "um"}, {"y": 0.002, "x": 3}, {"y": (2, "um"), "x": (3, "um")}),
        ({"y": "in", "x": "cm"}, {"y": 1, "x": 1}, {"y": (2.54, "cm"), "x": (1, "cm")}),
        ({"y": "deg", "x": "arcsec"}, {"y": 1, "x": 1}, {"y": (3600, "arcsec"), "x": (1, "arcsec")}),
        ({"y": "arcmin", "x": "deg"}, {"y": 30, "x": 1}, {"y": (0.5, "deg"), "x": (1, "deg")}),
        ({"y": "deg", "x": "um"}, {"y": 1, "x": 1}, {"y": (1, "deg"), "x": (1, "um")}),
        ({"y": "furlong", "x": "furlong"}, {"y": 1, "x": 2}, {"y": (1, "furlong"), "x": (2, "furlong")}),
        ({"x": "um"}, {"x": 2}, {"x": (2, "um")}),
    ],
)
def test_lengths_in_several_units_are_told_in_that_of_the_last_dim(units, steps, told):
    image = label(np.zeros((4, 5)), ("y", "x"), steps=steps, unit=units)
    assert set(image.coords) == set(told)
    for dim, (step, unit) in told.items():
        assert image[dim].attrs["units"] == unit
        np.testing.assert_allclose(image[dim], np.arange(image.sizes[dim]) * step, rtol=1e-12)


@pytest.mark.parametrize("step", [0, -1, float("nan"), float("inf")])
def test_a_step_that_is_no_length_is_not_known(step):
    assert "x" not in label(np.zeros((4, 5)), ("y", "x"), steps={"x": step}, unit="um").coords


@pytest.mark.parametrize(("channels", "kept"), [("rgb", True), ("rg", False), (["a", "a", "b"], False), ((), False)])
def test_channels_are_named_only_if_each_has_its_own_name(channels, kept):
    image = label(np.zeros((4, 5, 3)), ("y", "x", "channel"), channels=channels)
    assert ("channel" in image.coords) == kept
