"""Alarms to whatever Apprise reaches: mail, chat, phones; an extra."""

from __future__ import annotations

from typing import Any, ClassVar

from .....errors import DeliveryError, MissingExtraError, OptionError
from ..notices import Notification


class Apprise:
    """Sends notifications by Apprise (https://appriseit.com), which knows some hundred services by their addresses.

    Parameters
    ----------
    url : str
        One or several addresses, separated by blanks. They hold what is secret, and are never shown.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    OptionError
        If it does not know such an address.
    """

    kind: ClassVar[str] = "apprise"  # what it is called where no address is known
    OPTIONS: ClassVar[tuple[str, ...]] = ("url",)
    SECRETS: ClassVar[dict[str, str]] = {"url": "of Apprise is secret"}
    SAMPLES: ClassVar[dict[str, str]] = {"url": "json://host"}

    def __init__(self, url: str = "") -> None:
        try:
            import apprise
        except ImportError as error:
            raise MissingExtraError("sending alarms by Apprise", "apprise", "apprise") from error
        self._apprise, self._sender = apprise, apprise.Apprise()
        addresses = str(url).split()
        kinds = [address.partition(":")[0] for address in addresses]
        for kind, address in zip(kinds, addresses, strict=True):
            if not self._sender.add(address):
                raise OptionError(f"Apprise knows no address like {kind}://...", "see https://appriseit.com/services")
        if not addresses:
            raise OptionError("url of Apprise is empty", "url_env = a variable with one or several addresses")
        self.name = f"apprise to {', '.join(dict.fromkeys(kinds))}"

    def __repr__(self) -> str:
        return f"Apprise({self.name.removeprefix('apprise to ')})"

    @staticmethod
    def is_secret(name: str, value: Any) -> bool:
        """Addresses always are."""
        return True

    def send(self, notification: Notification) -> None:
        """Send it to all addresses.

        Raises
        ------
        DeliveryError
            If one of them did not take it: Apprise does not say which, so that all are told again.
        """
        kinds = self._apprise.NotifyType
        kind = kinds.WARNING if notification.state == "firing" else kinds.SUCCESS
        title, _, body = str(notification).partition(": ")
        if not self._sender.notify(body=body or title, title=title, notify_type=kind):
            raise DeliveryError(f"{self.name}: it was not taken", "look at the address, and whether the service runs", again=True)
