"""Results by name and version: what is loaded is what was saved, and who made it is known."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import dask.array as da
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.processors.plans import window
from nsi_notebook.analytics.storage import Repository, TimeSeriesDatabase
from nsi_notebook.errors import FileError, NsiError, OptionError, StoreError, UnknownNameError
from nsi_notebook.version import __version__
from nsi_notebook.voids.measuring import measure


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path / "r")


COORDS = {d: (d, np.arange(16) * 0.5, {"units": "um"}) for d in "yx"}
MASK = xr.DataArray(np.random.default_rng(0).random((16, 16)) < 0.5, COORDS, ("y", "x"), "mask", {"kept": [1, 2], "none": None})
TIMES = ["2026-11-26T12:00:00Z", "2026-11-26T12:00:01.000001Z"]
BATCH = Batch.of("a.b", [1.0, np.nan], TIMES, unit="um", tags={"line": "1"}, missing="keep")


def hours():
    made = pd.DataFrame({"n": [1, 2, 3], "s": ["a", None, "c"], "c": pd.Categorical(["u", "v", "u"]), "f": [0.1, np.nan, np.inf]})
    made.attrs["units"] = {"n": "um"}
    return made.set_index(pd.date_range("2026", periods=3, freq="h", tz="UTC", name="time"))


def same(one, other):
    assert type(one) is type(other)
    if isinstance(one, xr.Dataset | xr.DataArray):
        xr.testing.assert_identical(one, other)
        for name in one.coords:
            assert one[name].dtype == other[name].dtype
    elif isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other, check_exact=True, check_freq=True)
        assert one.attrs == other.attrs
    elif isinstance(one, pd.Series):
        pd.testing.assert_series_equal(one, other, check_exact=True, check_freq=True)
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    elif isinstance(one, Batch):
        assert one.series == other.series
        for left, right in ((one.code, other.code), (one.time, other.time), (one.value, other.value)):
            same(left, right)
    else:
        assert repr(one) == repr(other)


RESULTS = {
    "image": lambda: MASK,
    "image without a name": lambda: MASK.rename(None).drop_attrs().astype("float32"),
    "dataset": lambda: measure(MASK, ["void_fraction", "euler", "chords"]),
    "windows": lambda: window("1s").agg("mean", "p95").run(BATCH).to_xarray(),
    "table": hours,
    "table of texts": lambda: hours().reset_index().set_index("s"),
    "column": lambda: hours()["n"],
    "array": lambda: np.arange(6, dtype="uint16").reshape(2, 3),
    "times": lambda: np.array(["2026-11-26T12:00:00.000001", "NaT"], dtype="M8[us]").astype("M8[ns]"),
    "truths": lambda: np.array([True, False]),
    "number": lambda: np.array(1.5),
    "batch": lambda: BATCH,
    "json": lambda: {"a": [1, 2.5, None, True, "ü"], "b": {}},
    "text": lambda: "done",
    "float": lambda: 0.1 + 0.2,
}


@pytest.mark.parametrize("what", RESULTS)
@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # a small mask: whether it is in doubt is not asked here
def test_what_is_loaded_is_what_was_saved(repository, what):
    result = RESULTS[what]()
    repository.save("a", result)
    same(Repository(repository.folder).load("a"), result)


ARRAYS = hnp.arrays(
    st.one_of(hnp.boolean_dtypes(), hnp.integer_dtypes(), hnp.unsigned_integer_dtypes(), hnp.floating_dtypes(sizes=(32, 64))),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=1, max_side=4),
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text())
INNER = st.deferred(lambda: PLAIN)
PLAIN = st.one_of(LEAVES, st.lists(INNER), st.dictionaries(st.text(), INNER))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.one_of(ARRAYS, PLAIN))
def test_any_array_or_json_comes_back_or_is_refused(repository, result):
    before = repository.list()
    try:
        repository.save("a", result)
    except OptionError:  # a text that is no Unicode
        assert repository.list() == before
    else:
        same(repository.load("a"), result)


def analysis(image, level):
    return image > level


def test_a_version_says_what_it_was_made_from(repository, tmp_path):
    before = datetime.now(UTC)
    saved = repository.save(
        "gravel.pores", 1, parameters={"level": np.float64(0.5), "dims": ("y", "x")}, data=MASK, code=analysis
    )
    assert (saved.name, saved.version, saved.kind, saved.package) == ("gravel.pores", 1, "json", __version__)
    assert saved.parameters == {"level": 0.5, "dims": ["y", "x"]}
    assert before <= saved.time <= datetime.now(UTC)
    assert len(saved.data) == len(saved.code) == 64
    assert repository.record("gravel.pores") == saved == repository.record("gravel.pores", 1)
    assert json.loads(saved.path.read_text()) == 1
    held = json.loads((saved.path.parent / "record.json").read_text())
    assert held["parameters"] == saved.parameters


def test_the_same_data_parameters_and_code_need_not_be_computed_again(repository):
    asked = {"data": MASK, "parameters": {"level": 0.5, "by": 2}, "code": analysis}
    assert not repository.same("a", **asked)
    repository.save("a", 1, **asked)
    assert repository.same("a", **asked)
    assert repository.same("a", MASK.copy(), {"by": 2, "level": 0.5}, analysis)
    for change in ({"data": ~MASK}, {"data": None}, {"parameters": {"level": 0.6, "by": 2}}, {"code": None}, {"code": hours}):
        assert not repository.same("a", **{**asked, **change})
    repository.save("a", 1, **{**asked, "data": ~MASK})
    assert not repository.same("a", **asked)  # the newest counts


def test_another_version_of_the_package_is_another_code(repository):
    saved = repository.save("a", 1)
    path = saved.path.parent / "record.json"
    path.write_text(path.read_text().replace(f'"{__version__}"', '"0.0.1"'))
    assert not repository.same("a")


def test_versions_are_kept_and_a_number_is_never_given_twice(repository):
    for number in (1, 2, 3):
        assert repository.save("a", number).version == number
    assert [repository.load("a", n) for n in (1, 2, 3)] == [1, 2, 3]
    assert repository.load("a") == 3
    repository.delete("a", 3)
    assert repository.load("a") == 2
    assert repository.save("a", 4).version == 4
    repository.save("b.c", 5)
    assert [(s.name, s.version) for s in repository.list()] == [("a", 1), ("a", 2), ("a", 4), ("b.c", 1)]
    assert [s.version for s in repository.list("a")] == [1, 2, 4]
    assert repository.list("z") == ()
    repository.delete("a")
    assert [s.name for s in repository.list()] == ["b.c"]
    assert repr(repository).endswith(": 1 names")


def test_the_results_of_a_store_are_in_its_folder(tmp_path):
    with TimeSeriesDatabase(tmp_path / "s") as db:
        Repository(db).save("a", 1)
        db.append(BATCH)
    with TimeSeriesDatabase(tmp_path / "s") as db:
        assert Repository(db).load("a") == 1
        assert db.verify() == ()
    with TimeSeriesDatabase("memory:") as db, pytest.raises(OptionError, match="the store memory: has no folder"):
        Repository(db)


def test_many_threads_and_processes_save_at_once(tmp_path):
    repository = Repository(tmp_path / "r")
    text = (
        "import sys; from nsi_notebook.analytics.storage.repository import Repository\n"
        "r = Repository(sys.argv[1])\nfor n in range(20): r.save('a', sys.argv[2] + str(n))\n"
    )
    others = [subprocess.Popen([sys.executable, "-c", text, str(tmp_path / "r"), word]) for word in "xy"]
    with ThreadPoolExecutor(4) as pool:
        saved = list(pool.map(lambda n: repository.save("a", f"t{n}"), range(20)))
    assert [other.wait(120) for other in others] == [0, 0]
    assert len({each.version for each in saved}) == 20
    loaded = [repository.load("a", each.version) for each in repository.list("a")]
    assert sorted(loaded) == sorted(f"{word}{n}" for word in "txy" for n in range(20))


def test_a_version_is_there_whole_or_not_at_all_when_the_process_is_killed(tmp_path):
    text = (
        "import sys, numpy as np; from nsi_notebook.analytics.storage.repository import Repository\n"
        "r = Repository(sys.argv[1])\nprint('ready', flush=True)\n"
        "for n in range(10**6): r.save('a', np.full(20_000, n), parameters={'n': n})\n"
    )
    repository = Repository(tmp_path / "r")
    for pause in (0.05, 0.11, 0.23):
        writer = subprocess.Popen([sys.executable, "-c", text, str(tmp_path / "r")], stdout=subprocess.PIPE)
        assert writer.stdout.readline() == b"ready\n"
        try:
            writer.wait(pause)
        except subprocess.TimeoutExpired:
            writer.kill()
        writer.communicate()
        for saved in repository.list("a"):
            assert (repository.load("a", saved.version) == saved.parameters["n"]).all()
    repository.save("a", 1)
    assert repository.load("a") == 1


def test_damage_is_named_and_the_other_versions_load(repository):
    repository.save("a", np.arange(100))
    saved = repository.save("a", np.arange(200))
    data = bytearray(saved.path.read_bytes())
    data[-10] ^= 1
    saved.path.write_bytes(data)
    with pytest.raises(StoreError, match=r"version 2 of a: .*result.nc is not as it was written\nhint: another version"):
        repository.load("a")
    assert len(repository.load("a", 1)) == 100
    saved.path.unlink()
    with pytest.raises(StoreError, match="is gone"):
        repository.load("a")
    for text, said in (("{", "cannot be read"), ("[]", "not as it was written"), ("{}", "not as it was written")):
        (saved.path.parent / "record.json").write_text(text)
        with pytest.raises(StoreError, match=said):
            repository.load("a")
    repository.delete("a", 1)
    (repository.folder / "repository.json").write_text('{"format": 99, "version": "9"}')
    with pytest.raises(StoreError, match=r"made by nsi-notebook 9, which is later"):
        Repository(repository.folder)


BAD = {
    "object": (object(), "a object cannot be kept as a file"),
    "windows": (window("1s").run(BATCH), r"a Windows cannot be kept as a file\nhint: .*its to_xarray\(\) can be kept"),
    "lazy": (da.ones(3), "the result is lazy\nhint: compute"),
    "lazy image": (MASK.chunk(), "the result is lazy"),
    "tuple": ([1, (2, 3)], "would not come back from JSON as it is\nhint: a list for a tuple"),
    "keys": ({1: 2}, "would not come back from JSON"),
    "nan": ({"a": float("nan")}, "cannot be kept as JSON"),
    "array in a dict": ({"a": np.arange(3)}, "cannot be kept as JSON"),
    "index": (xr.DataArray(np.ones((2, 2)), dims=("a", "b")).stack(c=("a", "b")), "cannot be kept as netCDF"),
    "objects": (np.array([object()]), "as netCDF|netCDF as it is"),
    "name": (MASK.rename(3), "the name of the result is 3"),
    "columns": (pd.DataFrame([[1, 2]], columns=["a", "a"]), "cannot be kept as Parquet: Duplicate column names"),
    "mixed": (pd.DataFrame({"a": [1, "b"]}), "cannot be kept as Parquet"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_would_not_come_back_is_refused_and_leaves_nothing(repository, what):
    result, said = BAD[what]
    with pytest.raises(OptionError, match=said):
        repository.save("a", result)
    assert repository.list() == ()
    repository.save("a", 1)
    assert repository.load("a") == 1


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda r: r.save("../a", 1), OptionError, r"'../a' is no name of a result\nhint: words"),
        (lambda r: r.save("", 1), OptionError, "'' is no name"),
        (lambda r: r.save(3, 1), OptionError, "3 is no name"),
        (lambda r: r.save("a", 1, parameters=[1]), OptionError, "a: the parameters are list"),
        (lambda r: r.save("a", 1, parameters={1: 1}), OptionError, "the parameter 1 has no name"),
        (lambda r: r.save("a", 1, parameters={"x": np.arange(3)}), OptionError, r"cannot be kept: .*\nhint: .*belong to data="),
        (lambda r: r.save("a", 1, parameters={"x": float("inf")}), OptionError, "cannot be kept"),
        (lambda r: r.save("a", 1, data=object()), OptionError, "cannot be hashed"),
        (lambda r: r.save("a", 1, code="f"), OptionError, "code is 'f'"),
        (lambda r: r.load("void"), UnknownNameError, r"unknown result 'void'; there are: voids\nhint: did you mean 'voids'"),
        (lambda r: r.load("voids", 2), UnknownNameError, "unknown version of voids '2'; there are: 1"),
        (lambda r: r.load("voids", True), UnknownNameError, "unknown version of voids 'True'"),
        (lambda r: r.delete("void"), UnknownNameError, "unknown result"),
        (lambda r: r.delete("voids", 7), UnknownNameError, "unknown version"),
        (lambda r: r.record("void"), UnknownNameError, "unknown result"),
        (lambda r: r.same("a b"), OptionError, "is no name"),
    ],
)
def test_bad_input_is_said_in_one_line_before_anything_is_kept(repository, call, error, said):
    repository.save("voids", 1)
    with pytest.raises(error, match=said) as raised:
        call(repository)
    assert "\n" not in raised.value.message
    assert [each.name for each in repository.list()] == ["voids"]


def test_a_place_that_is_none_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="is a file; results are kept in a folder"):
        Repository(tmp_path / "file")
    with pytest.raises(FileError, match=r"holds other things \(file\) and no results"):
        Repository(tmp_path)
    for place in (3, "", None):
        with pytest.raises(OptionError, match="is no place for results"):
            Repository(place)
    with pytest.raises(NsiError, match="cannot write"):
        Repository(tmp_path / "file" / "deeper")
