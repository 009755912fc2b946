"""Two-point correlation S2(r): probability that two points a distance r apart are both empty.

S2 = pairs of empty pixels over pairs of pixels inside the window, by lag (Debye, Anderson & Brumberger 1957; Torquato
2002, Random Heterogeneous Materials). Pairs are counted exactly: the FFT of a 0/1 mask in double precision is off by
far less than the half that rounding allows. A pair belongs to the block that holds the lower corner of its bounding
box, so counts add over blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import ClassVar, Self

import numpy as np

from ...errors import OptionError
from ..block import Block
from ..space import Space
from .base import PIXELS, Array, Coord, Counts, Measure, Panel, Variable, ratio

LARGEST = {1: 128, 2: 128, 3: 32}  # pixels, by number of dims: beyond, the halo of a block costs more than it tells


@dataclass(frozen=True)
class TwoPoint(Measure):
    """Two-point correlation of the void, radial and along each axis.

    Parameters
    ----------
    r_max : int, optional
        Largest lag in pixels; default: half the shortest side, at most 128 (32 in 3-D).
    spacing : tuple of float, optional
        Pixel spacing, for which the radial bins are made; set from the coords by `measure`.

    Variables
    ---------
    two_point (r) (1)
        Radial, in bins as wide as the smallest spacing; `r` (L) is the centre of the bin, S2(0) the void fraction.
    two_point_axis (axis, lag) (1)
        Exact, `lag` in pixels; `lag_length` (axis, lag) beside it is in length units.

    Examples
    --------
    >>> import numpy as np
    >>> m = TwoPoint()
    >>> m.finalize(m.partial(np.array([[True, False, True, False]] * 4))).two_point_axis.sel(axis="x").values
    array([0.5, 0. , 0.5])
    """

    r_max: int | None = field(default=None, metadata=PIXELS)
    spacing: tuple[float, ...] = ()
    name: ClassVar[str] = "two_point"
    panels: ClassVar[tuple[Panel, ...]] = (Panel("two_point", "r"), Panel("two_point_axis", "lag_length", by="axis"))

    def bind(self, space: Space) -> Self:
        """Take the spacing from the frame."""
        return replace(self, spacing=space.spacing)

    def reach(self, whole: Sequence[int]) -> int:
        """Largest lag for a mask of this shape."""
        return largest_lag(self.r_max, whole)

    def halo(self, whole: Sequence[int]) -> int:
        """The largest lag."""
        return self.reach(whole)

    def count(self, block: Block) -> tuple[Counts, Counts]:
        """Count pairs by lag, gathered in radial bins and along the axes."""
        reach, ndim = self.reach(block.whole), block.data.ndim
        spacing = self.spacing or (1.0,) * ndim
        bins = reach + 1
        counts = {k: np.zeros(bins, dtype=np.int64) for k in ("void", "pixels")}
        counts |= {k: np.zeros((ndim, reach + 1), dtype=np.int64) for k in ("void_axis", "pixels_axis")}
        room = [
            np.clip(np.minimum(hi, n - np.arange(reach + 1)) - lo, 0, None)
            for (lo, hi), n in zip(block.box, block.whole, strict=True)
        ]
        number = room[0]
        for more in room[1:]:
            number = np.multiply.outer(number, more)
        # in steps of the smallest spacing, so that the length unit does not decide where a distance on a bin's edge goes
        steps = [round(s / min(spacing), 9) for s in spacing]
        grid = np.meshgrid(*(np.arange(reach + 1) * s for s in steps), indexing="ij", sparse=True)
        which = np.floor(np.sqrt(sum(g**2 for g in grid)) + 0.5 + 1e-9).astype(np.int64)
        for signs, pairs in _pairs(block, reach):
            # a lag of 0 along an axis has no sign: it is counted with the positive ones
            fresh = which < bins
            for axis, sign in enumerate(signs):
                if sign < 0:
                    fresh[(slice(None),) * axis + (0,)] = False
                    # (0, -a, b) is minus (0, a, -b): only the one that starts positive counts
                    fresh[(0,) * axis] = False
            counts["void"] += np.bincount(which[fresh], weights=pairs[fresh], minlength=bins).astype(np.int64)
            counts["pixels"] += np.bincount(which[fresh], weights=number[fresh], minlength=bins).astype(np.int64)
            if all(s > 0 for s in signs):
                for axis in range(ndim):
                    along = (0,) * axis + (slice(None),) + (0,) * (ndim - axis - 1)
                    counts["void_axis"][axis] = pairs[along]
                    counts["pixels_axis"][axis] = number[along]
        return counts, {}

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        """Divide pairs by pairs."""
        counted = np.array(self.spacing or (1.0,) * space.ndim)
        if not np.allclose(counted / counted.min(), np.array(space.spacing) / min(space.spacing), rtol=1e-6, atol=0):
            raise OptionError(
                f"two_point was counted with the spacing {tuple(counted.tolist())} and is finalized with {space.spacing}",
                f"make the summary with it: summary('two_point', spacing={space.spacing})",
            )
        radial = ratio(counts["void"], counts["pixels"])
        axial = ratio(counts["void_axis"], counts["pixels_axis"])
        r, lag = np.arange(radial.shape[-1]), np.arange(axial.shape[-1])
        return [
            Variable("two_point", radial, "1", "two-point correlation", ("r",), extent=r, lowest=0, highest=1),
            Variable(
                "two_point_axis",
                axial,
                "1",
                "two-point correlation along an axis",
                ("axis", "lag"),
                extent=lag,
                lowest=0,
                highest=1,
            ),
        ], [
            Coord("r", ("r",), r * min(space.spacing), space.unit, "distance"),
            Coord("axis", ("axis",), np.array(space.dims), "1", "axis"),
            Coord("lag", ("lag",), lag, "pixel", "lag"),
            Coord("lag_length", ("axis", "lag"), lag * np.array(space.spacing)[:, None], space.unit, "lag"),
        ]


def largest_lag(r_max: int | None, whole: Sequence[int]) -> int:
    """Largest lag in pixels for a mask of this shape.

    Raises
    ------
    OptionError
        If `r_max` is not below the shortest side.
    """
    if r_max is None:
        return min(min(whole) // 2, LARGEST[len(whole)])
    if not 1 <= r_max < min(whole):
        said = f"r_max={r_max} is no lag in a window of {tuple(whole)} pixels"
        raise OptionError(said, f"choose from 1 to {min(whole) - 1} pixels")
    return r_max


def _pairs(block: Block, reach: int) -> Iterator[tuple[tuple[int, ...], Array]]:
    """Pairs of empty pixels for each lag, lower corner of the pair in the core.

    Yields
    ------
    signs : tuple of int
        Of the lag along each axis, the first always positive.
    pairs : ndarray, shape (reach + 1,) * d
        Number of pairs by the size of the lag along each axis.
    """
    patterns = [(1, *rest) for rest in product((1, -1), repeat=block.data.ndim - 1)]
    lag = np.arange(reach + 1)
    # a window of n pixels needs n + reach, so that no lag within reach wraps around onto a pair
    size = [c + reach for c in block.core]
    if block.core == block.data.shape:
        correlation = _correlate(block.data, block.data, size)
        for signs in patterns:
            yield signs, correlation[np.ix_(*(s * lag for s in signs))]
        return
    # with the lower corner in the core, the end that is lower along an axis stays in the core there and the other is
    # free: both run over fixed windows, so the counts are one correlation
    for signs in patterns:
        core = [slice(c) if s > 0 else slice(None) for c, s in zip(block.core, signs, strict=True)]
        free = [slice(None) if s > 0 else slice(c) for c, s in zip(block.core, signs, strict=True)]
        correlation = _correlate(block.data[tuple(core)], block.data[tuple(free)], size)
        yield signs, correlation[np.ix_(*(s * lag for s in signs))]


def _correlate(first: Array, second: Array, size: Sequence[int]) -> Array:
    """Number of pixels p with first[p] and second[p + v], for each lag v (negative lags count from the end), modulo `size`."""
    from scipy import fft

    size = [fft.next_fast_len(n, real=True) for n in size]
    one = fft.rfftn(first.astype(np.float64), size)
    two = one if second is first else fft.rfftn(second.astype(np.float64), size)
    correlation = fft.irfftn(one.conj() * two, size, overwrite_x=True)
    return np.asarray(np.rint(correlation, out=correlation))
