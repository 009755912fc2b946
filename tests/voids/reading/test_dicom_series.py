"""A folder of DICOM slices becomes one volume, in the order of their positions."""

import numpy as np
import pytest

import nsi_notebook as nsi
from nsi_notebook.errors import FileError, OptionError


def series(folder, write, places=(4.0, 0.0, 2.0), name="IM{}", **more):
    """Write the slices of the stack at given places: the file names run against the places."""
    folder.mkdir(exist_ok=True)
    for i, z in enumerate(places):
        write.dicom(folder / name.format(i), z=z, number=i, values=write.STACK[int(np.argsort(np.argsort(places))[i])], **more)
    return folder


@pytest.mark.parametrize("name", ["IM{}", "{}.dcm"])
@pytest.mark.parametrize("chunks", [None, {}])
def test_slices_are_ordered_by_position(tmp_path, write, steps, name, chunks):
    image = nsi.open(series(tmp_path / "ct", write, name=name), chunks=chunks)
    assert (image.dims, image.dtype) == (("z", "y", "x"), "i4")
    assert np.array_equal(image, write.STACK.astype(int) - 1024)
    assert steps(image) == {"z": (2.0, "mm"), "y": (0.7, "mm"), "x": (0.9, "mm")}
    assert image.attrs["units"] == "HU"
    assert chunks is None or image.chunks[0] == (1, 1, 1)


def test_position_is_counted_along_the_normal_of_the_slices(tmp_path, write, steps):
    folder = tmp_path / "ct"
    folder.mkdir()
    for i, y in enumerate((3.0, 0.0, 1.5)):  # coronal: rows along x, columns along -z, so the normal is y
        turned = {"ImageOrientationPatient": [1, 0, 0, 0, 0, -1], "ImagePositionPatient": [9, y, -5]}
        write.dicom(folder / f"{i}.dcm", number=i, values=write.STACK[[2, 0, 1][i]], **turned)
    image = nsi.open(folder)
    assert np.array_equal(image, write.STACK.astype(int) - 1024)
    assert steps(image)["z"] == (1.5, "mm")


def test_slices_without_a_position_are_ordered_by_number(tmp_path, write, steps):
    folder = tmp_path / "ct"
    folder.mkdir()
    for i, number in enumerate((3, 1, 2)):
        more = {"ImagePositionPatient": None, "SliceThickness": 4.0}
        write.dicom(folder / f"{i}.dcm", number=number, values=write.STACK[number - 1], **more)
    image = nsi.open(folder)
    assert np.array_equal(image, write.STACK.astype(int) - 1024)
    assert steps(image)["z"] == (4.0, "mm")


def test_slices_without_position_and_thickness_have_no_step(tmp_path, write, steps):
    more = {"ImagePositionPatient": None, "SliceThickness": None}
    assert "z" not in steps(nsi.open(series(tmp_path / "ct", write, **more)))


@pytest.mark.parametrize("chunks", [None, {}])
def test_each_slice_is_rescaled_by_its_own_numbers(tmp_path, write, chunks):
    folder = tmp_path / "pet"
    folder.mkdir()
    for i, slope in enumerate((0.5, 2, 3)):
        write.dicom(folder / f"{i}.dcm", z=i, number=i, values=write.STACK[i], slope=slope, intercept=i)
    image = nsi.open(folder, chunks=chunks)
    assert image.dtype == "f8"
    assert np.array_equal(image, write.STACK * np.array([0.5, 2, 3])[:, None, None] + np.arange(3)[:, None, None])


def test_a_missing_slice_is_an_error(tmp_path, write):
    folder = series(tmp_path / "ct", write, places=(0.0, 2.0, 6.0))
    with pytest.raises(FileError, match=r"the slices are 2 to 4 mm apart; the widest gap is between IM1 and IM2") as caught:
        nsi.open(folder)
    assert caught.value.hint == "is a slice missing?"


def test_two_slices_at_one_place_are_an_error(tmp_path, write):
    folder = series(tmp_path / "ct", write, places=(0.0, 2.0, 2.0))
    with pytest.raises(FileError, match="IM1 and IM2 lie at the same position"):
        nsi.open(folder)


def test_gaps_that_differ_by_rounding_are_even(tmp_path, write, steps):
    folder = series(tmp_path / "ct", write, places=(0.0, 2.0, 4.001))
    assert steps(nsi.open(folder))["z"] == (2.0005, "mm")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"series": "9.9"}, "series: 9.9 and 1.2.3"),
        ({"PixelSpacing": [0.7, 0.8]}, r"pixel spacing: \[0.7, 0.8\] and \[0.7, 0.9\]"),
        ({"values": np.zeros((10, 14), "u2")}, "rows: 10 and 12"),
        ({"values": np.zeros((12, 10), "u2")}, "columns: 10 and 14"),
    ],
)
def test_slices_that_do_not_belong_together_are_an_error(tmp_path, write, more, said):
    folder = series(tmp_path / "ct", write)
    write.dicom(folder / "odd", **({"values": write.STACK[0], "z": 6.0, "number": 9} | more))
    with pytest.raises(FileError, match=f"odd differs from IM0 in its {said}"):
        nsi.open(folder)


def test_a_file_of_several_frames_is_not_a_slice(tmp_path, write):
    folder = series(tmp_path / "ct", write)
    write.dicom(folder / "odd", values=write.STACK, z=9.0)
    with pytest.raises(FileError, match="odd holds several frames"):
        nsi.open(folder)


def test_a_folder_of_one_slice_is_that_slice(tmp_path, write):
    image = nsi.open(series(tmp_path / "ct", write, places=(0.0,)))
    assert image.dims == ("y", "x")
    assert image.attrs["source"] == "ct"


def test_the_index_of_a_disk_is_no_slice(tmp_path, write):
    folder = series(tmp_path / "ct", write)
    (folder / "DICOMDIR").write_bytes((folder / "IM0").read_bytes())
    (folder / "README").write_text("notes")
    assert nsi.open(folder).shape == (3, 12, 14)


def test_a_pattern_makes_a_volume_too(tmp_path, write):
    series(tmp_path / "ct", write)
    assert nsi.open(tmp_path / "ct" / "IM[02]").sizes["z"] == 2


@pytest.mark.parametrize("chunks", [None, {}])
def test_a_damaged_slice_is_named(tmp_path, write, chunks):
    folder = series(tmp_path / "ct", write)
    whole = (folder / "IM1").read_bytes()
    (folder / "IM1").write_bytes(whole[:-100])
    with pytest.raises(FileError, match="IM1 cannot be read as DICOM"):
        nsi.open(folder, chunks=chunks).compute()


def test_a_series_has_no_variables(tmp_path, write):
    with pytest.raises(OptionError, match="a DICOM file holds one image"):
        nsi.open(series(tmp_path / "ct", write), variable="a")
