"""Rules as Prometheus has them: promtool accepts them, and in its own evaluation they fire when ours do."""

from __future__ import annotations

import json
import shutil
import subprocess

import numpy as np
import pytest

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.series import Series
from nsi_notebook.analytics.processors.alarms import Rules, replay
from nsi_notebook.analytics.processors.alarms.prometheus import steps_of, to_prometheus
from nsi_notebook.analytics.storage import TimeSeriesDatabase
from nsi_notebook.errors import OptionError

SECOND = 1_000_000
MINUTE = 60 * SECOND
EVERY = {
    "alarms": {"group_by": ["line"]},
    "rule": [
        {
            "name": "hot", "series": "oven.*", "tags": {"line": "*", "part": "a.b*"}, "above": 90, "below": 10, "exit": [15, 80],
            "for": "30s", "keep_firing_for": "90s", "no_data_after": "1500ms", "labels": {"severity": "page"},
            "annotations": {"summary": '{alarm}: "{series}" of {tags.line} at {value:.1f} {unit} {labels.severity}'},
            "unit": "degC",
        },
        {"name": "fast", "kind": "rate", "series": "oven.heat", "window": "5min", "per": "h", "above": 3, "exit": 1.5},
        {"name": "moved", "kind": "change", "series": "oven.heat", "window": "90s", "below": -3e-7, "for_points": 3},
        {"name": "gone", "kind": "absence", "series": "oven.*", "after": "5min"},
        {"name": "away", "kind": "absence", "series": "oven.heat", "tags": {"series": "x"}, "after": "1w"},
        {"name": "odd", "kind": "anomaly", "series": "oven.heat", "alpha": 0.01},
        {"name": "moved-sd", "kind": "change", "series": "oven.heat", "window": "90s", "above": 3, "scale": "sd"},
        {"name": "quick", "series": "oven.heat", "above": 3, "for": "250us"},
    ],
    "silence": [{"matchers": {"alarm": "hot"}, "end": "2026-11-26T12:00:00Z"}],
}  # fmt: skip
promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")


def run(*words, cwd=None):
    return subprocess.run(["promtool", *words], capture_output=True, text=True, check=False, cwd=cwd)


@promtool
def test_promtool_accepts_what_is_exported(tmp_path):
    found = to_prometheus(Rules.of(EVERY))
    (tmp_path / "rules.yml").write_text(found.text)
    done = run("check", "rules", str(tmp_path / "rules.yml"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 rules found" in done.stdout


def test_what_promql_cannot_say_is_left_out_by_name():
    found = to_prometheus(Rules.of(EVERY))
    assert set(found.left_out) == {"odd", "moved-sd", "quick"}
    assert "odd is left out: PromQL has no conformal p-value" in found.text
    assert set(found.changed) == {"hot", "moved", "gone", "away"}
    assert "silence: of Alertmanager" in found.text
    with pytest.raises(OptionError, match="no rule can be said in PromQL: 'odd'"):
        to_prometheus(Rules.of({"rule": [EVERY["rule"][5]]}))


# windows that no sample is at the edge of: those of Prometheus before 3 take both their ends. One row for each series.
UP, DOWN, SOON = (
    [0, 0, 0, 0, 1, 2, 3, 4, 4, 4, 4, 4, 4, 4],
    [4, 4, 4, 4, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0],
    [0, 4, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9],
)
CASES = {
    "threshold": ({"above": 8}, [[0, 9, 9, 0, 0, 9, 0], [0, 0, 9, 9, 0, 0, 0]]),
    "exit": ({"above": 8, "exit": 5}, [[0, 9, 6, 9, 4, 6, 9, 6, 0], [9, 6, 6, 6, 6, 6, 6, 4, 6]]),
    "for": (
        {"above": 8, "exit": 5, "for": "2min"},
        [[0, 9, 9, 9, 9, 6, 6, 4, 6, 0, 9, 0], [0, 0, 9, 9, 6, 9, 9, 9, 6, 6, 6, 6]],
    ),
    "keep_firing_for": (
        {"above": 8, "keep_firing_for": "3min"},
        [[0, 9, 0, 0, 0, 0, 0, 9, 0, 9, 0, 0, 0, 0, 0], [0, 9, 9, 0, 9, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9]],
    ),
    "all of them": (
        {"above": 8, "exit": 5, "for": "2min", "keep_firing_for": "2min", "labels": {"severity": "page", "note": "{{x}}"}},
        [[0, 9, 9, 9, 9, 6, 4, 6, 4, 4, 4, 4, 6, 6], [9, 9, 9, 4, 4, 9, 4, 4, 6, 6, 4, 4, 4, 4]],
    ),
    "both sides": (
        {"above": 8, "below": 2, "exit": [4, 6]},
        [[5, 9, 7, 5, 5, 1, 3, 5, 5, 9, 5, 5], [1, 3, 3, 9, 7, 3, 5, 5, 1, 9, 7, 5]],
    ),
    "rate": ({"kind": "rate", "window": "4.5min", "per": "min", "above": 0.7, "exit": 0.2}, [UP, SOON, UP[:2] + UP[:-2]]),
    "rate, down": ({"kind": "rate", "window": "4.5min", "per": "h", "below": -40}, [DOWN, UP, [9, 0, *DOWN[2:]]]),
    "change": ({"kind": "change", "window": "200s", "above": 2}, [[0] * 7 + [5] * 9, SOON, [0] * 9 + [5] * 9]),
    "change, exit": ({"kind": "change", "window": "200s", "above": 2, "exit": 0.5, "for": "1min"}, [[0] * 7 + [5] * 9, SOON]),
    "change, gaps": (
        {"kind": "change", "window": "500s", "above": 1.5},
        [
            [0, 4, 0, 4, 0, 4, 0, 4, 0, 4, 0, 4, 0, 4, 0, 4, 0, *[None] * 6, 4, 4, 0, 4, 0, 4, 0, 4, 0, 4, *[9] * 23],
            [0] * 12 + [None] * 20 + [5] * 3 + [7] * 9 + [12] * 12,
        ],
    ),
    "change, unknown while it fires": (
        {"kind": "change", "window": "500s", "above": 2, "exit": 1},
        [[0] * 17 + [9] * 5 + [None] * 6 + [9] * 22, [0] * 20 + [9] * 3 + [None] * 7 + [0] * 20],
    ),
    "rate, unknown while it fires": (
        {"kind": "rate", "window": "4.5min", "per": "min", "above": 0.7, "exit": 0.2},
        [[0, 0, 0, 0, 2, 4, 6, None, None, None, 9, 9, 9, 9, 9, 9], [0, 0, 0, 3, 6, None, None, None, 0, 0, 9, 9, 9, 9, 9, 9]],
    ),
    "absence": ({"kind": "absence", "after": "150s"}, [[1] * 4 + [None] * 6 + [1] * 3, [1] * 13, [1, *[None] * 9, 1, 1, 1]]),
    "absence, kept": (
        {"kind": "absence", "after": "150s", "keep_firing_for": "2min"},
        [[1] * 4 + [None] * 6 + [1] * 6, [1] * 16, [1, 1, *[None] * 5, 1, 1, 1, *[None] * 4, 1, 1]],
    ),
}
NAMES = ("oven.heat", "oven.load", "oven.gas-flow")
WATCHED = {  # what a rule says of its series, and those that there are, for each row
    "one": ({"series": "oven.heat", "tags": {"line": "3"}}, lambda i: ("oven.heat", {"line": "3"}) if i == 0 else None),
    "tags": ({"series": "oven.heat", "tags": {"line": "*"}}, lambda i: ("oven.heat", {"line": str(i)})),
    "one name": ({"series": "oven.heat"}, lambda i: ("oven.heat", {"line": str(i)})),
    "names": ({"series": "oven.*", "tags": {"line": "3"}}, lambda i: (NAMES[i], {"line": "3"})),
    "names alone": ({"series": "oven.*"}, lambda i: (NAMES[i], {})),
    "all": ({"series": "*"}, lambda i: (NAMES[i], {"series": "x"})),
}


def renamed(name):
    return name.replace(".", "_").replace("-", "_")


def ours(rules, rows, watched, every=MINUTE, states=("firing", "recovering")):
    """Give at each evaluation the alerts that fire, by replay: their labels and annotations."""
    series = [Series.of(name, "degC", tags) for name, tags in watched]
    samples = [(at, code, value) for code, row in enumerate(rows) for at, value in enumerate(row) if value is not None]
    at, code, value = (np.array(each) for each in zip(*sorted(samples), strict=True))
    number = max(map(len, rows))
    steps = replay(rules, [Batch((*series,), code.astype(np.int32), at * every, value.astype(float))], number * every)
    found, now = [], {}
    for each in range(number):
        for step in steps:
            if (each - 1) * every < step.time <= each * every:
                now[step.series] = (step.after in states, step.alert)
        found.append([(alert.labels, alert.annotations) for fires, alert in now.values() if fires])
    return found


def theirs(rows, watched, expected, folder, exported, every="1m", alert="hot"):
    """Write what promtool needs to compare what fires there, with all labels and annotations, at each evaluation."""
    folder.mkdir()
    (folder / "rules.yml").write_text(exported.text)
    alerts = []
    for number, fires in enumerate(expected):
        mine = [({**labels, "series": renamed(labels["series"])}, told) for labels, told in fires]
        mine = [
            {"exp_labels": {key: labels[key] for key in labels if key != "alarm"}, "exp_annotations": told}
            for labels, told in mine
        ]
        alerts.append({"eval_time": f"{number * int(every[:-1])}{every[-1]}", "alertname": alert, "exp_alerts": mine})
    inputs = []
    for (name, tags), row in zip(watched, rows, strict=True):
        labels = ", ".join(f"{'tag_' * (key == 'series')}{key}={json.dumps(text)}" for key, text in tags.items())
        inputs.append({"series": f"{renamed(name)}{{{labels}}}", "values": " ".join("_" if x is None else str(x) for x in row)})
    test = {"interval": every, "input_series": inputs, "alert_rule_test": alerts}
    told = {"rule_files": ["rules.yml"], "evaluation_interval": every, "tests": [test]}
    (folder / "test.yml").write_text(json.dumps(told))


def compare(folder):
    """Run the tests of all folders; say the rules of those that fail."""
    done = run("test", "rules", *(f"{each.name}/test.yml" for each in sorted(folder.iterdir())), cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr + "".join(each.read_text() for each in folder.glob("*/rules.yml"))


@promtool
@pytest.mark.parametrize("case", CASES)
def test_promtool_fires_when_replay_does_with_one_and_with_several_series(case, tmp_path):
    rule, rows = CASES[case]
    for several, (said, named) in WATCHED.items():
        watched = [each for each in map(named, range(len(rows))) if each is not None]
        mine = rows[: len(watched)]
        rules = Rules.of({"rule": [{"name": "hot", **said, **rule}]})
        exported = to_prometheus(rules, series=[Series.of(name, "degC", tags) for name, tags in watched])
        expected = ours(rules, mine, watched)
        assert any(expected)
        assert [] in expected
        theirs(mine, watched, expected, tmp_path / several.replace(" ", "-"), exported)
    compare(tmp_path)


@promtool
def test_annotations_are_those_of_here(tmp_path):
    summary = "{alarm}: {series} of {tags.line} and {tags.series} at {value:+.1f}, {value} {unit}, {labels.severity}"
    said = {"labels": {"severity": "page"}, "annotations": {"summary": summary}, "unit": "degC", "above": 8}
    rules = Rules.of({"rule": [{"name": "hot", "series": "oven.heat", **said}]})
    watched, rows = [("oven.heat", {"line": "3", "series": "x"})], [[0, 9.25, 9.25, 0]]
    expected = ours(rules, rows, watched)
    assert expected[1][0][1]["summary"] == "hot: oven.heat of 3 and x at +9.2, 9.25 degC, page"
    theirs(rows, watched, expected, tmp_path / "one", to_prometheus(rules))
    compare(tmp_path)


@promtool
def test_forms_and_labels_of_annotations_are_what_go_has(tmp_path):
    summary = "{value:.3} {value:.2f} {value:+.1} {value:.1e} {labels.note}"
    said = {"labels": {"note": "{{x"}, "annotations": {"summary": summary, "bare": "{value:,} {value:.2%}"}, "above": 8}
    rules = Rules.of({"rule": [{"name": "hot", "series": "oven.heat", **said}]})
    exported = to_prometheus(rules)
    assert [note.split(":")[0].split(",")[0] for note in exported.changed["hot"]] == [
        "values in annotations have no commas", "percentages in annotations have four digits",
    ]  # fmt: skip
    watched, rows = [("oven.heat", {})], [[0, 9.25, 9.25, 0]]
    expected = ours(rules, rows, watched)
    assert expected[1][0][1] == {"summary": "9.25 9.25 +9e+00 9.2e+00 {{x", "bare": "9.25 925.00%"}
    for fires in expected:
        for _, told in fires:
            told |= {"summary": "9.25 9.25 +9 9.2e+00 {{x", "bare": "9.25 925%"}
    theirs(rows, watched, expected, tmp_path / "one", exported)
    compare(tmp_path)


def test_two_names_that_become_one_are_not_both_there():
    one, two = ({"name": name, "series": series, "above": 3} for name, series in (("a", "oven.heat"), ("b", "oven-heat")))
    found = to_prometheus(Rules.of({"rule": [one, two, {**one, "name": "c"}]}))
    assert found.left_out == {"b": "its oven-heat and oven.heat are both oven_heat there"}
    rules = Rules.of({"rule": [{"name": "any", "series": "*", "above": 3}, {**one, "series": "pump"}]})
    found = to_prometheus(rules, series=[Series.of("oven.heat"), Series.of("oven-heat")])
    assert found.left_out["any"].startswith("its oven.heat and oven-heat are both oven_heat")


@promtool
def test_windows_are_watched_only_where_they_are_asked_for(tmp_path):
    watched, rows = [("oven.p95", {"windows": "load"}), ("oven.heat", {})], [[9, 9, 0], [0, 9, 9]]
    for name, said in {"not": {}, "asked": {"tags": {"windows": "*"}}}.items():
        rules = Rules.of({"rule": [{"name": "hot", "series": "oven.*", "above": 8, **said}]})
        expected = ours(rules, rows, watched)
        assert {labels["series"] for each in expected for labels, _ in each} == {watched[name == "not"][0]}
        theirs(rows, watched, expected, tmp_path / name, to_prometheus(rules))
    compare(tmp_path)


@promtool
def test_data_that_is_missing_is_an_alert_of_its_own_unless_none_ever_came(tmp_path):
    row = [0, 0, *[None] * 4, 0, 0, None, None, None, None]
    for name, said, watched in (
        ("one", {"series": "oven.heat", "tags": {"line": "3"}}, [("oven.heat", {"line": "3"})]),
        ("none", {"series": "oven.heat", "tags": {"line": "4"}}, [("oven.heat", {"line": "3"})]),
        ("names", {"series": "oven.*"}, [("oven.heat", {}), ("oven.load", {})]),
    ):
        rules = Rules.of({"rule": [{"name": "hot", "above": 8, "no_data_after": "90s", **said}]})
        rows = [row, row[4:] + row[:4]][: len(watched)]
        expected = ours(rules, rows, watched, states=("no_data",))
        assert any(expected) == (name != "none")
        theirs(rows, watched, expected, tmp_path / name, to_prometheus(rules), alert="hot-no-data")
    compare(tmp_path)


@promtool
@pytest.mark.parametrize("name", ["oven.heat", "oven.*"])
def test_a_threshold_of_what_comes_each_hour_holds_from_sample_to_sample(name, tmp_path):
    rule = {"name": "hot", "series": name, "above": 8, "exit": 5, "for": "2h", "keep_firing_for": "1h"}
    rules, watched = Rules.of({"rule": [rule]}), [("oven.heat", {"line": "3"}), ("oven.load", {"line": "4"})]
    hourly = [[0, 9, 9, 0, 0, 9, 6, 9, 6, 6, 4, 0], [9, 9, 9, 9, 0, 0, 9, 0, 9, 9, 9, 9]]
    rows = [[value for each in row for value in (each, *[None] * 5)] for row in hourly]  # seen each 10 min
    db = TimeSeriesDatabase("memory:")
    for (series, tags), row in zip(watched, hourly, strict=True):
        times = np.datetime64("2026-11-26") + np.arange(12) * np.timedelta64(1, "h")
        times[9:] += np.timedelta64(30, "D")  # a gap, which is no step
        db.append(Batch.of(series, row, times, unit="degC", tags=tags, tz="UTC"))
    steps = steps_of(db, db.series())
    assert set(steps.values()) == {3600 * SECOND}
    watched, rows = watched[: 1 if "*" not in name else 2], rows[: 1 if "*" not in name else 2]
    expected = ours(rules, rows, watched, 10 * MINUTE)
    exported = to_prometheus(rules, steps=steps)
    assert exported.changed["hot"] == ("samples come so rarely that each stands for 2h",)
    theirs(rows, watched, expected, tmp_path / "rare", exported, "10m")
    compare(tmp_path)


def test_steps_are_those_of_series_and_matter_only_where_prometheus_would_not_look_back():
    db, start = TimeSeriesDatabase("memory:"), np.datetime64("2026-11-26T00:00:00")
    for name, number, step in (("a", 3000, 150), ("b", 10, 151), ("c", 1, 1), ("d", 2, 7 * 86400)):
        db.append(Batch.of(name, np.ones(number), start + np.arange(number) * np.timedelta64(step, "s"), tz="UTC"))
    steps = steps_of(db, db.series())
    assert {series.name: step // SECOND for series, step in steps.items()} == {"a": 150, "b": 151, "d": 7 * 86400}
    rules = Rules.of({"rule": [{"name": name, "series": name, "above": 1} for name in "abcde"]})
    lines = to_prometheus(rules, steps=steps).text.splitlines()
    assert [line.split('"')[1] for line in lines if "expr" in line] == [
        "a > 1", "last_over_time(b[6m]) > 1", "c > 1", "last_over_time(d[2w]) > 1", "e > 1",
    ]  # fmt: skip


@promtool
def test_absence_of_days_and_of_what_is_forgotten(tmp_path):
    for name, series, hours in (("long", "oven.*", 30), ("forgotten", "oven.heat", 4)):
        rules = Rules.of({"rule": [{"name": "hot", "kind": "absence", "series": series, "after": f"{hours * 60 + 30}min"}]})
        rows, watched = [[1, 1, *[None] * 40, 1, 1]], [("oven.heat", {})]
        expected = ours(rules, rows, watched, 60 * MINUTE)
        assert sum(map(bool, expected)) == 40 - hours
        theirs(rows, watched, expected, tmp_path / name, to_prometheus(rules), "1h")
    compare(tmp_path)


def test_what_needs_the_names_of_series_says_so():
    each = {"series": "oven.*", "above": 3, "window": "5min"}
    rules = Rules.of(
        {
            "rule": [
                {"name": "moved", "kind": "change", **each}, {"name": "fast", "kind": "rate", **each, "unit": "degC"},
                {"name": "any", "series": "*", "above": 3}, {"name": "hot", "series": "oven.*", "above": 3, "unit": "degC"},
                {"name": "all", "series": "oven.heat", "tags": {"line": "*"}, "above": 3, "labels": {"line": "all"}},
            ]
        }
    )  # fmt: skip
    found = to_prometheus(rules)
    assert set(found.left_out) == {"moved", "fast", "any", "all"}
    assert (
        found.left_out["moved"]
        == "PromQL has no change of several names at once; --on STORE says which 'oven.*' are, or a rule for each"
    )
    assert found.left_out["any"].startswith("* is all that Prometheus has; --on STORE says")
    assert found.left_out["all"].startswith("its label line hides the tag")
    assert found.changed["hot"] == ("series in another unit than degC are not refused: Prometheus knows no units",)
    there = [Series.of("oven.heat", "degC"), Series.of("oven.load", "kW"), Series.of("oven.p95", "degC", {"windows": "w"})]
    found = to_prometheus(rules, series=there)
    assert set(found.left_out) == {"all"}
    assert found.text.count('alert: "moved"') == 2
    assert found.text.count('alert: "fast"') == 1
    assert found.text.count('alert: "any"') == 2
    found = to_prometheus(rules, series=[Series.of("pump.load")])
    assert found.left_out["moved"] == "the store has no series 'oven.*' for it"
