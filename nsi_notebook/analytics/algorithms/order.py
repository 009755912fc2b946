"""Quantiles and the median absolute deviation of many series at once: exact, or from histograms that merge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from ...errors import SummaryError
from ..core.histogram import ERROR, LogHistogram, Sketch
from ..core.levels import interpolated
from .moments import UNDEFINED

Floats = npt.NDArray[np.float64]

COARSE = 0.05  # of a deviation that is read from a histogram, the largest error
TOO_COARSE = "the values are too far from 0 for a histogram of them to tell it: load the data"


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """What is known of the order of the values at each place.

    Parameters
    ----------
    quantiles : numpy array of float64, shape (levels, ...)
    median, mad : numpy array of float64
    """

    quantiles: Floats
    median: Floats
    mad: Floats

    def shaped(self, shape: tuple[int, ...]) -> Order:
        """Give the same in another shape."""
        return Order(self.quantiles.reshape(len(self.quantiles), *shape), self.median.reshape(shape), self.mad.reshape(shape))


def exactly(rows: Floats, levels: Floats) -> Order:
    """Order each column."""
    *found, median = _quantiles(rows, np.append(levels, 0.5))
    return Order(np.array(found), median, _quantiles(np.abs(rows - median), np.array([0.5]))[0])


def _quantiles(rows: Floats, levels: Floats) -> Floats:
    """Give quantiles of each column, linear between neighbours in order as NumPy's are; NaN of an empty one."""
    rising = np.sort(np.ascontiguousarray(rows.T), axis=1).T  # NaN come last
    n = len(rows) - np.isnan(rows).sum(axis=0)
    place = levels[:, None] * np.maximum(n - 1, 0)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(n - 1, 0))
    low, high = (np.take_along_axis(rising, at, axis=0) for at in (below, above))
    return interpolated(low, high, place - below)


def sketched(rows: npt.NDArray[Any]) -> Sketch:
    """Count each column into its own histogram."""
    values = rows.astype(np.float64, copy=False)
    there = ~np.isnan(values)
    if values.shape[1] == 1:
        return LogHistogram().partial(values[there])
    group = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    return LogHistogram(values.shape[1]).partial((group[there], values[there]))


def added(one: Sketch, other: Sketch) -> Sketch:
    """Join the histograms of the same places."""
    if len(one.count) != len(other.count):
        raise SummaryError(f"blocks of {len(one.count)} and {len(other.count)} places", "the same places in all blocks")
    return LogHistogram(len(one.count)).merge(one, other)


def read(sketch: Sketch, levels: Floats) -> Order:
    """Read the order of each place from its histogram."""
    histogram = LogHistogram(len(sketch.count))
    return Order(histogram.quantiles(sketch, levels).T, histogram.quantiles(sketch, 0.5)[:, 0], histogram.mad(sketch))


def put(found: xr.Dataset, state: xr.DataArray, levels: Floats, order: Order, *, exact: bool) -> None:
    """Put quantiles and deviation into what was found."""
    unit = found["mean"].attrs["units"]
    why = {UNDEFINED: found["mean"].attrs[UNDEFINED]} if UNDEFINED in found["mean"].attrs else {}
    methods = ("exact", "exact")
    if not exact:
        methods = f"histogram, within {100 * ERROR:.2g} % of the magnitude", f"histogram, within {100 * COARSE:g} %"
    quantile = xr.DataArray(np.moveaxis(order.quantiles, 0, -1), state.coords, [*state.dims, "q"])
    found["quantile"] = quantile.assign_attrs(units=unit, long_name="quantile", method=methods[0], **why)
    found["q"] = ("q", levels, {"units": "1", "long_name": "part of the values below"})
    mad = order.mad
    if not exact:
        coarse = ERROR * (2 * np.abs(order.median) + mad) > COARSE * mad
        mad, why = np.where(coarse, np.nan, mad), {UNDEFINED: TOO_COARSE} | why if coarse.any() else why
    deviation = {"units": unit, "long_name": "median absolute deviation from the median", "method": methods[1]}
    found["mad"] = xr.DataArray(mad, state.coords, state.dims, attrs=deviation | why)
