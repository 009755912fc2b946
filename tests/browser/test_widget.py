"""The threshold widget in a real JupyterLab and Notebook 7."""

from __future__ import annotations

import re

import pytest

from nsi_notebook.voids.measuring import measure
from nsi_notebook.voids.segmentation import void

pytestmark = pytest.mark.browser

SETUP = """\
import numpy as np, xarray as xr
from skimage import data
from nsi_notebook.widgets import ThresholdWidget
image = xr.DataArray(data.coins(), dims=("y", "x"), name="coins")
widget = ThresholdWidget(image)
widget"""
STACK = """\
stack = xr.concat([image, image // 2, image // 4], "time")
series = ThresholdWidget(stack, method=60)
series"""


def coins():
    import xarray as xr
    from skimage import data

    return xr.DataArray(data.coins(), dims=("y", "x"))


def expected(image, threshold: float, phase: str) -> list[str]:
    """The three numbers as the widget should print them, from the public functions."""
    found = measure(void(image, threshold, phase=phase), ["void_fraction", "components", "euler"])
    whole = [
        f"{int(found[name]):,}".replace(",", "\u2009").replace("-", "\u2212") for name in ("component_count", "euler_number")
    ]
    return [f"{100 * float(found['void_fraction']):.2f} %", *whole]


def shows(cell, numbers: list[str]) -> None:
    """Wait until the widget shows these numbers."""
    from playwright.sync_api import expect

    expect(cell.locator(".nsi-number")).to_have_text(numbers, timeout=20_000)


def at(cell) -> float:
    return float(re.match(r"[-\d.]+", cell.locator(".nsi-value").inner_text())[0])


@pytest.fixture(params=["lab", "notebook7"])
def notebook(request, open_notebook):
    server = request.getfixturevalue(request.param)
    cells = [
        SETUP,
        "print(widget.choice)",
        "int(widget.void().sum())",
        STACK,
        "widget._view = {'rows': 3}",
        "widget.raise_errors()",
    ]
    opened = open_notebook(server, cells)
    opened.run(0)
    return opened


def test_the_slider_moves_by_keyboard_and_the_choice_reaches_the_next_cell(notebook):
    cell, keys, image = notebook.cell(0), notebook.page.keyboard, coins()
    slider = cell.get_by_role("slider", name="threshold")
    shows(cell, expected(image, 107.0, "dark"))
    slider.focus()
    for key, wanted in [
        ("ArrowRight", 108),
        ("ArrowUp", 109),
        ("ArrowLeft", 108),
        ("PageUp", 133),
        ("PageDown", 108),
        ("End", 252),
        ("Home", 1),
    ]:
        keys.press(key)
        assert at(cell) == wanted, key
    shows(cell, expected(image, 1.0, "dark"))
    for _ in range(40):
        keys.press("ArrowRight")
    assert at(cell) == 41
    shows(cell, expected(image, 41.0, "dark"))
    cell.get_by_role("button", name="bright").click()
    shows(cell, expected(image, 41.0, "bright"))
    cell.get_by_role("button", name="triangle").click()
    shows(cell, expected(image, at(cell), "bright"))
    cell.get_by_role("button", name="Use this threshold").click()
    line = cell.locator(".nsi-chosen code")
    line.wait_for()
    assert line.inner_text() == f'void = image.nsi.void({at(cell)!r}, phase="bright")'
    notebook.run(1)
    assert notebook.output(1) == str({"method": at(cell), "phase": "bright"})
    notebook.run(2)
    assert notebook.output(2) == str(int((image > at(cell)).sum()))
    assert notebook.outside == []


def test_the_line_is_dragged_and_the_tint_is_the_mask(notebook):
    cell, mouse, image = notebook.cell(0), notebook.page.mouse, coins()
    box = cell.locator(".nsi-histogram").bounding_box()
    mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 60)
    mouse.down()
    mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 60, steps=25)
    mouse.up()
    threshold = at(cell)
    assert 140 < threshold < 165
    shows(cell, expected(image, threshold, "dark"))
    tinted = cell.locator(".nsi-image").evaluate(
        """canvas => {
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          let n = 0;
          for (let i = 0; i < data.length; i += 4) n += data[i] !== data[i + 2];
          return n;
        }"""
    )
    assert tinted == int((image <= threshold).sum())


def test_a_frame_is_chosen(notebook):
    notebook.run(3)
    cell = notebook.cell(3)
    shows(cell, expected(coins(), 60.0, "dark"))
    cell.get_by_role("slider", name="frame along time").focus()
    notebook.page.keyboard.press("End")
    shows(cell, expected(coins() // 4, 60.0, "dark"))


def test_an_error_in_the_browser_comes_back_to_the_notebook(notebook):
    from playwright.sync_api import expect

    notebook.run(4)
    expect(notebook.cell(0).get_by_role("alert")).to_contain_text("the image record lacks cols")
    notebook.run(5)
    assert "BrowserError" in notebook.output(5)
    assert "lacks cols" in notebook.output(5)
    assert "in the browser:" in notebook.output(5)
