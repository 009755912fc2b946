"""The data behind the parameters is found before the run, and hashed as sha256sum hashes it."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
import skimage

from nsi_notebook.analytics.core.digest import sha256
from nsi_notebook.errors import FileError
from nsi_notebook.reports.inputs import find_inputs
from nsi_notebook.reports.parameters import parameters_of

from .conftest import notebook


def inputs(cell, **values):
    return find_inputs(parameters_of(notebook(cell), "t"), values)


@pytest.fixture
def images(folder):
    for name in ("a.tif", "b.tif", "deep/c.tif"):
        (folder / "images" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "images" / name).write_bytes(name.encode())
    return folder / "images"


def sha256sum(*paths, cwd):
    return subprocess.run(["sha256sum", *paths], cwd=cwd, capture_output=True, check=True).stdout


def test_a_file_has_the_hash_of_sha256sum(images):
    found = inputs("image: str = ''", image="images/a.tif")
    assert list(found) == ["images/a.tif"]
    assert sha256(found["images/a.tif"]) == sha256sum("a.tif", cwd=images).split()[0].decode()


def test_a_pattern_has_the_hash_of_what_sha256sum_prints(images):
    found = inputs("image: str = ''", image="images/*.tif")
    assert sha256(found["images/*.tif"]) == hashlib.sha256(sha256sum("a.tif", "b.tif", cwd=images)).hexdigest()


def test_a_folder_is_hashed_with_all_that_is_in_it(images):
    found = inputs("image: str = ''", image="images")
    expected = hashlib.sha256(sha256sum("a.tif", "b.tif", "deep/c.tif", cwd=images)).hexdigest()
    assert sha256(found["images"]) == expected


def test_a_sample_is_hashed_where_it_is_installed():
    found = inputs("image: str = ''", image="coins")
    assert sha256(found["coins"]) == sha256sum("coins.png", cwd=f"{skimage.__path__[0]}/data").split()[0].decode()


def test_every_parameter_that_is_a_path_names_data(images):
    cell = "mask: Path | None = None\nmore: list[Path] = []\nlabel: str = 'a'"
    found = inputs(cell, mask="images/a.tif", more=["images/b.tif", "images/deep"], label="images/a.tif")
    assert list(found) == ["images/a.tif", "images/b.tif", "images/deep"]
    assert inputs(cell, mask=None, more=[], label="") == {}


@pytest.mark.parametrize("image", ["", "nothing.tif", "nothing/*.tif", "x" * 5000, "\0"])
def test_an_image_that_is_not_there_is_named_with_the_samples(folder, image):
    with pytest.raises(FileError, match=r"is neither a file nor a sample\nhint: samples are: brick"):
        inputs("image: str = ''", image=image)


def test_a_path_that_is_not_there_is_named(folder):
    with pytest.raises(FileError, match="mask='coins': there is no such file"):
        inputs("mask: Path = ''", mask="coins")


def test_a_file_that_cannot_be_read_is_named():
    with pytest.raises(FileError, match="cannot read '/proc/self/mem': Input/output error"):
        sha256(Path("/proc/self/mem"))
