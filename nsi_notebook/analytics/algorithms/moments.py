"""Moments that merge: the same digits from the whole array, from chunks in any order, and from a stream."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from ...errors import DimsError, SeriesError, SummaryError

Floats = npt.NDArray[np.float64]
Record = npt.NDArray[np.void]

RECORD = np.dtype(
    [("count", "i8"), ("missing", "i8")] + [(n, "f8") for n in ("mean", "rest", "m2", "m3", "m4", "min", "max")],
)
LARGEST = 1e300  # magnitude that a float, and its inverse, still holds after sums
CONSTANT = "all values are the same"  # why some of them are NaN
UNDEFINED = "nsi_undefined"  # the attr that says why a number is NaN

_SLAB = 1 << 16  # values that are worked on at a time
_ROWS = 64  # and at least so many of each batch place, as merging costs more than summing
TOLD = {
    "count": "number of values",
    "missing": "number of missing values",
    "mean": "mean",
    "std": "sample standard deviation",
    "skew": "skewness, m3 / m2^1.5",
    "kurtosis": "excess kurtosis, m4 / m2^2 - 3",
    "min": "least value",
    "max": "largest value",
}


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, missing, mean, std, skew, kurtosis, min, max along dims; a summary in the sense of `nsi_notebook.summaries`.

    A state keeps the mean as a number and its rest, which is exact to about 32 digits, and sums of powers of the differences
    from it. Merging re-bases them on the new mean (Pebay, Sandia report SAND2008-6212, 2008) with an exact difference of the
    two, so that an offset costs no digits, however the data is cut: 15 are right at an offset of 1e8, where a merge of plain
    means keeps 9.

    Parameters
    ----------
    dim : str, iterable of str or None
        Dims that the moments are taken along; None: all. The others stay.

    Examples
    --------
    >>> found = Moments("time")
    >>> series = xr.DataArray(np.arange(10.0).reshape(5, 2) + 1e8, dims=("time", "lane"), attrs={"units": "um"})
    >>> state = found.merge(found.partial(series[:2]), found.partial(series[2:]))
    >>> ds = found.finalize(state)
    >>> ds["std"].values ** 2, ds["mean"].attrs["units"]
    (array([10., 10.]), 'um')
    """

    dim: str | Iterable[Hashable] | None = None

    @property
    def name(self) -> str:
        """Name as a summary."""
        return "moments"

    def identity(self) -> xr.DataArray:
        """Give the state of no values."""
        return xr.DataArray(nothing(()))

    def partial(self, block: Any) -> xr.DataArray:
        """Take the moments of a block.

        Parameters
        ----------
        block : DataArray or array-like of real numbers
            NaN is missing. In chunks of Dask nothing is computed yet.

        Returns
        -------
        DataArray of records
            With the dims and coords that stay.

        Raises
        ------
        DimsError, SeriesError
            If a dim is absent, or the values are no real numbers, or infinite.
        """
        data = numbers(block)
        dims = chosen(data, self.dim)
        axes = tuple(data.get_axis_num(d) for d in dims)
        if data.chunks is None:
            records = records_of(data.values, axes)
        else:
            import dask.array as da

            records = da.reduction(
                data.data, records_of, records_joined, axes, combine=records_joined, dtype=RECORD, meta=np.empty((0,), RECORD)
            )
        kept = {k: v for k, v in data.coords.items() if not set(dims) & set(v.dims)}
        attrs = {"units": str(data.attrs.get("units", "1"))}
        return xr.DataArray(records, kept, [d for d in data.dims if d not in dims], attrs=attrs).rename(data.name)

    def merge(self, one: xr.DataArray, other: xr.DataArray) -> xr.DataArray:
        """Join two states; neither is changed.

        Raises
        ------
        SummaryError
            If they are of other places or units.
        """
        if not one.attrs or not other.attrs:  # the identity
            return other if not one.attrs else one
        if one.attrs != other.attrs:
            raise SummaryError(f"moments in {one.attrs['units']!r} and in {other.attrs['units']!r}", "one unit for all blocks")
        if set(one.dims) != set(other.dims):
            raise SummaryError(f"moments of dims {one.dims} and of {other.dims}", "the same dims for all blocks")
        try:
            both: xr.DataArray = xr.apply_ufunc(
                joined, one, other, join="exact", keep_attrs=True, dask="parallelized", output_dtypes=[RECORD]
            )
        except ValueError as error:
            raise SummaryError(
                f"moments of different places: {str(error).splitlines()[0]}", "the same coords in all blocks"
            ) from None
        return both

    def finalize(self, state: xr.DataArray) -> xr.Dataset:
        """Give count, missing, mean, std (n - 1 below), skew, kurtosis, min and max, in the unit of the values.

        What is NaN says why in its attr `nsi_undefined`, unless the state is not computed yet.
        """

        def of(name: str) -> xr.DataArray:
            dtype = np.int64 if name in ("count", "missing") else np.float64
            lazily = state.chunks is not None
            data = state.data.map_blocks(number, which=name, dtype=dtype) if lazily else number(state.values, name)
            return state.copy(data=data)

        plain = {"count", "missing", "skew", "kurtosis"}
        unit = state.attrs.get("units", "1")
        found = {
            name: of(name).rename(None).assign_attrs(units="1" if name in plain else unit, long_name=told)
            for name, told in TOLD.items()
        }
        if state.chunks is None:
            for name, variable in found.items():
                if cause := _cause(name, variable.values, state.values):
                    variable.attrs[UNDEFINED] = cause
        return xr.Dataset(found)


def numbers(block: Any) -> xr.DataArray:
    """Give real numbers as a DataArray, or say what they are instead."""
    if isinstance(block, xr.Dataset):
        raise SeriesError(f"a Dataset with {list(map(str, block.data_vars))}", "one variable, e.g. ds['mean']")
    data = block if isinstance(block, xr.DataArray) else xr.DataArray(block if hasattr(block, "chunks") else unmasked(block))
    if data.dtype.kind in "biuf":
        return data
    said, hint = f"the values are of type {data.dtype}", "real numbers"
    for value in data.values.ravel().tolist() if data.dtype.kind in "OSUT" else ():
        hint = "real numbers: pandas.to_numeric(data), with errors='coerce' to make NaN of what is none"
        try:
            float(value or 0)
        except (TypeError, ValueError):
            raise SeriesError(f"{said}: {value!r:.80} is no number", hint) from None
    raise SeriesError(said, hint)


def unmasked(values: Any) -> npt.NDArray[Any]:
    """Give an array, NaN where a masked one is masked: what is hidden is missing.

    Examples
    --------
    >>> unmasked(np.ma.masked_array([1, 2, 9], [False, False, True]))
    array([ 1.,  2., nan])
    """
    if not np.ma.is_masked(values):
        return np.asarray(values)
    if values.dtype.kind not in "biuf":
        found: npt.NDArray[Any] = values.data.astype(object)
        found[np.ma.getmaskarray(values)] = None
        return found
    return np.asarray(values.astype(np.float64).filled(np.nan))


def refuse_extreme(values: Floats, name: str = "", *, power: int = 4) -> None:
    """Refuse values that are infinite, or whose powers no float can hold; kurtosis and degrees of freedom take the fourth.

    Raises
    ------
    SeriesError
        Says which, and of what, if it has a name.
    """
    refuse_infinite(values, name)
    most = float(np.fmax.reduce(np.abs(values), axis=None, initial=0.0))
    largest = LARGEST ** (1 / power)
    if most > largest or 0 < most < 1 / largest:
        of = f"{name}: " if name else ""
        raise SeriesError(f"{of}values of {most:g} have powers that no float can hold", "another unit")


def refuse_infinite(values: Floats, name: str = "") -> None:
    """Refuse values that are infinite.

    Raises
    ------
    SeriesError
        Says how many there are, and of what, if it has a name.
    """
    of = f"{name}: " if name else ""
    if infinite := int(np.isinf(values).sum()):
        raise SeriesError(f"{of}{infinite} of {values.size} values are infinite", "leave them out, or mark them as NaN")


def chosen(data: xr.DataArray, dim: str | Iterable[Hashable] | None) -> tuple[Hashable, ...]:
    """Give the dims that are asked for, all if none is.

    Raises
    ------
    DimsError
        If one is absent, or there is none.
    """
    if dim is not None and (not isinstance(dim, Iterable) or isinstance(dim, bytes)):
        raise DimsError(f"dim is {dim!r}", "the name of a dim, or several")
    dims = data.dims if dim is None else (dim,) if isinstance(dim, str) else tuple(dict.fromkeys(dim))
    absent = [d for d in dims if d not in data.dims]
    if absent or not dims:
        there = f"there are {', '.join(map(str, data.dims))}" if data.dims else "the data has none"
        raise DimsError(f"no dim {absent[0]!r}; {there}" if absent else f"no dim is given; {there}", "one of them as dim=")
    return dims


def records_of(values: Any, axis: tuple[int, ...], keepdims: bool = False) -> Record:
    """Give the moments of an array along axes."""
    rows = _leading(values, axis)
    if rows.dtype.kind in "iu" and rows.dtype.itemsize == 8 and rows.size and max(-int(rows.min()), int(rows.max())) > 1 << 53:
        raise SeriesError("whole numbers beyond 2**53 lose digits as floats", "subtract an offset first")
    rows = rows.astype(np.float64, copy=False)
    size = int(np.prod(rows.shape[1:]))
    step = max(_ROWS, _SLAB // max(size, 1))
    parts = [_of_rows(rows[i : i + step]) for i in range(0, len(rows), step)]
    return _restored(folded(np.stack(parts)) if parts else nothing(rows.shape[1:]), axis, keepdims)


def records_joined(records: Record, axis: tuple[int, ...], keepdims: bool) -> Record:
    """Join the records along axes."""
    return _restored(folded(_leading(records, axis)), axis, keepdims)


def nothing(shape: tuple[int, ...]) -> Record:
    """Give records of no values."""
    found = np.zeros(shape, RECORD)
    found["min"], found["max"] = np.inf, -np.inf
    return found


def folded(records: Record) -> Record:
    """Join records along the first axis, in a tree."""
    while len(records) > 1:
        half = len(records) // 2
        records = np.concatenate([joined(records[:half], records[half : 2 * half]), records[2 * half :]])
    return records[0] if len(records) else nothing(records.shape[1:])


def joined(one: Record, other: Record) -> Record:
    """Join records place by place.

    Examples
    --------
    >>> both = joined(records_of(np.array([1.0, 2.0]), (0,)), records_of(np.array([6.0]), (0,)))
    >>> int(both["count"]), float(both["mean"]), float(both["m2"])
    (3, 3.0, 14.0)
    """
    one, other = np.broadcast_arrays(one, other)
    n, m = one["count"].astype(np.float64), other["count"].astype(np.float64)
    both, total = (n > 0) & (m > 0), np.maximum(n + m, 1)
    found = np.empty(one.shape, RECORD)
    with np.errstate(over="ignore", invalid="ignore"):  # of values above 1e77, whose fourth powers are infinite
        away, lost = _difference(other["mean"], one["mean"])
        lost = lost + (other["rest"] - one["rest"])
        delta = np.where(both, away + lost, 0.0)
        mean = np.where(n > 0, one["mean"], other["mean"])
        rest = np.where(n > 0, one["rest"], other["rest"])
        mean, more = _difference(mean, -delta * (m / total))
        found["mean"], found["rest"] = _difference(mean, -(rest + more))
        a, b, p, q = n / total, m / total, one, other
        found["m2"] = p["m2"] + q["m2"] + delta**2 * (n * b)
        found["m3"] = p["m3"] + q["m3"] + delta**3 * (n * b) * (a - b) + 3 * delta * (a * q["m2"] - b * p["m2"])
        found["m4"] = (
            p["m4"]
            + q["m4"]
            + delta**4 * (n * b) * (a * a - a * b + b * b)
            + 6 * delta**2 * (a * a * q["m2"] + b * b * p["m2"])
            + 4 * delta * (a * q["m3"] - b * p["m3"])
        )
    for name in ("count", "missing"):
        found[name] = one[name] + other[name]
    found["min"], found["max"] = np.minimum(one["min"], other["min"]), np.maximum(one["max"], other["max"])
    return found


def number(record: Record, which: str) -> npt.NDArray[Any]:
    """Give one of the numbers of each record; NaN where there are too few values for it."""
    n = record["count"]
    if which in ("count", "missing"):
        return np.asarray(record[which])
    with np.errstate(invalid="ignore", divide="ignore", over="ignore", under="ignore"):
        variance = record["m2"] / np.maximum(n, 1)
        found = {
            "std": lambda: np.where(n > 1, np.sqrt(record["m2"] / np.maximum(n - 1, 1)), np.nan),
            "skew": lambda: np.where(variance > 0, record["m3"] / n / variance**1.5, np.nan),
            "kurtosis": lambda: np.where(variance > 0, record["m4"] / n / variance**2 - 3, np.nan),
        }.get(which, lambda: np.where(n > 0, record[which], np.nan))()
    return np.asarray(found)


def _cause(name: str, values: npt.NDArray[Any], record: Record) -> str:
    """Say why there are NaN, if there are."""
    if name in ("count", "missing"):
        return ""
    gone, n = ~np.isfinite(values), record["count"]
    told = {
        "there are no values": n == 0,
        "there is one value": n == 1,
        CONSTANT: (n > 1) & (record["min"] == record["max"]),
        "powers of the values are beyond what a float holds": n > 1,
    }
    causes = []
    for cause, where in told.items():
        if (gone & where).any():
            causes.append(cause)
            gone = gone & ~where
    return ", or ".join(causes)


def _of_rows(x: Floats) -> Record:
    """Take moments along the first axis, which has at least one row."""
    gone = np.isnan(x)
    whole = not gone.any()
    count = len(x) - gone.sum(axis=0)
    pilot = x[0] if whole else np.take_along_axis(x, gone.argmin(axis=0)[None], axis=0)[0]
    pilot = np.where(count > 0, pilot, 0.0)
    least, most = np.where(gone, np.inf, x).min(axis=0), np.where(gone, -np.inf, x).max(axis=0)
    if (least == -np.inf).any() or (most == np.inf).any():
        refuse_infinite(x)

    def there(values: Floats) -> Floats:
        return values if whole else np.where(gone, 0.0, values)

    found, n = np.empty(x.shape[1:], RECORD), np.maximum(count, 1)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        away, lost = _difference(x, pilot)
        away, lost = there(away), there(lost)
        shift = (_total(away) + _total(lost)) / n
        away = there((away - shift) + lost)
        more = _total(away) / n  # what rounding left in the first sum
        away = there(away - more)
        mean, rest = _difference(pilot, -shift)
        found["mean"], found["rest"] = _difference(mean, -(rest + more))
        square = away * away
        found["m2"], found["m3"], found["m4"] = _total(square), _total(square * away), _total(square * square)
    found["count"], found["missing"] = count, gone.sum(axis=0)
    found["min"], found["max"] = least, most
    return found


def _difference(one: Any, other: Any) -> tuple[Floats, Floats]:
    """Give one - other, and what rounding took from it: the two are exact together (Knuth, TAOCP 2, 4.2.2)."""
    found = one - other
    back = found - one
    return found, (one - (found - back)) - (other + back)


def _total(rows: Floats) -> Floats:
    """Sum along the first axis, by halves, so that rounding grows with the logarithm of their number."""
    while len(rows) > 1:
        half = len(rows) // 2
        top = rows[:half] + rows[half : 2 * half]
        if len(rows) % 2:
            top[0] += rows[-1]
        rows = top
    found: Floats = rows[0]
    return found


def _leading(values: npt.NDArray[Any], axis: tuple[int, ...]) -> npt.NDArray[Any]:
    """Bring axes to the front as one."""
    moved = np.moveaxis(values, axis, range(len(axis)))
    return moved.reshape(-1 if values.size else int(np.prod(moved.shape[: len(axis)])), *moved.shape[len(axis) :])


def _restored(records: Record, axis: tuple[int, ...], keepdims: bool) -> Record:
    return np.expand_dims(records, tuple(sorted(axis))) if keepdims else records


__all__ = ["CONSTANT", "Moments"]
