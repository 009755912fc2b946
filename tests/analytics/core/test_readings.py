"""What metrics say at one moment."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from nsi_notebook.analytics.core.metrics import MetricsCollector
from nsi_notebook.analytics.core.readings import readings
from nsi_notebook.analytics.core.times import now, utc
from nsi_notebook.errors import TimeError, UnknownNameError


@pytest.fixture
def metrics():
    made = MetricsCollector()
    for line, n in [("2", 1_234_567), ("10", 0.5)]:
        made.counter("frames", "Frames that were read", tags={"line": line}).inc(n)
    level = made.gauge("level", "Level of the tank", unit="mm")
    for value in (5, 9, 7):
        level.set(value)
    made.histogram("size", "Size of pores", unit="um").observe_many(np.arange(1.0, 102.0))
    made.gauge("never", "What was never set")
    return made


def test_each_kind_tells_what_it_is_there_for(metrics):
    table = readings(metrics).to_pandas().set_index(["metric", "tags"])
    assert table["total"].dropna().to_dict() == {("frames", "line=10"): 0.5, ("frames", "line=2"): 1_234_567}
    assert table["last"].dropna().to_dict() == {("level", ""): 7}
    (size,) = table.loc[["size"]].itertuples()
    sizes = pd.Series(np.arange(1.0, 102.0))
    assert (size.count, size.mean) == (101, sizes.mean())
    assert [size.median, size.p95, size.p99] == sizes.quantile([0.5, 0.95, 0.99]).tolist()
    assert table["count"].notna().sum() == table["mean"].notna().sum() == 1


def test_the_table_has_all_digits_of_whole_numbers_and_nothing_where_nothing_is_meant(metrics):
    assert repr(readings(metrics)).splitlines() == [
        "metric  kind       tags         total  last  count  mean  median  p95  p99  unit",
        "frames  counter    line=10        0.5",
        "frames  counter    line=2   1,234,567",
        "level   gauge                             7                                 mm",
        "never   gauge",
        "size    histogram                              101    51      51   96  100  um",
    ]
    page = readings(metrics)._repr_html_()
    assert page.count("<tr>") == 6
    assert "1,234,567" in page
    assert "nan" not in page
    assert "4 metrics" in page
    assert repr(readings(MetricsCollector())) == "no metrics"
    assert "no metrics" in readings(MetricsCollector())._repr_html_()


def test_a_range_has_the_total_and_the_last_of_what_came_in_it(metrics):
    time.sleep(0.002)
    between = utc(now())
    metrics.counter("frames", tags={"line": "2"}).inc(3)
    metrics.gauge("level", unit="mm").set(1)

    def told(**given):
        table = readings(metrics, **given).to_pandas()
        return table["total"].dropna().tolist(), table["last"].dropna().tolist()

    assert told(until=between) == ([0.5, 1_234_567], [7])
    assert told(since=between) == ([0, 3], [1])
    assert told() == ([0.5, 1_234_570], [1])
    assert len(readings(metrics, "frames", until=between)) == 2


def test_many_records_of_a_counter_add_up_in_a_range():
    metrics = MetricsCollector(most=100)
    frames = metrics.counter("frames", "Frames that were read")
    for _ in range(20_000):
        frames.inc(3)
    table = readings(metrics, since=utc(now() - 3_600_000_000)).to_pandas()
    assert table["total"].tolist() == pytest.approx([60_000], rel=1e-12)


def test_an_unknown_metric_and_a_naive_time_are_refused(metrics):
    with pytest.raises(UnknownNameError, match="unknown metric 'frame'"):
        readings(metrics, "frame")
    with pytest.raises(TimeError, match="has no zone"):
        readings(metrics, since="2026-11-26T12:00:00")
