"""Percolation, bottleneck and the percolation threshold: against SciPy's labels, brute force over all levels, and PoreSpy."""

from __future__ import annotations

import numpy as np
import porespy
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import ndimage

from nsi_notebook import measure, percolation_threshold, void
from nsi_notebook.errors import DimsError, OptionError, PixelError, UnknownNameError
from tests.strategies import NAMES, arrays, shapes, spacings

RUN = settings(max_examples=40, suppress_health_check=list(HealthCheck))
REACH = {1: {2: 1}, 2: {4: 1, 8: 2}, 3: {6: 1, 18: 2, 26: 3}}


def spans(mask, connectivity):
    """For each axis: the pixels of the components that touch both faces."""
    labels, _ = ndimage.label(mask, ndimage.generate_binary_structure(mask.ndim, REACH[mask.ndim][connectivity]))
    found = []
    for axis in range(mask.ndim):
        both = np.intersect1d(labels.take(0, axis), labels.take(-1, axis))
        found.append(np.isin(labels, both[both > 0]))
    return labels, found


def draw_connectivity(data, ndim):
    return data.draw(st.sampled_from(list(REACH[ndim])))


def frame(array, steps=None):
    dims = NAMES[array.ndim]
    steps = steps or (1.0,) * array.ndim
    coords = {d: (d, np.arange(n) * s, {"units": "um", "spacing": s}) for d, n, s in zip(dims, array.shape, steps, strict=True)}
    return xr.DataArray(array, coords, dims)


@RUN
@given(data=st.data())
def test_percolation_is_that_of_labels(data):
    mask = np.array(data.draw(arrays((1, 2, 3))))
    connectivity = draw_connectivity(data, mask.ndim)
    got = measure(frame(mask), "percolation", connectivity=connectivity)
    labels, found = spans(mask, connectivity)
    assert got.percolates.values.tolist() == [int(f.any()) for f in found]
    if not mask.any():
        assert np.isnan(got.connected_fraction).all()
        assert np.isnan(got.open_fraction)
        return
    np.testing.assert_array_equal(got.connected_fraction, [f.sum() / mask.sum() for f in found])
    outside = np.concatenate([labels.take(i, a).ravel() for a in range(mask.ndim) for i in (0, -1)])
    assert float(got.open_fraction) == np.isin(labels, outside[outside > 0]).sum() / mask.sum()


@pytest.mark.parametrize(("connectivity", "theirs"), [(6, "min"), (26, "max")])
@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.35, 0.6])
def test_percolation_and_bottleneck_are_those_of_porespy(connectivity, theirs, fraction):
    noise = np.random.default_rng(2).random((20, 21, 22))
    field = ndimage.gaussian_filter(noise, 1.5 if fraction > 0.3 else 0)
    mask = field < np.quantile(field, fraction)
    got = measure(frame(mask), ["percolation", "bottleneck"], connectivity=connectivity)
    assert got.percolates.values.tolist() == porespy.metrics.is_percolating(mask, conn=theirs)
    closed = porespy.filters.find_closed_pores(mask, conn=theirs).sum()
    assert float(got.open_fraction) == pytest.approx(1 - closed / mask.sum())
    for axis in range(3):
        whole_part = porespy.metrics.find_porosity_threshold(mask, axis=axis, conn=theirs).R
        assert int(got.bottleneck[axis]) == whole_part
        share = got.connected_fraction[axis] * fraction
        assert float(share) == pytest.approx(porespy.metrics.percolating_porosity(mask, axis=axis, conn=theirs), abs=1e-3)


@RUN
@given(data=st.data())
def test_the_bottleneck_is_that_of_brute_force(data):
    mask = np.array(data.draw(arrays((1, 2, 3))))
    steps = data.draw(spacings(mask.ndim))
    connectivity = draw_connectivity(data, mask.ndim)
    got = measure(frame(mask, steps), "bottleneck", connectivity=connectivity).bottleneck
    assert got.attrs["units"] == "um"
    if mask.all():
        assert np.isnan(got).all()
        return
    distance = ndimage.distance_transform_edt(mask, sampling=steps)
    wanted = np.zeros(mask.ndim)
    for r in np.unique(distance[mask]):
        for axis, found in enumerate(spans(distance >= r, connectivity)[1]):
            wanted[axis] = r if found.any() else wanted[axis]
    np.testing.assert_allclose(got, wanted, rtol=1e-12)  # scipy rounds differently


def test_the_bottleneck_of_a_throat_is_its_half_width():
    mask = np.zeros((15, 40), bool)
    mask[1:14], mask[:, 18:22] = True, False
    mask[5:10, 18:22] = True  # five pixels wide; its middle is three from the next solid
    got = measure(frame(mask, (0.5, 0.5)), "bottleneck").bottleneck
    assert got.sel(axis="x") == 1.5
    assert got.sel(axis="y") == 0


@RUN
@given(data=st.data())
def test_the_threshold_is_that_of_all_levels(data):
    shape = data.draw(shapes((1, 2, 3), 7))
    dtype = data.draw(st.sampled_from(["uint8", "int16", "int64", "float32", "float64"]))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**16)))
    values = (rng.integers(0, 12, shape) if dtype != "float64" else rng.normal(size=shape)).astype(dtype)
    connectivity = draw_connectivity(data, values.ndim)
    phase = data.draw(st.sampled_from(["dark", "bright"]))
    got = percolation_threshold(frame(values), connectivity=connectivity, phase=phase)
    assert got.dtype == values.dtype
    levels = np.unique(values)
    for axis in range(values.ndim):
        at = [t for t in levels if spans(values <= t if phase == "dark" else values >= t, connectivity)[1][axis].any()]
        assert got.values[axis] == (min(at) if phase == "dark" else max(at))


def test_void_at_the_threshold_is_the_first_that_spans():
    image = frame(ndimage.gaussian_filter(np.random.default_rng(0).random((40, 50)), 2)).assign_attrs(units="HU")
    t = image.nsi.percolation_threshold()
    assert t.attrs["units"] == "HU"
    assert t.axis.values.tolist() == ["y", "x"]
    for i, best in enumerate(t.values):
        assert measure(void(image, float(best)), "percolation").percolates[i] == 1
        assert measure(void(image, float(np.nextafter(best, 0))), "percolation").percolates[i] == 0
    for i, best in enumerate(percolation_threshold(image, phase="bright").values):
        assert measure(void(image, float(np.nextafter(best, 0)), phase="bright"), "percolation").percolates[i] == 1
        assert measure(void(image, float(best), phase="bright"), "percolation").percolates[i] == 0


def test_thresholds_of_frames_are_those_of_each_and_do_not_depend_on_chunks():
    values = np.random.default_rng(1).integers(0, 99, (3, 8, 2, 9))
    image = xr.DataArray(values, {"time": [0.0, 1.0, 4.0]}, ("time", "y", "channel", "x"))
    got = percolation_threshold(image)
    assert got.dims == ("time", "channel", "axis")
    assert got.time.values.tolist() == [0, 1, 4]
    for at in np.ndindex(3, 2):
        alone = percolation_threshold(image.isel(time=at[0], channel=at[1]))
        np.testing.assert_array_equal(got[at], alone)
    xr.testing.assert_identical(percolation_threshold(image.chunk(time=2, y=3, x=5)), got)


def test_what_has_no_threshold_is_refused():
    image = frame(np.arange(12.0).reshape(3, 4))
    hole = xr.concat([image, image.where(image != 5)], "time")
    with pytest.raises(PixelError, match="the image at time 1 has 1 NaN"):
        percolation_threshold(hole)
    with pytest.raises(PixelError, match="the image has 1 NaN"):
        percolation_threshold(hole[1])
    with pytest.raises(PixelError, match="bool"):
        percolation_threshold(image > 3)
    with pytest.raises(UnknownNameError, match="unknown phase 'drak'"):
        percolation_threshold(image, phase="drak")
    with pytest.raises(OptionError, match="connectivity=6"):
        percolation_threshold(image, connectivity=6)
    with pytest.raises(DimsError, match="cannot be used"):
        percolation_threshold(image, dims="z")
    for held in (image.expand_dims("axis"), image.assign_coords(axis=3), hole[:1].assign_coords(axis=("time", [3]))):
        with pytest.raises(DimsError, match=r"'axis', which is .*\n?.*rename\(\{'axis': 'image_axis'\}\)"):
            percolation_threshold(held)


def test_an_interval_is_not_made_up():
    mask = frame(np.random.default_rng(0).random((40, 50)) < 0.7)
    got = measure(mask, ["percolation", "bottleneck"], ci=0.9)
    assert not [n for n in got if str(n).endswith("_ci")]
    assert got.connected_fraction.attrs["nsi_ci"].startswith("none")


def test_a_chunked_mask_is_measured_lazily():
    mask = frame(np.random.default_rng(0).random((9, 10, 11)) < 0.4)
    got = measure(mask.chunk(z=2, y=(1, 9), x=4), "percolation")
    assert got.percolates.chunks is not None
    xr.testing.assert_identical(got.compute(), measure(mask, "percolation"))
