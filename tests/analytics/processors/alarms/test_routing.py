"""Who is told of what: groups, inhibition, silences, repetition, one alert for one set of labels."""

from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from nsi_notebook.analytics.processors.alarms import Alert, Router, Rules, Silence, Transition, fingerprint

RULE = {"name": "hot", "series": "oven.heat", "above": 9}
DOOR = {"name": "door", "series": "oven.door", "above": 0}


def rules(**more):
    return Rules.of({"rule": [RULE, DOOR], "alarms": {"group_by": ["line"]}} | more)


def step(time, after, alarm="hot", line="3", starts=None, before="inactive"):
    ends = None if after in ("firing", "recovering", "no_data", "pending") else time
    alert = Alert({"alarm": alarm, "series": "s", "line": line}, {}, after, time if starts is None else starts, ends, 1.0)
    return Transition(time, alarm, "s", before, after, alert)


def said(found):
    return [(n.time, n.reason, n.state, [f"{a.labels['alarm']}{a.labels['line']} {a.state}" for a in n.alerts]) for n in found]


def test_alerts_of_one_group_are_told_of_together_and_pending_ones_are_not():
    router = Router(rules())
    begun = [step(1, "pending"), step(2, "firing"), step(2, "firing", "door"), step(2, "firing", line="4")]
    first, second = router.take([*begun, step(3, "recovering", starts=2)], 3)
    assert [(n.time, sorted(a.labels["alarm"] for a in n.alerts), dict(n.group)) for n in (first, second)] == [
        (2, ["door", "hot"], {"line": "3"}), (2, ["hot"], {"line": "4"}),
    ]  # fmt: skip
    found = router.take([step(5, "resolved", starts=2)], 5)
    assert [sorted(each[3]) for each in said(found)] == [["door3 firing", "hot3 resolved"]]
    assert dict(found[0].group) == {"line": "3"}
    assert found[0].alerts[0].fingerprint == fingerprint(dict(reversed(found[0].alerts[0].labels.items())))


def test_what_lasts_is_told_again_and_what_ended_is_not():
    router = Router(rules(alarms={"repeat": "10us"}))
    found = router.take([step(2, "firing")], 25)
    assert [each[:3] for each in said(found)] == [(2, "changed", "firing"), (12, "repeat", "firing"), (22, "repeat", "firing")]
    assert [each[:3] for each in said(router.take([step(26, "resolved", starts=2)], 90))] == [(26, "changed", "resolved")]


def test_a_silence_mutes_until_its_end_and_the_end_of_what_was_told_is_told():
    quiet = [{"matchers": {"alarm": "h*"}, "start": "1970-01-01T00:00:00.000005Z", "end": "1970-01-01T00:00:00.000020Z"}]
    router = Router(rules(silence=quiet))
    assert said(router.take([step(6, "firing"), step(8, "resolved", starts=6)], 10)) == []
    assert said(router.take([step(12, "firing")], 19)) == []
    assert said(router.take([], 21)) == [(20, "changed", "firing", ["hot3 firing"])]
    told = Router(rules(silence=quiet))
    assert said(told.take([step(2, "firing"), step(9, "resolved", starts=2)], 30)) == [
        (2, "changed", "firing", ["hot3 firing"]), (9, "changed", "resolved", ["hot3 resolved"]),
    ]  # fmt: skip


def test_a_firing_rule_mutes_others_with_equal_labels_and_not_itself():
    inhibit = [{"source": {"alarm": "door"}, "target": {"alarm": "*"}, "equal": ["line"]}]
    router = Router(rules(inhibit=inhibit))
    found = router.take([step(1, "firing", "door"), step(2, "firing"), step(2, "firing", line="4")], 5)
    assert said(found) == [(1, "changed", "firing", ["door3 firing"]), (2, "changed", "firing", ["hot4 firing"])]
    assert said(router.take([step(7, "resolved", "door", starts=1)], 8)) == [
        (7, "changed", "firing", ["door3 resolved", "hot3 firing"]),
    ]  # fmt: skip


def test_lost_data_is_told_as_a_change():
    router = Router(rules())
    found = router.take(
        [step(1, "firing"), step(5, "no_data", starts=1), step(9, "firing", starts=1), step(10, "resolved", starts=1)], 20
    )
    assert [each[3] for each in said(found)] == [["hot3 firing"], ["hot3 no_data"], ["hot3 firing"], ["hot3 resolved"]]
    assert "NaN" not in json.dumps(found[1].to_dict())


STATES = st.sampled_from(["firing", "resolved", "no_data", "pending"])
STEPS = st.lists(st.tuples(st.integers(0, 40), STATES, st.sampled_from(["hot", "door"]), st.sampled_from("34")), max_size=25)


@settings(max_examples=100, deadline=None)
@given(STEPS, st.lists(st.integers(0, 50), max_size=5))
def test_how_instants_are_cut_and_restarts_change_nothing(rows, cuts):
    given = rules(
        alarms={"repeat": "9us", "group_by": ["line"]},
        inhibit=[{"source": {"alarm": "door"}, "target": {"alarm": "hot"}, "equal": ["line"]}],
        silence=[{"matchers": {"line": "4"}, "end": "1970-01-01T00:00:00.000015Z"}],
    )
    steps = [step(*row) for row in sorted(rows, key=lambda row: row[0])]
    whole = Router(given).take(steps, 60)
    edges, found, state = [-1, *sorted(set(cuts)), 60], [], None
    for low, high in pairwise(edges):
        router = Router(given, state)
        found += router.take([each for each in steps if low < each.time <= high], high)
        state = json.loads(json.dumps(router.state()))
    assert said(found) == said(whole)


def test_a_silence_that_was_added_outlives_a_restart():
    router = Router(rules())
    router.silence(Silence({"line": "3"}, 20))
    again = Router(rules(), json.loads(json.dumps(router.state())))
    assert said(again.take([step(2, "firing")], 15)) == []
    assert said(again.take([], 25)) == [(20, "changed", "firing", ["hot3 firing"])]


def test_series_with_the_same_labels_are_one_alert_that_lasts_as_long_as_any():
    def of(series, time, after, starts):
        one = step(time, after, starts=starts)
        return Transition(one.time, one.rule, series, one.before, one.after, one.alert)

    router = Router(rules())
    steps = [of("a", 1, "firing", 1), of("b", 2, "firing", 2), of("b", 3, "resolved", 2), of("a", 5, "resolved", 1)]
    found = said(router.take(steps, 9))
    assert found == [(1, "changed", "firing", ["hot3 firing"]), (5, "changed", "resolved", ["hot3 resolved"])]


@given(
    st.lists(st.tuples(st.sampled_from(["hot", "door"]), st.sampled_from(["firing", "no_data", "resolved"])), max_size=12),
    st.sampled_from([None, "5us", "17us"]),
)
@settings(deadline=None)
def test_who_is_for_some_alerts_of_a_group_hears_what_is_new_of_them_and_what_lasts(steps, repeat):
    """As if the others were not there; but that what lasts may be told of later, before it is due a second time."""
    router = Router(rules(alarms={"group_by": ["line"]} | ({} if repeat is None else {"repeat": repeat})))
    state, wanted, transitions, begun = "inactive", [], [], {}
    for number, (alarm, after) in enumerate(steps):
        time = 3 * number + 1
        before = begun.get(alarm)
        if after == "resolved" and before is None:
            continue
        begun[alarm] = None if after == "resolved" else before or time
        transitions.append(step(time, after, alarm, starts=before or time))
        if alarm == "hot" and after != state:
            wanted.append((time, after))
            state = after
    until = 3 * len(steps) + 60
    heard = [each for n in router.take(transitions, until) if (each := n.among({"alarm": "hot"})) is not None]
    assert all([alert.labels["alarm"] for alert in each.alerts] == ["hot"] for each in heard)
    told = [(each.time, each.alerts[0].state) for each in heard]
    assert [one for one in told if one in wanted] == wanted
    if repeat is None:
        assert told == wanted
    else:
        due = int(repeat[:-2])
        for (time, now), (then, _) in pairwise([*told, (until, "")]):
            assert now == "resolved" or then - time <= 2 * due
        for (time, _), (then, what) in pairwise(told):
            assert (then, what) in wanted or then - time >= due
