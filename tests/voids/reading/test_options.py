"""spacing=, unit= and chunks= replace what the file says, or say what does not fit."""

import dask.array as da
import numpy as np
import pytest
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook.errors import DimsError, FileError, OptionError, SpacingError


@pytest.fixture
def bare(tmp_path, write):
    """A file that tells no spacing: (z, y, x)."""
    write.npy(tmp_path / "a.npy")
    return tmp_path / "a.npy"


@pytest.fixture
def told(tmp_path, write):
    """A file that tells a spacing: (z, y, x) of 2, 0.5, 0.25 um."""
    write.ome(tmp_path / "a.ome.tif")
    return tmp_path / "a.ome.tif"


@pytest.mark.parametrize(("spacing", "step"), [(0.5, (0.5,) * 3), ((3, 2, 1), (3, 2, 1)), (np.array([3.0, 2, 1]), (3, 2, 1))])
def test_spacing_is_one_for_all_or_one_for_each(bare, steps, spacing, step):
    image = nsi.open(bare, spacing=spacing, unit="micrometer")
    assert steps(image) == {d: (s, "um") for d, s in zip("zyx", step, strict=True)}
    assert all(image[d].values[0] == 0 for d in "zyx")


def test_a_spacing_needs_its_unit_even_if_the_file_tells_one(bare, told, steps):
    for path in (bare, told):
        with pytest.raises(SpacingError, match="spacing=2 has no unit"):
            nsi.open(path, spacing=2)
        assert steps(nsi.open(path, spacing=2, unit="pixel")) == dict.fromkeys("zyx", (2.0, "pixel"))


def test_a_unit_alone_converts_what_the_file_says(told, steps):
    assert steps(nsi.open(told)) == {"z": (2.0, "um"), "y": (0.5, "um"), "x": (0.25, "um")}
    assert steps(nsi.open(told, unit="nanometer")) == {"z": (2000.0, "nm"), "y": (500.0, "nm"), "x": (250.0, "nm")}
    assert steps(nsi.open(told, unit="\u00b5m")) == steps(nsi.open(told))
    with pytest.raises(SpacingError, match="lengths in um cannot be told in arcsec"):
        nsi.open(told, unit="arcsec")
    assert steps(nsi.open(told, spacing=2, unit="arcsec"))["x"] == (2.0, "arcsec")


def test_a_unit_alone_has_nothing_to_name(bare):
    with pytest.raises(SpacingError, match="unit='um' without a spacing, which is told for no dim") as caught:
        nsi.open(bare, unit="um")
    assert caught.value.hint == "give the spacing too"


def test_a_unit_alone_does_not_name_half_of_the_dims(tmp_path, write):
    write.pillow_tiff(tmp_path / "a.tif", write.STACK, x_resolution=4000, y_resolution=4000, resolution_unit=3)
    with pytest.raises(SpacingError, match="told only for y and x"):
        nsi.open(tmp_path / "a.tif", unit="um")


def test_time_and_channel_are_not_spaced(tmp_path, steps):
    xr.DataArray(np.zeros((2, 4, 5, 3)), dims=("time", "y", "x", "channel"), name="a").to_netcdf(tmp_path / "a.nc")
    assert steps(nsi.open(tmp_path / "a.nc", spacing=(2, 1), unit="mm")) == {"y": (2.0, "mm"), "x": (1.0, "mm")}


@pytest.mark.parametrize(
    "spacing", [0, -1, float("nan"), float("inf"), (1, 2), (1, 2, 3, 4), (1, 2, 0), "wide", ((1,), (2,)), ()]
)
def test_a_spacing_that_does_not_fit_is_an_error(bare, spacing):
    with pytest.raises(SpacingError, match=r"does not fit the dims \('z', 'y', 'x'\)") as caught:
        nsi.open(bare, spacing=spacing)
    assert "positive" in caught.value.hint


def test_spacing_needs_a_spatial_dim(tmp_path):
    xr.DataArray(np.zeros((4, 5)), dims=("row", "col"), name="a").to_netcdf(tmp_path / "a.nc")
    with pytest.raises(DimsError, match="no spatial dim"):
        nsi.open(tmp_path / "a.nc", spacing=1, unit="um")


@pytest.mark.parametrize(
    ("chunks", "sizes"),
    [
        ({"z": 1}, ((1, 1, 1), (12,), (14,))),
        ((1, 6, 7), ((1, 1, 1), (6, 6), (7, 7))),
        ({"y": 5}, ((3,), (5, 5, 2), (14,))),
        ("auto", ((3,), (12,), (14,))),
        (-1, ((3,), (12,), (14,))),
    ],
)
@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.nc", "a.nii"])
def test_chunks_are_as_asked(tmp_path, write, name, chunks, sizes):
    {"a.npy": write.npy, "a.npz": write.npz, "a.nc": write.netcdf3, "a.nii": write.nifti}[name](tmp_path / name)
    image = nsi.open(tmp_path / name, chunks=chunks)
    assert isinstance(image.data, da.Array)
    assert image.chunks == sizes
    assert np.array_equal(image, write.STACK)


@pytest.mark.parametrize("chunks", [{"w": 1}, (1, 2), "large", {"z": "many"}, object(), -5, 0, {"y": -3}])
def test_chunks_that_do_not_fit_are_an_error(bare, chunks):
    with pytest.raises(OptionError, match=r"does not fit \{'z': 3, 'y': 12, 'x': 14\}") as caught:
        nsi.open(bare, chunks=chunks)
    assert "chunks='auto'" in caught.value.hint


@pytest.mark.parametrize("path", [None, 3, ["a.npy"], b"a.npy"])
def test_a_path_is_text_or_a_path(path):
    with pytest.raises(FileError, match=f"a path is text or a Path, not {type(path).__name__}"):
        nsi.open(path)


def test_the_name_of_the_file_is_kept(bare):
    assert nsi.open(bare).attrs["source"] == "a.npy"
