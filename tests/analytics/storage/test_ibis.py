"""An expression of Ibis runs unchanged on every store, and gives what the store and pandas give."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.times import utc
from nsi_notebook.analytics.storage import TimeSeriesDatabase
from nsi_notebook.analytics.storage.contract import START, generated
from nsi_notebook.errors import StoreError

ibis = pytest.importorskip("ibis", reason="Ibis is not installed (the extra ibis)")

BATCHES = generated(np.random.default_rng(4), 8)


@pytest.fixture(params=["memory:", "folder", "server"])
def db(request, tmp_path):
    address = {"memory:": "memory:", "folder": tmp_path / "s"}.get(request.param)
    with TimeSeriesDatabase(address or request.getfixturevalue("postgres").address()) as store:
        for number, batch in enumerate(BATCHES):
            store.append(batch)
            if number in (2, 5):
                store.seal()
        yield store


def frame():
    """Give all samples as pandas has them."""
    rows = [
        (batch.series[code].name, dict(batch.series[code].tags).get("line"), utc(int(time)), value)
        for batch in BATCHES
        for code, time, value in zip(batch.code, batch.time, batch.value, strict=True)
    ]
    return pd.DataFrame(rows, columns=["series", "line", "time", "value"])


def test_grouped_windows_of_time_are_those_of_query_and_pandas(db):
    samples = db.ibis()
    step = samples.time.bucket(seconds=7)
    groups = samples.group_by("series", line=samples.tags["line"], step=step)
    value = samples.value
    said = {"count": value.count(), "mean": value.mean(), "std": value.std(), "p95": value.quantile(0.95), "max": value.max()}
    found = groups.agg(**said).order_by("series", "line", "step").execute()
    query = db.query(step="7s", agg=list(said)).to_pandas()
    assert len(found) == len(query) > 30
    for name in said:
        np.testing.assert_allclose(found[name].astype(float), query[name].astype(float), rtol=1e-12, atol=1e-12)
    pandas = frame().assign(step=lambda f: f["time"].dt.floor("7s")).groupby(["series", "line", "step"], dropna=False)["value"]
    np.testing.assert_allclose(found["mean"], pandas.mean(), rtol=1e-12, atol=1e-12)
    assert found["step"].dt.tz_localize("UTC").tolist() == [step for _, _, step in pandas.mean().index]


def test_a_moving_window_is_that_of_pandas(db):
    samples = db.ibis()
    # a series has some samples at one time: by value too, so that the order is one
    rows = ibis.window(group_by="id", order_by=[samples.time, samples.value], preceding=4, following=0)
    there = samples.filter(samples.value.notnull())
    moving = there.mutate(mean=there.value.mean().over(rows), last=there.value.max().over(rows))
    found = moving.order_by("series", moving.tags["line"], "time", "value").execute()
    wanted = (
        frame().dropna(subset="value").sort_values(["series", "line", "time", "value"]).groupby(["series", "line"], dropna=False)
    )
    rolled = wanted["value"].rolling(5, min_periods=1)
    np.testing.assert_allclose(found["mean"], rolled.mean(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found["last"], rolled.max(), rtol=1e-12)


def test_the_columns_and_their_types_are_the_same(db):
    samples = db.ibis()
    assert {name: str(kind) for name, kind in samples.schema().items()} == {
        "time": "timestamp('UTC', 6)",
        "series": "string",
        "value": "float64",
        "unit": "string",
        "tags": "map<string, string>",
        "id": "int32",
    }
    first = samples.filter(samples.series == "a.x").order_by("time", "value").limit(3)
    found = first.select("tags", line=samples.tags.get("line", "none"), other=samples.tags.get("other", "none")).execute()
    assert [dict(tags) for tags in found["tags"]] == [{"line": line} for line in found["line"]]
    assert found["other"].tolist() == ["none"] * 3
    keys = samples.aggregate(with_line=samples.tags.contains("line").sum(), tags=samples.tags.length().sum()).execute()
    assert keys["with_line"].item() == keys["tags"].item() == (frame()["series"] == "a.x").sum()
    since = samples.filter(samples.time >= utc(START), samples.value.isnull()).count()
    assert since.execute() == ((frame()["time"] >= utc(START)) & frame()["value"].isna()).sum()
    assert first.drop("tags").to_pyarrow().num_rows == 3


def test_it_reads_what_is_there_when_it_is_asked(db):
    number = db.ibis().count()
    assert number.execute() == len(frame())
    db.append(Batch.of("new", [1.0], [utc(START)]))
    assert number.execute() == len(frame()) + 1
    db.seal()
    db.compact()
    assert number.execute() == len(frame()) + 1
    db.retain(utc(START + 10**12))
    assert number.execute() == 0


def test_it_writes_nothing(db, tmp_path):
    backend = db.ibis().get_backend()
    out = tmp_path / "out.csv"
    for text in (
        "delete from samples",
        "delete from nsi_samples",
        "drop table nsi_samples cascade",
        f"copy (select 1) to '{out}'",
    ):
        with pytest.raises(
            Exception, match=r"read-only|disabled|cannot delete|[Cc]an only delete|does not exist|must be superuser"
        ):
            backend.raw_sql(text)
    assert not out.exists()
    assert db.count() == len(frame()) == len(db.query())


def test_two_stores_are_not_taken_for_one(db):
    with TimeSeriesDatabase("memory:") as other:
        other.append(BATCHES[0])
        ours, theirs = db.ibis(), other.ibis()
        with pytest.raises(ibis.common.exceptions.IbisError, match="ultiple backends"):
            ours.join(theirs, "id").count().execute()


def test_after_close_it_answers_nothing(db):
    number = db.ibis().count()
    db.close()
    with pytest.raises(Exception, match="closed"):
        number.execute()
    with pytest.raises(StoreError, match="is closed"):
        db.ibis()


def test_without_the_extra_it_is_said_how_to_get_it():
    code = """
import sys
sys.modules["ibis"] = None
from nsi_notebook.analytics.storage import TimeSeriesDatabase
from nsi_notebook.errors import MissingExtraError
try:
    TimeSeriesDatabase("memory:").ibis()
except MissingExtraError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "an expression of Ibis needs the package ibis-framework, which is not installed\nhint: pip install 'nsi-notebook[ibis]'\n"
    )
