"""The share of ranks that groups explain: against its definition, and the coverage of its interval by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from nsi_notebook.analytics.algorithms.statistics.rank_effects import agreement, share_of_groups


def kendall(table):
    """W as Kendall defines it, without ties."""
    n, k = table.shape
    sums = stats.rankdata(table, axis=1).sum(axis=0)
    return 12 * ((sums - sums.mean()) ** 2).sum() / (n**2 * (k**3 - k))


def test_shares_are_those_of_sums_of_squares_of_ranks():
    rng = np.random.default_rng(0)
    x = np.round(rng.normal(size=(9, 4)) + np.arange(4), 0)  # with ties
    rank = stats.rankdata(x).reshape(x.shape)
    between = 9 * ((rank.mean(axis=0) - rank.mean()) ** 2).sum()
    found = share_of_groups(stats.kruskal(*x.T).statistic, 4, 36, 0.95)
    assert found[0] == pytest.approx(between / ((rank - rank.mean()) ** 2).sum(), rel=1e-12)
    assert found[1] <= found[0] <= found[2]
    assert agreement(x, 0.95)[0] == pytest.approx(stats.friedmanchisquare(*x.T).statistic / 27, rel=1e-12)
    plain = rng.normal(size=(9, 4))
    assert agreement(plain, 0.95)[0] == pytest.approx(kendall(plain), rel=1e-12)


def test_bounds_where_all_agree_say_that_few_did():
    few, many = (agreement(np.arange(4.0) + np.zeros((n, 1)), 0.95) for n in (3, 30))
    assert few[0] == many[0] == pytest.approx(1)
    assert few[2] == many[2] == pytest.approx(1)
    assert few[1] < 0.7 < 0.95 < many[1]


@pytest.mark.parametrize("size", [0.0, 0.7, 4.0])
def test_intervals_cover_their_shares(size):
    """The share in a large sample is the truth."""
    rng = np.random.default_rng(2)
    away = np.linspace(0, size, 3)
    large = rng.normal(size=(50_000, 3)) + away
    truth = stats.kruskal(*large.T).statistic / (large.size - 1), kendall(large)
    hits = np.zeros(2)
    for _ in range(300):
        x = rng.normal(size=(12, 3)) + away
        for i, found in enumerate([share_of_groups(stats.kruskal(*x.T).statistic, 3, 36, 0.95), agreement(x, 0.95)]):
            hits[i] += found[1] <= truth[i] + 1e-4 and truth[i] <= found[2] + 1e-4
    assert (hits / 300 >= 0.9).all()
