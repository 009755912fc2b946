"""`nsi report`: a signal leaves what there is, and progress is for those who see it."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from nsi_notebook.cli import main


def names(folder):
    return sorted(p.name for p in folder.iterdir())


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "sigterm"])
def test_a_signal_stops_the_kernel_and_keeps_what_there_is(template, folder, sent, code):
    (folder / "tmp").mkdir()
    asleep = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(600)"
    template("t", "", asleep)
    run = subprocess.Popen(
        [sys.executable, "-m", "nsi_notebook.cli", "report", "t.ipynb", "-o", "out.html"],
        stderr=subprocess.PIPE, text=True, env=os.environ | {"TMPDIR": str(folder / "tmp")},
    )  # fmt: skip
    while run.poll() is None and not (folder / "pid").exists():
        time.sleep(0.1)
    run.send_signal(sent)
    _, err = run.communicate(timeout=120)
    assert run.returncode == code
    assert err == "nsi: stopped\n"  # and no progress bar, where there is no terminal
    assert names(folder) == ["out.partial.ipynb", "out.partial.json", "pid", "t.ipynb", "tmp"]
    assert names(folder / "tmp") == []
    record = json.loads((folder / "out.partial.json").read_text())
    assert (record["status"], record["failing_cell"]["source"]) == ("stopped", asleep)
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.run(["kill", "-0", (folder / "pid").read_text()], check=True, capture_output=True)


def test_a_handler_that_another_set_is_left_alone(template, folder):
    template("t", "", "import os, signal; os.kill(os.getppid(), signal.SIGTERM)")
    caught = []
    before = signal.signal(signal.SIGTERM, lambda number, _: caught.append(number))
    try:
        assert main(["report", "t.ipynb", "-o", "out.html"]) == 0
    finally:
        signal.signal(signal.SIGTERM, before)
    assert caught == [signal.SIGTERM]


def test_the_command_can_run_in_a_thread_and_leaves_no_handler(capsys):
    codes = []
    thread = threading.Thread(target=lambda: codes.append(main(["--version"])))
    thread.start()
    thread.join()
    assert [*codes, main(["--version"])] == [0, 0]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("stream", "is_seen"), [(Terminal(), True), (io.StringIO(), False)], ids=["terminal", "log"])
def test_a_terminal_sees_progress_and_a_log_does_not(template, folder, monkeypatch, stream, is_seen):
    template("t")
    monkeypatch.delitem(sys.modules, "ipykernel.zmqshell", raising=False)  # of another test
    monkeypatch.setattr(sys, "stderr", stream)
    assert main(["report", "t.ipynb", "-o", "out.html"]) == 0
    assert ("100%" in stream.getvalue()) is is_seen
