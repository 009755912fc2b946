"""Samples out of what people have: arrays, pandas, Polars, Arrow, xarray."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...errors import SeriesError, TimeError
from .batch import Batch, known
from .times import zone_name

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

ZONE = "nsi_zone"  # the attr of times that are in UTC, and came in this zone
UNORDERED = ("image", "sample")  # dims that say of rows that they are in no order
_ONE = ("time", "timestamp", "datetime", "date", "frame", "file", "window", "second", "minute", "hour", "day", "week", "month")
CLOCKS = frozenset(["t", "year", "years", *_ONE, *(f"{name}s" for name in _ONE)])  # what is called so is time, in small letters
FIRST = ("time", "start")  # of several; windows lie where they start
OF_FILES = frozenset(["bytes", "error", "modified", "path"])  # what rows of files have beside what is measured
MOMENT = r"\d{4}[-/]\d\d[-/]\d\d(?:[T ]\d\d:?\d\d.*)?"  # as a text
ZONED = r"(?:Z|[+-]\d\d:?\d\d)$"
MEASURED = re.compile(  # a number as a text, with a unit or without: "22.6 %", "3 um", "0,35", "-2e-01"
    r"\s*[-+]?[\d.,]*\d(?:[eE][-+]?\d+)?(?P<unit>\s*[^\W\d_]{0,4}|\s*[%°]\w?|\s+[^\W\d]\S*)\s*"
)
LEVEL = "nsi_level"  # the attr of a coordinate that is a level of the index of pandas


def batch_of(
    name: str,
    data: Any,
    time: Any = None,
    *,
    unit: str | None = None,
    tags: Mapping[str, str] | None = None,
    tz: str | tzinfo | None = None,
    missing: str = "error",
) -> Batch:
    """Make a batch of samples out of data of any of these kinds.

    Parameters
    ----------
    name : str
        Of the series; of several columns or variables the first part of their names: "camera" and "area" give "camera.area".
    data : array-like, pandas.Series, pandas or polars.DataFrame, pyarrow.Table, xarray.DataArray or xarray.Dataset
        An array, or a Series of Polars, needs `time`. A pandas Series has its times in its index. A table has a column `time`
        (or an index of times); its column `value`, or else each of its columns of numbers, is a series, and its columns of texts
        are tags. An xarray has a dim `time`; along its other dims each coordinate is a tag, and its attr `units` is the unit.
    time : array-like of times, optional
        See `times.instants`.
    unit : str, optional
        Default: what the data says, else "1".
    tags : mapping of str to str, optional
        Of all samples.
    tz : str or tzinfo, optional
        Zone of naive times. Times of xarray have no zone; the attr `timezone` of the coordinate says it, or this.
    missing : {"error", "keep"}
        See `Batch.of`.

    Raises
    ------
    SeriesError, TimeError, OptionError
        If there are no times, two times, or anything does not fit: nothing is made then.

    Examples
    --------
    >>> import pandas as pd
    >>> noon = pd.Timestamp("2026-11-26T12:00Z")
    >>> frame = pd.DataFrame({"time": [noon, noon], "line": ["1", "2"], "area": [3.0, 5.0], "count": [7, 8]})
    >>> [str(series) for series in batch_of("camera", frame).series]
    ['camera.area{line="1"}', 'camera.area{line="2"}', 'camera.count{line="1"}', 'camera.count{line="2"}']
    """
    known(missing)
    kind = type(data).__module__.partition(".")[0], type(data).__name__
    told: dict[str, Any] = {"tags": tags, "tz": tz, "missing": missing}
    if kind in {("xarray", "DataArray"), ("xarray", "Dataset")}:
        _no_time(time, "an xarray has its times in its dim `time`")
        return _of_xarray(name, data, unit, told)
    if kind == ("polars", "DataFrame"):
        data, kind = data.to_arrow(), ("pyarrow", "Table")
    if kind in {("pyarrow", "Table"), ("pyarrow", "RecordBatch")}:
        data, kind = data.to_pandas(), ("pandas", "DataFrame")
    if kind == ("pandas", "DataFrame"):
        _no_time(time, "a table has its times in a column `time` or in its index")
        return _of_frame(name, data, unit, told)
    if kind == ("pandas", "Series") and time is None:
        data, time = data.to_numpy(), data.index
    if time is None:
        raise TimeError(f"{name}: there are no times", "time=, one for each value")
    return Batch.of(name, data, time, unit=unit or "1", **told)


def attrs_of(column: pd.Series[Any]) -> dict[str, Any]:
    """Give the attrs of a column by itself: one that comes out of a table has the units of all columns.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"area": [3.0], "count": [7]})
    >>> frame.attrs["units"] = {"area": "um^2"}
    >>> attrs_of(frame["area"]), attrs_of(frame["count"])
    ({'units': 'um^2'}, {'units': '1'})
    """
    attrs = {str(key): value for key, value in column.attrs.items()}
    units = attrs.get("units")
    return attrs | {"units": units.get(column.name, "1")} if isinstance(units, Mapping) else attrs


def dataset_of(frame: pd.DataFrame, dim: str | None = None) -> xr.Dataset:
    """Give a table as a Dataset: the one reading of a DataFrame that all analyses have.

    Columns of numbers are variables, with the units of `attrs["units"]`; others (texts, times, ...) are coordinates. The dim of
    the rows is called as the index is, else `time` if that holds times, or `sample`. An index of whole numbers without a name
    gives way to the clock, and is no coordinate if it only counts. The clock is the column of times that is called `time`, else
    `start` (its dim is `time`, too), `date` or the like; or, whatever its name, the only column of times of which none is there
    twice. Texts there are read as times. Whole days that repeat are labels. Aware times are in UTC; several levels are a
    coordinate each.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns of objects that are all numbers are columns of numbers.
    dim : str, optional
        What to call the dim of the rows instead. If one of `UNORDERED`, times of the index stay beside it.

    Raises
    ------
    SeriesError, TimeError
        If two columns have one name, or a column of numbers that of the index; or if some texts of times are none.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"soil": ["sand", "clay"], "area": [3.0, 4.0]})
    >>> frame.attrs["units"] = {"area": "um^2"}
    >>> found = dataset_of(frame, "image")
    >>> found["area"].dims, found["area"].attrs, found["soil"].values.tolist()
    (('image',), {'units': 'um^2'}, ['sand', 'clay'])
    """
    import pandas as pd
    import xarray as xr

    names = list(map(str, frame.columns))
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise SeriesError(f"{', '.join(map(repr, twice[:5]))} is there twice", "one column of each name")
    told = frame.attrs.get("units", {})
    units = {str(name): str(unit) for name, unit in told.items()} if isinstance(told, Mapping) else {}
    frame = _timed(frame.infer_objects())
    along = dim or index_name(frame.index)
    if not dim and frame.index.name is None and along in names:
        along = next(name for name in ("line", "row", *map("row {}".format, range(2, len(names) + 2))) if name not in names)
    numbers: dict[str, Any] = {}
    coords = index_coords(frame.index, along)
    for name, (_, column) in zip(map(str, frame.columns), frame.items(), strict=True):
        if pd.api.types.is_numeric_dtype(column):
            if name in coords:
                raise SeriesError(f"{name!r} is a column of numbers, and the index", "another name for one of them")
            values = column.to_numpy()
            if values.dtype.kind == "O":  # booleans, some of them missing
                values = column.to_numpy(np.float64, na_value=np.nan)
            numbers[name] = (along, values, {"units": units[name]} if name in units else {})
        elif isinstance(column.dtype, pd.DatetimeTZDtype):
            coords[name] = (along, column.dt.tz_convert(None).to_numpy(), zone_attrs(column.dt))
        else:
            coords[name] = (along, column.array if column.dtype == "category" else column.to_numpy())
    return xr.Dataset(numbers, coords)


def index_name(index: pd.Index[Any]) -> str:
    """Give the dim that an index is."""
    import pandas as pd

    return str(index.name or ("time" if isinstance(index, pd.DatetimeIndex | pd.PeriodIndex) else "sample"))


def index_coords(index: pd.Index[Any], along: str) -> dict[str, Any]:
    """Give an index as the coordinate of a dim, in UTC if it has a zone; none if it only counts, and of several levels each.

    Those of several levels have the attr `LEVEL`, by which they are known to be what a dim was stacked of.
    """
    import pandas as pd

    if counts(index):
        return {}
    times = index.to_timestamp() if isinstance(index, pd.PeriodIndex) else index
    beside = along in UNORDERED and times.dtype.kind == "M"  # the rows, which are said to be in no order
    levels: dict[str, pd.Index[Any]] = {index_name(index) if beside else along: times}
    if isinstance(index, pd.MultiIndex):
        levels = {str(name): index.get_level_values(i) for i, name in enumerate(index.names) if name is not None}
    found: dict[str, Any] = {}
    for name, level in levels.items():
        level_attrs = {LEVEL: name} if isinstance(index, pd.MultiIndex) else {}
        kinds = name != along and level.dtype == "category"
        found[name] = (along, level.array if kinds else utc_index(level), zone_attrs(level) | level_attrs)
    return found


def counts(index: pd.Index[Any]) -> bool:
    """Tell whether an index only counts the rows."""
    import pandas as pd

    return isinstance(index, pd.RangeIndex) and index.name is None and index.start == 0 and index.step == 1


def _numbers_rows(index: pd.Index[Any]) -> bool:
    """Tell whether an index has only whole numbers without a name, as of rows that were chosen or joined."""
    return index.name is None and index.nlevels == 1 and index.dtype.kind in "iu"


def _timed(frame: pd.DataFrame) -> pd.DataFrame:
    """Read what is called a time, and put the clock of the rows into an index that only numbers them."""
    named = [name for name in frame.columns if str(name).casefold() in CLOCKS or name in FIRST]
    frame = frame.assign(**{name: read_times(frame[name]) for name in named}) if named else frame
    if not _numbers_rows(frame.index):
        return frame
    found = {name: frame[name] for name in named if frame[name].dtype.kind == "M" and not repeats_days(frame[name])}
    if not found:
        others = {name: _moments(frame[name]) for name in frame.columns if name not in named and name not in OF_FILES}
        found = {name: times for name, times in others.items() if times is not None}
        if len(found) != 1:
            return frame
    clock = next((name for name in FIRST if name in found), next(iter(found)))
    dim = "time" if clock in FIRST and (clock == "time" or "time" not in frame.columns) else clock
    return frame.drop(columns=clock).set_index(found[clock].rename(dim))


def _moments(column: pd.Series[Any]) -> pd.Series[Any] | None:
    """Give a column of times that has no name of a clock; none of which is there twice, as labels are."""
    if column.dtype == "category":
        return None
    try:
        times = read_times(column)
    except TimeError:  # some of its texts are
        return None
    there = times.dropna()
    return times if times.dtype.kind == "M" and len(there) and there.is_unique else None


def read_times(column: pd.Series[Any]) -> pd.Series[Any]:
    """Give times that are texts, as a file has them, as times, NaT where one is blank; what holds none stays as it is.

    Raises
    ------
    TimeError
        If some are none, or some have a zone and others not.

    Examples
    --------
    >>> import pandas as pd
    >>> read_times(pd.Series(["2026-11-26T12:00Z", "", "2026-11-27T12:00+01:00"])).dt.hour.tolist()
    [12.0, nan, 11.0]
    """
    import pandas as pd

    if column.dtype.kind != "O" and not pd.api.types.is_string_dtype(column):
        return column
    texts = column.astype(object).where(column.notna() & (column.astype(str).str.strip() != ""))
    there = texts.dropna()
    if not there.map(lambda one: isinstance(one, str)).all() or not len(there):
        return column
    like = there.str.fullmatch(MOMENT)
    if not like.any() or (there.str.len().max() <= len("2026-11-27") and there.duplicated().any()):
        return column
    if not like.all():
        raise TimeError(f"{column.name!r} holds times, and {there[~like].iloc[0]!r}", "that cell as the others, or empty")
    zoned = there.str.contains(ZONED)
    if zoned.any() and not zoned.all():
        raise TimeError(f"{column.name!r} holds times with a zone, and {there[~zoned].iloc[0]!r} without", "the zone in each")
    try:
        return pd.to_datetime(texts.str.replace("/", "-"), utc=bool(zoned.all()), format="ISO8601")
    except ValueError as error:
        raise TimeError(f"{column.name!r} holds times, and one that is none: {error}".splitlines()[0], "mend that cell") from None


def repeats_days(times: Any) -> bool:
    """Tell whether times are whole days, some of them more than once: those on which several things were measured.

    >>> import pandas as pd
    >>> repeats_days(pd.to_datetime(["2026-11-26", "2026-11-26"])), repeats_days(pd.to_datetime(["2026-11-26", "2026-11-27"]))
    (True, False)
    """
    import pandas as pd

    index = pd.DatetimeIndex(times).dropna()
    return bool(index.has_duplicates and (index == index.normalize()).all())


def zone_attrs(times: Any) -> dict[str, str]:
    """Give the attrs of times that an index or `.dt` of a column has: that they are in UTC, and in which zone they came.

    >>> import pandas as pd
    >>> zone_attrs(pd.date_range("2026-11-26", periods=2, tz="Europe/Berlin"))
    {'timezone': 'UTC', 'nsi_zone': 'Europe/Berlin'}
    """
    zone = getattr(times, "tz", None)
    if zone is None:
        return {}
    name = zone_name(zone)
    return {"timezone": "UTC"} | ({} if name == "UTC" else {ZONE: name})


def utc_index(index: pd.Index[Any]) -> npt.NDArray[Any]:
    """Give the values of an index; aware times in UTC, without the zone."""
    import pandas as pd

    if isinstance(index, pd.DatetimeIndex) and index.tz is not None:
        index = index.tz_convert(None)
    return index.to_numpy()


def _no_time(time: Any, where: str) -> None:
    if time is not None:
        raise TimeError("there are two times", f"leave time= away: {where}")


def _of_frame(name: str, frame: pd.DataFrame, unit: str | None, told: dict[str, Any]) -> Batch:
    """Make one batch of each column of numbers and each combination of texts."""
    import pandas as pd

    columns = [column for column in frame.columns if column != "time"]
    times = frame["time"] if "time" in frame.columns else frame.index
    if not (isinstance(times.dtype, pd.DatetimeTZDtype) or getattr(times.dtype, "kind", "") in "MO"):
        raise TimeError(f"{name}: there is no column 'time', and the index is of type {times.dtype}", "frame.set_index(...)")
    texts = [c for c in columns if pd.api.types.is_string_dtype(frame[c]) or isinstance(frame[c].dtype, pd.CategoricalDtype)]
    numbers = [c for c in columns if c not in texts]
    if not numbers:
        raise SeriesError(f"{name}: no column of numbers among {columns}", "a column `value`")
    parts = []
    for column in numbers:
        series = name if numbers == ["value"] else f"{name}.{column}"
        groups = frame.groupby(texts, sort=True, observed=True, dropna=False).indices if texts else {(): np.arange(len(frame))}
        for key, places in groups.items():
            mine = dict(zip(texts, key if isinstance(key, tuple) else (key,), strict=True))
            at = np.asarray(places, dtype=np.intp)
            values, moments = frame[column].to_numpy()[at], times.take(at)
            tags = {**(told["tags"] or {}), **{tag: str(value) for tag, value in mine.items()}}
            parts.append(Batch.of(series, values, moments, unit=unit or "1", **{**told, "tags": tags}))
    return Batch.joined(parts)


def _of_xarray(name: str, data: xr.DataArray | xr.Dataset, unit: str | None, told: dict[str, Any]) -> Batch:
    """Make one batch of each variable and each place along the dims that are not time."""
    import xarray as xr

    if "time" not in data.dims or "time" not in data.coords:
        raise TimeError(f"{name}: there is no dim 'time' with times; there are {tuple(map(str, data.dims))}", "data.rename(...)")
    zone = told["tz"] or data["time"].attrs.get("timezone")
    variables: dict[str, xr.DataArray]
    if isinstance(data, xr.Dataset):
        variables = {f"{name}.{key}": data[key] for key in data.data_vars if "time" in data[key].dims}
        if not variables:
            raise SeriesError(
                f"{name}: no variable of {list(map(str, data.data_vars))} has the dim 'time'", "one sample for each time"
            )
    else:
        variables = {name: data}
    parts = []
    for series, variable in variables.items():
        others = [str(dim) for dim in variable.dims if dim != "time"]
        flat = variable.transpose("time", *others)
        moments = flat["time"].to_numpy()
        for place in np.ndindex(flat.shape[1:]):
            one = flat[(slice(None), *place)]
            at = {dim: str(one[dim].item()) if dim in one.coords else str(i) for dim, i in zip(others, place, strict=True)}
            tags = {**(told["tags"] or {}), **at}
            units = unit or str(variable.attrs.get("units", "1"))
            parts.append(Batch.of(series, one.to_numpy(), moments, unit=units, **{**told, "tags": tags, "tz": zone}))
    return Batch.joined(parts)
