"""What can stand at the cursor of a line: verbs, options, choices, names, variables and paths, from the table."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import NsiError
from .arguments import NUMBER, Argument
from .data import is_data, is_numbers, is_store, is_table
from .names import NAMES
from .paths import expanded
from .running import find_store
from .table import VERBS, Verb
from .values import find_values

Candidate = tuple[str, str]  # the text, and of what kind it is


def complete_line(line: str, scope: Mapping[str, Any] | None = None) -> tuple[str, list[Candidate]]:
    """Complete the last word of a line.

    Parameters
    ----------
    line : str
        From the verb to the cursor.
    scope : mapping, optional
        Variables by name.

    Returns
    -------
    tuple of str and list
        What is typed so far of the word, and the candidates with their kinds.

    Examples
    --------
    >>> complete_line("mea")
    ('mea', [('measure', 'verb')])
    >>> complete_line("void image --phase b")
    ('b', [('bright', 'choice')])
    """
    words, fragment = _words(line)
    if not words:
        return fragment, _starting(fragment, [(name, "verb") for name in VERBS] + [("--help", "option")])
    verb = VERBS.get(words[0])
    if verb is None:
        return fragment, []
    argument, used = _expected(verb, words[1:])
    flag, equals, start = fragment.partition("=")
    if fragment.startswith("-") and not NUMBER.match(fragment):
        named = verb.by_flag(flag) if equals else None
        if named is not None:
            return start, _values(named, start, scope, verb, words)
        free = [a for a in verb.options if a.many or a.name not in used]
        return fragment, _starting(fragment, [*((a.flag, "option") for a in free), ("--help", "option")])
    if argument is not None and argument.role.kind == "pairs":
        return fragment, _starting(fragment, [(f"{name}=", "parameter") for name in _names(argument, verb, words, scope)])
    if argument is not None and argument.role.kind == "text":
        return _text(argument, fragment.removeprefix('"'), scope, verb, words)
    return fragment, [] if argument is None else _values(argument, fragment, scope, verb, words)


def complete_body(first: str, line: str, scope: Mapping[str, Any] | None = None) -> tuple[str, list[Candidate]]:
    """Complete a line of the body of a cell: the name of an option, or one of its choices; a word, where the body is text.

    Parameters
    ----------
    first : str
        The line above the body, from the verb on.
    line : str
        The line in the body, up to the cursor.
    scope : mapping, optional
        Variables by name.

    Examples
    --------
    >>> complete_body("void image", "phase = b")
    ('b', [('"bright"', 'choice')])
    """
    words, last = _words(first)
    words = [*words, last] if last else words
    verb = VERBS.get(words[0]) if words else None
    key, equals, rest = line.partition("=")
    fragment = re.split(r"[\s,\[]", rest if equals else key)[-1]
    if verb is None:
        return fragment, []
    text, pairs = verb.of_role("text"), verb.of_role("pairs")
    if text is not None:
        return _text(text, line, scope, verb, words)
    if pairs is not None:
        told = [(f"{name} = ", "parameter") for name in _names(pairs, verb, words, scope)]
        return fragment, [] if equals else _starting(fragment, told)
    if not equals:
        keys = [(f"{a.name} = ", "option") for a in verb.arguments if not a.rest]
        return fragment, _starting(fragment, keys)
    argument = verb.argument(key.strip().replace("-", "_"))
    if argument is None:
        return fragment, []
    bare = fragment.strip("\"'")
    return fragment, [(f'"{text.strip(chr(39))}"', kind) for text, kind in _values(argument, bare, scope, verb, words)]


def _words(line: str) -> tuple[list[str], str]:
    """The words before the cursor and the piece of one at it, quote included."""
    pieces = re.findall(r"""(?:"[^"]*"?|'[^']*'?|[^\s"'])+""", line)
    open_quote = bool(pieces) and _is_open(pieces[-1])
    fragment = pieces.pop() if pieces and (open_quote or not line[-1:].isspace()) else ""
    return [re.sub(r"[\"']", "", piece) for piece in pieces], fragment


def _is_open(piece: str) -> bool:
    bare = re.sub(r"\"[^\"]*\"|'[^']*'", "", piece)
    return '"' in bare or "'" in bare


def _expected(verb: Verb, words: list[str]) -> tuple[Argument | None, set[str]]:
    """The argument that the next word belongs to, and the options used so far."""
    used: set[str] = set()
    pending: Argument | None = None
    position = 0
    for word in words:
        if word.startswith("-") and not NUMBER.match(word):
            flag, equals, _ = word.partition("=")
            pending = verb.by_flag(flag)
            if pending is not None:
                used.add(pending.name)
                if pending.switch or equals:
                    pending = None
        elif pending is not None:
            pending = pending if pending.many and not pending.mapping else None
        else:
            position += 1
    if pending is not None:
        return pending, used
    places = verb.positionals
    if position < len(places):
        return places[position], used
    return (places[-1] if places and places[-1].many else None), used


def _values(argument: Argument, fragment: str, scope: Mapping[str, Any] | None, verb: Verb, words: list[str]) -> list[Candidate]:
    if argument.switch or (argument.mapping and argument.role.kind != "names"):
        return []
    if argument.choices:
        return _starting(fragment, [(choice, "choice") for choice in argument.choices])
    if argument.role.kind == "names":
        begun = _starting(fragment, [(name, argument.role.of) for name in _names(argument, verb, words, scope)])
        return [(f"'{name}'" if re.search(r"\s", name) else name, kind) for name, kind in begun]
    if argument.role.kind == "output":
        return paths(fragment)
    if argument.role.kind == "store":
        held = [name for name, value in list((scope or {}).items()) if not name.startswith("_") and is_store(value)]
        return [*_starting(fragment, [(name, "variable") for name in sorted(held)]), *paths(fragment)]
    if argument.role.kind == "numbers":
        numbers = [name for name, value in list((scope or {}).items()) if not name.startswith("_") and is_numbers(value)]
        return _starting(fragment, [(name, "variable") for name in sorted(numbers)])
    if argument.role.kind == "values":
        tables = [name for name, value in list((scope or {}).items()) if not name.startswith("_") and is_table(value)]
        series = _starting(fragment, [(name, "series") for name in _names(argument, verb, words, scope)])
        return [*_starting(fragment, [(name, "variable") for name in sorted(tables)]), *series, *paths(fragment)]
    if argument.role.kind == "data":
        here = _starting(fragment, [(name, "variable") for name in _variables(scope or {})])
        samples = _starting(fragment, [(name, "sample") for name in _listed("samples", ())]) if fragment else []
        return [*here, *paths(fragment), *samples]
    return []


def _text(
    argument: Argument, typed: str, scope: Mapping[str, Any] | None, verb: Verb, words: list[str]
) -> tuple[str, list[Candidate]]:
    """Complete the last word of text in another language; names that stand in quotes there also without them."""
    found = re.search(r"'?[\w.-]*$", typed)
    fragment = found[0] if found is not None else ""
    known = _names(argument, verb, words, scope)
    begun = [name for name in known if name.startswith((fragment, f"'{fragment}"))]
    return fragment, [(name, "series" if name.startswith("'") else argument.role.of) for name in begun]


def _names(argument: Argument, verb: Verb, words: list[str], scope: Mapping[str, Any] | None) -> list[str]:
    """The names that an argument can have; some depend on what the line says of another one."""
    within = verb.argument(argument.role.within)
    if within is None:
        return _listed(argument.role.of, ())
    said = _said(verb, words[1:], within)
    if said is None and not within.required:
        said = within.default
    look_up = {"store": find_store, "values": find_values}.get(within.role.kind)
    return _listed(argument.role.of, (look_up(said, scope) if look_up is not None and said is not None else said,))


def _said(verb: Verb, words: list[str], wanted: Argument) -> str | None:
    """The word that a line gives an argument."""
    for place, word in enumerate(words):
        flag, equals, text = word.partition("=")
        if not wanted.positional and flag in (wanted.flag, wanted.role.short) and equals:
            return text
        held = _expected(verb, words[:place])[0]
        if held is wanted and not word.startswith("-"):
            return word
    return None


def _listed(of: str, given: tuple[Any, ...]) -> list[str]:
    try:
        return NAMES[of](*given)
    except (NsiError, ImportError):
        return []


def _variables(scope: Mapping[str, Any]) -> list[str]:
    """Variables that hold data: DataArrays first, then Datasets, then arrays."""
    order = {"DataArray": 0, "Dataset": 1}
    held = [(name, value) for name, value in list(scope.items()) if not name.startswith("_") and is_data(value)]
    return [name for _, name in sorted((order.get(type(value).__name__, 2), name) for name, value in held)]


def paths(fragment: str) -> list[Candidate]:
    """Complete a path; one with spaces is quoted, a hidden one only shows when asked for.

    Parameters
    ----------
    fragment : str
        What is typed so far, an opening quote included.
    """
    quote = fragment[0] if fragment[:1] in ("'", '"') else ""
    typed = fragment.removeprefix(quote)
    head, slash, start = typed.rpartition("/")
    try:
        with os.scandir(expanded(head + slash)) as entries:
            begun = [entry for entry in entries if entry.name.startswith(start)]
    except (OSError, NsiError, ValueError):  # no such folder, no such home, a null character
        return []
    found = []
    for entry in sorted(begun, key=lambda entry: entry.name):
        if start.startswith(".") or not entry.name.startswith("."):
            folder = entry.is_dir() and not entry.name.endswith(".zarr")
            text = head + slash + entry.name + ("/" if folder else "")
            mark = quote or ("'" if re.search(r"\s", text) else "")
            found.append((mark + text + ("" if folder else mark), "path"))
    return found


def _starting(fragment: str, candidates: Iterable[Candidate]) -> list[Candidate]:
    return [candidate for candidate in candidates if candidate[0].startswith(fragment.strip("\"'"))]
