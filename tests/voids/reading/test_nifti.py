"""NIfTI: order of axes, zooms and units, time, colours, scaled values."""

import nibabel
import numpy as np
import pytest

import nsi_notebook as nsi


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("chunks", [None, {}])
def test_values_are_z_y_x_with_their_zooms(tmp_path, write, steps, name, chunks):
    write.nifti(tmp_path / name)
    image = nsi.open(tmp_path / name, chunks=chunks)
    assert (image.dims, image.dtype) == (("z", "y", "x"), "i2")
    assert np.array_equal(image, write.STACK)
    assert image.values[2, 1, 5] == nibabel.load(tmp_path / name).dataobj[5, 1, 2]
    assert steps(image) == {"z": (2.0, "mm"), "y": (0.6, "mm"), "x": (0.5, "mm")}
    assert image.x.values[1] == 0.5
    assert image.y.attrs["spacing"] == 0.6  # and not that of the nearest float32


@pytest.mark.parametrize(("unit", "name"), [("meter", "m"), ("mm", "mm"), ("micron", "um"), ("unknown", "mm")])
def test_units_of_length(tmp_path, write, steps, unit, name):
    write.nifti(tmp_path / "a.nii", units=(unit, None))
    assert steps(nsi.open(tmp_path / "a.nii"))["x"] == (0.5, name)


def test_zooms_of_one_without_a_unit_are_pixels(tmp_path, write, steps):
    write.nifti(tmp_path / "a.nii", zooms=(1, 1, 1), units=(None, None))
    assert steps(nsi.open(tmp_path / "a.nii")) == {}


def test_zooms_of_one_with_a_unit_are_lengths(tmp_path, write, steps):
    write.nifti(tmp_path / "a.nii", zooms=(1, 1, 1), units=("mm", None))
    assert steps(nsi.open(tmp_path / "a.nii"))["x"] == (1.0, "mm")


@pytest.mark.parametrize(("unit", "name"), [("sec", "s"), ("msec", "ms"), ("usec", "us")])
@pytest.mark.parametrize("chunks", [None, {}])
def test_the_fourth_axis_is_time(tmp_path, write, steps, unit, name, chunks):
    values = np.stack([write.STACK, write.STACK + 1]).astype("i2")
    write.nifti(tmp_path / "a.nii", values, (0.5, 0.6, 2, 1.5), ("mm", unit))
    image = nsi.open(tmp_path / "a.nii", chunks=chunks)
    assert image.dims == ("time", "z", "y", "x")
    assert np.array_equal(image, values)
    assert steps(image) == {"time": (1.5, name), "z": (2.0, "mm"), "y": (0.6, "mm"), "x": (0.5, "mm")}


@pytest.mark.parametrize("unit", ["hz", "ppm", "unknown"])
def test_a_fourth_axis_that_is_no_time_has_no_step(tmp_path, write, steps, unit):
    write.nifti(tmp_path / "a.nii", np.stack([write.STACK] * 2).astype("i2"), (0.5, 0.6, 2, 1.5), ("mm", unit))
    assert "time" not in steps(nsi.open(tmp_path / "a.nii"))


@pytest.mark.parametrize(
    ("shape", "dims"), [((6, 7), ("y", "x")), ((6, 7, 5, 1), ("z", "y", "x")), ((6, 7, 5, 1, 3), ("z", "y", "x", "channel"))]
)
def test_axes_that_only_fill_are_dropped(tmp_path, shape, dims):
    values = np.arange(np.prod(shape), dtype="i2").reshape(shape)
    nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), tmp_path / "a.nii")
    image = nsi.open(tmp_path / "a.nii")
    assert image.dims == dims
    kept = [n for i, n in enumerate(shape) if n > 1 or i < 3]
    on_disk = values.reshape(kept)
    back = ("x", "y", "z", "channel") if len(kept) == 4 else ("x", "y", "z")[: len(kept)]
    assert np.array_equal(image.transpose(*back), on_disk)


@pytest.mark.parametrize("chunks", [None, {}])
def test_scaled_values_are_as_nibabel_gives_them(tmp_path, chunks):
    image = nibabel.Nifti1Image(np.arange(24, dtype="i2").reshape(2, 3, 4), np.eye(4))
    image.header.set_slope_inter(0.5, -3)
    nibabel.save(image, tmp_path / "a.nii")
    there = nibabel.load(tmp_path / "a.nii").get_fdata()
    assert np.array_equal(nsi.open(tmp_path / "a.nii", chunks=chunks), there.T)
    assert there.max() == 8.5


def test_big_endian_values(tmp_path, write):
    header = nibabel.Nifti1Header(endianness=">")
    nibabel.save(nibabel.Nifti1Image(write.STACK.T.astype("i2"), np.eye(4), header), tmp_path / "a.nii")
    image = nsi.open(tmp_path / "a.nii")
    assert image.dtype.isnative
    assert np.array_equal(image, write.STACK)


@pytest.mark.parametrize("chunks", [None, {}])
def test_colours_are_channels(tmp_path, write, chunks):
    colours = write.COLOUR[..., :3]
    packed = np.ascontiguousarray(colours.transpose(1, 0, 2)).view([("R", "u1"), ("G", "u1"), ("B", "u1")])
    nibabel.save(nibabel.Nifti1Image(packed, np.diag([0.5, 0.6, 2, 1])), tmp_path / "a.nii")
    image = nsi.open(tmp_path / "a.nii", chunks=chunks)
    assert dict(image.sizes) == {"z": 1, "y": 12, "x": 14, "channel": 3}
    assert np.array_equal(image[0], colours)
    assert "".join(image.channel.values) == "rgb"


def test_version_2_of_the_format(tmp_path, write, steps):
    image = nibabel.Nifti2Image(write.STACK.T.astype("i2"), np.diag([0.5, 0.6, 2, 1]))
    image.header.set_xyzt_units("mm")
    nibabel.save(image, tmp_path / "a.nii")
    image = nsi.open(tmp_path / "a.nii")
    assert np.array_equal(image, write.STACK)
    assert steps(image)["y"] == (0.6, "mm")
