"""A report opened without a network: every figure is drawn, nothing is asked for; and its PDF has pages."""

from __future__ import annotations

import shutil
import subprocess

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from nsi_notebook.reports import report
from nsi_notebook.reports.html import MIME, export

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def made(tmp_path_factory, browser):
    return report("void-study", {"image": "coins"}, tmp_path_factory.mktemp("report") / "coins.html", pdf=True, progress=False)


@pytest.fixture(scope="module", params=[1200, 400], ids=["wide", "narrow"])
def page(request, made, browser):
    """The page, opened offline, with what it asked for and what went wrong."""
    context = browser.new_context(viewport={"width": request.param, "height": 900}, offline=True)
    opened = context.new_page()
    opened.asked, opened.wrong = [], []
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.on("requestfailed", lambda request: opened.wrong.append(request.url))
    opened.on("pageerror", lambda error: opened.wrong.append(str(error)))
    opened.on("console", lambda message: opened.wrong.append(message.text) if message.type == "error" else None)
    opened.goto(made.html.as_uri())
    opened.wait_for_load_state("networkidle")
    yield opened
    context.close()


def test_every_figure_of_the_notebook_is_drawn(page, made):
    cells = nbformat.read(made.notebook, as_version=4).cells
    figures = [o.data[MIME] for c in cells if c.cell_type == "code" for o in c.outputs if MIME in o.get("data", {})]
    assert page.locator(".js-plotly-plot").count() == len(figures) == 3
    for index, figure in enumerate(figures):
        place = page.locator(f"#nsi-figure-{index}")
        room, layout = place.evaluate("place => place.parentElement.clientWidth"), figure["layout"]
        scale = min(max(room / layout["width"], 0.6), 1)  # it is shrunk to the page, but stays readable
        assert place.locator(".main-svg").first.bounding_box()["height"] == pytest.approx(layout["height"] * scale, rel=1e-3)
        below = place.evaluate("place => place.parentElement.getBoundingClientRect().height")
        assert below == pytest.approx(layout["height"] * scale, abs=20)  # and leaves no hole, but for a bar to scroll
        assert place.locator(".xtick").count() > 3
        assert place.get_attribute("aria-label")
        drawn = place.locator("text").first.evaluate("text => getComputedStyle(text).textRendering")
        assert drawn == "geometricprecision"  # which no change of the scale leaves at the size that it had
    # each curve with its own path of points
    lines = sum(trace.get("type") == "scatter" and "lines" in trace.get("mode", "") for trace in figures[2]["data"])
    assert page.locator("#nsi-figure-2 .scatterlayer .js-line").count() >= lines > 10


def test_the_image_under_the_mask_is_seen(page):
    image = page.locator("#nsi-figure-0 image")
    assert image.get_attribute("href").startswith("data:image/")
    assert min(image.bounding_box()[side] for side in ("width", "height")) > 100


def test_nothing_is_asked_for_and_nothing_goes_wrong(page, made):
    assert [url for url in page.asked if not url.startswith(("data:", "blob:"))] == [made.html.as_uri()]
    assert page.wrong == []


def test_the_page_is_small(made):
    assert made.html.stat().st_size < 2_500_000


def test_nothing_but_figures_and_tables_is_wider_than_the_screen(page):
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0


def test_the_page_opens_with_one_title(page):
    assert page.locator("h1").all_inner_texts() == ["Void study"]
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator("img:not([alt])").count() == 0


def test_a_script_that_got_into_a_page_does_not_run_and_its_figures_are_drawn(browser, tmp_path):
    bad = "<script>window.ran = 1</script><img src=x onerror='window.ran = 2'><a href='javascript:window.ran = 3'>press me</a>"
    figure = {"data": [{"type": "bar", "y": [1, 2]}], "layout": {}}
    outputs = [new_output("display_data", data={kind: data}) for kind, data in ((MIME, figure), ("text/html", bad))]
    path = tmp_path / "bad.html"
    path.write_text(export(new_notebook(cells=[new_code_cell("show()", outputs=outputs)]), "t"))
    opened = browser.new_page()
    refused = []
    opened.on("console", lambda message: refused.append(message.text))
    opened.goto(path.as_uri())
    opened.wait_for_load_state("networkidle")
    assert opened.locator("img").count() == 1  # the markup is there
    opened.get_by_text("press me").click()
    assert opened.evaluate("window.ran") is None
    assert sum("Content Security Policy" in text for text in refused) >= 3
    assert opened.locator(".js-plotly-plot .bars path").count() == 2
    opened.close()


def test_the_pdf_has_pages(made):
    content = made.pdf.read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    assert len(content) > 50_000
    if shutil.which("pdfinfo"):
        said = subprocess.run(["pdfinfo", made.pdf], capture_output=True, text=True, check=True).stdout
        facts = dict(line.split(":", 1) for line in said.splitlines() if ":" in line)
        assert facts["Title"].strip() == "Void study"
        assert 2 <= int(facts["Pages"]) <= 8
