"""Alarms: rules over series, a state machine on event time, and what it says."""

from __future__ import annotations

from .notices import Alert, Notification, State, Transition, fingerprint
from .routing import Router
from .rules import Inhibition, Rule, Rules, Silence
from .watching import Alarms, replay

__all__ = [
    "Alarms",
    "Alert",
    "Inhibition",
    "Notification",
    "Router",
    "Rule",
    "Rules",
    "Silence",
    "State",
    "Transition",
    "fingerprint",
    "replay",
]
