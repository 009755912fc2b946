"""Spacing out of TIFF files: resolution tags, ImageJ's metadata, OME's metadata."""

import numpy as np
import pytest
import tifffile

import nsi_notebook as nsi


@pytest.mark.parametrize(
    ("resolution", "unit", "step"),
    [
        ((4000, 2000), "CENTIMETER", {"y": 5.0, "x": 2.5}),
        ((25400, 12700), "INCH", {"y": 2.0, "x": 1.0}),
        ((2540, 2540), 2, {"y": 10.0, "x": 10.0}),
        ((300, 300), "INCH", {"y": 25400 / 300, "x": 25400 / 300}),
    ],
)
@pytest.mark.parametrize("chunks", [None, {}])
def test_resolution_tags_give_micrometres(tmp_path, write, steps, resolution, unit, step, chunks):
    tifffile.imwrite(tmp_path / "a.tif", write.STACK[0], resolution=resolution, resolutionunit=unit)
    assert steps(nsi.open(tmp_path / "a.tif", chunks=chunks)) == {d: (s, "um") for d, s in step.items()}


@pytest.mark.parametrize(
    ("resolution", "unit"),
    [
        ((72, 72), "INCH"),
        ((96, 96), "INCH"),
        ((1, 1), "INCH"),
        ((72 / 2.54, 72 / 2.54), "CENTIMETER"),
        ((28.35, 28.35), "CENTIMETER"),
        ((4000, 4000), "NONE"),
        ((0, 4000), "CENTIMETER"),
        (None, None),
    ],
)
def test_resolutions_that_say_nothing_of_the_object_are_ignored(tmp_path, write, steps, resolution, unit):
    tifffile.imwrite(tmp_path / "a.tif", write.STACK[0], resolution=resolution, resolutionunit=unit)
    assert steps(nsi.open(tmp_path / "a.tif")) == {}


def test_pages_of_a_stack_have_no_step_in_the_tags(tmp_path, write, steps):
    tifffile.imwrite(
        tmp_path / "a.tif", write.STACK, resolution=(4000, 4000), resolutionunit=3, metadata=None, photometric="minisblack"
    )
    assert steps(nsi.open(tmp_path / "a.tif")) == {"y": (2.5, "um"), "x": (2.5, "um")}


def imagej(path, values, resolution=(2.0, 4.0), **metadata):
    tifffile.imwrite(path, values, imagej=True, resolution=resolution, metadata=metadata)


@pytest.mark.parametrize(
    ("unit", "name"), [("um", "um"), ("micron", "um"), ("\\u00B5m", "um"), ("nm", "nm"), ("mm", "mm"), ("furlong", "furlong")]
)
def test_imagej_gives_pixels_a_unit_and_the_unit(tmp_path, write, steps, unit, name):
    imagej(tmp_path / "a.tif", write.STACK[0], unit=unit)
    assert steps(nsi.open(tmp_path / "a.tif")) == {"y": (0.25, name), "x": (0.5, name)}


@pytest.mark.parametrize("spacing", [1.5, -1.5])
def test_imagej_gives_the_step_of_slices(tmp_path, write, steps, spacing):
    imagej(tmp_path / "a.tif", write.STACK, unit="um", spacing=spacing, axes="ZYX")
    image = nsi.open(tmp_path / "a.tif")
    assert image.dims == ("z", "y", "x")
    assert steps(image) == {"z": (1.5, "um"), "y": (0.25, "um"), "x": (0.5, "um")}
    assert np.array_equal(image, write.STACK)


def test_imagej_gives_the_interval_of_frames(tmp_path, write, steps):
    imagej(tmp_path / "a.tif", write.STACK, unit="um", finterval=0.2, axes="TYX")
    image = nsi.open(tmp_path / "a.tif")
    assert image.dims == ("time", "y", "x")
    assert steps(image) == {"time": (0.2, "s"), "y": (0.25, "um"), "x": (0.5, "um")}


def test_imagej_in_minutes_and_with_another_unit_of_z(tmp_path, write, steps):
    values = np.stack([write.STACK] * 2)
    imagej(tmp_path / "a.tif", values, unit="um", finterval=2, tunit="min", spacing=500, zunit="nm", axes="TZYX")
    image = nsi.open(tmp_path / "a.tif")
    assert steps(image) == {"time": (2.0, "min"), "z": (0.5, "um"), "y": (0.25, "um"), "x": (0.5, "um")}


@pytest.mark.parametrize("metadata", [{}, {"unit": "pixel", "spacing": 3.0}, {"unit": "pixels"}])
def test_imagej_without_a_unit_is_in_pixels(tmp_path, write, steps, metadata):
    imagej(tmp_path / "a.tif", write.STACK, **metadata)
    assert steps(nsi.open(tmp_path / "a.tif")) == {}


def test_imagej_in_inches_is_resolution(tmp_path, write, steps):
    tifffile.imwrite(
        tmp_path / "a.tif",
        write.STACK[0],
        imagej=True,
        resolution=(25400, 12700),
        resolutionunit="INCH",
        metadata={"unit": "inch"},
    )
    assert steps(nsi.open(tmp_path / "a.tif")) == {"y": (2.0, "um"), "x": (1.0, "um")}


def test_imagej_in_inches_of_72_dots_is_the_default(tmp_path, write, steps):
    tifffile.imwrite(
        tmp_path / "a.tif", write.STACK[0], imagej=True, resolution=(72, 72), resolutionunit="INCH", metadata={"unit": "inch"}
    )
    assert steps(nsi.open(tmp_path / "a.tif")) == {}


def test_an_imagej_hyperstack_has_all_its_dims(tmp_path):
    values = np.arange(2 * 3 * 2 * 5 * 6, dtype="u2").reshape(2, 3, 2, 5, 6)
    imagej(tmp_path / "a.tif", values, unit="um", axes="TZCYX")
    image = nsi.open(tmp_path / "a.tif", chunks={})
    assert image.dims == ("time", "z", "y", "x", "channel")
    assert np.array_equal(image.transpose("time", "z", "channel", "y", "x"), values)
