"""What is read of labelled data: a table of samples by measures, each with its unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ....errors import DimsError, SeriesError, a_kind, warn
from ....voids.units import factor, spelled
from ...core.tables import MEASURED, ZONE, attrs_of, dataset_of
from ...core.times import instants
from ..along import steps
from ..clocks import CLOCKS, holds_times, in_time, is_time
from ..moments import unmasked
from ..statistics.inputs import PIXELS, pixels, stacked_pixels
from ..zones import in_zone, zone_of

if TYPE_CHECKING:
    import xarray as xr

Floats = npt.NDArray[np.float64]

ROWS = ("sample", "image", "time", "frame", "file", "window")  # dims along which samples lie, if it is not said
MOST = 1000  # features: each is told by name


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Samples by measures.

    Parameters
    ----------
    values : numpy array of float64, shape (n, d)
        NaN where there is none; never infinite.
    measures, units : tuple of str
        Of each column.
    dim : str
        Along which the samples lie.
    coord : numpy array, shape (n,)
        Where they lie.
    aware : bool
        Whether these are times in UTC.
    zone : str
        In which they came, and are shown.
    labels : dict of str to numpy array
        Texts beside the samples, of which none is there twice: they name these.
    """

    values: Floats
    measures: tuple[str, ...]
    units: tuple[str, ...]
    dim: str
    coord: npt.NDArray[Any]
    aware: bool = False
    zone: str = "UTC"
    labels: dict[str, npt.NDArray[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def whole(self) -> npt.NDArray[np.bool_]:
        """Whether a sample has all its measures."""
        return np.asarray(~np.isnan(self.values).any(axis=1))

    @property
    def ordered(self) -> bool:
        """Whether the samples follow one another, so that neighbours may be alike."""
        return self.dim.casefold() in CLOCKS or self.coord.dtype.kind == "M"

    def shown(self, places: npt.NDArray[np.int64]) -> Any:
        """Give the coordinate of some samples as a table shows it: times in the zone in which they came, where it is known."""
        return in_zone(self.coord[places], self.zone) if self.aware else self.coord[places]

    def gone(self) -> str:
        """Say which measures are missing how often."""
        count = np.isnan(self.values).sum(axis=0)
        told = [f"{name!r} ({n})" for name, n in zip(self.measures, count, strict=True) if n]
        return ", ".join(told[:5]) + (f" and {len(told) - 5} more" if len(told) > 5 else "")

    def like(self, measures: Sequence[str], units: Sequence[str]) -> Table:
        """Give it with these measures, in this order and these units.

        Raises
        ------
        SeriesError
            Names those that are missing or too many, and units that are of another kind.
        """
        same_measures(self.measures, measures)
        place = [self.measures.index(name) for name in measures]
        found = self.values[:, place]
        for number, (at, unit) in enumerate(zip(place, units, strict=True)):
            if self.units[at] != unit:
                times = factor(spelled(self.units[at]), spelled(unit))
                if times is None:
                    raise SeriesError(
                        f"{self.measures[at]!r} is in {self.units[at]!r}, and was learned in {unit!r}",
                        "the same unit in both: lengths, angles and times are converted, temperatures are not",
                    )
                found[:, number] *= times
        return replace(self, values=found, measures=tuple(measures), units=tuple(units))

    def like_part(self, measures: Sequence[str]) -> Table:
        """Give it with some of its measures."""
        place = [self.measures.index(name) for name in measures]
        units = tuple(self.units[at] for at in place)
        return replace(self, values=self.values[:, place], measures=tuple(measures), units=units)

    def seen(self) -> Table:
        """Give it without the measures that are missing throughout, of which a warning tells.

        Raises
        ------
        SeriesError
            If all are.
        """
        void = [name for name, column in zip(self.measures, self.values.T, strict=True) if np.isnan(column).all()]
        if len(void) == len(self.measures):
            raise SeriesError(f"{_listed(void)}: NaN throughout", "look at the values")
        if void:
            warn(f"NaN throughout, and left out: {_listed(void)}", "look at the values, or leave these measures out")
        return self.like_part([name for name in self.measures if name not in void]) if void else self

    def cut(self, part: slice) -> Table:
        """Give some of its samples."""
        labels = {name: texts[part] for name, texts in self.labels.items()}
        return replace(self, values=self.values[part], coord=self.coord[part], labels=labels)


def read(data: Any, dim: str | None = None, tz: str | tzinfo | None = None) -> Table:
    """Read a table.

    Parameters
    ----------
    data : xarray.Dataset, xarray.DataArray, pandas.DataFrame, pandas.Series or array-like
        Of a Dataset the variables that have the dim are measures, and where they have more dims, each place along those;
        intervals (`_ci`) are left out. Of a DataArray its other dims are the measures; of a DataFrame the columns of numbers.
    dim : str, optional
        Along which the samples lie; default: that of `ROWS`, or times beside the values. Texts that name the samples are a dim.
    tz : str or tzinfo, optional
        In which their times are shown, if it is not known in which they came.

    Raises
    ------
    SeriesError, DimsError
        If they are no finite numbers, or it is not clear along which dim.
    """
    import pandas as pd
    import xarray as xr

    if isinstance(data, Table):
        return data
    if isinstance(data, pd.Series):
        name, unit = str(data.name if data.name is not None else "value"), attrs_of(data).get("units", "1")
        data = data.to_frame(name)
        data.attrs = {"units": {name: unit}}
    if isinstance(data, pd.DataFrame):
        found = dataset_of(data, dim)
        for name in map(str, data.columns):
            if name in found.coords and name not in found.dims and not _are_words(found[name].to_numpy()):
                raise _no_numbers(name, found[name].to_numpy())
        data, dim = found, str(next(iter(found.dims), dim))
    data = in_time(data, dim)
    if isinstance(data, (xr.Dataset, xr.DataArray)) and dim in data.coords and dim not in data.dims and data[dim].ndim == 1:
        (rows,) = data[dim].dims
        if dim in _labels(data, rows) and not is_time(data, rows):
            data = data.swap_dims({rows: dim})
    if isinstance(data, xr.Dataset):
        if not data.data_vars:
            return _table([], dim or "sample", np.arange(0))
        held = {str(name): array for name, array in data.data_vars.items() if not str(name).endswith("_ci")}
        along = _dim([array.dims for array in held.values()], dim)
        arrays = {name: array for name, array in held.items() if along in array.dims}
    elif isinstance(data, xr.DataArray):
        along = _dim([data.dims], dim)
        arrays = {str(data.name or "value"): data}
    else:
        if hasattr(data, "toarray"):
            raise SeriesError(f"{a_kind(data)} is sparse", "all its numbers: data.toarray()")
        array = unmasked(data)
        if array.ndim not in (1, 2):
            raise SeriesError(f"{a_kind(data)} of shape {array.shape}", "a table of samples by measures, or one with named dims")
        along, values = dim or "sample", array.reshape(len(array), int(np.prod(array.shape[1:], dtype=int)))
        return _table([(f"x{at}", "1", column) for at, column in enumerate(values.T)], along, np.arange(len(array)))
    columns = [column for name, array in arrays.items() for column in _columns(name, array, along, alone=len(arrays) == 1)]
    first = next(iter(arrays.values()))
    coord = first[along].to_numpy() if along in first.coords else np.arange(first.sizes[along])
    zone = first[along].attrs.get("timezone") if coord.dtype.kind == "M" else None
    if zone is not None:
        coord = instants(coord, zone).view("M8[us]")
    read = _table(columns, along, coord, zone is not None)
    return replace(read, zone=zone_of(first, along, tz), labels=_labels(data, along))


def timed(data: Any, dim: str | None, tz: str | tzinfo | None) -> Table:
    """Read a table; where its samples lie in time, their times are aware, and rise.

    Raises
    ------
    TimeError
        If times are naive without a zone, or missing, repeated or not rising.
    DimsError
        If the samples are pixels or tiles.
    """
    import xarray as xr

    table = read(data, dim, tz)
    refuse_pixels(data, table.dim)
    told = {"timezone": "UTC", ZONE: table.zone} if table.aware else {}
    coord = xr.DataArray(table.coord, {table.dim: (table.dim, table.coord, told)}, (table.dim,))
    if not (holds_times(coord) or (table.ordered and table.coord.dtype.kind in "iuf")):
        return table
    lie = steps(coord, table.dim, None if table.aware else tz)
    return replace(table, coord=lie.coord, aware=lie.coord.dtype.kind == "M")


def refuse_pixels(data: Any, dim: str) -> None:
    """Refuse pixels and tiles as samples, stacked ones too: neighbours are alike, so that they cannot calibrate one another.

    Raises
    ------
    DimsError
        Names them.

    Examples
    --------
    >>> refuse_pixels(None, "image")
    >>> refuse_pixels(None, "tile")
    Traceback (most recent call last):
    ...
    nsi_notebook.errors.DimsError: pixels and tiles along tile are not independent: no p comes of their number
    hint: measures of each image, along images: detect(measures, reference, dim='image')
    """
    if isinstance(data, Table):
        return
    index = getattr(data, "index", None)
    inner = [str(name) for name in getattr(index, "names", ()) if name in PIXELS] if index is not None else []
    if hasattr(data, "indexes") and dim in data.dims:
        inner = stacked_pixels(data, dim)
    if dim in PIXELS or inner:
        said = pixels([dim] if dim in PIXELS else inner).message
        raise DimsError(said, "measures of each image, along images: detect(measures, reference, dim='image')")


def same_measures(there: Sequence[str], wanted: Sequence[str]) -> None:
    """Refuse other measures than were learned; their order does not matter.

    Raises
    ------
    SeriesError
        Names those that are missing or too many.
    """
    missing = [name for name in wanted if name not in there]
    extra = [name for name in there if name not in wanted]
    if missing or extra:
        said = [f"there is no {_listed(missing)}"] * bool(missing) + [f"{_listed(extra)} was not learned"] * bool(extra)
        raise SeriesError(f"other measures than were learned: {'; '.join(said)}", f"the measures {_listed(wanted)}")


def _columns(name: str, array: xr.DataArray, along: str, *, alone: bool) -> list[tuple[str, str, npt.NDArray[Any]]]:
    """Give name, unit and values of each place along the other dims."""
    others = [str(d) for d in array.dims if d != along]
    unit = str(array.attrs.get("units", "1"))
    size = int(np.prod([array.sizes[d] for d in others], dtype=int))
    if size > MOST:
        raise SeriesError(
            f"{name!r} has {', '.join(f'{array.sizes[d]} {d}' for d in others)}: too many measures of a sample",
            "measure the images first, or take means",
        )
    values = array.transpose(along, *others).to_numpy().reshape(array.sizes[along], size)
    found = []
    for column, place in zip(values.T, np.ndindex(*(array.sizes[d] for d in others)), strict=True):
        at = [(d, array[d].to_numpy()[i] if d in array.coords else i) for d, i in zip(others, place, strict=True)]
        told = ", ".join(str(v) if alone and len(at) == 1 and d in array.coords else f"{d}={v}" for d, v in at)
        own = array.coords["units"].isel(dict(zip(others, place, strict=True))) if _united(array, along) else unit
        found.append((told if alone and told else f"{name}[{told}]" if told else name, str(np.asarray(own)), column))
    return found


def _labels(data: xr.DataArray | xr.Dataset, along: Any) -> dict[str, npt.NDArray[Any]]:
    """Give the texts beside the samples that name each of them: none is there twice."""
    found = {}
    for name, coord in data.coords.items():
        if name == along or coord.dims != (along,) or not _are_words(coord.to_numpy()):
            continue
        texts = coord.to_numpy()
        if len({text for text in texts.tolist() if isinstance(text, str) and text}) == len(texts):
            found[str(name)] = texts
    return found


def _are_words(values: npt.NDArray[Any]) -> bool:
    """Whether values are texts, none of which is a number, as a bad cell in a column of numbers leaves them."""
    texts = [value for value in values.tolist() if value is not None and value == value]
    return bool(texts) and all(isinstance(text, str) and not MEASURED.fullmatch(text) for text in texts)


def _united(array: xr.DataArray, along: str) -> bool:
    """Whether each measure of an array has its own unit."""
    return "units" in array.coords and along not in array.coords["units"].dims


def _dim(dims: Sequence[tuple[Any, ...]], dim: str | None) -> str:
    there = list(dict.fromkeys(str(d) for one in dims for d in one))
    if dim is not None:
        if dim not in there:
            raise DimsError(f"no dim {dim!r}; there are {', '.join(there) or 'none'}", "one of them as dim=")
        return dim
    likely = [d for d in ROWS if d in there] or (there if len(there) == 1 else [d for d in there if d != "feature"])
    if len(likely) != 1 and not any(d in there for d in ROWS):
        raise DimsError(f"it is not said along which dim the samples lie; there are {', '.join(there) or 'none'}", "dim=")
    return likely[0]


def _table(columns: list[tuple[str, str, npt.NDArray[Any]]], dim: str, coord: npt.NDArray[Any], aware: bool = False) -> Table:
    if not columns or not len(coord):
        raise SeriesError("there are no measures" if not columns else "there are no samples", "a table of samples by measures")
    names = [name for name, _, _ in columns]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise SeriesError(f"{_listed(twice)} is there twice", "one column of each name")
    values = np.empty((len(coord), len(columns)))
    for at, (name, _, column) in enumerate(columns):
        if column.dtype.kind not in "biuf":
            if column.dtype.kind != "O":  # of which NumPy would make numbers: times, texts, complex ones
                raise _no_numbers(name, column)
            try:
                column = column.astype(np.float64)
            except (TypeError, ValueError, OverflowError):
                raise _no_numbers(name, column) from None
        values[:, at] = column
        if infinite := int(np.isinf(values[:, at]).sum()):
            raise SeriesError(
                f"{infinite} of {len(coord)} values of {name!r} are infinite", "leave them out, or mark them as NaN"
            )
    return Table(values, tuple(names), tuple(unit for _, unit, _ in columns), dim, coord, aware)


def _no_numbers(name: str, values: npt.NDArray[Any]) -> SeriesError:
    first = next((value for value in values.tolist() if not isinstance(value, (int, float))), values.flat[0])
    return SeriesError(
        f"{name!r} holds {a_kind(first)}, e.g. {first!r:.40}",
        f"numbers of one unit in a column, units in attrs['units']; or, if it names the rows, frame.set_index({name!r})",
    )


def _listed(names: Sequence[str], most: int = 5) -> str:
    return ", ".join(map(repr, names[:most])) + (f" and {len(names) - most} more" if len(names) > most else "")
