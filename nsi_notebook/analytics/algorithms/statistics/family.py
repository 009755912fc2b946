"""Several tests at once: the more there are, the more find something by chance, so that p is adjusted for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self, overload

import numpy as np
import numpy.typing as npt

from ....errors import NsiError, SeriesError, UnknownNameError
from ...core.drawn import Drawn
from .result import TestResult
from .words import named, p_said

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Floats = npt.NDArray[np.float64]

ADJUSTMENTS = {"holm": "Holm", "fdr": "Benjamini-Hochberg", "none": "none"}


def adjusted(p: Sequence[float], adjust: str = "holm") -> Floats:
    """Adjust p for the number of tests.

    Parameters
    ----------
    p : sequence of float, shape (n,)
        Of one test each.
    adjust : {"holm", "fdr", "none"}
        "holm": the chance of any false alarm (Holm 1979, Scand J Stat 6:65); "fdr": the share of false ones among those that are
        found (Benjamini & Hochberg 1995, J R Stat Soc B 57:289).

    Returns
    -------
    numpy array of float64, shape (n,)

    Examples
    --------
    >>> adjusted([0.01, 0.04, 0.02])
    array([0.03, 0.04, 0.04])
    >>> adjusted([0.01, 0.04, 0.02], "fdr")
    array([0.03, 0.04, 0.03])
    """
    if adjust not in ADJUSTMENTS:
        raise UnknownNameError.among("adjustment", adjust, ADJUSTMENTS)
    given = np.asarray(p, dtype=np.float64)
    if adjust == "none" or len(given) < 2:
        return given
    if adjust == "fdr":
        from scipy.stats import false_discovery_control

        return np.asarray(false_discovery_control(given))
    order = np.argsort(given)
    found = np.empty(len(given))
    found[order] = np.minimum(np.maximum.accumulate(given[order] * np.arange(len(given), 0, -1)), 1)
    return found


def stacked(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put tables of tests below one another: texts that one lacks are empty, and units are those that all share."""
    import pandas as pd

    if not tables:
        return pd.DataFrame()
    found = pd.concat(tables, ignore_index=True)
    texts = [str(name) for name, column in found.items() if column.map(lambda item: isinstance(item, str)).any()]
    found[texts] = found[texts].fillna("")
    units: dict[str, set[str]] = {}
    for table in tables:
        for name, unit in table.attrs.get("units", {}).items():
            units.setdefault(name, set()).add(unit)
    found.attrs["units"] = {name: told.pop() for name, told in units.items() if len(told) == 1}
    return found


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Refused:
    """What could not be tested.

    Parameters
    ----------
    measures : tuple of str
        Of which, at a place: one, or the two of a pair.
    places : tuple of (str, object)
    error : NsiError
        Why.
    """

    measures: tuple[str, ...]
    places: tuple[tuple[str, object], ...]
    error: NsiError

    @property
    def measure(self) -> str:
        """What was asked of, as results say it."""
        return " and ".join(self.measures)

    def named(self, several: bool) -> str:
        """Say which it is, of several measures and at several places."""
        return ", ".join([self.measure] * several + [f"{dim}={named([at])[0]}" for dim, at in self.places])


@dataclass(frozen=True, slots=True, repr=False)
class Tests(Drawn):
    """A family of tests, each with p adjusted for all of them.

    Parameters
    ----------
    results : tuple of TestResult
        In order.
    adjustment : str
        "holm", "fdr" or "none".
    refused : dict of int to Refused
        What could not be tested, by its number among all that was asked; in `table` it has a row that says why.
    """

    __test__: ClassVar[bool] = False  # no test of pytest's
    figure: ClassVar[str] = "tests"

    results: tuple[TestResult, ...]
    adjustment: str = "holm"
    refused: dict[int, Refused] = field(default_factory=dict)

    def asked(self) -> list[TestResult | Refused]:
        """Give all that was asked, in order."""
        found = iter(self.results)
        return [self.refused.get(i) or next(found) for i in range(len(self.results) + len(self.refused))]

    @classmethod
    def of(cls, results: Iterable[TestResult], adjust: str = "holm") -> Self:
        """Adjust p for all of these."""
        alone = tuple(results)
        found = adjusted([result.p for result in alone], adjust)
        if adjust == "none" or len(alone) < 2:
            return cls(tuple(replace(r, adjusted=None, family=1, adjustment="none") for r in alone), adjust)
        told = zip(alone, found, strict=True)
        return cls(tuple(replace(r, adjusted=float(p), family=len(alone), adjustment=adjust) for r, p in told), adjust)

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self) -> Iterator[TestResult]:
        return iter(self.results)

    @overload
    def __getitem__(self, key: int) -> TestResult: ...
    @overload
    def __getitem__(self, key: str) -> TestResult: ...
    def __getitem__(self, key: int | str) -> TestResult:
        """Give one by its number, or by its measure, as it is said or called in the data, if one test is of that."""
        if isinstance(key, str):
            found = [
                result for result in self.results if key in (result.measure, result.measure.replace(" ", "_"), result.variable)
            ]
            if len(found) > 1:
                raise SeriesError(f"{len(found)} tests are of {key!r}", "their number, or .table()")
            if not found:
                raise UnknownNameError.among("measure", key, [result.measure for result in self.results])
            return found[0]
        return self.results[key]

    def __repr__(self) -> str:
        """Say how many found something."""
        found = sum(result.shown for result in self.results)
        by = f", p adjusted by {ADJUSTMENTS[self.adjustment]}" if self.adjustment != "none" and len(self) > 1 else ""
        smallest = min((result.decisive for result in self.results), default=np.nan)
        return f"Tests({found} of {len(self)} show something{by}; the least {p_said(smallest)})"

    @property
    def sentence(self) -> str:
        """What was found, a line each."""
        return "\n".join(result.sentence for result in self.results)

    def brief(self) -> pd.DataFrame:
        """Give what of each test is shown in a notebook."""
        import pandas as pd

        rows = [result.brief() for result in self.results]
        return pd.concat(rows, ignore_index=True).fillna("") if rows else pd.DataFrame()

    def table(self) -> pd.DataFrame:
        """Give a row for each test, and for what could not be tested; `attrs["units"]` has units that all rows share."""
        return self._joined([result.table() for result in self.results])

    def rows(self) -> pd.DataFrame:
        """Give what `table` has, and below each analysis of variance its pairs."""
        return self._joined([result.rows() for result in self.results])

    def _joined(self, tables: list[pd.DataFrame]) -> pd.DataFrame:
        import pandas as pd

        found = iter(tables)
        told = [
            pd.DataFrame([{**dict(one.places), "measure": one.measure, "refused": one.error.message}])
            if isinstance(one, Refused)
            else next(found)
            for one in self.asked()
        ]
        whole = stacked(told)
        if self.refused:
            whole["refused"] = whole.pop("refused")  # at the end
        return whole

    def to_xarray(self) -> xr.Dataset:
        """Give one Dataset, along the places and, if there are several, the measures; along `test` where these are no grid."""
        import xarray as xr

        asked = self.asked()
        parts = [xr.Dataset() if isinstance(one, Refused) else one.to_xarray() for one in asked]
        called = [one.measure for one in asked]
        measures = list(dict.fromkeys(called))
        keys = [((("measure", name),) if len(measures) > 1 else ()) + one.places for name, one in zip(called, asked, strict=True)]
        coords: dict[str, list[object]] = {}
        for key in keys:
            for dim, at in key:
                if at not in coords.setdefault(dim, []):
                    coords[dim].append(at)
        full = int(np.prod([len(values) for values in coords.values()]))
        joins: dict[str, Any] = {"join": "outer", "coords": "minimal", "compat": "override", "combine_attrs": "drop_conflicts"}
        units = [result.unit for result in self.results]
        if not coords or full != len(parts) or len(set(keys)) != full or any(len(key) != len(coords) for key in keys):
            whole: xr.Dataset = xr.concat([part for part in parts if part], "test", **joins)
            return whole.assign_coords(unit=("test", units)) if len(set(units)) > 1 else whole
        order = dict(zip(keys, parts, strict=True))
        nested = np.empty([len(values) for values in coords.values()], dtype=object)
        for place in np.ndindex(nested.shape):
            nested[place] = order[tuple((dim, coords[dim][i]) for dim, i in zip(coords, place, strict=True))]
        found = xr.combine_nested(nested.tolist(), list(coords), **joins)
        named: xr.Dataset = found.assign_coords({dim: (dim, values) for dim, values in coords.items()})
        if len(set(units)) > 1:
            by_measure = {result.measure: result.unit for result in self.results}
            named = named.assign_coords(unit=("measure", [by_measure.get(name, "") for name in measures]))
        return named


__all__ = ["Refused", "Tests", "adjusted", "stacked"]
