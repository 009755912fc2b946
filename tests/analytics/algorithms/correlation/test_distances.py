"""Distance correlation against matrices of all distances, and its peer."""

import numpy as np
import pingouin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsi_notebook.analytics import correlate
from nsi_notebook.analytics.algorithms.correlation.distances import distances, error
from nsi_notebook.errors import SeriesError


def of_matrices(x, y):
    """The formula of 2007."""
    a, b = (np.abs(v[:, None] - v) for v in (x, y))
    a, b = (d - d.mean(axis=0) - d.mean(axis=1)[:, None] + d.mean() for d in (a, b))
    return np.sqrt((a * b).mean() / np.sqrt((a * a).mean() * (b * b).mean()))


def without_bias(x, y):
    """The formula of 2014, by U-centred matrices."""
    n, centred = len(x), []
    for v in (x, y):
        d = np.abs(v[:, None] - v)
        u = d - d.sum(axis=0) / (n - 2) - d.sum(axis=1)[:, None] / (n - 2) + d.sum() / ((n - 1) * (n - 2))
        np.fill_diagonal(u, 0)
        centred.append(u)
    a, b = centred
    return (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum())


@settings(max_examples=40)
@given(st.integers(0, 2**16), st.integers(6, 40), st.booleans(), st.sampled_from([1e-3, 1.0, 1e5]))
def test_they_are_those_of_all_distances(seed, n, tied, scale):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = x**2 + rng.normal(size=n)
    if tied:
        x, y = x.round(), y.round()
        x[:4], y[:4] = (9.0, -8.0, 5.0, 3.0), (8.0, 9.0, -5.0, 4.0)
    seen = distances(scale * x + 5, y)
    assert seen.correlation == pytest.approx(of_matrices(x, y), abs=1e-8)
    whole, rest = seen.unbiased()
    assert whole == pytest.approx(without_bias(x, y), abs=1e-9)
    if not tied:
        assert rest == pytest.approx([without_bias(np.delete(x, i), np.delete(y, i)) for i in range(n)], abs=1e-8)


def test_orders_that_are_as_far_out_are_counted():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 25))
    y += 0.3 * x**2
    orders = [rng.permutation(25) for _ in range(200)]
    own = of_matrices(x, y)
    above = sum(of_matrices(x, y[order]) >= own - 1e-12 for order in orders)
    assert distances(x, y).exceeded(orders) == (200, above)


def test_it_is_that_of_the_peer():
    x, y = np.random.default_rng(0).normal(size=(2, 300))
    assert distances(x, y).correlation == pytest.approx(pingouin.distance_corr(x, y, n_boot=None), abs=1e-10)


def test_it_sees_what_no_line_does():
    x = np.random.default_rng(0).uniform(-1, 1, size=200)
    y = x**2 + 0.1 * np.random.default_rng(1).normal(size=200)
    assert correlate(x, y).p > 0.05
    found = correlate(x, y, method="distance")
    assert found.p == 0.001
    assert found.statistic == pytest.approx(of_matrices(x, y))
    assert 0.2 < found.estimate.lower < found.estimate.value < found.estimate.upper < 0.8
    assert "depend on each other" in found.sentence
    assert correlate(x, y, method="distance", seed=0).p == found.p


def test_the_jackknife_is_that_of_the_mean_of_what_each_adds():
    x, y = np.random.default_rng(0).normal(size=(2, 40))
    whole, rest = distances(x, y + x).unbiased()
    spread, worth = error(whole, rest, None)
    assert spread == pytest.approx(np.sqrt(39 / 40 * ((rest - rest.mean()) ** 2).sum()))
    assert worth == 40


def test_values_that_are_all_the_same_but_one_say_nothing():
    x = np.zeros(12)
    x[3] = 1.0
    with pytest.raises(SeriesError, match="all values of first are the same but one: their distances say nothing"):
        correlate(x, np.arange(12.0), method="distance")
    x[7] = 1.0
    assert correlate(x, np.arange(12.0), method="distance").estimate.lower == 0
