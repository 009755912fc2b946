"""PDF through a Chromium that is found; tests/browser prints with a real one."""

from __future__ import annotations

import pytest

from nsi_notebook.errors import ReportError
from nsi_notebook.reports import pdf as module
from nsi_notebook.reports import report
from nsi_notebook.reports.pdf import find_chromium, print_pdf


@pytest.fixture
def chromium(folder, monkeypatch):
    """Put a program of this script on the path, called as some distributions call Chromium."""

    def make(script):
        path = folder / "bin" / "google-chrome"
        path.parent.mkdir()
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{path.parent}")
        return str(path)

    return make


def test_chromium_is_found_under_any_of_its_names(chromium):
    path = chromium("exit 0")
    assert find_chromium() == path


def test_a_report_with_pdf_is_refused_before_the_run_where_there_is_no_chromium(template, folder, monkeypatch):
    path = template("t", "")
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(ReportError, match=r"PDF needs Chromium, which is not installed\nhint: install it"):
        report(path, pdf=True)
    assert [p.name for p in folder.iterdir()] == ["t.ipynb"]


def test_a_chromium_that_fails_is_quoted(chromium):
    with pytest.raises(ReportError, match="could not print the page: no display"):
        print_pdf("<p>", chromium("echo first >&2; echo no display >&2; exit 1"))


def test_a_chromium_that_writes_nothing_is_an_error(chromium):
    with pytest.raises(ReportError, match="could not print the page: no message"):
        print_pdf("<p>", chromium("exit 0"))


def test_a_chromium_that_hangs_is_ended(chromium, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.5)
    with pytest.raises(ReportError, match=r"did not print the page in 0\.5 s"):
        print_pdf("<p>", chromium("exec /bin/sleep 30"))


def test_a_failed_print_fails_the_report_and_keeps_the_notebook(chromium, template, folder):
    path = template("t", "")
    chromium("echo no display >&2; exit 1")
    with pytest.raises(ReportError, match=r"the report failed: Chromium could not print the page: no display"):
        report(path, output="out.html", pdf=True, progress=False)
    assert sorted(p.name for p in folder.iterdir()) == ["bin", "out.json", "out.partial.ipynb", "t.ipynb"]
