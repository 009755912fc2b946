"""Values that follow one another are known to, however a table numbers its rows and wherever its times stand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from nsi_notebook.analytics import (
    StatisticalAnalyzer,
    anova,
    changes,
    correlate,
    describe,
    effective_n,
    forecast,
    regress,
    test,
    trend,
)
from nsi_notebook.analytics.algorithms.clocks import in_time
from nsi_notebook.analytics.algorithms.statistics.descriptions import descriptions
from nsi_notebook.analytics.core.tables import dataset_of
from nsi_notebook.commands.test import test as verb
from nsi_notebook.commands.values import table_of
from nsi_notebook.errors import DimsError, SeriesError, TimeError
from tests.analytics.algorithms.noises import ar1

N = 800
TIMES = pd.date_range("2026-03-01", periods=N, freq="min", tz="UTC")
VALUES = ar1(5, N, 0.6)
OTHERS = ar1(6, N, 0.6)
TABLE = pd.DataFrame({"time": TIMES, "load": VALUES})
HALVES = TABLE.assign(half=["first"] * 400 + ["second"] * 400)
LONG = pd.concat([TABLE.assign(run="a"), TABLE.assign(run="b", load=OTHERS)])
SERIES = xr.DataArray(VALUES, {"time": ("time", TIMES.tz_convert(None), {"timezone": "UTC"})}, ("time",))
KNOWN = test(SERIES)


def beside(dim, name="time"):
    return xr.DataArray(VALUES, {name: (dim, TIMES.tz_convert(None), {"timezone": "UTC"})}, (dim,))


def numbered(units):
    return xr.DataArray(VALUES, {"at": ("at", 60.0 * np.arange(N), {"units": units})}, ("at",))


@pytest.mark.parametrize(
    "data",
    [
        TABLE, TABLE.set_index("time"), TABLE.rename_axis("id"), TABLE.set_index(np.arange(7, 7 + N)), TABLE.set_axis([0] * N),
        TABLE.assign(time=TABLE["time"].astype(str)), TABLE.assign(time=TIMES.tz_convert("Europe/Berlin")),
        beside("sample"), beside("row number"), beside("sample", "Timestamp"), numbered("s"),
        numbered("seconds since 2026-03-01"),
        *(xr.DataArray(VALUES, dims=(dim,)) for dim in ("Time", "timestamp", "date", "frames", "hour", "days")),
    ],
)  # fmt: skip
def test_a_series_counts_as_its_effective_number_however_its_rows_are_named(data):
    found = test(data)
    assert found.groups[0].effective < 0.4 * N
    assert (found.p, found.groups[0].effective) == pytest.approx((KNOWN.p, KNOWN.groups[0].effective), rel=1e-9)


def test_rows_that_were_chosen_are_those_of_the_series_at_these_times():
    chosen = TABLE[TABLE["load"] < 1.5]
    wanted = test(SERIES[VALUES < 1.5])
    assert test(chosen).p == StatisticalAnalyzer(chosen).test("load").p == pytest.approx(wanted.p)
    assert next(iter(correlate(chosen.assign(more=OTHERS[VALUES < 1.5])))).groups[0].effective < 0.8 * len(chosen)
    told = StatisticalAnalyzer(TABLE.iloc[1:]).describe("load", ci=0.95)["mean_ci"].to_numpy()
    np.testing.assert_allclose(told, describe(SERIES[1:], ci=0.95)["mean_ci"])


def test_a_measure_that_is_named_keeps_its_times():
    p = [anova(HALVES, "half", values="load").p, anova(HALVES.assign(other=1.0), "half", values="load").p]
    assert p == pytest.approx([test(HALVES, by="half").p] * 2)
    assert p[0] == pytest.approx(test(HALVES.set_index("time"), by="half").p)


@pytest.mark.parametrize("long", [LONG, LONG.sort_values("time"), LONG.reset_index(drop=True), LONG.set_index("time")])
def test_groups_at_the_same_times_are_a_series_each(long):
    apart = test(SERIES, SERIES.copy(data=OTHERS), names=["a", "b"])
    assert [test(long, by="run").p, anova(long, "run", values="load").p] == pytest.approx([apart.p] * 2)
    assert [g.effective for g in test(long, by="run").groups] == [g.effective for g in apart.groups]
    assert test(LONG.set_index(["run", "time"])["load"], by="run").p == pytest.approx(apart.p)


def test_groups_whose_own_times_go_back_are_refused():
    with pytest.raises(TimeError, match="goes back"):
        test(pd.concat([LONG, LONG]), by="run")
    with pytest.raises(SeriesError, match="take turns"):
        test(TABLE.assign(odd=["a", "b"] * 400), by="odd")


def test_one_is_told_that_rows_are_in_no_order():
    plain = test(VALUES)
    turns = ["a", "b"] * 400
    uneven = TABLE.assign(time=TIMES + pd.to_timedelta(np.arange(N) ** 2, "s"))
    for data in (
        TABLE,
        TABLE.set_index("time"),
        SERIES.to_series().tz_localize("UTC"),
        uneven,
        SERIES,
        SERIES.swap_dims(time="image"),
        SERIES.assign_coords(image=("time", range(N))),
    ):
        assert test(data, dim="image").p == plain.p
    assert test(TABLE.assign(odd=turns), by="odd", dim="sample").p == test(VALUES, by=turns).p
    held = table_of(TABLE.assign(odd=turns), dim="image")
    assert held["load"].dims == ("image",)
    assert test(held, by="odd", dim="image").p == test(VALUES, by=turns).p


def test_a_dim_that_was_stacked_of_time_is_no_sample():
    runs = xr.DataArray(VALUES.reshape(4, 200), {"time": SERIES["time"][:200]}, ("run", "time"))
    stacked = runs.stack(place=("run", "time"))
    with pytest.raises(DimsError, match="stacked of run, time") as caught:
        test(stacked, dim="place")
    assert "unstack" in caught.value.hint
    with pytest.raises(TimeError, match="goes back 3 times"):
        test(stacked)
    assert test(stacked[:200]).p == pytest.approx(test(SERIES[:200]).p)


def test_times_beside_values_may_be_named_as_their_dim():
    two = beside("sample").assign_coords(began=("sample", TIMES.tz_convert(None) - pd.Timedelta("1h"), {"timezone": "UTC"}))
    assert in_time(two).dims == ("time",)
    assert in_time(two, "began").dims == ("began",)
    assert test(two, dim="began").p == pytest.approx(KNOWN.p)
    assert in_time(two, "sample").dims == ("sample",)


def test_pairs_along_times_know_their_zone():
    found = test(LONG, by="run", subject="time")
    assert found.p == pytest.approx(test(SERIES, SERIES.copy(data=OTHERS), kind="paired").p)
    assert found.groups[0].effective < 0.5 * N


def test_a_table_with_a_row_for_each_pixel_has_no_p_and_one_of_pores_has():
    y, x = np.mgrid[0:20, 0:40].reshape(2, -1)
    frame = pd.DataFrame({"y": y, "x": x, "grey": VALUES, "side": ["left", "right"] * 400})
    with pytest.raises(DimsError, match="pixels and tiles along y, x"):
        test(frame, by="side")
    pores = frame.iloc[::7]  # some places, as of what was found in an image
    assert {result.measure for result in test(pores, by="side")} == {"y", "x", "grey"}


def test_all_that_looks_along_time_takes_times_beside_values():
    uneven = beside("sample").isel(sample=np.cumsum(np.tile([1, 2], N // 4)))
    for ask in (effective_n, changes, trend, forecast):
        with pytest.raises(TimeError, match="steps along 'time' differ"):
            ask(uneven, 10) if ask is forecast else ask(uneven)
    even = beside("sample")
    assert trend(even).slope == trend(SERIES).slope
    wanted, found = regress(SERIES, SERIES.copy(data=OTHERS)), regress(even, even.copy(data=OTHERS))
    assert found.table().equals(wanted.table())
    assert regress(even, even.copy(data=OTHERS), "sample").table()["error"].iloc[1] < wanted.table()["error"].iloc[1]


def dated(days, texts=True):
    """Give images of which several were taken on each day, and one of their measures."""
    day = pd.Series(np.repeat(pd.date_range("2026-03-02", periods=days), N // days))
    return pd.DataFrame(
        {"day": day.dt.strftime("%Y-%m-%d") if texts else day, "load": VALUES, "soil": ["sand", "clay"] * (N // 2)}
    )


def test_days_on_which_several_images_were_taken_are_labels():
    wanted = test(VALUES, by=["sand", "clay"] * (N // 2)).p
    for table in (dated(10), dated(10, texts=False), table_of(dated(10)), table_of(dated(10, texts=False))):
        assert test(table, by="soil").p == wanted
        assert len(anova(table, "day").groups) == 10
    array = xr.DataArray(VALUES, {"date": ("image", dated(10, texts=False)["day"])}, ("image",))
    assert test(array).p == test(VALUES).p
    with pytest.raises(TimeError, match="have no zone") as caught:
        test(dated(N))  # one a day
    assert "dim='image'" in caught.value.hint
    assert test(dated(N)[["load", "day"]], tz="UTC").p == pytest.approx(KNOWN.p)


@pytest.mark.parametrize("name", ["time", "Date", "timestamp"])
def test_texts_are_times_in_each_column_that_is_called_so(name):
    texts = TIMES.strftime("%Y/%m/%d %H:%MZ")
    assert test(pd.DataFrame({name: texts, "load": VALUES})).p == pytest.approx(KNOWN.p)
    assert test(table_of(pd.DataFrame({name: texts, "load": VALUES}))).p == pytest.approx(KNOWN.p)
    blank = [None, "", *texts[2:]]
    with pytest.raises(TimeError, match="missing"):
        test(pd.DataFrame({name: blank, "load": VALUES}))
    assert test(pd.DataFrame({name: blank, "load": VALUES}), dim="image").p == test(VALUES).p
    for cell, says in (
        ("n/a", f"'{name}' holds times, and 'n/a'"),
        ("2026-03-01 00:00", "'2026-03-01 00:00' without"),
        ("2026-13-01 00:00Z", "none"),
    ):
        with pytest.raises(TimeError, match=says):
            test(pd.DataFrame({name: [cell, *texts[1:]], "load": VALUES}))
    words = pd.DataFrame({name: ["Monday", "Tuesday"] * (N // 2), "load": VALUES})
    assert test(words, by=name).p == test(VALUES, by=words[name].tolist()).p


def test_siemens_are_no_seconds():
    by_siemens = xr.DataArray(VALUES, {"g": ("g", np.random.default_rng(0).random(N), {"units": "S"})}, ("g",))
    assert test(by_siemens).p == test(VALUES).p


def test_dates_of_python_are_times():
    days = [(pd.Timestamp("2020-01-01") + pd.Timedelta(days=i)).date() for i in range(N)]
    with pytest.raises(TimeError, match="None is no time"):
        test(xr.DataArray(VALUES, {"taken": ("taken", np.array([None, *days[1:]], dtype=object))}, ("taken",)))


def test_rows_that_are_numbered_in_a_column_called_image_may_be_said_to_be_images():
    numbered = TABLE.assign(image=range(N))
    for table in (numbered, table_of(numbered, dim="image"), table_of(numbered.drop(columns="time"), dim="image")):
        found = test(table, dim="image")
        assert {result.measure for result in found} == {"load"} if hasattr(found, "results") else found.measure == "load"


@pytest.mark.parametrize("name", ["day", "time", "date"])
@pytest.mark.parametrize("zone", ["", "Z"])
def test_times_that_are_groups_are_no_axis_along_which_their_values_follow_one_another(name, zone):
    values = np.random.default_rng(0).normal(size=40)
    taken = [f"2026-11-{day:02}T10:00{zone}" for day in (1, 2) for _ in range(20)]
    frame = pd.DataFrame({name: taken, "load": values})
    wanted = test(values[:20], values[20:])
    array = dataset_of(frame)["load"]
    for found in (
        test(frame, by=name), test(array, by=name), StatisticalAnalyzer(frame).test("load", by=name),
        verb(table_of(frame), by=name),
    ):  # fmt: skip
        assert found.p == wanted.p
        assert [group.name[:10] for group in found.groups] == ["2026-11-01", "2026-11-02"]
    assert anova(frame, by=name, kind="classical").p == pytest.approx(stats.ttest_ind(values[:20], values[20:]).pvalue)
    told = descriptions(frame, by=name, ci=0.95).table()
    assert told["count"].tolist() == [20, 20]
    assert told["mean"].to_numpy() == pytest.approx([values[:20].mean(), values[20:].mean()])
