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
from nsi_notebook.analytics.processors.alarms.prometheus import to_prometheus
from nsi_notebook.errors import OptionError

SECOND = 1_000_000
EVERY = {
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


# windows that no sample is at the edge of: those of Prometheus before 3 take both their ends
CASES = {
    "threshold": ({"above": 8, "exit": 5, "for": "2min"}, [0, 9, 9, 9, 9, 6, 6, 4, 6, 0, 9, 0]),
    "keeping": ({"above": 8, "keep_firing_for": "3min"}, [0, 9, 0, 0, 0, 0, 0, 9, 0, 9, 0, 0, 0, 0, 0]),
    "both sides": ({"above": 8, "below": 2, "exit": [4, 6]}, [5, 9, 7, 5, 5, 1, 3, 5, 5, 9, 5, 5]),
    "rate": (
        {"kind": "rate", "window": "4.5min", "per": "min", "above": 0.7, "exit": 0.2},
        [0, 0, 0, 0, 1, 2, 3, 4, 4, 4, 4, 4, 4, 4],
    ),
    "change": ({"kind": "change", "window": "200s", "above": 2}, [0, 0, 0, 0, 0, 0, 0, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5]),
}


@promtool
@pytest.mark.parametrize("case", CASES)
def test_promtool_fires_when_we_do(case, tmp_path):
    rule, values = CASES[case]
    rules = Rules.of({"rule": [{"name": "hot", "series": "oven.heat", "tags": {"line": "3"}, **rule}]})
    at = (np.arange(len(values)) * 60 * SECOND).astype(np.int64)
    series = Series("oven.heat", "1", (("line", "3"),))
    steps = replay(rules, [Batch((series,), np.zeros(len(at), np.int32), at, np.array(values, float))])
    firing, now = [], False
    for moment in at:
        for step in steps:
            if step.time == moment:
                now = step.after in ("firing", "recovering")
        firing.append(now)
    assert True in firing
    assert False in firing
    (tmp_path / "rules.yml").write_text(to_prometheus(rules).text)
    alerts = [
        {
            "eval_time": f"{minute}m", "alertname": "hot",
            "exp_alerts": [{"exp_labels": {"line": "3"}}] if fires else [],
        }
        for minute, fires in enumerate(firing)
    ]  # fmt: skip
    told = {"series": 'oven_heat{line="3"}', "values": " ".join(map(str, values))}
    test = {"interval": "1m", "input_series": [told], "alert_rule_test": alerts}
    (tmp_path / "test.yml").write_text(json.dumps({"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [test]}))
    done = run("test", "rules", "test.yml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
