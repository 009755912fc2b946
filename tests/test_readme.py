"""What the README says is so."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook.commands import Call, parse, split
from nsi_notebook.voids.measures.registry import catalogue

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_ten_lines_run():
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    scope: dict[str, object] = {}
    exec(code, scope)
    assert scope["void"].dtype == bool
    assert scope["fig"].layout.images


def test_the_commands_parse():
    lines = re.findall(r"^    (?:%?nsi|%nsi) ([a-z].*)$", README, re.MULTILINE)
    assert len(lines) >= 3
    for line in lines:
        words = split(line.split("#")[0].partition("<<")[2] or line.split("#")[0])
        assert isinstance(parse(words), Call), line


def test_the_table_of_measures_names_every_measure_and_variable():
    table = README.partition("## What it measures")[2].partition("## How fast")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.MULTILINE))
    assert set(rows) == set(catalogue())
    planes, cubes = (
        nsi.measure(xr.DataArray(np.random.default_rng(0).random((12,) * n) < 0.5, dims=("z", "y", "x")[-n:])) for n in (2, 3)
    )
    made = {str(n): v.attrs["nsi_measure"] for ds in (planes, cubes) for n, v in ds.data_vars.items()}
    for variable, measure in made.items():
        assert re.search(rf"`{variable}\b", rows[measure]), variable


def test_the_map_names_what_is_there():
    tree = README.partition("## The map of the house")[2].partition("A module imports")[0]
    for name in re.findall(r"\b([a-z_]+/|[a-z_]+\.py)", tree):
        places = [ROOT / name, ROOT / "tests" / name, *(ROOT / "nsi_notebook").rglob(name.rstrip("/"))]
        assert any(p.exists() for p in places), name


def test_the_picture_is_there():
    for path in re.findall(r"\]\(([\w/.-]+\.png)\)", README):
        assert (ROOT / path).is_file()
