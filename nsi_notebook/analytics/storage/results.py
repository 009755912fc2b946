"""Results in files that anyone can read: netCDF, Parquet or JSON by their kind, read back before they count as written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...errors import FileError, NsiError, OptionError
from ...voids.placing import replacing
from ...voids.stores import described, plainly, read_store, restored, write_store
from ..core.batch import Batch
from ..core.series import Series

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

ONLY = "nsi_result"  # the variable of what is no Dataset
_JSON = (type(None), bool, int, float, str, list, dict)
_KINDS = "an object of xarray or pandas, an array of NumPy, a Batch, or numbers, texts, lists and dicts of them"


class Kind(NamedTuple):
    """How results of one kind are kept.

    Parameters
    ----------
    file : str
        Name of the file.
    write : callable
        Takes the result and the path; gives what the file cannot tell, as JSON.
    read : callable
        Takes the path and that; gives the result.
    same : callable
        Whether two results are one.
    """

    file: str
    write: Callable[[Any, Path], dict[str, Any]]
    read: Callable[[Path, Mapping[str, Any]], Any]
    same: Callable[[Any, Any], bool]


def kind_of(result: Any, name: str) -> str:
    """Name the kind of a result.

    Raises
    ------
    OptionError
        If it is none that is kept.
    """
    import pandas as pd
    import xarray as xr

    if getattr(result, "__dask_graph__", lambda: None)() is not None:
        raise OptionError(f"{name}: the result is lazy", "compute() it first")
    kinds: dict[type, str] = {
        xr.Dataset: "dataset",
        xr.DataArray: "image",
        pd.DataFrame: "table",
        pd.Series: "column",
        np.ndarray: "array",
    }
    kinds |= {Batch: "batch", **dict.fromkeys(_JSON, "json")}
    found = kinds.get(type(result))
    if found is None:
        more = "; its to_xarray() can be kept" if hasattr(result, "to_xarray") else ""
        raise OptionError(f"{name}: a {type(result).__qualname__} cannot be kept as a file", f"{_KINDS}{more}")
    return found


def write(kind: str, result: Any, folder: Path, name: str) -> dict[str, Any]:
    """Write a result into a folder, and read it back.

    Returns
    -------
    dict
        What `read` needs beside the file.

    Raises
    ------
    OptionError
        If it would not come back as it is.
    FileError
        If it cannot be written.
    """
    how = KINDS[kind]
    path, form = folder / how.file, {"nc": "netCDF", "parquet": "Parquet", "json": "JSON"}[how.file.rpartition(".")[2]]
    try:
        told: dict[str, Any] = json.loads(json.dumps(how.write(result, path)))
        there = how.same(how.read(path, told), result)
    except (NsiError, OSError):
        raise
    except (ValueError, TypeError, LookupError, AttributeError, NotImplementedError, RecursionError, OverflowError) as error:
        said = str(error).partition("\n")[0]
        raise OptionError(f"{name}: the result cannot be kept as {form}: {said}", "simpler coords, attrs or types") from error
    if not there:
        hint = "a list for a tuple, texts as keys, plain types in the columns and attrs"
        raise OptionError(f"{name}: the result would not come back from {form} as it is", hint)
    return told


def read(kind: str, told: Mapping[str, Any], folder: Path) -> Any:
    """Read what `write` wrote."""
    return KINDS[kind].read(folder / KINDS[kind].file, told)


def _write_dataset(result: xr.Dataset, path: Path) -> dict[str, Any]:
    write_store(result, path)
    return {"described": described(result)}


def _read_dataset(path: Path, told: Mapping[str, Any]) -> xr.Dataset:
    return restored(read_store(path), told["described"])


def _same_dataset(one: xr.Dataset, other: xr.Dataset) -> bool:
    dims = all(one[name].dims == other[name].dims for name in other.variables)
    return one.equals(other) and dims and plainly(described(one)) == plainly(described(other))


def _write_image(result: xr.DataArray, path: Path) -> dict[str, Any]:
    if result.name is not None and not isinstance(result.name, str):
        raise OptionError(f"the name of the result is {result.name!r}", "a text, or none")
    return {**_write_dataset(result.to_dataset(name=ONLY), path), "name": result.name}


def _read_image(path: Path, told: Mapping[str, Any]) -> xr.DataArray:
    return _read_dataset(path, told)[ONLY].rename(told["name"])


def _same_image(one: xr.DataArray, other: xr.DataArray) -> bool:
    return one.name == other.name and _same_dataset(one.to_dataset(name=ONLY), other.to_dataset(name=ONLY))


def _write_array(result: np.ndarray[Any, Any], path: Path) -> dict[str, Any]:
    import xarray as xr

    return _write_image(xr.DataArray(result), path)


def _read_array(path: Path, told: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    found: np.ndarray[Any, Any] = _read_image(path, told).values
    return found


def _same_array(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=other.dtype.kind in "fcmM")


def _write_table(result: pd.DataFrame, path: Path) -> dict[str, Any]:
    with replacing(path) as fresh:
        result.to_parquet(fresh, engine="pyarrow")
    return {"freq": getattr(result.index, "freqstr", None), "attrs": result.attrs}


def _read_table(path: Path, told: Mapping[str, Any]) -> pd.DataFrame:
    import pandas as pd

    found = pd.read_parquet(path, engine="pyarrow")
    if told["freq"] is not None and isinstance(found.index, pd.DatetimeIndex):
        found.index = pd.DatetimeIndex(found.index, freq=told["freq"])
    found.attrs = dict(told["attrs"])
    return found


def _same_table(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    import pandas as pd

    try:
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    except AssertionError:
        return False
    return bool(plainly(one.attrs) == plainly(other.attrs))


def _write_column(result: pd.Series[Any], path: Path) -> dict[str, Any]:
    if result.name is not None and not isinstance(result.name, str):
        raise OptionError(f"the name of the result is {result.name!r}", "a text, or none")
    return {**_write_table(result.to_frame(ONLY), path), "name": result.name}


def _read_column(path: Path, told: Mapping[str, Any]) -> pd.Series[Any]:
    return _read_table(path, told)[ONLY].rename(told["name"])


def _same_column(one: pd.Series[Any], other: pd.Series[Any]) -> bool:
    return one.name == other.name and _same_table(one.to_frame(ONLY), other.to_frame(ONLY))


def _write_batch(result: Batch, path: Path) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    time = pa.array(result.time).cast(pa.timestamp("us", "UTC"))
    with replacing(path) as fresh:
        pq.write_table(pa.table({"series": result.code, "time": time, "value": result.value}), fresh)
    return {"series": [[each.name, each.unit, dict(each.tags)] for each in result.series]}


def _read_batch(path: Path, told: Mapping[str, Any]) -> Batch:
    import pyarrow as pa
    import pyarrow.parquet as pq

    held = pq.read_table(path)
    columns = [held["series"], held["time"].cast(pa.int64()), held["value"]]
    code, time, value = (column.to_numpy() for column in columns)
    return Batch(tuple(Series.of(*each) for each in told["series"]), code, time, value)


def _same_batch(one: Batch, other: Batch) -> bool:
    pairs = ((one.code, other.code), (one.time, other.time), (one.value, other.value))
    return one.series == other.series and all(_same_array(left, right) for left, right in pairs)


def _write_json(result: Any, path: Path) -> dict[str, Any]:
    text = json.dumps(result, indent=1, allow_nan=False, ensure_ascii=False)
    with replacing(path) as fresh:
        fresh.write_text(text + "\n", encoding="utf-8")
    return {}


def _read_json(path: Path, told: Mapping[str, Any]) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FileError(f"cannot read {path}: {error}", "was it changed?") from error


def _same_json(one: Any, other: Any) -> bool:
    return repr(one) == repr(other)


KINDS = {
    "dataset": Kind("result.nc", _write_dataset, _read_dataset, _same_dataset),
    "image": Kind("result.nc", _write_image, _read_image, _same_image),
    "array": Kind("result.nc", _write_array, _read_array, _same_array),
    "table": Kind("result.parquet", _write_table, _read_table, _same_table),
    "column": Kind("result.parquet", _write_column, _read_column, _same_column),
    "batch": Kind("result.parquet", _write_batch, _read_batch, _same_batch),
    "json": Kind("result.json", _write_json, _read_json, _same_json),
}
