"""Blocks know their place."""

from __future__ import annotations

import numpy as np
import pytest

from nsi_notebook.errors import PixelError, SummaryError
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
