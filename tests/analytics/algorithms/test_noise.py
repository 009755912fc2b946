"""The long-run variance against the formula of its process, and against the variance of means that are drawn."""

import numpy as np
import pytest
from scipy.signal import lfilter

from nsi_notebook.analytics.algorithms.noise import apart, fit, known, noise_of
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
    found = fit(apart(values, np.tile([True, False], 200)[:-1])[None])
    assert found.order[0] == 1
    assert found.total[0] == pytest.approx(1, abs=0.05)
    reached = fit(values[None])
    assert reached.total[0] < 0


def burg(values, order):
    """Burg's coefficients, each reflection the one of least error forward and backward, by search."""
    coefficients, n = np.zeros(0), len(values)
    for _ in range(order):
        rows = np.array([values[t - len(coefficients) - 1 : t + 1] for t in range(len(coefficients) + 1, n)])
        rows = rows[~np.isnan(rows).any(axis=1)]
        ahead = rows[:, 1:] @ np.append(-coefficients[::-1], 1)
        behind = rows[:, :-1] @ np.append(1, -coefficients)
        reflection = np.linalg.lstsq(np.append(behind, ahead)[:, None], np.append(ahead, behind))[0][0]
        coefficients = np.append(coefficients - reflection * coefficients[::-1], reflection)
    return coefficients


@pytest.mark.parametrize("name", PROCESSES)
def test_models_are_those_of_burg_and_stationary(name):
    for seed in range(5):
        values = drawn(seed, 200, *PROCESSES[name])
        found = fit(values[None])
        coefficients = burg(values, found.order[0])
        assert (np.abs(np.roots([1, *-coefficients])) < 1).all()
        assert found.total[0] == pytest.approx(coefficients.sum(), abs=1e-9)


def test_models_of_many_rows_with_gaps_are_those_of_each():
    rows = np.stack([drawn(seed, 400, *process) for seed, process in enumerate(PROCESSES.values())])
    rows[1:, 100:110] = rows[2, ::7] = np.nan
    found = fit(np.asfortranarray(rows))
    for i, row in enumerate(rows):
        coefficients = burg(row, found.order[i])
        np.testing.assert_allclose(found.coefficients(i), coefficients, atol=1e-9)
        assert found.samples[i] == (~np.isnan(row)).sum()
        assert found.squares[i] == pytest.approx(np.nansum(row**2))


def test_a_random_walk_has_hardly_any_effective_samples():
    found = [told(np.cumsum(drawn(seed, 500)) / 100).effective for seed in range(20)]
    assert 1 <= np.median(found) < 5


@pytest.mark.parametrize("n", [60, 300, 3000])
@pytest.mark.parametrize("shape", [lambda t: t, lambda t: t**2, lambda t: np.sin(2 * t), lambda t: np.exp(t)])
def test_what_hardly_moves_from_sample_to_sample_is_worth_next_to_nothing(n, shape):
    """More terms would follow the curve, and take what is left for all that there is."""
    assert 1 <= told(shape(np.arange(n) / n)).effective < 2


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
