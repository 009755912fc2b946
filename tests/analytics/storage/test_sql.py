"""SQL reads the samples and the series, and nothing else on the computer."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.storage import TimeSeriesDatabase
from nsi_notebook.errors import OptionError, TimeError


@pytest.fixture(scope="module", params=["memory:", "folder"])
def db(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sql")
    (folder / "other.csv").write_text("a\n1\n")
    with TimeSeriesDatabase("memory:" if request.param == "memory:" else folder / "s") as store:
        times = ["2026-11-26T12:00:00Z", "2026-11-26T13:00:01+01:00", "2026-11-26T12:00:02Z"]
        store.append(Batch.of("oven.heat", [1.0, np.nan, 3.0], times, unit="degC", tags={"line": "3"}, missing="keep"))
        store.seal()
        store.append(Batch.of("oven.door", [0.0], times[:1]))
        yield store


def test_the_columns_are_those_of_the_docstring(db):
    found = db.sql("select * from samples where series = 'oven.heat' order by time").to_arrow()
    assert found.schema.names == ["time", "series", "value", "unit", "tags", "id"]
    assert found["value"].to_pylist() == [1.0, None, 3.0]
    assert str(found["time"][1]) == "2026-11-26 12:00:01+00:00"
    series = db.sql("select * from series order by name").to_arrow().to_pylist()
    assert [(row["name"], row["unit"], dict(row["tags"])) for row in series] == [
        ("oven.door", "1", {}),
        ("oven.heat", "degC", {"line": "3"}),
    ]


def test_forms_of_an_answer(db):
    answer = db.sql("select time, value from samples where series = ? order by time", ["oven.heat"])
    assert str(answer.to_pandas()["time"].dt.tz) == "UTC"
    assert answer.to_polars()["value"].to_list() == [1.0, None, 3.0]
    assert answer.to_xarray()["time"].dtype == "datetime64[us]"
    assert answer.to_xarray().sizes == {"row": 3}
    assert repr(answer) == "Answer of 3 rows: time, value"


@pytest.mark.parametrize(
    "text",
    [
        "with d as (select 1 as a) select a from d",
        "from samples select count(*)",
        "values (1)",
        "select 1 union all select 2",
        "with recursive r as (select 1 as n union all select n + 1 from r where n < 3) select * from r",
        "describe samples",
        "summarize samples",
        "select 'drop table samples; -- COPY_QUERY_NODE'",
        "select 1 -- and a remark",
        "select 1;",
    ],
)
def test_what_only_reads_is_answered(db, text):
    assert len(db.sql(text)) > 0


@pytest.mark.parametrize(
    "text",
    [
        "insert into samples values (1)",
        "update samples set value = 0",
        "delete from samples",
        "drop view samples",
        "create table t (a int)",
        "copy samples to '{folder}/out.csv'",
        "copy (select 1) to '{folder}/sealed/out.parquet'",
        "with d as (copy (select 1) to '{folder}/sealed/out.csv') select * from d",
        "with d as (copy (select 1) to '{folder}/out.csv') select * from d",
        "with d as (delete from samples returning *) select * from d",
        "select * from (with d as (copy (select 1) to '{folder}/sealed/out.csv') select * from d)",
        "select * from query('with d as (copy (select 1) to ''{folder}/sealed/o'') select * from d')",
        "explain analyze copy (select 1) to '{folder}/sealed/out.csv'",
        "attach '{folder}/new.db'",
        "set threads = 1",
        "pragma enable_profiling",
        "install httpfs",
        "select 1; select 2",
        "select * from '{folder}/../other.csv'",
        "select * from read_csv('{folder}/../other.csv')",
        "select * from read_text('/etc/hostname')",
        "select * from glob('/*')",
        "select * from notebook_variable",
        "select nothing from samples",
        "selec 1",
        "",
        "  -- nothing",
    ],
)
def test_what_would_write_or_reach_out_is_refused_and_changes_nothing(db, text, tmp_path):
    notebook_variable = Batch.of("a", [1.0], ["2026-11-26T12:00:00Z"])
    folder = tmp_path if db.address == "memory:" else db.address
    before = db.count()
    with pytest.raises(OptionError) as raised:
        db.sql(text.format(folder=folder))
    assert "\n" not in raised.value.message
    assert len(notebook_variable) == 1
    assert db.count() == before
    if db.address != "memory:":
        assert sorted(p.suffix for p in (tmp_path.__class__(folder) / "sealed").iterdir()) == [".parquet"]
        assert not (tmp_path.__class__(folder) / "out.csv").exists()


def test_parameters_are_bound_and_never_read_as_sql(db):
    assert db.sql("select $a as a", {"a": "'; drop table samples"}).to_arrow()["a"].to_pylist() == ["'; drop table samples"]
    with pytest.raises(OptionError, match="cannot be answered"):
        db.sql("select ?", [1, 2])


@pytest.mark.parametrize("naive", [datetime(2026, 11, 26), np.datetime64("2026-11-26")])
def test_times_without_a_zone_are_refused(db, naive):
    with pytest.raises(TimeError, match="no zone"):
        db.sql("select count(*) from samples where time > $since", {"since": naive})
