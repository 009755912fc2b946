"""Results to files."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import tifffile
import xarray as xr

from nsi_notebook.commands.printing import text_of
from nsi_notebook.commands.writing import check_output, tidy, write
from nsi_notebook.errors import FileError, OptionError, UnknownNameError

RESULTS = xr.Dataset(
    {
        "void_fraction": ((), 0.25, {"units": "1", "nsi_measure": "void_fraction", "nsi_edge": None}),
        "void_fraction_ci": (("bound",), [0.2, 0.3], {"units": "1"}),
        "mean_chord": (("time", "axis"), [[1.5, np.nan], [2.5, 3.5]], {"units": "um", "nsi_measure": "chords"}),
        "mean_chord_ci": (("bound", "time", "axis"), [[[1, 1], [2, 3]], [[2.0, 2], [3, 4]]], {"units": "um"}),
    },
    coords={"bound": ["lower", "upper"], "axis": ["y", "x"]},
)
SAID = {"nsi_method": "otsu", "nsi_all": True, "none": None}
MASK = xr.DataArray(np.eye(4, dtype=bool), dims=("y", "x"), name="void", attrs=SAID)


def test_one_row_a_number():
    table = tidy(RESULTS)
    assert list(table.columns) == ["measure", "variable", "time", "axis", "value", "lower", "upper", "units"]
    assert list(table["value"]) == [0.25, 1.5, 2.5, 3.5]
    assert list(table["lower"]) == [0.2, 1, 2, 3]
    assert list(table["upper"]) == [0.3, 2, 3, 4]
    assert list(table["axis"].fillna("-")) == ["-", "y", "y", "x"]


def test_text():
    assert text_of(RESULTS).splitlines() == [
        "void_fraction          0.25 [0.2, 0.3]",
        "mean_chord[time=0, y]  1.5 [1, 2] um",
        "mean_chord[time=0, x]  nan [1, 2] um",
        "mean_chord[time=1, y]  2.5 [2, 3] um",
        "mean_chord[time=1, x]  3.5 [3, 4] um",
    ]
    assert text_of(MASK).splitlines()[0] == "size       4 y x 4 x, bool"
    assert "empty      0.25 of it" in text_of(MASK)
    assert text_of(xr.Dataset({"a": ("x", np.zeros(100), {"units": "um"})})) == "a  100 values (x: 100) um"
    assert text_of(pd.DataFrame()) == "none"
    table = pd.DataFrame({"size": [1.0, 0.25], "kind": ["pore", "a" * 80]}, index=pd.Index(["a", "b"], name="name"))
    table.attrs["units"] = {"size": "um^2", "kind": "1"}
    assert [line.split() for line in text_of(table).splitlines()] == [
        ["name", "size", "(um^2)", "kind"],
        ["a", "1", "pore"],
        ["b", "0.25", "a" * 80],
    ]


@pytest.mark.parametrize("suffix", [".nc", ".zarr", ".csv", ".json"])
def test_results(tmp_path, suffix):
    path = check_output(str(tmp_path / f"out{suffix}"), (suffix,))
    write(RESULTS, path)
    if suffix == ".csv":
        pd.testing.assert_frame_equal(pd.read_csv(path).astype({"units": str}), tidy(RESULTS), check_dtype=False)
    elif suffix == ".json":
        assert [row["value"] for row in json.loads(path.read_text())] == [0.25, 1.5, 2.5, 3.5]
    else:
        with xr.open_dataset(path) as back:
            xr.testing.assert_equal(back.load(), RESULTS)
    assert [p.name for p in tmp_path.iterdir()] == [f"out{suffix}"]
    assert RESULTS["void_fraction"].attrs["nsi_edge"] is None, "the result itself is not changed"


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_a_mask_stays_a_mask(tmp_path, suffix):
    path = tmp_path / f"void{suffix}"
    write(MASK, path)
    with xr.open_dataarray(path) as back:
        assert back.dtype == bool
        assert back.attrs == {"nsi_method": "otsu", "nsi_all": 1}
        np.testing.assert_array_equal(back, MASK)


def test_what_cannot_be_written_leaves_nothing(tmp_path):
    stack = xr.DataArray(np.zeros((2, 3, 4, 5), bool), dims=("time", "z", "y", "x"))
    with pytest.raises(OptionError, match="a PNG holds one frame"):
        write(stack, tmp_path / "stack.png")
    assert list(tmp_path.iterdir()) == []


def test_what_was_there_stays_when_writing_fails(tmp_path):
    (tmp_path / "stack.png").write_text("mine")
    with pytest.raises(OptionError):
        write(xr.DataArray(np.zeros((2, 3, 4), bool), dims=("z", "y", "x")), tmp_path / "stack.png")
    assert (tmp_path / "stack.png").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_targets(tmp_path):
    assert check_output(None, (".csv",)) is None
    (tmp_path / "a.csv").touch()
    assert check_output(str(tmp_path / "a.csv"), (".csv",), force=True) == tmp_path / "a.csv"
    with pytest.raises(FileError, match="is there already\nhint: --force replaces it"):
        check_output(str(tmp_path / "a.csv"), (".csv",))
    with pytest.raises(UnknownNameError, match=r"unknown output format '.cvs'.*\nhint: did you mean '.csv'"):
        check_output(str(tmp_path / "a.cvs"), (".csv", ".nc"))
    with pytest.raises(FileError, match="there is no folder"):
        check_output(str(tmp_path / "no" / "a.csv"), (".csv",))
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(FileError, match="is a folder"):
        check_output(str(tmp_path / "b.csv"), (".csv",), force=True)


def test_a_mask_as_tiff_keeps_its_spacing(tmp_path):
    import nsi_notebook as nsi

    coords = {d: (d, np.arange(n) * s, {"units": "um"}) for d, n, s in (("z", 3, 2.0), ("y", 6, 0.5), ("x", 7, 0.25))}
    mask = xr.DataArray(np.random.default_rng(0).random((2, 3, 6, 7)) < 0.5, coords, ("time", "z", "y", "x"))
    write(mask, tmp_path / "mask.tif")
    again = nsi.open(tmp_path / "mask.tif")
    assert again.dims == mask.dims
    np.testing.assert_array_equal(again.values > 0, mask.values)
    for dim in ("z", "y", "x"):
        np.testing.assert_allclose(again[dim], mask[dim])
        assert again[dim].attrs["units"] == "um"
    write(mask.drop_vars(["z", "y", "x"]), tmp_path / "plain.tif")
    assert not nsi.open(tmp_path / "plain.tif").coords


@pytest.mark.parametrize(
    ("unit", "um"),
    [("angstrom", 1e-4), ("nm", 1e-3), ("um", 1), ("mm", 1e3), ("m", 1e6), ("km", 1e9), ("in", 25400)],
)
def test_any_length_is_kept_in_a_tiff(tmp_path, unit, um):
    coords = {d: (d, np.arange(n) * 0.5, {"units": unit}) for d, n in (("y", 6), ("x", 7))}
    write(xr.DataArray(np.eye(6, 7, dtype=bool), coords, ("y", "x")), tmp_path / "mask.tif")
    with tifffile.TiffFile(tmp_path / "mask.tif") as file:
        pixels = ElementTree.fromstring(file.ome_metadata).find(".//{*}Pixels").attrib
    known = {"\u00b5m": 1, "nm": 1e-3, "mm": 1e3, "cm": 1e4, "m": 1e6}
    assert float(pixels["PhysicalSizeX"]) * known[pixels["PhysicalSizeXUnit"]] == pytest.approx(0.5 * um)


@pytest.mark.parametrize("unit", ["deg", "furlong", "pixel"])
def test_what_is_no_length_is_not_told_to_a_tiff_as_one(tmp_path, unit):
    coords = {d: (d, np.arange(n) * 0.5, {"units": unit}) for d, n in (("y", 6), ("x", 7))}
    write(xr.DataArray(np.eye(6, 7, dtype=bool), coords, ("y", "x")), tmp_path / "mask.tif")
    with tifffile.TiffFile(tmp_path / "mask.tif") as file:
        assert file.ome_metadata is None


def test_a_png_holds_one_frame(tmp_path):
    with pytest.raises(OptionError, match="a PNG holds one frame"):
        write(xr.DataArray(np.zeros((2, 3, 4), bool), dims=("z", "y", "x")), tmp_path / "mask.png")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone_is_said(tmp_path):
    with pytest.raises(FileError, match="cannot write"):
        write(xr.Dataset({"a": 1}), tmp_path / "gone" / "out.nc")


@pytest.mark.parametrize("suffix", [".csv", ".nc", ".tif", ".zarr"])
def test_a_link_in_the_place_of_a_result_stays(tmp_path, suffix):
    (tmp_path / "disk").mkdir()
    held, link = tmp_path / "disk" / f"held{suffix}", tmp_path / f"out{suffix}"
    link.symlink_to(held)
    for _ in range(2):
        write(xr.DataArray(np.eye(4, dtype=bool), dims=("y", "x")) if suffix == ".tif" else xr.Dataset({"a": 1}), link)
        assert link.is_symlink()
        assert [p.name for p in (tmp_path / "disk").iterdir()] == [held.name]
