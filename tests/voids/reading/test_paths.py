"""Paths that lead nowhere are answered with what is there."""

import os
import pathlib

import numpy as np
import pytest

import nsi_notebook as nsi
from nsi_notebook.errors import FileError


@pytest.fixture
def folder(tmp_path, write):
    write.npy(tmp_path / "gravel_stack.npy")
    write.png(tmp_path / "sky.png")
    return tmp_path


@pytest.mark.parametrize(
    ("asked", "meant"), [("gravel_stak.npy", "gravel_stack.npy"), ("sky.tif", "sky.png"), ("Sky.PNG", "sky.png")]
)
def test_a_misspelt_name_is_answered_with_the_nearest(folder, asked, meant):
    with pytest.raises(FileError, match=r"there is no file '.*" + asked) as caught:
        nsi.open(folder / asked)
    assert caught.value.hint == f"did you mean {meant!r}?"


def test_a_name_like_no_other_gets_no_guess(folder):
    with pytest.raises(FileError, match="there is no file") as caught:
        nsi.open(folder / "quite_another.jpg")
    assert caught.value.hint == "check the folder and the name"


def test_a_missing_folder_is_named(folder):
    with pytest.raises(FileError, match=r"there is no folder '.*nowhere'"):
        nsi.open(folder / "nowhere" / "a.npy")


@pytest.mark.parametrize("address", ["https://example.org/a.tif", "s3://bucket/a.zarr", "file:///a.npy"])
def test_an_address_is_not_a_file(address):
    with pytest.raises(FileError, match="is a URL, and only files are read") as caught:
        nsi.open(address)
    assert caught.value.hint == "download it first"


def test_a_pattern_that_matches_nothing_is_an_error(folder):
    with pytest.raises(FileError, match=r"no file matches '.*x\*.tif'") as caught:
        nsi.open(str(folder / "x*.tif"))
    assert "pattern" in caught.value.hint


def test_home_is_written_short(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder))
    assert nsi.open("~/sky.png").shape == (12, 14)
    assert nsi.open("~/sk*.png").shape == (1, 12, 14)


@pytest.mark.skipif(os.name != "posix", reason="homes of other users are written so on POSIX only")
def test_the_home_of_nobody_is_an_error():
    with pytest.raises(FileError, match="cannot be read as a path"):
        nsi.open("~nobody-of-that-name/a.npy")


def test_a_name_longer_than_names_can_be_is_an_error(folder):
    with pytest.raises(FileError, match="cannot be read as a path: File name too long"):
        nsi.open(folder / ("a" * 5000 + ".npy"))


def test_a_name_with_signs_of_a_pattern_is_still_a_name(tmp_path, write):
    write.npy(tmp_path / "run[1].npy")
    assert np.array_equal(nsi.open(tmp_path / "run[1].npy"), write.STACK)


def test_text_and_paths_are_alike(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert nsi.open("sky.png").identical(nsi.open(pathlib.Path("sky.png")))


@pytest.mark.parametrize("path", [".", "", "sub/.."])
def test_the_folder_one_stands_in_has_its_name(tmp_path, write, monkeypatch, path):
    (tmp_path / "frames" / "sub").mkdir(parents=True)
    write.png(tmp_path / "frames" / "1.png")
    monkeypatch.chdir(tmp_path / "frames")
    image = nsi.open(path)
    assert image.attrs["source"] == "frames"
    assert image.shape == (1, 12, 14)


@pytest.mark.skipif(not pathlib.Path("/proc/self/mem").exists(), reason="the file that cannot be read is one of Linux")
def test_a_file_that_may_not_be_read_is_an_error(tmp_path):
    (tmp_path / "a.png").symlink_to("/proc/self/mem")
    with pytest.raises(FileError, match="cannot be read as a file: Input/output error"):
        nsi.open(tmp_path / "a.png")
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "IM1").symlink_to("/proc/self/mem")
    with pytest.raises(FileError, match="frames cannot be read as a folder: Input/output error"):
        nsi.open(tmp_path / "frames")
