"""What a grey image itself says of thresholds: those that methods find, and those worth trying."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...errors import PixelError
from . import li, otsu, triangle
from .histogram import FINE, ConstantError, Histogram, histograms

METHODS = {"li": li.threshold, "otsu": otsu.threshold, "triangle": triangle.threshold}  # those that give one threshold
COARSE = 256  # bins of floats for all but Li, as in `void`
LEVELS = 256
TAIL = 0.001  # share of the pixels on either side that linear levels leave out


@dataclass(frozen=True)
class Automatic:
    """Thresholds of a whole image, all its frames together.

    Parameters
    ----------
    found : dict of float
        Threshold by method, as `void(image, method, over="series")` has it.
    levels : ndarray of float
        Those worth trying, rising: each value that occurs of integers; of floats, and integers over a range of 65536 or more,
        256 in equal steps from the quantile 0.001 to 0.999, and those found.
    between : tuple of float
        Least and greatest of those found; of integers, the values that give the same masks.
    """

    found: dict[str, float]
    levels: NDArray[Any]
    between: tuple[float, float]


def automatic(image: xr.DataArray, phase: str = "dark") -> Automatic | None:
    """Find the thresholds of an image; None if all its pixels have one value.

    Raises
    ------
    PixelError
        If there are NaN or infinite pixels, and where.
    """
    try:
        (histogram,) = histograms([image.data], ["the image"], image.dtype, FINE)
    except ConstantError:
        return None
    except PixelError as error:
        raise PixelError(error.message + _first_bad(image), error.hint) from None
    coarse = histogram if histogram.exact else _coarser(histogram)
    found = {n: h.value(m(h, phase)) for n, m in METHODS.items() for h in [histogram if n == "li" else coarse]}
    low, high = min(found.values()), max(found.values())
    if histogram.exact:
        levels = histogram.first + np.flatnonzero(histogram.counts).astype(float)
        low, high = (float(levels[max(int(np.searchsorted(levels, t, side="right")) - 1, 0)]) for t in (low, high))
    else:
        share = np.cumsum(histogram.counts) / histogram.counts.sum()
        first, last = (histogram.value(int(np.searchsorted(share, q))) for q in (TAIL, 1 - TAIL))
        levels = np.union1d(np.linspace(first, last, LEVELS), list(found.values()))
    return Automatic(found, levels, (low, high))


def _coarser(fine: Histogram) -> Histogram:
    """Put neighbouring bins together; their edges are the same numbers, as 65536 / 256 is a power of two."""
    step = fine.step * (FINE // COARSE)
    return Histogram(fine.counts.reshape(COARSE, -1).sum(axis=1), fine.first - fine.step / 2 + step / 2, step, exact=False)


def _first_bad(image: xr.DataArray) -> str:
    """Say where the first pixel is that is not finite, if one is."""
    if image.dtype.kind != "f":
        return ""
    bad = ~np.isfinite(image.data)
    at = int(np.argmax(bad.ravel()))
    if not bool(bad.any()):
        return ""
    where = ", ".join(f"{d}={i}" for d, i in zip(image.dims, np.unravel_index(at, image.shape), strict=True))
    return f"; the first is the one at {where}"
