"""Chords: runs of empty pixels along each axis.

Torquato & Lu 1993, Phys Rev E 47:2950; mean chord: Underwood 1970, Quantitative Stereology.

Runs that touch the border are cut short there, and long runs touch it more often: to count all, or to leave those out, makes
chords too short, and to take them all for censored makes them too long, as the border meets runs in proportion to their length.
`edge="corrected"` follows the runs from each end that is seen inside the window, in one direction: such ends are met without
regard to length, and the run behind is cut where it reaches the border, which does not depend on it. The product-limit
estimator of Kaplan & Meier 1958 then holds (Laslett 1982, Adv Appl Prob 14:437; Gill 1994, Lectures on Survival Analysis, LNM
1581). A run with both ends inside is followed twice, one that touches the border once, one that spans the window never. The mean
needs no tail: it is the void fraction over the number of chords per length (Underwood), each over the places it may be seen at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, get_args

import numpy as np

from ...errors import UnknownNameError
from ..space import Space
from .base import Array, Coord, Counts, Edge, Panel, Variable, ratio
from .runs import Runs


@dataclass(frozen=True)
class Chords(Runs):
    """Chord lengths of the void along each axis.

    Parameters
    ----------
    edge : {"all", "inner", "corrected"}
        Count all runs, or leave out those that touch the border of the window (they are cut short there), or estimate what an
        unbounded window would show.

    Variables
    ---------
    chord_count (axis, length) (1), mean_chord (axis) (L)
        `length` is in pixels; `chord_length` (axis, length) beside it is in length units. Corrected, chord_count is the number of
        chords times the estimated share of each length: no whole number, and NaN beyond the longest run that is followed to its
        end if some are cut at it or later, as no share can be told there; so the sum may be less than the number. mean_chord has
        no such limit; it is NaN where no chord begins or ends in the window.

    Examples
    --------
    >>> import numpy as np
    >>> m = Chords()
    >>> m.finalize(m.partial(np.array([[True, True, False, True]]))).mean_chord.values
    array([1. , 1.5])
    """

    edge: Edge = "all"
    name: ClassVar[str] = "chords"
    panels: ClassVar[tuple[Panel, ...]] = (Panel("chord_count", "chord_length", by="axis", log="y"),)

    def __post_init__(self) -> None:
        """Check the edge rule."""
        if self.edge not in get_args(Edge):
            raise UnknownNameError.among("edge rule", self.edge, get_args(Edge))

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        """Histogram and mean."""
        inner, border = counts["inner"][..., 1:], counts["border"][..., 1:]
        length = np.arange(1, inner.shape[-1] + 1)
        steps = np.array(space.spacing)
        if self.edge == "corrected":
            sides = np.array(space.shape)
            once = np.where(length == sides[:, None], 0, border)  # those as long as their axis touch it at both ends
            number = _product_limit(inner, once)
            ends = 2 * inner.sum(axis=-1) + once.sum(axis=-1)
            mean = ratio(2 * ((inner + border) @ length) * (sides - 1), ends * sides) * steps
        else:
            number = inner if self.edge == "inner" else inner + border
            mean = ratio(number @ length, number.sum(axis=-1)) * steps
        least = 0 if self.edge == "corrected" else min(space.spacing)
        return [
            Variable("chord_count", number, "1", "number of chords of the void", ("axis", "length"), extent=length, lowest=0),
            Variable("mean_chord", mean, space.unit, "mean chord length of the void", ("axis",), lowest=least),
        ], [
            Coord("axis", ("axis",), np.array(space.dims), "1", "axis"),
            Coord("length", ("length",), length, "pixel", "chord length"),
            Coord("chord_length", ("axis", "length"), length * steps[:, None], space.unit, "chord length"),
        ]


def _product_limit(inner: Array, once: Array) -> Array:
    """Estimate the number of chords of each length.

    Parameters
    ----------
    inner, once : ndarray, shape (..., length)
        Runs of each length from 1 pixel that touch the border nowhere, and at one end.
    """
    # of a run that reaches the border at k pixels the length is known to be k or more: it is followed to k - 1
    followed = 2 * _at_least(inner) + _at_least(once) - once
    ended = ratio(2 * inner, followed)
    longer = np.cumprod(1 - np.nan_to_num(ended), axis=-1)
    before = np.concatenate([np.ones_like(longer[..., :1]), longer[..., :-1]], axis=-1)
    share = np.where(before > 0, before * ended, 0.0)
    return np.asarray(share * (inner + once / 2).sum(axis=-1, keepdims=True))


def _at_least(number: Array) -> Array:
    """Runs of each length or longer."""
    return np.cumsum(number[..., ::-1], axis=-1)[..., ::-1]
