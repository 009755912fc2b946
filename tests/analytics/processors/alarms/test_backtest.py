"""Rules on history: the firings are those of a plain reading, the interval is Garwood's, and its coverage is as it says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import poisson

from nsi_notebook.analytics import TimeSeriesDatabase
from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.processors.alarms.backtest import Event, backtest, garwood
from nsi_notebook.errors import FileError, OptionError, TimeError, UnknownNameError

START = np.datetime64("2026-11-01T00:00:00", "us")
HOUR = 3600 * 10**6
RULES = {"rule": [{"name": "hot", "series": "oven.heat", "above": 90, "exit": 80, "for": "1h"}]}


def at(hour):
    return int(START.astype(np.int64)) + hour * HOUR


@pytest.fixture
def db():
    hours = np.arange(21 * 24)
    values = np.full(len(hours), 60.0)
    for first, last in ((50, 53), (100, 101), (200, 210), (300, 302)):  # of which one is too short
        values[first:last] = 95
    values[210:215] = 85
    found = TimeSeriesDatabase("memory:")
    found.append(Batch.of("oven.heat", values, START + hours * np.timedelta64(1, "h"), unit="degC", tz="UTC", tags={"line": "3"}))
    yield found
    found.close()


def test_firings_and_the_rate_of_false_ones(db):
    found = backtest(RULES, db)
    table = found.table()
    assert [(at_ - START.astype("M8[ns]")) / np.timedelta64(1, "h") for at_ in table["start"].dt.tz_convert(None)] == [
        51,
        201,
        301,
    ]
    assert table["duration"].tolist() == [2 * 3600, 14 * 3600, 3600]
    assert table.attrs["units"] == {"duration": "s"}
    (rate,) = found.rates
    assert (rate.firings, rate.false) == (3, 3)
    assert rate.weeks == pytest.approx(3, abs=0.01)
    assert (rate.lower * rate.weeks, rate.upper * rate.weeks) == pytest.approx((0.6187, 8.7673), abs=1e-4)  # tables of Garwood
    assert "every firing is counted as false" in str(found)
    assert repr(found).startswith("Backtest, 3 firings in 2.99 weeks: hot 3 times, 1")


def test_what_really_happened_makes_firings_right(db, tmp_path):
    (tmp_path / "events.csv").write_text(
        "start,end,rule\n2026-11-09T08:00:00Z,2026-11-09T12:00:00Z,hot\n2026-11-20T00:00:00Z,2026-11-20T01:00:00Z,\n"
    )
    for events in (tmp_path / "events.csv", [Event(at(200), at(204), "hot"), Event(at(456), at(457))]):
        found = backtest(RULES, db, events=events)
        assert found.table()["true"].tolist() == [False, True, False]
        (rate,) = found.rates
        assert (rate.firings, rate.false, rate.events, rate.caught) == (3, 2, 2, 1)
    later = backtest(RULES, db, true_from="2026-11-09T00:00:00Z").rates[0]
    assert (later.firings, later.false) == (3, 1)
    assert later.weeks == pytest.approx(8 / 7)


def test_a_part_of_the_time_and_absence_up_to_its_end(db):
    rules = {"rule": [{"name": "gone", "kind": "absence", "series": "oven.heat", "after": "2h"}]}
    found = backtest(rules, db, "2026-11-20T00:00:00Z", "2026-11-23T00:00:00Z")
    assert [(f.start, f.end) for f in found.firings] == [(at(503) + 2 * HOUR, None)]
    assert found.rates[0].weeks == pytest.approx(3 / 7)
    assert backtest(RULES, db, "2026-11-20T00:00:00Z").rates[0].upper > 2  # nothing fired, and there may be some


def test_bad_input_is_said(db, tmp_path):
    with pytest.raises(UnknownNameError, match="did you mean 'oven"):
        backtest({"rule": [{"name": "hot", "series": "oven.heta", "above": 9}]}, db)
    with pytest.raises(TimeError, match="no time between"):
        backtest(RULES, db, "2027-01-01T00:00:00Z")
    with pytest.raises(OptionError, match=r"level is 95"):
        backtest(RULES, db, level=95)
    (tmp_path / "a.csv").write_text("begin\n1\n")
    with pytest.raises(FileError, match=r"a\.csv hold begin"):
        backtest(RULES, db, events=tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("start,end\n2026-11-09,2026-11-10\n")
    with pytest.raises(TimeError, match=r"b\.csv, line 2: the time '2026-11-09' has no zone"):
        backtest(RULES, db, events=tmp_path / "b.csv")
    with pytest.raises(UnknownNameError, match="unknown rule 'hott'"):
        backtest(RULES, db, events=[Event(at(1), at(2), "hott")])


@pytest.mark.parametrize("mean", [0.3, 2.0, 9.0])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_the_interval_covers_as_often_as_it_says(mean, level):
    counts = np.arange(80)
    covered = [low <= mean <= high for low, high in (garwood(int(n), level) for n in counts)]
    assert poisson.pmf(counts, mean)[covered].sum() >= level


def test_the_figure_has_series_thresholds_bands_and_a_row_for_each_rule(db):
    rules = {"rule": [*RULES["rule"], {"name": "never", "series": "oven.heat", "above": 1000}]}
    figure = backtest(rules, db, true_from="2026-11-09T00:00:00Z").plot(title="oven")
    shapes = figure.layout.shapes
    assert sorted(shape.y0 for shape in shapes if shape.type == "line") == [80, 90, 1000]
    assert sum(shape.type == "rect" for shape in shapes) == 3
    assert list(figure.layout.yaxis3.ticktext) == ["hot", "never"]
    assert figure.layout.yaxis.title.text == "oven.heat (degC)"
    assert {trace.name for trace in figure.data if trace.showlegend} == {"pending", "firing", "firing, and right"}
    assert figure.layout.annotations[0].text.startswith("hot (line=3): above 90")
    assert figure.layout.title.text == "oven"
    values = np.array(figure.data[0].y, float)
    assert (np.nanmin(values), np.nanmax(values)) == (60, 95)
