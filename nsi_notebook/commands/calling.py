"""Run a call: variables looked up, settings filled in, the function called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..errors import NsiError, OptionError, TimeError
from .data import find, find_numbers, find_time
from .parsing import Call
from .running import find_store
from .settings import Settings
from .table import Verb
from .values import find_values

# by the role of an argument
LOOKED_UP = {"data": find, "store": find_store, "numbers": find_numbers, "time": find_time, "values": find_values}
MAPPING = re.compile(r"(?<![\w.])(?P<name>[a-z_]+)=\{'(?P<key>\w+)': (?P<value>[^{},]+)\}")
QUOTES = "'\""
KEYWORD = re.compile(r"""(?<![\w.'"-])(?P<name>[a-z_]+)=(?P<value>'[^']*'|"[^"]*"|\([^()]*\)|[\w.]+)""")
BARE = re.compile(r"""(?<![\w.'"-])(?P<name>[a-z_]+)=(?=[\s,;:.)]|$)""")
SORTED = re.compile(r"\b\w+\.sortby\('(?P<dim>\w+)'\)(; of pandas: data\.sort_index\(\))?")
PYTHON = re.compile(r": (?=(?:seasonal|pandas\.DatetimeIndex)\()")  # what there is no verb for
CALLED = {"calibrate": "first", "names": "order"}  # what a verb calls otherwise than its function


def run(call: Call, scope: Mapping[str, Any] | None = None, settings: Settings | None = None) -> Any:
    """Do what a call says.

    Parameters
    ----------
    call : Call
        Verb and values.
    scope : mapping, optional
        Where data arguments are looked up first; without it they are paths and samples only.
    settings : Settings, optional
        Values for options that the call leaves out.

    Returns
    -------
    object
        What the verb returns: DataArray, Dataset, DataFrame, Figure or ReportResult.
    """
    try:
        return _run(call, scope, settings or Settings())
    except NsiError as error:
        if error.hint is not None:
            error.hint = spoken(error.hint, call.verb)
            error.args = (error.message, error.hint)
        raise


def _run(call: Call, scope: Mapping[str, Any] | None, settings: Settings) -> Any:
    verb = call.verb
    values = {**settings.for_verb(verb, call.values), **call.values}
    for argument in verb.arguments:
        look_up = LOOKED_UP.get(argument.role.kind)
        if look_up is not None and isinstance(values.get(argument.name), str):
            values[argument.name] = look_up(values[argument.name], scope)
        if argument.role.kind == "time" and isinstance(values.get(argument.name), str):
            values[argument.name] = _zoned(values[argument.name], argument.flag, verb, values.get("tz"))
        if argument.rest:
            more = values.pop(argument.name, None) or {}
            own = [key for key in more if verb.argument(key) is not None]
            if own:
                flag = "--" + own[0].replace("_", "-")
                raise OptionError(f"{own[0]} has an option of its own", f"{flag} instead, without --set")
            values |= more
    missing = [a.name for a in verb.arguments if a.required and a.name not in values]
    if missing:
        raise OptionError(f"{verb.name} needs {missing[0]}", f"{verb.name} --help")
    return verb.function(**values)


def _zoned(text: str, flag: str, verb: Verb, tz: str | None) -> Any:
    """Take a time without a zone in that of `--tz`, as a verb takes those of its data; ask for one where none is said."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:  # which the function says in its own words
        return text
    if found.tzinfo is not None:
        return text
    if tz is None:
        more = "; or --tz Europe/Berlin" if verb.argument("tz") is not None else ""
        raise TimeError(f"the time {text!r} has no zone", f"{flag} {found.isoformat()}Z in UTC, or +01:00 instead of Z{more}")
    from ..analytics.core.times import instant, utc

    return utc(instant(text, tz))


def spoken(hint: str, verb: Verb) -> str:
    """Say a hint for Python in the words of a line.

    >>> from .table import VERBS
    >>> spoken("choose one: variable='density'", VERBS["measure"]), spoken("for example boxes=(2, 4, 8)", VERBS["measure"])
    ('choose one: --variable density', 'for example --set boxes=2,4,8')
    """
    more = next(("--set" if a.rest else a.role.short for a in verb.arguments if a.rest or a.role.kind == "pairs"), "")

    def option(found: re.Match[str]) -> str:
        before = hint[: found.start()]
        words = [word.strip(" '\"") for word in found["value"].strip("()").split(",") if word.strip()]
        argument = verb.argument(found["name"]) or verb.argument(CALLED.get(found["name"], ""))
        if before.count("(") > before.count(")"):  # an argument of a function that is named before
            return found[0]
        if argument is not None and argument.switch:
            return argument.flag
        if argument is not None and not argument.positional:
            return " ".join([argument.flag, *words])
        if argument is not None or not more or before.endswith(f"{more} "):
            return found[0]
        return f"{more} {found['name']}={','.join(words) if more == '--set' else found['value']}"

    def pair(found: re.Match[str]) -> str:
        argument = verb.argument(found["name"])
        if argument is None or not argument.mapping:
            return found[0]
        return f"{argument.role.short or argument.flag} {found['key']}={found['value'].strip(QUOTES)}"

    def bare(found: re.Match[str]) -> str:
        argument = verb.argument(found["name"]) or verb.argument(CALLED.get(found["name"], ""))
        if argument is None:
            return f"{more} {found[0]}..." if more and not found.string[: found.start()].endswith(f"{more} ") else found[0]
        return argument.name.upper() if argument.positional else argument.flag

    if verb.argument("tz") is None:
        hint = hint.replace(", or say tz='UTC'", "")
    hint = PYTHON.sub("; in Python: ", hint)
    told = SORTED.sub(r"rows sorted by \g<dim>", BARE.sub(bare, KEYWORD.sub(option, MAPPING.sub(pair, hint))))
    if re.search(r"\(\W*channel\b", told) and verb.argument("channel") is not None:
        return f"--channel mean, or --channel 0 for the first; in Python: {told}"
    return told
