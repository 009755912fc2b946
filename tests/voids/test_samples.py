"""The samples are those of scikit-image, read from its folder and never from the network."""

from __future__ import annotations

import importlib.machinery
import socket
import sys
import types

import numpy as np
import pytest
from skimage import data

from nsi_notebook import sample, samples
from nsi_notebook.errors import FileError, UnknownNameError
from nsi_notebook.voids import samples as module


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("a sample must not open a socket")

    monkeypatch.setattr(socket, "socket", refuse)


@pytest.fixture
def scikit_image(monkeypatch):
    """Put another scikit-image in the place of the one that is installed."""

    def put(found):
        module.folder.cache_clear()
        monkeypatch.setitem(sys.modules, "skimage", found)

    yield put
    module.folder.cache_clear()


@pytest.mark.parametrize("name", samples().index)
def test_a_sample_is_what_scikit_image_has(name, no_network):
    image = sample(name)
    theirs = getattr(data, {"ihc": "immunohistochemistry"}.get(name, name))()
    np.testing.assert_array_equal(image, theirs)
    assert image.dtype == theirs.dtype
    assert image.dims == ("y", "x", "channel")[: theirs.ndim]
    assert samples().loc[name, "shape"] == theirs.shape
    assert image.name == name
    assert image.attrs["source"].startswith("scikit-image, ")
    assert image.attrs["licence"]
    assert image.attrs["description"] == samples().loc[name, "description"]


def test_only_a_documented_spacing_is_told():
    cell = sample("cell")
    assert cell.x.attrs["units"] == "um"
    assert float(cell.x[1] - cell.x[0]) == pytest.approx(0.107)
    assert [name for name in samples().index if "x" in sample(name).coords] == ["cell"]


def test_the_list_says_where_each_comes_from():
    table = samples()
    assert table.index.name == "name"
    assert list(table.columns) == ["field", "shape", "description"]
    assert set(table.field) == {"materials", "microscopy", "inspection", "astronomy", "medicine"}


def test_an_unknown_sample_gets_the_nearest():
    with pytest.raises(UnknownNameError, match="unknown sample 'gravle'") as error:
        sample("gravle")
    assert error.value.hint == "did you mean 'gravel'?"


def test_a_scikit_image_without_its_images_is_told(tmp_path, scikit_image):
    empty = types.ModuleType("skimage")
    empty.__spec__ = importlib.machinery.ModuleSpec("skimage", None, is_package=True)
    empty.__spec__.submodule_search_locations = [str(tmp_path)]
    scikit_image(empty)
    with pytest.raises(FileError, match=r"without its image coins\.png") as error:
        sample("coins")
    assert "pip install" in error.value.hint


def test_no_scikit_image_is_told(scikit_image):
    scikit_image(None)
    with pytest.raises(FileError, match="scikit-image, which holds the samples, is not installed"):
        sample("coins")
