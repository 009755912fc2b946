"""Reports are put in their place whole, and what was there is replaced only by force."""

from __future__ import annotations

import pytest

from nsi_notebook.errors import FileError, OptionError
from nsi_notebook.reports.writing import Outputs


@pytest.fixture
def source(folder):
    path = folder / "study.ipynb"
    path.write_text("{}")
    return path


def names(folder):
    return sorted(p.name for p in folder.iterdir())


@pytest.mark.parametrize("name", ["out", "out.pdf", ".html", "out.HTML", ""])
def test_a_page_has_the_suffix_html(source, name):
    with pytest.raises(OptionError, match="is no page"):
        Outputs.check(name, source, force=True)


@pytest.mark.parametrize("there", ["out.html", "out.ipynb", "out.json", "out.pdf"])
def test_what_is_there_stops_the_run_unless_forced(folder, source, there):
    (folder / there).write_text("mine")
    with pytest.raises(FileError, match=rf"{there} exists already"):
        Outputs.check("out.html", source, force=False, pdf=True)
    assert (folder / there).read_text() == "mine"
    assert Outputs.check("out.html", source, force=True, pdf=True).html.name == "out.html"


def test_a_pdf_that_is_not_asked_for_stops_nothing(folder, source):
    (folder / "out.pdf").mkdir()
    assert Outputs.check("out.html", source, force=False).html.name == "out.html"


def test_a_folder_in_the_way_stops_the_run_in_any_case(folder, source):
    (folder / "out.partial.json").mkdir()
    with pytest.raises(FileError, match=r"'out\.partial\.json' is a folder"):
        Outputs.check("out.html", source, force=True)


def test_the_template_is_never_replaced(folder, source):
    with pytest.raises(OptionError, match=r"would replace the template study\.ipynb"):
        Outputs.check("study.html", source, force=True)
    (folder / "link.partial.ipynb").symlink_to(source)
    with pytest.raises(OptionError, match=r"would replace the template study\.ipynb"):
        Outputs.check("link.html", source, force=True)


def test_the_rest_of_a_failed_run_does_not_stop_the_next(folder, source):
    (folder / "out.partial.json").touch()
    (folder / "out.partial.ipynb").touch()
    paths = Outputs.check("out.html", source, force=False)
    paths.put({paths.html: "page", paths.notebook: "notebook", paths.record: "record"}, instead_of=paths.left())
    assert names(folder) == ["out.html", "out.ipynb", "out.json", "study.ipynb"]
    assert paths.record.read_text() == "record"


@pytest.mark.parametrize(
    ("record", "is_ours"),
    [
        ('{"outputs": ["out.html", "out.pdf"]}', True),
        ('{"outputs": ["out.html"]}', False),
        ('{"outputs": null}', False),
        ('{"pdf": "out.pdf"}', False),
        ('["out.pdf"]', False),
        ("out.pdf", False),
        (b"\xff", False),
        (None, False),
    ],
)
def test_a_pdf_goes_only_if_the_record_there_names_it(folder, source, record, is_ours):
    (folder / "out.pdf").write_text("PDF")
    if record is not None:
        (folder / "out.json").write_bytes(record if isinstance(record, bytes) else record.encode())
    paths = Outputs.check("out.html", source, force=True)
    paths.put({paths.html: "page", paths.record: "{}"}, instead_of=paths.left())
    assert names(folder) == ["out.html", "out.json", *(["out.pdf"] if not is_ours else []), "study.ipynb"]


def test_what_is_written_anew_stays(folder, source):
    (folder / "out.json").write_text('{"outputs": ["out.pdf"]}')
    paths = Outputs.check("out.html", source, force=True, pdf=True)
    paths.put({paths.pdf: b"new"}, instead_of=paths.left())
    assert paths.pdf.read_bytes() == b"new"


def test_the_folder_is_made_and_dots_in_the_name_stay(folder, source):
    paths = Outputs.check("a/b/run.2.html", source, force=False)
    paths.put({paths.html: "page", paths.pdf: b"%PDF"})
    assert names(folder / "a" / "b") == ["run.2.html", "run.2.pdf"]


def test_a_folder_that_cannot_be_made_is_one_line(folder, source):
    with pytest.raises(FileError, match=r"cannot write to 'study\.ipynb': File exists"):
        Outputs.check("study.ipynb/out.html", source, force=False)
    with pytest.raises(FileError, match="cannot write to '/proc': "):
        Outputs.check("/proc/out.html", source, force=False)


def test_a_failed_write_leaves_what_was_there(folder, source):
    paths = Outputs.check("out.html", source, force=False)
    paths.put({paths.html: "good"})
    with pytest.raises(FileError, match="cannot write"):
        paths.put({paths.html: "bad", folder / ("x" * 300): "too long a name"}, instead_of=[source])
    assert names(folder) == ["out.html", "study.ipynb"]
    assert paths.html.read_text() == "good"


def test_the_record_which_says_what_is_there_comes_last(folder, source):
    paths = Outputs.check("out.html", source, force=False)
    written = [paths.html, paths.notebook, paths.record]
    paths.put(dict.fromkeys(written, "x" * 100_000))
    renamed = [path.stat().st_ctime_ns for path in written]
    assert renamed == sorted(renamed)


def test_a_link_in_the_place_of_a_page_stays(folder, source):
    (folder / "held.html").write_text("old")
    (folder / "out.html").symlink_to("held.html")
    paths = Outputs.check("out.html", source, force=True)
    paths.put({paths.html: "page"})
    assert paths.html.is_symlink()
    assert (folder / "held.html").read_text() == "page"
