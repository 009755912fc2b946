"""What needs whole frames reads each chunk once, holds few frames, and gives what arrays in memory give."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook.voids.loading import loaded_frames

VALUES = np.random.default_rng(0).random((5, 4, 12, 13))
IMAGE = xr.DataArray(VALUES, {"time": np.arange(5.0)}, ("time", "site", "y", "x"))


def noted(array, **chunks):
    """The array in chunks, and the list of those that were read."""
    read = []

    def note(block):
        read.append(block.size)
        return block

    chunked = array.chunk(chunks)
    return chunked.copy(
        data=chunked.data.map_blocks(note, dtype=array.dtype, meta=np.empty((0,) * array.ndim, array.dtype))
    ), read


GREY, MASKS = (nsi.percolation_threshold, nsi.persistence), (nsi.distance_map, nsi.thickness_map, nsi.components)


@pytest.mark.parametrize("call", [*GREY, *MASKS])
def test_each_chunk_is_read_once_and_does_not_matter(call):
    whole = IMAGE if call in GREY else IMAGE < 0.4
    lazy, read = noted(whole, time=2, site=3, y=5)
    found, wanted = call(lazy), call(whole)
    assert sum(read) == whole.size
    same = pd.testing.assert_frame_equal if isinstance(wanted, pd.DataFrame) else xr.testing.assert_identical
    same(found, wanted)


def test_a_map_holds_few_frames_beside_the_result():
    mask = xr.DataArray(np.random.default_rng(0).random((60, 64, 64)) < 0.7, dims=("time", "y", "x")).chunk(time=2)
    nsi.distance_map(mask[:2])
    tracemalloc.start()
    try:
        result = nsi.distance_map(mask)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.5 * result.nbytes


def test_frames_come_with_their_index_whatever_the_order_of_dims():
    for image in (IMAGE, IMAGE.transpose("y", "time", "x", "site"), IMAGE.chunk(time=2, site=3)):
        seen = {}
        for index, (one, two) in loaded_frames([image, IMAGE.chunk(x=4).transpose(*image.dims) * 2], ("y", "x")):
            np.testing.assert_array_equal(two, 2 * one)
            seen[index] = one
        assert len(seen) == 20
        np.testing.assert_array_equal(np.stack([seen[at] for at in sorted(seen)]).reshape(VALUES.shape), VALUES)
    assert [at for at, _ in loaded_frames([IMAGE[0, 0]], ("y", "x"))] == [()]
