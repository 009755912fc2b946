"""Results to files: checked before the work, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..errors import FileError, OptionError, UnknownNameError
from ..voids.placing import replacing
from ..voids.stores import plain
from .paths import expanded

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

RESULTS = (".csv", ".json", ".nc", ".html")  # of an analysis: its table, its arrays, its figure


def check_output(output: str | None, suffixes: tuple[str, ...], force: bool = False) -> Path | None:
    """Check a target before any work is done for it.

    Parameters
    ----------
    output : str or None
        Where to write.
    suffixes : tuple of str
        The formats that the result can take, ".csv" and the like.
    force : bool
        Whether something that is there may be replaced.

    Raises
    ------
    UnknownNameError
        If the suffix is not one of `suffixes`.
    FileError
        If the folder is missing or the target exists and `force` is not set.
    """
    if output is None:
        return None
    path = expanded(output)
    if path.suffix.lower() not in suffixes:
        raise UnknownNameError.among("output format", path.suffix or path.name, suffixes)
    if not path.parent.is_dir():
        raise FileError(f"there is no folder {str(path.parent)!r} to write {path.name} in", "make it first")
    if path.is_dir() and path.suffix.lower() != ".zarr":
        raise FileError(f"{str(path)!r} is a folder", "choose another name")
    if path.exists() and not force:
        raise FileError(f"{str(path)!r} is there already", "--force replaces it")
    return path


def write(value: Any, path: Path | None) -> None:
    """Write a result; nothing without a path. What was there stays until the new file is whole.

    Parameters
    ----------
    value : DataArray, Dataset, DataFrame, Figure, or the result of an analysis
        A result of a verb.
    path : Path or None
        As `check_output` gave it.
    """
    if path is None:
        return
    writer = _writer(value, path.suffix.lower())
    with replacing(path) as fresh:
        writer(fresh)


def write_result(result: Any, path: Path | None) -> None:
    """Write the result of an analysis: .csv and .json its table, .nc its arrays, .html its figure; nothing without a path."""
    if path is None:
        return
    forms = {".html": result.plot, ".nc": getattr(result, "to_xarray", None)}
    write((forms.get(path.suffix.lower()) or result.rows)(), path)


def _writer(value: Any, suffix: str) -> Callable[[Path], Any]:
    import pandas as pd
    import xarray as xr

    tables = {".csv": _csv, ".json": _json}
    if isinstance(value, pd.DataFrame):
        return partial(tables[suffix], value)
    if isinstance(value, xr.Dataset) and suffix in tables:
        return partial(tables[suffix], tidy(value))
    if isinstance(value, xr.Dataset | xr.DataArray):
        if suffix == ".nc":
            return partial(plain(value).to_netcdf, engine="h5netcdf")
        if suffix == ".zarr":  # format 2: consolidated metadata and text coords have no specification in 3 yet
            return partial(plain(value).to_zarr, zarr_format=2, consolidated=True)
        return partial(_picture, cast("xr.DataArray", value))
    if suffix == ".json":
        return lambda path: path.write_text(value.to_json(), encoding="utf-8")
    return partial(value.write_html, include_plotlyjs=True, full_html=True)


def _csv(table: pd.DataFrame, path: Path) -> None:
    with_units(table).to_csv(path, index=not _is_count(table))


def with_units(table: pd.DataFrame) -> pd.DataFrame:
    """Put the units of the columns, which a table has in its attrs, into their heads: "size (um^2)"."""
    units = {name: unit for name, unit in table.attrs.get("units", {}).items() if unit != "1"}
    return table.rename(columns={name: f"{name} ({unit})" for name, unit in units.items()})


def _json(table: pd.DataFrame, path: Path) -> None:
    rows = table if _is_count(table) else table.reset_index()
    records = json.loads(rows.to_json(orient="records", double_precision=15, date_format="iso", date_unit="us"))
    path.write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")


def _is_count(table: pd.DataFrame) -> bool:
    return table.index.name is None


def _picture(image: xr.DataArray, path: Path) -> None:
    import numpy as np

    values = np.asarray(image.values)
    if values.dtype == bool:
        values = values.astype(np.uint8) * np.uint8(255)
    if path.suffix.lower() == ".png":
        if values.ndim > 3 or (values.ndim == 3 and image.dims[-1] != "channel"):
            raise OptionError(f"a PNG holds one frame, this has dims {image.dims}", "write .tif, .nc or .zarr")
        import imageio.v3

        imageio.v3.imwrite(path, values)
        return
    import tifffile

    told = _ome(image)
    tifffile.imwrite(path, values, compression="zlib", photometric="minisblack", ome=bool(told), metadata=told or None)


def _ome(image: xr.DataArray) -> dict[str, Any]:
    """OME metadata that keep the spacing, where it is a length and the dims are those of OME; else nothing."""
    from ..voids.space import Space
    from ..voids.units import factor

    space = Space.of(image)
    letters = {"time": "T", "z": "Z", "channel": "C", "y": "Y", "x": "X"}
    unit = {"nm": "nm", "mm": "mm", "cm": "cm", "m": "m"}.get(space.unit, "\u00b5m")
    times = 1.0 if unit == space.unit else factor(space.unit, "um")
    if times is None or not set(map(str, image.dims)) <= set(letters) or space.ndim < 2:
        return {}
    sizes: dict[str, Any] = {"axes": "".join(letters[str(d)] for d in image.dims)}
    for dim, step in zip(space.dims, space.spacing, strict=True):
        sizes |= {f"PhysicalSize{dim.upper()}": step * times, f"PhysicalSize{dim.upper()}Unit": unit}
    return sizes


def tidy(results: xr.Dataset) -> pd.DataFrame:
    """Lay a Dataset of measures out as a table: one row a number, with its coordinates, interval and unit.

    Parameters
    ----------
    results : Dataset
        As `measure` gives it.

    Returns
    -------
    DataFrame
        Columns: measure, variable, one for each dim (`bound` of a range has a row for each end, that of an interval makes the
        columns lower and upper) and each coordinate beside them, value, lower, upper, units. What pads
        (ranks that a frame does not have, places beyond the end of an axis) has no row; `attrs["units"]` has the units of the
        coordinates beside the dims.
    """
    import pandas as pd

    frames = []
    own = ["measure", "variable", "value", "lower", "upper", "units"]
    shown = {name: variable for name, variable in results.data_vars.items() if not str(name).endswith("_ci")}
    dims = [str(d) for d in results.dims if any(d in variable.dims for variable in shown.values())]
    beside = [str(c) for c in results.coords if c not in (*results.dims, *own)]
    for name, variable in shown.items():
        bare = variable.drop_vars([c for c in variable.coords if c not in (*variable.dims, *beside)])
        frame = bare.expand_dims("only").to_dataframe(name="value") if not bare.dims else bare.to_dataframe(name="value")
        frame = frame.reset_index()
        frame.insert(0, "variable", str(name))
        frame.insert(0, "measure", variable.attrs.get("nsi_measure", ""))
        interval = results.get(f"{name}_ci")
        for bound in ("lower", "upper"):
            if interval is not None:
                side = interval.sel(bound=bound).transpose(*variable.dims)
                frame[bound] = side.values.ravel()
        frame["units"] = variable.attrs.get("units", "")
        told = frame["value"].notna()
        frames.append(frame[told] if told.any() else frame)
    if not frames:
        raise OptionError("this Dataset holds nothing to write")
    table = pd.concat(frames, ignore_index=True)
    table = table[[column for column in (*own[:2], *dims, *beside, *own[2:]) if column in table.columns]]
    table.attrs["units"] = {name: results[name].attrs["units"] for name in beside if "units" in results[name].attrs}
    return table
