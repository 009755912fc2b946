"""The long-run variance against the formula of its process, and against the variance of means that are drawn."""

import numpy as np
import pytest
from scipy.signal import lfilter

from nsi_notebook.analytics.algorithms.noise import fit, known, noise_of
from nsi_notebook.errors import OptionError

PROCESSES = {
    "white": ((), ()),
    "AR(1)": ((0.6,), ()),
    "AR(2)": ((0.5, 0.3), ()),
    "cyclic": ((1.3, -0.7), ()),
    "MA(5)": ((), (1.0,) * 5),
}


def drawn(seed, n, ar=(), ma=()):
    e = np.random.default_rng(seed).normal(size=n + 500)
    return lfilter([1.0, *ma], [1.0, *(-c for c in ar)], e)[500:]


def long_run(ar, ma):
    return ((1 + sum(ma)) / (1 - sum(ar))) ** 2


def told(values, joined=None):
    joined = np.full(len(values) - 1, True) if joined is None else joined
    return noise_of(values - values.mean(), joined, 1, (1, 3))


@pytest.mark.parametrize("name", PROCESSES)
def test_the_long_run_variance_is_that_of_the_process(name):
    found = [told(drawn(seed, 2000, *PROCESSES[name])).long_run for seed in range(40)]
    assert np.median(found) == pytest.approx(long_run(*PROCESSES[name]), rel=0.1)


def test_effective_samples_tell_how_means_vary():
    n, phi = 1000, 0.8
    values = [drawn(seed, n, (phi,)) for seed in range(300)]
    effective = np.median([told(v).effective for v in values])
    assert effective == pytest.approx(n * (1 - phi) / (1 + phi), rel=0.15)
    assert effective == pytest.approx(np.var(values) / np.var([v.mean() for v in values]), rel=0.3)


def test_what_alternates_counts_as_independent():
    found = told(drawn(0, 1000, (-0.7,)))
    assert found.order >= 1
    assert found.long_run == found.variance
    assert found.effective == 1000


@pytest.mark.parametrize("share", [0.02, 0.1, 0.25])
def test_gaps_do_no_harm(share):
    found = []
    for seed in range(40):
        values = drawn(seed, 3000, (0.6,))
        place = np.flatnonzero(np.random.default_rng(seed).random(3000) >= share)
        found.append(told(values[place], np.diff(place) == 1).long_run)
    assert np.median(found) == pytest.approx(6.25, rel=0.12)


def test_gaps_are_not_reached_over():
    """Blocks of alternating sign, one sample apart in the array and far apart in truth."""
    values = np.tile([1.0, 1.0, -1.0, -1.0], 100) + drawn(0, 400) / 10
    apart = fit(values, np.tile([True, False], 200)[:-1])
    assert apart.coefficients[0] == pytest.approx(1, abs=0.05)
    assert fit(values, np.full(399, True)).coefficients[0] == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("name", PROCESSES)
def test_models_are_stationary(name):
    for seed in range(5):
        coefficients = fit(drawn(seed, 200, *PROCESSES[name]), np.full(199, True)).coefficients
        assert (np.abs(np.roots([1, *-coefficients])) < 1).all()


def test_a_random_walk_has_hardly_any_effective_samples():
    found = [told(np.cumsum(drawn(seed, 500)) / 100).effective for seed in range(20)]
    assert 0 < np.median(found) < 12


def test_white_noise_is_taken_at_its_word():
    values = drawn(0, 500, (0.9,))
    found = noise_of(values - values.mean(), None, 1, (1, 3))
    assert found.order is None
    assert found.long_run == found.variance == pytest.approx(values.var(ddof=1))


def test_scaled_noise_has_scaled_variances():
    found = told(drawn(0, 500, (0.5,)))
    other = found.times(3.0)
    assert (other.variance, other.long_run) == (9 * found.variance, 9 * found.long_run)
    assert other.effective == pytest.approx(found.effective)


@pytest.mark.parametrize("noise", ["pink", None, 3])
def test_an_unknown_kind_is_refused(noise):
    with pytest.raises(OptionError, match="hint: 'ar' or 'white'"):
        known(noise)
