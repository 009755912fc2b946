"""TIFF: pages, axes, colours, compressions, several images in a file."""

import numpy as np
import pytest
import tifffile
from PIL import Image

import nsi_notebook as nsi
from nsi_notebook.errors import FileError, UnknownNameError


def test_pages_without_named_axes_are_z(tmp_path, write):
    write.pillow_tiff(tmp_path / "a.tif", write.STACK)
    image = nsi.open(tmp_path / "a.tif")
    assert (image.dims, image.dtype) == (("z", "y", "x"), "u2")
    assert np.array_equal(image, write.STACK)


@pytest.mark.parametrize(
    ("axes", "shape", "dims"),
    [
        ("YX", (12, 14), ("y", "x")),
        ("TYX", (3, 12, 14), ("time", "y", "x")),
        ("TZCYX", (2, 3, 2, 12, 14), ("time", "z", "y", "x", "channel")),
        ("CYX", (2, 12, 14), ("y", "x", "channel")),
        ("YXS", (12, 14, 3), ("y", "x", "channel")),
        ("SYX", (3, 12, 14), ("y", "x", "channel")),
        ("ZQYX", (2, 3, 12, 14), ("time", "z", "y", "x")),
        ("QYX", (3, 12, 14), ("z", "y", "x")),
    ],
)
@pytest.mark.parametrize("chunks", [None, {}])
def test_axes_come_in_one_order(tmp_path, axes, shape, dims, chunks):
    values = np.arange(np.prod(shape), dtype="u2").reshape(shape)
    kind = "rgb" if "S" in axes else "minisblack"
    place = "separate" if axes == "SYX" else None
    tifffile.imwrite(tmp_path / "a.tif", values, metadata={"axes": axes}, photometric=kind, planarconfig=place)
    image = nsi.open(tmp_path / "a.tif", chunks=chunks)
    names = {"T": "time", "Z": "z", "Y": "y", "X": "x", "C": "channel", "S": "channel", "Q": dims[0]}
    assert image.dims == dims
    assert np.array_equal(image.transpose(*(names[a] for a in axes)), values)


@pytest.mark.parametrize("kind", ["u1", "u2", "u4", "i2", "f4", "f8", ">u2", ">f4"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_any_number_in_any_byte_order(tmp_path, write, kind, order):
    values = write.STACK.astype(kind)
    tifffile.imwrite(tmp_path / "a.tif", values, byteorder=order, photometric="minisblack")
    image = nsi.open(tmp_path / "a.tif")
    assert image.dtype == np.dtype(kind).newbyteorder("=")
    assert np.array_equal(image, values)


@pytest.mark.parametrize(("channels", "names"), [(3, "rgb"), (4, "rgba")])
def test_colours_are_named(tmp_path, write, channels, names):
    values = write.COLOUR[..., :channels]
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb")
    image = nsi.open(tmp_path / "a.tif")
    assert "".join(image.channel.values) == names
    assert np.array_equal(image, values)


def test_channels_of_colours_are_two_dims(tmp_path):
    values = np.arange(2 * 12 * 14 * 3, dtype="u1").reshape(2, 12, 14, 3)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb", metadata={"axes": "CYXS"})
    image = nsi.open(tmp_path / "a.tif")
    assert dict(image.sizes) == {"sample": 2, "y": 12, "x": 14, "channel": 3}
    assert np.array_equal(image, values)


@pytest.mark.parametrize("scheme", ["raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "zstd", "lzma"])
@pytest.mark.parametrize("chunks", [None, {"z": 1}])
def test_compressions_that_lose_nothing(tmp_path, write, scheme, chunks):
    write.pillow_tiff(tmp_path / "a.tif", write.STACK, compression=scheme)
    image = nsi.open(tmp_path / "a.tif", chunks=chunks)
    assert image.dims == ("z", "y", "x")
    assert np.array_equal(image, write.STACK)


def test_a_predictor_of_floats(tmp_path):
    values = np.random.default_rng(0).random((12, 14)).astype("f4")
    Image.fromarray(values).save(tmp_path / "a.tif", compression="tiff_adobe_deflate", tiffinfo={317: 3})
    assert np.array_equal(nsi.open(tmp_path / "a.tif"), values)


def test_a_compression_of_jpeg_gives_what_its_decoder_gives(tmp_path, write):
    write.pillow_tiff(tmp_path / "a.tif", write.COLOUR[..., 0], compression="jpeg")
    with Image.open(tmp_path / "a.tif") as picture:
        assert np.array_equal(nsi.open(tmp_path / "a.tif"), np.asarray(picture))


def say(path, code):
    """Let the first page claim another compression."""
    with tifffile.TiffFile(path) as file:
        place = file.pages[0].tags["Compression"].valueoffset
    data = bytearray(path.read_bytes())
    data[place : place + 2] = code.to_bytes(2, "little")
    path.write_bytes(data)


@pytest.mark.parametrize(("code", "name"), [(34887, "LERC"), (34712, "JPEG2000"), (32809, "THUNDERSCAN")])
def test_a_compression_that_nobody_here_can_read_names_the_package(tmp_path, write, code, name):
    path = tmp_path / "a.tif"
    write.pillow_tiff(path, write.STACK[0], compression="tiff_lzw")
    say(path, code)
    with pytest.raises(FileError, match=rf"a.tif: {name} compression of uint16 \(12, 14\) cannot be read") as caught:
        nsi.open(path)
    assert "pip install imagecodecs" in caught.value.hint


def lzw(data):
    """Pack bytes in LZW's way without looking for repeats: each as a code of 9 bits, the table cleared before codes need 10."""
    codes = [c for i in range(0, len(data), 200) for c in (256, *data[i : i + 200])] + [257]
    bits = "".join(f"{c:09b}" for c in codes)
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


@pytest.mark.parametrize("kind", ["u1", "u2"])
def test_colours_in_lzw_keep_their_bits_or_are_an_error(tmp_path, write, kind):
    values = np.dstack([write.STACK[0] % 256] * 3).astype(kind)
    how = {"shape": values.shape, "dtype": kind, "compression": "zlib", "photometric": "rgb", "rowsperstrip": 12}
    tifffile.imwrite(tmp_path / "a.tif", iter([lzw(values.tobytes())]), **how)
    say(tmp_path / "a.tif", 5)
    if kind == "u1":
        assert np.array_equal(nsi.open(tmp_path / "a.tif"), values)
    else:  # Pillow would cut them to 8 bits
        with pytest.raises(FileError, match=r"a.tif: LZW compression of uint16 \(12, 14, 3\) cannot be read"):
            nsi.open(tmp_path / "a.tif")


@pytest.mark.parametrize("chunks", [None, {}])
def test_one_bit_a_pixel_is_bool(tmp_path, write, chunks):
    values = write.STACK[0] > 2000
    tifffile.imwrite(tmp_path / "a.tif", values)
    assert np.array_equal(nsi.open(tmp_path / "a.tif", chunks=chunks), values)


def test_of_several_images_one_is_chosen(tmp_path, write):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(write.STACK, photometric="minisblack")
        file.write(write.STACK[0, :4].astype("f4"))
    with pytest.raises(FileError, match=r"a.tif holds 2 images: .* \(3, 12, 14\), .* \(4, 14\)") as caught:
        nsi.open(tmp_path / "a.tif")
    assert "variable=" in caught.value.hint
    assert np.array_equal(nsi.open(tmp_path / "a.tif", variable="1"), write.STACK[0, :4])
    with pytest.raises(UnknownNameError, match="unknown image 'mapp'"):
        nsi.open(tmp_path / "a.tif", variable="mapp")


def test_an_image_is_chosen_by_its_name(tmp_path, write):
    with tifffile.TiffWriter(tmp_path / "a.ome.tif") as file:
        file.write(write.STACK, metadata={"Name": "raw"}, photometric="minisblack")
        file.write(write.STACK[0, :4], metadata={"Name": "map"})
    image = nsi.open(tmp_path / "a.ome.tif", variable="map")
    assert np.array_equal(image, write.STACK[0, :4])


@pytest.mark.parametrize(("size", "chunks"), [(64, {}), (64, None)])
def test_large_pages_in_tiles_are_read_tile_by_tile(tmp_path, monkeypatch, size, chunks):
    from nsi_notebook.voids.reading import tiff

    values = np.arange(size * size, dtype="u2").reshape(size, size)
    tifffile.imwrite(tmp_path / "a.tif", values, tile=(16, 32))
    monkeypatch.setattr(tiff, "TILED", 1000)
    image = nsi.open(tmp_path / "a.tif", chunks=chunks)
    assert chunks is None or image.chunks == ((16,) * 4, (32,) * 2)
    assert np.array_equal(image, values)
