"""A rule at one of its series, as it stands."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...core.series import Series
from ...core.times import utc
from .conditions import Condition
from .machine import Standing, standing
from .notices import ACTIVE, Alert, State, Transition
from .rules import Rule
from .templates import filled


@dataclass(slots=True)
class Watch:
    """A rule at one of its series."""

    rule: Rule
    series: Series
    number: int
    condition: Condition
    labels: dict[str, str]
    at: Standing = field(default_factory=standing)
    last: int | None = None  # of the samples
    missed: int | None = None  # until when data is known to be absent
    value: float = float("nan")
    due: bool = False  # whether it waits for its samples
    trace: list[tuple[int, float]] | None = None  # what was compared, and when, if that is kept

    @property
    def deadline(self) -> int | None:
        """When data is absent, if no sample comes until then."""
        if self.rule.absent is None or self.last is None or (self.missed is not None and self.missed >= self.last):
            return None
        return self.last + self.rule.absent

    def transition(self, time: int, before: State, after: State) -> Transition:
        """Say a step."""
        unit = self.rule.unit_of(self.series)
        known = {"alarm": self.rule.name, "series": self.series.name, "time": utc(time).isoformat()}
        known["unit"] = "" if unit == "1" else unit
        tags, labels = dict(self.series.tags), self.rule.labels
        said = {name: filled(text, known, self.value, tags, labels).strip() for name, text in self.rule.annotations.items()}
        starts = self.at["starts"] if after in (*ACTIVE, "resolved") or before == "no_data" else time
        ends = None if after in ACTIVE or after == "pending" else time
        alert = Alert(self.labels, said, after, starts, ends, self.value, unit)
        return Transition(time, self.rule.name, str(self.series), before, after, alert)


__all__ = ["Watch"]
