"""Effective numbers of values: theory, simulated false alarms, and series that have none."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nsi_notebook.analytics import effective_n
from nsi_notebook.analytics.algorithms.effective import METHODS, effective_of
from nsi_notebook.analytics.algorithms.noise import noise_of
from nsi_notebook.errors import DimsError, NsiWarning, SeriesError, TimeError, UnknownNameError
from tests.analytics.algorithms.noises import ORDERS, inflation, noise, p_values


@pytest.mark.parametrize("kind", ORDERS)
def test_of_a_long_series_it_is_what_theory_says(kind):
    x = noise(kind, (20, 20_000), np.random.default_rng(5))
    found = np.median(effective_of(x, ("ar",)))
    assert found == pytest.approx(min(20_000 / inflation(kind), 20_000), rel=0.12)


@pytest.mark.parametrize(("kind", "method"), [("AR(1) 0.9", "ar1"), ("AR(1) 0.9", "geyer"), ("AR(2) slow", "geyer")])
def test_the_other_methods_too_where_their_model_is_true(kind, method):
    x = noise(kind, (20, 20_000), np.random.default_rng(6))
    assert np.median(effective_of(x, (method,))) == pytest.approx(20_000 / inflation(kind), rel=0.15)


def rate(kind, n, methods, reps=400, seed=7):
    x = noise(kind, (2, reps, n), np.random.default_rng(seed))
    return np.mean(p_values(x, effective_of(x, methods)) < 0.05), np.mean(p_values(x, np.full((2, reps), n)) < 0.05)


@pytest.mark.parametrize("kind", ORDERS)
def test_false_alarms_at_a_thousand_values_are_near_their_level(kind):
    found, _ = rate(kind, 1000, ("ar",))
    # 2000 of each show 0.044 to 0.075 (`benchmarks.effective`); three standard errors of 400 more and less
    assert 0.013 <= found <= 0.115
    assert rate(kind, 1000, tuple(METHODS))[0] <= 0.115


def test_a_plain_test_would_raise_them_by_the_dozen():
    assert 0.58 < rate("AR(1) 0.9", 200, ("ar",))[1] < 0.74  # 0.657 in 4000
    assert rate("AR(1) 0.9", 200, ("ar",))[0] < 0.12


def test_one_of_order_one_does_not_converge_where_there_is_measurement_noise():
    assert rate("AR(1) 0.9 + noise", 1000, ("ar1",))[0] > 0.2


@pytest.mark.parametrize("kind", ["white", "AR(1) 0.9", "AR(2) slow"])
@pytest.mark.parametrize("gone", [0.1, 0.3, "one gap"])
def test_missing_values_raise_no_false_alarms(kind, gone):
    rng = np.random.default_rng(8)
    x = noise(kind, (2, 400, 500), rng)
    if gone == "one gap":
        x[..., 200:300] = np.nan
    else:
        x[rng.random(x.shape) < gone] = np.nan
    assert np.mean(p_values(x, effective_of(x, ("ar",))) < 0.05) <= 0.10


def test_values_that_never_follow_one_another_raise_no_false_alarms():
    x = noise("AR(1) 0.9", (2, 400, 800), np.random.default_rng(8))
    x[..., ::2] = np.nan
    assert np.mean(p_values(x, effective_of(x, ("ar",))) < 0.05) <= 0.10


def test_it_is_the_smallest_of_three_when_conservative():
    x = xr.DataArray(noise("AR(2) slow", (6, 800), np.random.default_rng(9)), dims=("lane", "time"), coords={"lane": range(6)})
    each = [effective_n(x, method=m) for m in METHODS]
    careful = effective_n(x, conservative=True)
    np.testing.assert_array_equal(careful, np.min(each, axis=0))
    assert careful.dims == ("lane",)
    assert careful.attrs["method"] == "the smallest of ar, ar1, geyer"


@pytest.mark.parametrize("chunks", [{"time": 50}, {"lane": 1}, {"time": 77, "lane": 2}])
def test_chunks_give_the_same(chunks):
    x = xr.DataArray(noise("AR(1) 0.9", (400, 3), np.random.default_rng(10)), dims=("time", "lane"))
    xr.testing.assert_identical(effective_n(x.chunk(chunks)), effective_n(x))


def test_scale_and_offset_do_not_matter():
    x = noise("AR(1) 0.9", (400,), np.random.default_rng(11))
    np.testing.assert_allclose(effective_n(x * 1e180), effective_n(x), rtol=1e-9)
    np.testing.assert_allclose(effective_n(x + 1e6), effective_n(x), rtol=1e-6)


def test_it_is_never_more_than_there_are():
    assert float(effective_n(np.tile([1.0, -1.0], 200))) == 400
    gone = np.random.default_rng(1).normal(size=400)
    gone[::7] = np.nan
    assert float(effective_n(gone)) <= np.isfinite(gone).sum()


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (np.random.default_rng(0).normal(size=50), r"fewer than 200 values \(50\)"),
        (np.cumsum(np.random.default_rng(0).normal(size=500)), "fewer than 10 effective ones"),
    ],
)
def test_a_short_series_is_in_doubt(x, said):
    with pytest.warns(NsiWarning, match=said):
        found = effective_n(x)
    assert "no method is safe with fewer than" in found.attrs["nsi_ci_doubt"]


def test_a_series_that_does_not_move_says_so():
    x = xr.DataArray([[1.0] * 300, np.random.default_rng(0).normal(size=300).tolist()], dims=("lane", "time"))
    with pytest.warns(NsiWarning, match="all values are the same"):
        found = effective_n(x)
    assert np.isnan(found[0])
    assert found[1] > 250
    assert "all values are the same" in found.attrs["nsi_undefined"]


TIMES = pd.date_range("2026-03-01", periods=300, freq="10s")


def timed(times, **attrs):
    values = np.random.default_rng(0).normal(size=len(times))
    return xr.DataArray(values, {"time": ("time", times, attrs)}, ("time",))


@pytest.mark.parametrize("times", [TIMES, TIMES.tz_localize("Europe/Berlin"), (TIMES - TIMES[0]), np.arange(300) * 0.1])
def test_times_of_any_kind_that_are_regular_are_taken(times):
    found = effective_n(timed(times, timezone="UTC"))
    assert found.attrs["spacing"] == "regular"


LATE = timed(np.r_[np.arange(200.0), np.arange(300.0, 400)])


@pytest.mark.parametrize("chunks", [None, {"time": 70}])
def test_gaps_of_the_coordinate_are_missing_values(chunks):
    x = noise("AR(1) 0.9", (4, 1000), np.random.default_rng(12))
    place = np.r_[0:300, 420:421, 500:1000]
    rows = xr.DataArray(x, {"time": np.arange(1000)}, ("lane", "time"))
    found = effective_n(rows[:, place] if chunks is None else rows[:, place].chunk(chunks))
    holes = rows.where(rows["time"].isin(place))
    np.testing.assert_allclose(found, effective_n(holes), rtol=1e-12)
    assert found.attrs["spacing"] == "regular, with 2 gaps"


def test_a_series_of_pandas_is_one():
    x = noise("AR(1) 0.9", (600,), np.random.default_rng(13))
    index = pd.date_range("2026-03-01", periods=600, freq="10s", tz="Europe/Berlin")
    assert float(effective_n(pd.Series(x, index))) == float(effective_n(x))


def test_it_is_what_changes_and_trend_rest_on():
    x = noise("AR(1) 0.9", (600,), np.random.default_rng(14))
    found = noise_of((x - x.mean()) / 10, np.full(599, True), 1, (1, 3))
    assert float(effective_n(x)) == pytest.approx(found.effective, rel=1e-9)


def test_times_that_jitter_are_told():
    jitter = np.random.default_rng(0).uniform(-0.02, 0.02, 300)
    assert "steps differ by up to 3." in effective_n(timed(np.arange(300) + jitter)).attrs["spacing"]


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (TIMES, "have no zone"),
        (np.r_[np.arange(299.0), 298], "the coordinate 'time' holds 1 value twice"),
        (np.r_[np.arange(299.0), 5], "goes back once"),
        (-np.arange(300), "goes back 299 times"),
        (np.r_[np.arange(299.0), np.nan], "1 of 300 positions along 'time' are NaN"),
        (np.cumsum(np.tile([1.0, 1.3], 150)), "the steps along 'time' differ: from 1 to 1.3"),
        (np.cumsum(np.tile([1.0, 1.0, 5.0, 5.0, 5.0], 60)), "the steps along 'time' differ: from 1 to 5"),
        (np.array(list("abc") * 100), "is of type"),
    ],
)
def test_times_that_are_no_regular_sequence_are_told(times, said):
    with pytest.raises(TimeError, match=said):
        effective_n(timed(times))


def test_a_zone_can_be_given():
    assert float(effective_n(timed(TIMES), tz="UTC")) > 200


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: effective_n([1.0, 2.0, 1.0]), SeriesError, "3 values along 'sample', too few"),
        (lambda: effective_n([1.0, np.inf] * 9), SeriesError, "9 of 18 values are infinite"),
        (lambda: effective_n(np.zeros((3, 4))), SeriesError, r"the values have shape \(3, 4\)"),
        (lambda: effective_n(xr.DataArray(np.zeros((3, 4)), dims=("x", "y"))), DimsError, "no dim is said; there are x, y"),
        (lambda: effective_n(xr.DataArray(np.zeros(9), dims="x"), "time"), DimsError, "no dim 'time'; there are x"),
        (lambda: effective_n(LATE, method="geyer"), TimeError, "1 gaps along 'time', which no method but 'ar' takes"),
        (lambda: effective_n(LATE, conservative=True), TimeError, "data.resample"),
        (lambda: effective_n(np.zeros(9), method="ar2"), UnknownNameError, "there are: ar, ar1, geyer"),
        (lambda: effective_n(["a"] * 9), SeriesError, "real numbers"),
    ],
)
def test_what_has_none_is_told(call, error, said):
    with pytest.raises(error, match=said):
        call()


def test_one_warning_a_call():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        effective_n(noise("AR(1) 0.9", (30, 50), np.random.default_rng(2))[0])
    assert len(seen) == 1
