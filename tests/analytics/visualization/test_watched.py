"""The figure of detectors along series."""

import numpy as np
import pytest
import xarray as xr

from nsi_notebook.analytics.algorithms.anomalies.watched import detect_series
from nsi_notebook.errors import OptionError
from tests.analytics.algorithms.noises import ar1


def test_it_shows_values_flags_and_the_threshold():
    x = np.stack([ar1(0, 1000), ar1(1, 1000)])
    x[1, 700:703] = [30, 50, 70]
    found = detect_series(xr.DataArray(x, dims=("lane", "time"), attrs={"units": "um"}, name="gap"), alpha=0.005)
    figure = found.plot()
    assert figure.layout.title.text.startswith("lane 1: ")
    assert figure.layout.yaxis.title.text == "gap (µm)"
    flagged = [trace for trace in figure.data if trace.name == "anomaly"]
    assert {700, 701, 702} <= set(flagged[0].x.tolist())
    lines = [shape for shape in figure.layout.shapes if shape.type == "line"]
    assert [line.y0 for line in lines] == [found.thresholds[1]]
    boxes = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert {(box.x0, box.x1) for box in boxes} == {(0, 500)}
    assert found.plot(number=0, title="lane 0").layout.title.text == "lane 0"
    with pytest.raises(OptionError, match="number is 2, of 2 series"):
        found.plot(number=2)


def test_a_line_is_broken_at_gaps_and_not_where_steps_differ():
    at = np.datetime64("2026-11-02", "us") + np.delete(np.arange(400), slice(100, 130)) * np.timedelta64(1, "h")
    gap = xr.DataArray(ar1(0, 370), {"time": at}, ["time"], attrs={"units": "K"})
    drawn = detect_series(gap, "ewma", "time", calibrate=200, tz="UTC").plot()
    for trace in (drawn.data[0], drawn.data[2]):
        assert len(trace.x) == 371
        assert np.isnan(trace.y[100])
    np.testing.assert_array_equal(np.delete(drawn.data[0].y, 100), gap)
    uneven = gap.assign_coords(time=at[0] + np.cumsum(1 + np.random.default_rng(0).integers(0, 9, 370)) * np.timedelta64(1, "h"))
    assert len(detect_series(uneven, "ewma", "time", calibrate=200, tz="UTC").plot().data[0].x) == 370
