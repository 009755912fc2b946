"""Windows against a model that takes one sample after another in plain Python, and against pandas and NumPy."""

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.series import Series
from nsi_notebook.analytics.processors.plans import Plan, counts, sessions, window
from nsi_notebook.errors import OptionError, SeriesError, TimeError, UnknownNameError

SERIES = tuple(Series.of("area", "um^2", {"sensor": s, "line": line}) for s in "ab" for line in "12")
ALL = {"n": "count", "gone": "missing", "total": "sum", "mean": "mean", "std": "std", "low": "min", "high": "max"} | {
    "mid": "median",
    "p95": "p95",
    "q": "q0.25",
    "first": "first",
    "last": "last",
    "slope": "slope",
    "kinds": "distinct",
}
EXACT = ("n", "gone", "low", "high", "p95", "q", "kinds")
SECOND = 10**6


def batch(samples):
    """Make a batch of (series, second, value)."""
    code, time, value = zip(*samples, strict=True) if samples else ((), (), ())
    return Batch(SERIES, np.array(code, np.int32), (np.array(time, np.int64) * SECOND), np.array(value, np.float64))


def cut(samples, at):
    """Cut a list at the given places."""
    edges = [0, *sorted(min(a, len(samples)) for a in at), len(samples)]
    return [batch(samples[a:b]) for a, b in pairwise(edges)]


def streamed(plan, batches):
    stream = plan.stream()
    parts = [stream.push(each) for each in batches]
    late = sum(len(part.late) for part in parts if part.late is not None)
    parts.append(stream.close())
    return pd.concat([part.to_pandas() for part in parts]), late, stream


def ordered(table):
    return table.sort_values(["end", "start", *[c for c in ("series", "sensor", "line") if c in table]]).reset_index(drop=True)


SAMPLES = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(-40, 60), st.one_of(st.sampled_from([0.0, 1.5, -3.25, 1e8, np.nan]), st.floats(-1e6, 1e6))
    ),
    max_size=40,
)
CUTS = st.lists(st.integers(0, 40), max_size=8)
PLANS = st.sampled_from(
    [
        window("10s"),
        window("10s", every="5s"),
        window("9s", every="6s"),
        window("7s", every="3s"),
        sessions("4s"),
        sessions("11s"),
        counts(3),
        counts(5, every=2),
    ]
).flatmap(lambda plan: st.sampled_from([plan.agg(**ALL), plan.by("sensor").agg(**ALL), plan.by().agg(**ALL)]))


def model_windows(plan, samples):
    """Give {(start, end, key): samples} of history, one sample at a time."""
    found = defaultdict(list)
    by_key = defaultdict(list)
    for code, time, value in samples:
        tags = dict(SERIES[code].tags)
        key = (tags["sensor"], tags["line"]) if plan.tags is None else tuple(tags[t] for t in plan.tags)
        by_key[key].append((time, value))
    size, every = (plan.size, plan.every) if plan.kind == "counts" else (plan.size // SECOND, plan.every // SECOND)
    for key, rows in by_key.items():
        if plan.kind == "panes":
            for time, value in rows:
                k = time // every
                while k * every + size > time:
                    found[k * every, k * every + size, key].append((time, value))
                    k -= 1
        elif plan.kind == "sessions":
            current = []
            for row in [*sorted(rows, key=lambda row: row[0]), (10**9, 0.0)]:
                if current and row[0] - current[-1][0] >= size:
                    found[current[0][0], current[-1][0] + size, key] = current
                    current = []
                current = [*current, row]
        else:
            for begin in range(0, len(rows) - size + 1, every):
                part = rows[begin : begin + size]
                found[part[0][0], part[-1][0], key, begin] = part
    return found


def model_windows_of(plan, seconds):
    """Give (start, end) in microseconds of the windows of samples at these seconds."""
    rows = [(0, second, 0.0) for second in seconds]
    return {(start * SECOND, end * SECOND) for start, end, _ in model_windows(plan, rows)}


def said(rows):
    """Give the aggregates of a list of (time, value), by NumPy and pandas."""
    values = pd.Series([value for _, value in rows]).dropna()
    timed = sorted((time, value) for time, value in rows if value == value)
    n = len(values)
    x = np.array([t for t, _ in timed], dtype=float)
    slope = np.polyfit(x - x[0], [v for _, v in timed], 1)[0] if len(set(x)) > 1 else np.nan
    nothing = np.nan if not n else None
    return {
        "n": n,
        "gone": len(rows) - n,
        "total": values.sum() if n else np.nan,
        "mean": values.mean(),
        "std": values.std(),
        "low": values.min(),
        "high": values.max(),
        "mid": values.median(),
        "p95": np.quantile(values, 0.95) if n else np.nan,
        "q": np.quantile(values, 0.25) if n else np.nan,
        "first": timed[0][1] if n else nothing,
        "last": timed[-1][1] if n else nothing,
        "slope": slope,
        "kinds": values.nunique(),
    }


@settings(deadline=None)
@given(PLANS, SAMPLES)
def test_history_gives_what_a_plain_model_gives(plan, samples):
    found = plan.run(batch(samples)).to_pandas()
    wanted = model_windows(plan, samples)
    assert len(found) == len(wanted)
    rows = defaultdict(list)
    for key, part in wanted.items():
        rows[key[:3]].append(said(part))
    for row in found.to_dict("records"):
        key = tuple(row[t] for t in plan.tags) if plan.tags is not None else None
        if key is None:
            key = next((dict(s.tags)["sensor"], dict(s.tags)["line"]) for s in SERIES if str(s) == row["series"])
        bounds = tuple(int(row[name].timestamp()) for name in ("start", "end"))
        candidates = rows[(*bounds, key)]
        assert any(
            all(
                np.isclose(row[name], each[name], rtol=1e-9, atol=1e-6 * max(1, abs(each["mean"])), equal_nan=True)
                for name in each
            )
            and all(row[name] == each[name] or each[name] != each[name] for name in EXACT)
            for each in candidates
        ), (row, candidates)


@settings(deadline=None)
@given(PLANS, SAMPLES, CUTS, st.randoms(use_true_random=False))
def test_a_stream_in_any_order_and_any_cut_gives_the_bits_of_history(plan, samples, at, random):
    if plan.kind != "counts":
        plan = plan.allow(disorder="101s")
        history = plan.run(batch(samples))
        samples = random.sample(samples, len(samples))
    else:
        history = plan.run(batch(samples))
    found, late, stream = streamed(plan, cut(samples, at))
    pd.testing.assert_frame_equal(ordered(found), ordered(history.to_pandas()), check_exact=True)
    assert late == stream.late == 0
    assert stream.seen == len(samples)


def one_by_one(plan, samples):
    """Run windows of fixed length with late samples in plain Python; give the last state of each window, and who was late."""
    size, every = plan.size // SECOND, plan.every // SECOND
    held, late, watermark, latest = defaultdict(list), [], None, None
    for code, time, value in samples:
        k, took = time // every, False
        while k * every + size > time:
            if watermark is None or k * every + size + plan.lateness // SECOND > watermark:
                held[k * every, code].append(value)
                took = True
            k -= 1
        if not took:
            late.append((code, time))
        latest = time if latest is None else max(latest, time)
        watermark = latest - plan.disorder // SECOND
    return {key: (len(values), np.nanmax([*values, -1e99])) for key, values in held.items()}, late


@settings(deadline=None)
@given(
    st.sampled_from(["10s", "4s"]).flatmap(
        lambda size: st.sampled_from([window(size), window(size, every="2s"), window(size, every="3s")])
    ),
    st.sampled_from([None, "5s"]),
    st.sampled_from([None, "7s"]),
    SAMPLES,
    CUTS,
)
def test_late_samples_are_those_of_a_stream_that_takes_one_sample_at_a_time(plan, disorder, lateness, samples, at):
    plan = plan.agg(n="count", gone="missing", high="max").allow(disorder, lateness)
    stream = plan.stream()
    parts = [stream.push(each) for each in cut(samples, at)]
    late = [
        (int(c), int(t) // SECOND) for p in parts if p.late is not None for c, t in zip(p.late.code, p.late.time, strict=True)
    ]
    table = pd.concat([p.to_pandas() for p in [*parts, stream.close()]])
    wanted, wanted_late = one_by_one(plan, samples)
    assert late == wanted_late
    assert stream.late == len(wanted_late)
    last = table.groupby(["start", "series"], sort=False).last().reset_index()
    found = {
        (int(row["start"].timestamp()), [str(s) for s in SERIES].index(row["series"])): (row["n"] + row["gone"], row["high"])
        for row in last.to_dict("records")
    }
    assert found.keys() == wanted.keys()
    for key, (n, high) in found.items():
        assert n == wanted[key][0]
        assert high == wanted[key][1] or (np.isnan(high) and wanted[key][1] == -1e99)
    if lateness is None:
        assert not table.duplicated(["start", "series"]).any()
    assert stream.pending == 0


@settings(deadline=None)
@given(
    st.sampled_from([sessions("4s"), sessions("9s").allow(disorder="6s"), sessions("4s").allow("3s", "5s")]), SAMPLES, CUTS, CUTS
)
def test_sessions_do_not_depend_on_the_cut_even_with_late_samples(plan, samples, at, other):
    plan = plan.agg(**ALL)
    one, late, _ = streamed(plan, cut(samples, at))
    two, also_late, _ = streamed(plan, cut(samples, other))
    pd.testing.assert_frame_equal(ordered(one), ordered(two), check_exact=True)
    assert late == also_late


def test_the_watermark_of_several_sources_is_that_of_the_slowest():
    stream = window("10s").agg("count").stream(sources=("a", "b"))
    assert len(stream.push(batch([(0, 5, 1.0), (0, 35, 1.0)]), "a")) == 0  # nothing is known of b
    assert len(stream.push(batch([(1, 3, 1.0)]), "b")) == 0
    assert stream.push(batch([(1, 12, 1.0)]), "b").columns["count"].tolist() == [1, 1]
    assert stream.watermark == 12 * SECOND
    idle = stream.idle("b")
    assert stream.watermark == 35 * SECOND
    assert idle.start.tolist() == [10 * SECOND]
    back = stream.push(batch([(1, 14, 1.0), (1, 41, 1.0)]), "b")  # b wakes up behind what a has closed
    assert back.late is not None
    assert back.late.time.tolist() == [14 * SECOND]
    assert stream.watermark == 35 * SECOND


@given(st.lists(st.tuples(st.sampled_from("ab"), SAMPLES), max_size=5))
def test_no_sample_of_several_sources_is_lost_without_a_trace(pushes):
    stream = window("10s").by().agg(n="count", gone="missing").stream(sources="ab")
    parts = [stream.push(batch(samples), source) for source, samples in pushes]
    parts.append(stream.close())
    given_out = sum((part.columns["n"] + part.columns["gone"]).sum() for part in parts)
    assert stream.seen == sum(len(samples) for _, samples in pushes) == given_out + stream.late


def test_early_looks_show_open_windows_as_they_fill():
    from nsi_notebook.analytics.processors.streaming import StreamingProcessor

    for plan in (window("10s").agg("count"), sessions("6s").agg("count")):
        stream = StreamingProcessor(plan, early=True)
        first = stream.push(batch([(0, 1, 1.0), (1, 2, 1.0)]))
        assert first.columns["count"].tolist() == [1, 1]
        assert not first.final.any()
        again = stream.push(batch([(0, 3, 1.0)]))
        assert again.columns["count"].tolist() == [2]
        done = stream.push(batch([(0, 30, 1.0)]))
        assert done.columns["count"][done.final].tolist() == [1, 2] or done.columns["count"][done.final].tolist() == [2, 1]
    counted = StreamingProcessor(counts(2), early=True)
    assert len(counted.push(batch([(0, 1, 1.0)]))) == 0


def test_values_by_pandas_on_many_samples():
    rng = np.random.default_rng(5)
    n = 20_000
    code, time = rng.integers(0, 4, n), np.sort(rng.integers(0, 600, n))
    value = rng.lognormal(size=n)
    big = Batch(SERIES, code.astype(np.int32), time * SECOND, value)
    found = window("10s").by("sensor").agg(p95="p95", std="std", mean="mean").run(big).to_pandas()
    frame = pd.DataFrame({"sensor": np.array(["a", "a", "b", "b"])[code], "start": time // 10 * 10, "value": value})
    wanted = frame.groupby(["start", "sensor"]).value.agg([lambda v: v.quantile(0.95), "std", "mean"]).to_numpy()
    np.testing.assert_allclose(found[["p95", "std", "mean"]].to_numpy(), wanted, rtol=1e-12)


def test_a_long_silence_costs_no_window():
    late = 10**9 + 5  # 2001, after 31 years of nothing
    few = batch([(0, 1, 1.0), (1, 3, 2.0), (0, late, 3.0), (2, late + 20, 4.0)])
    for plan in (window("10s"), window("10s", every="5s"), window("1s")):
        found = plan.agg("count", "max", "first").run(few)
        assert found.columns["count"].sum() == 4 * (plan.size // plan.every)
        assert set(found.start.tolist()) == {k for k, *_ in model_windows_of(plan, [1, 3, late, late + 20])}
        whole, _, _ = streamed(plan.agg("count", "max", "first"), [few.take(slice(i, i + 1)) for i in range(4)])
        pd.testing.assert_frame_equal(ordered(whole), ordered(found.to_pandas()), check_exact=True)


def test_a_spread_far_from_zero_keeps_its_digits():
    value = 1e8 + np.array([1.0, 2.0, 3.0, 4.0])
    found = window("10s").agg("std").run(Batch(SERIES[:1], np.zeros(4, np.int32), np.arange(4) * SECOND, value))
    assert found.columns["std"][0] == np.std([1, 2, 3, 4], ddof=1)


def test_results_say_what_they_are():
    plan = window("10s").by("sensor").agg(n="count", slope="slope", p95="value:p95")
    done = plan.run(batch([(0, 1, 1.0), (2, 3, 2.0), (1, 12, 5.0)]))
    data = done.to_xarray()
    assert data.p95.attrs == {"units": "um^2", "long_name": "p95 of the window"}
    assert data.slope.attrs["units"] == "um^2/s"
    assert data.n.attrs["units"] == "1"
    assert data.start.attrs == {"timezone": "UTC"}
    assert data.sensor.values.tolist() == ["a", "b", "a"]
    back = done.to_batch()
    assert {str(s) for s in back.series} >= {'area.p95{sensor="a"}', 'area.n{sensor="b"}'}
    assert back.value[back.code == [str(s) for s in back.series].index('area.p95{sensor="b"}')].tolist() == [2.0]
    assert {s.unit for s in back.series if s.name == "area.n"} == {"1"}
    assert len(done.take(done.end > 10_000_000).to_batch().series) == 3  # the other sensor has no window there
    mixed = window("10s").run([batch([(0, 1, 1.0)]), Batch.of("mass", [1.0], ["1970-01-01T00:00:02Z"], unit="kg")])
    assert mixed.to_xarray()["mean"].attrs["units"] == "mixed"
    assert mixed.to_xarray().unit.values.tolist() == ["um^2", "kg"]


def test_a_plan_is_written_as_it_was_made():
    plan = window("1min", every="10s").by("sensor").agg(p95="p95").allow(disorder="5s", lateness=timedelta(seconds=9))
    text = "window('1min', every='10s').by('sensor').agg(p95='p95').allow(disorder='5s', lateness='9s')"
    assert str(plan) == text
    assert str(eval(text, {"window": window})) == text


def test_windows_of_few_samples_far_apart_begin_when_they_do():
    days = np.array([0, 3, 6]) * 86400 + 1_764_158_405  # panes of a second, whose numbers have 31 bits
    sparse = Batch.of("load", [1.0, 2.0, 3.0], days.astype("M8[s]"), tz="UTC")
    for plan, many in ((window("1s").agg("max"), 1), (window("30s", every="7s").agg("max"), 4)):
        found = plan.run(sparse)
        inside = (found.start[:, None] <= days * SECOND) & (days * SECOND < found.end[:, None])
        assert (inside.sum(axis=1) == 1).all()
        assert (inside.sum(axis=0) >= many).all()


def test_a_tag_with_the_name_of_a_bound_stands_beside_it():
    tagged = Batch.of("load", [2.0], ["2026-11-26T12:00:01Z"], tags={"start": "north", "unit": "7"})
    found = window("10s").by("start", "unit").agg("max").run(tagged)
    assert found.to_pandas()[["start_", "unit_", "max"]].values.tolist() == [["north", "7", 2.0]]
    assert found.to_pandas()["start"].tolist() == [pd.Timestamp("2026-11-26T12:00Z")]
    assert found.to_xarray()["unit"].item() == "1"


def test_what_is_allowed_by_default_can_be_said():
    plan = window("10s").agg("mean")
    assert plan.allow(disorder="0s", lateness=timedelta(0)) == plan
    assert plan.allow(disorder="2s").allow(disorder="0min") == plan


@pytest.mark.parametrize(
    ("make", "kind", "said"),
    [
        (lambda: window("10"), TimeError, "no duration"),
        (lambda: window("0s"), TimeError, "shorter than a microsecond"),
        (lambda: window("1s").allow(disorder="0.1us"), TimeError, "shorter than a microsecond"),
        (lambda: window("1s").allow(lateness=timedelta(-1)), TimeError, "shorter than a microsecond"),
        (lambda: window("10s", every="20s"), OptionError, "longer than the windows"),
        (lambda: counts(0), OptionError, "a window of 0 samples"),
        (lambda: counts(5, every=9), OptionError, "every 9"),
        (lambda: counts(5).allow(disorder="1s"), OptionError, "as they come"),
        (lambda: window("1s").agg(), OptionError, "nothing to compute"),
        (lambda: window("1s").agg("mean", mean="max"), OptionError, "the name 'mean' is taken"),
        (lambda: window("1s").agg(start="max"), OptionError, "the name 'start' is taken"),
        (lambda: window("1s").agg(unit="max"), OptionError, "the name 'unit' is taken"),
        (lambda: window("1s").agg(line="max").by("line"), OptionError, "the name 'line' is taken"),
        (lambda: window("1s").agg(**{"a b": "max"}), OptionError, "'a b' is no name of an aggregate"),
        (lambda: window("1s").agg("meen"), UnknownNameError, "unknown aggregate 'meen'"),
        (lambda: window("1s").agg("p101"), OptionError, "beyond the largest"),
        (lambda: window("1s").agg(3), OptionError, "an aggregate is 3"),
        (lambda: window("1s").by("a b"), OptionError, "'a b' is no name of a tag"),
        (lambda: window("1s").stream(["a"]).push(batch([]), "b"), UnknownNameError, "unknown source 'b'"),
        (lambda: window("1s").stream(["a"]).idle("b"), UnknownNameError, "unknown source 'b'"),
    ],
)
def test_what_is_no_plan_is_refused(make, kind, said):
    with pytest.raises(kind, match=said):
        make()


def test_what_is_pushed_is_a_batch():
    stream = window("10s").of("camera.**").stream()
    for take in (stream.push, stream.keep):
        with pytest.raises(SeriesError, match=r"DataFrame is no batch\nhint: .*batch_of"):
            take(pd.DataFrame({"value": [1.0]}))
    assert stream.seen == 0


def test_units_that_differ_are_refused_before_anything_is_taken():
    stream = window("10s").by().stream()
    stream.push(batch([(0, 1, 1.0)]))
    other = Batch.of("area", [1.0], ["1970-01-01T00:00:02Z"], unit="mm^2")
    with pytest.raises(SeriesError, match="area is in 'um\\^2'; these samples are in 'mm\\^2'"):
        stream.push(other)
    assert stream.seen == 1
    assert isinstance(stream.plan, Plan)
