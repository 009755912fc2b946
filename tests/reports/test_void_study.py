"""The void study on real images: the same inputs give the same figures and numbers again, and the numbers are right."""

from __future__ import annotations

import json
import re

import nbformat
import numpy as np
import pytest
import skimage.data
import tifffile
from skimage.filters import threshold_li, threshold_otsu, threshold_triangle

from nsi_notebook.errors import OptionError
from nsi_notebook.reports import describe, report
from nsi_notebook.reports.html import MIME
from nsi_notebook.voids.segmentation import methods

from .conftest import Seen


def outputs(result):
    """What each cell of the executed notebook shows, by its source."""
    cells = nbformat.read(result.notebook, as_version=4).cells
    return [(cell.source, cell.outputs) for cell in cells if cell.cell_type == "code"]


def data(result, kind):
    return [o.data[kind] for _, shown in outputs(result) for o in shown if kind in o.get("data", {})]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two runs on the same image, in environments that differ in what must not matter."""
    folder, found = tmp_path_factory.mktemp("runs"), []
    for name, environment in (
        ("first", {"PYTHONHASHSEED": "1"}),
        ("second", {"PYTHONHASHSEED": "2", "PLOTLY_RENDERER": "browser"}),
    ):
        with pytest.MonkeyPatch.context() as patch:
            for key, value in environment.items():
                patch.setenv(key, value)
            found.append(report("void-study", {"image": "coins"}, folder / f"{name}.html", progress=False))
    return found


def test_the_same_inputs_give_the_same_figures_and_numbers(runs):
    first, second = (outputs(result) for result in runs)
    assert first == second
    assert [len(data(result, MIME)) for result in runs] == [3, 3]
    assert len(data(runs[0], "text/html")) == 3


def test_the_finding_is_right_and_near_the_top(runs):
    image = skimage.data.coins()
    share = (image <= threshold_otsu(image)).mean()
    title, finding = data(runs[0], "text/markdown")[:2]
    assert title.startswith("# Void study\n")
    assert f"**{100 * share:.3g}%** of the image is empty (95% interval: " in finding
    page = runs[0].html.read_text()
    assert page.count("<h1") == 1
    assert page.index("<h1") < page.index(f"<strong>{100 * share:.3g}%</strong>") < page.index('class="nsi-figure"')


def test_the_page_is_small_and_opens_with_its_title_and_no_code(runs):
    page = runs[0].html.read_text()
    assert len(page.encode()) < 2_500_000
    assert page.index("<h1") < page.index("<details>")
    assert "Parameters" not in page[: page.index("<h1")]


def test_the_finding_says_what_the_threshold_does_and_the_figure_of_it_has_its_heading(runs):
    image = skimage.data.coins()
    levels = [f(image) for f in (threshold_li, threshold_otsu, threshold_triangle)]
    low, high = ((image <= t).mean() for t in (min(levels), max(levels)))
    _, finding, _, heading = data(runs[0], "text/markdown")
    assert f" the void fraction ranges from {100 * low:.3g}% to {100 * high:.3g}%; the interval does not" in finding
    assert heading == "## How much hangs on the threshold"


@pytest.mark.parametrize("method", ["background", "5"])
def test_where_no_other_threshold_could_be_chosen_nothing_is_said_of_it(tmp_path, method):
    image = np.random.default_rng(0).integers(0, 9, (64, 64)) if method == "background" else np.full((32, 32), 7)
    tifffile.imwrite(tmp_path / "a.tif", image.astype("u1"))
    given = {"image": str(tmp_path / "a.tif"), "method": method, "measures": "void_fraction", "ci": "none"}
    result = report("void-study", given, tmp_path / "out.html", progress=False)
    assert "threshold" not in data(result, "text/markdown")[1]
    assert not data(result, "text/markdown")[3]
    assert len(data(result, MIME)) == 2


def test_a_mask_is_measured_as_it_is(tmp_path):
    mask = np.random.default_rng(0).random((64, 64)) < 0.25
    np.save(tmp_path / "mask.npy", mask)
    given = {"image": str(tmp_path / "mask.npy"), "measures": "void_fraction", "ci": "none"}
    result = report("void-study", given, tmp_path / "out.html", progress=False)
    assert f"**{100 * mask.mean():.3g}%** of the image is empty" in data(result, "text/markdown")[1]
    assert len(data(result, MIME)) == 2


def test_the_record_tells_the_defaults_too(runs):
    record = json.loads(runs[0].record.read_text())
    assert record["parameters"]["image"] == "coins"
    assert record["parameters"]["ci"] == 0.95
    assert len(record["data"][0]["sha256"]) == 64
    assert not any(cell["failed"] for cell in record["cells"])


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"method": "ostu"}, "did you mean 'otsu'?"),
        ({"connectivity": 5}, "connectivity=5 is not of type Literal"),
        ({"phase": "drak"}, "did you mean 'dark'?"),
    ],
)
def test_what_no_image_can_have_is_refused_before_anything_runs(tmp_path, given, says):
    with pytest.raises(OptionError, match=re.escape(says)):
        report("void-study", given, tmp_path / "out.html")
    assert list(tmp_path.iterdir()) == []


def test_the_template_offers_every_method_that_needs_no_options():
    kind = describe("void-study").loc["method", "type"]
    assert set(re.findall(r"'(\w+)'", kind)) == set(methods()) - {"hysteresis"}


def test_a_series_in_colour_with_a_spacing_along_each_axis_and_names_that_are_markup(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frames = np.random.default_rng(0).integers(0, 256, (3, 16, 24, 3), dtype="u1")
    for i, frame in enumerate(frames):
        tifffile.imwrite(f"f`<img src=x onerror=alert(1)>`{i}.tif", frame, photometric="rgb")
    title = "**T** <img src=x onerror=alert(2)> ![i](f)"
    given = {
        "image": "f`<img src=x onerror=alert(1)>`?.tif",
        "title": title,
        "channel": "g",
        "method": "99",
        "spacing": "2,0.5",
        "unit": "um",
    }
    result = report("void-study", given, "out.html", progress=False)
    shares = (frames[..., 1] <= 99).mean(axis=(1, 2))
    finding = data(result, "text/markdown")[1]
    assert finding.startswith(f"Over 3 frames **{100 * shares.mean():.3g}%** is empty on average, from {100 * shares.min():.3g}%")
    assert "µm²" in finding
    made = data(result, "text/html")[-1]
    assert "2 µm along y, 0.5 µm along x" in made
    assert "3 along time" in made
    assert len(data(result, MIME)) == 3
    shown = Seen(result.html.read_text())
    assert "img" not in shown.tags
    assert shown.text.count(given["image"]) >= 2
    assert shown.text.count(title) >= 2
