"""Figures of series: what is drawn is what was found, with units."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nsi_notebook.analytics import changes, cross_correlation, forecast, gaps, regress, seasonal, spectrum, trend
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
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("frequency (1/min)", "density (µm² min)")
    drawn = named(figure)
    assert (drawn["density"].y * np.gradient(drawn["density"].x)).sum() == pytest.approx(found.line.value.var(), rel=0.2)
    assert drawn["peaks, with their period"].x[0] == pytest.approx(1 / 20, rel=0.01)
    assert len(named(figure)["peaks, with their period"].x) == len(found.peaks()) > 0


def test_a_forecast_goes_on_from_the_last_value():
    found = forecast(load(ar1(0, 400, 0.5)), 10, period=1)
    drawn = named(found.plot())
    line = drawn["forecast"]
    np.testing.assert_allclose(line.y[1:], found.value)
    assert line.y[0] == found.line.value[-1]


def test_gaps_stand_where_they_are():
    values = load(np.arange(400.0))
    values.iloc[100:160] = np.nan
    found = gaps(values)
    drawn = named(found.plot())["gap"]
    assert drawn.x[0] == found.before[0]
    assert max(drawn.y) == pytest.approx(61)  # minutes


def other(data):
    return xr.DataArray(ar1(99, data.sizes["time"]), dims="time", name="room")


KINDS = {
    "changes": changes,
    "trend": trend,
    "gaps": gaps,
    "seasonal": seasonal,
    "spectrum": spectrum,
    "forecast": lambda data: forecast(data, 5, period=1),
    "cross_correlation": lambda data: cross_correlation(data, other(data)),
    "regress": lambda data: regress(data, other(data)),
    "regress along": regress,
    "regress on several": lambda data: regress(data, {"room": other(data), "square": other(data) ** 2}),
    "polynomial": lambda data: regress(data, other(data), degree=2),
    "logistic": lambda data: regress(data.rename(time="image") > 0, other(data).rename(time="image"), "image", kind="logistic"),
    "theil-sen": lambda data: regress(data.rename(time="image"), other(data).rename(time="image"), "image", kind="theil-sen"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_series_has_a_panel_below_its_name(kind):
    rows = xr.DataArray(np.stack([ar1(s, 240) for s in range(9)]), {"lane": np.arange(9)}, ("lane", "time"), name="load")
    figure = KINDS[kind](rows.assign_coords(time=np.arange(240.0))).plot()
    names = [note.text.partition(":")[0] for note in figure.layout.annotations]
    assert [name for name in names if name.startswith("lane")] == [f"lane {lane}" for lane in range(8)]
    assert "lane" not in figure.layout.yaxis8.title.text
    assert "each of 9 series" in figure.layout.title.text
    assert "1 more series are not drawn" in figure.layout.title.text.replace("<br>", " ")


def test_axes_are_called_as_the_series_is():
    named_so = load(ar1(0, 400) + 3.0 * (np.arange(400) >= 150)).rename("oven_load")
    kinds = [trend, changes, seasonal, lambda data: forecast(data, 5, period=1)]
    assert {find(named_so).plot().layout.yaxis.title.text for find in kinds} == {"oven load (µm)"}


def test_the_title_of_a_trend_is_in_words_and_its_p_never_nought():
    found = trend(load(np.arange(400.0) + 0.1 * ar1(0, 400)), per="min")
    assert found.p < 1e-20
    assert found.plot().layout.title.text.startswith("The series rises by 1.000")
    assert found.plot().layout.title.text.endswith("p\u00a0<\u00a00.001; 400 samples.")
    assert "p < 0.001" in repr(found)


def test_a_regression_along_time_has_dates_and_no_seconds():
    values = load(0.01 * np.arange(400) + ar1(0, 400)).rename("load")
    figure = regress(values).plot()
    assert figure.layout.xaxis2.title.text == "time (UTC)"
    assert figure.data[0].x[0] == np.datetime64("2026-11-01T00:00:00")
    assert max(figure.data[0].x) == np.datetime64("2026-11-01T06:39:00")


def test_a_title_of_several_lines_takes_its_room():
    short, long = (changes(load(ar1(0, 400))).plot(title=text) for text in ("load", "load of the oven " * 20))
    lines = long.layout.title.text.count("<br>")
    assert lines > 1
    assert long.layout.height - short.layout.height == long.layout.margin.t - short.layout.margin.t == 20 * lines


def test_no_line_of_a_title_is_wider_than_its_figure():
    found = trend(load(0.01 * np.arange(400) + ar1(0, 400)), per="h")
    for most in range(3, 30):  # letters of a word
        layout = found.plot(title=" ".join("x" * (1 + at % most) for at in range(90))).layout
        lines = layout.title.text.split("<br>")
        assert max(map(len, lines)) * 8 <= layout.width * (1 - layout.title.x)  # pixels of a letter of 15, in DejaVu Sans
