"""What can be said of the samples of a group, in SQL; a missing value is null there and counts in `missing` only."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.aggregates import aggregate
from ..core.levels import level

SLOPE = "sum(away * off) / nullif(sum(away * away) filter (where value is not null), 0)"  # of what `centred` gives
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
    "slope": SLOPE,
    "std": "stddev_samp(value)",
    "sum": "sum(value)",
}
COUNTS = ("count", "distinct", "missing")


def expression(asked: str) -> str:
    """Give the SQL of an aggregate.

    Parameters
    ----------
    asked : str
        The name of one that `core.aggregates.aggregate` has.

    Examples
    --------
    >>> expression("p95")
    "quantile_cont(value, '0.95'::float8)"
    """
    return KNOWN[asked] if asked in KNOWN else f"quantile_cont(value, '{level(asked, KNOWN)}'::float8)"


def centred(rows: str, at: str, keys: Sequence[str]) -> str:
    """Give the SQL of samples with their distance from the middle of their group, for `SLOPE`, in words that all stores read.

    Sums of microseconds are whole numbers there, so that nothing is lost however far from 1970 and however close together.

    Parameters
    ----------
    rows : str
        A SELECT that gives `value`, `time` and the keys.
    at : str
        Microseconds of `time`, a bigint.
    keys : sequence of str
        What tells groups apart.

    Returns
    -------
    str
        A SELECT that gives the keys, `time`, `value`, and beside them `away` (seconds from the mean time of the group's values)
        and `off` (from their mean).
    """
    by, of = ", ".join(keys), ", ".join(f"r.{key}" for key in keys)
    same = " and ".join(f"r.{key} = g.{key}" for key in keys)
    middle = f"(sum({at}) - sum(1::bigint) * min({at}))::float8 / 1e6 / count(*)"  # a sum of bigint is wider than one
    group = f"select {by}, min({at}) as first, {middle} as middle, avg(value) as mean"
    return (
        f"select {of}, r.time, r.value, ({at} - g.first)::float8 / 1e6 - g.middle as away, r.value - g.mean as off"  # noqa: S608 - ours
        f" from ({rows}) r left join ({group} from ({rows}) s where value is not null group by {by}) g on {same}"
    )


def unit_of(asked: str, unit: str) -> str:
    """Give the unit of an aggregate of values in `unit`, or of the values themselves: "value"."""
    return unit if asked == "value" else aggregate(asked).unit_of(unit)
