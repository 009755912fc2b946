"""Positions of samples: that they rise, and by which steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import TimeError
from .noise import Floats
from .zones import told_places

NEIGHBOURS = 1.2  # of a step: what is farther apart is a gap


def rising(values: npt.NDArray[Any], numbers: Floats, dim: str, zone: str = "UTC") -> None:
    """Refuse positions that are there twice or go back."""
    steps = np.diff(numbers)
    back, same = np.flatnonzero(steps < 0), np.flatnonzero(steps == 0)

    def place(at: int) -> str:
        return told_places(values[[at]], zone)[0] + (f" {zone}" if values.dtype.kind == "M" else "")

    if back.size:
        often = "once" if back.size == 1 else f"{back.size} times"
        raise TimeError(
            f"the coordinate {dim!r} goes back {often}, first after {place(back[0])}",
            f"data.sortby({dim!r}); of pandas: data.sort_index()",
        )
    if same.size:
        raise TimeError(
            f"the coordinate {dim!r} holds {same.size} value{'s'[: same.size != 1]} twice, first {place(same[0])}",
            f"data.groupby({dim!r}).mean(), or leave the repeated ones out",
        )


def step_of(position: Floats, dim: str, per: str) -> tuple[float, str]:
    """Give the step from sample to sample, and what is wrong with the steps: gaps are not."""
    steps = np.diff(position)
    if not steps.size:
        return 1.0, ""
    tenth = (steps.size - 1) // 10
    step = float(np.median(steps[steps <= 1.5 * np.partition(steps, tenth)[tenth]]))
    odd = (steps < (2 - NEIGHBOURS) * step) | (steps > NEIGHBOURS * step) & (steps < 1.5 * step)
    if not odd.any() and 2 * (steps <= NEIGHBOURS * step).sum() >= steps.size:
        return step, ""
    return step, f"the steps along {dim!r} differ: from {steps.min():g} to {steps.max():g} {per}".removesuffix(" 1")
