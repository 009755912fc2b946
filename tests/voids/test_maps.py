"""Lengths as images, and the distribution of thickness."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from scipy import ndimage

import nsi_notebook as nsi
from nsi_notebook.errors import OptionError, PixelError
from nsi_notebook.voids.balls import thickness_map


@pytest.fixture
def mask():
    array = ndimage.gaussian_filter(np.random.default_rng(4).standard_normal((2, 30, 40)), (0, 2, 2)) < 0.05
    coords = {"y": ("y", np.arange(30) * 0.5, {"units": "um"}), "x": ("x", np.arange(40) * 0.25, {"units": "um"})}
    return xr.DataArray(array, dims=("time", "y", "x"), coords=coords, attrs={"units": "HU", "nsi_method": "otsu"}, name="void")


@pytest.mark.parametrize("call", [nsi.distance_map, nsi.thickness_map])
def test_a_map_is_like_the_mask_with_a_unit(mask, call):
    got = call(mask)
    assert (got.name, got.dims, got.attrs["units"], got.attrs["nsi_method"]) == (call.__name__, mask.dims, "um", "otsu")
    assert got.x.attrs["units"] == "um"
    xr.testing.assert_identical(getattr(mask.nsi, call.__name__)(), got)
    xr.testing.assert_identical(call(mask.chunk(time=1, y=7)), got)
    xr.testing.assert_identical(call(mask.transpose("x", "time", "y")), got.transpose("x", "time", "y"))
    for t in range(2):
        xr.testing.assert_identical(call(mask.isel(time=t)), got.isel(time=t))
    np.testing.assert_array_equal(call(mask.isel(time=0, y=3), dims="x").dims, ["x"])
    assert mask.attrs["units"] == "HU"
    assert got.isel(time=0).nsi.plot().layout.xaxis.title.text == "x (µm)"


@pytest.mark.parametrize("call", [nsi.distance_map, nsi.thickness_map])
def test_a_frame_without_solid_has_no_lengths_and_one_without_void_has_none_above_0(call):
    frames = xr.DataArray(np.stack([np.ones((3, 4), bool), np.zeros((3, 4), bool)]), dims=("time", "y", "x"))
    got = call(frames)
    assert np.isnan(got[0]).all()
    assert (got[1] == 0).all()
    with pytest.raises(PixelError, match="must be bool"):
        call(frames.astype(float))


def test_the_distribution_is_that_of_the_map(mask):
    frame = mask.isel(time=0)
    lengths = thickness_map(frame.values, (0.5, 0.25))[frame.values]
    ds = nsi.measure(frame, ["thickness", "distance"], q=(0.1, 0.5), r_max=12)
    np.testing.assert_allclose(ds.thickness_mean, lengths.mean())
    np.testing.assert_allclose(ds.thickness_quantile, np.quantile(lengths, [0.1, 0.5], method="inverted_cdf"))
    left = [(lengths >= 2 * r - 1e-9).mean() for r in ds.r.values]
    np.testing.assert_allclose(ds.opening_fraction, left)
    assert ds.opening_fraction[0] == 1
    edges = np.append(ds.r.values, ds.r.values[-1] + 0.25)
    shares = [((lengths >= 2 * a - 1e-9) & (lengths < 2 * b - 1e-9)).mean() for a, b in pairwise(edges)]
    np.testing.assert_allclose(ds.pattern_spectrum, shares, atol=1e-15)
    assert ds.thickness_mean.attrs["units"] == "um"


def test_no_void_or_no_solid_has_no_thickness():
    for value in (True, False):
        ds = nsi.measure(xr.DataArray(np.full((8, 8), value), dims=("y", "x")), "thickness", ci=0.9)
        assert all(np.isnan(v).all() for v in ds.data_vars.values())


def test_radii_below_a_pixel_and_wrong_quantiles_are_refused(mask):
    with pytest.raises(OptionError, match="r_max=0"):
        nsi.measure(mask, "thickness", r_max=0)
    with pytest.raises(OptionError, match="not quantiles"):
        nsi.measure(mask, "thickness", q=(1.5,))
