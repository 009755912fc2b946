"""One DICOM file: rescaled values and their unit, spacing, frames, colours."""

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.pixels import convert_color_space

import nsi_notebook as nsi
from nsi_notebook.errors import FileError, OptionError


def change(path, **elements):
    item = pydicom.dcmread(path)
    for key, value in elements.items():
        if value is None:
            delattr(item, key)
        else:
            setattr(item, key, value)
    item.save_as(path)


def test_a_slice_is_rescaled_to_hounsfield_units(tmp_path, write):
    write.dicom(tmp_path / "a.dcm")
    image = nsi.open(tmp_path / "a.dcm")
    assert image.dims == ("y", "x")
    assert image.dtype == "i4"
    assert image.attrs["units"] == "HU"
    assert np.array_equal(image, write.STACK[0].astype(int) - 1024)


def test_pixel_spacing_names_the_distance_of_rows_first(tmp_path, write, steps):
    write.dicom(tmp_path / "a.dcm", PixelSpacing=[0.7, 0.9])
    assert steps(nsi.open(tmp_path / "a.dcm")) == {"y": (0.7, "mm"), "x": (0.9, "mm")}


def test_spacing_at_the_detector_is_not_that_of_the_object(tmp_path, write, steps):
    write.dicom(tmp_path / "a.dcm", PixelSpacing=None, ImagerPixelSpacing=[0.1, 0.1])
    assert steps(nsi.open(tmp_path / "a.dcm")) == {}


@pytest.mark.parametrize(
    ("slope", "intercept", "kind"), [(1, 0, "u2"), (2, -5, "i4"), (0.5, 0, "f8"), (1, 0.25, "f8"), (None, None, "u2")]
)
@pytest.mark.parametrize("chunks", [None, {}])
def test_whole_numbers_stay_whole(tmp_path, write, slope, intercept, kind, chunks):
    write.dicom(tmp_path / "a.dcm")
    change(tmp_path / "a.dcm", RescaleSlope=slope, RescaleIntercept=intercept)
    image = nsi.open(tmp_path / "a.dcm", chunks=chunks)
    assert image.dtype == kind
    assert np.array_equal(image, write.STACK[0].astype(float) * (slope or 1) + (intercept or 0))


def test_values_with_a_sign(tmp_path, write):
    values = write.STACK[0].astype("i2") - 2000
    write.dicom(tmp_path / "a.dcm", slope=1, intercept=0, PixelRepresentation=1, PixelData=values.tobytes())
    image = nsi.open(tmp_path / "a.dcm")
    assert image.dtype == "i2"
    assert np.array_equal(image, values)


@pytest.mark.parametrize(
    ("more", "unit"),
    [
        ({"RescaleType": "HU"}, "HU"),
        ({"RescaleType": "US"}, "HU"),
        ({"Modality": "MR"}, None),
        ({"Modality": "PT", "Units": "BQML"}, "Bq/ml"),
        ({"Modality": "NM", "Units": "CNTS"}, "counts"),
        ({"Modality": "PT", "Units": "GML"}, "GML"),
        ({"Modality": "PT", "Units": "NONE"}, None),
        ({"RescaleSlope": 1, "RescaleIntercept": 0}, None),
    ],
)
def test_the_unit_of_the_values(tmp_path, write, more, unit):
    write.dicom(tmp_path / "a.dcm", **more)
    assert nsi.open(tmp_path / "a.dcm").attrs.get("units") == unit


@pytest.mark.parametrize("thick", [2.5, None])
def test_frames_are_slices(tmp_path, write, steps, thick):
    write.dicom(tmp_path / "a.dcm", values=write.STACK)
    if thick:
        change(tmp_path / "a.dcm", SpacingBetweenSlices=thick)
    image = nsi.open(tmp_path / "a.dcm")
    assert image.dims == ("z", "y", "x")
    assert np.array_equal(image, write.STACK.astype(int) - 1024)
    # the thickness of a slice is not the distance to the next
    assert steps(image) == {"y": (0.7, "mm"), "x": (0.9, "mm")} | ({"z": (thick, "mm")} if thick else {})


@pytest.mark.parametrize(("more", "step"), [({"FrameTime": 40}, (0.04, "s")), ({"CineRate": 25}, None)])
def test_frames_in_time(tmp_path, write, steps, more, step):
    write.dicom(tmp_path / "a.dcm", values=write.STACK, **more)
    image = nsi.open(tmp_path / "a.dcm")
    assert image.dims == ("time", "y", "x")
    assert steps(image).get("time") == step


def colour(path, write, kind, values):
    write.dicom(path)
    more = {"SamplesPerPixel": 3, "PhotometricInterpretation": kind, "PlanarConfiguration": 0}
    more |= {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelData": values.tobytes()}
    change(path, RescaleSlope=None, RescaleIntercept=None, **more)


@pytest.mark.parametrize("kind", ["RGB", "YBR_FULL"])
def test_colours_come_as_red_green_and_blue(tmp_path, write, kind):
    values = write.COLOUR[..., :3]
    colour(tmp_path / "a.dcm", write, kind, values if kind == "RGB" else convert_color_space(values, "RGB", kind))
    image = nsi.open(tmp_path / "a.dcm")
    assert image.dims == ("y", "x", "channel")
    assert "".join(image.channel.values) == "rgb"
    assert np.abs(image.values.astype(int) - values).max() <= (0 if kind == "RGB" else 2)


def test_values_that_are_floats(tmp_path, write):
    write.dicom(tmp_path / "a.dcm")
    values = write.STACK[0].astype("f4") / 7
    gone = dict.fromkeys(("PixelData", "RescaleSlope", "RescaleIntercept", "BitsStored", "HighBit", "PixelRepresentation"))
    change(tmp_path / "a.dcm", **gone, BitsAllocated=32, FloatPixelData=values.tobytes())
    assert np.array_equal(nsi.open(tmp_path / "a.dcm"), values)


def group(slope=None, spacing=None, thick=None):
    """Make a functional group of an enhanced image."""
    item = Dataset()
    if slope is not None:
        inner = Dataset()
        inner.RescaleSlope, inner.RescaleIntercept, inner.RescaleType = slope, -1000, "HU"
        item.PixelValueTransformationSequence = [inner]
    if spacing is not None:
        inner = Dataset()
        inner.PixelSpacing, inner.SpacingBetweenSlices = spacing, thick
        item.PixelMeasuresSequence = [inner]
    return item


def enhanced(path, write, shared, frames):
    write.dicom(path, values=write.STACK)
    gone = dict.fromkeys(("RescaleSlope", "RescaleIntercept", "PixelSpacing"))
    change(path, **gone, SharedFunctionalGroupsSequence=[shared], PerFrameFunctionalGroupsSequence=frames)


@pytest.mark.parametrize("place", ["shared", "each"])
def test_an_enhanced_image_is_rescaled_by_its_groups(tmp_path, write, steps, place):
    told = group(2, [0.3, 0.4], 1.5)
    enhanced(tmp_path / "a.dcm", write, *((told, [group()] * 3) if place == "shared" else (group(), [told] * 3)))
    image = nsi.open(tmp_path / "a.dcm")
    assert np.array_equal(image, write.STACK.astype(int) * 2 - 1000)
    assert image.attrs["units"] == "HU"
    assert steps(image) == {"z": (1.5, "mm"), "y": (0.3, "mm"), "x": (0.4, "mm")}


def test_frames_that_are_rescaled_each_in_its_way_are_an_error(tmp_path, write):
    enhanced(tmp_path / "a.dcm", write, group(), [group(s, [1, 1], 1) for s in (1, 2, 3)])
    with pytest.raises(FileError, match=r"the frames of a.dcm differ in their RescaleSlope"):
        nsi.open(tmp_path / "a.dcm")


def test_a_file_without_pixels_names_its_class(tmp_path, write):
    write.dicom(tmp_path / "a.dcm", PixelData=None)
    with pytest.raises(FileError, match=r"a.dcm holds no pixels \(class CT Image Storage\)"):
        nsi.open(tmp_path / "a.dcm")


def test_a_slice_has_no_variables(tmp_path, write):
    write.dicom(tmp_path / "a.dcm")
    with pytest.raises(OptionError, match="a DICOM file holds one image"):
        nsi.open(tmp_path / "a.dcm", variable="a")


def test_a_file_without_suffix_is_known_by_its_bytes(tmp_path, write):
    write.dicom(tmp_path / "IM0001")
    assert nsi.open(tmp_path / "IM0001").shape == (12, 14)
