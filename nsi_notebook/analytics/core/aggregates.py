"""What can be said of the values of a window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter, methodcaller

import numpy as np

from .condensed import Condensed
from .grouping import Floats, Groups
from .levels import interpolated, level, plain


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One number for each group of samples.

    Parameters
    ----------
    name : str
        As it is asked for: "mean", "p95".
    compute : callable
        Gives one number for each group; NaN where a group has no values.
    units : str
        "same" as the values, "1", or "rate": of the values in a second.
    timed : bool
        Whether it needs the values by time.
    condensed : callable, optional
        Gives the number for groups of which histograms and sums are left.
    """

    name: str
    compute: Callable[[Groups], Floats] = field(compare=False, repr=False)
    units: str = "same"
    timed: bool = False
    condensed: Callable[[Condensed], Floats] | None = field(default=None, compare=False, repr=False)

    @np.errstate(over="ignore", invalid="ignore")  # an answer that is infinite, or NaN, says that it overflowed
    def of(self, groups: Groups) -> Floats:
        """Give the number for each group, condensed or not; a zero has no sign, as that of the values depends on their order."""
        found = self.compute(groups)
        if groups.condensed is not None and self.condensed is not None:
            found[groups.condensed.at] = self.condensed(groups.condensed)
        found += 0.0  # which makes 0.0 of -0.0
        return found

    @property
    def condensable(self) -> bool:
        """Whether it can be told of groups of which histograms and sums are left."""
        return self.condensed is not None or self.name == "missing"

    def unit_of(self, unit: str) -> str:
        """Give the unit of the aggregate of values in `unit`."""
        return {"same": unit, "1": "1", "rate": f"{unit}/s"}[self.units]


def aggregate(asked: str) -> Aggregate:
    """Find an aggregate by its name.

    Parameters
    ----------
    asked : str
        count, missing, sum, mean, std (of a sample, n - 1), min, max, median, first and last (by time; of two at one time the
        smaller is earlier), slope (least squares, per second), distinct (different values), a percentile p0 to p100 ("p95",
        "p99.9") or a quantile q0 to q1 ("q0.25"), interpolated as NumPy does by default. "value:mean" is the same as "mean".
        `TimeSeriesDatabase.query` has the same, and gives the same numbers.

        Of a window without values count and distinct are 0 and the others NaN; std of one value, and slope of values of one
        time, are NaN, too. A zero is 0.0, never -0.0.

    Raises
    ------
    UnknownNameError, OptionError
        If there is none of that name, or a percentile is outside its range.

    Examples
    --------
    >>> from .grouping import grouped
    >>> groups = grouped(np.array([0, 0, 0, 1]), np.array([3.0, 1.0, 2.0, 5.0]))
    >>> aggregate("median").compute(groups)
    array([2., 5.])
    """
    name = plain(asked)
    if name in _KNOWN:
        return _KNOWN[name]
    return _quantile(name, level(name, _KNOWN))


def quantile(groups: Groups, level: float) -> Floats:
    """Interpolate a quantile of each group; see `core.levels.interpolated`.

    Parameters
    ----------
    level : float
        0 to 1.
    """
    place = (groups.count[groups.filled] - 1) * level
    lower = np.floor(place).astype(np.int64)
    part = place - lower
    return groups.full(interpolated(*groups.between(lower, level), part))


def _quantile(name: str, level: float) -> Aggregate:
    return Aggregate(name, partial(quantile, level=level), condensed=methodcaller("quantile", level))


def _count(groups: Groups) -> Floats:
    return groups.count.astype(np.float64)


def _missing(groups: Groups) -> Floats:
    return groups.missing.astype(np.float64)


def _sum(groups: Groups) -> Floats:
    return groups.full(groups.sum.copy())


def _mean(groups: Groups) -> Floats:
    return groups.full(groups.sum / groups.count[groups.filled])


def _std(groups: Groups) -> Floats:
    n, squares = groups.count[groups.filled], groups.squares
    return groups.full(np.sqrt(np.divide(squares, n - 1, where=n > 1, out=np.full(len(n), np.nan))))


def _min(groups: Groups) -> Floats:
    return groups.full(groups.low.copy())


def _max(groups: Groups) -> Floats:
    return groups.full(groups.high.copy())


def _first(groups: Groups) -> Floats:
    assert groups.by_time is not None
    return groups.full(groups.by_time[groups.start[groups.filled]])


def _last(groups: Groups) -> Floats:
    assert groups.by_time is not None
    return groups.full(groups.by_time[groups.stop[groups.filled] - 1])


def _slope(groups: Groups) -> Floats:
    assert groups.time is not None
    assert groups.by_time is not None
    seconds = (groups.time - groups.spread(groups.time[groups.start[groups.filled]])) / 1e6
    n = groups.count[groups.filled]
    x = seconds - groups.spread(groups.reduce(np.add, seconds) / n)
    y = groups.by_time - groups.spread(groups.reduce(np.add, groups.by_time) / n)
    square = groups.reduce(np.add, x * x)
    return groups.full(np.divide(groups.reduce(np.add, x * y), square, where=square > 0, out=np.full(len(n), np.nan)))


def _distinct(groups: Groups) -> Floats:
    new = np.ones(len(groups.rising))
    new[1:] = groups.rising[1:] != groups.rising[:-1]
    new[groups.start[groups.filled]] = 1
    found = np.zeros(len(groups.id))
    found[groups.filled] = groups.reduce(np.add, new)
    return found


_KNOWN = {
    each.name: each
    for each in (
        Aggregate("count", _count, "1", condensed=attrgetter("sketch.count")),
        Aggregate("missing", _missing, "1"),
        Aggregate("sum", _sum, condensed=Condensed.sum),
        Aggregate("mean", _mean, condensed=Condensed.mean),
        Aggregate("std", _std, condensed=Condensed.std),
        Aggregate("min", _min, condensed=attrgetter("sketch.low")),
        Aggregate("max", _max, condensed=attrgetter("sketch.high")),
        _quantile("median", 0.5),
        Aggregate("first", _first, timed=True),
        Aggregate("last", _last, timed=True),
        Aggregate("slope", _slope, "rate", timed=True),
        Aggregate("distinct", _distinct, "1"),
    )
}
NAMES = tuple(_KNOWN)  # beside these there are percentiles and quantiles
