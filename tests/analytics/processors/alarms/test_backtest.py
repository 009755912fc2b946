"""Rules on history: the firings are those of a plain reading, the interval is Garwood's, and its coverage is as it says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, poisson

from nsi_notebook.analytics import TimeSeriesDatabase
from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.processors.alarms.backtest import backtest
from nsi_notebook.analytics.processors.alarms.counting import counted, garwood
from nsi_notebook.analytics.processors.alarms.happened import Event
from nsi_notebook.errors import FileError, NsiWarning, OptionError, TimeError, UnknownNameError

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


@pytest.mark.parametrize("true_from", ["2026-11-01T00:00:00Z", "2026-10-01T00:00:00Z"])
def test_a_time_in_which_nothing_could_be_false_is_refused(db, true_from):
    with pytest.raises(TimeError, match=r"not after 2026-11-01 00:00:00\+00:00") as caught:
        backtest(RULES, db, true_from=true_from)
    assert caught.value.hint == "a later true_from, or an earlier since"
    (rate,) = backtest(RULES, db, true_from="2026-11-01T01:00:00Z").rates  # one hour is little, and no mistake
    assert rate.weeks == pytest.approx(1 / 168)
    assert rate.upper == pytest.approx(-np.log(0.025) * 168)  # Garwood's of none


def test_hundreds_a_week_are_written_in_full(db):
    found = backtest({"rule": [{**RULES["rule"][0], "name": "all", "for": "0s"}]}, db, true_from="2026-11-01T01:00:00Z")
    assert "all 4 times, 0 [0, 620] false a week" in repr(found)
    assert "0 false alarms a week (0\u00a0to\u00a0620)" in found.plot().layout.title.text


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
    with pytest.raises(FileError, match="cannot be read: Is a directory"):
        backtest(RULES, db, events=tmp_path)
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


DAY = 24 * HOUR


def test_the_test_for_bursts_is_that_of_the_index_of_dispersion():
    """With many counts, the p by drawing is that of chi squared (Fisher's index of dispersion)."""
    for seed in range(5):
        times = np.sort(np.random.default_rng(seed).integers(0, 40 * DAY, 800))
        found = counted(times.tolist(), 0, 40 * DAY)
        counts = np.bincount(times // DAY, minlength=40)
        index = ((counts - 20) ** 2).sum() / 20
        assert found.dispersion == pytest.approx(index / 39)
        assert found.p == pytest.approx(chi2.sf(index, 39), abs=0.04)
        if not found.bursts:
            assert (found.lower, found.upper) == garwood(800)


def test_alarms_that_come_in_bursts_have_wider_intervals_that_hold_the_truth_more_often():
    rng, held, seen, alone = np.random.default_rng(1), [], [], []
    for _ in range(150):
        begins = rng.uniform(0, 90 * DAY, rng.poisson(30))
        times = np.repeat(begins, rng.geometric(1 / 3, len(begins)))  # 90 are expected, in bursts of 3
        found = counted(np.sort(times).astype(np.int64).tolist(), 0, 90 * DAY)
        low, high = garwood(len(times))
        held.append((found.lower <= 90 <= found.upper, low <= 90 <= high))
        seen.append(found.bursts)
        alone.append(counted(rng.integers(0, 90 * DAY, rng.poisson(90)).tolist(), 0, 90 * DAY).bursts)
    wider, plain = np.mean(held, axis=0)
    assert wider > 0.88 > 0.75 > plain
    assert np.mean(seen) > 0.95
    assert np.mean(alone) < 0.1


def test_a_backtest_says_that_alarms_come_in_bursts(db):
    with TimeSeriesDatabase("memory:") as other:
        levels = np.where(np.isin(np.arange(24 * 28), 100 + 2 * np.arange(8)), 95.0, 60.0)
        other.append(Batch.of("oven.heat", levels, START + np.arange(24 * 28) * np.timedelta64(1, "h"), unit="degC", tz="UTC"))
        found = backtest({"rule": [{"name": "hot", "series": "oven.heat", "above": 90}]}, other)
    assert found.rates[0].bursts
    assert found.expected()["dispersion"].item() > 5
    assert "in bursts come those of hot (dispersion" in str(found)
    high = garwood(8)[1]
    assert found.rates[0].upper > high / found.rates[0].weeks
    assert counted([], 0, DAY)[:2] == garwood(0)
    assert not backtest(RULES, db).rates[0].bursts


def test_bands_of_thousands_of_firings_cover_what_they_cover_and_are_few():
    hours = np.random.default_rng(0).random(24 * 90) < 0.3
    with TimeSeriesDatabase("memory:") as other:
        at = START + np.arange(len(hours)) * np.timedelta64(1, "h")
        other.append(Batch.of("oven.heat", np.where(hours, 95.0, 60.0), at, unit="degC", tz="UTC"))
        found = backtest({"rule": [{"name": "hot", "series": "oven.heat", "above": 90}]}, other)
    bands = [shape for shape in found.plot().layout.shapes if shape.type == "rect"]
    assert len(found.firings) > 400
    assert len(bands) < 1 / 0.002 / 2
    least, covered = int(0.002 * (found.until - found.since)), np.zeros(24 * 60 * 90, dtype=bool)
    wanted, minute = covered.copy(), lambda micros: int((micros - found.since) // 60_000_000)
    for firing in found.firings:
        end = found.until if firing.end is None else firing.end
        wanted[minute(firing.start) : minute(max(end, firing.start + least))] = True
    for band in bands:
        assert (band.xref, band.yref, band.y0, band.y1) == ("x", "y domain", 0, 1)
        begin, end = (int(np.datetime64(edge, "us").astype(np.int64)) for edge in (band.x0, band.x1))
        covered[minute(begin) : minute(end)] = True
    np.testing.assert_array_equal(covered, wanted)


def test_a_band_says_by_its_edge_of_which_series_it_is_and_is_hardly_wider_than_its_firing(db):
    days = START + np.arange(21 * 24 * 60) * np.timedelta64(1, "m")
    for line, place in (("4", 9000), ("5", 20000)):
        values = np.full(len(days), 60.0)
        values[place] = 95.0  # for a minute of three weeks
        db.append(Batch.of("oven.heat", values, days, unit="degC", tz="UTC", tags={"line": line}))
    found = backtest({"rule": [{"name": "hot", "series": "oven.heat", "above": 90}]}, db)
    figure = found.plot()
    colours = {trace.name: trace.line.color for trace in figure.data if trace.name.startswith("oven")}
    assert len(set(colours.values())) == 3
    bands = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    for firing in found.firings:
        start = np.datetime64(firing.start, "us")
        (band,) = [each for each in bands if np.datetime64(each.x0) == start]
        assert band.line.color == colours[firing.series]
        if not firing.series.endswith('"3"}'):
            assert np.datetime64(band.x1) - start < np.timedelta64(61, "m")  # 1.3 of 640 pixels
    assert list(figure.layout.yaxis2.ticktext) == ["hot, line=3", "hot, line=4", "hot, line=5"]


def test_a_row_names_its_series_where_its_rule_watches_several(db):
    flat = np.full(48, 60.0)
    db.append(
        Batch.of("oven.heat", flat, START + np.arange(48) * np.timedelta64(1, "h"), unit="degC", tz="UTC", tags={"line": "4"})
    )
    figure = backtest({"rule": [{"name": "hot", "series": "oven.heat", "above": 90}]}, db).plot()
    assert list(figure.layout.yaxis2.ticktext) == ["hot, line=3"]


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


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # that the pump never came, which is what is drawn
def test_a_series_that_never_came_has_a_row_and_no_panel(db):
    gone = {"name": "gone", "kind": "absence", "series": "pump", "after": "2h"}
    for rules, labels in (([gone], ["gone"]), ([gone, *RULES["rule"]], ["gone", "hot"])):
        found = backtest({"rule": rules}, db, true_from="2026-11-09T00:00:00Z")
        figure = found.plot()
        lowest = figure.layout.yaxis2 if len(rules) > 1 else figure.layout.yaxis
        assert list(lowest.ticktext) == labels
        assert len(figure.layout.annotations) == len(rules) - 1
        assert "1 rule is drawn in the lowest panel only" in figure.layout.title.text.replace("<br>", " ")


def test_what_is_drawn_is_what_was_compared_though_samples_are_waited_for(db):
    rule = {"name": "steep", "series": "oven.heat", "kind": "rate", "window": "3h", "per": "h", "above": 20}
    (course,) = backtest({"alarms": {"lateness": "5h"}, "rule": [rule]}, db).courses["steep"]
    (values,) = [batch.value for batch in db.scan()]
    slopes = [
        np.polyfit(np.arange(len(part)), part, 1)[0] for part in (values[max(i - 2, 0) : i + 1] for i in range(2, len(values)))
    ]
    np.testing.assert_allclose(course.low[~np.isnan(course.low)], slopes, atol=1e-9)  # less than a sample a part of the time
    np.testing.assert_array_equal(course.low, course.high)


def test_the_figure_shows_what_is_compared_and_what_was_short(db):
    rules = {
        "rule": [
            *RULES["rule"],
            {"name": "steep", "series": "oven.heat", "kind": "rate", "window": "2h", "per": "h", "above": 20},
            {"name": "jump", "series": "oven.heat", "kind": "change", "window": "6h", "above": 3},
        ]
    }
    found = backtest(rules, db)
    figure = found.plot()
    axes = [axis.title.text.replace("<br>", " ").replace(". ", ".") for axis in (figure.layout.yaxis2, figure.layout.yaxis3)]
    assert axes == ["slope of oven.heat (degC/h)", "change of oven.heat (degC)"]
    assert {20, 3} <= {shape.y0 for shape in figure.layout.shapes if shape.type == "line"}
    for name in ("steep", "jump"):
        (course,) = found.courses[name]
        above = course.high > found.rules.named(name).above
        assert above.any() == any(firing.rule == name for firing in found.firings)
    least = 0.002 * (found.until - found.since)
    for trace in figure.data:
        if trace.name in ("pending", "firing"):
            ends = np.array(trace.x).astype("datetime64[us]").astype(np.int64).reshape(-1, 3)
            assert (ends[:, 1] - ends[:, 0] >= 0.99 * least).all()
    assert figure.layout.title.text.startswith(f"hot: {found.rates[0].per_week:.2g} false alarms a week (")


def test_events_outside_the_history_are_told(db, tmp_path):
    (tmp_path / "events.csv").write_text(
        "start,end\n2026-11-09T08:00:00Z,2026-11-09T12:00:00Z\n2025-11-09T08:00:00Z,2025-11-09T12:00:00Z\n"
    )
    with pytest.warns(NsiWarning, match=r"1 of 2 events lie outside 2026-11-01 00:00:00 to .* UTC.*: events.csv, line 3"):
        found = backtest(RULES, db, events=tmp_path / "events.csv")
    assert (found.rates[0].events, found.rates[0].caught) == (1, 1)
    with pytest.warns(NsiWarning, match="and are not counted: event 1"):
        backtest(RULES, db, events=["2025-11-09T08:00:00Z/2h"])


def test_hints_can_be_followed(db, tmp_path):
    (tmp_path / "naive.csv").write_text("start,end\n2026-11-09T08:00:00,2026-11-09T12:00:00\n")
    (tmp_path / "turned.csv").write_text("start,end\n2026-11-09T12:00:00Z,2026-11-09T08:00:00Z\n")
    for call in (
        lambda: backtest(RULES, db, "2026-11-09T08:00:00"),
        lambda: backtest(RULES, db, events=tmp_path / "naive.csv"),
    ):
        with pytest.raises(TimeError, match="'2026-11-09T08:00:00' has no zone") as raised:
            call()
        assert "2026-11-26T12:00:00Z" in raised.value.hint
        assert "tz=" not in raised.value.hint
    with pytest.raises(OptionError, match=r"turned.csv, line 2 ends at .*, before it begins") as raised:
        backtest(RULES, db, events=tmp_path / "turned.csv")
    assert raised.value.hint == "the start first, then the end"
