"""Who is told of what, and how often: groups, inhibitions, silences and repetition, on event time as well."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any, Literal

from .matching import all_fit
from .notices import Alert, Notification, Transition, fingerprint
from .rules import Inhibition, Rules, Silence


class Router:
    """Makes notifications of transitions.

    Alerts of one fingerprint are one alert, and those that have the labels `group_by` alike are told of together: when one
    begins or ends to be active, or loses its data, and again after `repeat` while one lasts. A silence or an inhibition mutes an
    alert: nobody is told of it, until that ends and it still lasts. The end of what was told is always told.

    Parameters
    ----------
    rules : Rules
    state : mapping, optional
        What `state` gave.
    """

    def __init__(self, rules: Rules, state: Mapping[str, Any] | None = None) -> None:
        self.rules, self.repeat = rules, math.inf if rules.repeat is None else rules.repeat
        self.silences: list[Silence] = list(rules.silences)
        self._parts: dict[str, dict[str, Alert]] = {}  # those that are active, by fingerprint and then by series
        self._alerts: dict[str, Alert] = {}  # of each fingerprint the one that began first
        self._said: dict[str, list[Any]] = {}  # of each that was told: when it began, whether data was absent, when it was news
        self._over: dict[str, Alert] = {}  # those that ended, and whose end is to be told
        self._told: dict[str, int] = {}  # when each group was told of, by its key
        self._now = -math.inf
        if state is not None:
            for key, parts in state["alerts"].items():
                self._parts[key] = {
                    series: Alert(**{**each, "value": math.nan if each["value"] is None else each["value"]})
                    for series, each in parts.items()
                }
                self._alerts[key] = _first(self._parts[key])
            self._said, self._told = dict(state["said"]), dict(state["told"])
            self._now = -math.inf if state["now"] is None else state["now"]
            self.silences += [Silence(**each) for each in state["silences"]]

    def take(self, transitions: Iterable[Transition], until: int) -> list[Notification]:
        """Take what happened up to a time; give what is to be said.

        Parameters
        ----------
        transitions : iterable of Transition
        until : int
            Event time, microseconds since 1970-01-01 UTC.
        """
        instants: dict[int, list[Transition]] = {}
        for each in transitions:
            instants.setdefault(each.time, []).append(each)
        found: list[Notification] = []
        for time in sorted(instants):
            now = int(max(time, self._now))
            self._wake(now, found)
            for each in instants[time]:
                self._change(each)
            self._speak(now, found)
        self._wake(int(max(until, self._now)), found)
        return found

    def silence(self, silence: Silence) -> None:
        """Add a silence."""
        self.silences.append(silence)

    def muted(self, alert: Alert, time: int) -> bool:
        """Tell whether nobody is told of an alert at a time."""
        if any(silence.mutes(alert.labels, time) for silence in self.silences):
            return True
        return any(self._inhibits(each, alert) for each in self.rules.inhibitions)

    def state(self) -> dict[str, Any]:
        """Give what JSON holds and `Router(rules, state)` goes on from."""
        alerts = {
            key: {
                series: {**asdict(alert), "value": None if alert.value != alert.value else alert.value}
                for series, alert in parts.items()
            }
            for key, parts in self._parts.items()
        }
        now = None if math.isinf(self._now) else self._now
        added = [asdict(each) for each in self.silences if each not in self.rules.silences and each.end > self._now]
        return {"alerts": alerts, "said": dict(self._said), "told": dict(self._told), "now": now, "silences": added}

    # -- within ------------------------------------------------------------------------------------------------------------

    def _change(self, step: Transition) -> None:
        key = step.alert.fingerprint
        parts = self._parts.setdefault(key, {})
        if step.alert.active:
            parts[step.series] = step.alert
            self._over.pop(key, None)
        else:
            parts.pop(step.series, None)
        if parts:
            self._alerts[key] = _first(parts)
            return
        del self._parts[key]
        if self._alerts.pop(key, None) is not None and key in self._said:
            self._over[key] = replace(step.alert, state="resolved", ends=step.time)

    def _inhibits(self, rule: Inhibition, alert: Alert) -> bool:
        """Tell whether something that fires mutes an alert; nothing mutes itself, nor its like."""
        if not all_fit(rule.target, alert.labels):
            return False
        both = all_fit(rule.source, alert.labels)
        return any(
            other.state in ("firing", "recovering")
            and all_fit(rule.source, other.labels)
            and not (both and all_fit(rule.target, other.labels))
            and all(other.labels.get(name, "") == alert.labels.get(name, "") for name in rule.equal)
            for other in list(self._alerts.values())  # which is also asked from other threads
        )

    def _group(self, alert: Alert) -> dict[str, str]:
        return {name: alert.labels.get(name, "") for name in self.rules.group_by}

    def _wake(self, until: int, found: list[Notification]) -> None:
        """Do what is due: what lasts is told again, and what was silenced is told when that is over."""
        while True:
            ends = [silence.end for silence in self.silences if self._now < silence.end <= until]
            again = []
            if self.rules.repeat is not None:
                groups = {fingerprint(self._group(alert)) for alert in self._alerts.values()}
                again = [time + self.rules.repeat for key, time in self._told.items() if key in groups]
            due = min([*ends, *(time for time in again if self._now < time <= until)], default=None)
            if due is None:
                self._now = until
                return
            self._speak(due, found)

    def _speak(self, now: int, found: list[Notification]) -> None:
        """Say what is new, or lasts for long enough."""
        self._now = now
        groups: dict[str, tuple[dict[str, str], list[Alert], list[Alert]]] = {}
        for place, alert in [*((1, a) for a in self._alerts.values()), *((2, a) for a in self._over.values())]:
            group = self._group(alert)
            _, active, over = groups.setdefault(fingerprint(group), (group, [], []))
            (active if place == 1 else over).append(alert)
        for key, (group, active, over) in groups.items():
            loud = [alert for alert in active if not self.muted(alert, now)]
            known = {a.fingerprint: self._said.get(a.fingerprint, [None, None, now]) for a in loud}
            fresh = {a.fingerprint for a in loud if known[a.fingerprint][:2] != [a.starts, a.state == "no_data"]}
            again = {name for name, said in known.items() if now - said[2] >= self.repeat}
            last = self._told.get(key, now)
            if fresh or over or (loud and now - last >= self.repeat):
                reason: Literal["changed", "repeat"] = "changed" if fresh or over else "repeat"
                alerts = sorted([*loud, *over], key=lambda alert: (alert.starts, alert.fingerprint))
                news = frozenset(fresh | again | {a.fingerprint for a in over}) if reason == "changed" else None
                found.append(Notification(now, group, tuple(alerts), reason, news))
                self._told[key] = now
                for a in loud:
                    if news is None or a.fingerprint in news:
                        self._said[a.fingerprint] = [a.starts, a.state == "no_data", now]
            for alert in over:
                self._said.pop(alert.fingerprint, None)
        self._over.clear()


def _first(parts: Mapping[str, Alert]) -> Alert:
    return min(parts.values(), key=lambda alert: alert.starts)
