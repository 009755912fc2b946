"""What every store must do: a function that anyone can run on a store of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from ...errors import CheckpointError, InputError, NsiError, StoreError
from ..core.batch import Batch, by_series
from ..core.series import Series
from ..core.times import FIRST, LAST, utc
from .database import TimeSeriesDatabase
from .postgres.address import masked
from .store import Checkpoint

Sample = tuple[Series, int, float]  # NaN as infinity, so that missing values are equal
Opener = Callable[[], TimeSeriesDatabase]

START = 1_764_158_400_000_000  # 2025-11-26T12:00Z
SECOND = 1_000_000
SECOND_LINE = Series.of("a.x", "um", {"line": "2"})
NUMBERS = ("count", "missing", "sum", "mean", "std", "min", "max", "median", "p95", "first", "last", "slope", "distinct")


def check_store(open_store: Opener, *, seed: int = 0) -> None:
    """Check that a store keeps what it acknowledged, whole and once, and answers as plain Python does.

    Parameters
    ----------
    open_store : callable
        Gives a new and empty store each time that it is called.
    seed : int
        Of the samples.

    Raises
    ------
    StoreError
        Says which part of the contract is broken, and how.

    Examples
    --------
    >>> check_store(lambda: TimeSeriesDatabase("memory:"))
    """
    for clause in CLAUSES:
        with open_store() as store:
            said = f"{masked(store.address)}: broken: {(clause.__doc__ or '').splitlines()[0].rstrip('.')}"
            try:
                clause(store, np.random.default_rng(seed))
            except AssertionError as error:
                raise StoreError(f"{said}: {error}", f"see {clause.__name__} in {__name__}") from error
            except NsiError as error:
                raise StoreError(f"{said}: raised {error.message}", error.hint) from error


def samples(batches: Iterable[Batch]) -> list[Sample]:
    """Give the samples of batches, sorted."""
    return sorted(
        (series, int(batch.time[at]), float(np.nan_to_num(batch.value[at], nan=np.inf)))
        for batch in batches
        for series, places in by_series(batch)
        for at in places
    )


def generated(rng: np.random.Generator, count: int = 6) -> list[Batch]:
    """Give batches of three series, with times out of order and beyond one another, a tenth missing, and times given twice."""
    kinds = [Series.of("a.x", "um", {"line": "1"}), Series.of("a.x", "um", {"line": "2"}), Series.of("b", "1")]
    out = []
    for number in range(count):
        rows = int(rng.integers(1, 60))
        time = START + (number * 20 + rng.integers(-30, 30, rows)) * SECOND // 2
        value = np.where(rng.random(rows) < 0.1, np.nan, np.round(rng.normal(size=rows), 1))
        out.append(Batch(tuple(kinds), rng.integers(0, 3, rows).astype(np.int32), time.astype(np.int64), value))
    return out


def _keeps(store: TimeSeriesDatabase, rng: np.random.Generator) -> None:
    """Every acknowledged sample is there once, in each form, at each stage."""
    batches = generated(rng)
    for number, batch in enumerate(batches):
        ack = store.append(batch)
        _same((ack.rows, ack.new), (len(batch), True), "the Ack")
        if number == 2:
            _same(store.seal(), sum(map(len, batches[:3])), "what seal() said")
        if number == 4:
            store.seal()
    expected = samples(batches)
    for stage in (lambda: None, store.seal, store.compact):
        stage()
        _same(samples(store.scan()), expected, "scan()")
        _same(samples(store.scan(rows=7)), expected, "scan(rows=7)")
        _same(store.count(), len(expected), "count()")
        _same(store.verify(), (), "verify()")
        found = store.query().to_pandas()
        _same(len(found), len(expected), "the rows of query()")
    _same(store.series(), tuple(sorted({series for series, _, _ in expected})), "series()")
    _same(store.repair(), (), "repair() of a whole store")


def _digests(store: TimeSeriesDatabase, rng: np.random.Generator) -> None:
    """digest() is of what the samples are, and not of how they came and are kept."""
    batches = generated(rng)
    rest = [np.flatnonzero(rng.random(len(batch)) < 0.5) for batch in batches]
    for batch, at in zip(batches, rest, strict=True):
        store.append(batch.take(np.delete(np.arange(len(batch)), at)))
    before = store.digest()
    for number, at in enumerate(rest[::-1]):
        store.append(batches[-1 - number].take(at[::-1]), key=str(number)) if len(at) else None
        store.seal() if number == 2 else None
    told, part = store.digest(), (utc(START), utc(START + 20 * SECOND))
    _same(told == before, False, "digest() as before samples came")
    some = store.digest("a.x", *part, where={"line": "1"})
    for stage in (store.seal, store.compact):
        stage()
        _same(store.digest(), told, "digest()")
        _same(store.digest("a.x", *part, where={"line": "1"}), some, "digest(since, until) with a tag")
    last = max(int(batch.time.max()) for batch in batches) + 1
    found = []
    for value in (1.0, 2.0, np.nan, 1.0):  # as many samples, of the same time
        store.retain(utc(last + 1))
        store.append(Batch((Series("b"),), np.zeros(1, np.int32), np.array([last]), np.array([value])))
        found.append(store.digest("b"))
    _same([found.index(each) for each in found], [0, 1, 2, 0], "which digests are the same, of samples that were replaced,")


def _orders(store: TimeSeriesDatabase, rng: np.random.Generator) -> None:
    """scan() goes by time, and query() by series and time."""
    for batch in generated(rng):
        store.append(batch)
        store.seal() if rng.random() < 0.5 else None
    times = [int(t) for batch in store.scan(rows=10) for t in batch.time]
    _same(times, sorted(times), "the times of scan()")
    for text, part in store.query().to_pandas().groupby("series", observed=True):
        _same(bool(part["time"].is_monotonic_increasing), True, f"rising times of {text}")


def _limits(store: TimeSeriesDatabase, rng: np.random.Generator) -> None:
    """Names, tags, since (inside) and until (outside) choose the samples."""
    batches = generated(rng)
    for batch in batches:
        store.append(batch)
        store.seal() if rng.random() < 0.5 else None
    everything = samples(batches)
    for _ in range(10):
        since, until = sorted(int(START + n * SECOND) for n in rng.choice(np.arange(-20, 80), 2, replace=False))
        expected = [s for s in everything if since <= s[1] < until]
        _same(samples(store.scan(since=utc(since), until=utc(until))), expected, "scan(since, until)")
        _same(store.count(since=utc(since), until=utc(until)), len(expected), "count(since, until)")
        told = [s for s in expected if s[0].name == "a.x" and dict(s[0].tags)["line"] == "2"]
        _same(samples(store.scan(SECOND_LINE, utc(since), utc(until))), told, "scan of a series itself")
        _same(len(store.query("a.x", utc(since), utc(until), where={"line": "2"})), len(told), "query with a tag")
        _same(store.count(["a.x"], utc(since), utc(until), where={"line": ["2"]}), len(told), "count with a tag")


def _aggregates(store: TimeSeriesDatabase, rng: np.random.Generator) -> None:
    """Aggregates are those of numpy, a missing value counting in `missing` only."""
    batches = generated(rng)
    for batch in batches:
        store.append(batch)
        store.seal() if rng.random() < 0.5 else None
    for step in (None, "7s"):
        asked = NUMBERS if step is None else [f"value:{name}" for name in NUMBERS]
        found = store.query(step=step, agg=asked).to_arrow().to_pylist()
        groups: dict[tuple[str, Any], list[tuple[int, float]]] = {}
        for series, time, value in samples(batches):
            at = None if step is None else utc(time - time % (7 * SECOND))
            groups.setdefault((str(series), at), []).append((time, value))
        _same([(row["series"], row.get("time")) for row in found], sorted(groups), "the groups")
        for row in found:
            expected = _numbers(groups[row["series"], row.get("time")])
            got = np.array([np.nan if row[name] is None else row[name] for name in NUMBERS], dtype=float)
            right = np.isclose(got, expected, rtol=1e-12, atol=1e-12, equal_nan=True)
            right &= ~((got == 0) & np.signbit(got))
            wrong = [f"{n} is {g}, not {e}" for n, g, e, r in zip(NUMBERS, got, expected, right, strict=True) if not r]
            _same(wrong, [], f"of {row['series']}, {row.get('time')}")


def _numbers(group: list[tuple[int, float]]) -> list[float]:
    there = sorted(s for s in group if np.isfinite(s[1]))
    value = np.array([v for _, v in there])
    counts = [len(there), len(group) - len(there)]
    if not there:
        return [*counts, *[np.nan] * 10, 0]
    std = float(value.std(ddof=1)) if len(there) > 1 else np.nan
    last = max(v for t, v in there if t == there[-1][0])
    middle, high = np.quantile(value, [0.5, 0.95])
    some = [value.sum(), value.mean(), std, value.min(), value.max(), middle, high]
    return [*counts, *map(float, some), there[0][1], last, _slope(there), len(np.unique(value))]


def _slope(there: list[tuple[int, float]]) -> float:
    """Give the slope of the least-squares line, per second, in whole numbers as far as that goes."""
    pairs = [(Fraction(time, SECOND), Fraction(value)) for time, value in there]
    middle, mean = (sum(each) / len(pairs) for each in zip(*pairs, strict=True))
    square = sum((x - middle) ** 2 for x, _ in pairs)
    return float(sum((x - middle) * (y - mean) for x, y in pairs) / square) if square else np.nan


def _ends(store: TimeSeriesDatabase, rng: np.random.Generator) -> None:
    """The first and the last times that there are are kept and asked for as others are, and beyond them is nothing."""
    time = np.array([FIRST, FIRST + 1, FIRST + SECOND, 0, LAST - SECOND, LAST - 1, LAST])
    whole = Batch((Series("a"),), np.zeros(len(time), dtype=np.int32), time, rng.normal(size=len(time)))
    for beyond in (FIRST - 1, LAST + 1, -(2**63), 2**63 - 1):
        one = Batch(whole.series, whole.code[:1], np.array([beyond]), whole.value[:1])
        _refuses(InputError, partial(store.append, one), f"the microsecond {beyond}")
    _same(store.series(), (), "series() of what was refused")
    store.append(whole)
    for stage in (lambda: None, store.seal):
        stage()
        _same(samples(store.scan(rows=2)), samples([whole]), "scan()")
        _same(samples(store.scan(since=utc(FIRST), until=utc(LAST))), samples([whole]), "scan() of all times that there are")
        _same(store.count(since=utc(FIRST + 1), until=utc(LAST - 1)), len(time) - 3, "count() within")
        _same(store.extent(), (FIRST, LAST), "extent()")
        for step, size in (("1us", 1), ("1d", 86_400 * SECOND), ("365250d", 365_250 * 86_400 * SECOND)):
            found = store.query(step=step, agg="count").to_arrow()["time"].to_numpy().astype("M8[us]").astype(np.int64)
            _same(found.tolist(), np.unique(time // size * size).tolist(), f"the steps of {step}")
    _same(store.verify(), (), "verify()")
    _same(store.retain(utc(LAST)), len(time) - 1, "what retain() said")


def _keys(store: TimeSeriesDatabase, rng: np.random.Generator) -> None:
    """A batch with a key is written once, sealed or not; another batch with it is refused."""
    one, other = generated(rng, 2)
    store.append(one, key="k")
    for stage in (lambda: None, store.seal):
        stage()
        ack = store.append(one, key="k")
        _same((ack.rows, ack.new), (len(one), False), "the second Ack")
        _refuses(InputError, lambda: store.append(other, key="k"), "other samples with the key")
        _same(samples(store.scan()), samples([one]), "scan()")


def _checkpoints(store: TimeSeriesDatabase, rng: np.random.Generator) -> None:
    """Checkpoints are moved with their batch or not at all, from where they were; a known key moves none."""
    one, two, three = generated(rng, 3)
    store.append(one, checkpoints=[Checkpoint("a/1", "x"), Checkpoint("a/2", "y"), Checkpoint("b%", "z")])
    store.append(two, key="k", checkpoints=[Checkpoint("a/1", "xx", "x")])
    store.append(two, key="k", checkpoints=[Checkpoint("a/1", "xxx", "xx")])
    for wrong in (Checkpoint("a/1", "no", "x"), Checkpoint("a/1", "no"), Checkpoint("c", "no", "")):
        both = [Checkpoint("a/2", "yy", "y"), wrong]
        _refuses(CheckpointError, partial(store.append, three, checkpoints=both), f"a move by {wrong}")
    none = one.take(np.zeros(len(one), dtype=bool))
    _refuses(CheckpointError, lambda: store.append(none, checkpoints=[Checkpoint("b%", "no", "y")]), "a move without samples")
    _refuses(InputError, lambda: store.append(none), "a batch without samples")
    _same(store.append(none, checkpoints=[Checkpoint("b%", "zz", "z")]).rows, 0, "the Ack of no samples")
    _same(dict(store.checkpoints()), {"a/1": "xx", "a/2": "y", "b%": "zz"}, "checkpoints()")
    _same(dict(store.checkpoints("a/")), {"a/1": "xx", "a/2": "y"}, "checkpoints('a/')")
    _same(dict(store.checkpoints("%")), {}, "checkpoints('%')")
    _same(samples(store.scan()), samples([one, two]), "scan()")


def _units(store: TimeSeriesDatabase, rng: np.random.Generator) -> None:
    """A series has one unit; a batch that breaks this leaves nothing."""
    del rng
    at = [utc(START)]
    store.append(Batch.of("a", [1.0], at, unit="um"))
    mixed = Batch.joined([Batch.of("new", [1.0], at), Batch.of("a", [2.0], at, unit="mm")])
    _refuses(InputError, lambda: store.append(mixed), "another unit")
    _same([str(s) for s in store.series()], ["a"], "series()")
    _same(store.count(), 1, "count()")


def _retains(store: TimeSeriesDatabase, rng: np.random.Generator) -> None:
    """retain() drops exactly the samples before a time, sealed or not, and the series stay."""
    batches = generated(rng)
    for number, batch in enumerate(batches):
        store.append(batch)
        store.seal() if number == 2 else None
    everything, before = samples(batches), START + 20 * SECOND
    expected = [s for s in everything if s[1] >= before]
    _same(store.retain(utc(before)), len(everything) - len(expected), "what it said")
    _same(samples(store.scan()), expected, "scan()")
    _same(store.count(), len(expected), "count()")
    _same(len(store.series()), 3, "the series")
    _same(store.retain(utc(before)), 0, "what it said the second time")


def _sql(store: TimeSeriesDatabase, rng: np.random.Generator) -> None:
    """sql() reads samples and series, with bound parameters, and nothing else."""
    batches = generated(rng)
    for number, batch in enumerate(batches):
        store.append(batch)
        store.seal() if number == 2 else None
    everything = samples(batches)
    asked = "select count(*) as n from samples where series = $name and time >= $since and tags['line'] = '1'"
    found = store.sql(asked, {"name": "a.x", "since": utc(START)}).to_arrow()["n"].to_pylist()
    expected = [s for s in everything if s[0].name == "a.x" and s[0].tags == (("line", "1"),) and s[1] >= START]
    _same(found, [len(expected)], asked)
    _same(store.sql("select name from series where unit = ?", ["1"]).to_arrow()["name"].to_pylist(), ["b"], "series")
    for text in ("delete from samples", "drop table samples", "create table t as select 1", "select 1; select 2", "selec 1", ""):
        _refuses(InputError, partial(store.sql, text), text)
    naive = utc(START).replace(tzinfo=None)
    _refuses(InputError, lambda: store.sql("select ?", [naive]), "a time without a zone")
    _same(samples(store.scan()), everything, "scan() afterwards")


def _refusals(store: TimeSeriesDatabase, rng: np.random.Generator) -> None:
    """What does not fit is refused before anything is stored."""
    store.append(Batch.of("a", [1.0], [utc(START)], tags={"line": "1"}))
    column = np.zeros(1, dtype=np.int64)
    code, value = column.astype(np.int32), np.array([np.inf])
    series = (Series("b"),)
    bad = {
        "an infinite value": Batch(series, code, column, value),
        "lengths that differ": Batch(series, code, column, np.zeros(2)),
        "no samples": Batch(series, code[:0], column[:0], value[:0]),
        "a code without a series": Batch((), code, column, np.zeros(1)),
        "whole numbers as values": Batch(series, code, column, column),  # type: ignore[arg-type]
    }
    for said, batch in bad.items():
        _refuses(InputError, partial(store.append, batch), said)
    naive = utc(START).replace(tzinfo=None)
    for said, call in {
        "an unknown series": lambda: store.query("nope"),
        "an unknown tag": lambda: store.query("a", where={"nope": "1"}),
        "an unknown value of a tag": lambda: store.query("a", where={"line": "7"}),
        "an unknown aggregate": lambda: store.query("a", agg="nope"),
        "a naive time": lambda: store.query("a", since=naive),
        "no step at all": lambda: store.query("a", step="0s"),
        "since after until": lambda: store.query("a", utc(START), utc(START)),
        "a naive time to retain": lambda: store.retain(naive),
    }.items():
        _refuses(InputError, call, said)
    _same([str(s) for s in store.series()], ['a{line="1"}'], "series()")
    _same(store.count(), 1, "count()")


def _lasts(store: TimeSeriesDatabase, rng: np.random.Generator) -> None:
    """What is kept outside of the process is there for another handle, and after closing."""
    if store.address == "memory:":
        return
    batches = generated(rng)
    with TimeSeriesDatabase(store.address) as other:
        for number, batch in enumerate(batches):
            (store, other)[number % 2].append(batch)
            _same(samples((other, store)[number % 2].scan()), samples(batches[: number + 1]), "the other handle")
            (store, other)[number % 3 % 2].seal()
        other.compact()
    store.close()
    with TimeSeriesDatabase(store.address) as again:
        _same(samples(again.scan()), samples(batches), "after closing")


def _same(found: Any, expected: Any, what: str) -> None:
    if found != expected:
        raise AssertionError(f"{what}: {_short(found)}, not {_short(expected)}")


def _refuses(kind: type[NsiError], call: Callable[[], object], what: str) -> None:
    try:
        call()
    except kind:
        return
    raise AssertionError(f"{what} is not refused with {kind.__name__}")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 200 else f"{text[:200]}..."


def _closes(store: TimeSeriesDatabase, rng: np.random.Generator) -> None:
    """After close() everything is refused, but close()."""
    store.append(generated(rng, 1)[0])
    store.close()
    store.close()
    _refuses(StoreError, store.count, "count()")
    _refuses(StoreError, lambda: store.append(generated(rng, 1)[0]), "append()")


CLAUSES = (
    *(_keeps, _orders, _limits, _aggregates, _keys, _checkpoints, _units),
    *(_retains, _digests, _sql, _refusals, _ends, _lasts, _closes),
)
