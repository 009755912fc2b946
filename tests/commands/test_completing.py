"""What can stand at the cursor."""

from __future__ import annotations

import subprocess
import sys
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from nsi_notebook.analytics import TimeSeriesDatabase
from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.commands import names, parse, run
from nsi_notebook.commands.completing import complete_body, complete_line
from nsi_notebook.commands.running import running
from nsi_notebook.commands.table import VERBS

SCOPE = {
    "zebra": np.zeros((2, 2)),
    "results": xr.Dataset({"a": 1}),
    "void": xr.DataArray(np.zeros((2, 2), bool)),
    "image": xr.DataArray(np.zeros((2, 2))),
    "number": 3,
    "_private": xr.DataArray(1),
}


def texts(line, scope=SCOPE):
    return [text for text, _ in complete_line(line, scope)[1]]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stack.tif").touch()
    (tmp_path / "my stack.tif").touch()
    (tmp_path / ".hidden.tif").touch()
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "a.png").touch()
    (tmp_path / "mask.zarr").mkdir()
    return tmp_path


def test_verbs():
    assert texts("") == [*VERBS, "--help"]
    assert texts("mea") == ["measure"]
    assert texts("xyz") == []


def test_variables_come_first_and_data_arrays_before_all(folder):
    assert texts("measure ") == ["image", "void", "results", "zebra", "frames/", "mask.zarr", "'my stack.tif'", "stack.tif"]
    assert texts("measure im") == ["image"]


def test_paths(folder):
    assert texts("open st") == ["stack.tif"]
    assert texts("open frames/") == ["frames/a.png"]
    assert texts("open .h") == [".hidden.tif"]
    assert complete_line("open 'my st") == ("'my st", [("'my stack.tif'", "path")])
    assert texts("void image -o ") == ["frames/", "mask.zarr", "'my stack.tif'", "stack.tif"]
    assert texts("open nothing/here") == []


def test_options_and_choices():
    assert texts("void image --ph") == ["--phase"]
    assert texts("void image --phase ") == ["dark", "bright"]
    assert complete_line("void image --phase=b") == ("b", [("bright", "choice")])
    assert "--phase" not in texts("void image --phase dark --")
    assert texts("measure void --ci ") == []


def test_names_come_from_the_registries():
    assert {"chords", "euler"} <= set(texts("measure void "))
    assert texts("measure void chords eul") == ["euler"]
    assert texts("measure void --ci 0.95 eul") == ["euler"]
    assert "otsu" in texts("void image --method ")
    assert texts("report void-st") == ["void-study"]
    assert "gravel" in texts("open gr", {})
    assert texts("plot results cho") == ["chords"]
    assert texts("report void-study -p im") == ["image="]
    assert texts("report nothing -p im") == []


@pytest.fixture
def table(folder):
    frame = pd.DataFrame({"kind": ["sand", "clay"], "who": ["a", "b"], "porosity": [0.3, 0.2], "mean size (um)": [1.0, 2.0]})
    frame.to_csv("rocks.csv", index=False)
    return frame


@pytest.mark.parametrize("data", ["rocks.csv", "table"])
def test_columns_of_a_file_and_of_a_variable(table, data):
    scope = {"table": table, "rows": xr.Dataset({"depth": ("i", [1.0])})}
    numbers = ["porosity", "'mean size'"]
    for line in ("test {} --columns ", "describe {} ", "correlate {} ", "correlate {} porosity --given ", "regress {} "):
        assert texts(line.format(data), scope) == numbers
    assert texts(f"regress {data} porosity ", scope) == numbers
    assert texts(f"trend {data} por", scope) == ["porosity"]
    assert texts(f"trend {data} 'mean s", scope) == ["'mean size'"]
    assert texts(f"forecast {data} 3 ", scope) == numbers
    assert texts(f"test {data} --by ", scope) == ["kind", "who"]
    assert texts(f"test {data} --by kind --subject w", scope) == ["who"]
    assert texts(f"regress {data} porosity --cluster=k", scope) == ["kind"]


def test_columns_of_what_is_no_table_or_large_are_none(table, folder, monkeypatch):
    odd = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")]))
    for name in ("frames", "stack.tif", "nothing.csv", "oven.heat", "number", "image"):
        assert texts(f"describe {name} ", SCOPE) in ([], ["value"])
    assert isinstance(texts("describe odd ", {"odd": odd}), list)
    monkeypatch.setattr(names, "MOST", 10)
    assert texts("describe rocks.csv ") == []


def test_units_of_time_and_tags_of_a_store(folder):
    assert texts("trend t.csv --per ") == ["s", "min", "h", "d", "year"]
    with TimeSeriesDatabase("memory:") as db:
        for line in ("3", "4"):
            db.append(Batch.of("heat", [1.0], ["2026-11-26T12:00:00Z"], tags={"line": line}))
        assert texts("trend heat --store db --tags ", {"db": db}) == ["line=3", "line=4"]


def test_the_body_of_a_cell():
    assert complete_body("measure", "con") == ("con", [("connectivity = ", "option")])
    assert complete_body("void", "phase = ") == ("", [('"dark"', "choice"), ('"bright"', "choice")])
    assert complete_body("measure", 'measures = ["eul')[1] == [('"euler"', "measures")]
    assert complete_body("nothing", "a")[1] == []
    assert complete_body("report void-study", "im") == ("im", [("image = ", "parameter")])
    assert complete_body("report", "imag")[1] == [("image = ", "parameter")]
    assert complete_body("", "imag")[1] == []


def test_a_class_without_a_module_does_not_stop_completion(folder):
    odd = type("Odd", (), {})
    odd.__module__ = None
    assert "image" in texts("measure ", {**SCOPE, "odd": odd()})


def test_templates_are_listed_without_reading_them():
    code = "import sys; from nsi_notebook.commands.completing import complete_line as c; print(c('report ')); print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "'void-study'" in out
    assert "nbformat" not in out.split()


@given(st.sampled_from(["", "measure ", "void image ", "report ", "open "]), st.text(max_size=20))
def test_never_raises(start, rest):
    fragment, candidates = complete_line(start + rest, SCOPE)
    assert isinstance(fragment, str)
    assert (start + rest).endswith(fragment)
    assert all(isinstance(text, str) for text, _ in candidates)
    complete_body("measure", rest, SCOPE)


def test_zones_and_the_labels_of_alerts_are_names(folder):
    zones = texts("trend load --tz Europe/")
    assert {"Europe/Berlin", "Europe/London"} <= set(zones)
    assert all(ZoneInfo(zone).key == zone for zone in zones)
    assert texts("alarms silence --matchers ") == ["alarm=", "series="]  # without an engine, what every alert has
    (folder / "alarms.toml").write_text('[[rule]]\nname = "hot"\nseries = "oven.heat"\nabove = 8\nlabels = {severity = "page"}\n')
    run(parse(["engine", "start", "--inline", "--alarms", "alarms.toml"]))
    try:
        assert texts("alarms silence --matchers ") == ["alarm=hot", "severity=page"]
        run(parse(["emit", "oven.heat", "9", "--tags", "line=3"]))
        running().flush()
        assert texts("alarms silence --matchers ") == ["alarm=hot", "line=3", "series=oven.heat", "severity=page"]
        assert texts("alarms silence --matchers li") == ["line=3"]
    finally:
        run(parse(["engine", "stop"]))
    run(parse(["engine", "start", "--inline"]))
    try:
        assert texts("alarms silence --matchers ") == ["alarm=", "series="]
    finally:
        run(parse(["engine", "stop"]))
