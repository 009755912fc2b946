"""Grey images for the tests of segmentation: real ones, and hypothesis ones of any dtype."""

from __future__ import annotations

import numpy as np
import xarray as xr
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.strategies import NAMES, shapes

RUN = settings(max_examples=60, suppress_health_check=list(HealthCheck))
GREY = ("brick", "cell", "coins", "grass", "gravel", "microaneurysms", "moon", "page", "text")
INTEGERS = ("uint8", "int8", "uint16", "int16", "int32", "uint32", "int64", "uint64", ">i2", ">u4")
FLOATS = ("float16", "float32", "float64", ">f4")
# every method, with options that suit an image of about 0 to 250
METHODS = {
    "otsu": {},
    "multiotsu": {"classes": 3},
    "li": {},
    "triangle": {},
    "sauvola": {"window": 5},
    "hysteresis": {"low": 60, "high": 120.5},
    "background": {"mesh": 8},
    100: {},
}


def labelled(values, **coords):
    """An image whose last dims are z, y, x, behind a time dim if there are four."""
    dims = ("time", *NAMES[3]) if values.ndim == 4 else NAMES[values.ndim]
    return xr.DataArray(values, dims=dims, coords=coords)


@st.composite
def grey(draw, dtypes=INTEGERS, ndims=(1, 2, 3), largest=9):
    """Values of two peaks, of a few levels, of a long tail, or anything; never all the same."""
    dtype = np.dtype(draw(st.sampled_from(dtypes)))
    shape = draw(shapes(ndims, largest).filter(lambda s: np.prod(s) > 1))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    kind = draw(st.sampled_from(["peaks", "levels", "tail", "any"]))
    top = 120  # int8 holds it
    values = {
        "peaks": np.where(rng.random(shape) < 0.4, rng.normal(25, 5, shape), rng.normal(90, 9, shape)),
        "levels": rng.integers(0, 5, shape) * 20.0,
        "tail": rng.exponential(15, shape),
        "any": rng.random(shape) * top,
    }[kind].clip(0, top)
    if dtype.kind == "i":
        values -= draw(st.sampled_from([0, 60, 120]))
    if dtype.itemsize > 1:
        values *= draw(st.sampled_from([1, 10, 200]))
    values = values.astype(dtype)
    values.flat[0] = values.flat[-1] + 1 if (values == values.flat[0]).all() else values.flat[0]
    return values
