"""The report over a range of time of a store."""

from __future__ import annotations

import json

import nbformat
import numpy as np
import pandas as pd
import pytest

from nsi_notebook.analytics import AnalyticsEngine, TimeSeriesDatabase, window
from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.times import instant, now, utc
from nsi_notebook.errors import OptionError, ReportError, TimeError, UnknownNameError
from nsi_notebook.reports import report
from nsi_notebook.reports.html import MIME
from nsi_notebook.reports.silences import away, gaps_table
from nsi_notebook.reports.summary import (
    summarize,
    summary_figure,
    summary_finding,
    summary_made,
    summary_table,
    windows_of,
)
from nsi_notebook.reports.tables import show
from nsi_notebook.reports.words import lasting

from .conftest import Seen

MIDNIGHT = np.datetime64("2024-03-05T00:00:00")
DAY = "2024-03-05"


def put(db, name, seconds, values=None, unit="1", **tags):
    at = np.array(list(seconds))
    values = np.sin(at / 1e4) + 2 if values is None else values
    db.append(Batch.of(name, values, MIDNIGHT + at * np.timedelta64(1, "s"), unit=unit, tags=tags, tz="UTC", missing="keep"))


def put_with_windows(db, plan, seconds, **tags):
    """Have an engine store samples, and windows of them."""
    at = np.array(list(seconds))
    with AnalyticsEngine(db, {"void": plan}, inline=True) as engine:
        engine.emit_many("void", np.sin(at / 1e4) + 2, MIDNIGHT + at * np.timedelta64(1, "s"), tags=tags, tz="UTC")


def fill(db):
    put_with_windows(db, window("10min").agg("mean"), [*range(0, 20000, 10), *range(30000, 86400, 10)], line="<1>")
    heat = np.random.default_rng(0).normal(20, 2, 8640)
    heat[::100] = np.nan
    put(db, "oven.heat", range(0, 86400, 10), heat, "degC")
    put(db, "late", range(90000, 100000, 100))  # the next day
    return heat


@pytest.fixture
def db():
    with TimeSeriesDatabase("memory:") as db:
        yield db


def test_windows_with_a_point_in_their_name_are_left_out(db):
    put_with_windows(db, window("10min").agg("p99.9", "max"), range(0, 3600, 60))
    put(db, "void.share", range(0, 3600, 60))  # which is none
    assert summarize(db).left_out == ("void.max", "void.p99.9")
    assert summarize(db).names == ["void", "void.share"]


def test_numbers_and_gaps_are_those_of_pandas(db):
    heat = fill(db)
    found = summarize(db, day=DAY)
    assert [row.series.name for row in found.rows] == ["late", "oven.heat", "void"]
    assert found.left_out == ("void.mean",)
    late, oven, void = found.rows
    expected = pd.Series(heat)
    assert (oven.count, oven.missing) == (expected.count(), 87)
    np.testing.assert_allclose(
        [oven.mean, oven.std, oven.low, oven.high], [expected.mean(), expected.std(), expected.min(), expected.max()]
    )
    assert oven.gaps == ()
    start = instant(f"{DAY}T00:00:00Z")
    assert void.gaps == ((start + 19_990_000_000, start + 30_000_000_000),)
    assert void.limit == 100_000_000
    assert (late.count, late.gaps, late.limit) == (0, (), None)
    assert found.names == ["oven.heat", "void"]


def test_silence_to_the_ends_that_were_asked_for_is_a_gap(db):
    put(db, "load", range(3600, 7200, 10))
    (row,) = summarize(db, day=DAY).rows
    assert [(b - a) // 1_000_000 for a, b in row.gaps] == [86400 - 7190, 3600]
    assert summarize(db).rows[0].gaps == ()
    (row,) = summarize(db, since=f"{DAY}T00:30:00Z", gap="29min").rows
    assert [(b - a) // 1_000_000 for a, b in row.gaps] == [1800]
    assert row.limit == 29 * 60 * 1_000_000


def test_silence_ends_now_where_the_day_is_not_over(db):
    at = now()
    day = f"{utc(at):%Y-%m-%d}"
    times = np.append(np.arange(instant(f"{day}T00:00:00Z"), at, 600_000_000), at).astype("datetime64[us]")
    db.append(Batch.of("load", np.ones(len(times)), times, tz="UTC"))
    assert summarize(db, day=day, gap="1h").rows[0].gaps == ()


def test_what_falls_silent_for_good_is_silent_up_to_the_last_sample_of_all(db):
    put(db, "pump", range(0, 7200, 10))
    put(db, "load", range(0, 10800, 10))
    heat = np.where(np.arange(1080) < 500, 20.0, np.nan)
    put(db, "heat", range(0, 10800, 10), heat)
    put(db, "dead", range(0, 10800, 10), np.full(1080, np.nan))
    put(db, "slow", range(0, 10000, 2000))  # the next would come later
    found = summarize(db)
    start = instant(f"{DAY}T00:00:00Z")
    silent = {row.series.name: row.silent for row in found.rows if row.silent is not None}
    assert silent == {"dead": start, "heat": start + 4_990_000_000, "pump": start + 7_190_000_000}
    asked = summarize(db, until=f"{DAY}T02:59:50.000001Z")
    assert [row.silent for row in asked.rows] == [row.silent for row in found.rows]
    text = summary_finding(found)
    assert "for **2 h 59 min**, of dead since 2024-03-05 00:00:00 UTC, and still." in text
    assert "**Still silent: dead, heat and pump.**" in text
    assert gaps_table(found)[["series", "to (UTC)", "for"]].to_numpy().tolist() == [
        ["dead", "", "2 h 59 min, and still"],
        ["heat", "", "1 h 36 min, and still"],
        ["pump", "", "1 h, and still"],
    ]


def test_one_series_with_many_gaps_pushes_no_other_out_of_their_table(db):
    put(db, "flap", np.concatenate([np.arange(20) + 1000 * k for k in range(61)]))
    put(db, "once", np.concatenate([np.arange(100), np.arange(500, 60020)]))
    table = gaps_table(summarize(db))
    assert table["series"].value_counts().to_dict() == {"flap": 19, "once": 1}
    page = Seen(show(table).data)
    assert page.text.rstrip().endswith("41 more are not listed: of flap.")


def test_without_a_range_it_is_all_that_is_there(db):
    put(db, "load", [5, 10, 15])
    found = summarize(db)
    assert (found.until - found.since, found.rows[0].count) == (10_000_001, 3)


@pytest.mark.parametrize(
    ("given", "kind", "said"),
    [
        ({"day": "yesterday"}, TimeError, "'yesterday' is no day"),
        ({"day": DAY, "since": f"{DAY}T00:00:00Z"}, OptionError, "there is since or until, too"),
        ({"since": f"{DAY}T00:00:00"}, TimeError, "has no zone"),
        ({"since": f"{DAY}T02:00:00Z", "until": f"{DAY}T01:00:00Z"}, OptionError, "is not before until"),
        ({"series": ["laod"]}, UnknownNameError, "unknown series 'laod'"),
        ({"gap": "soon"}, TimeError, "'soon' is no duration"),
    ],
)
def test_what_is_no_range_is_said(db, given, kind, said):
    put(db, "load", [1, 2, 3])
    with pytest.raises(kind, match=said) as caught:
        summarize(db, **given)
    assert "tz=" not in str(caught.value)  # which no report has


def test_the_finding_and_the_tables(db):
    fill(db)
    found = summarize(db, day=DAY)
    text = summary_finding(found)
    assert "**16,280 samples** of 2 series from 2024-03-05 00:00:00 UTC to 2024-03-06 00:00:00 UTC." in text
    assert "Nothing came of late." in text
    assert "Missing are 87 values of oven.heat." in text
    assert "Values stayed away once for **2 h 46 min**" in text
    assert "<1>" not in text  # what others chose is no markup
    table = summary_table(found).set_index("series")
    assert table.loc["oven.heat", ["unit", "samples", "missing", "gaps", "longest gap"]].tolist() == [
        "degC",
        "8,640",
        "87",
        "0",
        "",
    ]
    assert table.loc["late", ["samples", "gaps"]].tolist() == ["0", "not known"]
    assert gaps_table(found).to_dict("list") == {
        "series": ['void{line="<1>"}'],
        "from (UTC)": ["2024-03-05 05:33:10"],
        "to (UTC)": ["2024-03-05 08:20:00"],
        "for": ["2 h 46 min"],
    }
    made = summary_made("runs", found, windows_of(db, found), None).set_index("what")["how"]
    assert made["left out, as windows of others"] == "void.mean"
    assert made["windows of the figure"] == "15min"


def test_nothing_is_said_as_such(db):
    assert summary_finding(summarize(db, day=DAY)) == "**No series** in this store."
    put(db, "load", [1, 2, 3])
    nothing = summarize(db, day="2024-03-01")
    assert summary_finding(nothing).startswith("**No samples** from 2024-03-01")
    assert windows_of(db, nothing) is None
    assert len(gaps_table(nothing)) == 0
    assert "No series was silent." in summary_finding(summarize(db))
    assert "\u00b1" in summary_finding(summarize(db))


def test_where_nothing_came_at_all_it_is_not_said_that_none_stayed_away(db):
    put(db, "load", [1, 2, 3])
    for range_, said in [
        ({"day": "2024-03-01"}, "from 2024-03-01 00:00:00 UTC to 2024-03-02 00:00:00 UTC"),
        ({"since": "2024-04-01T00:00:00Z"}, "since 2024-04-01 00:00:00 UTC"),
        ({"until": "2024-01-01T00:00:00Z"}, "before 2024-01-01 00:00:00 UTC"),
    ]:
        nothing = summarize(db, **range_)
        assert away(nothing) == f"Nothing came {said}."
        assert summary_finding(nothing) == f"**No samples** {said}."
        assert nothing.since <= nothing.until
    put(db, "heat", [100])
    assert away(summarize(db, since=f"{DAY}T00:01:00Z", until=f"{DAY}T01:00:00Z")) == "Nothing came of load."
    assert away(summarize(db, day=DAY)) == ""


def test_where_no_end_is_asked_for_it_is_said_up_to_which_sample_it_looks(db):
    put(db, "load", [1, 2, 3])
    put(db, "heat", [1, 2])
    said = "It looks up to the last sample, of load at 2024-03-05 00:00:03 UTC: silence behind it is not seen."
    for found in (summarize(db), summarize(db, since=f"{DAY}T00:00:00Z")):
        assert said in summary_finding(found)
        assert away(found) == said
    for found in (summarize(db, day=DAY), summarize(db, until=f"{DAY}T12:00:00Z")):
        assert "last sample" not in summary_finding(found)
    made = summary_made("runs", summarize(db, since=f"{DAY}T00:00:00Z"), None, None).set_index("what")["how"]
    assert made["to"] == "2024-03-05 00:00:03 UTC, the last sample"
    assert made["from"] == "2024-03-05 00:00:00 UTC"


def test_the_figure_spans_the_range_that_was_asked_for(db):
    put(db, "load", range(36000, 40000, 100))
    found = summarize(db, day=DAY)
    axis = summary_figure(found, windows_of(db, found)).layout.xaxis
    assert [np.datetime64(end) for end in axis.range] == [MIDNIGHT, MIDNIGHT + np.timedelta64(1, "D")]
    all_of_it = summarize(db)
    windows = windows_of(db, all_of_it)
    first, last = (np.datetime64(end) for end in summary_figure(all_of_it, windows).layout.xaxis.range)
    assert first <= MIDNIGHT + np.timedelta64(36000, "s") < last <= MIDNIGHT + np.timedelta64(41000, "s")


def test_one_sample_has_no_spread(db):
    put(db, "load", [1], [2.5], "um")
    assert "**1 sample** of one series" in summary_finding(summarize(db))
    assert summary_finding(summarize(db)).endswith("load: **2.5 µm**")


def test_the_windows_of_the_figure_are_about_a_hundred_or_as_asked(db):
    fill(db)
    found = summarize(db, ["void"], day=DAY)
    assert set(windows_of(db, found).end - windows_of(db, found).start) == {15 * 60 * 1_000_000}
    assert set(np.diff(np.unique(windows_of(db, found, "6h").start))) == {6 * 3600 * 1_000_000}


def test_days_are_the_largest_unit():
    assert [lasting(n * 1_000_000) for n in (90_000, 86_400, 59.96)] == ["1 d 1 h", "1 d", "60 s"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("summary") / "runs"
    with TimeSeriesDatabase(folder) as db:
        fill(db)
    return str(folder)


def test_the_report_runs(runs, folder):
    made = report("daily-summary", {"store": runs, "day": DAY, "title": "The <b>day</b>"}, "day.html")
    outputs = [o for cell in nbformat.read(made.notebook, 4).cells if cell.cell_type == "code" for o in cell.outputs]
    figures = [o.data[MIME] for o in outputs if MIME in o.get("data", {})]
    assert [trace["fill"] for trace in figures[0]["data"] if "fill" in trace] == ["toself"] * 2
    assert figures[0]["layout"]["title"]["text"] == "means of 15min"
    page = Seen(made.html.read_text())
    assert "The <b>day</b>" in page.text
    assert "16,280 samples" in page.text
    assert "table" in page.tags
    assert json.loads(made.record.read_text())["data"][0]["name"] == runs


def test_a_range_without_samples_is_a_report_too(runs, folder):
    found = report("daily-summary", {"store": runs, "day": "2024-01-01"}, "none.html")
    text = Seen(found.html.read_text()).text
    assert "No samples" in text
    assert "Nothing came from 2024-01-01 00:00:00 UTC" in text
    assert "none" not in text.partition("Where values stayed away")[2].partition("How it was made")[0]


def test_a_day_that_is_none_fails_with_its_line(runs, folder):
    with pytest.raises(ReportError, match="'monday' is no day"):
        report("daily-summary", {"store": runs, "day": "monday"}, "bad.html")
