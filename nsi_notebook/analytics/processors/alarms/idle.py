"""Rules that watch nothing, and how alarms stand, as a notebook shows it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ....errors import InputError, warn
from ...core import shown
from ...core.series import MADE, Series
from ...core.times import told, utc
from .notices import Alert
from .rules import Rule, Rules, unknown


def idle(rules: Rules, watching: Collection[str], refused: Collection[Series]) -> dict[str, str]:
    """Say of each rule that watches no series why.

    Parameters
    ----------
    rules : Rules
    watching : collection of str
        The rules that watch one.
    refused : collection of Series
        Series in another unit than a rule.
    """
    found = {}
    for rule in rules.rules:
        if rule.name in watching:
            continue
        found[rule.name] = f"no series {rule.series!r}{' with its tags' if rule.tags else ''} came so far{_waits(rule)}"
        for series in refused:
            if rule.takes(series):
                found[rule.name] = f"it is in {rule.unit!r}, and {series} in {series.unit!r}"
    return found


def warn_of(rules: Rules, there: Collection[Series]) -> None:
    """Warn of each rule that takes none of the series that are stored; those on windows wait for these."""
    for rule in rules.rules:
        mine = [series for series in there if rule.takes(series)]
        if there and not mine and MADE not in rule.tags:
            error: InputError = unknown(rule, sorted(there))
            warn(
                f"{error.message}; it watches nothing so far{_waits(rule)}",
                error.hint or "or it waits for one that is yet to come",
            )


def _waits(rule: Rule) -> str:
    return f", and fires {told(rule.absent or 0)} after the first sample of any" if rule.kind == "absence" and rule.exact else ""


def html(said: str, active: Sequence[Alert], idle: Mapping[str, str]) -> str:
    """Lay out what is active, and the rules that watch nothing."""
    rows = list[tuple[str, str, str, str, str, float, str]]()
    for a in active:
        since, labels = f"{utc(a.starts):%Y-%m-%d %H:%M:%S}", ", ".join(f"{key}={text}" for key, text in a.others.items())
        rows.append((a.labels["alarm"], a.labels["series"], labels, a.state, since, a.value, a.unit))
    rows += [(name, "", "", "watches nothing", why, float("nan"), "") for name, why in idle.items()]
    heads = ("alarm", "series", "labels", "state", "since", "value", "unit")
    return shown.table({head: [row[i] for row in rows] for i, head in enumerate(heads)}, None, said)
