"""Figures of arrays that hold series."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nsi_notebook import plot
from nsi_notebook.analytics import effective_n, rates
from nsi_notebook.errors import DimsError, OptionError

TIMES = pd.date_range("2026-11-26", periods=60, freq="min")
LOAD = xr.DataArray(
    np.random.default_rng(0).normal(size=(2, 60)),
    {"time": ("time", TIMES, {"timezone": "Europe/Berlin"}), "line": ["a", "b"]}, ("line", "time"), "load", {"units": "kN"},
)  # fmt: skip


def test_rates_are_steps_in_their_unit_by_the_clocks_of_their_zone():
    found = rates(LOAD, per="min")
    drawn = found.nsi.plot()
    assert drawn.layout.yaxis.title.text == "rate (kN/min)"
    assert drawn.layout.xaxis.title.text == "time (Europe/Berlin)"
    assert [trace.name for trace in drawn.data] == ["line a", "line b"]
    assert {trace.line.shape for trace in drawn.data} == {"vh"}
    np.testing.assert_allclose(drawn.data[1].y, np.diff(LOAD[1]), rtol=1e-12)
    assert np.datetime64(drawn.data[0].x[0], "m") == np.datetime64("2026-11-26T00:01")
    utc = LOAD.assign_coords(time=("time", TIMES, {"timezone": "UTC"}))
    assert np.array_equal(plot(utc).data[0].x, TIMES.to_numpy())
    assert plot(utc).layout.xaxis.title.text == "time (UTC)"


def test_series_are_lines_broken_where_values_are_missing():
    gone = LOAD[0].copy()
    gone[20:25] = np.nan
    (line,) = plot(gone, title="the load").data
    np.testing.assert_array_equal(line.y, gone)
    assert (line.line.shape, line.mode, line.showlegend) == ("linear", "lines", False)
    beside = gone.swap_dims(time="frame number").drop_attrs(deep=True)
    assert plot(beside).layout.xaxis.title.text == "time"
    many = xr.DataArray(np.zeros((30, 9)), dims=("lane", "time"), name="load")
    drawn = plot(many)
    assert len(drawn.data) == 24
    assert drawn.layout.title.text == "load; 6 more series are not drawn"


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # 50 values are few for an effective number
def test_numbers_of_names_are_points():
    drawn = effective_n(LOAD.isel(time=slice(50)), "time").nsi.plot()
    assert drawn.data[0].mode == "markers"
    assert list(drawn.data[0].x) == ["a", "b"]


def test_images_stay_images():
    image = xr.DataArray(np.eye(8), dims=("y", "x"))
    assert plot(image).layout.images
    assert plot(image.expand_dims(time=3)).layout.images
    with pytest.raises(DimsError, match="no spatial dim"):
        plot(image.rename(x="a", y="b"))
    with pytest.raises(OptionError, match="has no measure to choose"):
        plot(LOAD, "load")
