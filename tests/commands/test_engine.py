"""The verbs of the engine and the store: in a process with an engine, on a folder, and in the command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nsi_notebook.analytics import AnalyticsEngine, TimeSeriesDatabase
from nsi_notebook.analytics import window as plan_of
from nsi_notebook.cli import main
from nsi_notebook.commands import parse, run, split
from nsi_notebook.commands.completing import complete_body, complete_line
from nsi_notebook.commands.names import SQL
from nsi_notebook.commands.running import find_store, running
from nsi_notebook.errors import EngineError, FileError, InputError, OptionError, SeriesError, TimeError, UnknownNameError

NOON = "2026-11-26T12:00:"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    if running() is not None:
        running().stop()


def do(line, body=None, **scope):
    return run(parse(split(line), "%nsi", body), scope)


def fill(store="runs"):
    for second, value in [(1, 2.0), (4, 4.0), (11, 7.0), (12, 9.0)]:
        do(f"emit oven.heat {value} --time {NOON}{second:02}Z --unit degC --tags line=3 --store {store}")


def test_start_emit_look_and_stop():
    engine = do("engine start --flush-every 10ms --policy drop-newest --capacity 100 --inline")
    assert isinstance(engine, AnalyticsEngine)
    assert do(f"emit load 2.5 --time {NOON}01Z") is True
    assert do("emit load -1") is True
    engine.flush()
    status = do("engine status")
    assert (status.state, status.offered, status.stored, status.store) == ("running", 2, 2, "memory:")
    assert do("engine").stored == 2
    stopped = do("engine stop --deadline 5")
    assert (stopped.state, stopped.pending) == ("stopped", 0)
    for line in ("engine status", "engine stop", "metrics"):
        with pytest.raises(EngineError, match="no engine runs in this process"):
            do(line)


def test_how_far_ahead_a_sample_may_be_is_said_at_the_start():
    for option, taken in [("", False), ("--ahead 50000d", True), ("--ahead any", True)]:
        do(f"engine start --inline {option}")
        if taken:
            assert do("emit load 1 --time 2126-11-26T12:00:00Z") is True
        else:
            with pytest.raises(TimeError, match="ahead of the clock of this computer, more than 1d"):
                do("emit load 1 --time 2126-11-26T12:00:00Z")
        do("engine stop")


def test_a_store_takes_no_time_that_an_engine_would_refuse(folder):
    for line in ("emit load 1 --time 2126-11-26T12:00:00Z", "emit load v --time t"):
        times = [f"{NOON}00Z", "2126-11-26T12:00:00Z"]
        with pytest.raises(
            TimeError, match=r"the time 2126-11-26T12:00:00.*Z is .* ahead of the clock .*, more than 1d"
        ) as caught:
            do(f"{line} --store runs", v=[1.0, 2.0], t=times)
        assert "append takes any time" in caught.value.hint
    assert list(folder.iterdir()) == []
    soon = pd.Timestamp.now("UTC") + pd.Timedelta("23h")
    assert do("emit load 1 --time t --store runs", t=soon).rows == 1


def test_one_engine_a_process_and_a_new_one_after_it():
    do("engine start --store runs")
    with pytest.raises(EngineError, match=r"an engine runs already, and stores in .*runs"):
        do("engine start")
    do("emit load 1")
    do("engine stop")
    assert do("engine start --store runs").store.count() == 1  # what was emitted outlives it
    running().stop()  # in Python
    assert isinstance(do("engine start"), AnalyticsEngine)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("engine status --store runs", "--store has no meaning for engine status"),
        ("engine stop --capacity 5", "--capacity has no meaning for engine stop"),
        ("engine start --deadline 5", "--deadline has no meaning for engine start"),
        ("engine stop --deadline -1", "the deadline is -1 s"),
        ("engine begin", "unknown action 'begin'"),
        ("engine start --policy wait", "unknown policy 'wait'"),
        ("engine start --flush-every soon", "'soon' is no duration"),
    ],
)
def test_what_the_engine_cannot_do_is_said_and_none_is_left_running(line, said):
    with pytest.raises((OptionError, UnknownNameError, TimeError), match=said):
        do(line)
    assert running() is None


def test_emit_keeps_what_is_missing_where_it_is_asked():
    times = pd.date_range(f"{NOON}00Z", periods=3, freq="s")
    radius = xr.DataArray([3.0, np.nan, 3.3], {"time": ("time", times.tz_convert(None), {"timezone": "UTC"})}, ("time",))
    with pytest.raises(SeriesError, match="1 of 3 values are NaN"):
        do("emit radius radius --store runs", radius=radius)
    assert do("emit radius radius --missing keep --store runs", radius=radius).rows == 3
    with TimeSeriesDatabase("runs") as db:
        assert db.query("radius").to_pandas()["value"].isna().tolist() == [False, True, False]


@pytest.mark.parametrize("store", ["", "--store runs"])
def test_nan_is_typed_for_a_sample_that_is_missing(store):
    if not store:
        do("engine start --store runs")
    for line in ("emit load 2.5", "emit load nan --missing keep"):
        do(f"{line} {store}")
    with pytest.raises(SeriesError, match="--missing keep keeps"):
        do(f"emit load NaN {store}")
    do(f"emit other nan {store}", nan=1.0)  # a variable of that name is itself
    if not store:
        do("engine stop")
    with TimeSeriesDatabase("runs") as db:
        assert db.query("load").to_pandas()["value"].isna().tolist() == [False, True]
        assert db.query("other").to_pandas()["value"].tolist() == [1.0]


def test_emit_into_a_folder_is_kept():
    fill()
    with TimeSeriesDatabase("runs") as db:
        assert [(str(s), s.unit) for s in db.series()] == [('oven.heat{line="3"}', "degC")]
        assert db.query().to_pandas()["value"].tolist() == [2, 4, 7, 9]


@pytest.mark.parametrize(
    ("line", "kind", "said"),
    [
        ("emit load 1", EngineError, "no store is named, and no engine runs"),
        ("emit load nan --store runs", SeriesError, "1 of 1 values are NaN"),
        ("emit load inf --store runs", OptionError, "value must be a number"),
        ("emit load much --store runs", OptionError, "value must be a number"),
        ("emit 3load 1 --store runs", SeriesError, "no name of a series"),
        (f"emit load 1 --time {NOON}01 --store runs", TimeError, "has no zone"),
        ("emit load 1 --store memory:", InputError, "gone with the command"),
        ("emit load 1 --tags line --store runs", OptionError, "key=value"),
        ("window load 10s --store nothing", FileError, "the store 'nothing' is not there"),
        ("sql 'select 1' --store nothing", FileError, "the store 'nothing' is not there"),
    ],
)
def test_bad_lines_are_one_sentence_and_make_no_store(line, kind, said, folder):
    with pytest.raises(kind, match=said):
        do(line)
    assert list(folder.iterdir()) == []


def test_a_store_of_another_kind_is_refused(folder):
    (folder / "notes.txt").write_text("no store")
    (folder / "empty").mkdir()
    for name in ("notes.txt", "empty"):
        with pytest.raises(FileError, match=r"notes\.txt.* is a file|'empty' is empty"):
            do(f"window load 10s --store {name}")
    fill()
    with pytest.raises(SeriesError, match="degC"):
        do("emit oven.heat 3 --unit K --tags line=3 --store runs")


def test_windows_of_a_folder_are_those_of_the_plan():
    fill()
    found = do("window oven.heat 10s --agg mean p95 --store runs")
    with TimeSeriesDatabase("runs") as db:
        pd.testing.assert_frame_equal(found.to_pandas(), plan_of("10s").agg("mean", "p95").run(db.scan("oven.heat")).to_pandas())
    assert found.columns["mean"].tolist() == [3, 8]
    assert found.units == {"mean": "degC", "p95": "degC"}
    sliding = do("window oven.heat 10s --every 5s --by line --agg count --store runs")
    assert sliding.columns["count"].tolist() == [2, 2, 2, 2]  # from 11:59:55, 12:00, 12:00:05, 12:00:10
    assert do(f"window oven.heat 10s --since {NOON}04Z --until {NOON}12Z --store runs").columns["count"].tolist() == [1, 1]


def test_windows_by_a_tag_put_series_together():
    fill()
    do(f"emit oven.heat 100 --time {NOON}02Z --unit degC --tags line=3 --tags part=door --store runs")
    assert len(do("window oven.heat 1min --store runs")) == 2
    (mean,) = do("window oven.heat 1min --by line --agg mean --store runs").columns["mean"]
    assert mean == pytest.approx((2 + 4 + 7 + 9 + 100) / 5)
    with pytest.raises(UnknownNameError, match="unknown tag 'lien'"):
        do("window oven.heat 1min --by lien --store runs")
    with pytest.raises(UnknownNameError, match=r"unknown series 'oven\.haet'"):
        do("window oven.haet 1min --store runs")


def test_windows_of_the_running_engine_hold_what_was_just_emitted():
    do("engine start")
    for second in (1, 2, 11):
        do(f"emit load {second} --time {NOON}{second:02}Z")
    assert do("window load 10s --agg sum").columns["sum"].tolist() == [3, 11]
    assert do("sql 'select count(*) as n from samples'").to_pandas()["n"].item() == 3


def test_windows_are_written_with_units_and_drawn_again():
    fill()
    do("window oven.heat 10s --agg mean count --store runs -o w.csv")
    table = pd.read_csv("w.csv")
    assert list(table) == ["start", "end", "series", "mean (degC)", "count", "final"]
    assert table["start"].tolist() == ["2026-11-26 12:00:00+00:00", "2026-11-26 12:00:10+00:00"]
    do("window oven.heat 10s --agg mean count --store runs -o w.json")
    assert json.loads(Path("w.json").read_text())[0]["start"] == "2026-11-26T12:00:00.000000Z"
    do("window oven.heat 10s --agg mean count --store runs -o w.nc")
    with xr.open_dataset("w.nc") as found:
        assert found["mean"].attrs["units"] == "degC"
        assert found["start"].values.astype("datetime64[s]").astype(str).tolist() == [f"{NOON}00", f"{NOON}10"]
    figure = do("plot w.nc")
    assert figure.layout.yaxis.title.text == "mean (degC)"
    windows = do("window oven.heat 10s --agg mean count --store runs")
    assert do("plot w mean", w=windows).data[0].y.tolist() == [3, 8]


def test_sql_takes_its_text_from_the_body_and_parameters_from_the_line():
    fill()
    body = "select value\nfrom samples\nwhere value > $least and time < $end -- = no TOML"
    answer = do(f"sql --store runs -p least=3 -p end={NOON}12Z", body)
    assert answer.to_pandas()["value"].tolist() == [4, 7]
    assert do("sql 'select $word as w' --store runs -p word=three").to_pandas()["w"].item() == "three"
    do("sql 'select value from samples' --store runs -o out.csv")
    assert pd.read_csv("out.csv")["value"].tolist() == [2, 4, 7, 9]
    with pytest.raises(OptionError, match="query is given both on the line and in the body"):
        do("sql 'select 1' --store runs", body)
    with pytest.raises(OptionError, match="required: QUERY"):
        do("sql --store runs")


@pytest.mark.parametrize(
    "text", ["drop table samples", "select 1; select 2", "insert into samples values (1)", "copy samples to 'x'"]
)
def test_sql_only_reads(text, folder):
    fill()
    with pytest.raises(OptionError, match="SQL here only reads"):
        do("sql --store runs", text)
    assert sorted(p.name for p in folder.iterdir()) == ["runs"]


def test_a_variable_can_be_the_store():
    db = TimeSeriesDatabase("memory:")
    for second in (1, 2):
        do(f"emit load {second} --time {NOON}{second:02}Z --store db", db=db)
    assert do("sql 'select sum(value) as s from samples' --store db", db=db).to_pandas()["s"].item() == 3
    assert len(do("window load 1min --store db", db=db)) == 1
    assert db.count() == 2  # it was not closed
    with AnalyticsEngine("memory:", inline=True) as mine:
        do(f"emit load 5 --time {NOON}01Z --store mine", mine=mine)
        assert do("window load 1min --agg last --store mine", mine=mine).columns["last"].tolist() == [5]
    with pytest.raises(EngineError, match="keeps no samples"), AnalyticsEngine(inline=True) as none:
        do("window load 1min --store none", none=none)
    assert find_store("text", {"text": "not a store"}) == "text"


def test_the_metrics_of_the_engine():
    engine = do("engine start --inline")
    engine.metrics.counter("frames", "Frames that were read", tags={"line": "3"}).inc(2)
    engine.metrics.timer("reading", "Time to read a frame").observe(0.25)
    engine.metrics.gauge("level", "Level of the tank", unit="mm").set(3.5)
    for _ in range(3):
        engine.emit_many("load", np.arange(200.0), pd.date_range(f"{NOON}00Z", periods=200, freq="ms"))
    table = do("metrics").to_pandas().set_index("metric")
    assert table.loc[["frames", "reading"], "tags"].tolist() == ["line=3", ""]
    assert table.loc["reading", ["kind", "count", "mean", "median", "p95", "p99", "unit"]].tolist() == [
        "timer",
        1,
        *[0.25] * 4,
        "s",
    ]
    assert table.loc["level", "last"] == 3.5
    assert table.loc["nsi_engine_samples", "total"].max() == 600
    assert repr(do("metrics frames")).splitlines() == ["metric  kind     tags    total", "frames  counter  line=3      2"]
    assert "<td" in do("metrics")._repr_html_()
    shown = do("metrics --prometheus")
    assert 'frames_total{line="3"} 2.0' in repr(shown).splitlines()
    with pytest.raises(UnknownNameError, match="unknown metric 'frame'"):
        do("metrics frame")
    with pytest.raises(OptionError, match="--since has no meaning with --prometheus"):
        do(f"metrics --prometheus --since {NOON}00Z")
    assert [text for text, _ in complete_line("metrics fram")[1]] == ["frames"]


def test_the_command(capsys):
    for second in ("01", "02"):
        assert main(split(f"emit load 3 --time {NOON}{second}Z --unit um --store runs")) == 0
    assert main(split("window load 1min --agg mean --store runs")) == 0
    assert main(["sql", "select sum(value) as total from samples", "--store", "runs"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[:2] == ["1 sample stored"] * 2
    assert "mean (um)" in out
    assert out.splitlines()[-1].strip() == "6"


@pytest.mark.parametrize("line", ["engine", "engine start", "engine stop", "metrics", "metrics --prometheus"])
def test_the_command_has_no_engine(line, capsys):
    assert main(split(line)) == 1
    assert "an engine lives in a kernel" in capsys.readouterr().err
    assert running() is None


def test_the_command_without_a_store_says_how(capsys):
    assert main(split("window load 1min")) == 1
    assert "hint: --store folder" in capsys.readouterr().err


def texts(line, **scope):
    return [text for text, _ in complete_line(line, scope)[1]]


def test_tab_knows_the_series_of_the_store_on_the_line():
    fill()
    do(f"emit oven.load 1 --time {NOON}01Z --store runs")
    db = TimeSeriesDatabase("runs")
    assert texts("window --store runs ov") == ["oven.heat", "oven.load"]
    assert texts("window --store=runs oven.h") == ["oven.heat"]
    assert texts("emit --store db oven.l", db=db) == ["oven.load"]
    assert texts("window oven.heat 10s --store runs --by ") == ["line"]
    assert texts("window oven.heat 10s --store runs --agg p9") == ["p95", "p99"]
    assert texts("window --store nothing ov") == []
    assert texts("window oven.heat 10s --store ", db=db) == ["db", "runs/"]
    assert texts("engine sta") == ["start", "status"]


def test_tab_in_the_text_of_sql():
    fill()
    assert complete_body("sql --store runs", "select val") == ("val", [("value", "sql")])
    assert complete_body("sql --store runs", "where series = 'ov") == ("'ov", [("'oven.heat'", "series")])
    assert complete_body("sql --store runs", "where series = ov") == ("ov", [("'oven.heat'", "series")])
    assert complete_body("sql --store runs", "from sam")[1] == [("samples", "sql")]
    assert complete_line('sql --store runs "select value from sam') == ("sam", [("samples", "sql")])
    do("engine start --store runs")
    assert complete_body("sql", "'oven")[1] == [("'oven.heat'", "series")]


def test_the_names_that_sql_completes_are_those_of_the_store():
    with TimeSeriesDatabase("memory:") as db:
        columns = {name for table in ("samples", "series") for name in db.sql(f"select * from {table}").to_arrow().schema.names}
    assert set(SQL) == {"samples", *columns}


def test_tab_never_makes_a_store(folder):
    texts("window --store new ov")
    complete_body("sql --store new", "select ")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("store", ["", "--store runs"])
def test_a_variable_can_be_the_value(store):
    if not store:
        do("engine start --store runs")
    lines = [
        ("one", 2.5), ("whole", np.int64(3)), ("point", xr.DataArray(0.25, attrs={"units": "um"})),
        ("many", np.array([1.0, 2.0])), ("listed", [4, 5, 6]), ("column", pd.Series([7.0, 8.0])),
        ("along", xr.DataArray([1.0, 3.0], dims="y", attrs={"units": "mm"})),
    ]  # fmt: skip
    for name, value in lines:
        do(f"emit kept.{name} v --time {NOON}01Z {store}", v=value)
    times = pd.date_range(f"{NOON}10Z", periods=2, freq="s")
    do(f"emit kept.indexed v {store}", v=pd.Series([1.0, 2.0], index=times))
    do(f"emit kept.timed v --time t {store}", v=[1.0, 2.0], t=times)
    if not store:
        do("engine stop")
    with TimeSeriesDatabase("runs") as db:
        held = {name: db.query(f"kept.{name}").to_pandas() for name, _ in lines}
        assert {name: table["value"].tolist() for name, table in held.items()} == {
            name: np.atleast_1d(value).tolist() for name, value in lines
        }
        assert {str(time) for table in held.values() for time in table["time"]} == {"2026-11-26 12:00:01+00:00"}
        assert {s.name: s.unit for s in db.series(["kept.point", "kept.along"])} == {"kept.point": "um", "kept.along": "mm"}
        for name in ("indexed", "timed"):
            assert db.query(f"kept.{name}").to_pandas()["time"].tolist() == list(times)


def test_what_is_no_value_is_said_with_what_to_type():
    def hint(line, **scope):
        with pytest.raises(OptionError, match="value must be a number or a variable, not") as caught:
            do(line, **scope)
        return caught.value.hint

    for typed in ("$void", "{void}"):
        assert hint(f"emit load {typed}", void=1.0) == "the name of a variable stands alone: void"
    assert hint("emit load vod", void=1.0) == "did you mean 'void'?"
    assert hint("emit load void.mean()") == "give it a name first: value = ..."
    for value in ("text", None, np.ones((2, 2))):
        with pytest.raises(SeriesError, match=r"the values (are of type|have shape)"):
            do("emit load v --store runs", v=value)


def test_tab_knows_the_variables_that_are_numbers():
    scope = {"void": 1.0, "voids": np.ones(3), "volume": "text", "_value": 2}
    assert texts("emit load v", **scope) == ["void", "voids"]


def test_several_tags_go_together():
    do(f"emit load 1 --time {NOON}01Z --tags ort=Köln line=2 --tags part=door --store runs")
    do(f"emit --store runs --tags line=3 ort=Bonn load 2 --time {NOON}02Z")  # what is no pair is not one of them
    with TimeSeriesDatabase("runs") as db:
        assert [dict(s.tags) for s in db.series()] == [{"line": "2", "ort": "Köln", "part": "door"}, {"line": "3", "ort": "Bonn"}]
    assert do(
        "sql --store runs -p least=1 most=3 'select count(*) as n from samples where value > $least and value < $most'"
    ).to_pandas()["n"].tolist() == [1]
    with pytest.raises(OptionError, match="line is given twice"):
        do("emit load 1 --tags line=2 line=3 --store runs")
    with pytest.raises(OptionError, match="nothing takes 'line=2'") as caught:
        do("emit load 1 line=2 --store runs")
    assert caught.value.hint == "--tags line=2"


def test_words_of_sql_that_are_no_text_have_a_hint():
    with pytest.raises(OptionError, match="nothing takes") as caught:
        do("sql select value from samples")
    assert caught.value.hint == 'one text, in quotes: %nsi sql "...", or in the cell under %%nsi sql'


def test_a_parameter_without_a_value_has_a_hint():
    fill()
    with pytest.raises(OptionError, match=r"it has \$least, and no value is given for it") as caught:
        do("sql 'select value from samples where value > $least' --store runs")
    assert caught.value.hint == "-p least=..."
    with TimeSeriesDatabase("runs") as db, pytest.raises(OptionError) as caught:
        db.sql("select $x as x")
    assert caught.value.hint == "parameters={'x': ...}"


def test_plot_says_what_it_takes():
    with pytest.raises(OptionError, match=r"plot: an AnalyticsEngine cannot be drawn") as caught:
        do("plot e", e=AnalyticsEngine(inline=True))
    assert (
        caught.value.hint
        == "it takes an image, a mask, the results of measure, windows, or the result of an analysis: w << window SERIES 10s"
    )
    with pytest.raises(OptionError, match=r"plot: a list cannot be drawn"):
        do("plot several", several=[1, 2])
