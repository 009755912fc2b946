"""A piece of a mask that knows its place."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DimsError, OptionError, PixelError, SummaryError
from .checks import number, refuse_path

Box = tuple[tuple[int, int], ...]  # (start, stop) along each axis


@dataclass(frozen=True)
class Block:
    """A piece of a mask: its own pixels (the core) and the halo above them.

    Parameters
    ----------
    data : ndarray of bool
        Core and halo; True is empty. The core comes first along each axis, the halo (what the neighbours above own)
        after it. At the upper border of the whole there is none.
    origin : tuple of int
        Index of the first pixel in the whole.
    core : tuple of int
        Shape of the core.
    whole : tuple of int
        Shape of the whole mask.
    memo : dict
        What measures share about this block, made once.
    """

    data: NDArray[np.bool_]
    origin: tuple[int, ...]
    core: tuple[int, ...]
    whole: tuple[int, ...]
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Make every True the byte 1: masks viewed out of other data (0 and 255) hold others, which kernels take for more."""
        if self.data.dtype == bool and self.data.view(np.uint8).max(initial=0) > 1:
            object.__setattr__(self, "data", self.data.view(np.uint8) != 0)

    @classmethod
    def of(cls, mask: Any) -> Block:
        """Take a whole mask (ndarray, DataArray or Block) as one block."""
        if isinstance(mask, Block):
            return mask
        data = np.asarray(mask)
        if data.dtype != bool:
            raise PixelError(f"a mask of the empty part must be bool, not {data.dtype}", "make one first: image.nsi.void('otsu')")
        return cls(data, (0,) * data.ndim, data.shape, data.shape)

    @property
    def box(self) -> Box:
        """Start and stop of the core along each axis."""
        return tuple((o, o + c) for o, c in zip(self.origin, self.core, strict=True))

    @property
    def inner(self) -> NDArray[np.bool_]:
        """The core without its halo."""
        return self.data[tuple(slice(c) for c in self.core)]

    def require(self, halo: int) -> Block:
        """Check that the halo reaches `halo` pixels, or the border, and cut it to that.

        Raises
        ------
        SummaryError
            If the block brings less.
        """
        want = tuple(min(c + halo, w - o) for c, w, o in zip(self.core, self.whole, self.origin, strict=True))
        if any(have < need for have, need in zip(self.data.shape, want, strict=True)):
            raise SummaryError(
                f"a block of core {self.core} at {self.origin} brings {self.data.shape} pixels; a halo of {halo} needs {want}",
                "cut blocks with voids.block.split(mask, ..., halo=summary.halo(shape))",
            )
        if self.data.shape == want:
            return self
        return Block(self.data[tuple(slice(n) for n in want)], self.origin, self.core, self.whole)


def pixels(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Give a block's pixels, or some of them, as contiguous writeable bytes, the one layout for which kernels are compiled."""
    return np.require(mask, requirements=["C", "W"]).view(np.uint8)


def boxes(shape: Sequence[int], sizes: Sequence[Sequence[int]]) -> Iterator[Box]:
    """Boxes of a grid, given the chunk sizes along each axis (as Dask writes them)."""
    edges = [np.concatenate([[0], np.cumsum(s)]).astype(int).tolist() for s in sizes]
    for axis, (e, n) in enumerate(zip(edges, shape, strict=True)):
        if e[-1] != n:
            raise SummaryError(f"chunk sizes along axis {axis} add up to {e[-1]}, the mask has {n}")
    yield from product(*(list(pairwise(e)) for e in edges))


def even(n: int, parts: int) -> tuple[int, ...]:
    """Cut n into at most `parts` sizes that differ by one at most.

    >>> even(10, 4)
    (3, 3, 2, 2)
    """
    parts = max(1, min(parts, n))
    base, more = divmod(n, parts)
    return (base + 1,) * more + (base,) * (parts - more)


def window(box: Box, whole: Sequence[int], halo: int) -> tuple[slice, ...]:
    """Slices of the whole that a block with this core needs."""
    return tuple(slice(lo, min(hi + halo, n)) for (lo, hi), n in zip(box, whole, strict=True))


def split(mask: Any, sizes: int | Sequence[int | Sequence[int]], halo: int = 0) -> list[Block]:
    """Cut a mask into blocks that know their place, to be summarised one by one.

    Parameters
    ----------
    mask : ndarray or DataArray of bool
        The whole mask.
    sizes : int or sequence
        Side of a block, one for all axes or one for each; or the sizes along an axis, as Dask writes chunks.
    halo : int
        Pixels of the neighbours above that each block brings: `summary.halo(mask.shape)`.

    Returns
    -------
    list of Block
        For `summary.partial`.

    Examples
    --------
    >>> [b.origin for b in split(np.zeros((4, 4), bool), [2, (1, 3)], halo=1)]
    [(0, 0), (0, 1), (2, 0), (2, 1)]
    """
    refuse_path(mask, "mask")
    if number("halo", halo, Integral) < 0:
        raise OptionError(f"halo={halo} is below 0", "halo=summary.halo(mask.shape)")
    data = Block.of(mask).data
    each = [sizes] * data.ndim if isinstance(sizes, int) else list(sizes)
    if len(each) != data.ndim:
        raise DimsError(f"{len(each)} sizes for a mask of {data.ndim} dims", "give one number, or one for each axis")
    along = [_sizes(n, s) if isinstance(s, int) else s for n, s in zip(data.shape, each, strict=True)]
    return [
        Block(data[window(box, data.shape, halo)], tuple(lo for lo, _ in box), tuple(hi - lo for lo, hi in box), data.shape)
        for box in boxes(data.shape, along)
    ]


def _sizes(n: int, side: int) -> tuple[int, ...]:
    if side < 1:
        raise OptionError(f"blocks of {side} pixels cannot be cut", "give a positive number")
    return (side,) * (n // side) + ((n % side,) if n % side else ())


def coalesce(parts: Sequence[Box]) -> tuple[Box, ...]:
    """Join boxes that share a whole face, in a normal form that does not depend on their order.

    Raises
    ------
    SummaryError
        If two boxes overlap.
    """
    pieces = sorted(parts)
    for axis in range(len(pieces[0]) if pieces else 0):
        rest = sorted(pieces, key=lambda b, a=axis: (b[:a] + b[a + 1 :], b[a]))  # type: ignore[misc]
        joined: list[Box] = []
        for box in rest:
            last = joined[-1] if joined else None
            if last and last[:axis] + last[axis + 1 :] == box[:axis] + box[axis + 1 :]:
                if last[axis][1] > box[axis][0]:
                    raise SummaryError(f"two blocks cover the same pixels: {last} and {box}", "merge each block once")
                if last[axis][1] == box[axis][0]:
                    joined[-1] = (*last[:axis], (last[axis][0], box[axis][1]), *last[axis + 1 :])
                    continue
            joined.append(box)
        pieces = joined
    return tuple(sorted(pieces))


def volume(parts: Sequence[Box]) -> int:
    """Number of pixels in disjoint boxes."""
    return sum(math.prod(hi - lo for lo, hi in box) for box in parts)
