"""Percentiles and quantiles by name, which windows and stores read alike."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...errors import OptionError, UnknownNameError


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


__all__ = ["level"]
