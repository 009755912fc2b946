"""What is given to a regression: y and its predictors, row by row, at each place that the data has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from ....errors import DimsError, OptionError, SeriesError, UnknownNameError, a_kind
from ....voids.units import spelled
from ...core.tables import dataset_of
from ..along import Steps, per_unit, steps
from ..clocks import in_time, is_time, or_in_no_order
from ..moments import numbers, refuse_extreme, unmasked
from ..rising import one_unit, places_beside
from ..series.words import unit_of_slope
from ..statistics.inputs import array_of, by_index, dim_of
from ..statistics.labels import column_of, index_of
from ..zones import zone_of

Floats = npt.NDArray[np.float64]
PIECE = 1 << 19  # numbers of a block


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows of one regression.

    Parameters
    ----------
    measure, unit, dim : str
        What y is, its unit, and the dim along which rows lie.
    predictors, units : tuple of str
    y, x : DataArray and tuple of DataArray
        Along the dim; in chunks if they are.
    lie : Steps or None
        How the rows lie in time, if that is what the dim is.
    label : numpy array of int64, shape (n,), or None
        Number of the cluster of each row; -1 of none.
    labels : tuple
        Of the clusters.
    places : tuple of (str, object)
    said : str
        Unit of the predictor in words.
    zone : str
        In which times came.
    """

    measure: str
    unit: str
    dim: str
    predictors: tuple[str, ...]
    units: tuple[str, ...]
    y: xr.DataArray
    x: tuple[xr.DataArray, ...]
    lie: Steps | None = None
    label: npt.NDArray[np.int64] | None = None
    labels: tuple[object, ...] = ()
    places: tuple[tuple[str, object], ...] = field(default=())
    said: str = ""
    zone: str = "UTC"

    @property
    def chunked(self) -> bool:
        """Whether they are in chunks, which are read one by one."""
        return self.y.chunks is not None or any(x.chunks is not None for x in self.x)

    def blocks(self) -> Iterator[tuple[slice, Floats, Floats]]:
        """Give where each block is, its predictors, of shape (n, predictors), and its y.

        A block is a chunk or a part of it, so that what is made of it stays small.
        """
        n = self.y.sizes[self.dim]
        chunks = next((a.chunks[0] for a in (self.y, *self.x) if a.chunks is not None), (n,))
        start = 0
        for size in chunks:
            at = slice(start, start + size)
            start += size
            arrays = [self.y[at], *(x[at] for x in self.x)]
            if self.chunked:
                import dask

                arrays = list(dask.compute(*arrays))
            whole = [np.asarray(a.to_numpy(), dtype=np.float64) for a in arrays]
            for name, value in zip((self.measure, *self.predictors), whole, strict=True):
                refuse_extreme(value, name)
            if self.label is not None:
                whole[0] = np.where(self.label[at] < 0, np.nan, whole[0])
            many = max(PIECE // len(whole), 1)
            for first in range(0, max(size, 1), many):
                y, *columns = (value[first : first + many] for value in whole)
                raw = np.column_stack(columns) if columns else np.empty((len(y), 0))
                yield slice(at.start + first, at.start + first + len(y)), raw, y


def rows_of(
    y: Any, x: Any, dim: str | None, cluster: Any, tz: str | tzinfo | None, per: str | None = None
) -> tuple[list[Rows], dict[str, Any]]:
    """Read rows at each place, and the coords of the places.

    Raises
    ------
    OptionError
        If there is a unit of time, and the predictor is none.
    DimsError
        If rows are pixels or tiles, it is not clear along which dim they lie, or coords differ.
    SeriesError
        If something is no finite real number, or of another length.
    """
    if hasattr(y, "columns") or hasattr(y, "data_vars"):
        raise SeriesError(f"y is {a_kind(y)}", "one of its columns or variables, e.g. table['area']; the others as x=")
    index = index_of(y)
    if isinstance(x, Mapping) and not isinstance(x, xr.Dataset):
        y, *beside = by_index([y, *x.values()])
        x = dict(zip(x, beside, strict=True))
    else:
        y, x = by_index([y, x])
    array = array_of(y, dim)
    array = numbers(_without_default(y, array) if x is None else array)
    dim = dim_of(array, dim)
    if not array.sizes[dim]:
        raise SeriesError(f"there are no rows along {dim!r}", "several, with a value of y and of each predictor")
    with or_in_no_order(dim):
        lie = steps(array, dim, tz) if is_time(array, dim) else None
    if per is not None and (x is not None or lie is None):
        what = "there are other predictors" if x is not None else f"{dim!r} is no time"
        raise OptionError(f"per is the unit of time, and {what}", "leave per= out")
    given = _named(x, array, dim, lie, per)
    if not given:
        raise SeriesError("there is no predictor", "x=, e.g. another variable of the same images")
    measure = str(array.attrs.get("long_name") or array.name or "y")
    predictors = {name: _along(name, one, array, dim) for name, one in given.items()}
    labels, kinds = _labels(cluster, array, dim, index)
    others = places_beside(array, dim)
    units = tuple(_unit(name, one) for name, one in predictors.items())
    said = units[0]
    if x is None and per is None and lie is not None and lie.coord.dtype.kind in "mM":
        said, _ = unit_of_slope(float(lie.position[-1]))
    zone = zone_of(array, dim, tz)
    found = []
    for place in np.ndindex(*(len(c) for c in others.values())):
        at = dict(zip(others, place, strict=True))
        here = tuple(one.isel({d: i for d, i in at.items() if d in one.dims}) for one in predictors.values())
        where = tuple((d, others[d][i]) for d, i in at.items())
        one = array.isel(at)
        found.append(
            Rows(measure, _unit(measure, one), dim, tuple(predictors), units, one, here, lie, labels, kinds, where, said, zone)
        )
    if not found:
        raise SeriesError(f"there are no values: the shape is {array.shape}", "at least one place with rows")
    return found, others


def _named(x: Any, array: xr.DataArray, dim: str, lie: Steps | None, per: str | None) -> dict[str, Any]:
    """Give predictors by name."""
    import pandas as pd

    if x is None:
        if lie is not None:
            unit, scale = per_unit(lie.per, per)
            return {dim: xr.DataArray(lie.position * scale, dims=(dim,), attrs={"units": unit})}
        if dim not in array.coords:
            raise SeriesError(f"there is no predictor, and {dim!r} has no coordinate to be one", "x=, of as many values as y")
        return {dim: array[dim].drop_vars(dim)}
    if isinstance(x, xr.Dataset):
        return {str(name): one for name, one in in_time(x, dim).data_vars.items()}
    if isinstance(x, pd.DataFrame):
        text = [str(name) for name in x.columns if not pd.api.types.is_numeric_dtype(x[name])]
        if text:
            raise SeriesError(f"{', '.join(text)}: no numbers", "pandas.get_dummies(table, drop_first=True, dtype=float)")
        table = dataset_of(x)
        return {str(name): one.rename({one.dims[0]: dim}) for name, one in table.data_vars.items()}
    if isinstance(x, Mapping):
        return {str(name): one for name, one in x.items()}
    if isinstance(x, (xr.DataArray, pd.Series)):
        return {str(getattr(x, "name", None) or "x"): x}
    values = unmasked(x)
    if values.ndim == 2:
        return {f"x{number}": column for number, column in enumerate(values.T, 1)}
    return {"x": values}


def _without_default(given: Any, found: xr.DataArray) -> xr.DataArray:
    """Drop the coordinate of rows of pandas that only counts them: it is no predictor."""
    import pandas as pd

    counted = isinstance(given, pd.Series) and isinstance(given.index, pd.RangeIndex)
    return found.drop_vars(list(found.dims), errors="ignore") if counted else found


def _unit(name: str, one: xr.DataArray) -> str:
    units = one.attrs.get("units", "1")
    return spelled(str(units.get(name, "1") if isinstance(units, Mapping) else units))


def _along(name: str, one: Any, array: xr.DataArray, dim: str) -> xr.DataArray:
    """Give a predictor with the rows of y."""
    import pandas as pd

    if isinstance(one, xr.DataArray):
        found = in_time(one, dim)
    elif isinstance(one, pd.Series):
        found = array_of(one)
        found = found.rename({found.dims[0]: dim})
    else:
        values = unmasked(one)
        if values.ndim != 1:
            raise SeriesError(f"{name} has the shape {values.shape}", f"one value for each row, {array.sizes[dim]}")
        found = xr.DataArray(values, dims=(dim,))
    if found.dtype.kind in "mM":
        raise SeriesError(f"{name} holds times", "x=None regresses on the time of y; or seconds, as numbers")
    try:
        found = numbers(found)
    except SeriesError as error:
        raise SeriesError(f"{name}: {error.message}", "numbers; of labels, pandas.get_dummies(..., drop_first=True)") from None
    if dim not in found.dims:
        raise DimsError(f"{name} does not lie along {dim!r}, but along {', '.join(map(str, found.dims))}", "the dim of y")
    if found.sizes[dim] != array.sizes[dim]:
        raise SeriesError(f"{name} has {found.sizes[dim]} values, y has {array.sizes[dim]}", _align(array, found, dim))
    for d in found.dims:
        if d not in array.dims:
            raise DimsError(f"{name} lies along {d!r} too, which y does not", f"one predictor for each {d}, or its mean")
        one_unit((array, found), str(d))
        if d in found.coords and d in array.coords and not found.indexes[d].equals(array.indexes[d]):
            shared = len(found.indexes[d].intersection(array.indexes[d]))
            said = f"{name} has other coords along {d!r} than y: {shared} of {array.sizes[d]} are shared"
            raise DimsError(said, _align(array, found, str(d)))
    return found.transpose(..., dim)


def _align(array: xr.DataArray, found: xr.DataArray, dim: str) -> str:
    if dim not in array.coords or dim not in found.coords:
        return "one value for each row; NaN where one is missing"
    return "xarray.align(y, x), of pandas y.align(x, join='inner'); by order, .reset_index(drop=True) of both"


def _labels(cluster: Any, array: xr.DataArray, dim: str, index: Any) -> tuple[npt.NDArray[np.int64] | None, tuple[object, ...]]:
    import pandas as pd

    if cluster is None:
        return None, ()
    if isinstance(cluster, str):
        if cluster not in array.coords or array[cluster].dims != (dim,):
            there = [str(c) for c, v in array.coords.items() if v.dims == (dim,)]
            error = UnknownNameError.among("label", cluster, there)
            raise UnknownNameError(error.message, error.hint or "a coordinate of y, or labels, one a row")
        cluster = array[cluster]
    if np.shape(cluster) != (array.sizes[dim],):
        raise SeriesError(f"cluster has the shape {np.shape(cluster)}, y has {array.sizes[dim]} rows", "one label for each row")
    codes, kinds = pd.factorize(column_of(cluster, index), sort=False)
    return codes.astype(np.int64, copy=False), tuple(kinds.tolist())
