"""What every widget shares: its bundle, messages from the browser, and errors that come back from there."""

from __future__ import annotations

import threading
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ..errors import BrowserError, FileError, NsiError, OptionError

STATIC = Path(__file__).parent / "static"


def bundle(name: str) -> Path:
    """Path of the built browser half of a widget.

    Raises
    ------
    FileError
        If it was not built.
    """
    path = STATIC / f"{name}.js"
    if not path.is_file():
        raise FileError(
            f"the browser half {path.name} is missing from the package", "build it: cd widgets && npm ci && npm run build"
        )
    return path


class Widget(anywidget.AnyWidget):
    """Base of the widgets: messages are handled under a lock, errors of both halves are shown in the widget.

    A kernel may run the callbacks of two messages at the same time, on different threads, so whatever reads or
    writes the state of a widget holds `_lock`.
    """

    _problem = traitlets.Unicode("", help="what went wrong last, shown in the widget").tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        self._lock = threading.RLock()
        self._errors: list[BrowserError] = []
        super().__init__(**traits)
        self.on_msg(self._on_message)

    @property
    def errors(self) -> list[BrowserError]:
        """What the browser half reported so far, oldest first; each carries the browser's stack as a note."""
        with self._lock:
            return list(self._errors)

    def raise_errors(self) -> None:
        """Raise what the browser half reported, if it reported anything, and forget it.

        Raises
        ------
        BrowserError
            The only report, or the newest of several with the others as notes.
        """
        with self._lock:
            errors, self._errors = self._errors, []
        if not errors:
            return
        newest = errors[-1]
        for other in errors[:-1]:
            newest.add_note(f"and before: {other.message}")
        raise newest

    def _on_message(self, _widget: object, content: object, _buffers: object = None) -> None:
        """Take one message of the browser half."""
        with self._lock:
            if isinstance(content, dict) and content.get("kind") == "error":
                self._report(content)
                return
            try:
                if not isinstance(content, dict):
                    raise OptionError(f"the browser half sent {type(content).__name__}, not a record")
                self._handle(content)
            except NsiError as error:
                self._problem = str(error)
            else:
                self._problem = ""

    def _handle(self, content: dict[str, Any]) -> None:
        """Act on a message; a widget overrides this."""
        raise OptionError(f"the browser half sent a message of unknown kind {content.get('kind')!r}")

    def _report(self, content: dict[str, Any]) -> None:
        where = f" (while {content['where']})" if content.get("where") else ""
        error = BrowserError(
            f"the browser half of {type(self).__name__} failed{where}: {content.get('message', 'no message')}",
            "run the cell again; if it stays, send us the browser stack below",
        )
        if content.get("stack"):
            error.add_note(f"in the browser:\n{content['stack']}")
        self._errors.append(error)


def refuse_unknown(widget: type, unknown: dict[str, Any], known: list[str]) -> None:
    """Refuse keyword arguments that a widget does not have.

    >>> refuse_unknown(Widget, {"fase": "dark"}, ["image", "phase"])
    Traceback (most recent call last):
    ...
    nsi_notebook.errors.OptionError: Widget has no option fase; there are: image, phase
    hint: did you mean 'phase'?
    """
    if not unknown:
        return
    near = [match for name in unknown for match in get_close_matches(name, known, n=1, cutoff=0.5)]
    hint = f"did you mean {', '.join(repr(n) for n in near)}?" if near else None
    raise OptionError(f"{widget.__name__} has no option {', '.join(unknown)}; there are: {', '.join(known)}", hint)
