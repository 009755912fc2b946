"""The table of verbs."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import UnknownNameError
from .alarms import alarms
from .arguments import Argument, arguments_of
from .changes import changes
from .compare import compare
from .components import components
from .correlate import correlate
from .curves import curves
from .describe import describe
from .detect import detect
from .emit import emit
from .engine import engine
from .forecast import forecast
from .map import map
from .measure import measure
from .metrics import metrics
from .open import open
from .persistence import persistence
from .plot import plot
from .preset import preset
from .regress import regress
from .report import report
from .representative import representative
from .samples import samples
from .shared import SHARED
from .sql import sql
from .test import test
from .trend import trend
from .void import void
from .watch import watch
from .window import window


@dataclass(frozen=True)
class Verb:
    """A verb, its words and its arguments.

    Parameters
    ----------
    name : str
        As it is typed.
    function : callable
        What it does, in Python.
    summary, text : str
        First line and further paragraphs of the docstring.
    arguments : tuple of Argument
        In the order of the signature.
    """

    name: str
    function: Callable[..., Any]
    summary: str
    text: str
    arguments: tuple[Argument, ...]

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Verb:
        """Read a verb from its signature and its numpydoc docstring; what that does not describe is shared."""
        lines = inspect.getdoc(function) or ""
        head, _, rest = lines.partition("\nParameters\n----------\n")
        summary, _, text = head.partition("\n\n")
        return cls(function.__name__, function, summary.strip(), text.strip(), arguments_of(function, SHARED | _described(rest)))

    @property
    def positionals(self) -> tuple[Argument, ...]:
        """The arguments without a flag."""
        return tuple(a for a in self.arguments if a.positional)

    @property
    def options(self) -> tuple[Argument, ...]:
        """The arguments with a flag."""
        return tuple(a for a in self.arguments if not a.positional)

    def argument(self, name: str) -> Argument | None:
        """Find an argument by its Python name."""
        return next((a for a in self.arguments if a.name == name), None)

    def of_role(self, kind: str) -> Argument | None:
        """Find the argument of a role that at most one has."""
        return next((a for a in self.arguments if a.role.kind == kind), None)

    def by_flag(self, flag: str) -> Argument | None:
        """Find an option by its flag, long or short."""
        return next((a for a in self.options if flag in (a.flag, a.role.short)), None)


def _described(section: str) -> dict[str, str]:
    """Names and texts of a numpydoc Parameters section."""
    body = re.split(r"\n\n\w[\w ]*\n-+\n", section)[0]
    found: dict[str, str] = {}
    for entry in re.split(r"\n(?=\S)", body):
        head, _, text = entry.partition("\n")
        for name in head.partition(":")[0].split(","):
            found[name.strip().lstrip("*")] = " ".join(text.split())
    return found


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    open, void, measure, curves, components, map, persistence, compare, representative, preset, plot, report, watch, samples,
    engine, emit, window, sql, metrics,
    describe, test, correlate, regress, detect, trend, changes, forecast, alarms,
)  # fmt: skip
VERBS: dict[str, Verb] = {function.__name__: Verb.of(function) for function in FUNCTIONS}


def find_verb(name: str) -> Verb:
    """Look a verb up.

    Raises
    ------
    UnknownNameError
        If there is none of that name.
    """
    if name not in VERBS:
        raise UnknownNameError.among("verb", name, VERBS)
    return VERBS[name]
