"""The page holds what the notebook shows, and needs nothing from outside; tests/browser opens it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import nbformat
import plotly.graph_objects as go
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from nsi_notebook.errors import ReportError
from nsi_notebook.reports.html import MIME, export, page

DOT = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def shown(data, source="show()", **metadata):
    outputs = [new_output("display_data", data=data)]
    return new_code_cell(source, outputs=outputs, metadata=metadata)


def figure(*traces, **layout):
    return shown({MIME: json.loads(go.Figure(traces, layout).to_json())})


class Page(HTMLParser):
    """Tags, ids and what is loaded."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.loads, self.ids, self.labels = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append(tag)
        self.ids += [attrs["id"]] if "id" in attrs else []
        self.labels += [attrs["aria-label"]] if "aria-label" in attrs else []
        self.loads += [attrs[k] for k in ("src", "href") if k in attrs and not attrs[k].startswith(("data:", "#"))]


def test_each_figure_has_a_place_a_call_and_a_label():
    book = new_notebook(cells=[figure(go.Scatter(y=[1, 2]), title="<b>lengths</b>", height=700), figure(go.Bar(y=[3]))])
    text = export(book, "t")
    found = Page(text)
    assert [i for i in found.ids if i.startswith("nsi-figure")] == ["nsi-figure-0", "nsi-figure-1"]
    assert re.findall(r'Plotly\.newPlot\("(nsi-figure-\d)"', text) == ["nsi-figure-0", "nsi-figure-1"]
    assert found.labels == ["<b>lengths</b>", "figure"]
    assert 'style="--width: 700; --height: 700"' in text


def test_a_page_with_figures_holds_the_bundle_once_and_one_without_does_not():
    marks = [export(new_notebook(cells=cells), "t").count("plotly.js") for cells in ([], [figure()], [figure(), figure()])]
    assert marks[0] == 0
    assert marks[1] == marks[2] > 0
    assert len(export(new_notebook(cells=[figure()]), "t")) < 2_500_000


def test_nothing_is_loaded_from_outside():
    found = Page(export(new_notebook(cells=[new_markdown_cell("# a"), figure(), new_code_cell("1")]), "t"))
    assert found.loads == []


@pytest.mark.parametrize("cells", [[], [figure(go.Bar(y=[3]))]], ids=["no figure", "a figure"])
def test_only_our_scripts_may_run_and_only_embedded_images_load(cells):
    text = export(new_notebook(cells=[*cells, shown({"text/html": "<script>alert(1)</script>"})]), "t")
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="(.*?)">', text)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    ours = [script for script in scripts if script != "alert(1)"]
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in ours]
    assert len(scripts) == len(ours) + 1
    assert rules["script-src"] == (" ".join(hashes) if cells else "'none'")
    assert (rules["default-src"], rules["img-src"], rules["base-uri"]) == ("'none'", "data:", "'none'")
    assert text.index(policy) < text.index("<style>")


def test_the_page_has_a_language_a_title_and_fits_a_narrow_screen():
    text = export(new_notebook(), "a <b> & c")
    assert '<html lang="en">' in text
    assert "<title>a &lt;b&gt; &amp; c</title>" in text
    assert 'name="viewport"' in text


def test_text_in_a_figure_cannot_end_the_script():
    bad = "</script><!--<script>"
    text = export(new_notebook(cells=[figure(go.Scatter(y=[1], name=bad))]), "t")
    call = re.search(r"f\.layout, .*?\)\)\((.*)\);", text)[1]
    assert "<" not in call
    assert json.loads(call)["data"][0]["name"] == bad


def test_parameters_and_removed_cells_are_left_out_and_hidden_input_too():
    tags = ["parameters", "injected-parameters", "remove-cell", "hide-input", "other"]
    cells = [shown({"text/plain": f"out-{tag}"}, f"in_{tag}", tags=[tag]) for tag in tags]
    text = export(new_notebook(cells=cells), "t")
    assert re.findall(r"in_[a-z-]+", text) == ["in_other"]
    assert re.findall(r"out-[a-z-]+", text) == ["out-hide-input", "out-other"]


def test_the_notebook_stays_as_it_is():
    book = new_notebook(cells=[figure(), shown({"text/plain": "x"}, tags=["remove-cell"])])
    before = nbformat.writes(book)
    export(book, "t")
    assert nbformat.writes(book) == before


def test_pictures_are_embedded_and_have_an_alternative(folder):
    (folder / "dot.png").write_bytes(DOT)
    cells = [new_markdown_cell("![a dot](dot.png)"), shown({"image/png": base64.b64encode(DOT).decode()})]
    text = export(new_notebook(cells=cells), "t")
    assert text.count('src="data:image/png;base64,') == 2
    assert len(re.findall(r"<img[^>]* alt=", text)) == 2


def test_the_record_is_folded_at_the_end():
    text = export(new_notebook(cells=[new_markdown_cell("hello")]), "t", {"status": "ok", "parameters": {"title": "<i>"}})
    assert text.index("hello") < text.index("record of the run") < text.index("&quot;title&quot;: &quot;&lt;i&gt;&quot;")


def test_a_figure_that_the_bundle_cannot_draw_is_an_error():
    with pytest.raises(ReportError, match="traces of scatter3d, which the offline page cannot draw"):
        export(new_notebook(cells=[figure(go.Scatter3d(x=[1], y=[1], z=[1]))]), "t")


def test_a_missing_bundle_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr("nsi_notebook.reports.html.files", lambda _: tmp_path)
    (tmp_path / "reports" / "page").mkdir(parents=True)
    (tmp_path / "reports" / "page" / "style.css").touch()
    with pytest.raises(ReportError, match="the plotly bundle is missing from this installation"):
        page("t", "", ["call()"])
