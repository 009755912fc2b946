"""What windows, answers, stores and engines look like in a notebook."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pytest

from nsi_notebook.analytics import AnalyticsEngine, TimeSeriesDatabase, window
from nsi_notebook.analytics.core.batch import Batch

NOON = np.datetime64("2026-11-26T12:00:00")


class Table(HTMLParser):
    """The cells of a table by its rows."""

    def __init__(self, page):
        super().__init__()
        self.rows, self.under = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        self.place = tag

    def handle_data(self, data):
        if self.place in ("td", "th"):
            self.rows[-1][-1] += data
        else:
            self.under += data


def batch(name="cam.area", n=40, unit="um^2", tags=None):
    return Batch.of(name, np.arange(n) / 3, NOON + np.arange(n) * np.timedelta64(1, "s"), unit=unit, tags=tags, tz="UTC")


@pytest.fixture
def db():
    with TimeSeriesDatabase("memory:") as db:
        db.append(batch(tags={"line": "<3>"}))
        yield db


def test_windows(db):
    found = window("10s").by("line").agg("mean", n="count").run(db.scan())
    table = Table(found._repr_html_())
    assert table.rows[0] == ["start (UTC)", "end (UTC)", "series", "line", "mean (um^2)", "n"]
    assert table.rows[1] == ["2026-11-26 12:00:00", "2026-11-26 12:00:10", "cam.area", "<3>", "1.5", "10"]
    assert len(table.rows) == 1 + 4
    assert table.under.startswith("4 windows of window('10s')")
    assert repr(found).endswith("start, end, series, line, mean (um^2), n")
    assert found.to_pandas().attrs["units"] == {"mean": "um^2", "n": "1"}


def test_windows_of_several_units_and_open_ones_say_so(db):
    db.append(batch("oven.heat", unit="degC"))
    found = window("10s").agg("mean", "slope").run(db.scan())
    assert found.units == {"mean": "mixed", "slope": "mixed/s"}
    table = Table(found._repr_html_())
    assert table.rows[0] == ["start (UTC)", "end (UTC)", "series", "unit of values", "mean", "slope"]
    assert [row[2:4] for row in table.rows[1:3]] == [['cam.area{line="<3>"}', "um^2"], ["oven.heat", "degC"]]
    answer = db.query(agg=["count", "mean"])
    assert Table(answer._repr_html_()).rows[0] == ["series", "line", "count", "mean", "unit of values"]
    assert Table(answer._repr_html_()).rows[2] == ["oven.heat", "", "40", "6.5", "degC"]
    open_one = window("10s").stream()
    open_one.early = True
    assert Table(open_one.push(batch(n=5))._repr_html_()).rows[1][-1] == "no"


def test_of_many_rows_both_ends_are_shown(db):
    table = Table(db.query()._repr_html_())
    assert table.rows[0] == ["series", "line", "time (UTC)", "value (um^2)"]
    assert len(table.rows) == 1 + 5 + 1 + 5
    assert set(table.rows[6]) == {"\u2026"}
    assert [row[-1] for row in (table.rows[2], table.rows[-1])] == ["0.333333", "13"]
    assert table.under == "40 rows"


def test_an_answer_of_sql(db):
    query = "select tags, max(time) as last, count(*) as n, null as nothing from samples group by tags"
    table = Table(db.sql(query)._repr_html_())
    assert table.rows == [
        ["tags", "last (UTC)", "n", "nothing"], ["line=<3>", "2026-11-26 12:00:39", "40", ""]
    ]  # fmt: skip
    assert table.under == "1 row"
    assert db.sql(query).units == {}


def test_an_answer_of_nothing_has_its_heads(db):
    assert len(Table(db.query(since="2030-01-01T00:00:00Z")._repr_html_()).rows) == 1
    assert db.query(since="2030-01-01T00:00:00Z").units == {}


def test_a_store_lists_its_series(db):
    db.append(batch("oven.heat", 3, "degC"))
    table = Table(db._repr_html_())
    assert table.rows == [
        ["series", "unit", "samples", "first (UTC)", "last (UTC)"],
        ['cam.area{line="<3>"}', "um^2", "40", "2026-11-26 12:00:00", "2026-11-26 12:00:39"],
        ["oven.heat", "degC", "3", "2026-11-26 12:00:00", "2026-11-26 12:00:02"],
    ]
    db.close()
    assert "closed" in Table(db._repr_html_()).under


def test_a_store_whose_samples_are_gone_keeps_the_name_of_the_series(db):
    db.retain("2030-01-01T00:00:00Z")
    assert Table(db._repr_html_()).rows[1] == ['cam.area{line="<3>"}', "um^2", "0", "", ""]


def test_an_engine_is_shown_as_its_status():
    with AnalyticsEngine("memory:", inline=True) as engine:
        engine.emit("load", 1.0)
        engine.flush()
        assert repr(engine) == "AnalyticsEngine, running: 1 of 1 samples stored in memory:"
        assert engine._repr_html_() == engine.status()._repr_html_()
        assert ["state", "running"] in Table(engine._repr_html_()).rows
