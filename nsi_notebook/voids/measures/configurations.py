"""The 2^d-neighbourhood configurations of a mask, from which Euler number and surface follow.

Ohser & Muecklich 2000, Statistical Analysis of Microstructures in Materials Science: every local functional of a binary
image is a linear function of the histogram of its 2 x 2 (x 2) configurations. A measure says that it is one by its base.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import ClassVar

import numpy as np

from ..block import Block, pixels
from .base import Array, Counts
from .sweeping import Sweeping


class Configurational(Sweeping):
    """A measure that follows from the histogram of configurations, at one threshold or at all."""

    ndims: ClassVar[tuple[int, ...]] = (2, 3)

    def halo(self, whole: Sequence[int]) -> int:
        """One pixel."""
        return 1

    def count(self, block: Block) -> tuple[Counts, Counts]:
        """Count configurations."""
        return self.reduce(configurations(block)), {}

    def sweep(self, block: Block, number: int) -> Counts:
        """Count how configurations change at each threshold."""
        return self.reduce(swept(block, number))

    def reduce(self, histograms: Counts) -> Counts:
        """Make of the histograms `inner` and `border`, shape (..., 2^(2^d)), the counts that are reported.

        It must be linear, and integers must stay integers. The fewer there are, the less memory intervals and curves take.
        """
        return histograms


def configurations(block: Block) -> Counts:
    """Count the configurations whose lowest pixel is in the core (one below the core at the lower border).

    Returns
    -------
    inner, border : ndarray of int64, shape (2^(2^d),)
        Configurations inside the window, and those that reach over its border, where outside counts as solid. Needs a
        halo of 1.
    """
    if "configurations" not in block.memo:
        block.memo["configurations"] = _count(block)
    return dict(block.memo["configurations"])


def whole_over(windows: Array, shape: Sequence[int]) -> Array:
    """Divide the windows inside the whole mask by those counted: 1, but for draws of tiles, as tiles at the border hold fewer."""
    return np.asarray(math.prod(n - 1 for n in shape) / np.maximum(windows, 1))


def _count(block: Block) -> Counts:
    """Count the windows inside, then those over each face at the border.

    A window over several faces is counted with the first axis that it leaves: along the axes before, a face's slab is not
    padded, so its windows stay inside there; along the axes behind, it is padded where the block reaches the border.
    """
    data = block.data
    low = [o == 0 for o in block.origin]
    high = [o + c == w for o, c, w in zip(block.origin, block.core, block.whole, strict=True)]
    slabs = []
    for axis in range(data.ndim):
        behind = [(int(a), int(b)) for a, b in zip(low[axis + 1 :], high[axis + 1 :], strict=True)]
        for side, there, pad in ((slice(0, 1), low[axis], (1, 0)), (slice(-1, None), high[axis], (0, 1))):
            if there:
                slab = data[(slice(None),) * axis + (side,)]
                slabs.append(np.pad(slab, [(0, 0)] * axis + [pad, *behind]))
    return {"inner": _windows([data], data.ndim), "border": _windows(slabs, data.ndim)}


def _windows(masks: Sequence[Array], ndim: int) -> Array:
    """Histogram of the 2^d windows of some masks."""
    from ..kernels.configurations import CUBES, SQUARES, count_cubes, count_squares

    kernel, columns = (count_squares, SQUARES) if ndim == 2 else (count_cubes, CUBES)
    codes = 1 << (1 << ndim - 1)
    wide = np.zeros((codes,) * columns, dtype=np.int64)  # axes from the highest column to the lowest
    narrow = np.zeros(codes * codes, dtype=np.int64)
    for mask in masks:
        kernel(pixels(mask), np.empty(mask.shape[-1], dtype=np.uint8), wide.reshape(-1), narrow)
    for first in range(columns - 1):
        narrow += wide.sum(axis=tuple(a for a in range(columns) if a not in (first, first + 1))).ravel()
    return narrow


def swept(block: Block, number: int) -> Counts:
    """Count how the configurations change at each threshold.

    Parameters
    ----------
    block : Block
        Ranks, as `Sweeping.sweep` takes them, with a halo of 1.
    number : int
        Of thresholds.

    Returns
    -------
    inner, border : ndarray of int64, shape (number, 2^(2^d))
        Their cumulative sums are the `configurations` of each mask. They take 256 bytes a threshold in 2-D, 4 KiB in 3-D.
    """
    if "configurations" not in block.memo:
        block.memo["configurations"] = _sweep(block, number)
    return dict(block.memo["configurations"])


def _sweep(block: Block, number: int) -> Counts:
    from ..kernels.curves import sweep_cubes, sweep_squares

    ndim = block.data.ndim
    low = [o == 0 for o in block.origin]
    high = [o + c == w for o, c, w in zip(block.origin, block.core, block.whole, strict=True)]
    # outside counts as solid at every threshold
    rank = np.pad(block.data, list(zip(map(int, low), map(int, high), strict=True)), constant_values=number)
    over = []  # whether the windows along an axis reach over the border
    for n, first, last in zip(rank.shape, low, high, strict=True):
        far = np.zeros(n - 1, dtype=np.uint8)
        far[:1], far[-1:] = first, last | (first & (n == 2))
        over.append(far)
    kernel, scratch = (sweep_squares, 6) if ndim == 2 else (sweep_cubes, 12)
    codes = 1 << (1 << ndim)
    change = np.zeros((2, number + 1, codes), dtype=np.int64)
    keys = np.empty((scratch, rank.shape[-1]), dtype=np.uint32)
    kernel(np.require(rank, np.uint32, "C"), *over, keys, change.reshape(2, -1))
    inner = math.prod(int((far == 0).sum()) for far in over)
    change[:, 0, 0] += inner, math.prod(map(len, over)) - inner  # all begin solid
    return {"inner": change[0, :number], "border": change[1, :number]}


def weighted(counts: Array, weights: Sequence[float]) -> Array:
    """Sum counts, shape (..., n), by their weights one after another: a sum that rounds alike in any shape."""
    total = np.zeros(counts.shape[:-1])
    for i, weight in enumerate(weights):
        total = total + counts[..., i] * weight
    return total


def corners(ndim: int) -> tuple[list[tuple[int, ...]], Array]:
    """Pixels of a configuration, and whether each is empty in each code.

    Returns
    -------
    offsets : list of tuple of int
        Position of each bit's pixel, axes in the order of the mask.
    empty : ndarray of bool, shape (2^(2^d), 2^d)
    """
    offsets: list[tuple[int, ...]]
    if ndim == 2:
        offsets = [(y, x) for x, y in product((0, 1), repeat=2)]
    else:
        offsets = [(z, y, x) for x, z, y in product((0, 1), repeat=3)]
    codes = np.arange(1 << len(offsets))
    return offsets, (codes[:, None] >> np.arange(len(offsets)) & 1).astype(bool)
