"""Correlations at lags against scipy, and against simulations with and without a lag."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import signal, stats

from nsi_notebook.analytics import cross_correlation
from nsi_notebook.errors import DimsError, NsiWarning, OptionError, SeriesError, TimeError, UnknownNameError
from tests.analytics.algorithms.noises import ar1, noise

SMALL = pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # that few are in doubt is asked elsewhere


def minutes(n, start=0, step=1):
    at = np.datetime64("2026-11-26T12:00", "us") + np.arange(start, start + n * step, step) * np.timedelta64(1, "m")
    return {"time": ("time", at, {"timezone": "UTC"})}


def series(values, name, **where):
    return xr.DataArray(values, minutes(len(values), **where), ("time",), name=name)


def follows(seed, n=300, lag=7, phi=0.0, strength=0.8):
    """A series, and one that follows it."""
    x = ar1(seed, n + 100, phi)
    return x[50 : n + 50], strength * x[50 - lag : n + 50 - lag] + ar1(seed + 1000, n)


def test_white_series_give_what_scipy_gives():
    x, y = np.random.default_rng(0).normal(size=(2, 250))
    x, y = x + 3, y - 2
    found = cross_correlation(x, y, lags=40, prewhiten=False)
    whole = signal.correlate(y - y.mean(), x - x.mean())
    lags = signal.correlation_lags(250, 250)
    at = np.abs(lags) <= 40
    wanted = whole[at] / (250 - np.abs(lags[at])) / (x.std() * y.std())
    assert found.lags.tolist() == lags[at].tolist()
    np.testing.assert_allclose(found.correlation, wanted, atol=1e-12)
    assert found.pairs.tolist() == (250 - np.abs(lags[at])).tolist()
    half = stats.norm.isf((1 - 0.95 ** (1 / 81)) / 2)
    assert found.bound[40] == pytest.approx(half / np.sqrt(250), rel=1e-3)


def test_prewhitened_is_correlation_of_what_the_filter_leaves():
    x, y = follows(0, phi=0.8)
    found = cross_correlation(x, y, lags=20)
    assert found.order >= 1
    from nsi_notebook.analytics.algorithms.noise import fit

    phi = fit((x - x.mean())[None] / abs(x).max()).coefficients()
    a, b = (signal.lfilter(np.r_[1, -phi], [1], v - v.mean())[len(phi) :] for v in (x, y))
    wanted = np.mean((a - a.mean())[:-5] * (b - b.mean())[5:]) / a.std() / b.std()
    assert found.correlation[found.steps == 5][0] == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("kind", ["white", "AR(1) 0.9", "AR(2) cyclic", "AR(1) 0.9 + noise"])
def test_unrelated_series_seldom_have_a_lag(kind):
    x, y = noise(kind, (2, 80, 250), np.random.default_rng(11))
    alarms = sum(cross_correlation(a, b).found for a, b in zip(x, y, strict=True))
    assert alarms <= stats.binom.ppf(0.9999, 80, 0.07)


def test_without_the_filter_bounds_are_wider():
    """And without either, nearly all would have a lag."""
    x, y = noise("AR(1) 0.9", (2, 40, 300), np.random.default_rng(11))
    found = [cross_correlation(a, b, prewhiten=False) for a, b in zip(x, y, strict=True)]
    assert sum(one.found for one in found) <= 4
    plain = stats.norm.isf((1 - 0.95 ** (1 / 101)) / 2)
    assert sum((abs(one.correlation) * np.sqrt(one.pairs)).max() > plain for one in found) > 30


@pytest.mark.parametrize(("lag", "phi"), [(7, 0.0), (-12, 0.5), (0, 0.9)])
def test_lags_are_found_and_their_intervals_hold_them(lag, phi):
    found = [cross_correlation(*follows(seed, lag=lag, phi=phi)) for seed in range(50)]
    sure = [one for one in found if one.found]
    assert len(sure) > 30
    assert np.mean([one.lag == lag for one in sure]) > 0.9
    held = sum(one.interval[0] <= lag <= one.interval[1] for one in sure)
    assert held >= stats.binom.ppf(0.001, len(sure), 0.95)


def test_lags_are_in_units_of_time_and_told_in_words():
    x, y = follows(0)
    found = cross_correlation(series(x, "load"), series(y, "heat"))
    assert found.lag == 7 * 60
    assert found.interval == (6.5 * 60, 7.5 * 60)
    assert found.sentence.startswith("Heat follows load by 7 (6.5 to 7.5) min: correlation 0.")
    back = cross_correlation(series(y, "heat"), series(-x, "load"))
    assert back.lag == -7 * 60
    assert back.sentence.startswith("Heat follows load by 7 (6.5 to 7.5) min, the other way round: correlation -0.")
    alone = cross_correlation(series(x, "load"), series(ar1(79, 300), "heat"))
    assert alone.sentence.startswith("Heat is not shown to follow load at any lag, or to go before it")
    assert repr(found) == (f"CrossCorrelation({found.sentence})")
    together = cross_correlation(series(x, "load"), series(x + 0.1 * y, "heat"))
    assert together.sentence.startswith(
        "Load and heat go together, and which comes first cannot be told, lag 0 (-0.5 to 0.5) min"
    )


@pytest.mark.parametrize(("every", "months"), [(1, 1), (3, 3)])
def test_lags_of_months_are_told_in_months(every, months):
    times = pd.date_range("1970-01-01", periods=900, freq="MS", tz="Europe/Berlin", name="time")[::every]
    load = np.random.default_rng(31).normal(size=len(times))
    heat = np.roll(load, 3) + 0.3 * np.random.default_rng(32).normal(size=len(times))
    first, other = pd.Series(load, times, name="load"), pd.Series(heat, times, name="heat")
    found = cross_correlation(first.drop(times[40:42]), other.tz_convert("UTC"))
    lag = 3 * months
    assert (found.lag, found.interval) == (lag, (lag - months / 2, lag + months / 2))
    assert f"Heat follows load by {lag} ({lag - months / 2:g} to {lag + months / 2:g}) months" in found.sentence
    assert found.to_xarray()["best_lag"].attrs["units"] == found.table().attrs["units"]["lag"] == "month"
    assert found.plot().layout.xaxis.title.text == "lag by which heat follows load (months)"


@pytest.mark.parametrize(("unit", "one"), [("h", 1.0), ("s", 3600.0), ("minutes", 60.0), ("d", 1 / 24)])
def test_lags_may_be_a_time_where_the_coordinate_is_in_a_unit_of_time(unit, one):
    x, y = (xr.DataArray(v, {"t": ("t", np.arange(300) * one, {"units": unit})}, ("t",)) for v in follows(3))
    found = cross_correlation(x, y, lags=timedelta(hours=12))
    assert (found.steps[-1], found.lag / one) == (12, pytest.approx(7))
    assert cross_correlation(x, y, lags=np.timedelta64(12, "h")).steps[-1] == 12


def test_the_dim_of_a_series_with_a_name_may_be_said():
    x, y = (pd.Series(v, name=name) for v, name in zip(follows(4), ("load", "heat"), strict=True))
    found = cross_correlation(x, y, "t")
    assert (found.dim, found.first, found.other) == ("t", "load", "heat")
    assert found.lag == cross_correlation(x.to_numpy(), y.to_numpy()).lag == 7


@pytest.mark.parametrize("cycle", [[1.0, -1.0], [1.0, 0.0, -1.0, 0.0]])
def test_a_series_that_is_told_exactly_by_what_came_before_has_no_lag(cycle):
    x, y = np.tile(cycle, 240 // len(cycle)), ar1(0, 240)
    with pytest.raises(SeriesError, match="the filter that makes first white leaves nothing of first") as caught:
        cross_correlation(x, y)
    assert caught.value.hint == "prewhiten=False"
    assert np.isfinite(cross_correlation(x, y, prewhiten=False).correlation).all()


def test_tables_say_all_of_it():
    found = cross_correlation(
        *(series(v, n) for v, n in zip(follows(0), ("load", "heat"), strict=True)), lags=timedelta(minutes=9)
    )
    table = found.table()
    assert table["lag"].tolist() == [60.0 * k for k in range(-9, 10)]
    assert table.attrs["units"]["lag"] == "s"
    assert table[table["in_set"]]["steps"].tolist() == [7]
    told = found.to_xarray()
    assert told["best_lag"] == 420
    assert told["best_lag_ci"].values.tolist() == [390, 450]
    assert told["correlation"].sel(lag=420) == pytest.approx(found.correlation.max())
    alone = cross_correlation(ar1(0, 300), ar1(79, 300)).to_xarray()
    assert np.isnan(alone["best_lag_ci"]).all()
    assert alone["best_lag_ci"].attrs["nsi_undefined"] == "no lag stands out"


def test_series_lie_by_their_times():
    x, y = follows(0, n=400)
    whole = cross_correlation(series(x, "a"), series(y, "b"))
    late = cross_correlation(series(x[:380], "a"), series(y[20:], "b", start=20))
    assert late.lag == whole.lag == 420
    pairs = late.pairs + late.order
    assert pairs[late.steps == 0] == 360
    assert cross_correlation(pd.Series(x, name="a"), pd.Series(y, name="b")).lag == 7


def test_gaps_and_missing_values_are_left_out_and_counted():
    x, y = follows(0, n=500, phi=0.6)
    x[40:60] = np.nan
    y[[100, 300]] = np.nan
    kept = np.r_[0:200, 230:500]
    a, b = (series(v, n).isel(time=kept) for v, n in ((x, "a"), (y, "b")))
    found = cross_correlation(a, b)
    assert (found.lag, found.gaps, found.missing) == (420, 1, (20, 2))
    there = ~np.isnan(x) & np.isin(np.arange(500), kept)
    whole = sum(there[t - found.order : t + 1].all() for t in range(found.order, 500))
    assert whole * 0.85 < found.pairs[found.steps == 0][0] <= whole


def test_each_of_many_has_its_lag():
    rows = [follows(seed, lag=lag) for seed, lag in ((0, 3), (5, -4))]
    one = xr.DataArray([r[0] for r in rows], {"lane": ["a", "b"]}, ("lane", "time"))
    other = xr.DataArray([r[1] for r in rows], {"lane": ["a", "b"]}, ("lane", "time"))
    found = cross_correlation(one, other)
    assert [each.lag for each in found] == [3, -4]
    assert found.to_xarray()["best_lag"].sel(lane="b") == -4
    assert set(found.table()["lane"]) == {"a", "b"}
    other[1] = 2.0
    with pytest.warns(NsiWarning, match="left out 1 of 2 series: lane=b: all 300 values of other are 2"):
        kept = cross_correlation(one, other)
    assert [each.lag for each in kept] == [3]
    assert kept.table()["refused"].iloc[-1] == "all 300 values of other are 2"
    assert np.isnan(kept.to_xarray()["best_lag"].sel(lane="b"))
    other[0] = 2.0
    with pytest.raises(SeriesError, match="lane=a: all 300 values of other are 2"):
        cross_correlation(one, other)


def test_a_drift_of_both_is_taken_away():
    rng, at = np.random.default_rng(0), np.arange(300) / 30
    x, y = rng.normal(size=(2, 300)) + at
    assert cross_correlation(x, y, prewhiten=False, detrend="linear").p > 0.05
    with pytest.raises(SeriesError, match="first is a straight line"):
        cross_correlation(at, y, detrend="linear")


@SMALL
@pytest.mark.parametrize(
    ("first", "other", "options", "kind", "said"),
    [
        (range(19), range(19), {}, SeriesError, "19 values of first are too few\nhint: at least 20"),
        (np.ones(40), range(40), {}, SeriesError, "all 40 values of first are 1"),
        (np.full(40, np.nan), range(40), {}, SeriesError, "0 values of first are too few"),
        (range(40), range(39), {}, SeriesError, "40 and 39 values"),
        ([np.inf, *range(40)], range(41), {}, SeriesError, "1 of 41 values of first are infinite"),
        (range(40), range(40), {"lags": 0}, OptionError, "lags of 0 samples"),
        (range(40), range(40), {"lags": 31}, OptionError, "from 1 to 30"),
        (range(40), range(40), {"lags": "3"}, OptionError, "lags is '3'"),
        (range(40), range(40), {"lags": timedelta(seconds=3)}, OptionError, "a time; the coordinate is in 'sample'"),
        (range(40), range(40), {"detrend": "lin"}, UnknownNameError, "did you mean 'linear'"),
        (range(40), range(40), {"level": 95}, OptionError, "level=95"),
        (xr.DataArray(range(40), dims="a"), xr.DataArray(range(40), dims="b"), {}, DimsError, "one series lies along 'a'"),
    ],
)
def test_what_has_no_lag_is_refused(first, other, options, kind, said):
    with pytest.raises(kind, match=said):
        cross_correlation(first, other, **options)


def test_times_that_do_not_fit_are_refused():
    x, y = follows(0)
    with pytest.raises(SeriesError, match="no 'time' in common"):
        cross_correlation(series(x, "a"), series(y, "b", start=1000))
    uneven = xr.DataArray(x, {"time": np.cumsum(np.random.default_rng(0).exponential(size=300))}, ("time",))
    with pytest.raises(TimeError, match="the steps along 'time' differ"):
        cross_correlation(uneven, uneven)
    half = series(y, "b")
    half = half.assign_coords(time=half["time"] + np.timedelta64(30, "s"))
    half["time"].attrs["timezone"] = "UTC"
    with pytest.raises(SeriesError, match="no 'time' in common"):
        cross_correlation(series(x, "a"), half)


def test_few_values_are_in_doubt():
    with pytest.warns(NsiWarning, match="intervals are in doubt: no method is safe with fewer than 200 values"):
        cross_correlation(*follows(0, n=100))


def test_steps_that_differ_are_refused_as_half_of_one_would_be_left_out():
    fine = pd.date_range("2026-11-26", periods=300, freq="1min", tz="UTC", name="time")
    one, two = pd.Series(ar1(1, 300), fine, name="one"), pd.Series(ar1(2, 150), fine[::2], name="two")
    with pytest.raises(TimeError, match=r"steps of 1 min, the other in steps of 2 min\nhint: data.resample\(time='2min'\)"):
        cross_correlation(one, two)


@pytest.mark.parametrize(("step", "unit"), [(60, "s"), (1, "s"), (60_000, "ms")])
def test_places_in_two_units_are_refused_whatever_their_numbers(step, unit):
    """Places are matched as they are: 60 s is no 1 min there, and 1 s is one."""
    x, y = follows(0)
    place = np.arange(len(x))
    one = xr.DataArray(x, {"time": ("time", place, {"units": "min"})}, ("time",))
    two = xr.DataArray(y, {"time": ("time", step * place, {"units": unit})}, ("time",))
    with pytest.raises(TimeError, match=f"'time' are in min and in {unit}: which belong together\\?\nhint: one unit of all"):
        cross_correlation(one, two)
    same = two.assign_coords(time=("time", place, {"units": "min"}))
    assert cross_correlation(one, same).unit == "min"


def test_the_figure_is_in_the_unit_of_the_sentence():
    hours = pd.date_range("2026-11-01", periods=300, freq="1h", tz="UTC", name="time")
    load = np.random.default_rng(0).normal(size=300)
    found = cross_correlation(pd.Series(load, hours, name="load"), pd.Series(np.roll(load, 3), hours, name="heat"))
    drawn = found.plot()
    assert drawn.layout.title.text.startswith("Heat follows load by 3")
    assert abs(np.asarray(drawn.data[0].x)).max() == 50
    assert "(h)" in drawn.layout.xaxis.title.text
