"""How many independent values a series is worth: what its mean is as sure as."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from ...errors import DimsError, SeriesError, TimeError, UnknownNameError, warn
from ..core.times import instants
from .moments import UNDEFINED, chosen, numbers

Floats = npt.NDArray[np.float64]

FEWEST = 4  # values of which something can be said
POINTS, ENOUGH = 200, 10.0  # below so many values, or effective ones, no method holds its level
JITTER = 0.1  # of a step, up to which times count as regular
DOUBT = "nsi_ci_doubt"  # the attr of what is given, and in doubt

_SLAB = 1 << 20  # values whose spectra are in memory at a time


def effective_n(
    series: Any,
    dim: str = "time",
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
    series : DataArray, or array-like in one dimension
        Regular in time; NaN where a value is missing, which is bridged by a line: that is on the safe side. The other dims stay.
    dim : str
        Along which the values follow one another.
    method : {"ar", "ar1", "geyer"}
        "ar": an autoregressive model whose order AICc chooses, and its spectrum at 0. "ar1": one of order 1, its coefficient
        corrected for bias, which is right for no other noise. "geyer": the initial monotone sequence of pairs of autocovariances
        (Geyer, Statistical Science 7:473, 1992).
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
        If the dim is absent, there are fewer than 4 values, or times are naive, double or irregular.

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
    data = series if isinstance(series, xr.DataArray) else _one_series(series, dim)
    numbers(data)
    chosen(data, dim)
    jitter = irregularity(data, dim, tz)
    found = effective(data, dim, method=method, conservative=conservative).compute()
    told(found, data.sizes[dim], jitter)
    if DOUBT in found.attrs:
        warn(f"the effective number of values is in doubt: {found.attrs[DOUBT]}", "a longer series")
    if UNDEFINED in found.attrs:
        warn(f"NaN, as {found.attrs[UNDEFINED]}: effective_n", "look at the series: is it that of a sensor that is stuck?")
    return found


def effective(data: xr.DataArray, dim: str, *, method: str = "ar", conservative: bool = False) -> xr.DataArray:
    """Do as `effective_n` does without its checks and warnings, lazily where the data is in chunks."""
    if data.sizes[dim] < FEWEST:
        raise SeriesError(f"{data.sizes[dim]} values along {dim!r}, too few for an effective number", f"at least {FEWEST}")
    whole = data.chunk({dim: -1}) if data.chunks is not None else data
    found = xr.apply_ufunc(
        effective_of, whole, input_core_dims=[[dim]], kwargs={"methods": tuple(METHODS) if conservative else (method,)},
        dask="parallelized", output_dtypes=[np.float64],
    )  # fmt: skip
    how = f"the smallest of {', '.join(METHODS)}" if conservative else method
    said = {"units": "1", "long_name": f"effective number of values along {dim}", "method": how}
    named: xr.DataArray = found.rename("effective_n").assign_attrs(said)
    return named


def told(found: xr.DataArray, points: int, jitter: float) -> None:
    """Say in the attrs of an effective number what it assumes, where it is in doubt, and why it is NaN; they are changed."""
    found.attrs["spacing"] = f"taken as regular; steps differ by up to {100 * jitter:.2g} %" if jitter else "regular"
    least = float(found.min()) if found.size else np.nan
    few = [f"fewer than {POINTS} values ({points})"] if points < POINTS else []
    few += [f"fewer than {ENOUGH:g} effective ones ({least:.3g})"] if least < ENOUGH else []
    if few:
        found.attrs[DOUBT] = f"no method is safe with {' and '.join(few)}"
    if bool(found.isnull().any()):
        found.attrs[UNDEFINED] = f"all values are the same, or there are fewer than {FEWEST}"


def irregularity(data: xr.DataArray, dim: str, tz: str | tzinfo | None = None) -> float:
    """Give by how much of a step times are off, 0 if there are none; refuse those that are no regular sequence.

    Raises
    ------
    TimeError
        If times are naive, missing, double, not rising, or steps differ by more than a tenth.
    """
    if dim not in data.coords or data.sizes[dim] < 2:
        return 0.0
    coord = data[dim]
    values = coord.to_numpy()
    if values.dtype.kind in "MO":
        values = instants(values, tz or coord.attrs.get("timezone"))
    elif values.dtype.kind == "m":
        values = values.astype("m8[us]").view(np.int64)
    elif values.dtype.kind not in "biuf":
        raise TimeError(f"the coordinate {dim!r} is of type {values.dtype}", "times, or numbers that rise")
    steps = np.diff(values).astype(np.float64)
    if not np.isfinite(steps).all():
        raise TimeError(f"times along {dim!r} are missing", f"data.dropna({dim!r})")
    if (steps == 0).any() or len(np.unique(values)) < len(values):
        double = len(values) - len(np.unique(values))
        raise TimeError(f"{double} of {len(values)} times along {dim!r} are there twice", f"data.groupby({dim!r}).mean()")
    if (steps < 0).any() and (steps > 0).any():
        raise TimeError(f"times along {dim!r} do not rise", f"data.sortby({dim!r})")
    steps = np.abs(steps)
    step = float(np.median(steps))
    off = float(np.abs(steps - step).max()) / step
    if off > JITTER:
        least, most = steps.min() / step, steps.max() / step
        raise TimeError(
            f"times along {dim!r} are irregular: steps from {least:.3g} to {most:.3g} times the usual one",
            f"data.resample({dim}=...).mean(), which leaves NaN where nothing came",
        )
    return off if off > 1e-6 else 0.0


def _one_series(values: Any, dim: str) -> xr.DataArray:
    given = np.asarray(values)
    if given.ndim != 1:
        raise DimsError(f"an array of shape {given.shape} does not say which of its dims is {dim!r}", "a DataArray with dims")
    return xr.DataArray(given, dims=(dim,))


def effective_of(values: npt.NDArray[Any], methods: tuple[str, ...]) -> Floats:
    """Give the effective number along the last axis, the smallest of those by these methods."""
    shape, n = values.shape[:-1], values.shape[-1]
    rows = values.reshape(-1, n).astype(np.float64)
    found = np.empty(len(rows))
    step = max(1, _SLAB // n)
    for i in range(0, len(rows), step):
        found[i : i + step] = _of_rows(rows[i : i + step], methods)
    return found.reshape(shape)


def _of_rows(x: Floats, methods: tuple[str, ...]) -> Floats:
    there = np.isfinite(x)
    count = there.sum(axis=1)
    usable = (count >= FEWEST) & (np.where(there, x, -np.inf).max(axis=1) > np.where(there, x, np.inf).min(axis=1))
    rows = _bridged(x[usable], there[usable])
    away = rows - rows.mean(axis=1, keepdims=True)
    away /= np.abs(away).max(axis=1, keepdims=True)  # whose squares do not overflow
    covariance = _covariance(away)
    inflation = np.max([METHODS[m](covariance) for m in methods], axis=0)
    found = np.full(len(x), np.nan)
    found[usable] = np.clip(count[usable] / inflation, 1.0, count[usable])
    return found


def _bridged(x: Floats, there: npt.NDArray[np.bool_]) -> Floats:
    """Draw lines over what is missing.

    Lines make a series smoother than it is, and the effective number smaller. Autocovariances of the pairs that are there, which
    have no bias, are noisier than the choice of an order allows: with 30 % missing of an AR(1) at 0.9 they give 46 % false
    alarms, lines 2 %.
    """
    if there.all():
        return x
    rows, place = x.copy(), np.arange(x.shape[1])
    for row, ok in zip(rows, there, strict=True):
        row[~ok] = np.interp(place[~ok], place[ok], row[ok])
    return rows


def _covariance(away: Floats) -> Floats:
    """Give autocovariances at all lags, divided by n."""
    n = away.shape[1]
    padded = 1 << (2 * n - 1).bit_length()
    spectrum = np.fft.rfft(away, padded, axis=1)
    found: Floats = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, padded, axis=1)[:, :n] / n
    return found


def _ar(covariance: Floats) -> Floats:
    """Give n / n_eff as the spectrum at 0 over the variance, of the model that AICc chooses (Levinson and Durbin's recursion)."""
    n = covariance.shape[1]
    order = min(int(10 * np.log10(n)), n // 4)
    a = np.zeros((len(covariance), order + 1))
    a[:, 0] = 1
    left = covariance[:, 0].copy()
    best, found = np.full(len(covariance), np.inf), np.ones(len(covariance))
    for p in range(order + 1):
        if p:
            k = -(a[:, :p] * covariance[:, p:0:-1]).sum(axis=1) / left
            k = np.clip(k, -0.999999, 0.999999)  # of a series without noise rounding can make it more
            a[:, 1 : p + 1] += k[:, None] * a[:, p - 1 :: -1][:, :p] if p > 1 else k[:, None]
            left = left * (1 - k * k)
        score = n * np.log(left) + 2 * (p + 1) * n / (n - p - 2)
        better = score < best
        best = np.where(better, score, best)
        found = np.where(better, left / a.sum(axis=1) ** 2 / covariance[:, 0], found)
    return found


def _ar1(covariance: Floats) -> Floats:
    r = covariance[:, 1] / covariance[:, 0]
    r = np.clip(r + (1 + 4 * r) / covariance.shape[1], -0.999999, 0.999999)
    return np.asarray((1 + r) / (1 - r))


def _geyer(covariance: Floats) -> Floats:
    even = covariance.shape[1] // 2 * 2
    pairs = covariance[:, 0:even:2] + covariance[:, 1:even:2]
    positive = np.logical_and.accumulate(pairs > 0, axis=1)
    falling = np.minimum.accumulate(np.where(positive, pairs, 0.0), axis=1)
    return np.asarray(np.maximum(2 * falling.sum(axis=1) / covariance[:, 0] - 1, 1e-3))


METHODS: dict[str, Callable[[Floats], Floats]] = {"ar": _ar, "ar1": _ar1, "geyer": _geyer}

__all__ = ["effective_n"]
