"""Results as a table: what is not defined keeps its row, what only pads has none, and lengths come in units."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook.commands.writing import tidy, write

SOLID = xr.DataArray(
    np.zeros((4, 6), bool),
    dims=("y", "x"),
    coords={d: (d, np.arange(n) * 0.5, {"units": "um"}) for d, n in (("y", 4), ("x", 6))},
)


def test_a_value_that_is_not_defined_keeps_its_row(tmp_path):
    results = nsi.measure(SOLID, ["void_fraction", "chords"])
    assert np.isnan(results.mean_chord).all()
    for suffix in (".csv", ".json"):
        write(results, tmp_path / f"out{suffix}")
    rows = pd.read_csv(tmp_path / "out.csv").query("variable == 'mean_chord'")
    assert list(rows["axis"]) == ["y", "x"]
    assert rows["value"].isna().all()
    assert [row["value"] for row in json.loads((tmp_path / "out.json").read_text()) if row["variable"] == "mean_chord"] == [
        None,
        None,
    ]


def test_what_pads_has_no_row():
    sizes = xr.DataArray([[3.0, 1.0], [2.0, np.nan]], dims=("time", "rank"), attrs={"units": "um^2"})
    assert list(tidy(xr.Dataset({"component_size": sizes}))["value"]) == [3.0, 1.0, 2.0]


def test_lengths_in_units_stand_beside_those_in_pixels(tmp_path):
    results = nsi.measure(~SOLID, ["chords"])
    write(results, tmp_path / "out.csv")
    table = pd.read_csv(tmp_path / "out.csv")
    chords = table[table.variable == "chord_count"]
    assert len(chords)
    np.testing.assert_allclose(chords["chord_length (um)"], chords["length"] * 0.5)


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # of small images
def test_the_ends_of_a_range_are_told_apart_and_an_interval_has_columns():
    image = xr.DataArray(np.arange(24 * 24, dtype=np.uint8).reshape(24, 24), dims=("y", "x"))
    results = nsi.curves(image, "void_fraction", ci=0.9)
    table = tidy(results)
    ends = table[table.variable == "void_fraction_range"].set_index("bound")["value"]
    assert ends["lower"] == results.void_fraction_range.sel(bound="lower") < ends["upper"]
    rows = table[table.variable == "void_fraction"]
    assert rows["bound"].isna().all()
    np.testing.assert_array_equal(rows["lower"], results.void_fraction_ci.sel(bound="lower"))
    assert "bound" not in tidy(nsi.measure(SOLID, "void_fraction"))


def test_coordinates_of_one_value_are_columns_as_well():
    results = xr.Dataset({"void_fraction": ((), 0.5)}, coords={"time": 3.0, "value": 1.0})
    table = tidy(results)
    assert table.columns.tolist() == ["measure", "variable", "time", "value", "units"]
    assert table.iloc[0]["time"] == 3.0
    assert table.iloc[0]["value"] == 0.5


def test_units_of_components_are_in_the_head(tmp_path):
    table = nsi.components(~SOLID)
    write(table, tmp_path / "parts.csv")
    back = pd.read_csv(tmp_path / "parts.csv")
    assert back["size (um^2)"].tolist() == [4 * 6 * 0.25]
    assert back["centroid_x (um)"].tolist() == [np.arange(6).mean() * 0.5]
    assert "size" in table, "the table itself is not changed"
