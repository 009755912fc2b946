"""Ways to tell people of alarms, a file each, and how a file of rules names them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol

from .....errors import OptionError, UnknownNameError
from ..notices import Notification

KINDS = {"apprise": "Apprise", "log": "Log", "notebook": "Notebook", "webhook": "Webhook"}
HIDDEN = "_env"  # ends the options that name a variable of the environment


class Channel(Protocol):
    """What takes notifications. Any object of this shape will do; `send` is called on a thread of its own, one at a time."""

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
        `channel` ("log", "notebook", "webhook" or "apprise"), and its options.
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
    options = {str(key): value for key, value in table.items()}
    kind = options.pop("channel", None)
    if kind not in KINDS:
        error = UnknownNameError.among("channel", kind, KINDS)
        raise UnknownNameError(where + error.message, error.hint)
    maker = getattr(import_module(f".{kind}", __name__), KINDS[kind])
    given: dict[str, Any] = {}
    for key, value in options.items():
        name = key.removesuffix(HIDDEN)
        if name not in maker.OPTIONS:
            allowed = [option + (HIDDEN if option in maker.SECRETS else "") for option in maker.OPTIONS]
            error = UnknownNameError.among(f"option of the channel {kind}", key, allowed)
            raise UnknownNameError(where + error.message, error.hint)
        hint = f'put it into the environment: {name}_env = "NSI_{kind.upper()}_{name.upper()}"'
        if key == name and name in maker.SECRETS and maker.is_secret(name, value):
            raise OptionError(f"{where}{name} {maker.SECRETS[name]}", hint)
        if name in given:
            raise OptionError(f"{where}{name} is said twice", f"either {name}, or {name}{HIDDEN}")
        given[name] = value if key == name else _environment(value, where + key)
    try:
        made: Channel = maker(**given)
    except OptionError as error:
        raise OptionError(where + error.message, error.hint) from None
    return made


def _environment(variable: Any, key: str) -> str:
    if not isinstance(variable, str) or not variable:
        raise OptionError(f"{key} is {variable!r:.80}", "the name of a variable of the environment")
    value = os.environ.get(variable, "")
    if not value:
        raise OptionError(f"{key} names {variable}, which is not set in the environment", f"export {variable}=...")
    return value
