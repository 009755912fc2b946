"""What an array is like along a dim: moments, quantiles, and how sure its mean is."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from ....errors import DimsError, OptionError, SeriesError, SummaryError, TimeError, warn
from ...core.histogram import LogHistogram, Sketch
from ..along import Steps, steps
from ..clocks import is_time
from ..effective import DOUBT, LEAST, METHODS, effective, effective_of, note
from ..moments import CONSTANT, TOLD, UNDEFINED, Moments, Record, chosen, joined, nothing, numbers, records_of
from ..order import DIFFERENCES, EXACT, TOO_COARSE, VALUES, Order, added, exactly, put, read, sketched
from .checks import neighbours, of_neighbours
from .inputs import PIXELS, array_of, stacked_pixels

Floats = npt.NDArray[np.float64]
Dims = tuple[Hashable, ...]

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
NAMES = frozenset({*TOLD, "quantile", "q", "mad", "effective_n", "mean_ci", "bound"})
LEFT_OUT = "nsi_left_out"  # the attr of a Dataset that says what it lacks, and why


def describe(
    data: Any,
    dim: str | Iterable[Hashable] | None = None,
    *,
    quantiles: Sequence[float] = LEVELS,
    ci: float | None = None,
    conservative: bool = False,
    tz: str | tzinfo | None = None,
) -> xr.Dataset:
    """Describe the values along dims: count, moments, quantiles, deviation, and how sure the mean is.

    Parameters
    ----------
    data : DataArray, Series or array-like of real numbers
        NaN is missing, and counted. In chunks of Dask it is computed here, each chunk read once.
    dim : str, iterable of str or None
        Dims to describe along; None: all. The others stay.
    quantiles : sequence of float
        From 0 to 1.
    ci : float, optional
        Nominal coverage of the interval of the mean, e.g. 0.95. Along a time dim it is Student's with the effective number of
        values, along any other with their number: the values along it must be independent, as images of different samples are.
    conservative : bool
        Of three effective numbers of values, the smallest; see `effective_n`.
    tz : str or tzinfo, optional
        Zone of times that have none; default: what the attr `timezone` of the coordinate says.

    Returns
    -------
    Dataset
        `count`, `missing`, `mean`, `std`, `skew`, `kurtosis`, `min`, `max`, `quantile(q)`, `mad`, along a time dim
        `effective_n`, and with `ci` `mean_ci(bound)`; each with `units` and `long_name`. What is in memory has exact quantiles;
        of chunks they are within 0.4 % of their difference from the first value, which their attr `method` says, and `mad` is NaN
        where it would be less sure than 5 %.

    Raises
    ------
    DimsError
        If a dim is absent, or an interval is asked for along pixels or tiles, which are not independent.
    SeriesError, TimeError, OptionError
        If the values are no real numbers, infinite or too few, times are naive, double or irregular and an interval is asked
        for, or an option is out of range.

    Examples
    --------
    >>> area = xr.DataArray([[3.0, 5.0], [4.0, np.nan], [8.0, 6.0]], dims=("sample", "camera"), attrs={"units": "um^2"})
    >>> ds = describe(area, "sample", ci=0.95)
    >>> ds["mean"].values, ds["missing"].values, ds["mean"].attrs["units"]
    (array([5. , 5.5]), array([0, 1]), 'um^2')
    >>> ds["mean_ci"].sel(camera=0).values.round(2)
    array([-1.57, 11.57])
    """
    levels = _levels(quantiles)
    data = _labelled(data, dim)
    given = numbers(data)
    dims = _checked(given, dim)
    if not given.size:
        raise SeriesError(f"an array of shape {given.shape} has no values", "at least one")
    clock = [d for d in dims if is_time(given, d)]
    if ci is not None:
        _may_have_interval(given, dims, clock, ci, labelled=isinstance(data, xr.DataArray))
    lacking = ""
    lie: Steps | None = None
    n: xr.DataArray | None = None
    if dims == tuple(clock):
        try:
            lie = steps(given, str(dims[0]), tz)
            n = effective(given, str(dims[0]), lie, conservative=conservative)
        except (TimeError, SeriesError) as error:
            if ci is not None:
                raise
            lacking = f"effective_n: {error.message}"
    state = Moments(dims).partial(given)
    r = np.empty(state.shape)
    asks_order = ci is not None and not clock and len(dims) == 1
    if given.chunks is None:
        rows = _rows(given, dims).astype(np.float64)
        order = exactly(rows, levels).shaped(state.shape)
        r = neighbours(rows).reshape(state.shape) if asks_order else r
    else:
        methods = tuple(METHODS) if conservative else ("ar",)
        joined = None if lie is None else lie.joined()
        of_rows = partial(effective_of, methods=methods, joined=joined) if n is not None else _alike if asks_order else None
        records, order, r = _chunked(given, dims, levels, of_rows)
        state = state.copy(data=records)
        n = None if n is None else n.copy(data=r)
    found = Moments(dims).finalize(state)
    put(found, state, levels, order, of=EXACT if given.chunks is None else DIFFERENCES)
    if n is not None and lie is not None:
        note(n, given.sizes[dims[0]], lie)
        found["effective_n"] = n
    if ci is not None:
        found["mean_ci"] = _interval(found, state, ci)
        if asks_order and (doubt := of_neighbours(r, found["count"].values.astype(np.float64), str(dims[0]))):
            found["mean_ci"].attrs[DOUBT] = doubt
    found.attrs = {"dims": ", ".join(map(str, dims)), "of": str(given.attrs.get("long_name") or given.name or "value")}
    found.attrs |= {LEFT_OUT: lacking} if lacking else {}
    _warn(found)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a `Description` keeps.

    Parameters
    ----------
    moments : DataArray of records
        See `Moments`.
    sketch : Sketch, optional
        See `LogHistogram`; None before anything came.
    """

    moments: xr.DataArray
    sketch: Sketch | None


@dataclass(frozen=True, slots=True)
class Description:
    """What `describe` gives of blocks that arrive: a summary in the sense of `nsi_notebook.summaries`.

    Quantiles are within 0.4 % of their difference from `near`. There is no interval of the mean: blocks come in any order, and
    how far values that follow one another are alike is lost.

    Parameters
    ----------
    dim : str, iterable of str or None
        Dims to describe along; None: all. The others stay.
    quantiles : sequence of float
        From 0 to 1.
    near : float, default 0
        A value among them, where they are far from 0 beside how they vary, as times or temperatures in K: of `describe` in
        chunks it is the first, which of a stream nobody knows before it begins.

    Examples
    --------
    >>> about = Description("time")
    >>> series = xr.DataArray(np.arange(1000.0).reshape(500, 2), dims=("time", "lane"))
    >>> state = about.identity()
    >>> for block in (series[:100], series[100:]):
    ...     state = about.merge(state, about.partial(block))
    >>> about.finalize(state)["quantile"].sel(q=0.5).values.round()
    array([498., 500.])
    """

    dim: str | Iterable[Hashable] | None = None
    quantiles: Sequence[float] = LEVELS
    near: float = 0.0

    def __post_init__(self) -> None:
        if not (isinstance(self.near, int | float | np.number) and np.isfinite(self.near)):
            raise OptionError(f"near is {self.near!r:.80}", "a finite number, about which the values are")

    @property
    def name(self) -> str:
        """Name as a summary."""
        return "description"

    def identity(self) -> Seen:
        """Give the state of no values."""
        return Seen(Moments(self.dim).identity(), None)

    def partial(self, block: Any) -> Seen:
        """Take in a block, which is loaded: a DataArray or array-like of real numbers, NaN where one is missing."""
        data = numbers(block).load()
        dims = _checked(data, self.dim)
        return Seen(Moments(dims).partial(data), sketched(_rows(data, dims) - self.near))

    def merge(self, one: Seen, other: Seen) -> Seen:
        """Join two states; neither is changed."""
        moments = Moments(self.dim).merge(one.moments, other.moments)
        if one.sketch is None or other.sketch is None:
            return Seen(moments, one.sketch or other.sketch)
        if one.moments.dims != other.moments.dims:
            raise SummaryError(f"blocks of dims {one.moments.dims} and {other.moments.dims}", "transpose them alike")
        return Seen(moments, added(one.sketch, other.sketch))

    def finalize(self, state: Seen) -> xr.Dataset:
        """Give the Dataset of `describe` without an interval."""
        levels = _levels(self.quantiles)
        found = Moments(self.dim).finalize(state.moments)
        sketch = LogHistogram().identity() if state.sketch is None else state.sketch
        order = read(sketch, levels, np.full(len(sketch.count), self.near)).shaped(state.moments.shape)
        put(found, state.moments, levels, order, of=VALUES, near=self.near)
        coarse = [name for name in ("quantile", "mad") if found[name].attrs.get(UNDEFINED) == TOO_COARSE]
        if coarse:
            warn(f"NaN: {', '.join(coarse)}, as {TOO_COARSE}", f"Description(..., near={float(found['mean'].mean()):.3g})")
        return found


def _labelled(data: Any, dim: object) -> Any:
    """Give a Series as a DataArray; a table has several measures, which are not one."""
    if hasattr(data, "columns"):
        raise SeriesError(
            f"a table with the columns {', '.join(map(str, data.columns))}",
            "one of them, or StatisticalAnalyzer(table).describe()",
        )
    is_series = hasattr(data, "index") and hasattr(data, "to_numpy")
    return array_of(data, dim) if isinstance(data, xr.DataArray) or is_series else data


def _checked(data: xr.DataArray, dim: str | Iterable[Hashable] | None) -> Dims:
    """Give the dims, if nothing that stays is called as a variable of the answer is."""
    dims = chosen(data, dim)
    for name in [*data.dims, *data.coords]:
        if name in NAMES and name not in dims:
            raise DimsError(f"{name!r} is there already, and in what is found too", f"data.rename({name}=...), or drop_vars")
    return dims


def _levels(quantiles: Sequence[float]) -> Floats:
    levels = np.asarray(quantiles)
    if levels.dtype.kind not in "iuf" or levels.ndim != 1 or not ((levels >= 0) & (levels <= 1)).all():
        raise OptionError(f"quantiles is {quantiles!r:.80}", "numbers from 0 to 1, e.g. (0.25, 0.5, 0.75)")
    return levels.astype(np.float64)


def _may_have_interval(data: xr.DataArray, dims: Dims, clock: list[Hashable], ci: float, labelled: bool) -> None:
    """Refuse an interval of the mean of values that are not independent, and say how to get one."""
    if not (isinstance(ci, int | float) and 0 < ci < 1):
        raise OptionError(f"ci is {ci!r}", "between 0 and 1, e.g. 0.95")
    if not labelled:
        raise DimsError(
            "an array without dims does not say whether its values follow one another",
            "xarray.DataArray(values, dims='time'), or dims='sample' if they are independent",
        )
    pixels = ", ".join(name for d in dims for name in ([str(d)] if d in PIXELS else stacked_pixels(data, d)))
    if pixels:
        raise DimsError(
            f"pixels and tiles along {pixels} are not independent: their mean has no interval by their number",
            "describe the means of several images along their dim, or measure(mask, ..., ci=), which resamples tiles",
        )
    if clock and len(dims) > 1:
        rest = ", ".join(str(d) for d in dims if d not in clock)
        raise DimsError(f"the mean along {clock[0]} and {rest} at once has no interval", f"first the mean along {rest}")


def _rows(data: xr.DataArray, dims: Dims) -> npt.NDArray[Any]:
    """Give the values with the dims described along as the first axis and all others as the second."""
    kept = [d for d in data.dims if d not in dims]
    size = int(np.prod([data.sizes[d] for d in kept]))
    return data.transpose(*dims, *kept).values.reshape(-1, size) if size else np.empty((0, 0))


def _chunked(
    data: xr.DataArray, dims: Dims, levels: Floats, of_rows: Callable[[Floats], Floats] | None
) -> tuple[Record, Order, Floats]:
    """Give records, order and what is asked of whole rows, NaN if nothing is; each chunk is read once."""
    import dask

    kept = [d for d in data.dims if d not in dims]
    shape = tuple(data.sizes[d] for d in kept)
    blocks = data.transpose(*kept, *dims).data.to_delayed()
    whole = _first, _seen, _seen_added, itemgetter(0), _seen_read, _of_rows
    first_of, seen_of, together, record_of, order_of, asked_of = (dask.delayed(f, pure=True) for f in whole)
    jobs = []
    for place in np.ndindex(blocks.shape[: len(kept)]):
        chunks = blocks[place].ravel().tolist() if kept else blocks.ravel().tolist()
        first = first_of(chunks[0], len(kept))  # the same however the data is cut
        parts = [seen_of(chunk, len(kept), first) for chunk in chunks]
        while len(parts) > 1:
            parts = [together(*parts[i : i + 2]) if i + 1 < len(parts) else parts[i] for i in range(0, len(parts), 2)]
        jobs.append([record_of(parts[0]), order_of(parts[0], levels, first), asked_of(chunks, of_rows)])
    records, found = nothing(shape), Order(np.empty((len(levels), *shape)), np.empty(shape), np.empty(shape))
    n = np.empty(shape)
    ends = [np.concatenate([[0], np.cumsum(data.chunksizes[d])]) for d in kept]
    for place, (record, order, number) in zip(np.ndindex(blocks.shape[: len(kept)]), *dask.compute(jobs), strict=True):
        at = tuple(slice(end[i], end[i + 1]) for end, i in zip(ends, place, strict=True))
        here = order.shaped(record.shape)
        records[at], n[at] = record, number
        found.quantiles[(slice(None), *at)], found.median[at], found.mad[at] = here.quantiles, here.median, here.mad
    return records, found, n


def _first(block: npt.NDArray[Any], kept: int) -> Floats:
    """Give the first value at each place, 0 where it is missing."""
    values = block.reshape(int(np.prod(block.shape[:kept])), -1)[:, 0].astype(np.float64)
    return np.where(np.isfinite(values), values, 0.0)


def _seen(block: npt.NDArray[Any], kept: int, first: Floats | None = None) -> tuple[Record, Sketch]:
    size = int(np.prod(block.shape[:kept]))
    return records_of(block, tuple(range(kept, block.ndim))), sketched(block.reshape(size, -1).T, first)


def _seen_added(one: tuple[Record, Sketch], other: tuple[Record, Sketch]) -> tuple[Record, Sketch]:
    return joined(one[0], other[0]), added(one[1], other[1])


def _seen_read(state: tuple[Record, Sketch], levels: Floats, first: Floats) -> Order:
    return read(state[1], levels, first)


def _of_rows(chunks: list[npt.NDArray[Any]], of: Callable[[Floats], Floats] | None) -> Floats | float:
    return np.nan if of is None else of(np.concatenate(chunks, axis=-1))


def _alike(rows: Floats) -> Floats:
    return neighbours(np.moveaxis(rows.astype(np.float64), -1, 0))


def _interval(found: xr.Dataset, state: xr.DataArray, ci: float) -> xr.DataArray:
    """Give Student's interval of the mean; the spread is that of values that are alike, whose plain estimate is too small."""
    from scipy.stats import t

    count = found["count"].astype(np.float64)
    n = found.get("effective_n", count)
    squares = state.copy(data=state.values["m2"])
    with np.errstate(divide="ignore", invalid="ignore"):
        student = n.copy(data=t.ppf((1 + ci) / 2, np.maximum(n.values - 1, 1e-9)))
        half = (squares / count / (n - 1)) ** 0.5 * student
    same = (squares == 0) & (count > 1)
    half = half.where((n >= LEAST) & ~same)
    bounds = xr.concat([found["mean"] - half, found["mean"] + half], dim="bound").transpose(..., "bound")
    bounds = bounds.assign_coords(bound=["lower", "upper"])
    by = (
        f"effective number of values ({n.attrs['method']})"
        if "effective_n" in found
        else "number of values, taken as independent"
    )
    bounds.attrs = {"units": found["mean"].attrs["units"], "long_name": f"{100 * ci:g} % interval of the mean"}
    bounds.attrs["method"] = f"Student's t with the {by}"
    if DOUBT in n.attrs:
        bounds.attrs[DOUBT] = n.attrs[DOUBT]
    if bool(bounds.isnull().any()):
        walks = f"a series that is worth fewer than {LEAST:g} values, as a walk, a trend or a jump is, has no interval"
        causes = [*([walks] if bool((n < LEAST).any()) else []), *([n.attrs[UNDEFINED]] if UNDEFINED in n.attrs else [])]
        if "effective_n" not in found:
            few = ["there are fewer than two values"] if bool((count < LEAST).any()) else []
            causes = [*([CONSTANT] if bool(same.any()) else []), *few]
        bounds.attrs[UNDEFINED] = "; or ".join(causes)
    named: xr.DataArray = bounds.rename("mean_ci")
    return named


def _warn(found: xr.Dataset) -> None:
    """Warn once of all that is NaN, and once of what is in doubt."""
    causes: dict[str, list[str]] = {}
    for name, variable in found.data_vars.items():
        if UNDEFINED in variable.attrs:
            causes.setdefault(variable.attrs[UNDEFINED], []).append(str(name))
    if causes:
        said = "; ".join(f"{', '.join(names)}, as {cause}" for cause, names in causes.items())
        warn(f"NaN: {said}", "look at the values")
    if "effective_n" in found and DOUBT in found["effective_n"].attrs:
        warn(f"the effective number of values is in doubt: {found['effective_n'].attrs[DOUBT]}", "a longer series")
    elif "mean_ci" in found and DOUBT in found["mean_ci"].attrs:
        said = f"the interval of the mean is in doubt: {found['mean_ci'].attrs[DOUBT]}"
        warn(said, "of one subject or specimen: the means of each, by groupby(...).mean(); one after another in time: dim='time'")


__all__ = ["Description", "describe"]
