"""Alarms on samples: live is replay, whatever the chunks, the order within lateness, and restarts."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsi_notebook.analytics.algorithms.anomalies.registry import STREAMS, detector
from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.series import Series
from nsi_notebook.analytics.processors.alarms import Alarms, Rules, replay
from nsi_notebook.errors import TimeError

SECOND = 1_000_000
RULES = {
    "rule": [
        {"name": "hot", "series": "oven.*", "above": 8, "exit": 5, "for": "2s", "keep_firing_for": "3s", "no_data_after": "6s"},
        {"name": "band", "series": "oven.heat", "above": 9, "below": 1, "exit": [2, 7], "for_points": 2},
        {"name": "fast", "kind": "rate", "series": "oven.*", "window": "5s", "above": 2, "exit": 1},
        {"name": "moved", "kind": "change", "series": "oven.heat", "window": "4s", "above": 3},
        {"name": "odd", "kind": "anomaly", "series": "oven.*", "alpha": 0.1, "history": 10, "calibration": 10},
        {"name": "gone", "kind": "absence", "series": "oven.heat", "after": "7s"},
        {"name": "never", "kind": "absence", "series": "oven.door", "after": "9s", "keep_firing_for": "2s"},
    ]
}
SERIES = (Series("oven.heat", "degC", (("line", "1"),)), Series("oven.heat", "degC", (("line", "2"),)), Series("oven.door"))

samples = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 60), st.one_of(st.integers(0, 10).map(float), st.just(float("nan")))),
    min_size=1,
    max_size=60,
    unique_by=lambda sample: sample[:2],
)


def batch(rows):
    code, time, value = zip(*rows, strict=True)
    return Batch(SERIES, np.array(code, np.int32), np.array(time, np.int64) * SECOND, np.array(value, float))


def told(transitions):
    return sorted(map(repr, transitions))


def chunks(rows, cuts):
    edges = [0, *sorted({cut % (len(rows) + 1) for cut in cuts}), len(rows)]
    return [rows[a:b] for a, b in pairwise(edges) if a < b]


@settings(max_examples=60, deadline=None)
@given(samples, st.lists(st.integers(0, 60), max_size=6), st.data())
def test_live_is_replay_whatever_the_chunks_and_the_order_within_lateness(rows, cuts, data):
    rows = sorted(rows, key=lambda row: row[1])
    whole = replay(RULES, [batch(rows)], until=100 * SECOND)
    live = Alarms(RULES)
    parts = [step for part in chunks(rows, cuts) for step in live.push(batch(part))] + live.tick(100 * SECOND)
    assert told(parts) == told(whole)
    assert live.late == 0

    jitter = data.draw(st.lists(st.integers(0, 5), min_size=len(rows), max_size=len(rows)))
    order = sorted(range(len(rows)), key=lambda i: rows[i][1] + jitter[i])
    late = Alarms(RULES | {"alarms": {"lateness": "5s"}})
    parts = [step for part in chunks([rows[i] for i in order], cuts) for step in late.push(batch(part))] + late.tick(100 * SECOND)
    assert told(parts) == told(whole)
    assert late.late == 0


@settings(max_examples=40, deadline=None)
@given(samples, st.lists(st.integers(0, 60), min_size=1, max_size=4), st.sampled_from(["0s", "4s"]))
def test_a_restart_in_the_middle_changes_nothing(rows, cuts, lateness):
    rules = RULES | {"alarms": {"lateness": lateness}}
    rows = sorted(rows, key=lambda row: row[1])
    whole = replay(rules, [batch(rows)], until=100 * SECOND)
    state, found = None, []
    for part in chunks(rows, cuts):
        alarms = Alarms(rules, state)
        found += alarms.push(batch(part))
        state = json.loads(json.dumps(alarms.state()))
    found += Alarms(rules, state).tick(100 * SECOND)
    assert told(found) == told(whole)


@settings(max_examples=40, deadline=None)
@given(samples, st.integers(0, 60), st.integers(0, 60), st.sampled_from(["0s", "4s"]))
def test_an_old_state_catches_up_from_what_is_stored(rows, saved, killed, lateness):
    rules = RULES | {"alarms": {"lateness": lateness}}
    rows = sorted(rows, key=lambda row: row[1])
    saved, killed = sorted((saved % (len(rows) + 1), killed % (len(rows) + 1)))
    whole = replay(rules, [batch(rows)], until=100 * SECOND)
    alarms = Alarms(rules)
    before = alarms.push(batch(rows[:saved])) if saved else []
    again = Alarms(rules, alarms.state())
    after = again.recall([batch(rows[:killed])] if killed else [])
    after += again.push(batch(rows[killed:])) if rows[killed:] else []
    assert told(before + after + again.tick(100 * SECOND)) == told(whole)


OPTIONS = {"seasonal_z": {"period": 12}, "half_space_trees": {"trees": 5, "window": 40}}


@pytest.mark.parametrize("name", sorted(STREAMS))
def test_a_detector_by_name_scores_as_it_does_alone_and_goes_on_after_a_restart_to_the_bit(name):
    """The p-values are those of the scores that a replay of the detector gives, by the formula; JSON holds its state."""
    options = OPTIONS.get(name, {})
    given = {
        "name": "odd",
        "kind": "anomaly",
        "series": "*",
        "alpha": 0.05,
        "calibration": 40,
        "detector": name,
        "options": options,
    }
    given |= {"history": 30} if name == "robust_z" else {}
    rules = Rules.of({"rule": [given]})
    n = 400
    values = np.sin(np.arange(n) * 2 * np.pi / 12) + np.random.default_rng(5).normal(0, 0.3, n)
    values[[150, 300]] = 9.0
    came = Batch.of("oven.heat", values, np.datetime64("2026-11-26T12:00:00") + np.arange(n).astype("m8[s]"), tz="UTC")
    whole = Alarms(rules)
    steps = whole.push(came)
    for cut in (20, 100, 211):
        first = Alarms(rules)
        found = first.push(came.take(np.arange(n) < cut))
        state = json.loads(json.dumps(first.state(), allow_nan=False))
        second = Alarms(rules, state)
        found += second.push(came.take(np.arange(n) >= cut))
        assert list(map(repr, found)) == list(map(repr, steps))
        assert second.state() == whole.state()
    alone = detector(name, **({"window": 30} if name == "robust_z" else options))
    scores = alone.replay(values)[0]
    scores = [score for score in scores if score == score]
    p = [sum(x >= scores[i] for x in scores[i - 40 : i + 1]) / 41 for i in range(40, len(scores))]
    assert sum(step.after == "firing" for step in steps) == sum(
        now <= 0.05 and not before for now, before in zip(p, [False, *(each <= 0.05 for each in p)], strict=False)
    )


def test_ticks_are_times_as_everywhere():
    gone = {"rule": [{"name": "gone", "kind": "absence", "series": "a", "after": "1min"}]}
    came, end = Batch.of("a", [1.0], ["2026-11-26T12:00:00Z"]), 1_795_694_520_000_000
    wanted = told(replay(gone, [came], end))
    assert "firing" in wanted[0]
    naive, aware = datetime(2026, 11, 26, 12, 2), "2026-11-26T13:02:00+01:00"
    for time in (np.int64(end), aware, datetime.fromisoformat(aware), pd.Timestamp(aware)):
        assert told(replay(gone, [came], time)) == wanted
        assert told(Alarms(gone).push(came, time)) == wanted
    for time in (naive, np.datetime64(naive, "s"), str(naive), pd.Timestamp(naive)):
        alarms = Alarms(gone)
        assert told(alarms.push(came) + alarms.tick(time, tz="UTC")) == wanted
        with pytest.raises(TimeError, match="no zone"):
            alarms.tick(time)
    for time in (1.5, True, None, np.timedelta64(1, "s"), "noon"):
        with pytest.raises(TimeError, match="is no time"):
            Alarms(gone).tick(time)
