"""How one measure follows from others: lines, polynomials, odds; errors know how the rows depend on each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import tzinfo
from typing import Any

import numpy as np

from ....errors import NsiError, OptionError, SeriesError, TimeError, UnknownNameError
from ....voids.intervals import check_level
from ..every import Each
from ..series_warnings import warn_refused
from .covariance import HC
from .logistic import logistic
from .mixed import mixed
from .ols import Options, doubted, ols
from .predictors import Rows, rows_of
from .result import Regression
from .ridge import ridge
from .theil_sen import theil_sen

KINDS: dict[str, Callable[[Rows, Options], Regression]] = {
    "ols": ols, "ridge": ridge, "logistic": logistic, "theil-sen": theil_sen, "mixed": mixed,
}  # fmt: skip
ERRORS = ("classical", *HC, "cluster", "ar", "hac")
ALONG = ("ar", "hac", "cluster")  # which are right where rows follow one another
HIGHEST = 30  # degree


def regress(
    y: Any,
    x: Any = None,
    dim: str | None = None,
    *,
    kind: str = "ols",
    degree: int | None = None,
    intercept: bool = True,
    errors: str | None = None,
    cluster: Any = None,
    lags: int | None = None,
    precision: str = "double",
    penalty: float | None = None,
    level: float = 0.95,
    tz: str | tzinfo | None = None,
    per: str | None = None,
) -> Regression | Each[Regression]:
    """Explain a measure by others.

    Parameters
    ----------
    y : DataArray, Series or array-like of shape (n,)
        What is to be explained. Of a DataArray the other dims stay; one in chunks of Dask is read block by block.
    x : DataArray, Series, array, Dataset, DataFrame or mapping of them
        The predictors, with the rows of y; default: the coordinate of y. NaN is missing: the row is left out, and counted.
    dim : str, optional
        Along which the rows lie; default: the only one, or "time". They must be images, subjects, times: no pixels.
    kind : {"ols", "ridge", "logistic", "theil-sen", "mixed"}
        Least squares; with a penalty on standardised coefficients, which then have no p; of an outcome of two values; the median
        slope of all pairs; with a mean of its own for each `cluster` (statsmodels, extra).
    degree : int, optional
        Of a polynomial in the one predictor, in Chebyshev's basis on its range; `powers()` of the result expands it.
    intercept : bool
        Whether there is one.
    errors : str, optional
        "classical"; "hc0" to "hc3", of noise whose variance varies; "cluster"; along time "ar", of noise that follows an
        autoregressive model, or "hac", of any noise, by the slowest cosines or, with `lags`, by Newey and West's window.
        Default: "cluster" if that is given, else "ar" along time, else "classical".
    cluster : array-like of shape (n,), or str, optional
        Label of what belongs together, as images of one subject do; or the coordinate of y that has it.
    lags : int, optional
        Of Newey and West's window; default: none, but cosines, which raise fewer false alarms.
    precision : {"double", "high"}
        "high": to nearly all digits of a float, also of columns that nearly depend on each other; in memory.
    penalty : float, optional
        Of "ridge"; default: 1.
    level : float
        Of the intervals.
    tz : str or tzinfo, optional
        Zone of times that have none; default: what the attr `timezone` of the coordinate says.
    per : str, optional
        Unit of time of the slope, where time is the predictor: "s", "min", "h", "d", "year"; default: that of the coordinate,
        seconds of times, of which the sentence takes a longer unit.

    Returns
    -------
    Regression, or Each of them if y has other dims

    Raises
    ------
    DimsError
        If rows are pixels or tiles, it is not clear along which dim they lie, or coords differ.
    SeriesError
        If values are not real, infinite or all the same, columns depend on each other, there are too few rows, or outcomes are
        parted; of many places, if it is so at all of them.
    TimeError
        If times are naive, missing, repeated, not rising, or in steps that differ.
    OptionError, UnknownNameError
        If an option is out of its range, or plain errors are asked for along time.
    MissingExtraError
        If statsmodels is not there for "mixed".

    Warns
    -----
    NsiWarning
        Where columns nearly depend on each other, a series is short, or some of many places are left out: it names them, and
        says why.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> width = xr.DataArray(np.arange(40.0), dims="image", name="width", attrs={"units": "um"})
    >>> area = (3 * width + np.random.default_rng(0).normal(size=40)).rename("area").assign_attrs(units="um^2")
    >>> found = regress(area, width)
    >>> term = found["width"]
    >>> term.unit, round(term.value, 1), bool(term.lower < 3 < term.upper)
    ('um', 3.0, True)
    """
    if kind not in KINDS:
        raise UnknownNameError.among("kind", kind, KINDS)
    _check(kind, degree, errors, lags, precision, penalty)
    check_level(level, "level")
    if kind == "logistic":
        _refuse_texts(y)
    rows, others = rows_of(y, x, dim, cluster, tz, per)
    found, refused = [], dict[tuple[int, ...], NsiError]()
    for place, one in zip(np.ndindex(*(len(c) for c in others.values())), rows, strict=True):
        asked = Options(
            kind,
            degree,
            intercept,
            _errors(one, kind, errors),
            lags,
            precision,
            level,
            1.0 if penalty is None else float(penalty),
        )
        try:
            found.append(replace(KINDS[kind](one, asked), origin=_origin(one) if x is None else None, zone=one.zone))
        except (SeriesError, TimeError) as error:  # what else can be wrong is so at all places
            refused[place] = error
    told = warn_refused(refused, others, len(found), "regressions")
    doubted(found)
    return Each(tuple(found), others, told) if others else found[0]


def _refuse_texts(y: Any) -> None:
    """Refuse outcomes that are texts, and say how they become True and False."""
    values = np.asarray(y).ravel()
    texts = (
        sorted({str(value) for value in values[:1000].tolist() if isinstance(value, str)}) if values.dtype.kind in "OUT" else []
    )
    if texts:
        raise SeriesError(f"the outcomes are texts: {', '.join(texts[:5])}", f"y == {texts[0]!r}, which is True or False")


def _origin(rows: Rows) -> np.datetime64 | None:
    """Give the moment of the first row, if rows lie along time."""
    clock = rows.lie is not None and rows.lie.coord.dtype.kind == "M"
    return np.datetime64(rows.lie.coord[0]) if rows.lie is not None and clock else None


def _check(kind: str, degree: int | None, errors: str | None, lags: int | None, precision: str, penalty: float | None) -> None:
    if errors is not None and errors not in ERRORS:
        raise UnknownNameError.among("errors", errors, ERRORS)
    if degree is not None and not (isinstance(degree, int | np.integer) and 1 <= degree <= HIGHEST):
        raise OptionError(f"degree is {degree!r:.80}", f"a whole number from 1 to {HIGHEST}")
    if lags is not None and not (isinstance(lags, int | np.integer) and lags >= 0):
        raise OptionError(f"lags is {lags!r:.80}", "a whole number from 0 on")
    if precision not in ("double", "high"):
        raise UnknownNameError.among("precision", precision, ("double", "high"))
    if precision == "high" and kind != "ols":
        raise OptionError(f"precision='high' of kind={kind!r}", "kind='ols'")
    if penalty is not None and not (isinstance(penalty, int | float | np.number) and 0 <= penalty < float("inf")):
        raise OptionError(f"penalty is {penalty!r:.80}", "a number from 0 on")
    if penalty is not None and kind != "ridge":
        raise OptionError(f"penalty={penalty} of kind={kind!r}", "kind='ridge'")
    if lags is not None and errors != "hac":
        raise OptionError(f"lags={lags} of errors={errors!r}", "errors='hac', whose window it is")
    if kind in ("ridge", "theil-sen", "mixed") and errors is not None:
        raise OptionError(f"errors={errors!r} of kind={kind!r}", "leave it out: this kind has its own, or none")


def _errors(rows: Rows, kind: str, errors: str | None) -> str:
    """Give the errors that are asked for, or those that are right; plain ones are none along time."""
    clock = rows.lie is not None
    if kind == "mixed" and clock:
        raise OptionError(
            f"kind='mixed' along {rows.dim!r}, where rows follow one another", "means of each subject, or regress with cluster="
        )
    if errors is None:
        if rows.label is not None and kind in ("ridge", "theil-sen"):
            raise OptionError(f"cluster= of kind={kind!r}, which takes rows as independent", "kind='ols' or 'mixed'")
        return "cluster" if rows.label is not None else "ar" if clock else "classical"
    if rows.label is not None and errors != "cluster":
        raise OptionError(f"cluster= beside errors={errors!r}, which knows no clusters", "one of them")
    if clock and errors not in ALONG:
        raise OptionError(
            f"errors={errors!r} along {rows.dim!r}, where rows follow one another, raise false alarms",
            "leave it out for noise by an autoregressive model, or errors='hac'",
        )
    if not clock and errors in ("ar", "hac"):
        raise OptionError(
            f"errors={errors!r} along {rows.dim!r}, which is no time", "errors='classical', errors='hc3' or errors='cluster'"
        )
    allowed = ("classical", "hc0", "cluster", "ar", "hac") if kind == "logistic" else ERRORS
    if errors not in allowed:
        raise OptionError(f"errors={errors!r} of kind={kind!r}", ", ".join(allowed))
    return errors


__all__ = ["regress"]
