"""Coefficients of all pairs of several measures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ....errors import UnknownNameError
from ...core.drawn import Drawn
from .result import TestResult

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

ADJUSTMENTS = ("holm", "fdr", "none")


@dataclass(frozen=True, slots=True, eq=False)
class Correlations(Drawn):
    """Coefficients of several pairs, at each place where they were looked at.

    Parameters
    ----------
    names : tuple of str
        Of the measures, in order.
    tests : tuple of TestResult
        Of each pair, those of one pair at all places after one another.
    method : str
        See `correlate`.
    """

    figure: ClassVar[str] = "correlations"

    names: tuple[str, ...]
    tests: tuple[TestResult, ...]
    method: str

    def __len__(self) -> int:
        return len(self.tests)

    def __iter__(self) -> Iterator[TestResult]:
        return iter(self.tests)

    def __repr__(self) -> str:
        sure = sum(_p(test) < 0.05 for test in self.tests)
        strongest = max(self.tests, key=lambda test: abs(_value(test)))
        said = f"{strongest.measure} {_value(strongest):.2g}"
        return f"Correlations({len(self)} of {len(self.names)} measures, {sure} shown; strongest {said})"

    def table(self) -> pd.DataFrame:
        """Give one row for each pair and place: the coefficient, its bounds, pairs, effective ones, p and adjusted p."""
        import pandas as pd

        rows = []
        for test in self.tests:
            one, other = test.groups
            assert test.estimate is not None
            row: dict[str, object] = {"first": one.name, "other": other.name, **dict(test.places), "test": test.test}
            row |= {"value": test.estimate.value, "lower": test.estimate.lower, "upper": test.estimate.upper}
            row |= {"n": one.n, "effective": one.effective, "first_missing": one.missing, "other_missing": other.missing}
            row |= {"p": test.p, "p_adjusted": _p(test)}
            rows.append({**row, "doubts": "; ".join(check.found for check in test.checks if not check.met)})
        found = pd.DataFrame(rows)
        found.attrs["units"] = dict.fromkeys(["value", "lower", "upper"], "1")
        return found

    def to_xarray(self) -> xr.Dataset:
        """Give matrices with the dims `first` and `other`, and those of the places; on the diagonal is 1, and no p."""
        import xarray as xr

        places = {name: list(dict.fromkeys(dict(test.places)[name] for test in self.tests)) for name, _ in self.tests[0].places}
        shape = tuple(len(values) for values in places.values())
        k = len(self.names)
        one = {"units": "1"}
        found = {
            name: np.full((*shape, k, k), np.nan) for name in ("value", "lower", "upper", "p", "p_adjusted", "n", "effective")
        }
        for name in ("value", "lower", "upper"):
            found[name][..., np.arange(k), np.arange(k)] = 1.0
        for test in self.tests:
            at = tuple(places[name].index(where) for name, where in test.places)
            i, j = (self.names.index(group.name) for group in test.groups)
            assert test.estimate is not None
            said = (test.estimate.value, test.estimate.lower, test.estimate.upper, test.p, _p(test))
            for name, value in zip(found, (*said, test.groups[0].n, test.groups[0].effective), strict=True):
                found[name][(*at, i, j)] = found[name][(*at, j, i)] = value
        dims = (*places, "first", "other")
        coords: dict[str, object] = {**{name: (name, np.asarray(values)) for name, values in places.items()}}
        coords |= {"first": ("first", list(self.names)), "other": ("other", list(self.names))}
        bounds = np.stack([found.pop("lower"), found.pop("upper")], axis=-1)
        variables = {name: (dims, values, one) for name, values in found.items()}
        variables["value_ci"] = ((*dims, "bound"), bounds, one)
        first = self.tests[0]
        assert first.estimate is not None
        attrs = {"test": first.test, "level": first.estimate.level, "family": first.family, "adjustment": first.adjustment}
        return xr.Dataset(variables, {**coords, "bound": ["lower", "upper"]}, attrs)


def family(tests: Sequence[TestResult], adjust: str) -> tuple[TestResult, ...]:
    """Adjust p of tests that are made together: by Holm (1979, Scand J Stat 6:65), or the rate of false ones among those found.

    Raises
    ------
    UnknownNameError
        If there is no such way.
    """
    from scipy.stats import false_discovery_control

    if adjust not in ADJUSTMENTS:
        raise UnknownNameError.among("adjustment", adjust, ADJUSTMENTS)
    p = np.array([test.p for test in tests])
    if adjust == "holm":
        order, m = np.argsort(p, kind="stable"), len(p)
        adjusted = np.empty(m)
        adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(m, 0, -1)), 1.0)
    else:
        adjusted = false_discovery_control(p) if adjust == "fdr" else p
    return tuple(
        replace(test, adjusted=float(new), family=len(p), adjustment=adjust) for test, new in zip(tests, adjusted, strict=True)
    )


def _value(test: TestResult) -> float:
    assert test.estimate is not None
    return test.estimate.value


def _p(test: TestResult) -> float:
    return test.p if test.adjusted is None else test.adjusted
