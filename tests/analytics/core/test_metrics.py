"""Metrics: what goes in is what numpy says of it, whatever thread, tag, step or age."""

import asyncio
import threading
import urllib.request

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import parser
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics

from nsi_notebook.analytics.core import instruments, metric_query, recording
from nsi_notebook.analytics.core.histogram import ERROR
from nsi_notebook.analytics.core.metrics import MetricsCollector
from nsi_notebook.errors import EngineError, OptionError, SeriesError, TimeError, UnknownNameError

T0 = 1_800_000_000 * 10**9
MINUTE = 60 * 10**9
NAMES = ("count", "mean", "std", "min", "max", "median", "p95", "p99")


@pytest.fixture
def clock(monkeypatch):
    """The clock of the machine, in nanoseconds, to be set as `clock[0]`."""
    now = [T0]
    for module in (instruments, recording):
        monkeypatch.setattr(module, "_clock", lambda: now[0])
    monkeypatch.setattr("nsi_notebook.analytics.core.times.now", lambda: now[0] // 1000)
    return now


def of_numpy(values):
    values = np.asarray(values, dtype=float)
    if not len(values):
        return [0, *[np.nan] * 7]
    std = values.std(ddof=1) if len(values) > 1 else np.nan
    return [len(values), values.mean(), std, values.min(), values.max(), *np.quantile(values, [0.5, 0.95, 0.99])]


def same(ds, values, rtol=1e-9, **at):
    got = [float(ds[name].isel(at)) for name in NAMES]
    assert np.allclose(got, of_numpy(values), rtol=rtol, atol=1e-9, equal_nan=True), (got, of_numpy(values))


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from("abc"), st.floats(-1e6, 1e6)), min_size=1, max_size=120), st.data())
def test_the_answers_are_those_of_numpy(records, data):
    limit = data.draw(st.sampled_from([10_000, 5]))  # 5: the larger groups go through histograms
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metric_query, "EXACT", limit)
        now = [T0]
        for module in (instruments, recording):
            patch.setattr(module, "_clock", lambda: now[0])
        patch.setattr("nsi_notebook.analytics.core.times.now", lambda: now[0] // 1000)
        metrics = MetricsCollector()
        for second, tag, value in records:
            now[0] = T0 + second * 10**9  # forth and back, as records come
            metrics.histogram("x", "X", tags={"t": tag}).observe(value)
        now[0] = T0 + 60 * 10**9
        ds = metrics.query("x", step="10s")
        steps = ds.time.values.astype("datetime64[us]").astype(int) * 1000
        for i, tag in enumerate(ds.t.values):
            for j, start in enumerate(steps):
                mine = [v for s, t, v in records if t == tag and start <= T0 + s * 10**9 < start + 10**10]
                exact = bool(ds.exact[i, j])
                assert exact == (len(mine) <= limit)
                if exact:
                    same(ds, mine, series=i, time=j)
                elif mine:
                    largest = np.abs(mine).max()
                    got = [float(ds[name][i, j]) for name in NAMES]
                    assert np.allclose(got[5:], of_numpy(mine)[5:], rtol=0, atol=ERROR * largest * 1.001)
                    assert np.allclose(got[:5], of_numpy(mine)[:5], rtol=1e-6, atol=1e-6)
        together = metrics.query("x", by=())
        if limit == 10_000:
            same(together, [v for _, _, v in records])
        assert int(ds["count"].sum()) == int(together["count"]) == len(records)
        assert metrics.held("x") == (len(records), 0)


def test_tags_choose_and_tell_apart(clock):
    metrics = MetricsCollector()
    for line in "12":
        for lens in "ab":
            metrics.counter("frames", "Frames", tags={"line": line, "lens": lens}).inc(int(line))
    ds = metrics.query("frames", {"line": "2"})
    assert (ds.sizes, ds.line.values.tolist(), ds.lens.values.tolist()) == ({"series": 2}, ["2", "2"], ["a", "b"])
    by_line = metrics.query("frames", by=["line"])
    assert by_line["count"].values.tolist() == [2, 2]
    assert by_line["mean"].values.tolist() == [1.0, 2.0]
    assert metrics.query("frames", {"line": "9"}).sizes == {"series": 0}
    assert metrics.query("frames", {"line": "9"}, step="1s").sizes == {"series": 0, "time": 0}


def test_since_and_until_cut_by_time(clock):
    metrics = MetricsCollector()
    gauge = metrics.gauge("level", "Level", unit="mm")
    for second in range(100):
        clock[0] = T0 + second * 10**9
        gauge.set(second)
    start = np.datetime64(T0, "ns")
    since, until = (str(start + np.timedelta64(s, "s")) + "Z" for s in (20, 50))
    same(metrics.query("level", since=since.replace("000000Z", "Z"), until=until.replace("000000Z", "Z")), range(20, 50))
    ds = metrics.query("level", step="30s")
    assert ds.time.attrs["timezone"] == "UTC"
    assert ds.time.dtype == "datetime64[us]"
    assert ds["mean"].attrs == {"units": "mm", "long_name": "mean"}
    assert all({"units", "long_name"} <= set(v.attrs) for v in ds.data_vars.values())
    assert ds.attrs["metric"] == "level"
    with pytest.raises(TimeError, match="has no zone"):
        metrics.query("level", since="2026-11-26T12:00:00")
    with pytest.raises(OptionError, match="a longer step"):
        metrics.query("level", step="1us")


def test_steps_without_records_are_empty(clock):
    metrics = MetricsCollector()
    histogram = metrics.histogram("x", "X")
    histogram.observe(1)
    clock[0] += 5 * MINUTE
    histogram.observe(2)
    ds = metrics.query("x", step="1min")
    assert ds["count"].values.tolist() == [1, 0, 0, 0, 0, 1]
    assert np.isnan(ds["p99"].values[1:5]).all()
    assert MetricsCollector().counter("y", "Y").totals().count == 0


def test_old_records_become_histograms_and_keep_their_sums(clock):
    """More than are kept one by one: the answers of the last ones stay exact, those before are within 0.4 %."""
    metrics = MetricsCollector(most=8192)
    histogram, rng, all_ = metrics.histogram("x", "X"), np.random.default_rng(0), []
    for minute in range(60):
        clock[0] = T0 + minute * MINUTE
        for value in rng.lognormal(size=1000):
            all_.append(value)
            histogram.observe(value)
    assert metrics.held("x") == (60_000, 0)
    ds = metrics.query("x", step="10min")
    whole = np.split(np.array(all_), 6)
    first = (T0 // MINUTE) % 10
    assert first == 0
    for j in range(6):
        same(ds, whole[j], time=j, rtol=ERROR)
        assert int(ds["count"][j]) == 10_000
    assert not ds.exact.values[0]
    minutes = metrics.query("x", step="1min")
    assert minutes["count"].values.tolist() == [1000] * 60
    assert minutes.exact.values[-5:].all()
    assert not minutes.exact.values[:40].any()
    assert histogram.totals().total == pytest.approx(sum(all_))


@pytest.mark.parametrize("most", [200_000, 4096])
def test_what_is_over_its_time_goes_and_is_counted(clock, most):
    metrics = MetricsCollector("1h", most=most)
    counter = metrics.counter("x", "X")
    for minute in range(180):
        clock[0] = T0 + minute * MINUTE
        for _ in range(200):
            counter.inc()
        if minute % 10 == 0:
            counter.totals()
    kept, gone = metrics.held("x")
    assert kept + gone == 180 * 200
    assert gone > 100 * 200
    assert int(metrics.query("x")["count"]) == pytest.approx(61 * 200, abs=200)
    assert counter.value == 36_000.0  # since the start


def test_a_clock_that_goes_backwards_loses_nothing(clock):
    metrics = MetricsCollector("1h", most=4096)
    gauge = metrics.gauge("x", "X")
    for n in range(30_000):
        clock[0] = T0 - n * 10**7 * (1 if n % 3 else -1)
        gauge.set(n)
    kept, gone = metrics.held("x")
    assert kept + gone == 30_000
    assert int(metrics.query("x", by=())["count"]) == kept == 30_000
    assert gauge.value == 29_999.0


def test_many_threads_lose_no_record():
    metrics, n = MetricsCollector(), 20_000
    counter, gauge, histogram = metrics.counter("c", "C"), metrics.gauge("g", "G"), metrics.histogram("h", "H")
    start = threading.Barrier(5)
    seen = []

    def record():
        start.wait()
        for i in range(n):
            counter.inc()
            gauge.inc()
            histogram.observe(i)
            metrics.counter("made", "Made at once", tags={"i": str(i % 50)}).inc()

    def read():
        start.wait()
        for _ in range(30):
            seen.append(counter.value)
            metrics.exposition()
            metrics.query("h", step="1s")

    threads = [threading.Thread(target=record) for _ in range(4)] + [threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert counter.value == gauge.value == histogram.totals().count == 4 * n
    assert seen == sorted(seen)
    assert int(metrics.query("made", by=())["count"]) == 4 * n
    assert metrics.query("made").sizes == {"series": 50}
    assert int(metrics.query("h")["count"]) == 4 * n


def test_timers_time_blocks_functions_and_coroutines():
    metrics = MetricsCollector()
    timer = metrics.timer("work", "Time of work", tags={"how": "cpu"})

    @timer
    def fails(x):
        """Say no."""
        raise ValueError(x)

    @timer
    async def waits(x):
        await asyncio.sleep(0.01)
        return x

    with timer.time():
        pass
    with pytest.raises(ValueError, match="7"):
        fails(7)
    assert asyncio.run(waits(3)) == 3
    assert fails.__doc__ == "Say no."
    ds = metrics.query("work")
    assert int(ds["count"][0]) == 3
    assert float(ds["max"][0]) >= 0.01
    assert ds["max"].units == "s"


def test_many_values_at_once():
    metrics = MetricsCollector()
    histogram = metrics.histogram("x", "X", buckets=[1, 2])
    histogram.observe(9)
    histogram.observe_many(np.arange(5))
    assert histogram.totals().below == (2, 3, 6)
    same(metrics.query("x"), [9, *range(5)])
    with pytest.raises(SeriesError, match="1 of 2 values are NaN"):
        histogram.observe_many([1, np.nan])


def filled():
    """A collector with one of each kind, and labels that need escaping."""
    metrics = MetricsCollector()
    for label in ('quote " backslash \\ newline \n end', "µm, größer", ""):
        metrics.counter("frames", "Frames that were read\nfrom a camera", tags={"path": label}).inc(2)
    metrics.gauge("temperature", "Temperature of the stage", unit="K").set(293.15)
    metrics.gauge("never", "Never set")
    timer = metrics.timer("measure", 'Time of "measures" \\ each')
    for seconds in (0.005, 0.0051, 3, 100):
        timer.observe(seconds)
    metrics.histogram("size", "Size of files", unit="B", buckets=(0, 1000)).observe(0)
    return metrics


def samples(families):
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def test_the_exposition_is_read_back_by_the_parsers_of_prometheus_client():
    metrics = filled()
    plain = samples(parser.text_string_to_metric_families(metrics.exposition()))
    families = list(parse_openmetrics(metrics.exposition(openmetrics=True)))
    assert {k: v for k, v in plain.items() if v == v} == {k: v for k, v in samples(families).items() if v == v}
    assert plain["frames_total", (("path", 'quote " backslash \\ newline \n end'),)] == 2
    assert plain["temperature", ()] == 293.15
    le = {float(labels[0][1]): v for (name, labels), v in plain.items() if name == "measure_seconds_bucket"}
    assert (le[0.005], le[0.01], le[2.5], le[5.0], le[np.inf]) == (1, 2, 2, 3, 4)  # up to the bound, the bound too
    assert plain["measure_seconds_sum", ()] == pytest.approx(103.0101)
    assert plain["size_bytes_bucket", (("le", "0.0"),)] == 1
    assert {f.name: f.unit for f in families}["measure_seconds"] == "seconds"
    assert "Temperature of the stage (K)" in metrics.exposition()


@settings(deadline=None, max_examples=50)
@given(st.text(alphabet=st.characters(codec="utf-8")), st.floats(0, 1e300))
def test_any_text_is_a_tag(label, value):
    metrics = MetricsCollector()
    metrics.counter("x", "X", tags={"t": label}).inc(value)
    ((found, got),) = [
        (s.labels["t"], s.value) for f in parse_openmetrics(metrics.exposition(openmetrics=True)) for s in f.samples
    ]
    assert (found, got) == (label, value)


def test_they_are_served_on_loopback_in_the_format_asked_for():
    with filled().serve() as served:
        assert served.url.startswith("http://127.0.0.1:")
        plain = urllib.request.urlopen(served.url, timeout=60).read().decode()
        asked = urllib.request.Request(served.url, headers={"Accept": "application/openmetrics-text; version=1.0.0"})
        other = urllib.request.urlopen(asked, timeout=60).read().decode()
        with pytest.raises(EngineError, match=f"port {served.port}"):
            MetricsCollector().serve(served.port)
    assert "frames_total" in plain
    assert other.endswith("# EOF\n")
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(served.url, timeout=60)


def test_the_same_name_is_the_same_metric():
    metrics = MetricsCollector()
    counter = metrics.counter("x", "X", tags={"a": "1"})
    assert metrics.counter("x", tags={"a": "1"}) is counter
    assert metrics.counter("x", tags={"a": "2"}) is not counter
    assert metrics.names == ["x"]
    assert repr(counter) == "<Counter x{a='1'}: 0 records>"


def test_a_gauge_rises_and_falls():
    gauge = MetricsCollector().gauge("x", "X")
    assert np.isnan(gauge.value)
    gauge.inc(3)
    gauge.dec()
    assert gauge.value == 2.0
    gauge.set(7)
    assert gauge.value == 7.0
    with pytest.raises(SeriesError):
        gauge.inc("1")


BAD = (np.nan, np.inf, -np.inf, "1", None, 10**400, np.array([1.0, 2.0]), np.array([1.0]))


@pytest.mark.parametrize("value", BAD, ids=repr)
def test_what_is_no_number_is_refused_before_anything_is_kept(value):
    metrics = MetricsCollector()
    gauge = metrics.gauge("g", "G")
    for attempt in (metrics.counter("c", "C").inc, gauge.set, gauge.inc, metrics.histogram("h", "H").observe):
        with pytest.raises(SeriesError, match="cannot be recorded"):
            attempt(value)
    assert all(metrics.held(name) == (0, 0) for name in metrics.names)


@pytest.mark.parametrize(
    ("attempt", "kind", "said"),
    [
        (lambda m: m.counter("a b", "x"), SeriesError, "no name of a metric"),
        (lambda m: m.counter("a_total", "x"), SeriesError, "no name of a metric"),
        (lambda m: m.counter("a"), SeriesError, "does not say what it is"),
        (lambda m: m.gauge("a", "x", unit=""), SeriesError, "the unit is ''"),
        (lambda m: m.gauge("a", "x", tags={"le": "3"}), SeriesError, "no name of a tag"),
        (lambda m: m.gauge("a", "x", tags={"b": 3}), SeriesError, "are not texts"),
        (lambda m: m.gauge("there"), SeriesError, "its kind cannot be 'gauge': it is 'counter'"),
        (lambda m: m.counter("there", unit="m"), SeriesError, "its unit cannot be 'm': it is '1'"),
        (lambda m: m.counter("there", tags={"a": "1"}), SeriesError, "its tags cannot be"),
        (lambda m: (m.timer("a", "x"), m.gauge("a_seconds", "x")), SeriesError, "shown by the same name"),
        (lambda m: m.counter("there").inc(-1), SeriesError, "only rises"),
        (lambda m: m.histogram("a", "x", buckets=[2, 1]), OptionError, "rising"),
        (lambda m: m.histogram("a", "x", buckets=[]), OptionError, "rising"),
        (lambda m: m.histogram("a", "x", buckets="ab"), OptionError, "no numbers"),
        (lambda m: m.query("thre"), UnknownNameError, "unknown metric 'thre'; there are: there"),
        (lambda m: m.query("there", {"line": "3"}), UnknownNameError, "unknown tag of there"),
        (lambda m: m.query("there", by=["line"]), UnknownNameError, "unknown tag of there"),
        (lambda m: MetricsCollector(most=0), OptionError, "most is 0"),
        (lambda m: MetricsCollector("1 day"), TimeError, "no duration"),
        (lambda m: m.serve(10**6), EngineError, "port 1000000"),
    ],
)
def test_bad_input_gets_one_clear_line(attempt, kind, said):
    metrics = MetricsCollector()
    metrics.counter("there", "It is there")
    with pytest.raises(kind, match=said):
        attempt(metrics)


def test_tags_without_end_are_refused(monkeypatch):
    monkeypatch.setattr("nsi_notebook.analytics.core.metrics.SETS", 3)
    metrics = MetricsCollector()
    for n in range(3):
        metrics.counter("x", "X", tags={"n": str(n)})
    with pytest.raises(SeriesError, match="3 sets of tags already"):
        metrics.counter("x", tags={"n": "3"})
