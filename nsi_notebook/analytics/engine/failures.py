"""What went wrong in an engine: kept for its status, and raised once, at the next call."""

from __future__ import annotations

import logging
import threading
import traceback
from collections import deque
from dataclasses import dataclass, replace
from typing import Self

from ..core.times import now, utc
from .meters import Meters

log = logging.getLogger(__name__)

KEPT = 100


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that went wrong in the engine's thread.

    Parameters
    ----------
    time : int
        Microseconds since 1970-01-01 UTC.
    where : str
        What was being done: "store", "plan load", "source camera".
    error : Exception
    traceback : str
        As Python prints it; of one item of many only the error.
    number : int
        How many times it went wrong in the same way, one after the other; `time` is that of the last.
    """

    time: int
    where: str
    error: Exception
    traceback: str
    number: int = 1

    @classmethod
    def of(cls, where: str, error: Exception, whole: bool) -> Self:
        """Tell of an error now, with the whole way that it came or without."""
        written = traceback.format_exception(error) if whole else traceback.format_exception_only(error)
        return cls(now(), where, error, "".join(written))

    def let_go(self) -> None:
        """Forget the frames that the error came through: they hold all that they worked at, arrays of any size."""
        error: BaseException | None = self.error
        while error is not None and error.__traceback__ is not None:
            error.__traceback__ = None
            error = error.__cause__ or error.__context__

    def __str__(self) -> str:
        said = str(self.error).partition("\n")[0] or type(self.error).__name__
        often = f" ({self.number:,} times)" if self.number > 1 else ""
        return f"{utc(self.time):%H:%M:%S} {self.where}: {said}{often}"


class Failures:
    """The last that went wrong.

    Attributes
    ----------
    untold : Failure or None
        The last, until a call has raised it.
    """

    def __init__(self, meters: Meters) -> None:
        self.untold: Failure | None = None
        self._meters = meters
        self._lock = threading.Lock()
        self._last: deque[Failure] = deque(maxlen=KEPT)

    def add(self, where: str, error: Exception, *, tell: bool = True) -> None:
        """Keep what went wrong, for the status and, unless it is only one item of many, for the next call."""
        failure = Failure.of(where, error, tell)
        with self._lock:
            for before in self._last if tell else (failure,):
                before.let_go()
            last = self._last[-1] if self._last else None
            if last is not None and (last.where, str(last.error)) == (where, str(error)):
                failure = replace(failure, number=last.number + 1)
                self._last.pop()
            self._last.append(failure)
            if tell:
                self.untold = failure
        if failure.number == 1:  # what is tried again and again would fill the log
            log.warning("%s: %s", where, error, exc_info=error if tell else None)
        self._meters.failed(where)

    def told(self, error: Exception | None = None) -> Failure | None:
        """Give what was not told yet, and take it as told; if an error is said, only if it is that one."""
        with self._lock:
            failure = self.untold
            if failure is not None and (error is None or failure.error is error):
                self.untold = None
            return failure

    def last(self) -> tuple[Failure, ...]:
        """Give the last that went wrong, oldest first."""
        with self._lock:
            return tuple(self._last)
