"""Figures of windows."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook.analytics import counts, sessions, window
from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.errors import OptionError, UnknownNameError

NOON = np.datetime64("2026-11-26T12:00:00")


def batch(name="cam.area", seconds=range(60), unit="um^2", **tags):
    at = np.array(list(seconds))
    return Batch.of(name, at / 2, NOON + at * np.timedelta64(1, "s"), unit=unit, tags=tags, tz="UTC")


def titles(figure):
    return [figure.layout[f"yaxis{n or ''}"].title.text for n in ["", *range(2, 9)] if f"yaxis{n or ''}" in figure.layout]


def test_a_panel_for_each_aggregate_and_a_line_for_each_key():
    found = window("10s").by("line").agg("mean", n="count").run([batch(line="1"), batch(line="2", seconds=range(0, 60, 2))])
    figure = nsi.plot(found)
    assert titles(figure) == ["mean (µm²)", "n"]
    assert [trace.name for trace in figure.data] == ["line 1", "line 2"] * 2
    assert [trace.showlegend for trace in figure.data] == [True, True, False, False]
    assert figure.layout.xaxis2.title.text == "time (UTC)"
    line = found.to_pandas().query("line == '1'")
    np.testing.assert_array_equal(figure.data[0].y, line["mean"])
    middle = (line["start"] + (line["end"] - line["start"]) / 2).dt.tz_localize(None).to_numpy()
    np.testing.assert_array_equal(np.asarray(figure.data[0].x, "datetime64[us]"), middle.astype("datetime64[us]"))


def test_a_missing_window_breaks_the_line_and_overlap_does_not():
    seconds = [*range(20), *range(40, 60)]
    assert np.isnan(nsi.plot(window("10s").agg("mean").run(batch(seconds=seconds))).data[0].y).sum() == 1
    assert not np.isnan(nsi.plot(window("10s", "2s").agg("mean").run(batch())).data[0].y).any()


def test_names_have_panels_of_their_own_with_their_units():
    found = window("10s").agg("mean", "slope").run([batch(), batch("oven.heat", unit="degC")])
    figure = nsi.plot(found)
    said = [title.replace("<br>", " ") for title in titles(figure)]
    assert said == ["cam.area mean (µm²)", "cam.area slope (µm²/s)", "oven.heat mean (degC)", "oven.heat slope (degC/s)"]


def test_series_of_one_name_in_different_units_have_a_panel_for_each_unit():
    found = window("10s").agg("mean", "slope", "count").run([batch(line="1"), batch(line="2", unit="degC"), batch(line="3")])
    figure = nsi.plot(found)
    assert titles(figure) == ["mean (degC)", "mean (µm²)", "slope (degC/s)", "slope (µm²/s)", "count"]
    axes = [(trace.yaxis, trace.name.partition("=")[2]) for trace in figure.data]
    assert axes[:3] == [("y", '"2"}'), ("y2", '"1"}'), ("y2", '"3"}')]
    assert axes[6:] == [("y5", f'"{n}"}}') for n in "123"]
    assert titles(nsi.plot(found, "mean")) == ["mean (degC)", "mean (µm²)"]
    several = nsi.plot(
        window("10s").agg("mean").run([batch(line="1"), batch(line="2", unit="degC"), batch("oven.heat", unit="K")])
    )
    assert titles(several) == ["cam.area<br>mean (degC)", "cam.area<br>mean (µm²)", "oven.heat<br>mean (K)"]


def test_a_long_name_is_broken_at_its_dots():
    long = "hall.camera.left.void_fraction"
    figure = nsi.plot(window("10s").agg("mean").run([batch(), batch(long)]))
    assert titles(figure) == ["cam.area<br>mean (µm²)", "hall.<br>camera.<br>left.<br>void_fraction<br>mean (µm²)"]


def test_the_mean_alone_has_a_band_of_its_standard_deviation():
    found = window("10s").agg("mean", "std").run(batch(seconds=[*range(20), *range(40, 60)]))
    band, *others, line = nsi.plot(found, "mean").data
    assert (band.fill, line.mode) == ("toself", "lines+markers")
    mean, std = found.columns["mean"][:2], found.columns["std"][:2]
    np.testing.assert_allclose(band.y[:4], [*(mean - std), *(mean + std)[::-1]])
    assert not others
    assert all(trace.fill is None for trace in nsi.plot(found).data)


def test_one_series_is_told_by_the_title():
    figure = nsi.plot(window("10s").agg("mean").run(batch(line="1")))
    assert not any(trace.showlegend for trace in figure.data)
    assert figure.layout.title.text == "cam.area{line=\"1\"}, window('10s')"
    assert nsi.plot(window("10s").run(batch()), title="mine").layout.title.text == "mine"


def test_sessions_are_bars_from_start_to_end():
    found = sessions("5s").agg("count").run(batch(seconds=[0, 1, 2, 30, 31]))
    (trace,) = nsi.plot(found).data
    np.testing.assert_array_equal(trace.y, [3, 3, 3, 2, 2, 2])
    x = np.asarray(trace.x, "datetime64[us]").reshape(-1, 3)
    np.testing.assert_array_equal(x[:, 0], found.start.view("datetime64[us]"))
    np.testing.assert_array_equal(x[:, 1], found.end.view("datetime64[us]"))
    assert np.isnat(x[:, 2]).all()


def test_counts_are_joined():
    (trace,) = nsi.plot(counts(5).agg("mean").run(batch())).data
    assert not np.isnan(trace.y).any()
    assert len(trace.y) == 12


def test_of_a_window_that_was_given_again_the_last_is_drawn():
    stream = window("10s").agg("count").stream()
    stream.early = True
    first, then = stream.push(batch(seconds=[0, 1])), stream.push(batch(seconds=[2, 12]))
    both = xr.concat([first.to_xarray(), then.to_xarray()], "window", combine_attrs="override")
    (trace,) = nsi.plot(both).data
    np.testing.assert_array_equal(trace.y, [3, 1])


def test_more_series_than_can_be_told_apart_are_counted():
    figure = nsi.plot(window("1min").agg("mean").run([batch(seconds=[0], line=str(n)) for n in range(30)]))
    assert len(figure.data) == 24
    assert figure.layout.title.text.endswith("; 6 more series are not drawn")
    assert len({(trace.line.color, trace.line.dash) for trace in figure.data}) == 24


def test_no_windows_make_an_empty_figure():
    figure = nsi.plot(window("10s").agg("mean").stream().close())
    assert len(figure.data) == 0
    assert titles(figure) == ["mean"]


def test_through_the_accessor_and_one_aggregate():
    found = window("10s").agg("mean", "count").run(batch())
    assert found.to_xarray().nsi.plot("mean").to_json() == nsi.plot(found, "mean").to_json()
    assert titles(nsi.plot(found, "mean")) == ["mean (µm²)"]
    with pytest.raises(UnknownNameError, match="unknown aggregate 'maen'"):
        nsi.plot(found, "maen")
    with pytest.raises(OptionError, match="a list cannot be drawn"):
        nsi.plot([found])
