"""Connected components of the void: how many, how large.

A component is named by the place of its first pixel in the whole mask. A block labels its core and a halo of one pixel;
labels that share a pixel are one component, so blocks may be merged in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from ...errors import DimsError
from ..block import Block, Box
from ..checks import check_mask
from ..space import Space
from .base import Array, Coord, Counts, Measure, Panel, State, Variable, check_connectivity, home_of, ratio

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@dataclass(frozen=True)
class Components(Measure):
    """Number and sizes of the connected components of the void.

    Parameters
    ----------
    connectivity : int, optional
        Of the void: 4 or 8 in 2-D, 6, 18 or 26 in 3-D; default 4, 6.

    Variables
    ---------
    component_count (1), component_size (rank) (L^d), component_size_mean (L^d), largest_component_fraction (1)
        Sizes fall with rank; the fraction is that of the largest component in the void, NaN without void.

    Examples
    --------
    >>> import numpy as np
    >>> m = Components(connectivity=8)
    >>> int(m.finalize(m.partial(np.eye(3, dtype=bool))).component_count)
    1
    """

    connectivity: int | None = None
    name: ClassVar[str] = "components"
    ragged: ClassVar[bool] = True
    shared: ClassVar[tuple[str, ...]] = ("sizes",)
    panels: ClassVar[tuple[Panel, ...]] = (Panel("component_size", log="xy", tail=True),)

    def bind(self, space: Space) -> Self:
        """Take the default connectivity of the frame, so that the results can tell it."""
        return replace(self, connectivity=check_connectivity(self.connectivity, space.ndim))

    def halo(self, whole: Sequence[int]) -> int:
        """One pixel."""
        return 1

    def count(self, block: Block) -> tuple[Counts, Counts]:
        """List the components by their first pixel, and their pixels that other blocks see too, all pending; and the void."""
        labels, number = label(block.data, self.connectivity)
        counts = {"void": np.array(np.count_nonzero(block.inner))}  # where it lies, though a component is counted where it begins
        if number == 0:
            return counts, {"key": np.empty(0, np.int64), "size": np.empty(0, np.int64), "links": np.empty((0, 2), np.int64)}
        first, size = measure(labels, number, block.core)
        place = np.unravel_index(first, block.data.shape)
        key = np.ravel_multi_index([p + o for p, o in zip(place, block.origin, strict=True)], block.whole)
        links = _shared_pixels(block, labels)
        links[:, 1] = key[links[:, 1] - 1]
        order = np.argsort(key)
        return counts, {"key": key[order], "size": size[order], "links": links}

    def settle(
        self, pending: Sequence[Counts], boxes: tuple[Box, ...], whole: tuple[int, ...], homes: Sequence[Box]
    ) -> tuple[Counts, Counts]:
        """Unite the components that share a pixel."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        keys, sizes = (np.concatenate([p[k] for p in pending]) for k in ("key", "size"))
        links = np.concatenate([p["links"] for p in pending])
        links = links[np.lexsort((links[:, 1], links[:, 0]))]
        nodes, which = np.unique(keys, return_inverse=True)
        same = links[1:, 0] == links[:-1, 0]
        a, b = (np.searchsorted(nodes, side[same]) for side in (links[:-1, 1], links[1:, 1]))
        n = len(nodes)
        parts, group = connected_components(coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(n, n)), directed=False)
        key = np.full(parts, np.iinfo(np.int64).max)
        np.minimum.at(key, group, nodes)
        size = np.zeros(parts, dtype=np.int64)
        np.add.at(size, group[which], sizes)
        links = np.unique(np.stack([links[:, 0], key[group[np.searchsorted(nodes, links[:, 1])]]], axis=1), axis=0)
        order = np.argsort(key)
        return {}, {"key": key[order], "size": size[order], "links": links[~_seen(links[:, 0], boxes, whole)]}

    def tally(self, states: Sequence[State], space: Space) -> Counts:
        """Count each component in the box of its first pixel."""
        whole = states[0].whole or ()
        boxes = tuple(box for s in states for box in s.boxes)
        homes = [s.boxes[0] for s in states] if len(states) > 1 else [tuple((0, n) for n in whole)]
        _, joined = self.settle([s.pending for s in states], boxes, whole, homes)
        home = home_of(np.stack(np.unravel_index(joined["key"], whole), axis=1), homes)
        count, void = np.bincount(home, minlength=len(homes)), np.stack([s.counts["void"] for s in states])
        return {"count": count, "void": void, "sizes": np.sort(joined["size"])[::-1]}

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        """Number, sizes, share of the largest."""
        sizes = counts["sizes"]
        largest = ratio(sizes[:1].sum(), sizes.sum())
        return [
            Variable("component_count", counts["count"], "1", "number of components of the void", lowest=0),
            Variable(
                "component_size", sizes * space.pixel, space.power(space.ndim), "size of the component", ("rank",), interval=False
            ),
            Variable(
                "component_size_mean",
                ratio(counts["void"], counts["count"]) * space.pixel,
                space.power(space.ndim),
                "mean size of the components",
                interval=False,
            ),
            Variable("largest_component_fraction", largest, "1", "share of the void in its largest component", interval=False),
        ], [Coord("rank", ("rank",), np.arange(1, len(sizes) + 1), "1", "rank by size")]


def label(mask: Array, connectivity: int | None) -> tuple[Array, int]:
    """Label a bool array (any of 1 to 3 dims): int32 labels from 1, in raster order, and their number."""
    from scipy import ndimage

    reach = {2: 1, 4: 1, 8: 2, 6: 1, 18: 2, 26: 3}[check_connectivity(connectivity, mask.ndim)]
    labels = np.empty(mask.shape, dtype=np.int32)
    number = ndimage.label(mask, structure=ndimage.generate_binary_structure(mask.ndim, reach), output=labels)
    return labels, int(number)


def measure(labels: Array, number: int, core: Sequence[int]) -> tuple[Array, Array]:
    """Raster index of the first pixel of labels 1..number, and their pixels in the core."""
    from ..kernels.labels import measure_labels

    lift = 3 - labels.ndim
    first = np.full(number + 1, -1, dtype=np.int64)
    size = np.zeros(number + 1, dtype=np.int64)
    measure_labels(_lifted(labels), *((1,) * lift + tuple(core)), first, size)
    return first[1:], size[1:]


def _lifted(labels: Array) -> Array:
    """Labels as (z, y, x), contiguous."""
    return np.require(labels, requirements=["C", "W"]).reshape((1,) * (3 - labels.ndim) + labels.shape)


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


def table(mask: xr.DataArray, *, dims: Sequence[str] | str | None = None, connectivity: int | None = None) -> pd.DataFrame:
    """List the connected components of the void, the largest first.

    Parameters
    ----------
    mask : xarray.DataArray of bool
        True is empty. A chunked mask is loaded, one index of the batch dims at a time.
    dims : sequence of str, optional
        Spatial dims; default: those of z, y, x that are there.
    connectivity : int, optional
        Of the void: 4 or 8 in 2-D, 6, 18 or 26 in 3-D; default 4, 6.

    Returns
    -------
    pandas.DataFrame
        One row a component: batch dims, rank, pixels, size (L^d), equivalent_diameter (L), centroid_<dim> (L) and
        touches_border. `attrs["units"]` gives the unit of each column.

    Raises
    ------
    PixelError, DimsError, SpacingError, OptionError
        If the mask is not bool or empty, or the dims, the spacing or the connectivity do not allow it.

    Examples
    --------
    >>> import xarray as xr
    >>> table(xr.DataArray(np.eye(2, dtype=bool), dims=("y", "x"))).pixels.tolist()
    [1, 1]
    """
    import pandas as pd

    check_mask(mask)
    space = Space.of(mask, dims)
    check_connectivity(connectivity, space.ndim)
    batch = [str(d) for d in mask.dims if d not in space.dims]
    rows = []
    for index in np.ndindex(*(mask.sizes[d] for d in batch)):
        where = dict(zip(batch, index, strict=True))
        frame = mask.isel(where).transpose(*space.dims)
        found = _rows(np.asarray(frame.values), space, connectivity)
        for position, (dim, i) in enumerate(where.items()):
            if dim in found:
                raise DimsError(
                    f"the mask has a dim {dim!r}, which is the name of a column", f"rename it: mask.rename({dim}='mask_{dim}')"
                )
            value = frame.coords[dim].values if dim in frame.coords else np.array(i)
            found.insert(position, dim, np.repeat(value[None], len(found)))  # of its dtype, also where there are no rows
        rows.append(found)
    result = pd.concat(rows, ignore_index=True)
    lengths = {"equivalent_diameter": space.unit} | {f"centroid_{d}": space.unit for d in space.dims}
    result.attrs["units"] = {"rank": "1", "pixels": "pixel", "size": space.power(space.ndim), **lengths, "touches_border": "1"}
    return result


def _rows(mask: Array, space: Space, connectivity: int | None) -> pd.DataFrame:
    """Table of one frame."""
    import pandas as pd
    from scipy.special import gamma

    from ..kernels.labels import locate_labels

    labels, number = label(mask, connectivity)
    _, sizes = measure(labels, number, mask.shape)
    total, low, high = np.zeros((3, number + 1, 3), dtype=np.int64)
    low += max(mask.shape)
    high -= 1
    locate_labels(_lifted(labels), total, low, high)
    border = np.zeros(number, dtype=bool)
    centroid = {}
    for axis, dim in enumerate(space.dims, 3 - space.ndim):
        n = labels.shape[axis - 3 + space.ndim]
        border |= (low[1:, axis] == 0) | (high[1:, axis] == n - 1)
        centroid[f"centroid_{dim}"] = np.interp(total[1:, axis] / np.maximum(sizes, 1), np.arange(n), space.coord(dim))
    size = sizes * space.pixel
    d = space.ndim
    order = np.argsort(-sizes, kind="stable")
    rows = {
        "rank": np.arange(1, number + 1),
        "pixels": sizes[order],
        "size": size[order],
        # diameter of the ball of the same size: V = pi^(d/2) / Gamma(d/2 + 1) r^d
        "equivalent_diameter": 2 * (size[order] * gamma(d / 2 + 1) / np.pi ** (d / 2)) ** (1 / d),
        **{k: v[order] for k, v in centroid.items()},
        "touches_border": border[order],
    }
    return pd.DataFrame(rows)
