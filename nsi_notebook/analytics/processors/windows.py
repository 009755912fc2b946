"""What came of windows: a table with their bounds, keys and aggregates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from ..core import shown
from ..core.batch import Batch
from ..core.grouping import Floats, Ints
from ..core.series import Series
from ..core.times import LAST
from .plans import TAKEN

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from .plans import Plan


@dataclass(frozen=True, eq=False, repr=False)
class Windows:
    """Windows that were given out, one a row. Shown in a notebook, they are a table; `nsi.plot` draws them.

    Parameters
    ----------
    plan : Plan
        What was asked for.
    keys : sequence of Series
        What the windows are of: name, unit and the tags that were kept.
    start, end : numpy array of int64
        Bounds, microseconds since 1970-01-01 UTC; of counts the times of the first and the last sample.
    key : numpy array of int64
        Index into `keys`.
    columns : mapping of str to numpy array of float64
        The aggregates.
    final : numpy array of bool
        False if the window was still open: an early look at it.
    late : Batch, optional
        Samples that came too late for any window.
    """

    plan: Plan
    keys: Sequence[Series]
    start: Ints
    end: Ints
    key: Ints
    columns: Mapping[str, Floats]
    final: npt.NDArray[np.bool_]
    late: Batch | None = None

    def __len__(self) -> int:
        return len(self.start)

    def __repr__(self) -> str:
        heads = ["start", "end", *self._labels(), *(shown.titled(n, u) for n, u in self.units.items())]
        return f"Windows, {len(self):,} of {self.plan}: {', '.join(heads)}"

    def _repr_html_(self) -> str:
        few = self.take(shown.ends(len(self)))
        columns: dict[str, shown.Column] = {f"{n} (UTC)": shown.moments(getattr(few, n)) for n in ("start", "end")}
        columns |= few._labels()
        apart = len({key.unit for key in self.keys}) > 1
        if apart:
            columns["unit of values"] = [self.keys[i].unit for i in few.key]
        columns |= {n if apart else shown.titled(n, u): few.columns[n] for n, u in self.units.items()}
        if not self.final.all():
            columns["final"] = ["yes" if final else "no" for final in few.final]
        return shown.table(columns, len(self), f"{len(self):,} windows of {self.plan}")

    @property
    def units(self) -> dict[str, str]:
        """The unit of each aggregate; "mixed" where the windows are of series of several."""
        units = {key.unit for key in self.keys}
        unit = units.pop() if len(units) == 1 else "mixed" if units else "1"
        return {name: self.plan.aggregates[name].unit_of(unit) for name in self.columns}

    @classmethod
    def joined(cls, plan: Plan, keys: Sequence[Series], parts: Sequence[Windows], late: Batch | None = None) -> Self:
        """Put windows behind one another."""
        none = np.empty(0, dtype=np.int64)
        return cls(
            plan,
            keys,
            np.concatenate([none, *(part.start for part in parts)]),
            np.concatenate([none, *(part.end for part in parts)]),
            np.concatenate([none, *(part.key for part in parts)]),
            {name: np.concatenate([np.empty(0), *(part.columns[name] for part in parts)]) for name in plan.aggregates},
            np.concatenate([np.empty(0, dtype=bool), *(part.final for part in parts)]),
            late,
        )

    def sorted(self) -> Self:
        """Give the windows by end, start and key, whatever the order in which they closed."""
        if len(self) < 2:
            return self
        return self.take(np.lexsort((self._rank()[self.key], self.start, self.end)))

    @property
    def nbytes(self) -> int:
        """Bytes of all columns, and of the late samples."""
        columns = [self.start, self.end, self.key, self.final, *self.columns.values()]
        return sum(column.nbytes for column in columns) + (0 if self.late is None else self.late.nbytes)

    def last(self, most: int) -> Self:
        """Give the last rows, at most so many, without the late samples."""
        found = self if len(self) <= most else self.take(np.arange(len(self) - most, len(self)))
        return found if found.late is None else replace(found, late=None)

    def take(self, chosen: npt.NDArray[Any]) -> Self:
        """Give the rows at these places."""
        columns = {name: column[chosen] for name, column in self.columns.items()}
        rows = self.start[chosen], self.end[chosen], self.key[chosen]
        return type(self)(self.plan, self.keys, *rows, columns, self.final[chosen], self.late)

    def to_pandas(self) -> pd.DataFrame:
        """Give a DataFrame: start and end (aware, UTC), series, tags, aggregates, final; `attrs["units"]` has the units."""
        import pandas as pd

        labels = {name: pd.Series(values, dtype="str") for name, values in self._labels().items()}
        bounds = {name: pd.DatetimeIndex(self._moments(name), tz="UTC") for name in ("start", "end")}
        frame = pd.DataFrame({**bounds, **labels, **self.columns, "final": self.final})
        frame.attrs["units"] = self.units
        return frame

    def to_xarray(self) -> xr.Dataset:
        """Give a Dataset with the dim `window`; bounds, series, tags and unit of the values are coords."""
        import xarray as xr

        labels = {**self._labels(), "unit": np.array([key.unit for key in self.keys], dtype=object)[self.key]}
        coords: dict[str, Any] = {name: ("window", self._moments(name), {"timezone": "UTC"}) for name in ("start", "end")}
        coords |= {name: ("window", values.astype(str)) for name, values in labels.items()}
        coords["final"] = ("window", self.final)
        found = {}
        for name, unit in self.units.items():
            how = self.plan.aggregates[name].name
            found[name] = ("window", self.columns[name], {"units": unit, "long_name": f"{how} of the window"})
        return xr.Dataset(found, coords, {"plan": str(self.plan)})

    def to_batch(self) -> Batch:
        """Give samples at the ends of the windows (9999 at the latest), of each key that has any: "area.p95"."""
        here, code = np.unique(self.key, return_inverse=True)
        keys = [self.keys[i] for i in here.tolist()]
        names = tuple(
            Series(f"{key.name}.{name}", self.plan.aggregates[name].unit_of(key.unit), key.tags)
            for name in self.columns
            for key in keys
        )
        codes = np.concatenate([code + i * len(keys) for i in range(len(self.columns))])
        values = np.concatenate(list(self.columns.values()))
        return Batch(names, codes.astype(np.int32), np.tile(np.minimum(self.end, LAST), len(self.columns)), values)

    def _rank(self) -> Ints:
        order = sorted(range(len(self.keys)), key=lambda i: self.keys[i].key)
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        return rank

    def _moments(self, name: str) -> npt.NDArray[np.datetime64]:
        bounds: Ints = getattr(self, name)
        return bounds.view("datetime64[us]")

    def _labels(self) -> dict[str, npt.NDArray[Any]]:
        def column(of: Any) -> npt.NDArray[Any]:
            return np.array([of(key) for key in self.keys], dtype=object)[self.key]

        if self.plan.tags is None:
            return {"series": column(str)}
        named = {tag: f"{tag}_" if tag in TAKEN else tag for tag in self.plan.tags}
        tags = {name: column(lambda key, tag=tag: dict(key.tags).get(tag, "")) for tag, name in named.items()}
        return {"series": column(lambda key: key.name), **tags}
