"""What a test gives: one shape, whatever the test."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from ...core.drawn import Drawn

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its interval.

    Parameters
    ----------
    name : str
        What it is: "difference of means", "Hedges g", ...
    value, lower, upper : float
        One-sided intervals have an infinite end.
    unit : str
        "1" of what has none.
    level : float
        Of the interval.
    """

    name: str
    value: float
    lower: float
    upper: float
    unit: str = "1"
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class Group:
    """One sample that was tested.

    Parameters
    ----------
    name : str
        Of the sample.
    n : int
        Values.
    effective : float
        How many independent ones they are worth; n where they are independent.
    missing : int
        NaN that were left out.
    mean, std, median : float
        In the unit of the values.
    low, q25, q75, high : float
        The least, the quartiles and the greatest.
    """

    name: str
    n: int
    effective: float
    missing: int
    mean: float
    std: float
    median: float
    low: float = math.nan
    q25: float = math.nan
    q75: float = math.nan
    high: float = math.nan


@dataclass(frozen=True, slots=True)
class Check:
    """An assumption, and what was found of it.

    Parameters
    ----------
    assumption : str
        "equal variances", "normal residuals", "independent values", ...
    found : str
        In words, with the numbers.
    met : bool
        Whether nothing speaks against it.
    statistic, p : float, optional
        Of the test of the assumption, where there is one.
    """

    assumption: str
    found: str
    met: bool
    statistic: float | None = None
    p: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult(Drawn):
    """What a test gives.

    Parameters
    ----------
    test : str
        "Welch's t test", ...
    measure, unit : str
        Of the values.
    groups : tuple of Group
        The samples, in order.
    estimate, effect : Estimate
        What is estimated, in the unit of the values, and the size of the effect, which has none. None where the test has none: an
        analysis of variance estimates no single difference, and a coefficient of correlation is a size itself.
    statistic : float
    statistic_name : str
        "t", "F", "U", ...
    df : tuple of float
        None, one or two.
    p : float
        Of this test alone.
    alternative : str
        "two-sided", "less" or "greater": of the first sample against the second.
    adjusted : float, optional
        p, adjusted for all tests of its family.
    family : int
        How many tests those are; 1 if it stands alone.
    adjustment : str
        "holm", "fdr", ...; "none" if it stands alone.
    checks : tuple of Check
        Of what is assumed.
    method, source : str
        How p and the intervals were computed, and who says so.
    finding : str
        What was found by this test alone, in plain words, with the numbers; `sentence` says what its family makes of it.
    null : float
        The value of the estimate that was tested.
    alpha : float, optional
        What p must not be above to show something; default: 1 less the level of the interval.
    variable : str
        What the measure is called in the data; "" if that is not known.
    places : tuple of (str, object)
        Where in the data it was tested: the dims that are no samples, and the coordinate.
    margin : tuple of float, optional
        Of a test of equivalence: between which values of the estimate nothing that matters lies.
    points : tuple of two tuples of float
        Of a correlation: pairs, for its figure; empty of others.
    matched : int, optional
        How many pairs, or subjects, there are, where each value of one sample belongs to one of each other.
    """

    __test__: ClassVar[bool] = False  # no test of pytest's
    figure: ClassVar[str] = "tests"

    test: str
    measure: str
    unit: str
    groups: tuple[Group, ...]
    estimate: Estimate | None
    effect: Estimate | None
    statistic: float
    statistic_name: str
    df: tuple[float, ...]
    p: float
    alternative: str = "two-sided"
    adjusted: float | None = None
    family: int = 1
    adjustment: str = "none"
    checks: tuple[Check, ...] = ()
    method: str
    source: str
    finding: str
    places: tuple[tuple[str, object], ...] = field(default=())
    variable: str = ""
    null: float = 0.0
    alpha: float | None = None
    margin: tuple[float, float] | None = None
    points: tuple[tuple[float, ...], ...] = field(default=(), repr=False)
    matched: int | None = None

    def __repr__(self) -> str:
        """Say what was found."""
        return f"TestResult({self.sentence})"

    @property
    def sentence(self) -> str:
        """What was found, with the adjusted p where there is a family."""
        from .words import p_said

        if self.adjusted is None:
            return self.finding
        lost = self.p <= self._wanted and not self.shown
        told = f"adjusted for {self.family} tests {p_said(self.adjusted)}{', which shows nothing' if lost else ''}"
        return f"{self.finding.removesuffix('.')}; {told}."

    @property
    def level(self) -> float:
        """Of its intervals; 0.95 if it has none."""
        return self.estimate.level if self.estimate is not None else self.effect.level if self.effect is not None else 0.95

    @property
    def decisive(self) -> float:
        """p, adjusted where it was."""
        return self.p if self.adjusted is None else self.adjusted

    @property
    def shown(self) -> bool:
        """Whether the (adjusted) p is as small as the level asks for."""
        return self.decisive <= self._wanted

    @property
    def _wanted(self) -> float:
        return (1 - self.level if self.alpha is None else self.alpha) + 1e-12

    def table(self) -> pd.DataFrame:
        """Give one row: the test, its numbers with their bounds, and n of all groups, or of the pairs."""
        import pandas as pd

        row: dict[str, object] = {**dict(self.places), "measure": self.measure, "test": self.test}
        worth = [group.effective for group in self.groups]
        row["n"] = sum(group.n for group in self.groups) if self.matched is None else self.matched
        row["effective"] = sum(worth) if self.matched is None else min(*worth, self.matched)
        row["missing"] = sum(group.missing for group in self.groups)
        for kind, found in (("estimate", self.estimate), ("effect", self.effect)):
            if found is not None:
                row |= {kind: found.name, f"{kind}_value": found.value, f"{kind}_lower": found.lower}
                row |= {f"{kind}_upper": found.upper, f"{kind}_unit": found.unit}
        row |= {"statistic": self.statistic_name, "statistic_value": self.statistic}
        row |= {f"df{number or ''}": value for number, value in zip(("", 2), self.df, strict=False)}
        row["p"] = self.p
        if self.adjusted is not None:
            row |= {"p_adjusted": self.adjusted, "family": self.family, "adjustment": self.adjustment}
        row["doubts"] = "; ".join(check.found for check in self.doubts)
        whole = pd.DataFrame([row])
        ends = [f"{kind}_{end}" for kind in ("estimate", "effect") for end in ("value", "lower", "upper")]
        whole.attrs["units"] = {end: row[f"{end.partition('_')[0]}_unit"] for end in ends if end in row}
        return whole

    def said(self) -> str:
        """Say what was found."""
        return self.sentence

    def brief(self) -> pd.DataFrame:
        """Give what of its row is shown in a notebook: numbers with their intervals and units as text."""
        import pandas as pd

        from .words import interval, p_said, statistic_said

        row: dict[str, object] = {**dict(self.places), "measure": self.measure}
        row |= {"groups": ", ".join(group.name for group in self.groups), "n": " + ".join(f"{g.n:,}" for g in self.groups)}
        if self.matched is not None:
            row["n"] = f"{self.matched:,}"
        for found in (self.estimate, self.effect):
            if found is not None:
                row[found.name] = interval(found)
        row["statistic"] = statistic_said(self.statistic_name, self.statistic, self.df)
        row["p"] = p_said(self.p).removeprefix("p ").removeprefix("= ")
        if self.adjusted is not None:
            row["adjusted p"] = p_said(self.adjusted).removeprefix("p ").removeprefix("= ")
        row["doubts"] = "; ".join(check.found for check in self.doubts)
        return pd.DataFrame([row])

    def to_xarray(self) -> xr.Dataset:
        """Give a Dataset of single numbers, intervals with the dim `bound`, what is said of the samples with the dim `group`."""
        import xarray as xr

        one = {"units": "1"}
        data: dict[str, object] = {
            "p": ((), self.p, one),
            "statistic": ((), self.statistic, {**one, "long_name": self.statistic_name}),
        }
        if self.adjusted is not None:
            data["p_adjusted"] = (), self.adjusted, one
        data |= {f"df{place or ''}": ((), value, one) for place, value in zip(("", 2), self.df, strict=False)}
        for kind, found in (("estimate", self.estimate), ("effect", self.effect)):
            if found is not None:
                attrs = {"units": found.unit, "long_name": found.name}
                data[kind] = (), found.value, attrs
                data[f"{kind}_ci"] = "bound", [found.lower, found.upper], {**attrs, "level": found.level}
        for name in ("n", "effective", "missing", "mean", "std", "median"):
            unit = self.unit if name in ("mean", "std", "median") else "1"
            data[name] = "group", [getattr(group, name) for group in self.groups], {"units": unit}
        coords = {"bound": ["lower", "upper"], "group": [group.name for group in self.groups]}
        return xr.Dataset(data, coords, {"test": self.test, "measure": self.measure, "method": self.method})
