"""Errors of clusters beside their definition on whole matrices, and what must be the same as something else."""

import dask.array as da
import numpy as np
import pytest
import statsmodels.api as sm
import xarray as xr
from scipy import stats
from scipy.signal import lfilter

from nsi_notebook.analytics import regress
from nsi_notebook.errors import NsiWarning, SeriesError

SIZES = (3, 9, 5, 12, 4, 7, 8)
LABEL = np.repeat(np.arange(len(SIZES)), SIZES)


def sample(seed=0, label=LABEL):
    rng = np.random.default_rng(seed)
    between, within, y = rng.normal(size=(3, label.max() + 1))[:, label] + rng.normal(size=(3, len(label))) * [[0], [1], [1]]
    return {"between": between, "within": within}, y


def defined(X, e, label):
    """CR2 of rows that are independent and of one variance to the working model, all of it on matrices of all rows."""
    n = len(X)
    bread = np.linalg.inv(X.T @ X)
    M = np.eye(n) - X @ bread @ X.T
    sums, ways = [], []
    for one in np.unique(label):
        at = label == one
        value, vector = np.linalg.eigh(M[np.ix_(at, at)])
        A = (vector / np.sqrt(value)) @ vector.T
        ways.append(bread @ X[at].T @ A @ M[at])  # of y, whose covariance is the identity
        sums.append(bread @ X[at].T @ A @ e[at])
    matrix = sum(np.outer(one, one) for one in sums)

    def freedom(C):
        value, vector = np.linalg.eigh(C @ bread @ C.T)
        turned = [(vector / np.sqrt(value)) @ vector.T @ C @ way for way in ways]
        covariances = [one @ other.T for one in turned for other in turned]
        return len(C) * (len(C) + 1) / sum(np.trace(c) ** 2 + np.trace(c @ c) for c in covariances)

    return matrix, freedom


@pytest.mark.parametrize("kind", ["ols", "logistic"])
def test_they_are_those_of_bell_and_mccaffrey_and_of_pustejovsky_and_tipton(kind):
    x, y = sample()
    y = y if kind == "ols" else y > 0
    found = regress(y, x, kind=kind, cluster=LABEL)
    X = sm.add_constant(np.column_stack(list(x.values())))
    root = np.ones(len(y)) if kind == "ols" else np.sqrt((p := 1 / (1 + np.exp(-X @ found.values))) * (1 - p))
    rest = y - X @ found.values if kind == "ols" else (y - p) / root
    matrix, freedom = defined(X * root[:, None], rest, LABEL)
    np.testing.assert_allclose(found.covariance, matrix, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose([term.df for term in found.terms], [freedom(row[None]) for row in np.eye(3)], rtol=1e-7)
    size, value = freedom(np.eye(3)[1:]), found.values[1:]
    statistic = value @ np.linalg.solve(matrix[1:, 1:], value) / 2 * (size - 1) / size
    np.testing.assert_allclose(found.overall, (statistic, 2, size - 1, stats.f.sf(statistic, 2, size - 1)), rtol=1e-6)


def test_degrees_of_freedom_are_satterthwaites():
    x, y = sample()
    X, n = sm.add_constant(np.column_stack(list(x.values()))), len(y)
    bread = np.linalg.inv(X.T @ X)
    M, columns = np.eye(n) - X @ bread @ X.T, []
    for one in range(len(SIZES)):
        at = one == LABEL
        value, vector = np.linalg.eigh(M[np.ix_(at, at)])
        columns.append(M[:, at] @ (vector / np.sqrt(value)) @ vector.T @ X[at] @ bread[:, 1])
    weight = np.linalg.eigvalsh(np.array(columns) @ np.array(columns).T)
    assert regress(y, x, cluster=LABEL)["between"].df == pytest.approx(weight.sum() ** 2 / (weight**2).sum(), rel=1e-9)


def test_rows_that_are_clusters_of_their_own_have_hc2():
    x, y = sample()
    found = regress(y, x, cluster=np.arange(len(y)))
    wanted = sm.OLS(y, sm.add_constant(np.column_stack(list(x.values())))).fit(cov_type="HC2")
    np.testing.assert_allclose([term.error for term in found.terms], wanted.bse, rtol=1e-9)


def test_two_groups_of_clusters_are_welchs_test_of_their_means():
    rng = np.random.default_rng(1)
    label, new = np.repeat(np.arange(9), 4), np.repeat([0, 1], [16, 20])
    y = rng.normal(size=9)[label] + rng.normal(size=36)
    means = y.reshape(9, 4).mean(axis=1)
    found = regress(y, {"new": new}, cluster=label)["new"]
    assert found.statistic == pytest.approx(stats.ttest_ind(means[4:], means[:4], equal_var=False).statistic, rel=1e-9)
    assert found.df == pytest.approx((1 / 4 + 1 / 5) ** 2 / (1 / (16 * 3) + 1 / (25 * 4)), rel=1e-9)  # of one variance


def test_the_clusters_of_chunks_are_those_of_the_whole():
    x, y = sample()
    mixed = np.random.default_rng(2).permutation(len(y))
    lazy = {name: xr.DataArray(da.from_array(one[mixed], chunks=11), dims="image") for name, one in x.items()}
    one, other = regress(y, x, cluster=LABEL), regress(xr.DataArray(y[mixed], dims="image"), lazy, cluster=LABEL[mixed])
    np.testing.assert_allclose(other.covariance, one.covariance, rtol=1e-9)
    np.testing.assert_allclose([term.df for term in other.terms], [term.df for term in one.terms], rtol=1e-9)


@pytest.mark.parametrize("number", [4, 6])
def test_few_clusters_of_many_sizes_raise_few_false_alarms(number):
    alarms = plain = 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        label = np.repeat(np.arange(number), rng.integers(2, 40, number))
        x, y = rng.normal(size=(2, number))[:, label] + rng.normal(size=(2, len(label))) * [[0], [1]]
        alarms += regress(y, {"x": x}, cluster=label)["x"].p < 0.05
        fit = sm.OLS(y, sm.add_constant(x)).fit(cov_type="cluster", cov_kwds={"groups": label}, use_t=True)
        plain += fit.pvalues[1] < 0.05
    assert alarms <= 14  # 7.5 are expected
    assert plain > 25  # of CR1, which the number of clusters less one has for its degrees of freedom


def test_what_only_one_cluster_has_has_no_error():
    x, y = sample()
    only = (LABEL == 2) * 1.0
    with pytest.raises(SeriesError, match="only rests on single clusters: what varies between clusters cannot be told"):
        regress(y, {"only": only}, cluster=LABEL)
    with pytest.warns(NsiWarning, match="only rests on single clusters"):
        found = regress(y, x | {"only": only}, cluster=LABEL)
    assert np.isnan(found["only"].p)
    assert found.overall == ()
    assert np.isfinite([found[name].p for name in x]).all()


def test_clusters_that_are_stretches_of_one_series_are_told():
    label = np.repeat(np.arange(40), 10)
    for phi, told in ((0.9, True), (0.0, False)):
        noise = lfilter([1], [1, -phi], np.random.default_rng(1).normal(size=(2, 600)))[:, 200:]
        y, x = (xr.DataArray(each, dims="time") for each in noise)
        found = regress(y, {"x": x}, cluster=label)
        (check,) = [one for one in found.checks if one.assumption == "clusters that are independent"]
        assert check.met is not told
        assert ("errors='ar'" in check.found) is told


def test_clusters_with_means_of_their_own_are_none_that_are_alike():
    rng, label, spoken = np.random.default_rng(2), np.repeat(np.arange(40), 10), 0
    for _ in range(60):
        y = xr.DataArray(np.repeat(rng.normal(size=40), 10) + rng.normal(size=400), dims="time")
        found = regress(y, {"x": xr.DataArray(rng.normal(size=400), dims="time")}, cluster=label)
        spoken += not next(one for one in found.checks if one.assumption == "clusters that are independent").met
    assert spoken <= 3  # one of 200 is to be expected


@pytest.mark.parametrize(("clusters", "tested"), [(3, False), (4, True), (20, True)])
def test_clusters_that_are_too_few_for_all_coefficients_together_are_told(clusters, tested):
    rng = np.random.default_rng(3)
    x = {name: rng.normal(size=20 * clusters) for name in "uvw"}
    found = regress(rng.normal(size=20 * clusters), x, cluster=np.repeat(np.arange(clusters), 20))
    assert bool(found.overall) is tested
    told = [one.found for one in found.checks if one.assumption == "all coefficients together"]
    assert told == ([] if tested else ["there are too few clusters to test all 3 together"])
    assert ("all together not tested" in found.sentence) is not tested
    (enough,) = [one for one in found.checks if one.assumption == "enough clusters"]
    least = min([term.df for term in found.terms[1:]] + ([found.overall[2]] if tested else []))
    assert enough.met is (least >= 4)
    assert f"{least:.3g} degree" in enough.found


def test_clusters_of_one_row_each_hold_nothing_together_and_that_is_said():
    rng = np.random.default_rng(6)
    names = {"specimen": [f"s{i}" for i in range(12)]}
    y = xr.DataArray(rng.normal(size=(12, 2)), names, ("specimen", "operator"), "y")
    x = xr.DataArray(rng.normal(size=12), names, ("specimen",), "x")
    for found in regress(y, x, "specimen", cluster="specimen"):
        doubt = next(check for check in found.doubts if check.assumption == "clusters of several rows")
        assert doubt.found.startswith("each of 12 clusters has one row: nothing is held together")
    alone, plain = (regress(y[:, 0], x, **how) for how in ({"cluster": "specimen"}, {"errors": "hc2"}))
    assert alone["x"].error == pytest.approx(plain["x"].error, rel=1e-12)
    held = regress(y[:, 0], x, cluster=np.r_[0, 0, 1:11])
    assert "clusters of several rows" not in {check.assumption for check in held.checks}
