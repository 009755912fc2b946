"""A run that succeeds leaves a page, a notebook and a record; one that fails leaves what there is, and one clear line."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import subprocess
import sys
import time
from importlib.metadata import version

import nbformat
import pytest

from nsi_notebook.errors import OptionError, ReportError
from nsi_notebook.reports import report

FIGURE = "display({'application/vnd.plotly.v1+json': {'data': [{'type': '%s', 'y': [1]}], 'layout': {}}}, raw=True)"


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def fails(path, status, **options):
    """Run, and check what holds for every failure; give the error, the record and the notebook."""
    folder, there = path.parent, names(path.parent)
    before = time.perf_counter()
    with pytest.raises(ReportError) as error:
        report(path, output="out.html", progress=False, **options)
    assert time.perf_counter() - before < 30
    assert "\n" not in error.value.message
    assert error.value.hint == "the notebook as far as it came: out.partial.ipynb"
    assert names(folder) == sorted([*there, "out.partial.ipynb", "out.partial.json"])
    partial, record = nbformat.read("out.partial.ipynb", as_version=4), json.loads((folder / "out.partial.json").read_text())
    nbformat.validate(partial)
    assert record["status"] == status
    assert record["outputs"] == ["out.partial.ipynb", "out.partial.json"]
    failing = record["failing_cell"]
    assert failing["error"] in error.value.message
    if failing["cell"] is not None:
        assert partial.cells[failing["cell"]].source == failing["source"]
        assert f"in cell {failing['cell']}: " in error.value.message
        assert [c["cell"] for c in record["cells"] if c["failed"]] == [failing["cell"]] == [record["cells"][-1]["cell"]]
    assert "print('after')" not in [partial.cells[c["cell"]].source for c in record["cells"]]
    return error.value, record, partial


def test_a_run_leaves_page_notebook_and_record(template, folder, capfd):
    (folder / "data.csv").write_text("a\n1\n")
    path = template(
        "elsewhere/study",
        "from pathlib import Path\nn: int = 3\ndata: Path = ...\ntitle: str = 'None'",
        "open(data).read() * n",
        " ",
        "6 * 7",
    )
    (folder / "out.partial.ipynb").touch()
    (folder / "out.partial.json").touch()
    result = report(path, {"n": "2", "data": "data.csv", "title": "A & B"}, "out.html")
    assert names(folder) == ["data.csv", "elsewhere", "out.html", "out.ipynb", "out.json"]
    assert names(folder / "elsewhere") == ["study.ipynb"]
    page, book, record = (
        result.html.read_text(),
        nbformat.read(result.notebook, as_version=4),
        json.loads(result.record.read_text()),
    )
    assert "a\\n1\\na\\n1\\n" in page
    assert "<title>A &amp; B</title>" in page
    assert book.cells[3].outputs[0].data["text/plain"] == repr("a\n1\n" * 2)
    assert {book.metadata.papermill["input_path"], book.metadata.papermill["output_path"]} == {"study.ipynb", "out.ipynb"}
    assert "/tmp/" not in result.notebook.read_text()
    assert record["status"] == result.status == "ok"
    assert record["parameters"] == {"n": 2, "data": "data.csv", "title": "A & B"}
    assert record["data"] == [{"name": "data.csv", "sha256": hashlib.sha256(b"a\n1\n").hexdigest()}]
    assert record["template_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert record["packages"]["numpy"] == version("numpy")
    assert record["git_commit"] is None
    assert [c["cell"] for c in record["cells"]] == [1, 2, 3, 5]
    assert 0 < sum(c["duration"] for c in record["cells"]) < record["duration"] == result.duration
    out, err = capfd.readouterr()
    assert out == ""
    assert re.fullmatch(r"(\rout: +\d+%\|[^\r\n]*)+\n", err)
    assert "100%" in err
    assert str(result) == "out.html\nout.ipynb\nout.json"
    assert result._repr_html_().count("<a href=") == 3


def test_a_failing_cell_is_named_with_what_it_said_and_its_hint(template, folder):
    path = template("t", "n: int = 1", "x = n", "import nsi_notebook as nsi\nnsi.sample('coin')", "print('after')")
    earlier = ("out.html", "out.ipynb", "out.json", "out.pdf")
    for name in earlier:
        (folder / name).write_text("of an earlier run")
    error, _, partial = fails(path, "failed", force=True)
    assert error.message.startswith("the report failed in cell 4: UnknownNameError: unknown sample 'coin'; there are: brick")
    assert error.message.endswith("; did you mean 'coins'?")
    assert partial.cells[4].outputs[0].output_type == "error"
    assert not any("papermill-error" in cell.source for cell in partial.cells)
    assert {(folder / name).read_text() for name in earlier} == {"of an earlier run"}


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("raise ValueError('one\\n\\ntwo')", "ValueError: one; two"),
        ("assert False", "AssertionError"),
        ("import sys; sys.exit()", "SystemExit ended it early"),
        ("%no_such_magic", "UsageError: Line magic function `%no_such_magic` not found."),
    ],
)
def test_every_way_to_fail_is_said_in_one_line(template, cell, says):
    _, record, _ = fails(template("t", "", cell, "print('after')"), "failed")
    assert record["failing_cell"]["error"] == says


@pytest.mark.parametrize("cell", ["import os; os._exit(3)", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"])
def test_a_dead_kernel_is_found_soon_with_the_cell_that_killed_it(template, cell):
    error, record, _ = fails(template("t", "n: int = 1", "x = 1", cell, "print('after')"), "dead kernel")
    assert "the kernel died" in error.message
    assert record["failing_cell"]["source"] == cell
    assert [c["cell"] for c in record["cells"]] == [1, 2, 3, 4]
    assert record["duration"] < 15


def test_a_kernel_that_does_not_start_is_said(template, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    error, record, _ = fails(template("t", "n: int = 1"), "dead kernel")
    assert error.message.startswith("the report failed: Kernel died before replying")
    assert (record["failing_cell"]["cell"], record["cells"]) == (None, [])


def test_a_cell_that_takes_too_long_is_ended(template):
    error, _, _ = fails(template("t", "", "import time; time.sleep(60)", "print('after')"), "timeout", timeout=0.5)
    assert error.message.endswith(": it took longer than 0.5 s")


def test_a_figure_that_the_page_cannot_draw_fails_the_report(template):
    error, _, partial = fails(template("t", "", FIGURE % "scatter3d"), "failed")
    assert error.message == "the report failed: a figure has traces of scatter3d, which the offline page cannot draw"
    assert len(partial.cells[-1].outputs) == 1


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_timeout_that_leaves_no_time_is_refused_before_the_run(template, folder, timeout):
    with pytest.raises(OptionError, match="leaves a cell no time"):
        report(template("t"), output="out.html", timeout=timeout)
    assert names(folder) == ["t.ipynb"]


def test_a_page_needs_no_name(template, folder, monkeypatch):
    path = template("elsewhere/t", "")
    report(path, progress=False)
    assert names(folder) == ["elsewhere", "t.html", "t.ipynb", "t.json"]
    with pytest.raises(OptionError, match="would replace the template"):
        report(path, output=path.with_suffix(".html"), progress=False)


def test_the_commit_of_the_checkout_is_recorded_and_packages_that_are_there(template, folder, monkeypatch):
    monkeypatch.setattr("nsi_notebook.reports.record.PACKAGES", ("numpy", "no-such-package"))
    git = ["git", "-c", "user.name=n", "-c", "user.email=e", "-C", str(folder)]
    path = template("t", "", FIGURE % "scatter")
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "t.ipynb"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "first"], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    result = report(path, output="out.html", progress=False)
    record = json.loads(result.record.read_text())
    assert (record["git_commit"], record["packages"]) == (commit, {"numpy": version("numpy")})
    assert result.html.read_text().count("Plotly.newPlot(") >= 1


def test_a_report_runs_inside_a_running_loop_and_where_the_temporary_folder_has_a_long_name(template, folder, monkeypatch):
    long = folder / ("long" * 30)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    path = template("t", "", "6 * 7")

    async def main():
        return report(path, output="out.html", progress=False)

    assert "42" in asyncio.run(main()).html.read_text()
    assert list(long.iterdir()) == []
