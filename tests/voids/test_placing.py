"""What is written comes to its place whole or not at all, and links stay."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from nsi_notebook.errors import FileError
from nsi_notebook.voids.placing import replacing, swap
from nsi_notebook.voids.stores import read_store, write_store


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def filled(path, text):
    path.mkdir()
    (path / "0").write_text(text)


def fail(path, error):
    with replacing(path) as fresh:
        fresh.write_text("new")
        raise error


@pytest.mark.parametrize("there", [False, True])
def test_a_file_takes_its_place_at_the_end(tmp_path, there):
    path = tmp_path / "a.txt"
    if there:
        path.write_text("old")
    with replacing(path) as fresh:
        fresh.write_text("new")
        assert fresh.suffix == ".txt"
        assert path.exists() == there
    assert (names(tmp_path), path.read_text()) == (["a.txt"], "new")


def test_a_folder_takes_the_place_of_a_folder(tmp_path):
    path = tmp_path / "a.zarr"
    filled(path, "old")
    with replacing(path) as fresh:
        filled(fresh, "new")
    assert (names(tmp_path), (path / "0").read_text()) == (["a.zarr"], "new")


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("bad")])
def test_what_was_there_stays_if_writing_fails(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(FileError if isinstance(error, OSError) else type(error)) as caught:
        fail(path, error)
    assert (names(tmp_path), path.read_text()) == (["a.txt"], "old")
    if isinstance(error, OSError):
        assert str(caught.value) == (
            f"cannot write to {str(path)!r}: No space left on device\nhint: is the disk full, or the folder read-only?"
        )


def test_a_folder_is_put_back_if_the_new_one_cannot_take_its_place(tmp_path):
    path = tmp_path / "a.zarr"
    filled(path, "old")
    with pytest.raises(FileNotFoundError):
        swap(tmp_path / "missing", path, tmp_path / "aside")
    assert (names(tmp_path), (path / "0").read_text()) == (["a.zarr"], "old")


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_a_link_stays_and_what_it_points_at_is_replaced(tmp_path, suffix):
    (tmp_path / "disk").mkdir()
    held, link = tmp_path / "disk" / f"rows-1{suffix}", tmp_path / f"rows{suffix}"
    link.symlink_to(held)
    for number in range(3):  # at first it points at nothing
        write_store(xr.Dataset({"a": number}), link)
        assert link.is_symlink()
        assert int(read_store(held).a) == int(read_store(link).a) == number
    assert names(tmp_path / "disk") == [held.name]
    with replacing(link) as fresh:
        fresh.write_text("text")
    assert (link.is_symlink(), held.read_text()) == (True, "text")


def test_a_link_that_leads_to_itself_is_replaced(tmp_path):
    for name in ("a.txt", "a.nc"):
        (tmp_path / name).symlink_to(name)
    with replacing(tmp_path / "a.txt") as fresh:
        fresh.write_text("text")
    write_store(xr.Dataset({"a": 1}), tmp_path / "a.nc")
    assert ((tmp_path / "a.txt").read_text(), int(read_store(tmp_path / "a.nc").a)) == ("text", 1)
    assert names(tmp_path) == ["a.nc", "a.txt"]


def test_a_folder_that_is_missing_is_one_line(tmp_path):
    with pytest.raises(FileError, match=r"cannot write to '.*no/b\.txt'"), replacing(tmp_path / "no" / "b.txt") as fresh:
        fresh.write_text("b")
    assert names(tmp_path) == []


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
@pytest.mark.parametrize("tick", ["s", "ms", "us", "ns"])
def test_times_of_any_tick_come_back(tmp_path, suffix, tick):
    times = np.array([1_764_158_400, 1_764_158_401]).astype("M8[s]").astype(f"M8[{tick}]") + np.timedelta64(1, tick)
    write_store(xr.Dataset({"t": ("x", times)}), tmp_path / f"a{suffix}")
    assert (read_store(tmp_path / f"a{suffix}").t.values == times).all()
