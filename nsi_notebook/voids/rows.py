"""Rows of measures: put together along the dim of their arrival, bad ones as NaN, with what is known of each frame beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import xarray as xr

from ..errors import OptionError

Labels = Mapping[str, xr.Variable]  # each of no dims
FAN = 32  # blocks that are put together at a time, so that a row more costs as much after many as after few


@dataclass(frozen=True)
class Row:
    """What is known of a frame beside its measures; `error` says what was wrong with it, if anything."""

    labels: Labels = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True)
class Block:
    """Rows of measures in one Dataset, in the order of their arrival; what is put together is a level higher."""

    level: int
    rows: xr.Dataset


def added(blocks: Sequence[Block], rows: xr.Dataset, dim: str) -> tuple[Block, ...]:
    """Put rows behind those of some blocks."""
    done, new = list(blocks), Block(0, rows)
    while sum(b.level == new.level for b in done[1 - FAN :]) == FAN - 1:
        same = [*done[1 - FAN :], new]
        done, new = done[: 1 - FAN], Block(new.level + 1, concat([b.rows for b in same], dim))
    return (*done, new)


def concat(parts: Sequence[xr.Dataset], dim: str) -> xr.Dataset:
    """Put rows one behind the other as `measure` does frames: ranks that a frame lacks become NaN.

    Coordinates are those of the first: of frames that are alike, others differ by rounding and by the place of the frame only.
    """
    first = parts[0]
    if len(parts) == 1:
        return first
    lengths = {n: v for n, v in first.variables.items() if n in first.coords and v.dtype.kind == "f" and dim not in v.dims}
    alike = [first]
    for part in parts[1:]:
        same = {n: v for n, v in lengths.items() if v.sizes == part.variables[n].sizes}
        moved = {n: v for n, v in same.items() if not np.array_equal(v.values, part.variables[n].values)}
        alike.append(part.assign_coords(moved) if moved else part)
    return xr.concat(
        alike, dim=dim, join="outer", data_vars="minimal", coords="minimal", compat="equals", combine_attrs=first_of_each
    )


def first_of_each(attrs: Sequence[dict[str, Any]], context: object = None) -> dict[str, Any]:
    """Give each attr as the first frame has it that has it."""
    return {k: v for each in reversed(attrs) for k, v in each.items()}


def table(good: xr.Dataset | None, rows: Sequence[Row], dim: str, always: bool) -> xr.Dataset:
    """Give the measured rows their labels, and put rows of NaN where a frame was bad.

    Parameters
    ----------
    good : Dataset or None
        The measured rows, in order; None if there are none.
    rows : sequence of Row
        All rows, in order.
    dim : str
        Their dim.
    always : bool
        Give the coord `error` even if no frame was bad.
    """
    bad = [bool(row.error) for row in rows]
    result = xr.Dataset() if good is None else good
    if any(bad) and good is not None:
        wide = [n for n, v in good.variables.items() if dim in v.dims and v.dtype == bool]  # NaN is no bool
        place = np.flatnonzero(~np.array(bad))
        whole = good.assign({n: good[n].astype(float) for n in wide}).assign_coords({dim: place})
        result = whole.reindex({dim: np.arange(len(rows))}).drop_vars(dim)
    names = dict.fromkeys(n for row in rows for n in row.labels)
    columns = {name: _column([row.labels.get(name) for row in rows], dim) for name in names}
    if always or any(bad):
        said = {"long_name": "what was wrong with the frame"}
        columns["error"] = xr.Variable(dim, np.array([row.error for row in rows], dtype=np.str_), said)
    return result.assign_coords(columns)


def _column(labels: Sequence[xr.Variable | None], dim: str) -> xr.Variable:
    there = [label for label in labels if label is not None]
    if len({_family(label) for label in there}) > 1:  # a date once and a text later have no dtype in common
        there = [xr.Variable((), str(label.values[()]), label.attrs) for label in there]
    lacking: Any = {"M": np.datetime64("NaT"), "m": np.timedelta64("NaT"), "U": np.str_()}.get(_family(there[0]), np.nan)
    each = iter(there)
    values = np.stack([np.asarray(lacking) if label is None else next(each).values for label in labels])
    return xr.Variable(dim, values, there[0].attrs)


def _family(label: xr.Variable) -> str:
    """Letter of the dtypes that have one in common with that of a label: b, i and the like are f."""
    kind = label.dtype.kind
    return "f" if kind in "biufc" else kind


def single(name: str, value: Any) -> xr.Variable:
    """Make a label of a value.

    Raises
    ------
    OptionError
        If it is not one value.
    """
    if isinstance(value, datetime) and value.tzinfo is not None:  # xarray has no zones: UTC, as its attr says
        import pandas as pd

        value = xr.Variable((), pd.Timestamp(value).tz_convert("UTC").tz_localize(None).to_datetime64(), {"timezone": "UTC"})
    try:
        label = value if isinstance(value, xr.Variable) else xr.Variable((), value)
    except (TypeError, ValueError):
        label = None
    if label is None or label.dims:
        raise OptionError(f"{name}={value!r} is not one value", "give a number, a text or a date")
    return label


def scalars(frame: xr.DataArray, dim: str) -> dict[str, xr.Variable]:
    """Coords of a frame that are one value: those without a dim, and those along a `dim` of length one."""
    found = {}
    for name, coord in frame.coords.items():
        if coord.dims in ((), (dim,)) and coord.size == 1:
            found[str(name)] = coord.variable.to_base_variable().squeeze()
    return found


def unpacked(columns: xr.Dataset, dim: str, names: Sequence[str]) -> list[Row]:
    """Take rows out of what `table` made."""
    errors = columns["error"].values if "error" in columns else [""] * columns.sizes[dim]
    labels = {n: columns[n].variable.to_base_variable() for n in names}
    return [Row({n: v[i] for n, v in labels.items()}, str(error)) for i, error in enumerate(errors)]


def key_of(label: xr.Variable | None, dim: str) -> Any:
    """Make a coordinate comparable: a number, a text or a date; None if there is none.

    Raises
    ------
    OptionError
        If it has no order.
    """
    if label is None:
        return None
    kind, value = label.dtype.kind, label.values[()]
    if kind not in "iufUM" or (kind != "U" and np.isnat(value) if kind == "M" else kind == "f" and not np.isfinite(value)):
        raise OptionError(f"{value!r} cannot be a coordinate along {dim}", "give a number, a text or a date, the same for all")
    return value.astype("datetime64[ns]") if kind == "M" else value.item()
