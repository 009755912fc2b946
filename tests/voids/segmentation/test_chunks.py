"""A chunked image stays chunked, is read once, and gives the whole array's mask bit for bit."""

from __future__ import annotations

from collections import Counter
from threading import Lock

import dask
import dask.array as da
import numpy as np
import pytest
import xarray as xr
from dask.callbacks import Callback
from hypothesis import given
from hypothesis import strategies as st

from nsi_notebook import sample
from nsi_notebook.errors import PixelError
from nsi_notebook.voids.segmentation import methods, void
from tests.strategies import chunkings
from tests.voids.segmentation.images import METHODS, RUN, grey, labelled

WIDE = ("uint8", "int16", "int32", "uint64", "float16", "float32", "float64")


def test_every_method_is_tried():
    assert set(methods()) == {name for name in METHODS if isinstance(name, str)}


@pytest.mark.parametrize("method", METHODS)
@RUN
@given(data=st.data(), phase=st.sampled_from(["dark", "bright"]), over=st.sampled_from(["frame", "series"]))
def test_any_chunking_gives_the_mask_and_attrs_of_the_whole(method, data, phase, over):
    frame = data.draw(grey(WIDE, ndims=(2,) if method == "background" else (2, 3)).filter(lambda i: len(np.unique(i)) > 3))
    stack = np.stack([frame, frame[::-1], np.where(frame == frame.max(), frame.min(), frame)])
    image = xr.DataArray(stack, dims=("time", *("z", "y", "x")[-frame.ndim :]), coords={"time": [0.0, 0.5, 1.0]})
    chunked = image.chunk(dict(zip(image.dims, data.draw(chunkings(image.shape)), strict=True)))
    options = {**METHODS[method], **({"classes": 2} if method == "multiotsu" else {})}  # near values may share a bin
    with dask.config.set(scheduler="synchronous"):
        found = void(chunked, method, phase=phase, over=over, **options)
        assert found.chunks is not None
        xr.testing.assert_identical(found.compute(), void(image, method, phase=phase, over=over, **options))


class Sources:
    """A chunked image that counts how often each chunk is read, and a scheduler's callback that counts runs."""

    def __init__(self, dtype):
        values = (np.random.default_rng(0).random((12, 40, 50)) * 250).astype(dtype)
        self.reads, self.runs, lock = Counter(), 0, Lock()

        def read(block_info=None):
            place = tuple(slice(*part) for part in block_info[None]["array-location"])
            with lock:
                self.reads[str(place)] += 1
            return values[place]

        chunks = ((4, 8), (20, 20), (50,))
        array = da.map_blocks(read, chunks=chunks, dtype=dtype, meta=np.empty((0, 0, 0), dtype)) + np.zeros((), dtype)
        self.image = xr.DataArray(array, dims=("time", "y", "x"))
        self.callback = Callback(start=self._start)

    def _start(self, _):
        self.runs += 1


@pytest.mark.parametrize("over", ["frame", "series"])
@pytest.mark.parametrize(("dtype", "passes"), [("uint8", 1), ("int16", 1), ("int32", 2), ("float32", 2)])
@pytest.mark.parametrize("method", ["otsu", "multiotsu", "li", "triangle"])
def test_a_histogram_reads_each_chunk_once_or_twice_and_the_mask_once(method, dtype, passes, over):
    sources = Sources(dtype)
    with sources.callback:
        mask = void(sources.image, method, over=over)
    assert sources.runs == passes
    assert sorted(sources.reads.values()) == [passes] * 4
    sources.reads.clear()
    mask.compute()
    assert sorted(sources.reads.values()) == [1] * 4


@pytest.mark.parametrize("method", ["sauvola", "hysteresis", "background", 100])
def test_other_methods_read_nothing_until_the_mask_is_computed(method):
    sources = Sources("float32")
    with sources.callback:
        mask = void(sources.image, method, **METHODS[method])
    assert sources.runs == 0
    assert not sources.reads
    mask.compute()
    assert sorted(sources.reads.values()) == [1] * 4


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_more_pixels_than_are_converted_at_a_time_are_all_counted(dtype):
    tile = sample("grass").values.astype(dtype)
    image = labelled(np.tile(tile, (5, 4)))
    expected = void(labelled(tile), "otsu").attrs["nsi_threshold"]
    assert image.size > 2**22
    assert void(image, "otsu").attrs["nsi_threshold"] == expected
    assert void(image.chunk(700), "otsu").attrs["nsi_threshold"] == expected


@pytest.mark.parametrize("method", METHODS)
def test_nan_in_one_chunk_is_refused(method):
    values = np.random.default_rng(0).random((3, 16, 16)) * 200
    values[1, 3, 5], values[1, 15, 15] = np.nan, -np.inf
    image = xr.DataArray(values, dims=("time", "y", "x")).chunk({"time": 1, "y": 8})
    with pytest.raises(PixelError, match=r"(image|frame.*|chunk) has \d NaN and \d infinite pixels"):
        void(image, method, **METHODS[method]).compute()
