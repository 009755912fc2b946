"""Figures of tests: every row can be read, whatever the names and the sizes of the measures; and of what values it is."""

import numpy as np
import pytest
import xarray as xr

from nsi_notebook.analytics import correlate, test
from nsi_notebook.analytics.algorithms.statistics.family import Tests
from nsi_notebook.commands.plot import plot
from nsi_notebook.errors import OptionError

rng = np.random.default_rng(5)
LONG = "number of components of the void that touch no border of the image"
RNG = np.random.default_rng(0)
FIRST, OTHER = (xr.DataArray(RNG.normal(mean, 1, 40), dims="image", name="width", attrs={"units": "um"}) for mean in (5, 6))


def found(**sizes):
    data = {name: ("image", size * rng.normal(1, 0.1, 20), {"long_name": name.replace("_", " ")}) for name, size in sizes.items()}
    return test(xr.Dataset(data, {"kind": ("image", ["sand"] * 10 + ["clay"] * 10)}), by="kind")


def rows(drawn):
    """The names of the rows of each panel."""
    return [list(drawn.layout[name].ticktext) for name in sorted(drawn.layout) if name.startswith("yaxis")]


def test_a_share_is_not_drawn_on_the_axis_of_a_count():
    panels = rows(found(share=0.01, count=3.0, other_share=0.012).plot())
    assert [[row.partition("<br>")[0] for row in panel] for panel in panels] == [["share", "other share"], ["count"]]


def test_names_of_rows_have_room():
    drawn = found(**{LONG.replace(" ", "_"): 1.0, "thickness": 1.0}).plot()
    (panel,) = rows(drawn)
    lines = max(row.count("<br>") + 1 for row in panel)
    inside = drawn.layout.height - drawn.layout.margin.t - drawn.layout.margin.b
    assert lines > 3
    assert inside / len(panel) >= 15 * lines


def test_the_verb_draws_the_result_of_an_analysis():
    result = found(share=0.01)
    assert plot(result, title="of mine").layout.title.text == "of mine"
    assert plot(result).layout.xaxis == result.plot().layout.xaxis


def boxes(figure):
    return [trace for trace in figure.data if trace.type == "box"]


def test_a_single_test_shows_its_groups():
    (box,) = boxes(test(FIRST, OTHER).plot())
    for side, value in (("lowerfence", 0), ("q1", 0.25), ("median", 0.5), ("q3", 0.75), ("upperfence", 1)):
        np.testing.assert_allclose(box[side], [np.quantile(FIRST, value), np.quantile(OTHER, value)])


def test_equivalence_shows_its_margin():
    figure = test(FIRST, OTHER, kind="tost", margin=(-0.5, 0.75)).plot()
    assert [(shape.x0, shape.x1) for shape in figure.layout.shapes if shape.type == "rect"] == [(-0.5, 0.75)]
    low, high = figure.layout.xaxis.range
    assert low < -0.5 < 0.75 < high


def test_a_test_without_an_estimate_shows_its_values_only():
    found = test(FIRST[:4], kind="normality")
    figure = found.plot()
    assert figure.layout.xaxis.title.text == "width (µm)"
    assert len(boxes(figure)) == 1
    assert not figure.layout.shapes
    with pytest.raises(OptionError, match="estimates nothing"):
        Tests.of([found, found]).plot()


def test_what_is_of_another_unit_or_size_has_its_own_panel():
    lots = {"lot": ("image", ["a"] * 20 + ["b"] * 20)}
    sizes = {"count": 1e4, "share": 1e-2, "ratio": 2e-2}
    columns = {name: ("image", size * np.r_[RNG.normal(5, 1, 20), RNG.normal(6, 1, 20)]) for name, size in sizes.items()}
    figure = test(xr.Dataset({**columns, "width": FIRST}, lots), by="lot").plot()
    rows = [[name.partition("<br>")[0] for name in figure.layout[axis].ticktext] for axis in ("yaxis", "yaxis2", "yaxis3")]
    assert sorted(rows) == [["count"], ["share", "ratio"], ["width"]]
    assert not boxes(figure)


def test_a_correlation_shows_its_pairs():
    depth = (2 * FIRST + RNG.normal(size=40)).rename("depth")
    found = correlate(FIRST, depth)
    (dots,) = found.plot().data
    np.testing.assert_array_equal(dots.x, FIRST)
    np.testing.assert_array_equal(dots.y, depth)
    figure = correlate(FIRST, depth.assign_attrs(units="mm")).plot()
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("width (\N{MICRO SIGN}m)", "depth (mm)")
    figure = correlate(FIRST, depth.assign_attrs(units="1")).plot()
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("width (\N{MICRO SIGN}m)", "depth")
    many = correlate(
        xr.DataArray(RNG.normal(size=5000), dims="i", name="a"), xr.DataArray(RNG.normal(size=5000), dims="i", name="b")
    )
    assert "1,000 of 5,000 pairs are drawn" in many.plot().layout.title.text


def test_in_a_notebook_the_sentence_comes_first_and_few_columns_tell_all():
    found = test(FIRST, OTHER)
    html = found._repr_html_()
    assert html.startswith("<p>Mean width is")
    assert "TestResult" not in html
    assert html.count("<th ") == len(found.brief().columns) < 10 < len(found.table().columns)
    assert "um (95 % CI" in html
    assert test(FIRST, OTHER, kind="paired").brief()["n"].item() == str(test(FIRST, OTHER, kind="paired").matched)
    family = Tests.of([found, test(FIRST, kind="normality")])
    assert "adjusted p" in family._repr_html_()
    assert "nan" not in family._repr_html_().lower()
