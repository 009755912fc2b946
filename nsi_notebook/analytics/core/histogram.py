"""Quantiles of any number of values in little space: a histogram whose buckets are the leading bits of a float."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...errors import OptionError, SeriesError, SummaryError

if TYPE_CHECKING:
    import xarray as xr

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

KEPT = 45  # bits of the mantissa that a bucket leaves out: 52 - 7, so 128 buckets an octave
ERROR = 1 / 256  # of the middle of a bucket, relative to any normal number in it
_WIDTH = 20  # bits of a bucket in a key; the group stands above them
_ZERO = 1 << (_WIDTH - 1)
_MAGNITUDE = np.int64(0x7FFF_FFFF_FFFF_FFFF)
_BLOCK = 1 << 15  # values that stay in the nearest cache while their keys and moments are found

QUANTILES = {"median": 0.5, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """What a `LogHistogram` keeps: the moments and ends of each group, and its buckets that hold anything.

    Parameters
    ----------
    count : numpy array of int64, shape (groups,)
    mean, m2 : numpy array of float64, shape (groups,)
        Mean, and sum of squared differences from it.
    low, high : numpy array of float64, shape (groups,)
        Least and largest value; +inf and -inf where there is none.
    key : numpy array of int64, shape (buckets,)
        Group and bucket, rising.
    weight : numpy array of int64, shape (buckets,)
        How many values are in it.
    """

    count: Ints
    mean: Floats
    m2: Floats
    low: Floats
    high: Floats
    key: Ints
    weight: Ints

    def first(self, groups: int) -> Sketch:
        """Give the first groups alone."""
        cut, n = np.searchsorted(self.key, groups << _WIDTH), groups
        ends = self.low[:n], self.high[:n]
        return Sketch(self.count[:n], self.mean[:n], self.m2[:n], *ends, self.key[:cut], self.weight[:cut])


@dataclass(frozen=True, slots=True)
class LogHistogram:
    """Count, mean, std, min, max, median, p95, p99 of values, mergeable; a summary in the sense of `nsi_notebook.summaries`.

    The bucket of a number is its float64 without the last 45 bits: sign, exponent and 7 bits of mantissa, so 128 buckets an
    octave, and its middle is within 1/256 (0.39 %) of anything in it. Count, min and max are exact; mean and std agree to
    rounding however the values are split; quantiles are bit for bit the same. A quantile lies between two neighbours in
    order, as in numpy's "linear" method, and is within 0.4 % of the larger one's magnitude; numbers below 2.2e-308 within
    2e-310; squares above 1e308 make std infinite. Only buckets that hold anything are kept.

    Parameters
    ----------
    groups : int
        How many histograms are kept at once. A block is an array of values for one group, and for more a pair
        `(group, values)` with the number of the group of each value.

    Examples
    --------
    >>> found = LogHistogram()
    >>> state = found.merge(found.partial(np.arange(500.0)), found.partial(np.arange(500.0, 1000.0)))
    >>> ds = found.finalize(state)
    >>> int(ds["count"]), float(ds["max"]), round(float(ds["p99"]))
    (1000, 999.0, 990)
    """

    groups: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.groups < 1 << (62 - _WIDTH):
            raise OptionError(f"groups is {self.groups}", "one or more")

    @property
    def name(self) -> str:
        """Name in the registry."""
        return "histogram"

    def identity(self) -> Sketch:
        """Give the state of no values."""
        zero, far = np.zeros(self.groups), np.full(self.groups, np.inf)
        nothing = np.zeros(0, dtype=np.int64)
        return Sketch(np.zeros(self.groups, dtype=np.int64), zero, zero, far, -far, nothing, nothing)

    def partial(self, block: Any) -> Sketch:
        """Count values into their buckets.

        Parameters
        ----------
        block : array-like of float, or pair of (array of int, array-like of float)
            Values; before them the group of each, if there is more than one.

        Raises
        ------
        SeriesError
            If a value is infinite or NaN: leave these out before.
        """
        group, given = (None, block) if self.groups == 1 else block
        values = np.ascontiguousarray(given, dtype=np.float64).ravel()
        if not values.size:
            return self.identity()
        least, most = float(values.min()), float(values.max())
        if not np.isfinite(least) or not np.isfinite(most):
            raise SeriesError(
                f"{int((~np.isfinite(values)).sum())} of {values.size} values are NaN or infinite", "leave them out"
            )
        with np.errstate(over="ignore", invalid="ignore"):  # squares of values above 1e154
            if group is None:
                return self._one(values, least, most)
            return self._many(np.asarray(group, dtype=np.int64), values, least, most)

    def merge(self, one: Sketch, other: Sketch) -> Sketch:
        """Add two states; neither is changed."""
        if len(one.count) != self.groups or len(other.count) != self.groups:
            raise SummaryError(
                f"states of {len(one.count)} and {len(other.count)} groups, not {self.groups}", "one groups= for all"
            )
        same = np.arange(self.groups, dtype=np.int64)
        return self.regrouped([one, other], [same, same])

    def regrouped(self, states: list[Sketch], groups: list[Ints]) -> Sketch:
        """Merge groups of states of any number of groups: panes into windows, parts into a whole.

        Parameters
        ----------
        states : list of Sketch
        groups : list of numpy array of int64
            For each state, the group here that each of its own becomes; several may become one.
        """
        if not states:
            return self.identity()
        to = np.concatenate(groups)
        count, mean, m2, low, high = (
            np.concatenate([getattr(s, n) for s in states]) for n in ("count", "mean", "m2", "low", "high")
        )
        with np.errstate(over="ignore", invalid="ignore"):
            moments = _pooled(to, count, mean, m2, self.groups)
        ends = _ends(to, low, high, self.groups)
        moved = [(new[s.key >> _WIDTH] << _WIDTH) | (s.key & ((1 << _WIDTH) - 1)) for s, new in zip(states, groups, strict=True)]
        return Sketch(*moments, *ends, *_added(np.concatenate(moved), np.concatenate([s.weight for s in states])))

    def quantiles(self, state: Sketch, q: npt.ArrayLike) -> Floats:
        """Give quantiles of each group, linear between neighbours in order as numpy's are.

        Parameters
        ----------
        state : Sketch
        q : array-like of float, shape (m,)
            From 0 to 1.

        Returns
        -------
        numpy array of float64, shape (groups, m)
            NaN where a group is empty.
        """
        wanted = np.atleast_1d(np.asarray(q, dtype=np.float64))
        if not ((wanted >= 0) & (wanted <= 1)).all():
            raise OptionError(f"quantiles {wanted.tolist()}", "from 0 to 1")
        n = state.count[:, None]
        place = wanted * np.maximum(n - 1, 0)
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, np.maximum(n - 1, 0))
        part = place - below
        upto = np.concatenate([[0], np.cumsum(state.weight)])
        before = (np.cumsum(state.count) - state.count)[:, None]

        def of(rank: Ints) -> Floats:
            if not len(state.key):
                return np.full(rank.shape, np.nan)
            found = np.searchsorted(upto[1:], before + rank, side="right")
            value = _middle(state.key[np.minimum(found, len(state.key) - 1)])
            value = np.clip(value, state.low[:, None], np.maximum(state.high, state.low)[:, None])
            value = np.where(rank == 0, state.low[:, None], value)
            return np.where(rank == n - 1, state.high[:, None], value)

        with np.errstate(invalid="ignore"):  # of groups that are empty
            found = np.where(part == 0, of(below), (1 - part) * of(below) + part * of(above))
        return np.where(n > 0, found, np.nan)

    def mad(self, state: Sketch) -> Floats:
        """Give the median of the absolute differences from the median of each group.

        Returns
        -------
        numpy array of float64, shape (groups,)
            Within 2 / 256 of the magnitude of the values, which may be more than it is itself; NaN where a group is empty.
        """
        if not len(state.key):
            return np.full(self.groups, np.nan)
        group = state.key >> _WIDTH
        away = np.abs(_middle(state.key) - self.quantiles(state, 0.5)[group, 0])
        order = np.lexsort((away, group))
        upto, before = np.cumsum(state.weight[order]), np.cumsum(state.count) - state.count
        below, above = (
            np.searchsorted(upto, before + np.maximum(n, 0) // 2, side="right") for n in (state.count - 1, state.count)
        )
        last = len(order) - 1
        found = (away[order[np.minimum(below, last)]] + away[order[np.minimum(above, last)]]) / 2
        return np.where(state.count > 0, found, np.nan)

    def finalize(self, state: Sketch, unit: str = "1") -> xr.Dataset:
        """Give count, mean, std, min, max, median, p95 and p99 of each group.

        Parameters
        ----------
        state : Sketch
        unit : str
            Of the values.
        """
        import xarray as xr

        said = self.quantiles(state, list(QUANTILES.values()))
        columns = moments(state) | dict(zip(QUANTILES, said.T, strict=True))
        dims: tuple[str, ...] = () if self.groups == 1 else ("group",)
        return xr.Dataset(
            {n: (dims, c[0] if self.groups == 1 else c, described(n, unit)) for n, c in columns.items()},
            attrs={"quantile_error": ERROR},
        )

    def _one(self, values: Floats, least: float, most: float) -> Sketch:
        """One group, a cache full at a time: keys into a table, moments pooled at the end."""
        first, last = (int(b) for b in buckets(np.array([least, most])))
        blocks = [values[i : i + _BLOCK] for i in range(0, values.size, _BLOCK)]
        dense = last - first < 8 * values.size + 4096
        table = np.zeros(last - first + 1 if dense else 0, dtype=np.int64)
        sparse = []
        mean, m2 = np.empty(len(blocks)), np.empty(len(blocks))
        for i, block in enumerate(blocks):
            found = buckets(block, positive=least > 0)
            if dense:
                found -= first
                np.add.at(table, found, 1)
            else:
                sparse.append(found)
            mean[i] = block.mean()
            away = block - mean[i]
            m2[i] = np.square(away, out=away).sum()
        count = np.array([b.size for b in blocks], dtype=np.int64)
        pooled = _pooled(np.zeros(len(blocks), dtype=np.int64), count, mean, m2, 1)
        if dense:
            key = np.flatnonzero(table)
            weight = table[key]
            key = key + (first + _ZERO)
        else:
            key, weight = _runs(np.sort(np.concatenate(sparse)) + _ZERO)
        return Sketch(*pooled, np.array([least]), np.array([most]), key, weight)

    def _many(self, group: Ints, values: Floats, least: float, most: float) -> Sketch:
        if group.shape != values.shape or group.min() < 0 or group.max() >= self.groups:
            raise SummaryError(
                f"{group.size} groups of {group.min()} to {group.max()} for {values.size} values",
                f"one each, below {self.groups}",
            )
        first, last = (int(b) for b in buckets(np.array([least, most])))
        span, groups = last - first + 1, self.groups
        dense = span * groups < 4 * values.size + 4096
        table = np.zeros(span * groups if dense else 0, dtype=np.int64)
        packed = np.empty(0 if dense else values.size, dtype=np.int64)
        count, total = np.zeros(groups, dtype=np.int64), np.zeros(groups)
        low, high = np.full(groups, np.inf), np.full(groups, -np.inf)
        blocks = [slice(i, i + _BLOCK) for i in range(0, values.size, _BLOCK)]
        for at in blocks:
            of, value = group[at], values[at]
            found = buckets(value, positive=least > 0)
            if dense:
                found += of * span - first
                np.add.at(table, found, 1)
            else:
                packed[at] = (of << _WIDTH) + (found + _ZERO)
            np.add.at(count, of, 1)
            np.add.at(total, of, value)
            np.minimum.at(low, of, value)
            np.maximum.at(high, of, value)
        mean, m2 = total / np.maximum(count, 1), np.zeros(groups)
        for at in blocks:
            np.add.at(m2, group[at], np.square(values[at] - mean[group[at]]))
        if dense:
            filled = np.flatnonzero(table)
            key, weight = ((filled // span) << _WIDTH) + (filled % span + first + _ZERO), table[filled]
        else:
            key, weight = _runs(np.sort(packed))
        return Sketch(count, mean, m2, low, high, key, weight)


def buckets(values: Floats, *, positive: bool = False) -> Ints:
    """Give the bucket of each value: 0 of 0, rising with the value; upper ends belong to their bucket.

    Examples
    --------
    >>> buckets(np.array([-1.0, 0.0, 1.0, 1.001, 2.0])).tolist()
    [-130944, 0, 130944, 130945, 131072]
    """
    bits = values.view(np.int64)
    if positive:
        found: Ints = bits - 1
        found >>= KEPT
        found += 1
        return found
    found = ((bits & _MAGNITUDE) - 1 >> KEPT) + 1
    return np.where(bits < 0, -found, found)


def moments(state: Sketch) -> dict[str, npt.NDArray[Any]]:
    """Give count, mean, std (n - 1 below), min and max of each group; NaN where there are too few values."""
    some = state.count > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "count": state.count,
            "mean": np.where(some, state.mean, np.nan),
            "std": np.where(state.count > 1, np.sqrt(state.m2 / (state.count - 1)), np.nan),
            "min": np.where(some, state.low, np.nan),
            "max": np.where(some, state.high, np.nan),
        }


def described(name: str, unit: str) -> dict[str, str]:
    """Give unit and name of one of the variables above."""
    told = {"std": "sample standard deviation", "p95": "95th percentile", "p99": "99th percentile"}
    told |= {"count": "number of values", "min": "least value", "max": "largest value"}
    return {"units": "1" if name == "count" else unit, "long_name": told.get(name, name)}


def _middle(key: Ints) -> Floats:
    bucket = (key & ((1 << _WIDTH) - 1)) - _ZERO
    bits = np.where(bucket == 0, 0, (np.abs(bucket) << KEPT) - (1 << (KEPT - 1)))
    found: Floats = np.sign(bucket) * bits.view(np.float64)
    return found


def _pooled(to: Ints, count: Ints, mean: Floats, m2: Floats, groups: int) -> tuple[Ints, Floats, Floats]:
    """Join counts, means and sums of squares (Chan, Golub and LeVeque 1983); a group of one keeps its bits."""
    total = np.bincount(to, count, minlength=groups).astype(np.int64)
    some = count > 0
    base = np.zeros(groups)
    base[to[some]] = mean[some]
    below = np.maximum(total, 1)
    centre = base + np.bincount(to, count * (mean - base[to]), minlength=groups) / below
    away = np.where(some, mean - centre[to], 0.0)
    spread: Floats = np.bincount(to, m2 + count * away**2, minlength=groups).astype(np.float64)
    return total, centre, spread


def _ends(to: Ints, low: Floats, high: Floats, groups: int) -> tuple[Floats, Floats]:
    least, most = np.full(groups, np.inf), np.full(groups, -np.inf)
    np.minimum.at(least, to, low)
    np.maximum.at(most, to, high)
    return least, most


def _added(key: Ints, weight: Ints) -> tuple[Ints, Ints]:
    order = np.argsort(key, kind="stable")  # merges of sorted parts are what this kind is fast at
    key, weight = key[order], weight[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    return key[first], np.add.reduceat(weight, first) if len(first) else weight


def _runs(key: Ints) -> tuple[Ints, Ints]:
    first = np.flatnonzero(np.diff(key, prepend=-1))
    return key[first], np.diff(first, append=len(key))


__all__ = ["LogHistogram", "Sketch"]
