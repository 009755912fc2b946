"""What the threshold widget shows of an image: one frame, thinned to levels for the browser, and the histogram of all."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..errors import DimsError, PixelError
from ..voids.space import SPATIAL, Space

SIDE = 1024  # longest side of the picture that is sent to the browser
BINS = 256


@dataclass(frozen=True)
class Histogram:
    """Pixel values of all frames.

    Parameters
    ----------
    lo, hi : float
        Lowest and highest value.
    counts : list of int
        Pixels in each of the equal bins.
    span : tuple of float
        Where the first bin starts and the last ends.
    window : tuple of float
        Where the lowest and highest 0.5 percent of the pixels end: black and white of the picture.
    """

    lo: float
    hi: float
    counts: list[int]
    span: tuple[float, float]
    window: tuple[float, float]


@dataclass(frozen=True)
class Frames:
    """A grey image cut into two-dimensional frames.

    Parameters
    ----------
    image : xarray.DataArray
        The whole image.
    space : Space
        Frame of the two dims that are shown.
    """

    image: xr.DataArray
    space: Space

    @classmethod
    def of(cls, image: Any) -> Frames:
        """Check an image (DataArray, or ndarray of two or three dims) and choose the dims to show: the last two spatial ones.

        Raises
        ------
        PixelError
            If it is RGB, empty, already a mask, or not real numbers.
        DimsError
            If it has fewer than two spatial dims, or a bare array has no default names.
        """
        if not isinstance(image, xr.DataArray):
            data = np.asarray(image)
            if data.ndim == 3 and data.shape[-1] in (3, 4) and data.shape[0] > 4:
                raise _colour(data.shape[-1], "array.mean(axis=-1)")
            if not 2 <= data.ndim <= 3:
                raise DimsError(
                    f"an array of {data.ndim} dims cannot be shown as frames", "wrap it in an xarray.DataArray with named dims"
                )
            image = xr.DataArray(data, dims=SPATIAL[-data.ndim :])
        if image.dtype == bool:
            raise PixelError(
                "this is a mask already (dtype bool): it has no threshold to choose", "give the grey image it was made from"
            )
        if not (np.issubdtype(image.dtype, np.integer) or np.issubdtype(image.dtype, np.floating)):
            raise PixelError(
                f"pixels of dtype {image.dtype} have no threshold", "give integers or real numbers, for instance np.abs(image)"
            )
        if image.size == 0:
            raise PixelError(f"the image has no pixels: {dict(image.sizes)}")
        if image.sizes.get("channel") in (3, 4) and _is_rgb(image):
            raise _colour(image.sizes["channel"], 'image.mean("channel")')
        there = [str(d) for d in image.dims if d in SPATIAL]
        if len(there) < 2:
            raise DimsError(
                f"an image to show needs two of the dims z, y, x; this one has {image.dims}",
                "rename its dims: image.rename(row='y', col='x')",
            )
        return cls(image, Space.of(image, there[-2:]))

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims along which there are frames."""
        return tuple(str(d) for d in self.image.dims if d not in self.space.dims)

    def at(self, index: dict[str, int]) -> xr.DataArray:
        """One frame at full resolution, in memory, with the shown dims in the order (slow, fast)."""
        return self.image.isel({d: index[d] for d in self.dims}).transpose(*self.space.dims).compute()

    def each(self) -> Iterator[NDArray[Any]]:
        """Pixels of every frame, one frame in memory at a time."""
        for index in product(*(range(self.image.sizes[d]) for d in self.dims)):
            values = self.at(dict(zip(self.dims, index, strict=True))).to_numpy()
            bad = 0 if np.issubdtype(values.dtype, np.integer) else int(np.size(values) - np.isfinite(values).sum())
            if bad:
                raise PixelError(f"{bad} pixels are NaN or infinite", "fill them first: image.fillna(value)")
            yield values

    def histogram(self) -> Histogram:
        """Count the pixels of all frames between the lowest and the highest value.

        Raises
        ------
        PixelError
            If a pixel is NaN or infinite, or all have the same value.
        """
        lows, highs = zip(*((v.min().item(), v.max().item()) for v in self.each()), strict=True)
        lo, hi = min(lows), max(highs)
        if lo == hi:
            raise PixelError(f"all pixels have the value {lo:g}: there is nothing to separate")
        bins, span = BINS, (lo, hi)
        if np.issubdtype(self.image.dtype, np.integer):
            width = -(-(hi - lo + 1) // BINS)  # whole, else some bins hold more values than others and the bars look like a comb
            bins = -(-(hi - lo + 1) // width)
            span = (lo - 0.5, lo - 0.5 + bins * width)
        counts = np.zeros(bins, np.int64)
        for values in self.each():
            counts += np.histogram(values, bins=bins, range=span)[0]
        share = np.cumsum(counts) / counts.sum()
        edges = np.linspace(*span, bins + 1)
        window = (float(edges[np.searchsorted(share, 0.005)]), float(edges[np.searchsorted(share, 0.995) + 1]))
        return Histogram(float(lo), float(hi), counts.tolist(), (float(span[0]), float(span[1])), window)

    @property
    def stride(self) -> int:
        """Every how many pixels one is sent, so that the picture is at most SIDE on a side."""
        return math.ceil(max(self.space.shape) / SIDE)

    def levels(self, frame: xr.DataArray, lo: float, hi: float) -> bytes:
        """Pixels of a frame as levels: bytes for uint8, else 16 bits between lo and hi.

        Pixels are picked, not averaged, so that what the browser tints are pixels of the mask.
        """
        picked = frame.to_numpy()[:: self.stride, :: self.stride]
        if picked.dtype == np.uint8:
            out: NDArray[Any] = picked
        else:
            zero, scale = self.coding(lo, hi)[1:]
            level = np.floor((picked.astype(np.float64) - zero) / scale + 1e-9)
            out = np.clip(level, 0, 65535).astype("<u2")
        return out.tobytes()

    def coding(self, lo: float, hi: float) -> tuple[int, float, float]:
        """Bits, zero and scale of the levels: value = zero + level * scale. Exact for integers of up to 16 bits."""
        if self.image.dtype == np.uint8:
            return 8, 0.0, 1.0
        if np.issubdtype(self.image.dtype, np.integer) and hi - lo <= 65535:
            return 16, lo, 1.0
        return 16, lo, (hi - lo) / 65535

    def labels(self, dim: str) -> list[str]:
        """What the frames along a dim are called: their coordinate with its unit, or "3 of 9"."""
        n = self.image.sizes[dim]
        if dim not in self.image.coords or self.image.coords[dim].ndim != 1:
            return [f"{i + 1} of {n}" for i in range(n)]
        coord = self.image.coords[dim]
        unit = coord.attrs.get("units", "")
        if coord.dtype.kind == "m":
            return [f"{v:g} s" for v in coord.to_numpy() / np.timedelta64(1, "s")]
        number = np.issubdtype(coord.dtype, np.number)
        return [f"{v:g} {unit}".strip() if number else str(v)[:19] for v in coord.to_numpy()]


def step(lo: float, hi: float, integer: bool) -> tuple[float, int]:
    """Increment of the slider (1 for integers, else a power of ten about a thousandth of the range) and its decimals.

    >>> step(0.0, 1.0, integer=False)
    (0.001, 3)
    >>> step(0, 255, integer=True)
    (1.0, 0)
    """
    power = 0 if integer else round(math.log10((hi - lo) / 999))
    return 10.0**power, max(0, -power)


def _is_rgb(image: xr.DataArray) -> bool:
    """Whether the channels are red, green and blue, or do not say what they are."""
    return "channel" not in image.coords or {str(c).lower() for c in image.coords["channel"].to_numpy()} >= {"r", "g", "b"}


def _colour(n: int, cure: str) -> PixelError:
    return PixelError(
        f"the image has {n} colour channels; a threshold needs one grey value a pixel", f"average or choose one: {cure}"
    )
