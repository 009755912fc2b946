"""A format whose package is not installed names the install line."""

import subprocess
import sys

import pytest

import nsi_notebook as nsi
from nsi_notebook.errors import MissingExtraError, NsiError


def uninstall(monkeypatch, package):
    """Make importing a package fail as it does where it is not installed."""
    for name in list(sys.modules):
        if name == package or name.startswith(f"{package}."):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)


EXTRAS = pytest.mark.parametrize(
    ("name", "package", "extra", "purpose"),
    [
        ("sky.fits", "astropy", "fits", "reading FITS"),
        ("sky.fits.gz", "astropy", "fits", "reading FITS"),
        ("slice.dcm", "pydicom", "dicom", "reading DICOM"),
        ("brain.nii", "nibabel", "nifti", "reading NIfTI"),
    ],
)


@EXTRAS
@pytest.mark.parametrize("chunks", [None, {}])
def test_a_missing_package_names_the_install_line(tmp_path, write, monkeypatch, name, package, extra, purpose, chunks):
    write.FILES[name][0](tmp_path / name)
    uninstall(monkeypatch, package)
    with pytest.raises(MissingExtraError) as caught:
        nsi.open(tmp_path / name, chunks=chunks)
    assert caught.value.message == f"{purpose} needs the package {package}, which is not installed"
    assert caught.value.hint == f"pip install 'nsi-notebook[{extra}]'"
    assert isinstance(caught.value, ImportError)
    assert isinstance(caught.value, NsiError)


@pytest.mark.parametrize("count", [1, 3])
def test_a_folder_of_slices_names_it_too(tmp_path, write, monkeypatch, count):
    for i in range(count):
        write.dicom(tmp_path / f"{i}.dcm", z=i, number=i)
    uninstall(monkeypatch, "pydicom")
    with pytest.raises(MissingExtraError, match="pydicom"):
        nsi.open(tmp_path)


def test_a_folder_of_frames_names_it_too(tmp_path, write, monkeypatch):
    for i in range(2):
        write.nifti(tmp_path / f"{i}.nii")
    uninstall(monkeypatch, "nibabel")
    with pytest.raises(MissingExtraError, match="nibabel"):
        nsi.open(tmp_path)


def test_other_formats_need_none_of_them(tmp_path, write):
    """In a fresh process where all three are missing."""
    for name in ("plain.tif", "grey.png", "stack.npy", "classic.nc"):
        write.FILES[name][0](tmp_path / name)
    code = (
        "import sys, pathlib\n"
        "sys.modules.update(dict.fromkeys(('astropy', 'pydicom', 'nibabel', 'imagecodecs')))\n"
        "import nsi_notebook as nsi\n"
        "print(sorted(nsi.open(p).shape for p in pathlib.Path(sys.argv[1]).iterdir()))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str([(3, 12, 14)] * 3 + [(12, 14)])
