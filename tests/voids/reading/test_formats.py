"""The suffix against the content, names without a suffix, and formats of other packages."""

import gzip

import numpy as np
import pytest

import nsi_notebook as nsi
from nsi_notebook.errors import FileError, OptionError
from nsi_notebook.voids.reading import formats


@pytest.mark.parametrize(
    ("name", "real", "held", "meant"),
    [
        ("a.png", "grey.jpg", "JPEG", "a.jpg"),
        ("a.jpg", "grey.png", "PNG", "a.png"),
        ("a.tif", "stack.npy", "NumPy", "a.npy"),
        ("a.npy", "stack.npz", "NumPy archive", "a.npz"),
        ("a.npy", "plain.tif", "TIFF", "a.tif"),
        ("a.dcm", "brain.nii", "NIfTI", "a.nii"),
        ("a.nii", "slice.dcm", "DICOM", "a.dcm"),
        ("a.nc", "sky.fits", "FITS", "a.fits"),
        ("a.fits", "classic.nc", "netCDF", "a.nc"),
        ("a.tif", "new.nc", "netCDF", "a.nc"),
    ],
)
def test_a_wrong_suffix_is_answered_with_the_right_one(tmp_path, write, name, real, held, meant):
    write.FILES[real][0](tmp_path / real)
    (tmp_path / name).write_bytes((tmp_path / real).read_bytes())
    with pytest.raises(FileError, match=rf"{name} is not .*: it holds {held}\n") as caught:
        nsi.open(tmp_path / name)
    assert caught.value.hint == f"rename it to {meant}"


@pytest.mark.parametrize(
    ("content", "held"),
    [
        (b"GIF89a........", "GIF"),
        (b"BM......", "BMP"),
        (b"%PDF-1.7", "PDF"),
        (b"<svg xmlns=", "SVG"),
        (b"\n <!DOCTYPE html>", "a web page"),
        (b"<html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1", "a Git LFS pointer, not the file itself"),
        (b"\x1f\x8b\x08\0\0\0", "gzip"),
        (b"RIFF....WEBP", "RIFF (WebP or AVI)"),
        (b"\0\0\0\x0cjP  \r\n", "JPEG 2000"),
    ],
)
def test_what_people_meet_under_a_wrong_name_is_named(tmp_path, content, held):
    (tmp_path / "a.tif").write_bytes(content)
    with pytest.raises(FileError) as caught:
        nsi.open(tmp_path / "a.tif")
    assert caught.value.message == f"a.tif is not TIFF: it holds {held}"


def test_what_nobody_knows_is_shown(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"x,y\n1,2\n")
    with pytest.raises(FileError, match=r"a.tif is not TIFF: it begins with b'x,y"):
        nsi.open(tmp_path / "a.tif")


@pytest.mark.parametrize(
    ("name", "said", "hint"),
    [
        ("a.xyz", "a.xyz: the suffix '.xyz' belongs to no known format", "known are .png, .jpg"),
        ("scan", "scan: it has no suffix, so it is of no known format", "known are .png, .jpg"),
    ],
)
def test_an_unknown_suffix_lists_those_that_are_known(tmp_path, name, said, hint):
    (tmp_path / name).write_bytes(b"something")
    with pytest.raises(FileError) as caught:
        nsi.open(tmp_path / name)
    assert caught.value.message == said
    assert caught.value.hint.startswith(hint)


def test_a_file_without_suffix_is_told_which_to_take(tmp_path, write):
    write.png(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "scan")
    with pytest.raises(FileError, match="scan") as caught:
        nsi.open(tmp_path / "scan")
    assert caught.value.hint.startswith("name it scan.png: it holds PNG; known are")


@pytest.mark.parametrize("name", ["a.TIF", "a.Tiff", "A.OME.TIF"])
def test_suffixes_are_known_in_any_case(tmp_path, write, name):
    write.ome(tmp_path / name)
    assert np.array_equal(nsi.open(tmp_path / name), write.STACK)


@pytest.mark.parametrize("damage", ["short", "check"])
def test_a_packed_file_that_cannot_be_unpacked_is_an_error(tmp_path, write, damage):
    write.nifti(tmp_path / "a.nii.gz")
    packed = bytearray((tmp_path / "a.nii.gz").read_bytes())
    if damage == "short":
        packed = packed[:40]
    else:
        packed[20:40] = b"\xff" * 20
    (tmp_path / "a.nii.gz").write_bytes(packed)
    with pytest.raises(FileError, match=r"a.nii.gz cannot be unpacked"):
        nsi.open(tmp_path / "a.nii.gz")


def test_a_packed_file_of_something_else_is_an_error(tmp_path):
    (tmp_path / "a.nii.gz").write_bytes(gzip.compress(b"notes"))
    with pytest.raises(FileError, match=r"a.nii.gz is not NIfTI: it begins with b'notes'"):
        nsi.open(tmp_path / "a.nii.gz")


READER = """
import numpy as np
import xarray as xr
from nsi_notebook.voids.reading import Format

ROWS = Format("row files", (".rows",), ((0, b"ROWS"),), "rows_package:read", several=False)

def read(path, *, lazy=None):
    rows = [[float(v) for v in line.split()] for line in path.read_text().splitlines()[1:]]
    return xr.DataArray(np.array(rows), dims=("y", "x"))
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package that offers a format, as its files lie in site-packages."""
    site = tmp_path / "site"
    info = site / "rows_package-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "rows_package.py").write_text(READER)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: rows-package\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[nsi_notebook.readers]\nrows = rows_package:ROWS\n")
    monkeypatch.syspath_prepend(site)
    formats.cache_clear()
    yield
    formats.cache_clear()


@pytest.mark.usefixtures("package")
def test_a_format_of_another_package_is_read(tmp_path):
    (tmp_path / "a.rows").write_text("ROWS\n1 2 3\n4 5 6\n")
    assert formats()[-1].name == "row files"
    image = nsi.open(tmp_path / "a.rows", spacing=0.5, unit="mm")
    assert np.array_equal(image, [[1, 2, 3], [4, 5, 6]])
    assert image.x.attrs["units"] == "mm"
    assert nsi.open(tmp_path / "a.rows", chunks={"y": 1}).chunks == ((1, 1), (3,))


@pytest.mark.usefixtures("package")
def test_what_a_reader_of_another_package_raises_is_a_file_error(tmp_path):
    (tmp_path / "a.rows").write_text("ROWS\n1 two 3\n")
    with pytest.raises(FileError, match=r"a.rows cannot be read as row files: could not convert string to float: 'two"):
        nsi.open(tmp_path / "a.rows")


@pytest.mark.usefixtures("package")
def test_a_format_of_one_array_has_no_variables(tmp_path):
    (tmp_path / "a.rows").write_text("ROWS\n1 2 3\n")
    with pytest.raises(OptionError, match="a row files file holds one image"):
        nsi.open(tmp_path / "a.rows", variable="a")


@pytest.mark.usefixtures("package")
def test_a_wrong_suffix_may_hold_a_format_of_another_package(tmp_path):
    (tmp_path / "a.tif").write_text("ROWS\n1 2 3\n")
    with pytest.raises(FileError, match="it holds row files") as caught:
        nsi.open(tmp_path / "a.tif")
    assert caught.value.hint == "rename it to a.rows"
