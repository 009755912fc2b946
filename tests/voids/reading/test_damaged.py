"""Whatever is done to a file, reading it gives all its values or a FileError, and never another exception."""

import random
import warnings

import numpy as np
import pytest

from nsi_notebook.errors import FileError, NsiError
from nsi_notebook.voids.reading import open

# h5netcdf fails once more, where nobody can catch it, when a file that it could not open is collected
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def attempt(path, **options):
    """Values, or None for a clear error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the libraries say of damage is theirs
        try:
            return open(path, **options).values
        except NsiError as caught:
            error = caught
    assert path.name.split(".")[0] in str(error), error
    assert "\n" not in error.message, error
    assert str(path.parent) not in error.message, error
    return None


def test_a_whole_file_gives_its_values(written):
    path, values = written
    got = open(path).values
    assert values is None or np.array_equal(got, values)


def test_a_file_that_is_cut_short_gives_all_or_an_error(written):
    path, _ = written
    whole, values = path.read_bytes(), open(path).values
    draw = random.Random(path.name)
    n = len(whole)
    places = (1, 2, 3, 4, 7, 8, 64, 131, 132, 140, 348, 352, n // 2, n - 1, n - 2, n - 9)
    cuts = {*places, *(draw.randrange(1, n) for _ in range(60))}
    for cut in sorted(c for c in cuts if 0 < c < n):
        path.write_bytes(whole[:cut])
        for chunks in (None, {}):
            got = attempt(path, chunks=chunks)
            assert got is None or np.array_equal(got, values), f"{cut} of {n} bytes gave other values"


def test_a_file_with_wrong_bytes_gives_something_or_an_error(written):
    path, _ = written
    whole = path.read_bytes()
    draw = random.Random(path.name)
    for round in range(150):
        data = bytearray(whole)
        for _ in range(draw.choice((1, 1, 2, 8))):
            place = draw.randrange(min(len(data), 700 if round % 2 else len(data)))
            data[place] = draw.choice((0, 255, data[place] ^ (1 << draw.randrange(8)), draw.randrange(256)))
        path.write_bytes(data)
        got = attempt(path)
        assert got is None or got.size  # a byte may be a pixel, so the values may be others


def test_a_file_of_no_bytes_is_called_empty(written):
    path, _ = written
    path.write_bytes(b"")
    with pytest.raises(FileError, match=r"is empty \(0 bytes\)"):
        open(path)


def test_a_file_of_noise_is_an_error(written):
    path, _ = written
    path.write_bytes(random.Random(1).randbytes(2000))
    assert attempt(path) is None
