"""What windows, stores and metrics say alike: how aggregates are named, how quantiles lie between values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import OptionError, UnknownNameError

Floats = npt.NDArray[np.float64]

ROBUST = 1.4826022185056018  # standard deviations of a normal distribution in its median absolute deviation


def plain(asked: Any) -> str:
    """Give the name of an aggregate: "value:p95" is the same as "p95".

    Raises
    ------
    OptionError
        If it is no text.

    Examples
    --------
    >>> plain("value:p95"), plain("mean")
    ('p95', 'mean')
    """
    if not isinstance(asked, str):
        raise OptionError(f"an aggregate is {asked!r}", "a text, e.g. 'mean' or 'p95'")
    return asked.removeprefix("value:")


def level(asked: str, known: Iterable[str]) -> float:
    """Give the part of the values that lie below a percentile or a quantile.

    Parameters
    ----------
    asked : str
        A percentile p0 to p100 ("p95", "p99.9") or a quantile q0 to q1 ("q0.25").
    known : iterable of str
        What else there is, for the message.

    Raises
    ------
    UnknownNameError, OptionError
        If it is neither, or outside its range.

    Examples
    --------
    >>> level("p95", ["mean"]), level("q0.25", ["mean"])
    (0.95, 0.25)
    """
    read = re.fullmatch(r"([pq])(\d+(?:\.\d+)?)", asked)
    if read is None:
        raise UnknownNameError.among("aggregate", asked, [*known, "p95", "q0.25"])
    found = float(read[2]) / (100 if read[1] == "p" else 1)
    if found > 1:
        raise OptionError(f"{asked} is beyond the largest value", "p0 to p100, or q0 to q1")
    return found


def interpolated(low: Floats, high: Floats, part: Floats) -> Floats:
    """Give the values that lie a part of the way between neighbours in order: exact at both ends.

    The quantile at a level lies between the values of the ranks around (n - 1) * level, from 0: definition 7 of Hyndman and Fan
    (The American Statistician 50:361, 1996), which NumPy calls "linear"; this is its arithmetic, too.

    Examples
    --------
    >>> interpolated(np.array([1.0, 1.0]), np.array([3.0, 3.0]), np.array([0.25, 1.0]))
    array([1.5, 3. ])
    """
    step = high - low
    return np.where(part < 0.5, low + step * part, high - step * (1 - part))


__all__ = ["ROBUST", "interpolated", "level", "plain"]
