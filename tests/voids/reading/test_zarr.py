"""Zarr without OME's metadata: bare arrays, groups of arrays, xarray's stores."""

import json

import numpy as np
import pytest
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook.errors import FileError, UnknownNameError


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("chunks", [None, {}])
def test_a_bare_array_gets_dims_by_its_shape(tmp_path, write, version, chunks):
    (write.zarr2 if version == 2 else write.zarr3)(tmp_path / "a.zarr", write.STACK)
    image = nsi.open(tmp_path / "a.zarr", chunks=chunks)
    assert (image.dims, image.dtype) == (("z", "y", "x"), "u2")
    assert image.name is None
    assert np.array_equal(image, write.STACK)


def test_chunks_of_the_store_stay(tmp_path, write):
    write.zarr2(tmp_path / "a.zarr", write.STACK, chunks=(1, 6, 7))
    image = nsi.open(tmp_path / "a.zarr", chunks={})
    assert image.chunks == ((1, 1, 1), (6, 6), (7, 7))
    assert np.array_equal(image, write.STACK)


def test_colours_are_named(tmp_path, write):
    write.zarr3(tmp_path / "a.zarr", write.COLOUR)
    image = nsi.open(tmp_path / "a.zarr")
    assert image.dims == ("y", "x", "channel")
    assert "".join(image.channel.values) == "rgba"


def group(path, write, **arrays):
    path.mkdir()
    (path / ".zgroup").write_text('{"zarr_format": 2}')
    for name, values in arrays.items():
        write.zarr2(path / name, values)
    return path


def test_of_several_arrays_one_is_chosen(tmp_path, write):
    path = group(tmp_path / "a.zarr", write, raw=write.STACK, mask=write.STACK[0])
    image = nsi.open(path, variable="mask")
    assert image.name == "mask"
    assert np.array_equal(image, write.STACK[0])
    with pytest.raises(FileError, match=r"a.zarr holds 2 arrays: mask, raw") as caught:
        nsi.open(path)
    assert caught.value.hint == "choose one: variable='mask'"
    with pytest.raises(UnknownNameError, match="unknown array 'row'; there are: mask, raw"):
        nsi.open(path, variable="row")


def test_the_only_array_needs_no_name(tmp_path, write):
    image = nsi.open(group(tmp_path / "a.zarr", write, raw=write.STACK))
    assert image.name == "raw"
    assert np.array_equal(image, write.STACK)


def test_a_group_of_nothing_is_an_error(tmp_path, write):
    with pytest.raises(FileError, match=r"a.zarr holds 0 arrays: none"):
        nsi.open(group(tmp_path / "a.zarr", write))


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("chunks", [None, {}])
def test_what_xarray_wrote_comes_back(tmp_path, write, version, chunks):
    there = xr.DataArray(
        write.STACK,
        dims=("z", "y", "x"),
        coords={d: (d, np.arange(n) * 0.5, {"units": "um"}) for d, n in zip("zyx", write.STACK.shape, strict=True)},
        name="raw",
        attrs={"units": "counts"},
    )
    there.to_zarr(tmp_path / "a.zarr", zarr_format=version, consolidated=version == 2)
    image = nsi.open(tmp_path / "a.zarr", chunks=chunks)
    assert image.attrs.pop("source") == "a.zarr"
    assert image.identical(there)


def test_one_of_xarrays_variables_is_chosen(tmp_path, write):
    both = xr.Dataset({"raw": (("y", "x"), write.STACK[0]), "bright": (("y", "x"), write.STACK[1])})
    both.to_zarr(tmp_path / "a.zarr", consolidated=False)
    assert np.array_equal(nsi.open(tmp_path / "a.zarr", variable="bright"), write.STACK[1])
    with pytest.raises(FileError, match=r"a.zarr holds 2 variables that could be the image"):
        nsi.open(tmp_path / "a.zarr")


def test_a_member_of_a_store_is_opened_by_its_path(tmp_path, write):
    path = group(tmp_path / "a.zarr", write, raw=write.STACK, mask=write.STACK[0])
    assert np.array_equal(nsi.open(path / "mask"), write.STACK[0])


def test_an_empty_store_is_an_error(tmp_path):
    (tmp_path / "a.zarr").mkdir()
    with pytest.raises(FileError, match=r"a.zarr is an empty folder"):
        nsi.open(tmp_path / "a.zarr")


def test_a_file_of_that_name_is_an_error(tmp_path):
    (tmp_path / "a.zarr").write_bytes(b"PK\3\4 a packed store")
    with pytest.raises(FileError, match=r"a.zarr is a file, but Zarr is a folder of files") as caught:
        nsi.open(tmp_path / "a.zarr")
    assert caught.value.hint == "unpack it first"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"zarr_format": 2}', json.dumps({"zarr_format": 9, "shape": [1]})])
def test_damaged_metadata_are_an_error(tmp_path, write, text):
    write.zarr2(tmp_path / "a.zarr", write.STACK)
    (tmp_path / "a.zarr" / ".zarray").write_text(text)
    with pytest.raises(FileError, match=r"a.zarr"):
        nsi.open(tmp_path / "a.zarr")


def test_a_chunk_that_is_cut_short_is_an_error(tmp_path, write):
    write.zarr2(tmp_path / "a.zarr", write.STACK)
    chunk = tmp_path / "a.zarr" / "0.0.0"
    chunk.write_bytes(chunk.read_bytes()[:-10])
    with pytest.raises(FileError, match=r"a.zarr cannot be read as Zarr"):
        nsi.open(tmp_path / "a.zarr")


def test_folder_of_other_things_under_that_name_is_an_error(tmp_path):
    (tmp_path / "a.zarr").mkdir()
    (tmp_path / "a.zarr" / "notes.txt").write_text("none")
    with pytest.raises(FileError, match=r"a.zarr cannot be read as Zarr"):
        nsi.open(tmp_path / "a.zarr")
