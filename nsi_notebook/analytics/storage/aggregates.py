"""What can be said of the samples of a group, in SQL; a missing value is null there and counts in `missing` only."""

from __future__ import annotations

from ...errors import OptionError
from ..core.levels import level

KNOWN = {
    "count": "count(value)",
    "distinct": "count(distinct value)",
    "first": "arg_min(value, row(time, value)) filter (value is not null)",
    "last": "arg_max(value, row(time, value)) filter (value is not null)",
    "max": "max(value)",
    "mean": "avg(value)",
    "median": "quantile_cont(value, 0.5)",
    "min": "min(value)",
    "missing": "count(*) - count(value)",
    "std": "stddev_samp(value)",
    "sum": "sum(value)",
}
COUNTS = ("count", "distinct", "missing")


def expression(asked: str) -> str:
    """Give the SQL of an aggregate.

    Parameters
    ----------
    asked : str
        count, missing, distinct (different values), sum, mean, std (of a sample, n - 1), min, max, median, first and last (by
        time; of two at one time the smaller is earlier), a percentile p0 to p100 ("p95", "p99.9") or a quantile q0 to q1,
        interpolated as NumPy does.

    Raises
    ------
    UnknownNameError, OptionError
        If there is none of that name, or a percentile is outside its range.

    Examples
    --------
    >>> expression("p95")
    'quantile_cont(value, 0.95)'
    """
    if not isinstance(asked, str):
        raise OptionError(f"an aggregate is {asked!r}", "a text, e.g. 'mean' or 'p95'")
    if asked in KNOWN:
        return KNOWN[asked]
    return f"quantile_cont(value, {level(asked, KNOWN)})"


def unit_of(asked: str, unit: str) -> str:
    """Give the unit of an aggregate of values in `unit`."""
    return "1" if asked in COUNTS else unit
