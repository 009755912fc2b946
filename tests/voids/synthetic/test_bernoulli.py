"""Bernoulli noise: its numbers are those of all masks there are, weighed by how likely they are."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import ndimage
from skimage.measure import euler_number

from nsi_notebook import measure
from nsi_notebook.errors import DimsError, OptionError
from nsi_notebook.voids.synthetic import BernoulliNoise, bernoulli_noise


def everything(shape, p, tell):
    """Expected value of what `tell` says of a mask."""
    total = 0.0
    for bits in product((False, True), repeat=int(np.prod(shape))):
        total += p ** sum(bits) * (1 - p) ** (len(bits) - sum(bits)) * tell(np.array(bits).reshape(shape))
    return total


@pytest.mark.parametrize(("ndim", "connectivity", "theirs"), [(2, 4, 1), (2, 8, 2), (3, 6, 1), (3, 26, 3)])
@pytest.mark.parametrize("p", [0.2, 0.7])
def test_the_euler_density_is_that_of_all_masks_by_scikit_image(ndim, connectivity, theirs, p):
    # the number is additive: what a corner of the window adds, when borders are taken away, is the density
    def expected(*shape):
        return everything(shape, p, lambda mask: euler_number(np.pad(mask, 1), theirs))

    density = sum((-1) ** (2 * ndim - sum(shape)) * expected(*shape) for shape in product((1, 2), repeat=ndim))
    assert BernoulliNoise(fraction=p, spacing=(1,) * ndim).euler_density(connectivity) == pytest.approx(density)


@pytest.mark.parametrize(("shape", "connectivity"), [((96, 96), 4), ((96, 96), 8), *(((32,) * 3, c) for c in (6, 18, 26))])
def test_our_euler_density_is_on_average_the_exact_one(shape, connectivity):
    for p in (0.15, 0.6):
        masks = [bernoulli_noise(shape, p, seed, spacing=0.5) for seed in range(10)]
        found = np.array([measure(m, "euler", connectivity=connectivity).euler_density.item() for m in masks])
        expected = BernoulliNoise(fraction=p, spacing=(0.5,) * len(shape)).euler_density(connectivity)
        assert abs(found.mean() - expected) < 4.5 * found.std(ddof=1) / np.sqrt(len(found))
        if connectivity in (4, 6):
            assert masks[0].attrs["nsi_true_euler_density"] == expected


def test_chords_are_geometric():
    p, side = 0.6, 200
    masks = [bernoulli_noise((side, side), p, seed, spacing=(2.0, 0.5)) for seed in range(20)]
    found = np.stack([measure(m, "chords").chord_count.values for m in masks])
    length = np.arange(1, 7)
    # inside a line it is solid at both ends, at its two borders at one
    expected = side * ((side - length - 1) * (1 - p) ** 2 + 2 * (1 - p)) * p**length
    error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(found.mean(axis=0)[:, :6] - expected) < 4.5 * error[:, :6]).all()
    mean = np.mean([measure(m, "chords").mean_chord.values for m in masks], axis=0)
    assert mean == pytest.approx(masks[0].attrs["nsi_true_mean_chord"], rel=0.02)
    assert masks[0].attrs["nsi_true_mean_chord"] == pytest.approx([5.0, 1.25])


def test_the_lineal_path_is_that_of_all_masks():
    truth = BernoulliNoise(fraction=0.3, spacing=(0.5, 0.5))
    for k in range(5):
        expected = everything((5,), 0.3, lambda mask, k=k: mask[: k + 1].all())
        assert truth.lineal_path(0.5 * k) == pytest.approx(expected)
    with pytest.raises(OptionError, match="spacing that differs"):
        BernoulliNoise(fraction=0.3, spacing=(1.0, 0.5)).lineal_path(1)


def test_distances_are_those_of_the_nearest_solid_pixel():
    p, spacing = 0.9, (1.0, 0.7)
    r = np.array([0, 0.69, 0.7, 1.0, 1.3, 2.1, 3.0])
    truth = BernoulliNoise(fraction=p, spacing=spacing).distance_survival(r)
    found = []
    for seed in range(20):
        void = bernoulli_noise((160, 160), p, seed, spacing).values
        inner = (slice(10, -10),) * 2
        away = ndimage.distance_transform_edt(void, spacing)[inner][void[inner]]
        found.append([(away > x + 1e-9).mean() for x in r])
    error = np.std(found, axis=0, ddof=1) / np.sqrt(20)
    assert (np.abs(np.mean(found, axis=0) - truth) <= 4.5 * error).all()
    assert truth[0] == 1


def test_all_and_nothing():
    assert bernoulli_noise((4, 5), 1, 0).all()
    assert not bernoulli_noise((4, 5, 6), 0, 0).any()
    assert np.isnan(bernoulli_noise((4, 5), 1, 0).attrs["nsi_true_mean_chord"]).all()


def test_what_makes_no_noise_is_refused():
    with pytest.raises(OptionError, match=r"fraction=-0\.1 is not at least 0 and at most 1"):
        bernoulli_noise((4, 5), -0.1, 0)
    with pytest.raises(OptionError, match="connectivity=5 does not exist"):
        BernoulliNoise(fraction=0.5, spacing=(1, 1)).euler_density(5)
    with pytest.raises(DimsError, match="noise needs two or three dims"):
        bernoulli_noise((4,), 0.5, 0)
