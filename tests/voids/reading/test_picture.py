"""PNG and JPEG: values, dims and channels; never a spacing."""

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

import nsi_notebook as nsi
from nsi_notebook.errors import FileError, OptionError


@pytest.mark.parametrize(
    ("kind", "shape", "dims", "channels"),
    [
        ("L", (), ("y", "x"), None),
        ("LA", (2,), ("y", "x", "channel"), None),
        ("RGB", (3,), ("y", "x", "channel"), "rgb"),
        ("RGBA", (4,), ("y", "x", "channel"), "rgba"),
    ],
)
@pytest.mark.parametrize("chunks", [None, {}])
def test_a_png_gives_its_values_and_channels(tmp_path, write, kind, shape, dims, channels, chunks):
    values = write.COLOUR[..., : shape[0]] if shape else write.COLOUR[..., 0]
    Image.fromarray(values, kind).save(tmp_path / "a.png")
    image = nsi.open(tmp_path / "a.png", chunks=chunks)
    assert (image.dims, image.dtype) == (dims, "u1")
    assert np.array_equal(image, values)
    assert ("channel" in image.coords) == (channels is not None)
    assert channels is None or "".join(image.channel.values) == channels


def test_a_png_of_16_bits_keeps_them(tmp_path, write):
    values = write.STACK[0] * 16
    write.png16(tmp_path / "a.png", values, 0)
    assert np.array_equal(nsi.open(tmp_path / "a.png"), values)


@pytest.mark.parametrize(("kind", "channels"), [(2, 3), (4, 2), (6, 4)])
@pytest.mark.parametrize("chunks", [None, {}])
def test_colours_of_16_bits_are_not_cut_to_8_in_silence(tmp_path, write, kind, channels, chunks):
    write.png16(tmp_path / "a.png", np.full((5, 6, channels), 4321, "u2"), kind)
    with pytest.raises(FileError, match="colours of 16 bits"):
        nsi.open(tmp_path / "a.png", chunks=chunks)


def test_a_png_of_one_bit_is_bool(tmp_path, write):
    values = write.STACK[0] > 2000
    Image.fromarray(values).save(tmp_path / "a.png")
    image = nsi.open(tmp_path / "a.png")
    assert image.dtype == bool
    assert np.array_equal(image, values)


def test_a_palette_gives_its_colours(tmp_path, write):
    picture = Image.fromarray(write.COLOUR[..., :3]).quantize(16)
    picture.save(tmp_path / "a.png")
    assert np.array_equal(nsi.open(tmp_path / "a.png"), np.asarray(picture.convert("RGB")))


@pytest.mark.parametrize("channels", [0, 3])
@pytest.mark.parametrize("chunks", [None, {}])
def test_an_animated_png_runs_along_time(tmp_path, write, channels, chunks):
    values = [write.COLOUR[..., :channels] + i if channels else write.COLOUR[..., i] for i in range(3)]
    first, *more = [Image.fromarray(v) for v in values]
    first.save(tmp_path / "a.png", save_all=True, append_images=more)
    image = nsi.open(tmp_path / "a.png", chunks=chunks)
    assert image.dims == ("time", "y", "x", "channel")[: 3 + bool(channels)]
    assert np.array_equal(image, values)


@pytest.mark.parametrize(("kind", "channels"), [("L", ""), ("RGB", "rgb"), ("CMYK", "cmyk")])
def test_a_jpeg_gives_what_its_decoder_gives(tmp_path, write, kind, channels):
    Image.fromarray(write.COLOUR).convert(kind).save(tmp_path / "a.jpg")
    image = nsi.open(tmp_path / "a.jpg")
    assert np.array_equal(image, iio.imread(tmp_path / "a.jpg"))
    assert "".join(image.channel.values if channels else ()) == channels


def test_dots_per_inch_are_no_spacing(tmp_path, write, steps):
    Image.fromarray(write.COLOUR).save(tmp_path / "a.png", dpi=(300, 300))
    assert steps(nsi.open(tmp_path / "a.png")) == {}


def test_a_picture_larger_than_its_decoder_takes_is_an_error(tmp_path, monkeypatch, write):
    write.png(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 50)
    with pytest.raises(FileError, match=r"a.png is too large for a picture.*168 pixels"):
        nsi.open(tmp_path / "a.png")


def test_a_picture_has_no_variables(tmp_path, write):
    write.png(tmp_path / "a.png")
    with pytest.raises(OptionError, match="variable='red', but a PNG file holds one image"):
        nsi.open(tmp_path / "a.png", variable="red")
