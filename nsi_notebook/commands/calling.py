"""Run a call: variables looked up, settings filled in, the function called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import OptionError
from .data import find
from .parsing import Call
from .settings import Settings


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
    verb = call.verb
    values = {**(settings or Settings()).for_verb(verb, call.values), **call.values}
    for argument in verb.arguments:
        if argument.role.kind == "data" and isinstance(values.get(argument.name), str):
            values[argument.name] = find(values[argument.name], scope)
        if argument.rest:
            more = values.pop(argument.name, None) or {}
            own = [key for key in more if verb.argument(key) is not None]
            if own:
                flag = "--" + own[0].replace("_", "-")
                raise OptionError(f"{own[0]} has an option of its own", f"{flag} instead of --set {own[0]}=...")
            values |= more
    missing = [a.name for a in verb.arguments if a.required and a.name not in values]
    if missing:
        raise OptionError(f"{verb.name} needs {missing[0]}", f"{verb.name} --help")
    return verb.function(**values)
