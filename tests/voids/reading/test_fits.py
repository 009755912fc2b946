"""FITS: values as astropy scales them, spacing out of the world coordinates, the image that is meant."""

import numpy as np
import pytest
from astropy import units
from astropy.io import fits
from astropy.wcs import WCS
from astropy.wcs.utils import proj_plane_pixel_scales

import nsi_notebook as nsi
from nsi_notebook.errors import FileError, UnknownNameError

VALUES = np.arange(30, dtype="i2").reshape(5, 6)


def save(path, values=VALUES, header=None, **more):
    hdu = fits.PrimaryHDU(values, fits.Header(header or {}))
    for key, value in more.items():
        hdu.header[key] = value
    hdu.writeto(path)
    return path


def sky(unit="deg", scale=(-0.0002, 0.0004), turn=0.0):
    world = WCS(naxis=2)
    world.wcs.ctype, world.wcs.cunit, world.wcs.crval, world.wcs.cdelt = ["RA---TAN", "DEC--TAN"], [unit] * 2, [10, 20], scale
    c, s = np.cos(turn), np.sin(turn)
    world.wcs.pc = [[c, -s], [s, c]]
    return world


@pytest.mark.parametrize("kind", [">i2", ">i4", ">f4", ">f8", "u1", "u2", "u4"])
@pytest.mark.parametrize("chunks", [None, {}])
def test_values_of_any_kind(tmp_path, kind, chunks):
    path = save(tmp_path / "a.fits", (VALUES * 3).astype(kind))
    image = nsi.open(path, chunks=chunks)
    assert image.dims == ("y", "x")
    assert image.dtype == np.dtype(kind).newbyteorder("=")
    assert np.array_equal(image, VALUES * 3)


@pytest.mark.parametrize("more", [{"BLANK": 7}, {"BSCALE": 2.0, "BZERO": 10.0}, {"BLANK": 7, "BSCALE": 2.0, "BZERO": 10.0}])
@pytest.mark.parametrize("chunks", [None, {}])
def test_values_are_scaled_and_blanks_are_nan_as_astropy_does(tmp_path, more, chunks):
    path = save(tmp_path / "a.fits", **more)
    with fits.open(path) as file:
        there = np.array(file[0].data)
    image = nsi.open(path, chunks=chunks)
    assert image.dtype == there.dtype.newbyteorder("=")
    assert np.array_equal(image, there, equal_nan=True)
    assert bool(np.isnan(image).any()) == ("BLANK" in more)


@pytest.mark.parametrize("chunks", [None, {}])
def test_a_compressed_image(tmp_path, chunks):
    values = np.arange(10000, dtype="i2").reshape(100, 100)
    fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(values, name="SCI")]).writeto(tmp_path / "a.fits")
    image = nsi.open(tmp_path / "a.fits", chunks=chunks)
    assert np.array_equal(image, values)
    assert image.name == "sci"


def test_without_world_coordinates_pixels_have_no_spacing(tmp_path, steps):
    image = nsi.open(save(tmp_path / "a.fits"))
    assert steps(image) == {}
    assert "units" not in image.attrs


@pytest.mark.parametrize(("unit", "arcsec"), [("deg", 3600), ("arcmin", 60), ("arcsec", 1)])
def test_the_sky_is_in_arcsec(tmp_path, steps, unit, arcsec):
    header = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 10.0, "CRVAL2": 20.0, "CDELT1": -0.2, "CDELT2": 0.4}
    image = nsi.open(save(tmp_path / "a.fits", header=header | {"CUNIT1": unit, "CUNIT2": unit}))
    assert steps(image) == {"y": (0.4 * arcsec, "arcsec"), "x": (0.2 * arcsec, "arcsec")}


@pytest.mark.parametrize("turn", [0, 0.3, 2.0])
def test_a_turned_sky_keeps_its_scale(tmp_path, steps, turn):
    world = sky(scale=(-0.0002, 0.0002), turn=turn)
    image = nsi.open(save(tmp_path / "a.fits", header=world.to_header()))
    x, y = (proj_plane_pixel_scales(world) * units.deg).to_value("arcsec")
    assert steps(image) == {"y": (y, "arcsec"), "x": (x, "arcsec")}
    assert x == pytest.approx(0.72)


def test_a_matrix_of_degrees_is_a_scale(tmp_path, steps):
    header = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CD1_1": -0.001, "CD1_2": 0.0, "CD2_1": 0.0, "CD2_2": 0.002}
    assert steps(nsi.open(save(tmp_path / "a.fits", header=header))) == {"y": (7.2, "arcsec"), "x": (3.6, "arcsec")}


def test_lengths_are_told_in_the_unit_of_x(tmp_path, steps):
    header = {"CDELT1": 0.5, "CDELT2": 700.0, "CUNIT1": "mm", "CUNIT2": "um"}
    assert steps(nsi.open(save(tmp_path / "a.fits", header=header))) == {"y": (0.7, "mm"), "x": (0.5, "mm")}


def test_a_scale_without_a_unit_is_no_spacing(tmp_path, steps):
    assert steps(nsi.open(save(tmp_path / "a.fits", header={"CDELT1": 0.5, "CDELT2": 0.5}))) == {}


def test_the_unit_of_the_values(tmp_path):
    assert nsi.open(save(tmp_path / "a.fits", BUNIT="electron/s ")).attrs["units"] == "electron/s"


def cube(path, step=1e6):
    header = {"CTYPE1": "RA---SIN", "CTYPE2": "DEC--SIN", "CTYPE3": "FREQ", "CTYPE4": "STOKES", "CUNIT3": "Hz"}
    for axis, (start, delta) in enumerate([(10.0, -1e-3), (20.0, 1e-3), (1.4e9, step), (1.0, 1.0)], 1):
        header |= {f"CRVAL{axis}": start, f"CDELT{axis}": delta, f"CRPIX{axis}": 2.0 if axis == 3 else 1.0}
    values = np.arange(4 * 5 * 6, dtype="f4").reshape(1, 4, 5, 6)
    return save(path, values, header), values


@pytest.mark.parametrize("chunks", [None, {}])
def test_a_radio_cube_has_channels_and_loses_axes_of_one(tmp_path, steps, chunks):
    path, values = cube(tmp_path / "a.fits")
    image = nsi.open(path, chunks=chunks)
    assert dict(image.sizes) == {"y": 5, "x": 6, "channel": 4}
    assert np.array_equal(image.transpose("channel", "y", "x"), values[0])
    assert steps(image) == {"y": (3.6, "arcsec"), "x": (3.6, "arcsec"), "channel": (1e6, "Hz")}
    with fits.open(path) as file:
        frequency = WCS(file[0].header).sub([3]).pixel_to_world_values(np.arange(4))
    assert np.allclose(image.channel, np.ravel(frequency), rtol=1e-12)


def test_a_falling_frequency_is_left_to_its_index(tmp_path, steps):
    path, _ = cube(tmp_path / "a.fits", step=-1e6)
    assert "channel" not in nsi.open(path).coords


@pytest.mark.parametrize(
    ("shape", "kinds", "dims"),
    [
        ((7,), {}, ("x",)),
        ((3, 5, 6), {}, ("z", "y", "x")),
        ((3, 5, 6), {"CTYPE3": "TIME"}, ("time", "y", "x")),
        ((3, 5, 6), {"CTYPE3": "WAVE"}, ("y", "x", "channel")),
        ((2, 3, 5, 6), {}, ("time", "z", "y", "x")),
        ((2, 3, 5, 6), {"CTYPE3": "FREQ", "CTYPE4": "STOKES"}, ("z", "y", "x", "channel")),
    ],
)
def test_axes_behind_the_first_two_by_their_kind(tmp_path, shape, kinds, dims):
    image = nsi.open(save(tmp_path / "a.fits", np.zeros(shape, "f4"), header=kinds))
    assert image.dims == dims


def several(path):
    parts = [
        fits.PrimaryHDU(),
        fits.ImageHDU(VALUES, name="SCI"),
        fits.ImageHDU(VALUES + 1, name="ERR"),
        fits.ImageHDU(VALUES + 2),
    ]
    fits.HDUList(parts).writeto(path)
    return path


@pytest.mark.parametrize(("variable", "more"), [("SCI", 0), ("err", 1), (" Err ", 1), ("1", 0), ("3", 2)])
@pytest.mark.parametrize("chunks", [None, {}])
def test_of_several_images_one_is_chosen(tmp_path, variable, more, chunks):
    image = nsi.open(several(tmp_path / "a.fits"), variable=variable, chunks=chunks)
    assert np.array_equal(image, VALUES + more)
    assert image.name == {0: "sci", 1: "err", 2: None}[more]


def test_several_images_are_named(tmp_path):
    with pytest.raises(FileError, match=r"a.fits holds 3 images: SCI \(5, 6\), ERR \(5, 6\), 3 \(5, 6\)") as caught:
        nsi.open(several(tmp_path / "a.fits"))
    assert caught.value.hint == "choose one: variable='SCI'"
    with pytest.raises(UnknownNameError, match="unknown image 'errr'; there are: 3, ERR, SCI"):
        nsi.open(tmp_path / "a.fits", variable="errr")


def test_the_only_image_needs_no_name(tmp_path):
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(VALUES, name="SCI")]).writeto(tmp_path / "a.fits")
    assert np.array_equal(nsi.open(tmp_path / "a.fits"), VALUES)


def test_a_file_of_tables_is_an_error(tmp_path):
    table = fits.BinTableHDU.from_columns([fits.Column("a", "E", array=[1.0, 2.0])])
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(tmp_path / "a.fits")
    with pytest.raises(FileError, match=r"a.fits holds no image, only PrimaryHDU, BinTableHDU"):
        nsi.open(tmp_path / "a.fits")
