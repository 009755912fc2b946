"""What a result takes over from its image or mask: the dims and coords that are not spatial, unless an output has their name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import xarray as xr

from ..errors import DimsError
from ..version import __version__
from .space import Space


def batch_of(array: xr.DataArray, spatial: Sequence[str]) -> dict[str, int]:
    """Give the dims that are not spatial, with their sizes.

    >>> import numpy as np
    >>> batch_of(xr.DataArray(np.zeros((2, 3, 4)), dims=("time", "y", "x")), ("y", "x"))
    {'time': 2}
    """
    return {str(d): n for d, n in array.sizes.items() if d not in spatial}


def carried(array: xr.DataArray, spatial: Sequence[str]) -> xr.Dataset:
    """Give the coords that are not along spatial dims, as a Dataset without variables."""
    return array.coords.to_dataset().drop_dims(spatial, errors="ignore")


def check_names(array: xr.DataArray, spatial: Sequence[str], outputs: Iterable[str], what: str, by: str = "") -> None:
    """Refuse dims and coords that are carried and have the name of an output.

    Parameters
    ----------
    array : DataArray
        The image or mask.
    spatial : sequence of str
        Its spatial dims.
    outputs : iterable of str
        Names of the variables, coords and dims of the result.
    what : str
        What the array is: "image" or "mask".
    by : str
        Whose outputs they are, if that is not plain.

    Raises
    ------
    DimsError
        Says which, and how to rename it.
    """
    names, batch = set(outputs), batch_of(array, spatial)
    for name in dict.fromkeys([*batch, *map(str, carried(array, spatial).variables)]):
        if name in names:
            raise DimsError(
                f"the {what} has a {'dim' if name in batch else 'coord'} {name!r}, which is the name of an output"
                + (f" of {by}" if by else ""),
                f"rename it: {what}.rename({{{name!r}: '{what}_{name}'}})",
            )


def frame_attrs(space: Space) -> dict[str, Any]:
    """Tell the spatial frame in the attrs of a result."""
    return {
        "nsi_dims": list(space.dims),
        "nsi_shape": list(space.shape),
        "nsi_spacing": list(space.spacing),
        "nsi_unit": space.unit,
        "nsi_version": __version__,
    }
