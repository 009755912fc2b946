"""Time two ways to one answer, turn by turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ENOUGH = 3.0  # seconds of pairs after which no more are begun
MOST = 15
LONG = 30_000.0  # milliseconds of the peer's first call, which then is its only one


@dataclass(frozen=True)
class Case:
    """One comparison.

    Parameters
    ----------
    name : str
        What is computed, on what.
    peer : str
        Whose way the other is.
    ours, theirs : callable
        Both take nothing and give an answer.
    check : callable
        Takes both answers, raises AssertionError where they disagree, and says how well they agree.
    target : float
        The ratio that we mean to reach.
    """

    name: str
    peer: str
    ours: Callable[[], Any]
    theirs: Callable[[], Any]
    check: Callable[[Any, Any], str]
    target: float


@dataclass(frozen=True)
class Outcome:
    """What a case gave: milliseconds (median), ratio theirs / ours (median, least and most), and how well the answers agree."""

    ours: float
    theirs: float
    ratio: float
    least: float
    most: float
    agreement: str


def run(case: Case) -> Outcome:
    """Run one case: once each to warm up and to compare the answers, then in turns."""
    ours, _ = _timed(case.ours)
    theirs, first = _timed(case.theirs)
    agreement = case.check(ours, theirs)
    mine, other = ([_timed(case.ours)[1]], [first]) if first > LONG else ([], [])
    begun = time.perf_counter()
    while first <= LONG and (len(mine) < 3 or (len(mine) < MOST and time.perf_counter() - begun < ENOUGH)):
        mine.append(_timed(case.ours)[1])
        other.append(_timed(case.theirs)[1])
    ratios = [b / a for a, b in zip(mine, other, strict=True)]
    middle = statistics.median
    return Outcome(middle(mine), middle(other), middle(ratios), min(ratios), max(ratios), agreement)


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """Answer and milliseconds."""
    begun = time.perf_counter()
    answer = call()
    return answer, 1000 * (time.perf_counter() - begun)
