"""What a regression gives: one shape, whatever was fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from ....errors import DimsError, OptionError, SeriesError
from ....voids.intervals import check_level
from ...core.drawn import Drawn
from ..along import per_other
from ..noise import Noise
from ..statistics.result import Check, Estimate
from .basis import Basis

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Floats = npt.NDArray[np.float64]

MOST = 5000  # points that are kept for a figure


@dataclass(frozen=True, slots=True)
class Term:
    """One coefficient.

    Parameters
    ----------
    name, unit : str
    value, error, lower, upper : float
        It, its standard error and its bounds; NaN where there are none.
    statistic, df, p : float
        Of the test that it is 0; df is infinite of a z.
    effective : float
        How many independent rows it is worth.
    """

    name: str
    unit: str
    value: float
    error: float
    lower: float
    upper: float
    statistic: float
    df: float
    p: float
    effective: float


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Rows that were fitted, or some of them, evenly spaced, if there are very many.

    Parameters
    ----------
    x : numpy array of float64, shape (n, predictors)
    y, fitted, residual : numpy array of float64, shape (n,)
    """

    x: Floats
    y: Floats
    fitted: Floats
    residual: Floats

    @classmethod
    def of(cls, x: Floats, y: Floats, fitted: Floats) -> Self:
        """Keep some of all rows."""
        step = -(-len(y) // MOST)
        return cls(x[::step], y[::step], fitted[::step], (y - fitted)[::step])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Regression(Drawn):
    """What a regression gives.

    Parameters
    ----------
    kind : str
        "ols", "ridge", "logistic", "theil-sen" or "mixed".
    measure, unit, dim : str
        What was explained, its unit, and the dim along which the rows lie.
    terms : tuple of Term
        The coefficients.
    covariance : numpy array of float64, shape (terms, terms)
        Of them; NaN where there is none.
    basis : Basis
        How columns come of predictors.
    level : float
        Of the intervals.
    n, missing : int
        Rows, and those that were left out as they hold a NaN.
    r2, adjusted_r2 : float
        Share of the variance that is explained; of "logistic" McFadden's, of the deviance; of "theil-sen", which is no least
        squares, 1 less the residual share, below 0 where the mean fits better.
    residual_std : float
        In the unit of y.
    condition : float
        Of the columns, each divided by its length.
    noise : Noise
        About the fit.
    overall : tuple of float
        F, its two degrees of freedom and p, of all coefficients but the intercept together; empty where there is none.
    errors : str
        What errors and intervals rest on.
    checks : tuple of Check
    method, source, sentence : str
        How it was computed, who says so, and what was found, in words.
    points : Points
    statistic_name : str
        "t" or "z".
    more : tuple of (str, float)
        Numbers that only this kind has, e.g. the variance between subjects.
    lost : numpy array of float64, optional
        What rounding took from the coefficients, of high precision.
    places : tuple of (str, object)
    origin : datetime64, optional
        The moment, UTC, from which time is counted, if it is the predictor.
    zone : str
        In which that moment is shown.
    said_per : str
        Unit of one predictor in words: of times that were given no unit a longer one than the second of the coefficient.
    """

    figure: ClassVar[str] = "regressions"

    kind: str
    measure: str
    unit: str
    dim: str
    terms: tuple[Term, ...]
    covariance: Floats
    basis: Basis
    level: float
    n: int
    missing: int
    r2: float
    adjusted_r2: float
    residual_std: float
    condition: float
    noise: Noise
    overall: tuple[float, ...]
    errors: str
    checks: tuple[Check, ...]
    method: str
    source: str
    sentence: str
    points: Points
    statistic_name: str = "t"
    more: tuple[tuple[str, float], ...] = ()
    lost: Floats | None = None
    places: tuple[tuple[str, object], ...] = field(default=())
    origin: np.datetime64 | None = None
    zone: str = "UTC"
    said_per: str = ""

    def __repr__(self) -> str:
        return f"Regression({self.sentence})"

    def __getitem__(self, name: str) -> Term:
        for term in self.terms:
            if term.name == name:
                return term
        from ....errors import UnknownNameError

        raise UnknownNameError.among("term", name, [term.name for term in self.terms])

    @property
    def effective(self) -> float:
        """How many independent rows the coefficient that has fewest of them is worth."""
        return min(term.effective for term in self.terms)

    @property
    def slope(self) -> tuple[Estimate, str]:
        """The coefficient of the one predictor as words have it, and for each of what."""
        term, unit = self.terms[-1], self.basis.units[0]
        times = per_other(self.said_per, unit) or 1.0
        per = self.said_per if times != 1 else unit
        value, lower, upper = (v * times for v in (term.value, term.lower, term.upper))
        return Estimate(term.name, value, lower, upper, self.unit, self.level), "unit" if per == "1" else per

    @property
    def finding(self) -> str:
        """What was found, in a few words, by which places are counted."""
        intervals = [(term, term.lower, term.upper) for term in self.terms if term.name != "intercept"]
        shown = [f"{'rising' if low > 0 else 'falling'} with {term.name}" for term, low, up in intervals if low > 0 or up < 0]
        return " and ".join(shown) or "no term seen"

    @property
    def values(self) -> Floats:
        """The coefficients."""
        return np.array([term.value for term in self.terms])

    def table(self) -> pd.DataFrame:
        """Give a row for each coefficient, with its error, bounds, test and unit; what is told of the whole is in `attrs`."""
        import pandas as pd

        rows = []
        for term in self.terms:
            row: dict[str, object] = {"term": term.name, "value": term.value, "error": term.error}
            row |= {"lower": term.lower, "upper": term.upper, self.statistic_name: term.statistic, "df": term.df, "p": term.p}
            if self.kind == "logistic":
                with np.errstate(over="ignore"):  # of a unit that is far more than the data has: infinite
                    row |= {"odds_ratio": np.exp(term.value)}
            rows.append(row | {"unit": term.unit, "n": self.n, "effective": term.effective})
        found = pd.DataFrame(rows).dropna(axis=1, how="all")  # what this kind has none of, which `errors` says
        found.attrs = {"units": {"residual_std": self.unit}, "r2": self.r2, "adjusted_r2": self.adjusted_r2}
        found.attrs |= {
            "residual_std": self.residual_std,
            "condition": self.condition,
            "missing": self.missing,
            **dict(self.more),
        }
        return found

    def powers(self) -> pd.DataFrame:
        """Give the coefficients of the powers of the predictor, of a polynomial: those of its Chebyshev basis, expanded exactly.

        Raises
        ------
        OptionError
            If it is no polynomial.
        """
        import pandas as pd

        if self.basis.degree is None:
            raise OptionError("powers are those of a polynomial", "regress(y, x, degree=2)")
        names, units, matrix = self.basis.powers()
        plain = np.array([[float(v) for v in row] for row in matrix])
        value = self.basis.in_powers(self.values, self.lost if self.lost is not None else np.zeros(len(self.terms)))
        error = np.sqrt(np.einsum("ij,jk,ik->i", plain, self.covariance, plain))
        half = error * self._quantile(self.level)
        table = {"term": names, "value": value, "error": error, "lower": value - half, "upper": value + half, "unit": units}
        return pd.DataFrame(table)

    def predict(self, x: Any = None, *, level: float | None = None) -> pd.DataFrame:
        """Predict y.

        Parameters
        ----------
        x : array-like, mapping, DataFrame or Dataset of the predictors
            Default: the rows that were fitted.
        level : float
            Of the intervals; default: that of the regression.

        Returns
        -------
        DataFrame
            The predictors, `value` and the bounds of the mean there, `lower` and `upper`, and those of a single new value,
            `new_lower` and `new_upper`; of a logistic regression the probability and its bounds. Of "ridge" and "theil-sen" no
            bounds, as they have no covariance.

        Raises
        ------
        SeriesError, DimsError
            If a predictor is missing, or they differ in length.
        """
        import pandas as pd

        wanted = self.level if level is None else level
        check_level(wanted, "level")
        raw = self.points.x if x is None else self._raw(x)
        X = self.basis.columns(raw)
        mean = X @ self.values
        if np.isnan(self.covariance).any():
            table = pd.DataFrame(dict(zip(self.basis.predictors, raw.T, strict=True)) | {"value": mean})
            table.attrs["units"] = dict(zip(self.basis.predictors, self.basis.units, strict=True)) | {"value": self.unit}
            return table
        spread = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", X, self.covariance, X), 0.0))
        far = self._quantile(wanted)
        found = dict(zip(self.basis.predictors, raw.T, strict=True))
        if self.kind == "logistic":
            bounds = {"value": mean, "lower": mean - far * spread, "upper": mean + far * spread}
            return pd.DataFrame(found | {name: 0.5 * (1 + np.tanh(v / 2)) for name, v in bounds.items()})
        whole = np.sqrt(spread**2 + self.residual_std**2)
        bounds = {"value": mean, "lower": mean - far * spread, "upper": mean + far * spread}
        bounds |= {"new_lower": mean - far * whole, "new_upper": mean + far * whole}
        table = pd.DataFrame(found | bounds)
        table.attrs["units"] = dict(zip(self.basis.predictors, self.basis.units, strict=True)) | dict.fromkeys(bounds, self.unit)
        return table

    def to_xarray(self) -> xr.Dataset:
        """Give a Dataset: coefficients and their covariance along `term`, and single numbers."""
        import xarray as xr

        names, one = [term.name for term in self.terms], {"units": "1"}
        mixed = {"units": self.terms[0].unit if len({t.unit for t in self.terms}) == 1 else "those of `unit`"}
        found = {
            "coefficient": ("term", self.values, mixed),
            "error": ("term", [t.error for t in self.terms], mixed),
            "coefficient_ci": (("term", "bound"), [[t.lower, t.upper] for t in self.terms], mixed),
            "p": ("term", [t.p for t in self.terms], one),
            "effective": ("term", [t.effective for t in self.terms], one),
            "covariance": (("term", "other"), self.covariance, {"units": "those of `unit`, multiplied"}),
            "r2": ((), self.r2, one),
            "residual_std": ((), self.residual_std, {"units": self.unit}),
            "condition": ((), self.condition, one),
            "n": ((), self.n, one),
            "missing": ((), self.missing, one),
        }
        coords = {"term": names, "other": names, "bound": ["lower", "upper"], "unit": ("term", [t.unit for t in self.terms])}
        return xr.Dataset(found, coords, {"kind": self.kind, "errors": self.errors, "level": self.level})

    def _quantile(self, level: float) -> float:
        from scipy.special import ndtri, stdtrit

        freedom = min(term.df for term in self.terms)
        return float(ndtri(0.5 + level / 2) if np.isinf(freedom) else stdtrit(freedom, 0.5 + level / 2))

    def _raw(self, x: Any) -> Floats:
        names = self.basis.predictors
        there = [str(name) for name in x] if isinstance(x, Mapping) or hasattr(x, "columns") or hasattr(x, "data_vars") else None
        if there is None:
            values = np.atleast_1d(np.asarray(x, dtype=np.float64))
            values = values[:, None] if values.ndim == 1 else values
        else:
            lacking = [name for name in names if name not in there]
            if lacking:
                raise SeriesError(
                    f"x lacks {', '.join(lacking)}, by which it was fitted; it has {', '.join(there) or 'nothing'}",
                    ", ".join(names),
                )
            columns = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x[name], dtype=np.float64)) for name in names))
            values = np.column_stack(columns)
        if values.ndim != 2 or values.shape[1] != len(names):
            raise DimsError(f"x has the shape {values.shape} for {len(names)} predictors", f"columns {', '.join(names)}")
        return values
