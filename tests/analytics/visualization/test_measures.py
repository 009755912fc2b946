"""Figures of measures show the numbers of the Dataset, with units, and every measure has one."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from nsi_notebook import measure, plot
from nsi_notebook.errors import NsiWarning, OptionError, UnknownNameError
from nsi_notebook.voids.diagrams import landscape
from nsi_notebook.voids.measures.registry import catalogue


def um(n, step=0.5):
    return np.arange(n) * step, {"units": "um"}


@pytest.fixture(scope="module")
def mask():
    values = np.random.default_rng(0).random((40, 48)) < 0.4
    return xr.DataArray(values, dims=("y", "x"), coords={"y": ("y", *um(40)), "x": ("x", *um(48))})


@pytest.fixture(scope="module")
def series(mask):
    frames = xr.concat([mask ^ (np.random.default_rng(i).random(mask.shape) < 0.02 * i) for i in range(9)], dim="time")
    return frames.assign_coords(time=("time", np.arange(9) * 2.0, {"units": "s"}))


def named(figure, name):
    return next(t for t in figure.data if t.name == name)


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_every_variable_of_every_measure_is_drawn(mask, name):
    ds = measure(mask, name)
    figure = plot(ds)
    panels = {p.variable for p in catalogue()[name].panels} - {"persistence_landscape"}  # made from the pairs when wanted
    assert panels <= set(ds.data_vars)
    across = {p.x for p in catalogue()[name].panels} & set(ds.data_vars)
    assert len({(t.xaxis, t.yaxis) for t in figure.data}) == len(set(ds.data_vars) - across)


def test_pairs_are_drawn_over_the_diagonal_and_landscapes_beside_them(series):
    found = measure(series, "persistence")
    figure = plot(found.assign(persistence_landscape=landscape(found, levels=2)))
    across = {figure.layout[name].title.text for name in figure.layout if name.startswith("xaxis")}
    assert {"value at birth (µm)", "value (µm)"} <= across
    diagonal = named(figure, "diagonal")
    assert diagonal.x == diagonal.y
    last = found.isel(time=8)
    for drawn, shown in ((plot(last), "H{}"), (figure, "time 16 s")):
        for k in (0, 1):
            wanted = last.sel(homology=k)
            there = np.isfinite(wanted.persistence_death.values)
            ends = [set(zip(t.x, t.y, strict=True)) for t in drawn.data if t.mode == "markers" and t.name == shown.format(k)]
            assert set(zip(wanted.persistence_birth.values[there], wanted.persistence_death.values[there], strict=True)) in [
                {(x, y) for x, y in points if np.isfinite(y)} for points in ends
            ]


def test_a_number_is_a_point_with_its_interval(mask):
    ds = measure(mask, ["void_fraction", "chords"], ci=0.9)
    figure = plot(ds, "void_fraction")
    (trace,) = figure.data
    low, high = ds.void_fraction_ci.values
    assert trace.x[0] == float(ds.void_fraction)
    assert trace.x[0] + trace.error_x.array[0] == pytest.approx(high)
    assert trace.x[0] - trace.error_x.arrayminus[0] == pytest.approx(low)
    assert [a.text for a in figure.layout.annotations] == ["void fraction"]
    drawn = plot(ds, "chords")
    by_axis = [t for t in drawn.data if t.name == "mean_chord"]
    assert [t.y for t in by_axis] == [("y",), ("x",)]
    np.testing.assert_array_equal([t.x[0] for t in by_axis], ds.mean_chord)
    assert [t.marker.color for t in by_axis] == [named(drawn, axis).line.color for axis in ("y", "x")]


def test_a_long_title_is_broken_and_what_is_so_or_not_says_it(mask):
    figure = plot(measure(mask, ["percolation", "bottleneck"]))
    titles = {a.text for a in figure.layout.annotations}
    assert "radius of the largest ball that<br>can pass from face to face (µm)" in titles
    spans = next(i for i, a in enumerate(figure.layout.annotations) if a.text == "whether the void spans the window")
    assert figure.layout[f"xaxis{spans + 1 if spans else ''}"].ticktext == ("no", "yes")


def test_a_curve_that_vanishes_is_not_drawn_after_its_first_zero(mask):
    ds = measure(mask, "thickness")
    for name in ("opening_fraction", "pattern_spectrum"):
        end = np.flatnonzero(ds[name].values)[-1] + 2
        np.testing.assert_array_equal(named(plot(ds), name).y, ds[name].values[:end])
        assert end < ds.sizes["r"]


def test_a_curve_has_units_a_line_for_each_axis_and_a_band(mask):
    ds = measure(mask, "chords", ci=0.9)
    figure = plot(ds)
    for axis in ("y", "x"):
        line = named(figure, axis)
        counts = ds.chord_count.sel(axis=axis).values
        end = np.flatnonzero(counts)[-1] + 1
        np.testing.assert_allclose(line.x, ds.chord_length.sel(axis=axis).values[:end])
        np.testing.assert_array_equal(line.y, np.where(counts > 0, counts, np.nan)[:end])  # no line through what is zero
    assert sum(t.fill == "toself" for t in figure.data) == 2
    assert figure.layout.xaxis2.title.text == "chord length (µm)"
    assert figure.layout.yaxis2.type == "log"
    assert [t.name for t in figure.data if t.showlegend] == ["y", "x"]


def test_sizes_are_drawn_as_the_share_at_least_as_large(mask):
    ds = measure(mask, "components")
    line = named(plot(ds), "component_size")
    sizes = ds.component_size.values
    np.testing.assert_array_equal(line.x, np.unique(sizes))
    np.testing.assert_allclose(line.y, [(sizes >= s).mean() for s in np.unique(sizes)])


def test_a_series_is_a_line_over_its_time_with_a_band(series):
    ds = measure(series, "void_fraction", ci=0.9)
    figure = plot(ds)
    line = named(figure, "void_fraction")
    np.testing.assert_array_equal(line.x, series.time)
    np.testing.assert_array_equal(line.y, ds.void_fraction)
    assert figure.layout.xaxis.title.text == "time (s)"
    band = next(t for t in figure.data if t.fill == "toself")
    assert len(band.x) == 18


def test_a_frame_that_is_missing_leaves_a_gap_in_line_and_band(series):
    ds = measure(series, "void_fraction", ci=0.9)
    figure = plot(ds.where(ds.time != 8.0))
    band = next(t for t in figure.data if t.fill == "toself")
    assert 8.0 not in band.x
    assert np.isnan(band.y).sum() == 1
    assert np.isnan(band.y[8])  # after the four frames before the gap, there and back
    assert np.isnan(named(figure, "void_fraction").y[4])


def test_a_series_of_one_frame_is_drawn_as_an_image_is(series):
    names = ["void_fraction", "chords", "lacunarity"]
    one, alone = (plot(measure(frames, names, ci=0.9)) for frames in (series.isel(time=[2]), series.isel(time=2)))
    assert one.layout.title.text == "time 4 s"
    np.testing.assert_equal([(t.x, t.y) for t in one.data], [(t.x, t.y) for t in alone.data])


def test_whether_it_spans_is_said_over_time_too(series):
    figure = plot(measure(series, "percolation"))
    (axis,) = [axis for axis in figure.select_yaxes() if "whether" in axis.title.text]
    assert axis.ticktext == ("no", "yes")


def test_a_logarithmic_axis_holds_its_values_and_says_them_in_full(mask):
    figure = plot(measure(mask, "lacunarity", ci=0.9))
    low, high = 10 ** np.array(figure.layout.xaxis.range)
    ds = measure(mask, "lacunarity")
    assert low < ds.box_length.min() < ds.box_length.max() < high
    assert [float(text.replace(",", "")) for text in figure.layout.xaxis.ticktext] == list(figure.layout.xaxis.tickvals)
    assert len(figure.layout.xaxis.tickvals) >= 3


def test_the_curves_of_a_long_series_are_those_of_some_frames(series):
    ds = measure(series, ["chords", "two_point"], ci=0.9)
    figure = plot(ds)
    curves = [t for t in figure.data if (t.name or "").startswith("time")]
    shown = {t.name for t in curves}
    assert {"time 0 s", "time 16 s"} <= shown
    assert len(shown) == 6
    assert {t.line.dash for t in curves} == {"solid", "dash"}
    titles = [figure.layout[a].title.text for a in figure.layout if a.startswith("yaxis")]
    assert any("y solid, x dashed" in t.replace("<br>", " ") for t in titles if t)
    line = next(t for t in curves if t.name == "time 16 s" and t.line.dash == "dash")
    counts = ds.chord_count.sel(time=16.0, axis="x").values
    np.testing.assert_array_equal(line.y[~np.isnan(line.y)], counts[counts > 0])
    assert {t.name for t in figure.data if t.showlegend} == shown | {"y", "x"}


def test_frames_without_a_coordinate_are_numbered(series):
    bare = measure(series.drop_vars("time").isel(time=slice(3)), ["void_fraction", "lacunarity", "chords"], ci=0.9)
    figure = plot(bare)
    np.testing.assert_array_equal(named(figure, "void_fraction").x, [0, 1, 2])
    assert {"time 0", "time 1", "time 2"} <= {t.name for t in figure.data}


def test_channels_are_a_line_each(series):
    two = xr.concat([series, ~series], dim=xr.DataArray(["void", "solid"], dims="channel", name="channel"))
    figure = plot(measure(two.transpose("time", "channel", "y", "x"), "void_fraction"))
    assert {t.name for t in figure.data} == {"channel void", "channel solid"}
    total = np.add(named(figure, "channel void").y, named(figure, "channel solid").y)
    np.testing.assert_allclose(total, 1)


def test_one_axis_of_the_results_is_drawn(mask):
    ds = measure(mask, "chords", ci=0.9).sel(axis="y")
    line = named(plot(ds), "chord_count")
    np.testing.assert_array_equal(line.y[~np.isnan(line.y)], ds.chord_count.values[ds.chord_count.values > 0])


def test_a_mask_without_void_gives_a_figure_too(mask):
    for empty in (mask & False, mask | True):
        with pytest.warns(NsiWarning, match="intervals in doubt"):
            ds = measure(empty, ci=0.9)
        figure = plot(ds, title="nothing")
        assert figure.layout.title.text == "nothing"


def test_results_that_were_stored_are_drawn_alike(mask, tmp_path):
    ds = measure(mask, ["chords", "lacunarity", "components"], ci=0.9)
    ds.to_netcdf(tmp_path / "ds.nc")
    with xr.open_dataset(tmp_path / "ds.nc") as again:
        assert plot(again).to_json() == plot(ds).to_json()


def test_what_cannot_be_drawn_is_said(mask):
    ds = measure(mask, "euler")
    with pytest.raises(UnknownNameError, match="did you mean 'euler'"):
        plot(ds, "eulr")
    with pytest.raises(OptionError, match="holds no measures: it is empty"):
        plot(xr.Dataset())
    with pytest.raises(OptionError, match="holds no measures: a"):
        plot(xr.Dataset({"a": 1}))
