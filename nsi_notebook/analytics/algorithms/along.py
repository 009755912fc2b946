"""Series along a dim: what is read of arrays, pandas and xarray."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from ...errors import DimsError, NsiError, OptionError, SeriesError, TimeError
from ...voids.units import SECONDS, factor, spelled
from ..core.tables import attrs_of, counts, index_name, utc_index, zone_attrs
from .clocks import in_time
from .every import Each, Result
from .moments import chosen, numbers, refuse_extreme, unmasked
from .rising import NEIGHBOURS, places_beside, positions, rising, step_of
from .series_warnings import warn_refused, warn_short
from .zones import by_clock, in_zone, zone_of

if TYPE_CHECKING:
    import xarray as xr

Floats = npt.NDArray[np.float64]

ROUNDING = 1e-6  # of a step
YEAR = 365.2425 * SECONDS["d"]  # of the calendar, in the mean of 400
TIMES = SECONDS | {"year": YEAR}
MEND = "means of equal windows; of changes and trends, noise='white' if the noise of a sample tells nothing of the next"


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """How samples lie along a dim.

    Parameters
    ----------
    coord : numpy array, shape (n,)
        The coordinate itself: datetime64[us], UTC, of times.
    position : numpy array of float64, shape (n,)
        Rising; of times the seconds since the first.
    per : str
        Unit of the position.
    step : float
        From each sample to the next.
    irregular : str
        What is wrong with the steps, if they differ in any way but gaps.
    """

    coord: npt.NDArray[Any]
    position: Floats
    per: str
    step: float
    irregular: str

    def joined(self, kept: npt.NDArray[np.bool_] | slice = slice(None)) -> npt.NDArray[np.bool_] | None:
        """Give whether each of the samples that are kept is one step from the next; None if the steps differ."""
        return None if self.irregular else np.diff(self.position[kept]) <= NEIGHBOURS * self.step

    @property
    def jitter(self) -> float:
        """By how much of a step those from neighbour to neighbour differ; 0 if that is rounding."""
        steps = np.diff(self.position)
        off = float(np.abs(steps[steps <= NEIGHBOURS * self.step] / self.step - 1).max(initial=0.0))
        return off if off > ROUNDING else 0.0

    def regular(self) -> npt.NDArray[np.bool_]:
        """Give `joined` of all samples, or say what is wrong with the steps."""
        return _regular(self.joined(), self.irregular)


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One series, without what is missing.

    Parameters
    ----------
    value : numpy array of float64, shape (n,)
        Finite.
    position : numpy array of float64, shape (n,)
        Rising; of times the seconds since the first.
    coord : numpy array, shape (n,)
        The coordinate itself: datetime64[us], UTC, of times.
    joined : numpy array of bool, shape (n - 1,), or None
        Whether each sample is one step from the next; None if the steps differ, in any way but gaps.
    dim, unit, per : str
        Name of the coordinate; units of the values and of the position.
    missing, trailing : int
        How many values were NaN, and how many of these come after the last that is there.
    irregular : str
        What is wrong with the steps, if `joined` is None.
    name : str
        What the values are; empty if nobody said.
    zone : str
        In which times came, and are shown.
    """

    value: Floats
    position: Floats
    coord: npt.NDArray[Any]
    joined: npt.NDArray[np.bool_] | None
    dim: str
    unit: str
    per: str
    missing: int
    irregular: str
    name: str = ""
    zone: str = "UTC"
    trailing: int = 0

    def __len__(self) -> int:
        return len(self.value)

    @property
    def gaps(self) -> int:
        """How often a sample is farther from the next than a step; 0 where the steps differ."""
        return 0 if self.joined is None else int((~self.joined).sum())

    @property
    def title(self) -> str:
        """What the values are, in words."""
        return self.name.replace("_", " ") or "the series"

    def shown(self, coord: npt.NDArray[Any] | None = None) -> Any:
        """Give the coordinate, or places of it, as a table shows them: times in the zone in which they came."""
        return in_zone(self.coord if coord is None else coord, self.zone)

    def drawn(self, coord: npt.NDArray[Any] | None = None) -> npt.NDArray[Any]:
        """Give the coordinate, or places of it, as an axis has them: by the clocks of that zone."""
        return by_clock(self.coord if coord is None else coord, self.zone)

    def attrs(self) -> dict[str, str]:
        """Give the attrs of the coordinate."""
        return {"timezone": "UTC"} if self.coord.dtype.kind == "M" else {"units": self.per} if self.per != "sample" else {}

    def regular(self) -> npt.NDArray[np.bool_]:
        """Give `joined`.

        Raises
        ------
        TimeError
            If the steps differ, or too few samples follow one another to tell how the noise does.
        """
        return _regular(self.joined, self.irregular)


def _regular(joined: npt.NDArray[np.bool_] | None, irregular: str) -> npt.NDArray[np.bool_]:
    if joined is None:
        raise TimeError(irregular, MEND)
    if 2 * joined.sum() < len(joined):
        raise TimeError(
            f"only {int(joined.sum())} of {len(joined) + 1} samples have one a step later: how noise depends is unknown", MEND
        )
    return joined


R = TypeVar("R", bound=Result)


def each(data: Any, dim: str | None, tz: str | tzinfo | None, least: int, find: Callable[[Line], R]) -> R | Each[R]:
    """Find something in a series, or in each of many.

    Parameters
    ----------
    data, dim, tz
        As `changes` takes them.
    least : int
        Samples that a series must have.
    find : callable
        What is done with each.

    Raises
    ------
    SeriesError, TimeError, DimsError
        If the data is no series of finite numbers along one dim with rising coords; of many series, if none is.

    Warns
    -----
    NsiWarning
        If some of many series are left out: it names them, and says why.
    """
    array, dim = labelled(data, dim)
    others = places_beside(array, dim)
    lie = steps(array, dim, tz)
    if not array.size:
        raise SeriesError(f"there are no values: the shape is {array.shape}", "at least one series with samples")
    values = np.moveaxis(np.asarray(array.to_numpy(), dtype=np.float64), array.dims.index(dim), -1).reshape(-1, array.sizes[dim])
    unit = str(array.attrs.get("units", "1"))
    name, zone = str(array.attrs.get("long_name") or array.name or ""), zone_of(array, dim, tz)
    results, refused = [], dict[tuple[int, ...], NsiError]()
    for place, value in zip(np.ndindex(*(len(c) for c in others.values())), values, strict=True):
        try:
            kept = _kept(value, least)
            at, where, joined, gone = lie.position[kept], lie.coord[kept], lie.joined(kept), int((~kept).sum())
            told = (dim, unit, lie.per, gone, lie.irregular, name, zone, int(np.argmax(kept[::-1])))
            results.append(find(Line(value[kept], at, where, joined, *told)))
        except NsiError as error:
            refused[place] = error
    left = warn_refused(refused, others, len(results))
    warn_short(results)
    return Each(tuple(results), others, left) if others else results[0]


def labelled(data: Any, dim: str | None) -> tuple[xr.DataArray, str]:
    """Give real numbers as a DataArray, in chunks if they are, and the dim along which its series lie.

    Raises
    ------
    SeriesError, DimsError
        If they are no real numbers, or it is not clear along which dim.
    """
    import pandas as pd
    import xarray as xr

    if isinstance(data, pd.Series):
        name = dim or index_name(data.index)
        said = None if data.name == name else data.name
        array = xr.DataArray(data.to_numpy(), {name: utc_index(data.index)}, (name,), said, attrs_of(data))
        array[name].attrs.update({"timezone": None} | zone_attrs(data.index))
        array = array.drop_vars(name) if counts(data.index) else array
        return numbers(array), name
    if isinstance(data, pd.DataFrame):
        names = list(map(str, data.columns))
        raise SeriesError(f"a DataFrame with {names}", f"one of its columns, e.g. data[{names[0]!r}]" if names else "a Series")
    if isinstance(data, (xr.DataArray, xr.Dataset)):
        array = numbers(in_time(data, dim))
    else:
        try:
            values = unmasked(data)
        except ValueError as error:
            raise SeriesError(f"the values are no array: {error}", "numbers in one dimension") from None
        if values.ndim != 1:
            raise SeriesError(f"the values have shape {values.shape}", "one dimension, or a DataArray with named ones")
        array = numbers(xr.DataArray(values, dims=(dim or "sample",)))
    dims = tuple(map(str, array.dims))
    found = dim or ("time" if "time" in dims else dims[0] if len(dims) == 1 else None)
    if found is None:
        raise DimsError(f"no dim is said; there are {', '.join(dims)}", "dim=, the one along which the series lie")
    chosen(array, found)
    return array, found


def steps(array: xr.DataArray, dim: str, tz: str | tzinfo | None = None) -> Steps:
    """Read how the samples of an array lie along a dim.

    Raises
    ------
    TimeError
        If times are naive without `tz` or the attr `timezone`, or the coordinate is missing, repeated, or does not rise.
    """
    coord, position, per = positions(array, dim, tz)
    if per == "sample":
        return Steps(coord, position, per, 1.0, "")
    rising(coord, position, dim, zone_of(array, dim, tz))
    return Steps(coord, position, per, *step_of(position, dim, per))


def _kept(value: Floats, least: int) -> npt.NDArray[np.bool_]:
    """Give where a value is, and refuse too few, infinite or constant ones."""
    refuse_extreme(value, power=2)
    kept = ~np.isnan(value)
    there = int(kept.sum())
    if there < least:
        gone = f" of {value.size}, the others being NaN," if there < value.size else ""
        raise SeriesError(f"{there} value{'s'[: there != 1]}{gone} {'is' if there == 1 else 'are'} too few", f"at least {least}")
    if value[kept].min() == value[kept].max():
        raise SeriesError(
            f"all {there} values are {value[kept][0] + 0.0:g}: there is no noise to compare with", "is the sensor frozen?"
        )
    return kept


def per_other(unit: str, other: str) -> float | None:
    """Give the number of `other` in one `unit`, as `factor` does, and of years, too.

    >>> per_other("d", "h"), per_other("year", "d"), per_other("um", "year")
    (24.0, 365.2425, None)
    """
    if "year" in (unit, other):
        return TIMES[unit] / TIMES[other] if unit in TIMES and other in TIMES else None
    return factor(unit, other)


def per_unit(unit: str, wanted: str | None) -> tuple[str, float]:
    """Give the unit of time that is wanted, and how many of it one unit of the coordinate is."""
    if wanted is None:
        return unit, 1.0
    name = spelled(str(wanted))
    found = per_other(unit, name)
    if found is None:
        like = f"one of {', '.join(TIMES)}" if unit in SECONDS else "leave per= out, or give the coordinate an attr `units`"
        raise OptionError(f"per is {wanted!r:.80}; the coordinate is in {unit!r}", like)
    return name, found
