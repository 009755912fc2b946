import tracemalloc
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import dask
import dask.array as da
import numpy as np
import pytest
import xarray as xr

from nsi_notebook.analytics import regress
from nsi_notebook.analytics.algorithms.regression.basis import Basis
from nsi_notebook.analytics.algorithms.regression.least_squares import LeastSquares
from nsi_notebook.analytics.algorithms.regression.refined import chebyshev, refined
from nsi_notebook.errors import SeriesError, SummaryError
from nsi_notebook.summaries import check_summary
from tests.analytics.algorithms.strd import digits
from tests.analytics.algorithms.strd_linear import LINEAR, design, exact, given, powers

ILL = pytest.mark.filterwarnings("ignore:the columns nearly depend:nsi_notebook.errors.NsiWarning")  # Filip's do


def least(found, wanted):
    return min((digits(a, Decimal(w)) for a, w in zip(found, wanted, strict=True) if Decimal(w)), default=15.0)


@pytest.mark.parametrize("name", LINEAR)
def test_the_certified_values_are_those_of_exact_arithmetic(name):
    each = LINEAR[name]
    value, errors, spread = exact(powers(name, Fraction), [Fraction(v) for v in each["y"].split()])
    for found, wanted in ((value, each["b"]), (errors, each["se"]), ([spread], [each["sd"]])):
        for one, certified in zip(found, map(Decimal, wanted), strict=True):
            assert abs(one - certified) <= Decimal("1e-14") * abs(certified)


@ILL
@pytest.mark.parametrize("name", LINEAR)
def test_high_precision_has_the_digits_that_floats_allow(name):
    each, X = LINEAR[name], design(name)
    y, x = given(name)
    allowed, _, _ = exact([[Fraction(v) for v in column] for column in X.T.tolist()], [Fraction(v) for v in y.tolist()])
    best = min((digits(a, Decimal(w)) for a, w in zip(allowed, each["b"], strict=True)), default=15)
    found = refined(X, y)[0].high
    assert least(found, each["b"]) > min(best, 14.9) - 0.4
    if "degree" in each and each.get("intercept", True):
        fit = regress(y, x[:, 0], degree=each["degree"], precision="high")
        assert least(fit.powers()["value"], each["b"]) > 13
        assert least(fit.powers()["error"], each["se"]) > 13
        assert least([fit.residual_std], [each["sd"]]) > 13


def test_the_goals_are_reached():
    goals = {"Wampler5": 14, "Longley": 14, "Filip": 13}
    for name, goal in goals.items():
        y, x = given(name)
        degree = LINEAR[name].get("degree")
        fit = regress(y, x if degree is None else x[:, 0], degree=degree, precision="high")
        assert least(fit.values if degree is None else fit.powers()["value"], LINEAR[name]["b"]) >= goal


def test_powers_expand_exactly():
    basis = Basis(("x",), ("um",), "s", degree=4, low=-8.78, high=-3.13)
    names, units, matrix = basis.powers()
    assert names == ["1", "x", "x^2", "x^3", "x^4"]
    assert units == ["s", "s/um", "s/um^2", "s/um^3", "s/um^4"]
    at = Fraction(-5.25)
    scaled = (2 * at - Fraction(-8.78) - Fraction(-3.13)) / (Fraction(-3.13) - Fraction(-8.78))
    wanted = [1, scaled, 2 * scaled**2 - 1, 4 * scaled**3 - 3 * scaled, 8 * scaled**4 - 8 * scaled**2 + 1]
    for column in range(5):
        assert sum(matrix[k][column] * at**k for k in range(5)) == wanted[column]
    twice = chebyshev(np.array([-5.25]), -8.78, -3.13, 4)
    for column in range(5):
        together = Fraction(float(twice.high[0, column])) + Fraction(float(twice.low[0, column]))
        assert abs(together - wanted[column]) < Fraction(1, 10**29)


def sample(n=400, k=3, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, k)) * [1, 1e3, 1e-4] + [5, 0, 1e-3]
    return X, X @ [2.0, 1e-3, 1e4] + rng.normal(size=n) + 7


def test_it_is_a_summary():
    X, y = sample()
    X[7, 1] = np.nan
    cuts = [[0, 400], [0, 100, 400], [0, 3, 5, 399, 400], [0, 200, 200, 400]]
    splits = [[(X[a:b], y[a:b]) for a, b in pairwise(cut)] for cut in cuts]
    found = check_summary(LeastSquares(("a", "b", "c")), splits, rtol=1e-9)
    assert int(found["missing"]) == 1
    kept = np.delete(np.arange(400), 7)
    wanted = np.linalg.lstsq(np.column_stack([np.ones(399), X[kept]]), y[kept], rcond=None)[0]
    np.testing.assert_allclose(found["coefficient"], wanted, rtol=1e-10)


def test_large_blocks_are_factored_in_slabs():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(20_000, 3))
    y = X.sum(axis=1) + rng.normal(size=20_000)
    line = LeastSquares(("a", "b", "c"), intercept=False)
    found = line.finalize(line.partial((X, y)))
    value, rest = np.linalg.lstsq(X, y, rcond=None)[:2]
    np.testing.assert_allclose(found["coefficient"], value, rtol=1e-12)
    np.testing.assert_allclose(found["residual_std"], np.sqrt(rest[0] / 19_997), rtol=1e-12)


def test_blocks_of_other_terms_are_refused():
    one, other = LeastSquares(("a",)), LeastSquares(("a", "b"))
    with pytest.raises(SummaryError, match="blocks of 2 and 3 terms"):
        one.merge(one.identity(), other.identity())
    with pytest.raises(SummaryError, match=r"X of shape \(4, 2\)"):
        one.partial((np.ones((4, 2)), np.ones(4)))
    with pytest.raises(SeriesError, match="0 rows cannot tell 2 coefficients"):
        one.finalize(one.identity())


@pytest.mark.parametrize("errors", ["classical", "hc0", "hc1", "hc2", "hc3", "cluster"])
def test_chunks_give_what_the_whole_gives(errors):
    X, y = sample()
    y[11] = np.nan
    whole = xr.DataArray(y, dims="image", name="area")
    parts = {name: xr.DataArray(column, dims="image") for name, column in zip("abc", X.T, strict=True)}
    lazy = whole.copy(data=da.from_array(y, chunks=70))
    lazily = {name: one.copy(data=da.from_array(one.values, chunks=70)) for name, one in parts.items()}
    subject = np.arange(400) % 23 if errors == "cluster" else None  # each in many chunks
    one, other = (regress(a, x, errors=errors, cluster=subject) for a, x in ((whole, parts), (lazy, lazily)))
    assert (one.n, one.missing) == (other.n, other.missing) == (399, 1)
    np.testing.assert_allclose(other.values, one.values, rtol=1e-10)
    np.testing.assert_allclose(other.covariance, one.covariance, rtol=1e-8)
    assert [c.assumption for c in one.checks] == [c.assumption for c in other.checks]
    for a, b in zip(one.checks, other.checks, strict=True):
        assert a.statistic == b.statistic or a.statistic == pytest.approx(b.statistic, rel=1e-7)
    np.testing.assert_allclose(other.points.x, one.points.x)
    np.testing.assert_allclose(one.points.y - one.points.fitted, one.points.residual, atol=1e-9)


def test_a_polynomial_of_chunks_has_the_range_of_all():
    x = np.linspace(0, 9, 200)
    y = x**2 + np.sin(37 * x)
    one = regress(xr.DataArray(y, dims="image"), xr.DataArray(x, dims="image"), degree=2)
    lazy = regress(xr.DataArray(da.from_array(y, chunks=30), dims="image"), xr.DataArray(x, dims="image"), degree=2)
    assert (lazy.basis.low, lazy.basis.high) == (0, 9)
    np.testing.assert_allclose(lazy.powers()["value"], one.powers()["value"], rtol=1e-9)
    np.testing.assert_allclose(one.powers()["value"], np.polynomial.Polynomial.fit(x, y, 2).convert().coef, rtol=1e-9)


@pytest.mark.parametrize("errors", ["classical", "cluster"])
def test_of_chunks_nothing_is_kept_that_grows_with_the_rows(errors):
    def peak(n):
        draw = da.random.default_rng(0).normal
        y, *x = (xr.DataArray(draw(size=n, chunks=50_000), dims="image") for _ in range(4))
        label = np.arange(n) % 20 if errors == "cluster" else None
        tracemalloc.start()
        with dask.config.set(scheduler="synchronous"):
            regress(y, dict(zip("abc", x, strict=True)), errors=errors, cluster=label)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(1_000)  # what is imported
    grown = peak(800_000) - peak(200_000)
    labels = 600_000 * 16 if errors == "cluster" else 0  # they are given, and numbered
    assert grown < 0.1 * 600_000 * 4 * 8 + labels
