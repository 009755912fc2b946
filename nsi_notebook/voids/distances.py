"""Euclidean distance from the void to the solid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def distance_map(mask: NDArray[np.bool_], spacing: Sequence[float]) -> NDArray[Any]:
    """Distance from the centre of each empty pixel to that of the nearest solid one; 0 in the solid.

    Parameters
    ----------
    mask : ndarray of bool
        True is empty; it must hold a solid pixel.
    spacing : sequence of float
        Distance between pixels along each axis.

    Returns
    -------
    ndarray of float64
        In the unit of the spacing. Nothing is known beyond the border, so it is no solid.
    """
    from scipy import ndimage

    found: NDArray[Any] = ndimage.distance_transform_edt(mask, sampling=tuple(spacing))
    return found
