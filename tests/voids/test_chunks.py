"""Nothing of a chunk stays but thin pieces; that the answer is that of the whole is a part of the contract of each measure."""

from __future__ import annotations

import weakref

import dask
import dask.array as da
import numpy as np
import pytest
import xarray as xr

from nsi_notebook import measure


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
