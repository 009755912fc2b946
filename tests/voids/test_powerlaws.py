"""The exponent of sizes that follow a power law."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import zeta

from nsi_notebook.voids.powerlaws import exponent, slope


@pytest.mark.parametrize("d", [0.6, 1.0, 1.5, 2.2])
def test_a_known_exponent_is_found(d):
    found, error = exponent(np.random.default_rng(1).zipf(d + 1, 20_000))
    assert abs(found - d) < 3 * error
    assert error < 0.02 * d


@pytest.mark.parametrize("smallest", [2, 5, 20])
def test_small_sizes_may_be_left_out(smallest):
    sizes = np.random.default_rng(2).zipf(2.2, 50_000)
    found, error = exponent(sizes, smallest)
    assert abs(found - 1.2) < 3 * error
    assert exponent(sizes[sizes >= smallest], smallest) == (found, error)


def test_the_error_is_the_spread_of_repeats():
    repeats = np.array([exponent(np.random.default_rng(seed).zipf(2.5, 500)) for seed in range(200)])
    assert np.std(repeats[:, 0]) == pytest.approx(repeats[:, 1].mean(), rel=0.15)
    within = np.abs(repeats[:, 0] - 1.5) < 1.96 * repeats[:, 1]
    assert 0.9 <= within.mean() <= 0.98


def test_the_likelihood_is_greatest_there():
    sizes = np.random.default_rng(3).zipf(2.4, 300)
    grid = np.linspace(0.5, 3, 2501)
    likelihood = [-len(sizes) * np.log(zeta(d + 1, 1)) - (d + 1) * np.log(sizes).sum() for d in grid]
    assert exponent(sizes)[0] == pytest.approx(grid[np.argmax(likelihood)], abs=1e-3)


def test_a_line_through_an_exact_law_has_its_slope():
    sizes = np.repeat([1, 2, 4, 8, 16], [8, 4, 2, 1, 1])  # 16, 8, 4, 2, 1 that are as large
    assert slope(sizes) == pytest.approx(1)
    assert slope(sizes, smallest=4) == pytest.approx(1)


@pytest.mark.parametrize("sizes", [[], [4], [4, 4, 4], [1, 2, 3]])
def test_one_size_has_no_exponent(sizes):
    assert np.isnan(exponent(np.array(sizes, dtype=int), 3)).all()
    assert np.isnan(slope(np.array(sizes, dtype=int), 3))


def test_the_line_scatters_three_times_as_much():
    draws = [np.random.default_rng(seed).zipf(2.5, 1000) for seed in range(60)]
    lines = np.array([slope(sizes) for sizes in draws])
    likely = np.array([exponent(sizes)[0] for sizes in draws])
    assert lines.std() > 3 * likely.std()
    assert abs(lines.mean() - 1.5) < 0.1
