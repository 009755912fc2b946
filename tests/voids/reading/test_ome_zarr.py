"""OME-Zarr 0.4 and 0.5, of metadata written by hand after the specification."""

import json

import numpy as np
import pytest

import nsi_notebook as nsi
from nsi_notebook.errors import FileError, UnknownNameError

VERSIONS = pytest.mark.parametrize("version", ["0.4", "0.5"])


def axes(units, names="zyx"):
    kinds = {"t": "time", "c": "channel"}
    told = [{"name": n, "type": kinds.get(n, "space")} for n in names]
    return [a | ({"unit": units[a["name"]]} if a["name"] in units else {}) for a in told]


def level(path, *steps):
    return {"path": path, "coordinateTransformations": [{"type": kind, kind: values} for kind, values in steps]}


def image_of(write, path, version="0.4", units=None, names="zyx", steps=(("scale", [2.0, 0.5, 0.25]),), more=None, **omero):
    units = dict.fromkeys("zyx", "micrometer") if units is None else units
    told = {"name": "cells", "axes": axes(units, names), "datasets": [level("0", *steps)], **(more or {})}
    write.ome_zarr(path, {"0": write.STACK}, told, version, **omero)
    return path


@VERSIONS
@pytest.mark.parametrize("chunks", [None, {}])
def test_scale_and_units_give_the_spacing(tmp_path, write, steps, version, chunks):
    image = nsi.open(image_of(write, tmp_path / "a.zarr", version), chunks=chunks)
    assert (image.dims, image.dtype, image.name) == (("z", "y", "x"), "u2", "cells")
    assert np.array_equal(image, write.STACK)
    assert steps(image) == {"z": (2.0, "um"), "y": (0.5, "um"), "x": (0.25, "um")}


@VERSIONS
def test_translation_moves_the_first_pixel(tmp_path, write, version):
    moves = (("scale", [2.0, 0.5, 0.25]), ("translation", [10.0, -3.0, 0.5]))
    image = nsi.open(image_of(write, tmp_path / "a.zarr", version, steps=moves))
    assert np.allclose(image.z, 10 + 2 * np.arange(3))
    assert np.allclose(image.y, -3 + 0.5 * np.arange(12))
    assert np.allclose(image.x, 0.5 + 0.25 * np.arange(14))


def test_what_holds_for_all_levels_comes_after_what_holds_for_one(tmp_path, write, steps):
    both = {"coordinateTransformations": [{"type": "scale", "scale": [1.0, 10.0, 10.0]}]}
    moves = (("scale", [2.0, 0.5, 0.25]), ("translation", [0.0, 1.0, 2.0]))
    image = nsi.open(image_of(write, tmp_path / "a.zarr", steps=moves, more=both))
    assert steps(image) == {"z": (2.0, "um"), "y": (5.0, "um"), "x": (2.5, "um")}
    assert image.y.values[0] == 10.0


@VERSIONS
def test_a_level_is_chosen_by_its_path(tmp_path, write, steps, version):
    told = {
        "axes": axes(dict.fromkeys("zyx", "nanometer")),
        "datasets": [level("full", ("scale", [4.0, 2.0, 1.0])), level("half", ("scale", [4.0, 4.0, 2.0]))],
    }
    write.ome_zarr(tmp_path / "a.zarr", {"full": write.STACK, "half": write.STACK[:, ::2, ::2]}, told, version)
    assert np.array_equal(nsi.open(tmp_path / "a.zarr"), write.STACK)
    image = nsi.open(tmp_path / "a.zarr", variable="half")
    assert np.array_equal(image, write.STACK[:, ::2, ::2])
    assert steps(image) == {"z": (4.0, "nm"), "y": (4.0, "nm"), "x": (2.0, "nm")}
    with pytest.raises(UnknownNameError, match="unknown level 'haf'; there are: full, half") as caught:
        nsi.open(tmp_path / "a.zarr", variable="haf")
    assert caught.value.hint == "did you mean 'half'?"


def test_time_and_channels(tmp_path, write, steps):
    values = np.arange(2 * 3 * 4 * 5, dtype="u2").reshape(2, 3, 4, 5)
    units = {"t": "second", "y": "micrometer", "x": "micrometer"}
    told = {"axes": axes(units, "tcyx"), "datasets": [level("0", ("scale", [30.0, 1.0, 0.5, 0.5]))]}
    channels = [{"label": name, "color": "0000FF"} for name in ("DAPI", "GFP", "RFP")]
    write.ome_zarr(tmp_path / "a.zarr", {"0": values}, told, omero={"channels": channels})
    image = nsi.open(tmp_path / "a.zarr")
    assert image.dims == ("time", "y", "x", "channel")
    assert np.array_equal(image.transpose("time", "channel", "y", "x"), values)
    assert list(image.channel.values) == ["DAPI", "GFP", "RFP"]
    assert steps(image) == {"time": (30.0, "s"), "y": (0.5, "um"), "x": (0.5, "um")}


@pytest.mark.parametrize("units", [{}, {"t": "second"}])
def test_a_scale_without_units_still_tells_the_ratio_of_the_axes(tmp_path, write, steps, units):
    told = {"axes": axes(units, "tzyx"), "datasets": [level("0", ("scale", [30.0, 4.0, 2.0, 2.0]))]}
    write.ome_zarr(tmp_path / "a.zarr", {"0": write.STACK[None]}, told)
    there = steps(nsi.open(tmp_path / "a.zarr"))
    assert [there[d] for d in "zyx"] == [(4.0, "pixel"), (2.0, "pixel"), (2.0, "pixel")]
    assert there.get("time") == ((30.0, "s") if units else None)


def test_a_scale_of_one_without_units_is_no_spacing(tmp_path, write, steps):
    image = nsi.open(image_of(write, tmp_path / "a.zarr", units={}, steps=(("scale", [1.0, 1.0, 1.0]),)))
    assert steps(image) == {}


def test_axes_in_different_units_are_told_in_that_of_x(tmp_path, write, steps):
    units = {"z": "micrometer", "y": "nanometer", "x": "nanometer"}
    image = nsi.open(image_of(write, tmp_path / "a.zarr", units=units, steps=(("scale", [2.0, 50.0, 50.0]),)))
    assert steps(image) == {"z": (2000.0, "nm"), "y": (50.0, "nm"), "x": (50.0, "nm")}


def test_a_store_is_known_by_what_it_holds(tmp_path, write):
    assert np.array_equal(nsi.open(image_of(write, tmp_path / "cells")), write.STACK)


def test_a_folder_of_series_gives_the_first(tmp_path, write, steps):
    (tmp_path / "a.zarr").mkdir()
    (tmp_path / "a.zarr" / ".zgroup").write_text('{"zarr_format": 2}')
    (tmp_path / "a.zarr" / ".zattrs").write_text(json.dumps({"bioformats2raw.layout": 3}))
    image_of(write, tmp_path / "a.zarr" / "0")
    image = nsi.open(tmp_path / "a.zarr")
    assert np.array_equal(image, write.STACK)
    assert steps(image)["x"] == (0.25, "um")


@pytest.mark.parametrize("kind", ["plate", "well"])
def test_a_plate_is_no_image(tmp_path, write, kind):
    path = image_of(write, tmp_path / "a.zarr", **{kind: {"images": []}})
    with pytest.raises(FileError, match=r"a.zarr is a plate of many images") as caught:
        nsi.open(path)
    assert caught.value.hint == "open one field: a.zarr/A/1/0"


def test_a_transformation_that_is_not_read_is_named(tmp_path, write):
    path = image_of(write, tmp_path / "a.zarr", steps=(("affine", [[1, 0, 0], [0, 1, 0]]),))
    with pytest.raises(FileError, match=r"a.zarr is placed by a 'affine' transformation"):
        nsi.open(path)


def test_an_old_version_without_axes_is_an_error(tmp_path, write):
    write.ome_zarr(tmp_path / "a.zarr", {"0": write.STACK}, {"datasets": [{"path": "0"}]}, "0.2")
    with pytest.raises(FileError, match=r"a.zarr is OME-Zarr 0.2, without axes") as caught:
        nsi.open(tmp_path / "a.zarr")
    assert "0.4 or 0.5" in caught.value.hint


def test_axes_by_name_alone_as_version_0_3_had_them(tmp_path, write):
    told = {"axes": ["z", "y", "x"], "datasets": [{"path": "0"}]}
    write.ome_zarr(tmp_path / "a.zarr", {"0": write.STACK}, told, "0.3")
    image = nsi.open(tmp_path / "a.zarr")
    assert image.dims == ("z", "y", "x")
    assert np.array_equal(image, write.STACK)


@pytest.mark.parametrize("gone", [".zattrs", "0/.zarray"])
def test_metadata_that_are_missing_are_an_error(tmp_path, write, gone):
    path = image_of(write, tmp_path / "a.zarr")
    (path / gone).unlink()
    if gone == ".zattrs":  # the array alone is still an array
        assert np.array_equal(nsi.open(path), write.STACK)
    else:
        with pytest.raises(FileError, match=r"a.zarr cannot be read as Zarr"):
            nsi.open(path)
