"""`nsi alarms`: rules checked, tested, tried on history and exported from a line."""

from __future__ import annotations

import html
from xml.etree import ElementTree

import numpy as np
import pytest

from nsi_notebook.analytics import AnalyticsEngine, TimeSeriesDatabase
from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.processors.alarms.testing import run_tests
from nsi_notebook.cli import main
from nsi_notebook.commands.alarms import OPTIONS, alarms
from nsi_notebook.commands.running import _running
from nsi_notebook.commands.table import VERBS
from nsi_notebook.errors import EngineError, NsiError, NsiWarning, OptionError, TimeError

RULES = """
[[rule]]
name = "hot"
series = "oven.heat"
unit = "degC"
above = 90
exit = 80
for = "30s"
annotations = {summary = "{series} at {value:.0f} {unit}"}

[[rule]]
name = "gone"
kind = "absence"
series = "oven.heat"
after = "1min"
"""
TESTS = """
rules = "alarms.toml"

[[test]]
name = "half a minute above 90"
until = "3min"
expect = [
    {at = "50s", rule = "hot", state = "firing"},
    {at = "90s", rule = "hot", state = "resolved"},
    {at = "150s", rule = "gone", state = "firing", series = "oven.heat"},
]
[[test.series]]
name = "oven.heat"
unit = "degC"
every = "10s"
values = "20 20 95x4 85 85 85 20"
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "alarms.toml").write_text(RULES)
    (tmp_path / "tests.toml").write_text(TESTS)
    hours = np.datetime64("2026-11-01T00:00:00", "s") + np.arange(3000) * np.timedelta64(10, "s")
    values = np.where((np.arange(3000) > 100) & (np.arange(3000) < 110), 95.0, 20.0)
    with TimeSeriesDatabase("store") as db:
        db.append(Batch.of("oven.heat", values, hours, unit="degC", tz="UTC"))
    return tmp_path


def test_check_lists_the_rules_and_what_they_watch(folder, capsys):
    assert main(["alarms", "check", "alarms.toml", "--on", "store"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].split() == ["alarm", "kind", "series", "condition", "watches"]
    assert "above 90, until 80, for 30s" in out[1]
    assert out[1].endswith("oven.heat")
    (folder / "alarms.toml").write_text(RULES.replace("exit = 80", "exit = 99"))
    assert main(["alarms", "check", "alarms.toml"]) == 1
    assert "alarms.toml: rule 'hot': exit = 99 lies above 90, on the wrong side" in capsys.readouterr().err


def test_check_warns_of_a_rule_without_the_label_that_a_channel_wants(folder):
    hot = '[[rule]]\nname = "hot"\nseries = "oven.heat"\nabove = 90\nlabels = {severity = "page"}\n'
    cold = '[[rule]]\nname = "cold"\nseries = "oven.heat"\nbelow = 0\n'
    deliver = '[[deliver]]\nchannel = "log"\nmatch = {severity = "page"}\n'
    (folder / "alarms.toml").write_text(hot + cold + deliver)
    with pytest.warns(NsiWarning, match="nobody is told of the rule 'cold'.*channels want severity=page"):
        assert alarms("check", "alarms.toml")["told"].tolist() == ["log", "nobody"]
    (folder / "alarms.toml").write_text(hot + cold + deliver.replace("severity", "line").replace("page", "3"))
    assert alarms("check", "alarms.toml")["told"].tolist() == ["log if line=3"] * 2  # which a tag may say
    with pytest.warns(NsiWarning, match="nobody is told of the rule") as warned:  # but no series has it
        assert alarms("check", "alarms.toml", on="store")["told"].tolist() == ["nobody"] * 2
    assert len(warned) == 2
    with TimeSeriesDatabase("store") as db:
        db.append(Batch.of("oven.heat", [1.0], ["2026-11-02T00:00:00Z"], unit="degC", tags={"line": "3"}))
    assert alarms("check", "alarms.toml", on="store")["told"].tolist() == ["log if line=3"] * 2


def test_tests_pass_or_the_command_fails_and_says_what_differs(folder, capsys):
    assert main(["alarms", "test", "tests.toml"]) == 0
    assert capsys.readouterr().out == "passed  half a minute above 90\n1 of 1 passed\n"
    assert repr(run_tests(folder / "tests.toml")) == "passed  half a minute above 90\n1 of 1 passed"
    (folder / "tests.toml").write_text(TESTS.replace('at = "50s"', 'at = "40s"'))
    assert main(["alarms", "test", "tests.toml"]) == 1
    out = capsys.readouterr().out
    assert "expected, did not happen: 40s hot firing at any series" in out
    assert "happened, not expected:   50s hot firing at oven.heat" in out


def test_in_a_notebook_tests_are_a_table_and_exported_rules_their_text(folder):
    def cells():
        table = ElementTree.fromstring(f"<div>{alarms('test', 'tests.toml')._repr_html_()}</div>")
        return [[cell.text or "" for cell in row] for row in table.iterfind(".//tbody/tr")]

    assert cells() == [["half a minute above 90", "passed", "", ""]]
    (folder / "tests.toml").write_text(TESTS.replace('at = "50s"', 'at = "40s"'))
    assert [row[2:] for row in cells()] == [
        ["40s hot firing at any series", "did not happen"],
        ["not expected", "50s hot firing at oven.heat"],
    ]
    exported = alarms("export", "alarms.toml")
    assert html.unescape(exported._repr_html_()) == f"<pre>{exported}</pre>"
    assert "&gt; 90" in exported._repr_html_()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'state = "resolved"',
            'state = "resolve"',
            "tests.toml: test 'half a minute above 90': expect 2: unknown state 'resolve'",
        ),
        ('rule = "gone"', 'rule = "goen"', "unknown rule 'goen'"),
        ('"20 20 95x4', '"20 20 95y4', "series 1: values: '95y4' cannot be read"),
        ('unit = "degC"\nevery', 'unit = "K"\nevery', "the rule 'hot' is in 'degC', and oven.heat in 'K'"),
        ('rules = "alarms.toml"', "", "says not which rules are tested"),
        ('every = "10s"', 'every = "x"', "'x' is no duration"),
        ('until = "3min"', 'untli = "3min"', "unknown key 'untli'"),
    ],
)
def test_what_is_wrong_with_tests_is_said(folder, old, new, said):
    assert old in TESTS
    (folder / "tests.toml").write_text(TESTS.replace(old, new))
    with pytest.raises(NsiError) as caught:
        run_tests(folder / "tests.toml")
    assert said in caught.value.message


def test_values_rise_and_miss():
    from nsi_notebook.analytics.processors.alarms.testing import _values

    np.testing.assert_array_equal(_values("1 2x2 5+10x3 _x2 -1-0.5x2"), [1, 2, 2, 5, 15, 25, np.nan, np.nan, -1, -1.5])
    with pytest.raises(OptionError):
        _values([1, "a"])


def test_backtest_says_when_and_how_often(folder, capsys):
    (folder / "events.csv").write_text("start,end\n2026-11-01T00:10:00Z,2026-11-01T00:20:00Z\n")
    assert main(["alarms", "backtest", "alarms.toml", "--on", "store", "--events", "events.csv"]) == 0
    out = capsys.readouterr().out
    assert "those firings are false that met no event" in out
    assert "2026-11-01 00:17:20" in out
    assert main(["alarms", "backtest", "alarms.toml", "--on", "store", "-o", "firings.csv"]) == 0
    assert (
        (folder / "firings.csv")
        .read_text()
        .startswith("alarm,series,state,start,end,duration (s),value,unit\nhot,oven.heat,firing")
    )
    assert main(["alarms", "backtest", "alarms.toml", "--on", "store", "-o", "firings.html"]) == 0
    assert "<html>" in (folder / "firings.html").read_text()[:200]


@pytest.mark.filterwarnings("default::nsi_notebook.errors.NsiWarning")  # what is left out is warned of, on stderr
def test_export_writes_rules_of_prometheus(folder, capsys):
    assert main(["alarms", "export", "alarms.toml", "-o", "rules.yml"]) == 0
    assert 'alert: "hot"' in (folder / "rules.yml").read_text()
    assert main(["alarms", "export", "alarms.toml", "-o", "rules.yml"]) == 1
    assert "--force replaces it" in capsys.readouterr().err
    odd = '[[rule]]\nname = "odd"\nkind = "anomaly"\nseries = "oven.heat"\nalpha = 0.01\n'
    (folder / "more.toml").write_text(RULES + odd)
    assert main(["alarms", "export", "more.toml"]) == 0
    told = capsys.readouterr()
    assert "warning: the rule 'odd' is left out: PromQL has no conformal p-value" in told.err
    assert "# odd is left out" in told.out
    fast = '[[rule]]\nname = "fast"\nkind = "rate"\nseries = "oven.*"\nwindow = "5min"\nabove = 3\n'
    (folder / "more.toml").write_text(RULES + fast)
    assert main(["alarms", "export", "more.toml"]) == 0
    assert "'fast' is left out: PromQL has no rate of several names at once; --on STORE says" in capsys.readouterr().err
    assert main(["alarms", "export", "more.toml", "--on", "store"]) == 0
    told = capsys.readouterr()
    assert "deriv(oven_heat[5m])" in told.out
    assert told.err == ""
    other = '[[rule]]\nname = "other"\nseries = "oven.heta"\nabove = 3\n'
    kelvin = '[[rule]]\nname = "kelvin"\nseries = "oven.heat"\nunit = "K"\nabove = 3\n'
    (folder / "more.toml").write_text(RULES + other + kelvin)
    assert main(["alarms", "export", "more.toml", "--on", "store"]) == 0
    told = capsys.readouterr()
    assert "the rule 'other': unknown series 'oven.heta'; there are: oven.heat; it is exported as it is" in told.err
    assert "the rule 'kelvin' is in 'K', and oven.heat in 'degC'; it is exported as it is" in told.err
    assert "oven_heta > 3" in told.out


def test_options_that_mean_nothing_are_refused(folder):
    assert {name for names in OPTIONS.values() for name in names} | {"action"} == {a.name for a in VERBS["alarms"].arguments}
    with pytest.raises(OptionError, match="--since has no meaning for alarms check"):
        alarms("check", "alarms.toml", since="2026-11-01T00:00:00Z")
    with pytest.raises(OptionError, match="alarms test needs a file"):
        alarms("test")
    with pytest.raises(EngineError, match="no engine runs"):
        alarms("status")


def test_status_and_silence_of_the_running_engine(folder):
    with AnalyticsEngine("memory:", alarms="alarms.toml", inline=True) as engine:
        _running[:] = [engine]
        try:
            at = np.datetime64("2026-11-01T00:00:00", "s") + np.arange(5) * np.timedelta64(10, "s")
            engine.emit_many("oven.heat", [95.0] * 5, at, unit="degC", tz="UTC")
            table = alarms("status")
            assert table[["alarm", "state", "summary"]].values.tolist() == [["hot", "firing", "oven.heat at 95 degC"]]
            assert table["muted"].tolist() == [False]
            with pytest.raises(
                OptionError, match=r"until 2026-10-31 00:00:00\+00:00 is over: the samples are at 2026-11-01 00:00:40"
            ):
                alarms("silence", until="2026-10-31T00:00:00Z", matchers={"alarm": "hot"})
            assert alarms("silence", until="2026-11-02T00:00:00Z", matchers={"alarm": "hot"})["muted"].tolist() == [True]
            assert len(engine._line.watch.router.silences) == 1
            with pytest.raises(OptionError, match="last for ever"):
                alarms("silence", matchers={"alarm": "hot"})
            with pytest.raises(OptionError, match="nothing says what is silenced"):
                alarms("silence", until="2026-11-02T00:00:00Z")
            with pytest.raises(TimeError, match="'2026-11-02T00:00:00' has no zone") as raised:
                alarms("silence", until="2026-11-02T00:00:00", matchers={"alarm": "hot"})
            assert "tz=" not in raised.value.hint
        finally:
            _running.clear()


def test_an_engine_is_started_with_rules(folder):
    from nsi_notebook.commands.engine import engine

    engine("start", alarms="alarms.toml", inline=True)
    try:
        assert alarms("status").empty
        _running[0].emit_many("oven.heta", [20.0], ["2026-11-01T00:00:00Z"])
        with pytest.warns(NsiWarning) as caught:
            alarms("status")
        assert "the rule 'hot' watches nothing: no series 'oven.heat' came so far" in str(caught[0].message)
    finally:
        engine("stop")
    with pytest.raises(OptionError, match="--alarms has no meaning for engine stop"):
        engine("stop", alarms="alarms.toml")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["alarms", "backtest", "alarms.toml", "--store", "store"], "did you mean '--on'?"),
        (["sql", "select 1", "--on", "store"], "did you mean '--store'?"),
    ],
)
def test_the_flag_of_a_store_is_said_where_another_verb_has_the_other(folder, capsys, line, said):
    assert main(line) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(("line", "flag"), [(["alarms", "backtest", "alarms.toml"], "--on"), (["sql", "select 1"], "--store")])
def test_who_names_no_store_is_told_the_flag(folder, capsys, line, flag):
    assert main(line) != 0
    assert f"hint: {flag} folder; or start one" in capsys.readouterr().err


def test_names_that_prometheus_has_otherwise_are_said(folder, capsys):
    assert main(["alarms", "export", "alarms.toml"]) == 0
    assert capsys.readouterr().out.startswith("# oven.heat is oven_heat here\n")
