"""The `nsi` command line, generated from the table of verbs."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .commands import Call, Help, parse, run
from .commands.paths import expanded
from .commands.settings import read_settings
from .commands.warned import plainly
from .errors import EngineError, NsiError, OptionError, UnknownNameError

KERNEL = ("engine", "metrics")  # verbs of an engine, which a command does not have
OK, FAILED, USAGE, STOPPED, TERMINATED = 0, 1, 2, 130, 143


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `nsi` with the words of a command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after `nsi`; those of the process.

    Returns
    -------
    int
        0; 1 if something went wrong, with one line and a hint on stderr; 2 if the words make no sense; 130 after Ctrl-C, 143
        after SIGTERM.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    with _terminable() as caught:
        return _guarded(words, caught)


def _guarded(words: list[str], caught: list[int]) -> int:
    try:
        return _run(words)
    except BrokenPipeError:  # `nsi samples | head`: nobody reads on, and the flush at the end must not say so
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:  # what else comes this far is stdout's: a full disk behind `nsi ... > file`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.stderr.write(f"nsi: error: cannot write the output: {error.strerror}\n")
        return FAILED
    except KeyboardInterrupt:
        sys.stderr.write("nsi: stopped\n")
        return TERMINATED if caught else STOPPED


@contextmanager
def _terminable() -> Iterator[list[int]]:
    """Let SIGTERM end a run as Ctrl-C does, so that what is begun is cleared away; the list holds it once it came."""
    caught: list[int] = []

    def stop(number: int, frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not end the clearing away
        caught.append(number)
        raise KeyboardInterrupt

    # who set another handler, or runs us in a thread, knows better
    ours = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if ours:
        signal.signal(signal.SIGTERM, stop)
    try:
        yield caught
    finally:
        if ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _run(words: list[str]) -> int:
    if words == ["--version"]:
        from .version import __version__

        return _say(f"nsi {__version__}")
    try:
        call = parse(words)
    except (OptionError, UnknownNameError) as error:
        return _fail(error, USAGE)
    if isinstance(call, Help):
        return _say(call.text.rstrip())
    # nbformat asks jsonschema for formats it never uses here: 1.4 s of a process that may live for two.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    try:
        if call.verb.name == "plot" and "output" not in call.values:
            raise OptionError("a figure needs a file to go to", "nsi plot ... -o figure.html")
        if call.verb.name in KERNEL:
            raise EngineError(
                f"{call.verb.name}: an engine lives in a kernel; this process ends when it has answered",
                "%nsi engine start in a notebook; nsi emit, window and sql work on a folder: --store FOLDER",
            )
        with plainly("nsi: warning: "):
            value = run(call, settings=read_settings())
        _say(_answer(call, value))
        if getattr(value, "ok", True) is False:  # tests of rules
            return FAILED
    except NsiError as error:
        return _fail(error, FAILED)
    return OK


def _answer(call: Call, value: Any) -> str:
    from .commands.printing import text_of

    if "output" in call.values and call.verb.name != "report":
        if not expanded(call.values["output"]).exists():  # `watch` may be stopped before a file came
            return "nothing was measured"
        said = f"wrote {call.values['output']}"
        if call.verb.name == "watch":
            bad = int((value["error"] != "").sum())
            said += f": {len(value)} files" + (f", {bad} of them with errors (column error)" if bad else "")
        return said
    return text_of(value, call.verb)


def _say(text: str) -> int:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
    return OK


def _fail(error: NsiError, code: int) -> int:
    sys.stderr.write(f"nsi: error: {error.message}\n")
    if error.hint is not None:
        sys.stderr.write(f"hint: {error.hint}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
