"""Mesh background, against sep (the code of SExtractor) and against a sky that we know."""

from __future__ import annotations

import numpy as np
import pytest
import sep

from nsi_notebook import sample
from nsi_notebook.voids.segmentation import void
from nsi_notebook.voids.segmentation.background import background
from tests.voids.segmentation.images import labelled

NOISE = 5.0


def sky(kind, shape):
    y, x = np.mgrid[: shape[0], : shape[1]]
    if kind == "flat":
        return np.full(shape, 100.0)
    if kind == "slope":
        return 100 + 0.1 * x + 0.05 * y
    return 100 + 1e-4 * ((x - shape[1] / 2) ** 2 + (y - shape[0] / 2) ** 2)


def night(kind, shape=(512, 512), seed=0):
    """A sky with noise and 150 sources, of which most are faint."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: shape[0], : shape[1]]
    sources = np.zeros(shape)
    for cy, cx, flux in zip(*(rng.uniform(0, n, 150) for n in shape), rng.pareto(1.5, 150) * 2000 + 300, strict=True):
        sources += flux / (8 * np.pi) * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 8)
    return sky(kind, shape) + rng.normal(0, NOISE, shape) + sources, sources


@pytest.mark.parametrize("kind", ["flat", "slope", "bowl"])
@pytest.mark.parametrize("mesh", [32, 64])
def test_level_and_rms_are_those_of_sep(kind, mesh):
    image, _ = night(kind)
    level, rms = background(image, mesh, 3.0)
    theirs = sep.Background(image, bw=mesh, bh=mesh)
    # sep clips on a histogram of quantized values
    assert np.sqrt(np.mean((level - theirs.back()) ** 2)) < 0.03 * NOISE
    assert abs(level - theirs.back()).max() < 0.1 * NOISE
    assert abs(rms - theirs.rms()).max() < 0.05 * NOISE


@pytest.mark.parametrize("name", ["hubble_deep_field", "moon"])
def test_level_of_a_real_image_is_that_of_sep(name):
    image = sample(name)
    grey = (image.mean("channel") if "channel" in image.dims else image).values[:832, :960].astype(float)
    level, rms = background(grey, 64, 3.0)
    theirs = sep.Background(np.ascontiguousarray(grey))
    typical = np.median(theirs.rms())
    assert np.median(abs(level - theirs.back())) < 0.1 * typical
    assert np.median(abs(rms - theirs.rms())) < 0.1 * typical


@pytest.mark.parametrize("kind", ["flat", "slope", "bowl"])
@pytest.mark.parametrize("shape", [(512, 512), (500, 470), (300, 40)])
def test_a_known_sky_is_found_to_the_border(kind, shape):
    truth = sky(kind, shape)
    image = truth + np.random.default_rng(1).normal(0, NOISE, shape)
    level, rms = background(image, 64, 3.0)
    assert abs(np.mean(level - truth)) < 0.1 * NOISE
    # at a border cells are not filtered, and the level is extrapolated by half a cell
    assert abs(level - truth).max() < NOISE / 2
    assert np.mean(rms) == pytest.approx(NOISE, rel=0.1)


def test_sources_are_not_sky_and_most_of_the_rest_is():
    image, sources = night("slope")
    dark = void(labelled(image), "background", nsigma=3)
    assert not dark.values[sources > 10 * NOISE].any()
    faint = sources < 0.1 * NOISE
    assert dark.values[faint].mean() == pytest.approx(0.99865, abs=0.003)  # of the normal distribution, to 3 sigma
    bright = void(labelled(image), "background", phase="bright", nsigma=3)
    assert bright.values[faint].mean() == pytest.approx(0.99865, abs=0.003)
    assert bright.values[sources > 10 * NOISE].all()


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", ">f4"])
def test_the_dtype_does_not_matter(dtype):
    image = night("flat")[0].clip(0, 255).round()
    expected = void(labelled(image), "background")
    np.testing.assert_array_equal(void(labelled(image.astype(dtype)), "background"), expected)


@pytest.mark.parametrize("phase", ["dark", "bright"])
def test_a_constant_image_is_all_sky(phase):
    assert void(labelled(np.full((100, 130), 0.1)), "background", phase=phase, mesh=16).all()


@pytest.mark.parametrize("clip", [0.01, 1, 100])
def test_any_clip_gives_a_level(clip):
    # two values, of which none is within a hundredth of sigma of their median
    level, rms = background(np.indices((40, 40)).sum(axis=0) % 2 * 10.0, 16, clip)
    assert np.isfinite(level).all()
    assert np.isfinite(rms).all()
    assert level.mean() == pytest.approx(5)


def test_a_crowded_cell_has_its_median_as_level():
    rng = np.random.default_rng(2)
    crowd = rng.exponential(10, (64, 64))
    level, _ = background(crowd, 64, clip=100)
    assert level == pytest.approx(np.median(crowd))
    even = rng.normal(10, 1, (64, 64))
    level, _ = background(even, 64, clip=100)
    assert level == pytest.approx(2.5 * np.median(even) - 1.5 * even.mean())
