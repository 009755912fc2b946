"""DataFrames are read by one rule, whether a test, a detector or a verb asks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pingouin import welch_anova

from nsi_notebook.analytics import anova, test
from nsi_notebook.analytics.algorithms.anomalies.tables import read
from nsi_notebook.analytics.algorithms.clocks import is_time
from nsi_notebook.analytics.algorithms.statistics.inputs import variables
from nsi_notebook.commands.test import test as verbs_test
from nsi_notebook.commands.values import table_of
from nsi_notebook.errors import SeriesError
from tests.analytics.algorithms.noises import ar1

AREA = np.random.default_rng(0).normal(size=30)
HOURS = pd.date_range("2026-11-26T12:00", periods=30, freq="h", tz="Europe/Berlin")
FRAMES = {  # a table, the dim of its rows, and whether they lie in time
    "counted": (pd.DataFrame({"area": AREA, "count": np.arange(30)}), "sample", False),
    "objects": (pd.DataFrame({"area": AREA, "count": np.arange(30)}, dtype=object), "sample", False),
    "nullable": (pd.DataFrame({"area": AREA, "count": np.arange(30)}).convert_dtypes(), "sample", False),
    "named": (pd.DataFrame({"area": AREA, "count": np.arange(30)}, pd.Index(range(5, 35), name="image")), "image", False),
    "aware": (pd.DataFrame({"area": AREA, "count": np.arange(30)}, HOURS), "time", True),
    "times alone": (pd.DataFrame({"taken": HOURS, "area": AREA, "count": np.arange(30)}), "taken", True),
    "texts of times": (pd.DataFrame({"taken": HOURS.astype(str), "area": AREA, "count": np.arange(30)}), "taken", True),
    "windows": (pd.DataFrame({"start": HOURS, "end": HOURS.shift(1), "area": AREA, "count": np.arange(30)}), "time", True),
    "a column of times": (pd.DataFrame({"time": HOURS, "area": AREA, "count": np.arange(30)}), "time", True),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_tests_detectors_and_verbs_read_a_table_the_same(kind):
    frame, dim, timed = FRAMES[kind]
    frame.attrs["units"] = {"area": "um^2"}
    kept = frame.copy()
    tested, verb, table = variables(frame, None), table_of(frame), read(frame.drop(columns="end", errors="ignore"))
    for found in (tested, verb):
        np.testing.assert_array_equal(found["area"].to_numpy().astype(float), AREA)
        assert (found["area"].dims, found["area"].attrs["units"]) == ((dim,), "um^2")
        assert (dim in found["area"].coords) == (dim != "sample")
        assert is_time(found["area"], dim) == timed
    np.testing.assert_array_equal(table.values, np.stack([AREA, np.arange(30)], axis=1))
    assert (table.measures, table.units, table.dim, table.ordered) == (("area", "count"), ("um^2", "1"), dim, timed)
    if timed:
        moments = HOURS.tz_convert(None).to_numpy()
        for coord in (tested["area"][dim], verb[dim]):
            np.testing.assert_array_equal(coord, moments)
            assert coord.attrs["timezone"] == "UTC"
        np.testing.assert_array_equal(table.coord, moments)
    pd.testing.assert_frame_equal(frame, kept)


@pytest.mark.parametrize("clock", ["time", "start", "taken", "date"])
def test_values_along_the_clock_of_a_table_follow_one_another_whatever_its_name(clock):
    frame = pd.DataFrame({clock: pd.date_range("2026-11-01", periods=600, freq="h"), "area": ar1(0, 600, 0.5)})
    frame["kind"] = np.repeat(["a", "b"], 300)
    python, verb = (way(frame, by="kind", tz="UTC") for way in (test, verbs_test))
    wanted = test(frame.set_index(clock)["area"], by=frame["kind"].to_numpy(), tz="UTC")
    for found in (python, verb):
        assert [group.effective for group in found.groups] == pytest.approx([group.effective for group in wanted.groups])
        assert found.p == pytest.approx(wanted.p)
    assert wanted.groups[0].effective < 200


LABELS = {
    "whole days": pd.to_datetime(["2026-11-02", "2026-11-03", "2026-11-04"]).repeat(10),
    "days as texts": np.repeat(["2026-11-02", "2026-11-03", "2026-11-04"], 10),
    "moments": pd.to_datetime(["2026-11-02T08:30", "2026-11-02T14:00", "2026-11-03T08:15"]).repeat(10),
    "categories": pd.Categorical(np.repeat(["2026-11-02", "2026-11-03", "2026-11-04"], 10)),
}


@pytest.mark.parametrize("kind", LABELS)
def test_times_that_are_there_again_are_labels(kind):
    frame = pd.DataFrame({"batch": LABELS[kind], "area": AREA})
    peer = welch_anova(frame.assign(batch=np.repeat([0, 1, 2], 10)), dv="area", between="batch")
    for found in (anova(frame, by="batch"), verbs_test(frame, by="batch")):
        assert [group.n for group in found.groups] == [10, 10, 10]
        assert found.p == pytest.approx(peer["p_unc"].item())
    laid = frame.assign(time=HOURS)  # labels beside a clock
    for found in (variables(laid, None), table_of(laid)):
        assert found["area"].dims == ("time",)
        assert "batch" in found["area"].coords


def test_which_of_two_columns_of_times_is_the_clock_is_not_guessed():
    frame = pd.DataFrame({"taken": HOURS, "read": HOURS, "area": AREA})
    written = pd.DataFrame({"modified": HOURS, "area": AREA})  # when a file was
    for table in (frame, written):
        assert variables(table, None)["area"].dims == table_of(table)["area"].dims == ("sample",)


def test_texts_are_groups_of_tests_and_no_measures_of_detectors():
    frame = pd.DataFrame({"soil": ["sand", "clay"] * 15, "area": AREA})
    assert variables(frame, None)["area"]["soil"].values.tolist() == frame["soil"].tolist()
    assert table_of(frame)["soil"].values.tolist() == frame["soil"].tolist()
    assert read(frame).measures == ("area",)
    for number in ("0.79um", "-2.05e-01", "22.6 %"):  # of a measure that was not read as one
        with pytest.raises(SeriesError, match=f"'width' holds a str, e\\.g\\. '{number}'"):
            read(frame.assign(width=number))
    with pytest.raises(SeriesError, match=r"'area' holds a str, e\.g\. 'n/a'"):
        read(pd.DataFrame({"area": [1.0, "n/a"]}))
    twice = pd.DataFrame(np.ones((3, 2)), columns=["area", "area"])
    for way in (read, lambda data: variables(data, None)):
        with pytest.raises(SeriesError, match="'area' is there twice"):
            way(twice)


def test_a_column_of_samples_does_not_make_rows_pixels():
    frame = pd.DataFrame({"sample": [f"s{at}" for at in range(30)], "area": AREA})
    assert verbs_test(frame, columns=["area"], popmean=0.0).groups[0].n == 30
