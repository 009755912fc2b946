"""What a query gives, and the forms in which it can be had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...errors import OptionError
from ..core import shown
from ..core.series import Series
from .aggregates import COUNTS, unit_of

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    import xarray as xr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Answer:
    """Columns, by rising series and time, until a form is asked for. Shown in a notebook, it is a table.

    Parameters
    ----------
    table : pyarrow.Table
        As the store gave them.
    known : mapping of int to Series, optional
        The series of `query`; None for the columns of `sql`, which are what the SELECT says.
    agg : tuple of str
        The aggregates that were asked for.
    stepped : bool
        Whether they are by time.

    Examples
    --------
    >>> from nsi_notebook.analytics.core.batch import Batch
    >>> from nsi_notebook.analytics.storage import TimeSeriesDatabase
    >>> with TimeSeriesDatabase("memory:") as db:
    ...     ack = db.append(Batch.of("oven.heat", [20.0, 30.0], ["2026-11-26T12:00:10Z", "2026-11-26T12:00:50Z"], unit="degC"))
    ...     answer = db.query("oven.heat", step="1min", agg=["count", "mean"])
    >>> answer.to_pandas()["mean"].item()
    25.0
    >>> answer.to_xarray()["mean"].attrs["units"]
    'degC'
    """

    table: pa.Table
    known: Mapping[int, Series] | None = None
    agg: tuple[str, ...] = ()
    stepped: bool = False

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __repr__(self) -> str:
        heads = (shown.titled(name, self.units.get(name, "1")) for name in self.to_arrow().schema.names)
        return f"Answer of {len(self):,} rows: {', '.join(heads)}"

    def _repr_html_(self) -> str:
        rows = self.table.take(shown.ends(len(self)))
        few = Answer(rows, self.known, self.agg, self.stepped).to_arrow()
        columns: dict[str, shown.Column] = {}
        units = self.units
        apart = "mixed" in {unit.partition("/")[0] for unit in units.values()}
        for name, column in zip(few.schema.names, few.columns, strict=True):
            if few.schema.field(name).type == _moment():
                columns[f"{name} (UTC)"] = _told(column)
            else:
                cells = column.to_pylist()
                if str(column.type).startswith("map"):
                    cells = [None if cell is None else ", ".join(f"{key}={value}" for key, value in cell) for cell in cells]
                columns[name if apart else shown.titled(name, units.get(name, "1"))] = cells
        if apart and self.known is not None:
            columns["unit of values"] = [self.known[n].unit for n in rows["series"].to_pylist()]
        return shown.table(columns, len(self), f"{len(self):,} row{'' if len(self) == 1 else 's'}")

    @property
    def units(self) -> dict[str, str]:
        """The unit of each column that is known to have one; "mixed" where it holds series of several."""
        if self.known is None:
            return {}
        held = {self.known[int(n)].unit for n in self.table["series"].unique().to_pylist()}
        each = {name: {unit_of(name, unit) for unit in held} for name in self.agg or ("value",)}
        return {name: units.pop() if len(units) == 1 else "mixed" for name, units in each.items() if units}

    def to_arrow(self) -> pa.Table:
        """Give an Arrow table: `series` as text, a column for each tag, `time` where there is one, and the values."""
        import pyarrow as pa

        if self.known is None:
            return self.table
        ids = self.table["series"].to_numpy()
        found, code = np.unique(ids, return_inverse=True)
        held = [self.known[int(n)] for n in found]
        columns: dict[str, Any] = {"series": _coded([str(s) for s in held], code)}
        for tag, name in self._tags(held).items():
            columns[name] = _coded([dict(s.tags).get(tag) for s in held], code)
        columns |= {name: self.table[name] for name in self.table.schema.names if name != "series"}
        return pa.table(columns)

    def to_pandas(self) -> pd.DataFrame:
        """Give a pandas DataFrame; times are aware, in UTC; `attrs["units"]` has the units of the columns."""
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        frame.attrs["units"] = self.units
        return frame

    def to_polars(self) -> pl.DataFrame:
        """Give a Polars DataFrame.

        Raises
        ------
        OptionError
            If Polars is not installed.
        """
        try:
            import polars as pl
        except ImportError:
            raise OptionError("Polars is not installed", "pip install polars, or to_arrow()") from None
        found = pl.from_arrow(self.to_arrow())
        assert isinstance(found, pl.DataFrame)
        return found

    def to_xarray(self) -> xr.Dataset:
        """Give a Dataset.

        Returns
        -------
        xarray.Dataset
            Samples: `value` along `time`; aggregates: each along `series` and, by step, `time`; SQL: each column along `row`.
            Times are datetime64[us] in UTC; the names, units and tags of the series are coordinates.
        """
        import xarray as xr

        if self.known is None:
            frame = self.to_pandas()
            data = {str(c): ("row", _plain(frame[c]), {"units": "", "long_name": str(c)}) for c in frame.columns}
            return xr.Dataset(data)
        ids = self.table["series"].to_numpy()
        found, code = np.unique(ids, return_inverse=True)
        held = [self.known[int(n)] for n in found]
        if not self.agg:
            time = _times(self.table["time"])
            one = len(held) == 1
            told = {
                name: (values[0] if one else ("time", values[code]))
                for name, values in self._labels(held).items()
                if held or name == "series"
            }
            data = {"value": ("time", _floats(self.table["value"]), self._attrs("value", held))}
            return xr.Dataset(data, {"time": ("time", time, UTC), **told})
        place: tuple[Any, ...] = (code,)
        dims: tuple[str, ...] = ("series",)
        shape: tuple[int, ...] = (len(held),)
        coords: dict[str, Any] = {name: ("series", values) for name, values in self._labels(held).items()}
        if self.stepped:
            steps, at = np.unique(_times(self.table["time"]), return_inverse=True)
            place, dims, shape = (code, at), (*dims, "time"), (*shape, len(steps))
            coords["time"] = ("time", steps, UTC)
        variables: dict[str, Any] = {}
        for name in self.agg:
            counted = name in COUNTS
            full = np.zeros(shape, dtype=np.int64) if counted else np.full(shape, np.nan)
            full[place] = self.table[name].to_numpy() if counted else _floats(self.table[name])
            variables[name] = (dims, full, self._attrs(name, held))
        return xr.Dataset(variables, coords)

    def _tags(self, held: list[Series]) -> dict[str, str]:
        """Give the tags of the series, each with a name that no other column has."""
        taken = {"series", "time", "unit", "value", *self.agg}
        return {tag: f"{tag}_" if tag in taken else tag for tag in sorted({key for s in held for key, _ in s.tags})}

    def _labels(self, held: list[Series]) -> dict[str, npt.NDArray[Any]]:
        labels = {"series": [str(s) for s in held], "unit": [s.unit for s in held]}
        labels |= {name: [dict(s.tags).get(tag, "") for s in held] for tag, name in self._tags(held).items()}
        return {name: np.array(values, dtype=object) for name, values in labels.items()}

    def _attrs(self, name: str, held: list[Series]) -> dict[str, str]:
        units = {unit_of(name, s.unit) for s in held} or {"1"}
        names = sorted({s.name for s in held})
        of = f" of {', '.join(names)}" if names else ""
        return {"units": units.pop() if len(units) == 1 else "those of the coordinate unit", "long_name": f"{name}{of}"}


UTC = {"timezone": "UTC", "long_name": "time"}


def _coded(texts: list[str | None], code: npt.NDArray[np.intp]) -> pa.Array:
    import pyarrow as pa

    words = sorted({text for text in texts if text is not None})
    index = np.array([words.index(text) if text is not None else -1 for text in texts], dtype=np.int32)[code]
    return pa.DictionaryArray.from_arrays(pa.array(index, mask=index < 0), pa.array(words, pa.string()))


def unsigned(table: pa.Table) -> pa.Table:
    """Give numbers with 0.0 in place of -0.0: which of the two an aggregate finds depends on the order of the samples."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for place, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            table = table.set_column(place, field.name, pc.add(table.column(place), 0.0))
    return table


def _moment() -> pa.DataType:
    import pyarrow as pa

    return pa.timestamp("us", "UTC")


def _told(column: pa.ChunkedArray) -> list[str]:
    """Write times, nothing where there is none."""
    there = np.asarray(column.is_valid())
    texts = np.full(len(column), "", dtype=object)
    texts[there] = shown.moments(_times(column.drop_null()).astype(np.int64))
    return list(texts)


def _times(column: pa.ChunkedArray) -> npt.NDArray[np.datetime64]:
    import pyarrow as pa

    found: npt.NDArray[np.datetime64] = column.cast(pa.int64()).to_numpy().astype("datetime64[us]")
    return found


def _floats(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    import pyarrow as pa

    found: npt.NDArray[np.float64] = column.cast(pa.float64()).to_numpy().astype(np.float64)
    return found


def _plain(column: pd.Series[Any]) -> npt.NDArray[Any]:
    """Give the values of a column of pandas; aware times as UTC without the zone, as everywhere in xarray."""
    if getattr(column.dtype, "tz", None) is not None:
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    found: npt.NDArray[Any] = column.to_numpy()
    return found
