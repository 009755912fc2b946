"""Every error that the package raises on purpose, and its warning.

    NsiError
    |-- InputError (ValueError)            what was given cannot be used
    |   |-- FileError                      missing, empty, truncated, unknown format
    |   |-- DimsError                      dims that are absent, ambiguous or of the wrong number
    |   |-- SpacingError                   coords that are not uniform, units that disagree
    |   |-- PixelError                     dtype or pixel values that have no meaning here
    |   |-- TimeError                      a time without its zone, a duration that cannot be read
    |   |-- SeriesError                    samples that do not fit their series: name, tags, unit, shape
    |   |-- OptionError                    a parameter outside its range or choices
    |   `-- UnknownNameError (KeyError)    a measure, method, sample, verb, ... that does not exist
    |-- MissingExtraError (ImportError)    an optional dependency that is not installed
    |-- SummaryError                       a summary that breaks the algebra, or states that do not fit
    |-- DetectorError                      a detector that breaks its contract
    |-- EngineError                        an engine that is stopped or full, or what went wrong in its thread
    |-- StoreError                         a store that is damaged, full, locked or out of reach
    |   `-- CheckpointError                a place to go on from that somebody else has moved
    |-- DeliveryError                      a notification of alarms that could not be sent
    |-- ReportError                        a report that could not be made; the partial notebook is kept
    `-- BrowserError                       what the browser half of a widget reported

    NsiWarning (UserWarning)               an answer that is given, and in doubt

Each message says what was wrong and what was there; `hint` says what to try.

>>> raise UnknownNameError.among("measure", "eulr", ["euler", "chords"])
Traceback (most recent call last):
...
nsi_notebook.errors.UnknownNameError: unknown measure 'eulr'; there are: chords, euler
hint: did you mean 'euler'?
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Self


class NsiError(Exception):
    """Base of all errors of this package.

    Parameters
    ----------
    message : str
        One line: what was wrong and what was there.
    hint : str, optional
        One line: what to try.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\nhint: {self.hint}"


class InputError(NsiError, ValueError):
    """What was given cannot be used."""


class FileError(InputError):
    """A file that is missing, empty, truncated or of a format that cannot be read."""


class DimsError(InputError):
    """Dimensions that are absent, ambiguous or of the wrong number."""


class SpacingError(InputError):
    """Coordinates that are not uniform, or units that disagree."""


class PixelError(InputError):
    """A dtype or pixel values that have no meaning for what was asked."""


class TimeError(InputError):
    """A time without its zone, a duration that cannot be read."""


class SeriesError(InputError):
    """Samples that do not fit their series: its name, its tags, its unit, their shape."""


class OptionError(InputError):
    """A parameter outside its range or its choices."""


class UnknownNameError(InputError, KeyError):
    """A name that is not in the table it was looked up in."""

    @classmethod
    def among(cls, kind: str, name: object, known: Iterable[str]) -> Self:
        """Make the error for `name`, with the nearest of the `known` names as the hint.

        Parameters
        ----------
        kind : str
            What was looked up, in the singular: "measure", "method", ...
        name : object
            What was asked for.
        known : iterable of str
            The names that exist.
        """
        names = sorted(known)
        near = [known for known in names if known.casefold() == str(name).casefold()]
        near = near or get_close_matches(str(name), names, n=1, cutoff=0.5)
        hint = f"did you mean '{near[0]}'?" if near else None
        there = f"there are: {', '.join(names)}" if names else "there is none"
        return cls(f"unknown {kind} {str(name)!r}; {there}", hint)


class MissingExtraError(NsiError, ImportError):
    """An optional dependency that is not installed.

    Parameters
    ----------
    purpose : str
        What needs it, as the subject of a sentence: "reading FITS".
    package : str
        The package that is missing.
    extra : str
        The extra of nsi-notebook that brings it.
    """

    def __init__(self, purpose: str, package: str, extra: str) -> None:
        NsiError.__init__(
            self,
            f"{purpose} needs the package {package}, which is not installed",
            f"pip install 'nsi-notebook[{extra}]'",
        )

    def __reduce__(self) -> tuple[object, ...]:
        return (_plain, (type(self), self.message, self.hint))


class SummaryError(NsiError):
    """A summary that breaks the algebra, or states that do not fit together."""


class DetectorError(NsiError):
    """A detector that breaks its contract."""


class EngineError(NsiError):
    """An engine that is stopped or full, or what went wrong in its thread."""


class StoreError(NsiError):
    """A store that is damaged, full, locked or out of reach; what it acknowledged before is kept."""


class CheckpointError(StoreError):
    """A place to go on from that somebody else has moved meanwhile.

    Parameters
    ----------
    name : str
        Of the checkpoint.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"the checkpoint {name!r} was moved by somebody else", "one engine at a time, or another name")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.name,)


class DeliveryError(NsiError):
    """A notification of alarms that could not be sent.

    Parameters
    ----------
    again : bool
        Whether it may go through later.
    wait : float, optional
        Seconds that the other side asks to wait for.
    """

    def __init__(self, message: str, hint: str | None = None, *, again: bool = False, wait: float | None = None) -> None:
        super().__init__(message, hint)
        self.again, self.wait = again, wait


class ReportError(NsiError):
    """A report that could not be made; what was written so far is kept and named."""


class BrowserError(NsiError):
    """What the browser half of a widget reported."""


class NsiWarning(UserWarning):
    """An answer that is given, and in doubt.

    Parameters
    ----------
    message : str
        One line: what is in doubt, and why.
    hint : str
        One line: what to try.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}"


def warn(message: str, hint: str) -> None:
    """Warn the line that called the package, each time that it does, unless its filters say otherwise."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == __package__:
        frame = frame.f_back
    where = frame.f_globals.get("__name__", "")
    warnings.warn_explicit(NsiWarning(message, hint), NsiWarning, frame.f_code.co_filename, frame.f_lineno, module=where)


def a_kind(thing: object) -> str:
    """Say what kind of thing something is, for messages.

    >>> a_kind([]), a_kind(1)
    ('a list', 'an int')
    """
    name = type(thing).__name__
    return f"a{'n' if name[:1] in 'AEIOaeio' else ''} {name}"


def _plain(kind: type[NsiError], message: str, hint: str | None) -> NsiError:
    error = kind.__new__(kind)
    NsiError.__init__(error, message, hint)
    return error
