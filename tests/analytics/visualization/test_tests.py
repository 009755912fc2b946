"""Figures of tests: every row can be read, whatever the names and the sizes of the measures."""

import numpy as np
import xarray as xr

from nsi_notebook.analytics import test
from nsi_notebook.commands.plot import plot

rng = np.random.default_rng(5)
LONG = "number of components of the void that touch no border of the image"


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
