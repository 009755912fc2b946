"""Samples that wait for their windows to close: one keeper for each kind of window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ..core.grouping import Floats, Groups, Ints
from .plans import Plan

Mask = npt.NDArray[np.bool_]

WAITING = 1 << 20  # with a budget, no more samples than these wait unsorted


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Samples by key: columns of one length."""

    key: npt.NDArray[Any]  # int32 or int64
    time: Ints
    value: Floats

    def __len__(self) -> int:
        return len(self.key)

    def take(self, chosen: npt.NDArray[np.generic] | slice) -> Rows:
        """Give the samples at these places, or where a mask is true."""
        return Rows(self.key[chosen], self.time[chosen], self.value[chosen])


class Closed(NamedTuple):
    """Windows with what is in them: bounds and key of each of the groups."""

    start: Ints
    end: Ints
    key: Ints
    groups: Groups


class Keeper(Protocol):
    """Holds samples until their windows close.

    Attributes
    ----------
    fresh : list
        What came since windows were last given or looked at; whoever asks for these clears it.
    """

    fresh: list[Any]

    def __init__(self, plan: Plan) -> None: ...

    def late(self, rows: Rows, before: Ints) -> Mask:
        """Tell which samples are too late, where `before` is the watermark that each of them met."""
        ...

    def add(self, rows: Rows, before: Ints | None) -> None:
        """Take samples, none of them late; without `before` none of them is behind the watermark."""
        ...

    def close(self, watermark: int | None) -> list[Closed]:
        """Give the windows that the watermark has passed, and those given before that have changed; None gives all."""
        ...

    def look(self) -> list[Closed]:
        """Give the windows that are still open and into which something fresh came."""
        ...

    @property
    def pending(self) -> int:
        """How many samples are held."""
        ...


def keeper(plan: Plan) -> Keeper:
    """Make the keeper that a plan needs."""
    from .counted import Counted, Numbered
    from .panes import Panes
    from .sessions import Sessions

    large = plan.most is not None and plan.most < plan.size
    kinds: dict[str, type[Keeper]] = {"panes": Panes, "sessions": Sessions, "counts": Numbered if large else Counted}
    return kinds[plan.kind](plan)


def joined(parts: Sequence[Rows]) -> Rows:
    """Put samples behind one another."""
    if len(parts) == 1:
        return parts[0]
    whole = np.empty(0, dtype=np.int64)
    return Rows(
        np.concatenate([whole, *(part.key for part in parts)]),
        np.concatenate([whole, *(part.time for part in parts)]),
        np.concatenate([np.empty(0), *(part.value for part in parts)]),
    )
