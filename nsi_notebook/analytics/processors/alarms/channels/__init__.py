"""Ways to tell people of alarms, a file each, and how a file of rules names them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any, Protocol

from .....errors import MissingExtraError, OptionError, UnknownNameError
from ..notices import Notification

KINDS = {"apprise": "Apprise", "log": "Log", "notebook": "Notebook", "webhook": "Webhook"}
HIDDEN = "_env"  # ends the options that name a variable of the environment


class Channel(Protocol):
    """What takes notifications. Any object of this shape will do; `send` is called on a thread of its own, one at a time.

    One that has a mapping `match` is given those alerts only that have such labels; one that has a `kind` is called so, and
    numbered where there are several.
    """

    @property
    def name(self) -> str:
        """What it is called in messages: nothing that is secret."""

    def send(self, notification: Notification) -> None:
        """Hand a notification over, or raise.

        Raises
        ------
        DeliveryError
            If it did not go through.
        """


def channel_of(table: Mapping[str, Any], where: str = "") -> Channel:
    """Make a channel of a table of a file of rules.

    Options that end in `_env` name a variable of the environment that holds the value: what is secret has no place in a file.

    Parameters
    ----------
    table : mapping
        `channel` ("log", "notebook", "webhook" or "apprise"), its options, and `match`: the labels of the alerts that it is for.
    where : str
        What stands before messages: the file, and the place in it.

    Raises
    ------
    UnknownNameError, OptionError
        If the channel or an option does not exist, a variable is not set, or a secret is in the file.

    Examples
    --------
    >>> channel_of({"channel": "log"}).name
    'log'
    >>> channel_of({"channel": "webhook", "url": "https://me:secret@example.org/alarms"})
    Traceback (most recent call last):
    ...
    nsi_notebook.errors.OptionError: url holds a user, a password or a key
    hint: put it into the environment: url_env = "NSI_WEBHOOK_URL"
    """
    maker, given, variables = _parts(table, where)
    for option, variable in variables.items():
        value = os.environ.get(variable, "")
        if not value:
            said = f"{where}{option}{HIDDEN} names {variable}, which is not set in the environment"
            raise OptionError(said, f"export {variable}=...")
        given[option] = value
    made = _made(maker, given, where)
    made.match = table.get("match", {})
    found: Channel = made
    return found


def check(table: Mapping[str, Any], where: str = "") -> None:
    """Check a table of a file of rules without the environment, which need not have what is secret, and without any extra.

    Raises
    ------
    UnknownNameError, OptionError
        As `channel_of`, but for variables that are not set.
    """
    maker, given, variables = _parts(table, where)
    with suppress(MissingExtraError):
        _made(maker, given | {option: maker.SAMPLES[option] for option in variables}, where)


def numbered(kinds: Sequence[str]) -> list[str]:
    """Give what channels of some kinds are known by, in their order.

    Examples
    --------
    >>> numbered(["webhook", "log", "webhook"])
    ['webhook', 'log', 'webhook 2']
    """
    return [f"{kind} {kinds[:i].count(kind) + 1}" if kind in kinds[:i] else kind for i, kind in enumerate(kinds)]


def unset(table: Mapping[str, Any]) -> list[str]:
    """Give the variables of the environment that a table names, and that are not set."""
    return [variable for variable in _parts(table, "")[2].values() if not os.environ.get(variable)]


def _parts(table: Mapping[str, Any], where: str) -> tuple[Any, dict[str, Any], dict[str, str]]:
    """Give the class of a channel, the options that are said, and the variables that hold the others."""
    options = {str(key): value for key, value in table.items() if key != "match"}
    kind = options.pop("channel", None)
    if kind not in KINDS:
        error = UnknownNameError.among("channel", kind, KINDS)
        raise UnknownNameError(where + error.message, error.hint)
    maker = getattr(import_module(f".{kind}", __name__), KINDS[kind])
    given: dict[str, Any] = {}
    variables: dict[str, str] = {}
    for key, value in options.items():
        name = key.removesuffix(HIDDEN)
        if name not in maker.OPTIONS or (key != name and name not in maker.SECRETS):
            allowed = [option + (HIDDEN if option in maker.SECRETS else "") for option in maker.OPTIONS]
            error = UnknownNameError.among(f"option of the channel {kind}", key, allowed)
            raise UnknownNameError(where + error.message, error.hint)
        hint = f'put it into the environment: {name}_env = "NSI_{kind.upper()}_{name.upper()}"'
        if key == name and name in maker.SECRETS and maker.is_secret(name, value):
            raise OptionError(f"{where}{name} {maker.SECRETS[name]}", hint)
        if name in given or name in variables:
            raise OptionError(f"{where}{name} is said twice", f"either {name}, or {name}{HIDDEN}")
        if key == name:
            given[name] = value
        elif isinstance(value, str) and value:
            variables[name] = value
        else:
            raise OptionError(f"{where}{key} is {value!r:.80}", "the name of a variable of the environment")
    return maker, given, variables


def _made(maker: Any, given: Mapping[str, Any], where: str) -> Any:
    try:
        return maker(**given)
    except OptionError as error:
        raise OptionError(where + error.message, error.hint) from None
