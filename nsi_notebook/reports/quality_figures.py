"""The figures of a quality watch: an answer of several series, a panel for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .quality import Looked

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def drawn(looked: Sequence[Looked], what: str, title: str) -> Figure | None:
    """Draw an answer of each of these series that has it: "changes", "trend" or "forecast"; None if none has.

    Parameters
    ----------
    looked : sequence of Looked
    what : str
    title : str
        Over the figure, which has up to eight panels; of changes those first that have any.
    """
    from ..analytics.algorithms.every import Each
    from ..analytics.visualization.each import figure

    held = [one for one in looked if getattr(one, what) is not None]
    if not held:
        return None
    if what == "changes":
        held.sort(key=lambda one: not one.changes)  # those that changed first, as not all may be drawn
    names = [titled(one, what) for one in held]
    return figure(Each(tuple(getattr(one, what) for one in held), {"": np.array(names, dtype=object)}), title=title)


def titled(one: Looked, what: str) -> str:
    """Name a series, and what was taken out of it before a question was asked."""
    season = ", less its season" * (one.season is not None and what != "forecast")
    flat = ", less its trend" * (one.drifts and what == "changes")
    return one.name + season + flat + ", since its last change" * (one.since_change and what == "trend")
