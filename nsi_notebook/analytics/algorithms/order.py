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

EXACT, VALUES, DIFFERENCES = "", "magnitude", "difference from the first value"  # what quantiles are read of
COARSE = 0.05  # of a deviation that is read from a histogram, the largest error
TOO_COARSE = "the values are too far from 0, or from what they are near to, for a histogram to tell it"


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


def sketched(rows: npt.NDArray[Any], pilot: Floats | None = None) -> Sketch:
    """Count each column, less its pilot, into its own histogram: what is near to the pilot is told apart however far from 0."""
    values = rows.astype(np.float64, copy=False)
    values = values if pilot is None else values - pilot
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


def read(sketch: Sketch, levels: Floats, pilot: Floats | None = None) -> Order:
    """Read the order of each place from its histogram; a deviation that this does not tell is NaN."""
    histogram = LogHistogram(len(sketch.count))
    median, mad = histogram.quantiles(sketch, 0.5)[:, 0], histogram.mad(sketch)
    mad = np.where(ERROR * (2 * np.abs(median) + mad) > COARSE * mad, np.nan, mad)
    middle = np.zeros(len(median)) if pilot is None else pilot
    return Order(histogram.quantiles(sketch, levels).T + middle, median + middle, mad)


def put(found: xr.Dataset, state: xr.DataArray, levels: Floats, order: Order, *, of: str, near: float = 0.0) -> None:
    """Put quantiles and deviation into what was found: exact ones, or of a histogram of the values less `near` or the first."""
    unit = found["mean"].attrs["units"]
    why = {UNDEFINED: found["mean"].attrs[UNDEFINED]} if UNDEFINED in found["mean"].attrs else {}
    methods = "exact", "exact"
    if of != EXACT:
        away = f"difference from {near:g}" if near and of == VALUES else of
        methods = f"histogram, within {100 * ERROR:.2g} % of the {away}", f"histogram, within {100 * COARSE:g} %"
    quantiles = order.quantiles
    if of == VALUES:
        quantiles = np.where(ERROR * np.abs(quantiles - near) > found["std"].to_numpy(), np.nan, quantiles)
    there = ~np.isnan(found["mean"].to_numpy())
    for name, values, dims, told in (
        ("quantile", np.moveaxis(quantiles, 0, -1), [*state.dims, "q"], "quantile"),
        ("mad", order.mad, [*state.dims], "median absolute deviation from the median"),
    ):
        coarse = np.isnan(values) & (there[..., None] if name == "quantile" else there)
        attrs = {"units": unit, "long_name": told, "method": methods[name == "mad"]}
        attrs |= {UNDEFINED: TOO_COARSE} | why if of != EXACT and coarse.any() else why
        found[name] = xr.DataArray(values, state.coords, dims, attrs=attrs)
    found["q"] = ("q", levels, {"units": "1", "long_name": "part of the values below"})
