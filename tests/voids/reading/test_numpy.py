"""NumPy's files: dims by shape, byte order, order in memory, several arrays."""

import numpy as np
import pytest

import nsi_notebook as nsi
from nsi_notebook.errors import FileError, OptionError, PixelError, UnknownNameError


@pytest.mark.parametrize(
    ("shape", "dims"),
    [
        ((7,), ("x",)),
        ((6, 7), ("y", "x")),
        ((5, 6, 7), ("z", "y", "x")),
        ((2, 5, 6, 7), ("time", "z", "y", "x")),
        ((6, 7, 3), ("y", "x", "channel")),
        ((6, 7, 4), ("y", "x", "channel")),
        ((3, 4, 4), ("z", "y", "x")),
        ((5, 6, 7, 3), ("z", "y", "x", "channel")),
        ((2, 2, 5, 6, 7), ("axis_0", "time", "z", "y", "x")),
    ],
)
def test_dims_follow_from_the_shape(tmp_path, shape, dims):
    values = np.arange(np.prod(shape), dtype="f4").reshape(shape)
    np.save(tmp_path / "a.npy", values)
    image = nsi.open(tmp_path / "a.npy")
    assert image.dims == dims
    assert np.array_equal(image, values)
    assert ("channel" in image.coords) == ("channel" in dims)


@pytest.mark.parametrize("kind", [">u2", ">f4", ">i8", "<u2", ">c8", "?"])
@pytest.mark.parametrize("chunks", [None, {}])
def test_values_come_in_the_byte_order_of_the_computer(tmp_path, kind, chunks):
    values = (np.arange(20).reshape(4, 5) * 700).astype(kind)
    np.save(tmp_path / "a.npy", values)
    image = nsi.open(tmp_path / "a.npy", chunks=chunks)
    assert image.dtype == np.dtype(kind).newbyteorder("=")
    assert image.dtype.isnative
    assert image.values.dtype.isnative
    assert np.array_equal(image, values)


@pytest.mark.parametrize("chunks", [None, {}])
def test_an_array_in_fortran_order_keeps_its_axes(tmp_path, write, chunks):
    np.save(tmp_path / "a.npy", np.asfortranarray(write.STACK))
    assert np.array_equal(nsi.open(tmp_path / "a.npy", chunks=chunks), write.STACK)


def test_one_array_of_an_archive_gives_its_name(tmp_path, write):
    write.npz(tmp_path / "a.npz")
    image = nsi.open(tmp_path / "a.npz")
    assert image.name == "image"
    assert np.array_equal(image, write.STACK)


def test_of_several_arrays_one_is_chosen(tmp_path, write):
    np.savez(tmp_path / "a.npz", raw=write.STACK, mask=write.STACK > 9)
    assert np.array_equal(nsi.open(tmp_path / "a.npz", variable="mask"), write.STACK > 9)
    with pytest.raises(FileError, match=r"a.npz holds 2 arrays: raw, mask") as caught:
        nsi.open(tmp_path / "a.npz")
    assert caught.value.hint == "choose one: variable='raw'"
    with pytest.raises(UnknownNameError, match="unknown variable 'mas'; there are: mask, raw") as caught:
        nsi.open(tmp_path / "a.npz", variable="mas")
    assert caught.value.hint == "did you mean 'mask'?"


def test_an_archive_of_no_array_is_an_error(tmp_path):
    np.savez(tmp_path / "a.npz")
    with pytest.raises(FileError, match=r"a.npz holds no array"):
        nsi.open(tmp_path / "a.npz")


def test_a_single_array_has_no_variables(tmp_path, write):
    write.npy(tmp_path / "a.npy")
    with pytest.raises(OptionError, match="a NumPy file holds one image"):
        nsi.open(tmp_path / "a.npy", variable="a")


@pytest.mark.parametrize(("values", "said"), [(np.float64(3), "one value"), (np.zeros((0, 4)), "a.npy")])
def test_what_is_no_image_is_an_error(tmp_path, values, said):
    np.save(tmp_path / "a.npy", values)
    with pytest.raises(FileError, match=said):
        nsi.open(tmp_path / "a.npy")


def test_an_empty_array_in_an_archive_is_an_error(tmp_path):
    np.savez(tmp_path / "a.npz", np.zeros((0, 4)))
    with pytest.raises(FileError, match=r"a.npz holds no pixels: its shape is \(0, 4\)"):
        nsi.open(tmp_path / "a.npz")


def test_objects_are_never_unpickled(tmp_path):
    np.save(tmp_path / "a.npy", np.array([[{}, {}]], dtype=object), allow_pickle=True)
    with pytest.raises(FileError, match=r"a.npy cannot be read as NumPy: .*[Oo]bject"):
        nsi.open(tmp_path / "a.npy")


@pytest.mark.parametrize("kind", ["U3", "M8[s]", "i4,f4"])
def test_values_that_are_no_numbers_are_an_error(tmp_path, kind):
    np.save(tmp_path / "a.npy", np.zeros((4, 5), kind))
    with pytest.raises(PixelError, match=r"a.npy holds .*, not numbers"):
        nsi.open(tmp_path / "a.npy")
