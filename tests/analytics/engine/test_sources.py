"""Sources: what comes from frames, folders, growing files, HTTP and Redis is stored once, and what is bad is said."""

import builtins
import http.client
import json
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import nsi_notebook as nsi
from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.engine import AnalyticsEngine, Bad, Delivery, HttpPush, files, frames, redis_stream, tail
from nsi_notebook.analytics.engine.sources.lines import read_lines
from nsi_notebook.analytics.engine.sources.tail import CHUNK
from nsi_notebook.analytics.storage import TimeSeriesDatabase
from nsi_notebook.errors import EngineError, FileError, MissingExtraError, OptionError, SeriesError, TimeError

T0 = 1_764_158_400_000_000
LONG = 30


def at(second):
    return datetime.fromtimestamp(T0 / 1e6 + second, UTC)


def until(done):
    end = time.monotonic() + LONG
    while not done():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


def mask(seed, size=16):
    return np.random.default_rng(seed).random((size, size)) < 0.4


def values(engine, series):
    engine.flush()
    return engine.store.query(series).to_pandas()["value"].tolist()


# -- batches ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", ["memory:", None])
def test_batches_made_by_hand_that_are_none_are_bad_and_the_next_one_is_taken(kept):
    good = Batch.of("a", [1.0], [at(0)])
    times = np.array(["2025-11-26"], "M8[us]"), [5], np.array([2**62])
    bad = [Batch(good.series, good.code, time, good.value) for time in times]
    bad.append(Batch(good.series, good.code + 5, good.time + 10**17, good.value))
    with AnalyticsEngine(kept, inline=True) as engine:
        source = engine.attach([*bad, good, Delivery(bad[0]), good])
        assert (source.given, source.bad, source.state.partition(",")[0]) == (2, 5, "done")
        assert engine.status().stored == 2


# -- frames ----------------------------------------------------------------------------------------------------------------


def test_the_numbers_of_frames_are_those_of_the_stream():
    stream = nsi.Stream(["void_fraction", "euler", "bottleneck"])
    with AnalyticsEngine("memory:", inline=True) as engine:
        source = engine.attach(frames(stream, ((mask(n), at(n)) for n in range(5)), "cam", tags={"line": "3"}))
        assert (source.given, source.bad, source.state) == (5, 0, "done")
        rows = stream.result()
        for name in ("void_fraction", "euler_number", "euler_density"):
            found = engine.store.query(f"cam.{name}").to_pandas()
            assert found["value"].tolist() == rows[name].values.tolist()
            assert found["line"].tolist() == ["3"] * 5
            assert found["time"].tolist() == [at(n) for n in range(5)]
        by_name = {series.name: series for series in engine.store.series()}
        assert by_name["cam.euler_density"].unit == rows.euler_density.attrs["units"]
        for axis in rows.axis.values.tolist():
            found = engine.store.query("cam.bottleneck", where={"axis": axis}).to_pandas()
            np.testing.assert_array_equal(found["value"], rows.bottleneck.sel(axis=axis))
            assert set(found["line"]) == {"3"}


def test_curves_are_left_out_and_a_tag_is_no_dim():
    with AnalyticsEngine("memory:", inline=True) as engine:
        engine.attach(frames(nsi.Stream(["void_fraction", "two_point"]), [(mask(1), at(0))]), "curves")
        assert [series.name for series in engine.store.series()] == ["camera.void_fraction"]
        source = engine.attach(frames(nsi.Stream("chords"), [(mask(1), at(1))], tags={"axis": "3"}), "axes")
        assert "'axis' is a dim of" in source.trouble
        assert engine.store.count() == 1


@pytest.mark.parametrize("on_error", ["raise", "record"])
def test_a_bad_frame_is_counted_and_the_next_one_taken(on_error):
    stream = nsi.Stream("void_fraction", on_error=on_error)
    given = [(mask(1), at(0)), (mask(2, 8), at(1)), (mask(3), at(2)), (mask(4), at(2))]
    with AnalyticsEngine("memory:", inline=True) as engine:
        source = engine.attach(frames(stream, given), "camera")
        assert source.bad == 2
        assert source.state.startswith("done, 2 bad: frame 3: there was a frame at time=")
        said = [str(failure) for failure in engine.status().failures]
        assert any("frame 1: the frame has the shape" in each for each in said)
        found = values(engine, "camera.void_fraction")
    expected = [mask(1).mean(), np.nan, mask(3).mean()] if on_error == "record" else [mask(1).mean(), mask(3).mean()]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("stream", "items", "said"), [(5, [], "the stream is 5"), (nsi.Stream("euler"), 5, "the frames are of type int")]
)
def test_what_is_no_stream_of_frames_is_refused_at_once(stream, items, said):
    with pytest.raises(OptionError, match=said):
        frames(stream, items)


def test_a_frame_brings_its_own_time():
    when = np.datetime64("2026-11-26T12:00:00.5")
    frame = xr.DataArray(mask(1), dims=("y", "x"), coords={"time": when})
    (batch,) = frames(nsi.Stream("void_fraction"), [frame], tz="Europe/Berlin")
    assert batch.time.tolist() == [1_795_690_800_500_000]
    told = frame.copy()
    told.time.attrs["timezone"] = "Europe/Berlin"
    (batch,) = frames(nsi.Stream("void_fraction"), [told])
    assert batch.time.tolist() == [1_795_690_800_500_000]
    (batch,) = frames(nsi.Stream("void_fraction"), [told], tz="UTC")
    assert batch.time.tolist() == [1_795_694_400_500_000]
    before = time.time_ns() // 1000
    (batch,) = frames(nsi.Stream("void_fraction"), [mask(2)])
    assert before <= batch.time[0] <= time.time_ns() // 1000


def test_a_coordinate_without_a_zone_is_no_time_of_a_frame():
    when = np.datetime64("2026-11-26T12:00:00")
    frame = xr.DataArray(mask(1), dims=("y", "x"), coords={"time": when})
    with pytest.raises(TimeError, match=r"frame 0: its coordinate 'time' has no zone\nhint: frames\(\.\.\., tz='UTC'\)"):
        next(frames(nsi.Stream("void_fraction"), [frame]))
    with AnalyticsEngine("memory:") as engine:
        source = engine.attach(frames(nsi.Stream("void_fraction"), [(mask(0), at(0)), frame]), "camera")
        assert source.join(LONG)
        assert source.state == "failed after 1: frame 1: its coordinate 'time' has no zone"
        with pytest.raises(EngineError, match="has no zone"):
            engine.flush()
    (bad,) = frames(nsi.Stream("void_fraction"), [(mask(1), when)])
    assert isinstance(bad, Bad)
    assert "no zone" in bad.reason
    (batch,) = frames(nsi.Stream("void_fraction"), [(mask(1), when)], tz="UTC")
    assert batch.time.tolist() == [1_795_694_400_000_000]


def test_a_folder_gives_each_finished_image_once_also_after_a_restart(tmp_path):
    place, store = tmp_path / "in", tmp_path / "store"
    place.mkdir()
    for n in range(3):
        np.save(place / f"{n}.npy", mask(n))
        os.utime(place / f"{n}.npy", (T0 / 1e6 + n, T0 / 1e6 + n))
    (place / "3.npy").write_bytes(b"no array")
    for number in (3, 0):
        with AnalyticsEngine(store, inline=True) as engine:
            source = engine.attach(files(place, nsi.Stream("void_fraction"), interval=0.01, once=True))
            assert source.given == number
            assert "3.npy" in source.trouble
            found = engine.store.query("camera.void_fraction").to_pandas()
        assert found["value"].tolist() == [mask(n).mean() for n in range(3)]
        assert found["time"].tolist() == [at(n) for n in range(3)]


def test_a_folder_is_not_measured_again_however_long_ago_it_was(tmp_path):
    store = TimeSeriesDatabase(tmp_path / "store")
    (tmp_path / "in").mkdir()
    for _ in range(2):
        np.save(tmp_path / "in" / f"{len(list((tmp_path / 'in').iterdir()))}.npy", mask(3))
        for number in (1, 0):
            with AnalyticsEngine(store, inline=True) as engine:
                stream = nsi.Stream("void_fraction")
                source = engine.attach(files(tmp_path / "in", stream, pattern="*.npy", interval=0.01, once=True))
                assert source.given == number
            store._store._writer.execute("delete from keys")  # as after seven days
    np.save(tmp_path / "in" / "0.npy", np.ones((9, 9), dtype=bool))
    with AnalyticsEngine(store, inline=True) as engine:
        engine.attach(files(tmp_path / "in", nsi.Stream("void_fraction"), pattern="*.npy", interval=0.01, once=True))
    assert store.count() == 3  # one has changed
    store.close()


def test_an_inline_engine_refuses_what_has_no_end(tmp_path):
    with AnalyticsEngine("memory:", inline=True) as engine, HttpPush() as push:
        for source in (push, tail(tmp_path / "a.csv"), files(tmp_path, nsi.Stream("void_fraction"))):
            with pytest.raises(OptionError, match="waits for more without end; this engine is inline"):
                engine.attach(source)
        assert engine.status().sources == {}


def test_a_folder_is_watched_until_the_engine_stops(tmp_path):
    with AnalyticsEngine("memory:", flush_every="10ms") as engine:
        source = engine.attach(files(tmp_path, nsi.Stream("void_fraction"), pattern="*.npy", interval=0.02), "folder")
        np.save(tmp_path / "a.npy", mask(7))
        until(lambda: source.given == 1)
        np.save(tmp_path / "b.npy", mask(8))
        until(lambda: source.given == 2)
        assert values(engine, "camera.void_fraction") == [mask(7).mean(), mask(8).mean()]
    assert engine.status().sources["folder"] == "cancelled"


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda p: files(p / "none", nsi.Stream()), FileError, "there is no folder"),
        (lambda p: files(p, nsi.Stream(), interval=0), OptionError, "interval=0"),
        (lambda p: tail(p / "none.csv", once=True), FileError, "there is no file"),
        (lambda p: tail(p / "none.csv", interval=-1), OptionError, "interval=-1"),
        (lambda p: tail(p), FileError, "cannot read"),
        (lambda p: redis_stream("http://x", "s"), OptionError, "is no address"),
        (lambda p: redis_stream("redis://127.0.0.1:1/0", "s"), EngineError, "cannot be read"),
    ],
)
def test_a_source_that_cannot_begin_says_why(tmp_path, call, kind, said):
    with pytest.raises(kind, match=said):
        next(call(tmp_path))


# -- a file that grows -----------------------------------------------------------------------------------------------------


def taken(items):
    """Split what a tail gives into samples and reasons."""
    samples, bad = [], []
    for item in items:
        if isinstance(item, Bad):
            bad.append(item.reason)
        elif item is not None:
            batch = item.batch
            named = [str(series) for series in batch.series]
            columns = zip(batch.code, batch.time, batch.value, strict=True)
            samples += [(named[c], (int(t) - T0) // 10**6, v) for c, t, v in columns]
    return samples, bad


def line(second, *cells):
    return ",".join([at(second).isoformat(), *cells]) + "\n"


def test_whole_lines_are_read_and_bad_ones_told_by_their_number(tmp_path):
    path = tmp_path / "plant.csv"
    path.write_bytes(
        b"\xef\xbb\xbftime,line,load,heat\r\n"
        + line(0, "1", "2.5", "").encode()
        + line(1, "2", "x", "1").encode()
        + b"yesterday,1,1,1\n"
        + line(2, "1", "3").encode()
        + b"\n"
        + line(3, '"a, b"', "4", "5").encode()
        + line(4, "1", "inf", "1").encode()
        + b"\xff,1,1,1\n"
        + line(5, "1", "7", "8").encode()
        + line(6, "1", "9", "9").encode()[:-1]
    )
    samples, bad = taken(tail(path, tags=["line"], units={"load": "N"}, once=True))
    np.testing.assert_equal(
        samples,
        [
            ('plant.load{line="1"}', 0, 2.5),
            ('plant.heat{line="1"}', 0, np.nan),
            ('plant.load{line="a, b"}', 3, 4.0),
            ('plant.heat{line="a, b"}', 3, 5.0),
            ('plant.load{line="1"}', 5, 7.0),
            ('plant.heat{line="1"}', 5, 8.0),
        ],
    )
    starts = ["line 3: load is 'x', no number", "line 4: 'yesterday' is no time", "line 5: it has 3 cells, and the header 4"]
    starts += ["line 8: load is infinite", "line 9: it cannot be read"]
    assert [reason.partition(": ")[2].startswith(start) for reason, start in zip(bad, starts, strict=False)] == [True] * 5
    assert bad[5:] == ["plant.csv: its last line, 11, has no end"]


def test_any_chunking_of_a_growing_file_gives_the_same(tmp_path):
    path = tmp_path / "grows.csv"
    text = "time,load\n" + "".join(line(n, str(n)) for n in range(40))
    rng = np.random.default_rng(3)
    source = tail(path, interval=0.001)
    assert next(source) is None  # it is not there yet
    found, rest = [], text
    while rest:
        size = int(rng.integers(1, 60))
        with path.open("a") as file:
            file.write(rest[:size])
        rest = rest[size:]
        found += [next(source) for _ in range(3)]
    found += [next(source) for _ in range(5)]
    source.close()
    assert taken(found) == ([("grows.load", n, float(n)) for n in range(40)], [])


def test_truncation_and_rotation_lose_nothing_that_was_written(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("time,load\n" + line(0, "0") + line(1, "1"))
    source = tail(path, interval=0.001)
    found = [next(source) for _ in range(4)]
    with path.open("a") as old:  # moved while its writer goes on, then a new one with other columns
        path.rename(tmp_path / "log.csv.1")
        old.write(line(2, "2"))
        old.flush()
        found += [next(source) for _ in range(4)]
        old.write(line(3, "3"))
    path.write_text("heat,time\n" + f"4,{at(4).isoformat()}\n")
    found += [next(source) for _ in range(8)]
    path.write_text("time,load\n" + line(5, "5"))  # shorter
    found += [next(source) for _ in range(8)]
    path.write_text("time,load\n" + line(6, "6") + line(7, "7") + line(8, "8"))  # anew, and longer
    found += [next(source) for _ in range(8)]
    source.close()
    samples, bad = taken(found)
    assert [(name, s) for name, s, _ in samples] == [
        *[("log.load", n) for n in range(4)],
        ("log.heat", 4),
        *[("log.load", n) for n in range(5, 9)],
    ]
    assert ["written anew" in reason for reason in bad] == [True] * len(bad)
    assert 1 <= len(bad) <= 2  # the first may be seen as a new file only


def test_a_line_without_end_is_left_out(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("time,load\n" + "x" * (2 * CHUNK + 5) + "\n" + line(1, "1"))
    samples, bad = taken(tail(path, once=True))
    assert samples == [("long.load", 1, 1.0)]
    assert [reason.partition(" is ")[0] for reason in bad] == ["long: line 2"]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("load,heat", "there is no column 'time'"),
        ("time", "one with values at least"),
        ("time,load,load", "each once"),
        ("time,2 x", ""),
    ],
)
def test_a_header_that_says_nothing_is_told(tmp_path, header, said):
    path = tmp_path / "h.csv"
    path.write_text(header + "\n")
    samples, bad = taken(tail(path, once=True))
    assert samples == []
    assert len(bad) == 1
    assert "line 1: " in bad[0]
    assert said in bad[0]


def test_a_tail_in_an_engine_ends_with_it(tmp_path):
    path = tmp_path / "plant.csv"
    path.write_text("time,load\n" + line(0, "1"))
    with AnalyticsEngine("memory:") as engine:
        source = engine.attach(read := tail(path, interval=0.01), "csv")
        until(lambda: source.given == 1)
        with path.open("a") as file:
            file.write("never,1\n" + line(1, "2"))
        until(lambda: source.given == 2)
        until(lambda: source.bad == 1)
        assert values(engine, "plant.load") == [1.0, 2.0]
        assert source.state.startswith("running, 1 bad: plant: line 3: 'never' is no time")
    assert engine.status().sources["csv"].startswith("cancelled")
    with pytest.raises(StopIteration):  # it is closed, and so is the file
        next(read)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_a_tail_goes_on_where_the_engine_before_it_stopped(tmp_path_factory, seed):
    path, rng = tmp_path_factory.mktemp("tail") / "grows.csv", np.random.default_rng(seed)
    rest = "time,line,load\n" + "".join(line(n, "ab"[n % 2], str(n)) for n in range(30)) + "never,a,1\n" + line(30, "a", "30")
    store = TimeSeriesDatabase("memory:")
    path.touch()
    while rest:
        size = int(rng.integers(1, 300))
        with path.open("a") as file:
            file.write(rest[:size])
        rest = rest[size:]
        with AnalyticsEngine(store, inline=True) as engine:
            assert engine.attach(tail(path, tags=["line"], once=True)).state.startswith("done")
    found = store.query("grows.load").to_pandas()
    assert sorted(found["value"]) == list(range(31))
    assert len(store.checkpoints("tail/")) == 1
    store.close()


def test_a_file_that_was_replaced_while_no_engine_ran_is_read_from_its_beginning(tmp_path):
    path, store = tmp_path / "log.csv", TimeSeriesDatabase("memory:")

    def read(text, **how):
        path.write_text(text)
        with AnalyticsEngine(store, inline=True) as engine:
            source = engine.attach(tail(path, once=True, **how))
        return source.given, source.trouble

    header = "time,load\n"
    assert read(header + line(0, "0") + line(1, "1")) == (1, "")
    assert read(header + line(0, "0") + line(1, "1")) == (0, "")
    assert read("time,load,heat\n" + line(2, "2", "7") + line(3, "3", "8")) == (1, "")
    assert read(header + line(4, "4")) == (1, "")  # shorter
    assert read(header + line(4, "4") + line(5, "5"), name="other") == (1, "")  # read by itself
    assert read(header + line(4, "4") + line(6, "6"), units={"heat": "degC"})[1].startswith("log: line")
    assert sorted(store.query("log.load").to_pandas()["value"]) == [0, 1, 2, 3, 4]
    assert sorted(store.query("other.load").to_pandas()["value"]) == [4, 5]


def test_of_two_engines_that_read_one_file_the_one_that_is_behind_ends(tmp_path):
    path, store = tmp_path / "plant.csv", TimeSeriesDatabase("memory:")
    path.write_text("time,load\n" + line(0, "0"))
    with AnalyticsEngine(store, inline=True) as one, AnalyticsEngine(store, inline=True) as two:
        behind = tail(path, once=True)
        behind.resume({})
        one.attach(tail(path, once=True))
        source = two.attach((item for item in behind), "behind")  # which was at its place before
        assert source.state.startswith("failed after 0: the checkpoint 'tail/")
        with pytest.raises(EngineError, match="was moved by somebody else"):
            two.flush()
    assert store.count() == 1


def test_lines_that_are_refused_do_not_end_the_file(tmp_path):
    path, store = tmp_path / "plant.csv", TimeSeriesDatabase("memory:")
    path.write_text("time,line,load\n")

    def steps(grows):
        for number, name in enumerate("abaa"):
            with path.open("a") as file:
                file.write(line(number, name, str(number)))
            while (item := next(grows)) is None:
                pass
            yield item

    with AnalyticsEngine(store, inline=True) as engine:
        engine.emit_many("plant.load", [9.0], [at(0)], tags={"line": "b"}, unit="N")
        source = engine.attach(steps(tail(path, tags=["line"], interval=0.01)), "csv")
        assert (source.given, source.bad, source.state[:4]) == (3, 1, "done")
    with AnalyticsEngine(store, inline=True) as engine:
        assert engine.attach(tail(path, tags=["line"], once=True)).given == 0
    assert store.query("plant.load").to_pandas()["value"].tolist() == [9.0, 0.0, 2.0, 3.0]
    store.close()


def test_the_same_image_is_another_one_in_another_folder_and_with_other_tags(tmp_path):
    frame = np.eye(4, dtype=bool)
    store, stamp = TimeSeriesDatabase("memory:"), 1_764_158_400_000_000_000
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        np.save(tmp_path / folder / "1.npy", frame)
        os.utime(tmp_path / folder / "1.npy", ns=(stamp, stamp))
    for _ in range(2):
        with AnalyticsEngine(store, inline=True) as engine:
            for folder, lab in (("a", "x"), ("a", "y"), ("b", "x")):
                stream = nsi.Stream("void_fraction")
                how = {"pattern": "*.npy", "interval": 0.01, "once": True, "tags": {"lab": lab}}
                engine.attach(files(tmp_path / folder, stream, **how), f"{folder}{lab}")
    assert store.count(where={"lab": "x"}) == 2
    assert store.count(where={"lab": "y"}) == 1


# -- HTTP ------------------------------------------------------------------------------------------------------------------

JSONL = {"Content-Type": "application/x-ndjson"}


def post(push, body, headers=JSONL, path="/samples", method="POST"):
    connection = http.client.HTTPConnection("127.0.0.1", push.port, timeout=LONG)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"{}")
    finally:
        connection.close()


def sample(second, value=1.0, **more):
    return json.dumps({"series": "load", "value": value, "time": at(second).isoformat(), **more}).encode() + b"\n"


def test_what_is_pushed_is_stored_when_it_is_answered(tmp_path):
    with HttpPush() as push, AnalyticsEngine(tmp_path / "s") as engine:
        source = engine.attach(push, "push")
        assert post(push, sample(0, 1) + sample(1, 2.5, tags={"line": "3"}, unit="1")) == (200, {"stored": 2})
        with TimeSeriesDatabase(tmp_path / "s") as other:
            assert other.count() == 2
        keyed = {**JSONL, "Idempotency-Key": "k1"}
        assert post(push, sample(2, None), keyed) == post(push, sample(2, None), keyed) == (200, {"stored": 1})
        assert engine.store.count() == 3
        assert engine.status().stored == 3
        status, told = post(push, sample(3, unit="kN"))
        assert (status, told["error"]) == (400, "load is in '1'; these samples are in 'kN'")
        assert source.bad == 1
    assert engine.status().sources["push"].startswith("cancelled")
    with pytest.raises(OSError):
        post(push, sample(9))


def test_a_key_for_other_samples_is_refused_and_the_next_request_taken():
    keyed = {**JSONL, "Idempotency-Key": "k"}
    with HttpPush() as push, AnalyticsEngine("memory:") as engine:
        source = engine.attach(push)
        assert post(push, sample(0, 1.0), keyed)[0] == 200
        status, told = post(push, sample(0, 2.0), keyed)
        assert (status, told["error"]) == (400, "the key 'k' was given before, with other samples")
        assert post(push, sample(1, 3.0)) == (200, {"stored": 1})
        status, told = post(push, b'{"series": "load", "value": 1}', keyed)  # would be other samples when it is sent again
        assert status == 400
        assert told["error"].startswith("line 1: it has no time")
        assert (source.given, source.bad) == (2, 1)
        assert values(engine, "load") == [1.0, 3.0]


def test_a_sender_that_does_not_wait_is_no_error_of_ours(monkeypatch, capsys):
    def handling():
        return any("process_request_thread" in thread.name for thread in threading.enumerate())

    with HttpPush() as push, AnalyticsEngine("memory:") as engine:
        source, read, deliver = engine.attach(push), threading.Event(), push.deliver
        monkeypatch.setattr(push, "deliver", lambda *given: (read.set(), deliver(*given))[1])
        body = sample(0, 1.0)
        head = f"POST /samples HTTP/1.1\r\nHost: 127.0.0.1:{push.port}\r\nContent-Type: application/json\r\n"
        # as if the store took long
        with engine._line.lock, socket.create_connection(("127.0.0.1", push.port)) as sender:
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sender.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            assert read.wait(LONG)
        until(lambda: source.given == 1)
        until(lambda: not handling())
        assert values(engine, "load") == [1.0]
    assert capsys.readouterr().err == ""


def test_samples_without_a_time_have_the_one_that_is_said():
    batch = read_lines(b'{"series": "load", "value": 1}\n' + sample(3), now=5)
    assert batch.time.tolist() == [5, T0 + 3_000_000]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "there are no samples"),
        (b"{", "line 1: it is no JSON"),
        (b"[" * 100_000, "line 1: it is no JSON"),
        (b"\xff", "line 1: it is no JSON"),
        (b"[1]", "line 1: it is no object"),
        (sample(0) + b'{"series": "a"}', "line 2: it has series"),
        (sample(0, colour="red"), "line 1: it has colour"),
        (sample(0, "1"), "line 1: its value is '1'"),
        (sample(0, True), "line 1: its value is True"),
        (b'{"series": "a", "value": 1e999}', "line 1: its value is not finite"),
        (b'{"series": "a", "value": NaN}', "line 1: its value is not finite"),
        (b'{"series": "a", "value": 1' + b"0" * 400 + b"}", "line 1: its value is not finite"),
        (b'{"series": "2", "value": 1}', "line 1: '2' is no name of a series"),
        (b'{"series": "a", "value": 1, "time": "2026-11-26T12:00:00"}', "line 1: the time '2026-11-26T12:00:00' has no zone"),
        (b'{"series": "a", "value": 1, "time": 5}', "line 1: 5 is no time"),
        (b'{"series": "a", "value": 1, "tags": [1]}', "line 1: its tags are"),
        (b'{"series": "a", "value": 1, "tags": {"x": 1}}', "line 1: a: the tag x is 1"),
        (sample(0) + sample(1, unit="N"), "line 2: load is in '1'"),
    ],
)
def test_bad_lines_are_refused_whole_with_the_reason(body, said):
    with pytest.raises(SeriesError) as caught:
        read_lines(body)
    assert caught.value.message.startswith(said)
    with HttpPush() as push:
        status, told = post(push, body)
    assert status == 400
    assert told["error"].startswith(said)


def test_requests_that_are_none_are_refused():
    with HttpPush(limit=1000) as push:
        assert post(push, b"x" * 1001)[0] == 413
        assert post(push, sample(0), {"Content-Type": "text/plain"})[0] == 415
        assert post(push, sample(0), {})[0] == 415
        assert post(push, sample(0), path="/")[0] == 404
        assert post(push, None, method="GET")[0] == 405
        assert post(push, sample(0), {**JSONL, "Host": "evil.example:80"})[0] == 421
        assert post(push, iter([b"x"]), JSONL)[0] == 411  # in chunks
        with socket.create_connection(("127.0.0.1", push.port), LONG) as one:
            one.sendall(f"POST /samples HTTP/1.1\r\nHost: 127.0.0.1:{push.port}\r\nContent-Type: application/json\r\n".encode())
            one.sendall(b"Content-Length: 10\r\n\r\nabc")
            one.shutdown(socket.SHUT_WR)
            assert b" 400 " in one.recv(1000)
        with pytest.raises(EngineError, match="on port"):
            HttpPush(push.port)


def test_a_sender_is_told_when_too_many_wait_or_the_source_ends():
    push = HttpPush(waiting=1)
    push._waiting.put(first := Delivery(Batch.of("a", [1.0], [at(0)]), None, (answers := []).append))
    assert post(push, sample(0))[0] == 503
    push.close()
    push.close()
    assert isinstance(answers[0], EngineError)
    assert first.key is None


def test_closing_ends_idle_connections_and_a_request_in_work_is_answered(monkeypatch):
    monkeypatch.setattr("nsi_notebook.analytics.engine.sources.push._Handler.timeout", LONG)
    push = HttpPush()
    with AnalyticsEngine("memory:") as engine:
        engine.attach(push)
        idle, works = (http.client.HTTPConnection("127.0.0.1", push.port, timeout=LONG / 3) for _ in range(2))
        with socket.create_connection(("127.0.0.1", push.port), LONG / 3) as silent:
            for connection in (idle, works):
                connection.request("POST", "/samples", sample(0), JSONL)
                assert connection.getresponse().read() == b'{"stored": 1}\n'
            with engine._line.lock:  # as if the store took long
                works.request("POST", "/samples", sample(1), JSONL)
                until(lambda: push._waiting.unfinished_tasks == 3 and push._waiting.empty())  # it is taken
                push.close()
                assert idle.sock.recv(1) == silent.recv(1) == b""
            answer = works.getresponse()
            assert (answer.status, answer.read()) == (200, b'{"stored": 1}\n')
            assert answer.getheader("Connection") == "close"
            assert works.sock is None
        idle.close()
        assert engine.status().stored == 3


def test_nothing_waits_behind_a_closed_door():
    push = HttpPush()
    push.close()
    assert push.closed
    status, told = push.deliver(sample(0), None)
    assert (status, told["error"]) == (503, "nothing is taken any more")


# -- Redis -----------------------------------------------------------------------------------------------------------------


class Server:
    """A Redis server of our own on a socket in a folder."""

    def __init__(self, folder):
        self.folder, self.process = folder, None
        self.url = f"unix://{folder}/r"
        self.start()

    def start(self):
        import redis

        command = ["redis-server", "--port", "0", "--unixsocket", f"{self.folder}/r", "--dir", str(self.folder), "--save", ""]
        self.process = subprocess.Popen([*command, "--appendonly", "yes"], stdout=subprocess.DEVNULL)
        self.client = redis.Redis.from_url(self.url)

        def answers():
            try:
                return self.client.ping()
            except redis.RedisError:
                return False

        until(answers)

    def stop(self):
        self.client.close()
        self.process.terminate()
        self.process.wait(LONG)


@pytest.fixture
def server():
    assert shutil.which("redis-server"), "redis-server is not installed; `.ci/run` does so"
    folder = Path(tempfile.mkdtemp(prefix="nsi-"))  # the path of a socket is short
    made = Server(folder)
    yield made
    made.stop()
    shutil.rmtree(folder)


def test_redis_messages_are_acknowledged_when_they_are_stored(server, tmp_path):
    for n in range(5):
        server.client.xadd("s", {"samples": sample(n, n) + sample(n + 0.5, n)})
    server.client.xadd("s", {"samples": b"{"})
    server.client.xadd("s", {"other": b"1"})
    with AnalyticsEngine(tmp_path / "s", flush_every="10ms") as engine:
        source = engine.attach(redis_stream(server.url, "s"), "redis")
        until(lambda: source.given == 5 and source.bad == 2)
        assert server.client.xpending("s", "nsi")["pending"] == 0
        assert engine.store.count() == 10
        server.client.xadd("s", {"samples": sample(9, 9)})
        until(lambda: source.given == 6)
        assert "there is no field 'samples'" in source.trouble
    assert engine.status().sources["redis"].startswith("cancelled")


def test_what_was_stored_and_not_acknowledged_comes_again_and_is_stored_once(server, tmp_path):
    server.client.xadd("s", {"samples": sample(0, 1)})
    server.client.xadd("s", {"samples": sample(1, 2)})
    with TimeSeriesDatabase(tmp_path / "s") as store:  # as who was killed between storing and acknowledging
        read = redis_stream(server.url, "s", consumer="killed")
        one = next(read)
        store.append(one.batch, key=one.key)
        read.close()
    assert server.client.xpending("s", "nsi")["pending"] == 2
    with AnalyticsEngine(tmp_path / "s", inline=True) as engine:
        engine.attach(redis_stream(server.url, "s", consumer="next", idle=0, once=True))
        assert values(engine, "load") == [1.0, 2.0]
        assert engine.status().stored == 1
        assert server.client.xpending("s", "nsi")["pending"] == 0
    server.client.xadd("s", {"samples": sample(2, 3)})
    read = redis_stream(server.url, "s", consumer="same")
    next(read)
    read.close()
    with AnalyticsEngine(tmp_path / "s", inline=True) as engine:  # the same consumer, begun anew
        engine.attach(redis_stream(server.url, "s", consumer="same", once=True))
        assert values(engine, "load") == [1.0, 2.0, 3.0]
        assert server.client.xpending("s", "nsi")["pending"] == 0


def test_a_server_that_goes_away_is_waited_for(server):
    with AnalyticsEngine("memory:", flush_every="10ms") as engine:
        source = engine.attach(redis_stream(server.url, "s"), "redis")
        server.client.xadd("s", {"samples": sample(0, 1)})
        until(lambda: source.given == 1)
        server.stop()
        until(lambda: source.bad)
        assert "the server of s: " in source.trouble
        server.start()
        server.client.xadd("s", {"samples": sample(1, 2)})
        until(lambda: source.given >= 2)
        assert values(engine, "load") == [1.0, 2.0]


def test_without_the_package_the_extra_is_named(monkeypatch):
    real = builtins.__import__

    def without(name, *given, **more):
        if name == "redis":
            raise ImportError(name)
        return real(name, *given, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"nsi-notebook\[redis\]"):
        next(redis_stream("redis://127.0.0.1", "s"))
