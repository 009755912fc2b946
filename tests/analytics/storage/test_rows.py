"""The bytes of open batches: narrow, and read back as they were."""

from __future__ import annotations

import hashlib
import struct

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nsi_notebook.analytics.core.times import FIRST, LAST
from nsi_notebook.analytics.storage.rows import HEAD, Rows, fingerprint, pack, to_arrow, unpack

SAMPLE = st.tuples(
    st.integers(1, 2**31 - 1) | st.integers(1, 300),
    st.integers(FIRST, LAST) | st.integers(0, 2**33),
    st.floats(allow_infinity=False),
)


@given(st.lists(SAMPLE, min_size=1, max_size=50))
@example([(255, 0, 1.0), (1, 2**32 - 1, np.nan)])
@example([(256, 0, -0.0), (65535, 2**32, 2.0)])
@example([(65536, FIRST, 1.0), (1, LAST, 2.0)])
def test_rows_come_back_as_they_were(samples):
    series, time, value = zip(*samples, strict=True)
    rows = Rows(np.array(series, np.int32), np.array(time, np.int64), np.array(value, np.float64))
    found = unpack(pack(rows))
    for name in ("series", "time", "value"):
        there, given_ = getattr(found, name), getattr(rows, name)
        assert there.dtype == given_.dtype
        np.testing.assert_array_equal(there, given_)


@pytest.mark.parametrize(("series", "away", "widths"), [(7, 10, (1, 4)), (300, 10, (2, 4)), (70_000, 2**40, (4, 8))])
def test_a_batch_takes_as_few_bytes_as_it_can(series, away, widths):
    rows = Rows(np.full(10_000, series, np.int32), np.linspace(5, 5 + away, 10_000).astype(np.int64), np.zeros(10_000))
    data = pack(rows)
    assert HEAD.unpack_from(data)[1:3] == widths
    assert len(data) < (sum(widths) + 8) * 10_000 + 500


def test_batches_that_were_kept_before_are_read():
    rows = Rows(np.array([1, 2], np.int32), np.array([-5, 7]), np.array([np.nan, 2.0]))
    data = to_arrow(rows).to_batches()[0].serialize()
    assert isinstance(data, pa.Buffer)
    found = unpack(data.to_pybytes())
    np.testing.assert_array_equal(found.series, rows.series)
    np.testing.assert_array_equal(found.time, rows.time)
    np.testing.assert_array_equal(found.value, rows.value)


def test_a_key_knows_its_batch_by_the_samples_alone():
    series, time, value = np.array([1, 2], np.int32), np.array([-5, 7]), np.array([np.nan, 2.0])
    told = fingerprint(Rows(series, time, value))
    assert told == hashlib.sha256(struct.pack("<2i2qQd", 1, 2, -5, 7, 0x7FF8 << 48, 2.0)).digest()
    other = np.array([0xFFF8000000000001, 0x4000000000000000], np.uint64).view(np.float64)  # another NaN
    strided = np.array([[1, 9], [2, 9]], np.int32)[:, 0]
    assert fingerprint(Rows(strided, time, other)) == told
    for changed in (Rows(series[::-1], time, value), Rows(series, time + 1, value), Rows(series, time, value + 1)):
        assert fingerprint(changed) != told
