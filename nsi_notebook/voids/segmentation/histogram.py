"""Histogram of the values of an image, as a mergeable summary.

Integers are counted value by value: those of 8 and 16 bits in one pass, wider ones after a pass that finds their range.
Floats, and integers whose range is 65536 or more, are counted in equal bins over their range. Counts add over chunks, so a
chunked array gives the whole array's histogram.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import PixelError

Array = NDArray[Any]
Layout = tuple[Any, float, int]  # lowest value, width of a bin (0: each integer by itself), number of bins
FINE = 1 << 16  # most bins
EXACT = 1 << 53  # integers up to here are told apart as float64, which thresholds are
SLAB = 1 << 22  # pixels that are converted at a time


class ConstantError(PixelError):
    """All pixels have one value."""


@dataclass(frozen=True)
class Histogram:
    """Counts of values; the first and the last are not zero.

    Parameters
    ----------
    counts : ndarray of int, shape (bins,)
    first : float
        Value of the first bin: the integer itself, or the middle of the bin.
    step : float
        Distance from bin to bin.
    exact : bool
        Whether a bin holds one value only.
    """

    counts: Array
    first: float
    step: float = 1.0
    exact: bool = True

    def value(self, position: float) -> float:
        """Value at a position, which is 0 at the first bin.

        >>> Histogram(np.array([2, 0, 1]), first=10).value(2)
        12.0
        """
        return float(self.first + position * self.step)


@dataclass(frozen=True)
class _Extent:
    """Range of the finite values, and how many are not."""

    low: Any = np.inf
    high: Any = -np.inf
    nans: int = 0
    infinite: int = 0

    def __add__(self, other: _Extent) -> _Extent:
        return _Extent(
            min(self.low, other.low), max(self.high, other.high), self.nans + other.nans, self.infinite + other.infinite
        )


def histograms(frames: Sequence[Any], names: Sequence[str], dtype: np.dtype[Any], bins: int) -> list[Histogram]:
    """Count the values of each frame (NumPy or Dask arrays).

    Parameters
    ----------
    frames : sequence of array
        One array for each histogram.
    names : sequence of str
        What to call each in an error.
    dtype : dtype
        Of all of them.
    bins : int
        Bins where values are not counted one by one.

    Raises
    ------
    PixelError
        If there are NaN or infinite values, or all are the same.
    """
    if dtype.kind in "iu" and dtype.itemsize <= 2:
        info = np.iinfo(dtype)
        layouts: list[Layout] = [(info.min, 0.0, info.max - info.min + 1)] * len(frames)
    else:
        extents = _each(frames, _extent, _itself, [()] * len(frames))
        layouts = [_layout(extent, name, dtype, bins) for extent, name in zip(extents, names, strict=True)]
    found: list[Histogram] = _each(frames, _count, _labelled, layouts)
    for histogram, name in zip(found, names, strict=True):
        if len(histogram.counts) == 1:
            raise _constant(name, histogram.first)
    return found


def refuse_non_finite(values: Array, name: str = "the image") -> Array:
    """Return the values, or raise if some are not finite."""
    extent = _extent(values)
    if extent.nans or extent.infinite:
        raise _non_finite(name, extent)
    return values


def _non_finite(name: str, extent: _Extent) -> PixelError:
    return PixelError(
        f"{name} has {extent.nans} NaN and {extent.infinite} infinite pixels, which are neither empty nor solid",
        "fill them in Python first, and save the image: image.fillna(value), or image.where(numpy.isfinite(image), value)",
    )


def _constant(name: str, value: float) -> ConstantError:
    return ConstantError(
        f"all pixels of {name} have the value {value:g}, so there is no threshold",
        "give it as a number, or over='series' if other frames differ",
    )


def _each(
    frames: Sequence[Any], partial: Callable[..., Any], finalize: Callable[..., Any], given: Sequence[tuple[Any, ...]]
) -> list[Any]:
    """Sum `partial` over the chunks of each frame."""
    if not any(hasattr(frame, "dask") for frame in frames):
        return [finalize(partial(np.asarray(frame), *more), *more) for frame, more in zip(frames, given, strict=True)]
    from dask import compute, delayed

    lazy = []
    for frame, more in zip(frames, given, strict=True):
        # were each frame optimized alone, a chunk that holds several would be read once for each
        parts = [delayed(partial)(chunk, *more) for chunk in frame.to_delayed(optimize_graph=False).ravel()]
        while len(parts) > 1:
            parts = [delayed(_sum)(parts[i : i + 16]) for i in range(0, len(parts), 16)]
        lazy.append(delayed(finalize)(parts[0], *more))
    return list(compute(*lazy))


def _sum(parts: Sequence[Any]) -> Any:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _itself(found: Any) -> Any:
    return found


def _slabs(values: Array) -> Iterator[Array]:
    flat = values.reshape(-1)
    return (flat[i : i + SLAB] for i in range(0, flat.size, SLAB))


def _extent(values: Array) -> _Extent:
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        return _Extent(nans=int(np.isnan(values).sum()), infinite=int(np.isinf(values).sum()))
    return _Extent(values.min().item(), values.max().item())


def _layout(extent: _Extent, name: str, dtype: np.dtype[Any], bins: int) -> Layout:
    low, high = extent.low, extent.high
    if extent.nans or extent.infinite:
        raise _non_finite(name, extent)
    if low == high:
        raise _constant(name, low)
    if dtype.kind in "iu":
        if max(abs(low), abs(high)) > EXACT:
            raise PixelError(
                f"{name} has values from {low} to {high}; thresholds are float64, which is exact up to 2^53",
                "take off what all have in common: image - image.min(); or image.astype(float)",
            )
        if high - low < FINE:
            return low, 0.0, int(high - low) + 1
    width = (high - low) / bins
    if not 0 < width < np.inf:
        raise PixelError(f"{name} has values from {low:g} to {high:g}, a range that float64 cannot divide", "scale them first")
    return low, width, bins


def _count(values: Array, low: Any, width: float, bins: int) -> Array:
    counts = np.zeros(bins, dtype=np.int64)
    for slab in _slabs(values):
        # in float64: the edges of bins would fall together in float32
        index = np.minimum((slab.astype(float) - low) / width, bins - 1) if width else slab.astype(np.int64) - low
        counts += np.bincount(index.astype(np.intp), minlength=bins)
    return counts


def _labelled(counts: Array, low: Any, width: float, _bins: int) -> Histogram:
    if width:
        return Histogram(counts, low + width / 2, width, exact=False)
    there = np.flatnonzero(counts)
    return Histogram(counts[there[0] : there[-1] + 1].copy(), low + int(there[0]))
