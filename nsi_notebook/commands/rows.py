"""Rows of a watched folder: one a file, in netCDF, Zarr or CSV; what is there says which files are done."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import FileError, InputError, OptionError
from ..voids.arriving import Seen
from ..voids.placing import replacing, writing
from ..voids.stores import as_json, recover
from .asked import Asked

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from ..voids.streams import Stream

FIRST = ("path", "bytes", "modified", "error")
SHARE = 0.1  # of the time may go into writing all rows anew; what a crash takes with it is measured again


class Rows:
    """What both kinds of files share: a stream that records, and the files that are done."""

    def __init__(self, path: Path, asked: Asked) -> None:
        self.path = path
        self._asked = asked
        self._begun = False  # whether an image was measured
        self.stream = asked.guessed()
        self.done: set[Seen] = set()

    def update(self, seen: Seen, image: xr.DataArray) -> str:
        """Measure an image; gives what was wrong with it, if anything.

        Raises
        ------
        InputError
            If it is the first, and what is asked does not go with such images.
        """
        from ..voids.space import spatial_dims

        try:
            dims = list(self._asked.dims or spatial_dims(image))
        except InputError as error:
            self.miss(seen, error.message)
            return error.message
        if not self._begun:
            try:
                stream = self._asked.of(image)
            except InputError as error:
                raise type(error)(f"{seen.path}: {error.message}", error.hint) from None
            if stream._recipe.how != self.stream._recipe.how:
                self._turn(stream)
        try:
            row = self.stream.update(image.drop_vars(["file", "error"], errors="ignore").assign_coords(seen.labels()))
        except InputError as error:
            self.miss(seen, error.message)
            return error.message
        reason = str(row["error"].item())
        wrong = self.stream._wrong
        if reason and not self._begun and isinstance(wrong, OptionError):  # and so it would be of all that are like it
            raise OptionError(f"{seen.path}: {wrong.message}", wrong.hint)
        self._begun = self._begun or not reason
        self.done.add(seen)
        self._keep(seen, row, [str(d) for d in image.dims if d not in dims])
        return reason

    def miss(self, seen: Seen, reason: str) -> None:
        """Record a file that cannot be read."""
        row = self.stream.miss(reason, seen.labels())
        self.done.add(seen)
        self._keep(seen, row, [])

    def _turn(self, stream: Stream) -> None:
        """Go on with the stream that an image asks for; none was measured before."""
        self.stream = stream

    def _keep(self, seen: Seen, row: xr.Dataset, batch: list[str]) -> None:
        raise NotImplementedError

    def flush(self, last: bool = False) -> None:
        """Write what is not yet written; it may wait unless it is the last time."""

    def table(self) -> pd.DataFrame:
        """Give all rows."""
        raise NotImplementedError


class StoreRows(Rows):
    """Rows in netCDF or Zarr, with all curves; every file that is written is a stream that goes on."""

    def __init__(self, path: Path, asked: Asked) -> None:
        from ..voids.streams import Stream

        super().__init__(path, asked)
        self._cost, self._written, self._new = 0.0, 0.0, False
        self._batch: list[str] = []
        recover(path)
        if not path.exists():
            return
        held = Stream.load(path, on_error="record")
        rows = held.result()
        if held.dim != "file" or not set(FIRST) <= set(rows.coords):
            raise FileError(f"{path.name} holds no rows of files", "choose another output")
        self._begun = bool(rows.data_vars)
        self.stream = asked.joined(held, path)
        modified = rows.modified.values.astype("M8[ns]").astype(int)
        each = zip(rows.path.values, rows.bytes.values, modified, strict=True)
        self.done = {Seen(str(path), int(size), int(when)) for path, size, when in each}

    def _turn(self, stream: Stream) -> None:
        if len(self.stream):
            rows = self.stream.result()
            for i in range(rows.sizes["file"]):
                stream.miss(str(rows.error.values[i]), {name: rows[name].values[i] for name in FIRST[:3]})
        self.stream = stream

    def _keep(self, seen: Seen, row: xr.Dataset, batch: list[str]) -> None:
        self._new = True
        self._batch = batch or self._batch

    def flush(self, last: bool = False) -> None:
        """Write all rows, beside and renamed; seldom if that takes long."""
        began = time.monotonic()
        if self._new and (last or began - self._written >= self._cost / SHARE):
            self.stream.save(self.path)
            self._written = time.monotonic()
            self._cost, self._new = self._written - began, False

    def table(self) -> pd.DataFrame:
        """Give the numbers of all rows; curves are in the file."""
        import pandas as pd

        if not len(self.stream):
            return pd.DataFrame(columns=list(FIRST))
        rows = self.stream.result()
        each = [rows.isel(file=[i]) for i in range(rows.sizes["file"])]
        return pd.DataFrame([_first(row) | numbers(row, self._batch) for row in each])


class CsvRows(Rows):
    """Rows in CSV, numbers only: a line is added at the end, and half a line is taken away at the next start.

    What they are measured with and what the images are like is in a hidden file beside, as CSV has no place for it.
    """

    def __init__(self, path: Path, asked: Asked) -> None:
        super().__init__(path, asked)
        self._heads: list[str] = []
        self._header = path.with_name(f".{path.name}.json")
        with writing(path):
            if path.exists():
                self._resume()

    def _resume(self) -> None:
        import numpy as np

        raw = self.path.read_bytes()
        whole = raw[: raw.rfind(b"\n") + 1]
        try:
            lines = list(csv.reader(io.StringIO(whole.decode("utf-8"), newline="")))
            if raw and (not lines or tuple(lines[0][:4]) != FIRST):
                raise ValueError
            self._heads = lines[0] if lines else []
            for line in lines[1:]:
                self.done.add(Seen(line[0], int(line[1]), int(np.datetime64(line[2], "ns").astype(int))))
        except (ValueError, IndexError):
            raise FileError(f"{self.path.name} holds no rows of files", "choose another output") from None
        if len(whole) < len(raw):
            os.truncate(self.path, len(whole))
        if self._heads:
            self._go_on()

    def _go_on(self) -> None:
        """Measure as the rows that are there were measured, or refuse."""
        from ..voids.resuming import begun
        from ..voids.streams import Stream

        try:
            told = json.loads(self._header.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            said = f"{self._header.name} beside it, which says how its rows were measured, is missing or damaged"
            raise FileError(f"{self.path.name}: {said}", "put it back, or choose another output") from None
        held = begun(Stream, told, self.path, "record")
        self._begun = held._layout is not None
        self.stream = self._asked.joined(held, self.path)

    def _keep(self, seen: Seen, row: xr.Dataset, batch: list[str]) -> None:
        from ..voids.resuming import header

        self.stream = self.stream._bare()  # the rows are in the file
        values = _first(row)
        if not values["error"]:
            values |= numbers(row, batch)
            if len(values) == len(FIRST):
                raise OptionError("the measures have curves only, and CSV takes numbers", "-o rows.nc, or -o rows.zarr")
        with writing(self.path):
            if not self._heads or (not values["error"] and len(self._heads) <= len(FIRST)):
                _replace(self._header, as_json(header(self.stream)).encode("utf-8"))
            if not self._heads:
                self._heads = list(values)
                self._add([self._heads])
            elif not values["error"] and self._heads != list(values):
                self._widen(list(values))
            self._add([[values.get(head, "") for head in self._heads]])

    def _widen(self, heads: list[str]) -> None:
        """Give a file of bad rows only the columns of the first good one."""
        if len(self._heads) > len(FIRST):
            odd = sorted({*heads} ^ {*self._heads})
            raise OptionError(
                f"{self.path.name} has other columns than these measures: {', '.join(odd)}", "choose another output"
            )
        lines = list(csv.reader(io.StringIO(self.path.read_text(encoding="utf-8"), newline="")))
        _replace(self.path, _csv([heads, *([*line, *[""] * (len(heads) - len(line))] for line in lines[1:])]))
        self._heads = heads

    def _add(self, lines: list[list[Any]]) -> None:
        with self.path.open("ab") as file:
            file.write(_csv(lines))
            file.flush()
            os.fsync(file.fileno())

    def table(self) -> pd.DataFrame:
        """Read all rows."""
        import pandas as pd

        if not self._heads:
            return pd.DataFrame(columns=list(FIRST))
        table = pd.read_csv(self.path, dtype=str, keep_default_na=False)
        for head in ("bytes", *self._heads[len(FIRST) :]):
            table[head] = pd.to_numeric(table[head], errors="coerce")  # what is empty is NaN
        return table


def rows_of(path: Path, asked: Asked) -> Rows:
    """Open the rows of a file, or begin them."""
    return (CsvRows if path.suffix.lower() == ".csv" else StoreRows)(path, asked)


def numbers(row: xr.Dataset, batch: list[str]) -> dict[str, Any]:
    """Lay the numbers of one row out as columns, with units in their heads; curves are left out.

    Parameters
    ----------
    row : Dataset
        With dim `file` of length one.
    batch : list of str
        Dims that are not spatial.
    """
    import numpy as np

    from ..analytics.visualization.numbers import KINDS

    columns = {*KINDS, "bound", "q", *batch}  # along other dims there are curves
    found: dict[str, Any] = {}
    held: Mapping[Any, xr.DataArray] = {n: row[n] for n in ("threshold", *row.data_vars) if n in row.variables}
    for name, variable in held.items():
        one = variable.isel(file=0)
        if not set(one.dims) <= columns:
            continue
        unit = variable.attrs.get("units", "1")
        said = str(name).removesuffix("_ci") if "bound" in one.dims else str(name)
        for at in np.ndindex(*one.shape):
            words = [said, *(_place(one, str(d), i) for d, i in zip(one.dims, at, strict=True))]
            value = one.values[at].item()
            found[" ".join(words) + (f" ({unit})" if unit != "1" else "")] = int(value) if isinstance(value, bool) else value
    return found


def _place(one: xr.DataArray, dim: str, index: int) -> str:
    value = one[dim].values[index].item() if dim in one.coords else index
    return str(value) if dim in ("axis", "bound") else f"{dim}={value}"


def _first(row: xr.Dataset) -> dict[str, Any]:
    path, size, modified, error = (row[name].values[0] for name in FIRST)
    return {"path": str(path), "bytes": int(size), "modified": str(modified.astype("M8[ns]")), "error": str(error)}


def _csv(lines: list[list[Any]]) -> bytes:
    text = io.StringIO()
    told = [["" if isinstance(item, float) and math.isnan(item) else item for item in line] for line in lines]
    csv.writer(text, lineterminator="\n").writerows(told)
    return text.getvalue().encode("utf-8")


def _replace(path: Path, content: bytes) -> None:
    with replacing(path) as fresh:
        fresh.write_bytes(content)
