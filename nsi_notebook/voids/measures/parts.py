"""The connected components of the void, block by block.

A component is named by the place of its first pixel in the whole mask. A block labels its core and a halo of one pixel;
labels that share a pixel are one component, so blocks may be merged in any order. Of each component its size is kept, and which
faces of the whole mask it touches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from ..block import Block, Box
from ..labelling import label, sizes
from ..space import Space
from .base import Array, Counts, Measure, State, check_connectivity


@dataclass(frozen=True)
class Parts(Measure):
    """Base of the measures of connected components.

    Parameters
    ----------
    connectivity : int, optional
        Of the void: 4 or 8 in 2-D, 6, 18 or 26 in 3-D; default 4, 6.
    """

    connectivity: int | None = None

    def bind(self, space: Space) -> Self:
        """Take the default connectivity of the frame, so that the results can tell it."""
        return replace(self, connectivity=check_connectivity(self.connectivity, space.ndim))

    def halo(self, whole: Sequence[int]) -> int:
        """One pixel."""
        return 1

    def count(self, block: Block) -> tuple[Counts, Counts]:
        """List the components, and their pixels that other blocks see too; all is pending.

        Returns
        -------
        settled : dict
            Nothing.
        pending : dict of ndarray of int64
            key, size, touch, shape (n,): first pixel, pixels in the core, and a bit for each face of the whole mask that is
            touched (bit 2 a is the lower face of axis a, bit 2 a + 1 its upper). links, shape (k, 2): shared pixel, key.
        """
        memo = f"parts {check_connectivity(self.connectivity, block.data.ndim)}"
        if memo not in block.memo:
            block.memo[memo] = _list(block, self.connectivity)
        return {}, dict(block.memo[memo])

    def settle(
        self, pending: Sequence[Counts], boxes: tuple[Box, ...], whole: tuple[int, ...], homes: Sequence[Box]
    ) -> tuple[Counts, Counts]:
        """Unite the components that share a pixel."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        keys, size_of, touched = (np.concatenate([p[k] for p in pending]) for k in ("key", "size", "touch"))
        links = np.concatenate([p["links"] for p in pending])
        links = links[np.lexsort((links[:, 1], links[:, 0]))]
        nodes, which = np.unique(keys, return_inverse=True)
        same = links[1:, 0] == links[:-1, 0]
        a, b = (np.searchsorted(nodes, side[same]) for side in (links[:-1, 1], links[1:, 1]))
        n = len(nodes)
        parts, group = connected_components(coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(n, n)), directed=False)
        key = np.full(parts, np.iinfo(np.int64).max)
        np.minimum.at(key, group, nodes)
        size, touch = np.zeros((2, parts), dtype=np.int64)
        np.add.at(size, group[which], size_of)
        np.bitwise_or.at(touch, group[which], touched)
        links = np.unique(np.stack([links[:, 0], key[group[np.searchsorted(nodes, links[:, 1])]]], axis=1), axis=0)
        order = np.argsort(key)
        open_links = links[~_seen(links[:, 0], boxes, whole)]
        return {}, {"key": key[order], "size": size[order], "touch": touch[order], "links": open_links}

    def joined(self, states: Sequence[State]) -> Counts:
        """Give key, size and touch of the components of a whole mask, in the order of their first pixels."""
        boxes = tuple(box for s in states for box in s.boxes)
        return self.settle([s.pending for s in states], boxes, states[0].whole or (), ())[1]


def _list(block: Block, connectivity: int | None) -> Counts:
    labels, number = label(block.data, connectivity)
    first, size = sizes(labels, number, block.core)
    place = np.unravel_index(first, block.data.shape)
    key = np.ravel_multi_index([p + o for p, o in zip(place, block.origin, strict=True)], block.whole).astype(np.int64)
    touch = np.zeros(number + 1, dtype=np.int64)
    for axis, ((lo, hi), whole) in enumerate(zip(block.box, block.whole, strict=True)):
        for bit, there, at in ((2 * axis, lo == 0, 0), (2 * axis + 1, hi == whole, hi - lo - 1)):
            if there:
                touch[np.unique(labels.take(at, axis=axis))] |= 1 << bit
    links = _shared_pixels(block, labels)
    links[:, 1] = key[links[:, 1] - 1]
    order = np.argsort(key)
    return {"key": key[order], "size": size[order], "touch": touch[1:][order], "links": links}


def _shared_pixels(block: Block, labels: Array) -> Array:
    """Absolute raster index and label of each empty pixel in the halo, or on a lower face inside the mask."""
    found: list[Any] = [np.empty((0, 2), dtype=np.int64)]
    for axis, (core, origin) in enumerate(zip(block.core, block.origin, strict=True)):
        slabs = [slice(core, None)] + ([slice(0, 1)] if origin else [])
        for slab in slabs:
            where = np.nonzero(labels[(slice(None),) * axis + (slab,)])
            local = [w + (slab.start if a == axis else 0) for a, w in enumerate(where)]
            absolute = np.ravel_multi_index([w + o for w, o in zip(local, block.origin, strict=True)], block.whole)
            found.append(np.stack([absolute, labels[tuple(local)]], axis=1))
    return np.unique(np.concatenate(found).astype(np.int64), axis=0)


def _seen(pixels: Array, boxes: Sequence[Box], whole: tuple[int, ...]) -> Array:
    """Whether every block that sees the pixel, in its core or halo, is covered by one box."""
    places = np.unravel_index(pixels, whole)
    result = np.zeros(len(pixels), dtype=bool)
    for box in boxes:
        within = np.ones(len(pixels), dtype=bool)
        for place, (lo, hi) in zip(places, box, strict=True):
            within &= (place < hi) & (place >= lo + (lo > 0))
        result |= within
    return result
