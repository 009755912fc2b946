"""The sky between sources, beside sep."""

from __future__ import annotations

import numpy as np
import pytest
import sep
import xarray as xr
from scipy import ndimage

from nsi_notebook import preset, sample, void
from nsi_notebook.errors import DimsError, PixelError

pytestmark = pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # most images here are too small for intervals

STEP = 0.2


def sky(shape=(256, 320), seed=0):
    """A slope with noise and stars."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: shape[0], : shape[1]]
    values = 100 + 0.05 * x + rng.normal(0, 3, shape)
    for cy, cx in rng.uniform(0, shape, (30, 2)):
        values += 400 * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 8)
    coords = {d: (d, np.arange(n) * STEP, {"units": "arcsec"}) for d, n in zip("yx", shape, strict=True)}
    return xr.DataArray(values, coords, ("y", "x"), attrs={"units": "adu"})


def test_background_and_noise_are_those_of_sep():
    image = sky()
    found = preset("astronomy", image)
    peer = sep.Background(np.ascontiguousarray(image.values))
    assert np.abs(found.background - peer.back()).max() < 0.5  # of a noise of 3
    assert np.abs(found.background_rms - peer.rms()).max() < 0.3
    assert float(found.background_level) == pytest.approx(peer.globalback, rel=0.01)
    assert float(found.background_noise) == pytest.approx(peer.globalrms, rel=0.05)
    assert found.background.attrs["units"] == "adu"
    assert found.background.dims == ("y", "x")
    xr.testing.assert_equal(found.y, image.y)


def test_the_sky_is_what_void_marks():
    image = sky()
    for nsigma in (1.5, 3.0):
        found = preset("astronomy", image, nsigma=nsigma, mesh=32, ci=0.9)
        mask = void(image, "background", nsigma=nsigma, mesh=32)
        assert float(found.source_free_fraction) == float(mask.mean())
        assert float(found.source_free_area) == pytest.approx(mask.sum() * STEP**2)
        assert found.source_free_area.attrs["units"] == "arcsec^2"
        np.testing.assert_allclose(found.source_free_area_ci, found.source_free_fraction_ci * mask.size * STEP**2)


def test_the_largest_circle_in_each_part_is_that_of_brute_force():
    image = sky((96, 90), seed=3)
    found = preset("astronomy", image, nsigma=2.0)
    mask = void(image, "background", nsigma=2.0).values
    labels, count = ndimage.label(mask)
    distance = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    area = np.bincount(labels.ravel())[1:]
    assert int(found.sky_void_count) == count
    np.testing.assert_allclose(found.sky_void_area, np.sort(area)[::-1] * STEP**2)
    for i in range(count):
        y, x = (round(float(found[f"sky_void_{d}"][i]) / STEP) for d in "yx")
        part = labels == labels[y, x]
        assert part.sum() * STEP**2 == pytest.approx(float(found.sky_void_area[i]))
        assert float(found.sky_void_radius[i]) == pytest.approx(distance[part].max() * STEP)
        assert distance[y, x] == pytest.approx(distance[part].max())


def test_the_hubble_deep_field():
    image = sample("hubble_deep_field").isel(channel=0)
    found = preset("astronomy", image)
    assert 0.5 < float(found.source_free_fraction) < 1
    peer = sep.Background(image.values.astype(float))
    assert float(found.background_level) == pytest.approx(peer.globalback, abs=0.3)


def test_what_is_no_sky_is_said():
    image = sky((64, 64))
    with pytest.raises(DimsError, match="the sky has 2 spatial dims"):
        preset("astronomy", image.drop_vars(["y", "x"]).expand_dims(z=3))
    with pytest.raises(PixelError, match="finite"):
        preset("astronomy", image.where(image.x > 1))
    flat = preset("astronomy", xr.full_like(image, 7))
    assert float(flat.source_free_fraction) == 1
    assert float(flat.background_level) == 7
