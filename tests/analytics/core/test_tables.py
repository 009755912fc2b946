"""The same samples from arrays, pandas, Arrow and xarray."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook.analytics.core.tables import batch_of, dataset_of
from nsi_notebook.analytics.engine import AnalyticsEngine
from nsi_notebook.analytics.processors.plans import window
from nsi_notebook.errors import SeriesError, TimeError

TIMES = pd.date_range("2026-11-26T12:00Z", periods=3, freq="1s")
VALUES = np.array([0.3, 0.2, 0.5])


def rows(batch):
    return sorted(
        (str(batch.series[c]), batch.series[c].unit, int(t), float(v))
        for c, t, v in zip(batch.code, batch.time, batch.value, strict=True)
    )


def plain(name, unit="1", values=VALUES):
    return [(name, unit, int(t.timestamp() * 1e6), float(v)) for t, v in zip(TIMES, values, strict=True)]


@pytest.mark.parametrize(
    "data",
    [
        pd.Series(VALUES, index=TIMES),
        pd.DataFrame({"time": TIMES, "value": VALUES}),
        pd.DataFrame({"value": VALUES}, index=TIMES),
        pa.table({"time": TIMES, "value": VALUES}),
        pl.from_arrow(pa.table({"time": TIMES.tz_convert("Europe/Berlin"), "value": VALUES})),
        xr.DataArray(VALUES, dims="time", coords={"time": ("time", TIMES.tz_localize(None), {"timezone": "UTC"})}),
    ],
    ids=["series", "frame", "index", "arrow", "polars", "xarray"],
)
def test_each_kind_gives_the_same_samples(data):
    assert rows(batch_of("a", data)) == plain("a") == rows(batch_of("a", VALUES, TIMES))


def test_columns_of_texts_are_tags():
    frame = pd.DataFrame({"time": TIMES, "line": ["1", "2", "1"], "value": VALUES})
    found = rows(batch_of("a", frame, tags={"site": "x"}, unit="um"))
    wanted = [
        (f'a{{line="{line}", site="x"}}', unit, t, v) for line, (_, unit, t, v) in zip("121", plain("a", "um"), strict=True)
    ]
    assert found == sorted(wanted)
    assert rows(batch_of("a", frame.astype({"line": "category"}), tags={"site": "x"}, unit="um")) == found


def test_variables_and_dims_of_a_dataset_become_series_and_tags():
    time = ("time", TIMES.tz_localize(None), {"timezone": "UTC"})
    data = xr.Dataset(
        {
            "area": (("channel", "time"), np.stack([VALUES, 2 * VALUES]), {"units": "um^2"}),
            "n": ("time", [1, 2, 3]),
            "fixed": ((), 3.0),
        },
        {"time": time, "channel": ["red", "green"]},
    )
    wanted = (
        plain('c.area{channel="red"}', "um^2")
        + plain('c.area{channel="green"}', "um^2", 2 * VALUES)
        + plain("c.n", "1", [1, 2, 3])
    )
    assert rows(batch_of("c", data)) == sorted(wanted)
    assert rows(batch_of("c", data.drop_vars("channel")))[0][0] == 'c.area{channel="0"}'


@pytest.mark.filterwarnings(
    "ignore::nsi_notebook.errors.NsiWarning"
)  # two frames of 64 x 64: what is said of intervals is not the subject
def test_measures_of_frames_are_taken_as_they_are():
    masks = nsi.sample("gravel")[:64, :64].nsi.void("otsu").expand_dims(time=TIMES[:2].tz_localize(None))
    measured = nsi.series(masks, ["void_fraction", "chords"])
    found = batch_of("gravel", measured[["void_fraction", "mean_chord"]], tz="UTC")
    assert {str(s) for s in found.series} == {
        "gravel.void_fraction",
        'gravel.mean_chord{axis="y"}',
        'gravel.mean_chord{axis="x"}',
    }
    assert found.value[found.code == 0].tolist() == measured.void_fraction.values.tolist()


@pytest.mark.parametrize(
    ("data", "time", "kind", "said"),
    [
        (VALUES, None, TimeError, "there are no times"),
        (pd.DataFrame({"value": VALUES}), None, TimeError, "no column 'time', and the index is of type int64"),
        (pd.DataFrame({"time": TIMES.tz_localize(None), "value": VALUES}), None, TimeError, "have no zone"),
        (pd.DataFrame({"time": TIMES, "line": list("abc")}), None, SeriesError, "no column of numbers"),
        (pd.DataFrame({"time": TIMES, "value": VALUES}), TIMES, TimeError, "two times"),
        (xr.DataArray(VALUES, dims="y"), None, TimeError, "no dim 'time'"),
        (xr.DataArray(VALUES, dims="time", coords={"time": TIMES.tz_localize(None)}), TIMES, TimeError, "two times"),
        (xr.DataArray(VALUES, dims="time", coords={"time": TIMES.tz_localize(None)}), None, TimeError, "have no zone"),
        (xr.Dataset({"a": 1.0}, {"time": TIMES.tz_localize(None)}), None, SeriesError, "no variable of"),
    ],
)
def test_what_lacks_times_or_numbers_is_refused(data, time, kind, said):
    with pytest.raises(kind, match=said):
        batch_of("a", data, time)


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_series_of_polars_are_values_and_times(unit):
    times = pl.Series(TIMES.tz_localize(None)).cast(pl.Datetime(unit))
    values = pl.Series([0.3, None, 0.5])
    aware = times.dt.replace_time_zone("Europe/Berlin")
    told = pd.Series([0.3, np.nan, 0.5], TIMES.tz_localize(None).tz_localize("Europe/Berlin"))
    assert str(rows(batch_of("a", values, aware, missing="keep"))) == str(rows(batch_of("a", told, missing="keep")))
    assert rows(batch_of("a", pl.Series(VALUES), times, tz="Europe/Berlin")) == rows(batch_of("a", VALUES, aware))
    frame = pl.DataFrame({"time": times, "value": VALUES})
    for data, time in ((frame, None), (frame["value"], times), (VALUES, times)):
        with pytest.raises(TimeError, match="have no zone"):
            batch_of("a", data, time)
    with pytest.raises(SeriesError, match="1 of 3 values are NaN"):
        batch_of("a", values, aware)
    with pytest.raises(TimeError, match="there are no times"):
        batch_of("a", values)


def test_texts_of_a_frame_of_polars_are_tags():
    frame = pl.from_arrow(pa.table({"time": TIMES, "line": ["1", "2", "1"], "side": ["l", "r", "l"]}))
    frame = frame.with_columns(pl.col("side").cast(pl.Categorical))
    found = batch_of("cam", frame.with_columns(area=pl.Series(VALUES), count=pl.Series([7, 8, 9])))
    assert [str(series) for series in found.series] == [
        f'cam.{name}{{line="{line}", side="{side}"}}' for name in ("area", "count") for line, side in ("1l", "2r")
    ]
    plan = window("1s").agg("max")
    assert plan.run(frame.with_columns(area=pl.Series(VALUES)), "cam").columns["max"].tolist() == VALUES.tolist()
    with AnalyticsEngine("memory:") as engine:
        assert engine.emit_many("cam", frame.with_columns(value=pl.Series(VALUES))).rows == 3
        assert engine.store.query("cam", where={"line": "1"}).to_polars()["value"].to_list() == [0.3, 0.5]


def test_levels_of_times_are_in_utc_as_an_index_of_times_is():
    local = TIMES.tz_localize(None).tz_localize("Europe/Berlin")
    levels = pd.MultiIndex.from_arrays([local, [1, 2, 3]], names=["time", "line"])
    for index in (local.rename("time"), levels):
        found = dataset_of(pd.DataFrame({"area": VALUES}, index))
        assert found["time"].to_numpy().tolist() == local.tz_convert(None).to_numpy().tolist()
        assert found["time"].attrs["timezone"] == "UTC"
        assert found["time"].attrs["nsi_zone"] == "Europe/Berlin"


def test_rows_of_a_table_get_a_name_that_no_column_has():
    names = ["sample", "line", "row", "row 2"]
    found = dataset_of(pd.DataFrame(np.arange(12.0).reshape(3, 4), [3, 4, 5], names))
    assert (list(found.data_vars), dict(found.sizes)) == (names, {"row 3": 3})
    assert found["row 3"].to_numpy().tolist() == [3, 4, 5]
    with pytest.raises(SeriesError, match="'area' is a column of numbers, and the index"):
        dataset_of(pd.DataFrame({"area": VALUES}, pd.Index([7, 8, 9], name="area")))


def test_booleans_some_of_which_are_missing_are_numbers():
    found = dataset_of(pd.DataFrame({"good": pd.array([True, None, False], "boolean")}))["good"]
    np.testing.assert_array_equal(found, [1.0, np.nan, 0.0])
