"""Base of the measures that give each empty pixel a length: how the lengths are distributed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import OptionError
from ..distances import SAME, distinct
from ..space import Space
from .base import Array, Counts, State, ratio
from .whole import Whole

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


class Mapped(Whole):
    """A measure of a length at each empty pixel."""

    q: tuple[float, ...]

    def __post_init__(self) -> None:
        """Check the quantiles."""
        if not self.q or any(not 0 <= p <= 1 for p in self.q):
            raise OptionError(f"q={self.q} are not quantiles", "give numbers from 0 to 1")

    @staticmethod
    def squares(mask: NDArray[np.bool_], spacing: Sequence[float]) -> tuple[NDArray[Any], float]:
        """Squares of the lengths (0 in the solid), and the unit by which their roots are multiplied."""
        raise NotImplementedError

    def tally(self, states: Sequence[State], space: Space) -> Counts:
        """Put the mask together and count the empty pixels of each state by their length.

        Returns
        -------
        dict
            value, shape (k,): lengths that occur, rising; number, shape (len(states), k): empty pixels at each.
        """
        mask, home = self.assemble(states, space)
        if mask.all() or not mask.any():
            return {"value": np.array([np.nan]), "number": np.zeros((len(states), 1), dtype=np.int64)}
        squares, unit = self.squares(mask, space.spacing)
        value, which = distinct(squares[mask])
        flat = home[mask] * np.int64(len(value)) + which
        number = np.bincount(flat, minlength=len(states) * len(value)).reshape(len(states), -1)
        return {"value": np.sqrt(value, dtype=np.float64) * unit, "number": number}

    def mean(self, counts: Counts) -> Array:
        """Mean length, NaN where there is no void or no solid."""
        return ratio(counts["number"] @ counts["value"], counts["number"].sum(axis=-1))

    def quantiles(self, counts: Counts) -> Array:
        """Quantiles along the last axis: the least length that the share q of the void does not exceed."""
        value, number = counts["value"], counts["number"]
        total, running = number.sum(axis=-1), np.cumsum(number, axis=-1)
        places = [np.minimum((running < np.asarray(p * total)[..., None]).sum(axis=-1), len(value) - 1) for p in self.q]
        return np.stack([np.where(total > 0, value[place], np.nan) for place in places], axis=-1)

    def stand_ins(self, sides: Sequence[Counts]) -> dict[str, list[Array]]:
        """For quantiles: the share of the void up to that quantile of both masks together, of lengths equal to it half.

        Two masks of one kind have the same share (Woodruff 1952, J Am Stat Assoc 47:635; for the median: Mood 1950,
        Introduction to the Theory of Statistics), which is a ratio of counts. A row is linear in the counts of its tile.
        """
        value = np.concatenate([side["value"] for side in sides])
        number = np.concatenate([side["number"].sum(axis=0) for side in sides])
        order = np.argsort(value)
        middle = self.quantiles({"value": value[order], "number": number[order]})
        result = []
        for side in sides:
            value, number = side["value"], side["number"]
            weights = ((value[:, None] < middle * (1 - SAME)) + 1.0 * (value[:, None] <= middle * (1 + SAME))) / 2
            below, all_ = number @ weights, number.sum(axis=1, keepdims=True)
            share = ratio(below.sum(axis=0), all_.sum())
            result.append(share + ratio(below - share * all_, all_.mean()))
        return {f"{self.name}_quantile": result}

    def beyond(self, counts: Counts, length: Array, *, equal: bool) -> Array:
        """Share of the void that has more than each length, or as much."""
        value, number = counts["value"], counts["number"]
        # lengths that only rounding sets apart are equal: the length unit does not decide
        first = np.searchsorted(value, length * (1 - SAME if equal else 1 + SAME), side="left" if equal else "right")
        above = np.cumsum(number[..., ::-1], axis=-1)[..., ::-1]
        there = np.where(first < len(value), above[..., np.minimum(first, len(value) - 1)], 0)
        return ratio(there, number.sum(axis=-1)[..., None])
