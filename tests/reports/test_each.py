"""One report for each of many inputs, and an index of them."""

from __future__ import annotations

import json
import re

import pytest

from nsi_notebook.cli import main
from nsi_notebook.errors import FileError, OptionError, ReportError, UnknownNameError
from nsi_notebook.reports import report_each

PARAMETERS = "image: str = ''\nn: int = 1"
CELL = "text = open(image).read()\nassert text != 'bad', 'this one is bad'\ntext"


@pytest.fixture
def images(folder, template):
    """Two images of the same name, one of another; and a template that reads them."""
    template("t", PARAMETERS, CELL)
    for name, text in (("a/one.tif", "first"), ("b/one.tif", "second"), ("b/two <&>.tif", "bad")):
        (folder / "images" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "images" / name).write_text(text)
    return folder / "images"


def files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def each(pattern, **options):
    return report_each(pattern, "t.ipynb", progress=False, **options)


def test_inputs_of_the_same_name_have_reports_of_their_own_and_one_failure_stops_no_other(images, folder):
    with pytest.raises(ReportError) as error:
        each("images/**/*.tif", parameters={"n": 2})
    assert error.value.message.startswith("1 of 3 reports failed, first images/b/two <&>.tif: the report failed in cell 3")
    assert error.value.hint == "see reports/index.html"
    assert files(folder / "reports") == [
        *(f"{name}.{suffix}" for name in ("a/one.tif", "b/one.tif") for suffix in ("html", "ipynb", "json")),
        "b/two <&>.tif.partial.ipynb",
        "b/two <&>.tif.partial.json",
        "index.html",
        "index.json",
    ]
    assert "first" in (folder / "reports/a/one.tif.html").read_text()
    assert "second" in (folder / "reports/b/one.tif.html").read_text()
    index = (folder / "reports/index.html").read_text()
    assert re.findall(r'href="(.*?)"', index) == ["a/one.tif.html", "b/one.tif.html"]
    assert "2 of 3" in index
    assert "two &lt;&amp;&gt;.tif" in index
    assert "this one is bad" in index
    rows = json.loads((folder / "reports/index.json").read_text())
    assert [(row["image"], row["status"]) for row in rows] == [
        ("images/a/one.tif", "ok"),
        ("images/b/one.tif", "ok"),
        ("images/b/two <&>.tif", "failed"),
    ]


def test_the_command_tabulates_the_reports(images, folder, capsys):
    assert main(["report", "t.ipynb", "--each", "images/a/*", "-o", "out"]) == 0
    assert capsys.readouterr().out.split() == ["image", "status", "report", "message", "images/a/one.tif", "ok", "one.tif.html"]
    assert files(folder / "out") == ["index.html", "index.json", "one.tif.html", "one.tif.ipynb", "one.tif.json"]


@pytest.mark.parametrize(
    ("options", "kind", "says"),
    [
        ({"pattern": "images/*.png"}, FileError, "no file matches 'images/\\*.png'"),
        ({"parameters": {"image": "x"}}, OptionError, "'image' is each file in turn"),
        ({"parameters": {"m": 1}}, UnknownNameError, "unknown parameter 'm'"),
        ({"parameters": {"n": "x"}}, OptionError, "n='x' is not of type int"),
        ({"output": "out.html"}, OptionError, "must be a folder for many reports"),
        ({"output": "t.ipynb"}, FileError, "cannot write to 't.ipynb'"),
    ],
)
def test_what_cannot_work_is_said_before_anything_runs(images, folder, options, kind, says):
    before = files(folder)
    with pytest.raises(kind, match=says):
        each(**{"pattern": "images/a/*", **options})
    assert files(folder) == before


def test_a_file_whose_name_is_no_text_is_named_before_anything_runs(images, folder):
    (images / b"b/\xff.tif".decode("utf-8", "surrogateescape")).write_text("third")
    with pytest.raises(OptionError, match=r"image='images/b/\\udcff\.tif' is not UTF-8"):
        each("images/*/*.tif")
    assert not (folder / "reports").exists()


@pytest.mark.parametrize("there", ["reports/index.html", "reports/b/one.tif.html"])
def test_reports_that_are_there_are_replaced_only_by_force(images, folder, there):
    (folder / there).parent.mkdir(parents=True)
    (folder / there).write_text("mine")
    before = files(folder)
    with pytest.raises(FileError, match=f"{there} exists already"):
        each("images/*/one.tif")
    assert files(folder) == before


def test_a_folder_is_one_input_and_one_called_index_is_refused(images, folder, template):
    template("t", PARAMETERS, "import os; sorted(os.listdir(image))")
    table = each("images/*", output="out.d", force=True)
    assert table["report"].tolist() == ["a.html", "b.html"]
    (images / "index").mkdir()
    with pytest.raises(OptionError, match="would take the place of the index page"):
        each("images/*", output="other")


def test_what_was_done_is_listed_when_it_is_stopped(images, folder, monkeypatch):
    from papermill import execute

    real, calls = execute.papermill_engines.execute_notebook_with_engine, []

    def stopped(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(execute.papermill_engines, "execute_notebook_with_engine", stopped)
    with pytest.raises(KeyboardInterrupt):
        each("images/**/*.tif")
    assert "1 of 3" in (folder / "reports/index.html").read_text()
