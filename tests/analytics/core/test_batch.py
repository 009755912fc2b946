"""Samples in columns: what is taken, what is refused, and that joining loses nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsi_notebook.analytics.core.batch import Batch, by_series
from nsi_notebook.analytics.core.series import Series
from nsi_notebook.errors import OptionError, SeriesError, TimeError

T0 = np.datetime64("2026-11-26T12:00:00", "us")


def times(n):
    return T0 + np.arange(n) * np.timedelta64(1, "s")


@st.composite
def batches(draw):
    names = draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=4))
    values = [draw(st.lists(st.floats(-9, 9), min_size=1, max_size=4)) for _ in names]
    return [Batch.of(name, value, times(len(value)), tz="UTC") for name, value in zip(names, values, strict=True)]


def rows(batch):
    return [(batch.series[c], int(t), float(v)) for c, t, v in zip(batch.code, batch.time, batch.value, strict=True)]


@given(batches())
def test_joining_keeps_every_sample_in_its_order(parts):
    joined = Batch.joined(parts)
    assert rows(joined) == [row for part in parts for row in rows(part)]
    assert len(set(joined.series)) == len(joined.series)
    back = [row for _, places in by_series(joined) for row in rows(joined.take(places))]
    assert sorted(back) == sorted(rows(joined))


def test_joining_nothing_gives_an_empty_batch():
    assert len(Batch.joined([])) == 0


def test_whole_numbers_and_truth_values_are_taken():
    assert Batch.of("a", [True, False], times(2), tz="UTC").value.tolist() == [1.0, 0.0]
    assert Batch.of("a", np.array([3], dtype=np.uint8), times(1), tz="UTC").value.dtype == np.float64


def test_missing_values_are_kept_when_asked():
    assert np.isnan(Batch.of("a", [1.0, np.nan], times(2), tz="UTC", missing="keep").value).tolist() == [False, True]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([1.0, np.nan], "1 of 2 values are NaN"),
        ([1.0, np.inf], "1 of 2 values are infinite"),
        (["x", "y"], "of type <U1"),
        ([1j, 2], "of type complex128"),
        ([], "shape \\(0,\\)"),
        ([[1.0, 2.0]], "shape \\(1, 2\\)"),
        ([[1.0], [1.0, 2.0]], "no array"),
        ([2**60 + 1, 1], "beyond 2\\*\\*53"),
        ([1.0, 2.0, 3.0], "3 values and 2 times"),
    ],
)
def test_values_that_are_no_samples_are_refused(value, said):
    with pytest.raises(SeriesError, match=said):
        Batch.of("a", value, times(2), tz="UTC")


@pytest.mark.parametrize(
    ("name", "unit", "tags", "said"),
    [
        ("2a", "1", {}, "'2a' is no name"),
        ("a..b", "1", {}, "no name"),
        ("a", "", {}, "the unit is ''"),
        ("a", "1", {"x-y": "1"}, "no name of a tag"),
        ("a", "1", {"x": 3}, "of type int"),
        (3, "1", {}, "3 is no name"),
    ],
)
def test_names_that_are_no_series_are_refused(name, unit, tags, said):
    with pytest.raises(SeriesError, match=said):
        Batch.of(name, [1.0], times(1), unit=unit, tags=tags, tz="UTC")


def test_naive_times_two_units_and_unknown_options_are_refused():
    with pytest.raises(TimeError, match="no zone"):
        Batch.of("a", [1.0], times(1))
    with pytest.raises(OptionError, match="missing is 'drop'"):
        Batch.of("a", [1.0], times(1), tz="UTC", missing="drop")
    one, other = (Batch.of("a", [1.0], times(1), unit=u, tz="UTC") for u in ("um", "mm"))
    with pytest.raises(SeriesError, match="a is in 'um'; these samples are in 'mm'"):
        Batch.joined([one, other])


def test_a_series_is_written_with_its_tags():
    assert str(Series.of("a.b", tags={"y": "2", "x": '"1"'})) == 'a.b{x="\\"1\\"", y="2"}'
    assert str(Series.of("a")) == "a"
