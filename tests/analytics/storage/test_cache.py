"""The cache: what it gives is what computing gives, and it computes once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import dask.array as da
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.metrics import MetricsCollector
from nsi_notebook.analytics.processors.plans import window
from nsi_notebook.analytics.storage.cache import Cache
from nsi_notebook.analytics.storage.shelf import user_folder
from nsi_notebook.errors import FileError, NsiWarning, OptionError, StoreError, TimeError
from nsi_notebook.voids.measuring import measure


class Counting:
    """A function that notes its calls; which is why they do not count for what it is."""

    def __init__(self, function):
        self.calls, self.function, self.lock = [], function, threading.Lock()

    def of(self, cache):
        calls, function, lock = self.calls, self.function, self.lock

        @cache(ignore=["calls", "lock"])
        def counted(*args):
            with lock:
                calls.append(args)
            return function(*args)

        return counted


@pytest.fixture(params=["memory", "disk"])
def cache(request, tmp_path):
    with Cache(tmp_path / "c", large=0) if request.param == "disk" else Cache(disk=0) as made:
        yield made


def same(one, other):
    """The same type and, for arrays, the same type of numbers, bits, order and writeability."""
    assert type(one) is type(other)
    if isinstance(one, np.ndarray):
        assert (one.dtype, one.shape, one.flags.writeable) == (other.dtype, other.shape, other.flags.writeable)
        if one.dtype.hasobject or one.dtype.kind == "T":
            assert repr(one.tolist()) == repr(other.tolist())
        else:
            assert one.tobytes() == other.tobytes()
        orders = [np.argsort([-abs(step) for step in each.strides], kind="stable") for each in (one, other)]
        orders = [[axis for axis in order if one.shape[axis] > 1] for order in orders]
        assert orders[0] == orders[1] or not one.size
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for key in one:
            same(one[key], other[key])
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for left, right in zip(one, other, strict=True):
            same(left, right)
    elif isinstance(one, xr.Dataset | xr.DataArray):
        xr.testing.assert_identical(one, other)
        for name in one.coords:
            same(one[name].values, other[name].values)
            same(one[name].attrs, other[name].attrs)
        variables = one.variables if isinstance(one, xr.Dataset) else {"": one.variable}
        for name, variable in variables.items():
            twin = other.variables[name] if isinstance(other, xr.Dataset) else other.variable
            same(variable.values, twin.values)
            same(variable.attrs, twin.attrs)
            assert variable.encoding == twin.encoding
    elif isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other, check_freq=True)
        assert one.attrs == other.attrs
    elif isinstance(one, pd.Series):
        pd.testing.assert_series_equal(one, other, check_freq=True)
    elif isinstance(one, Batch):
        assert one.series == other.series
        same([one.code, one.time, one.value], [other.code, other.time, other.value])
    elif isinstance(one, set):
        assert one == other
    else:
        assert repr(one) == repr(other)


@st.composite
def arrays(draw):
    dtypes = st.one_of(
        hnp.boolean_dtypes(),
        hnp.integer_dtypes(endianness="?"),
        hnp.floating_dtypes(),
        hnp.datetime64_dtypes(),
        hnp.unicode_string_dtypes(),
        st.just(np.dtype(object)),
        st.just(np.dtypes.StringDType()),
    )
    dtype = draw(dtypes)
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
    if dtype.kind in "OT":
        texts = draw(st.lists(st.text(max_size=3), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
        made = np.array(texts, dtype=dtype).reshape(shape)
    else:
        made = draw(hnp.arrays(dtype, shape))
    made = made.transpose(draw(st.permutations(range(made.ndim)))) if made.ndim else made
    made = made[::2] if made.ndim and draw(st.booleans()) else made.copy(order=draw(st.sampled_from("CFK")))
    if draw(st.booleans()):
        made.flags.writeable = False
    return made


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.complex_numbers(), st.text(), st.binary(), arrays())
INNER = st.deferred(lambda: RESULTS)
RESULTS = st.one_of(LEAVES, st.lists(INNER), st.tuples(INNER, INNER), st.dictionaries(st.text(), INNER), st.sets(st.integers()))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(RESULTS)
def test_a_hit_is_what_computing_gives(cache, value):
    # the content of the list does not tell, so that it is computed for each example
    call = Counting(lambda given: given)
    function = call.of(cache)
    first = function(value)
    second = function(value)
    same(first, value)
    same(second, value)
    assert len(call.calls) <= 1


def study(mask):
    return measure(mask, ["void_fraction", "euler"])


def table(rows):
    made = pd.DataFrame({"n": range(rows), "s": ["a"] * rows, "c": pd.Categorical(["u"] * rows)})
    made.attrs["units"] = {"n": "um"}
    return made.set_index(pd.date_range("2026", periods=rows, freq="h", tz="UTC", name="time"))


def smoothed(image):
    out = image.rolling(y=2, center=True).mean()
    out.encoding["dtype"] = "float32"
    return out


def windows(batch):
    return window("1s").agg("mean").run(batch).to_xarray()


COORDS = {d: (d, np.arange(16) * 0.5, {"units": "um"}) for d in "yx"}
MASK = xr.DataArray(np.random.default_rng(0).random((16, 16)) < 0.5, COORDS, ("y", "x"), attrs={"list": [1, 2]})
BATCH = Batch.of("a.b", [1.0, 2.0], ["2026-11-26T12:00:00Z", "2026-11-26T12:00:01Z"])


@pytest.mark.parametrize(
    ("function", "given"),
    [(study, MASK), (table, 4), (smoothed, MASK.astype(float)), (windows, BATCH), (lambda b: b.take(slice(1)), BATCH)],
)
@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # a small mask: whether it is in doubt is not asked here
def test_measures_tables_windows_and_batches_come_back_as_they_were(cache, function, given):
    kept = [cache.call(function, given) for _ in range(3)]
    assert (cache.status().hits, cache.status().misses) == (2, 1)
    for each in kept:
        same(each, function(given))


def test_what_is_done_to_a_result_changes_neither_the_cache_nor_the_argument(cache):
    given = np.zeros(3)
    first = cache.call(lambda x: {"a": x, "b": [x]}, given)
    first["a"][:] = 1
    first["b"].append(2)
    assert given.tolist() == [0, 0, 0]
    for _ in range(2):
        assert cache.call(lambda x: x, given).tolist() == [0, 0, 0]
    kept = [cache.call(lambda x: {"a": x, "b": [x]}, given) for _ in range(2)]
    assert [each["a"].tolist() for each in kept] == [[0, 0, 0]] * 2
    assert kept[0]["a"] is not kept[1]["a"]


def test_ways_to_give_the_same_parameters_are_one(cache):
    @cache
    def power(x, exponent=2, **more):
        return x**exponent, more

    assert power(3) == power(x=3) == power(3, 2) == power(exponent=2, x=3) == (9, {})
    assert cache.status().misses == 1
    assert power(3, 3) == (27, {})
    assert power(3.0) == (9.0, {})
    assert power(3, other=1) == (9, {"other": 1})
    assert cache.status().misses == 4
    with pytest.raises(TypeError, match="missing a required argument: 'x'"):
        power()


def test_another_code_is_another_result(cache):
    made = {}
    for text in ("x + 1", "x + 2"):
        exec(f"def f(x):\n    return {text}", scope := {"__name__": "lab"})
        made[text] = cache.call(scope["f"], 1)
    assert made == {"x + 1": 2, "x + 2": 3}


def test_a_file_that_is_written_again_is_read_again(cache, tmp_path):
    path = tmp_path / "a.txt"
    for text in ("1", "2", "1"):
        path.write_text(text)
        assert cache.call(lambda p: p.read_text(), path) == text
    assert cache.status().misses == 2


def test_methods_and_partial_functions_count_with_what_they_hold(cache):
    @dataclass(frozen=True)
    class Scale:
        factor: float

        @cache
        def of(self, x):
            return self.factor * x

    assert [Scale(2).of(3), Scale(3).of(3), Scale(2).of(3)] == [6, 9, 6]
    assert [cache.call(Scale(2).of, 4), cache.call(Scale(3).of, 4)] == [8, 12]
    assert cache.call(np.mean, np.arange(3)) == 1


def test_a_lazy_argument_is_known_without_computing_it(cache):
    lazy = xr.DataArray(da.arange(6, chunks=2), dims="x")
    assert [int(cache.call(lambda a: a.sum().compute(), lazy)) for _ in range(2)] == [15, 15]
    assert cache.status().hits == 1
    with pytest.raises(OptionError, match=r"gave a lazy result, of which only the recipe could be kept\nhint: compute\(\) it"):
        cache.call(lambda a: a + 1, lazy)


def test_threads_that_ask_at_once_compute_once(cache):
    begun, go = threading.Event(), threading.Event()

    def slow(x):
        begun.set()
        assert go.wait(60)
        return np.full(10, x)

    call = Counting(slow)
    call_ = cache(ignore=["begun", "go"])(slow)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(call_, 3.0) for _ in range(8)]
        assert begun.wait(60)
        other = pool.submit(cache.call, len, [1, 2])  # nobody waits for what they did not ask
        go.set()
        results = [each.result(60) for each in asked]
    assert other.result() == 2
    assert call.calls == []
    assert (cache.status().hits, cache.status().misses) == (7, 2)
    results[0][:] = 0
    assert all((each == 3).all() for each in results[1:])


def test_errors_are_not_kept_and_who_waited_computes(cache):
    calls = []

    @cache(ignore=["calls"])
    def flaky(x):
        calls.append(x)
        if len(calls) < 3:
            raise ValueError(f"try {len(calls)}")
        return x

    def ask():
        try:
            return flaky(1)
        except ValueError as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        found = sorted(map(str, pool.map(lambda _: ask(), range(6))))
    assert found == ["1"] * 4 + ["try 1", "try 2"]
    assert len(calls) == 3


def test_a_function_that_asks_for_others_of_its_own_does_not_wait_for_itself(cache):
    @cache
    def factorial(n):
        return n * factorial(n - 1) if n else 1

    assert factorial(10) == 3628800
    assert cache.status().misses == 11

    @cache
    def endless(n):
        return endless(n)

    with pytest.raises(RecursionError):
        endless(1)


def test_a_function_that_changes_its_arguments_is_said_and_not_kept(cache):
    def sort(values):
        values.sort()
        return values

    for _ in range(2):
        given = [3, 1, 2]
        with pytest.warns(NsiWarning, match=r"sort\(\) changes what is given to it.*not kept\nhint: let it work on a copy"):
            assert cache.call(sort, given) is given
        assert given == [1, 2, 3]


def test_after_its_time_a_result_is_computed_again(tmp_path):
    for options in ({"disk": 0}, {"folder": tmp_path / "c", "large": 0}):
        with Cache(**options, ttl="50ms") as short, Cache(**options, ttl="1h") as long:
            for cache, hits in ((short, 0), (long, 1)):
                cache.call(np.sum, np.arange(4))
                time.sleep(0.1)
                assert cache.call(np.sum, np.arange(4)) == 6
                assert cache.status().hits == hits
                cache.clear()


def test_the_sizes_are_kept_and_what_was_not_used_goes(tmp_path):
    with Cache(memory=50_000, disk=0) as cache:
        for n in range(100):
            cache.call(np.full, 1000, float(n))
            cache.call(np.full, 1000, 0.0)
            assert cache.status().memory <= 50_000
        assert cache.status().hits == 100  # 0.0 was used all the time
        cache.call(np.full, 1000, 1.0)
        assert cache.status().hits == 100
    with Cache(tmp_path / "c", disk=2_000_000) as cache:
        for n in range(20):
            cache.call(np.full, 200_000, float(n))
        assert cache.status().disk < 4_500_000  # ours and the index; it goes ten at a time
        assert cache.status().memory == 0


def test_what_is_too_large_is_given_and_said(tmp_path):
    with (
        Cache(memory=10_000, disk=0) as cache,
        pytest.warns(NsiWarning, match=r"the result of ones\(\) has 8,\d+,?\d* bytes|80,\d+ bytes, and is not kept"),
    ):
        assert cache.call(np.ones, 10_000).sum() == 10_000
    with (
        Cache(tmp_path / "c", disk=100_000, large=0) as cache,
        pytest.warns(NsiWarning, match="larger than the cache, of 100,000\nhint: a larger disk="),
    ):
        assert cache.call(np.ones, 20_000).sum() == 20_000


def test_the_hit_ratio_is_in_the_metrics():
    metrics = MetricsCollector()
    cache = Cache(disk=0, metrics=metrics, name="study")
    assert np.isnan(cache.status().ratio)
    for _ in range(4):
        cache.call(len, [1])
    tags = {"cache": "study"}
    assert metrics.counter("cache_hits", tags=tags).value == 3
    assert metrics.counter("cache_misses", tags=tags).value == 1
    assert metrics.gauge("cache_hit_ratio", tags=tags).value == cache.status().ratio == 0.75
    assert 'cache_hit_ratio{cache="study"} 0.75' in metrics.exposition()


def test_results_on_the_disk_outlive_the_process(tmp_path):
    lab = tmp_path / "lab.py"
    lab.write_text(
        "import sys, numpy as np\n"
        "from nsi_notebook.analytics.storage.cache import Cache\n"
        "def work(n):\n    return np.arange(n)\n"
        "if __name__ == '__main__':\n"
        "    with Cache(sys.argv[1], large=0) as cache:\n"
        "        for n in range(30):\n            assert (cache.call(work, n) == np.arange(n)).all()\n"
        "        print(cache.status().hits)\n"
    )
    run = [sys.executable, str(lab), str(tmp_path / "c")]
    both = [subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]  # into one folder
    for each in both:
        assert each.wait(120) == 0, each.stderr.read()
        each.communicate()
    assert subprocess.run(run, capture_output=True, check=True, text=True).stdout.strip() == "30"


def damage_bytes(folder):
    for file in folder.glob("*/*/*.val"):
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)


def damage_length(folder):
    for file in folder.glob("*/*/*.val"):
        file.write_bytes(file.read_bytes()[:-100])


def damage_head(folder):
    for file in folder.glob("*/*/*.val"):
        file.write_bytes(b"")


def remove(folder):
    for file in folder.glob("*/*/*.val"):
        file.unlink()


def damage_index(folder):
    for file in folder.glob("cache.db-*"):
        file.unlink()
    (folder / "cache.db").write_bytes(b"no database " * 1000)


@pytest.mark.parametrize("damage", [damage_bytes, damage_length, damage_head, remove, damage_index])
def test_what_is_damaged_is_computed_again_and_said(tmp_path, damage):
    folder = tmp_path / "c"
    with Cache(folder, large=0) as cache:
        cache.call(np.ones, 100_000)
    damage(folder)
    with Cache(folder, large=0) as cache:
        with pytest.warns(NsiWarning, match="of the cache in .* cannot be read, and is computed again"):
            assert cache.call(np.ones, 100_000).sum() == 100_000
        assert cache.status().damaged == 1
        assert cache.call(np.ones, 100_000).sum() == 100_000
        assert (cache.status().hits, cache.status().misses) == (1, 1)


def test_nothing_that_was_not_written_by_a_cache_is_unpickled(tmp_path):
    import diskcache

    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "trap"),)

    folder = tmp_path / "c"
    with Cache(folder, large=0) as cache:
        cache.call(np.ones, 10)
    with diskcache.Cache(str(folder)) as index:
        (key,) = index
        index[key] = Trap()
    with Cache(folder, large=0) as cache, pytest.warns(NsiWarning, match="computed again"):
        assert cache.call(np.ones, 10).sum() == 10
    assert not (tmp_path / "trap").exists()


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="the owners of folders are those of POSIX")
def test_a_folder_that_others_may_write_is_refused(tmp_path):
    folder = tmp_path / "c"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(StoreError, match=r"others may write to the folder .* pickle.*\nhint: chmod 700"):
        Cache(folder).call(len, [1])
    folder.chmod(0o755)
    with Cache(folder) as cache:
        assert cache.call(len, [1]) == 1
    with Cache(tmp_path / "d") as cache:
        cache.call(len, [1])
    assert (tmp_path / "d").stat().st_mode & 0o777 == 0o700


def test_without_a_folder_it_is_that_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    with Cache() as cache:
        cache.call(len, [1])
    assert user_folder().is_relative_to(tmp_path)
    assert (user_folder() / "cache.db").exists()


def test_a_process_that_was_forked_computes_on_its_own(cache):
    if not hasattr(os, "fork"):
        pytest.skip("there is no fork here")
    held, go = threading.Event(), threading.Event()

    def slow(x):
        held.set()
        assert go.wait(60)
        return x

    slow = cache(ignore=["held", "go"])(slow)
    thread = threading.Thread(target=slow, args=(1,))
    thread.start()
    assert held.wait(60)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that forking with threads is risky is what is tested
        child = os.fork()
    if not child:
        go.set()
        os._exit(0 if slow(1) == 1 else 1)
    assert os.waitpid(child, 0)[1] == 0
    go.set()
    thread.join()


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"memory": -1}, OptionError, "memory is -1\nhint: a whole number of bytes"),
        ({"disk": 1.5}, OptionError, "disk is 1.5"),
        ({"large": True}, OptionError, "large is True"),
        ({"ttl": "soon"}, TimeError, "'soon' is no duration"),
        ({"folder": 3}, OptionError, "the folder is 3"),
        ({"folder": ""}, OptionError, "the folder is ''"),
    ],
)
def test_an_option_that_means_nothing_is_refused(options, error, said):
    with pytest.raises(error, match=said):
        Cache(**options)


def test_a_folder_that_is_none_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="is a file; a cache is a folder\nhint: another folder, or disk=0"):
        Cache(tmp_path / "file").call(len, [1])
    with pytest.raises(FileError, match=r"holds other things \(file\) and no cache"):
        Cache(tmp_path).call(len, [1])


async def later():
    return 1


def one_by_one():
    yield 1


def test_what_cannot_be_kept_is_refused(cache, tmp_path):
    for function in (later, one_by_one):
        with pytest.raises(OptionError, match=r"gives a coroutine or a generator.*\nhint: return what comes of it"):
            cache.call(function)
        with pytest.raises(OptionError, match="coroutine or a generator"):
            cache(function)
    with pytest.raises(OptionError, match="3 is no function"):
        cache.call(3)
    with pytest.raises(OptionError, match="ignore is 'progress'"):
        cache(ignore="progress")
    with pytest.raises(OptionError, match=r"the argument x of .*\(\) is a object.*\nhint: .*cache\(ignore=\[...\]\) leaves"):
        cache.call(lambda x: 1, object())
    with pytest.raises(OptionError, match=r"gave a TextIOWrapper that cannot be kept: .*\nhint: return arrays"):
        cache.call(lambda path: (tmp_path / path).open("w"), "a")
    assert cache(ignore=["x"])(lambda x: 1)(object()) == 1
