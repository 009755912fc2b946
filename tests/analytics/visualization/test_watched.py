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
