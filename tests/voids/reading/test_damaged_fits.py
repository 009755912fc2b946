"""Damage to a FITS file that astropy would follow for ever, or pass over."""

import gzip

import numpy as np
import pytest
from astropy.io import fits

import nsi_notebook as nsi
from nsi_notebook.errors import FileError


def two(path):
    fits.HDUList([fits.PrimaryHDU(np.zeros((5, 6), "i2")), fits.ImageHDU(np.ones((5, 6), "i2"), name="ERR")]).writeto(path)
    return path.read_bytes()


@pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyUserWarning")
def test_a_damaged_header_in_a_packed_file_is_an_error(tmp_path, write):
    path = tmp_path / "sky.fits.gz"
    write.fits(path)
    whole = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(whole.replace(b"SIMPLE  =                    T", b"SIMPLE  =                    \0")))
    with pytest.raises(FileError, match=r"sky.fits.gz has a damaged header, .* in its part 0"):
        nsi.open(path)


@pytest.mark.parametrize("cut", [5761, 5860, 8639])
def test_a_file_that_ends_in_the_header_of_a_second_image_is_cut_short(tmp_path, cut):
    path = tmp_path / "two.fits"
    path.write_bytes(two(path)[:cut])
    with pytest.raises(FileError, match=rf"two.fits ends at byte {cut}, within a header|two.fits.*truncated"):
        nsi.open(path)


@pytest.mark.parametrize("cut", [8640, 8700, 11519])
def test_a_file_that_lacks_pixels_of_another_image_is_cut_short(tmp_path, cut):
    path = tmp_path / "two.fits"
    path.write_bytes(two(path)[:cut])
    with pytest.raises(FileError, match=rf"truncated: actual file length \({cut}\) is smaller than the expected size \(11520\)"):
        nsi.open(path, variable="PRIMARY")


@pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyUserWarning")
@pytest.mark.parametrize("more", [b"\0" * 2880, b" " * 80, b"notes of the observer"])
def test_bytes_behind_the_last_image_are_passed_over(tmp_path, write, more):
    path = tmp_path / "sky.fits"
    write.fits(path)
    path.write_bytes(path.read_bytes() + more)
    assert np.array_equal(nsi.open(path), write.STACK[0])
