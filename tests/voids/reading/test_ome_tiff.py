"""OME-TIFF: spacing in any unit, channels, several images."""

import numpy as np
import pytest
import tifffile

import nsi_notebook as nsi
from nsi_notebook.errors import FileError


def ome(path, values, axes, **metadata):
    tifffile.imwrite(path, values, ome=True, photometric="minisblack", metadata={"axes": axes, **metadata})


def sizes(unit, **told):
    return {f"PhysicalSize{d}": s for d, s in told.items()} | {f"PhysicalSize{d}Unit": unit for d in told}


@pytest.mark.parametrize(("unit", "name"), [("\u00b5m", "um"), ("nm", "nm"), ("mm", "mm"), ("\u00c5", "angstrom"), ("in", "in")])
@pytest.mark.parametrize("chunks", [None, {}])
def test_physical_sizes_give_the_spacing(tmp_path, write, steps, unit, name, chunks):
    ome(tmp_path / "a.ome.tif", write.STACK, "ZYX", **sizes(unit, X=0.25, Y=0.5, Z=2))
    image = nsi.open(tmp_path / "a.ome.tif", chunks=chunks)
    assert image.dims == ("z", "y", "x")
    assert steps(image) == {"z": (2.0, name), "y": (0.5, name), "x": (0.25, name)}
    assert np.array_equal(image, write.STACK)


def test_axes_in_different_units_are_told_in_that_of_x(tmp_path, write, steps):
    told = sizes("nm", X=250, Y=500) | sizes("\u00b5m", Z=2)
    ome(tmp_path / "a.ome.tif", write.STACK, "ZYX", **told)
    assert steps(nsi.open(tmp_path / "a.ome.tif")) == {"z": (2000.0, "nm"), "y": (500.0, "nm"), "x": (250.0, "nm")}


def test_sizes_without_a_unit_are_micrometres_by_the_schema(tmp_path, write, steps):
    ome(tmp_path / "a.ome.tif", write.STACK[0], "YX", PhysicalSizeX=0.25, PhysicalSizeY=0.5)
    assert steps(nsi.open(tmp_path / "a.ome.tif")) == {"y": (0.5, "um"), "x": (0.25, "um")}


@pytest.mark.parametrize("unit", ["pixel", "reference frame"])
def test_sizes_in_no_length_are_ignored(tmp_path, write, steps, unit):
    ome(tmp_path / "a.ome.tif", write.STACK[0], "YX", **sizes(unit, X=2, Y=3))
    assert steps(nsi.open(tmp_path / "a.ome.tif")) == {}


def test_frames_have_their_interval(tmp_path, write, steps):
    ome(tmp_path / "a.ome.tif", write.STACK, "TYX", TimeIncrement=30, TimeIncrementUnit="ms")
    assert steps(nsi.open(tmp_path / "a.ome.tif")) == {"time": (30.0, "ms")}


def test_channels_have_their_names(tmp_path, write):
    ome(tmp_path / "a.ome.tif", write.STACK, "CYX", Channel={"Name": ["DAPI", "GFP", "RFP"]})
    image = nsi.open(tmp_path / "a.ome.tif")
    assert image.dims == ("y", "x", "channel")
    assert list(image.channel.values) == ["DAPI", "GFP", "RFP"]
    assert np.array_equal(image.sel(channel="GFP"), write.STACK[1])


def test_channels_without_names_have_none(tmp_path, write):
    ome(tmp_path / "a.ome.tif", write.STACK, "CYX")
    assert "channel" not in nsi.open(tmp_path / "a.ome.tif").coords


def test_each_image_has_its_own_spacing(tmp_path, write, steps):
    with tifffile.TiffWriter(tmp_path / "a.ome.tif", ome=True) as file:
        for i, name in enumerate(("wide", "near"), 1):
            told = {"axes": "ZYX", "Name": name, **sizes("nm", X=i, Y=10 * i)}
            file.write(write.STACK[:, :, : 14 - i], metadata=told, photometric="minisblack")
    assert steps(nsi.open(tmp_path / "a.ome.tif", variable="wide")) == {"y": (10.0, "nm"), "x": (1.0, "nm")}
    assert steps(nsi.open(tmp_path / "a.ome.tif", variable="near")) == {"y": (20.0, "nm"), "x": (2.0, "nm")}
    assert steps(nsi.open(tmp_path / "a.ome.tif", variable="1")) == {"y": (20.0, "nm"), "x": (2.0, "nm")}


def test_a_pyramid_gives_its_full_resolution(tmp_path):
    values = np.arange(64 * 64, dtype="u2").reshape(64, 64)
    with tifffile.TiffWriter(tmp_path / "a.ome.tif", ome=True) as file:
        file.write(values, subifds=1, tile=(16, 16), metadata={"axes": "YX"})
        file.write(values[::2, ::2], subfiletype=1, tile=(16, 16))
    assert np.array_equal(nsi.open(tmp_path / "a.ome.tif"), values)
    assert np.array_equal(nsi.open(tmp_path / "a.ome.tif", chunks={}), values)


def split(folder, write, scheme=None):
    """Write one image over two files, as microscopes do: each holds the metadata of both."""
    said = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:{own}"><Image ID="Image:0"><Pixels '
        'ID="Pixels:0" DimensionOrder="XYZCT" Type="uint16" SizeX="14" SizeY="12" SizeZ="2" SizeC="1" SizeT="1" '
        'PhysicalSizeX="0.5" PhysicalSizeY="0.5" PhysicalSizeZ="3"><Channel ID="Channel:0" SamplesPerPixel="1"/>'
        + "".join(
            f'<TiffData FirstZ="{i}" IFD="0" PlaneCount="1"><UUID FileName="p{i}.ome.tif">urn:uuid:{i}</UUID></TiffData>'
            for i in (0, 1)
        )
        + "</Pixels></Image></OME>"
    )
    for i in (0, 1):
        write.pillow_tiff(folder / f"p{i}.ome.tif", write.STACK[i], compression=scheme, tiffinfo={270: said.format(own=i)})


@pytest.mark.parametrize("scheme", [None, "tiff_deflate", "tiff_lzw"])
@pytest.mark.parametrize("chunks", [None, {}])
def test_an_image_over_two_files_is_one(tmp_path, write, steps, chunks, scheme):
    split(tmp_path, write, scheme)
    image = nsi.open(tmp_path / "p0.ome.tif", chunks=chunks)
    assert np.array_equal(image, write.STACK[:2])
    assert steps(image) == {"z": (3.0, "um"), "y": (0.5, "um"), "x": (0.5, "um")}


def test_an_image_whose_second_file_is_missing_is_an_error(tmp_path, write):
    split(tmp_path, write)
    (tmp_path / "p1.ome.tif").unlink()
    with pytest.raises(FileError, match=r"p0.ome.tif is not whole: .*p1.ome.tif"):
        nsi.open(tmp_path / "p0.ome.tif")


def test_an_image_whose_second_file_is_cut_short_is_an_error(tmp_path, write):
    split(tmp_path, write)
    second = tmp_path / "p1.ome.tif"
    second.write_bytes(second.read_bytes()[:-50])
    with pytest.raises(FileError, match=r"p0.ome.tif"):
        nsi.open(tmp_path / "p0.ome.tif")


def test_no_spacing_is_taken_from_another_image(tmp_path, write, steps):
    """tifffile leaves out an image that has no planes in the file; what follows is not of its size."""
    path = tmp_path / "a.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as file:
        for i in (1, 2):
            told = {"axes": "YX", **sizes("nm", X=i, Y=i)}
            file.write(write.STACK[0, :, : 14 - i], metadata=told)
    with tifffile.TiffFile(path) as file:
        said = file.ome_metadata
    lost = said.replace(said[said.index("<TiffData") : said.index("</Pixels>")], "", 1)
    with tifffile.TiffWriter(path) as file:
        file.write(write.STACK[0, :, :13], description=lost, metadata=None)
        file.write(write.STACK[0, :, :12], metadata=None)
    image = nsi.open(path)
    assert image.shape == (12, 12)
    assert steps(image) == {}
