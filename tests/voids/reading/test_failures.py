"""What a library raises becomes one line that names the file, and a hint that fits."""

from pathlib import Path

import pytest

from nsi_notebook.errors import FileError, OptionError
from nsi_notebook.voids.reading.failures import reading

PLACE = Path("/data/run 3/a.tif")


def caught(error):
    with pytest.raises(FileError) as found, reading(PLACE, "TIFF"):
        raise error
    assert found.value.__cause__ is error
    return found.value


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("bad strip\nin page 3"), "a.tif cannot be read as TIFF: bad strip"),
        (ValueError(f"cannot parse {PLACE}"), "a.tif cannot be read as TIFF: cannot parse a.tif"),
        (KeyError("shape"), "a.tif cannot be read as TIFF: shape"),
        (EOFError(), "a.tif cannot be read as TIFF: EOFError"),
        (OSError(5, "Input/output error", str(PLACE)), "a.tif cannot be read as TIFF: Input/output error"),
        (ValueError("x" * 500), "a.tif cannot be read as TIFF: " + "x" * 157 + "..."),
    ],
)
def test_the_message_is_one_short_line(error, message):
    assert caught(error).message == message


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (PermissionError(13, "Permission denied"), "may you read it?"),
        (MemoryError("Unable to allocate 9 TiB"), "chunks='auto'"),
        (ValueError("bad"), "is it damaged or cut short? copy it again"),
    ],
)
def test_the_hint_fits(error, hint):
    assert hint in caught(error).hint


def test_our_own_errors_pass():
    error = OptionError("no such thing")
    with pytest.raises(OptionError) as found, reading(PLACE, "TIFF"):
        raise error
    assert found.value is error


def test_what_a_reader_names_besides_is_caught_and_nothing_else():
    class OddError(Exception):
        pass

    with pytest.raises(FileError), reading(PLACE, "TIFF", (OddError,)):
        raise OddError("of its own")
    with pytest.raises(OddError), reading(PLACE, "TIFF"):
        raise OddError("of its own")
