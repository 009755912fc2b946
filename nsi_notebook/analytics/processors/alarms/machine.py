"""The states of one rule at one series. Nothing here asks a clock: samples and absences go in, states come out."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from .notices import State

if TYPE_CHECKING:
    from .rules import Rule


class Standing(TypedDict):
    """Where a rule stands, as JSON has it.

    `since` is when the state began (of pending, when the condition did), `points` the samples since, `starts` when it became
    active, and `before` what was left when data went missing.
    """

    state: State
    since: int
    points: int
    starts: int
    before: State


def standing() -> Standing:
    """Give where every rule begins."""
    return {"state": "inactive", "since": 0, "points": 0, "starts": 0, "before": "inactive"}


def step(rule: Rule, was: Standing, time: int, enter: bool, holds: bool) -> tuple[Standing, tuple[State, ...]]:
    """Take a sample.

    Parameters
    ----------
    rule : Rule
        How long a condition must hold, and how long its end.
    was : Standing
        Not changed.
    time : int
        Of the sample, not before those before.
    enter : bool
        Whether the value is beyond the threshold at which an alarm begins.
    holds : bool
        Whether it has not come back over the one at which it ends.

    Returns
    -------
    Standing
        Where it stands now.
    tuple of str
        The states that it went through, the last of them the present one; none if it stays.
    """
    state, through = was["state"], tuple[State, ...]()
    if state == "inactive" and not enter:
        return was, ()
    if state == "firing":
        if holds:
            return was, ()
        return _to(was, "recovering" if rule.keep else "resolved", time)
    if state == "recovering":
        if holds:
            return _to(was, "firing", time)
        return _to(was, "resolved", time) if time - was["since"] >= rule.keep else (was, ())
    if state == "no_data" and was["before"] in ("firing", "recovering"):
        return _to(was, "firing" if holds else "resolved", time)
    if state == "pending":
        if not enter:
            return _to(was, "inactive", time)
        points = was["points"] + 1
        if time - was["since"] >= rule.held and points >= rule.points:
            return _fired(was, time, ())
        return {**was, "points": points}, ()
    if state in ("resolved", "no_data"):
        was, through = _to(was, "inactive", time)
        if not enter:
            return was, through
        through = through if state == "resolved" else ()
    if rule.held == 0 and rule.points <= 1:
        return _fired(was, time, through)
    return {**was, "state": "pending", "since": time, "points": 1}, (*through, "pending")


def gone(rule: Rule, was: Standing, time: int) -> tuple[Standing, tuple[State, ...]]:
    """Take it that no sample came until a time: an alarm of a rule on absence, the state no_data of others."""
    state = was["state"]
    if rule.kind == "absence":
        if state == "firing":
            return was, ()
        if state == "recovering":
            return _to(was, "firing", time)
        return _fired(was, time, ())
    if state == "no_data":
        return was, ()
    lasting = state in ("firing", "recovering")
    found: Standing = {
        **was, "state": "no_data", "since": time, "points": 0,
        "before": state if lasting else "inactive", "starts": was["starts"] if lasting else time,
    }  # fmt: skip
    return found, ("no_data",)


def _to(was: Standing, state: State, time: int) -> tuple[Standing, tuple[State, ...]]:
    return {**was, "state": state, "since": time, "points": 0}, (state,)


def _fired(was: Standing, time: int, through: tuple[State, ...]) -> tuple[Standing, tuple[State, ...]]:
    return {**was, "state": "firing", "since": time, "points": 0, "starts": time}, (*through, "firing")
