"""What alarms say: an alert as it is, the step from one state to another, and what is sent to somebody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self, TypeAlias

from ...core.times import instant, utc
from .matching import all_fit

State: TypeAlias = Literal["inactive", "pending", "firing", "recovering", "resolved", "no_data"]
ACTIVE: tuple[State, ...] = ("firing", "recovering", "no_data")  # what somebody has to know of, until it ends
NONE: State = "inactive"


def fingerprint(labels: Mapping[str, str]) -> str:
    """Give what tells an alert apart from others: a hash of its labels, in whatever order they are.

    Examples
    --------
    >>> fingerprint({"alarm": "hot", "line": "3"}) == fingerprint({"line": "3", "alarm": "hot"})
    True
    >>> len(fingerprint({}))
    16
    """
    return hashlib.sha256(json.dumps(sorted(labels.items())).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule and one of its series, as they stand.

    Parameters
    ----------
    labels : mapping of str to str
        `alarm` (the rule), `series` (its name), the tags of the series, and the labels of the rule.
    annotations : mapping of str to str
        What the rule says to people, filled in.
    state : str
        inactive, pending, firing, recovering, resolved or no_data.
    starts : int
        When it began to be active: microseconds since 1970-01-01 UTC.
    ends : int, optional
        When that was over; None while it lasts.
    value : float
        What was compared: NaN where data is absent.
    unit : str
        Of the value.
    """

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    state: State
    starts: int
    ends: int | None = None
    value: float = float("nan")
    unit: str = "1"

    @property
    def fingerprint(self) -> str:
        """See `fingerprint`."""
        return fingerprint(self.labels)

    @property
    def others(self) -> dict[str, str]:
        """Its labels but those that every alert has, which are `alarm` and `series`."""
        return {name: text for name, text in self.labels.items() if name not in ("alarm", "series")}

    @property
    def active(self) -> bool:
        """Whether it is firing, recovering, or without data."""
        return self.state in ACTIVE

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        """Take what `to_dict` gave."""
        ends, value = told["ends"], told["value"]
        return cls(
            told["labels"], told["annotations"], told["state"], instant(told["starts"]), None if ends is None else instant(ends),
            float("nan") if value is None else value, told["unit"],
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON has it, times as ISO 8601 texts, a value that is NaN as None."""
        return {
            "fingerprint": self.fingerprint,
            "labels": dict(self.labels),
            "annotations": dict(self.annotations),
            "state": self.state,
            "starts": utc(self.starts).isoformat(),
            "ends": None if self.ends is None else utc(self.ends).isoformat(),
            "value": None if self.value != self.value else self.value,
            "unit": self.unit,
        }


@dataclass(frozen=True, slots=True)
class Transition:
    """The step of a rule, at one of its series, from one state to another.

    Parameters
    ----------
    time : int
        Event time: that of the sample, or when data had been absent for long enough; microseconds since 1970-01-01 UTC.
    rule : str
        Its name.
    series : str
        As it is written: 'oven.heat{line="3"}'.
    before, after : str
        The states.
    alert : Alert
        As it is after the step.
    """

    time: int
    rule: str
    series: str
    before: State
    after: State
    alert: Alert

    def __str__(self) -> str:
        value = "" if self.alert.value != self.alert.value else f" at {self.alert.value:g} {self.alert.unit}".removesuffix(" 1")
        return f"{utc(self.time).isoformat()} {self.rule}, {self.series}: {self.before} -> {self.after}{value}"


@dataclass(frozen=True, slots=True)
class Notification:
    """Alerts of one group, to be sent to somebody.

    Parameters
    ----------
    time : int
        Event time, microseconds since 1970-01-01 UTC.
    group : mapping of str to str
        The labels by which alerts are grouped, and what all of these have there.
    alerts : tuple of Alert
        Those that are active, or were resolved since the last notification of this group; none that is muted.
    reason : {"changed", "repeat"}
        Whether something is new, or the group was told of before and lasts.
    news : frozenset of str, optional
        Fingerprints of the alerts that are new in it, or are to be told again; None if all are.
    """

    time: int
    group: Mapping[str, str]
    alerts: tuple[Alert, ...]
    reason: Literal["changed", "repeat"] = "changed"
    news: frozenset[str] | None = field(default=None, compare=False)

    @property
    def state(self) -> Literal["firing", "resolved"]:
        """Whether any of the alerts is active."""
        return "firing" if any(alert.active for alert in self.alerts) else "resolved"

    @property
    def key(self) -> str:
        """What is the same of all notifications of one group."""
        return fingerprint(self.group)

    @property
    def identity(self) -> str:
        """What tells it apart from all others, whatever it says to people: rules that see the same again say the same again."""
        alerts = [[alert.fingerprint, alert.state, alert.starts, alert.ends] for alert in self.alerts]
        told = [self.time, sorted(self.group.items()), self.reason, alerts]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]

    def among(self, match: Mapping[str, str]) -> Notification | None:
        """Give what it says of the alerts that have the labels; None where none of them is new. A text has * for any letters."""
        if not match:
            return self
        fitting = tuple(alert for alert in self.alerts if all_fit(match, alert.labels))
        if not any(self.news is None or alert.fingerprint in self.news for alert in fitting):
            return None
        return self if len(fitting) == len(self.alerts) else replace(self, alerts=fitting)

    def unless(self, later: Mapping[str, int]) -> Notification | None:
        """Leave out the alerts, named by fingerprints, of which there was news later than this; None if there is nothing else."""
        left = tuple(alert for alert in self.alerts if later.get(alert.fingerprint, self.time) <= self.time)
        return self if len(left) == len(self.alerts) else replace(self, alerts=left) if left else None

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        """Take what `to_dict` gave."""
        alerts = tuple(Alert.from_dict(each) for each in told["alerts"])
        return cls(instant(told["time"]), told["group"], alerts, told["reason"])

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        return {
            "time": utc(self.time).isoformat(),
            "group": dict(self.group),
            "state": self.state,
            "reason": self.reason,
            "alerts": [alert.to_dict() for alert in self.alerts],
        }

    def __str__(self) -> str:
        group = "".join(f", {key}={value}" for key, value in self.group.items() if value)
        return f"{self.state}{group}: {'; '.join(map(self._said, self.alerts))}"

    def _said(self, alert: Alert) -> str:
        """Say what an alert is, and how it stands if that is not how all of them do."""
        own = [f"{name}={text}" for name, text in alert.others.items() if name not in self.group]
        named = ", ".join([*filter(None, (alert.labels.get("alarm"), alert.labels.get("series"))), *own])
        return (alert.annotations.get("summary") or named) + (f" ({alert.state})" if alert.state != self.state else "")
