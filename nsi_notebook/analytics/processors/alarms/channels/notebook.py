"""Alarms in a cell of a notebook: one table, which changes where it stands."""

from __future__ import annotations

import threading
from typing import Any, ClassVar

from ....core import shown
from ..notices import Alert, Notification

STYLE = {"firing": "#D55E00", "recovering": "#E69F00", "no_data": "#666", "resolved": "#009E73"}


class Notebook:
    """Shows the alarms that are active, and the last ones that are over, in the cell whose last line it is.

    Parameters
    ----------
    keep : int
        Most rows; the oldest of those that are over go first.

    Examples
    --------
    >>> Notebook().name
    'notebook'
    """

    OPTIONS: ClassVar[tuple[str, ...]] = ("keep",)
    SECRETS: ClassVar[dict[str, str]] = {}
    name = "notebook"

    def __init__(self, keep: int = 20) -> None:
        self.keep = keep
        self._alerts: dict[str, Alert] = {}
        self._lock = threading.Lock()
        self._handles: list[Any] = []

    def send(self, notification: Notification) -> None:
        """Take the alerts in, and show them wherever this is shown."""
        with self._lock:
            for alert in notification.alerts:
                self._alerts.pop(alert.fingerprint, None)
                self._alerts[alert.fingerprint] = alert  # the newest last
            over = [key for key, alert in self._alerts.items() if not alert.active]
            for key in over[: max(len(self._alerts) - self.keep, 0)]:
                del self._alerts[key]
            handles = list(self._handles)
        for handle in handles:
            handle.update(_Html(self._table()))

    def _ipython_display_(self) -> None:
        from IPython.display import display

        handle = display(_Html(self._table()), display_id=True)  # type: ignore[no-untyped-call]
        if handle is not None:
            with self._lock:
                self._handles.append(handle)

    def _table(self) -> str:
        with self._lock:
            alerts = list(self._alerts.values())[::-1]
        if not alerts:
            return "<p>no alarms</p>"
        told: dict[str, list[Any]] = {
            "alarm": [],
            "state": [],
            "series": [],
            "value": [],
            "since (UTC)": [],
            "until (UTC)": [],
            "": [],
        }
        for alert in alerts:
            ends = "" if alert.ends is None else _moment(alert.ends)
            value = "" if alert.value != alert.value else f"{alert.value:.6g} {alert.unit}".removesuffix(" 1")
            labels = alert.labels
            row = [labels.get("alarm", ""), alert.state, labels.get("series", ""), value, _moment(alert.starts), ends]
            for column, cell in zip(told.values(), [*row, alert.annotations.get("summary", "")], strict=True):
                column.append(cell)
        active = sum(alert.active for alert in alerts)
        found = shown.table(told, None, f"{active} active of {len(alerts)} alarms")
        for state, colour in STYLE.items():
            found = found.replace(f">{state}</td>", f'><b style="color:{colour}">{state.replace("_", " ")}</b></td>')
        return found


class _Html:
    """What a cell shows."""

    def __init__(self, text: str) -> None:
        self._text = text

    def _repr_html_(self) -> str:
        return self._text


def _moment(micros: int) -> str:
    import numpy as np

    return shown.moments(np.array([micros], dtype=np.int64))[0]
