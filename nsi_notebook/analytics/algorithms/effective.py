"""How many independent values a series is worth: what its mean is as sure as."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import tzinfo
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from ...errors import SeriesError, TimeError, UnknownNameError, warn
from ..core.shown import many, worth_said
from .along import Steps, labelled, steps
from .moments import UNDEFINED, refuse_infinite
from .noise import Noise, apart, doubt, long_runs

Floats = npt.NDArray[np.float64]

FEWEST = 4  # values of which something can be said
LEAST = 2.0  # effective ones, of which a spread can be told: what is fewer has an interval that says nothing
DOUBT = "nsi_ci_doubt"  # the attr of what is given, and in doubt

_SLAB = 1 << 16  # values that are looked at at a time: they stay in a cache


def effective_n(
    series: Any,
    dim: str | None = None,
    *,
    method: str = "ar",
    conservative: bool = False,
    tz: str | tzinfo | None = None,
) -> xr.DataArray:
    """Give the number of independent values whose mean is as sure as that of a series.

    Values that follow one another are alike, so that n of them say less than n: a plain t-test of two series without difference,
    each 0.9 of the value before and noise, finds one 66 times in 100.

    Parameters
    ----------
    series : xarray.DataArray, pandas.Series, or array-like of shape (n,)
        Real numbers in equal steps; NaN is missing. Of a DataArray the other dims stay.
    dim : str, optional
        Along which the values follow one another; default: "time", or the only one.
    method : {"ar", "ar1", "geyer"}
        "ar": an autoregressive model whose order AICc chooses, as `changes` and `trend` have it: only values that follow one
        another count, so that gaps do no harm. "ar1": one of order 1, its coefficient corrected for bias, which is right for no
        other noise. "geyer": the initial monotone sequence of pairs of autocovariances (Geyer, Statistical Science 7:473, 1992).
        These two draw lines over what is missing, and take no steps that are left out of the coordinate.
    conservative : bool
        The smallest of the three.
    tz : str or tzinfo, optional
        Zone of times that have none; default: what the attr `timezone` of the coordinate says.

    Returns
    -------
    DataArray
        From 1 to the number of values; NaN where all values are the same or fewer than 4. Where it is in doubt its attr
        `nsi_ci_doubt` says why, and an `NsiWarning` does.

    Raises
    ------
    DimsError, SeriesError, TimeError, UnknownNameError
        If the dim is absent or not clear, there are fewer than 4 values, they are infinite, or times are naive, missing,
        repeated, not rising, or in steps that differ.

    Examples
    --------
    >>> noise, values = np.random.default_rng(3).normal(size=2000), [0.0]
    >>> for each in noise:
    ...     values.append(0.9 * values[-1] + each)
    >>> 70 < float(effective_n(values)) < 170    # exactly: 2000 * 0.1 / 1.9 = 105
    True
    """
    if method not in METHODS:
        raise UnknownNameError.among("method", method, METHODS)
    data, dim = labelled(series, dim)
    lie = steps(data, dim, tz)
    found = effective(data, dim, lie, method=method, conservative=conservative).compute()
    note(found, data.sizes[dim], lie)
    if DOUBT in found.attrs:
        warn(f"the effective number of values is in doubt: {found.attrs[DOUBT]}", "a longer series")
    if UNDEFINED in found.attrs:
        warn(f"NaN, as {found.attrs[UNDEFINED]}: effective_n", "look at the series: is it that of a sensor that is stuck?")
    return found


def effective(data: xr.DataArray, dim: str, lie: Steps, *, method: str = "ar", conservative: bool = False) -> xr.DataArray:
    """Do as `effective_n` does of an array that was read, without warnings, lazily where the data is in chunks."""
    if data.sizes[dim] < FEWEST:
        raise SeriesError(
            f"{many(data.sizes[dim], 'value')} along {dim!r}, too few for an effective number", f"at least {FEWEST}"
        )
    methods = tuple(METHODS) if conservative else (method,)
    joined = lie.regular()
    if methods != ("ar",) and not joined.all():
        raise TimeError(
            f"{int((~joined).sum())} gaps along {dim!r}, which no method but 'ar' takes",
            f"data.resample({dim}=...).mean(), which leaves NaN where nothing came",
        )
    whole = data.chunk({dim: -1}) if data.chunks is not None else data
    found = xr.apply_ufunc(
        effective_of, whole, input_core_dims=[[dim]], kwargs={"methods": methods, "joined": joined},
        dask="parallelized", output_dtypes=[np.float64],
    )  # fmt: skip
    how = f"the smallest of {', '.join(METHODS)}" if conservative else method
    said = {"units": "1", "long_name": f"effective number of values along {dim}", "method": how}
    named: xr.DataArray = found.rename("effective_n").assign_attrs(said)
    return named


def note(found: xr.DataArray, points: int, lie: Steps) -> None:
    """Say in the attrs of an effective number what it assumes, where it is in doubt, and why it is NaN; they are changed."""
    jitter, gaps = lie.jitter, int((~lie.regular()).sum())
    spacing = f"taken as regular; steps differ by up to {100 * jitter:.2g} %" if jitter else "regular"
    found.attrs["spacing"] = f"{spacing}, with {gaps} gaps" if gaps else spacing
    least = float(found.min()) if found.size else np.nan
    if why := doubt(points, least):
        found.attrs[DOUBT] = why
    if bool(found.isnull().any()):
        found.attrs[UNDEFINED] = f"all values are the same, or there are fewer than {FEWEST}"


def refuse_one(name: str, n: int, effective: float, dim: str) -> None:
    """Refuse the mean of a series that is worth about one value, as a walk, a trend or a jump is."""
    if effective < LEAST:
        raise SeriesError(
            f"{name} is worth {worth_said(effective)} of {n} independent values along {dim!r}, as a walk, a trend or a jump is: "
            "its mean has no interval",
            "dim='image', if the values are in no order; trend or changes, which say where it goes; its differences; "
            "or a longer series",
        )


def effective_of(values: npt.NDArray[Any], methods: tuple[str, ...], joined: npt.NDArray[np.bool_] | None = None) -> Floats:
    """Give the effective number along the last axis, the smallest of those by these methods."""
    shape = values.shape[:-1]
    rows = apart(values.reshape(-1, values.shape[-1]).astype(np.float64), joined)
    found = np.empty(len(rows))
    step = max(1, _SLAB // rows.shape[1])
    for i in range(0, len(rows), step):
        found[i : i + step] = _of_rows(rows[i : i + step], methods)
    return found.reshape(shape)


def at_worst(told: Noise, residual: Floats, joined: npt.NDArray[np.bool_] | None) -> Noise:
    """Give noise with the largest long-run variance by all methods; noise that was said to be white as it is."""
    if joined is None:
        return told
    fewest = float(effective_of(residual[None], tuple(METHODS), joined)[0])
    return replace(told, long_run=max(told.long_run, told.variance * len(residual) / fewest))


def _of_rows(x: Floats, methods: tuple[str, ...]) -> Floats:
    refuse_infinite(x)
    there = ~np.isnan(x)
    count = there.sum(axis=1)
    usable = (count >= FEWEST) & (np.where(there, x, -np.inf).max(axis=1) > np.where(there, x, np.inf).min(axis=1))
    rows = _centred(x[usable])
    inflation = np.max([METHODS[m](rows) for m in methods], axis=0)
    found = np.full(len(x), np.nan)
    found[usable] = np.clip(count[usable] / inflation, 1.0, count[usable])
    return found


def _centred(rows: Floats) -> Floats:
    """Give differences from the mean, at most 1, whose squares do not overflow."""
    there = ~np.isnan(rows)
    scaled = rows / np.where(there, np.abs(rows), 0.0).max(axis=1, keepdims=True)
    away = scaled - np.where(there, scaled, 0.0).sum(axis=1, keepdims=True) / there.sum(axis=1, keepdims=True)
    return np.asarray(away / np.where(there, np.abs(away), 0.0).max(axis=1, keepdims=True))


def _bridged(x: Floats) -> Floats:
    """Draw lines over what is missing, which makes a series smoother, and the effective number smaller; keep the mean at 0."""
    there = ~np.isnan(x)
    if there.all():
        return x
    rows, place = x.copy(), np.arange(x.shape[1])
    for row, ok in zip(rows, there, strict=True):
        row[~ok] = np.interp(place[~ok], place[ok], row[ok])
    return np.asarray(rows - rows.mean(axis=1, keepdims=True))


def _covariance(rows: Floats) -> Floats:
    """Give autocovariances at all lags, divided by n."""
    away = _bridged(rows)
    n = away.shape[1]
    padded = 1 << (2 * n - 1).bit_length()
    spectrum = np.fft.rfft(away, padded, axis=1)
    found: Floats = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, padded, axis=1)[:, :n] / n
    return found


def _ar(rows: Floats) -> Floats:
    there = ~np.isnan(rows)
    scattered = 2 * (there[:, 1:] & there[:, :-1]).sum(axis=1) < there.sum(axis=1) - 1
    if scattered.any():  # too few follow one another for a model
        rows = rows.copy()
        rows[scattered] = _bridged(rows[scattered])
    _, variance, long_run = long_runs(rows, 1, (1, 3))
    return long_run / variance


def _ar1(rows: Floats) -> Floats:
    covariance = _covariance(rows)
    r = covariance[:, 1] / covariance[:, 0]
    r = np.clip(r + (1 + 4 * r) / covariance.shape[1], -0.999999, 0.999999)
    return np.asarray((1 + r) / (1 - r))


def _geyer(rows: Floats) -> Floats:
    covariance = _covariance(rows)
    even = covariance.shape[1] // 2 * 2
    pairs = covariance[:, 0:even:2] + covariance[:, 1:even:2]
    positive = np.logical_and.accumulate(pairs > 0, axis=1)
    falling = np.minimum.accumulate(np.where(positive, pairs, 0.0), axis=1)
    return np.asarray(np.maximum(2 * falling.sum(axis=1) / covariance[:, 0] - 1, 1e-3))


METHODS: dict[str, Callable[[Floats], Floats]] = {"ar": _ar, "ar1": _ar1, "geyer": _geyer}

__all__ = ["effective_n"]
