"""The first notebook, and Tab completion, in a real JupyterLab."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01-first-look.ipynb"
VERBS = {"compare", "components", "measure", "open", "plot", "report", "samples", "void"}


def test_the_first_notebook_runs_and_shows_its_figures(lab, open_notebook, tmp_path):
    import json

    figures = NOTEBOOK.read_text().count('"application/vnd.plotly.v1+json"')
    notebook = open_notebook(lab, NOTEBOOK, "01-first-look.ipynb")
    notebook.command("notebook:clear-all-cell-outputs")
    notebook.run_all()
    drawn = notebook.page.locator(".jp-OutputArea .js-plotly-plot .main-svg:first-child")
    notebook.page.wait_for_function(
        f"document.querySelectorAll('.jp-OutputArea .js-plotly-plot').length >= {figures}", timeout=60_000
    )
    assert drawn.count() >= figures >= 5
    assert notebook.page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    last = notebook.page.locator(".jp-Notebook .jp-Cell").last.inner_text()
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    said = "".join(cells[-1]["outputs"][0]["data"]["text/markdown"]).replace("*", "")
    assert said.split(".")[0] in last
    assert notebook.outside == []


def test_tab_after_the_magic_lists_the_verbs(lab, open_notebook):
    notebook = open_notebook(lab, ["%load_ext nsi_notebook", ""], "tab.ipynb")
    notebook.run(0)
    editor = notebook.cell(1).locator(".cm-content")
    editor.click()
    notebook.page.keyboard.type("%nsi ")
    notebook.page.keyboard.press("Tab")
    items = notebook.page.locator(".jp-Completer-item .jp-Completer-match")
    items.first.wait_for(timeout=30_000)
    assert {text.strip() for text in items.all_inner_texts()} >= VERBS


def test_an_error_of_the_magic_is_one_line_and_a_hint(lab, open_notebook):
    notebook = open_notebook(lab, ["%load_ext nsi_notebook\n%nsi mesure gravel"], "error.ipynb")
    notebook.run(0)
    lines = [line for line in notebook.output(0).splitlines() if line.strip()]
    assert len(lines) == 2
    assert "did you mean 'measure'?" in lines[1]
