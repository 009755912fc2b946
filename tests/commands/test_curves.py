"""The verb `curves` takes an image through the thresholds, writes the results, and `plot` draws them again."""

from __future__ import annotations

import io

import pandas as pd
import pytest
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook.commands import parse, progress, run
from nsi_notebook.commands.completing import complete_line
from nsi_notebook.commands.curves import curves
from nsi_notebook.errors import OptionError


def call(*words):
    return run(parse(list(words)))


def test_the_results_are_those_of_the_function(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = [
        "--thresholds",
        "90",
        "100.5",
        "--phase",
        "bright",
        "--connectivity",
        "8",
        "--spacing",
        "0.5",
        "--unit",
        "um",
        "-o",
        "curves.nc",
    ]
    found = call("curves", "coins", "euler", "surface", *words)
    image = nsi.sample("coins")
    placed = image.assign_coords({d: (d, [0.5 * i for i in range(image.sizes[d])], {"units": "um"}) for d in image.dims})
    wanted = nsi.curves(placed, ["euler", "surface"], [90, 100.5], phase="bright", connectivity=8)
    xr.testing.assert_allclose(found, wanted)
    with xr.open_dataset("curves.nc") as kept:
        xr.testing.assert_equal(kept.load(), found)
    assert call("plot", "curves.nc", "euler").layout.xaxis3.title.text == "threshold"


def test_the_results_of_a_chunked_image_are_computed_and_a_terminal_sees_how_far(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(progress, "DELAY", 0.0)
    monkeypatch.setattr("sys.stderr", seen := Terminal())
    found = curves(nsi.sample("coins").chunk(100), ["void_fraction"])
    assert all(variable.chunks is None for variable in found.variables.values())
    assert "measuring" in seen.getvalue()


def test_a_table_has_one_row_a_number(tmp_path):
    call("curves", "coins", "void_fraction", "--thresholds", "90", "100", "-o", str(tmp_path / "curves.csv"))
    table = pd.read_csv(tmp_path / "curves.csv")
    rows = table[table["variable"] == "void_fraction"]
    assert rows["threshold"].tolist() == [90, 100]


def test_what_cannot_be_swept_is_refused_and_what_can_completes():
    with pytest.raises(OptionError, match="chords cannot be swept"):
        call("curves", "coins", "chords")
    assert [text for text, _ in complete_line("curves coins e")[1]] == ["euler"]
