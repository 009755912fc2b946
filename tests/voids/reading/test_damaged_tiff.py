"""Damage to a TIFF file that its library would follow for ever, or into all the memory there is."""

import struct

import numpy as np
import pytest
import tifffile

import nsi_notebook as nsi
from nsi_notebook.errors import FileError


def links(path):
    """Where each page keeps the place of the next."""
    with tifffile.TiffFile(path) as file:
        tiff = file.tiff
        return tiff, [p.offset + tiff.tagnosize + len(p.tags) * tiff.tagsize for p in file.pages], [p.offset for p in file.pages]


@pytest.mark.parametrize("ome", [True, False])
@pytest.mark.parametrize("big", [True, False])
@pytest.mark.parametrize("target", [0, 1, 2])
def test_pages_that_come_back_on_themselves_are_an_error(tmp_path, write, big, ome, target):
    path = tmp_path / "loop.tif"
    write.tiff(path, bigtiff=big, ome=ome, contiguous=False) if ome else write.pillow_tiff(path, write.STACK, big_tiff=big)
    tiff, places, pages = links(path)
    data = bytearray(path.read_bytes())
    struct.pack_into(tiff.offsetformat, data, places[-1], pages[target])
    path.write_bytes(data)
    with pytest.raises(FileError, match=r"loop.tif is not whole: behind page 2 an earlier page follows again"):
        nsi.open(path)


def test_a_loop_of_more_than_a_hundred_pages_is_an_error(tmp_path):
    path = tmp_path / "loop.tif"
    with tifffile.TiffWriter(path) as file:
        for i in range(150):
            file.write(np.full((4, 5), i, "u1"), contiguous=False, metadata=None)
    tiff, places, pages = links(path)
    data = bytearray(path.read_bytes())
    struct.pack_into(tiff.offsetformat, data, places[-1], pages[120])
    path.write_bytes(data)
    with pytest.raises(FileError, match="behind page 149"):
        nsi.open(path)


@pytest.mark.parametrize("place", [b'SizeZ="3"', b'SizeX="14"', b'PlaneCount="3"'])
def test_more_planes_than_bytes_are_an_error(tmp_path, write, place):
    path = tmp_path / "huge.ome.tif"
    write.ome(path)
    with tifffile.TiffFile(path) as file:
        said = file.ome_metadata.encode()
    assert place in said
    with tifffile.TiffWriter(path) as file:
        file.write(write.STACK, description=said.replace(place, place[:-1] + b'000000000000"'), metadata=None, photometric=1)
    with pytest.raises(FileError, match=r"huge.ome.tif declares \d+ planes, and has \d+ bytes"):
        nsi.open(path)


def test_a_plane_that_is_declared_and_not_there_is_an_error(tmp_path, write):
    path = tmp_path / "short.ome.tif"
    write.ome(path)
    path.write_bytes(path.read_bytes().replace(b'SizeZ="3"', b'SizeZ="9"'))
    with pytest.raises(FileError, match=r"short.ome.tif"):
        nsi.open(path)


def test_a_first_page_that_is_a_thumbnail_does_not_make_the_next_absurd(tmp_path):
    path = tmp_path / "thumb.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as file:
        file.write(np.zeros((1, 2), "u1"), metadata={"axes": "YX"}, compression="zlib")
        file.write(np.zeros((600, 800), "u1"), metadata={"axes": "YX"}, compression="zlib")
    assert path.stat().st_size < 600 * 800 / 2
    assert nsi.open(path, variable="1").shape == (600, 800)


@pytest.fixture
def apart(tmp_path, write):
    """A file whose pages do not follow each other without a gap, and where it keeps the numbers of its page 2."""
    path = tmp_path / "apart.tif"
    with tifffile.TiffWriter(path) as file:
        for page in write.STACK:
            file.write(page, contiguous=False, metadata=None, description="a gap")
    with tifffile.TiffFile(path) as file:
        assert file.series[0].dataoffset is None
        return path, {tag.name: tag.valueoffset for tag in file.pages[2].tags}


def put(path, place, value):
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, place, value)
    path.write_bytes(data)
    return len(data)


def test_a_page_that_lies_behind_the_end_is_named(apart):
    path, places = apart
    size = put(path, places["StripOffsets"], path.stat().st_size - 4)
    with pytest.raises(FileError, match=rf"apart.tif ends at byte {size}, page 2 at {size - 4 + 336}"):
        nsi.open(path)


def test_a_page_that_holds_too_few_bytes_is_named(apart):
    path, places = apart
    put(path, places["StripByteCounts"], 100)
    with pytest.raises(FileError, match=r"page 2 of apart.tif holds 100 of 336 bytes"):
        nsi.open(path)


@pytest.mark.parametrize(("tag", "shape"), [("ImageWidth", r"\(12, 0\)"), ("ImageLength", r"\(0, 14\)")])
def test_a_page_of_no_width_holds_no_pixels(tmp_path, write, tag, shape):
    path = tmp_path / "empty.tif"
    write.pillow_tiff(path, write.STACK[0])
    with tifffile.TiffFile(path) as file:
        place = file.pages[0].tags[tag].valueoffset
    put(path, place, 0)
    with pytest.raises(FileError, match=rf"empty.tif holds no pixels: its shape is {shape}"):
        nsi.open(path)
