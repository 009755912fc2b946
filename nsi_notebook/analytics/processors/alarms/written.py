"""What a state of alarms holds, as JSON has it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from typing import Any

from ...core.series import Series
from .rules import Rule


def digest(rule: Rule) -> str:
    """Give what changes when a rule does, but for what it says to people."""
    told = {each.name: getattr(rule, each.name) for each in fields(rule) if each.name != "annotations"}
    told["detector"] = rule.detector if isinstance(rule.detector, str) else "one of its own"
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def labels_of(rule: Rule, series: Series) -> dict[str, str]:
    """Give the labels of an alert of a rule at a series."""
    tags = {f"tag_{key}" if key in ("alarm", "series") else key: value for key, value in series.tags}
    return {**tags, **rule.labels, "alarm": rule.name, "series": series.name}


def series_of(told: list[Any]) -> Series:
    """Read a series."""
    name, unit, tags = told
    return Series(name, unit, tuple((key, value) for key, value in tags))


def written(series: Series) -> list[Any]:
    """Write a series."""
    return [series.name, series.unit, [list(tag) for tag in series.tags]]
