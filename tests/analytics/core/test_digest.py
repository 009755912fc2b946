"""The hash of data: equal exactly where a function could not tell the values apart."""

from __future__ import annotations

import datetime
import enum
import os
import re
import subprocess
import sys
from collections import namedtuple
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import dask.array as da
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.core.digest import digest
from nsi_notebook.errors import FileError, OptionError
from nsi_notebook.voids.measures.registry import catalogue

Point = namedtuple("Point", "x y")
Colour = enum.Enum("Colour", "RED BLUE")


@dataclass(frozen=True)
class Setting:
    level: float
    name: str = "a"


ARRAYS = hnp.arrays(
    st.one_of(
        hnp.boolean_dtypes(), hnp.integer_dtypes(), hnp.floating_dtypes(), hnp.datetime64_dtypes(), hnp.unicode_string_dtypes()
    ),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.binary())
VALUES = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner), st.tuples(inner, inner), st.dictionaries(st.text(), inner))
)


@given(VALUES, VALUES)
def test_values_have_one_hash_exactly_if_they_are_written_the_same(one, other):
    assert (digest(one) == digest(other)) == (repr(one) == repr(other))


@given(ARRAYS, ARRAYS)
def test_arrays_have_one_hash_exactly_if_type_shape_and_bits_are_the_same(one, other):
    same = one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    assert (digest(one) == digest(other)) == same
    assert digest(one) == digest(one.copy())


@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=4)))
def test_a_view_with_steps_has_the_hash_of_its_copy_and_order_and_readonly_count(array):
    wide = np.repeat(array, 2, axis=-1)
    assert digest(wide[..., ::2]) == digest(array)
    fortran = np.asfortranarray(array)
    assert (digest(fortran) == digest(array)) == fortran.flags.c_contiguous
    locked = array.copy()
    locked.flags.writeable = False
    assert digest(locked) != digest(array)


def frame():
    dates = pd.date_range("2026-11-26", periods=3, freq="D", tz="UTC", name="day")
    columns = {"n": [1, 2, 3], "s": ["a", None, "c"], "c": pd.Categorical(["u", "v", "u"]), "i": pd.array([1, None, 3], "Int64")}
    made = pd.DataFrame(columns, index=dates)
    made.attrs["units"] = {"n": "um"}
    return made


def image():
    coords = {"y": ("y", [0.0, 0.5], {"units": "um"}), "x": [0.0, 0.5, 1.0], "name": "a"}
    return xr.DataArray(np.arange(6.0).reshape(2, 3), coords, ("y", "x"), "grey", {"units": "1", "list": [1, 2]})


def batch():
    return Batch.of("a.b", [1.0, 2.0], ["2026-11-26T12:00:00Z", "2026-11-26T12:00:01Z"], tags={"line": "1"})


CHANGES = [
    (frame, [
        lambda f: f.rename(columns={"n": "m"}),
        lambda f: f.astype({"n": "float64"}),
        lambda f: f.astype({"i": "Int32"}),
        lambda f: f[::-1],
        lambda f: f.reset_index(),
        lambda f: f.rename_axis("date"),
        lambda f: f.set_axis(f.index.tz_convert("Europe/Berlin"), axis=0),
        lambda f: f.assign(s=["a", "b", "c"]),
        lambda f: f.assign(c=f.c.cat.add_categories("w")),
        lambda f: f[["s", "n", "c", "i"]],
        lambda f: f.n,
        lambda f: f.n.rename("m"),
        lambda f: f.index,
        lambda f: f.set_index(["n", "s"]),
        lambda f: pa.Table.from_pandas(f),
        lambda f: f.assign(p=pd.period_range("2026", periods=3, freq="M")),
        lambda f: f.assign(p=pd.interval_range(0, 3)),
    ]),
    (image, [
        lambda a: a.rename("other"),
        lambda a: a.rename(x="z"),
        lambda a: a.assign_attrs(units="um"),
        lambda a: a.assign_attrs(list=(1, 2)),
        lambda a: a.assign_coords(x=[0.0, 0.5, 2.0]),
        lambda a: a.assign_coords(name="b"),
        lambda a: a.drop_vars("name"),
        lambda a: a.drop_indexes("x"),
        lambda a: a.astype("float32"),
        lambda a: a.T,
        lambda a: a + 1,
        lambda a: a.chunk(),
        lambda a: a.to_dataset(),
        lambda a: a.rename(None),
        lambda a: a.stack(p=("y", "x")),
        lambda a: a.assign_coords(x=("x", [0.0, 0.5, 1.0], {"units": "um"})),
        lambda a: a.values,
        lambda a: a.variable,
    ]),
    (batch, [
        lambda b: b.take(slice(1)),
        lambda b: Batch(b.series, b.code, b.time + 1, b.value),
        lambda b: Batch.of("a.b", b.value, b.time.astype("M8[us]"), tz="UTC", tags={"line": "2"}),
        lambda b: Batch.of("a.b", b.value, b.time.astype("M8[us]"), tz="UTC", tags={"line": "1"}, unit="um"),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("make", "changes"), CHANGES)
def test_every_part_of_a_table_an_image_or_a_batch_counts(make, changes):
    assert digest(make()) == digest(make())
    hashes = [digest(make()), *(digest(change(make())) for change in changes)]
    assert len(set(hashes)) == len(hashes)


def test_attrs_of_pandas_count_and_encoding_of_xarray_does_not():
    one, other = frame(), frame()
    other.attrs["units"] = {"n": "mm"}
    assert digest(one) != digest(other)
    image_1, image_2 = image(), image()
    image_2.encoding["source"] = "elsewhere.nc"
    assert digest(image_1) == digest(image_2)


@pytest.mark.parametrize(
    "value",
    [
        Point(1, 2),
        Colour.RED,
        Setting(1.0),
        datetime.datetime(2026, 1, 1, tzinfo=ZoneInfo("Europe/Berlin")),
        datetime.timedelta(1),
        {1, 2, 3},
        frozenset("abc"),
        range(3),
        slice(1, 2),
        np.float32(1),
        np.datetime64("2026-01-01"),
        np.dtype("f4"),
        pd.NaT,
        pd.NA,
        pd.Timestamp("2026-01-01", tz="UTC"),
        pd.Timedelta("1s"),
        pd.Interval(0, 1),
        pd.Period("2026-01"),
        pa.array([1, None]),
        b"a",
        ...,
        np.ma.masked_array([1, 2], [True, False]),
        np.array(["a", None], dtype=object),
        np.array(["a", "bc"], np.dtypes.StringDType()),
        pd.arrays.SparseArray([0, 1]).to_dense(),
        np.zeros(2, [("a", "i4"), ("b", "f8")]),
        xr.Variable("x", [1, 2]),
        len,
        np.mean,
        np.add,
        [[], {}],
        np.matrix([[1.0]]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_hash_is_the_same_each_time_and_tells_types_apart(value):
    assert digest(value) == digest(value)
    assert digest(value) != digest(str(value))
    assert digest([value]) != digest((value,))


def test_a_hash_is_the_same_in_another_process():
    made = "import numpy as np; from nsi_notebook.analytics.core.digest import digest; "
    asked = "print(digest({'a': {'x', 'y', 'z'}, 'b': np.arange(3), 'c': frozenset([1.5, 'q'])}, np.mean, len))"
    found = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        found.add(subprocess.run([sys.executable, "-c", made + asked], env=environment, capture_output=True, check=True).stdout)
    assert len(found) == 1


def test_every_measure_has_its_own_hash():
    measures = [kind() for kind in catalogue().values()]
    assert len({digest(measure) for measure in measures}) == len(measures)


def test_a_path_counts_by_content_and_not_by_name(tmp_path):
    for name, text in (("a.tif", "1"), ("b.tif", "1"), ("c.tif", "2")):
        (tmp_path / name).write_text(text)
    a, b, c = (digest(tmp_path / name) for name in ("a.tif", "b.tif", "c.tif"))
    assert a == b != c
    assert digest(str(tmp_path / "a.tif")) != digest(str(tmp_path / "b.tif"))
    before = digest(tmp_path)
    (tmp_path / "c.tif").write_text("3")
    assert digest(tmp_path) != before
    with pytest.raises(FileError, match=r"the value: there is no file '.*gone.tif' to hash\nhint: a Path counts by its content"):
        digest(tmp_path / "gone.tif")


def test_dask_is_not_computed():
    def never(block):
        raise AssertionError

    lazy = da.ones((4, 4), chunks=2).map_blocks(never, dtype=float, meta=np.empty((0, 0)))
    assert digest(lazy) == digest(lazy)
    assert digest(lazy) != digest(lazy + 1)
    assert digest(da.ones(4, chunks=2)) == digest(da.ones(4, chunks=2))


def loop():
    held: list[object] = []
    held.append(held)
    return held


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (object(), "the value is a object, which cannot be hashed"),
        ({"a": [1, np.random.default_rng(0)]}, r"the value\['a'\]\[1\] is a numpy.random._generator.Generator"),
        (image().assign_attrs(x=object()), r"the value.attrs\['x'\] is a object"),
        (pd.Series(pd.arrays.SparseArray([0, 1])), "the value, of type Sparse"),
        (loop(), r"the value(\[0\])*\.\.\. is nested too deep"),
    ],
    ids=["object", "generator", "attrs", "sparse", "loop"],
)
def test_what_cannot_be_hashed_is_named(value, said):
    with pytest.raises(OptionError, match=f"^{said}.*\nhint: "):
        digest(value)


def test_an_open_file_and_a_subclass_of_an_array_are_refused(tmp_path):
    class Own(np.ndarray):
        pass

    with (tmp_path / "a").open("w") as file, pytest.raises(OptionError, match=r"TextIOWrapper.*\nhint: .*a Path for a file"):
        digest(file)
    with pytest.raises(OptionError, match=r"may hold more than numbers\nhint: np.asarray"):
        digest(np.zeros(3).view(Own))
    with np.errstate(all="raise"):
        mapped = np.memmap(tmp_path / "b", dtype="f8", mode="w+", shape=3)
    assert digest(mapped) == digest(mapped)
    assert isinstance(Path(mapped.filename), Path)


def test_names_cannot_be_made_to_look_like_other_values():
    fields = [np.zeros(1, [(name, "i4")]) for name in ("a", "a 1:0:b", "1:0:")]
    assert len({digest(each) for each in fields}) == 3
    long = "a" * 300
    assert digest(re.compile(long + "b")) != digest(re.compile(long + "c"))
    assert digest(pd.Series(["a"], dtype="string[python]")) != digest(pd.Series(["a"], dtype="string[pyarrow]"))
