"""What is asked of a store, in the words of the person who asks, and the forms of the answer."""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.series import Series
from nsi_notebook.analytics.storage import TimeSeriesDatabase
from nsi_notebook.errors import OptionError, SeriesError, StoreError, TimeError, UnknownNameError

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def reading(name, value, start=0, unit="degC", **tags):
    times = [NOON + timedelta(seconds=start + n) for n in range(len(value))]
    return Batch.of(name, value, times, unit=unit, tags=tags, missing="keep")


@pytest.fixture(params=["memory:", "folder", "server"])
def db(request, tmp_path):
    address = {"memory:": "memory:", "folder": tmp_path / "s"}.get(request.param)
    with TimeSeriesDatabase(address or request.getfixturevalue("postgres").address()) as store:
        store.append(reading("oven.heat", [20.0, np.nan, 24.0, 30.0], line="1"))
        store.seal()
        store.append(reading("oven.heat", [40.0, 50.0], start=3, line="2", side="left"))
        store.append(reading("oven.door", [1.0], unit="1"))
        yield store


def test_samples_as_a_frame(db):
    frame = db.query("oven.heat").to_pandas()
    assert list(frame.columns) == ["series", "line", "side", "time", "value"]
    assert frame["series"].tolist() == ['oven.heat{line="1"}'] * 4 + ['oven.heat{line="2", side="left"}'] * 2
    assert frame["side"].isna().tolist() == [True] * 4 + [False] * 2
    assert frame["time"].tolist() == [pd.Timestamp(NOON) + pd.Timedelta(n, "s") for n in (0, 1, 2, 3, 3, 4)]
    np.testing.assert_array_equal(frame["value"], [20, np.nan, 24, 30, 40, 50])


def test_samples_as_a_dataset(db):
    many = db.query("oven.heat").to_xarray()
    assert many["value"].dims == ("time",)
    assert many["value"].attrs == {"units": "degC", "long_name": "value of oven.heat"}
    assert many["time"].dtype == "datetime64[us]"
    assert many["time"].attrs["timezone"] == "UTC"
    assert many["side"].values.tolist() == [""] * 4 + ["left"] * 2
    one = db.query("oven.heat", where={"line": "2"}).to_xarray()
    assert one["series"].item() == 'oven.heat{line="2", side="left"}'
    assert one["value"].sel(time="2026-11-26T12:00:04").item() == 50
    mixed = db.query().to_xarray()
    assert mixed["value"].attrs["units"] == "those of the coordinate unit"
    assert set(mixed["unit"].values) == {"degC", "1"}


def test_aggregates_as_a_dataset(db):
    found = db.query("oven.heat", step="2s", agg=["count", "mean", "missing"]).to_xarray()
    assert found["mean"].dims == ("series", "time")
    np.testing.assert_array_equal(found["mean"], [[20, 27, np.nan], [np.nan, 40, 50]])
    np.testing.assert_array_equal(found["count"], [[1, 2, 0], [0, 1, 1]])
    np.testing.assert_array_equal(found["missing"], [[1, 0, 0], [0, 0, 0]])
    assert found["count"].attrs["units"] == "1"
    assert found["mean"].attrs == {"units": "degC", "long_name": "mean of oven.heat"}
    whole = db.query(agg="max").to_xarray()
    assert whole["max"].dims == ("series",)
    assert whole["max"].values.tolist() == [30, 50, 1]


def test_other_forms_and_the_default_aggregate(db):
    answer = db.query("oven.door", step=timedelta(minutes=1))
    assert answer.to_arrow().schema.names == ["series", "time", "mean"]
    assert answer.to_polars()["mean"].to_list() == [1.0]
    assert str(answer.to_pandas()["time"].dt.tz) == "UTC"
    assert len(answer) == 1
    assert "series, time, mean" in repr(answer)


def test_a_question_without_samples_has_the_same_columns(db):
    for agg in (None, ["mean", "count"]):
        some, none = (db.query("oven.heat", since=s, agg=agg) for s in (None, NOON + timedelta(days=1)))
        assert len(none) == 0
        assert set(none.to_xarray().data_vars) == set(some.to_xarray().data_vars)
    assert len(TimeSeriesDatabase("memory:").query()) == 0


def test_times_before_1970_are_grouped_downwards(db):
    db.append(Batch.of("old", [1.0, 2.0], ["1969-12-31T23:59:59Z", "1969-12-31T23:59:50Z"]))
    frame = db.query("old", step="10s", agg="count").to_pandas()
    assert frame["time"].tolist() == [pd.Timestamp("1969-12-31T23:59:50Z")]


def test_series_are_listed_and_chosen(db):
    assert [str(s) for s in db.series()] == ["oven.door", 'oven.heat{line="1"}', 'oven.heat{line="2", side="left"}']
    assert db.series("oven.heat", {"line": ["2"]}) == (Series("oven.heat", "degC", (("line", "2"), ("side", "left"))),)
    assert db.count(where={"line": ["1", "2"]}) == 6


def test_a_tag_that_has_the_name_of_a_column_gets_another(db):
    db.append(Batch.of("cam", [1.0], [NOON], tags={"value": "x", "time": "y"}))
    assert db.query("cam").to_arrow().schema.names == ["series", "time_", "value_", "time", "value"]


@pytest.mark.parametrize(
    ("ask", "kind", "said"),
    [
        ({"series": "oven.haet"}, UnknownNameError, "did you mean 'oven.heat'"),
        ({"series": []}, OptionError, "the series cannot be"),
        ({"series": 3}, OptionError, "the series cannot be 3"),
        ({"where": {"lane": "1"}}, UnknownNameError, "unknown tag 'lane'; there are: line, side"),
        ({"where": {"line": "9"}}, UnknownNameError, "unknown value of the tag line '9'; there are: 1, 2"),
        ({"where": {"line": 1}}, OptionError, "the tag line cannot be 1"),
        ({"since": datetime(2026, 1, 1)}, TimeError, "no zone"),
        ({"until": "2026-01-01"}, TimeError, "no zone"),
        ({"since": NOON, "until": NOON}, OptionError, "is not before until"),
        ({"step": "0.1us"}, TimeError, "shorter than a microsecond"),
        ({"step": "often"}, TimeError, "no duration"),
        ({"agg": "men"}, UnknownNameError, "did you mean 'mean'"),
        ({"agg": "p101"}, OptionError, "beyond the largest"),
        ({"agg": []}, OptionError, "agg is empty"),
        ({"agg": ["max", "max"]}, OptionError, "names one twice"),
        ({"agg": 3}, OptionError, "an aggregate is 3"),
        ({"agg": [3]}, OptionError, "an aggregate is 3"),
    ],
)
def test_what_cannot_be_asked_is_said(db, ask, kind, said):
    with pytest.raises(kind, match=said):
        db.query(**ask)


def test_what_is_no_batch_is_refused(db):
    before = db.count()
    with pytest.raises(OptionError, match="list is no batch"):
        db.append([1.0])
    with pytest.raises(OptionError, match="the key of a batch is 3"):
        db.append(reading("a", [1.0]), key=3)
    with pytest.raises(SeriesError, match=r"oven\.heat{line=\"1\"} is in 'degC'; these samples are in 'K'"):
        db.append(reading("oven.heat", [1.0], unit="K", line="1"))
    with pytest.raises(OptionError, match="batches of 0 samples"):
        next(db.scan(rows=0))
    assert db.count() == before


@pytest.mark.parametrize("where", ["line=1", ["line"], 5, ""])
def test_tags_that_are_no_mapping_are_refused(db, where):
    for ask in (db.query, db.count, db.series, db.digest, db.extent):
        with pytest.raises(OptionError, match=f"where is {re.escape(repr(where))}\nhint: .*where={{'line': '3'}}"):
            ask("oven.heat", where=where)


def test_scan_gives_batches_of_about_a_size_by_time(db):
    batches = list(db.scan(rows=2))
    assert sum(map(len, batches)) == 7
    assert max(map(len, batches)) <= 2
    times = np.concatenate([b.time for b in batches])
    assert (np.diff(times) >= 0).all()
    assert Batch.joined(batches).series[0].unit in {"degC", "1"}
    assert list(db.scan(since=NOON + timedelta(days=1))) == []


def test_a_store_says_what_it_holds_and_that_it_is_closed(db):
    assert "3 series, 7 rows" in repr(db)
    db.close()
    db.close()
    assert repr(db).endswith("closed")
    with pytest.raises(StoreError, match="is closed"):
        db.query()


def test_a_folder_goes_to_another_process_by_its_address(tmp_path):
    with TimeSeriesDatabase(tmp_path / "s") as db:
        db.append(reading("a", [1.0]))
        with pickle.loads(pickle.dumps(db)) as other:
            assert other.count() == 1
    with pytest.raises(StoreError, match="cannot go to another process"):
        pickle.dumps(TimeSeriesDatabase("memory:"))


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_is_told_to_open_the_folder_again(tmp_path):
    with TimeSeriesDatabase(tmp_path / "s") as db:
        db.append(reading("a", [1.0]))
        child = os.fork()
        if child == 0:
            try:
                db.count()
            except StoreError as error:
                os._exit(7 if "forked" in error.message else 1)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_importing_the_store_imports_nothing_heavy():
    heavy = {"duckdb", "pyarrow", "pandas", "xarray", "psycopg", "ibis"}
    code = f"import sys, nsi_notebook.analytics.storage; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_series_that_comes_while_others_are_read_is_known(db):
    parts = db.scan(rows=2)
    found = [next(parts)]
    db.append(reading("oven.fan", [7.0], start=4, unit="1"))
    found += list(parts)
    assert sum(map(len, found)) == 8
    assert {series.name for part in found for series in part.series} == {"oven.heat", "oven.door", "oven.fan"}


def test_a_series_that_comes_between_question_and_answer_is_known(db, monkeypatch):
    select = db._store.select

    def later(ask):  # as if another process wrote just now
        db.append(reading("oven.fan", [7.0], unit="1"))
        return select(ask)

    monkeypatch.setattr(db._store, "select", later)
    assert db.query(agg="max").to_pandas().set_index("series")["max"]["oven.fan"] == 7.0
