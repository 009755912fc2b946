"""Tab completion of `%nsi`, through IPython's matcher API v2. That API is provisional: it is used in this file only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

from ..commands.completing import Candidate, complete_body, complete_line

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from .magic import NsiMagics

IDENTIFIER = "nsi_notebook.matcher"
LINE = re.compile(r"^\s*(?:[^=%]*=\s*)?%{1,2}nsi\s(?P<rest>.*)$", re.DOTALL)
ASSIGNED = re.compile(r"^\s*[^\s<>=]+\s*<<")
MARK = "_nsi_notebook"


def matches(context: CompletionContext, variables: dict[str, Any]) -> tuple[str, list[Candidate]] | None:
    """Find what can stand at the cursor.

    Parameters
    ----------
    context : CompletionContext
        The cell and the place in it.
    variables : dict
        The namespace of the notebook.

    Returns
    -------
    tuple of str and list, or None
        What is typed so far of the word, and the candidates; None if the cursor is not in a line of ours.
    """
    first = context.full_text.lstrip().split("\n", 1)[0]
    if first.startswith("%%nsi") and context.cursor_line > 0:
        head = ASSIGNED.sub("", first.removeprefix("%%nsi"))
        return complete_body(head, context.text_until_cursor, variables)
    found = LINE.match(context.text_until_cursor)
    if found is None:
        return None
    return complete_line(ASSIGNED.sub("", found["rest"]).lstrip(), variables)


def install(shell: InteractiveShell, magics: NsiMagics) -> None:
    """Add the matcher, and let a `%%nsi` cell without a body be the line it is."""

    @context_matcher(identifier=IDENTIFIER, priority=200)  # type: ignore[untyped-decorator]
    def matcher(context: CompletionContext) -> SimpleMatcherResult:
        found = matches(context, shell.user_ns)
        if found is None:
            return {"completions": []}
        fragment, candidates = found
        return {
            "completions": [SimpleCompletion(text, type=kind) for text, kind in candidates],
            "matched_fragment": fragment,
            "suppress": True,
            "ordered": True,
        }

    setattr(bodiless, MARK, True)
    setattr(matcher, MARK, True)
    shell.Completer.custom_matchers.append(matcher)
    shell.input_transformers_cleanup.append(bodiless)  # behind those that take leading blank lines and indents away


def remove(shell: InteractiveShell) -> None:
    """Take out what `install` put in."""
    for functions in (shell.Completer.custom_matchers, shell.input_transformers_cleanup):
        functions[:] = [function for function in functions if not hasattr(function, MARK)]


def bodiless(lines: list[str]) -> list[str]:
    """Turn a `%%nsi` cell without a body into a `%nsi` line.

    IPython answers such a cell with `UsageError`, which nbval and papermill take for success.
    """
    if lines and re.match(r"%%nsi\b", lines[0]) and not "".join(lines[1:]).strip():
        return [lines[0].rstrip()[1:] + "\n"]
    return lines
