"""The store on a real server: the contract, what it makes there, what it refuses, and how it says that the server is away."""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.series import Series
from nsi_notebook.analytics.engine import AnalyticsEngine
from nsi_notebook.analytics.storage import TimeSeriesDatabase, check_store
from nsi_notebook.analytics.storage.postgres import days, form, server
from nsi_notebook.analytics.storage.postgres.days import DAY, moment, name
from nsi_notebook.analytics.storage.postgres.statement import bound
from nsi_notebook.analytics.storage.postgres.wire import packed
from nsi_notebook.analytics.storage.rows import Rows
from nsi_notebook.errors import OptionError, SeriesError, StoreError, TimeError

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
SECRET = "s3cret-w0rd"


def reading(value, start=NOON, step=timedelta(seconds=1), name="oven.heat", unit="degC", **tags):
    times = [start + n * step for n in range(len(value))]
    return Batch.of(name, value, times, unit=unit, tags=tags, missing="keep")


@pytest.fixture
def address(postgres):
    return postgres.address()


@pytest.fixture
def db(address):
    with TimeSeriesDatabase(address) as store:
        yield store


@pytest.fixture
def look(postgres, address):
    """Ask the server itself, past the store."""
    schema = address.rpartition("=")[2]

    def ask(text):
        return postgres.admin(f"set search_path = {schema}, public; {text}", "lab")

    return ask


@pytest.mark.parametrize("seed", [0, 1])
def test_the_store_on_a_server_keeps_the_contract(postgres, seed):
    assert check_store(lambda: TimeSeriesDatabase(postgres.address()), seed=seed) is None


def test_the_bytes_of_a_copy_are_those_of_the_format():
    rows = Rows(np.array([7, 8], dtype=np.int32), np.array([946_684_800_000_001, 0]), np.array([1.5, np.nan]))
    whole = struct.pack(">hiqiiid", 3, 8, 1, 4, 7, 8, 1.5)
    null = struct.pack(">hiqiii", 3, 8, -946_684_800_000_000, 4, 8, -1)
    assert b"".join(packed(rows)) == b"PGCOPY\n\xff\r\n\x00" + bytes(8) + whole + null + b"\xff\xff"


@pytest.mark.parametrize("rows", [1, 65_536, 65_537, 200_000])
def test_many_rows_come_back_as_they_went(db, rows):
    chance = np.random.default_rng(rows)
    value = np.where(chance.random(rows) < 0.01, np.nan, chance.normal(size=rows))
    time = np.sort(chance.integers(0, 3 * DAY, rows)) + 20_000 * DAY
    batch = Batch((Series("a"), Series("b")), chance.integers(0, 2, rows).astype(np.int32), time, value)
    db.append(batch)
    (found,) = db.scan(rows=10**6)
    order = np.lexsort((batch.value, batch.time, batch.code))
    again = np.lexsort((found.value, found.time, found.code))
    np.testing.assert_array_equal(found.time[again], batch.time[order])
    np.testing.assert_array_equal(found.value[again], batch.value[order])


INDEXED = """
    select k.relname from pg_index x join pg_class k on k.oid = indrelid join pg_class i on i.oid = indexrelid
    join pg_am a on a.oid = i.relam where k.relname like 'nsi_day_%' and k.relnamespace = current_schema()::regnamespace
    and amname = 'brin' order by 1"""


def test_each_day_has_a_table_and_an_index_of_ranges_once_it_is_sealed(db, look):
    db.append(reading([1.0, 2.0, 3.0], NOON, timedelta(hours=11)))
    tables = (
        "select relname from pg_inherits join pg_class on oid = inhrelid where inhparent = 'nsi_samples'::regclass order by 1"
    )
    assert look(tables) == [("nsi_day_2026_11_26",), ("nsi_day_2026_11_27",)]
    assert look('select count(*) from "nsi_day_2026_11_26"') == [(2,)]
    assert look(INDEXED) == []
    assert (db.seal(), db.seal()) == (3, 0)
    assert look(INDEXED) == [("nsi_day_2026_11_26",), ("nsi_day_2026_11_27",)]
    db.append(reading([4.0, 5.0], NOON, timedelta(days=1)))
    assert (db.seal(), db.count(), db.status()["days"], db.verify()) == (2, 5, 2, ())
    assert len(look(INDEXED)) == 2


def test_a_day_is_indexed_when_the_day_after_the_next_is_begun(db, look):
    for day in (3, 0, 1, 2):  # the newest first: days of before are over from the beginning, but for the one that is written to
        db.append(reading([1.0, 2.0], NOON + timedelta(days=day)))
        db.append(reading([3.0], NOON + timedelta(days=day, seconds=5)))
        assert name(20_783 + day) not in [table for (table,) in look(INDEXED)]
    assert look(INDEXED) == [(name(20_783),), (name(20_784),)]
    assert (db.count(), db.verify(), len(db.query())) == (12, (), 12)


def test_a_day_of_many_samples_is_indexed_while_it_is_written_to(db, look):
    db.append(reading([1.0]))
    look(f"insert into nsi_written values (20783, {days.MANY}, true)")
    db.append(reading([2.0], NOON + timedelta(days=1)))
    assert look(INDEXED) == [("nsi_day_2026_11_26",)]


def test_an_index_that_somebody_else_made_does_not_stand_for_that_of_ranges(db, look):
    db.append(reading([1.0]))
    look("create index on nsi_samples (series)")
    assert db.seal() == 1
    assert look(INDEXED) == [("nsi_day_2026_11_26",)]


def test_many_seal_at_once_while_one_writes_and_one_drops(address, db, look):
    for day in range(6):
        db.append(reading(np.arange(2000.0), NOON + timedelta(days=day)))

    def go(work):
        with TimeSeriesDatabase(address) as mine:
            work(mine)

    def write(mine):
        for n in range(20):
            mine.append(reading(np.arange(500.0), NOON + timedelta(days=2 + n % 4)))

    works = [TimeSeriesDatabase.seal] * 3 + [write, lambda mine: mine.retain(NOON + timedelta(days=2))]
    with ThreadPoolExecutor(len(works)) as pool:
        assert list(pool.map(go, works)) == [None] * len(works)
    db.seal()
    assert look(INDEXED) == [(name(20_783 + day),) for day in range(2, 6)]
    assert (db.count(), db.verify()) == (4 * 2000 + 20 * 500, ())


def test_ten_minutes_of_a_series_are_found_by_the_index_of_a_sealed_day(db, look):
    start = 20_783 * DAY
    time = start + np.arange(300_000, dtype=np.int64) * (DAY // 300_000)
    code = np.arange(300_000, dtype=np.int32) % 10
    db.append(Batch(tuple(Series(f"s{n}") for n in range(10)), code, time, np.arange(300_000.0)))
    asked = "explain select time from nsi_samples where series = 1 and time >= '2026-11-26 12:00Z' and time < '2026-11-26 12:10Z'"
    ten = ["s3", "2026-11-26T12:00Z", "2026-11-26T12:10Z"]
    before = db.query(*ten).to_pandas()
    assert "Bitmap" not in str(look(asked))
    assert db.seal() == 300_000
    assert "Bitmap Index Scan on nsi_day_2026_11_26" in str(look(asked))
    after = db.query(*ten).to_pandas()
    assert after.equals(before)
    inside = (time >= start + DAY // 2) & (time < start + DAY // 2 + 600_000_000) & (code == 3)
    assert after["value"].tolist() == np.flatnonzero(inside).tolist()


@pytest.mark.parametrize(
    "text", ["0001-01-01", "0044-03-15", "1969-12-31T23:59:59.999999", "2026-11-26T12:00", "9999-12-31T23:59:59.999999"]
)
def test_far_times_are_kept(db, text):
    time = np.array([text], dtype="M8[us]")
    db.append(Batch.of("a", [1.0], time, tz="UTC"))
    (batch,) = db.scan()
    assert batch.time.tolist() == time.astype(np.int64).tolist()
    found = db.query(step="1h", agg="count").to_arrow()["time"].to_numpy()
    assert found.astype("M8[h]").tolist() == time.astype("M8[h]").tolist()
    assert db.seal() == 1
    assert db.verify() == ()


def test_what_the_server_does_not_know_is_refused(db):
    with pytest.raises(SeriesError, match="no Unicode"):
        db.append(reading([1.0], where="\udc80"))
    with pytest.raises(StoreError, match="NUL"):
        db.append(reading([1.0], where="a\0b"))
    assert db.count() == 0
    assert db.series() == ()


def test_a_day_that_is_dropped_while_another_handle_knows_it_is_made_again(address, db):
    with TimeSeriesDatabase(address) as other:
        other.append(reading([1.0]))
        assert db.retain(NOON + timedelta(days=1)) == 1
        other.append(reading([2.0]))
        assert db.query().to_pandas()["value"].tolist() == [2.0]


def test_retain_drops_whole_days_and_gives_their_space_back(db, look):
    for day in range(4):
        db.append(reading(np.arange(5_000.0), NOON + timedelta(days=day)))
    before = db.status()["bytes"]
    assert db.retain(NOON + timedelta(days=2, seconds=10)) == 10_010
    assert db.count() == 9_990
    assert db.status()["days"] == 2
    assert db.status()["bytes"] < 0.7 * before
    assert db.verify() == ()


def test_seal_says_what_came_since_and_compact_drops_empty_days(db):
    db.append(reading([1.0, 2.0]))
    db.append(reading([3.0], NOON + timedelta(days=1)))
    assert db.status()["open rows"] == 3
    assert (db.seal(), db.seal(), db.status()["open rows"]) == (3, 0, 0)
    assert db.retain(NOON + timedelta(seconds=5)) == 2
    assert (db.compact(), db.compact(), db.status()["days"]) == (1, 0, 1)
    assert db.count() == 1


def test_counts_of_whole_days_and_their_edges(db):
    db.append(reading(np.zeros(100), NOON - timedelta(hours=12), timedelta(hours=1)))
    for since, until in [(0, 24), (1, 23), (1, 47), (24, 72), (30, 31), (-5, 200), (0, 1)]:
        ends = [NOON + timedelta(hours=hours - 12) for hours in (since, until)]
        assert db.count(since=ends[0], until=ends[1]) == len(range(max(since, 0), min(until, 100)))


def test_many_writers_at_once_with_the_same_new_series_and_days(address):
    def write(number):
        with TimeSeriesDatabase(address) as mine:
            for n in range(5):
                names = [f"s{(number * n + m) % 7}" for m in range(7)]
                start = NOON + timedelta(days=(n * number) % 4)
                mine.append(Batch.joined([reading([float(number)], start, name=name) for name in names]), key=f"{number}-{n}")

    with TimeSeriesDatabase(address) as db:
        threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert db.count() == 6 * 5 * 7
        assert len(db.series()) == 7
        assert db.verify() == ()


def test_one_key_at_once_is_written_once(address):
    acks = []

    def write():
        with TimeSeriesDatabase(address) as mine:
            acks.append(mine.append(reading(np.arange(1000.0)), key="same").new)

    threads = [threading.Thread(target=write) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with TimeSeriesDatabase(address) as db:
        assert sorted(acks) == [False] * 4 + [True]
        assert db.count() == 1000


def test_a_day_that_is_dropped_while_the_log_is_rewritten_is_not_counted(db, address, look):
    for number in range(3):
        db.append(reading(np.arange(4.0), NOON + timedelta(days=number)))
    with ThreadPoolExecutor(1) as pool, server.Server(address).connect() as other:
        with other.transaction():
            days.fold(other)
            dropped = pool.submit(db.retain, NOON + timedelta(days=1, hours=-6))
            while not look("select count(*) from pg_locks where not granted")[0][0]:
                assert not dropped.done()
        assert dropped.result() == 4
    assert db.count() == 8
    assert db.verify() == ()


def test_keys_are_forgotten_after_seven_days(db, look):
    db.append(reading([1.0]), key="k")
    look("update nsi_keys set at = at - interval '6 days'")
    db.seal()
    assert not db.append(reading([1.0]), key="k").new
    look("update nsi_keys set at = at - interval '2 days'")
    db.seal()
    assert db.append(reading([1.0]), key="k").new


def test_a_series_has_one_unit_for_all_who_write(address, db):
    with TimeSeriesDatabase(address) as other:
        other.append(reading([1.0], name="a", unit="um"))
        with pytest.raises(SeriesError, match="is in 'um'; these samples are in 'mm'"):
            db.append(reading([1.0], name="a", unit="mm"))


# -- what a person writes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "with d as (select 1 as a) select a from d",
        "values (1)",
        "(select 1) union all select 2",
        "with recursive r as (select 1 as n union all select n + 1 from r where n < 3) select * from r",
        "table series",
        "select 'drop table samples; --'",
        "select $$ ? $a ; $$, 'it''s $b', E'\\' ?', \"unit\" from series",
        "select 1 -- and a remark ?",
        "/* a /* nested */ remark */ select 1;",
        "select tags ? 'line' from series",
    ],
)
def test_what_only_reads_is_answered(db, text):
    db.append(reading([1.0], line="3"))
    assert len(db.sql(text)) > 0


@pytest.mark.parametrize(
    "text",
    [
        "insert into samples values (1)",
        "delete from nsi_samples",
        "with d as (delete from nsi_samples returning *) select * from d",
        "create table t (a int)",
        "select 1 as a into t",
        "select * from nsi_samples for update",
        "copy nsi_samples to program 'touch /tmp/no'",
        "explain analyze delete from nsi_samples",
        "set search_path = public",
        "select set_config('transaction_read_only', 'off', false)",
        "select \"set_config\"('timezone', 'Asia/Tokyo', false)",
        "select pg_catalog.pg_sleep(100)",
        "select pg_terminate_backend(1)",
        'select U&"\\0070g_sleep"(100)',
        "select query_to_xml('select pg_sleep(100)', true, true, '')",
        "select 1; select 2",
        "select 1; drop table nsi_samples",
        "commit; drop table nsi_samples",
        "select nothing from samples",
        "select 1 /* without an end",
        "select 'without an end",
        "select 1/0",
        "selec 1",
        "",
        "  -- nothing",
    ],
)
def test_what_would_write_or_reach_out_is_refused_and_changes_nothing(db, text):
    db.append(reading([1.0]))
    with pytest.raises(OptionError) as raised:
        db.sql(text)
    assert "\n" not in raised.value.message
    assert db.count() == 1
    assert db.sql("select count(*) as n from samples").to_arrow()["n"].to_pylist() == [1]


def test_parameters_are_bound_by_name_and_by_place(db):
    db.append(reading([1.0, 2.0, np.nan]))
    asked = "select count(*) as n from samples where series = $name and value >= $least and time >= $since and value < $least + 1"
    assert db.sql(asked, {"name": "oven.heat", "least": 2, "since": NOON}).to_arrow()["n"].to_pylist() == [1]
    assert db.sql("select ? as a, ? as b", ["'; drop table samples", 2]).to_arrow().to_pylist() == [
        {"a": "'; drop table samples", "b": 2}
    ]
    assert db.sql("select $2::int - $1::int as d", [1, 3]).to_arrow()["d"].to_pylist() == [2]
    for text, given in [
        ("select ?", [1, 2]),
        ("select ?, ?", [1]),
        ("select $a", {"b": 1}),
        ("select $a", None),
        ("select 1", {"b": 1}),
    ]:
        with pytest.raises(OptionError, match="cannot be answered"):
            db.sql(text, given)
    for naive in (datetime(2026, 11, 26), np.datetime64("2026-11-26")):
        with pytest.raises(TimeError, match="no zone"):
            db.sql("select $since", {"since": naive})
    assert bound("select '?', ? -- ?", [5]) == ("select '?', $1 -- ?", [5])


def test_types_of_an_answer(db):
    db.append(reading([1.0, np.nan], line="3"))
    found = db.sql(
        "select *, count(*) over () as n, avg(id) over () as m, null as nothing, array[1, 2] as two from samples order by time"
    )
    types = {field.name: str(field.type) for field in found.to_arrow().schema}
    assert types == {
        "time": "timestamp[us, tz=UTC]",
        "series": "string",
        "value": "double",
        "unit": "string",
        "tags": "map<string, string>",
        "id": "int32",
        "n": "int64",
        "m": "double",
        "nothing": "string",
        "two": "list<item: int64>",
    }
    assert found.to_arrow()["value"].to_pylist() == [1.0, None]
    assert dict(found.to_arrow()["tags"][0].as_py()) == {"line": "3"}
    assert str(found.to_pandas()["time"].dt.tz) == "UTC"
    assert (
        db.sql("select tags from series where name = 'nope'").to_arrow().schema.field("tags").type
        == found.to_arrow().schema.field("tags").type
    )


def test_the_tables_can_be_read_by_another_program(db, look):
    db.append(reading([1.0, np.nan], line="3"))
    asked = "select series, value, unit, tags->'line' from samples order by time"
    assert look(asked) == [("oven.heat", 1.0, "degC", "3"), ("oven.heat", None, "degC", "3")]


# -- forms, addresses, a server that is away -----------------------------------------------------------------------------------


def test_an_older_form_is_brought_up_and_a_newer_one_refused(address, look, monkeypatch):
    TimeSeriesDatabase(address).close()
    steps = (*form.STEPS, "create table nsi_more (a integer)")
    monkeypatch.setattr(form.prepare, "__defaults__", (steps,))
    with TimeSeriesDatabase(address) as db:
        db.append(reading([1.0]))
        assert look("select form from nsi_store") == [(len(steps),)]
        assert look("select count(*) from nsi_more") == [(0,)]
    monkeypatch.undo()
    with pytest.raises(StoreError, match=f"is of form {len(steps)}; this version reads up to {len(form.STEPS)}"):
        TimeSeriesDatabase(address)


def test_a_store_whose_days_share_an_index_is_brought_up_and_answers(address, look, monkeypatch):
    monkeypatch.setattr(form.prepare, "__defaults__", (form.STEPS[:1],))
    with TimeSeriesDatabase(address) as db:
        db.append(reading([1.0, 2.0, 3.0], NOON, timedelta(hours=11)), key="k")
        db.append(reading([4.0], NOON + timedelta(days=3)))
        before = db.query().to_pandas()
    assert len(look(INDEXED)) == 3
    monkeypatch.undo()
    with TimeSeriesDatabase(address) as db:
        assert look("select count(*) from pg_index where indrelid = 'nsi_samples'::regclass") == [(0,)]
        assert len(look(INDEXED)) == 3
        assert db.query().to_pandas().equals(before)
        assert not db.append(reading([1.0, 2.0, 3.0], NOON, timedelta(hours=11)), key="k").new
        db.append(reading([5.0, 6.0], NOON + timedelta(days=3, hours=11), timedelta(hours=2)))
        assert look("select form from nsi_store") == [(len(form.STEPS),)]
        assert len(look(INDEXED)) == 3  # the fifth day is open
        assert (db.count(), db.verify(), db.seal(), len(look(INDEXED))) == (6, (), 6, 4)
        assert (db.retain(NOON + timedelta(days=3)), db.compact(), db.count()) == (3, 0, 3)


def test_a_schema_of_another_program_is_refused_and_left_alone(postgres, address, look):
    schema = address.rpartition("=")[2]
    postgres.admin(f"create schema {schema} authorization lab; create table {schema}.samples (a integer)", "lab")
    with pytest.raises(StoreError, match=f"schema {schema} belongs to another program"):
        TimeSeriesDatabase(address)
    assert look("select relname from pg_class where relnamespace = current_schema()::regnamespace") == [("samples",)]


def test_an_address_that_cannot_be_read_is_refused_without_repeating_it(postgres):
    for given in (
        f"postgresql://lab:{SECRET}@host:x/lab?schema=a",
        f"postgresql://lab:{SECRET}%zz@host/lab",
        f"mysql://lab:{SECRET}@h/d",
    ):
        with pytest.raises((OptionError, StoreError)) as raised:
            TimeSeriesDatabase(given)
        assert SECRET not in str(raised.value)
    for schema in ("A", "a;b", "", "pg_x", "é"):
        with pytest.raises(OptionError, match="the schema of a store"):
            TimeSeriesDatabase(postgres.address(schema or "%20"))


def test_a_server_that_cannot_be_reached_is_said_in_one_line_without_the_password(postgres):
    good = postgres.address()
    wrong = [
        good.replace(f":{postgres.port}", ":1"),
        good.replace("127.0.0.1", "nowhere.invalid"),
        good.replace(SECRET, "wr0ng-secret"),
        good.replace("/lab?", "/nothing?"),
    ]
    for address in wrong:
        with pytest.raises(StoreError, match="cannot be reached: ") as raised:
            TimeSeriesDatabase(address)
        assert "\n" not in raised.value.message
        assert SECRET not in str(raised.value)
        assert "wr0ng-secret" not in str(raised.value)
        assert raised.value.__cause__ is None


def test_the_password_is_not_shown(address, db):
    assert SECRET not in repr(db)
    assert "lab:***@" in repr(db)
    with AnalyticsEngine(db, inline=True) as engine:
        assert SECRET not in repr(engine.status())
    with pickle.loads(pickle.dumps(db)) as other:
        db.append(reading([1.0]))
        assert other.count() == 1
    db.close()
    with pytest.raises(StoreError, match="is closed") as raised:
        db.count()
    assert SECRET not in str(raised.value) + repr(db)


def test_a_role_that_may_only_read_opens_the_store(postgres, address, db):
    db.append(reading([1.0]))
    schema = address.rpartition("=")[2]
    postgres.admin(
        f"create role reader_{schema} login password 'r'; grant usage on schema {schema} to reader_{schema};"
        f"grant select on all tables in schema {schema} to reader_{schema}",
        "lab",
    )
    with TimeSeriesDatabase(address.replace(f"lab:{SECRET}", f"reader_{schema}:r")) as reader:
        assert reader.query().to_pandas()["value"].tolist() == [1.0]
        assert reader.sql("select count(*) as n from samples").to_arrow()["n"].to_pylist() == [1]
        with pytest.raises(StoreError, match="permission denied"):
            reader.append(reading([2.0]))


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_is_told_to_open_it_again(db):
    db.append(reading([1.0]))
    child = os.fork()
    if child == 0:
        try:
            db.count()
        except StoreError as error:
            os._exit(7 if "forked" in error.message else 1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert db.count() == 1


def test_without_the_extra_it_is_said_how_to_get_it():
    code = """
import sys
sys.modules["psycopg"] = None
from nsi_notebook.analytics.storage import TimeSeriesDatabase
from nsi_notebook.errors import MissingExtraError
try:
    TimeSeriesDatabase("postgresql://lab@host/lab")
except MissingExtraError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "a store on PostgreSQL needs the package psycopg, which is not installed\nhint: pip install 'nsi-notebook[postgres]'\n"
    )


def test_a_server_that_stays_away_is_given_up_after_a_while(postgres, address, monkeypatch):
    monkeypatch.setattr(server, "PATIENCE", 0.3)
    with TimeSeriesDatabase(address) as db:
        postgres.stop()
        try:
            with pytest.raises(StoreError, match="cannot be reached") as raised:
                db.append(reading([1.0]), key="k")
            assert "with the same key" in str(raised.value)
        finally:
            postgres.start()
        assert db.append(reading([1.0]), key="k").new
        assert db.count() == 1


def test_names_of_days_and_moments():
    assert name(-1) == "nsi_day_1969_12_31"
    assert moment(-1) == "timestamptz '1969-12-31T23:59:59.999999+00'"
