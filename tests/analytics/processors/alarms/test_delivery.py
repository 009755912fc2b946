"""Notifications to real receivers: a server of this process, Apprise, the log, a cell."""

from __future__ import annotations

import http.server
import json
import logging
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from nsi_notebook.analytics.processors.alarms import Alert, Notification
from nsi_notebook.analytics.processors.alarms.channels import channel_of
from nsi_notebook.analytics.processors.alarms.channels.notebook import Notebook
from nsi_notebook.analytics.processors.alarms.channels.webhook import Webhook, payload
from nsi_notebook.analytics.processors.alarms.delivery import Outbox
from nsi_notebook.analytics.processors.alarms.kept import MOST
from nsi_notebook.errors import DeliveryError, FileError, MissingExtraError, OptionError, UnknownNameError

NOON = 1_795_694_400_000_000  # 2026-11-26T12:00:00Z
HOT = Alert(
    {"alarm": "hot", "series": "oven.heat", "line": "3"}, {"summary": "too hot"}, "firing", NOON, value=251.5, unit="degC"
)
OVER = Alert({"alarm": "hot", "series": "oven.heat", "line": "4"}, {"summary": "too hot"}, "resolved", NOON, NOON + 60_000_000)
NEWS = Notification(NOON, {"alarm": "hot"}, (HOT, OVER))


class Receiver(http.server.ThreadingHTTPServer):
    """Answers what it is told to, then 200, and keeps what was posted."""

    def __init__(self, answers):
        self.answers, self.posts, self.heads = list(answers), [], []
        super().__init__(("127.0.0.1", 0), Answering)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/hook/secret-part"


class Answering(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        code, more = self.server.answers.pop(0) if self.server.answers else (200, {})
        if code == 200:
            self.server.posts.append(json.loads(body))
            self.server.heads.append(self.headers)
        self.send_response(code)
        for key, value in more.items():
            self.send_header(key, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def receiver(request):
    server = Receiver(getattr(request, "param", []))
    yield server
    server.shutdown()
    server.server_close()


def test_a_webhook_posts_what_alertmanager_posts(receiver):
    """The fields of version 4, as the Prometheus documentation of the webhook receiver lists them."""
    with Outbox(Webhook(receiver.url, token="shh")) as outbox:
        outbox.take(NEWS)
    (post,) = receiver.posts
    assert set(post) == {
        "version", "groupKey", "truncatedAlerts", "status", "receiver", "groupLabels", "commonLabels", "commonAnnotations",
        "externalURL", "alerts",
    }  # fmt: skip
    assert (post["version"], post["status"], post["groupLabels"]) == ("4", "firing", {"alertname": "hot", "alarm": "hot"})
    assert post["commonLabels"] == {"alertname": "hot", "alarm": "hot", "series": "oven.heat"}
    assert post["commonAnnotations"] == {"summary": "too hot"}
    first, second = post["alerts"]
    assert set(first) == {"status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint"}
    assert (first["status"], first["startsAt"], first["endsAt"]) == ("firing", "2026-11-26T12:00:00Z", "0001-01-01T00:00:00Z")
    assert first["annotations"]["value"] == "251.5 degC"
    assert (second["status"], second["endsAt"]) == ("resolved", "2026-11-26T12:01:00Z")
    assert first["fingerprint"] == HOT.fingerprint != second["fingerprint"]
    assert receiver.heads[0]["Authorization"] == "Bearer shh"
    assert receiver.heads[0]["Content-Type"] == "application/json"


def test_a_group_without_alerts_has_nothing_in_common():
    told = payload(Notification(NOON, {}, ()), "somebody")
    assert (told["commonLabels"], told["groupKey"], told["status"]) == ({}, "{}:{}", "resolved")


@pytest.mark.parametrize("receiver", [[(503, {}), (429, {"Retry-After": "0"}), (500, {})]], indirect=True)
def test_what_may_go_through_later_is_sent_again(receiver):
    with Outbox(Webhook(receiver.url), wait=0.01) as outbox:
        outbox.take(NEWS)
        assert outbox.flush(20)
        assert outbox.failures == ()
        row = outbox.table().iloc[0]
    assert (row["sent"], row["tried again"], row["failed"]) == (1, 3, 0)
    assert len(receiver.posts) == 1


@pytest.mark.parametrize("receiver", [[(404, {})], [(302, {"Location": "/elsewhere"})]], indirect=True)
def test_what_will_never_go_through_is_kept_at_once_and_can_be_sent_again(receiver, tmp_path):
    path = tmp_path / "outbox.sqlite"
    with Outbox(Webhook(receiver.url), wait=60, keep=path) as outbox:
        outbox.take(NEWS)
        assert outbox.flush(20)
        (failure,) = outbox.failures
        assert (failure.tries, failure.notification) == (1, NEWS)
        assert "webhook to 127.0.0.1" in failure.reason
        assert "secret-part" not in repr(outbox) + failure.reason + outbox._repr_html_()
    assert b"secret-part" not in path.read_bytes()
    with Outbox(Webhook(receiver.url), keep=path) as outbox:  # another process
        (again,) = outbox.failures
        assert (again.reason, again.tries, again.time) == (failure.reason, 1, failure.time)
        assert again.notification.to_dict() == NEWS.to_dict()
        assert outbox.states() == {"webhook": f"0 sent, 1 not delivered; {failure.reason}"}
        outbox.take(NEWS)  # which was taken before
        assert outbox.retry() == 1
        assert outbox.flush(20)
        assert outbox.failures == ()
    assert len(receiver.posts) == 1
    with Outbox(Webhook(receiver.url), keep=path) as outbox:
        outbox.take(NEWS)
        assert outbox.resume() == outbox.retry() == 0
    assert len(receiver.posts) == 1


def test_what_waited_when_a_process_was_killed_is_sent_by_the_next_in_order_and_once(receiver, tmp_path):
    path = tmp_path / "outbox.sqlite"
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path), receiver.url], capture_output=True, text=True, timeout=60)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert [post["groupLabels"]["alarm"] for post in receiver.posts] == ["0"]
    told = []
    with Outbox(Webhook(receiver.url), told.append, keep=path) as outbox:
        for number in range(4):  # what rules say again as they see the samples again, and one that is new
            outbox.take(Notification(NOON + number, {"alarm": str(number)}, (HOT,)))
        assert outbox.resume() == 2
    assert sorted(post["groupLabels"]["alarm"] for post in receiver.posts) == ["0", "1", "2", "3"]
    assert len(told) == 4  # a channel that was not there before


KILLED = f"""
import os, signal, sys, threading
from nsi_notebook.analytics.processors.alarms import Alert, Notification
from nsi_notebook.analytics.processors.alarms.channels.webhook import Webhook
from nsi_notebook.analytics.processors.alarms.delivery import Outbox
hot = Alert({dict(HOT.labels)}, {dict(HOT.annotations)}, "firing", {NOON}, value=251.5, unit="degC")
posted = threading.Event()
class Slow(Webhook):
    def send(self, notification):
        if posted.is_set():
            threading.Event().wait()
        super().send(notification)
        posted.set()
Slow.__name__ = "Webhook"
outbox = Outbox(Slow(sys.argv[2]), keep=sys.argv[1])
for number in range(3):
    outbox.take(Notification({NOON} + number, {{"alarm": str(number)}}, (hot,)))
posted.wait(30)
while outbox.table()["sent"].item() < 1:
    pass
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_is_of_a_channel_that_is_no_more_stays_and_is_shown(tmp_path):
    path = tmp_path / "outbox.sqlite"

    def gone(notification):
        raise DeliveryError("no")

    with Outbox(gone, gone, keep=path) as outbox:
        outbox.take(NEWS)
        assert list(outbox.states()) == [gone.__qualname__, f"{gone.__qualname__} 2"]
    told = []
    with Outbox(told.append, keep=path) as outbox:
        assert [failure.reason for failure in outbox.failures] == ["no", "no"]
        assert outbox.retry() == 0
        assert outbox.states()["channels that are no more"] == "2 not delivered"
        assert outbox.channels[0].name == "list.append"


@pytest.mark.parametrize("kept", [False, True])
def test_nobody_is_told_that_something_fires_whose_end_was_told(tmp_path, kept):
    """Of a group of two the beginning did not go through, and the end of one did: again it is sent of the other only."""
    keep = tmp_path / "outbox.sqlite" if kept else None
    door = replace(HOT, labels=HOT.labels | {"alarm": "door"})
    begin = Notification(NOON, {}, (HOT, door))
    end = Notification(NOON + 60, {}, (replace(HOT, state="resolved", ends=NOON + 60),))
    off, told = [True], []

    def pager(notification):
        if off and off.pop():
            raise DeliveryError("off")
        told.append([(alert.labels["alarm"], alert.state) for alert in notification.alerts])

    outbox = Outbox(pager, keep=keep, inline=True)
    for news in (begin, end):
        outbox.take(news)
    if kept:
        outbox.close()
        outbox = Outbox(pager, keep=keep, inline=True)
    assert [failure.notification.to_dict() for failure in outbox.failures] == [begin.to_dict()]
    assert outbox.retry() == 1
    assert told == [[("hot", "resolved")], [("door", "firing")]]
    off.append(True)
    outbox.take(replace(begin, time=NOON + 70, alerts=(HOT,)))
    outbox.take(replace(end, time=NOON + 80))
    assert outbox.retry() == 0
    assert outbox.failures == ()
    outbox.close()


def test_news_of_as_many_alerts_as_the_file_holds_are_remembered_the_latest_ones():
    """However many alerts there were: of those told last nobody is told that they fire, of one long ago it is."""
    many = [replace(HOT, labels=HOT.labels | {"line": str(number)}) for number in range(MOST + 2)]
    off, told = [True], []

    def pager(notification):
        if off and off.pop():
            raise DeliveryError("off")
        told.append([alert.labels["line"] for alert in notification.alerts])

    outbox = Outbox(pager, inline=True)
    outbox.take(Notification(NOON, {}, (many[0], many[1], many[-1])))
    for at, alerts in ((NOON + 60, many[:2]), (NOON + 120, many[2:]), (NOON + 180, many[:1])):
        outbox.take(Notification(at, {}, tuple(replace(alert, state="resolved", ends=at) for alert in alerts)))
    told.clear()
    assert outbox.retry() == 1
    assert told == [["1"]]
    outbox.close()


def test_without_threads_it_is_sent_in_the_call_and_once():
    told, tried = [], []

    def fails(notification):
        tried.append(notification)
        raise DeliveryError("no", again=True)

    outbox = Outbox(told.append, fails, wait=60, inline=True)
    outbox.take(NEWS)
    assert (told, tried, len(outbox.failures)) == ([NEWS], [NEWS], 1)
    assert threading.active_count() == len([t for t in threading.enumerate() if not t.name.startswith("nsi-alarms")])
    outbox.retry()
    assert len(tried) == 2


def test_what_is_written_is_what_is_read():
    told = json.loads(json.dumps(NEWS.to_dict()))
    again = Notification.from_dict(told)
    assert again.to_dict() == NEWS.to_dict()
    assert again.identity == NEWS.identity != Notification(NOON, {"alarm": "hot"}, (HOT,)).identity


def test_nobody_there_is_tried_then_kept_and_shown(caplog):
    server = Receiver([])
    url = server.url
    server.shutdown()
    server.server_close()
    with caplog.at_level(logging.WARNING), Outbox(Webhook(url, timeout=2), tries=3, wait=0.01) as outbox:
        outbox.take(NEWS)
        assert outbox.flush(30)
        (failure,) = outbox.failures
        assert failure.tries == 3
        assert "refused" in failure.reason
        assert "refused" in outbox._repr_html_()
        assert repr(outbox).endswith("; 1 not sent)")
    assert "a notification was not sent" in caplog.text


def test_an_answer_that_never_comes_is_too_late():
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        hook = Webhook(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2)
        with pytest.raises(DeliveryError, match="timed out") as caught:
            hook.send(NEWS)
    assert caught.value.again


@pytest.mark.parametrize(
    ("said", "wanted"), [("120", (120, 120)), ("Thu, 26 Nov 2126 12:00:00 GMT", (1e9, 1e11)), ("soon", None), (None, None)]
)
def test_the_other_side_may_say_how_long_to_wait(said, wanted):
    server = Receiver([(429, {} if said is None else {"Retry-After": said})])
    with pytest.raises(DeliveryError) as caught:
        Webhook(server.url).send(NEWS)
    server.shutdown()
    server.server_close()
    assert caught.value.wait is None if wanted is None else wanted[0] <= caught.value.wait <= wanted[1]


def test_a_channel_that_hangs_or_raises_holds_up_nobody_else():
    open_, told = threading.Event(), []

    def hangs(notification):
        open_.wait(30)

    def raises(notification):
        raise ValueError("broken\nin two lines")

    with Outbox(hangs, raises, told.append, tries=2, wait=0.01) as outbox:
        for _ in range(3):
            outbox.take(NEWS)
        end = time.monotonic() + 20
        while (len(told) < 3 or len(outbox.failures) < 3) and time.monotonic() < end:
            time.sleep(0.01)
        assert told == [NEWS] * 3
        assert not outbox.flush(0.01)
        assert {failure.reason for failure in outbox.failures} == {
            "test_a_channel_that_hangs_or_raises_holds_up_nobody_else.<locals>.raises: ValueError: broken"
        }
        open_.set()
        assert outbox.flush(20)


def test_what_is_left_at_the_end_or_too_much_is_kept():
    open_, begun = threading.Event(), threading.Event()

    def waits(notification):
        begun.set()
        open_.wait(30)

    outbox = Outbox(waits, capacity=2)
    outbox.take(NEWS)
    assert begun.wait(20)
    for _ in range(3):
        outbox.take(NEWS)
    assert [failure.reason for failure in outbox.failures] == ["more than 2 wait"]
    threading.Timer(0.2, open_.set).start()
    outbox.close(timeout=0)
    assert [failure.reason for failure in outbox.failures][1:] == ["the outbox was closed"] * 2


@pytest.mark.parametrize("inline", [False, True])
def test_a_closed_outbox_keeps_what_failed_and_what_comes_later(inline):
    got, works = [], threading.Event()

    def sends(notification):
        if not works.is_set():
            raise DeliveryError("down")
        got.append(notification)

    outbox = Outbox(sends, tries=1, inline=inline)
    outbox.take(NEWS)
    outbox.close()
    works.set()
    later = replace(NEWS, time=NOON + 1)
    outbox.take(later)
    assert outbox.retry() == 0
    assert [(each.notification, each.reason) for each in outbox.failures] == [(NEWS, "down"), (later, "the outbox was closed")]
    assert (got, outbox.table()["waiting"].item(), outbox.flush(0)) == ([], 0, True)


def test_what_comes_after_the_end_is_not_taken_as_if_its_file_were_damaged(tmp_path, caplog):
    outbox = Outbox(print, keep=tmp_path / "outbox.sqlite")
    outbox.close()
    outbox.take(NEWS)
    assert [record.getMessage() for record in caplog.records] == [
        "a notification was not sent by print: the outbox was closed; `alarms failures` lists all"
    ]


def test_a_file_that_cannot_be_used_is_said(tmp_path):
    with pytest.raises(FileError, match="cannot keep notifications"):
        Outbox(keep=tmp_path / "absent" / "outbox.sqlite")
    (tmp_path / "text").write_text("no file of SQLite, however long it may be" * 100)
    with pytest.raises(FileError, match="not a database"):
        Outbox(keep=tmp_path / "text")


def test_four_that_open_a_new_file_at_once_wait_for_each_other(tmp_path):
    together = threading.Barrier(4)

    def open_and_take(number):
        together.wait()
        with Outbox(lambda notification: None, keep=tmp_path / f"{number}.sqlite") as outbox:
            outbox.take(NEWS)
        return outbox.failures

    with ThreadPoolExecutor(4) as threads:
        assert all(failures == () for number in range(25) for failures in threads.map(open_and_take, [number] * 4))


def test_a_file_that_cannot_be_written_any_more_costs_nothing_else(tmp_path, caplog):
    told = []
    with caplog.at_level(logging.WARNING), Outbox(told.append, keep=tmp_path / "outbox.sqlite") as outbox:
        outbox._kept.close()
        outbox.take(NEWS)
        assert outbox.flush(20)
    assert told == [NEWS]
    assert "cannot keep notifications" in caplog.text


def test_apprise_sends_to_its_addresses(receiver, monkeypatch):
    monkeypatch.setenv("ALARMS", receiver.url.replace("http://", "json://"))
    channel = channel_of({"channel": "apprise", "url_env": "ALARMS"})
    assert channel.name == "apprise to json"
    assert "secret-part" not in repr(channel)
    channel.send(NEWS)
    channel.send(Notification(NOON, {"alarm": "hot"}, (OVER,)))
    assert [post["type"] for post in receiver.posts] == ["warning", "success"]
    assert receiver.posts[0]["title"] == "firing, alarm=hot"
    assert receiver.posts[0]["message"] == "too hot; too hot (resolved)"


@pytest.mark.parametrize("receiver", [[(500, {})]], indirect=True)
def test_apprise_says_when_it_failed(receiver, monkeypatch):
    monkeypatch.setenv("ALARMS", receiver.url.replace("http://", "json://"))
    with pytest.raises(DeliveryError, match="was not taken") as caught:
        channel_of({"channel": "apprise", "url_env": "ALARMS"}).send(NEWS)
    assert caught.value.again


def test_a_notification_names_what_is_so_and_leaves_out_labels_that_nothing_has():
    labels, bare = {"alarm": "silent", "series": "kiln.flow"}, replace(HOT, annotations={}, labels={"alarm": "hot"})
    silent = replace(bare, labels=labels, state="no_data")
    assert str(Notification(NOON, {"line": ""}, (replace(silent, state="firing"),))) == "firing: silent, kiln.flow"
    assert str(Notification(NOON, {"a": "", "b": "3"}, (bare, silent))) == "firing, b=3: hot; silent, kiln.flow (no_data)"
    assert str(Notification(NOON, {}, (replace(silent, state="resolved"),))) == "resolved: silent, kiln.flow"
    lines = tuple(replace(HOT, annotations={}, labels={**HOT.labels, "line": line}) for line in "34")
    told = "firing, alarm=hot: hot, oven.heat, line=3; hot, oven.heat, line=4"
    assert str(Notification(NOON, {"alarm": "hot"}, lines)) == told


def test_the_log_warns_of_what_is_active(caplog):
    channel = channel_of({"channel": "log"})
    with caplog.at_level(logging.INFO):
        channel.send(NEWS)
        channel.send(Notification(NOON, {"alarm": "hot"}, (OVER,)))
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "firing, alarm=hot: too hot; too hot (resolved)"),
        ("INFO", "resolved, alarm=hot: too hot"),
    ]


def test_a_cell_shows_what_is_active_and_the_last_that_are_over():
    channel = channel_of({"channel": "notebook", "keep": 2})
    assert channel._table() == "<p>no alarms</p>"
    channel.send(NEWS)
    third = Alert({"alarm": "cold"}, {}, "firing", NOON)
    channel.send(Notification(NOON, {}, (third,)))
    text = channel._table()
    assert "2 active of 2 alarms" in text
    assert "251.5 degC" in text
    assert "resolved" not in text
    assert text.index("cold") < text.index("hot")


def test_a_cell_is_updated_where_it_stands():
    from IPython.core.displaypub import CapturingDisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    try:
        shell.display_formatter.active_types = ["text/html"]
        shell.display_pub = CapturingDisplayPublisher()
        channel = Notebook()
        channel._ipython_display_()
        channel.send(NEWS)
        shown = shell.display_pub.outputs
    finally:
        InteractiveShell.clear_instance()
    assert [message["update"] for message in shown] == [False, True]
    assert shown[0]["transient"] == shown[1]["transient"]
    assert "1 active of 2 alarms" in shown[1]["data"]["text/html"]


@pytest.mark.parametrize(
    ("table", "kind", "word"),
    [
        ({"channel": "webhok"}, UnknownNameError, "unknown channel 'webhok'"),
        ({}, UnknownNameError, "unknown channel 'None'"),
        ({"channel": "log", "file": "a"}, UnknownNameError, "unknown option of the channel log 'file'"),
        ({"channel": "webhook", "url": "https://me:pw@host/"}, OptionError, "url holds a user, a password or a key"),
        ({"channel": "webhook", "url": "https://host/?key=3"}, OptionError, "url holds a user, a password or a key"),
        ({"channel": "webhook", "url": "https://host", "token": "a"}, OptionError, "token is secret"),
        ({"channel": "webhook", "url": "ftp://host"}, OptionError, "no address of http"),
        ({"channel": "webhook", "url": "https://[::1"}, OptionError, "no address of http"),
        ({"channel": "webhook"}, OptionError, "a webhook has no url"),
        ({"channel": "webhook", "url": "https://host", "timeout": 0}, OptionError, "timeout is 0"),
        ({"channel": "webhook", "url": "https://host", "url_env": "PATH"}, OptionError, "url is said twice"),
        ({"channel": "webhook", "url_env": "NSI_NOT_SET"}, OptionError, "names NSI_NOT_SET, which is not set"),
        ({"channel": "webhook", "url_env": 3}, OptionError, "url_env is 3"),
        ({"channel": "apprise", "url": "json://host"}, OptionError, "of Apprise is secret"),
        ({"channel": "apprise"}, OptionError, "url of Apprise is empty"),
    ],
)
def test_a_wrong_channel_is_said_with_its_place(table, kind, word):
    with pytest.raises(kind) as caught:
        channel_of(table, "rules.toml, deliver 1: ")
    assert caught.value.message.startswith("rules.toml, deliver 1: ")
    assert word in caught.value.message
    assert "pw" not in str(caught.value)


def test_of_a_webhook_without_an_address_is_said_where_it_comes_from():
    with pytest.raises(OptionError, match='url_env = "NSI_WEBHOOK_URL" takes it from this variable of the environment'):
        channel_of({"channel": "webhook"})


def test_an_address_that_apprise_does_not_know(monkeypatch):
    monkeypatch.setenv("ALARMS", "nothing://secret-part")
    with pytest.raises(OptionError, match="knows no address like nothing://") as caught:
        channel_of({"channel": "apprise", "url_env": "ALARMS"})
    assert "secret-part" not in str(caught.value)


def test_without_apprise_the_way_to_install_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    monkeypatch.setenv("ALARMS", "json://host")
    with pytest.raises(MissingExtraError, match=r"nsi-notebook\[apprise\]"):
        channel_of({"channel": "apprise", "url_env": "ALARMS"})


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"tries": 0}, "tries is 0"),
        ({"capacity": 1.5}, "capacity is 1.5"),
        ({"wait": -1}, "wait is -1"),
        ({"longest": float("inf")}, "longest is inf"),
    ],
)
def test_options_of_the_outbox_are_checked(options, word):
    with pytest.raises(OptionError, match=word):
        Outbox(**options)
    with pytest.raises(OptionError, match="3 is no channel"):
        Outbox(3)


def test_two_channels_of_one_host_have_names_of_their_own_everywhere(caplog):
    one, two = (Webhook(f"http://127.0.0.1:9/{path}") for path in "ab")
    names = ["webhook", "webhook 2"]
    with Outbox(one, two, inline=True) as outbox:
        for _ in range(3):
            outbox.take(NEWS)
        assert sorted(failure.channel for failure in outbox.failures) == [name for name in names for _ in range(3)]
        assert set(outbox.undelivered()["channel"]) == set(names)
        assert outbox.table()["channel"].tolist() == list(outbox.states()) == names
        assert repr(outbox).startswith(f"Outbox({', '.join(names)};")
    said = [record.getMessage() for record in caplog.records]
    lead = "a notification was not sent by"
    assert [text.partition(": ")[0] for text in said] == [f"{lead} webhook", f"{lead} webhook 2"]  # and not of each of three


def test_the_log_says_again_what_is_wrong_when_it_worked_meanwhile_or_is_another_thing(caplog):
    wrong = iter(["off", "off", None, "off", "on fire"])

    def pager(notification):
        if (said := next(wrong)) is not None:
            raise DeliveryError(said, "wait", again=False)

    with Outbox(pager, inline=True) as outbox:
        for _ in range(5):
            outbox.take(NEWS)
    assert [record.getMessage().split(": ")[1].partition(";")[0] for record in caplog.records] == ["off", "off", "on fire"]
