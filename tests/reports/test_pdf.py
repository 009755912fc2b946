"""PDF through a Chromium that is found; tests/browser prints with a real one."""

from __future__ import annotations

import json
from pathlib import Path

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


@pytest.mark.parametrize(("user", "alone"), [(0, True), (1000, False)])
def test_only_root_gives_up_the_sandbox(chromium, folder, monkeypatch, user, alone):
    monkeypatch.setattr("os.geteuid", lambda: user)
    path = chromium(f'echo "$*" > {folder}/said; for a; do case $a in --print-to-pdf=*) echo PDF > "${{a#*=}}";; esac; done')
    assert print_pdf("<p>", path) == b"PDF\n"
    assert ("--no-sandbox" in (folder / "said").read_text().split()) is alone


def test_a_print_that_is_stopped_keeps_the_notebook(chromium, template, folder):
    path = template("t", "")
    chromium("kill -INT $PPID; exec /bin/sleep 30")
    with pytest.raises(KeyboardInterrupt):
        report(path, output="out.html", pdf=True, progress=False)
    assert json.loads((folder / "out.partial.json").read_text())["status"] == "stopped"
    assert (folder / "out.partial.ipynb").exists()


def test_a_pdf_of_an_earlier_report_goes_with_it(chromium, template, folder):
    path = template("t", "")
    chromium('for a; do case $a in --print-to-pdf=*) echo PDF > "${a#*=}";; esac; done')
    result = report(path, output="out.html", pdf=True, progress=False)
    assert (result.pdf, result.pdf.read_text()) == (Path("out.pdf"), "PDF\n")
    assert json.loads(result.record.read_text())["outputs"] == ["out.html", "out.ipynb", "out.json", "out.pdf"]
    assert report(path, output="out.html", progress=False, force=True).pdf is None
    assert not (folder / "out.pdf").exists()


def test_a_failed_print_fails_the_report_and_keeps_the_notebook(chromium, template, folder):
    path = template("t", "")
    chromium("echo no display >&2; exit 1")
    with pytest.raises(ReportError, match=r"the report failed: Chromium could not print the page: no display"):
        report(path, output="out.html", pdf=True, progress=False)
    assert sorted(p.name for p in folder.iterdir()) == ["bin", "out.partial.ipynb", "out.partial.json", "t.ipynb"]
