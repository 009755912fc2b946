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
    figure = found.plot(number=1)
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


def test_each_of_several_series_has_its_panel():
    x = np.stack([ar1(at, 400) for at in range(10)])
    x[3, 300:303] = [30, 50, 70]
    found = detect_series(xr.DataArray(x, dims=("lane", "time"), name="gap"), alpha=0.02)
    figure = found.plot()
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert [trace.y.tolist() for trace in lines] == x[:8].tolist()
    names = [note.text for note in figure.layout.annotations]
    assert names[3] == f"lane 3: {len(found.runs(3))} run{'s' * (len(found.runs(3)) != 1)} of anomalies by novelty"
    flagged = {trace.yaxis: trace.x.tolist() for trace in figure.data if trace.name == "anomaly"}
    assert {300, 301, 302} <= set(flagged["y4"])
    title = figure.layout.title.text.replace("<br>", " ")
    assert title == f"{found.sentence.removesuffix('.')}; 2 more series are not drawn"


def test_measures_side_by_side_have_their_names_on_their_axes():
    data = xr.Dataset({"gap": ("time", ar1(0, 400), {"units": "um"}), "load": ("time", ar1(1, 400))})
    figure = detect_series(data, alpha=0.02).plot()
    assert [axis.title.text for axis in figure.select_yaxes()] == ["gap (µm)", "load"]
    assert figure.layout.annotations[0].text.startswith("gap: ")


@pytest.mark.filterwarnings("ignore:.*1 of 3:nsi_notebook.errors.NsiWarning")  # which is what is looked at
def test_a_series_that_was_left_out_has_no_panel():
    x = np.stack([ar1(0, 400), np.zeros(400), ar1(2, 400)])
    figure = detect_series(xr.DataArray(x, dims=("lane", "time"), name="gap"), alpha=0.02).plot()
    assert [note.text[:6] for note in figure.layout.annotations] == ["lane 0", "lane 2"]


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
