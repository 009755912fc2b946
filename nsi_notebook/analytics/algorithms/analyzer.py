"""Data and settings in one hand, and p adjusted for everything that was asked of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Any

import xarray as xr

from ...errors import OptionError, UnknownNameError
from ..core.tables import dataset_of
from .correlation.correlate import correlate
from .every import Each
from .regression.regress import regress
from .regression.result import Regression
from .statistics.anova import anova
from .statistics.describe import describe
from .statistics.descriptions import Descriptions, descriptions
from .statistics.family import Tests
from .statistics.hypothesis_tests import test
from .statistics.labels import column_of
from .statistics.result import TestResult


@dataclass(slots=True)
class StatisticalAnalyzer:
    """Asks several questions of the same data, and remembers how many.

    Parameters
    ----------
    data : DataArray, Dataset, Series, DataFrame or array-like
        What is asked, unless a call brings its own. A table is read once, as a Dataset.
    dim : str, optional
        Along which the values of a sample lie.
    level : float
        Of intervals.
    adjust : {"holm", "fdr", "none"}
        How p is adjusted for all tests that were made.
    conservative : bool
        Along time: the smallest of three effective numbers of values; see `effective_n`. A regression has none to choose from.
    tz : str or tzinfo, optional
        Zone of times that have none.

    Examples
    --------
    >>> images = xr.Dataset({"porosity": ("image", [0.31, 0.35, 0.33, 0.29, 0.24, 0.26, 0.22, 0.27])})
    >>> images = images.assign_coords(kind=("image", ["sand"] * 4 + ["clay"] * 4))
    >>> analyzer = StatisticalAnalyzer(images, dim="image")
    >>> alone = analyzer.test("porosity", by="kind")
    >>> again = analyzer.test("porosity", by="kind", kind="mann-whitney")
    >>> again.family, [round(result.adjusted, 3) for result in analyzer.tests], round(alone.p, 3)
    (2, [0.011, 0.029], 0.006)
    """

    data: Any = None
    dim: str | None = None
    level: float = 0.95
    adjust: str = "holm"
    conservative: bool = False
    tz: str | tzinfo | None = None
    _made: list[TestResult] = field(default_factory=list, repr=False)
    _index: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Read a table."""
        if hasattr(self.data, "columns"):
            self._index = self.data.index
            self.data = dataset_of(self.data, self.dim)

    @property
    def tests(self) -> Tests:
        """All tests that were made, with p adjusted for all of them."""
        return Tests.of(self._made, self.adjust)

    def describe(self, data: Any = None, **options: Any) -> xr.Dataset | Descriptions:
        """Describe a variable of the data: see `nsi_notebook.analytics.describe`; of several variables give a row for each."""
        told = {"dim": self.dim, "conservative": self.conservative, "tz": self.tz}
        asked = self._of(data)
        how = descriptions if hasattr(asked, "data_vars") or hasattr(asked, "columns") else describe
        return how(asked, **{**told, **options})

    def test(self, first: Any = None, other: Any = None, **options: Any) -> TestResult | Tests:
        """Test one or two samples, each the data, a variable of it, or another: see `nsi_notebook.analytics.test`."""
        options = self._laid(first, options)
        given = self._beside(first, options.get("by"), options.get("subject"))
        return self._kept(test(given, None if other is None else self._of(other), **self._settings(options)))

    def correlate(self, first: Any = None, other: Any = None, **options: Any) -> TestResult | Tests:
        """Correlate two things, or all variables of the data: see `nsi_notebook.analytics.correlate`."""
        given = options.get("given")
        names = [given] if isinstance(given, str) else given
        if other is not None and isinstance(names, list | tuple) and names and all(isinstance(name, str) for name in names):
            options["given"] = [self._of(name) for name in names]
        return self._kept(correlate(self._of(first), None if other is None else self._of(other), **self._settings(options)))

    def anova(self, data: Any = None, by: Any = None, **options: Any) -> TestResult | Tests:
        """Compare several groups of the data, of a variable of it, or of others: see `nsi_notebook.analytics.anova`."""
        options = self._laid(data, {"by": by, **options})
        return self._kept(anova(self._beside(data, options["by"], options.get("subject")), **self._settings(options)))

    def regress(self, y: Any = None, x: Any = None, **options: Any) -> Regression | Each[Regression]:
        """Explain the data, or a variable of it, by others: see `nsi_notebook.analytics.regress`.

        `x` may be a name, or a list of names. Its p are those of one model, and no part of the family of tests.
        `conservative` has no effective numbers to choose from: the default `errors` are those that raise fewest false alarms.
        """
        told = {"dim": self.dim, "level": self.level, "tz": self.tz}
        names = [x] if isinstance(x, str) else x
        if isinstance(names, list) and names and all(isinstance(name, str) for name in names):
            x = {name: self._of(name) for name in names}
        options = self._laid(y, options)
        if isinstance(options.get("cluster"), str):
            options["cluster"] = self._of(options["cluster"])
        return regress(self._of(y), x, **{**told, **options})

    def _of(self, data: Any) -> Any:
        """Give what is asked: the data, a variable of it by name, or what a call brings."""
        if data is None or isinstance(data, str):
            held = self.data
            if held is None:
                raise OptionError("there is no data", "StatisticalAnalyzer(data), or data in the call")
            own = None if isinstance(held, xr.Dataset) else getattr(held, "name", None)
            if data is None or data == own:
                return held
            if data not in getattr(held, "variables", getattr(held, "coords", ())):
                there = [*([] if own is None else [own]), *getattr(held, "data_vars", getattr(held, "coords", ()))]
                raise UnknownNameError.among("variable", data, list(map(str, there)))
            return held[data]
        return data

    def _laid(self, data: Any, options: dict[str, Any]) -> dict[str, Any]:
        """Lay labels that are a Series beside the rows of the table by its index."""
        import pandas as pd

        if self._index is None or not (data is None or isinstance(data, str)):
            return options
        labels = {name: options[name] for name in ("by", "subject", "cluster") if isinstance(options.get(name), pd.Series)}
        return options | {name: column_of(label, self._index) for name, label in labels.items()}

    def _beside(self, data: Any, *labels: Any) -> Any:
        """Give what is asked, and of a variable that is asked by name the variables that hold its labels."""
        found = self._of(data)
        if not isinstance(data, str):
            return found
        held, beside = self._of(None), [data]
        for name in (label for label in labels if isinstance(label, str)):
            if name in getattr(held, "data_vars", ()):
                beside.append(name)
            elif name not in found.coords and name not in found.dims:
                there = [str(one) for one in getattr(held, "variables", found.coords) if one != data]
                raise UnknownNameError.among("label", name, there or ["(none: the data has no labels)"])
        return held[beside] if len(beside) > 1 else found

    def _settings(self, options: dict[str, Any]) -> dict[str, Any]:
        """Give the settings of a test, where a call does not say otherwise."""
        told = {"dim": self.dim, "level": self.level, "adjust": self.adjust, "conservative": self.conservative, "tz": self.tz}
        return told | options

    def _kept(self, found: TestResult | Tests) -> TestResult | Tests:
        """Remember tests, and give them with p adjusted for all that were made so far."""
        new = [found] if isinstance(found, TestResult) else list(found)
        self._made += new
        last = self.tests.results[-len(new) :]
        return last[0] if isinstance(found, TestResult) else replace(found, results=last, adjustment=self.adjust)


__all__ = ["StatisticalAnalyzer"]
