"""Alarms in the log of Python."""

from __future__ import annotations

import logging
from typing import ClassVar

from ..notices import Notification

log = logging.getLogger("nsi_notebook.alarms")


class Log:
    """Writes notifications to the logger `nsi_notebook.alarms`: WARNING while alarms are active, INFO when they are over."""

    OPTIONS: ClassVar[tuple[str, ...]] = ()
    SECRETS: ClassVar[dict[str, str]] = {}
    name = "log"

    def send(self, notification: Notification) -> None:
        """Write one line."""
        log.log(logging.WARNING if notification.state == "firing" else logging.INFO, "%s", notification)
