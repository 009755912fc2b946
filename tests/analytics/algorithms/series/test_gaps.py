"""Gaps that were made are found; rates are differences over time."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nsi_notebook.analytics import changes, gaps, rates, seasonal
from nsi_notebook.errors import NsiWarning, OptionError, SeriesError, TimeError
from tests.analytics.algorithms.noises import ar1

MINUTES = pd.date_range("2026-11-01", periods=200, freq="min", tz="UTC")


def test_gaps_that_were_made_are_found():
    load = pd.Series(np.arange(200.0), MINUTES)
    load.iloc[20:25] = np.nan
    load = load.drop(MINUTES[100:130])
    found = gaps(load)
    table = found.table()
    assert table["absent"].tolist() == [5, 30]
    assert table["nan"].tolist() == [5, 0]
    assert table["length"].tolist() == [360, 1860]
    assert table["before"].tolist() == [MINUTES[19], MINUTES[99]]
    assert table["after"].tolist() == [MINUTES[25], MINUTES[130]]
    assert (found.step, found.samples, found.missing, found.regular, found.jitter) == (60, 165, 5, True, 0)
    assert found.share == pytest.approx(35 / 200)
    assert found.to_xarray()["length"].attrs["units"] == "s"


def test_steps_are_described_and_nothing_with_an_order_is_refused():
    rng = np.random.default_rng(0)
    place = np.cumsum(rng.exponential(size=300))
    found = gaps(xr.DataArray(np.arange(300.0), {"x": place}, ("x",)))
    assert not found.regular
    assert found.step == pytest.approx(np.median(np.diff(place)))
    assert len(found) == (np.diff(place) > 3 * found.step).sum()
    jittered = gaps(xr.DataArray(np.arange(300.0), {"x": np.arange(300) + rng.uniform(-0.05, 0.05, 300)}, ("x",)))
    assert jittered.regular
    assert 0.05 < jittered.jitter <= 0.1
    odd = gaps(xr.DataArray(np.arange(6.0), {"x": [0.0, 1.0, 1.0, 3.0, 2.0, 4.0]}, ("x",)))
    assert (odd.duplicates, odd.backwards, len(odd)) == (1, 1, 0)
    assert gaps(np.arange(50.0), longer=1).share == 0


def test_the_figure_has_what_is_missing_at_the_ends():
    load = pd.Series(np.arange(200.0), MINUTES)
    load.iloc[:20] = load.iloc[50:60] = load.iloc[195:] = np.nan
    found = gaps(load)
    assert (pd.Timestamp(found.begin, tz="UTC"), pd.Timestamp(found.end, tz="UTC")) == (MINUTES[0], MINUTES[-1])
    shown = {one.name: one for one in found.plot().data}
    for name, ends, minutes in (
        ("missing at the start", (0, 20), 20),
        ("gap", (49, 60), 11),
        ("missing at the end", (194, 199), 5),
    ):
        x = pd.DatetimeIndex(shown[name].x, tz="UTC")
        assert (x[0], x[-1], max(shown[name].y)) == (*MINUTES[list(ends)], minutes)


def test_each_series_has_its_gaps():
    rows = np.arange(60.0).reshape(3, 20)
    rows[1, 4:7] = np.nan
    found = gaps(xr.DataArray(rows, {"line": list("abc")}, ("line", "time")))
    assert [len(one) for one in found] == [0, 1, 0]
    assert found.table()["line"].tolist() == ["b"]


def test_what_has_no_gaps_is_refused():
    with pytest.raises(SeriesError, match="1 value is too few"):
        gaps([1.0, np.nan, np.nan])
    with pytest.raises(SeriesError, match="there are no values"):
        gaps([])
    with pytest.raises(SeriesError, match="all samples are at 2"):
        gaps(xr.DataArray(np.arange(4.0), {"x": np.full(4, 2.0)}, ("x",)))
    with pytest.raises(TimeError, match="have no zone"):
        gaps(pd.Series(np.arange(4.0), pd.date_range("2026-11-01", periods=4)))
    with pytest.raises(OptionError, match="longer is 0"):
        gaps(np.arange(4.0), longer=0)


def test_rates_are_differences_over_time():
    at = np.cumsum(np.random.default_rng(0).exponential(size=100))
    values = ar1(0, 200).reshape(2, 100)
    data = xr.DataArray(values, {"t": ("t", at, {"units": "s"})}, ("line", "t"), attrs={"units": "um"})
    found = rates(data, "t")
    np.testing.assert_allclose(found, np.diff(values) / np.diff(at))
    np.testing.assert_allclose(rates(data, "t", per="min"), 60 * np.diff(values) / np.diff(at))
    assert (found.attrs["units"], rates(data, "t", per="min").attrs["units"]) == ("um/s", "um/min")
    np.testing.assert_allclose(found["t"], at[1:])
    assert rates(data.transpose("t", "line"), "t").dims == ("t", "line")


def test_rates_reach_over_what_is_missing_and_say_so():
    with pytest.warns(NsiWarning, match="NaN: 2 of 5 rates"):
        found = rates([0.0, 1.0, np.nan, np.nan, 7.0, 8.0])
    np.testing.assert_allclose(found, [1, np.nan, np.nan, 2, 1])
    assert found.attrs["bridged"] == 1
    assert "nsi_undefined" in found.attrs


def test_a_counter_that_begins_again_does_not_fall():
    found = rates([0.0, 5.0, 9.0, 2.0, 3.0], counter=True)
    assert found.values.tolist() == [5, 4, 2, 1]
    assert found.attrs["resets"] == 1
    assert rates([0.0, 5.0, 2.0]).values.tolist() == [5, -3]


def test_rates_of_what_has_no_order_are_refused():
    with pytest.raises(TimeError, match="holds 1 value twice"):
        rates(xr.DataArray([1.0, 2.0, 3.0], {"x": [0.0, 1.0, 1.0]}, ("x",)))
    with pytest.raises(SeriesError, match="1 value along 'sample': there is no rate"):
        rates([1.0])
    with pytest.raises(OptionError, match="per is 'h'; the coordinate is in 'sample'"):
        rates([1.0, 2.0], per="h")


def test_conservative_changes_are_no_more():
    rows = [ar1(seed, 300, 0.6) for seed in range(15)]
    for row in rows:
        assert changes(row, conservative=True).noise.long_run >= changes(row).noise.long_run
    stepped = rows[0] + 4.0 * (np.arange(300) >= 120)
    assert abs(changes(stepped, conservative=True).place[0] - 120) <= 5


def test_what_is_missing_at_the_ends_is_told():
    values = np.arange(100.0)
    values[[*range(5), 40, *range(93, 100)]] = np.nan
    found = gaps(values)
    assert (found.leading, found.trailing, found.share) == (5, 7, 0.13)
    assert "13 % of all steps are missing; the 5 first and 7 last are missing" in found.sentence
    only = gaps(np.append(values[5:40], np.nan))
    assert only.sentence == "35 samples in steps of 1 sample have no gap; 2.8 % of all steps are missing; the last is missing."


def test_what_is_there_once_is_told_once():
    values = xr.DataArray(np.arange(6.0), {"time": [0, 1, 2, 2, 3, 4]}, ("time",))
    assert "; once the same place again." in gaps(values).sentence


@pytest.mark.parametrize(
    ("freq", "step", "year"),
    [("ME", "1 month", "1 year"), ("MS", "1 month", "1 year"), ("QS", "3 months", "3 years"), ("30D", "30 d", "360 d")],
)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Pacific/Auckland"])
def test_months_of_the_calendar_are_told_as_such(freq, step, year, zone):
    times = pd.date_range("2018-01-31", periods=120, freq=freq, tz=zone, name="time")
    values = pd.Series(5 * np.sin(np.arange(120) * 2 * np.pi / 12) + ar1(0, 120, 0.0), times).drop(times[[40, 41]])
    if freq != "30D" or zone == "UTC":  # thirty midnights of a zone are not always as long
        assert f"in steps of {step} have a gap" in gaps(values).sentence
    assert f"12 samples ({year})" in seasonal(values, period=12).sentence
