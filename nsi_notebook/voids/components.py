"""The table of the connected components of the void: one row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..errors import DimsError
from .checks import check_mask
from .labelling import label, lifted, sizes
from .measures.base import check_connectivity
from .space import Space

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]


def components(mask: xr.DataArray, *, dims: Sequence[str] | str | None = None, connectivity: int | None = None) -> pd.DataFrame:
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
    >>> components(xr.DataArray(np.eye(2, dtype=bool), dims=("y", "x"))).pixels.tolist()
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

    from .kernels.labels import locate_labels

    labels, number = label(mask, connectivity)
    _, pixels = sizes(labels, number, mask.shape)
    total, low, high = np.zeros((3, number + 1, 3), dtype=np.int64)
    low += max(mask.shape)
    high -= 1
    locate_labels(lifted(labels), total, low, high)
    border = np.zeros(number, dtype=bool)
    centroid = {}
    for axis, dim in enumerate(space.dims, 3 - space.ndim):
        n = labels.shape[axis - 3 + space.ndim]
        border |= (low[1:, axis] == 0) | (high[1:, axis] == n - 1)
        centroid[f"centroid_{dim}"] = np.interp(total[1:, axis] / np.maximum(pixels, 1), np.arange(n), space.coord(dim))
    size = pixels * space.pixel
    d = space.ndim
    order = np.argsort(-pixels, kind="stable")
    rows = {
        "rank": np.arange(1, number + 1),
        "pixels": pixels[order],
        "size": size[order],
        # diameter of the ball of the same size: V = pi^(d/2) / Gamma(d/2 + 1) r^d
        "equivalent_diameter": 2 * (size[order] * gamma(d / 2 + 1) / np.pi ** (d / 2)) ** (1 / d),
        **{k: v[order] for k, v in centroid.items()},
        "touches_border": border[order],
    }
    return pd.DataFrame(rows)
