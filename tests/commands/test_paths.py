"""Paths of users that do not exist, and what stays when a folder cannot be replaced."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from nsi_notebook.commands.completing import complete_line
from nsi_notebook.commands.data import find, load, open_any
from nsi_notebook.commands.paths import expanded
from nsi_notebook.commands.writing import check_output
from nsi_notebook.errors import FileError
from nsi_notebook.voids.placing import swap

NOBODY = "~nobody_of_that_name/foo.nc"


@pytest.mark.parametrize("use", [expanded, find, load, open_any, lambda path: check_output(path, (".nc",))])
def test_a_user_that_does_not_exist_is_said(use):
    with pytest.raises(FileError, match=r"'~nobody_of_that_name/foo\.nc' begins with the name of no user"):
        use(NOBODY)
    assert complete_line(f"open {NOBODY}")[1] == []


def test_the_home_of_the_user_is_put_in(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert expanded("~/a.tif") == tmp_path / "a.tif"


class Interrupted(type(Path())):
    """A path whose renaming is stopped by Ctrl-C."""

    def replace(self, target):
        raise KeyboardInterrupt


@pytest.mark.parametrize("fresh", [Interrupted, Path], ids=["stopped", "nothing to put there"])
def test_a_store_that_was_not_replaced_is_there_again(tmp_path, fresh):
    store = tmp_path / "mask.zarr"
    xr.Dataset({"a": 3}).to_zarr(store, zarr_format=2)
    with pytest.raises((KeyboardInterrupt, FileNotFoundError)):
        swap(fresh(tmp_path / "fresh.zarr"), store, tmp_path / "old")
    with xr.open_dataset(store, engine="zarr") as back:
        np.testing.assert_array_equal(back["a"], 3)
