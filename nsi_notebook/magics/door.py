"""The magic boundary: what an error looks like when it leaves `%nsi`."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import TypeVar

from ..errors import NsiError

Error = TypeVar("Error", bound=NsiError)
Result = TypeVar("Result")
log = logging.getLogger("nsi_notebook.magics")


class Door:
    """Let results through, count errors and keep the last one.

    An error of ours is shown as one line and a hint; any other keeps its traceback. Both are raised, so that a cell
    that fails is a failed cell for nbclient, papermill and nbval. IPython's `UsageError` would not be.

    Attributes
    ----------
    expected, unexpected : int
        How many errors of ours, and how many others, went through.
    last_error : BaseException or None
        The newest of them, with its traceback.
    """

    def __init__(self) -> None:
        self.expected = 0
        self.unexpected = 0
        self.last_error: Exception | None = None

    def __call__(self, work: Callable[[], Result], line: str) -> Result:
        """Do some work behind the door."""
        try:
            return work()
        except NsiError as error:
            self.expected += 1
            self.last_error = error
            raise shorten(error) from None
        except Exception as error:  # one of the three marked doors
            self.unexpected += 1
            self.last_error = error
            log.exception("%%nsi %s", line)
            raise

    def traceback(self) -> str:
        """Write the traceback of the last error."""
        if self.last_error is None:
            return "no %nsi line has failed"
        return "".join(traceback.format_exception(self.last_error))


def shorten(error: Error) -> Error:
    """Make IPython show an error as its message and hint, through the hook `_render_traceback_`."""
    error.__dict__["_render_traceback_"] = lambda: rendered(error)
    return error


def rendered(error: NsiError) -> list[str]:
    """Lay an error out in lines: its kind and message, then the hint."""
    lines = [f"{type(error).__name__}: {error.message}"]
    return lines if error.hint is None else [*lines, f"hint: {error.hint}"]
