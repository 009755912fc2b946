"""Alarms to an address, as JSON in the form of Alertmanager's webhooks (version 4).

See https://prometheus.io/docs/alerting/latest/configuration/#webhook_config: what takes alerts from Alertmanager takes these.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from .....errors import DeliveryError, OptionError
from .....version import __version__
from ....core.times import now, utc
from ..notices import Alert, Notification

LASTS = "0001-01-01T00:00:00Z"  # how Alertmanager writes the end of what is not over
BUSY = (408, 425, 429)  # of the answers 4xx those that may be others later


class Webhook:
    """Posts notifications to an address.

    Parameters
    ----------
    url : str
        http or https. It is never shown beyond the host, as paths of webhooks are often secret.
    token : str, optional
        Sent as `Authorization: Bearer ...`.
    timeout : float
        Seconds that the other side may take.

    Raises
    ------
    OptionError
        If the address is none.

    Examples
    --------
    >>> Webhook("https://example.org/hooks/T0/B1").name
    'webhook to example.org'
    """

    kind: ClassVar[str] = "webhook"  # what it is called where no address is known
    OPTIONS: ClassVar[tuple[str, ...]] = ("url", "token", "timeout")
    SECRETS: ClassVar[dict[str, str]] = {"url": "holds a user, a password or a key", "token": "is secret"}
    SAMPLES: ClassVar[dict[str, str]] = {"url": "https://host/", "token": "token"}

    def __init__(self, url: str = "", token: str | None = None, timeout: float = 10.0) -> None:
        if not url:
            hint = 'url_env = "NSI_WEBHOOK_URL" takes it from this variable of the environment; or url = "https://host/path"'
            raise OptionError("a webhook has no url", hint)
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except (ValueError, AttributeError, TypeError):
            host, port = None, None
        if not host or parts.scheme not in ("http", "https"):
            raise OptionError("url of a webhook is no address of http or https", "https://host/path, or url_env = a variable")
        if not isinstance(timeout, int | float) or isinstance(timeout, bool) or not 0 < timeout < 3600:
            raise OptionError(f"timeout is {timeout!r:.80}", "seconds, above 0")
        self._url, self._token, self.timeout = url, token, float(timeout)
        self.name = f"webhook to {host}" + (f":{port}" if port else "")

    def __repr__(self) -> str:
        return f"Webhook({self.name.removeprefix('webhook to ')})"

    @staticmethod
    def is_secret(name: str, value: Any) -> bool:
        """A token always is; an address, if it has a user and a password, or a query."""
        if name != "url":
            return True
        _, _, behind = str(value).partition("://")
        return "@" in behind.partition("/")[0] or "?" in behind

    def send(self, notification: Notification) -> None:
        """Post it; any answer of 2xx is taken as done.

        Raises
        ------
        DeliveryError
            If there is no answer, or another; `again` says whether it may go through later.
        """
        body = json.dumps(payload(notification, self.name)).encode()
        headers = {"Content-Type": "application/json", "User-Agent": f"nsi-notebook/{__version__}"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(self._url, data=body, headers=headers, method="POST")  # noqa: S310 - checked above
        try:
            with _OPENER.open(request, timeout=self.timeout):
                return
        except urllib.error.HTTPError as error:
            with error:
                again = error.code >= 500 or error.code in BUSY
                wait = _seconds(error.headers.get("Retry-After"))
            raise DeliveryError(f"{self.name}: answered {error.code} {error.reason}", again=again, wait=wait) from None
        except (OSError, ValueError) as error:  # no such host, refused, too late; or an answer that is no HTTP
            said = getattr(error, "reason", None) or error
            said = getattr(said, "strerror", None) or said
            raise DeliveryError(f"{self.name}: {said or type(error).__name__}", "is it running?", again=True) from None


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows nobody: a post that is sent on becomes a GET, and loses what it says."""

    def redirect_request(self, *args: Any, **more: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_Stay)


def payload(notification: Notification, receiver: str) -> dict[str, Any]:
    """Give a notification as Alertmanager posts it; the name of the alarm is the label `alertname`, too.

    Parameters
    ----------
    notification : Notification
        What is told.
    receiver : str
        Who is told.
    """
    alerts = [_alert(alert) for alert in notification.alerts]
    return {
        "version": "4",
        "groupKey": "{}:" + json.dumps(_named(notification.group), sort_keys=True),
        "truncatedAlerts": 0,
        "status": notification.state,
        "receiver": receiver,
        "groupLabels": _named(notification.group),
        "commonLabels": _common([alert["labels"] for alert in alerts]),
        "commonAnnotations": _common([alert["annotations"] for alert in alerts]),
        "externalURL": "",
        "alerts": alerts,
    }


def _alert(alert: Alert) -> dict[str, Any]:
    told = {} if alert.value != alert.value else {"value": f"{alert.value:g} {alert.unit}".removesuffix(" 1")}
    return {
        "status": "firing" if alert.active else "resolved",
        "labels": _named(alert.labels),
        "annotations": {**told, **alert.annotations},
        "startsAt": utc(alert.starts).isoformat().replace("+00:00", "Z"),
        "endsAt": LASTS if alert.ends is None else utc(alert.ends).isoformat().replace("+00:00", "Z"),
        "generatorURL": "",
        "fingerprint": alert.fingerprint,
    }


def _named(labels: Mapping[str, str]) -> dict[str, str]:
    return ({"alertname": labels["alarm"]} if "alarm" in labels else {}) | dict(labels)


def _common(tables: list[dict[str, str]]) -> dict[str, str]:
    first = tables[0] if tables else {}
    return {key: value for key, value in first.items() if all(table.get(key) == value for table in tables)}


def _seconds(said: str | None) -> float | None:
    """Read `Retry-After`: seconds, or a date."""
    if said is None:
        return None
    if said.strip().isdecimal():
        return float(said)
    try:
        return max(parsedate_to_datetime(said).timestamp() - now() / 1e6, 0.0)
    except ValueError:
        return None
