"""Files of rules: what is wrong is said with the file, the rule and the key."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nsi_notebook.analytics.core.series import Series
from nsi_notebook.analytics.processors.alarms import Rules, Silence
from nsi_notebook.errors import FileError, NsiError, OptionError, SeriesError, TimeError, UnknownNameError

HOT = 'name = "hot"\nseries = "oven.heat"\n'
WRONG = [
    ("above = 90\nexitt = 80", UnknownNameError, "rule 'hot': unknown key 'exitt'", "did you mean 'exit'?"),
    ("above = 90\nexit = 95", OptionError, "exit = 95 lies above 90, on the wrong side", "exit <= 90"),
    ("below = 10\nexit = 5", OptionError, "exit = 5 lies below 10, on the wrong side", "exit >= 10"),
    ("above = 9\nbelow = 1\nexit = 5", OptionError, "exit is 5", "two numbers"),
    ("above = 9\nbelow = 1\nexit = [8, 2]", OptionError, "leaves no room", "low, high"),
    ("above = 1\nbelow = 9", OptionError, "always an alarm", "below < above"),
    ("", OptionError, "no threshold", "above = 90"),
    ('above = "hot"', OptionError, "above is 'hot'", "a number"),
    ("above = nan", OptionError, "above is nan", "a number"),
    ('above = 9\nfor = "5 parsecs"', TimeError, "rule 'hot': for: '5 parsecs' is no duration", "10s"),
    ("above = 9\nfor = 5", TimeError, "for: 5 is no duration", "10s"),
    ("above = 9\nfor_points = 0", OptionError, "for_points is 0", "at least 1"),
    ('above = 9\nkind = "treshold"', UnknownNameError, "unknown kind 'treshold'", "did you mean 'threshold'?"),
    ('above = 9\nwindow = "5s"', OptionError, "window has no meaning for a rule of kind 'threshold'", "change, rate"),
    ('kind = "rate"\nabove = 9', OptionError, "window is missing", "5min"),
    ('kind = "rate"\nabove = 9\nwindow = "5s"\nper = "year"', UnknownNameError, "unknown per 'year'", None),
    ('kind = "absence"', OptionError, "after is missing", "5min"),
    ('kind = "anomaly"', OptionError, "alpha is missing", "0.01"),
    ('kind = "anomaly"\nalpha = 0.001', OptionError, "with 500 scores: no p-value is below 1/501", "calibration = 1000"),
    ('kind = "anomaly"\nalpha = 0.01\nexit = 0.001', OptionError, "on the wrong side", "exit >= 0.01"),
    ('above = 9\nlabels = {alarm = "x"}', OptionError, "'alarm' is what every alert has", "another name"),
    ('above = 9\nlabels = {team = 3}', OptionError, "labels: team is 3", 'team = "3"'),
    ('above = 9\nannotations = {summary = "{valu}"}', UnknownNameError, "annotations, summary: unknown place", "'value'"),
    ('above = 9\nannotations = {summary = "{value.__class__}"}', UnknownNameError, "unknown place", None),
    ('above = 9\nannotations = {summary = "{value:1000000d}"}', OptionError, "no such form", "{value:.3g}"),
    ('above = 9\nannotations = {summary = "{value"}', OptionError, "brace", "{value}"),
    ('above = 9\nannotations = {summary = "{labels.team}"}', UnknownNameError, "unknown label", None),
    ('above = 9\nannotations = {token = "x"}', OptionError, "rule, annotations, token is a secret", "environment only"),
    ('above = 9\nannotations = {link = "https://me:pw@host/x"}', OptionError, "an address with a secret", "environment only"),
    ('above = 9\nwebhook_url = "https://host"', OptionError, "webhook_url is a secret", "environment only"),
    ('above = 9\n[[rule]]\nname = "hot"\nseries = "a"\nabove = 1', OptionError, "there are 2 rules 'hot'", "of its own"),
    ('above = 9\n[[silence]]\nmatchers = {line = "3"}', OptionError, "silence 1: there is no end", "end = "),
    ('above = 9\n[[silence]]\nend = 2026-11-26T12:00:00Z', OptionError, "matchers is missing", "line"),
    ('above = 9\n[[silence]]\nmatchers = {line = "3"}\nend = 2026-11-26T12:00:00', TimeError, "no zone", "UTC"),
    (
        'above = 9\n[[silence]]\nmatchers = {line = "3"}\nstart = 2026-11-27T00:00:00Z\nend = 2026-11-26T12:00:00Z',
        OptionError, "ends before it begins", "end > start",
    ),
    ('above = 9\n[[inhibit]]\nsource = {alarm = "hott"}\ntarget = {a = "b"}', UnknownNameError, "unknown rule 'hott'", "'hot'"),
    ('above = 9\n[[inhibit]]\nsource = {alarm = "hot"}', OptionError, "target is missing", None),
    ('above = 9\n[[rule]]\nname = "b"\nabove = 1\nseries = "oven.(heat|load)"', OptionError, "no series can have", "oven"),
    ('above = 9\n[[rule]]\nname = "b"\nabove = 1\nseries = ".*"', OptionError, "have the name '.*'", "for any letters"),
    (
        'above = 9\n[[silence]]\nmatchers = {alarm = "hott"}\nend = 2026-11-26T12:00:00Z',
        UnknownNameError, "silence 1: unknown rule 'hott'", "'hot'",
    ),
    ('above = 9\n[alarms]\nrepeats = "1h"', UnknownNameError, "[alarms]: unknown key 'repeats'", "'repeat'"),
    ('above = 9\n[rules]\n', UnknownNameError, "unknown table 'rules'", "'rule'"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "said", "hint"), WRONG, ids=[(text or "none").splitlines()[-1] for text, *_ in WRONG])
def test_what_is_wrong_is_said(tmp_path, text, kind, said, hint):
    file = tmp_path / "alarms.toml"
    file.write_text(f"[[rule]]\n{HOT}{text}\n")
    with pytest.raises(kind) as caught:
        Rules.read(file)
    assert caught.value.message.startswith("alarms.toml: ")
    assert said in caught.value.message
    assert "\n" not in caught.value.message
    assert hint is None or hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there are no rules"),
        ("[[rule]]\nseries = 'a'\nabove = 1", "rule 1: name is missing"),
        ("[[rule]]\nname = 'a b'\nseries = 'a'\nabove = 1", "'a b' is no name of a rule"),
        ("[[rule]]\nname = 'a'\nabove = 1", "rule 'a': series is missing"),
        ("rule = 3", "rule is an int"),
        ("[[rule]\n", "is not TOML"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path, text, said):
    (tmp_path / "alarms.toml").write_text(text)
    with pytest.raises(NsiError, match=said):
        Rules.read(tmp_path / "alarms.toml")
    with pytest.raises(FileError, match="cannot be read"):
        Rules.of(tmp_path / "none.toml")
    with pytest.raises(OptionError, match="the rules are an int"):
        Rules.of(3)


def test_rules_know_their_series_and_units():
    there = [
        Series("oven.heat", "degC", (("line", "3"),)),
        Series("oven.heat.mean", "degC", (("line", "3"), ("windows", "load"))),
        Series("oven.door"),
    ]

    def check(**rule):
        return Rules.of({"rule": [{"name": "hot", "above": 9, **rule}]}).check(there)["hot"]

    assert check(series="oven.*") == (there[2], there[0])  # not the windows, for which it must ask
    assert check(series="oven.*", tags={"windows": "*"}) == (there[1],)
    assert check(series="oven.*", unit="degC", tags={"line": "3*"}) == (there[0],)
    with pytest.raises(UnknownNameError) as caught:
        check(series="oven.heta")
    assert caught.value.message.startswith("the rule 'hot': unknown series 'oven.heta'; there are: oven.door")
    assert "did you mean 'oven.heat'" in caught.value.hint
    with pytest.raises(SeriesError, match=r"no series 'oven\.heat' has the tags line=4"):
        check(series="oven.heat", tags={"line": "4"})
    with pytest.raises(SeriesError, match="windows that an engine computes") as caught:
        check(series="oven.heat.mean")
    assert caught.value.hint == 'tags = {windows = "load"}'
    with pytest.raises(SeriesError, match=r"the rule 'hot' is in 'K', and oven\.heat"):
        check(series="oven.heat", unit="K")


def test_labels_that_no_alert_can_have_are_refused_unless_series_may_bring_them():
    end = datetime(2026, 11, 26, tzinfo=UTC)
    paged = {"name": "a", "series": "oven.heat", "above": 1, "labels": {"severity": "page", "line": "all"}}
    tagged = {"name": "b", "series": "oven.load", "above": 1, "tags": {"line": "3*"}}

    def silenced(rules, **matchers):
        return Rules.of({"rule": rules, "silence": [{"matchers": matchers, "end": end}]}).silences[0].matchers

    for matchers in ({"severity": "p*"}, {"line": "4"}, {"series": "oven.*", "alarm": "b"}, {"part": "x"}):
        assert silenced([paged, tagged], **matchers) == matchers
    assert silenced([paged, {**tagged, "series": "*"}], series="oven.heta") == {"series": "oven.heta"}
    with pytest.raises(UnknownNameError, match=r"unknown series 'oven.heta'"):
        silenced([paged, tagged], series="oven.heta")
    for matchers, message in (({"severity": "pge"}, "unknown severity 'pge'"), ({"line": "4"}, "unknown line '4'")):
        with pytest.raises(UnknownNameError, match=message):
            silenced([paged], **matchers)
        assert silenced([paged, {"name": "b", "series": "oven.*", "above": 1}], **matchers) == matchers  # as a tag


def test_a_silence_lasts_from_its_start_to_its_end():
    silence = Silence({"line": "3*"}, 20, 10)
    assert [silence.mutes({"line": "31"}, at) for at in (9, 10, 19, 20)] == [False, True, True, False]
    assert not silence.mutes({"line": "4"}, 15)
    assert not silence.mutes({}, 15)


ODD = {"name": "odd", "kind": "anomaly", "series": "*", "alpha": 0.1, "calibration": 20}


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"detector": "novelti"}, "rule 'odd': unknown detector 'novelti'"),
        ({"detector": "knn"}, "rule 'odd': unknown detector 'knn'"),  # of tables
        ({"detector": 3}, "rule 'odd': detector is 3"),
        ({"detector": "novelty", "options": {"kep": 64}}, "unknown option of novelty 'kep'"),
        ({"detector": "novelty", "options": {"keep": 1}}, "keep is 1"),
        ({"detector": "novelty", "options": 3}, "options is 3"),
        ({"detector": "novelty", "history": 50}, "history has no meaning for the detector 'novelty'"),
        ({"detector": "novelty", "options": {"alpha": 0.1}}, "options: alpha is said by the rule"),
        ({"options": {"window": 50}}, "options: window is said by the rule"),
        ({"detector": "seasonal_z", "options": {"period": 1}}, "period is 1"),
    ],
)
def test_what_is_wrong_with_a_detector_is_said(more, word):
    with pytest.raises(NsiError) as caught:
        Rules.of({"rule": [ODD | more]})
    assert word in caught.value.message


def test_a_detector_is_named_with_its_options():
    (rule,) = Rules.of({"rule": [ODD | {"detector": "novelty", "options": {"keep": 64}}]}).rules
    assert (rule.detector, dict(rule.options)) == ("novelty", {"keep": 64})
    assert rule.condition == "p by novelty below 0.1"
