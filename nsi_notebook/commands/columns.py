"""Tables as Datasets: units out of the heads of columns, times and places as coordinates, long tables side by side."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import SeriesError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

HEAD = re.compile(r"(?P<name>.*\S)\s+\((?P<unit>[^()]+)\)")  # of a column, as tables are written: "size (um^2)"
LONG = ("measure", "variable", "value", "units")  # columns of a table with a row for each number, as `measure` writes it
BESIDE = {*LONG, "lower", "upper"}
NAMED = {"axis", "q"}  # along which there are a few numbers, not a curve


def dataset_of(frame: pd.DataFrame) -> xr.Dataset:
    """Make a Dataset of a table.

    Columns of numbers are variables, with the units of `attrs["units"]` or of their heads; others are coordinates along the dim
    of the rows. Which column is their clock is told as of any table (`core.tables.dataset_of`); but numbers that are called
    `time` are it, too, and rows of `watch` lie along `file`. A long table, as `measure -o measures.csv` writes it, is laid side
    by side.

    Raises
    ------
    SeriesError
        If a long table has two numbers of one name for one sample.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"taken": ["2026-11-26T12:00Z", "2026-11-26T13:00Z"], "area (um^2)": [3.0, 4.0]})
    >>> found = dataset_of(frame)
    >>> found["area"].dims, found["area"].attrs, found["taken"].attrs
    (('taken',), {'units': 'um^2'}, {'timezone': 'UTC'})
    """
    import pandas as pd

    from ..analytics.core import tables

    held, units = _headed(_wide(frame) if set(LONG) <= set(map(str, frame.columns)) else frame)
    held = held.infer_objects()
    for name in held.columns:
        if name in tables.OF_FILES or not (pd.api.types.is_numeric_dtype(held[name]) or held[name].dtype.kind == "M"):
            held[name] = held[name].astype(object).where(held[name].notna(), "")
    held.attrs["units"] = {name: units.get(name, "1") for name in held.columns}
    if "time" in held and pd.api.types.is_numeric_dtype(held["time"]) and not isinstance(held.index, pd.DatetimeIndex):
        held = held.set_index("time")
    found = tables.dataset_of(held)
    if "sample" in found.dims and set(held.columns) >= tables.OF_FILES:  # rows of files, one after another
        found = found.rename_dims(sample="file")
    return found.set_coords([name for name in found.data_vars if name in tables.OF_FILES])


def _headed(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """Give the table with bare names, and the units of its columns."""
    told, names = frame.attrs.get("units", {}), dict[Any, str]()
    units = dict(told) if isinstance(told, Mapping) else dict.fromkeys(map(str, frame.columns), str(told))  # of a Series
    for column in frame.columns:
        said = HEAD.fullmatch(str(column))
        names[column] = str(column) if said is None else said["name"]
        if said is not None:
            units[said["name"]] = said["unit"]
    return frame.rename(columns=names), units


def _wide(frame: pd.DataFrame) -> pd.DataFrame:
    """Lay a long table side by side: a row for each sample, a column for each number that it has; curves are left out."""
    places = [c for c in map(str, frame.columns) if c not in BESIDE]
    of_samples = [c for c in places if frame[c].notna().all()]
    named = [c for c in places if c in NAMED]
    curves = [c for c in places if c not in of_samples and c not in named]
    held = frame[frame[curves].isna().all(axis="columns")]
    name = held["variable"].astype(str)
    for column in named:
        name = name + held[column].map(lambda value: "" if value != value else f" {value}")
    held = held.assign(name=name)
    if held.duplicated([*of_samples, "name"]).any():
        twice = held.loc[held.duplicated([*of_samples, "name"]), "name"].iloc[0]
        raise SeriesError(f"this long table has {twice!r} twice for one sample", "a file of one measurement, or netCDF")
    if not of_samples:
        found = held.set_index("name")[["value"]].T.reset_index(drop=True)
    else:
        found = held.pivot(index=of_samples, columns="name", values="value").reset_index()
    found.columns.name = None
    found.attrs["units"] = dict(zip(held["name"], held["units"], strict=True))
    return found
