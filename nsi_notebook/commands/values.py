"""What the verbs of analysis look at: columns of a table, rows of a file, a series of a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import FileError, OptionError, SeriesError, UnknownNameError, a_kind
from .cells import instead, some, warn_of_texts
from .columns import dataset_of
from .data import is_store
from .paths import expanded

if TYPE_CHECKING:
    import xarray as xr

MARKS = {";": "semicolons", "\t": "tabs", "|": "bars"}  # between columns, where it is no comma
TABLES = (".csv", ".json", ".nc", ".parquet", ".zarr")


def find_values(text: str, scope: Mapping[str, Any] | None = None) -> Any:
    """Look up what was typed as data to analyse: a variable, else a path; anything else may be a series of a store.

    Examples
    --------
    >>> find_values("load", {"load": [1.0, 2.0]}), find_values("oven.heat")
    ([1.0, 2.0], 'oven.heat')
    """
    if scope is not None and text.isidentifier() and text in scope:
        return scope[text]
    path = expanded(text)
    head, dot, tail = text.partition(".")
    if scope is not None and dot and tail in _held(scope.get(head)) and not path.exists():
        raise FileError(f"no variable or file {text!r}", f"{head}, and the column by its name: {tail}")
    return path if path.suffix.lower() in TABLES or path.exists() else text


def _held(value: Any) -> list[str]:
    names = getattr(value, "columns", None) if not hasattr(value, "data_vars") else value.data_vars
    return [] if names is None else [str(name) for name in names]


def table_of(
    data: Any,
    columns: Sequence[str] | None = None,
    *,
    by: str | None = None,
    labels: Sequence[str | None] = (),
    store: Any = None,
    since: Any = None,
    until: Any = None,
    tags: Mapping[str, str] | None = None,
    every: str | None = None,
    dim: str | None = None,
) -> xr.Dataset:
    """Make a Dataset of data to analyse: numbers are variables with units, texts and times coordinates along their dim.

    Parameters
    ----------
    data : str, path, or object
        The name of a series, if a store is named; a table: .csv, .json, .parquet, .nc, .zarr; or an xarray, pandas or NumPy
        object, windows, an answer of a store, or the result of an analysis.
    columns : sequence of str, optional
        Which of its columns or variables; all of numbers, if none is named.
    by, labels : str and sequence of str
        The column that parts the rows, and others that hold labels, even if these are numbers; None of them is none.
    store, since, until, tags, every
        Of a series: where it is, between which times, with which tags, and the length of the windows whose means are looked at.
        Series of one name that stand side by side need windows in common.
    dim : str, optional
        "image" or "sample" says that the rows, along time or files, are in no order.

    Raises
    ------
    FileError, SeriesError, OptionError, UnknownNameError
        If there is nothing of that name, or nothing to look at in it.
    """
    asked = {"since": since, "until": until, "tags": tags, "every": every}
    if isinstance(data, str) and store is None:
        data = find_values(data)
    if isinstance(data, str) and (store is not None or _runs(data)):
        found = _of_store(data, store, since, until, tags, every)
    else:
        for name, value in {"store": store, **asked}.items():
            if value is not None:
                raise OptionError(f"{name}={value!r:.60}, but this is no series of a store", f"leave --{name} out")
        found = _of(data)
    from ..analytics.algorithms.clocks import in_time

    told = [name for name in (by, *labels) if name]
    for name in told:
        if name in found.data_vars:
            found = found.assign_coords({name: (found[name].dims, _as_labels(found[name].to_numpy()))})
    return _chosen(in_time(found, dim), columns, told, by)


def _as_labels(values: Any) -> Any:
    """Give numbers as labels: whole ones without a point, and none for NaN."""
    import numpy as np

    if values.dtype.kind != "f":
        return values
    return np.array([None if v != v else int(v) if v == int(v) else v for v in values.tolist()], dtype=object)


def series_of(data: Any, column: str | None = None, **where: Any) -> xr.DataArray:
    """Make one DataArray of data to analyse: what `table_of` takes, of which one column is looked at.

    Raises
    ------
    OptionError
        If there are several columns, and none is named.
    """
    found = table_of(data, None if column is None else [column], **where)
    held = list(map(str, found.data_vars))
    if len(held) > 1:
        raise OptionError(f"there are {len(held)} columns: {', '.join(held[:8])}", f"name one, e.g. {held[0]}")
    return found[held[0]]


def _runs(name: str) -> bool:
    """Whether the store of the running engine is meant, as nothing else is named."""
    from .running import running

    if running() is None:
        raise FileError(f"no variable or file {name!r}, and no store is named", "--store FOLDER, for a series that was kept")
    return True


def _of_store(name: str, store: Any, since: Any, until: Any, tags: Any, every: str | None) -> xr.Dataset:
    from .running import stored

    with stored(store) as db:
        held = [series for series in db.series(name, tags or None) if series.made is None]
        if not held:
            raise SeriesError(f"the store has only windows of {name!r}, which an engine computed", "the samples they are of")
        if len(held) > 1 and every is None:
            few = ", ".join(map(str, held[:3])) + (", ..." if len(held) > 3 else "")
            raise SeriesError(
                f"{name!r} is {len(held)} series: {few}", "choose with tags, or every='1min' for means side by side"
            )
        answer = db.query(held, since, until, step=every).to_xarray()
    said = ", ".join([name, *(f"{key} {value}" for key, value in (tags or {}).items())])  # which of them it is
    values = answer["value" if every is None else "mean"].rename(said)
    if not values.size:
        raise SeriesError(f"the store has no samples of {name!r} between these times", "look at --since and --until")
    names = [str(series) for series in values["series"].to_numpy()] if "series" in values.dims else []
    bare = values.reset_coords(drop=True)
    if names:
        bare = bare.isel(series=0, drop=True) if len(names) == 1 else bare.assign_coords(series=names)
    bare.attrs["units"] = held[0].unit
    if every is None:  # the name says it, as "value of" says nothing
        bare.attrs.pop("long_name", None)
    return bare.to_dataset()


def _of(data: Any) -> xr.Dataset:
    import numpy as np
    import pandas as pd
    import xarray as xr

    from ..analytics.algorithms.moments import unmasked
    from ..analytics.core.tables import attrs_of

    if isinstance(data, str | PathLike):
        return _of_file(expanded(data), str(data))
    if isinstance(data, xr.Dataset):
        return data.set_coords([name for name, values in data.data_vars.items() if values.dtype.kind in "UO"])
    if isinstance(data, xr.DataArray):
        return data.to_dataset(name=data.name if data.name is not None else "value")
    if isinstance(data, pd.Series):
        frame = data.to_frame(name=data.name if data.name is not None else "value")
        frame.attrs["units"] = {frame.columns[0]: attrs_of(data).get("units", "1")}
        return dataset_of(frame)
    if isinstance(data, pd.DataFrame):
        return dataset_of(data)
    for form in ("to_pandas", "table"):  # windows and answers, results of analyses
        if hasattr(data, form):
            return dataset_of(getattr(data, form)())
    if isinstance(data, list | tuple | np.ndarray):
        values = unmasked(data)
        if values.ndim == 1 and values.dtype.kind in "biuf":
            return xr.Dataset({"value": ("sample", values)})
    hint = (
        "nsi.plot, sql or series() of it, or the name of a series and store="
        if is_store(data)
        else "a table, a DataArray, or a path"
    )
    raise SeriesError(f"{a_kind(data)} holds no columns of numbers", hint)


def _of_file(path: Path, said: str) -> xr.Dataset:
    import pandas as pd
    import xarray as xr

    if not path.exists():
        raise FileError(f"there is no file {said!r}", "look at the path; a series of a store needs --store")
    suffix = path.suffix.lower()
    if path.is_dir() and suffix != ".zarr":
        raise FileError(
            f"{said!r} is a folder, and no table",
            f"a file in it; a series of a store is NAME --store {said}; images are measured first",
        )
    if suffix not in TABLES:
        raise FileError(f"{path.name} is of no kind that holds a table", f"one of {', '.join(TABLES)}; images are measured first")
    try:
        if suffix in (".nc", ".zarr"):
            with xr.open_dataset(path, engine="zarr" if suffix == ".zarr" else "h5netcdf") as held:
                return held.load()
        readers: dict[str, Any] = {".csv": pd.read_csv, ".json": pd.read_json, ".parquet": pd.read_parquet}
        frame = readers[suffix](path)
    except (OSError, ValueError, KeyError) as error:  # what these readers raise of a file that is damaged or another thing
        raise FileError(f"{path.name} cannot be read as {suffix[1:]}: {error}".splitlines()[0], "is it whole?") from None
    mark = next((mark for mark in MARKS if mark in str(frame.columns[0])), None) if len(frame.columns) == 1 else None
    if suffix == ".csv" and mark is not None:
        said = (
            f"{path.name} has one column, {str(frame.columns[0])!r:.60}: its columns are parted by {MARKS[mark]}, not by commas"
        )
        raise FileError(
            said, f"pandas.read_csv({path.name!r}, sep={mark!r}) reads it, and .to_csv(..., index=False) saves it with commas"
        )
    return dataset_of(frame)


def _chosen(found: xr.Dataset, columns: Sequence[str] | None, labels: Sequence[str], by: str | None) -> xr.Dataset:
    numbers = [str(name) for name, values in found.data_vars.items() if values.dtype.kind in "biuf"]
    if columns:
        for name in columns:
            if name in found.coords:
                if by is not None and by != name:
                    raise SeriesError(f"rows are parted by one column: {by!r} or {name!r}, which holds names", "one of them")
                raise SeriesError(f"the column {name!r} holds no numbers, but {some(found[name])}", instead(found[name]))
            if name not in numbers:
                raise UnknownNameError.among("column", name, numbers)
        return _several(found[list(columns)])
    warn_of_texts(values for name, values in found.coords.items() if name not in labels)
    if not numbers:
        raise SeriesError(
            f"there is no column of numbers among {', '.join(map(str, found.variables)) or 'none'}", "look at the data"
        )
    return _several(found[[name for name in numbers if not name.endswith("_ci")]])


def _several(found: xr.Dataset) -> xr.Dataset:
    """Refuse the measures of one image, each of which is one number."""
    if not found.dims:
        said = f"{', '.join(map(str, list(found.data_vars)[:3]))}: one number of each, as of one image, is one sample"
        raise SeriesError(said, "measures of several: nsi measure FOLDER -o measures.nc")
    return found
