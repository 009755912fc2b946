"""Lung CT in the words of its field."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.measure
import xarray as xr

from nsi_notebook import preset
from nsi_notebook.errors import DimsError, OptionError, PixelError, SpacingError
from nsi_notebook.voids.powerlaws import exponent

pytestmark = pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # most images here are too small for intervals

STEP = 0.7


def scan(shape=(12, 60, 64), seed=0, dtype="int16"):
    """Noise that is correlated, so that there are clusters, in HU."""
    from scipy.ndimage import gaussian_filter

    noise = gaussian_filter(np.random.default_rng(seed).normal(size=shape), 1.5)
    values = -880 + 60 * noise / noise.std()
    dims = ("z", "y", "x")[-len(shape) :]
    coords = {d: (d, np.arange(n) * STEP, {"units": "mm"}) for d, n in zip(dims, shape, strict=True)}
    return xr.DataArray(values.round().astype(dtype), coords, dims, attrs={"units": "HU"})


@pytest.fixture
def lung():
    image = scan()
    z, y, x = np.ogrid[: image.shape[0], : image.shape[1], : image.shape[2]]
    return image.copy(data=(y - 30) ** 2 + (x - 32) ** 2 < 28**2 + 0 * z)


@pytest.mark.parametrize("threshold", [-950, -910, -856])
def test_shares_and_percentiles_are_those_of_numpy(lung, threshold):
    image = scan()
    found = preset("lung_ct", image, mask=lung, threshold=threshold)
    inside = image.values[lung.values]
    assert float(found.laa_percent) == pytest.approx(100 * (inside < threshold).mean(), rel=1e-12)
    assert float(found.perc15) == np.percentile(inside, 15, method="inverted_cdf")
    assert abs(float(found.perc15) - np.percentile(inside, 15)) < 1
    assert float(found.mean_lung_density) == pytest.approx(inside.mean())
    assert float(found.lung_size) == pytest.approx(inside.size * STEP**3)
    assert found.laa_percent.attrs["units"] == "%"
    assert found.perc15.attrs["units"] == "HU"
    assert found.lung_size.attrs["units"] == "mm^3"
    assert f"{threshold}" in found.laa_percent.attrs["long_name"]
    assert "Gevenois" in found.laa_percent.attrs["nsi_source"]


@pytest.mark.parametrize(("connectivity", "skimage_name"), [(None, 1), (18, 2), (26, 3)])
def test_clusters_are_those_of_scikit_image(lung, connectivity, skimage_name):
    image = scan()
    found = preset("lung_ct", image, mask=lung, connectivity=connectivity, smallest=4)
    labels = skimage.measure.label((image.values < -950) & lung.values, connectivity=skimage_name)
    sizes = np.bincount(labels.ravel())[1:]
    assert int(found.laa_cluster_count) == len(sizes) > 10
    np.testing.assert_allclose(found.laa_cluster_size, np.sort(sizes)[::-1] * STEP**3)
    value, error = exponent(sizes, 4)
    assert float(found.laa_exponent) == value
    assert float(found.laa_exponent_error) == error
    np.testing.assert_allclose(found.laa_exponent_range, np.array([4, sizes.max()]) * STEP**3)


def test_a_known_exponent_is_found_in_an_image():
    sizes = np.minimum(np.random.default_rng(5).zipf(2.4, 3000), 190)
    image = np.full((3000, 192), -800.0)
    for row, size in enumerate(sizes):
        image[row, 1 : size + 1] = -980.0
    image = np.insert(image, np.arange(3000), -800.0, axis=0)  # a row of tissue between clusters
    found = preset("lung_ct", xr.DataArray(image, dims=("y", "x")), ci=0.99)
    low, high = found.laa_exponent_ci.values
    assert low < 1.4 < high
    assert abs(float(found.laa_exponent) - 1.4) < 0.1
    assert abs(float(found.laa_exponent_line) - 1.4) < 0.3


def test_intervals_hold_the_estimate_and_the_truth():
    held = {"laa_percent": 0, "perc15": 0, "mean_lung_density": 0}
    truth = {"laa_percent": 12.17, "perc15": -942.2, "mean_lung_density": -880}  # of the normal law that is drawn
    for seed in range(20):
        found = preset("lung_ct", scan((96, 96), seed), ci=0.95)
        for name in held:
            low, high = found[f"{name}_ci"].values
            assert low <= float(found[name]) <= high
            held[name] += low - 0.5 <= truth[name] <= high + 0.5  # of values that are rounded
    assert min(held.values()) >= 16


def test_what_is_no_lung_may_be_nan(lung):
    image = scan()
    masked = preset("lung_ct", image, mask=lung, ci=0.9)
    nan = preset("lung_ct", image.astype(float).where(lung), ci=0.9)
    xr.testing.assert_allclose(masked, nan)


def test_frames_are_described_one_by_one(lung):
    image = xr.concat([scan(seed=s) for s in (1, 2)], dim="time")
    both = preset("lung_ct", image.transpose("z", "time", "y", "x").chunk(time=1, y=7), mask=lung)
    for i in range(2):
        alone = preset("lung_ct", image.isel(time=i), mask=lung)
        mine = both.isel(time=i, cluster=slice(alone.sizes["cluster"]))
        for name, variable in alone.data_vars.items():
            np.testing.assert_array_equal(mine[name].values, variable.values, err_msg=name)
    moving = preset("lung_ct", image, mask=xr.concat([lung, ~lung], dim="time"))
    assert float(moving.laa_percent[1]) == float(preset("lung_ct", image.isel(time=1), mask=~lung).laa_percent)


def test_a_lung_without_low_attenuation():
    found = preset("lung_ct", xr.full_like(scan((32, 32)), -700), ci=0.95)
    assert float(found.laa_percent) == 0
    assert int(found.laa_cluster_count) == 0
    assert np.isnan([found.laa_exponent, found.laa_exponent_error, found.laa_exponent_line]).all()
    assert np.isnan(found.laa_exponent_range).all()
    nothing = preset("lung_ct", scan((32, 32)), mask=xr.zeros_like(scan((32, 32)), dtype=bool))
    assert np.isnan([nothing.laa_percent, nothing.perc15, nothing.mean_lung_density]).all()
    assert float(nothing.lung_size) == 0


@pytest.mark.parametrize(
    ("change", "options", "error", "said"),
    [
        (lambda i: i + 1500, {}, PixelError, "no value in the lung is below 0"),
        (lambda i: (i + 1500).where(i.y > 0), {}, PixelError, "not HU, in which air is -1000; 24 of 576 pixels are NaN"),
        (lambda i: i.where(i > -900, -3024), {}, PixelError, "padding"),
        (lambda i: i.assign_attrs(units="g/L"), {}, PixelError, "in HU, not in g/L"),
        (lambda i: i, {"mask": "lung.tif"}, PixelError, "DataArray of bool, not str"),
        (lambda i: i, {"smallest": 0}, OptionError, "smallest=0"),
        (lambda i: i, {"smallest": 2.5}, OptionError, "smallest=2.5"),
        (lambda i: i, {"threshold": "low"}, OptionError, "threshold='low'"),
        (lambda i: i, {"treshold": -910}, OptionError, "unknown option 'treshold'"),
        (lambda i: i.isel(y=0), {}, DimsError, "2 or 3 spatial dims"),
        (lambda i: i, {"ci": 2}, OptionError, "ci=2"),
    ],
)
def test_what_cannot_be_described_is_said(change, options, error, said):
    with pytest.raises(error, match=said):
        preset("lung_ct", change(scan((24, 24))), **options)


def test_a_mask_must_fit(lung):
    image = scan()
    with pytest.raises(DimsError, match="mask has"):
        preset("lung_ct", image, mask=lung.isel(y=slice(3, None)))
    with pytest.raises(DimsError, match="other coords along 'y'"):
        preset("lung_ct", image, mask=lung.assign_coords(y=lung.y + 1))
    with pytest.raises(SpacingError, match="mask has a spacing of z: 1 pixel"):
        preset("lung_ct", image, mask=lung.drop_vars(["z", "y", "x"]))
    with pytest.raises(PixelError, match="int64"):
        preset("lung_ct", image, mask=lung.astype(int))
    with pytest.raises(PixelError, match="not finite"):
        preset("lung_ct", image.astype(float).where(image.y > 20), mask=lung)
