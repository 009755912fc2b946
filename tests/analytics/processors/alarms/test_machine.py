"""The states of one rule, against a plain reading of the definition, and conditions against numpy and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import linregress, median_abs_deviation

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.series import Series
from nsi_notebook.analytics.processors.alarms import Alarms, Rule, Rules, replay
from nsi_notebook.analytics.processors.alarms.conditions import Sum, condition

SECOND = 1_000_000
HEAT = Series("oven.heat", "degC")
HOLDS = st.integers(0, 4)


def batch(values, every=1, start=0, series=HEAT):
    at = (np.arange(len(values)) * every + start) * SECOND
    values = np.asarray(values, float)
    return Batch((series,), np.zeros(len(values), np.int32), at.astype(np.int64), values)


def states(values, until=None, every=1, **rule):
    rules = Rules.of({"rule": [{"name": "hot", "series": "oven.heat", **rule}]})
    return [(each.time // SECOND, each.after) for each in replay(rules, [batch(values, every)], until)]


def test_a_threshold_with_everything():
    values = [0, 9, 9, 9, 6, 4, 4, 6, 4, 4, 4, 4, 0, 9, 0]
    rule = {"above": 8, "exit": 5, "for": "2s", "keep_firing_for": "3s"}
    assert states(values, **rule) == [
        (1, "pending"), (3, "firing"), (5, "recovering"), (7, "firing"), (8, "recovering"), (11, "resolved"),
        (12, "inactive"), (13, "pending"), (14, "inactive"),
    ]  # fmt: skip


def test_for_points_counts_samples_and_both_must_hold():
    assert states([9, 9, 9], above=8, for_points=3) == [(0, "pending"), (2, "firing")]
    assert states([9] * 6, above=8, for_points=2, **{"for": "4s"}) == [(0, "pending"), (4, "firing")]
    assert states([9] * 6, above=8, for_points=6, **{"for": "1s"}) == [(0, "pending"), (5, "firing")]


def test_missing_data_is_dated_to_its_deadline():
    rule = {"above": 8, "exit": 5, "no_data_after": "3s"}
    assert states([9], 20 * SECOND, **rule) == [(0, "firing"), (3, "no_data")]
    assert states([1], 3 * SECOND, **rule) == []  # one may still come in time
    back = [batch([9]), batch([6], start=10), batch([1], start=20)]
    rules = Rules.of({"rule": [{"name": "hot", "series": "oven.heat", **rule}]})
    found = [(each.time // SECOND, each.after) for each in replay(rules, back)]
    assert found == [(0, "firing"), (3, "no_data"), (10, "firing"), (13, "no_data"), (20, "resolved")]


def test_a_series_that_never_comes_is_absent_and_its_alarm_ends_with_its_first_sample():
    rules = Rules.of({"rule": [{"name": "gone", "kind": "absence", "series": "oven.door", "after": "4s"}]})
    door = batch([1.0], start=9, series=Series("oven.door", "1", (("line", "3"),)))
    found = replay(rules, [batch([0] * 9), door, batch([0] * 9, start=10)])
    assert [(each.time // SECOND, each.after) for each in found] == [(4, "firing"), (9, "resolved"), (13, "firing")]
    assert found[0].series == "oven.door"
    assert found[1].series == 'oven.door{line="3"}'


def plain(values, above, leave, held, points, keep):
    """The definition, written for whole lists: which samples are in an alarm."""
    firing, since, number, calm, found = False, None, 0, None, []
    for time, value in enumerate(values):
        if not firing:
            since, number = (None, 0) if value <= above else (time if since is None else since, number + 1)
            if since is not None and time - since >= held and number >= points:
                firing, since, number, calm = True, None, 0, None
        elif value > leave:
            calm = None
        else:
            calm = time if calm is None else calm
            firing = time - calm < keep
        found.append(firing)
    return found


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(0, 10), max_size=40),
    st.integers(3, 8),
    st.integers(0, 3),
    st.integers(0, 4),
    st.integers(1, 4),
    st.integers(0, 4),
)
def test_firing_is_as_defined(values, above, easier, held, points, keep):
    rule = Rule(
        "hot", series="oven.heat", above=above, exit_above=above - easier, held=held * SECOND, points=points, keep=keep * SECOND
    )
    alarms, found = Alarms(Rules((rule,))), []
    for time, value in enumerate(values):
        alarms.push(batch([value], start=time))
        found.append(any(alert.state in ("firing", "recovering") for alert in alarms.active))
    assert found == plain(values, above, above - easier, held, points, keep)


def test_the_value_is_that_of_the_rule_and_annotations_are_filled():
    rules = Rules.of({
        "rule": [{
            "name": "fast", "kind": "rate", "series": "oven.*", "window": "3s", "per": "min", "above": 50,
            "labels": {"team": "a"},
            "annotations": {"summary": "{series} {value:.0f} {unit} {labels.team}{tags.line} {alarm} {time}"},
        }]
    })  # fmt: skip
    (step,) = replay(rules, [batch([0, 1, 2])])
    assert step.alert.value == pytest.approx(60)
    assert step.alert.unit == "degC/min"
    assert step.alert.annotations["summary"] == "oven.heat 60 degC/min a fast 1970-01-01T00:00:02+00:00"
    assert step.alert.labels == {"alarm": "fast", "series": "oven.heat", "team": "a"}


@pytest.mark.parametrize("scale", ["unit", "sd"])
def test_change_is_that_of_the_means_of_two_windows(scale):
    rng = np.random.default_rng(0)
    values = 1e6 + rng.normal(size=400)
    steps = rng.integers(1, 4, 400)
    steps[[100, 200, 203, 300]] = 15, 25, 12, 70  # gaps
    at = np.cumsum(steps) * SECOND
    made = condition(Rule("moved", "change", "*", window=20 * SECOND, scale=scale, above=1))
    found = [made.measure(int(t), float(v)) for t, v in zip(at, values, strict=True)]
    for i, t in enumerate(at):
        before = values[(at > t - 40 * SECOND) & (at <= t - 20 * SECOND)]
        after = values[(at > t - 20 * SECOND) & (at <= t)]
        if at[0] > t - 40 * SECOND or not 0.5 <= len(after) / max(len(before), 0.1) <= 2:
            assert found[i] is None
            assert i < 30 or 100 <= i < 120 or 200 <= i < 225 or 300 <= i < 325
            continue
        size = 1 if scale == "unit" else median_abs_deviation(before, scale="normal")
        assert found[i] == pytest.approx((after.mean() - before.mean()) / size, rel=1e-6, abs=1e-8)


def test_a_gap_is_no_change():
    hours = np.delete(np.arange(480), np.arange(240, 276))
    made = condition(Rule("moved", "change", "*", window=48 * 3600 * SECOND, above=1))
    found = [made.measure(int(t) * 3600 * SECOND, 20 + 2 * np.sin(2 * np.pi * t / 24)) for t in hours]
    assert max(abs(each) for each in found if each is not None) < 0.6  # a season of whole days within windows of two
    assert sum(each is not None for each in found) > 290


def test_rate_is_the_least_squares_slope():
    rng = np.random.default_rng(1)
    steps = rng.integers(1, 4, 200)
    steps[100] = 60  # a gap
    at, values = np.cumsum(steps) * SECOND, rng.normal(size=200)
    made = condition(Rule("fast", "rate", "*", window=15 * SECOND, per=60 * SECOND, above=1))
    for i, (t, v) in enumerate(zip(at, values, strict=True)):
        mine = (at > t - 15 * SECOND) & (at <= t)
        found = made.measure(int(t), float(v))
        if t - at[mine][0] < 7.5 * SECOND:
            assert found is None
            assert i < 8 or 100 <= i < 108
        else:
            assert found == pytest.approx(linregress(at[mine] / SECOND, values[mine]).slope * 60, rel=1e-9, abs=1e-12)


def test_a_sum_leaves_nothing_of_what_was_taken_away():
    held = Sum()
    for value in (1e16, 1.0, -1e16):
        held.add(value)
    assert held.value == 1.0


def test_anomalies_come_as_often_as_alpha_says_and_an_outlier_is_one():
    rng = np.random.default_rng(2)
    rule = Rule("odd", "anomaly", "*", below=0.1, history=50, calibration=100)
    made = condition(rule)
    found = np.array([p for v in rng.normal(size=6000) if (p := made.measure(0, float(v))) is not None])
    assert len(found) == 6000 - 50 - 100
    assert np.mean(found <= 0.1) == pytest.approx(0.1, abs=0.02)
    assert made.measure(0, 50.0) == pytest.approx(1 / 101)


def test_any_detector_that_scores_and_learns_will_do():
    class Distance:
        def __init__(self):
            self.last = 0.0

        def score_one(self, value):
            return abs(value - self.last)

        def learn_one(self, value):
            self.last = value

    rule = Rule("odd", "anomaly", "oven.heat", below=np.nextafter(0.1, 1), calibration=10, detector=Distance)
    values = [0, 1] * 6 + [9, 0, 1]
    found = replay(Rules((rule,)), [batch(values)])
    assert [(each.time // SECOND, each.after) for each in found] == [(12, "firing"), (14, "resolved")]
