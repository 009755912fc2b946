"""Alarms: rules over series, a state machine on event time, and what it says."""

from __future__ import annotations

from .notices import Alert, Notification, State, Transition, fingerprint

__all__ = ["Alert", "Notification", "State", "Transition", "fingerprint"]
