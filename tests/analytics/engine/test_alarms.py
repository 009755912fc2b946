"""Rules in an engine: what they say while samples come is what replay of the store says, over restarts too."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest

from nsi_notebook.analytics import AnalyticsEngine, TimeSeriesDatabase, window
from nsi_notebook.analytics.engine import alarms as module
from nsi_notebook.analytics.processors.alarms import Notification, Rule, Rules, replay
from nsi_notebook.errors import EngineError, OptionError, TimeError, UnknownNameError

NOON = np.datetime64("2026-11-26T12:00:00")
RULES = {
    "alarms": {"group_by": ["line"]},
    "rule": [
        {"name": "hot", "series": "oven.heat", "above": 8, "exit": 5, "for": "2s", "no_data_after": "20s"},
        {"name": "mean", "series": "oven.heat.mean", "tags": {"windows": "load"}, "above": 6, "exit": 5, "no_data_after": "25s"},
        {"name": "moved", "kind": "change", "series": "oven.*", "window": "5s", "above": 3},
    ],
    "inhibit": [{"source": {"alarm": "hot"}, "target": {"alarm": "mean"}, "equal": ["line"]}],
}


def heat(seed=0, seconds=200):
    rng = np.random.default_rng(seed)
    levels = np.repeat(rng.integers(0, 11, seconds // 8), 8) + rng.normal(0, 0.5, seconds // 8 * 8)
    at = np.arange(len(levels))
    kept = (at % 70) < 40  # and nothing for 30 s
    return at[kept], levels[kept]


def told(steps):
    return sorted(map(repr, steps))


def pushed(engine, at, levels, size):
    for i in range(0, len(at), size):
        times = NOON + at[i : i + size].astype("m8[s]")
        engine.emit_many("oven.heat", levels[i : i + size], times, tags={"line": "3"}, unit="degC", tz="UTC")


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("disorder", ["0s", "3s"])
def test_live_is_replay_of_the_store_with_windows_too(size, disorder):
    plan = {"load": window("10s").agg("mean").allow(disorder=disorder)}
    seen = []
    at, levels = heat()
    with AnalyticsEngine("memory:", plan, alarms=RULES, inline=True) as engine:
        engine.events.subscribe("alarms.*", lambda event: seen.append(event.payload))
        pushed(engine, at, levels, size)
        engine.flush()
        until = engine.alarms.watermark
        stored = list(engine.store.scan())
        assert not engine.status().failures
    # samples at the end that wait for their windows are not decided yet
    stored = [batch.take(batch.time <= until) for batch in stored]
    assert told(seen) == told(replay(RULES, stored, until=until))
    assert {step.rule for step in seen} == {"hot", "mean", "moved"}
    assert {step.after for step in seen} >= {"pending", "firing", "resolved", "no_data"}


def test_notifications_are_events_and_an_inhibited_alert_is_not_told():
    seen = []
    at, levels = np.arange(60), np.where(np.arange(60) < 30, 10.0, 1.0)
    with AnalyticsEngine(None, {"load": window("10s").agg("mean")}, alarms=RULES, inline=True) as engine:
        engine.events.subscribe("notifications", lambda event: seen.append(event.payload))
        pushed(engine, at, levels, 1)
    assert all(isinstance(each, Notification) for each in seen)
    first = seen[0]
    assert (first.state, dict(first.group)) == ("firing", {"line": "3"})
    assert [alert.labels["alarm"] for alert in first.alerts] == ["hot"]
    told = [{a.labels["alarm"]: a.active for a in each.alerts} for each in seen]
    assert told == [{"hot": True}, {"hot": False, "mean": True}, {"mean": False}]  # the last once nothing inhibits it any more
    assert seen[-1].state == "resolved"


@pytest.mark.parametrize("cut", [0, 33, 57, 90])
@pytest.mark.parametrize("often", [0.0, 60.0])
def test_an_engine_goes_on_where_another_stopped(tmp_path, monkeypatch, cut, often):
    monkeypatch.setattr(module, "OFTEN", often)
    at, levels = heat(3)
    seen = []
    plan = {"load": window("10s").agg("mean")}
    for part in (slice(None, cut), slice(cut, None)):
        with AnalyticsEngine(tmp_path / "run", plan, alarms=RULES, inline=True) as engine:
            engine.events.subscribe("alarms.*", lambda event: seen.append(event.payload))
            pushed(engine, at[part], levels[part], 5)
            engine.flush()
            until = engine.alarms.watermark
    with TimeSeriesDatabase(tmp_path / "run") as db:
        stored = [batch.take(batch.time <= until) for batch in db.scan()]
    whole = told(replay(RULES, stored, until=until))
    # what was said after the state was stored last is said again: at least once, and nothing else
    assert sorted(set(told(seen))) == whole
    assert len(whole) > 10


def test_absence_of_everything_is_noticed_by_the_clock():
    rules = {"rule": [{"name": "gone", "kind": "absence", "series": "oven.heat", "after": "100ms"}]}
    seen = []
    with AnalyticsEngine(None, alarms=rules, idle="50ms", flush_every="10ms") as engine:
        engine.events.subscribe("alarms.gone", lambda event: seen.append(event.payload))
        engine.emit("oven.heat", 1.0)
        end = time.monotonic() + 20
        while not seen and time.monotonic() < end:
            time.sleep(0.01)
    assert [step.after for step in seen] == ["firing"]


def test_what_is_wrong_is_told_and_samples_are_stored():
    with AnalyticsEngine("memory:", alarms={"rule": [{"name": "hot", "series": "oven.*", "above": 8, "unit": "K"}]}) as engine:
        engine.emit("oven.heat", 9.0, "2026-11-26T12:00:00Z", unit="degC")
        with pytest.raises(EngineError, match=r"the rule 'hot' is in 'K', and oven\.heat in 'degC'"):
            engine.flush()
        assert engine.store.count() == 1
        with pytest.raises(OptionError, match="nothing says what is silenced"):
            engine.silence("2026-11-26T12:00:00Z")
        with pytest.raises(TimeError):
            engine.silence("2h", alarm="hot")
        with pytest.raises(UnknownNameError, match="unknown rule 'hott'"):
            engine.silence("2026-11-26T18:00:00Z", alarm="hott")
    with pytest.raises(EngineError, match="no alarms"):
        _ = AnalyticsEngine().alarms
    with pytest.raises(OptionError, match="there is no threshold"):
        AnalyticsEngine(alarms={"rule": [{"name": "hot", "series": "oven.*"}]})


def test_late_samples_are_counted_and_change_nothing():
    rules = {"rule": [{"name": "hot", "series": "oven.heat", "above": 8}]}
    at = ["2026-11-26T12:00:05Z", "2026-11-26T12:00:01Z"]
    with AnalyticsEngine("memory:", alarms=rules, inline=True) as engine:
        seen = []
        engine.events.subscribe("alarms.hot", lambda event: seen.append(event.payload))
        for moment, value in zip(at, (1.0, 9.0), strict=True):
            engine.emit_many("oven.heat", [value], [moment])
        assert engine.alarms.late == 1
        assert "behind what the rules had decided, by up to 4s" in str(engine.status().failures[-1].error)
        assert '"4s" waits for such' in str(engine.status().failures[-1].error)
        assert not seen
    with AnalyticsEngine("memory:", alarms=rules, inline=True) as engine:
        for moment in ("2026-11-26T14:00:05Z", "2026-11-26T12:00:01Z"):
            engine.emit_many("oven.heat", [9.0], [moment])
        (hint,) = re.findall(r'lateness = "(\w+)"', str(engine.status().failures[-1].error))
    with AnalyticsEngine("memory:", alarms=rules | {"alarms": {"lateness": hint}}, inline=True) as engine:
        for moment in ("2026-11-26T14:00:05Z", "2026-11-26T12:00:01Z"):
            engine.emit_many("oven.heat", [9.0], [moment])
        assert (hint, engine.alarms.late) == ("3h", 0)
    with AnalyticsEngine("memory:", alarms=rules | {"alarms": {"lateness": "10s"}}, inline=True) as engine:
        engine.events.subscribe("alarms.hot", lambda event: seen.append(event.payload.after))
        for moment, value in zip([*at, "2026-11-26T12:01:00Z"], (1.0, 9.0, 1.0), strict=True):
            engine.emit_many("oven.heat", [value], [moment])
        assert engine.alarms.late == 0
        assert seen == ["firing", "resolved"]


def test_a_second_engine_on_one_store_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "OFTEN", 0.0)
    with (
        AnalyticsEngine(tmp_path / "run", alarms=RULES, inline=True) as one,
        AnalyticsEngine(tmp_path / "run", alarms=RULES, inline=True) as two,
    ):
        pushed(one, np.array([0]), np.array([1.0]), 1)
        pushed(two, np.array([1]), np.array([1.0]), 1)  # stored; whose rules they are is told at the next call
        with pytest.raises(EngineError, match="another engine watches this store by rules"):
            pushed(two, np.array([2]), np.array([1.0]), 1)
        pushed(two, np.array([2]), np.array([1.0]), 1)
        pushed(one, np.array([3]), np.array([1.0]), 1)
        assert one.store.count() == 4
        assert not one.status().failures


def test_a_detector_of_ones_own_that_fails_is_told():
    class Broken:
        def score_one(self, value):
            raise RuntimeError("no score")

        def learn_one(self, value):
            pass

    rules = Rules((Rule("odd", "anomaly", "oven.heat", below=0.1, detector=Broken),))
    engine = AnalyticsEngine("memory:", alarms=rules, inline=True).start()
    engine.emit_many("oven.heat", [1.0], ["2026-11-26T12:00:00Z"])
    assert "no score" in str(engine.status().failures[-1].error)
    assert engine.store.count() == 1
    engine.stop()
