"""Forecasts against definitions, statsforecast and series whose future is known."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import xarray as xr
from statsforecast.models import Theta
from statsforecast.utils import AirPassengers, AirPassengersDF
from statsmodels.tsa.holtwinters import SimpleExpSmoothing
from statsmodels.tsa.seasonal import seasonal_decompose

from nsi_notebook.analytics import forecast, gaps, seasonal
from nsi_notebook.analytics.algorithms.kernels.smoothing import smooth
from nsi_notebook.analytics.algorithms.series.methods import HIGH, LOW, is_seasonal
from nsi_notebook.errors import OptionError, SeriesError, TimeError, UnknownNameError
from tests.analytics.algorithms.noises import ar1

AIR = AirPassengers.astype(float)


def is_seasonal_by_r(values, period):
    """The test of the M4 competition, as its R code has it."""
    if len(values) < 3 * period:
        return False
    acf = sm.tsa.acf(values, nlags=period, fft=False)[1:]
    limit = 1.645 / np.sqrt(len(values)) * np.sqrt(np.cumsum(np.append(1, 2 * acf**2)))
    return bool(abs(acf[period - 1]) > limit[period - 1])


@pytest.mark.parametrize("seed", range(8))
def test_naive2_is_as_it_was_published(seed):
    rng = np.random.default_rng(seed)
    values = 50 + rng.choice([0.0, 6.0]) * np.sin(np.arange(70) * 2 * np.pi / 12) + rng.normal(size=70)
    assert is_seasonal(values, 12) == is_seasonal_by_r(values, 12)
    season = seasonal_decompose(values, period=12, model="multiplicative").seasonal
    wanted = np.full(30, values[-1])
    if is_seasonal_by_r(values, 12):
        wanted = values[-1] / season[-1] * np.resize(season[-12:], 30)
    np.testing.assert_allclose(forecast(values, 30, method="naive2", period=12).value, wanted, rtol=1e-12)


def test_smoothing_is_the_best_one():
    values = 5 + np.cumsum(ar1(0, 80)) * 0.3 + ar1(1, 80)
    weight, errors, level = smooth(values, 1e-4, 0.9999)
    peer = SimpleExpSmoothing(values, initialization_method="estimated").fit()
    assert (errors**2).sum() <= peer.sse * (1 + 1e-6)
    fixed = SimpleExpSmoothing(values, initialization_method="known", initial_level=values[0] - errors[0]).fit(
        smoothing_level=weight, optimized=False
    )
    assert fixed.forecast(1)[0] == pytest.approx(level)


@pytest.mark.parametrize("offset", [1e4, -1e6, 1e8])
def test_theta_does_not_depend_on_an_offset(offset):
    for seed in range(10):
        values = np.random.default_rng(seed).normal(size=60)
        mine, moved = (forecast(values + o, 3, method="theta", period=1) for o in (0, offset))
        np.testing.assert_allclose(moved.value - offset, mine.value, atol=1e-7)
        np.testing.assert_allclose(moved.upper - moved.lower, mine.upper - mine.lower, atol=1e-7)


def test_theta_of_a_level_with_noise_has_fewer_squares_than_that_of_statsforecast():
    """Its weight is 0.1 at least; squares of smoothing by its weight and first level, and by ours, from the definition."""
    for seed in range(10):
        values = np.random.default_rng(seed).normal(size=60)
        peer = Theta(season_length=1).fit(values).model_["par"]
        at = np.arange(60) - 29.5
        line = 2 * values - values.mean() - at * (at @ values) / (at @ at)
        weight, errors, _ = smooth(line, LOW, HIGH)
        level, squares = peer["initial_smoothed"], 0.0
        for value in line:
            squares += (value - level) ** 2
            level += peer["alpha"] * (value - level)
        assert weight < 0.1 <= peer["alpha"] + 1e-9
        assert errors @ errors < squares


@pytest.mark.parametrize("name", ["air", "co2", "elnino", "nile"])
def test_theta_is_near_that_of_statsforecast(name):
    co2 = sm.datasets.co2.load_pandas().data["co2"].resample("MS").mean().interpolate().to_numpy()
    heat = sm.datasets.elnino.load_pandas().data.iloc[:, 1:].to_numpy().ravel()
    nile = sm.datasets.nile.load_pandas().data["volume"].to_numpy(float)
    values, period = {"air": (AIR, 12), "co2": (co2, 12), "elnino": (heat, 12), "nile": (nile, 1)}[name]
    known = values[:-12]
    mine = forecast(known, 12, method="theta", period=period).value
    peer = Theta(season_length=period).forecast(known, 12)["mean"]
    assert np.abs(mine - peer).max() < 0.01 * np.ptp(values)


def test_the_best_by_backtest_is_taken():
    found = forecast(AIR, 12)
    scores = found.scores()
    assert (found.method, found.period) == ("theta_seasonal", (12,))
    assert scores["method"].tolist()[0] == "theta_seasonal"
    assert set(scores["method"]) == {"naive", "seasonal", "theta", "theta_seasonal"}
    assert scores["mae"].is_monotonic_increasing
    # by hand: the seasonal naive way
    errors = [AIR[o : o + 12] - np.resize(AIR[o - 12 : o], 12) for o in np.unique(np.linspace(72, 132, 12).astype(int))]
    row = scores.set_index("method").loc["seasonal"]
    assert row["mae"] == pytest.approx(np.abs(errors).mean())
    assert row["mase"] == pytest.approx(np.abs(errors).mean() / np.abs(AIR[12:] - AIR[:-12]).mean())
    walk = np.cumsum(np.random.default_rng(0).normal(size=300))
    assert forecast(walk, 5, period=1).method in ("naive", "theta")


@pytest.mark.parametrize(("method", "grown"), [("naive", np.sqrt([1, 2, 3, 4])), ("seasonal", np.sqrt([1, 1, 2, 2]))])
def test_intervals_grow_as_errors_add_up(method, grown):
    values = np.cumsum(np.random.default_rng(0).normal(size=400))
    half = (lambda found: (found.upper - found.lower) / 2)(forecast(values, 4, method=method, period=2, level=0.9))
    np.testing.assert_allclose(half / half[0], grown)


def test_intervals_hold_what_comes():
    """Of a level with noise, which is what Theta models; nominal 90 %."""
    held = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        values = np.cumsum(0.3 * rng.normal(size=131)) + rng.normal(size=131)
        found = forecast(values[:125], 6, method="theta", period=1, level=0.9)
        held.append(((found.lower < values[125:]) & (values[125:] < found.upper)).mean())
    assert 0.85 < np.mean(held) < 0.94


def test_times_go_on_by_the_calendar():
    months = pd.Series(AIR, pd.DatetimeIndex(AirPassengersDF.ds).tz_localize("UTC"))
    months.attrs["units"] = "1000"
    found = forecast(months, 4)
    assert [str(t)[:10] for t in found.coord] == ["1961-01-31", "1961-02-28", "1961-03-31", "1961-04-30"]
    assert found.table().attrs["units"]["upper"] == "1000"
    hours = pd.Series(ar1(0, 100), pd.date_range("2026-11-01", periods=100, freq="h", tz="UTC"))
    ahead = forecast(hours, "3h", period=1)
    assert ahead.table().iloc[:, 0].tolist() == list(pd.date_range("2026-11-05 04:00", periods=3, freq="h", tz="UTC"))
    assert forecast(ar1(0, 50), 2, period=1).coord.tolist() == [50, 51]
    assert forecast(xr.DataArray(ar1(0, 50), {"x": np.arange(50) * 0.5}, ("x",)), 2, period=1).coord.tolist() == [25, 25.5]


def test_missing_values_are_filled_and_told():
    gone = np.random.default_rng(0).random(len(AIR)) < 0.1
    gone[[0, -1]] = False
    found, whole = (
        forecast(np.where(gone, np.nan, AIR), 12, method="theta", period=12),
        forecast(AIR, 12, method="theta", period=12),
    )
    assert found.filled == gone.sum()
    np.testing.assert_allclose(found.value, whole.value, rtol=0.05)


def test_each_series_has_its_forecast():
    rows = xr.DataArray(np.stack([AIR, AIR[::-1]]), {"way": ["on", "back"]}, ("way", "time"), attrs={"units": "1"})
    told = forecast(rows, 6, period=12).to_xarray()
    assert told["forecast"].sizes == {"way": 2, "time": 6}
    assert told["forecast_ci"].dims == ("way", "time", "bound")
    np.testing.assert_allclose(told["forecast"].sel(way="on"), forecast(AIR, 6, period=12).value)


@pytest.mark.parametrize(
    ("values", "horizon", "options", "error", "said"),
    [
        (np.arange(5.0), 2, {}, SeriesError, "5 values are too few"),
        (np.ones(30), 2, {}, SeriesError, "all 30 values are 1"),
        (np.full(30, np.nan), 2, {}, SeriesError, "0 values of 30"),
        (AIR, 0, {}, OptionError, "horizon is 0"),
        (AIR, "1d", {}, OptionError, "'sample' is no time"),
        (AIR, 2, {"method": "arima"}, UnknownNameError, "unknown method 'arima'"),
        (AIR[:20], 2, {"period": 12}, SeriesError, "20 steps are not two periods of 12"),
        (ar1(0, 100), 2, {"method": "seasonal"}, SeriesError, "no season was found in 100 steps"),
        (xr.DataArray(ar1(0, 50), {"x": np.cumsum([1.0, 1.3] * 25)}, ("x",)), 2, {}, TimeError, "the steps along 'x' differ"),
    ],
)
def test_what_has_no_forecast_is_refused(values, horizon, options, error, said):
    with pytest.raises(error, match=said):
        forecast(values, horizon, **options)


@pytest.mark.parametrize(
    ("start", "freq", "count", "wanted"),
    [
        ("2024-01-31", "ME", 16, ["2025-05-31", "2025-06-30", "2025-07-31", "2025-08-31"]),
        ("2026-10-01", "D", 23, ["2026-10-24", "2026-10-25", "2026-10-26", "2026-10-27"]),
        ("2026-10-10", "D", 20, ["2026-10-30", "2026-10-31", "2026-11-01", "2026-11-02"]),
        ("2026-03-02", "W-MON", 10, ["2026-05-11", "2026-05-18", "2026-05-25", "2026-06-01"]),
    ],
)
def test_days_and_months_go_on_by_the_calendar_of_their_zone(start, freq, count, wanted):
    index = pd.date_range(start, periods=count, freq=freq, tz="Europe/Berlin", name="time")
    found = forecast(pd.Series(ar1(3, count), index), 4, method="naive").table()["time"]
    assert found.tolist() == [pd.Timestamp(day, tz="Europe/Berlin") for day in wanted]
    less = pd.Series(ar1(3, count), index).drop(index[count // 2])
    assert forecast(less, 4, method="naive").table()["time"].tolist() == found.tolist()


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
@pytest.mark.parametrize("months", [1, 3, 12])
@pytest.mark.parametrize("day", [1, 15, 28, 29, 30, 31])
def test_months_go_on_at_the_same_day_or_the_last_that_there_is(day, months, zone):
    """As pandas' own offset adds months: to the day of the first, which is cut to the length of each month."""
    first = pd.Timestamp(f"2023-01-{day} 09:30")
    every = pd.DatetimeIndex([first + pd.DateOffset(months=months * i) for i in range(32)]).tz_localize(zone)
    known = pd.Series(ar1(3, 26), every[:26].rename("time")).drop(every[12])
    assert forecast(known, 6, method="naive").table()["time"].tolist() == every[26:].tolist()


@pytest.mark.parametrize("freq", ["BME", "BQS"])
def test_days_of_business_go_on_as_pandas_counts_them(freq):
    every = pd.date_range("2023-01-01", periods=32, freq=freq, tz="Europe/Berlin", name="time")
    known = pd.Series(ar1(3, 26), every[:26])
    assert forecast(known, 6, method="naive").table()["time"].tolist() == every[26:].tolist()


@pytest.mark.parametrize("step", ["23h", "25h", "36h"])
def test_steps_that_are_no_days_go_on_by_their_length_where_clocks_are_put_back(step):
    every = pd.date_range("2026-09-20", periods=40, freq=step, tz="UTC", name="time").tz_convert("Europe/Berlin")
    before = int((every < pd.Timestamp("2026-10-24", tz="Europe/Berlin")).sum())
    for count in (before, 39):
        found = forecast(pd.Series(ar1(3, count), every[:count]), 40 - count, method="naive").table()["time"]
        assert found.tolist() == every[count:].tolist()


def test_hours_go_on_by_the_clock_of_utc_where_clocks_are_put_back():
    index = pd.date_range("2026-10-23", periods=49, freq="h", tz="Europe/Berlin", name="time")
    found = forecast(pd.Series(ar1(3, 49), index), 4, method="naive").table()["time"]
    assert found.dt.tz_convert("UTC").diff().dropna().unique().tolist() == [pd.Timedelta("1h")]


def test_a_forecast_of_a_series_that_ends_in_nan_says_where_it_starts():
    values = ar1(1, 60)
    values[-7:] = np.nan
    hours = pd.date_range("2026-11-01", periods=60, freq="h", tz="Europe/Berlin", name="time")
    found = forecast(pd.Series(values, hours), 10)
    assert "the 7 last values are missing: it starts after 2026-11-03 04:00 Europe/Berlin" in found.doubted()
    assert found.table()["time"].iloc[0] == hours[53]
    assert "starts" not in forecast(values[:-7], 10).doubted()


def test_a_horizon_far_longer_than_the_series_is_doubted():
    assert "500 steps are forecast from 60" in forecast(ar1(1, 60), 500).doubted()
    assert "are forecast" not in forecast(ar1(1, 60), 60).doubted()


@pytest.mark.parametrize(("period", "slope", "size"), [(12, 1.0, 10.0), (24, 0.2, 3.0)])
def test_a_season_on_a_line_is_found_as_seasonal_finds_it(period, slope, size):
    at = np.arange(13 * period + 12)
    truth = 100 + slope * at + size * np.sin(2 * np.pi * at / period)
    known = (truth + np.random.default_rng(0).normal(size=len(at)))[: 13 * period]
    found = forecast(known, 12)
    assert (found.period, found.p) == ((period,), seasonal(known).p)
    errors = [np.abs(one.value - truth[13 * period :]).mean() for one in (found, forecast(known, 12, period=1))]
    assert errors[0] < errors[1]


def test_a_season_that_adds_on_a_line_is_followed_better_than_by_one_that_multiplies():
    at = np.arange(162)
    truth = 100 + 0.3 * at + 10 * np.sin(2 * np.pi * at / 12)
    errors = np.empty((10, 2))
    for seed, row in enumerate(errors):
        known = (truth + np.random.default_rng(seed).normal(size=162))[:150]
        row[:] = [np.abs(forecast(known, 12, period=12, method=way).value - truth[150:]).mean() for way in ("auto", "theta")]
    assert errors[:, 0].mean() < 0.6 * errors[:, 1].mean()


def test_theta_adds_or_multiplies_a_season_as_it_is():
    at, wave = np.arange(132), np.sin(2 * np.pi * np.arange(132) / 12)
    noise = np.random.default_rng(0).normal(size=132)
    adds, times = 100 + at + 10 * wave + noise, (100 + at) * (1 + 0.15 * wave) + noise
    ahead = [forecast(known, 12, period=12, method="theta_seasonal").value for known in (adds, times)]
    peers = [Theta(season_length=12, decomposition_type=f"{kind}e").forecast(known, 12)["mean"]
             for known, kind in ((adds, "additiv"), (times, "multiplicativ"))]  # fmt: skip
    for mine, peer, known in zip(ahead, peers, (adds, times), strict=True):
        assert np.abs(mine - peer).max() < 0.01 * np.ptp(known)


@pytest.mark.parametrize("gone", [0, 100])
def test_two_seasons_neither_of_which_is_within_the_other_are_both_forecast(gone):
    at = np.arange(1124)
    truth = 50 + 3 * np.sin(2 * np.pi * at / 7) + 3 * np.sin(2 * np.pi * at / 365)
    known = (truth + np.random.default_rng(0).normal(size=1124))[:1096]
    known[400 : 400 + gone] = np.nan
    found = forecast(known, 28, period=(7, 365))
    assert found.period == (7, 365)
    assert np.abs(found.value - truth[1096:]).mean() < 0.7
    assert np.abs(forecast(known, 28, period=365).value - truth[1096:]).mean() > 1.4
    assert "with seasons of 7 samples and 365 samples" in found.sentence
    assert found.to_xarray().attrs["period"] == [7, 365]


def test_a_season_that_grows_with_the_level_is_found_in_the_logarithms():
    at = np.arange(120)
    grows = np.exp(0.03 * at + 0.02 * np.sin(2 * np.pi * at / 12) + np.random.default_rng(1).normal(scale=0.02, size=120))
    assert seasonal(grows).period == ()
    assert forecast(grows, 12).period == (12,)


MONTHS = 100 + 10 * np.sin(2 * np.pi * np.arange(150) / 12) + np.random.default_rng(0).normal(size=150)
ZONES = ["Europe/Berlin", "Europe/London", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati", "Australia/Lord_Howe"]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", [1, 15])
def test_months_that_came_in_utc_go_on_as_in_their_zone(zone, day):
    at = pd.date_range("2010-01-01", periods=150, freq="MS") + pd.Timedelta(days=day - 1)
    load = pd.Series(MONTHS, at.tz_localize(zone).rename("time"))
    stored = load.tz_convert("UTC")
    pd.testing.assert_index_equal(
        pd.DatetimeIndex(forecast(stored, 18, period=12).coord), pd.DatetimeIndex(forecast(load, 18, period=12).coord)
    )
    assert "(1 year)" in seasonal(stored, period=12).sentence
    assert "in steps of 1 month" in gaps(stored).sentence


def test_what_is_near_months_is_none():
    at = pd.date_range("2010-01-01", periods=150, freq="30D", tz="UTC", name="time")
    assert "12 samples (360 d)" in seasonal(pd.Series(MONTHS, at), period=12).sentence
    off = at[:1].append(pd.date_range("2010-02-01T03:00", periods=149, freq="MS", tz="UTC", name="time"))
    assert "month" not in gaps(pd.Series(MONTHS, off)).sentence


@pytest.mark.parametrize(
    ("said", "steps"),
    [("6 months", 6), ("1M", 1), ("1y", 12), ("2 years", 24), ("365d", 12), ("30d", 1), (np.timedelta64(3, "M"), 3)],
)
def test_durations_of_steps_of_months_are_those_of_the_calendar(said, steps):
    load = pd.Series(MONTHS, pd.date_range("2010-01-01", periods=150, freq="MS", tz="UTC", name="time"))
    assert len(forecast(load, said, period="1y")) == steps
    assert forecast(load, 1, period="1y").period == (12,)


def test_durations_that_are_no_steps_of_months_are_refused():
    at = pd.date_range("2010-01-01", periods=150, freq="MS", tz="UTC", name="time")
    with pytest.raises(OptionError, match=r"which is 2\.957 steps of 1 month\n.*horizon=3"):
        forecast(pd.Series(MONTHS, at), "90d")
    quarters = pd.Series(MONTHS, pd.date_range("1980-01-01", periods=150, freq="QS", tz="UTC", name="time"))
    assert len(forecast(quarters, "1y", period=4)) == 4
    with pytest.raises(OptionError, match=r"which is 0\.3333 steps of 3 months"):
        forecast(quarters, "1 month", period=4)
    hours = pd.Series(MONTHS, pd.date_range("2010-01-01", periods=150, freq="h", tz="UTC", name="time"))
    with pytest.raises(OptionError, match="months differ; the steps are 1 h"):
        forecast(hours, "1 month")
