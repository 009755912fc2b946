"""What a trend, changes and the others say of themselves: checks against other packages and simulations, and sentences."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import xarray as xr
from scipy.stats import binom, spearmanr

from nsi_notebook.analytics import changes, cross_correlation, forecast, gaps, seasonal, spectrum, trend
from nsi_notebook.errors import DimsError, NsiWarning, SeriesError
from tests.analytics.algorithms.noises import ar1

AT = np.arange(300)
HOURS = pd.date_range("2026-11-26", periods=300, freq="h", tz="Europe/Berlin", name="time")


def load(values, name="pore_area"):
    found = pd.Series(values, HOURS[: len(values)], name=name)
    found.attrs["units"] = "um"
    return found


def of(result):
    return {check.assumption: check for check in result.checks}


@pytest.mark.parametrize("phi", [0.0, 0.5])
@pytest.mark.parametrize("find", [trend, changes])
def test_checks_of_clean_series_rarely_speak_up(find, phi):
    many = 40
    spoken = [{check.assumption for check in find(ar1(seed, 300, phi)).doubts} for seed in range(many)]
    for assumption in of(find(ar1(0, 300, phi))):
        assert sum(assumption in one for one in spoken) <= binom.ppf(0.9999, many, 0.02)


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # what bends so much is worth few samples beside a line
def test_a_curve_has_the_p_of_least_squares():
    for seed, bend in ((0, 0.0), (1, 1.0), (2, 2.0)):
        values = ar1(seed, 300) + bend * (AT / 300) ** 2
        found = of(trend(values, noise="white"))["straight"]
        wanted = sm.OLS(values, np.column_stack([np.ones(300), AT, AT**2.0])).fit()
        assert found.p == pytest.approx(wanted.pvalues[2], rel=1e-6)
    curved = trend(ar1(3, 300) + 4 * (AT / 150 - 1) ** 2)
    assert {"straight"} <= {check.assumption for check in curved.doubts} <= {"straight", "long enough a series"}
    assert "degree=2" in of(curved)["straight"].found


def test_a_jump_is_where_a_step_explains_most():
    values = load(0.002 * AT + ar1(4, 300, 0.3) + 3.0 * (AT >= 110))
    left = []
    for place in range(10, 291):
        columns = np.column_stack([np.ones(300), AT, place <= AT])
        rest = values.to_numpy() - columns @ np.linalg.lstsq(columns, values.to_numpy(), rcond=None)[0]
        left.append(rest @ rest)
    best = 10 + int(np.argmin(left))
    said = of(trend(values))["no jump"]
    assert not said.met
    assert f"{HOURS[best]:%Y-%m-%d %H:%M} Europe/Berlin" in said.found
    assert "um at" in said.found


@pytest.mark.parametrize("find", [trend, changes])
def test_a_season_that_is_left_is_told_and_goes_as_is_said(find):
    values = load(ar1(5, 300, 0.4) + 2 * np.sin(AT * 2 * np.pi / 24))
    said = of(find(values))["no season"]
    assert not said.met
    assert said.found.startswith("a season of 24 samples (1 d) is left, p < 0.001: seasonal(data, period=24).adjusted")
    parts = seasonal(values, period=24)
    without = pd.Series(parts.adjusted, values.index)
    assert of(find(without))["no season"].met


def test_spread_is_that_of_ranks():
    values = ar1(6, 300) * (1 + AT / 150)
    found = trend(values, noise="white")
    wanted = spearmanr(np.abs(values - found.fitted), AT)
    check = of(found)["the same spread"]
    assert (check.statistic, check.p) == pytest.approx((wanted.statistic, wanted.pvalue), rel=1e-6)
    assert not check.met
    assert not of(changes(values))["the same spread"].met


def test_a_few_samples_that_decide_are_told():
    values = 0.01 * AT + ar1(7, 300)
    assert of(trend(values))["no few samples decide"].met
    values[[250, 262, 281, 290]] += 40
    found = trend(values)
    assert "a few samples decide" in of(found)["no few samples decide"].found
    assert f"{found.theil_sen:.3f}" in of(found)["no few samples decide"].found


def test_a_few_samples_that_make_a_change_are_told():
    values = ar1(21, 300)
    values[200:202] += 20
    found = changes(load(values))
    edges = [0, *found.place.tolist(), 300]
    alike = [
        f"{HOURS[b]:%Y-%m-%d %H:%M}"
        for a, b, c in zip(edges, edges[1:], edges[2:], strict=False)
        if abs(np.median(values[a:b]) - np.median(values[b:c])) < 1
    ]
    check = of(found)["no few samples decide"]
    assert alike
    assert not check.met
    assert all(place in check.found for place in alike)
    assert "detect_series(...)" in check.found


def test_changes_of_most_samples_are_not_of_few():
    heavy = np.random.default_rng(22).standard_t(3, size=300) + 2.0 * (AT >= 150)
    counts = np.random.default_rng(23).random(300) < np.where(AT < 150, 0.1, 0.4)  # medians are 0 on either side
    short = ar1(24, 300) + 4.0 * ((AT >= 100) & (AT < 112))
    for values in (heavy, counts * 1.0, short, ar1(25, 300, 0.6) + 4.0 * (AT >= 150)):
        assert len(changes(values)) > 0
        assert of(changes(values))["no few samples decide"].met
    assert "no few samples decide" not in of(changes(ar1(26, 300)))  # no change
    assert "no few samples decide" not in of(
        changes(ar1(26, 300) + 20.0 * (AT // 5 == 20), least=5)
    )  # ranks of five tell nothing


def test_noise_that_is_not_white_is_told():
    assert "noise='ar'" in of(trend(ar1(8, 300, 0.6), noise="white"))["independent samples"].found
    assert of(trend(ar1(8, 300), noise="white"))["independent samples"].met


def test_a_slope_that_is_cut_into_steps_is_told():
    found = changes(0.02 * AT + ar1(9, 300))
    assert len(found) > 0
    assert "trend(...)" in of(found)["level segments"].found
    assert of(changes(ar1(9, 300) + 3.0 * (AT > 150)))["level segments"].met


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # 20 samples are few
def test_exact_series_have_nothing_to_check():
    assert trend(np.arange(20.0)).sentence == "The series rises by 1 per sample, exactly; 20 samples."
    assert [check.assumption for check in trend(np.arange(20.0)).checks] == ["noise"]
    assert [check.assumption for check in changes(np.repeat([0.0, 5.0], 15)).checks] == ["noise"]


def test_another_season_beside_the_one_that_is_said_is_told():
    values = ar1(10, 300) + 2 * np.sin(AT * 2 * np.pi / 7) + 2 * np.sin(AT * 2 * np.pi / 30)
    said = of(seasonal(values, period=7))["no season"]
    assert "period=[7, 30])" in said.found
    assert of(seasonal(ar1(10, 300) + 2 * np.sin(AT * 2 * np.pi / 7), period=7))["no season"].met
    assert of(seasonal(AT % 7, period=7))["enough periods"].met
    assert not seasonal(AT % 7, period=7).doubts
    assert not of(seasonal(ar1(10, 300), period=140))["enough periods"].met


@pytest.mark.parametrize(("step", "days"), [(10, 9), (60, 42), (60, 120)])
def test_a_day_by_clocks_that_were_changed_is_told(step, days):
    times = pd.date_range("2026-10-20", periods=days * 1440 // step, freq=f"{step}min", tz="Europe/Berlin", name="time")
    noise = 1e-9 * np.random.default_rng(27).normal(size=len(times))
    hour, night = times.hour + times.minute / 60, times.tz_convert("UTC")
    by_clock = pd.Series(noise + 5e-9 * np.sin(hour * 2 * np.pi / 24), times)
    said = of(seasonal(by_clock))["by time, not by the clock"]
    assert not said.met
    assert "clocks of Europe/Berlin were changed meanwhile, by 2026-10-25 02:00, and a day by the clock" in said.found
    by_time = pd.Series(noise + 5e-9 * np.sin((night.hour + night.minute / 60) * 2 * np.pi / 24), times)
    assert of(seasonal(by_time))["by time, not by the clock"].met
    for other in (by_clock.tz_convert("UTC"), by_clock[times < "2026-10-25"], by_clock.reset_index(drop=True)):
        assert "by time, not by the clock" not in of(seasonal(other))  # nothing was changed


def test_a_week_by_the_clock_is_told_beside_its_days():
    times = pd.date_range("2026-09-14", periods=2000, freq="h", tz="Europe/Berlin", name="time")
    week = 2.0 * (times.day_of_week < 5) + np.sin(times.hour * 2 * np.pi / 24) + ar1(28, 2000)
    found = seasonal(pd.Series(week, times))
    assert found.period[-1] == 168
    assert "7 days by the clock explains more" in of(found)["by time, not by the clock"].found


def test_intervals_of_a_forecast_that_did_not_hold_are_told():
    calm = forecast(ar1(11, 200), 6)
    assert all(check.met for check in calm.checks)
    burst = ar1(12, 200) * np.where(np.arange(200) < 120, 0.05, 5.0)
    assert not of(forecast(burst, 6, period=1))["intervals hold"].met
    holes = ar1(13, 200)
    holes[20:60] = np.nan
    assert not of(forecast(holes, 6, period=1))["few gaps"].met


def test_sentences_are_in_the_words_of_the_reader():
    rising = trend(load(0.05 * AT + ar1(14, 300)))
    assert rising.sentence.startswith("Pore area rises by 1.18")
    assert " um per d (95 % CI 1.1" in rising.sentence
    assert rising.sentence.endswith("p < 0.001; 300 samples.")
    falling = trend(load(-0.05 * AT + ar1(14, 300)), per="h")
    assert falling.sentence.startswith("Pore area falls by 0.0")
    assert "is not seen to rise or fall" in trend(load(ar1(15, 300))).sentence
    one = changes(load(ar1(16, 300) + 6.0 * (AT >= 100)))
    assert one.sentence.startswith("Pore area changed once (Europe/Berlin): at 2026-11-30 04:00 by ")
    twice = changes(load(ar1(16, 300) + 6.0 * (AT >= 100) - 6.0 * (AT >= 200)))
    assert twice.sentence.startswith("Pore area changed twice (Europe/Berlin): at 2026-11-30 04:00")
    many = changes(ar1(16, 300) + 9.0 * (AT // 30 % 2))
    assert many.sentence.startswith("The series changed 9 times: at 30 ")
    assert " and 4 more; 300 samples" in many.sentence
    waving = load(ar1(17, 300) + 4 * np.sin(AT * 2 * np.pi / 24))
    season = seasonal(waving)
    assert season.sentence.startswith("A season of 24 samples (1 d) is ")
    assert f"{100 * season.strength:.0f} % of how pore area varies" in season.sentence
    assert spectrum(waving).sentence.startswith("The spectrum of pore area has a peak: period 24.")
    assert "no peak beyond noise" in spectrum(load(ar1(18, 300))).sentence
    ahead = forecast(waving, 24, period=24)
    assert ahead.sentence.startswith("Pore area is forecast to go from ")
    assert "at 2026-12-09 11:00 Europe/Berlin, by theta with a season of 24 samples (1 d)." in ahead.sentence
    assert gaps(waving.drop(HOURS[10:40])).sentence == (
        "270 samples in steps of 1 h have a gap, from 2026-11-26 09:00:00 to 2026-11-27 16:00:00 Europe/Berlin; "
        "10 % of all steps are missing."
    )
    depth = xr.DataArray(ar1(19, 300) + 6.0 * (AT >= 100), {"depth": ("depth", AT * 0.5, {"units": "mm"})}, ("depth",))
    assert changes(depth).sentence.startswith("The series changed once (depth in mm): at 50")


def test_notebooks_show_what_is_in_doubt():
    found = trend(load(ar1(5, 300, 0.4) + 2 * np.sin(AT * 2 * np.pi / 24)))
    assert "<p>In doubt: a season of 24 samples" in found._repr_html_()
    assert "In doubt: a season of 24 samples" in found.plot().layout.title.text.replace("<br>", " ")
    assert "In doubt" not in trend(load(ar1(15, 300)))._repr_html_()
    waves = ar1(5, 300, 0.4) + 2 * np.sin(AT * 2 * np.pi / 24)
    both = xr.DataArray(np.stack([ar1(15, 300), waves]), {"lane": ["a", "b"]}, ("lane", "time"))
    assert "<p>In doubt: lane=b: a season of 24 samples is left" in trend(both)._repr_html_()


def test_times_are_shown_in_the_zone_in_which_they_came():
    values = load(ar1(20, 300) + 6.0 * (AT >= 100))
    naive = xr.DataArray(values.to_numpy(), {"time": ("time", HOURS.tz_localize(None), {"timezone": "Europe/Berlin"})}, ("time",))
    for data in (values, naive):
        found = changes(data)
        assert found.table()["time"][0] == HOURS[100]
        assert str(found.table()["time"].dt.tz) == "Europe/Berlin"
        assert found.to_xarray()["at"].values[0] == HOURS[100].tz_convert(None)
        assert found.to_xarray()["at"].attrs["timezone"] == "UTC"
        figure = found.plot()
        assert figure.layout.xaxis.title.text == "time (Europe/Berlin)"
        assert pd.Timestamp(figure.data[0].x[100]) == HOURS[100].tz_localize(None)
        assert "2026-11-30 04:00:00" in found._repr_html_()
    tables = (seasonal(values, period=24).table(), forecast(values, 5, period=1).table(), gaps(values.drop(HOURS[9:20])).table())
    for table in tables:
        assert str(table.iloc[:, 0].dt.tz) == "Europe/Berlin"
    other = changes(
        pd.Series(values.to_numpy(), values.index.tz_convert("dateutil/Europe/Berlin"))
    )  # whose name is that of a file
    assert other.table()["time"][0] == HOURS[100]
    fixed = changes(pd.Series(values.to_numpy(), values.index.tz_convert("+02:00")))
    assert str(fixed.table()["time"][0]) == "2026-11-30 05:00:00+02:00"


IMAGE = xr.DataArray(np.stack([ar1(seed, 300) for seed in range(4)]), dims=("y", "x"))


@pytest.mark.parametrize("find", [trend, changes, seasonal, spectrum, lambda data, dim: forecast(data, 3, dim)])
def test_pixels_and_tiles_have_no_order(find):
    one = IMAGE[0].drop_vars("y", errors="ignore")
    for data, dim in (
        (one, None),
        (IMAGE, "x"),
        (IMAGE, None),
        (IMAGE.assign_coords(x=AT), "x"),
        (one.rename(x="pixel").assign_coords(pixel=("pixel", AT, {"units": "mm"})), None),
        (pd.Series(ar1(0, 300), pd.Index(AT, name="tile")), None),
        (ar1(0, 300), "pixel"),
    ):
        with pytest.raises(DimsError, match="are not independent: no p comes of their number"):
            find(data, dim)


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # few samples are worth 10 in some rows
def test_profiles_with_positions_do():
    placed = IMAGE.assign_coords(x=("x", AT * 0.5, {"units": "mm"}))
    assert len(trend(placed, "x")) == 4
    assert trend(placed[0], "x").unit == "1/mm"
    assert trend(IMAGE[0].assign_coords(x=AT)).noise.samples == 300
    with pytest.raises(DimsError, match="pixels and tiles along x"):
        cross_correlation(IMAGE[0], IMAGE[1])
    assert not cross_correlation(placed[0], placed[1]).found


def test_one_broken_place_of_many_leaves_the_gaps_of_the_others():
    rows = np.stack([ar1(seed, 60) for seed in range(3)])
    rows[0, 10:20] = np.nan
    rows[1, 2:] = np.nan
    lanes = xr.DataArray(rows, {"lane": ["a", "b", "c"]}, ("lane", "time"))
    with pytest.warns(NsiWarning, match="left out 1 of 3 series: lane=b: 2 values are too few"):
        found = gaps(lanes)
    assert [len(one) for one in found] == [1, 0]
    assert found.table()["refused"].tolist() == ["", "2 values are too few"]
    assert np.isnan(found.to_xarray()["step"].sel(lane="b"))
    with pytest.raises(SeriesError, match="lane=b: 2 values are too few"):
        gaps(lanes[1:2])
