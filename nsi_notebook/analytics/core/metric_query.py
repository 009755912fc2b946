"""Answers from records: grouped by tags and by steps of time, exact where groups are small."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from ...errors import OptionError
from . import times
from .histogram import ERROR, QUANTILES, Floats, Ints, LogHistogram, described, moments
from .instruments import Instrument
from .levels import interpolated

if TYPE_CHECKING:
    from .metrics import Family

EXACT = 10_000  # values of a group that are sorted rather than counted into a histogram
STEPS = 1_000_000


def query(
    family: Family, members: Sequence[Instrument], apart: tuple[str, ...], first: int, last: int | None, step: int | None
) -> xr.Dataset:
    """Answer `MetricsCollector.query`; times and step in microseconds."""
    keys = list(dict.fromkeys(tuple(m.tag[key] for key in apart) for m in members))
    found = [(keys.index(tuple(m.tag[key] for key in apart)), *m.recording.columns()) for m in members]
    past = np.iinfo(np.int64).max if last is None else last

    def within(moment: Ints) -> npt.NDArray[np.bool_]:
        return (moment >= first) & (moment < past)

    there = [m[within(m)] for _, moment, _, old in found for m in (moment, old.minute)]
    ends = [(int(m.min()), int(m.max())) for m in there if m.size]
    start, steps = 0, 1
    if step is not None:
        low = min((low for low, _ in ends), default=0)
        high = max((high for _, high in ends), default=-1) if last is None else (last - 1 if ends else -1)
        start = low // step * step
        steps = max((high - start) // step + 1, 0)
        if steps * max(len(keys), 1) > STEPS:
            raise OptionError(f"{steps} steps of {times.told(step)} for {len(keys)} series", f"at most {STEPS}: a longer step")
    groups = len(keys) * steps

    def at(series: int, moment: Ints) -> Ints:
        return series * steps + (0 if step is None else (moment - start) // step) + np.zeros_like(moment)

    empty: list[Ints] = [np.empty(0, dtype=np.int64)]
    group = np.concatenate(empty + [at(k, moment[within(moment)]) for k, moment, _, _ in found])
    value = np.concatenate([np.empty(0), *(v[within(moment)] for _, moment, v, _ in found)])
    states, to = [], []
    for k, _, _, old in found:
        if within(old.minute).any():
            states.append(old.state)
            to.append(np.where(within(old.minute), at(k, old.minute), groups))  # those outside into one to be cut off
    columns = grouped(group, value, groups, states, to) if groups else {}
    return _told(columns, family, apart, keys, start, steps, step)


def grouped(group: Ints, value: Floats, groups: int, states: list[Any], to: list[Ints]) -> dict[str, npt.NDArray[Any]]:
    """Give count, mean, std, min, max and quantiles of values by group, together with states of histograms.

    A zero is 0.0, never -0.0: the sign of a zero depends on the order of records.
    """
    count = np.bincount(group, minlength=groups)
    rough = count > EXACT
    for target in to:
        rough[target[target < groups]] = True
    fine = ~rough[group]
    columns = exact(group[fine], value[fine], groups)
    if rough.any():
        histogram = LogHistogram(groups + 1)
        new = histogram.partial((group[~fine], value[~fine]))
        joined = histogram.regrouped([new, *states], [np.arange(groups + 1), *to])
        some = moments(joined) | dict(zip(QUANTILES, histogram.quantiles(joined, list(QUANTILES.values())).T, strict=True))
        columns = {name: np.where(rough, some[name][:groups], columns[name]) for name in columns}
    return {name: column + 0 for name, column in columns.items()} | {"exact": ~rough}


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def exact(group: Ints, value: Floats, groups: int) -> dict[str, npt.NDArray[Any]]:
    """Give the same by sorting: quantiles are those of numpy's "linear" method, as those of windows are."""
    order = np.lexsort((value, group))
    value, group = value[order], group[order]
    count = np.bincount(group, minlength=groups)
    begin = np.cumsum(count) - count
    n = np.maximum(count, 1)
    padded = np.append(value, np.nan)

    def ranked(rank: Ints) -> Floats:
        found: Floats = padded[np.where(count > 0, begin + rank, len(value))]
        return found

    low = ranked(np.zeros(groups, dtype=np.int64))
    # from the least value, so that equal ones have that very mean
    mean = low + np.bincount(group, value - low[group], minlength=groups) / n
    away = np.bincount(group, np.square(value - mean[group]), minlength=groups)
    std = np.where(count > 1, np.sqrt(away / (count - 1)), np.nan)
    columns = {"count": count, "mean": mean, "std": std, "min": low, "max": ranked(n - 1)}
    for name, q in QUANTILES.items():
        place = q * (n - 1)
        below = np.floor(place).astype(np.int64)
        columns[name] = interpolated(ranked(below), ranked(np.minimum(below + 1, n - 1)), place - below)
    return columns


def _told(
    columns: dict[str, npt.NDArray[Any]],
    family: Family,
    apart: tuple[str, ...],
    keys: list[tuple[str, ...]],
    start: int,
    steps: int,
    step: int | None,
) -> xr.Dataset:
    shape: tuple[int, ...] = (len(keys), steps)
    dims: tuple[str, ...] = ("series", "time")
    if step is None:
        shape, dims = shape[:1], dims[:1]
    if not apart and keys:
        shape, dims = shape[1:], dims[1:]
    names = ("count", "mean", "std", "min", "max", *QUANTILES, "exact")
    columns = columns or {name: np.empty(0, dtype={"count": np.int64, "exact": np.bool_}.get(name, np.float64)) for name in names}
    attrs = {name: described(name, family.unit) for name in names} | {
        "exact": {"units": "1", "long_name": "whether the quantiles are exact"}
    }
    ds = xr.Dataset(
        {name: (dims, columns[name].reshape(shape), attrs[name]) for name in names},
        attrs={"metric": family.name, "kind": family.kind.kind, "long_name": family.help, "quantile_error": ERROR},
    )
    if "series" in dims:
        ds = ds.assign_coords(
            {key: ("series", [k[i] for k in keys], {"units": "1", "long_name": f"tag {key}"}) for i, key in enumerate(apart)}
        )
    if step is not None:
        moments_ = (start + step * np.arange(steps)).astype("datetime64[us]")
        said = {"timezone": "UTC", "long_name": f"start of {times.told(step)}"}
        ds = ds.assign_coords(time=("time", moments_, said))
    return ds


__all__ = ["query"]
