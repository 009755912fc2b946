"""From a file of rules to a web server that answers: told once, kept while nobody answers, over kills and restarts."""

from __future__ import annotations

import http.server
import json
import signal
import socket
import subprocess
import sys
import threading

import numpy as np
import pytest

from nsi_notebook.analytics import AnalyticsEngine, TimeSeriesDatabase
from nsi_notebook.analytics.processors.alarms import Alarms, Router, Rules
from nsi_notebook.commands.alarms import alarms
from nsi_notebook.commands.running import _running
from nsi_notebook.errors import FileError, NsiWarning, OptionError, UnknownNameError

NOON = np.datetime64("2026-11-26T12:00:00")
RULES = """
[alarms]
tries = 2
wait = "10ms"

[[rule]]
name = "hot"
series = "oven.heat"
above = 90
exit = 80
labels = {severity = "page"}
annotations = {summary = "{value:.0f} {unit}"}

[[deliver]]
channel = "webhook"
url_env = "NSI_WEBHOOK_URL"
token_env = "NSI_WEBHOOK_TOKEN"
timeout = 5
"""


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps what is posted to it."""

    allow_reuse_address = True

    def __init__(self, port=0):
        self.posts, self.heads = [], []
        super().__init__(("127.0.0.1", port), Taking)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *details):
        self.shutdown()
        self.server_close()


class Taking(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.server.heads.append(self.headers)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def port(tmp_path, monkeypatch):
    """A free port, which the environment names as that of the webhook; rules are in the folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "alarms.toml").write_text(RULES)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    monkeypatch.setenv("NSI_WEBHOOK_URL", f"http://127.0.0.1:{number}/hook")
    monkeypatch.setenv("NSI_WEBHOOK_TOKEN", "shh")
    return number


def heated(engine, levels, first=0):
    for second, level in enumerate(levels, first):
        engine.emit_many("oven.heat", [level], [NOON + np.timedelta64(second, "s")], unit="degC", tags={"line": "3"}, tz="UTC")


@pytest.mark.parametrize("inline", [False, True])
def test_what_rules_of_a_file_say_reaches_a_webhook_and_its_end_too(port, inline):
    told = []
    with (
        Receiver(port) as receiver,
        AnalyticsEngine("memory:", alarms="alarms.toml", deliver=[told.append], inline=inline) as engine,
    ):
        heated(engine, [20, 95, 96, 70, 20])
        assert engine.outbox.flush(20)
        assert engine.outbox.failures == ()
        status = engine.status()
    assert status.delivery["webhook"] == "2 sent"
    assert ("alarms to list.append", "2 sent") in status.rows()
    first, second = receiver.posts
    assert (first["version"], first["status"], second["status"]) == ("4", "firing", "resolved")
    assert first["groupLabels"]["alertname"] == "hot"
    (fired,), (over,) = first["alerts"], second["alerts"]
    assert fired["annotations"] == {"summary": "95 degC", "value": "95 degC"}
    assert (fired["startsAt"], over["endsAt"]) == ("2026-11-26T12:00:01Z", "2026-11-26T12:00:03Z")
    assert fired["fingerprint"] == over["fingerprint"]
    assert fired["labels"] == {"alertname": "hot", "alarm": "hot", "series": "oven.heat", "line": "3", "severity": "page"}
    assert receiver.heads[0]["Authorization"] == "Bearer shh"
    assert [each.state for each in told] == ["firing", "resolved"]


def test_each_channel_is_told_of_the_alerts_that_it_is_for(port, tmp_path):
    """Also where they are grouped with others; over a restart nobody is told a second time."""
    mild = '[[rule]]\nname = "warm"\nseries = "oven.heat"\nabove = 50\n'
    rules = RULES.replace('wait = "10ms"', 'wait = "10ms"\ngroup_by = ["line"]').replace("[[deliver]]", mild + "[[deliver]]")
    (tmp_path / "alarms.toml").write_text(rules + 'match = {severity = "pa*"}\n')
    told = []
    for first, levels in ((0, [20, 60, 95]), (3, [20])):
        with Receiver(port) as receiver, AnalyticsEngine("run", alarms="alarms.toml", deliver=[told.append]) as engine:
            heated(engine, levels, first)
            assert engine.outbox.flush(20)
        names = [[(alert["labels"]["alarm"], alert["status"]) for alert in post["alerts"]] for post in receiver.posts]
        assert names == [[("hot", "resolved" if first else "firing")]]
        assert receiver.posts[0]["commonLabels"]["severity"] == "page"
    assert [[alert.labels["alarm"] for alert in each.alerts] for each in told] == [["warm"], ["warm", "hot"], ["warm", "hot"]]


def test_check_and_tests_of_rules_say_who_is_told(port, tmp_path):
    mild = '[[rule]]\nname = "warm"\nseries = "oven.*"\nabove = 50\nlabels = {severity = "note"}\n'
    more = 'match = {severity = "page", line = "3"}\n[[deliver]]\nchannel = "log"\nmatch = {alarm = "h*"}\n'
    (tmp_path / "alarms.toml").write_text(RULES.replace("[[deliver]]", mild + "[[deliver]]") + more)
    with pytest.warns(NsiWarning, match="nobody is told of the rule 'warm': no channel matches its labels"):
        assert alarms("check", "alarms.toml")["told"].tolist() == ["webhook if line=3, log", "nobody"]
    series = '[[test.series]]\nname = "oven.heat"\nunit = "degC"\nevery = "10s"\nvalues = "20 95"\ntags = {line = "%s"}\n'
    steps = [
        '{at = "10s", rule = "hot", state = "firing", to = [%s]}',
        '{at = "10s", rule = "warm", state = "firing", to = []}',
    ]
    text = 'rules = "alarms.toml"\n[[test]]\nexpect = [' + ", ".join(steps) + "]\n" + series
    for to, line, passes in (('"log", "webhook"', 3, True), ('"log"', 3, False), ('"log"', 4, True)):
        (tmp_path / "tests.toml").write_text(text % (to, line))
        found = alarms("test", "tests.toml")
        assert found.ok == passes
        if not passes:
            assert 'happened, not expected:   10s hot firing at oven.heat{line="3"}, told to log, webhook' in repr(found)
    for old, new, said in (
        ("[]", '["loq"]', "unknown channel 'loq'"),
        ('"firing", to = []', '"pending", to = []', "nobody is told"),
    ):
        (tmp_path / "tests.toml").write_text((text % ("", 3)).replace(old, new))
        with pytest.raises((OptionError, UnknownNameError), match=said):
            alarms("test", "tests.toml")


def test_nobody_there_is_kept_over_a_restart_shown_and_sent_again(port, tmp_path):
    with AnalyticsEngine("run", alarms="alarms.toml") as engine:
        heated(engine, [20, 95, 96])
        assert engine.outbox.flush(20)
        (failure,) = engine.outbox.failures
        assert failure.tries == 2
        assert "1 not delivered; webhook to" in str(engine.status())
        _running[:] = [engine]
        try:
            with pytest.warns(NsiWarning, match="refused: a notification was not delivered"):
                assert alarms("status")["alarm"].tolist() == ["hot"]
            assert alarms("failures")["notification"].tolist() == ["firing, alarm=hot: 95 degC"]
        finally:
            _running.clear()
    assert alarms("failures", on="run")["tries"].tolist() == [2]
    with AnalyticsEngine("run", alarms="alarms.toml") as engine:
        assert [each.reason for each in engine.outbox.failures] == [failure.reason]
        heated(engine, [70], 3)
        assert engine.outbox.flush(20)
        assert len(engine.outbox.failures) == 2
        with Receiver(port) as receiver:
            _running[:] = [engine]
            try:
                assert alarms("resend").empty
            finally:
                _running.clear()
        assert [post["status"] for post in receiver.posts] == ["firing", "resolved"]
        assert engine.outbox.failures == ()
    assert alarms("failures", on="run").empty


def test_a_command_sends_again_what_an_engine_could_not(port, tmp_path):
    with AnalyticsEngine("run", alarms="alarms.toml", inline=True) as engine:
        heated(engine, [95])
    with Receiver(port) as receiver:
        assert alarms("resend", "alarms.toml", on="run").empty
    assert len(receiver.posts) == 1
    with pytest.raises(OptionError, match="--on needs the rules"):
        alarms("resend", on="run")


KILLED = """
import os, signal
import numpy as np
from nsi_notebook.analytics import AnalyticsEngine
engine = AnalyticsEngine("run", alarms="alarms.toml").start()
for second, level in enumerate([20, 95, 96, 70, 20, 95]):
    time = np.datetime64("2026-11-26T12:00:00") + np.timedelta64(second, "s")
    engine.emit_many("oven.heat", [level], [time], unit="degC", tags={"line": "3"}, tz="UTC")
engine.outbox.flush(20)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_an_engine_that_was_killed_tells_nobody_twice(port, tmp_path):
    seen = []
    with Receiver(port) as receiver:
        killed = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True, timeout=120)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert [post["status"] for post in receiver.posts] == ["firing", "resolved", "firing"]
        engine = AnalyticsEngine("run", alarms="alarms.toml")
        engine.events.subscribe("notifications", lambda event: seen.append(event.payload))
        with engine:
            heated(engine, [70], 6)
            assert engine.outbox.flush(20)
        assert [each.state for each in seen] == ["firing", "resolved", "firing", "resolved"]  # events are told at least once
        assert [post["status"] for post in receiver.posts] == ["firing", "resolved", "firing", "resolved"]


EARLY = """
import os, signal
import numpy as np
from nsi_notebook.analytics import AnalyticsEngine
engine = AnalyticsEngine("run", alarms="alarms.toml").start()
for second, level in enumerate([20, 20, 95, 95, 95]):
    time = np.datetime64("2026-11-26T12:00:00") + np.timedelta64(second, "s")
    engine.emit("oven.heat", level, time, {"line": "3"}, unit="degC", tz="UTC")
engine.flush()
engine.outbox.flush(20)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("before", [False, True])
def test_an_engine_that_was_killed_after_its_first_flush_is_caught_up_with(port, tmp_path, before):
    """And nobody is told of what the store had before there were rules."""
    if before:
        with TimeSeriesDatabase(tmp_path / "run") as db, AnalyticsEngine(db, inline=True) as engine:
            heated(engine, [99, 99], -60)
    with Receiver(port) as receiver:
        killed = subprocess.run([sys.executable, "-c", EARLY], capture_output=True, text=True, timeout=120)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert [post["status"] for post in receiver.posts] == ["firing"]
        with AnalyticsEngine("run", alarms="alarms.toml") as engine:
            heated(engine, [95, 95, 30], 5)
            assert engine.outbox.flush(20)
        assert [post["status"] for post in receiver.posts] == ["firing", "resolved"]
        assert receiver.posts[-1]["alerts"][0]["startsAt"] == receiver.posts[0]["alerts"][0]["startsAt"]
        assert receiver.posts[0]["alerts"][0]["startsAt"].startswith("2026-11-26T12:00:02")


WAITS = KILLED.replace('"run"', "sys.argv[1]").replace("engine.outbox.flush(20)", "").replace("import os", "import os, sys")


def test_what_waits_for_a_channel_is_kept_beside_a_store_on_a_server_where_rules_name_a_file(port, tmp_path, postgres):
    address = postgres.address()
    with pytest.warns(NsiWarning, match="is lost, as the store has no folder for it"):
        AnalyticsEngine(address, alarms="alarms.toml").start().stop()
    with pytest.raises(FileError, match="has no folder, and keeps nothing"):
        alarms("failures", on=address)
    with pytest.raises(OptionError, match="these rules name no outbox"):
        alarms("failures", "alarms.toml")
    slow = RULES.replace("tries = 2", 'tries = 9\noutbox = "told.sqlite"').replace('wait = "10ms"', 'wait = "1min"')
    (tmp_path / "alarms.toml").write_text(slow)  # as the process that is killed reads them
    killed = subprocess.run([sys.executable, "-c", WAITS, address], capture_output=True, text=True, timeout=120)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (tmp_path / "told.sqlite").exists()
    with Receiver(port) as receiver, AnalyticsEngine(address, alarms=tmp_path / "alarms.toml") as engine:
        assert engine.outbox.flush(20)
    assert [post["status"] for post in receiver.posts] == ["firing", "resolved", "firing"]
    assert alarms("failures", "alarms.toml").empty
    assert alarms("resend", "alarms.toml").empty


@pytest.mark.parametrize("kind", ["run", "memory:"])
def test_the_state_is_stored_when_an_engine_stops(tmp_path, monkeypatch, kind):
    """Without a sample that follows; so that what begins again says nothing a second time."""
    monkeypatch.chdir(tmp_path)
    rules = {"rule": [{"name": "hot", "series": "oven.heat", "above": 90}]}
    seen = []
    with TimeSeriesDatabase(kind) as db:
        for _ in range(2):
            engine = AnalyticsEngine(db, alarms=rules, inline=True)
            engine.events.subscribe("alarms.hot", lambda event: seen.append(event.payload.after))
            with engine:
                if not seen:
                    heated(engine, [20, 95])
                assert [alert.state for alert in engine.alarms.active] == ["firing"]
            assert not engine.status().failures
    assert seen == ["firing"]


@pytest.mark.parametrize(
    ("old", "new", "kind", "word"),
    [
        ('channel = "webhook"', 'channel = "webhok"', UnknownNameError, "alarms.toml: deliver 1: unknown channel 'webhok'"),
        ("timeout = 5", "timeot = 5", UnknownNameError, "deliver 1: unknown option of the channel webhook 'timeot'"),
        ("timeout = 5", "timeout = 0", OptionError, "deliver 1: timeout is 0"),
        ("timeout = 5", 'timeout_env = "A"', UnknownNameError, "unknown option of the channel webhook 'timeout_env'"),
        ('url_env = "NSI_WEBHOOK_URL"', "", OptionError, "deliver 1: a webhook has no url"),
        ('token_env = "NSI_WEBHOOK_TOKEN"', 'token = "abc"', OptionError, "deliver 1: token is secret"),
        ("[[deliver]]", "[deliver]", OptionError, "deliver is a"),
        ("timeout = 5", "match = 5", OptionError, "deliver 1: match: match is 5"),
        ("timeout = 5", "match = {line = 3}", OptionError, "deliver 1: match: match: line is 3"),
        ("timeout = 5", 'match = {alarm = "hto"}', UnknownNameError, "deliver 1: match: unknown rule 'hto'"),
        ("timeout = 5", 'match = {severity = "pgae"}', UnknownNameError, "deliver 1: match: unknown severity 'pgae'"),
        ("tries = 2", "tries = 0", OptionError, "[alarms]: tries is 0"),
        ('wait = "10ms"', 'wait = "soon"', Exception, "no duration"),
    ],
)
def test_what_is_wrong_in_deliver_is_said_with_its_place(port, tmp_path, old, new, kind, word):
    assert old in RULES
    (tmp_path / "alarms.toml").write_text(RULES.replace(old, new))
    with pytest.raises(kind) as caught:
        Rules.read(tmp_path / "alarms.toml")
    assert word in caught.value.message


def test_a_variable_that_is_not_set_stops_an_engine_and_no_check(port, tmp_path, monkeypatch):
    monkeypatch.delenv("NSI_WEBHOOK_URL")
    with pytest.raises(OptionError, match="deliver 1: url_env names NSI_WEBHOOK_URL, which is not set"):
        AnalyticsEngine("run", alarms="alarms.toml").start()
    with pytest.warns(NsiWarning, match="NSI_WEBHOOK_URL is not set in the environment"):
        assert len(alarms("check", "alarms.toml")) == 1
    assert "# deliver: of Alertmanager" in alarms("export", "alarms.toml").text
    with TimeSeriesDatabase("history") as db:
        engine = AnalyticsEngine(db, inline=True).start()
        heated(engine, [20, 95, 20])
    assert alarms("backtest", "alarms.toml", on="history").rates[0].firings == 1
    with pytest.raises(OptionError, match="there are channels, and no rules"):
        AnalyticsEngine(deliver=[print])


def test_an_identity_is_that_of_what_was_seen_not_of_how_it_came():
    """Notifications that a replay gives have the identities of those that came sample by sample."""
    rules = Rules.of({"alarms": {"repeat": "5s"}, "rule": [{"name": "hot", "series": "oven.heat", "above": 90}]})
    from nsi_notebook.analytics.core.batch import Batch

    levels = np.where(np.arange(60) % 20 < 12, 95.0, 20.0)
    times = NOON + np.arange(60).astype("m8[s]")
    found = []
    for size in (1, 7, 60):
        machine, router = Alarms(rules), Router(rules)
        told = []
        for i in range(0, 60, size):
            steps = machine.push(Batch.of("oven.heat", levels[i : i + size], times[i : i + size], tz="UTC"))
            told += [each.identity for each in router.take(steps, machine.watermark)]
        found.append(told)
    assert found[0] == found[1] == found[2]
    assert len(set(found[0])) == len(found[0]) == 12
