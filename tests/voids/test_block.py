"""Blocks know their place."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pytest
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook.errors import DimsError, OptionError, PixelError, SummaryError
from nsi_notebook.voids.block import Block, boxes, coalesce, split, volume


def test_a_mask_is_one_block_and_a_block_stays_what_it_is():
    block = Block.of(np.ones((2, 3), bool))
    assert block.box == ((0, 2), (0, 3))
    assert Block.of(block) is block
    assert block.require(5) is block


def test_a_mask_must_be_bool():
    with pytest.raises(PixelError, match="must be bool, not int64"):
        Block.of(np.ones((2, 3), np.int64))


def test_a_halo_that_is_missing_is_named():
    block = split(np.ones((6, 6), bool), [(3, 3), (6,)], halo=1)[0]
    assert block.data.shape == (4, 6)
    assert block.require(0).data.shape == (3, 6)
    with pytest.raises(SummaryError, match="a halo of 2 needs"):
        block.require(2)


def test_blocks_of_one_size_or_of_sizes_along_each_axis():
    mask = np.arange(35).reshape(5, 7) % 2 == 0
    assert [b.core for b in split(mask, 4)] == [(4, 4), (4, 3), (1, 4), (1, 3)]
    assert [b.core for b in split(xr.DataArray(mask, dims=("y", "x")), (5, (3, 4)))] == [(5, 3), (5, 4)]
    for block in split(mask, (2, 3), halo=1):
        lo = block.origin
        np.testing.assert_array_equal(block.data, mask[lo[0] : lo[0] + block.core[0] + 1, lo[1] : lo[1] + block.core[1] + 1])
    with pytest.raises(DimsError, match="3 sizes for a mask of 2 dims"):
        split(mask, (1, 2, 3))
    with pytest.raises(OptionError, match="blocks of 0 pixels"):
        split(mask, 0)


def test_a_measure_of_blocks_is_that_of_the_whole():
    mask = np.random.default_rng(0).random((30, 40)) < 0.5
    for name in ("euler", "chords", "two_point", "lacunarity"):
        made = nsi.summary(name)
        blocks = nsi.split(mask, 16, halo=made.halo(mask.shape))
        merged = reduce(made.merge, [made.partial(b) for b in blocks])
        xr.testing.assert_identical(made.finalize(merged), made.finalize(made.partial(mask)))


def test_bytes_other_than_one_are_true():
    mask = np.random.default_rng(0).random((30, 40)) < 0.5
    strange = (mask * np.uint8(255)).view(bool)
    np.testing.assert_array_equal(Block.of(strange).data.view(np.uint8), mask.view(np.uint8))


def test_sizes_must_add_up():
    with pytest.raises(SummaryError, match="add up to 5, the mask has 6"):
        list(boxes((6,), [(2, 3)]))


def test_coalescing_does_not_depend_on_the_order():
    parts = list(boxes((4, 6), [(1, 3), (2, 2, 2)]))
    rng = np.random.default_rng(0)
    for _ in range(5):
        assert coalesce([parts[i] for i in rng.permutation(len(parts))]) == (((0, 4), (0, 6)),)
    assert volume(parts) == 24


def test_overlapping_blocks_are_refused():
    with pytest.raises(SummaryError, match="cover the same pixels"):
        coalesce([((0, 2), (0, 2)), ((1, 3), (0, 2))])
