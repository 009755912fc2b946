"""Of a chunk stay thin pieces and what crosses its faces; that the answer is that of the whole is in the contract of measures."""

from __future__ import annotations

import weakref

import dask
import dask.array as da
import numpy as np
import pytest
import xarray as xr
from dask.callbacks import Callback

from nsi_notebook import measure
from nsi_notebook.voids.measures.base import State


class Watched(np.ndarray):
    """An array of which it can be told that it is gone."""


@pytest.mark.parametrize(
    ("name", "options"),
    [("chords", {}), ("euler", {}), ("two_point", {"r_max": 8})],  # a halo of no pixel, of one, of half a chunk
)
def test_a_chunk_is_let_go_when_it_is_counted(name, options):
    alive, most = [], []

    def load(block_info=None):
        held = (np.random.default_rng(block_info[None]["chunk-location"]).random((16, 16, 16)) < 0.5).view(Watched)
        alive.append(held.shape)
        weakref.finalize(held, alive.pop)
        most.append(len(alive))
        return held

    volume = da.map_blocks(load, chunks=((16,) * 4,) * 3, dtype=bool, meta=np.empty((0, 0, 0), bool))
    with dask.config.set(scheduler="synchronous"):
        measure(xr.DataArray(volume, dims=("z", "y", "x")), name, **options).compute()
    assert len(most) == 4**3
    assert max(most) <= 2  # not a plane of 16


def _open_runs(held):
    """Number of the open runs in what a task gave: a state, or lists and dicts of them."""
    if isinstance(held, State):
        return len(held.pending.get("place", ()))
    return sum(map(_open_runs, held.values() if isinstance(held, dict) else held if isinstance(held, list | tuple) else ()))


def test_open_runs_do_not_wait_for_the_cross_section_that_is_read_next():
    side, grid = 16, 6
    volume = da.map_blocks(
        lambda block_info=None: np.random.default_rng(block_info[None]["chunk-location"]).random((side,) * 3) < 0.5,
        chunks=((side,) * grid,) * 3,
        dtype=bool,
        meta=np.empty((0, 0, 0), bool),
    )
    most = []

    def count(_key, _result, _graph, state, _worker):
        most.append(sum(_open_runs(held) for held in state["cache"].values()))

    # euler brings a halo, which chunks might wait for
    with dask.config.set(scheduler="synchronous"), Callback(posttask=count):
        measure(xr.DataArray(volume, dims=("z", "y", "x")), ["chords", "euler"]).compute()
    face = (side * grid) ** 2 / 2  # half of the pixels are empty
    # the last face of what is merged, both of what is read, and chunks and rows that are not merged yet; all chunks wait: 9
    assert face < max(most) < 5 * face
