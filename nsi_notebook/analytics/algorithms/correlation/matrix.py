"""Coefficients of all pairs of several measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ...core.shown import many
from ..statistics.family import Refused, Tests
from ..statistics.result import Estimate, TestResult

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Correlations(Tests):
    """Coefficients of several pairs, at each place where they were looked at, with p adjusted for all of them.

    Parameters
    ----------
    refused : dict of int to Refused
        What could not be tested, by its number among all that was asked; NaN in `to_xarray`, a row that says why in `table`.
    """

    figure: ClassVar[str] = "correlations"

    @property
    def names(self) -> tuple[str, ...]:
        """The measures, in order."""
        return tuple(dict.fromkeys(name for one in self.asked() for name in _pair(one)))

    def __repr__(self) -> str:
        """Say how many are shown, and which is the strongest."""
        strongest = max(self.results, key=lambda test: abs(_estimate(test).value))
        found = sum(test.shown for test in self.results)
        said = f"{strongest.measure} {_estimate(strongest).value:.2f}"
        return f"Correlations({found} of {self.counted} of {len(self.names)} measures go together; the strongest: {said})"

    @property
    def counted(self) -> str:
        """How many tests there are, which are pairs unless some are tested at several places."""
        return many(len(self), "test" if any(test.places for test in self.asked()) else "pair")

    def table(self) -> pd.DataFrame:
        """Give one row for each pair and place: the coefficient, its bounds, pairs, effective ones, p and adjusted p."""
        import pandas as pd

        rows: list[dict[str, object]] = []
        for test in self.asked():
            if isinstance(test, Refused):
                rows.append(
                    {"first": test.measures[0], "other": test.measures[1], **dict(test.places), "refused": test.error.message}
                )
                continue
            one, other = test.groups
            row: dict[str, object] = {"first": one.name, "other": other.name, **dict(test.places), "test": test.test}
            found = _estimate(test)
            row |= {"value": found.value, "lower": found.lower, "upper": found.upper}
            row |= {"n": one.n, "effective": one.effective, "first_missing": one.missing, "other_missing": other.missing}
            row |= {"p": test.p, "p_adjusted": test.decisive}
            rows.append({**row, "doubts": "; ".join(check.found for check in test.doubts)})
        whole = pd.DataFrame(rows)
        if self.refused:
            whole["refused"] = whole.pop("refused").fillna("")
            whole["doubts"] = whole["doubts"].fillna("")
        whole.attrs["units"] = dict.fromkeys(["value", "lower", "upper"], "1")
        return whole

    def to_xarray(self) -> xr.Dataset:
        """Give matrices with the dims `first` and `other`, and those of the places; on the diagonal is 1, and no p.

        A pair that lacks a dim of others, as it was tested once, is the same at each place along it.

        Of two measures alone it is what `Tests` give.
        """
        if len(self.names) == 2:
            return Tests.to_xarray(self)
        import xarray as xr

        asked = self.asked()
        places: dict[str, list[object]] = {}
        for test in asked:
            for name, where in test.places:
                if where not in places.setdefault(name, []):
                    places[name].append(where)
        shape = tuple(len(values) for values in places.values())
        k = len(self.names)
        one = {"units": "1"}
        found = {
            name: np.full((*shape, k, k), np.nan) for name in ("value", "lower", "upper", "p", "p_adjusted", "n", "effective")
        }
        for name in ("value", "lower", "upper"):
            found[name][..., np.arange(k), np.arange(k)] = 1.0
        for test in self.results:
            where = dict(test.places)
            at = tuple(places[name].index(where[name]) if name in where else slice(None) for name in places)
            i, j = (self.names.index(group.name) for group in test.groups)
            here = _estimate(test)
            said = (here.value, here.lower, here.upper, test.p, test.decisive)
            for name, value in zip(found, (*said, test.groups[0].n, test.groups[0].effective), strict=True):
                found[name][(*at, i, j)] = found[name][(*at, j, i)] = value
        dims = (*places, "first", "other")
        coords: dict[str, object] = {**{name: (name, np.asarray(values)) for name, values in places.items()}}
        coords |= {"first": ("first", list(self.names)), "other": ("other", list(self.names))}
        bounds = np.stack([found.pop("lower"), found.pop("upper")], axis=-1)
        variables = {name: (dims, values, one) for name, values in found.items()}
        variables["value_ci"] = ((*dims, "bound"), bounds, one)
        first = self.results[0]
        attrs = {"test": first.test, "level": first.level, "family": first.family, "adjustment": self.adjustment}
        return xr.Dataset(variables, {**coords, "bound": ["lower", "upper"]}, attrs)


def _pair(one: TestResult | Refused) -> tuple[str, ...]:
    return one.measures if isinstance(one, Refused) else tuple(group.name for group in one.groups)


def _estimate(test: TestResult) -> Estimate:
    assert test.estimate is not None
    return test.estimate


__all__ = ["Correlations"]
