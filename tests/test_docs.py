"""What the pages of docs/ say is so."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import nsi_notebook as nsi
from nsi_notebook.analytics.processors.alarms import Rules
from nsi_notebook.cli import main
from nsi_notebook.commands import split
from nsi_notebook.commands.running import running
from nsi_notebook.magics import unload_ipython_extension
from nsi_notebook.voids.measures.registry import GROUP, catalogue
from nsi_notebook.voids.presets import PRESETS

DOCS = Path(__file__).parents[1] / "docs"


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)


def rows():
    """Measure, variable, dims, unit, interval, array, figure of each row of the table of measures."""
    measure = ""
    for line in (DOCS / "measures.md").read_text().split("## Beside them")[0].splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")] if line.startswith("| `") else []
        if line.startswith("| | `"):
            cells = ["", *(cell.strip() for cell in line[3:].strip("| ").split(" | "))]
        if cells:
            measure = cells[0].strip("`") or measure
            name, _, dims = cells[1].strip("`").partition("(")
            yield measure, name, tuple(d.strip() for d in dims.strip(")").split(",") if d), *cells[2:]


ROWS = list(rows())
SMALL = pytest.mark.filterwarnings(
    "ignore::nsi_notebook.errors.NsiWarning"
)  # whether small windows are in doubt is not asked here


def measured(measure, ndim):
    dims = ("z", "y", "x")[-ndim:]
    coords = {d: (d, np.arange(16) * 0.5, {"units": "L"}) for d in dims}
    return nsi.measure(xr.DataArray(np.random.default_rng(0).random((16,) * ndim) < 0.5, coords, dims), measure, ci=0.9)


@SMALL
def test_the_table_lists_every_measure_in_full_once():
    assert {row[0] for row in ROWS} == set(catalogue())
    said = [row[:2] for row in ROWS]
    assert len(said) == len(set(said))
    there = {(m, str(v)) for m in catalogue() for n in (2, 3) for v in measured(m, n) if not str(v).endswith("_ci")}
    assert set(said) == there


@SMALL
@pytest.mark.parametrize(("measure", "variable", "dims", "unit", "interval", "array", "figure", "definition"), ROWS)
def test_a_row_of_the_table_is_so(measure, variable, dims, unit, interval, array, figure, definition):
    kind = catalogue()[measure]
    for ndim in (2, 3):
        found = measured(measure, ndim)
        if variable not in found:
            assert f"{5 - ndim}-D" in definition or measure == "minkowski" or "as in" in definition or "per " in definition
            continue
        assert found[variable].dims == dims
        assert found[variable].attrs["units"] == {"-": "1"}.get(unit, unit.replace("^d", f"^{ndim}"))
        bounds = found.get(f"{variable}_ci")
        assert (bounds is not None) == (interval != "no")
        assert (interval == "to half a tile") == (bounds is not None and "nsi_ci_largest" in bounds.attrs)
    curved = {n for p in kind.panels for n in (p.variable, p.x)}
    assert figure == ("curve" if variable in curved else "number")
    assert array == ("whole" if kind.in_memory else "chunks" if kind.ragged else "lazy")
    assert len(definition) > 8


def test_the_table_of_presets_names_each():
    table = (DOCS / "measures.md").read_text().split("## In the words of a field")[1]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(PRESETS)


@pytest.fixture
def site(tmp_path):
    """A folder in which the package of the page is installed."""
    module, usage = blocks("add-a-measure.md", "python")
    (project,) = (tomllib.loads(text) for text in blocks("add-a-measure.md", "toml"))
    assert len([line for line in module.splitlines() if line.strip()]) <= 32
    (tmp_path / "intercepts.py").write_text(module)
    info = tmp_path / "intercepts-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['project']['name']}\nVersion: 1\n")
    (entry,) = project["project"]["entry-points"][GROUP].items()
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entry[0]} = {entry[1]}\n")
    return tmp_path, usage


def run(site, code):
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_measure_of_another_package_is_one_like_any_other(site):
    folder, usage = site
    more = """
flat = np.zeros((20, 30), dtype=bool)
flat[:, ::5] = True
import xarray as xr
mask = xr.DataArray(flat, {d: (d, np.arange(n) * 0.5, {"units": "um"}) for d, n in zip("yx", flat.shape)}, ("y", "x"))
found = nsi.measure(mask, "intercepts")
assert found.intercepts.values.tolist() == [0.0, 11 / 29 / 0.5], found.intercepts.values
assert found.intercepts.attrs["units"] == "1/um"
xr.testing.assert_identical(nsi.measure(mask.chunk(y=7, x=4), "intercepts").compute(), found)
assert found.nsi.plot().data
from nsi_notebook.commands.names import NAMES
assert "intercepts" in NAMES["measures"]()
assert "intercepts" in nsi.measure(mask)
print(float(ds.intercepts.mean() / ds.perimeter_density))
"""
    ratio = float(run(folder, usage + more).split()[-1])
    # Crofton's formula with two directions: about 2 / pi of the perimeter
    assert ratio == pytest.approx(2 / np.pi, rel=0.15)


def test_without_the_package_it_does_not_exist():
    with pytest.raises(nsi.NsiError, match="unknown measure 'intercepts'"):
        nsi.measure(xr.DataArray(np.eye(4, dtype=bool), dims=("y", "x")), "intercepts")


def test_the_messages_of_check_summary_are_those_of_the_page():
    table = (DOCS / "add-a-measure.md").read_text().split("## What `check_summary` says")[1].split("##")[0]
    cells = re.findall(r"^\| (?!what|---).*? \| (`.*) \|$", table, re.MULTILINE)
    said = [message for cell in cells for message in re.findall(r"`([^`]+)`", cell)]
    assert len(said) == 10
    tested = (Path(__file__).parent / "test_summaries.py").read_text()  # where each is raised
    for message in said:
        assert (f"identity {message} changes" if message == "on the right" else message) in tested


def test_the_lines_for_porespy_run():
    scope: dict[str, object] = {}
    for code in blocks("other-tools.md", "python"):
        exec(code, scope)
    network, space, size = scope["network"], scope["space"], scope["voxel_size"]
    # the coordinates are in metres, inside the window
    assert size == pytest.approx(2.5e-6)
    window = np.array(space.shape) * size
    coords = network["pore.coords"]
    assert (coords > -0.1 * window).all()
    assert (coords < 1.1 * window).all()
    assert coords.max() > 0.5 * window.max()
    assert {f"pore.{axis}{end}" for axis in "xyz" for end in ("min", "max")} <= set(network)


@pytest.mark.parametrize(
    ("page", "least"),
    [
        ("events-and-metrics.md", 40),
        ("cache.md", 25),
        ("windows.md", 40),
        ("analysis.md", 30),
        ("changes.md", 20),
        ("anova.md", 15),
        ("correlation.md", 25),
        ("anomalies.md", 15),
        ("series.md", 20),
        ("anomalies-in-series.md", 30),
        ("regression.md", 25),
        ("tests.md", 25),
    ],
)
def test_the_examples_of_a_page_run(page, least, tmp_path):
    scope: dict[str, object] = {"folder": tmp_path / "cache", "results": tmp_path / "results"}
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for number, text in enumerate(blocks(page, "pycon")):
        example = doctest.DocTestParser().get_doctest(text, scope, f"block {number}", page, 0)
        runner.run(example, clear_globs=False)
        scope.update(example.globs)
    assert runner.summarize(verbose=False).attempted > least
    assert runner.failures == 0


def test_the_detector_of_the_page_keeps_the_contract(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "farthest.py").write_text("\n".join(blocks("anomalies.md", "python")))
    normal = np.random.default_rng(0).normal(size=(50, 3))
    assert import_module("farthest").Farthest().fit(normal).predict(np.full((1, 3), 9.0)) == [-1]


def test_the_page_of_alarms_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rules, deliver, tests = blocks("alarms.md", "toml")
    (tmp_path / "alarms.toml").write_text(rules)
    assert len(Rules.of(tomllib.loads(deliver)).deliver) == 2
    (tmp_path / "tests.toml").write_text(tests)
    scope: dict[str, object] = {}
    runner = doctest.DocTestRunner()
    for number, text in enumerate(blocks("alarms.md", "pycon")):
        example = doctest.DocTestParser().get_doctest(text, scope, f"block {number}", "alarms.md", 0)
        runner.run(example, clear_globs=False)
        scope.update(example.globs)
    assert runner.summarize(verbose=False).attempted > 20
    assert runner.failures == 0
    lines = re.findall(r"^    nsi (alarms .*)$", (DOCS / "alarms.md").read_text(), re.MULTILINE)
    assert len(lines) > 5
    for line in lines:
        assert main(split(line)) == 0, line


def test_the_page_of_the_engine_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scope: dict[str, object] = {}
    for code in blocks("engine.md", "python"):
        exec(code, scope)
    assert "stopped" in str(scope["status"])


def test_the_cells_of_the_engine_in_a_notebook_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / ".ipython"))
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    page = (DOCS / "engine-in-a-notebook.md").read_text()
    cells = blocks("engine-in-a-notebook.md", "ipython")
    try:
        for cell in cells:
            shell.run_cell(cell).raise_error()
        for line in re.findall(r"^    nsi ((?:emit|window|sql) .*)$", page, re.MULTILINE):
            assert main(split(line)) == 0
    finally:
        unload_ipython_extension(shell)
        if running() is not None:
            running().stop()
    assert len(cells) == 10
    assert (tmp_path / "windows.csv").exists()


def test_the_links_between_pages_lead_somewhere():
    for page in (*DOCS.glob("*.md"), DOCS.parent / "README.md"):
        for target in re.findall(r"\]\(([\w/.-]+\.md)\)", page.read_text()):
            assert (page.parent / target).is_file(), (page.name, target)
