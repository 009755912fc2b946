"""Draw the picture of the README: gravel with its voids tinted, beside two of its measures. `make picture`."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright
from plotly.subplots import make_subplots

import nsi_notebook as nsi
from nsi_notebook.analytics.visualization import curves
from nsi_notebook.analytics.visualization.theme import layout
from nsi_notebook.voids.measures.registry import catalogue

WIDTH, HEIGHT = 1500, 480


def main() -> None:
    """Write docs/images/first-look.png."""
    gravel = nsi.sample("gravel")
    void = gravel.nsi.void("otsu", phase="dark")
    ds = void.nsi.measure(["void_fraction", "chords", "components"], ci=0.95)
    low, high = (100 * float(v) for v in ds.void_fraction_ci)
    titles = [
        f"gravel, void tinted: {100 * float(ds.void_fraction):.1f} % ({low:.1f} to {high:.1f} %)",
        "chord lengths, with 95 % intervals",
        "sizes of the voids",
    ]
    figure = make_subplots(rows=1, cols=3, subplot_titles=titles, horizontal_spacing=0.08)
    picture = void.nsi.plot(image=gravel)
    figure.add_traces(picture.data, rows=1, cols=1)
    figure.add_layout_image(picture.layout.images[0], row=1, col=1)
    plane = {"constrain": "domain", "showgrid": False, "row": 1, "col": 1}
    across, down = picture.layout.xaxis, picture.layout.yaxis
    figure.update_xaxes(title=across.title, range=across.range, **plane)
    figure.update_yaxes(title=down.title, range=down.range, scaleanchor="x", **plane)
    for column, measure in ((2, "chords"), (3, "components")):
        curves.draw(figure, ds, catalogue()[measure].panels[0], 1, column)
    figure.update_layout(layout(width=WIDTH, height=HEIGHT, legend={"x": 0.62, "y": 0.98, "xanchor": "right", "yanchor": "top"}))
    with tempfile.TemporaryDirectory() as work, sync_playwright() as playwright:
        page_file = Path(work) / "picture.html"
        figure.write_html(page_file, config={"displayModeBar": False})
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(page_file.as_uri())
        page.wait_for_timeout(1000)
        page.locator(".js-plotly-plot").screenshot(path=str(Path(__file__).parent / "images" / "first-look.png"))
        browser.close()


main()
