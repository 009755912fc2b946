"""What an engine says of itself."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .failures import Failure


@dataclass(frozen=True, slots=True)
class Status:
    """What an engine did and holds at one moment.

    Parameters
    ----------
    state : str
        "new", "running" or "stopped".
    offered, stored, dropped, pending : int
        Samples: offered == stored + dropped + pending, where "stored" are those that were handed to the store and the plans.
    refused : int
        Samples that the caller was told of by an error, and still has.
    late : mapping of str to int
        Samples that came too late, by plan.
    windows : mapping of str to int
        Windows that were given out, by plan.
    sources : mapping of str to str
        What each source does: "running", "done", "cancelled" or its error.
    failures : sequence of Failure
        The last that went wrong, oldest first.
    store : str
        Address of the store; "" without one.
    delivery : mapping of str to str
        How each channel for alarms stands: what was sent, what waits, what could not be delivered and why.
    """

    state: str
    offered: int
    stored: int
    dropped: int
    pending: int
    refused: int
    late: Mapping[str, int]
    windows: Mapping[str, int]
    sources: Mapping[str, str]
    failures: Sequence[Failure]
    store: str
    delivery: Mapping[str, str] = field(default_factory=dict)

    def rows(self) -> list[tuple[str, str]]:
        """Give the lines of the table: what, and how much."""
        found = [
            ("state", self.state),
            ("store", self.store or "none"),
            ("samples offered", f"{self.offered:,}"),
            ("stored", f"{self.stored:,}"),
            ("dropped", f"{self.dropped:,}"),
            ("pending", f"{self.pending:,}"),
            ("refused", f"{self.refused:,}"),
        ]
        found += [(f"windows of {name}", f"{n:,}, {self.late.get(name, 0):,} samples late") for name, n in self.windows.items()]
        found += [(f"source {name}", state) for name, state in self.sources.items()]
        found += [(f"alarms to {name}", state) for name, state in self.delivery.items()]
        return found + [("failed", str(failure)) for failure in self.failures]

    def __str__(self) -> str:
        rows = self.rows()
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)

    def _repr_html_(self) -> str:
        cells = "".join(
            f'<tr><th style="text-align:left">{html.escape(name)}</th><td style="text-align:left">{html.escape(value)}</td></tr>'
            for name, value in self.rows()
        )
        return f"<table>{cells}</table>"
