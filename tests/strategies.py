"""Images and masks of any shape, dtype, chunking and spacing."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import xarray as xr
from hypothesis import strategies as st

NAMES = {1: ("x",), 2: ("y", "x"), 3: ("z", "y", "x")}


@st.composite
def shapes(draw, ndims=(1, 2, 3), largest=9):
    ndim = draw(st.sampled_from(ndims))
    return tuple(draw(st.integers(1, largest)) for _ in range(ndim))


@st.composite
def arrays(draw, ndims=(1, 2, 3), largest=9):
    """Bool arrays: all void, all solid, and everything between; contiguous or not, writeable or not."""
    shape = draw(shapes(ndims, largest))
    fraction = draw(st.sampled_from([0.0, 0.1, 0.4, 0.6, 0.9, 1.0]))
    seed = draw(st.integers(0, 2**16))
    layout = draw(st.sampled_from(["plain", "fortran", "strided", "read only", "bytes of 255"]))
    mask = np.random.default_rng(seed).random(shape) < fraction
    if layout == "fortran":
        mask = np.asfortranarray(mask)
    elif layout == "strided":
        mask = np.repeat(mask, 2, axis=-1)[..., ::2]
    elif layout == "bytes of 255":
        mask = (mask * np.uint8(255)).view(bool)
    elif layout == "read only":
        mask.flags.writeable = False
    return mask


@st.composite
def sizes(draw, n):
    """Chunk sizes that add up to n: ragged, one pixel thin, or one."""
    cuts = sorted(draw(st.sets(st.integers(1, n - 1), max_size=3))) if n > 1 else []
    edges = [0, *cuts, n]
    return tuple(int(b - a) for a, b in pairwise(edges))


@st.composite
def chunkings(draw, shape):
    return [draw(sizes(n)) for n in shape]


@st.composite
def spacings(draw, ndim, isotropic=False):
    step = st.sampled_from([0.25, 0.5, 1.0, 1.7, 3.0])
    return (draw(step),) * ndim if isotropic else tuple(draw(step) for _ in range(ndim))


@st.composite
def masks(draw, ndims=(2, 3), largest=9, batch=False, isotropic=True):
    """Masks with coords, and perhaps a time dim."""
    array = draw(arrays(ndims, largest))
    dims = NAMES[array.ndim]
    steps = draw(spacings(array.ndim, isotropic))
    coords = {d: (d, np.arange(n) * s, {"units": "um", "spacing": s}) for d, n, s in zip(dims, array.shape, steps, strict=True)}
    frame = xr.DataArray(array, dims=dims, coords=coords)
    if not batch or not draw(st.booleans()):
        return frame
    return xr.concat([frame, ~frame, frame], dim="time").assign_coords(time=[0.0, 0.5, 1.0])
