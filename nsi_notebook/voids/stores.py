"""Datasets in netCDF and Zarr: attributes that every format takes, whole files or none, and the same bits back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import FileError, UnknownNameError
from .placing import behind, swap, writing

if TYPE_CHECKING:
    import xarray as xr

SUFFIXES = (".nc", ".zarr")
TICKS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}


def write_store(dataset: xr.Dataset, path: Path) -> None:
    """Write a Dataset to .nc or .zarr in place of what is there.

    It is written beside and renamed: whenever the process is ended, `read_store` gives the old or the new.

    Parameters
    ----------
    dataset : Dataset
        In memory.
    path : Path
        Its suffix is the format.

    Raises
    ------
    UnknownNameError
        If the suffix is not one of the two.
    FileError
        If it cannot be written.
    """
    fresh, old = _beside(path)
    dated = {name: _dates(item.dtype) for name, item in dataset.variables.items() if item.dtype.kind == "M"}
    with writing(path):
        if path.suffix.lower() == ".nc":
            plain(dataset).to_netcdf(fresh, engine="h5netcdf", encoding=dated)
        else:
            recover(path)
            shutil.rmtree(fresh, ignore_errors=True)  # format 2: text coords have no specification in 3 yet
            plain(dataset).to_zarr(fresh, zarr_format=2, consolidated=True, encoding=dated)
        swap(fresh, behind(path), old)  # `recover` puts back what stands aside if the process ends in between


def read_store(path: Path) -> xr.Dataset:
    """Read a Dataset into memory.

    Raises
    ------
    UnknownNameError
        If the suffix is neither .nc nor .zarr.
    FileError
        If it is missing or damaged.
    """
    import xarray as xr

    from .reading.failures import reading

    recover(path)
    if not path.exists():
        raise FileError(f"there is no file {str(path)!r}", "check the folder and the name")
    with (
        reading(path, "a Dataset"),
        xr.open_dataset(
            path, engine="h5netcdf" if path.suffix.lower() == ".nc" else "zarr", decode_timedelta=True, chunks=None
        ) as held,
    ):
        return held.load()


def recover(path: Path) -> None:
    """Put a Zarr store back that was moved aside when the process ended."""
    _, old = _beside(path)
    if not path.exists() and old.exists():
        old.rename(behind(path))


def _beside(path: Path) -> tuple[Path, Path]:
    """Places of the next and of the last one; hidden, and always the same, so that a crash leaves no litter."""
    if path.suffix.lower() not in SUFFIXES:
        raise UnknownNameError.among("output format", path.suffix or path.name, SUFFIXES)
    place = behind(path)  # a link stays
    return place.with_name(f".{place.name}.part"), place.with_name(f".{place.name}.old")


def described(dataset: xr.Dataset) -> dict[str, Any]:
    """List what a file format may change: dtypes and attrs, as JSON can tell them."""
    of = {str(name): {"dtype": item.dtype.str, "attrs": item.attrs} for name, item in dataset.variables.items()}
    told: dict[str, Any] = json.loads(as_json({"attrs": dataset.attrs, "variables": of}))
    return told


def restored(dataset: xr.Dataset, told: Mapping[str, Any]) -> xr.Dataset:
    """Undo what a file format did to the dtypes and attrs of the variables that `described` lists."""
    import xarray as xr

    variables = {}
    for name, item in told["variables"].items():
        held = dataset.variables[name]
        variables[name] = xr.Variable(held.dims, held.values.astype(item["dtype"]), item["attrs"])
    coords = {name: variables.pop(name) for name in dataset.coords if name in variables}
    return xr.Dataset(variables, coords, told["attrs"])


def as_json(value: Any) -> str:
    """Write JSON of attributes: NumPy's numbers and arrays as Python's, anything else as text."""
    return json.dumps(value, default=_jsonable)


def plainly(value: Any) -> Any:
    """Give what JSON keeps of an attribute, so that one read from a file equals what was written, arrays and NaN too."""
    return json.loads(as_json(value), parse_constant=str)


def plain(value: Any) -> Any:
    """Give a copy whose attributes every file format takes: text, numbers and lists of one of them; no None."""
    import xarray as xr

    copy = value.copy(deep=False)
    parts = [copy, *copy.coords.values(), *(copy.data_vars.values() if isinstance(copy, xr.Dataset) else ())]
    for part in parts:
        part.attrs = {str(key): _attribute(item) for key, item in part.attrs.items() if item is not None}
    return copy


def _dates(dtype: Any) -> dict[str, str]:
    """Write times in whole ticks of their own: else fractions of a second are lost, or, from coarser ticks, all of them."""
    import numpy as np

    return {"units": f"{TICKS[np.datetime_data(dtype)[0]]} since 1970-01-01", "dtype": "int64"}


def _attribute(item: Any) -> Any:
    """Text, a number or a list of one of them as it is; a truth as 0 or 1; anything else as JSON text."""
    import numpy as np

    if isinstance(item, np.datetime64 | np.timedelta64):
        return str(item)
    if isinstance(item, np.generic):
        item = float(item) if isinstance(item, np.floating) else item.item()
    if isinstance(item, bool):
        return int(item)
    if isinstance(item, str | float) or (isinstance(item, int) and -(2**63) <= item < 2**63):
        return item
    if isinstance(item, list | tuple | np.ndarray):
        try:
            kind = np.asarray(item).dtype.kind
        except ValueError:  # lists of different lengths in a list
            kind = "O"
        if kind in "iuf" and np.ndim(item) == 1 and len(item) and not any(isinstance(x, bool | np.bool_) for x in item):
            return item
        if kind == "U" and np.ndim(item) == 1 and all(isinstance(x, str) for x in item):
            return [str(x) for x in item]
    try:
        return json.dumps(item, default=_jsonable)
    except (TypeError, ValueError):  # a table whose keys are no text, a list in itself
        return str(item)


def _jsonable(item: Any) -> Any:
    import numpy as np

    if isinstance(item, np.floating):
        return float(item)
    return item.tolist() if isinstance(item, np.ndarray | np.integer | np.bool_) else str(item)
