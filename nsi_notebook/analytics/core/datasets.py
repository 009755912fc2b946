"""What the hash takes of xarray, pandas, Arrow and Dask; none of them is imported for it."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import OptionError
from .digest import loaded

if TYPE_CHECKING:
    from .digest import Hasher


def take(hasher: Hasher, value: Any, where: str) -> bool:
    """Take a value, if it is of one of these packages."""
    package = type(value).__module__.partition(".")[0]
    if package == "xarray":
        return _xarray(hasher, value, where)
    if package == "pandas":
        return _pandas(hasher, value, where)
    if package == "pyarrow":
        return _arrow(hasher, value)
    if hasattr(value, "__dask_graph__"):
        return _dask(hasher, value, where)
    return False


def _dask(hasher: Hasher, value: Any, where: str) -> bool:
    from dask.base import tokenize

    try:
        token = tokenize(value, ensure_deterministic=True)
    except (RuntimeError, TypeError, ValueError, AttributeError, pickle.PicklingError) as error:
        raise OptionError(f"{where} has no token of Dask that stays the same: {error}", "compute() it first") from None
    hasher.put("dask", token.encode())
    return True


def _xarray(hasher: Hasher, value: Any, where: str) -> bool:
    if isinstance(value, loaded("xarray", "Variable")):
        _variable(hasher, value, where)
        return True
    if isinstance(value, loaded("xarray", "DataArray")):
        hasher.put("DataArray")
        hasher.take(value.name, f"the name of {where}")
        _variable(hasher, value.variable, where)
        variables = {name: value.coords[name].variable for name in value.coords}
    elif isinstance(value, loaded("xarray", "Dataset")):
        hasher.put("Dataset")
        hasher.take(value.attrs, f"{where}.attrs")
        variables = dict(value.variables)
    else:
        return False
    for name, variable in variables.items():
        hasher.put("coord" if name in value.coords else "variable")
        hasher.take(name, f"a name in {where}")
        _variable(hasher, variable, f"{where}[{name!r}]")
    for name, index in value.xindexes.items():
        hasher.put(f"index {type(index).__name__}")
        hasher.take(name, f"a name in {where}")
    return True


def _variable(hasher: Hasher, variable: Any, where: str) -> None:
    hasher.put("Variable")
    hasher.take(variable.dims, f"{where}.dims")
    hasher.take(variable.attrs, f"{where}.attrs")
    is_index = isinstance(variable, loaded("xarray", "IndexVariable"))
    hasher.take(variable.to_index() if is_index else variable.data, where)


def _pandas(hasher: Hasher, value: Any, where: str) -> bool:
    if isinstance(value, loaded("pandas", "DataFrame")):
        hasher.put("DataFrame")
        hasher.take(value.attrs, f"{where}.attrs")
        _index(hasher, value.columns, f"{where}.columns")
        _index(hasher, value.index, f"{where}.index")
        for place in range(value.shape[1]):
            _values(hasher, value.iloc[:, place].array, f"{where}[{value.columns[place]!r}]")
    elif isinstance(value, loaded("pandas", "Series")):
        hasher.put("Series")
        hasher.take(value.attrs, f"{where}.attrs")
        hasher.take(value.name, f"{where}.name")
        _index(hasher, value.index, f"{where}.index")
        _values(hasher, value.array, where)
    elif isinstance(value, loaded("pandas", "Index")):
        _index(hasher, value, where)
    elif isinstance(value, type(loaded("pandas", "NA"))):
        hasher.put("NA")
    elif isinstance(value, loaded("pandas", "api").extensions.ExtensionArray):
        _values(hasher, value, where)
    elif type(value) in (loaded("pandas", "Timestamp"), loaded("pandas", "Timedelta")):
        hasher.put(
            f"{type(value).__name__} {value.value} {value.unit} {getattr(value, 'tz', None)!r} {getattr(value, 'fold', 0)}"
        )
    elif type(value) in (loaded("pandas", "Interval"), loaded("pandas", "Period"), type(loaded("pandas", "NaT"))):
        hasher.put(f"{type(value).__name__} {value!r}")
    else:
        return False
    return True


def _index(hasher: Hasher, index: Any, where: str) -> None:
    hasher.put(f"{type(index).__name__} {getattr(index, 'freq', None)!r}")
    hasher.take(tuple(index.names), f"the names of {where}")
    if isinstance(index, loaded("pandas", "MultiIndex")):
        for level, codes in zip(index.levels, index.codes, strict=True):
            _index(hasher, level, where)
            hasher.numpy(np.asarray(codes))
    elif isinstance(index, loaded("pandas", "RangeIndex")):
        hasher.put(f"{index.start} {index.stop} {index.step}")
    else:
        _values(hasher, index.array, where)


def _values(hasher: Hasher, array: Any, where: str) -> None:
    """Take a column: where NumPy has no such type, by its parts, or as Arrow writes it."""
    hasher.put(f"column {array.dtype!r} {getattr(array.dtype, 'storage', '')}")
    if isinstance(array.dtype, np.dtype):
        hasher.numpy(np.asarray(array))
    elif hasattr(array, "asi8"):  # times with a zone, periods
        hasher.numpy(array.asi8)
    elif isinstance(array, loaded("pandas", "Categorical")):
        hasher.numpy(np.asarray(array.codes))
        _index(hasher, array.categories, f"the categories of {where}")
    elif isinstance(array, loaded("pandas", "arrays").IntervalArray):
        _index(hasher, array.left, where)
        _index(hasher, array.right, where)
    else:
        import pyarrow as pa

        try:
            column = pa.array(array)
        except (pa.ArrowException, TypeError, ValueError) as error:
            raise OptionError(f"{where}, of type {array.dtype}, cannot be hashed: {error}", "astype() of another") from None
        chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
        _arrow(hasher, pa.table({"values": pa.chunked_array(chunks, column.type).combine_chunks()}))


def _arrow(hasher: Hasher, value: Any) -> bool:
    import pyarrow as pa

    if isinstance(value, pa.Array | pa.ChunkedArray):
        hasher.put(type(value).__name__)
        value = pa.table({"values": value})
    if not isinstance(value, pa.Table | pa.RecordBatch):
        return False
    hasher.put(type(value).__name__)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, value.schema) as writer:
        writer.write(value)
    hasher.put("arrow", sink.getvalue())
    return True
