"""netCDF and HDF5: the variable that is meant, coords as they are, files without dims."""

import h5py
import numpy as np
import pytest
import xarray as xr
from scipy.io import netcdf_file

import nsi_notebook as nsi
from nsi_notebook.errors import FileError, PixelError, UnknownNameError

ENGINES = pytest.mark.parametrize("engine", ["scipy", "h5netcdf"])


def dataset(write):
    coords = {d: (d, np.arange(n) * 0.5 + 3, {"units": "um"}) for d, n in zip("yx", (12, 14), strict=True)}
    values = {
        "raw": (("y", "x"), write.STACK[0].astype("i4"), {"units": "counts"}),
        "bright": (("y", "x"), write.STACK[1].astype("f4")),
        "profile": (("x",), np.arange(14.0)),
        "exposure": ((), 3.5),
    }
    return xr.Dataset(values, coords)


@ENGINES
@pytest.mark.parametrize("chunks", [None, {}])
def test_what_xarray_wrote_comes_back(tmp_path, write, engine, chunks):
    there = dataset(write)["raw"]
    there.to_netcdf(tmp_path / "a.nc", engine=engine)
    image = nsi.open(tmp_path / "a.nc", chunks=chunks)
    assert image.attrs.pop("source") == "a.nc"
    assert image.identical(there)


@ENGINES
def test_of_several_variables_one_is_chosen(tmp_path, write, engine):
    dataset(write).to_netcdf(tmp_path / "a.nc", engine=engine)
    with pytest.raises(FileError, match=r"a.nc holds 2 variables that could be the image: raw .*, bright .*14") as caught:
        nsi.open(tmp_path / "a.nc")
    assert caught.value.hint == "choose one: variable='raw'"
    assert nsi.open(tmp_path / "a.nc", variable="bright").dtype == "f4"
    assert nsi.open(tmp_path / "a.nc", variable="profile").dims == ("x",)
    with pytest.raises(UnknownNameError, match="unknown variable 'brigth'") as caught:
        nsi.open(tmp_path / "a.nc", variable="brigth")
    assert caught.value.hint == "did you mean 'bright'?"


def test_the_only_variable_of_two_dims_is_the_image(tmp_path, write):
    dataset(write).drop_vars("bright").to_netcdf(tmp_path / "a.nc")
    assert nsi.open(tmp_path / "a.nc").name == "raw"


def test_a_profile_alone_is_an_image_of_one_dim(tmp_path, write):
    dataset(write)[["profile", "exposure"]].to_netcdf(tmp_path / "a.nc")
    assert nsi.open(tmp_path / "a.nc").dims == ("x",)


def test_a_file_of_single_values_is_an_error(tmp_path, write):
    dataset(write)[["exposure"]].to_netcdf(tmp_path / "a.nc")
    with pytest.raises(FileError, match=r"a.nc holds 0 variables that could be the image: exposure"):
        nsi.open(tmp_path / "a.nc")


def test_a_file_of_no_variable_is_an_error(tmp_path):
    xr.Dataset().to_netcdf(tmp_path / "a.nc")
    with pytest.raises(FileError, match=r"a.nc holds 0 variables that could be the image: none"):
        nsi.open(tmp_path / "a.nc")


def test_dims_come_in_one_order(tmp_path, write):
    there = xr.DataArray(write.STACK.astype("i4"), dims=("x", "time", "y"), name="raw")
    there.to_netcdf(tmp_path / "a.nc")
    image = nsi.open(tmp_path / "a.nc")
    assert image.dims == ("time", "y", "x")
    assert image.values.flags.c_contiguous
    assert np.array_equal(image, there.transpose("time", "y", "x"))


def test_dims_of_other_names_stay(tmp_path, write):
    xr.DataArray(write.STACK.astype("i4"), dims=("slice", "row", "col"), name="raw").to_netcdf(tmp_path / "a.nc")
    assert nsi.open(tmp_path / "a.nc").dims == ("slice", "row", "col")


@pytest.mark.parametrize("shape", [(5, 6), (4, 5, 6), (5, 5, 5), (12, 14, 3)])
@pytest.mark.parametrize("chunks", [None, {}])
def test_hdf5_without_dims_gets_them_by_shape(tmp_path, shape, chunks):
    values = np.arange(np.prod(shape), dtype="u2").reshape(shape)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["scan"] = values
    image = nsi.open(tmp_path / "a.h5", chunks=chunks)
    assert image.dims == (("y", "x", "channel") if shape[-1] == 3 else ("z", "y", "x")[-len(shape) :])
    assert image.name == "scan"
    assert np.array_equal(image, values)


def test_big_endian_hdf5(tmp_path, write):
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file["scan"] = write.STACK.astype(">u2")
    image = nsi.open(tmp_path / "a.hdf5")
    assert image.dtype.isnative
    assert np.array_equal(image, write.STACK)


def test_missing_values_are_nan(tmp_path):
    there = xr.DataArray([[1.0, np.nan], [3.0, 4.0]], dims=("y", "x"), name="raw")
    there.to_netcdf(tmp_path / "a.nc", encoding={"raw": {"_FillValue": -1.0}})
    assert np.array_equal(nsi.open(tmp_path / "a.nc"), there, equal_nan=True)


@pytest.mark.filterwarnings("ignore:Duplicate dimension names")
def test_a_variable_that_repeats_a_dim_is_an_error(tmp_path):
    with netcdf_file(tmp_path / "a.nc", "w") as file:
        file.createDimension("y", 4)
        file.createVariable("raw", "f4", ("y", "y"))[:] = np.zeros((4, 4))
    with pytest.raises(FileError, match=r"'raw' of a.nc repeats a dim: \('y', 'y'\)"):
        nsi.open(tmp_path / "a.nc")


@pytest.mark.parametrize("values", [[["a", "b"], ["c", "d"]], np.zeros((2, 2), "M8[ns]")])
def test_values_that_are_no_numbers_are_an_error(tmp_path, values):
    xr.DataArray(values, dims=("y", "x"), name="raw").to_netcdf(tmp_path / "a.nc")
    with pytest.raises(PixelError, match=r"a.nc holds .*, not numbers"):
        nsi.open(tmp_path / "a.nc")


def test_an_array_without_pixels_is_an_error(tmp_path):
    xr.DataArray(np.zeros((0, 4)), dims=("y", "x"), name="raw").to_netcdf(tmp_path / "a.nc")
    with pytest.raises(FileError, match=r"a.nc holds no pixels: its shape is \(0, 4\)"):
        nsi.open(tmp_path / "a.nc")
