"""The report that watches the quality of series: what it says is what was put there."""

from __future__ import annotations

import json
import re
from html import unescape

import nbformat
import numpy as np
import pytest

from nsi_notebook.analytics import TimeSeriesDatabase, backtest, changes, forecast
from nsi_notebook.analytics.algorithms.statistics.family import adjusted
from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.errors import NsiError, OptionError, ReportError, TimeError, UnknownNameError
from nsi_notebook.reports import report
from nsi_notebook.reports.html import MIME
from nsi_notebook.reports.quality import watch
from nsi_notebook.reports.quality_figures import drawn
from nsi_notebook.reports.quality_tables import (
    alarms_table,
    anomalies_table,
    changes_table,
    firings_table,
    forecast_table,
    quality_made,
    series_table,
    trends_table,
)
from nsi_notebook.reports.quality_words import quality_finding, untold_table
from nsi_notebook.reports.summary import summarize
from nsi_notebook.reports.tables import show
from nsi_notebook.reports.templates import find
from tests.analytics.algorithms.noises import ar1

from .conftest import Seen

BEGIN, N = np.datetime64("2026-11-02T00:00:00"), 480  # half hours: ten days
AT = np.arange(N) * 1800
RULES = """
[[rule]]
name = "voids"
series = "void"
above = 24.5

[[rule]]
name = "away"
kind = "absence"
series = "flow"
after = "2h"
"""


def put(db, name, values, at=AT, unit="1", **tags):
    db.append(Batch.of(name, values, BEGIN + at.astype("m8[s]"), unit=unit, tags=tags, tz="UTC", missing="keep"))


def fill(db):
    place = np.arange(N)
    put(db, "void", 20 + ar1(1, N, 0.5) + 3.0 * (place >= 330), unit="um^2", line="<3>")
    put(db, "wear", 50 - 0.01 * place + ar1(2, N, 0.5), unit="um")
    quiet = 8 + ar1(3, N, 0.5)
    quiet[400] += 15
    put(db, "quiet", quiet, unit="mm/s")
    kept = (place < 100) | (place >= 130)
    put(db, "flow", (5 + ar1(4, N, 0.5))[kept], AT[kept])
    put(db, "stuck", np.full(N, 4.0))
    put(db, "assay", np.array([1.0, 1.1, 0.9]), AT[[50, 200, 400]])


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    path = tmp_path_factory.mktemp("rules") / "alarms.toml"
    path.write_text(RULES)
    return path


@pytest.fixture(scope="module")
def full():
    with TimeSeriesDatabase("memory:") as db:
        fill(db)
        yield db


@pytest.fixture(scope="module")
def seen(full, rules):
    return watch(full, summarize(full), rules=rules, step="30min")


@pytest.fixture
def db():
    with TimeSeriesDatabase("memory:") as db:
        yield db


def of(watched, name):
    return next(one for one in watched.looked if one.series.name == name)


def test_what_changed_is_dated_with_its_set_and_what_was_quiet_is_not(seen):
    assert [one.series.name for one in seen.changed] == ["void"]
    found = of(seen, "void").changes
    assert found.sets[0].min() <= 330 <= found.sets[0].max()
    assert found.jump_interval[0, 0] < 3 < found.jump_interval[0, 1]
    row = changes_table(seen).iloc[0]
    assert row["series"] == 'void{line="<3>"}'
    assert [row[name].partition(" ")[2] for name in ("before", "after", "change")] == ["µm²"] * 3
    assert row["worth, independent"] == str(round(found.noise.effective))
    text = quality_finding(seen)
    assert text.startswith("**Something changed**: the mean of 1 of 4 series changed and 1 of 4 series has a trend. ")
    assert f" rose at **{found.at[0].item():%Y-%m-%d %H:%M} UTC** (95% set: " in text
    assert "<3>" not in text  # what others chose is no markup


def test_a_drift_is_a_trend_and_no_steps(seen):
    assert [one.series.name for one in seen.trending] == ["wear"]
    wear = of(seen, "wear")
    assert wear.trend.lower < -0.48 < wear.trend.upper
    values = wear.values
    assert len(changes(values)) > 0  # which steps alone would say
    assert wear.drifts
    assert len(wear.changes) == 0
    assert "- wear falls by **0.4" in quality_finding(seen)
    assert trends_table(seen).iloc[0][["series", "p corrected"]].tolist() == ["wear", "< 0.001"]
    assert drawn([wear], "changes", "x").layout.annotations[0].text.startswith("wear, less its trend: ")


def test_the_figure_begins_with_what_changed_and_names_of_series_leave_room_for_what_was_found(seen, db):
    names = [one.text for one in drawn(seen.looked, "changes", "x").layout.annotations]
    assert names[0] == 'void{line="<3>"}: 1 change of the mean in 480 samples'
    assert [name.partition(":")[0] for name in names[1:]] == ["flow", "quiet", "wear, less its trend"]
    for zone in "12":
        put(db, "furnace.zone_temperature_mean", ar1(int(zone), N), site="a-very-long-name-of-a-site-in-a-country", zone=zone)
    long = [one.text for one in drawn(watch(db, summarize(db)).looked, "changes", "x").layout.annotations]
    assert [name.split("zone=")[1] for name in long] == [f'"{zone}"}}: no changes of the mean in 480 samples' for zone in "12"]
    assert max(map(len, long)) <= 100


def test_the_trend_beside_a_change_is_that_since_and_p_is_corrected_for_all(seen):
    void = of(seen, "void")
    assert len(void.trend.line) == N - int(void.changes.place[-1])
    assert 'void{line="<3>"}, since its last change' in trends_table(seen)["series"].tolist()
    told = [one for one in seen.looked if one.trend is not None]
    np.testing.assert_allclose([one.p for one in told], adjusted([one.trend.p for one in told]))


def test_strange_windows_say_why(seen):
    quiet = of(seen, "quiet")
    assert quiet.anomalies.flag[0, 400]
    table = anomalies_table(seen)
    row = table[(table["series"] == "quiet") & (table["since (UTC)"] == "2026-11-10 08:00:00")].iloc[0]
    assert row["until (UTC)"] == "2026-11-10 08:30:00"
    assert "mm/s where the nearest before was" in row["the strangest"]
    assert "the strangest at **2026-11-10 08:00:00 UTC**" in quality_finding(seen)


def test_alarms_and_silence_are_those_of_backtest_and_summary(seen, full, rules):
    wanted = backtest(rules, full)
    assert [rate.firings for rate in seen.alarms.rates] == [rate.firings for rate in wanted.rates]
    assert alarms_table(seen)["alarm"].tolist() == ["voids", "away"]
    assert "away" in firings_table(seen)["alarm"].tolist()
    text = quality_finding(seen)
    assert f"**{wanted.rates[0].per_week:.2g} false alarms a week** are to be expected" in text
    assert "- flow for **15 h 30 min**, from 2026-11-04 01:30:00 UTC to 2026-11-04 17:00:00 UTC" in text


def test_what_really_happened_tells_false_alarms_from_others(full, rules):
    events = ["2026-11-08T21:00:00Z/2d", "2026-11-04T12:00:00Z", "2026-11-03T00:00:00Z/2026-11-03T01:00:00Z"]
    found = watch(full, summarize(full), rules=rules, step="30min", events=events)
    wanted = backtest(rules, full, events=events)
    assert [(r.false, r.caught) for r in found.alarms.rates] == [(r.false, r.caught) for r in wanted.rates]
    voids, away = wanted.rates
    assert (away.false, away.caught, away.events) == (0, 1, 3)
    table = alarms_table(found)
    assert table["of these false"].tolist() == [str(voids.false), "0"]
    assert table["events met"].tolist() == [f"{voids.caught} of 3", "1 of 3"]
    assert firings_table(found)["met an event"].tolist() == ["yes" if f.true else "no" for f in reversed(wanted.firings)]
    text = quality_finding(found)
    assert "0 of these for nothing (events met: 1 of 3)" in text
    assert f"**{voids.false}** of these for nothing" in text
    made = quality_made("runs", found, {"events": events}).set_index("what")["how"]
    assert made["what really happened"] == ", ".join(events)


def test_a_run_of_missing_values_is_a_gap_and_few_are_counted(db):
    flow, dead = ar1(4, N, 0.5), np.full(N, np.nan)
    flow[[10, 20, *range(100, 131), *range(460, N)]] = np.nan
    put(db, "flow", flow)
    put(db, "dead", dead)
    found = watch(db, summarize(db))
    text = quality_finding(found)
    assert "- flow for **16 h**, from 2026-11-04 01:30:00 UTC to 2026-11-04 17:30:00 UTC" in text
    assert "- flow for **10 h**, from 2026-11-11 21:30:00 UTC to 2026-11-12 07:30:00 UTC" not in text  # 20 of them
    assert f"- flow: {2 + 31 + N - 460} of {N} values are missing" in text
    assert f"- dead: {N} of {N} values are missing" in text
    assert [one.series.name for one in found.looked] == ["flow"]


def test_forecasts_are_of_what_comes_after_the_range(db):
    put(db, "load", 5 + ar1(4, N, 0.5))
    put(db, "pump", 5 + ar1(5, N - 96, 0.5), AT[: N - 96])
    missing = 5 + ar1(6, N, 0.5)
    missing[N - 48 :] = np.nan
    put(db, "wear", missing)
    put(db, "early", 5 + ar1(7, 40, 0.5), AT[:40])
    put(db, "daily", 5 + ar1(8, 10, 0.0), AT[::48])
    watched = watch(db, summarize(db), horizon="1d", step="30min")
    end = BEGIN + AT[-1].astype("m8[s]")
    for name, steps in (("load", 48), ("pump", 48 + 96), ("wear", 48 + 48), ("daily", 1)):
        one = of(watched, name)
        assert len(one.forecast) == steps
        assert one.forecast.coord[-1] == (end + np.timedelta64(1, "D") if name != "daily" else BEGIN + np.timedelta64(10, "D"))
        np.testing.assert_array_equal(one.forecast.value, forecast(one.values, steps, period=1).value)
    doubts = forecast_table(watched).set_index("series")["in doubt"]
    assert doubts["load"] == ""
    assert doubts["pump"].startswith("silent since 2026-11-09 23:30:00 UTC")
    text = unescape(quality_finding(watched))
    assert f"by {of(watched, 'pump').forecast.method}; in doubt: silent since 2026-11-09 23:30:00 UTC" in text
    assert of(watched, "early").reasons["forecast"].message == "440 windows without a value come after the 40 with one"
    before = watch(db, summarize(db, until="2026-11-10T00:00:00Z"), horizon=3, step="30min")  # where the last window ends
    assert {len(one.forecast) for one in before.looked if one.series.name in ("load", "pump")} == {3}


def test_every_hint_names_parameters_of_the_report(seen, db):
    lines = nbformat.read(find("quality-watch"), 4).cells[1].source.splitlines()
    parameters = {line.partition(":")[0] for line in lines if ": " in line}
    assert {"step", "since", "alpha"} <= parameters
    put(db, "short", 5 + ar1(4, 100), AT[:100])
    put(db, "flat", np.where(AT < 60 * 1800, 3.0, ar1(5, N)))
    short = watch(db, summarize(db), step="30min")
    assert of(short, "short").reasons["anomalies"].hint == "shorter windows (step=), an earlier since=, or a larger alpha="
    for found in (seen, short, watch(db, summarize(db), reference=0.1, step="30min")):
        for one in found.looked:
            for error in one.reasons.values():
                assert set(re.findall(r"(\w+)=", error.hint or "")) <= parameters


def test_one_rule_that_flaps_pushes_no_other_out_and_what_still_fires_is_first(db):
    put(db, "flap", np.where(np.arange(N) % 4 < 2, 0.0, 10.0))
    put(db, "pump", np.where(np.isin(np.arange(N), [5, 50]), 9.0, 1.0)[: N - 40], AT[: N - 40])
    rules = {
        "rule": [
            {"name": "flapping", "series": "flap", "above": 5},
            {"name": "high", "series": "pump", "above": 5},
            {"name": "away", "kind": "absence", "series": "pump", "after": "2h"},
        ]
    }
    watched = watch(db, summarize(db), rules=rules)
    table = firings_table(watched)
    assert table["alarm"].value_counts().to_dict() == {"flapping": 27, "high": 2, "away": 1}
    still = [text.endswith("and still") for text in table["for"]]
    assert still == sorted(still, reverse=True)
    assert "away" in table["alarm"][: sum(still)].tolist()
    later = table["since (UTC)"][sum(still) :].tolist()
    assert later == sorted(later, reverse=True)
    fired = {rate.rule: rate.firings for rate in watched.alarms.rates}
    (often,) = alarms_table(watched)["false a week"][:1]
    assert float(often) == pytest.approx(fired["flapping"] * 7 / (N / 48), rel=0.05)
    assert f"{fired['flapping'] - 27} more are not listed: of flapping." in show(table).data


def test_the_newest_change_of_each_series_is_said_before_a_second_of_any(db):
    put(db, "steps", np.repeat([0.0, 9, 3, 14, 5, -4, 7, 1], [50, 70, 60, 40, 75, 65, 50, 70]) + ar1(4, N))
    put(db, "once", np.where(np.arange(N) < 100, 0.0, 9.0) + ar1(5, N))
    watched = watch(db, summarize(db), step="30min")
    assert of(watched, "steps").season is None
    assert len(of(watched, "steps").changes) == 7
    told = quality_finding(watched).split("**Changes**\n\n")[1].split("\n\n")[0].splitlines()
    assert [line.split()[1] for line in told] == [*["steps"] * 4, "once", "3"]
    table = changes_table(watched)
    assert table["changed at (UTC)"].tolist() == sorted(table["changed at (UTC)"], reverse=True)


def test_all_periods_of_a_season_are_told(db):
    place = np.arange(N)
    put(db, "hall", 4 * np.sin(2 * np.pi * place / 8) + 4 * np.sin(2 * np.pi * place / 48) + ar1(5, N))
    watched = watch(db, summarize(db), step="30min")
    assert watched.looked[0].season.period == (8, 48)
    assert series_table(watched)["season"].tolist() == ["4 h and 1 d"]


def test_what_is_constant_or_too_short_is_listed_with_the_reason(seen):
    text = quality_finding(seen)
    assert "- assay: nothing, as 3 values are too few" in text
    assert "- stuck: nothing, as all 480 values are 4" in text
    table = untold_table(seen).set_index("series")
    assert table["not known"].tolist() == ["anything", "anything"]
    assert table.loc["stuck", "what to do"] == "is the sensor frozen?"
    assert series_table(seen).set_index("series").loc["assay", ["samples", "windows"]].tolist() == ["3", "3 of 30min"]
    assert "assay" not in forecast_table(seen)["series"].tolist()
    assert str(of(seen, "assay").reasons["anomalies"].message).startswith(
        "alpha=0.01 needs 99 scores that calibrate, and the first 1 "
    )


def test_how_it_was_made(seen):
    made = quality_made("runs", seen, {"reference": 0.5, "rules": "a.toml", "gap": None}).set_index("what")["how"]
    assert made["windows"] == "means of 30min"
    assert made["to"] == "2026-11-11 23:30:00 UTC, the last sample"
    assert made["reference"] == "the first 50% of the windows"
    assert made["alarms"].startswith("a.toml; every firing is counted as false")


def test_a_season_is_taken_out_first(db):
    put(db, "hall", 300 + 4 * np.sin(2 * np.pi * np.arange(N) / 48) + ar1(5, N, 0.5), unit="K")
    watched = watch(db, summarize(db))
    assert watched.looked[0].season.period == (48,)
    assert series_table(watched)["season"].tolist() == ["1 d"]
    assert len(watched.changed) == 0
    assert quality_finding(watched).startswith("**No change and no trend was found** in the one series that could be looked at.")
    assert watched.looked[0].forecast.period == (48,)
    text = quality_finding(watched)
    assert "**Seasons**\n\n- hall: one of **1 d**, " in text
    assert "p < 0.001; taken out before changes, trends and anomalies" in text


def test_levels_are_those_of_the_data_though_a_season_is_taken_out(db):
    wave, late = 4 * np.sin(2 * np.pi * np.arange(N) / 48), np.arange(N) >= N - 24
    load = 300 + wave + 9 * late + ar1(5, N, 0.5)
    put(db, "hall", load, unit="K")
    (one,) = watch(db, summarize(db), step="30min").looked
    assert one.season is not None
    place = int(one.changes.place[-1])
    assert one.levels[-1] == pytest.approx(load[place:].mean())
    assert abs(one.changes.mean[-1] - load[place:].mean()) > 0.3
    assert " less its season (95% interval" in quality_finding(watch(db, summarize(db), step="30min"))


def test_a_season_that_is_not_sure_is_told_and_not_taken_out(db):
    put(db, "hall", 300 + 0.7 * np.sin(2 * np.pi * np.arange(N) / 48) + ar1(1, N, 0.5), unit="K")
    watched = watch(db, summarize(db), step="30min")
    (one,) = watched.looked
    assert one.season is None
    assert 0.001 < one.unsure.p < 0.01
    assert one.forecast.period == ()
    assert series_table(watched)["season"].tolist() == [""]
    np.testing.assert_array_equal(one.changes.line.value, one.values)
    assert "p = 0.003; it may be none, and was not taken out" in quality_finding(watched)


def test_a_season_of_two_bursts_changes_nothing(db):
    rng, n = np.random.default_rng(5), 14400
    flow = 3 + 0.1 * np.convolve(rng.normal(size=n + 199), 0.95 ** np.arange(200), "valid")
    flow[5000:5060] += 4
    flow[9000:9020] += 5
    put(db, "flow", flow.reshape(-1, 15).mean(1), np.arange(n // 15) * 900)
    watched = watch(db, summarize(db), step="15min")
    (one,) = watched.looked
    assert one.season is None
    assert one.levels == pytest.approx(one.changes.mean.tolist())
    assert "less its season" not in quality_finding(watched)


def test_the_reference_may_be_a_moment(db):
    put(db, "quiet", ar1(6, N))
    watched = watch(db, summarize(db), reference="2026-11-08T00:00:00Z", horizon="1d")
    assert watched.looked[0].first == watched.looked[0].anomalies.calibrated == 288
    assert len(watched.looked[0].forecast) == 48
    late = watch(db, summarize(db), reference="2026-12-08T00:00:00Z")
    assert "480 of 480 windows are of the reference" in late.looked[0].reasons["anomalies"].message
    assert "not anomalies, as 480 of 480" in quality_finding(late)


def test_windows_are_as_long_as_samples_are_apart_and_thin_ones_are_left_out(db):
    put(db, "slow", ar1(7, 60), np.arange(60) * 4 * 3600)
    put(db, "fast", ar1(8, 14400), np.arange(14400) * 60)
    put(db, "fast", np.array([9.0]), np.array([14400 * 60]))  # the only sample of its window
    watched = watch(db, summarize(db))
    assert of(watched, "fast").step == "30min"
    assert (of(watched, "fast").values.size, of(watched, "fast").thin) == (480, 1)
    assert of(watched, "slow").step == "6h"
    assert of(watched, "slow").changes is not None


@pytest.mark.parametrize(
    ("given", "kind", "said"),
    [
        ({"reference": 1.5}, OptionError, "reference is 1.5"),
        ({"reference": "2026-11-08T00:00:00"}, TimeError, "has no zone"),
        ({"step": "soon"}, TimeError, "'soon' is no duration"),
        ({"horizon": "soon"}, TimeError, "'soon' is no duration"),
        ({"alpha": 2.0}, OptionError, "alpha"),
        ({"events": ["2026-11-08T00:00:00Z"]}, OptionError, "and there are no rules"),
        ({"events": ["2026-11-08"], "rules": {}}, TimeError, "the event '2026-11-08': the time '2026-11-08' has no zone"),
        ({"events": ["2026-11-08T00:00:00Z/soon"], "rules": {}}, TimeError, "'soon' is no duration"),
        ({"rules": {"rule": [{"name": "hot", "series": "vodi", "above": 1}]}}, UnknownNameError, "did you mean 'void'"),
    ],
)
def test_what_cannot_be_is_said(full, given, kind, said):
    with pytest.raises(kind) as caught:
        watch(full, summarize(full), **given)
    assert isinstance(caught.value, NsiError)
    assert said in str(caught.value)


def test_nothing_is_said_as_such(db, rules):
    assert quality_finding(watch(db, summarize(db))) == "**No series** in this store."
    put(db, "load", np.array([1.0, 2.0]), AT[:2])
    nothing = watch(db, summarize(db, day="2024-01-01"), rules=rules)
    assert quality_finding(nothing).startswith("**No samples** from 2024-01-01")
    assert drawn(nothing.looked, "changes", "x") is None
    assert quality_made("runs", nothing, {"rules": rules}).set_index("what")["how"]["alarms"].endswith("alarms.toml; no samples")
    two = watch(db, summarize(db))
    assert quality_finding(two).startswith("**Whether anything changed cannot be told**")
    assert [len(table(two)) for table in (changes_table, trends_table, anomalies_table, alarms_table, firings_table)] == [0] * 5


def test_the_report_runs(rules, folder):
    with TimeSeriesDatabase(folder / "runs") as db:
        fill(db)
    made = report(
        "quality-watch",
        {"store": "runs", "rules": str(rules), "title": "Line <b>3</b>", "events": ["2026-11-08T21:00:00Z/5d"]},
        "out.html",
        progress=False,
    )
    outputs = [o for cell in nbformat.read(made.notebook, 4).cells if cell.cell_type == "code" for o in cell.outputs]
    assert not [o for o in outputs if o.output_type == "stream"]
    assert sum(MIME in o.get("data", {}) for o in outputs) >= 5  # changes, trends, strange ones, alarms, forecasts
    page = Seen(made.html.read_text())
    assert "Line <b>3</b>" in page.text
    assert page.text.index("Something changed") < page.text.index("Means of windows")
    assert 'void{line="<3>"} rose at' in page.text
    assert "events met: 1 of 1" in page.text
    with pytest.raises(ReportError, match="the event 'soon': "):
        report("quality-watch", {"store": "runs", "rules": str(rules), "events": ["soon"]}, "bad.html", progress=False)
    assert {each["name"] for each in json.loads(made.record.read_text())["data"]} == {"runs", str(rules)}
    with pytest.raises(ReportError, match="'monday' is no day"):
        report("quality-watch", {"store": "runs", "day": "monday"}, "bad.html", progress=False)
    with pytest.raises(OptionError, match="detector='knn' is not of type"):
        report("quality-watch", {"store": "runs", "detector": "knn"}, "bad.html", progress=False)
