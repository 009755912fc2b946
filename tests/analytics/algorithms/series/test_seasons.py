"""Seasons against statsmodels, and false alarms by simulation."""

import re
import sys
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.tsa.seasonal import MSTL, STL, seasonal_decompose

from nsi_notebook.analytics import forecast, seasonal
from nsi_notebook.analytics.algorithms.series.periods import noise_spectra, strongest
from nsi_notebook.errors import MissingExtraError, OptionError, SeriesError, TimeError
from tests.analytics.algorithms.noises import ar1, noise


def wave(n, period, height=1.0):
    return height * np.sin(2 * np.pi * np.arange(n) / period)


def carbon_dioxide():
    weeks = sm.datasets.co2.load_pandas().data["co2"]
    months = weeks.resample("MS").mean()
    months.index = months.index.tz_localize("UTC")
    months.attrs["units"] = "ppm"
    return months


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**16), st.integers(2, 30), st.sampled_from(["additive", "multiplicative"]))
def test_parts_are_those_of_statsmodels(seed, period, model):
    values = np.random.default_rng(seed).gamma(9, size=70)
    found, wanted = seasonal(values, period=period, model=model), seasonal_decompose(values, period=period, model=model)
    for one, other in ((found.trend, wanted.trend), (found.season, wanted.seasonal), (found.rest, wanted.resid)):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found.adjusted, values / found.season if model == "multiplicative" else values - found.season)


def test_loess_is_that_of_statsmodels():
    values = 20 + wave(120, 12, 3) + ar1(0, 120)
    found, wanted = seasonal(values, period=12, method="stl"), STL(values, period=12).fit()
    np.testing.assert_allclose(found.season, wanted.seasonal)
    np.testing.assert_allclose(found.trend, wanted.trend)
    both = seasonal(values + wave(120, 5, 2), period=(5, 12), method="mstl")
    assert both.to_xarray()["seasons"].sizes == {"period": 2, "sample": 120}
    np.testing.assert_allclose(both.trend + both.season + both.rest, both.line.value)
    times = seasonal(values, period=12, method="stl", model="multiplicative")
    np.testing.assert_allclose(times.trend * times.season * times.rest, values)


def test_without_statsmodels_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels.tsa.seasonal", None)
    with pytest.raises(MissingExtraError, match=r"method='stl' needs .*\nhint: pip install 'nsi-notebook\[statsmodels\]'"):
        seasonal(ar1(0, 60), period=12, method="stl")


@pytest.mark.parametrize("kind", ["white", "AR(1) 0.9", "MA(5)"])
def test_false_alarms_are_few(kind):
    many = 30
    rows = noise(kind, (many, 300), np.random.default_rng(5))
    alarms = sum(strongest(row).p < 0.05 for row in rows)
    assert alarms <= binom.ppf(0.9999, many, 0.08)


def test_a_bent_trend_and_a_random_walk_are_no_seasons():
    rng = np.random.default_rng(0)
    bent = (np.arange(600) / 200.0) ** 2 + 0.1 * rng.normal(size=600)
    assert strongest(bent).p > 0.01
    assert sum(strongest(np.cumsum(rng.normal(size=300))).p < 0.01 for _ in range(8)) <= 2


@pytest.mark.parametrize(("shape", "period"), [("wave", 24), ("wave", 7), ("pulse", 40), ("two", 12)])
def test_a_season_is_found_in_noise_that_depends(shape, period):
    phase = np.arange(800) % period
    season = {"wave": wave(800, period, 0.9), "pulse": 4.0 * (phase == 3), "two": wave(800, 12) + 0.8 * wave(800, 6)}[shape]
    values = season + ar1(1, 800, 0.5)
    found = strongest(values)
    assert (found.samples, found.p < 1e-6) == (period, True)
    values[np.random.default_rng(2).random(800) < 0.2] = np.nan
    assert strongest(values).samples == period


@pytest.mark.parametrize("coefficient", [0.3, 0.9])
def test_of_periods_beside_each_other_it_is_the_strongest_even_where_p_is_0(coefficient):
    rng = np.random.default_rng(6)
    for period in (48, 96):
        for _ in range(4):
            values = wave(14 * period, period, 4.0) + ar1(rng, 14 * period, coefficient)
            assert seasonal(values).period == (period,)
            assert seasonal(1000 * values).strength > 0.8


def test_a_period_is_told_and_not_a_multiple_of_it_where_noise_rises_to_frequency_0():
    found = [strongest(wave(700, 24, 0.7) + ar1(np.random.default_rng(seed), 700, 0.5)).samples for seed in range(40)]
    assert found.count(24) >= 37  # 32 if the background alone were what a period has to stand out of


def test_a_series_in_which_no_period_is_stronger_than_noise_has_none():
    for seed in range(5):
        assert 0 <= strongest(np.diff(ar1(seed, 26))).p <= 1
    assert strongest(np.tile([1.0, -1.0], 20)).samples == 2
    assert strongest(np.arange(5.0)).samples == 0


def test_real_seasons_are_found_and_there_is_none_where_none_is():
    assert strongest(carbon_dioxide().to_numpy()).samples == 12
    heat = sm.datasets.elnino.load_pandas().data.iloc[:, 1:].to_numpy().ravel()
    assert strongest(heat).samples == 12
    nile = sm.datasets.nile.load_pandas().data["volume"].to_numpy(float)
    assert strongest(nile).p > 0.05
    assert seasonal(nile).period == ()


def test_the_noise_that_is_expected_is_that_of_simulation():
    """With a fifth of the samples missing: the mean periodogram of 400 series."""
    rng = np.random.default_rng(0)
    there = rng.random(300) > 0.2
    rows = np.where(there, noise("AR(1) 0.9", (400, 300), rng), 0.0)
    mean = (np.abs(np.fft.rfft(rows)) ** 2).mean(axis=0) / there.sum()
    long = noise("AR(1) 0.9", (1, 60_000), rng)[0]
    window = np.resize(there, 300).astype(float)
    found = noise_spectra(long[None], np.ones(60_000, dtype=bool), window)[0].at(np.arange(151) / 300)
    np.testing.assert_allclose(np.log(found[1:]), np.log(mean[1:]), atol=0.35)


def test_what_is_missing_stays_missing_and_does_little_harm():
    months = carbon_dioxide()
    found = seasonal(months)
    assert (found.period, found.filled, len(found.line)) == ((12,), int(months.isna().sum()), int(months.notna().sum()))
    whole = seasonal_decompose(months.interpolate(), period=12)
    cycle = pd.Series(found.season, found.line.coord).groupby(found.line.coord.astype("datetime64[M]").astype(int) % 12).mean()
    wanted = whole.seasonal.groupby(months.index.month - 1).mean()
    np.testing.assert_allclose(cycle, wanted, atol=0.1)
    truth = wave(600, 12, 2.0)
    values = 5 + truth + 0.01 * np.arange(600)
    gone = np.random.default_rng(0).random(600) < 0.3
    np.testing.assert_allclose(seasonal(np.where(gone, np.nan, values), period=12).season, truth[~gone], atol=1e-3)


def test_tables_keep_units_times_and_batches():
    months = carbon_dioxide()
    found = seasonal(months, period=12)
    table = found.table()
    assert table.attrs["units"]["seasonal"] == "ppm"
    assert str(table[found.line.dim].dtype).endswith("UTC]")
    told = found.to_xarray()
    assert told["trend"].attrs["nsi_undefined"].startswith("within half a period")
    np.testing.assert_allclose(told["trend"] + told["seasonal"] + told["rest"], told["observed"].where(told["trend"].notnull()))
    rows = xr.DataArray(np.stack([wave(200, 8) + ar1(s, 200) for s in range(4)]).reshape(2, 2, 200), dims=("a", "b", "time"))
    each = seasonal(rows)
    assert [one.period for one in each] == [(8,)] * 4
    assert each.to_xarray()["adjusted"].sizes == {"a": 2, "b": 2, "time": 200}
    assert "season of 8 samples" in repr(each)


def test_a_period_may_be_a_duration():
    hours = pd.Series(wave(240, 24) + ar1(0, 240), pd.date_range("2026-11-01", periods=240, freq="h", tz="UTC"))
    assert seasonal(hours, period="1d").period == (24,)
    with pytest.raises(OptionError, match=r"which is 1\.5 steps of 1 h"):
        seasonal(hours, period="90min")
    with pytest.raises(OptionError, match="'sample' is no time"):
        seasonal(hours.to_numpy(), period="1d")


@pytest.mark.parametrize(
    ("values", "options", "error", "said"),
    [
        (np.arange(5.0), {}, SeriesError, "5 values are too few\nhint: at least 8"),
        (np.ones(50), {}, SeriesError, "all 50 values are 1"),
        (np.full(50, np.nan), {}, SeriesError, "0 values of 50"),
        (ar1(0, 50), {"period": 30}, SeriesError, "50 steps are not two periods of 30"),
        (ar1(0, 50), {"period": 0}, OptionError, "period is 0"),
        (ar1(0, 50), {"period": True}, OptionError, "period is True"),
        (ar1(0, 50), {"period": [7, 12], "method": "stl"}, OptionError, "several, which method 'stl' does not take"),
        (ar1(0, 50), {"model": "both"}, OptionError, "model is 'both'"),
        (ar1(0, 50), {"model": "multiplicative"}, SeriesError, "a season that multiplies needs all above 0"),
        (
            xr.DataArray(ar1(0, 50), {"x": np.cumsum(np.tile([1.0, 1.3], 25))}, ("x",)),
            {},
            TimeError,
            "the steps along 'x' differ",
        ),
        (xr.DataArray(ar1(0, 50), {"x": np.r_[0:25, 1000:1025]}, ("x",)), {}, SeriesError, "975 of 1025 steps have no sample"),
    ],
)
def test_what_has_no_season_is_refused(values, options, error, said):
    with pytest.raises(error, match=said):
        seasonal(values, **options)


def test_two_events_are_no_season():
    rng = np.random.default_rng(5)
    minutes = 3 + 0.1 * np.convolve(rng.normal(size=14599), 0.95 ** np.arange(200), "valid")
    for at, size, height in ((5000, 60, 4), (9000, 20, 5)):
        minutes[at : at + size] += height
    assert seasonal(minutes.reshape(-1, 15).mean(axis=1)).period == ()


def test_a_pulse_in_each_of_a_few_cycles_is_a_season():
    pulse = 6.0 * (np.arange(320) % 96 == 10)
    assert all(seasonal(pulse + np.random.default_rng(seed).normal(size=320)).period == (96,) for seed in range(5))


@pytest.mark.parametrize("height", [1.0, 3.0])
def test_the_period_of_a_few_weeks_is_as_near_as_can_be_told(height):
    """Its standard error is at least sqrt(24 / n^3) / (2 pi a) of frequency, of noise of variance 1 (Cramer, Rao)."""
    n, period, many = 672, 168, 12
    least = period**2 * np.sqrt(24 / n**3) / (2 * np.pi * height)
    found = [strongest(wave(n, period, height) + np.random.default_rng(seed).normal(size=n)).samples for seed in range(many)]
    assert np.sqrt(np.mean((np.array(found) - period) ** 2)) < 1.6 * np.hypot(least, 12**-0.5)


def test_a_period_of_the_calendar_is_taken_where_it_explains_as_well():
    hours = pd.date_range("2026-11-02", periods=672, freq="h", tz="UTC")
    found = [seasonal(pd.Series(wave(672, 168) + np.random.default_rng(s).normal(size=672), hours)).period for s in range(8)]
    assert found.count((168,)) >= 7
    other = pd.Series(wave(672, 150, 3.0) + ar1(0, 672, 0.3), hours)  # which it does not here
    assert seasonal(other).period[0] != 168


@pytest.mark.parametrize("period", [7.3, 10.37, 13.3, 24.4])
def test_a_wave_of_no_whole_number_of_samples_is_told(period):
    """It is no season that could be taken out, but no noise either; a forecast does not follow it."""
    values = 3 * np.sin(2 * np.pi * np.arange(300) / period) + 0.5 * np.random.default_rng(0).normal(size=300)
    found = seasonal(values)
    if found.period:
        assert "out of step" in found.doubted()
    else:
        assert f"but a wave of {period:.3g} samples" in found.doubted()
        assert f"but a wave of {period:.3g} samples" in forecast(values, 10).doubted()


def test_a_missing_value_hides_no_wave():
    values = 3 * np.sin(2 * np.pi * np.arange(300) / 10.37) + 0.3 * np.random.default_rng(0).normal(size=300)
    values[150] = np.nan
    found = seasonal(values)
    assert found.period == ()
    assert "but a wave of 10.4 samples" in found.doubted()


@pytest.mark.parametrize(("period", "n"), [(2, 60), (4, 60), (12, 240)])
def test_a_season_that_alternates_keeps_in_step(period, n):
    doubted = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        cycle = np.tile([1.0, -1.0], period // 2) * (1 + 0.3 * np.sin(np.arange(period)))
        doubted += "out of step" in seasonal(np.resize(cycle, n) + 0.5 * rng.normal(size=n), period=period).doubted()
    assert doubted <= binom.ppf(0.9999, 60, 0.01)


def test_noise_has_seldom_a_wave_that_is_told():
    rows = noise("AR(1) 0.5", (100, 200), np.random.default_rng(8))
    assert sum(bool(seasonal(row).doubts) for row in rows) <= binom.ppf(0.9999, 100, 0.02)


@pytest.mark.parametrize("noise", [0.1, 1.0])
def test_a_year_of_weeks_is_no_whole_number_of_samples(noise):
    """365.2425 / 7 = 52.1775; its standard error is 52.18^2 sqrt(6 / n) / (pi n 5), of noise of variance 1."""
    at = np.arange(1500)
    for seed in range(5):
        rng = np.random.default_rng(seed)
        values = 5 * np.sin(2 * np.pi * at * 7 / 365.2425) + noise * rng.normal(size=1500)
        assert seasonal(values).period == (52,)
        assert " samples out of step" in forecast(values, 10).doubted()
        told = re.search(r"52 samples has a period of (\d+\.\d+), and runs [45]", seasonal(values, period=52).doubted())
        assert told is not None
        assert float(told[1]) == pytest.approx(365.2425 / 7, abs=4 * noise * 52.18**2 * np.sqrt(6 / 1500) / (np.pi * 1500 * 5))
        years = 5 * np.sin(2 * np.pi * at / 12) + noise * rng.normal(size=1500)
        assert "out of step" not in seasonal(years).doubted()


@pytest.mark.parametrize(("unit", "one"), [("h", 1.0), ("min", 60.0), ("s", 3600.0)])
def test_numbers_in_a_unit_of_time_have_the_days_and_weeks_of_times(unit, one):
    n = 1680
    values = wave(n, 168) + ar1(0, n, 0.5)  # as numbers without a unit it has one of 169
    numbers = xr.DataArray(values, {"time": ("time", np.arange(n) * one, {"units": unit})}, ("time",))
    times = pd.Series(values, pd.date_range("2026-11-02", periods=n, freq="h", tz="UTC"))
    assert seasonal(numbers).period == seasonal(times).period == (168,) != seasonal(values).period
    assert seasonal(numbers, period="24h").period == (24,)
    assert seasonal(numbers, period=timedelta(days=7)).period == (168,)
    with pytest.raises(OptionError, match=r"which is 1\.5 steps of"):
        seasonal(numbers, period="90min")


@pytest.mark.parametrize(("day", "week"), [(3.0, 3.0), (1.0, 3.0), (3.0, 1.0)])
def test_of_a_day_and_a_week_both_are_found(day, week):
    hours = pd.date_range("2026-11-02", periods=1056, freq="h", tz="UTC")
    truth = wave(1056, 24, day) + wave(1056, 168, week)
    for seed in range(3):
        load = pd.Series(truth + np.random.default_rng(seed).normal(size=1056), hours)
        found = seasonal(load.iloc[:1008])
        assert (found.period, found.doubts) == ((24, 168), ())
        assert np.std(found.season - truth[:1008]) < 0.5
        peer = MSTL(load.iloc[:1008].to_numpy(), periods=(24, 168)).fit()
        assert np.std(found.season - truth[:1008]) < np.std(peer.seasonal.sum(axis=1) - truth[:1008])
        np.testing.assert_allclose(seasonal(load.iloc[:1008], method="mstl").seasons, peer.seasonal.T)
        assert seasonal(load.iloc[:1008], method="stl").period == (168,)
        ahead = forecast(load.iloc[:1008], 48)
        assert ahead.period == (24, 168)
        assert np.abs(ahead.value - truth[1008:]).mean() < 1.0  # 0.8 is that of the noise of a week before


def test_two_seasons_neither_of_which_is_within_the_other_are_found():
    for n in (1200, 600):  # in 1200 samples a period of 210 would be both
        values = wave(n, 7) + wave(n, 30) + np.random.default_rng(0).normal(size=n)
        assert seasonal(values).period == (7, 30)
    np.testing.assert_allclose(seasonal(values, period=[30, 7]).season, seasonal(values).season)


def test_what_a_season_of_no_whole_number_of_samples_leaves_is_no_other_season():
    found = [seasonal(wave(1008, 24.84, 2.0) + np.random.default_rng(s).normal(size=1008)).period for s in range(6)]
    assert found.count((25,)) >= 5
    assert {period[0] for period in found} == {25}
