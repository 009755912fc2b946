"""Slopes against scipy, numpy and simulations without a trend."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, linregress, theilslopes

from nsi_notebook.analytics import effective_n, rates, regress
from nsi_notebook.analytics.algorithms.series.trend import trend
from nsi_notebook.errors import NsiWarning, OptionError, SeriesError, TimeError
from tests.analytics.algorithms.noises import ar1

HOURS = pd.date_range("2026-11-26", periods=400, freq="h", tz="UTC")


@given(st.integers(0, 2**16), st.floats(-5, 5), st.floats(-1e3, 1e3), st.sampled_from([1e-6, 1.0, 1e6]))
def test_white_noise_gives_what_scipy_gives(seed, slope, offset, scale):
    rng = np.random.default_rng(seed)
    at = np.cumsum(rng.exponential(size=250))
    values = scale * (slope * at + rng.normal(size=250) + offset)
    found = trend(xr.DataArray(values, {"x": at}, ("x",)), noise="white", level=0.9)
    wanted = linregress(at, values)
    assert found.slope == pytest.approx(wanted.slope, rel=1e-7, abs=1e-9 * scale)
    half = wanted.stderr * 1.6510210  # t at 248 degrees of freedom
    assert (found.upper - found.lower) / 2 == pytest.approx(half, rel=1e-4)
    assert {type(number) for number in (found.slope, found.lower, found.upper)} == {float}  # which print as numbers
    assert found.p == pytest.approx(wanted.pvalue, rel=1e-4, abs=1e-12)
    assert found.start == pytest.approx(wanted.intercept + wanted.slope * at[0], rel=1e-7, abs=1e-6 * scale)
    assert found.theil_sen == pytest.approx(theilslopes(values, at).slope, rel=1e-7, abs=1e-9 * scale)


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.8])
def test_false_alarms_are_at_their_level(phi):
    many = 300
    alarms = sum(trend(ar1(seed, 300, phi)).p < 0.05 for seed in range(many))
    assert binom.ppf(0.0001, many, 0.03) <= alarms <= binom.ppf(0.9999, many, 0.07)


def test_a_plain_regression_is_not():
    """What the long-run variance is for."""
    assert sum(trend(ar1(seed, 300, 0.8), noise="white").p < 0.05 for seed in range(100)) >= 30


@pytest.mark.parametrize("phi", [0.0, 0.6])
def test_intervals_hold_the_slope(phi):
    many = 200
    found = [trend(0.004 * np.arange(300) + ar1(seed, 300, phi)) for seed in range(many)]
    held = sum(one.lower <= 0.004 <= one.upper for one in found)
    assert held >= binom.ppf(0.0001, many, 0.93)
    assert np.mean([one.p < 0.05 for one in found]) > 0.5


def test_the_unit_is_that_of_the_values_per_time():
    load = pd.Series(0.5 * np.arange(400) + ar1(0, 400), HOURS)
    load.attrs["units"] = "um"
    by_second, by_hour, by_day = (trend(load, per=per) for per in (None, "hours", "d"))
    assert [found.unit for found in (by_second, by_hour, by_day)] == ["um/s", "um/h", "um/d"]
    assert by_hour.slope == pytest.approx(0.5, abs=0.01)
    assert by_hour.slope == pytest.approx(3600 * by_second.slope)
    assert by_day.lower == pytest.approx(24 * by_hour.lower)
    assert by_day.p == pytest.approx(by_second.p)
    place = xr.DataArray(load.to_numpy(), {"x": ("x", np.arange(400.0), {"units": "micrometer"})}, ("x",), attrs={"units": "HU"})
    assert trend(place).unit == "HU/um"
    assert trend(place, per="mm").slope == pytest.approx(1000 * trend(place).slope)
    assert trend(load.to_numpy()).unit == "1/sample"
    for data, per, said in (
        (load, "um", "per is 'um'; the coordinate is in 's'\nhint: one of ns, us"),
        (place, "h", "is in 'um'"),
    ):
        with pytest.raises(OptionError, match=said):
            trend(data, per=per)


def test_long_series_are_told_per_year_of_the_calendar():
    """400 years of it are 146,097 days."""
    days = pd.date_range("2000-01-01", "2009-12-31", tz="UTC", name="time")
    level = pd.Series(np.arange(len(days)) / 146_097 * 400 * 3 + ar1(0, len(days)), days, name="level")
    found = trend(level, per="year")
    assert (found.unit, found.slope) == ("1/year", pytest.approx(3, abs=0.05))
    assert found.slope * 400 == pytest.approx(146_097 * trend(level, per="d").slope, rel=1e-12)
    for said in (found, trend(level), regress(level), regress(level, per="year")):
        assert "Level rises by 3.0" in said.sentence
        assert "year" in said.sentence
    assert float(rates(level, per="year").mean()) == pytest.approx(3, abs=0.5)


def test_theil_sen_is_not_misled_by_a_few():
    values = 0.1 * np.arange(300) + ar1(0, 300)
    values[-6:] += 200
    found = trend(values)
    assert found.slope > 0.15
    assert found.theil_sen == pytest.approx(0.1, abs=0.01)


def test_many_samples_have_no_median_of_pairs():
    found = trend(ar1(0, 2001))
    assert found.theil_sen is None
    assert "theil_sen" not in found.table().columns
    assert "theil_sen" not in found.to_xarray()


def test_tables_say_what_it_rests_on():
    values = ar1(0, 400, 0.5)
    values[[3, 90]] = np.nan
    found = trend(pd.Series(values, HOURS), per="h")
    row = found.table().iloc[0]
    assert (row["n"], row["missing"], found.gaps) == (398, 2, 2)
    assert 60 < row["effective"] < 250
    assert row["lower"] < row["slope"] < row["upper"]
    assert row["unit"] == "1/h"
    told = found.to_xarray()
    assert told["slope_ci"].values.tolist() == [found.lower, found.upper]
    assert told["slope"].attrs["units"] == "1/h"


def test_a_table_is_in_the_unit_of_the_sentence():
    load = pd.Series(2.0 * np.arange(400) / 24 + 0.1 * ar1(0, 400), HOURS)
    load.attrs["units"] = "mm"
    found = trend(load)
    table = found.table()
    assert " mm per d (" in found.sentence
    assert table.attrs["units"]["slope"] == table["unit"].item() == "mm/d"
    wanted = 86_400 * np.array([found.slope, found.lower, found.upper, found.theil_sen])
    np.testing.assert_allclose(table[["slope", "lower", "upper", "theil_sen"]].iloc[0].to_numpy(dtype=float), wanted)
    assert (found.unit, found.to_xarray()["slope"].attrs["units"]) == ("mm/s", "mm/s")
    asked = trend(load, per="s")
    assert asked.table()["unit"].item() == "mm/s"
    assert " mm per s (" in asked.sentence


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # 40 samples are few
def test_slopes_in_several_units_have_none_in_common():
    load = xr.DataArray(ar1(0, 800).reshape(2, 400), {"line": ["a", "b"], "time": HOURS.tz_convert(None)}, ("line", "time"))
    load["time"].attrs["timezone"] = "UTC"
    assert trend(load).table().attrs["units"]["slope"] == "1/d"
    table = trend(load.where((load.line == "a") | (load.time < load.time[40]))).table()
    assert table["unit"].tolist() == ["1/d", "1/h"]
    assert "slope" not in table.attrs["units"]


def test_each_series_has_its_trend():
    slopes = np.array([[0.0, 0.1, 0.2], [1.0, 1.1, 1.2]])
    rows = slopes[..., None] * np.arange(300) + ar1(0, 1800).reshape(2, 3, 300)
    data = xr.DataArray(rows, {"line": ["a", "b"], "x": [1.0, 2.0, 3.0]}, ("line", "x", "time"), attrs={"units": "um"})
    found = trend(data).to_xarray()
    assert found["slope"].dims == ("line", "x")
    np.testing.assert_allclose(found["slope"], slopes, atol=0.01)
    assert found["slope"].attrs["units"] == "um/sample"
    assert trend(data).table()[["line", "x"]].values.tolist() == [[line, x] for line in "ab" for x in (1.0, 2.0, 3.0)]


def test_a_line_without_noise_is_found():
    found = trend(3.0 + 0.25 * np.arange(300))
    assert found.slope == pytest.approx(0.25, rel=1e-12)
    assert found.upper - found.lower < 1e-6
    assert found.p < 1e-12
    assert found.start == pytest.approx(3)


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # whether so few are in doubt is asked elsewhere
def test_irregular_steps_are_used_or_refused():
    at = np.cumsum(np.random.default_rng(0).exponential(size=60))
    data = xr.DataArray(2 * at, {"x": at}, ("x",))
    with pytest.raises(TimeError, match="the steps along 'x' differ"):
        trend(data)
    assert trend(data, noise="white").slope == pytest.approx(2)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.arange(9.0), "9 values are too few\nhint: at least 10"),
        (np.ones(12), "all 12 values are 1"),
        ([1, np.inf] * 9, "9 of 18"),
    ],
)
def test_what_has_no_trend_is_refused(values, said):
    with pytest.raises(SeriesError, match=said):
        trend(values)


def test_few_samples_are_in_doubt():
    with pytest.warns(NsiWarning, match=r"intervals are in doubt: no method is safe with fewer than 200 values \(50\)"):
        trend(ar1(0, 50))
    assert trend(ar1(0, 400)).noise.effective > 100


def test_sentences_write_many_effective_samples_out():
    """Not as 1.2e+04."""
    found = trend(ar1(0, 14_310, 0.1))
    told = f"14,310 samples, worth {found.noise.effective:,.0f}"
    assert told in found.sentence
    assert told.replace("samples,", "samples are") in "; ".join(check.found for check in found.checks)


def test_conservative_takes_the_largest_of_three_variances():
    for seed in range(4):
        values = ar1(seed, 400, 0.6)
        plain, wide = trend(values), trend(values, conservative=True)
        worth = [float(effective_n(values - plain.fitted, method=one)) for one in ("ar", "ar1", "geyer")]
        assert wide.noise.effective == pytest.approx(min(*worth, plain.noise.effective), rel=1e-6)
        assert wide.upper - wide.lower >= plain.upper - plain.lower
        assert wide.slope == plain.slope


def test_of_many_series_it_is_said_how_many_rise_and_which_are_doubted():
    t = np.arange(400.0)
    noise = np.random.default_rng(0).normal(size=(3, 400))
    shape = np.stack([0.05 * t, 0 * t, 3 * np.sin(t * 2 * np.pi / 20)])
    rows = xr.DataArray(noise + shape, {"run": ["a", "b", "c"]}, ("run", "time"))
    found = trend(rows)
    assert found.sentence == "Of 3 series along run: no slope seen in 2 (run=b, run=c), rising in 1 (run=a)."
    assert len(found.checks) == sum(len(one.checks) for one in found)
    assert [check.assumption for check in found.doubts if "season" in check.found] == ["run=c: no season"]
    assert trend(rows[:1]).sentence == "Of 1 series along run: rising in all."
