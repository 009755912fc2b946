"""What is found in each of many series along a dim."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from ..core.drawn import Drawn

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

LOOKED = 8  # series whose checks are shown
NAMED = 5  # series of one finding that are named


class Result(Protocol):
    """What is found in one series; `noise`, `checks` and `finding`, a few words, are looked at where it has them."""

    def table(self) -> pd.DataFrame:
        """Give a table."""

    def to_xarray(self) -> xr.Dataset:
        """Give a Dataset."""


R = TypeVar("R", bound=Result)


@dataclass(frozen=True, slots=True, eq=False)
class Each(Drawn, Generic[R]):
    """What is found in each of many series.

    Parameters
    ----------
    results : tuple
        One for each series that is not refused, those along the last dim first.
    coords : dict of str to numpy array
        Of the dims along which the series lie, in order; places where the data has none.
    refused : dict of tuple of int to str
        Places of series in which nothing could be found, and why; NaN in `to_xarray`, a row with `refused` in `table`.
    """

    figure: ClassVar[str] = "each"

    results: tuple[R, ...]
    coords: dict[str, npt.NDArray[Any]]
    refused: dict[tuple[int, ...], str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self) -> Iterator[R]:
        return iter(self.results)

    def __repr__(self) -> str:
        lie = ", ".join(f"{dim}: {len(values)}" for dim, values in self.coords.items())
        less = f", {len(self.refused)} refused" if self.refused else ""
        return f"Each({len(self)} along {lie}{less}; the first: {self.results[0]!r})"

    @property
    def places(self) -> list[tuple[int, ...]]:
        """Where along the dims each of the results is."""
        return [place for place in np.ndindex(self._shape) if place not in self.refused]

    @property
    def names(self) -> list[str]:
        """Where along the dims each of the results is, in words."""
        return [", ".join(f"{d}={c[i]}" for (d, c), i in zip(self.coords.items(), at, strict=True)) for at in self.places]

    @property
    def sentence(self) -> str:
        """How many of the series show what, in plain words; what is found most often first."""
        found = dict[str, list[str]]()
        for name, one in zip(self.names, self.results, strict=True):
            found.setdefault(getattr(one, "finding", "looked at"), []).append(name)
        told = []
        for what, names in sorted(found.items(), key=lambda item: -len(item[1])):
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            told.append(f"{what} in {len(names)} ({', '.join(names[:NAMED])}{more})" if len(found) > 1 else f"{what} in all")
        gone = f"; {len(self.refused)} refused" if self.refused else ""
        return f"Of {len(self)} series along {', '.join(self.coords)}: {', '.join(told)}{gone}."

    @property
    def checks(self) -> tuple[Any, ...]:
        """Those of all, which say of which series they are; to look at many takes long."""
        told = zip(self.names, self.results, strict=True)
        return tuple(replace(c, assumption=f"{name}: {c.assumption}") for name, one in told for c in getattr(one, "checks", ()))

    def doubted(self) -> str:
        """Say what speaks against each, of up to eight: to look at more would take long."""
        told = [getattr(one, "doubted", str)() for one in self.results] if len(self) <= LOOKED else []
        return "; ".join(f"{name}: {why}" for name, why in zip(self.names, told, strict=False) if why)

    def table(self) -> pd.DataFrame:
        """Give the tables of all under one another, with a column for each dim."""
        import pandas as pd

        parts, answers = [], iter(self.results)
        for place in np.ndindex(self._shape):
            part = pd.DataFrame({"refused": [self.refused[place]]}) if place in self.refused else next(answers).table()
            for number, (dim, at) in enumerate(zip(self.coords, place, strict=True)):
                part.insert(number, dim, self.coords[dim][[at] * len(part)])
            parts.append(part)
        found = pd.concat(parts, ignore_index=True)
        told = [part.attrs for part in parts if "refused" not in part.columns]
        found.attrs = dict(told[0]) if told else {}
        if "units" in found.attrs:  # what is in units of its own says them in a column
            same = {
                name for name, unit in found.attrs["units"].items() if all(one.get("units", {}).get(name) == unit for one in told)
            }
            found.attrs["units"] = {name: unit for name, unit in found.attrs["units"].items() if name in same}
        if self.refused:
            found["refused"] = found.pop("refused").fillna("")
        return found

    def to_xarray(self) -> xr.Dataset:
        """Give one Dataset with the dims of the series; where one has fewer changes than another, NaN and NaT."""
        import xarray as xr

        parts = np.empty(self._shape, dtype=object)
        for place, result in zip(self.places, self.results, strict=True):
            parts[place] = result.to_xarray()
        for place in self.refused:
            parts[place] = xr.Dataset()
        nested = parts.tolist()
        found = xr.combine_nested(
            nested, list(self.coords), join="outer", coords="minimal", compat="no_conflicts", combine_attrs="drop_conflicts"
        )
        named: xr.Dataset = found.assign_coords({dim: (dim, values) for dim, values in self.coords.items()})
        return named.transpose(*self.coords, ...)

    @property
    def _shape(self) -> tuple[int, ...]:
        return tuple(len(values) for values in self.coords.values())
