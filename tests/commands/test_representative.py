"""The verb `representative` marks, measures windows and writes; `plot` draws the file again."""

from __future__ import annotations

import pandas as pd
import pytest
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook.commands import parse, run
from nsi_notebook.errors import OptionError


def call(*words):
    return run(parse(list(words)))


def test_the_results_are_those_of_the_function(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = "chords mean_chord --at axis=x --set edge=inner --windows 40 80.5 --width 2 --level 0.9 --tolerance 0.1"
    found = call("representative", "coins", *words.split(), "--method", "otsu", "-o", "found.nc")
    void = nsi.sample("coins").nsi.void("otsu")
    how = {"at": {"axis": "x"}, "edge": "inner", "windows": [40, 80.5], "level": 0.9, "tolerance": 0.1}
    xr.testing.assert_identical(found, void.nsi.representative("chords", variable="mean_chord", width=2, **how))
    assert call("plot", "found.nc").layout.yaxis3.title.text == "fields of view needed"


def test_a_table_has_a_row_for_each_window(tmp_path):
    out = tmp_path / "found.csv"
    found = call("representative", "coins", "--method", "otsu", "--width", "0.1", "--relative", "-o", str(out))
    rows = pd.read_csv(out)
    needed = rows[rows["variable"] == "fields_needed"]
    assert needed["value"].tolist() == found.fields_needed.values.tolist()
    assert needed["window"].tolist() == found.window.values.tolist()


def test_a_window_larger_than_the_image_is_refused():
    with pytest.raises(OptionError, match="larger than the image, 384 pixel"):
        call("representative", "coins", "--method", "otsu", "--windows", "400")
