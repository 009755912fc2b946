"""Figures of series: what is drawn is what was found, with units."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nsi_notebook.analytics import changes, forecast, gaps, seasonal, spectrum, trend
from tests.analytics.algorithms.noises import ar1

MINUTES = pd.date_range("2026-11-01", periods=400, freq="min", tz="UTC")


def load(values):
    found = pd.Series(values, MINUTES[: len(values)])
    found.attrs["units"] = "um"
    return found


def named(figure):
    return {trace.name: trace for trace in figure.data if trace.name}


def test_a_trend_has_its_line_and_band():
    found = trend(load(0.01 * np.arange(400) + ar1(0, 400)), per="h")
    figure = found.plot()
    drawn = named(figure)
    assert set(drawn) == {"observed", "trend", "95 % band"}
    np.testing.assert_allclose(drawn["trend"].y, [found.fitted[0], found.fitted[-1]])
    assert figure.layout.yaxis.title.text == "value (µm)"
    assert figure.layout.xaxis.title.text == "time (UTC)"
    assert found.slope == pytest.approx((found.fitted[-1] - found.fitted[0]) / (399 / 60))


def test_the_band_of_a_trend_holds_the_line():
    held = []
    for seed in range(150):
        found = trend(0.01 * np.arange(300) + ar1(seed, 300, 0.4), level=0.9)
        held.append((found.band[:, 0] < 0.01 * np.arange(300)) & (0.01 * np.arange(300) < found.band[:, 1]))
    assert 0.82 < np.mean(held) < 0.95


def test_changes_have_their_segments_and_sets():
    found = changes(load(ar1(0, 400) + 3.0 * (np.arange(400) >= 150)))
    drawn = named(found.plot())
    np.testing.assert_allclose(np.unique(drawn["mean"].y[~np.isnan(drawn["mean"].y)]), np.sort(found.mean))
    shade = drawn["95 % set of the change"]
    assert min(shade.x) <= found.at[0] <= max(shade.x)


def test_a_season_has_a_panel_for_each_part():
    figure = seasonal(load(np.sin(np.arange(400) * 2 * np.pi / 20) + ar1(0, 400)), period=20).plot()
    titles = [figure.layout[name].title.text for name in ("yaxis", "yaxis2", "yaxis3")]
    assert titles == ["value (µm)", "season (µm)", "rest (µm)"]


def test_a_spectrum_is_logarithmic_and_marks_its_peaks():
    found = spectrum(load(2 * np.sin(np.arange(400) * 2 * np.pi / 20) + ar1(0, 400)))
    figure = found.plot(title="tide")
    assert (figure.layout.xaxis.type, figure.layout.yaxis.type, figure.layout.title.text) == ("log", "log", "tide")
    assert figure.layout.yaxis.title.text == "density (µm²/Hz)"
    assert len(named(figure)["peaks, with their period"].x) == len(found.peaks()) > 0


def test_a_forecast_goes_on_from_the_last_value():
    found = forecast(load(ar1(0, 400, 0.5)), 10, period=1)
    drawn = named(found.plot())
    line = drawn[f"forecast by {found.method}"]
    np.testing.assert_allclose(line.y[1:], found.value)
    assert line.y[0] == found.line.value[-1]


def test_gaps_stand_where_they_are():
    values = load(np.arange(400.0))
    values.iloc[100:160] = np.nan
    found = gaps(values)
    drawn = named(found.plot())["gap"]
    assert drawn.x[0] == found.before[0]
    assert max(drawn.y) == pytest.approx(61)  # minutes


@pytest.mark.parametrize("find", [changes, trend, gaps, seasonal, spectrum, lambda data: forecast(data, 5, period=1)])
def test_each_series_has_a_panel(find):
    rows = xr.DataArray(np.stack([ar1(s, 200) for s in range(9)]), {"lane": np.arange(9)}, ("lane", "time"))
    figure = find(rows).plot()
    assert [note.text for note in figure.layout.annotations] == [f"lane {number}" for number in range(8)]
    assert "lane" not in figure.layout.yaxis8.title.text
    assert "1 more series are not drawn" in figure.layout.title.text
